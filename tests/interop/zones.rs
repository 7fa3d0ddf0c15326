//! Zone texts that real servers load.

use std::fmt::Write as _;

/// The zone of all scenarios.
pub(super) const ZONE: &str = "example.test";

/// Returns a small zone: its SOA and NS, then `records`.
pub(super) fn zone(serial: u32, records: &str) -> String {
    with_soa(&format!("{serial} 3600 600 86400 300"), records)
}

/// Returns a small zone whose SOA has these numbers.
pub(super) fn with_soa(numbers: &str, records: &str) -> String {
    format!(
        "$ORIGIN {ZONE}.\n$TTL 3600\n@ SOA ns0 hostmaster {numbers}\n@ NS ns0\n@ NS ns1\n\
         ns0 A 192.0.2.10\nns1 A 192.0.2.11\n{records}\n"
    )
}

/// Returns records whose names and sizes are hard to move from one software to another unharmed.
pub(super) fn rich_names() -> String {
    let mut records = String::from(RICH);
    // Writing to a string cannot fail.
    let _ = writeln!(records, "{} TXT \"the longest name there is\"", longest_name());
    for number in 0..100 {
        let _ = writeln!(records, "heavy TXT {}", heavy_text(number));
    }
    records
}

/// Returns an owner of 255 octets on the wire, `example.test.` among them, relative to the zone.
fn longest_name() -> String {
    // 64 octets for each full label, 49 for the last, 14 for the zone with the root.
    let full = |letter: &str| letter.repeat(63);
    format!("{}.{}.{}.{}", full("a"), full("b"), full("c"), "d".repeat(48))
}

/// Returns 600 octets of RDATA: with a hundred of them, which is as many as BIND takes, 60 KiB.
fn heavy_text(number: u32) -> String {
    let text = format!("{number:03}").repeat(66);
    format!("\"{text}\" \"{text}\" \"{text}\"")
}

/// Letter case, escapes, wildcards, delegations and TTLs.
const RICH: &str = r#"WwW A 192.0.2.1
www AAAA 2001:db8::1
@ MX 10 MaIl.Example.TEST.
@ MX 20 mail2
MaIl A 192.0.2.2
mail2 60 A 192.0.2.3
other CNAME WWW.eXample.test.
a\.b TXT "a dot within a label"
a\032b TXT "a space within a label"
\255\000\001 TXT "octets that are no text"
quo\"te\;\(\) TXT "what a zone file means something by"
escape TXT "\027[31mred\027[0m \027]0;title\007 <script>alert(1)</script> \255\000" "\"quoted\" \\"
*.wild TXT "for everybody"
*.wild MX 10 mail
child NS ns.Child
child NS elsewhere.example.
ns.child A 192.0.2.4
ns.child AAAA 2001:db8::4
10.2.0.192 PTR wWw
zero 0 A 192.0.2.5
forever 2147483647 A 192.0.2.6
deep.down.in.the.tree A 192.0.2.7
"#;
