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
use crate::dns::wire::{CLASS_IN, NameDecompressor, Record};
use crate::dns::xfr::axfr::CopySummary;

/// The largest TTL (RFC 2181 section 8); a larger one counts as 0.
const MAX_TTL: u32 = i32::MAX.unsigned_abs();

/// The TTL that NSD and Knot give to records without one.
const ASSUMED_TTL: u32 = 3600;

const ORIGIN: Expected = Expected::new("an origin", "the name without quotes");
const DATE: Expected = Expected::new("a time", "YYYYMMDDHHmmSS in UTC");

/// What some editors write in front of a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

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
    /// The origin of the file, if the directive has one, in wire format with its letters as written.
    pub origin: Option<Vec<u8>>,
    /// The line of the directive, with the path marked.
    pub excerpt: Excerpt,
}

/// What the records of a file inherit from lines before them.
#[derive(Clone, Debug)]
struct FileContext {
    /// In wire format, with its letters as written.
    origin: Vec<u8>,
    /// The last owner; before the first record the zone, as in NSD.
    owner: Vec<u8>,
}

/// The TTL of records that have none of their own.
#[derive(Clone, Copy, Debug, Default)]
struct DefaultTtls {
    /// The TTL of `$TTL` (RFC 2308 section 4).
    stated: Option<u32>,
    /// The TTL of the last record that has one (RFC 1035 section 5.1).
    last: Option<u32>,
    /// The TTL of records without one in a file without `$TTL`, set at the first record that had no TTL to inherit.
    ///
    /// If that record is the SOA, its minimum, as in BIND; otherwise 3600, as in NSD and Knot (BIND refuses such a
    /// file).
    assumed: Option<u32>,
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
    /// Whether it is a file of DS records, whose lines hold all of them.
    is_ds_file: bool,
    line: u64,
    /// The RDATA of the record, and the same as it is signed where the two differ.
    rdata: Vec<u8>,
    signed: Vec<u8>,
    names: NameDecompressor,
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
    unstated_ttls: u64,
    /// The error that the first SOA of another zone is, until there is one of this zone.
    foreign_soa: Option<ZoneFileParseError>,
}

