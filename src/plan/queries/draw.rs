//! Which names of a zone are drawn, where only a part of it is asked.

use crate::dns::Name;
use crate::plan::Cover;
use crate::siphash::SipHash;

/// A draw of names: those whose keyed hash is in a half-open window of all hashes.
///
/// The windows of one key that begin where the one before ended draw every name in turn, and none twice before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    key: [u8; 16],
    start: u64,
    /// The length of the window; `None` for all hashes.
    length: Option<u64>,
}

/// The number of hashes.
const HASHES: f64 = 18_446_744_073_709_551_616.0;

impl Draw {
    /// Every name.
    pub fn all() -> Self {
        Self { key: [0; 16], start: 0, length: None }
    }

    /// The names in the window from a hash, with this share of all hashes. It draws every name from a share of 1.
    pub fn window(key: [u8; 16], start: u64, share: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
        let length = (share * HASHES) as u64;
        Self { key, start, length: (share < 1.0).then_some(length.max(1)) }
    }

    /// Draws as much of a zone as the user wants, from a hash; `rrsets` are all that it has.
    pub fn cover(cover: Cover, rrsets: u64, key: [u8; 16], start: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "no zone has 2^53 RRsets")]
        let share = match cover {
            Cover::Share(share) => share,
            Cover::Count(count) => count as f64 / rrsets.max(1) as f64,
        };
        Self::window(key, start, share)
    }

    /// Whether a name is drawn.
    pub fn contains(&self, name: &Name) -> bool {
        let Some(length) = self.length else { return true };
        hash(self.key, name).wrapping_sub(self.start) < length
    }

    /// The first of the hashes that it draws, and their number; `None` for all.
    pub fn hashes(&self) -> Option<(u64, u64)> {
        self.length.map(|length| (self.start, length))
    }
}

/// Returns the keyed hash of a name.
pub(super) fn hash(key: [u8; 16], name: &Name) -> u64 {
    (SipHash::new(key).finish(name.as_wire()) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hash at which the window after a draw begins.
    fn end(draw: &Draw) -> u64 {
        draw.hashes().map_or(0, |(start, length)| start.wrapping_add(length))
    }

    fn names() -> impl Iterator<Item = Name> {
        (0..10_000).map(|number| format!("host{number}.example").parse().unwrap())
    }

    #[test]
    fn windows_one_after_another_draw_every_name_once() {
        let key = [7; 16];
        let mut draws = vec![Draw::window(key, u64::MAX - 5, 0.25)];
        for _ in 0..3 {
            draws.push(Draw::window(key, end(draws.last().unwrap()), 0.25));
        }
        for name in names() {
            assert_eq!(draws.iter().filter(|draw| draw.contains(&name)).count(), 1, "{name}");
        }
        assert_eq!(end(draws.last().unwrap()), u64::MAX - 5);
    }

    #[test]
    fn a_window_draws_about_its_share_of_the_names() {
        for (cover, expected) in
            [(Cover::Share(0.1), 1000), (Cover::Count(500), 500), (Cover::Count(1 << 60), 10_000)]
        {
            let draw = Draw::cover(cover, 10_000, [1; 16], 1 << 63);
            let drawn = names().filter(|name| draw.contains(name)).count();
            assert!(drawn.abs_diff(expected) < 100, "{cover}: {drawn}");
        }
        assert_eq!(Draw::cover(Cover::Count(1), 0, [1; 16], 0).hashes(), None);
        assert_eq!((Draw::window([0; 16], 0, 1.0).hashes(), Draw::all().hashes()), (None, None));
        assert_eq!(Draw::window([0; 16], 3, 0.125).hashes(), Some((3, 1 << 61)));
    }
}
