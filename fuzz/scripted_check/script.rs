//! The script of a peer. Any bytes are a script.
//!
//! ```text
//! script       setup (2 bytes), instructions
//! instruction  header (transfers or other queries, number of edits, delivery), edits, arguments of the delivery
//! edit         kind, arguments
//! ```
//!
//! Numbers are taken modulo what is possible, and bytes that are missing at the end are zero.

use zoneprobe::plan::{Compare, Role, Serials};

/// The most instructions in a script.
const MAX_INSTRUCTIONS: usize = 16;

/// The bits of a header that say over which queries an instruction is.
const TRANSFERS: u8 = 0x80;

/// What a peer does, and how it is checked.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) setup: Setup,
    /// What it does about queries that are not for a transfer, one after the other and then from the start again;
    /// it responds rightly if there are none.
    pub(crate) queries: Vec<Instruction>,
    /// What it does about queries for a transfer.
    pub(crate) transfers: Vec<Instruction>,
}

/// How a peer is checked.
#[derive(Debug)]
pub(crate) struct Setup {
    /// What servers are held against beside the peer, if that is a primary.
    pub(crate) reference: HonestReference,
    /// The role of the peer.
    pub(crate) role: Role,
    pub(crate) compare: Compare,
    pub(crate) serials: Serials,
    /// Queries are signed.
    pub(crate) is_signed: bool,
    /// The number of checks, each of which begins with the history of the one before.
    pub(crate) checks: usize,
    /// The number of records in each message of a transfer.
    pub(crate) records_per_message: usize,
    /// The number of SOA queries that are sent at once.
    pub(crate) samples: u32,
    pub(crate) version: PeerVersion,
}

/// What servers are held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HonestReference {
    Primary,
    ZoneFile,
}

/// The version of the zone that a peer serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeerVersion {
    Current,
    Older,
    Newer,
    /// Other records with the current serial.
    Changed,
}

/// What is done about one query: the right response, edited, and how it is sent.
#[derive(Debug)]
pub(crate) struct Instruction {
    pub(crate) edits: Vec<Edit>,
    pub(crate) delivery: Delivery,
}

/// A change to the messages of a response. Messages are counted from 0, and bytes within a message.
#[derive(Debug)]
pub(crate) enum Edit {
    /// No message is sent.
    Silence,
    /// The response is that of another version.
    Version(PeerVersion),
    /// The response is an error.
    Rcode(u16),
    /// The bits of a byte are inverted.
    Invert { message: usize, at: usize, bits: u8 },
    /// A message ends early.
    Cut { message: usize, length: usize },
    /// A message is its header.
    Header { message: usize },
    /// A message is sent several times.
    Repeat { message: usize, times: usize },
    /// Two messages change places.
    Swap { message: usize, other: usize },
    /// A message is left out.
    Remove { message: usize },
    /// A message has another id.
    ForeignId { message: usize },
    /// TC is set, and no record is left.
    Truncate { message: usize },
    /// The question is in lower case.
    LowerCase { message: usize },
    /// A record at the apex follows.
    Record { message: usize, rtype: u16, rdata: Vec<u8> },
    /// A message of these bytes, with the right id, comes first.
    Message { bytes: Vec<u8> },
}

/// How the messages of a response are sent.
#[derive(Debug)]
pub(crate) enum Delivery {
    AtOnce,
    /// After a pause.
    Late {
        milliseconds: u64,
    },
    /// In pieces, with a pause after each.
    Pieces {
        size: usize,
        milliseconds: u64,
    },
    /// The connection is closed after so many bytes.
    Close {
        after: usize,
    },
    /// The connection is reset after so many bytes.
    Reset {
        after: usize,
    },
    /// So many bytes are sent, and nothing more.
    Stall {
        after: usize,
    },
    /// After messages with another id.
    AfterJunk {
        count: usize,
    },
    /// Without lengths in front of the messages.
    Unframed,
}

impl Script {
    /// Decodes a script.
    pub(crate) fn decode(bytes: &[u8]) -> Self {
        let mut input = Input(bytes);
        let setup = Setup::decode(&mut input);
        let mut script = Self { setup, queries: Vec::new(), transfers: Vec::new() };
        for _ in 0..MAX_INSTRUCTIONS {
            if input.0.is_empty() {
                break;
            }
            let header = input.byte();
            let instruction = Instruction::decode(header, &mut input);
            let list = if header & TRANSFERS == 0 { &mut script.queries } else { &mut script.transfers };
            list.push(instruction);
        }
        script
    }

