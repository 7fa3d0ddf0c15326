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

/// Judges servers of which each signs by keys of its own, the first of them a primary.
fn judge_signers(primary: Server, others: impl IntoIterator<Item = Server>) -> Judged {
    let world = World::new().rules(|rules| rules.content.multi_signer = true).primary(primary);
    others.into_iter().fold(world, World::secondary).judge()
}

#[test]
fn signers_that_publish_the_keys_of_all_are_in_sync() {
    let (a, b) = (Server::at(5).keys(&[1, 2], &[1]), Server::at(5).keys(&[2, 1], &[2]));
    let judged = judge_signers(a.clone(), [b.clone()]);
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::InSync]);
    for index in 0..2 {
        assert_eq!((judged.codes(index), judged.copy_attempts(index)), (vec![], 1));
    }
    // Without the rule they are two zones.
    assert_eq!(judge(a, b).verdict(1), Verdict::Diverged);
}

#[test]
fn a_signer_that_lacks_the_key_of_another_is_told_and_no_other_is() {
    let (a, b) = (Server::at(5).keys(&[1, 2], &[1]), Server::at(5).keys(&[2], &[2]));
    let judged = judge_signers(a, [b, Server::at(5).keys(&[1, 2], &[2])]);
    assert_eq!(judged.verdicts(), [Verdict::InSync; 3]);
    assert_eq!((judged.codes(0), judged.codes(2)), (vec![], vec![]));
    assert_eq!(judged.codes(1), ["dnskey_differs"]);
    assert_eq!((judged.severity(1), judged.copy_attempts(1)), (Severity::Critical, 2));
    let expected = format!(
        "its DNSKEY RRset lacks key tag {} (algorithm 13), by which ns0 192.0.2.0:53 signs: validating resolvers that \
         have the keys from here reject what is signed so",
        Key(1).tag()
    );
    assert_eq!(judged.message(1, Code::DnskeyDiffers), expected);
    assert_eq!(
        judged.advice(1, Code::DnskeyDiffers),
        ["dig @192.0.2.1 example.com DNSKEY +norecurse", "dig @192.0.2.0 example.com DNSKEY +norecurse",]
    );
}

#[test]
fn two_signers_that_lack_the_key_of_each_other_are_both_told() {
    let judged = judge_signers(signed_by(&[1]), [signed_by(&[2])]);
    assert_eq!((judged.codes(0), judged.codes(1)), (vec!["dnskey_differs"], vec!["dnskey_differs"]));
}

#[test]
fn a_key_that_its_own_signer_does_not_publish_is_the_fault_of_that_signer() {
    let judged = judge_signers(signed_by(&[1]), [Server::at(5).keys(&[1], &[1, 2])]);
    assert_eq!((judged.codes(0), judged.codes(1)), (vec![], vec!["dnskey_differs"]));
    let message = judged.message(1, Code::DnskeyDiffers);
    assert!(message.contains("by which it signs itself"), "{message}");
}

#[test]
fn an_unsigned_primary_feeds_the_signers_and_an_unsigned_secondary_lacks_their_keys() {
    let signer = || Server::at(5).keys(&[1], &[1]);
    let judged = judge_signers(Server::at(5), [signer(), Server::at(5)]);
    assert_eq!(judged.codes(0), [""; 0]);
    assert_eq!((judged.codes(1), judged.codes(2)), (vec![], vec!["dnskey_differs"]));
}

#[test]
fn a_server_that_publishes_the_key_when_it_is_read_again_lacks_nothing() {
    let states = |seconds| {
        let without = std::iter::repeat_n(Server::at(5).keys(&[2], &[2]), seconds);
        Server::then(without.chain([Server::at(5).keys(&[1, 2], &[2])]))
    };
    let accused: Vec<bool> = (0..8)
        .map(|seconds| judge_signers(Server::at(5).keys(&[1, 2], &[1]), [states(seconds)]))
        .map(|judged| judged.codes(1).contains(&"dnskey_differs"))
        .collect();
    // The finding comes once both readings of its copy lack the key.
    assert!(accused.is_sorted() && !accused[0] && accused[7], "{accused:?}");
}

#[test]
fn a_lagging_signer_lacks_what_its_next_version_brings_and_signs_by_what_is_gone() {
    let judged = judge_signers(Server::at(6).keys(&[1], &[1]), [Server::at(5).keys(&[2], &[2])]);
    assert_eq!(judged.verdict(1), Verdict::Behind);
    assert_eq!((judged.codes(0), judged.codes(1)), (vec![], vec![]));
}

#[test]
fn other_data_is_divergence_with_several_signers_too() {
    let (a, b) = (Server::at(5).keys(&[1, 2], &[1]), Server::at(5).keys(&[1, 2], &[2]).serving("www 2"));
    let judged = judge_signers(a, [b]);
    assert_eq!(judged.verdict(1), Verdict::Diverged);
    assert_eq!(judged.differences(1), ["changed www.example.com. TXT"]);
}
