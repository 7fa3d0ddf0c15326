//! What a change should bring about: how it is written, and whether a server shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::dns::message::{NOERROR, NXDOMAIN};
use crate::dns::name::{display, is_within};
use crate::dns::rdata::to_text;
use crate::dns::zonefile::{Next, ZonefileError, ZonefileReader};
use crate::dns::{Name, Rtype, Serial};
use crate::observe::RrsetAnswer;

/// A serial that every server is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantedSerial {
    /// This one.
    Exactly(Serial),
    /// This one or a newer one (RFC 1982).
    AtLeast(Serial),
}

/// Something that every server is to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A serial.
    Serial(WantedSerial),
    /// An RRset, whole.
    Rrset(Rrset),
    /// No RRset of this name and type.
    Absent(Name, Rtype),
}

/// An RRset that every server is to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rrset {
    /// Its owner.
    pub owner: Name,
    /// Its type.
    pub rtype: Rtype,
    /// Its TTL, if that matters.
    pub ttl: Option<u32>,
    /// The data of all its records, in canonical form.
    pub rdata: BTreeSet<Vec<u8>>,
}

/// Why an expectation cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ExpectError {
    /// It is not as master files have it.
    #[error("{0}")]
    ZonefileError(Box<ZonefileError>),
    /// It is a directive, or empty.
    #[error("`{0}` is no record\nhint: write OWNER [TTL] TYPE RDATA, as in `www 300 A 192.0.2.1`")]
    NoRecord(String),
    /// It is the SOA, or not of the zone.
    #[error(
        "`{text}` can be no record of {zone} that is waited for\nhint: owners without a final dot are below \
             the zone; of the SOA, the serial is expected by --serial"
    )]
    NotOfZone {
        /// What was written.
        text: String,
        /// The zone.
        zone: Name,
    },
    /// The records of one RRset have one TTL.
    #[error(
        "two TTLs are expected of {owner} {rtype}: {ttls:?}\nhint: all records of an RRset have the same TTL"
    )]
    TwoTtls {
        /// The owner.
        owner: Name,
        /// The type.
        rtype: Rtype,
        /// The TTLs.
        ttls: (u32, u32),
    },
    /// It is no name and type.
    #[error("`{0}` is no name and type\nhint: write OWNER TYPE, as in `www AAAA`")]
    NoRrset(String),
    /// It is to be there and not to be there.
    #[error("{0} {1} is expected, and expected to be absent")]
    Both(Name, Rtype),
}

impl FromStr for WantedSerial {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let least = text.strip_suffix('+').or_else(|| text.strip_prefix(">="));
        let digits = least.unwrap_or(text).trim();
        let serial = Some(digits).filter(|it| it.bytes().all(|octet| octet.is_ascii_digit()));
        let serial = serial.and_then(|it| it.parse().ok()).map(Serial).ok_or_else(|| {
            format!(
                "`{}` is no serial; write N, or N+ for N and all newer ones, up to 4294967295",
                text.escape_debug()
            )
        })?;
        Ok(if least.is_some() { Self::AtLeast(serial) } else { Self::Exactly(serial) })
    }
}

impl fmt::Display for WantedSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(serial) => write!(f, "{serial}"),
            Self::AtLeast(serial) => write!(f, "{serial} or newer"),
        }
    }
}

impl WantedSerial {
    /// Returns whether a serial is what was wanted.
    pub fn is_met_by(self, serial: Serial) -> bool {
        match self {
            Self::Exactly(wanted) => serial == wanted,
            Self::AtLeast(wanted) => serial == wanted || serial.is_newer_than(wanted),
        }
    }
}

impl Wanted {
    /// Returns what to ask a server for; nothing for a serial, which every look shows.
    pub fn question(&self) -> Option<(&Name, Rtype)> {
        match self {
            Self::Serial(_) => None,
            Self::Rrset(rrset) => Some((&rrset.owner, rrset.rtype)),
            Self::Absent(owner, rtype) => Some((owner, *rtype)),
        }
    }

    /// Returns whether an answer to that question is what was wanted.
    pub fn is_met_by(&self, found: &RrsetAnswer) -> bool {
        match self {
            Self::Serial(_) => false,
            Self::Rrset(rrset) => {
                let rdata: BTreeSet<&Vec<u8>> = found.records.iter().map(|(_, rdata)| rdata).collect();
                let same_ttl = |wanted: u32| found.records.iter().all(|(ttl, _)| *ttl == wanted);
                found.rcode == NOERROR
                    && found.authoritative
                    && rrset.rdata.iter().eq(rdata)
                    && rrset.ttl.is_none_or(same_ttl)
            }
            Self::Absent(..) => {
                found.authoritative && matches!(found.rcode, NOERROR | NXDOMAIN) && found.records.is_empty()
            }
        }
    }

    /// Returns what an answer holds, in the words of its own text.
    pub fn shown(&self, found: &RrsetAnswer) -> String {
        let Some((_, rtype)) = self.question() else { return String::new() };
        if found.records.is_empty() {
            return match (found.rcode, found.authoritative) {
                (NXDOMAIN, true) => format!("no {rtype}: the name does not exist"),
                (NOERROR, true) => format!("no {rtype}"),
                (NOERROR, false) => "no answer with authority".to_owned(),
                (rcode, _) => crate::dns::message::rcode_name(rcode).into_owned(),
            };
        }
        let ttl = match self {
            Self::Rrset(Rrset { ttl: Some(_), .. }) => found.records.first().map(|(ttl, _)| *ttl),
            _ => None,
        };
        let mut rdata: Vec<&[u8]> = found.records.iter().map(|(_, rdata)| rdata.as_slice()).collect();
        rdata.sort_unstable();
        rdata.dedup();
        records(ttl, rtype, rdata)
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(serial) => write!(f, "serial {serial}"),
            Self::Rrset(Rrset { owner, rtype, ttl, rdata }) => {
                write!(f, "{owner} {}", records(*ttl, *rtype, rdata.iter().map(Vec::as_slice)))
            }
            Self::Absent(owner, rtype) => write!(f, "{owner} no {rtype}"),
        }
    }
}

