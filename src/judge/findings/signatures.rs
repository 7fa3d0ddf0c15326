//! Signatures that run out: a copy is of no use to users who validate once one of its signatures has.

use std::time::{Duration, SystemTime};

use super::code::{Code, Finding};
use super::lagging::{rounded, time};
use super::server::ServerContext;
use crate::advice;
use crate::digest::Signature;
use crate::dns::Rtype;
use crate::judge::evidence::Evidence;
use crate::judge::verdict::reference::ReferenceKind;
use crate::plan::{Role, Source};

/// A signature that holds for at least this does not run out soon.
const SOON: Duration = Duration::from_hours(3 * 24);

/// Nor does one of whose validity at least one part of so many is left.
const PARTS: u32 = 4;

/// How urgent a signature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Urgency {
    /// It has expired, for so long.
    Expired(Duration),
    /// It expires soon, in so long.
    Soon(Duration),
}

/// Returns how urgent a signature is at a moment, if it is.
///
/// It holds in the second of its expiration still (RFC 4035 section 5.3.1).
fn urgency(signature: &Signature, now: SystemTime) -> Option<Urgency> {
    match signature.expires.duration_since(now) {
        Err(past) if past.duration() >= Duration::from_secs(1) => Some(Urgency::Expired(past.duration())),
        left => {
            let left = left.unwrap_or_default();
            (left < SOON.min(signature.validity / PARTS)).then_some(Urgency::Soon(left))
        }
    }
}

/// Returns the signature of a copy that expires first, if that was urgent when the copy was read.
fn running_out(evidence: &Evidence, source: Source) -> Option<(Signature, Urgency)> {
    let track = evidence.track(source)?;
    let signature = track.copy.as_ref()?.digest.first_to_expire()?;
    let read = evidence.wall_time(track.versions.last()?.span.end);
    let urgency = urgency(&signature, read)?;
    Some((signature, urgency))
}

impl<'e> ServerContext<'e> {
    /// The signature of its copy that expires first has expired, or soon will.
    pub(crate) fn signatures_expire(self) -> Option<Finding> {
        let (signature, urgency) = running_out(self.evidence, self.id.into())?;
        let Signature { owner, covered, expires, .. } = &signature;
        let when = time(*expires);
        let (code, message) = match urgency {
            Urgency::Expired(ago) => (
                Code::SignaturesExpired,
                format!(
                    "the signature over {owner} {covered} expired at {when}, {} ago: who validates rejects it",
                    rounded(ago)
                ),
            ),
            Urgency::Soon(left) => (
                Code::SignaturesExpireSoon,
                format!("the signature over {owner} {covered} expires at {when}, in {}", rounded(left)),
            ),
        };
        let mut advice = Vec::new();
        // Nobody has records of the name that an NSEC3 stands at.
        if *covered != Rtype::NSEC3 {
            advice.push(advice::ask_signature(owner, *covered, self.target.address));
        }
        advice.extend(self.sign_anew());
        Some(Finding::new(code, message).advise(advice))
    }

    /// Returns the commands that bring signatures that hold to this server.
    fn sign_anew(self) -> Vec<String> {
        let signs = self.target.role == Role::Primary && !self.loads();
        let reference = self.reference.map(|reference| reference.source);
        let reference = reference.filter(|&source| source != Source::Target(self.id));
        let has_fresh = |source: Source| {
            let copy = self.evidence.track(source).and_then(|track| track.copy.as_ref());
            let signed = copy.is_some_and(|copy| copy.digest.first_to_expire().is_some());
            signed && running_out(self.evidence, source).is_none()
        };
        match reference {
            Some(reference) if !signs && has_fresh(reference) && self.doubted => Vec::new(),
            Some(reference) if !signs && has_fresh(reference) => self.renew(),
            _ => advice::sign(self.zone(), self.signer()),
        }
    }

    /// Returns who signs the zone, as far as that is known.
    fn signer(self) -> &'e str {
        let known = self.reference.filter(|reference| reference.kind != ReferenceKind::Newest);
        let known = known.and_then(|reference| reference.source.target());
        let itself = (self.target.role == Role::Primary).then_some(self.id);
        let id = itself.or_else(|| self.evidence.primaries().next()).or(known);
        let signer = id.and_then(|id| self.evidence.plan.target(id));
        signer.map_or("the primary", |signer| signer.server.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const DAY: u64 = 24 * 3600;

    /// A signature that is valid for so many seconds, looked at so many milliseconds before its end.
    fn seen(validity: u64, left: i64) -> Option<Urgency> {
        let expires = UNIX_EPOCH + Duration::from_hours(24 * 365);
        let apart = Duration::from_millis(left.unsigned_abs());
        let now = if left < 0 { expires + apart } else { expires - apart };
        let (owner, covered) = ("www.example.com".parse().unwrap(), Rtype(1));
        urgency(&Signature { owner, covered, expires, validity: Duration::from_secs(validity) }, now)
    }

    #[test]
    fn less_than_three_days_and_less_than_a_quarter_of_the_validity_is_soon() {
        for (validity, last_fine) in [
            (30 * DAY, 3 * DAY),
            (12 * DAY, 3 * DAY),
            (12 * DAY - 4, 3 * DAY - 1),
            (4 * DAY, DAY),
            (3600, 900),
            (4, 1),
        ] {
            let left = i64::try_from(last_fine * 1000).unwrap();
            assert_eq!(seen(validity, left), None, "{validity}");
            let soon = Some(Urgency::Soon(Duration::from_millis(last_fine * 1000 - 1)));
            assert_eq!(seen(validity, left - 1), soon, "{validity}");
        }
    }

    #[test]
    fn a_signature_holds_until_the_second_of_its_end_is_over() {
        for (left, expected) in [
            (1, Urgency::Soon(Duration::from_millis(1))),
            (0, Urgency::Soon(Duration::ZERO)),
            (-999, Urgency::Soon(Duration::ZERO)),
            (-1000, Urgency::Expired(Duration::from_secs(1))),
            (-86_400_000, Urgency::Expired(Duration::from_secs(DAY))),
        ] {
            assert_eq!(seen(30 * DAY, left), Some(expected), "{left}");
        }
    }

    #[test]
    fn what_was_never_valid_is_told_once_its_end_is_past() {
        assert_eq!(seen(0, 1), None);
        assert_eq!(seen(0, -999), None);
        assert_eq!(seen(0, -1000), Some(Urgency::Expired(Duration::from_secs(1))));
    }
}
