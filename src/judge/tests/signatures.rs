//! Signatures that expire: which address has the finding, and which commands are advised.

use super::judged::Judged;
use super::world::{BEGINNING, Server, World};
use crate::dns::Rtype;
use crate::judge::{Code, Severity, Verdict};
use crate::plan::{Compare, ContentRules, SignatureComparison};

const DAY: i64 = 24 * 3600;
const MONTH: u32 = 30 * 24 * 3600;

/// A signature over an RRset of a server.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub(super) owner: String,
    pub(super) covered: Rtype,
    /// When it expires, in seconds of the clock.
    pub(super) expires: i64,
    /// Seconds for which it is valid.
    pub(super) validity: u32,
}

impl Signed {
    /// Returns its data, with a signature that is not valid.
    pub(super) fn rdata(&self) -> Vec<u8> {
        let beginning = i64::try_from(BEGINNING.as_secs()).unwrap();
        let expiration = u32::try_from(beginning + self.expires).unwrap();
        let times = [expiration, expiration.wrapping_sub(self.validity)].map(u32::to_be_bytes).concat();
        let front = [&self.covered.0.to_be_bytes(), [13, 2, 0, 0, 14, 16].as_slice()].concat();
        [front, times, b"\x12\x34\x07example\x03com\0signature".to_vec()].concat()
    }
}

/// A server whose copy has a signature that expires in so many seconds.
fn signed(expires: i64) -> Server {
    Server::at(5).signed("www.example.com", "TXT", expires, MONTH)
}

fn judge(primary: Server, secondary: Server) -> Judged {
    World::new().primary(primary).secondary(secondary).judge()
}

#[test]
fn every_address_has_findings_about_its_own_copy() {
    for (expires, code, severity) in [
        (10 * DAY, None, Severity::Ok),
        (3 * DAY + 60, None, Severity::Ok),
        (3 * DAY - 60, Some("signatures_expire_soon"), Severity::Warning),
        (60, Some("signatures_expire_soon"), Severity::Warning),
        (-60, Some("signatures_expired"), Severity::Critical),
        (-11 * DAY, Some("signatures_expired"), Severity::Critical),
    ] {
        let judged = judge(signed(expires), signed(expires));
        for index in 0..2 {
            assert_eq!(judged.verdict(index), Verdict::InSync, "{expires}");
            assert_eq!(judged.codes(index), Vec::from_iter(code), "{expires}");
            assert_eq!(judged.severity(index), severity, "{expires}");
        }
    }
}

#[test]
fn the_signature_that_expires_first_is_named_with_its_time() {
    // The clock begins on 12 January 1970, at 13:46:41.
    let server = signed(DAY).signed("example.com", "SOA", 3600, MONTH).signed("a", "A", 20 * DAY, MONTH);
    let message = judge(server.clone(), server).message(1, Code::SignaturesExpireSoon);
    let expected = "the signature over example.com. SOA expires at 1970-01-12T14:46:41Z, in 59 min ";
    assert!(message.starts_with(expected), "{message}");
    let message = judge(signed(-DAY), signed(-DAY)).message(0, Code::SignaturesExpired);
    let expected = "the signature over www.example.com. TXT expired at 1970-01-11T13:46:41Z, 1 d ";
    assert!(message.starts_with(expected), "{message}");
    assert!(message.ends_with(" ago: validating resolvers reject it"), "{message}");
}

#[test]
fn case_f11_an_old_copy_with_expired_signatures_is_critical() {
    let old = Server::at(4).signed("www.example.com", "TXT", -DAY, MONTH);
    let judged = judge(signed(20 * DAY), old);
    assert_eq!((judged.verdict(1), judged.codes(1)), (Verdict::Behind, vec!["signatures_expired"]));
    assert_eq!((judged.codes(0), judged.severity(1)), (vec![], Severity::Critical));
    let advice = judged.advice(1, Code::SignaturesExpired);
    assert_eq!(
        advice.first().map(String::as_str),
        Some(
            "dig @192.0.2.1 www.example.com TXT +norecurse +dnssec  # the first of the two times in an RRSIG is its end"
        )
    );
    assert_eq!(advice[1], "rndc retransfer example.com  # on ns1, if it runs BIND");
}

