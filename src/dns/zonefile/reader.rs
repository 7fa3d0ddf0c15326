//! Reads a zone file line by line.

use super::entry::EntryBuffer;
use super::error::{Expected, ZoneFileErrorKind, ZoneFileParseError};
use super::generate::GenerateDirective;
use super::token::{Token, TokenError, Tokens};
use crate::dns::name::{self, Name, is_within};
use crate::dns::position::Excerpt;
use crate::dns::rdata::{self, RdataDefect};
use crate::dns::rtype::Rtype;
use crate::dns::soa::Soa;
use crate::dns::wire::{CLASS_IN, Record};
use crate::dns::xfr::axfr::CopySummary;

/// The largest TTL (RFC 2181 section 8).
const MAX_TTL: u32 = i32::MAX.unsigned_abs();

/// What the caller has to read next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextInput {
    /// The next line of the file.
    Line,
    /// The lines of another file, between [`ZoneFileReader::enter`] and [`ZoneFileReader::leave`].
    Include(IncludeDirective),
}

/// An `$INCLUDE` directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncludeDirective {
    /// The path of the file as written, with escapes resolved.
    pub path: Vec<u8>,
    /// The origin of the file, if the directive has one.
    pub origin: Option<Name>,
    /// The line of the directive, with the path marked.
    pub excerpt: Excerpt,
}

/// What the records of a file inherit from lines before them.
#[derive(Clone, Debug)]
struct FileContext {
    origin: Name,
    /// The last owner; empty before the first record.
    owner: Vec<u8>,
}

/// The TTL of records that have none of their own.
#[derive(Clone, Copy, Debug, Default)]
struct DefaultTtls {
    /// The TTL of `$TTL` (RFC 2308 section 4).
    default: Option<u32>,
    /// The TTL of the last record that has one (RFC 1035 section 5.1).
    last: Option<u32>,
}

/// Reads the lines of a zone file, and of the files it includes.
#[derive(Debug)]
pub struct ZoneFileReader {
    zone: Name,
    entry: EntryBuffer,
    context: FileContext,
    /// The contexts and line numbers of the including files.
    outer: Vec<(FileContext, u64)>,
    ttls: DefaultTtls,
    line: u64,
    rdata: Vec<u8>,
    summary: SummaryBuilder,
}

/// Counts the records that were read.
#[derive(Debug, Default)]
struct SummaryBuilder {
    /// The SOA, its TTL and its line.
    soa: Option<(Soa, u32, u64)>,
    records: u64,
    dropped: u64,
    first_dropped: Option<String>,
}

