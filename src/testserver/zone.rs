//! A zone as a list of records, parsed from zone-file text; changes make a new zone.

use hickory_proto::rr::Name as HickoryName;
use hickory_proto::serialize::binary::{BinEncodable, BinEncoder, NameEncoding};
use hickory_proto::serialize::txt::{ParseError, Parser};

use crate::dns::name::NameError;
use crate::dns::rtype::UnknownMnemonic;
use crate::dns::{Name, Rtype, Serial, Soa};

/// The TTL of records whose text has none.
const DEFAULT_TTL: u32 = 3600;

/// One record in wire form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneRecord {
    /// Its owner name.
    pub owner: Name,
    /// Its type.
    pub rtype: Rtype,
    /// Its TTL in seconds.
    pub ttl: u32,
    /// Its RDATA; names in it are not compressed.
    pub rdata: Vec<u8>,
}

/// A zone: its SOA, and its other records in the order of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    origin: Name,
    soa: Soa,
    soa_ttl: u32,
    records: Vec<ZoneRecord>,
}

/// An error in the text of a zone, or of a change to one.
#[derive(Debug, thiserror::Error)]
pub enum ZoneError {
    /// The text is not in zone-file format, or has a type that the parser does not know.
    #[error("not zone-file text")]
    Text(#[source] ParseError),
    /// A record cannot be put into wire form.
    #[error("a record has no wire form")]
    Wire(#[source] hickory_proto::ProtoError),
    /// A name is not valid.
    #[error("not a name")]
    Name(#[source] NameError),
    /// A type is not known.
    #[error("not a type")]
    Type(#[source] UnknownMnemonic),
    /// The zone has no SOA at its apex.
    #[error("`{0}` has no SOA at its apex")]
    NoSoa(Name),
    /// An RRset is not written as its owner and its type.
    #[error("`{}` is not `OWNER TYPE`", .0.escape_debug())]
    Rrset(String),
}

impl Zone {
    /// Parses a zone; names in the text are relative to `origin` unless they end in a dot.
    ///
    /// Records of types that the parser does not know are added with [`Zone::record`].
    pub fn parse(origin: &str, text: &str) -> Result<Self, ZoneError> {
        let origin: Name = origin.parse().map_err(ZoneError::Name)?;
        let records = parse(&origin, text)?;
        let (apex, records): (Vec<_>, Vec<_>) =
            records.into_iter().partition(|record| record.rtype == Rtype::SOA);
        let soa = apex.first().filter(|record| record.owner == origin);
        let parsed = soa.and_then(|record| Some((Soa::from_rdata(&record.rdata)?, record.ttl)));
        let (soa, soa_ttl) = parsed.ok_or_else(|| ZoneError::NoSoa(origin.clone()))?;
        Ok(Self { origin, soa, soa_ttl, records })
    }

    /// The name of the zone.
    pub fn origin(&self) -> &Name {
        &self.origin
    }

    /// The fields of its SOA.
    pub fn soa(&self) -> &Soa {
        &self.soa
    }

    /// All records but the SOA.
    pub fn records(&self) -> &[ZoneRecord] {
        &self.records
    }

    /// The SOA as a record.
    pub fn soa_record(&self) -> ZoneRecord {
        let rdata = self.soa.to_rdata();
        ZoneRecord { owner: self.origin.clone(), rtype: Rtype::SOA, ttl: self.soa_ttl, rdata }
    }

    /// The records of a transfer: the SOA, all others, and the SOA again (RFC 5936 section 2.2).
    pub fn transfer(&self) -> Vec<ZoneRecord> {
        let mut records = Vec::with_capacity(self.records.len() + 2);
        records.push(self.soa_record());
        records.extend_from_slice(&self.records);
        records.push(self.soa_record());
        records
    }

    /// The records of an incremental transfer from an older version to this one (RFC 1995 section 4).
    pub fn incremental_transfer(&self, older: &Self) -> Vec<ZoneRecord> {
        let only_in = |zone: &Self, other: &Self| -> Vec<ZoneRecord> {
            zone.records.iter().filter(|record| !other.records.contains(record)).cloned().collect()
        };
        let (old, new) = (older.soa_record(), self.soa_record());
        let (deleted, added) = (only_in(older, self), only_in(self, older));
        [vec![new.clone(), old], deleted, vec![new.clone()], added, vec![new]].concat()
    }

    /// Returns the zone with another serial.
    #[must_use]
    pub fn with_serial(self, serial: u32) -> Self {
        self.with_soa(|soa| soa.serial = Serial(serial))
    }

    /// Returns the zone with its SOA changed by `change`.
    #[must_use]
    pub fn with_soa(mut self, change: impl FnOnce(&mut Soa)) -> Self {
        change(&mut self.soa);
        self
    }

    /// Returns the zone with another TTL of its SOA.
    #[must_use]
    pub fn with_soa_ttl(self, soa_ttl: u32) -> Self {
        Self { soa_ttl, ..self }
    }

    /// Returns the zone with one more record, in wire form.
    #[must_use]
    pub fn record(mut self, record: ZoneRecord) -> Self {
        self.records.push(record);
        self
    }

    /// Returns the zone with more records, from lines of a zone file relative to the zone; SOAs are left out.
    pub fn with(mut self, lines: &str) -> Result<Self, ZoneError> {
        let records = parse(&self.origin, lines)?;
        self.records.extend(records.into_iter().filter(|record| record.rtype != Rtype::SOA));
        Ok(self)
    }

    /// Returns the zone without one RRset, given as `OWNER TYPE`.
    pub fn without(mut self, rrset: &str) -> Result<Self, ZoneError> {
        let (owner, rtype) = self.parse_rrset(rrset)?;
        self.records.retain(|record| record.owner != owner || record.rtype != rtype);
        Ok(self)
    }

    /// Returns the zone with RRsets replaced by those in lines of a zone file; the SOA is never replaced.
    pub fn replace(mut self, lines: &str) -> Result<Self, ZoneError> {
        let records = parse(&self.origin, lines)?;
        let is_replaced =
            |old: &ZoneRecord| records.iter().any(|new| new.owner == old.owner && new.rtype == old.rtype);
        self.records.retain(|old| !is_replaced(old));
        self.records.extend(records.into_iter().filter(|record| record.rtype != Rtype::SOA));
        Ok(self)
    }

    fn parse_rrset(&self, text: &str) -> Result<(Name, Rtype), ZoneError> {
        let mut parts = text.split_whitespace();
        let (Some(owner), Some(rtype), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(ZoneError::Rrset(text.to_owned()));
        };
        Ok((self.name(owner)?, rtype.parse().map_err(ZoneError::Type)?))
    }

    /// Parses a name relative to the zone unless it ends in a dot; `@` is the zone itself.
    pub fn name(&self, text: &str) -> Result<Name, ZoneError> {
        let absolute = match text {
            "@" => return Ok(self.origin.clone()),
            dotted if dotted.ends_with('.') => dotted.to_owned(),
            relative => format!("{relative}.{}", self.origin),
        };
        absolute.parse().map_err(ZoneError::Name)
    }
}

/// Parses zone-file text; the records are in canonical order.
fn parse(origin: &Name, text: &str) -> Result<Vec<ZoneRecord>, ZoneError> {
    let apex = HickoryName::from_labels(origin.labels()).map_err(ZoneError::Wire)?;
    let text = format!("$TTL {DEFAULT_TTL}\n{text}\n");
    let (_, rrsets) = Parser::new(text, None, Some(apex)).parse().map_err(ZoneError::Text)?;
    let mut records = Vec::new();
    for record in rrsets.values().flat_map(|rrset| rrset.records_without_rrsigs()) {
        let owner = Name::from_wire(&encode(&record.name)?).ok_or(ZoneError::Name(NameError::LongName))?;
        let rtype = Rtype(record.record_type().into());
        records.push(ZoneRecord { owner, rtype, ttl: record.ttl, rdata: encode(&record.data)? });
    }
    Ok(records)
}

/// Encodes a name or RDATA in wire form, without compression and with the case of letters kept.
fn encode(part: &impl BinEncodable) -> Result<Vec<u8>, ZoneError> {
    let mut wire = Vec::new();
    let mut encoder = BinEncoder::new(&mut wire);
    encoder.set_name_encoding(NameEncoding::Uncompressed);
    part.emit(&mut encoder).map_err(ZoneError::Wire)?;
    Ok(wire)
}