/// Receives each record of the zone except its SOA.
pub type RecordSink<'s> = &'s mut dyn FnMut(&Record<'_>);

impl ZoneFileReader {
    /// Starts to read the file of a zone.
    pub fn new(zone: Name) -> Self {
        Self {
            context: FileContext { origin: zone.as_wire().to_vec(), owner: zone.as_wire().to_vec() },
            zone,
            entry: EntryBuffer::default(),
            outer: Vec::new(),
            ttls: DefaultTtls::default(),
            is_ds_file: false,
            line: 0,
            rdata: Vec::new(),
            signed: Vec::new(),
            names: NameDecompressor::default(),
            summary: SummaryBuilder::default(),
        }
    }

    /// Sets the TTL of records that have none of their own.
    #[must_use]
    pub fn with_ttl(mut self, ttl: u32) -> Self {
        self.ttls.stated = Some(ttl);
        self
    }

    /// Reads a file of DS records: refuses directives that bring in more records than its lines hold.
    #[must_use]
    pub fn of_ds_file(mut self) -> Self {
        self.is_ds_file = true;
        self
    }

    /// Reads a line, without its line break.
    pub fn read_line(
        &mut self,
        octets: &[u8],
        sink: RecordSink<'_>,
    ) -> Result<NextInput, ZoneFileParseError> {
        self.line += 1;
        let octets = match octets.strip_prefix(BYTE_ORDER_MARK) {
            Some(behind) if self.line == 1 => behind,
            _ => octets,
        };
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
    pub fn enter(&mut self, origin: Option<Vec<u8>>) {
        let outer = self.context.clone();
        self.context.origin = origin.unwrap_or_else(|| outer.origin.clone());
        self.outer.push((outer, self.line));
        self.line = 0;
    }

    /// Ends a file. The including file goes on with its own origin and owner (RFC 1035 section 5.1).
    pub fn leave(&mut self) -> Result<(), ZoneFileParseError> {
        if let Some((kind, excerpt)) = self.entry.unclosed() {
            return Err(ZoneFileParseError { excerpt, kind });
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

    /// The SOA of the zone and its TTL, once it has come.
    pub fn soa(&self) -> Option<(&Soa, u32)> {
        self.summary.soa.as_ref().map(|(soa, ttl, _)| (soa, *ttl))
    }

    /// The owner and the line of the first record of another zone.
    pub fn first_dropped(&self) -> Option<&str> {
        self.summary.first_dropped.as_deref()
    }

    /// Takes the error that a SOA of another zone is in a file without one of this zone.
    pub fn take_foreign_soa(&mut self) -> Option<ZoneFileParseError> {
        self.summary.foreign_soa.take()
    }

    /// Ends the zone; `None` if it has no SOA.
    pub fn end(self) -> Option<CopySummary> {
        let SummaryBuilder { soa, records, dropped, unstated_ttls, .. } = self.summary;
        let (soa, soa_ttl, _) = soa?;
        Some(CopySummary { soa, soa_ttl, records, dropped, unstated_ttls })
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
            let origin = tokens.required("the new origin")?;
            if origin.quoted {
                return Err(origin.invalid(ORIGIN));
            }
            self.context.origin = self.origin(origin)?;
        } else if first.is("$TTL") {
            self.ttls.stated = Some(parse_ttl(tokens.required("the TTL")?)?);
        } else if self.is_ds_file {
            return Err(first.error(ZoneFileErrorKind::DirectiveInDsFile));
        } else if first.is("$DATE") {
            // BIND writes the time of a dump, which changes the TTLs of a cache and not those of a zone.
            let time = tokens.required("the time")?;
            rdata::parse_time(time).filter(|_| time.octets.len() == 14).ok_or_else(|| time.invalid(DATE))?;
        } else if first.is("$INCLUDE") {
            let token = tokens.required("the path of the file")?;
            let mut path = Vec::new();
            token.unescape(&mut path)?;
            let origin = tokens.take().map(|origin| self.origin(origin)).transpose()?;
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
            read.map_err(|TokenError { index, kind }| TokenError { index: directive.index(index), kind })?;
        }
        Ok(())
    }

    /// The origin that a token is, with its letters as written.
    fn origin(&self, token: Token<'_>) -> Result<Vec<u8>, TokenError> {
        let mut wire = Vec::new();
        token.name_as_written(&self.context.origin, &mut wire)?;
        Ok(wire)
    }

    fn read_record(
        &mut self,
        entry: &EntryBuffer,
        tokens: &mut Tokens<'_>,
        sink: RecordSink<'_>,
    ) -> Result<(), TokenError> {
        if !entry.begins_blank() {
            let owner = tokens.required("the owner")?;
            self.context.owner.clear();
            owner.name(&self.context.origin, &mut self.context.owner)?;
        }
        let (own_ttl, rtype) = read_prefix(tokens)?;
        self.read_rdata(rtype, tokens)?;
        self.ttls.last = own_ttl.or(self.ttls.last);
        if !is_within(&self.context.owner, self.zone.as_wire()) {
            self.summary.drop_record(&self.zone, &self.context.owner, rtype, entry);
            return Ok(());
        }
        let ttl = own_ttl.unwrap_or_else(|| self.inherited_ttl(rtype));
        let record = Record::new(&self.context.owner, rtype, ttl, &self.rdata);
        let signed = if rdata::is_signed_as_written(rtype) { &self.signed } else { &self.rdata };
        let record = Record { signed, ..record };
        if self.summary.count(&self.zone, &record, entry)? {
            sink(&record);
        }
        Ok(())
    }

    /// Reads the data of a record, in canonical form and in the form that is signed.
    fn read_rdata(&mut self, rtype: Rtype, tokens: &mut Tokens<'_>) -> Result<(), TokenError> {
        let keeps_case = rdata::is_signed_as_written(rtype);
        let read = if keeps_case { &mut self.signed } else { &mut self.rdata };
        read.clear();
        rdata::from_tokens(rtype, tokens, &self.context.origin, read)?;
        if keeps_case {
            // Text has no compressed names, so that this cannot fail.
            let all = 0..self.signed.len();
            let _ = rdata::canonicalise(rtype, &self.signed, all, &mut self.names, &mut self.rdata);
        }
        Ok(())
    }

    /// The TTL of a record that has none of its own.
    fn inherited_ttl(&mut self, rtype: Rtype) -> u32 {
        if let Some(stated) = self.ttls.stated {
            return stated;
        }
        self.summary.unstated_ttls += 1;
        let DefaultTtls { assumed, last, .. } = self.ttls;
        assumed.or(last).unwrap_or_else(|| {
            let soa = Soa::from_rdata(&self.rdata).filter(|_| rtype == Rtype::SOA);
            *self.ttls.assumed.insert(soa.map_or(ASSUMED_TTL, |soa| limited(soa.minimum)))
        })
    }
}

impl SummaryBuilder {
    /// Counts a record of another zone: the file may hold that zone too.
    fn drop_record(&mut self, zone: &Name, owner: &[u8], rtype: Rtype, entry: &EntryBuffer) {
        self.dropped += 1;
        let owner = || name::display(owner);
        if rtype == Rtype::SOA && self.soa.is_none() {
            self.foreign_soa.get_or_insert_with(|| ZoneFileParseError {
                excerpt: entry.excerpt_of_token(0),
                kind: ZoneFileErrorKind::SoaOfOtherZone { owner: owner(), zone: zone.clone() },
            });
        }
        self.first_dropped.get_or_insert_with(|| format!("{} in line {}", owner(), entry.first_line()));
    }

    /// Counts a record of the zone; returns whether it is passed on: one that is not its SOA.
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
fn read_prefix(tokens: &mut Tokens<'_>) -> Result<(Option<u32>, Rtype), TokenError> {
    let (mut ttl, mut has_class) = (None, false);
    loop {
        let token = tokens.required("the type")?;
        if !has_class && let Some(found) = token.class() {
            if found != CLASS_IN {
                return Err(token.error(ZoneFileErrorKind::UnsupportedClass(token.printable())));
            }
            has_class = true;
        } else if ttl.is_none() && token.looks_like_ttl() {
            ttl = Some(parse_ttl(token)?);
        } else {
            // It may be quoted, as in NSD, but an escape makes it another word.
            let text = token.text().filter(|text| text.as_bytes() == token.octets);
            let rtype = text.and_then(|text| text.parse::<Rtype>().ok());
            let rtype =
                rtype.ok_or_else(|| token.error(ZoneFileErrorKind::UnknownType(token.printable())))?;
            // RFC 6895 section 3.1: QTYPEs and Meta-TYPEs.
            if rtype == Rtype::OPT || (128..=255).contains(&rtype.0) {
                return Err(token.error(ZoneFileErrorKind::MetaType(rtype)));
            }
            return Ok((ttl, rtype));
        }
    }
}

/// Parses a TTL.
fn parse_ttl(token: Token<'_>) -> Result<u32, TokenError> {
    token.seconds(u32::MAX).map(limited)
}

/// RFC 2181 section 8: a TTL with the highest bit set counts as 0.
fn limited(ttl: u32) -> u32 {
    if ttl > MAX_TTL { 0 } else { ttl }
}