#[test]
fn case_f05_for_signatures_renewed_without_a_new_serial_a_transfer_is_advised() {
    let judged = judge(signed(20 * DAY), signed(DAY));
    assert_eq!(judged.verdict(1), Verdict::InSync);
    let mut codes = judged.codes(1);
    codes.sort_unstable();
    assert_eq!(codes, ["signatures_differ", "signatures_expire_soon"]);
    let advice = judged.advice(1, Code::SignaturesExpireSoon);
    assert!(advice.contains(&"knotc zone-retransfer example.com  # on ns1, if it runs Knot".to_owned()));
}

#[test]
fn if_signatures_expire_at_the_primary_too_signing_is_advised() {
    for judged in [
        judge(signed(-DAY), signed(-DAY)),
        judge(signed(-DAY).without_transfer(), signed(-DAY)),
        judge(signed(DAY), signed(-DAY)),
    ] {
        let advice = judged.advice(1, Code::SignaturesExpired);
        assert_eq!(
            advice[1..],
            [
                "rndc sign example.com  # on ns0, if it runs BIND",
                "knotc zone-sign example.com  # on ns0, if it runs Knot",
                "pdnsutil increase-serial example.com  # on ns0, if it runs PowerDNS",
                "dnssec-signzone -S -N increment -o example.com FILE  # on ns0, if it runs BIND or NSD with signed files",
            ]
        );
    }
}

#[test]
fn a_primary_is_advised_to_load_a_file_with_valid_signatures_and_else_to_sign() {
    for (file, command) in [
        (signed(20 * DAY), "rndc reload example.com  # on ns0, if it runs BIND"),
        (signed(DAY), "rndc sign example.com  # on ns0, if it runs BIND"),
        (Server::at(5), "rndc sign example.com  # on ns0, if it runs BIND"),
    ] {
        let world = World::new().rules(|rules| rules.content.dnssec = SignatureComparison::Ignore);
        let judged = world.zone_file(file).primary(signed(-DAY)).judge();
        assert_eq!((judged.verdict(0), judged.codes(0)), (Verdict::InSync, vec!["signatures_expired"]));
        assert_eq!(judged.advice(0, Code::SignaturesExpired)[1], command);
    }
}

#[test]
fn a_second_primary_is_advised_to_sign() {
    let world = World::new().primary(signed(20 * DAY)).primary(signed(DAY));
    let advice = world.judge().advice(1, Code::SignaturesExpireSoon);
    assert_eq!(advice[1], "rndc sign example.com  # on ns1, if it runs BIND");
}

#[test]
fn without_a_known_signer_the_primary_is_advised_to_sign() {
    let world = World::new().secondary(signed(-DAY).silent()).secondary(signed(-DAY));
    let advice = world.judge().advice(1, Code::SignaturesExpired);
    assert_eq!(advice[1], "rndc sign example.com  # on 'the primary', if it runs BIND");
}

#[test]
fn the_hashed_name_of_an_nsec3_is_not_queried() {
    let server = || Server::at(5).signed("2t7b4g4vsa5smi47k61mv5bv1a22bojr.example.com", "NSEC3", -1, MONTH);
    let advice = judge(server(), server()).advice(0, Code::SignaturesExpired);
    assert!(advice[0].starts_with("rndc sign"), "{advice:?}");
}

#[test]
fn signatures_expire_however_they_are_compared_unless_rrsig_is_ignored() {
    let rules = [
        (SignatureComparison::Semantic, None, 1),
        (SignatureComparison::Exact, None, 1),
        (SignatureComparison::Ignore, None, 1),
        (SignatureComparison::Semantic, Some(Rtype::RRSIG), 0),
        (SignatureComparison::Ignore, Some(Rtype::RRSIG), 0),
    ];
    for (dnssec, ignored, findings) in rules {
        let content = ContentRules { dnssec, ignored: Vec::from_iter(ignored), ..ContentRules::default() };
        let world = World::new().rules(|rules| rules.content = content.clone());
        let judged = world.primary(signed(-DAY)).secondary(signed(-DAY)).judge();
        assert_eq!(judged.codes(1).len(), findings, "{dnssec:?} {ignored:?}");
    }
}

#[test]
fn a_check_of_serials_sees_no_signatures() {
    let world = World::new().rules(|rules| rules.compare = Compare::Serials);
    let judged = world.primary(signed(-DAY)).secondary(signed(-DAY)).judge();
    assert_eq!((judged.codes(0), judged.codes(1)), (vec![], vec![]));
}
