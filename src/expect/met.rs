//! Whether an answer meets an expectation, and a description of what the answer holds.

use std::collections::BTreeSet;

use super::wanted::{Wanted, WantedRecord, WantedRrset, WantedSerial, record_text};
use crate::dns::Serial;
use crate::dns::message::{NOERROR, NXDOMAIN, rcode_name};
use crate::observe::RrsetAnswer;

/// The most records of an RRset that are written out.
const MAX_NAMED_RECORDS: usize = 16;

impl WantedSerial {
    /// Whether a serial is the wanted one, or new enough.
    pub(super) fn is_met_by(self, serial: Serial) -> bool {
        match self {
            Self::Exactly(wanted) => serial == wanted,
            Self::AtLeast(wanted) => serial == wanted || serial.is_newer_than(wanted),
        }
    }
}

impl Wanted {
    /// Whether an answer to [`Wanted::question`] is as wanted.
    pub(super) fn is_met_by(&self, answer: &RrsetAnswer) -> bool {
        let has = |record: &WantedRecord| {
            let same_ttl = |ttl: &u32| record.ttl.is_none_or(|wanted| wanted == *ttl);
            answer.records.iter().any(|(ttl, rdata)| *rdata == record.rdata && same_ttl(ttl))
        };
        match self {
            Self::Serial(_) => false,
            Self::Rrset(rrset) => {
                let rdata: BTreeSet<&Vec<u8>> = answer.records.iter().map(|(_, rdata)| rdata).collect();
                let same_ttl = |wanted: u32| answer.records.iter().all(|(ttl, _)| *ttl == wanted);
                is_data(answer) && rrset.rdata.iter().eq(rdata) && rrset.ttl.is_none_or(same_ttl)
            }
            Self::Contains(record) => is_data(answer) && has(record),
            Self::Absent(..) => is_conclusive(answer) && answer.records.is_empty(),
            Self::Lacks(record) => is_conclusive(answer) && !has(record),
        }
    }

    /// Describes what an answer holds, in the form of the expectation itself.
    pub(super) fn describe(&self, answer: &RrsetAnswer) -> String {
        let Some((_, rtype)) = self.question() else { return String::new() };
        if answer.records.is_empty() {
            return match (answer.rcode, answer.authoritative) {
                (NXDOMAIN, true) => format!("no {rtype}: the name does not exist"),
                (NOERROR, true) => format!("no {rtype}"),
                (NOERROR, false) => "an answer that is not authoritative".to_owned(),
                (rcode, _) => rcode_name(rcode).into_owned(),
            };
        }
        let states_ttl = match self {
            Self::Rrset(WantedRrset { ttl, .. })
            | Self::Contains(WantedRecord { ttl, .. })
            | Self::Lacks(WantedRecord { ttl, .. }) => ttl.is_some(),
            Self::Serial(_) | Self::Absent(..) => false,
        };
        let records = answer.records.iter().map(|(ttl, rdata)| (rdata, Some(*ttl).filter(|_| states_ttl)));
        // In order, each record once.
        let records: BTreeSet<(&Vec<u8>, Option<u32>)> = records.collect();
        let named = records.iter().take(MAX_NAMED_RECORDS);
        let mut texts: Vec<String> = named.map(|(rdata, ttl)| record_text(*ttl, rtype, rdata)).collect();
        if let Some(more @ 1..) = records.len().checked_sub(MAX_NAMED_RECORDS) {
            texts.push(format!("and {more} more"));
        }
        texts.join(", ")
    }
}

/// Whether an answer is authoritative data.
fn is_data(answer: &RrsetAnswer) -> bool {
    answer.rcode == NOERROR && answer.authoritative
}

/// Whether an answer tells with authority which records there are.
fn is_conclusive(answer: &RrsetAnswer) -> bool {
    answer.authoritative && matches!(answer.rcode, NOERROR | NXDOMAIN)
}