    /// Whether the peer sends nothing but what the reference has, or what is no response.
    ///
    /// A message that is left out of a transfer, or has lost its records, makes another copy of the zone.
    pub(crate) fn is_faithful(&self) -> bool {
        let mut edits = self.queries.iter().chain(&self.transfers).flat_map(|instruction| &instruction.edits);
        let is_faithful = |edit: &Edit| match edit {
            Edit::Silence
            | Edit::Rcode(_)
            | Edit::Cut { .. }
            | Edit::Repeat { .. }
            | Edit::Swap { .. }
            | Edit::ForeignId { .. }
            | Edit::Truncate { .. }
            | Edit::LowerCase { .. } => true,
            Edit::Version(version) => *version == PeerVersion::Current,
            Edit::Invert { .. }
            | Edit::Header { .. }
            | Edit::Remove { .. }
            | Edit::Record { .. }
            | Edit::Message { .. } => false,
        };
        self.setup.version == PeerVersion::Current && edits.all(is_faithful)
    }
}

impl Setup {
    fn decode(input: &mut Input<'_>) -> Self {
        let (first, second) = (input.byte(), input.byte());
        let either = |bit: u8| first & 1 << bit != 0;
        let compare = if either(2) { Compare::Serials } else { Compare::Records };
        let may_differ = either(3) && compare == Compare::Records;
        Self {
            reference: if either(0) { HonestReference::ZoneFile } else { HonestReference::Primary },
            role: if either(1) { Role::Primary } else { Role::Secondary },
            compare,
            serials: if may_differ { Serials::Independent } else { Serials::Shared },
            is_signed: either(4),
            checks: if either(5) { 2 } else { 1 },
            records_per_message: if either(6) { 1 } else { 100 },
            samples: if either(7) { 3 } else { 1 },
            version: PeerVersion::decode(second),
        }
    }
}

impl PeerVersion {
    fn decode(byte: u8) -> Self {
        match byte % 4 {
            0 => Self::Current,
            1 => Self::Older,
            2 => Self::Newer,
            _ => Self::Changed,
        }
    }
}

impl Instruction {
    fn decode(header: u8, input: &mut Input<'_>) -> Self {
        let count = header >> 4 & 0x07;
        let edits = (0..count).map(|_| Edit::decode(input)).collect();
        Self { edits, delivery: Delivery::decode(header & 0x0f, input) }
    }
}

impl Edit {
    fn decode(input: &mut Input<'_>) -> Self {
        let kind = input.byte() % 16;
        match kind {
            0 => return Self::Silence,
            1 => return Self::Version(PeerVersion::decode(input.byte())),
            2 => return Self::Rcode(input.byte().into()),
            3 => return Self::Message { bytes: input.bytes() },
            _ => {}
        }
        let message = input.byte().into();
        match kind {
            4 => Self::Cut { message, length: input.number() },
            5 => Self::Header { message },
            6 => Self::Repeat { message, times: usize::from(input.byte() % 32) },
            7 => Self::Swap { message, other: input.byte().into() },
            8 => Self::Remove { message },
            9 => Self::ForeignId { message },
            10 => Self::Truncate { message },
            11 => Self::LowerCase { message },
            12 => Self::Record { message, rtype: input.byte().into(), rdata: input.bytes() },
            _ => Self::Invert { message, at: input.number(), bits: input.byte() },
        }
    }
}

impl Delivery {
    fn decode(kind: u8, input: &mut Input<'_>) -> Self {
        match kind {
            1 => Self::Late { milliseconds: input.byte().into() },
            2 => Self::Pieces {
                size: usize::from(input.byte()) + 1,
                milliseconds: u64::from(input.byte() % 16),
            },
            3 => Self::Close { after: input.number() },
            4 => Self::Reset { after: input.number() },
            5 => Self::Stall { after: input.number() },
            6 => Self::AfterJunk { count: input.byte().into() },
            7 => Self::Unframed,
            _ => Self::AtOnce,
        }
    }
}

/// The bytes of a script that are left.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    fn number(&mut self) -> usize {
        usize::from(u16::from_be_bytes([self.byte(), self.byte()]))
    }

    /// As many bytes as the first of them says.
    fn bytes(&mut self) -> Vec<u8> {
        let length = usize::from(self.byte()).min(self.0.len());
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        bytes.to_vec()
    }
}
