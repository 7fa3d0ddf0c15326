//! SOA serials, compared by the serial number arithmetic of RFC 1982.
//!
//! `Serial` has no `Ord`: the order of serials is neither total nor transitive, so `max` and `sort` on
//! them are bugs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Half of the serial number space, at which the order of two serials is undefined (RFC 1982 section 3.2).
const HALF: u32 = 1 << 31;

/// The serial of a zone (RFC 1035 section 3.3.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Serial(pub u32);

/// How another serial compares to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialOrder {
    /// The serials are equal.
    Same,
    /// The other serial is older, by this number of steps.
    Behind(u32),
    /// The other serial is newer, by this number of steps.
    Ahead(u32),
    /// The serials are exactly 2^31 apart, for which RFC 1982 defines no order.
    Undefined,
}

/// The serials that a primary publishes, one after the other, to become newer than another serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialSteps {
    /// One new serial is enough.
    One(Serial),
    /// The first must reach all servers before the second is published.
    Two(Serial, Serial),
}

impl Serial {
    /// Compares `other` to this serial.
    pub fn compare(self, other: Self) -> SerialOrder {
        match other.0.wrapping_sub(self.0) {
            0 => SerialOrder::Same,
            HALF => SerialOrder::Undefined,
            ahead if ahead < HALF => SerialOrder::Ahead(ahead),
            behind => SerialOrder::Behind(behind.wrapping_neg()),
        }
    }

    /// Whether this serial is newer than `other`.
    pub fn is_newer_than(self, other: Self) -> bool {
        matches!(self.compare(other), SerialOrder::Behind(_))
    }

    /// Returns the serials that take a primary from this serial past `other`.
    ///
    /// RFC 1982 section 3.1 allows steps of at most 2^31 − 1; a target further away takes two.
    pub fn steps_past(self, other: Self) -> SerialSteps {
        let target = other.next();
        match self.compare(target) {
            SerialOrder::Ahead(_) => SerialSteps::One(target),
            SerialOrder::Same | SerialOrder::Behind(_) | SerialOrder::Undefined => {
                SerialSteps::Two(Self(self.0.wrapping_add(HALF - 1)), target)
            }
        }
    }

    /// The next serial.
    pub fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rfc_1982_section_5_2_examples_hold_for_32_bits() {
        assert_eq!(Serial(0).compare(Serial(1)), SerialOrder::Ahead(1));
        assert_eq!(Serial(44).compare(Serial(0)), SerialOrder::Behind(44));
        assert_eq!(Serial(u32::MAX).compare(Serial(0)), SerialOrder::Ahead(1));
        assert_eq!(Serial(100).compare(Serial(100 + HALF)), SerialOrder::Undefined);
        assert_eq!(Serial(0).compare(Serial(HALF)), SerialOrder::Undefined);
    }

    #[test]
    fn zero_is_newer_than_a_serial_in_the_high_half() {
        assert!(Serial(0).is_newer_than(Serial(3_933_516_418)));
        assert!(Serial(3_020_645_816).is_newer_than(Serial(2_020_060_600)));
    }

    #[test]
    fn a_serial_exactly_half_away_takes_two_steps() {
        let primary = Serial(7);
        let secondary = Serial(7 + HALF);
        assert_eq!(primary.steps_past(secondary), SerialSteps::Two(Serial(7 + HALF - 1), Serial(8 + HALF)));
    }

    proptest! {
        #[test]
        fn the_order_is_antisymmetric(a: u32, b: u32) {
            let mirrored = match Serial(b).compare(Serial(a)) {
                SerialOrder::Behind(n) => SerialOrder::Ahead(n),
                SerialOrder::Ahead(n) => SerialOrder::Behind(n),
                same => same,
            };
            prop_assert_eq!(Serial(a).compare(Serial(b)), mirrored);
        }

        #[test]
        fn a_serial_n_steps_on_is_ahead_by_n(s: u32, n in 1..HALF) {
            prop_assert_eq!(Serial(s).compare(Serial(s.wrapping_add(n))), SerialOrder::Ahead(n));
        }

        #[test]
        fn every_step_is_newer_than_the_one_before(primary: u32, secondary: u32) {
            match Serial(primary).steps_past(Serial(secondary)) {
                SerialSteps::One(only) => {
                    prop_assert!(only.is_newer_than(Serial(primary)));
                    prop_assert!(only.is_newer_than(Serial(secondary)));
                }
                SerialSteps::Two(first, second) => {
                    prop_assert!(first.is_newer_than(Serial(primary)));
                    prop_assert!(second.is_newer_than(Serial(secondary)));
                    prop_assert!(second.is_newer_than(first) || second == first);
                }
            }
        }
    }
}
