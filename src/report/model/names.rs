//! The names of the core's enums in the JSON report; the core itself does not depend on JSON.

use serde::{Serialize, Serializer};

use crate::compare::{Coverage, DifferenceKind, SignatureField};
use crate::judge::{ReferenceKind, Severity, Verdict};
use crate::observe::{ChainOfTrust, Transport};
use crate::plan::{MembershipState, Role};

/// Serializes a value of the core by its name here, as in `as_json::<_, VerdictName, _>`.
pub(super) fn as_json<T, N, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Copy,
    N: From<T> + Serialize,
    S: Serializer,
{
    N::from(*value).serialize(serializer)
}

/// Serializes a value of the core that may be unknown, as [`as_json`] does.
#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
pub(super) fn as_json_if_known<T, N, S>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Copy,
    N: From<T> + Serialize,
    S: Serializer,
{
    value.map(N::from).serialize(serializer)
}

/// Declares the JSON names of an enum of the core, its definition in the schema, and the conversion.
macro_rules! names {
    ($(#[$about:meta])* $name:ident of $core:ident, $schema:literal { $($(#[$doc:meta])* $variant:ident,)* }) => {
        $(#[$about])*
        #[derive(Serialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[schemars(rename = $schema)]
        pub(super) enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl From<$core> for $name {
            fn from(value: $core) -> Self {
                match value {
                    $($core::$variant => Self::$variant,)*
                }
            }
        }
    };
}

names! {
    /// The verdict over an address or a zone, in the order in which they are decided.
    VerdictName of Verdict, "Verdict" {
        /// No response over UDP or TCP before the deadline.
        Unreachable,
        /// A response without authority, or without exactly the SOA of this zone.
        Lame,
        /// The address serves two versions of the zone.
        Mixed,
        /// The serial is exactly 2^31 away from the reference's (RFC 1982).
        Incomparable,
        /// The serial is newer than the reference's.
        Ahead,
        /// The records are not those that the reference served at this serial.
        Diverged,
        /// The serial is older, and refresh and retry should have brought the new version by now.
        Stuck,
        /// The serial is older, for an unknown time.
        Behind,
        /// The serial is older, and refresh and retry can still bring the new version in time.
        Propagating,
        /// The server answered, but could not be judged.
        Unknown,
        /// The version is the reference's.
        InSync,
    }
}

names! {
    /// How much a verdict or a finding matters, worst first.
    SeverityName of Severity, "Severity" {
        /// Users get wrong answers, or none.
        Critical,
        /// Something could not be checked.
        Unknown,
        /// Something is wrong that users do not notice, or that heals by itself.
        Warning,
        /// Nothing is wrong.
        Ok,
    }
}

names! {
    /// How the reference was chosen.
    ReferenceKindName of ReferenceKind, "ReferenceKind" {
        /// A zone file.
        ZoneFile,
        /// A configured primary.
        Primary,
        /// A signer, against which the secondaries are held.
        Signer,
        /// The primary that the SOA names.
        Mname,
        /// The server whose serial is older than no other.
        Newest,
    }
}

names! {
    /// The role of a server in the zone.
    RoleName of Role, "Role" {
        /// The zone is edited here.
        Primary,
        /// The server takes the zone unsigned, signs it, and numbers the versions by itself.
        Signer,
        /// The server gets the zone by transfer.
        Secondary,
    }
}

names! {
    /// Whether a catalog lists a zone.
    MembershipStateName of MembershipState, "MembershipState" {
        /// The catalog lists it.
        Listed,
        /// The catalog listed it before.
        Left,
    }
}

names! {
    /// The transport of a response.
    TransportName of Transport, "Transport" {
        /// Over UDP.
        Udp,
        /// Over TCP.
        Tcp,
        /// Over TLS.
        Tls,
    }
}

names! {
    /// How much of a copy was read.
    CoverageName of Coverage, "Coverage" {
        /// All of it.
        Whole,
        /// The RRsets that were asked for by queries.
        Asked,
    }
}

names! {
    /// How the keys of a copy stand to the DS records of the parent zone.
    ChainOfTrustName of ChainOfTrust, "ChainOfTrust" {
        /// A DS record matches a key that signs the DNSKEY RRset.
        Secure,
        /// The parent has no DS records, so that no resolver validates the zone.
        Insecure,
        /// No DS record matches such a key.
        Broken,
        /// The DS records are not known.
        Unknown,
    }
}

names! {
    /// How an RRset differs from the reference's.
    DifferenceKindName of DifferenceKind, "DifferenceKind" {
        /// The reference has it, and the address does not.
        Missing,
        /// The address has it, and the reference does not.
        Extra,
        /// The data differ.
        Changed,
        /// Only the TTL differs.
        Ttl,
        /// A query for it gets another sort of answer than the reference's records require.
        Answer,
    }
}

names! {
    /// What differs in signatures.
    SignatureFieldName of SignatureField, "SignatureField" {
        /// The keys that made them.
        KeyTag,
        /// The algorithm.
        Algorithm,
        /// The signer's name.
        Signer,
        /// The number of labels.
        Labels,
        /// The original TTL.
        OriginalTtl,
        /// The TTL of the records.
        Ttl,
        /// Times or signature, where signatures are compared by their bytes.
        Bytes,
    }
}
