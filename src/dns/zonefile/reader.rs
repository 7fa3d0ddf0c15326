//! Reads a zone file line by line.

use super::entry::EntryBuffer;
use super::error::{Expected, ZonefileErrorKind, ZonefileParseError};
use super::token::{Token, TokenError, Tokens};
use crate::dns::name::{self, Name, is_within};
use crate::dns::position::Excerpt;
use crate::dns::rdata;
use crate::dns::rtype::Rtype;
use crate::dns::soa::Soa;
use crate::dns::wire::{CLASS_IN, Record};
use crate::dns::xfr::axfr::ZoneSummary;

/// The largest TTL (RFC 2181 section 8).
const LONGEST_TTL: u32 = i32::MAX.unsigned_abs();

/// What a line asks of the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextInput {
    /// The next line.
    Line,
    /// To read another file in its place: call [`ZonefileReader::enter`], its lines, and [`ZonefileReader::leave`].
    Include(IncludeDirective),
}

/// A file to be read in the place of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncludeDirective {
    /// Its path as written, escapes resolved.
    pub path: Vec<u8>,
    /// What its names without a final dot are below, if it is said.
    pub origin: Option<Name>,
    /// Where it stands.
    pub excerpt: Excerpt,
}

/// What records may take over from those before them.
#[derive(Clone, Debug)]
struct FileContext {
    origin: Name,
    /// Empty before the first.
    owner: Vec<u8>,
}

/// The TTLs of records that state none.
#[derive(Clone, Copy, Debug, Default)]
struct DefaultTtls {
    /// Of `$TTL` (RFC 2308 section 4).
    default: Option<u32>,
    /// The last that was stated (RFC 1035 section 5.1).
    last: Option<u32>,
}

/// A master file that is being read.
#[derive(Debug)]
pub struct ZonefileReader {
    zone: Name,
    entry: EntryBuffer,
    state: FileContext,
    /// The states and line numbers of the files that include this one.
    outer: Vec<(FileContext, u64)>,
    ttls: DefaultTtls,
    line: u64,
    rdata: Vec<u8>,
    tally: SummaryBuilder,
}

/// What has been read.
#[derive(Debug, Default)]
struct SummaryBuilder {
    /// With its TTL and its line.
    soa: Option<(Soa, u32, u64)>,
    records: u64,
    dropped: u64,
    first_dropped: Option<String>,
}

