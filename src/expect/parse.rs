//! How expectations are written on the command line.

use std::collections::{BTreeMap, BTreeSet};

use super::error::ExpectError;
use super::typed::{TypedRecord, require_single_origin};
use super::wanted::{Wanted, WantedRecord, WantedRrset, WantedSerial, record_text};
use crate::dns::name::{NameError, display, is_within};
use crate::dns::wire::Record;
use crate::dns::zonefile::{NextInput, ZoneFileReader};
use crate::dns::{Name, Rtype};

/// What is expected of the RRsets of a zone, as it was written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RrsetTexts<'t> {
    /// Records, those of one owner name and type being a whole RRset.
    pub(crate) records: &'t [String],
    /// Records of RRsets that may have others.
    pub(crate) contains: &'t [String],
    /// Owner names with types, or records, that should not exist.
    pub(crate) absent: &'t [String],
}

/// RRsets by owner name and type.
type Rrsets = BTreeMap<(Vec<u8>, u16), WantedRrset>;

/// Parses everything that is expected of a zone.
pub(crate) fn parse_wanted(
    zone: &Name,
    serial: Option<WantedSerial>,
    texts: RrsetTexts<'_>,
) -> Result<Vec<Wanted>, ExpectError> {
    let parse = |texts: &[String]| -> Result<Vec<WantedRecord>, ExpectError> {
        texts.iter().map(|text| parse_record(zone, text)).collect()
    };
    let (records, contained) = (parse(texts.records)?, parse(texts.contains)?);
    let absent: Vec<Wanted> =
        texts.absent.iter().map(|text| parse_absent(zone, text)).collect::<Result<_, _>>()?;
    require_one_ttl(records.iter().chain(&contained))?;
    let rrsets = join(records);
    require_consistency(&rrsets, &contained, &absent)?;
    let mut wanted: Vec<Wanted> = serial.map(Wanted::Serial).into_iter().chain(absent).collect();
    wanted.extend(rrsets.into_values().map(Wanted::Rrset));
    wanted.extend(contained.into_iter().map(Wanted::Contains));
    Ok(wanted)
}

/// Parses the RRsets that a change may alter, each as in `www AAAA`.
pub(crate) fn parse_permitted(zone: &Name, texts: &[String]) -> Result<Vec<(Name, Rtype)>, ExpectError> {
    texts.iter().map(|text| parse_owner_and_type(zone, text)).collect()
}

/// Requires the records of each RRset to state one TTL at most (RFC 2181 section 5.2).
fn require_one_ttl<'r>(records: impl Iterator<Item = &'r WantedRecord>) -> Result<(), ExpectError> {
    let mut known: BTreeMap<(&[u8], u16), u32> = BTreeMap::new();
    for WantedRecord { owner, rtype, ttl, .. } in records {
        let Some(ttl) = *ttl else { continue };
        let first = *known.entry((owner.as_wire(), rtype.0)).or_insert(ttl);
        if first != ttl {
            return Err(ExpectError::TwoTtls { owner: owner.clone(), rtype: *rtype, ttls: (first, ttl) });
        }
    }
    Ok(())
}

/// Joins records of one owner name and type.
fn join(records: Vec<WantedRecord>) -> Rrsets {
    let mut rrsets = Rrsets::new();
    for WantedRecord { owner, rtype, ttl, rdata } in records {
        let key = (owner.as_wire().to_vec(), rtype.0);
        let new = || WantedRrset { owner, rtype, ttl: None, rdata: BTreeSet::new() };
        let rrset = rrsets.entry(key).or_insert_with(new);
        rrset.ttl = rrset.ttl.or(ttl);
        rrset.rdata.insert(rdata);
    }
    rrsets
}

