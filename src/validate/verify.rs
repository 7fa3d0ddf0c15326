//! Verifies the signatures over one RRset as resolvers do: one that is valid is enough (RFC 4035 section 5.3).

use std::time::SystemTime;

use super::cache::SignatureCache;
use super::keys::{Key, Keys};
use super::outcome::Outcome;
use crate::dns::dnssec::{Rrsig, signed_labels};
use crate::dns::{Rrset, Rtype};
use crate::observe::FaultReason;

/// The most keys of one tag by which a signature is tried, as in Unbound; a zone can have hundreds (CVE-2023-50387).
const MAX_KEYS_OF_TAG: usize = 4;

/// The most trials for one RRset: what remains then is not verified. Resolvers stop sooner.
const MAX_TRIALS: usize = 64;

/// An RRset, and what is expected of its signatures.
pub(super) struct Job {
    pub(super) rrset: Rrset,
    pub(super) duty: Duty,
    /// What is wrong with the content of an NSEC or NSEC3 RRset; it counts only if the RRset is valid.
    pub(super) denial: Option<FaultReason>,
}

/// Whether resolvers ask for a valid signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    /// They do.
    Signed,
    /// They do not: it is glue, say.
    Free,
}

/// What is needed to verify signatures.
pub(super) struct Verifier<'a> {
    pub(super) keys: &'a Keys,
    pub(super) cache: &'a SignatureCache,
    pub(super) now: SystemTime,
}

/// The result of verifying one signature.
#[derive(Clone, Copy)]
enum State<'k> {
    Valid(&'k Key),
    /// It is valid, by a revoked key, which vouches for nothing.
    Revoked,
    Unverified,
    Wrong(FaultReason),
}

/// A signature that was verified, with its key tag if it has one.
pub(super) struct Verified<'k> {
    key_tag: Option<u16>,
    state: State<'k>,
}

impl Job {
    pub(super) fn new(rrset: Rrset, duty: Duty) -> Self {
        Self { rrset, duty, denial: None }
    }
}

impl Verified<'_> {
    /// Whether it was made by this key, and is valid; `None` if it was made by another key.
    pub(super) fn by(&self, key: &Key) -> Option<bool> {
        match self.state {
            State::Valid(by) => std::ptr::eq(by, key).then_some(true),
            _ => (self.key_tag == Some(key.dnskey.key_tag())).then_some(false),
        }
    }
}

impl<'a> Verifier<'a> {
    /// Verifies an RRset, and adds the result.
    pub(super) fn verify(&self, job: &Job, outcome: &mut Outcome) {
        let signatures = self.signatures(&job.rrset, outcome);
        judge(job, &signatures, outcome);
    }

