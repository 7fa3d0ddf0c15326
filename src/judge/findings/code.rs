//! The findings there are: their codes and severities, once.

use crate::judge::verdict::{Severity, Verdict};

/// A finding about an address or a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its code.
    pub code: Code,
    /// Its severity in this case.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The next commands to type; a `#` comment says on which server.
    pub advice: Vec<String>,
}

impl Finding {
    /// A finding with the usual severity of its code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, severity: code.severity(), message: message.into(), advice: Vec::new() }
    }

    /// The same with commands to type.
    #[must_use]
    pub fn advise(self, advice: Vec<String>) -> Self {
        Self { advice, ..self }
    }
}

/// The code of a finding: that of a verdict, or one of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The verdict itself.
    Verdict(Verdict),
    /// Its copy of the zone has expired.
    Expired,
    /// SOA fields other than the serial differ at the same serial.
    SoaDiffers,
    /// It answers over TCP only.
    UdpUnanswered,
    /// It lags for longer than the operator allows.
    MaxLagExceeded,
    /// A primary serves an older serial than before.
    SerialWentBack,
    /// The reference lost many of its RRsets.
    ReferenceShrank,
    /// It does not meet an expectation.
    ExpectationUnmet,
    /// It publishes other keys than it should.
    DnskeyDiffers,
    /// Its answers differ from the copy that it gives by transfer.
    AnswersDifferFromCopy,
    /// Something has changed since the baseline that should not.
    UnexpectedChange,
    /// Two primaries serve different records at the same serial.
    PrimariesDisagree,
    /// A signature of its copy has expired.
    SignaturesExpired,
    /// Validating resolvers reject data of its copy.
    SignaturesInvalid,
    /// Its copy is not what its ZONEMD record says.
    ZonemdMismatch,
    /// The catalog zone cannot be used.
    CatalogBroken,
    /// The catalog zone lost many members at once.
    CatalogShrank,
    /// It does not serve a zone that a catalog lists.
    MemberNotServed,
    /// It serves a zone that has left its catalog.
    NotInCatalog,
    /// The catalog zone has the version before RFC 9432.
    CatalogVersion1,
    /// Less than a quarter of the SOA expire time is left.
    ExpiresSoon,
    /// A signature of its copy expires soon.
    SignaturesExpireSoon,
    /// It takes longer than usual to get a new version.
    SlowerThanUsual,
    /// The reference serves other records at a serial than before.
    SerialReused,
    /// Refreshes were missed, though nothing differs yet.
    RefreshMissed,
    /// It does not answer over TCP.
    TcpUnanswered,
    /// Only TTLs differ.
    TtlDiffers,
    /// Only the bytes of signatures differ.
    SignaturesDiffer,
    /// Records of one RRset have different TTLs.
    MixedTtls,
    /// No configured primary answered.
    PrimaryUnreachable,
    /// The host name of a server has no address.
    NoAddress,
    /// No address of the server was asked.
    NotAsked,
    /// One address alone was asked.
    NothingToCompare,
    /// No server of the zone could be found.
    NoServers,
    /// The records could not be compared.
    RecordsUncompared,
    /// A response is not signed as required.
    TsigFailed,
    /// The server could not be asked over TLS.
    TlsFailed,
    /// The certificate of the server expires soon.
    TlsCertificateExpiresSoon,
    /// Queries with and without the TSIG key get different serials.
    ViewDiffers,
    /// A transfer ended early.
    TransferIncomplete,
    /// The zone changed during every transfer.
    ChangedDuringTransfer,
    /// The records differ at the same serial.
    SerialNotRaised,
    /// The server refuses the transfer.
    TransferRefused,
    /// Some datagrams were answered and others were not.
    RateLimited,
    /// The reference serves the records of an older version again.
    OlderVersionReturned,
    /// This host cannot reach addresses of one family.
    AddressFamilyUnusable,
    /// The zone file has records without a TTL.
    TtlUnstated,
    /// Some of its answers are made for each query.
    ComputedRecords,
    /// The signatures of its copy were not verified, or not to the end.
    NotValidated,
    /// Its copy has no ZONEMD record, and others of the same serial have one.
    ZonemdAbsentHere,
    /// The parent has the zone otherwise than it is.
    DelegationDiffers,
    /// What the parent has of the zone cannot be seen.
    DelegationUnseen,
    /// The parent has not done yet what the zone asks of it.
    ParentUpdatePending,
    /// It refused the NOTIFY that it was sent.
    NotifyRefused,
    /// It gave no usable reply to the NOTIFY that it was sent.
    NotifyUnanswered,
    /// It took the NOTIFY that it was sent.
    NotifyTaken,
}

