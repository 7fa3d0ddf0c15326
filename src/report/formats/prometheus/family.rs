//! The metric families; their names are part of the contract with users.

/// A metric family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Zones,
    ZonesUncompared,
    ZoneInSync,
    ZoneAddresses,
    ZoneFinding,
    ZoneWrongAnswerRatio,
    ZoneWrongRrsetRatio,
    ZoneReferenceSoaSerial,
    ZoneReferenceRecords,
    ZoneSoaRefreshSeconds,
    ZoneSoaExpireSeconds,
    ZoneLastCheck,
    ZoneRecordsCompared,
    ZonePublications,
    ZoneSerialRegressions,
    ZoneLastPublication,
    ZoneCheckDuration,
    ServerUp,
    ServerSoaSerial,
    ServerSerialLag,
    ServerVerdict,
    ServerFinding,
    ServerDifferingRrsets,
    ServerAskedRrsets,
    ServerAskableRrsets,
    ServerOutOfSyncSince,
    ServerDeadline,
    ServerLastAnswer,
    ServerLastInSync,
    ServerPublicationLatency,
    ServerExpiry,
    ServerRrsigExpiry,
    ServerTlsCertificateExpiry,
    ServerQueryDuration,
    ServerTransferDuration,
    ServerTransferSize,
    ServerInstances,
    ServerZones,
    SeriesDropped,
    UnreadLines,
    BuildInfo,
}

