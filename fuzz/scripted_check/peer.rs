//! A server that follows a script.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use zoneprobe::clock;
use zoneprobe::dns::Rtype;
use zoneprobe::observe::Transport;
use zoneprobe::testserver::{
    Action, Authority, IncomingQuery, Query, ResponseBuilder, TsigCheck, TsigPolicy, transfer_messages,
};

use super::script::{Delivery, Edit, Instruction, PeerVersion, Script};
use super::zone::{APEX, zone};

/// The most bytes of one response.
const MAX_RESPONSE_LEN: usize = 256 * 1024;

/// The most messages with another id over UDP; more would be dropped by the system.
const MAX_DATAGRAMS: usize = 16;

/// The longest time in which one response is sent.
pub(crate) const MAX_PAUSE: Duration = Duration::from_millis(100);

/// The flags of a message: QR, and TC.
const RESPONSE: u8 = 0x80;
const TRUNCATED: u8 = 0x02;

/// Responds rightly.
pub(crate) struct HonestServer {
    pub(crate) version: PeerVersion,
    pub(crate) signing: TsigPolicy,
    pub(crate) records_per_message: usize,
}

/// Follows a script.
pub(crate) struct Peer {
    pub(crate) script: Script,
    honest: HonestServer,
    queries: AtomicUsize,
    transfers: AtomicUsize,
    /// Whether it has sent a message that may be taken as a response.
    has_responded: AtomicBool,
}

impl HonestServer {
    /// The right messages.
    pub(crate) fn respond(&self, incoming: &IncomingQuery) -> Vec<Vec<u8>> {
        self.respond_with(incoming, self.version)
    }

    /// The messages that are right for a version.
    fn respond_with(&self, incoming: &IncomingQuery, version: PeerVersion) -> Vec<Vec<u8>> {
        let Some(query) = &incoming.query else { return Vec::new() };
        let now = clock::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        match self.signing.check(query, &incoming.message, now) {
            TsigCheck::Refused(message) => vec![message],
            TsigCheck::Unsigned => self.unsigned(query, incoming.transport, version),
            TsigCheck::Signed(mut signer) => {
                let mut messages = self.unsigned(query, incoming.transport, version);
                signer.sign(&mut messages);
                messages
            }
        }
    }

    fn unsigned(&self, query: &Query, transport: Transport, version: PeerVersion) -> Vec<Vec<u8>> {
        let zone = zone(version);
        let mut authority = Authority { zones: vec![zone.clone()], ..Authority::default() };
        authority.nsid = Some(b"peer".to_vec());
        authority.expire = Some(604_800);
        authority.layout.records_per_message = self.records_per_message;
        if query.qtype == Rtype::IXFR && transport == Transport::Tcp && query.qname == *zone.origin() {
            let records = zone.incremental_transfer(self::zone(PeerVersion::Older));
            return transfer_messages(query, &records, &authority.layout);
        }
        authority.respond_to(query, transport)
    }
}

impl Peer {
    pub(crate) fn new(honest: HonestServer, script: Script) -> Self {
        let (queries, transfers) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { script, honest, queries, transfers, has_responded: AtomicBool::new(false) }
    }

    /// Whether it has sent a message that may be taken as a response with records.
    pub(crate) fn has_responded(&self) -> bool {
        self.has_responded.load(Ordering::SeqCst)
    }

    /// How many queries for a transfer it has received.
    pub(crate) fn transfers(&self) -> usize {
        self.transfers.load(Ordering::SeqCst)
    }

