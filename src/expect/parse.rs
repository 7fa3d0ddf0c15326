//! How expectations are written on the command line.

use std::collections::{BTreeMap, BTreeSet};

use super::wanted::{Wanted, WantedRrset, WantedSerial};
use crate::dns::name::{display, is_within};
use crate::dns::wire::Record;
use crate::dns::zonefile::{NextInput, ZoneFileParseError, ZoneFileReader};
use crate::dns::{Name, Rtype};

/// Why an expectation cannot be parsed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExpectError {
    /// The record breaks the syntax of zone files.
    #[error("{0}")]
    ZoneFileError(Box<ZoneFileParseError>),
    /// The text is empty, a comment or a directive.
    #[error("`{0}` is not a record\nhint: write OWNER [TTL] TYPE RDATA, as in `www 300 A 192.0.2.1`")]
    NotARecord(String),
    /// The record is the SOA, or its owner is outside the zone.
    #[error(
        "`{text}` cannot be expected of {zone}\nhint: an owner without a final dot is relative to the zone; \
             use --serial to expect a serial of the SOA"
    )]
    NotOfZone {
        /// The text as it was written.
        text: String,
        /// The zone.
        zone: Name,
    },
    /// Two records of one RRset state different TTLs.
    #[error(
        "{owner} {rtype} is expected with two TTLs, {} and {}\nhint: all records of an RRset have the same TTL",
        ttls.0, ttls.1
    )]
    TwoTtls {
        /// The owner name.
        owner: Name,
        /// The type.
        rtype: Rtype,
        /// The TTLs.
        ttls: (u32, u32),
    },
    /// The text is not an owner name and a type.
    #[error("`{0}` is not an owner and a type\nhint: write OWNER TYPE, as in `www AAAA`")]
    NotAnOwnerAndType(String),
    /// The same RRset is expected to exist and to be absent.
    #[error("{0} {1} is expected, and expected to be absent")]
    Contradiction(Name, Rtype),
}

/// Parses everything that is expected of a zone: a serial, records as in a zone file, and owner names with
/// types that should not exist.
pub(crate) fn parse_wanted(
    zone: &Name,
    serial: Option<WantedSerial>,
    records: &[String],
    absent: &[String],
) -> Result<Vec<Wanted>, ExpectError> {
    let rrsets = parse_rrsets(zone, records)?;
    let mut wanted: Vec<Wanted> = serial.map(Wanted::Serial).into_iter().collect();
    for text in absent {
        let (owner, rtype) = parse_owner_and_type(zone, text)?;
        if rrsets.contains_key(&(owner.as_wire().to_vec(), rtype.0)) {
            return Err(ExpectError::Contradiction(owner, rtype));
        }
        wanted.push(Wanted::Absent(owner, rtype));
    }
    wanted.extend(rrsets.into_values().map(Wanted::Rrset));
    Ok(wanted)
}

/// Parses the RRsets that a change may alter, each as in `www AAAA`.
pub(crate) fn parse_permitted(zone: &Name, texts: &[String]) -> Result<Vec<(Name, Rtype)>, ExpectError> {
    texts.iter().map(|text| parse_owner_and_type(zone, text)).collect()
}

/// Parses records and joins those of one owner name and type.
fn parse_rrsets(
    zone: &Name,
    records: &[String],
) -> Result<BTreeMap<(Vec<u8>, u16), WantedRrset>, ExpectError> {
    let mut rrsets: BTreeMap<(Vec<u8>, u16), WantedRrset> = BTreeMap::new();
    for text in records {
        let rrset = parse_record(zone, text)?;
        let key = (rrset.owner.as_wire().to_vec(), rrset.rtype.0);
        let Some(known) = rrsets.get_mut(&key) else {
            rrsets.insert(key, rrset);
            continue;
        };
        known.rdata.extend(rrset.rdata);
        known.ttl = match (known.ttl, rrset.ttl) {
            (Some(first), Some(second)) if first != second => {
                let ttls = (first, second);
                return Err(ExpectError::TwoTtls { owner: rrset.owner, rtype: rrset.rtype, ttls });
            }
            (first, second) => first.or(second),
        };
    }
    Ok(rrsets)
}

fn parse_record(zone: &Name, text: &str) -> Result<WantedRrset, ExpectError> {
    let first = parse_with_default_ttl(zone, text, 0)?;
    let second = parse_with_default_ttl(zone, text, 1)?;
    let (Some(rrset), Some(other)) = (first, second) else {
        return Err(ExpectError::NotOfZone { text: text.escape_debug().to_string(), zone: zone.clone() });
    };
    // A TTL that follows the default is not in the text.
    let ttl = rrset.ttl.filter(|_| rrset.ttl == other.ttl);
    Ok(WantedRrset { ttl, ..rrset })
}

/// Parses one record, with this TTL if it states none; `None` if it is the SOA or outside the zone.
fn parse_with_default_ttl(zone: &Name, text: &str, ttl: u32) -> Result<Option<WantedRrset>, ExpectError> {
    let not_a_record = || ExpectError::NotARecord(text.escape_debug().to_string());
    let invalid = |error| ExpectError::ZoneFileError(Box::new(error));
    let first = text.chars().next().filter(|first| !first.is_whitespace() && !"$;".contains(*first));
    if first.is_none() || text.contains(['\n', '\r']) {
        return Err(not_a_record());
    }
    let mut reader = ZoneFileReader::new(zone.clone()).with_ttl(ttl);
    let mut parsed = None;
    let mut sink = |record: &Record<'_>| {
        parsed = Name::from_wire(record.owner).map(|owner| WantedRrset {
            owner,
            rtype: record.rtype,
            ttl: Some(record.ttl),
            rdata: BTreeSet::from([record.rdata.to_vec()]),
        });
    };
    match reader.read_line(text.as_bytes(), &mut sink).map_err(invalid)? {
        NextInput::Line => {}
        NextInput::Include(_) => return Err(not_a_record()),
    }
    reader.leave().map_err(invalid)?;
    Ok(parsed)
}

fn parse_owner_and_type(zone: &Name, text: &str) -> Result<(Name, Rtype), ExpectError> {
    let invalid = || ExpectError::NotAnOwnerAndType(text.escape_debug().to_string());
    let mut tokens = text.split_whitespace();
    let (Some(owner), Some(rtype), None) = (tokens.next(), tokens.next(), tokens.next()) else {
        return Err(invalid());
    };
    let below_zone = |owner: &str| match zone.without_final_dot().as_str() {
        "." | "" => format!("{owner}."),
        origin => format!("{owner}.{origin}."),
    };
    let owner = match owner {
        "@" => display(zone.as_wire()),
        absolute if absolute.ends_with('.') && !absolute.ends_with("\\.") => absolute.to_owned(),
        relative => below_zone(relative),
    };
    let owner: Name = owner.parse().map_err(|_| invalid())?;
    let rtype: Rtype = rtype.parse().map_err(|_| invalid())?;
    if !is_within(owner.as_wire(), zone.as_wire()) || rtype == Rtype::SOA {
        return Err(ExpectError::NotOfZone { text: text.escape_debug().to_string(), zone: zone.clone() });
    }
    Ok((owner, rtype))
}
