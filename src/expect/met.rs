//! Whether an answer meets an expectation, and a description of what the answer holds.

use std::collections::BTreeSet;

use super::wanted::{Wanted, WantedRrset, WantedSerial, records_text};
use crate::dns::Serial;
use crate::dns::message::{NOERROR, NXDOMAIN, rcode_name};
use crate::observe::RrsetAnswer;

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
        match self {
            Self::Serial(_) => false,
            Self::Rrset(rrset) => {
                let rdata: BTreeSet<&Vec<u8>> = answer.records.iter().map(|(_, rdata)| rdata).collect();
                let same_ttl = |wanted: u32| answer.records.iter().all(|(ttl, _)| *ttl == wanted);
                answer.rcode == NOERROR
                    && answer.authoritative
                    && rrset.rdata.iter().eq(rdata)
                    && rrset.ttl.is_none_or(same_ttl)
            }
            Self::Absent(..) => {
                answer.authoritative
                    && matches!(answer.rcode, NOERROR | NXDOMAIN)
                    && answer.records.is_empty()
            }
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
        let ttl = match self {
            Self::Rrset(WantedRrset { ttl: Some(_), .. }) => answer.records.first().map(|(ttl, _)| *ttl),
            _ => None,
        };
        let mut rdata: Vec<&[u8]> = answer.records.iter().map(|(_, rdata)| rdata.as_slice()).collect();
        rdata.sort_unstable();
        rdata.dedup();
        records_text(ttl, rtype, rdata)
    }
}