    /// Verifies the signatures over an RRset.
    pub(super) fn signatures(&self, rrset: &Rrset, outcome: &mut Outcome) -> Vec<Verified<'a>> {
        let mut trials = Trials { left: MAX_TRIALS, data: Vec::new() };
        let verified = rrset.signatures.iter().map(|(_, rdata)| match Rrsig::from_rdata(rdata) {
            Some(rrsig) => {
                outcome.note_times(&rrsig);
                let state = self.state(rrset, &rrsig, &mut trials);
                Verified { key_tag: Some(rrsig.key_tag), state }
            }
            None => Verified { key_tag: None, state: State::Wrong(FaultReason::WrongData) },
        });
        verified.collect()
    }

    fn state(&self, rrset: &Rrset, rrsig: &Rrsig<'_>, trials: &mut Trials) -> State<'a> {
        if rrsig.signer != self.keys.zone.as_wire() {
            return State::Wrong(FaultReason::Signer);
        }
        if usize::from(rrsig.labels) != signed_labels(&rrset.owner) {
            return State::Wrong(FaultReason::Labels);
        }
        let tagged = self.keys.tagged(rrsig.key_tag);
        if tagged.is_empty() {
            return State::Wrong(FaultReason::NoDnskey);
        }
        let of_algorithm = || tagged.iter().filter(|key| key.dnskey.algorithm == rrsig.algorithm);
        let mut signing: Vec<&Key> = of_algorithm().filter(|key| key.may_sign()).collect();
        let is_by_revoked = signing.is_empty() && rrset.rtype == Rtype::DNSKEY;
        if is_by_revoked {
            // It proves that the key was revoked by its holder (RFC 5011 section 2.1).
            signing = of_algorithm().filter(|key| key.dnskey.is_zone_key()).collect();
        }
        if signing.is_empty() {
            return State::Wrong(FaultReason::WrongKey);
        }
        if signing.iter().all(|key| key.verifying.is_none()) {
            return State::Unverified;
        }
        if let Some(reason) = self.untimely(rrsig) {
            return State::Wrong(reason);
        }
        match self.try_keys(&signing, rrset, rrsig, trials) {
            State::Valid(_) if is_by_revoked => State::Revoked,
            state => state,
        }
    }

    /// Why a signature is not valid now, if it is not.
    fn untimely(&self, rrsig: &Rrsig<'_>) -> Option<FaultReason> {
        let (begins, expires) = (rrsig.begins(self.now), rrsig.expires(self.now));
        if self.now > expires {
            return Some(FaultReason::Expired(expires));
        }
        (self.now < begins).then_some(FaultReason::NotYetValid(begins))
    }

    fn try_keys(&self, keys: &[&'a Key], rrset: &Rrset, rrsig: &Rrsig<'_>, trials: &mut Trials) -> State<'a> {
        let data = &mut trials.data;
        data.clear();
        if !rrsig.push_signed_data(data, &rrset.owner, &rrset.records) {
            return State::Wrong(FaultReason::Labels);
        }
        let length = data.len();
        data.extend_from_slice(rrsig.signature);
        for (tried, &key) in keys.iter().enumerate() {
            let Some(verifying) = &key.verifying else { continue };
            if tried >= MAX_KEYS_OF_TAG {
                return State::Unverified;
            }
            let id = self.cache.id(key, data);
            if self.cache.contains(id) {
                return State::Valid(key);
            }
            let Some(left) = trials.left.checked_sub(1) else { return State::Unverified };
            trials.left = left;
            if verifying.verify(data.get(..length).unwrap_or_default(), rrsig.signature) {
                self.cache.insert(id);
                return State::Valid(key);
            }
        }
        State::Wrong(FaultReason::WrongData)
    }
}

/// Counts the signatures over an RRset, and adds its faults.
pub(super) fn judge(job: &Job, signatures: &[Verified<'_>], outcome: &mut Outcome) {
    let Job { rrset: Rrset { owner, rtype, .. }, duty, denial } = job;
    let count = |is: fn(&State<'_>) -> bool| signatures.iter().filter(|it| is(&it.state)).count() as u64;
    let valid = count(|state| matches!(state, State::Valid(_)));
    let revoked = count(|state| matches!(state, State::Revoked));
    let unverified = count(|state| matches!(state, State::Unverified));
    outcome.signatures += signatures.len() as u64;
    outcome.valid += valid + revoked;
    outcome.unverified += unverified;
    let foreign = count(|state| matches!(state, State::Wrong(reason) if is_of_foreign_key(reason)));
    let wrong = count(|state| matches!(state, State::Wrong(_)));
    if *duty == Duty::Free {
        outcome.unverified += wrong;
    } else if valid > 0 || unverified > 0 {
        if let Some(reason) = denial {
            outcome.fault(owner, *rtype, None, *reason);
        }
        for Verified { key_tag, state } in signatures {
            match state {
                // It was damaged, and a resolver may know no other algorithm than this one.
                State::Wrong(reason @ FaultReason::WrongData) => {
                    outcome.fault(owner, *rtype, *key_tag, *reason);
                }
                State::Wrong(_) => outcome.unverified += 1,
                _ => {}
            }
        }
    } else if signatures.is_empty() {
        outcome.fault(owner, *rtype, None, FaultReason::Unsigned);
    } else {
        // Leftovers of other keys explain nothing where a published key has signed.
        let is_reported = |reason: &FaultReason| foreign == wrong || !is_of_foreign_key(reason);
        for Verified { key_tag, state } in signatures {
            match state {
                State::Wrong(reason) if is_reported(reason) => {
                    outcome.fault(owner, *rtype, *key_tag, *reason);
                }
                State::Revoked if wrong == 0 => {
                    outcome.fault(owner, *rtype, *key_tag, FaultReason::WrongKey);
                }
                State::Wrong(_) => outcome.unverified += 1,
                _ => {}
            }
        }
    }
}

/// The work that is left for one RRset.
struct Trials {
    left: usize,
    /// What is signed, and the signature behind it; the buffer is reused.
    data: Vec<u8>,
}

/// Whether a signature is by a key that the zone does not publish, or that may not sign.
fn is_of_foreign_key(reason: &FaultReason) -> bool {
    matches!(reason, FaultReason::NoDnskey | FaultReason::WrongKey)
}
