//! The signature that runs out first.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::dns::wire::Record;
use crate::dns::{Name, Rtype};

/// What is told of one signature (RRSIG, RFC 4034 section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The owner of the RRset that it signs.
    pub owner: Name,
    /// The type of that RRset.
    pub covered: Rtype,
    /// The last second at which it holds.
    pub expires: SystemTime,
    /// From its inception to its expiration; nothing if it expires before it begins.
    pub validity: Duration,
}

/// Looks at the times of signatures, one after the other, and keeps the one that runs out first.
///
/// A signature has room for 32 bits of each time. They are taken as the time nearest to now: at most 68
/// years before or after it (RFC 4034 section 3.1.5).
#[derive(Debug)]
pub(super) struct Expiry {
    /// Seconds since 1970.
    now: u64,
    /// The same in 32 bits.
    now_in_short: u32,
    first: Option<Times>,
    /// The owner of the first one; used again whenever another one is.
    owner: Vec<u8>,
}

/// What was kept of a signature beside its owner.
#[derive(Clone, Copy, Debug)]
struct Times {
    covered: Rtype,
    /// Seconds from now to its end; less than nothing if that has passed.
    left: i32,
    /// Seconds from its inception to its expiration; less than nothing if it expires before it begins.
    validity: i32,
}

impl Expiry {
    /// Starts with no signature.
    #[expect(clippy::cast_possible_truncation, reason = "RFC 4034 section 3.1.5 counts modulo 2^32")]
    pub(super) fn new(now: SystemTime) -> Self {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { now, now_in_short: now as u32, first: None, owner: Vec::new() }
    }

    /// Looks at one more; what is too short to be a signature is none.
    ///
    /// Of several that run out at once the first stays, which is the apex's as zones are sent.
    pub(super) fn add(&mut self, record: &Record<'_>) {
        let Some(&[e0, e1, e2, e3, ref inception @ ..]) =
            record.rdata.get(8..).and_then(<[u8]>::first_chunk::<8>)
        else {
            return;
        };
        let expiration = u32::from_be_bytes([e0, e1, e2, e3]);
        let left = expiration.wrapping_sub(self.now_in_short).cast_signed();
        if self.first.is_none_or(|first| left < first.left) {
            let validity = expiration.wrapping_sub(u32::from_be_bytes(*inception)).cast_signed();
            self.first = Some(Times { covered: Rtype(record.covered()), left, validity });
            self.owner.clear();
            self.owner.extend_from_slice(record.owner);
        }
    }

    /// Returns the one that runs out first.
    pub(super) fn first(&self) -> Option<Signature> {
        let Times { covered, left, validity } = self.first?;
        let expires = Duration::from_secs(self.now.saturating_add_signed(left.into()));
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
    use crate::dns::wire::CLASS_IN;

    /// When RRSIGs count from 0 again: 7 February 2106.
    const WRAP: u64 = 1 << 32;

    /// A signature over the A records of a name, up to its signer.
    fn rrsig(inception: u32, expiration: u32) -> Vec<u8> {
        let times = [expiration.to_be_bytes(), inception.to_be_bytes()].concat();
        [&[0, 1, 13, 2, 0, 0, 14, 16], times.as_slice(), b"\0\x07\x04test\0"].concat()
    }

    /// Looks at so many signatures, the first of `a.test`, the next of `b.test`.
    fn first(now: u64, all: &[Vec<u8>]) -> Option<Signature> {
        let mut expiry = Expiry::new(UNIX_EPOCH + Duration::from_secs(now));
        for (letter, rdata) in (b'a'..=b'z').cycle().zip(all) {
            let owner = [&[1, letter][..], b"\x04test\0"].concat();
            expiry.add(&Record { owner: &owner, rtype: Rtype::RRSIG, class: CLASS_IN, ttl: 3600, rdata });
        }
        expiry.first()
    }

    fn seconds(time: SystemTime) -> u64 {
        time.duration_since(UNIX_EPOCH).unwrap().as_secs()
    }

    #[test]
    fn a_time_is_the_one_nearest_to_now() {
        for (now, expiration, expected) in [
            (1_800_000_000, 1_800_000_001, 1_800_000_001),
            (1_800_000_000, 1_799_999_999, 1_799_999_999),
            // What 32 bits hold twice within a century and a half.
            (WRAP - 10, u32::MAX, WRAP - 1),
            (WRAP - 10, 5, WRAP + 5),
            (WRAP + 10, u32::MAX, WRAP - 1),
            (WRAP + 10, 5, WRAP + 5),
            // As far away as a time can be.
            (WRAP, (1 << 31) - 1, WRAP + (1 << 31) - 1),
            (WRAP, 1 << 31, WRAP / 2),
            // Before 1970 there was no signature.
            (1000, u32::MAX, 0),
        ] {
            let signature = first(now, &[rrsig(expiration.wrapping_sub(60), expiration)]).unwrap();
            assert_eq!(seconds(signature.expires), expected, "{expiration} at {now}");
            assert_eq!(signature.validity, Duration::from_mins(1), "{expiration} at {now}");
        }
    }

    #[test]
    fn the_first_to_run_out_is_kept_with_its_owner_and_its_validity() {
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
    fn the_first_across_the_wrap_is_the_one_before_it() {
        let all = [rrsig(0, 3), rrsig(0, u32::MAX), rrsig(0, 4)];
        assert_eq!(first(WRAP, &all).unwrap().owner, "b.test".parse().unwrap());
    }

    #[test]
    fn a_signature_that_expires_before_it_begins_is_never_valid() {
        assert_eq!(first(750, &[rrsig(800, 700)]).unwrap().validity, Duration::ZERO);
        assert_eq!(first(750, &[rrsig(700, 700)]).unwrap().validity, Duration::ZERO);
    }

    #[test]
    fn what_is_too_short_for_two_times_is_no_signature() {
        for length in 0..16 {
            assert_eq!(first(750, &[rrsig(0, 700)[..length].to_vec()]), None, "{length}");
        }
        assert!(first(750, &[rrsig(0, 700)[..16].to_vec()]).is_some());
        assert_eq!(first(750, &[]), None);
    }

    proptest! {
        #[test]
        fn the_first_to_run_out_is_the_least_of_the_nearest_times(
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
