//! What is kept of each channel between two questions: that it failed, or what it said of all zones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::bind::Listing;
use crate::observe::StatusFailure;
use crate::plan::StatusChannel;

/// A channel that failed is not asked again for so long: of a fleet, no zone after the first waits for it.
const FAILURE_AGE: Duration = Duration::from_secs(10);

/// What a server says of all its zones is used for so many times as long as it took to get it.
const AGE_PER_COST: u32 = 50;

/// What a server says of all its zones is used at least for so long: a check of many zones asks once.
const MIN_LISTING_AGE: Duration = Duration::from_secs(1);

/// What a server says of all its zones is used at most for so long: the usual time between two checks of a zone.
const MAX_LISTING_AGE: Duration = Duration::from_mins(1);

/// The memory of each channel. Its lock is the turn to ask.
#[derive(Debug, Default)]
pub(super) struct ChannelMemories {
    channels: Mutex<HashMap<Arc<StatusChannel>, SharedMemory>>,
}

/// The memory of one channel, and the turn to ask it.
type SharedMemory = Arc<tokio::sync::Mutex<ChannelMemory>>;

/// What is known of one channel.
#[derive(Debug, Default)]
pub(super) struct ChannelMemory {
    failed: Option<(Instant, StatusFailure)>,
    /// Kept alive by a task for as long as it may be used.
    listing: Weak<Listing>,
}

impl ChannelMemories {
    /// Returns the memory of a channel. Those of channels that no configuration has any more are dropped.
    pub(super) fn of(&self, channel: &Arc<StatusChannel>) -> SharedMemory {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(memory) = channels.get(channel) {
            return Arc::clone(memory);
        }
        channels.retain(|channel, _| Arc::strong_count(channel) > 1);
        Arc::clone(channels.entry(Arc::clone(channel)).or_default())
    }
}

impl ChannelMemory {
    /// Returns how the channel failed, if that was just now.
    pub(super) fn failure(&self) -> Option<StatusFailure> {
        let (at, failure) = self.failed.as_ref()?;
        (at.elapsed() < FAILURE_AGE).then(|| failure.clone())
    }

    /// Remembers how the channel failed, if another question would fare no better.
    pub(super) fn remember_failure(&mut self, failure: &StatusFailure) {
        self.failed = failure.is_of_channel().then(|| (Instant::now(), failure.clone()));
    }

    /// Returns what the server said of all its zones, if that may still be used.
    pub(super) fn listing(&self) -> Option<Arc<Listing>> {
        self.listing.upgrade()
    }

    /// Remembers what the server said of all its zones, which took this long to get.
    pub(super) fn remember_listing(&mut self, listing: &Arc<Listing>, took: Duration) {
        self.listing = Arc::downgrade(listing);
        let (kept, age) = (Arc::clone(listing), age(took));
        tokio::spawn(async move {
            tokio::time::sleep(age).await;
            drop(kept);
        });
    }
}

/// How long a listing may be used that took this long to get.
fn age(took: Duration) -> Duration {
    took.saturating_mul(AGE_PER_COST).clamp(MIN_LISTING_AGE, MAX_LISTING_AGE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::ControlCommand;

    fn channel(program: &str) -> Arc<StatusChannel> {
        Arc::new(StatusChannel::Nsd(ControlCommand { program: program.to_owned(), arguments: Vec::new() }))
    }

    #[test]
    fn equal_channels_have_one_memory_and_those_that_are_gone_have_none() {
        let memories = ChannelMemories::default();
        let (one, other) = (channel("one"), channel("other"));
        let of_one = memories.of(&one);
        assert!(Arc::ptr_eq(&of_one, &memories.of(&channel("one"))));
        assert!(!Arc::ptr_eq(&of_one, &memories.of(&other)));
        drop(one);
        memories.of(&channel("third"));
        assert!(!Arc::ptr_eq(&of_one, &memories.of(&channel("one"))));
    }

    #[test]
    fn a_failure_of_the_channel_is_remembered_and_one_of_the_zone_is_not() {
        let mut memory = ChannelMemory::default();
        memory.remember_failure(&StatusFailure::UnknownZone);
        assert_eq!(memory.failure(), None);
        memory.remember_failure(&StatusFailure::Timeout);
        assert_eq!(memory.failure(), Some(StatusFailure::Timeout));
    }

    #[tokio::test(start_paused = true)]
    async fn a_listing_is_used_for_a_while_and_then_dropped() {
        let mut memory = ChannelMemory::default();
        memory.remember_listing(&Arc::new(Listing::default()), Duration::from_millis(100));
        assert!(memory.listing().is_some());
        tokio::time::sleep(Duration::from_secs(4)).await;
        assert!(memory.listing().is_some());
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(memory.listing().is_none());
    }

    #[test]
    fn what_is_cheap_to_get_is_got_again_sooner() {
        for (took, kept) in [(1, 1_000), (20, 1_000), (100, 5_000), (10_000, 60_000)] {
            assert_eq!(age(Duration::from_millis(took)), Duration::from_millis(kept));
        }
    }
}
