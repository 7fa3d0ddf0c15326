//! RRsets of mixed TTLs: which copy has the finding, and what is to be edited.

use super::judged::Judged;
use super::world::{Server, World};
use crate::judge::{Code, Severity, Verdict};
use crate::plan::{Compare, ComparisonRules, ContentRules, TtlDifference};

/// A server with two TXT records of one owner, and one of another.
fn server() -> Server {
    Server::at(5).serving_all(&["m 1", "m 2", "www 1"])
}

/// The same, with the TTLs 3600, 3601 and 3602.
fn mixing() -> Server {
    server().mixing_ttls()
}

fn judge(primary: Server, secondary: Server) -> Judged {
    World::new().primary(primary).secondary(secondary).judge()
}

#[test]
fn equal_copies_of_mixed_ttls_are_in_sync_with_a_warning_each() {
    for ttl in [TtlDifference::Noted, TtlDifference::Diverged] {
        let world = World::new().rules(|rules| rules.ttl = ttl);
        let judged = world.primary(mixing()).secondary(mixing()).judge();
        for index in 0..2 {
            assert_eq!(judged.verdict(index), Verdict::InSync);
            assert_eq!(judged.codes(index), ["mixed_ttls"]);
            assert_eq!(judged.severity(index), Severity::Warning);
            assert_eq!(
                judged.message(index, Code::MixedTtls),
                "in its copy, 1 RRset has records with different TTLs: m.example.com. TXT with 3600 and 3601 s"
            );
            assert_eq!(
                judged.advice(index, Code::MixedTtls),
                [
                    format!("dig @192.0.2.{index} m.example.com TXT +norecurse"),
                    "# on ns0: give all records of 'm.example.com. TXT' one TTL".to_owned(),
                ]
            );
        }
        assert_eq!((judged.zone_codes(), judged.zone_severity()), (vec![], Severity::Warning));
    }
}

#[test]
fn only_the_copy_that_has_them_is_named() {
    for (primary, secondary, codes) in [
        (server(), server(), [vec![], vec![]]),
        (mixing(), server(), [vec!["mixed_ttls"], vec!["ttl_differs"]]),
        (server(), mixing(), [vec![], vec!["ttl_differs", "mixed_ttls"]]),
    ] {
        let judged = judge(primary, secondary);
        assert_eq!(judged.verdicts(), [Verdict::InSync; 2]);
        assert_eq!([judged.codes(0), judged.codes(1)], codes);
    }
    let strict = World::new().rules(|rules| rules.ttl = TtlDifference::Diverged);
    let judged = strict.primary(mixing()).secondary(server()).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Diverged]);
    assert_eq!(judged.differences(1), ["ttl m.example.com. TXT", "ttl www.example.com. TXT"]);
}

#[test]
fn several_of_them_are_counted_and_one_is_named() {
    let records = ["b 1", "b 2", "b 3", "a 1", "a 2", "c 1"];
    let judged = judge(Server::at(5), Server::at(5).serving_all(&records).mixing_ttls());
    assert_eq!(
        judged.message(1, Code::MixedTtls),
        "in its copy, 2 RRsets have records with different TTLs: among them a.example.com. TXT with 3603 and 3604 s"
    );
}

#[test]
fn a_zone_file_of_mixed_ttls_has_the_finding_once() {
    let judged = World::new().zone_file(mixing()).primary(server()).secondary(mixing()).judge();
    assert_eq!(judged.zone_codes(), ["mixed_ttls"]);
    assert_eq!(
        judged.zone_message("mixed_ttls"),
        "db.example: 1 RRset has records with different TTLs: m.example.com. TXT with 3600 and 3601 s"
    );
    assert_eq!(
        judged.zone_advice("mixed_ttls"),
        ["# in db.example: give all records of 'm.example.com. TXT' one TTL"]
    );
    assert_eq!(judged.codes(1), ["mixed_ttls"]);
    let served = World::new().zone_file(server()).primary(mixing()).judge();
    assert_eq!(served.zone_codes(), [""; 0]);
    assert_eq!(
        served.advice(0, Code::MixedTtls)[1],
        "# in db.example: give all records of 'm.example.com. TXT' one TTL"
    );
}

#[test]
fn records_that_are_not_compared_have_no_finding() {
    let serials = |rules: &mut ComparisonRules| rules.compare = Compare::Serials;
    let ignoring = |rules: &mut ComparisonRules| {
        rules.content = ContentRules { ignored: vec![crate::dns::Rtype(16)], ..ContentRules::default() };
    };
    for world in [World::new().rules(serials), World::new().rules(ignoring)] {
        let judged = world.primary(mixing()).secondary(mixing()).judge();
        assert_eq!([judged.codes(0), judged.codes(1)], [[""; 0]; 2]);
    }
}
