//! When a history must be stored again.
//!
//! A process that monitors a zone for days learns the same again and again. It stores a history that differs
//! materially, and now and then a checkpoint: one time for all zones, up to which no history did.

use std::time::{Duration, SystemTime};

use super::{AddressHistory, History};

/// A check of serials takes less than this.
const MAX_CHECK: Duration = Duration::from_mins(1);

impl History {
    /// Whether this differs from an earlier history in more than the passage of time.
    pub fn differs_materially(&self, earlier: &Self) -> bool {
        self.clone().steady() != earlier.clone().steady()
    }

    /// The same history at a later moment, if nothing material has changed until then.
    #[must_use]
    pub fn advance_to(mut self, moment: SystemTime) -> Self {
        self.addresses.values_mut().for_each(|address| address.advance_to(moment));
        self.downstream = self.downstream.map(|downstream| Box::new(downstream.advance_to(moment)));
        self
    }

    /// Leaves out what changes with every check.
    fn steady(mut self) -> Self {
        self.addresses.values_mut().for_each(AddressHistory::steady);
        self.downstream = self.downstream.map(|downstream| Box::new(downstream.steady()));
        self
    }
}

impl AddressHistory {
    fn steady(&mut self) {
        // It matters whether the last check found it in sync, and not when that was.
        self.last_in_sync = self.last_in_sync.filter(|_| !self.was_in_sync());
        self.last_response = self.last_response.filter(|_| !self.was_answering());
        self.last_checked = None;
        // It is derived from each response anew, and varies by a second.
        self.expires = self.expires.map(|_| SystemTime::UNIX_EPOCH);
    }

    fn advance_to(&mut self, moment: SystemTime) {
        let (in_sync, answering) = (self.was_in_sync(), self.was_answering());
        let later = |time: &mut Option<SystemTime>| *time = (*time).max(Some(moment));
        if self.last_checked.is_none_or(|checked| checked >= moment) {
            return;
        }
        later(&mut self.last_checked);
        if in_sync {
            later(&mut self.last_in_sync);
        }
        if answering {
            later(&mut self.last_response);
        }
    }

    /// Whether the last check got a response: one that came shortly before its end.
    fn was_answering(&self) -> bool {
        let before = |response| self.last_checked?.duration_since(response).ok();
        self.last_response.and_then(before).is_some_and(|before| before < MAX_CHECK)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn at(second: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(second)
    }

    fn history(address: AddressHistory) -> History {
        History { addresses: [("192.0.2.1:53".to_owned(), address)].into(), ..History::default() }
    }

    fn in_sync(second: u64) -> AddressHistory {
        let checked = Some(at(second));
        AddressHistory {
            last_checked: checked,
            last_response: checked,
            last_in_sync: checked,
            ..AddressHistory::default()
        }
    }

    #[test]
    fn time_that_passes_is_no_material_difference() {
        assert!(!history(in_sync(120)).differs_materially(&history(in_sync(60))));
        let silent = |second| AddressHistory { last_checked: Some(at(second)), ..in_sync(60) };
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
    fn an_address_in_sync_stays_so_until_the_checkpoint() {
        assert_eq!(history(in_sync(60)).advance_to(at(600)), history(in_sync(600)));
        assert_eq!(history(in_sync(60)).advance_to(at(30)), history(in_sync(60)));
        let silent = AddressHistory { last_checked: Some(at(200)), ..in_sync(60) };
        let later = AddressHistory { last_checked: Some(at(600)), ..silent.clone() };
        assert_eq!(history(silent).advance_to(at(600)), history(later));
    }
}
