//! The results of verifying a copy by its own signatures and digest, in the report.

use serde::Serialize;

use super::names::{ChainOfTrustName, as_json};
use crate::observe::{ChainOfTrust, FaultReason, Validation, ValidationFault, ZonemdCheck};

/// The result of verifying the signatures of a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ValidationReport {
    /// The number of signatures (RRSIG records).
    pub signatures: u64,
    /// The number of those that are valid.
    pub valid: u64,
    /// The number of those that were not verified, since their algorithm is not known, or their key is not published
    /// while another signature over the RRset is valid.
    pub unverified: u64,
    /// The number of the other ones, which are not valid.
    pub invalid: u64,
    /// How its keys stand to the DS records of the parent zone.
    #[serde(serialize_with = "as_json::<_, ChainOfTrustName, _>")]
    #[schemars(with = "ChainOfTrustName")]
    pub chain: ChainOfTrust,
    /// The number of faults, in signatures and in what is signed.
    pub fault_count: u64,
    /// The first faults, in canonical order.
    pub faults: Vec<ValidationFaultReport>,
}

/// A fault that makes validating resolvers reject data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ValidationFaultReport {
    /// The owner name of the RRset, as zone-file text with the final dot.
    pub owner: String,
    /// The type of the RRset; of a signature, the type that it covers.
    #[serde(rename = "type")]
    pub rtype: String,
    /// The key tag of the signature; null if the fault is not in a signature.
    pub key_tag: Option<u16>,
    /// Why resolvers reject it, from a closed list.
    #[schemars(extend("enum" = FaultReason::NAMES))]
    pub reason: &'static str,
}

/// The result of verifying the ZONEMD records of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Zonemd")]
pub enum ZonemdReport {
    /// A record matches the copy.
    Verified,
    /// No record matches the copy.
    Mismatch,
    /// No record has a scheme and a hash algorithm that are known and occur once.
    Unsupported,
}

impl From<&Validation> for ValidationReport {
    fn from(validation: &Validation) -> Self {
        let Validation { signatures, valid, unverified, chain, fault_count, faults, .. } = validation;
        Self {
            signatures: *signatures,
            valid: *valid,
            unverified: *unverified,
            invalid: signatures.saturating_sub(*valid).saturating_sub(*unverified),
            chain: *chain,
            fault_count: *fault_count,
            faults: faults.iter().map(ValidationFaultReport::from).collect(),
        }
    }
}

impl From<&ValidationFault> for ValidationFaultReport {
    fn from(fault: &ValidationFault) -> Self {
        Self {
            owner: fault.owner.to_string(),
            rtype: fault.rtype.to_string(),
            key_tag: fault.key_tag,
            reason: fault.reason.name(),
        }
    }
}

impl ZonemdReport {
    /// The name of a result; `None` if the digest was not computed.
    pub(in crate::report) fn of(check: &ZonemdCheck) -> Option<Self> {
        match check {
            ZonemdCheck::Verified(_) => Some(Self::Verified),
            ZonemdCheck::Mismatch(_) => Some(Self::Mismatch),
            ZonemdCheck::Unsupported => Some(Self::Unsupported),
            ZonemdCheck::Late | ZonemdCheck::NotComputed(_) => None,
        }
    }
}
