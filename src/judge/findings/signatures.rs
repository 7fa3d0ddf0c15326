//! Findings about signatures that expire: validating resolvers reject the records of a copy from then on.

use std::time::{Duration, SystemTime};

use super::code::{Code, Finding};
use super::lagging::{rounded, time};
use super::server::ServerContext;
use crate::advice;
use crate::digest::Signature;
use crate::dns::{Name, Rtype};
use crate::judge::evidence::{Evidence, Responses};
use crate::judge::verdict::reference::ReferenceKind;
use crate::plan::Source;

/// A signature that is valid for at least this does not expire soon.
const SOON: Duration = Duration::from_hours(3 * 24);

/// Nor does one that has at least this fraction of its validity left: one in so many.
const SOON_FRACTION: u32 = 4;

/// A signature that has expired, or soon will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expiry {
    /// It expired so long ago.
    Expired(Duration),
    /// It expires soon, in so long.
    Soon(Duration),
}

/// Returns whether a signature has expired at a moment or soon will.
///
/// It is valid in the second of its expiration still (RFC 4035 section 5.3.1).
fn expiry(signature: &Signature, now: SystemTime) -> Option<Expiry> {
    match signature.expires.duration_since(now) {
        Err(past) if past.duration() >= Duration::from_secs(1) => Some(Expiry::Expired(past.duration())),
        left => {
            let left = left.unwrap_or_default();
            (left < SOON.min(signature.validity / SOON_FRACTION)).then_some(Expiry::Soon(left))
        }
    }
}

/// Returns the signature of a copy that expires first, if it had expired or soon would when the copy was read.
fn expiring_signature(evidence: &Evidence, source: Source) -> Option<(Signature, Expiry)> {
    let responses = evidence.responses(source)?;
    let signature = responses.copy()?.digest.first_to_expire()?;
    let read = evidence.wall_time(responses.versions.last()?.span.end);
    let expiry = expiry(&signature, read)?;
    Some((signature, expiry))
}

/// Whether the finding about the signature that expires first is about an RRset of a copy, and says that it expired.
pub(super) fn is_reported_as_expired(
    evidence: &Evidence,
    source: Source,
    owner: &Name,
    rtype: Rtype,
) -> bool {
    expiring_signature(evidence, source).is_some_and(|(signature, expiry)| {
        matches!(expiry, Expiry::Expired(_)) && (&signature.owner, signature.covered) == (owner, rtype)
    })
}

impl<'e> ServerContext<'e> {
    /// A signature of its copy has expired, or soon will.
    pub(crate) fn signatures_expire(self) -> Option<Finding> {
        let (signature, expiry) = expiring_signature(self.evidence, self.id.into())?;
        let Signature { owner, covered, expires, .. } = &signature;
        let when = time(*expires);
        let (code, message) = match expiry {
            Expiry::Expired(ago) => (
                Code::SignaturesExpired,
                format!(
                    "the signature over {owner} {covered} expired at {when}, {} ago: validating resolvers reject it",
                    rounded(ago)
                ),
            ),
            Expiry::Soon(left) => (
                Code::SignaturesExpireSoon,
                format!("the signature over {owner} {covered} expires at {when}, in {}", rounded(left)),
            ),
        };
        let mut advice = Vec::new();
        // An NSEC3 record is at a hashed name, which cannot be queried.
        if *covered != Rtype::NSEC3 {
            advice.push(advice::ask_signature(owner, *covered, &self.destination()));
        }
        advice.extend(self.sign_anew());
        Some(Finding::new(code, message).advise(advice))
    }

    /// Returns the commands that bring valid signatures to this server.
    fn sign_anew(self) -> Vec<String> {
        let reference = self.reference.map(|reference| reference.source);
        let reference = reference.filter(|&source| source != Source::Target(self.id));
        let has_fresh = |source: Source| {
            let copy = self.evidence.responses(source).and_then(Responses::copy);
            let signed = copy.is_some_and(|copy| copy.digest.first_to_expire().is_some());
            signed && expiring_signature(self.evidence, source).is_none()
        };
        match reference {
            Some(reference) if !self.may_sign() && has_fresh(reference) => self.copy_reference(),
            _ => advice::sign(self.zone(), self.signer()),
        }
    }

    /// Returns the server that signs the zone, as far as that is known.
    fn signer(self) -> &'e str {
        let known = self.reference.filter(|reference| reference.kind != ReferenceKind::Newest);
        let known = known.and_then(|reference| reference.source.target());
        let itself = self.is_origin().then_some(self.id);
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

    /// The expiry of a signature that is valid for so many seconds, so many milliseconds before its end.
    fn expiry_of(validity: u64, left: i64) -> Option<Expiry> {
        let expires = UNIX_EPOCH + Duration::from_hours(24 * 365);
        let apart = Duration::from_millis(left.unsigned_abs());
        let now = if left < 0 { expires + apart } else { expires - apart };
        let (owner, covered) = ("www.example.com".parse().unwrap(), Rtype(1));
        expiry(&Signature { owner, covered, expires, validity: Duration::from_secs(validity) }, now)
    }

    #[test]
    fn a_signature_with_less_than_three_days_and_a_quarter_of_its_validity_expires_soon() {
        for (validity, last_fine) in [
            (30 * DAY, 3 * DAY),
            (12 * DAY, 3 * DAY),
            (12 * DAY - 4, 3 * DAY - 1),
            (4 * DAY, DAY),
            (3600, 900),
            (4, 1),
        ] {
            let left = i64::try_from(last_fine * 1000).unwrap();
            assert_eq!(expiry_of(validity, left), None, "{validity}");
            let soon = Some(Expiry::Soon(Duration::from_millis(last_fine * 1000 - 1)));
            assert_eq!(expiry_of(validity, left - 1), soon, "{validity}");
        }
    }

    #[test]
    fn a_signature_is_valid_until_the_second_of_its_expiration_is_over() {
        for (left, expected) in [
            (1, Expiry::Soon(Duration::from_millis(1))),
            (0, Expiry::Soon(Duration::ZERO)),
            (-999, Expiry::Soon(Duration::ZERO)),
            (-1000, Expiry::Expired(Duration::from_secs(1))),
            (-86_400_000, Expiry::Expired(Duration::from_secs(DAY))),
        ] {
            assert_eq!(expiry_of(30 * DAY, left), Some(expected), "{left}");
        }
    }

    #[test]
    fn a_signature_that_was_never_valid_expires_at_its_end() {
        assert_eq!(expiry_of(0, 1), None);
        assert_eq!(expiry_of(0, -999), None);
        assert_eq!(expiry_of(0, -1000), Some(Expiry::Expired(Duration::from_secs(1))));
    }
}