/// Each family with its name and its help, in the order of the exposition.
const TABLE: [(Family, &str, &str); 41] = [
    (Family::Zones, "zoneprobe_zones", "Zones by verdict."),
    (
        Family::ZonesUncompared,
        "zoneprobe_zones_uncompared",
        "Zones whose records are to be compared, and were not for twice the compare_interval, or never.",
    ),
    (Family::ZoneInSync, "zoneprobe_zone_in_sync", "1 if every address of the zone is in sync."),
    (Family::ZoneAddresses, "zoneprobe_zone_addresses", "Addresses of the zone by verdict."),
    (
        Family::ZoneFinding,
        "zoneprobe_zone_finding",
        "1 while the zone or one of its addresses has the finding.",
    ),
    (
        Family::ZoneWrongAnswerRatio,
        "zoneprobe_zone_wrong_answer_ratio",
        "Part of the servers that gives wrong answers or none; each name server counts the same.",
    ),
    (
        Family::ZoneWrongRrsetRatio,
        "zoneprobe_zone_wrong_rrset_ratio",
        "Part of the RRsets that is missing, extra or changed, at the server where it is largest.",
    ),
    (
        Family::ZoneReferenceSoaSerial,
        "zoneprobe_zone_reference_soa_serial",
        "Serial of the reference that the addresses are compared with.",
    ),
    (
        Family::ZoneReferenceRecords,
        "zoneprobe_zone_reference_records",
        "Records in the copy of the reference.",
    ),
    (Family::ZoneSoaRefreshSeconds, "zoneprobe_zone_soa_refresh_seconds", "SOA refresh of the reference."),
    (Family::ZoneSoaExpireSeconds, "zoneprobe_zone_soa_expire_seconds", "SOA expire of the reference."),
    (Family::ZoneLastCheck, "zoneprobe_zone_last_check_timestamp_seconds", "When the zone was last checked."),
    (
        Family::ZoneRecordsCompared,
        "zoneprobe_zone_records_compared_timestamp_seconds",
        "When the records of every address that is in sync were last compared.",
    ),
    (
        Family::ZonePublications,
        "zoneprobe_zone_publications_total",
        "New serials that the reference has published.",
    ),
    (
        Family::ZoneSerialRegressions,
        "zoneprobe_zone_serial_regressions_total",
        "How often the reference went back to an older serial.",
    ),
    (
        Family::ZoneLastPublication,
        "zoneprobe_zone_last_publication_timestamp_seconds",
        "When the last new serial of the reference was first observed.",
    ),
    (
        Family::ZoneCheckDuration,
        "zoneprobe_zone_check_duration_seconds",
        "How long the last check of the zone took.",
    ),
    (Family::ServerUp, "zoneprobe_server_up", "1 if the last check got an authoritative SOA."),
    (Family::ServerSoaSerial, "zoneprobe_server_soa_serial", "Serial that the address serves."),
    (Family::ServerSerialLag, "zoneprobe_server_serial_lag", "Steps behind the reference; negative: ahead."),
    (Family::ServerVerdict, "zoneprobe_server_verdict", "1 for the verdict of the address, else 0."),
    (Family::ServerFinding, "zoneprobe_server_finding", "1 while the address has the finding."),
    (
        Family::ServerDifferingRrsets,
        "zoneprobe_server_differing_rrsets",
        "RRsets that differ from the reference's, by kind.",
    ),
    (
        Family::ServerAskedRrsets,
        "zoneprobe_server_asked_rrsets",
        "RRsets that were asked for, where the records were read by queries.",
    ),
    (
        Family::ServerAskableRrsets,
        "zoneprobe_server_askable_rrsets",
        "RRsets of the zone that queries can see, where that is known.",
    ),
    (
        Family::ServerOutOfSyncSince,
        "zoneprobe_server_out_of_sync_since_timestamp_seconds",
        "When the address went out of sync.",
    ),
    (
        Family::ServerDeadline,
        "zoneprobe_server_deadline_timestamp_seconds",
        "When refresh and retry should have brought the new version.",
    ),
    (
        Family::ServerLastAnswer,
        "zoneprobe_server_last_answer_timestamp_seconds",
        "When the address last answered authoritatively.",
    ),
    (
        Family::ServerLastInSync,
        "zoneprobe_server_last_in_sync_timestamp_seconds",
        "When the address was last in sync.",
    ),
    (
        Family::ServerPublicationLatency,
        "zoneprobe_server_publication_latency_seconds",
        "How long the last new serial took from the reference to the address.",
    ),
    (
        Family::ServerExpiry,
        "zoneprobe_server_expiry_timestamp_seconds",
        "When the copy expires unless it is refreshed (EDNS EXPIRE).",
    ),
    (
        Family::ServerRrsigExpiry,
        "zoneprobe_server_rrsig_earliest_expiry_timestamp_seconds",
        "When the first signature of the copy expires.",
    ),
    (
        Family::ServerTlsCertificateExpiry,
        "zoneprobe_server_tls_certificate_expiry_timestamp_seconds",
        "When the certificate that the address presents over TLS expires.",
    ),
    (
        Family::ServerQueryDuration,
        "zoneprobe_server_query_duration_seconds",
        "Round-trip time of the last query.",
    ),
    (
        Family::ServerTransferDuration,
        "zoneprobe_server_transfer_duration_seconds",
        "How long the last transfer took.",
    ),
    (Family::ServerTransferSize, "zoneprobe_server_transfer_size_bytes", "Bytes of the last transfer."),
    (
        Family::ServerInstances,
        "zoneprobe_server_instances",
        "Name server identifiers (NSID) observed at the address, over all zones.",
    ),
    (Family::ServerZones, "zoneprobe_server_zones", "Zones of the address by its verdict."),
    (
        Family::SeriesDropped,
        "zoneprobe_series_dropped",
        "Series left out because there are more exceptions than metrics.max_series allows.",
    ),
    (Family::UnreadLines, "zoneprobe_unread_lines", "Lines of the list of zones that cannot be read."),
    (Family::BuildInfo, "zoneprobe_build_info", "Version of the program."),
];

impl Family {
    /// The number of families.
    pub(super) const COUNT: usize = TABLE.len();

    /// All families, in the order of the exposition.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        TABLE.into_iter().map(|(family, ..)| family)
    }

    /// The name.
    pub(super) fn name(self) -> &'static str {
        self.name_and_help().0
    }

    /// Writes the HELP and TYPE lines, which precede the samples.
    pub(super) fn write_header(self, text: &mut String) {
        let (name, help) = self.name_and_help();
        let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
        text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn name_and_help(self) -> (&'static str, &'static str) {
        TABLE.get(self as usize).map_or(("", ""), |&(_, name, help)| (name, help))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_is_at_its_index_and_has_a_unique_name() {
        let mut names = std::collections::BTreeSet::new();
        for (index, family) in Family::all().enumerate() {
            assert_eq!(family as usize, index);
            assert!(names.insert(family.name()), "{}", family.name());
        }
    }
}
