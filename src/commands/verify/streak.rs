//! Good checks in a row, as `--stable` requires them of every server.

use std::time::Instant;

use crate::expect::Instability;

/// The good checks since the last bad one.
#[derive(Debug, Default)]
pub(super) struct Streak {
    /// The good checks in a row up to now.
    good: u32,
    /// The most good checks in a row.
    longest: u32,
    /// When a check was last bad, and what was bad in it.
    last_bad: Option<(Instant, String)>,
}

impl Streak {
    /// Counts a good check.
    pub(super) fn add_good(&mut self) {
        self.good += 1;
        self.longest = self.longest.max(self.good);
    }

    /// Starts anew after a bad check.
    pub(super) fn end(&mut self, what: Option<String>) {
        self.good = 0;
        self.last_bad = what.map(|what| (Instant::now(), what)).or(self.last_bad.take());
    }

    /// Whether the last check was good.
    pub(super) fn is_good(&self) -> bool {
        self.good > 0
    }

    /// Whether there were so many good checks in a row.
    pub(super) fn has(&self, wanted: u32) -> bool {
        self.good >= wanted
    }

    /// Why there were fewer good checks in a row; `None` if no check was good, for then the report says why.
    pub(super) fn instability(&self, wanted: u32) -> Option<Instability> {
        let last_bad = self.last_bad.as_ref().map(|(when, what)| (when.elapsed(), what.clone()));
        let Self { good, longest, .. } = *self;
        (longest > 0 && !self.has(wanted)).then_some(Instability { wanted, good, longest, last_bad })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_check_ends_the_streak_and_is_remembered() {
        let mut streak = Streak::default();
        assert!(streak.instability(2).is_none());
        streak.add_good();
        streak.add_good();
        streak.end(Some("ns1: SERVFAIL".to_owned()));
        streak.add_good();
        assert!(streak.has(1) && !streak.has(2));
        let Instability { wanted, good, longest, last_bad } = streak.instability(3).unwrap();
        assert_eq!((wanted, good, longest), (3, 1, 2));
        assert_eq!(last_bad.unwrap().1, "ns1: SERVFAIL");
        assert!(streak.instability(1).is_none());
    }
}
