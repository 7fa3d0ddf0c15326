//! Reads a zone file line by line.

use super::entry::Entry;
use super::error::{Fault, What, ZonefileError};
use super::token::{Word, Words, Wrong};
use crate::dns::name::{self, Name, is_within};
use crate::dns::position::Position;
use crate::dns::rdata;
use crate::dns::rtype::Rtype;
use crate::dns::soa::Soa;
use crate::dns::wire::{CLASS_IN, Record};
use crate::dns::xfr::axfr::ZoneSummary;

/// The largest TTL (RFC 2181 section 8).
const LONGEST_TTL: u32 = i32::MAX.unsigned_abs();

/// What a line asks of the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next line.
    Line,
    /// To read another file in its place: call [`ZonefileReader::enter`], its lines, and [`ZonefileReader::leave`].
    Include(Include),
}

/// A file to be read in the place of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// Its path as written, escapes resolved.
    pub path: Vec<u8>,
    /// What its names without a final dot are below, if it is said.
    pub origin: Option<Name>,
    /// Where it stands.
    pub spot: Position,
}

/// What records may take over from those before them.
#[derive(Clone, Debug)]
struct State {
    origin: Name,
    /// Empty before the first.
    owner: Vec<u8>,
}

/// The TTLs of records that state none.
#[derive(Clone, Copy, Debug, Default)]
struct Ttls {
    /// Of `$TTL` (RFC 2308 section 4).
    default: Option<u32>,
    /// The last that was stated (RFC 1035 section 5.1).
    last: Option<u32>,
}

/// A master file that is being read.
#[derive(Debug)]
pub struct ZonefileReader {
    zone: Name,
    entry: Entry,
    state: State,
    /// The states and line numbers of the files that include this one.
    outer: Vec<(State, u64)>,
    ttls: Ttls,
    line: u64,
    rdata: Vec<u8>,
    tally: Tally,
}

/// What has been read.
#[derive(Debug, Default)]
struct Tally {
    /// With its TTL and its line.
    soa: Option<(Soa, u32, u64)>,
    records: u64,
    dropped: u64,
    first_dropped: Option<String>,
}