    /// What it does about a query.
    pub(crate) fn act(&self, incoming: &IncomingQuery) -> Vec<Action> {
        let (instructions, count) = if incoming.is_transfer() {
            (&self.script.transfers, &self.transfers)
        } else {
            (&self.script.queries, &self.queries)
        };
        let index = count.fetch_add(1, Ordering::SeqCst) % instructions.len().max(1);
        let honest = Instruction { edits: Vec::new(), delivery: Delivery::AtOnce };
        let instruction = instructions.get(index).unwrap_or(&honest);
        let messages = self.messages(&instruction.edits, incoming);
        let is_framed = !matches!(instruction.delivery, Delivery::Unframed);
        let id = incoming.message.get(..2).unwrap_or_default();
        if messages.iter().any(|message| may_be_response(message, id, is_framed)) {
            self.has_responded.store(true, Ordering::SeqCst);
        }
        match incoming.transport {
            Transport::Udp => over_udp(&instruction.delivery, messages),
            Transport::Tcp | Transport::Tls => over_tcp(&instruction.delivery, &messages),
        }
    }

    fn messages(&self, edits: &[Edit], incoming: &IncomingQuery) -> Vec<Vec<u8>> {
        let mut messages = self.honest.respond(incoming);
        for edit in edits {
            match edit {
                Edit::Version(version) => messages = self.honest.respond_with(incoming, *version),
                Edit::Rcode(rcode) => {
                    let response = |query| ResponseBuilder::new(query).rcode(*rcode).into_message();
                    messages = incoming.query.iter().map(response).collect();
                }
                Edit::Message { bytes } => messages.insert(0, with_id(bytes, incoming)),
                edit => change(edit, &mut messages),
            }
        }
        let mut left = MAX_RESPONSE_LEN;
        messages.retain(|message| {
            let fits = message.len() <= left && u16::try_from(message.len()).is_ok();
            left -= if fits { message.len() } else { 0 };
            fits
        });
        messages
    }
}

/// These bytes with the id of a query in front.
fn with_id(bytes: &[u8], incoming: &IncomingQuery) -> Vec<u8> {
    [incoming.message.get(..2).unwrap_or_default(), bytes].concat()
}

/// Changes messages; one that does not exist is not changed.
fn change(edit: &Edit, messages: &mut Vec<Vec<u8>>) {
    let count = messages.len();
    if count == 0 {
        return;
    }
    match *edit {
        Edit::Silence => messages.clear(),
        Edit::Repeat { message, times } => {
            let repeated = vec![messages[message % count].clone(); times];
            messages.splice(message % count..message % count, repeated);
        }
        Edit::Swap { message, other } => messages.swap(message % count, other % count),
        Edit::Remove { message } => drop(messages.remove(message % count)),
        Edit::Invert { message, .. }
        | Edit::Cut { message, .. }
        | Edit::Header { message }
        | Edit::ForeignId { message }
        | Edit::Truncate { message }
        | Edit::LowerCase { message }
        | Edit::Record { message, .. } => change_message(edit, &mut messages[message % count]),
        Edit::Version(_) | Edit::Rcode(_) | Edit::Message { .. } => {}
    }
}

fn change_message(edit: &Edit, message: &mut Vec<u8>) {
    match edit {
        Edit::Cut { length, .. } => message.truncate(length % (message.len() + 1)),
        // Whatever is shorter than a header was edited before.
        _ if message.len() < 12 => {}
        Edit::Invert { at, bits, .. } => {
            let at = at % message.len();
            message[at] ^= bits;
        }
        Edit::Header { .. } => clear_sections(message, 12, 4),
        Edit::ForeignId { .. } => message[1] ^= 1,
        Edit::Truncate { .. } => {
            message[2] |= TRUNCATED;
            let end = question_end(message);
            clear_sections(message, end, 6);
        }
        Edit::LowerCase { .. } => {
            let end = question_end(message);
            message[12..end].make_ascii_lowercase();
        }
        Edit::Record { rtype, rdata, .. } => {
            let answers = u16::from_be_bytes([message[6], message[7]]).wrapping_add(1);
            message[6..8].copy_from_slice(&answers.to_be_bytes());
            message.extend_from_slice(&APEX);
            message.extend_from_slice(&rtype.to_be_bytes());
            message.extend_from_slice(&[0, 1, 0, 0, 0x0e, 0x10, 0]);
            message.push(u8::try_from(rdata.len()).unwrap_or(u8::MAX));
            message.extend_from_slice(rdata);
        }
        _ => {}
    }
}

