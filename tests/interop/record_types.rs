//! The records that each software reads from a zone file, and accepts in a transfer.

use std::fmt::Write as _;

use super::zones::zone;
use crate::harness::daemon::Kind;

/// Returns a zone with every record that a pair can transfer, and its number of records, the SOA counted once.
pub(super) fn every_record(serial: u32, primary: Kind, secondary: Kind) -> (String, usize) {
    let mut records = String::new();
    for [readers, receivers, record] in rows() {
        if readers.contains(letter(primary)) && receivers.contains(letter(secondary)) {
            records += &format!("{record}\n");
        }
    }
    // YADIFA does not accept an owner name of this length.
    if ![primary, secondary].contains(&Kind::Yadifa) {
        // Writing to a string cannot fail.
        let _ = writeln!(records, "{} TXT \"the longest name there is\"", longest_name());
    }
    for number in 0..100 {
        let _ = writeln!(records, "heavy TXT {}", heavy_text(number));
    }
    let text = zone(serial, &records);
    let count = text.lines().filter(|line| !line.is_empty() && !line.starts_with('$')).count();
    (text, count)
}

/// Returns the records that all of these read from a zone file, a line each.
pub(super) fn records_read_by(kinds: &[Kind]) -> String {
    let is_read = |readers: &str| kinds.iter().all(|&kind| readers.contains(letter(kind)));
    let read = rows().filter(|[readers, _, _]| is_read(readers));
    read.flat_map(|[_, _, record]| [record, "\n"]).collect()
}

/// The rows of the table.
fn rows() -> impl Iterator<Item = [&'static str; 3]> {
    TABLE.lines().map(|line| {
        let columns: Vec<&str> = line.splitn(3, ' ').collect();
        <[&str; 3]>::try_from(columns).unwrap_or_else(|_| panic!("`{line}` is not a row of the table"))
    })
}

/// The letter of a software in the table.
fn letter(kind: Kind) -> char {
    match kind {
        Kind::Bind => 'B',
        Kind::Nsd => 'N',
        Kind::Knot => 'K',
        Kind::Pdns => 'P',
        Kind::Yadifa => 'Y',
    }
}

/// An owner name of 255 bytes on the wire (RFC 1035 section 3.1), relative to `example.test.`.
fn longest_name() -> String {
    // 64 bytes for each full label, 49 for the last, 14 for the zone with the root.
    let full = |letter: &str| letter.repeat(63);
    format!("{}.{}.{}.{}", full("a"), full("b"), full("c"), "d".repeat(48))
}

/// RDATA of 600 bytes. A hundred of them, as many as BIND accepts in an RRset, are 60 KiB.
fn heavy_text(number: u32) -> String {
    let text = format!("{number:03}").repeat(66);
    format!("\"{text}\" \"{text}\" \"{text}\"")
}