/// Receives each record of the zone except its SOA.
pub type RecordSink<'s> = &'s mut dyn FnMut(&Record<'_>);

impl ZoneFileReader {
    /// Starts to read the file of a zone.
    pub fn new(zone: Name) -> Self {
        Self {
            context: FileContext { origin: zone.clone(), owner: Vec::new() },
            zone,
            entry: EntryBuffer::default(),
            outer: Vec::new(),
            ttls: DefaultTtls::default(),
            line: 0,
            rdata: Vec::new(),
            summary: SummaryBuilder::default(),
        }
    }

    /// Sets the TTL of records that have none of their own.
    #[must_use]
    pub fn with_ttl(mut self, ttl: u32) -> Self {
        self.ttls.default = Some(ttl);
        self
    }

    /// Reads a line, without its line break.
    pub fn read_line(
        &mut self,
        octets: &[u8],
        sink: RecordSink<'_>,
    ) -> Result<NextInput, ZoneFileParseError> {
        self.line += 1;
        let mut entry = std::mem::take(&mut self.entry);
        let read = match entry.add_line(self.line, octets) {
            Ok(true) => self.read_entry(&entry, sink).inspect(|_| entry.clear()),
            Ok(false) => Ok(NextInput::Line),
            Err((kind, excerpt)) => Err(ZoneFileParseError { excerpt, kind }),
        };
        self.entry = entry;
        read
    }

    /// Begins the file that the last line includes.
    pub fn enter(&mut self, origin: Option<Name>) {
        let outer = self.context.clone();
        self.context.origin = origin.unwrap_or_else(|| outer.origin.clone());
        self.outer.push((outer, self.line));
        self.line = 0;
    }

    /// Ends a file. The including file goes on with its own origin and owner (RFC 1035 section 5.1).
    pub fn leave(&mut self) -> Result<(), ZoneFileParseError> {
        if let Some(excerpt) = self.entry.open_parenthesis() {
            return Err(ZoneFileParseError { excerpt, kind: ZoneFileErrorKind::UnclosedParenthesis });
        }
        if let Some((context, line)) = self.outer.pop() {
            (self.context, self.line) = (context, line);
        }
        Ok(())
    }

    /// The number of records of the zone so far, with the SOA counted once.
    pub fn records(&self) -> u64 {
        self.summary.records
    }

    /// The owner and the line of the first record of another zone.
    pub fn first_dropped(&self) -> Option<&str> {
        self.summary.first_dropped.as_deref()
    }

    /// Ends the zone; `None` if it has no SOA.
    pub fn end(self) -> Option<CopySummary> {
        let SummaryBuilder { soa, records, dropped, .. } = self.summary;
        let (soa, soa_ttl, _) = soa?;
        Some(CopySummary { soa, soa_ttl, records, dropped })
    }

    fn read_entry(
        &mut self,
        entry: &EntryBuffer,
        sink: RecordSink<'_>,
    ) -> Result<NextInput, ZoneFileParseError> {
        let mut tokens = entry.tokens();
        let Some(first) = tokens.peek() else { return Ok(NextInput::Line) };
        let is_directive = !first.quoted && !entry.begins_blank() && first.octets.starts_with(b"$");
        let read = if is_directive {
            self.read_directive(entry, &mut tokens, sink)
        } else {
            self.read_record(entry, &mut tokens, sink).map(|()| NextInput::Line)
        };
        read.map_err(|TokenError { index, kind }| ZoneFileParseError {
            excerpt: entry.excerpt_of_token(index),
            kind,
        })
    }

    fn read_directive(
        &mut self,
        entry: &EntryBuffer,
        tokens: &mut Tokens<'_>,
        sink: RecordSink<'_>,
    ) -> Result<NextInput, TokenError> {
        let first = tokens.required("a directive")?;
        let mut next = NextInput::Line;
        if first.is("$ORIGIN") {
            self.context.origin = self.name(tokens.required("the new origin")?)?;
        } else if first.is("$TTL") {
            self.ttls.default = Some(tokens.required("the TTL")?.seconds(MAX_TTL)?);
        } else if first.is("$INCLUDE") {
            let token = tokens.required("the path of the file")?;
            let mut path = Vec::new();
            token.unescape(&mut path)?;
            let origin = tokens.take().map(|origin| self.name(origin)).transpose()?;
            next = NextInput::Include(IncludeDirective {
                path,
                origin,
                excerpt: entry.excerpt_of_token(token.index),
            });
        } else if first.is("$GENERATE") {
            return self.generate(entry, tokens, sink).map(|()| NextInput::Line);
        } else {
            return Err(first.error(ZoneFileErrorKind::UnknownDirective(first.printable())));
        }
        match tokens.take() {
            Some(token) => {
                Err(token.invalid(Expected::new("part of the directive", "it in a line of its own")))
            }
            None => Ok(next),
        }
    }

    /// Reads the record of each number in the range of a `$GENERATE` directive.
    fn generate(
        &mut self,
        entry: &EntryBuffer,
        tokens: &mut Tokens<'_>,
        sink: RecordSink<'_>,
    ) -> Result<(), TokenError> {
        let directive = GenerateDirective::parse(tokens)?;
        let mut line = Vec::new();
        let mut generated = EntryBuffer::default();
        for number in directive.numbers() {
            directive.write_record(number, &mut line);
            generated.clear();
            generated.add_line(entry.first_line(), &line).map_err(|(kind, _)| directive.range.error(kind))?;
            let read = self.read_record(&generated, &mut generated.tokens(), &mut *sink);
            // The template has the same tokens behind the directive and the range.
            read.map_err(|TokenError { index, kind }| TokenError { index: index + 2, kind })?;
        }
        Ok(())
    }

    fn name(&self, token: Token<'_>) -> Result<Name, TokenError> {
        let mut wire = Vec::new();
        token.name(self.context.origin.as_wire(), &mut wire)?;
        let reason = name::NameError::Empty;
        Name::from_wire(&wire)
            .ok_or_else(|| token.error(ZoneFileErrorKind::InvalidName { token: token.printable(), reason }))
    }

    fn read_record(
        &mut self,
        entry: &EntryBuffer,
        tokens: &mut Tokens<'_>,
        sink: RecordSink<'_>,
    ) -> Result<(), TokenError> {
        if entry.begins_blank() {
            if self.context.owner.is_empty() {
                return Err(TokenError { index: 0, kind: ZoneFileErrorKind::NoOwner });
            }
        } else {
            let owner = tokens.required("the owner")?;
            self.context.owner.clear();
            owner.name(self.context.origin.as_wire(), &mut self.context.owner)?;
        }
        let (ttl, rtype, token) = read_prefix(tokens)?;
        self.rdata.clear();
        rdata::from_tokens(rtype, tokens, self.context.origin.as_wire(), &mut self.rdata)?;
        let ttl = self.ttl(ttl, rtype).ok_or_else(|| token.error(ZoneFileErrorKind::NoTtl))?;
        let record = Record { owner: &self.context.owner, rtype, class: CLASS_IN, ttl, rdata: &self.rdata };
        if self.summary.count(&self.zone, &record, entry)? {
            sink(&record);
        }
        Ok(())
    }

    /// The TTL of a record: its own, or the one it inherits.
    fn ttl(&mut self, own: Option<u32>, rtype: Rtype) -> Option<u32> {
        if own.is_some() {
            self.ttls.last = own;
        }
        let known = own.or(self.ttls.default).or(self.ttls.last);
        if known.is_none() && rtype == Rtype::SOA {
            // As BIND does.
            self.ttls.last = Soa::from_rdata(&self.rdata).map(|soa| soa.minimum);
            return self.ttls.last;
        }
        known
    }
}

impl SummaryBuilder {
    /// Counts a record; returns whether it is passed on: a record of the zone that is not its SOA.
    fn count(&mut self, zone: &Name, record: &Record<'_>, entry: &EntryBuffer) -> Result<bool, TokenError> {
        let owner = || name::display(record.owner);
        if record.rtype == Rtype::SOA {
            if record.owner != zone.as_wire() {
                let kind = ZoneFileErrorKind::SoaOfOtherZone { owner: owner(), zone: zone.clone() };
                return Err(TokenError { index: 0, kind });
            }
            self.count_soa(record, entry)?;
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

    /// Counts a SOA once: a file written by a transfer ends with the SOA again.
    fn count_soa(&mut self, record: &Record<'_>, entry: &EntryBuffer) -> Result<(), TokenError> {
        let error = |kind| TokenError { index: 0, kind };
        let soa = Soa::from_rdata(record.rdata).ok_or_else(|| {
            error(ZoneFileErrorKind::InvalidRdata(Rtype::SOA, RdataDefect::Malformed("a name")))
        })?;
        match &self.soa {
            None => {
                self.soa = Some((soa, record.ttl, entry.first_line()));
                self.records += 1;
            }
            Some((first, _, line)) if *first != soa => {
                return Err(error(ZoneFileErrorKind::SecondSoa(*line)));
            }
            Some(_) => {}
        }
        Ok(())
    }
}

/// Reads the tokens between the owner and the data: TTL and class, in any order, and the type.
fn read_prefix<'t>(tokens: &mut Tokens<'t>) -> Result<(Option<u32>, Rtype, Token<'t>), TokenError> {
    let (mut ttl, mut has_class) = (None, false);
    loop {
        let token = tokens.required("the type")?;
        if !has_class && let Some(found) = parse_class(&token) {
            if found != CLASS_IN {
                return Err(token.error(ZoneFileErrorKind::UnsupportedClass(token.printable())));
            }
            has_class = true;
        } else if ttl.is_none() && is_ttl(&token) {
            ttl = Some(token.seconds(MAX_TTL)?);
        } else {
            let rtype = token.plain().and_then(|text| text.parse::<Rtype>().ok());
            let rtype =
                rtype.ok_or_else(|| token.error(ZoneFileErrorKind::UnknownType(token.printable())))?;
            // RFC 6895 section 3.1: QTYPEs and Meta-TYPEs.
            if rtype == Rtype::OPT || (128..=255).contains(&rtype.0) {
                return Err(token.error(ZoneFileErrorKind::MetaType(rtype)));
            }
            return Ok((ttl, rtype, token));
        }
    }
}

/// Parses a class (RFC 1035 section 3.2.4, RFC 3597 section 5).
fn parse_class(token: &Token<'_>) -> Option<u16> {
    let known = [("IN", 1), ("CS", 2), ("CH", 3), ("HS", 4)];
    if let Some((_, number)) = known.iter().find(|(name, _)| token.is(name)) {
        return Some(*number);
    }
    let (prefix, number) = token.plain()?.split_at_checked(5)?;
    number.parse().ok().filter(|_| prefix.eq_ignore_ascii_case("CLASS"))
}

/// Whether a token looks like a TTL: it begins with a digit, and has only digits and units of time.
fn is_ttl(token: &Token<'_>) -> bool {
    token.plain().is_some_and(|text| {
        let unit = |octet: u8| b"wdhms".contains(&octet.to_ascii_lowercase());
        text.starts_with(|first: char| first.is_ascii_digit())
            && text.bytes().all(|octet| octet.is_ascii_digit() || unit(octet))
    })
}
