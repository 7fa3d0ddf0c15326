//! What of a history changes at every look, and what is news.
//!
//! A process that watches a zone for days sees the same again and again. It writes down news, and now and then
//! one time for all zones, up to which there were none.

use std::time::{Duration, SystemTime};

use super::{AddressHistory, History};

/// A look at serials takes less.
const LONGEST_LOOK: Duration = Duration::from_mins(1);

impl History {
    /// Returns whether this tells more than another did at an earlier look, beside that time has passed.
    pub fn differs_materially(&self, earlier: &Self) -> bool {
        self.clone().steady() != earlier.clone().steady()
    }

    /// Returns what is known if there was no news up to a moment.
    #[must_use]
    pub fn advance_to(mut self, moment: SystemTime) -> Self {
        self.addresses.values_mut().for_each(|past| past.advance_to(moment));
        self
    }

    /// Leaves out what changes at every look.
    fn steady(mut self) -> Self {
        self.addresses.values_mut().for_each(AddressHistory::steady);
        self
    }
}

impl AddressHistory {
    fn steady(&mut self) {
        // Whether it was in sync at the last look is news, and when that was is not.
        self.last_in_sync = self.last_in_sync.filter(|_| !self.is_in_sync());
        self.last_answer = self.last_answer.filter(|_| !self.is_answering());
        self.last_looked = None;
        // It is counted anew from each answer, and moves by a second here and there.
        self.expires = self.expires.map(|_| SystemTime::UNIX_EPOCH);
    }

    fn advance_to(&mut self, moment: SystemTime) {
        let (in_sync, answering) = (self.is_in_sync(), self.is_answering());
        let later = |time: &mut Option<SystemTime>| *time = (*time).max(Some(moment));
        if self.last_looked.is_none_or(|looked| looked >= moment) {
            return;
        }
        later(&mut self.last_looked);
        if in_sync {
            later(&mut self.last_in_sync);
        }
        if answering {
            later(&mut self.last_answer);
        }
    }

    fn is_in_sync(&self) -> bool {
        self.last_in_sync.is_some() && self.last_in_sync == self.last_looked
    }

    /// Returns whether the last look got an answer: that came shortly before its end.
    fn is_answering(&self) -> bool {
        let before = |answer| self.last_looked?.duration_since(answer).ok();
        self.last_answer.and_then(before).is_some_and(|before| before < LONGEST_LOOK)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn at(second: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(second)
    }

    fn history(past: AddressHistory) -> History {
        History { addresses: [("192.0.2.1:53".to_owned(), past)].into(), ..History::default() }
    }

    fn in_sync(second: u64) -> AddressHistory {
        let seen = Some(at(second));
        AddressHistory {
            last_looked: seen,
            last_answer: seen,
            last_in_sync: seen,
            ..AddressHistory::default()
        }
    }

    #[test]
    fn time_that_passes_is_no_news() {
        assert!(!history(in_sync(120)).differs_materially(&history(in_sync(60))));
        let silent = |second| AddressHistory { last_looked: Some(at(second)), ..in_sync(60) };
        assert!(history(silent(130)).differs_materially(&history(in_sync(60))));
        assert!(!history(silent(190)).differs_materially(&history(silent(130))));
        let lagging = |second| AddressHistory {
            lagging_since: Some(at(100)),
            expires: Some(at(second)),
            ..silent(120)
        };
        assert!(!history(lagging(900)).differs_materially(&history(lagging(901))));
        assert!(history(lagging(900)).differs_materially(&history(silent(120))));
    }

    #[test]
    fn what_was_in_sync_and_without_news_stayed_so() {
        assert_eq!(history(in_sync(60)).advance_to(at(600)), history(in_sync(600)));
        assert_eq!(history(in_sync(60)).advance_to(at(30)), history(in_sync(60)));
        let silent = AddressHistory { last_looked: Some(at(200)), ..in_sync(60) };
        let later = AddressHistory { last_looked: Some(at(600)), ..silent.clone() };
        assert_eq!(history(silent).advance_to(at(600)), history(later));
    }
}