/// Takes each record but the SOA of the zone.
pub type Sink<'s> = &'s mut dyn FnMut(&Record<'_>);

impl ZonefileReader {
    /// Awaits the lines of the file of a zone.
    pub fn new(zone: Name) -> Self {
        Self {
            state: State { origin: zone.clone(), owner: Vec::new() },
            zone,
            entry: Entry::default(),
            outer: Vec::new(),
            ttls: Ttls::default(),
            line: 0,
            rdata: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// The same with a TTL for records that state none.
    #[must_use]
    pub fn with_ttl(mut self, ttl: u32) -> Self {
        self.ttls.default = Some(ttl);
        self
    }

    /// Reads one line without its end.
    pub fn line(&mut self, octets: &[u8], sink: Sink<'_>) -> Result<Next, ZonefileError> {
        self.line += 1;
        let mut entry = std::mem::take(&mut self.entry);
        let read = match entry.line(self.line, octets) {
            Ok(true) => self.entry(&entry, sink).inspect(|_| entry.clear()),
            Ok(false) => Ok(Next::Line),
            Err((fault, spot)) => Err(ZonefileError { spot, fault }),
        };
        self.entry = entry;
        read
    }

    /// Begins a file in the place of the last line.
    pub fn enter(&mut self, origin: Option<Name>) {
        let outer = self.state.clone();
        self.state.origin = origin.unwrap_or_else(|| outer.origin.clone());
        self.outer.push((outer, self.line));
        self.line = 0;
    }

    /// Ends a file; the one that includes it goes on with its own origin and owner (RFC 1035 section 5.1).
    pub fn leave(&mut self) -> Result<(), ZonefileError> {
        if let Some(spot) = self.entry.open() {
            return Err(ZonefileError { spot, fault: Fault::OpenParenthesis });
        }
        if let Some((state, line)) = self.outer.pop() {
            (self.state, self.line) = (state, line);
        }
        Ok(())
    }

    /// Returns how many records were read, the SOA counted once.
    pub fn records(&self) -> u64 {
        self.tally.records
    }

    /// Returns the owner and the line of the first record that is not of the zone.
    pub fn first_dropped(&self) -> Option<&str> {
        self.tally.first_dropped.as_deref()
    }

    /// Ends the reading; `None` if there was no SOA of the zone.
    pub fn end(self) -> Option<ZoneSummary> {
        let Tally { soa, records, dropped, .. } = self.tally;
        let (soa, soa_ttl, _) = soa?;
        Some(ZoneSummary { soa, soa_ttl, records, dropped })
    }

    fn entry(&mut self, entry: &Entry, sink: Sink<'_>) -> Result<Next, ZonefileError> {
        let mut words = entry.words();
        let Some(first) = words.peek() else { return Ok(Next::Line) };
        let directive = !first.quoted && !entry.begins_blank() && first.octets.starts_with(b"$");
        let read = if directive {
            self.directive(entry, &mut words, sink)
        } else {
            self.record(entry, &mut words, sink).map(|()| Next::Line)
        };
        read.map_err(|Wrong { place, fault }| ZonefileError { spot: entry.spot(place), fault })
    }

    fn directive(&mut self, entry: &Entry, words: &mut Words<'_>, sink: Sink<'_>) -> Result<Next, Wrong> {
        let first = words.expect("a directive")?;
        let mut next = Next::Line;
        if first.is("$ORIGIN") {
            self.state.origin = self.name(words.expect("the new origin")?)?;
        } else if first.is("$TTL") {
            self.ttls.default = Some(words.expect("the TTL")?.seconds(LONGEST_TTL)?);
        } else if first.is("$INCLUDE") {
            let word = words.expect("the path of the file")?;
            let mut path = Vec::new();
            word.unescape(&mut path)?;
            let origin = words.take().map(|origin| self.name(origin)).transpose()?;
            next = Next::Include(Include { path, origin, spot: entry.spot(word.place) });
        } else if first.is("$GENERATE") {
            return self.generate(entry, words, sink).map(|()| Next::Line);
        } else {
            return Err(first.wrong(Fault::Directive(first.shown())));
        }
        match words.take() {
            Some(word) => Err(word.not(What::new("part of the directive", "it in a line of its own"))),
            None => Ok(next),
        }
    }

    fn name(&self, word: Word<'_>) -> Result<Name, Wrong> {
        let mut wire = Vec::new();
        word.name(self.state.origin.as_wire(), &mut wire)?;
        let reason = name::NameError::Empty;
        Name::from_wire(&wire).ok_or_else(|| word.wrong(Fault::Name { word: word.shown(), reason }))
    }

    pub(super) fn record(
        &mut self,
        entry: &Entry,
        words: &mut Words<'_>,
        sink: Sink<'_>,
    ) -> Result<(), Wrong> {
        if entry.begins_blank() {
            if self.state.owner.is_empty() {
                return Err(Wrong { place: 0, fault: Fault::NoOwner });
            }
        } else {
            let owner = words.expect("the owner")?;
            self.state.owner.clear();
            owner.name(self.state.origin.as_wire(), &mut self.state.owner)?;
        }
        let (ttl, rtype, word) = preamble(words)?;
        self.rdata.clear();
        rdata::from_words(rtype, words, self.state.origin.as_wire(), &mut self.rdata)?;
        let ttl = self.ttl(ttl, rtype).ok_or_else(|| word.wrong(Fault::NoTtl))?;
        let record = Record { owner: &self.state.owner, rtype, class: CLASS_IN, ttl, rdata: &self.rdata };
        if self.tally.admits(&self.zone, &record, entry)? {
            sink(&record);
        }
        Ok(())
    }

    /// Returns the TTL of a record, which states one or takes one over.
    fn ttl(&mut self, stated: Option<u32>, rtype: Rtype) -> Option<u32> {
        if stated.is_some() {
            self.ttls.last = stated;
        }
        let known = stated.or(self.ttls.default).or(self.ttls.last);
        if known.is_none() && rtype == Rtype::SOA {
            // As BIND has it.
            self.ttls.last = Soa::from_rdata(&self.rdata).map(|soa| soa.minimum);
            return self.ttls.last;
        }
        known
    }
}

impl Tally {
    /// Counts a record; returns whether it is one of the zone, and not its SOA.
    fn admits(&mut self, zone: &Name, record: &Record<'_>, entry: &Entry) -> Result<bool, Wrong> {
        let owner = || name::display(record.owner);
        if record.rtype == Rtype::SOA {
            if record.owner != zone.as_wire() {
                let fault = Fault::OtherZone { owner: owner(), zone: zone.clone() };
                return Err(Wrong { place: 0, fault });
            }
            self.soa(record, entry)?;
            return Ok(false);
        }
        if !is_within(record.owner, zone.as_wire()) {
            self.dropped += 1;
            let line = entry.first_line();
            self.first_dropped.get_or_insert_with(|| format!("{} in line {line}", owner()));
            return Ok(false);
        }
        self.records += 1;
        Ok(true)
    }

    /// A file that was made of a transfer ends with the SOA again.
    fn soa(&mut self, record: &Record<'_>, entry: &Entry) -> Result<(), Wrong> {
        let wrong = |fault| Wrong { place: 0, fault };
        let soa = Soa::from_rdata(record.rdata).ok_or_else(|| wrong(Fault::Form(Rtype::SOA)))?;
        match &self.soa {
            None => {
                self.soa = Some((soa, record.ttl, entry.first_line()));
                self.records += 1;
            }
            Some((first, _, line)) if *first != soa => return Err(wrong(Fault::SecondSoa(*line))),
            Some(_) => {}
        }
        Ok(())
    }
}

/// Reads what stands between the owner and the data: TTL and class, in any order, and the type.
fn preamble<'t>(words: &mut Words<'t>) -> Result<(Option<u32>, Rtype, Word<'t>), Wrong> {
    let (mut ttl, mut class) = (None, false);
    loop {
        let word = words.expect("the type")?;
        if !class && let Some(found) = class_of(&word) {
            if found != CLASS_IN {
                return Err(word.wrong(Fault::Class(word.shown())));
            }
            class = true;
        } else if ttl.is_none() && is_ttl(&word) {
            ttl = Some(word.seconds(LONGEST_TTL)?);
        } else {
            let rtype = word.plain().and_then(|text| text.parse::<Rtype>().ok());
            let rtype = rtype.ok_or_else(|| word.wrong(Fault::NotAType(word.shown())))?;
            // RFC 6895 section 3.1: QTYPEs and Meta-TYPEs.
            if rtype == Rtype::OPT || (128..=255).contains(&rtype.0) {
                return Err(word.wrong(Fault::MessageType(rtype)));
            }
            return Ok((ttl, rtype, word));
        }
    }
}

/// Returns the class that a word names (RFC 1035 section 3.2.4, RFC 3597 section 5).
fn class_of(word: &Word<'_>) -> Option<u16> {
    let known = [("IN", 1), ("CS", 2), ("CH", 3), ("HS", 4)];
    if let Some((_, number)) = known.iter().find(|(name, _)| word.is(name)) {
        return Some(*number);
    }
    let (prefix, number) = word.plain()?.split_at_checked(5)?;
    number.parse().ok().filter(|_| prefix.eq_ignore_ascii_case("CLASS"))
}

/// Returns whether a word begins as a TTL does: digits, and nothing but units of time behind them.
fn is_ttl(word: &Word<'_>) -> bool {
    word.plain().is_some_and(|text| {
        let unit = |octet: u8| b"wdhms".contains(&octet.to_ascii_lowercase());
        text.starts_with(|first: char| first.is_ascii_digit())
            && text.bytes().all(|octet| octet.is_ascii_digit() || unit(octet))
    })
}