impl Code {
    /// Every code that is not a verdict's.
    pub const OTHERS: [Self; 55] = [
        Self::Expired,
        Self::SoaDiffers,
        Self::UdpUnanswered,
        Self::MaxLagExceeded,
        Self::SerialWentBack,
        Self::ReferenceShrank,
        Self::PrimariesDisagree,
        Self::SignaturesExpired,
        Self::DnskeyDiffers,
        Self::SignaturesInvalid,
        Self::ZonemdMismatch,
        Self::AnswersDifferFromCopy,
        Self::ExpectationUnmet,
        Self::UnexpectedChange,
        Self::CatalogBroken,
        Self::CatalogShrank,
        Self::MemberNotServed,
        Self::ExpiresSoon,
        Self::SignaturesExpireSoon,
        Self::RefreshMissed,
        Self::SlowerThanUsual,
        Self::SerialReused,
        Self::TcpUnanswered,
        Self::TtlDiffers,
        Self::SignaturesDiffer,
        Self::MixedTtls,
        Self::PrimaryUnreachable,
        Self::NoAddress,
        Self::NotInCatalog,
        Self::DelegationDiffers,
        Self::NotifyRefused,
        Self::NotifyUnanswered,
        Self::NoServers,
        Self::NotAsked,
        Self::NothingToCompare,
        Self::RecordsUncompared,
        Self::NotValidated,
        Self::TsigFailed,
        Self::TlsFailed,
        Self::TlsCertificateExpiresSoon,
        Self::ViewDiffers,
        Self::TransferIncomplete,
        Self::ChangedDuringTransfer,
        Self::SerialNotRaised,
        Self::TransferRefused,
        Self::RateLimited,
        Self::OlderVersionReturned,
        Self::AddressFamilyUnusable,
        Self::TtlUnstated,
        Self::ComputedRecords,
        Self::ZonemdAbsentHere,
        Self::CatalogVersion1,
        Self::DelegationUnseen,
        Self::ParentUpdatePending,
        Self::NotifyTaken,
    ];

    /// All codes: the verdicts first, worst first.
    pub fn all() -> impl Iterator<Item = Self> {
        Verdict::ALL.into_iter().map(Self::Verdict).chain(Self::OTHERS)
    }

    /// Whether only a comparison of records makes the finding of this name.
    pub fn is_of_records(name: &str) -> bool {
        const OF_RECORDS: [Code; 20] = [
            Code::SignaturesExpired,
            Code::SignaturesExpireSoon,
            Code::DnskeyDiffers,
            Code::ReferenceShrank,
            Code::SerialReused,
            Code::OlderVersionReturned,
            Code::TtlDiffers,
            Code::SignaturesDiffer,
            Code::MixedTtls,
            Code::RecordsUncompared,
            Code::TransferIncomplete,
            Code::ChangedDuringTransfer,
            Code::TransferRefused,
            Code::TcpUnanswered,
            Code::AnswersDifferFromCopy,
            Code::ComputedRecords,
            Code::SignaturesInvalid,
            Code::ZonemdMismatch,
            Code::NotValidated,
            Code::ZonemdAbsentHere,
        ];
        OF_RECORDS.iter().any(|code| code.name() == name)
    }