/// Requires that no record is expected both to exist and not to exist.
fn require_consistency(
    rrsets: &Rrsets,
    contained: &[WantedRecord],
    absent: &[Wanted],
) -> Result<(), ExpectError> {
    let whole = |owner: &Name, rtype: Rtype| rrsets.get(&(owner.as_wire().to_vec(), rtype.0));
    for WantedRecord { owner, rtype, rdata, .. } in contained {
        if whole(owner, *rtype).is_some_and(|rrset| !rrset.rdata.contains(rdata)) {
            let record = record_text(None, *rtype, rdata);
            return Err(ExpectError::NotInRrset { owner: owner.clone(), record });
        }
    }
    for wanted in absent {
        let (owner, what, is_expected) = match wanted {
            Wanted::Lacks(WantedRecord { owner, rtype, rdata, .. }) => {
                let is_same = |it: &WantedRecord| (&it.owner, it.rtype, &it.rdata) == (owner, *rtype, rdata);
                let is_expected = contained.iter().any(is_same)
                    || whole(owner, *rtype).is_some_and(|rrset| rrset.rdata.contains(rdata));
                (owner, record_text(None, *rtype, rdata), is_expected)
            }
            Wanted::Absent(owner, rtype) => {
                let is_same = |it: &WantedRecord| (&it.owner, it.rtype) == (owner, *rtype);
                let is_expected = contained.iter().any(is_same) || whole(owner, *rtype).is_some();
                (owner, rtype.to_string(), is_expected)
            }
            Wanted::Serial(_) | Wanted::Rrset(_) | Wanted::Contains(_) => continue,
        };
        if is_expected {
            return Err(ExpectError::Contradiction(owner.clone(), what));
        }
    }
    Ok(())
}

/// Parses an owner name with a type, or a record.
fn parse_absent(zone: &Name, text: &str) -> Result<Wanted, ExpectError> {
    if text.split_whitespace().nth(2).is_none() {
        return parse_owner_and_type(zone, text).map(|(owner, rtype)| Wanted::Absent(owner, rtype));
    }
    let record = parse_record(zone, text)?;
    match record.ttl {
        None => Ok(Wanted::Lacks(record)),
        Some(_) => Err(ExpectError::AbsentTtl(text.escape_debug().to_string())),
    }
}

fn parse_record(zone: &Name, text: &str) -> Result<WantedRecord, ExpectError> {
    let typed = TypedRecord::new(text);
    let line = typed.to_zone_file()?;
    let first = parse_with_default_ttl(zone, &line, 0)?;
    let second = parse_with_default_ttl(zone, &line, 1)?;
    let (Some(record), Some(other)) = (first, second) else {
        return Err(ExpectError::NotOfZone { text: text.escape_debug().to_string(), zone: zone.clone() });
    };
    typed.require_single_origin(zone, &record.owner, &record.rdata)?;
    // A TTL that follows the default is not in the text.
    let ttl = record.ttl.filter(|_| record.ttl == other.ttl);
    Ok(WantedRecord { ttl, ..record })
}

/// Parses one record, with this TTL if it states none; `None` if it is the SOA or outside the zone.
fn parse_with_default_ttl(zone: &Name, text: &str, ttl: u32) -> Result<Option<WantedRecord>, ExpectError> {
    let not_a_record = || ExpectError::NotARecord(text.escape_debug().to_string());
    let invalid = |error| ExpectError::ZoneFileError(Box::new(error));
    let first = text.chars().next().filter(|first| !first.is_whitespace() && !"$;".contains(*first));
    if first.is_none() || text.contains(['\n', '\r']) {
        return Err(not_a_record());
    }
    let mut reader = ZoneFileReader::new(zone.clone()).with_ttl(ttl);
    let mut parsed = None;
    let mut sink = |record: &Record<'_>| {
        parsed = Name::from_wire(record.owner).map(|owner| WantedRecord {
            owner,
            rtype: record.rtype,
            ttl: Some(record.ttl),
            rdata: record.rdata.to_vec(),
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
    let typed = owner;
    let owner = match owner {
        "@" => display(zone.as_wire()),
        absolute if absolute.ends_with('.') && !absolute.ends_with("\\.") => absolute.to_owned(),
        relative => below_zone(relative),
    };
    let owner: Name = owner.parse().map_err(|error| match error {
        NameError::InvalidULabel(_) => ExpectError::InvalidName(error),
        _ => invalid(),
    })?;
    let rtype: Rtype = rtype.parse().map_err(|_| invalid())?;
    if !is_within(owner.as_wire(), zone.as_wire()) || rtype == Rtype::SOA {
        return Err(ExpectError::NotOfZone { text: text.escape_debug().to_string(), zone: zone.clone() });
    }
    require_single_origin(zone, &owner, typed)?;
    Ok((owner, rtype))
}
