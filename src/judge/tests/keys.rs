//! Keys that servers publish and sign by.

use super::judged::Judged;
use super::world::{Server, World};
use crate::digest::KeySet;
use crate::dns::{Name, Rrset, Rtype};
use crate::judge::{Code, Severity, Verdict};

/// A zone-signing key of algorithm 13, all of whose octets are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key(pub(super) u8);

impl Key {
    /// Its DNSKEY record.
    pub(super) fn rdata(self) -> Vec<u8> {
        [&[1, 0, 3, 13], [self.0; 64].as_slice()].concat()
    }

    pub(super) fn tag(self) -> u16 {
        let zone: Name = "example.com".parse().unwrap();
        let mut keys = KeySet::default();
        keys.add_rrset(&Rrset::new(zone.clone(), Rtype::DNSKEY, vec![(60, self.rdata())], Vec::new()));
        keys.published_tags(&zone)[0]
    }

    /// A signature by it over a TXT record of `www`, which expires in 2038.
    pub(super) fn signature(self) -> Vec<u8> {
        let front = [0, 16, 13, 3, 0, 0, 14, 16, 0x7f, 0, 0, 0, 0, 1, 0, 0];
        [&front[..], &self.tag().to_be_bytes(), b"\x07example\x03com\0signature"].concat()
    }
}

fn judge(primary: Server, secondary: Server) -> Judged {
    World::new().primary(primary).secondary(secondary).judge()
}

/// A server that signs by the keys that it publishes.
fn signed_by(keys: &[u8]) -> Server {
    Server::at(5).keys(keys, keys)
}

#[test]
fn other_keys_than_the_references_are_told_behind_the_verdict_with_their_tags() {
    let judged = judge(signed_by(&[1]), signed_by(&[2]));
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Diverged]);
    assert_eq!(judged.codes(1), ["dnskey_differs", "serial_not_raised"]);
    let findings = &judged.judgement.servers[1].findings;
    assert_eq!((findings[1].code, findings[1].severity), (Code::DnskeyDiffers, Severity::Critical));
    assert_eq!(judged.differences(1)[0], "changed example.com. DNSKEY");
    let (ours, theirs) = (Key(1).tag(), Key(2).tag());
    let expected = format!(
        "its DNSKEY RRset is not the reference's: key tag {theirs} here, key tag {ours} there: validating resolvers \
         that have one of the two reject what the keys of the other sign"
    );
    assert_eq!(judged.message(1, Code::DnskeyDiffers), expected);
    assert_eq!(
        judged.advice(1, Code::DnskeyDiffers),
        ["dig @192.0.2.1 example.com DNSKEY +norecurse", "dig @192.0.2.0 example.com DNSKEY +norecurse",]
    );
    assert_eq!(judged.codes(0), [""; 0]);
}

#[test]
fn a_server_without_one_of_the_keys_or_without_any_has_other_keys() {
    let judged = judge(signed_by(&[1, 2]), Server::at(5).keys(&[1], &[1, 2]));
    assert_eq!(judged.codes(1), ["dnskey_differs", "serial_not_raised"]);
    let judged = judge(signed_by(&[1]), Server::at(5));
    let expected = format!(
        "it has no DNSKEY records, and the reference has key tag {}: validating resolvers reject its answers",
        Key(1).tag()
    );
    assert_eq!(judged.message(1, Code::DnskeyDiffers), expected);
}

#[test]
fn other_keys_of_a_lagging_server_are_those_of_its_version() {
    let judged = judge(Server::at(6).keys(&[1], &[1]), signed_by(&[2]));
    assert_eq!(judged.verdict(1), Verdict::Behind);
    assert!(!judged.codes(1).contains(&"dnskey_differs"), "{:?}", judged.codes(1));
}

#[test]
fn a_server_that_signs_an_unsigned_zone_has_keys_of_its_own() {
    let judged = judge(Server::at(5), signed_by(&[1]));
    assert_eq!(judged.verdict(1), Verdict::Diverged);
    assert!(!judged.codes(1).contains(&"dnskey_differs"), "{:?}", judged.codes(1));
}

#[test]
fn the_same_keys_are_no_finding_whatever_else_differs() {
    let judged = judge(signed_by(&[1, 2]), signed_by(&[2, 1]).serving("www 2"));
    assert_eq!(judged.verdict(1), Verdict::Diverged);
    assert!(!judged.codes(1).contains(&"dnskey_differs"), "{:?}", judged.codes(1));
}
