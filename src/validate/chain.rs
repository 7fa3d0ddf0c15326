//! The way from the DS records of the parent to the keys of a copy (RFC 4035 section 5.2).

use super::keys::{Key, Keys};
use crate::dns::dnssec::{Ds, supported_ds};
use crate::observe::ChainOfTrust;

/// Algorithms that some resolvers know, and this program does not: GOST R 34.10-2001, Ed448, SM2 and GOST R 34.10-2012.
const KNOWN_ELSEWHERE: [u8; 4] = [12, 16, 17, 23];

/// The DS records of a zone, so far as they are known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DsRecords {
    /// They are not known, for this reason.
    Unknown(String),
    /// The parent has these, or none.
    Known(Vec<Ds>),
}

impl DsRecords {
    /// The parent has none.
    pub const NONE: Self = Self::Known(Vec::new());
}

/// How keys stand to the DS records of their zone.
pub(super) struct Chain {
    pub(super) trust: ChainOfTrust,
    /// Whether a DS record matches a key that signs the DNSKEY RRset, be the signature valid or not.
    pub(super) is_attempted: bool,
}

/// Finds out how keys stand to DS records; `signs` tells whether a key has a signature over the DNSKEY RRset, and
/// whether that is valid.
pub(super) fn chain(ds: &DsRecords, keys: &Keys, signs: impl Fn(&Key) -> Option<bool>) -> Chain {
    let known = match ds {
        DsRecords::Unknown(_) => return Chain::new(ChainOfTrust::Unknown),
        DsRecords::Known(ds) if ds.is_empty() => return Chain::new(ChainOfTrust::Insecure),
        DsRecords::Known(ds) => ds,
    };
    let supported = supported_ds(known);
    if supported.is_empty() {
        let is_known_elsewhere = known.iter().any(|ds| KNOWN_ELSEWHERE.contains(&ds.algorithm));
        return Chain::new(if is_known_elsewhere { ChainOfTrust::Unknown } else { ChainOfTrust::Insecure });
    }
    let matches = |key: &&Key| supported.iter().any(|ds| ds.matches(&keys.zone, &key.dnskey));
    let matching = keys.iter().filter(|key| key.may_sign()).filter(matches);
    let signing: Vec<(&Key, bool)> = matching.filter_map(|key| Some((key, signs(key)?))).collect();
    let trust = if signing.iter().any(|(_, is_valid)| *is_valid) {
        ChainOfTrust::Secure
    } else if signing.iter().any(|(key, _)| key.verifying.is_none()) {
        // We cannot verify by it, but some resolvers can: it is too short for us, for example.
        ChainOfTrust::Unknown
    } else {
        ChainOfTrust::Broken
    };
    Chain { trust, is_attempted: !signing.is_empty() }
}

impl Chain {
    fn new(trust: ChainOfTrust) -> Self {
        Self { trust, is_attempted: false }
    }
}
