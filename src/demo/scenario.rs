//! The zone of the demonstration, and what is wrong with each of its servers.

use crate::judge::Verdict;
use crate::observe::DifferenceKind;
use crate::plan::Role;
use crate::testserver::{Zone, ZoneError};

/// The zone of the demonstration.
pub const ZONE: &str = "example.com";

/// The serial of the primary.
const SERIAL: u32 = 2_026_112_203;

/// The records of the primary's zone except the SOA.
const RECORDS: &str = r#"
@               3600 IN NS    ns0
@               3600 IN NS    ns1
@               3600 IN NS    ns2
@               3600 IN NS    ns3
@               3600 IN NS    ns4
@               3600 IN NS    ns5
@                300 IN A     192.0.2.80
@                300 IN AAAA  2001:db8::80
@               3600 IN MX    10 mail
@               3600 IN MX    20 backup.mail
@               3600 IN TXT   "v=spf1 mx -all"
@               3600 IN CAA   0 issue "ca.example.net"
ns0             3600 IN A     192.0.2.1
ns1             3600 IN A     192.0.2.2
ns2             3600 IN A     198.51.100.1
ns3             3600 IN A     198.51.100.2
ns4             3600 IN A     203.0.113.1
ns5             3600 IN A     203.0.113.2
www              300 IN A     192.0.2.80
www              300 IN AAAA  2001:db8::80
blog             300 IN CNAME www
shop             300 IN A     192.0.2.81
mail            3600 IN A     192.0.2.25
mail            3600 IN AAAA  2001:db8::25
backup.mail     3600 IN A     198.51.100.25
_dmarc          3600 IN TXT   "v=DMARC1; p=reject"
_sip._tcp       3600 IN SRV   10 60 5060 sip
sip             3600 IN A     192.0.2.50
_443._tcp.www   3600 IN TLSA  3 1 1 8cb0fc6c527506a053f4f14c8464bebbd6dede2738d11468dd953d7d6a3021f1
"#;

/// An RRset that differs from the primary's on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlantedDifference {
    /// The owner name, with the final dot.
    pub owner: &'static str,
    /// The type.
    pub rtype: &'static str,
    /// How it differs.
    pub kind: DifferenceKind,
}

/// The content that a server of the demonstration serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServedContent {
    /// A copy of the zone.
    Copy(Zone),
    /// Nothing: the server answers REFUSED.
    Nothing,
}

/// What one server of the demonstration is to serve, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoServerSpec {
    /// The name of the server.
    pub name: &'static str,
    /// The role of the server.
    pub role: Role,
    /// The content it serves.
    pub content: ServedContent,
    /// What is wrong with the server, in one line for people.
    pub description: &'static str,
    /// The verdict that the check must reach.
    pub verdict: Verdict,
    /// The RRsets that differ from the primary's, in canonical order.
    pub differences: &'static [PlantedDifference],
}

/// The primary, then the secondaries: in sync, behind, diverged, ahead and lame.
pub fn scenario() -> Result<Vec<DemoServerSpec>, ZoneError> {
    let zone =
        Zone::parse(ZONE, &format!("@ 3600 IN SOA ns0 hostmaster {SERIAL} 3600 600 604800 300\n{RECORDS}"))?;
    let secondary = |name, content, description, verdict, differences| DemoServerSpec {
        name,
        role: Role::Secondary,
        content,
        description,
        verdict,
        differences,
    };
    let primary = DemoServerSpec {
        role: Role::Primary,
        ..secondary("ns0", ServedContent::Copy(zone.clone()), "the primary", Verdict::InSync, &[])
    };
    Ok(vec![
        primary,
        secondary("ns1", ServedContent::Copy(zone.clone()), "has every change", Verdict::InSync, &[]),
        secondary(
            "ns2",
            ServedContent::Copy(behind(zone.clone())?),
            "missed the last change: an older serial, and no shop",
            Verdict::Behind,
            &[PlantedDifference { owner: "shop.example.com.", rtype: "A", kind: DifferenceKind::Missing }],
        ),
        secondary(
            "ns3",
            ServedContent::Copy(diverged(zone.clone())?),
            "right serial, wrong records: no serial check sees it",
            Verdict::Diverged,
            &[
                PlantedDifference {
                    owner: "backup.mail.example.com.",
                    rtype: "A",
                    kind: DifferenceKind::Missing,
                },
                PlantedDifference { owner: "www.example.com.", rtype: "A", kind: DifferenceKind::Changed },
            ],
        ),
        secondary(
            "ns4",
            ServedContent::Copy(ahead(zone)?),
            "edited by hand: its serial is ahead of the primary's",
            Verdict::Ahead,
            &[PlantedDifference { owner: "test.example.com.", rtype: "A", kind: DifferenceKind::Extra }],
        ),
        secondary(
            "ns5",
            ServedContent::Nothing,
            "in the NS set, and does not know the zone",
            Verdict::Lame,
            &[],
        ),
    ])
}

fn behind(zone: Zone) -> Result<Zone, ZoneError> {
    zone.with_serial(SERIAL - 1).without("shop A")
}

fn diverged(zone: Zone) -> Result<Zone, ZoneError> {
    zone.without("backup.mail A")?.replace("www 300 IN A 192.0.2.9")
}

fn ahead(zone: Zone) -> Result<Zone, ZoneError> {
    zone.with_serial(SERIAL + 4).with("test 300 IN A 203.0.113.99")
}