/// Takes each record but the SOA of the zone.
pub type RecordSink<'s> = &'s mut dyn FnMut(&Record<'_>);

impl ZonefileReader {
    /// Awaits the lines of the file of a zone.
    pub fn new(zone: Name) -> Self {
        Self {
            state: FileContext { origin: zone.clone(), owner: Vec::new() },
            zone,
            entry: EntryBuffer::default(),
            outer: Vec::new(),
            ttls: DefaultTtls::default(),
            line: 0,
            rdata: Vec::new(),
            tally: SummaryBuilder::default(),
        }
    }

    /// The same with a TTL for records that state none.
    #[must_use]
    pub fn with_ttl(mut self, ttl: u32) -> Self {
        self.ttls.default = Some(ttl);
        self
    }

    /// Reads one line without its end.
    pub fn line(&mut self, octets: &[u8], sink: RecordSink<'_>) -> Result<NextInput, ZonefileParseError> {
        self.line += 1;
        let mut entry = std::mem::take(&mut self.entry);
        let read = match entry.line(self.line, octets) {
            Ok(true) => self.entry(&entry, sink).inspect(|_| entry.clear()),
            Ok(false) => Ok(NextInput::Line),
            Err((fault, excerpt)) => Err(ZonefileParseError { excerpt, kind: fault }),
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
    pub fn leave(&mut self) -> Result<(), ZonefileParseError> {
        if let Some(excerpt) = self.entry.open() {
            return Err(ZonefileParseError { excerpt, kind: ZonefileErrorKind::UnclosedParenthesis });
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
        let SummaryBuilder { soa, records, dropped, .. } = self.tally;
        let (soa, soa_ttl, _) = soa?;
        Some(ZoneSummary { soa, soa_ttl, records, dropped })
    }

    fn entry(&mut self, entry: &EntryBuffer, sink: RecordSink<'_>) -> Result<NextInput, ZonefileParseError> {
        let mut tokens = entry.tokens();
        let Some(first) = tokens.peek() else { return Ok(NextInput::Line) };
        let directive = !first.quoted && !entry.begins_blank() && first.octets.starts_with(b"$");
        let read = if directive {
            self.directive(entry, &mut tokens, sink)
        } else {
            self.record(entry, &mut tokens, sink).map(|()| NextInput::Line)
        };
        read.map_err(|TokenError { place, fault }| ZonefileParseError {
            excerpt: entry.excerpt(place),
            kind: fault,
        })
    }

    fn directive(
        &mut self,
        entry: &EntryBuffer,
        tokens: &mut Tokens<'_>,
        sink: RecordSink<'_>,
    ) -> Result<NextInput, TokenError> {
        let first = tokens.required("a directive")?;
        let mut next = NextInput::Line;
        if first.is("$ORIGIN") {
            self.state.origin = self.name(tokens.required("the new origin")?)?;
        } else if first.is("$TTL") {
            self.ttls.default = Some(tokens.required("the TTL")?.seconds(LONGEST_TTL)?);
        } else if first.is("$INCLUDE") {
            let token = tokens.required("the path of the file")?;
            let mut path = Vec::new();
            token.unescape(&mut path)?;
            let origin = tokens.take().map(|origin| self.name(origin)).transpose()?;
            next = NextInput::Include(IncludeDirective { path, origin, excerpt: entry.excerpt(token.place) });
        } else if first.is("$GENERATE") {
            return self.generate(entry, tokens, sink).map(|()| NextInput::Line);
        } else {
            return Err(first.wrong(ZonefileErrorKind::UnknownDirective(first.shown())));
        }
        match tokens.take() {
            Some(token) => {
                Err(token.invalid(Expected::new("part of the directive", "it in a line of its own")))
            }
            None => Ok(next),
        }
    }

    fn name(&self, token: Token<'_>) -> Result<Name, TokenError> {
        let mut wire = Vec::new();
        token.name(self.state.origin.as_wire(), &mut wire)?;
        let reason = name::NameError::Empty;
        Name::from_wire(&wire)
            .ok_or_else(|| token.wrong(ZonefileErrorKind::InvalidName { token: token.shown(), reason }))
    }

    pub(super) fn record(
        &mut self,
        entry: &EntryBuffer,
        tokens: &mut Tokens<'_>,
        sink: RecordSink<'_>,
    ) -> Result<(), TokenError> {
        if entry.begins_blank() {
            if self.state.owner.is_empty() {
                return Err(TokenError { place: 0, fault: ZonefileErrorKind::NoOwner });
            }
        } else {
            let owner = tokens.required("the owner")?;
            self.state.owner.clear();
            owner.name(self.state.origin.as_wire(), &mut self.state.owner)?;
        }
        let (ttl, rtype, token) = preamble(tokens)?;
        self.rdata.clear();
        rdata::from_tokens(rtype, tokens, self.state.origin.as_wire(), &mut self.rdata)?;
        let ttl = self.ttl(ttl, rtype).ok_or_else(|| token.wrong(ZonefileErrorKind::NoTtl))?;
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

impl SummaryBuilder {
    /// Counts a record; returns whether it is one of the zone, and not its SOA.
    fn admits(&mut self, zone: &Name, record: &Record<'_>, entry: &EntryBuffer) -> Result<bool, TokenError> {
        let owner = || name::display(record.owner);
        if record.rtype == Rtype::SOA {
            if record.owner != zone.as_wire() {
                let fault = ZonefileErrorKind::SoaOfOtherZone { owner: owner(), zone: zone.clone() };
                return Err(TokenError { place: 0, fault });
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
    fn soa(&mut self, record: &Record<'_>, entry: &EntryBuffer) -> Result<(), TokenError> {
        let wrong = |fault| TokenError { place: 0, fault };
        let soa = Soa::from_rdata(record.rdata)
            .ok_or_else(|| wrong(ZonefileErrorKind::InvalidRdata(Rtype::SOA)))?;
        match &self.soa {
            None => {
                self.soa = Some((soa, record.ttl, entry.first_line()));
                self.records += 1;
            }
            Some((first, _, line)) if *first != soa => {
                return Err(wrong(ZonefileErrorKind::SecondSoa(*line)));
            }
            Some(_) => {}
        }
        Ok(())
    }
}

/// Reads what stands between the owner and the data: TTL and class, in any order, and the type.
fn preamble<'t>(tokens: &mut Tokens<'t>) -> Result<(Option<u32>, Rtype, Token<'t>), TokenError> {
    let (mut ttl, mut class) = (None, false);
    loop {
        let token = tokens.required("the type")?;
        if !class && let Some(found) = class_of(&token) {
            if found != CLASS_IN {
                return Err(token.wrong(ZonefileErrorKind::UnsupportedClass(token.shown())));
            }
            class = true;
        } else if ttl.is_none() && is_ttl(&token) {
            ttl = Some(token.seconds(LONGEST_TTL)?);
        } else {
            let rtype = token.plain().and_then(|text| text.parse::<Rtype>().ok());
            let rtype = rtype.ok_or_else(|| token.wrong(ZonefileErrorKind::UnknownType(token.shown())))?;
            // RFC 6895 section 3.1: QTYPEs and Meta-TYPEs.
            if rtype == Rtype::OPT || (128..=255).contains(&rtype.0) {
                return Err(token.wrong(ZonefileErrorKind::MetaType(rtype)));
            }
            return Ok((ttl, rtype, token));
        }
    }
}

/// Returns the class that a word names (RFC 1035 section 3.2.4, RFC 3597 section 5).
fn class_of(token: &Token<'_>) -> Option<u16> {
    let known = [("IN", 1), ("CS", 2), ("CH", 3), ("HS", 4)];
    if let Some((_, number)) = known.iter().find(|(name, _)| token.is(name)) {
        return Some(*number);
    }
    let (prefix, number) = token.plain()?.split_at_checked(5)?;
    number.parse().ok().filter(|_| prefix.eq_ignore_ascii_case("CLASS"))
}

/// Returns whether a word begins as a TTL does: digits, and nothing but units of time behind them.
fn is_ttl(token: &Token<'_>) -> bool {
    token.plain().is_some_and(|text| {
        let unit = |octet: u8| b"wdhms".contains(&octet.to_ascii_lowercase());
        text.starts_with(|first: char| first.is_ascii_digit())
            && text.bytes().all(|octet| octet.is_ascii_digit() || unit(octet))
    })
}
