//! The families of samples: their names are a contract, and each says what it is.

/// The samples of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Zones,
    ZoneInSync,
    ZoneServers,
    ZoneFinding,
    ZoneWrongAnswerRatio,
    ZoneReferenceSoaSerial,
    ZoneReferenceRecords,
    ZoneSoaRefreshSeconds,
    ZoneSoaExpireSeconds,
    ZoneLastCheck,
    ServerUp,
    ServerSoaSerial,
    ServerSerialLag,
    ServerVerdict,
    ServerFinding,
    ServerDifferingRrsets,
    ServerOutOfSyncSince,
    ServerDeadline,
    ServerLastAnswer,
    ServerLastInSync,
    ServerExpiry,
    ServerQueryDuration,
    ServerTransferDuration,
    ServerTransferSize,
    BuildInfo,
}

impl Family {
    /// Every family, in the order in which they are written.
    pub(super) const ALL: [Self; 25] = [
        Self::Zones,
        Self::ZoneInSync,
        Self::ZoneServers,
        Self::ZoneFinding,
        Self::ZoneWrongAnswerRatio,
        Self::ZoneReferenceSoaSerial,
        Self::ZoneReferenceRecords,
        Self::ZoneSoaRefreshSeconds,
        Self::ZoneSoaExpireSeconds,
        Self::ZoneLastCheck,
        Self::ServerUp,
        Self::ServerSoaSerial,
        Self::ServerSerialLag,
        Self::ServerVerdict,
        Self::ServerFinding,
        Self::ServerDifferingRrsets,
        Self::ServerOutOfSyncSince,
        Self::ServerDeadline,
        Self::ServerLastAnswer,
        Self::ServerLastInSync,
        Self::ServerExpiry,
        Self::ServerQueryDuration,
        Self::ServerTransferDuration,
        Self::ServerTransferSize,
        Self::BuildInfo,
    ];

    /// Returns its name.
    pub(super) fn name(self) -> &'static str {
        self.described().0
    }

    /// Writes what it is, which stands once before its samples. All of them are gauges.
    pub(super) fn head(self, text: &mut String) {
        let (name, help) = self.described();
        text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n"));
    }

    fn described(self) -> (&'static str, &'static str) {
        match self {
            Self::Zones => ("zoneprobe_zones", "Zones by verdict."),
            Self::ZoneInSync => ("zoneprobe_zone_in_sync", "1 if every address of the zone is in sync."),
            Self::ZoneServers => ("zoneprobe_zone_servers", "Addresses of the zone by verdict."),
            Self::ZoneFinding => {
                ("zoneprobe_zone_finding", "1 while a finding of the zone, or of an address of it, stands.")
            }
            Self::ZoneWrongAnswerRatio => (
                "zoneprobe_zone_wrong_answer_ratio",
                "Part of all answers that is wrong, if every name server is asked as often.",
            ),
            Self::ZoneReferenceSoaSerial => {
                ("zoneprobe_zone_reference_soa_serial", "Serial that the addresses are held against.")
            }
            Self::ZoneReferenceRecords => {
                ("zoneprobe_zone_reference_records", "Records of the copy that the others are held against.")
            }
            Self::ZoneSoaRefreshSeconds => {
                ("zoneprobe_zone_soa_refresh_seconds", "SOA refresh of the reference.")
            }
            Self::ZoneSoaExpireSeconds => {
                ("zoneprobe_zone_soa_expire_seconds", "SOA expire of the reference.")
            }
            Self::ZoneLastCheck => {
                ("zoneprobe_zone_last_check_timestamp_seconds", "When the zone was last looked at.")
            }
            Self::ServerUp => ("zoneprobe_server_up", "1 if the last look got an authoritative SOA."),
            Self::ServerSoaSerial => ("zoneprobe_server_soa_serial", "Serial that the address serves."),
            Self::ServerSerialLag => {
                ("zoneprobe_server_serial_lag", "Steps behind the reference; negative: ahead.")
            }
            Self::ServerVerdict => ("zoneprobe_server_verdict", "1 for the verdict of the address, else 0."),
            Self::ServerFinding => ("zoneprobe_server_finding", "1 while a finding of the address stands."),
            Self::ServerDifferingRrsets => {
                ("zoneprobe_server_differing_rrsets", "RRsets that differ from the reference's, by kind.")
            }
            Self::ServerOutOfSyncSince => (
                "zoneprobe_server_out_of_sync_since_timestamp_seconds",
                "Since when the address is out of sync.",
            ),
            Self::ServerDeadline => {
                ("zoneprobe_server_deadline_timestamp_seconds", "By when the protocol heals a lag.")
            }
            Self::ServerLastAnswer => (
                "zoneprobe_server_last_answer_timestamp_seconds",
                "When the address last answered with authority.",
            ),
            Self::ServerLastInSync => {
                ("zoneprobe_server_last_in_sync_timestamp_seconds", "When the address was last in sync.")
            }
            Self::ServerExpiry => (
                "zoneprobe_server_expiry_timestamp_seconds",
                "When the copy expires unless it is refreshed (EDNS EXPIRE).",
            ),
            Self::ServerQueryDuration => {
                ("zoneprobe_server_query_duration_seconds", "From the last question to its answer.")
            }
            Self::ServerTransferDuration => {
                ("zoneprobe_server_transfer_duration_seconds", "How long the last transfer took.")
            }
            Self::ServerTransferSize => {
                ("zoneprobe_server_transfer_size_bytes", "Octets of the last transfer.")
            }
            Self::BuildInfo => ("zoneprobe_build_info", "Which program this is."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stands_at_its_place_and_has_a_name_of_its_own() {
        let mut names = std::collections::BTreeSet::new();
        for (place, family) in Family::ALL.into_iter().enumerate() {
            assert_eq!(family as usize, place);
            assert!(names.insert(family.name()), "{}", family.name());
        }
    }
}