/// `300 A 192.0.2.1, A 192.0.2.2`.
fn records<'r>(ttl: Option<u32>, rtype: Rtype, rdata: impl IntoIterator<Item = &'r [u8]>) -> String {
    let ttl = ttl.map(|ttl| format!("{ttl} ")).unwrap_or_default();
    let record = |rdata: &[u8]| format!("{ttl}{rtype} {}", to_text(rtype, rdata));
    rdata.into_iter().map(record).collect::<Vec<_>>().join(", ")
}

/// Reads all that is expected: records as in a master file, and names with types that are not to be there.
pub fn wanted(
    zone: &Name,
    serial: Option<WantedSerial>,
    expected: &[String],
    absent: &[String],
) -> Result<Vec<Wanted>, ExpectError> {
    let mut rrsets: BTreeMap<(Vec<u8>, u16), Rrset> = BTreeMap::new();
    for text in expected {
        let rrset = record(zone, text)?;
        let place = (rrset.owner.as_wire().to_vec(), rrset.rtype.0);
        let Some(known) = rrsets.get_mut(&place) else {
            rrsets.insert(place, rrset);
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
    let mut wanted: Vec<Wanted> = serial.map(Wanted::Serial).into_iter().collect();
    for text in absent {
        let (owner, rtype) = name_and_type(zone, text)?;
        if rrsets.contains_key(&(owner.as_wire().to_vec(), rtype.0)) {
            return Err(ExpectError::Both(owner, rtype));
        }
        wanted.push(Wanted::Absent(owner, rtype));
    }
    wanted.extend(rrsets.into_values().map(Wanted::Rrset));
    Ok(wanted)
}

fn record(zone: &Name, text: &str) -> Result<Rrset, ExpectError> {
    let first = read(zone, text, 0)?;
    let second = read(zone, text, 1)?;
    // A TTL that follows the default was not written.
    let (Some((owner, rtype, ttl, rdata)), Some((_, _, other, _))) = (first, second) else {
        return Err(ExpectError::NotOfZone { text: text.escape_debug().to_string(), zone: zone.clone() });
    };
    Ok(Rrset { owner, rtype, ttl: (ttl == other).then_some(ttl), rdata: BTreeSet::from([rdata]) })
}

type Read = (Name, Rtype, u32, Vec<u8>);

/// Reads one record, with this TTL if it states none; nothing if it is the SOA or not of the zone.
fn read(zone: &Name, text: &str, ttl: u32) -> Result<Option<Read>, ExpectError> {
    let no_record = || ExpectError::NoRecord(text.escape_debug().to_string());
    let mistake = |mistake| ExpectError::ZonefileError(Box::new(mistake));
    let first = text.chars().next().filter(|first| !first.is_whitespace() && !"$;".contains(*first));
    if first.is_none() || text.contains(['\n', '\r']) {
        return Err(no_record());
    }
    let mut master = ZonefileReader::new(zone.clone()).with_ttl(ttl);
    let mut read = None;
    let mut sink = |record: &crate::dns::wire::Record<'_>| {
        let owner = Name::from_wire(record.owner);
        read = owner.map(|owner| (owner, record.rtype, record.ttl, record.rdata.to_vec()));
    };
    match master.line(text.as_bytes(), &mut sink).map_err(mistake)? {
        Next::Line => {}
        Next::Include(_) => return Err(no_record()),
    }
    master.leave().map_err(mistake)?;
    Ok(read)
}

/// Reads names and types, each as in `www AAAA`: whatever they name may change.
pub fn permitted(zone: &Name, texts: &[String]) -> Result<Vec<(Name, Rtype)>, ExpectError> {
    texts.iter().map(|text| name_and_type(zone, text)).collect()
}

fn name_and_type(zone: &Name, text: &str) -> Result<(Name, Rtype), ExpectError> {
    let wrong = || ExpectError::NoRrset(text.escape_debug().to_string());
    let mut words = text.split_whitespace();
    let (Some(owner), Some(rtype), None) = (words.next(), words.next(), words.next()) else {
        return Err(wrong());
    };
    let below = |owner: &str| match zone.without_final_dot().as_str() {
        "." | "" => format!("{owner}."),
        origin => format!("{owner}.{origin}."),
    };
    let owner = match owner {
        "@" => display(zone.as_wire()),
        absolute if absolute.ends_with('.') && !absolute.ends_with("\\.") => absolute.to_owned(),
        relative => below(relative),
    };
    let owner: Name = owner.parse().map_err(|_| wrong())?;
    let rtype: Rtype = rtype.parse().map_err(|_| wrong())?;
    if !is_within(owner.as_wire(), zone.as_wire()) || rtype == Rtype::SOA {
        return Err(ExpectError::NotOfZone { text: text.escape_debug().to_string(), zone: zone.clone() });
    }
    Ok((owner, rtype))
}
