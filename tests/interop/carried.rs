//! What one software can hand to another: which records they read, and which they pass on.

use super::zones::{rich_names, zone};
use crate::harness::daemon::Kind;

use Kind::{Bind, Knot, Nsd, Pdns, Yadifa};

/// Records that not every software can carry.
struct Group {
    /// A line each.
    records: &'static str,
    /// Who does not read them from a zone file.
    unread_by: &'static [Kind],
    /// Who does not take them from a transfer, or does not give them on.
    untaken_by: &'static [Kind],
}

/// Returns a zone of all that a pair can carry, and how many records it has with its SOA.
pub(super) fn everything(serial: u32, primary: Kind, secondary: Kind) -> (String, usize) {
    let carried = GROUPS.iter().filter(|group| {
        let untaken = |kind| group.untaken_by.contains(&kind);
        !group.unread_by.contains(&primary) && !untaken(primary) && !untaken(secondary)
    });
    let records = rich_names() + &carried.map(|group| group.records).collect::<String>();
    let text = zone(serial, &records);
    let count = text.lines().filter(|line| !line.is_empty() && !line.starts_with('$')).count();
    (text, count)
}

const GROUPS: &[Group] = &[
    Group { records: EVERYWHERE, unread_by: &[], untaken_by: &[] },
    // YADIFA knows no text form of these, or another one.
    Group { records: UNREAD_BY_YADIFA, unread_by: &[Yadifa], untaken_by: &[] },
    // PowerDNS reads them from a zone file only as `\#`.
    Group { records: UNREAD_BY_POWERDNS, unread_by: &[Pdns, Yadifa], untaken_by: &[] },
    Group { records: UNREAD_BY_NSD, unread_by: &[Nsd, Pdns, Yadifa], untaken_by: &[] },
    Group { records: UNREAD_BY_KNOT, unread_by: &[Knot, Pdns, Yadifa], untaken_by: &[] },
    Group { records: READ_BY_BIND, unread_by: &[Nsd, Knot, Pdns, Yadifa], untaken_by: &[] },
    // PowerDNS ends a transfer at it.
    Group { records: "emptyapl APL\n", unread_by: &[Yadifa], untaken_by: &[Pdns] },
];

/// Names in RDATA are absolute: PowerDNS takes some relative ones for absolute.
const EVERYWHERE: &str = r#"a A 192.0.2.1
aaaa AAAA 2001:db8::1
cname CNAME Ns0.eXample.test.
ptr PTR WwW.example.test.
mx MX 10 MaIl.Example.TEST.
txt TXT "one" "two"
emptytxt TXT ""
mb MB Mail.example.test.
mg MG Mail.example.test.
mr MR Mail.example.test.
rp RP Some\.One.example.test. Escape.example.test.
afsdb AFSDB 1 DB1.example.test.
kx KX 10 Mail2.example.test.
spf SPF "v=spf1 -all"
_sip._tcp SRV 0 5 5060 WWW.example.test.
naptr NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.test!" .
naptr NAPTR 100 20 "s" "" "" _SIP._tcp.example.test.
secure NS ns0
secure DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
dlv DLV 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
sshfp SSHFP 4 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
_25._tcp TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
openpgpkey OPENPGPKEY mQENBFVHm5sBCACzYjyKGNBDHQiLGEcvX7cXHPjpTmMBzAAL
nid NID 10 14:4fff:ff20:ee64
l32 L32 10 192.0.2.1
l64 L64 10 2001:db8:1140:1000
lp LP 10 L64.example.test.
eui48 EUI48 00-00-5e-00-53-2a
eui64 EUI64 00-00-5e-ef-10-00-00-2a
null TYPE10 \# 3 010203
nxt TYPE30 \# 6 016100000102
eid TYPE31 \# 3 010203
nimloc TYPE32 \# 3 010203
atma TYPE34 \# 4 00313233
a6 TYPE38 \# 17 0020010db8000000000000000000000001
sink TYPE40 \# 3 010203
ninfo TYPE56 \# 4 03616263
hhit TYPE67 \# 3 010203
brid TYPE68 \# 3 010203
uinfo TYPE100 \# 3 010203
uid TYPE101 \# 3 010203
gid TYPE102 \# 3 010203
unspec TYPE103 \# 3 010203
amtrelay TYPE260 \# 6 0a01c0000201
resinfo TYPE261 \# 11 0a716e616d656d696e3d31
cla TYPE263 \# 3 02aabb
unknown TYPE65280 \# 5 0001020304
nothing TYPE65280 \# 0
"#;

const UNREAD_BY_YADIFA: &str = r#"old DNAME New.example.test.
hinfo HINFO "PC \"x\"" "Linux"
minfo MINFO Owner.Example.test. Errors.example.test.
loc LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
key KEY 256 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
ipseckey IPSECKEY 10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
ipseckey IPSECKEY 10 2 2 2001:db8::38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
ipseckey IPSECKEY 10 3 2 MyGateway.example.com. AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
dhcid DHCID AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=
apl APL 1:192.0.2.0/24 !1:192.0.2.64/28 2:2001:db8::/32
_s._smimecert SMIMEA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
@ CSYNC 66 3 A NS AAAA
@ ZONEMD 2026112201 1 241 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
_dns SVCB 1 Ns0.example.test. alpn=dot
svcb SVCB 1 . mandatory=alpn,port alpn=h2 port=53 no-default-alpn ech=AQIDBA==
web HTTPS 1 . alpn=h2,h3 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1
web HTTPS 2 WWW.Example.test. port=8443
alias HTTPS 0 CDN.Example.test.
uri URI 10 1 "https://example.test/"
caa CAA 0 issue "ca.example; account=1"
caa CAA 128 iodef "mailto:security@example.test"
"#;

const UNREAD_BY_POWERDNS: &str = r#"rt RT 10 Relay.example.test.
px PX 10 Map822.example.test. Mapx400.example.test.
x25 X25 311061700956
isdn ISDN "150862028003217" "004"
isdn ISDN "150862028003217"
nsap NSAP 0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00
cert CERT PKIX 1 RSASHA256 AQIDBA==
ipseckey IPSECKEY 10 0 2 . AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
wks WKS 192.0.2.1 6 25
avc AVC "app-name:WOLFGANG|app-class:OAM"
"#;

const UNREAD_BY_NSD: &str = r#"
"#;

const UNREAD_BY_KNOT: &str = "";

const READ_BY_BIND: &str = r#"nsapptr NSAP-PTR Host.example.test.
gpos GPOS -32.6882 116.8652 10.0
talink TALINK Before.example.test. After.example.test.
hip HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e1 Rvs1.example.com. RVS2.example.com.
"#;