/// The software that reads a record from a zone file, the software that accepts it in a transfer, and the record.
///
/// Most software knows some types by number only, and does not load a zone with a record that it cannot read.
/// Names in RDATA are absolute where PowerDNS reads relative ones as absolute. PowerDNS aborts a transfer
/// with an empty APL, and cannot read back the A6 that it writes. YADIFA accepts owner names of letters,
/// digits, hyphens and underscores only, reads an escaped dot as the end of a label, and may compress the names of
/// MINFO wrongly.
const TABLE: &str = r#"BNKP- BNKP- a\.b TXT "a dot within a label"
BNKP- BNKP- a\032b TXT "a space within a label"
BNKP- BNKP- \255\000\001 TXT "octets that are no text"
BNKP- BNKP- quo\"te\;\(\) TXT "what a zone file means something by"
BNKP- BNKP- slash/x TXT "no letter, digit or hyphen"
BNKPY BNKPY *.wild TXT "for everybody"
BNKPY BNKPY *.wild MX 10 mail
BNKPY BNKPY escape TXT "\027[31mred\027[0m \027]0;title\007 <script>alert(1)</script> \255\000" "\"quoted\" \\"
BNKPY BNKPY WwW A 192.0.2.1
BNKPY BNKPY www AAAA 2001:db8::1
BNKPY BNKPY zero 0 A 192.0.2.5
BNKPY BNKPY forever 2147483647 A 192.0.2.6
BNKPY BNKPY deep.down.in.the.tree A 192.0.2.7
BNKPY BNKPY child NS ns.Child
BNKPY BNKPY child NS elsewhere.example.
BNKPY BNKPY ns.child A 192.0.2.4
BNKPY BNKPY ns.child AAAA 2001:db8::4
BNKPY BNKPY secure NS ns0
BNKPY BNKPY secure DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
BNKPY BNKPY emptytxt TXT ""
BNKPY BNKPY a A 192.0.2.1
BNKPY BNKPY Aaaa AAAA 2001:db8::1
BNKPY BNKPY cname CNAME Ns0.eXample.test.
BNKP- BNKPY old DNAME New.example.test.
BNKPY BNKPY ptr PTR WwW.example.test.
BNKPY BNKPY mx MX 10 MaIl.Example.TEST.
BNKPY BNKPY txt TXT "one" "two"
BNKPY BNKPY spf SPF "v=spf1 -all"
BNKP- BNKPY hinfo HINFO "PC \"x\"" "Linux"
BNKP- BNKP- minfo MINFO Owner.Example.test. Errors.example.test.
BN-PY BNKPY mb MB Mail.example.test.
BN-PY BNKPY mg MG Mail.example.test.
BN-PY BNKPY mr MR Mail.example.test.
BNKP- BNKPY rp RP Some\.One.example.test. Escape.example.test.
BNKPY BNKPY afsdb AFSDB 1 DB1.example.test.
BNK-- BNKPY rt RT 10 Relay.example.test.
BN--- BNKPY px PX 10 Map822.example.test. Mapx400.example.test.
BNKPY BNKPY kx KX 10 Mail2.example.test.
BN--- BNKPY x25 X25 "311061700956"
BN--- BNKPY isdn ISDN "150862028003217" "004"
BN--- BNKPY isdn ISDN "150862028003217"
BN--- BNKPY nsap NSAP 0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00
B---- BNKPY nsapptr NSAP-PTR Host.example.test.
B---- BNKPY gpos GPOS -32.6882 116.8652 10.0
BNKP- BNKPY loc LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
BNKPY BNKPY _sip._tcp SRV 0 5 5060 WWW.example.test.
BNKPY BNKPY naptr NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.test!" .
BNKPY BNKPY naptr NAPTR 100 20 "s" "" "" _SIP._tcp.example.test.
BNK-- BNKPY cert CERT PKIX 1 RSASHA256 AQIDBA==
BNKP- BNKPY cert CERT 1 2 8 AQIDBA==
BN-PY BNKPY dlv DLV 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
BNKPY BNKPY sshfp SSHFP 4 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
BNK-- BNKPY ipseckey IPSECKEY 10 0 2 . AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
BNKP- BNKPY ipseckey IPSECKEY 10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
BNKP- BNKPY ipseckey IPSECKEY 10 2 2 2001:db8::38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
BNKP- BNKPY ipseckey IPSECKEY 10 3 2 MyGateway.example.com. AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
BNKP- BNKPY dhcid DHCID AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=
BNKPY BNKPY _25._tcp TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
BNKP- BNKPY _s._smimecert SMIMEA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
B---- BNKPY hip HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e1 Rvs1.example.com. RVS2.example.com.
B---- BNKPY talink TALINK Before.example.test. After.example.test.
BNKPY BNKPY openpgpkey OPENPGPKEY mQENBFVHm5sBCACzYjyKGNBDHQiLGEcvX7cXHPjpTmMBzAAL
BNKP- BNKPY @ CSYNC 66 3 A NS AAAA
BNKP- BNKPY @ ZONEMD 2026112201 1 241 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
BNKP- BNKPY _dns SVCB 1 Ns0.example.test. alpn=dot
BNKP- BNKPY svcb SVCB 1 . mandatory=alpn,port alpn=h2 port=53 no-default-alpn ech=AQIDBA==
BNKP- BNKPY web HTTPS 1 . alpn=h2,h3 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1
BNKP- BNKPY web HTTPS 2 WWW.Example.test. port=8443
BNKP- BNKPY alias HTTPS 0 CDN.Example.test.
BNKPY BNKPY nid NID 10 0014:4fff:ff20:ee64
BNKPY BNKPY l32 L32 10 192.0.2.1
BNKPY BNKPY l64 L64 10 2001:0db8:1140:1000
BNKPY BNKPY lp LP 10 L64.example.test.
BNKPY BNKPY eui48 EUI48 00-00-5e-00-53-2a
BNKPY BNKPY eui64 EUI64 00-00-5e-ef-10-00-00-2a
BNKP- BNKPY uri URI 10 1 "https://example.test/"
BNKP- BNKPY caa CAA 0 issue "ca.example; account=1"
BNKP- BNKPY caa CAA 128 iodef "mailto:security@example.test"
BN--- BNKPY avc AVC "app-name:WOLFGANG|app-class:OAM"
BNKP- BNKPY apl APL 1:192.0.2.0/24 !1:192.0.2.64/28 2:2001:db8::/32
BNK-- BNK-Y emptyapl APL
BNKP- BNKPY key KEY 256 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
BN--- BNKPY wks WKS 192.0.2.1 6 25
BNKPY BNKPY null TYPE10 \# 3 010203
BNKPY BNKPY eid TYPE31 \# 3 010203
BNKPY BNKPY nimloc TYPE32 \# 3 010203
BNKPY BNKPY atma TYPE34 \# 4 00313233
BNKPY BNK-- a6 TYPE38 \# 17 0020010db8000000000000000000000001
BNKPY BNKPY sink TYPE40 \# 3 010203
BNKPY BNKPY ninfo TYPE56 \# 4 03616263
BNK-Y BNKPY rkey TYPE57 \# 5 0000030d01
BNKPY BNKPY hhit TYPE67 \# 3 010203
BNKPY BNKPY uinfo TYPE100 \# 3 010203
BNKPY BNKPY uid TYPE101 \# 3 010203
BNKPY BNKPY unspec TYPE103 \# 3 010203
BNKPY BNKPY amtrelay TYPE260 \# 6 0a01c0000201
BNKPY BNKPY doa TYPE259 \# 14 0000000000000000020074657874
BNKPY BNKPY resinfo TYPE261 \# 11 0a716e616d656d696e3d31
BNKPY BNKPY cla TYPE263 \# 3 02aabb
BNKPY BNKPY ta TYPE32768 \# 36 30390d020123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
BNKPY BNKPY unknown TYPE65280 \# 5 0001020304
BNKPY BNKPY nothing TYPE65280 \# 0"#;