/// Leaves so many bytes of a message, and counts of zero from this byte of the header on.
fn clear_sections(message: &mut Vec<u8>, length: usize, counts: usize) {
    message.truncate(length);
    message[counts..12].fill(0);
}

/// Where the question ends, if a message has the one that it was asked.
fn question_end(message: &[u8]) -> usize {
    (12 + APEX.len() + 4).min(message.len())
}

/// Whether a message may be taken as a response with records to a query with this id.
///
/// It must have the id, QR and an answer, not be truncated, and hold the name of the zone. A stream of bytes without
/// frames may have it anywhere.
fn may_be_response(message: &[u8], id: &[u8], is_framed: bool) -> bool {
    let names_zone = message.windows(APEX.len()).any(|bytes| bytes.eq_ignore_ascii_case(&APEX));
    if !is_framed || !names_zone {
        return names_zone;
    }
    let is_whole = message.len() > 12 && message[..2] == *id && message[6..8] != [0, 0];
    is_whole && message[2] & (RESPONSE | TRUNCATED) == RESPONSE
}

fn over_udp(delivery: &Delivery, messages: Vec<Vec<u8>>) -> Vec<Action> {
    let mut actions = Vec::new();
    let mut left = MAX_PAUSE;
    match *delivery {
        Delivery::Late { milliseconds } => actions.push(pause(milliseconds, &mut left)),
        Delivery::AfterJunk { count } => {
            actions.extend(junk(&messages).take(count.min(MAX_DATAGRAMS)).map(Action::Send));
        }
        _ => {}
    }
    for message in messages {
        actions.push(Action::Send(message));
        if let Delivery::Pieces { milliseconds, .. } = *delivery {
            actions.push(pause(milliseconds, &mut left));
        }
    }
    actions
}

fn over_tcp(delivery: &Delivery, messages: &[Vec<u8>]) -> Vec<Action> {
    let stream = stream(messages);
    let start = |after: usize| Action::Raw(stream[..after.min(stream.len())].to_vec());
    let mut left = MAX_PAUSE;
    match *delivery {
        Delivery::AtOnce => vec![Action::Raw(stream)],
        Delivery::Late { milliseconds } => vec![pause(milliseconds, &mut left), Action::Raw(stream)],
        Delivery::Pieces { size, milliseconds } => {
            let pieces = stream.chunks(size).map(<[u8]>::to_vec);
            pieces.flat_map(|piece| [Action::Raw(piece), pause(milliseconds, &mut left)]).collect()
        }
        Delivery::Close { after } => vec![start(after), Action::Close],
        // The bytes arrive before the reset.
        Delivery::Reset { after } => vec![start(after), pause(2, &mut left), Action::Reset],
        Delivery::Stall { after } => vec![start(after), Action::Wait(MAX_PAUSE)],
        Delivery::AfterJunk { count } => {
            let junk: Vec<Vec<u8>> = junk(messages).take(count).collect();
            vec![Action::Raw(self::stream(&junk)), Action::Raw(stream)]
        }
        Delivery::Unframed => vec![Action::Raw(messages.concat())],
    }
}

/// The messages with their lengths in front.
fn stream(messages: &[Vec<u8>]) -> Vec<u8> {
    let length = |message: &[u8]| u16::try_from(message.len()).unwrap_or_default().to_be_bytes();
    messages.iter().flat_map(|message| [&length(message), message.as_slice()].concat()).collect()
}

/// The first message with another id, again and again.
fn junk(messages: &[Vec<u8>]) -> impl Iterator<Item = Vec<u8>> {
    let first = messages.first().filter(|message| message.len() >= 2).cloned();
    let other = first.map(|mut message| {
        message[0] ^= 0x55;
        message
    });
    std::iter::repeat_n(other, MAX_RESPONSE_LEN).flatten()
}

/// A pause within the time that is left.
fn pause(milliseconds: u64, left: &mut Duration) -> Action {
    let time = Duration::from_millis(milliseconds).min(*left);
    *left -= time;
    Action::Wait(time)
}