    /// Whether the finding of this name is about the delegation of the zone.
    pub fn is_of_delegation(name: &str) -> bool {
        let of_delegation = [Self::DelegationDiffers, Self::DelegationUnseen, Self::ParentUpdatePending];
        of_delegation.iter().any(|code| code.name() == name)
    }

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verdict(verdict) => verdict.code(),
            Self::Expired => "expired",
            Self::SoaDiffers => "soa_differs",
            Self::UdpUnanswered => "udp_unanswered",
            Self::MaxLagExceeded => "max_lag_exceeded",
            Self::SerialWentBack => "serial_went_back",
            Self::ReferenceShrank => "reference_shrank",
            Self::PrimariesDisagree => "primaries_disagree",
            Self::SignaturesExpired => "signatures_expired",
            Self::DnskeyDiffers => "dnskey_differs",
            Self::SignaturesInvalid => "signatures_invalid",
            Self::ZonemdMismatch => "zonemd_mismatch",
            Self::AnswersDifferFromCopy => "answers_differ_from_copy",
            Self::ExpectationUnmet => "expectation_unmet",
            Self::UnexpectedChange => "unexpected_change",
            Self::CatalogBroken => "catalog_broken",
            Self::CatalogShrank => "catalog_shrank",
            Self::CatalogVersion1 => "catalog_version_1",
            Self::MemberNotServed => "member_not_served",
            Self::NotInCatalog => "not_in_catalog",
            Self::SlowerThanUsual => "slower_than_usual",
            Self::SerialReused => "serial_reused",
            Self::ExpiresSoon => "expires_soon",
            Self::SignaturesExpireSoon => "signatures_expire_soon",
            Self::RefreshMissed => "refresh_missed",
            Self::TcpUnanswered => "tcp_unanswered",
            Self::TtlDiffers => "ttl_differs",
            Self::SignaturesDiffer => "signatures_differ",
            Self::MixedTtls => "mixed_ttls",
            Self::PrimaryUnreachable => "primary_unreachable",
            Self::NoAddress => "no_address",
            Self::NoServers => "no_servers",
            Self::NotAsked => "not_asked",
            Self::NothingToCompare => "nothing_to_compare",
            Self::RecordsUncompared => "records_uncompared",
            Self::TsigFailed => "tsig_failed",
            Self::TlsFailed => "tls_failed",
            Self::TlsCertificateExpiresSoon => "tls_certificate_expires_soon",
            Self::ViewDiffers => "view_differs",
            Self::TransferIncomplete => "transfer_incomplete",
            Self::ChangedDuringTransfer => "changed_during_transfer",
            Self::SerialNotRaised => "serial_not_raised",
            Self::TransferRefused => "transfer_refused",
            Self::RateLimited => "rate_limited",
            Self::OlderVersionReturned => "older_version_returned",
            Self::AddressFamilyUnusable => "address_family_unusable",
            Self::TtlUnstated => "ttl_unstated",
            Self::ComputedRecords => "computed_records",
            Self::NotValidated => "not_validated",
            Self::ZonemdAbsentHere => "zonemd_absent_here",
            Self::DelegationDiffers => "delegation_differs",
            Self::DelegationUnseen => "delegation_unseen",
            Self::ParentUpdatePending => "parent_update_pending",
            Self::NotifyRefused => "notify_refused",
            Self::NotifyUnanswered => "notify_unanswered",
            Self::NotifyTaken => "notify_taken",
        }
    }

    /// The usual severity.
    pub fn severity(self) -> Severity {
        match self {
            Self::Verdict(verdict) => verdict.severity(),
            Self::Expired
            | Self::SoaDiffers
            | Self::UdpUnanswered
            | Self::MaxLagExceeded
            | Self::SerialWentBack
            | Self::ReferenceShrank
            | Self::PrimariesDisagree
            | Self::SignaturesExpired
            | Self::DnskeyDiffers
            | Self::SignaturesInvalid
            | Self::ZonemdMismatch
            | Self::AnswersDifferFromCopy
            | Self::ExpectationUnmet
            | Self::UnexpectedChange
            | Self::CatalogBroken
            | Self::CatalogShrank
            | Self::MemberNotServed => Severity::Critical,
            Self::ExpiresSoon
            | Self::SignaturesExpireSoon
            | Self::SlowerThanUsual
            | Self::SerialReused
            | Self::RefreshMissed
            | Self::TcpUnanswered
            | Self::TtlDiffers
            | Self::SignaturesDiffer
            | Self::MixedTtls
            | Self::PrimaryUnreachable
            | Self::TlsCertificateExpiresSoon
            | Self::ViewDiffers
            | Self::NoAddress
            | Self::NotInCatalog
            | Self::DelegationDiffers
            | Self::NotifyRefused
            | Self::NotifyUnanswered => Severity::Warning,
            Self::NoServers
            | Self::NotAsked
            | Self::NothingToCompare
            | Self::RecordsUncompared
            | Self::NotValidated
            | Self::TsigFailed
            | Self::TlsFailed
            | Self::TransferIncomplete
            | Self::ChangedDuringTransfer => Severity::Unknown,
            Self::SerialNotRaised
            | Self::TransferRefused
            | Self::RateLimited
            | Self::OlderVersionReturned
            | Self::AddressFamilyUnusable
            | Self::TtlUnstated
            | Self::ComputedRecords
            | Self::ZonemdAbsentHere
            | Self::CatalogVersion1
            | Self::DelegationUnseen
            | Self::ParentUpdatePending
            | Self::NotifyTaken => Severity::Ok,
        }
    }
}
