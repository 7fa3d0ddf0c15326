//! The part of all zones that one of several processes checks.

use std::fmt;
use std::str::FromStr;

use md5::{Digest as _, Md5};

use crate::dns::Name;

/// One of several parts of all zones.
///
/// A zone is in the part that the `hashmod` of Prometheus gives for its name: the MD5 of the name in lower case without
/// the final dot, of which the last eight bytes are a number, modulo the number of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

/// Why a text or two numbers are no shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseShardError {
    /// The text has another form.
    #[error("`{}` is not a shard; write K/N, as in 0/3, 1/3 and 2/3", .0.escape_debug())]
    Form(String),
    /// There are no shards.
    #[error("there is no shard of 0; write K/N, as in 0/3, 1/3 and 2/3")]
    None,
    /// The index is too large; the number of shards.
    #[error("there is no shard {index} of {count}: the shards are 0 to {}", .count - 1)]
    Index {
        /// The index.
        index: u32,
        /// The number of shards.
        count: u32,
    },
}

impl Shard {
    /// The shard with this index, which counts from 0, of so many.
    pub fn new(index: u32, count: u32) -> Result<Self, ParseShardError> {
        match count {
            0 => Err(ParseShardError::None),
            _ if index >= count => Err(ParseShardError::Index { index, count }),
            _ => Ok(Self { index, count }),
        }
    }

    /// Its index, which counts from 0.
    pub fn index(self) -> u32 {
        self.index
    }

    /// The number of shards.
    pub fn count(self) -> u32 {
        self.count
    }

    /// Whether a zone is in it.
    pub fn has(self, zone: &Name) -> bool {
        let hash = Md5::digest(zone.without_final_dot());
        let (_, last) = hash.split_last_chunk().expect("MD5 has 16 bytes");
        u64::from_be_bytes(*last) % u64::from(self.count) == u64::from(self.index)
    }

    /// Whether a line of a list is in it: one that names no zone is in the first shard.
    pub fn has_line(self, zone: Option<&Name>) -> bool {
        zone.map_or(self.index == 0, |zone| self.has(zone))
    }
}

impl FromStr for Shard {
    type Err = ParseShardError;

    fn from_str(text: &str) -> Result<Self, ParseShardError> {
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|_| is_number)
        };
        let numbers = text.split_once('/').and_then(|(index, count)| Some((number(index)?, number(count)?)));
        let (index, count) = numbers.ok_or_else(|| ParseShardError::Form(text.to_owned()))?;
        Self::new(index, count)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shard of a zone among so many.
    fn shard_of(zone: &str, count: u32) -> u32 {
        let zone: Name = zone.parse().unwrap();
        let of = |index| Shard::new(index, count).unwrap();
        let found: Vec<u32> = (0..count).filter(|index| of(*index).has(&zone)).collect();
        let [only] = found.as_slice() else { panic!("{zone} is in {found:?}") };
        *only
    }

    #[test]
    fn a_zone_is_in_the_shard_that_prometheus_gives() {
        for (zone, of_three, of_ten, of_256) in VECTORS {
            assert_eq!(
                (shard_of(zone, 3), shard_of(zone, 10), shard_of(zone, 256)),
                (of_three, of_ten, of_256),
                "{zone}"
            );
        }
        assert_eq!(shard_of("example.com", 1), 0);
    }

    /// Made by another implementation: `int.from_bytes(hashlib.md5(name).digest()[8:], "big") % n`.
    const VECTORS: [(&str, u32, u32, u32); 5] = [
        ("example.com", 2, 0, 114),
        ("example.net", 0, 1, 23),
        (".", 1, 7, 157),
        ("xn--bcher-kva.example", 2, 2, 6),
        ("0.168.192.in-addr.arpa", 2, 3, 19),
    ];

    #[test]
    fn the_case_and_the_final_dot_of_a_name_do_not_count() {
        assert_eq!(shard_of("Example.COM.", 1000), shard_of("example.com", 1000));
        assert_eq!(shard_of("BÜCHER.example", 1000), shard_of("xn--bcher-kva.example", 1000));
    }

    #[test]
    fn what_is_no_shard_is_refused_with_the_right_form() {
        assert_eq!("2/3".parse::<Shard>().unwrap().to_string(), "2/3");
        for (text, part) in [
            ("3/3", "the shards are 0 to 2"),
            ("0/0", "no shard of 0"),
            ("1", "write K/N"),
            ("", "write K/N"),
            ("-1/3", "write K/N"),
            ("+1/3", "write K/N"),
            ("1/3/5", "write K/N"),
            ("1 / 3", "write K/N"),
            ("0/4294967296", "write K/N"),
        ] {
            let error = text.parse::<Shard>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn a_line_that_names_no_zone_is_in_the_first_shard() {
        let first: Shard = "0/2".parse().unwrap();
        let second: Shard = "1/2".parse().unwrap();
        assert!(first.has_line(None) && !second.has_line(None));
    }
}
