//! Zone texts that real servers load.

/// The zone of all scenarios.
pub(super) const ZONE: &str = "example.test";

/// A small zone: SOA, NS and the addresses of the name servers, then `records`.
pub(super) fn zone(serial: u32, records: &str) -> String {
    with_soa(&format!("{serial} 3600 600 86400 300"), records)
}

/// A small zone with these numbers in its SOA.
pub(super) fn with_soa(numbers: &str, records: &str) -> String {
    format!(
        "$ORIGIN {ZONE}.\n$TTL 3600\n@ SOA ns0 hostmaster {numbers}\n@ NS ns0\n@ NS ns1\n\
         ns0 A 192.0.2.10\nns1 A 192.0.2.11\n{records}\n"
    )
}
