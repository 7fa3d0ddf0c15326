//! The result of verifying the signatures of a copy (RFC 4035 section 5, RFC 5155).

use std::time::SystemTime;

use crate::dns::{Name, Rtype};

/// The result of verifying every signature of a copy by the keys of the copy itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// The RRSIG records of the copy.
    pub signatures: u64,
    /// Those that are valid.
    pub valid: u64,
    /// Those that resolvers pass over. Their algorithm is not known; or they have expired, or are by a key that is not
    /// published, while another signature over the RRset is valid; or no resolver asks for the RRset, as for glue.
    pub unverified: u64,
    /// How the keys stand to the DS records of the parent.
    pub chain: ChainOfTrust,
    /// The number of all faults.
    pub fault_count: u64,
    /// The first faults: those of the apex first, the others in canonical order.
    pub faults: Vec<ValidationFault>,
    /// The last moment at which all of this holds: then the next signature expires or begins to be valid.
    pub holds_until: Option<SystemTime>,
}

/// How the keys of a copy stand to the DS records of the parent zone (RFC 4035 section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainOfTrust {
    /// A DS record matches a key that signs the DNSKEY RRset.
    Secure,
    /// The parent has no DS records, or none that a resolver understands: no resolver validates the zone.
    Insecure,
    /// No DS record matches such a key; it is also one of the faults.
    Broken,
    /// The DS records are not known, or they are of an algorithm that only resolvers implement.
    Unknown,
}

/// A fault that makes validating resolvers reject data of a copy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ValidationFault {
    /// The owner of the RRset.
    pub owner: Name,
    /// The type of the RRset; of a signature, the type that it covers.
    pub rtype: Rtype,
    /// The key tag of the signature, if the fault is one of a signature.
    pub key_tag: Option<u16>,
    /// What is wrong.
    pub reason: FaultReason,
}

/// Why resolvers reject data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultReason {
    /// The signature has expired, at this time.
    Expired(SystemTime),
    /// The signature is not valid before this time.
    NotYetValid(SystemTime),
    /// A key has the tag of the signature, but may not sign: it has another algorithm, or is no zone key, or is revoked.
    WrongKey,
    /// The signature is not over these records: they were changed, or it was.
    WrongData,
    /// No key of the zone has the tag of the signature.
    NoDnskey,
    /// The signature is for another number of labels than the owner has.
    Labels,
    /// The signature names another zone as its signer.
    Signer,
    /// The RRset has no signature.
    Unsigned,
    /// The zone has signatures and no DNSKEY records.
    NoKeys,
    /// No DS record of the parent matches a key that signs the DNSKEY RRset.
    NoMatchingDs,
    /// A name has no NSEC or NSEC3 record, where the chain needs one.
    DenialMissing,
    /// An NSEC or NSEC3 record is where none belongs.
    DenialUnneeded,
    /// The next name of an NSEC or NSEC3 record is not that of the next record.
    DenialNext,
    /// The types in an NSEC or NSEC3 record are not those of the name.
    DenialTypes,
}

impl FaultReason {
    /// All names of reasons.
    pub const NAMES: [&'static str; 14] = [
        "expired",
        "not_yet_valid",
        "wrong_key",
        "wrong_data",
        "no_dnskey",
        "labels",
        "signer",
        "unsigned",
        "no_keys",
        "no_matching_ds",
        "denial_missing",
        "denial_unneeded",
        "denial_next",
        "denial_types",
    ];

    /// Its name, one of [`Self::NAMES`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Expired(_) => "expired",
            Self::NotYetValid(_) => "not_yet_valid",
            Self::WrongKey => "wrong_key",
            Self::WrongData => "wrong_data",
            Self::NoDnskey => "no_dnskey",
            Self::Labels => "labels",
            Self::Signer => "signer",
            Self::Unsigned => "unsigned",
            Self::NoKeys => "no_keys",
            Self::NoMatchingDs => "no_matching_ds",
            Self::DenialMissing => "denial_missing",
            Self::DenialUnneeded => "denial_unneeded",
            Self::DenialNext => "denial_next",
            Self::DenialTypes => "denial_types",
        }
    }
}

/// Why the signatures of a copy were not verified to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotValidated(pub String);
