//! The signature that expires first.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::dns::wire::Record;
use crate::dns::{Name, Rtype};

/// A signature and its times (RRSIG, RFC 4034 section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The owner of the RRset that it covers.
    pub owner: Name,
    /// The type of that RRset.
    pub covered: Rtype,
    /// The last second at which it is valid.
    pub expires: SystemTime,
    /// The time from inception to expiration; zero if the expiration is first.
    pub validity: Duration,
}

/// Keeps the signature that expires first of all that are added.
///
/// A signature has 32 bits of each time. They stand for the time nearest to now, at most 68 years before or
/// after it (RFC 4034 section 3.1.5).
#[derive(Debug)]
pub(super) struct EarliestExpiry {
    /// Seconds since 1970.
    now: u64,
    /// The same modulo 2^32.
    now_serial: u32,
    first: Option<SignatureTimes>,
    /// The owner of the first one; the buffer is reused.
    owner: Vec<u8>,
}

/// The type and times of a signature.
#[derive(Clone, Copy, Debug)]
struct SignatureTimes {
    covered: Rtype,
    /// Seconds from now to the expiration; negative if that has passed.
    remaining: i32,
    /// Seconds from inception to expiration; negative if the expiration is first.
    validity: i32,
}

impl EarliestExpiry {
    /// Starts with no signature.
    #[expect(clippy::cast_possible_truncation, reason = "RFC 4034 section 3.1.5 counts modulo 2^32")]
    pub(super) fn new(now: SystemTime) -> Self {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { now, now_serial: now as u32, first: None, owner: Vec::new() }
    }

    /// Adds a signature; RDATA that is too short for the times is passed over.
    ///
    /// Of several that expire at once the first one stays, which is at the apex in a transfer.
    pub(super) fn add(&mut self, record: &Record<'_>) {
        let Some(&[e0, e1, e2, e3, ref inception @ ..]) =
            record.rdata.get(8..).and_then(<[u8]>::first_chunk::<8>)
        else {
            return;
        };
        let expiration = u32::from_be_bytes([e0, e1, e2, e3]);
        let remaining = expiration.wrapping_sub(self.now_serial).cast_signed();
        if self.first.is_none_or(|first| remaining < first.remaining) {
            let validity = expiration.wrapping_sub(u32::from_be_bytes(*inception)).cast_signed();
            self.first = Some(SignatureTimes { covered: Rtype(record.covered()), remaining, validity });
            self.owner.clear();
            self.owner.extend_from_slice(record.owner);
        }
    }

    /// Returns the signature that expires first.
    pub(super) fn first(&self) -> Option<Signature> {
        let SignatureTimes { covered, remaining, validity } = self.first?;
        let expires = Duration::from_secs(self.now.saturating_add_signed(remaining.into()));
        Some(Signature {
            owner: Name::from_wire(&self.owner)?,
            covered,
            expires: UNIX_EPOCH.checked_add(expires)?,
            validity: Duration::from_secs(u64::try_from(validity).unwrap_or(0)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// When the times of RRSIGs wrap around: 7 February 2106.
    const WRAP: u64 = 1 << 32;

    /// The RDATA of a signature over an A RRset, up to the signer's name.
    fn rrsig(inception: u32, expiration: u32) -> Vec<u8> {
        let times = [expiration.to_be_bytes(), inception.to_be_bytes()].concat();
        [&[0, 1, 13, 2, 0, 0, 14, 16], times.as_slice(), b"\0\x07\x04test\0"].concat()
    }

    /// Adds signatures, the first of `a.test`, the second of `b.test`, and returns the one that expires first.
    fn first(now: u64, all: &[Vec<u8>]) -> Option<Signature> {
        let mut expiry = EarliestExpiry::new(UNIX_EPOCH + Duration::from_secs(now));
        for (letter, rdata) in (b'a'..=b'z').cycle().zip(all) {
            let owner = [&[1, letter][..], b"\x04test\0"].concat();
            expiry.add(&Record::new(&owner, Rtype::RRSIG, 3600, rdata));
        }
        expiry.first()
    }

    fn seconds(time: SystemTime) -> u64 {
        time.duration_since(UNIX_EPOCH).unwrap().as_secs()
    }

    #[test]
    fn expiration_is_the_time_nearest_to_now() {
        for (now, expiration, expected) in [
            (1_800_000_000, 1_800_000_001, 1_800_000_001),
            (1_800_000_000, 1_799_999_999, 1_799_999_999),
            // On both sides of the wrap.
            (WRAP - 10, u32::MAX, WRAP - 1),
            (WRAP - 10, 5, WRAP + 5),
            (WRAP + 10, u32::MAX, WRAP - 1),
            (WRAP + 10, 5, WRAP + 5),
            // As far from now as a time can be.
            (WRAP, (1 << 31) - 1, WRAP + (1 << 31) - 1),
            (WRAP, 1 << 31, WRAP / 2),
            // No time is before 1970.
            (1000, u32::MAX, 0),
        ] {
            let signature = first(now, &[rrsig(expiration.wrapping_sub(60), expiration)]).unwrap();
            assert_eq!(seconds(signature.expires), expected, "{expiration} at {now}");
            assert_eq!(signature.validity, Duration::from_mins(1), "{expiration} at {now}");
        }
    }

    #[test]
    fn the_first_to_expire_is_kept_with_its_owner_and_its_validity() {
        let all = [rrsig(100, 900), rrsig(50, 700), rrsig(200, 800), rrsig(300, 700)];
        let expected = Signature {
            owner: "b.test".parse().unwrap(),
            covered: Rtype(1),
            expires: UNIX_EPOCH + Duration::from_secs(700),
            validity: Duration::from_secs(650),
        };
        assert_eq!(first(750, &all), Some(expected));
    }

    #[test]
    fn a_time_before_the_wrap_is_earlier_than_one_after_it() {
        let all = [rrsig(0, 3), rrsig(0, u32::MAX), rrsig(0, 4)];
        assert_eq!(first(WRAP, &all).unwrap().owner, "b.test".parse().unwrap());
    }

    #[test]
    fn a_signature_that_expires_before_its_inception_has_no_validity() {
        assert_eq!(first(750, &[rrsig(800, 700)]).unwrap().validity, Duration::ZERO);
        assert_eq!(first(750, &[rrsig(700, 700)]).unwrap().validity, Duration::ZERO);
    }

    #[test]
    fn rdata_that_is_too_short_for_the_times_is_passed_over() {
        for length in 0..16 {
            assert_eq!(first(750, &[rrsig(0, 700)[..length].to_vec()]), None, "{length}");
        }
        assert!(first(750, &[rrsig(0, 700)[..16].to_vec()]).is_some());
        assert_eq!(first(750, &[]), None);
    }

    proptest! {
        #[test]
        fn the_first_to_expire_has_the_least_of_the_nearest_times(
            now in WRAP..2 * WRAP,
            expirations in prop::collection::vec(any::<u32>(), 1..20),
        ) {
            let candidates = |expiration: u32| {
                (0..3).map(move |turn| u64::from(expiration) + turn * WRAP)
            };
            let nearest = |expiration: &u32| {
                candidates(*expiration).min_by_key(|time| time.abs_diff(now)).unwrap()
            };
            let signatures: Vec<_> = expirations.iter().map(|&expiration| rrsig(0, expiration)).collect();
            let found = first(now, &signatures).unwrap();
            prop_assert_eq!(Some(seconds(found.expires)), expirations.iter().map(nearest).min());
        }
    }
}
