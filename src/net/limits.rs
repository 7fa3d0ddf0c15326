//! How many queries and transfers run at once, overall and for each address.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::pruned_map::PrunedMap;

/// Queries to one address hold at most one permit of this many.
const MAX_SHARE: usize = 4;

/// As many queries may be sent to one address at once, however few permits there are.
const MIN_QUERIES_PER_ADDRESS: usize = 16;

/// One of many queries to an address reserves places for as many of them as are due within this time.
const RESERVED_TIME: Duration = Duration::from_millis(10);

/// The least time between two queries to an address of other people, unless the user sets a rate.
const POLITE_INTERVAL: Duration = Duration::from_millis(100);

/// How long an address is remembered at least, after the last query that was sent at a rate.
const REMEMBERED_TIME: Duration = Duration::from_mins(1);

/// Limits the queries and transfers of all zones.
#[derive(Debug)]
pub struct QueryLimiter {
    overall: Arc<Semaphore>,
    /// The least time between two queries to one address, if the user sets a rate.
    query_interval: Option<Duration>,
    queries_per_address: usize,
    transfers_per_address: usize,
    addresses: Mutex<PrunedMap<SocketAddr, Arc<AddressLimiter>>>,
}

#[derive(Debug)]
struct AddressLimiter {
    queries: Arc<Semaphore>,
    transfers: Arc<Semaphore>,
    /// The least time between two queries, if there is one.
    query_interval: OnceLock<Duration>,
    /// When the next query may be sent.
    next_query: Mutex<Instant>,
}

/// The permission to send a query or to begin a transfer; returned when dropped.
#[derive(Debug)]
pub struct Permit {
    _overall: Option<OwnedSemaphorePermit>,
    _address: Option<OwnedSemaphorePermit>,
}

impl QueryLimiter {
    /// Allows `concurrency` queries and transfers in all, and for each address `transfers_per_address`
    /// transfers at once, and a query in each `query_interval`.
    pub fn new(concurrency: usize, transfers_per_address: usize, query_interval: Option<Duration>) -> Self {
        Self {
            overall: Arc::new(Semaphore::new(concurrency.max(1))),
            query_interval,
            queries_per_address: (concurrency / MAX_SHARE).max(concurrency.clamp(1, MIN_QUERIES_PER_ADDRESS)),
            transfers_per_address: transfers_per_address.max(1),
            addresses: Mutex::default(),
        }
    }

    /// The most transfers from one address at once.
    pub fn transfers_per_address(&self) -> usize {
        self.transfers_per_address
    }

    /// Sends an address ten queries a second at most from now on, unless the user sets a rate.
    pub fn be_polite_to(&self, address: SocketAddr) {
        // It fails where there is a rate already.
        let _ = self.address_limiter(address).query_interval.set(POLITE_INTERVAL);
    }

    /// The number of queries that may be sent to an address within a time; `None` for any number.
    pub fn queries_within(&self, address: SocketAddr, time: Duration) -> Option<u64> {
        let interval = self.address_limiter(address).query_interval.get()?.as_nanos().max(1);
        Some(u64::try_from(time.as_nanos() / interval).unwrap_or(u64::MAX))
    }

    /// Waits until a query may be sent to an address.
    ///
    /// Queries to one address hold a part of all permits at most, so that a slow server keeps no other waiting.
    pub async fn acquire_query(&self, address: SocketAddr) -> Permit {
        let limiter = self.address_limiter(address);
        if let Some(&interval) = limiter.query_interval.get() {
            tokio::time::sleep_until(limiter.reserve_time(interval)).await;
        }
        let address =
            Arc::clone(&limiter.queries).acquire_owned().await.expect("the semaphore is never closed");
        Permit { _overall: Some(self.acquire_overall().await), _address: Some(address) }
    }

    /// Waits until a transfer from an address may begin.
    pub async fn acquire_transfer(&self, address: SocketAddr) -> Permit {
        // The permit of the address comes first: while it is awaited, no overall permit is held.
        let transfers = Arc::clone(&self.address_limiter(address).transfers);
        let address = transfers.acquire_owned().await.expect("the semaphore is never closed");
        Permit { _overall: Some(self.acquire_overall().await), _address: Some(address) }
    }

    /// Reserves the time at which some more of many queries may be sent to an address, at most `max` of them.
    ///
    /// They are few where `max_qps` is low, so that the queries of other zones get their turns.
    pub(super) fn reserve_queries(&self, address: SocketAddr, max: usize) -> (usize, Instant) {
        let limiter = self.address_limiter(address);
        let Some(&interval) = limiter.query_interval.get() else { return (max, Instant::now()) };
        let due = RESERVED_TIME.as_nanos() / interval.as_nanos().max(1);
        let count = max.min(usize::try_from(due).unwrap_or(max)).max(1);
        let others = interval * u32::try_from(count - 1).unwrap_or(u32::MAX);
        // None of them is sent before its own time.
        (count, limiter.reserve_time(others + interval) + others)
    }

    async fn acquire_overall(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.overall).acquire_owned().await.expect("the semaphore is never closed")
    }

    fn address_limiter(&self, address: SocketAddr) -> Arc<AddressLimiter> {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.prune(|limiter| Arc::strong_count(limiter) > 1 || limiter.is_in_use());
        let limiter = addresses.entries.entry(address).or_insert_with(|| {
            Arc::new(AddressLimiter {
                queries: Arc::new(Semaphore::new(self.queries_per_address)),
                transfers: Arc::new(Semaphore::new(self.transfers_per_address)),
                query_interval: self.query_interval.map(OnceLock::from).unwrap_or_default(),
                next_query: Mutex::new(Instant::now()),
            })
        });
        Arc::clone(limiter)
    }
}

impl AddressLimiter {
    /// Whether queries or transfers are running, or the rate of the last ones still matters.
    fn is_in_use(&self) -> bool {
        let next = *self.next_query.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::strong_count(&self.queries) > 1
            || Arc::strong_count(&self.transfers) > 1
            || next + REMEMBERED_TIME > Instant::now()
    }

    /// Reserves the next time at which a query may be sent to this address, and keeps it free for `time`.
    fn reserve_time(&self, time: Duration) -> Instant {
        let mut next = self.next_query.lock().unwrap_or_else(PoisonError::into_inner);
        let start = Instant::now().max(*next);
        *next = start + time;
        start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn queries_to_one_address_are_sent_at_the_rate_allowed() {
        let limiter = QueryLimiter::new(10, 2, Some(Duration::from_millis(100)));
        let (one, other) = ("127.0.0.1:53".parse().unwrap(), "127.0.0.2:53".parse().unwrap());
        let started = Instant::now();
        for _ in 0..5 {
            limiter.acquire_query(one).await;
            limiter.acquire_query(other).await;
        }
        assert_eq!(started.elapsed().as_millis() / 100, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn many_queries_to_one_address_leave_every_other_turn_to_single_ones() {
        let address = "127.0.0.1:53".parse().unwrap();
        let started = Instant::now();
        let limiter = QueryLimiter::new(10, 2, Some(Duration::from_millis(100)));
        let mut turns = Vec::new();
        for _ in 0..3 {
            let (count, at) = limiter.reserve_queries(address, 256);
            turns.push((count, at.duration_since(started).as_millis()));
            limiter.acquire_query(address).await;
        }
        assert_eq!(turns, [(1, 0), (1, 200), (1, 400)]);
        let limiter = QueryLimiter::new(10, 2, Some(Duration::from_millis(1)));
        let started = Instant::now();
        let at = |(count, at): (usize, Instant)| (count, at.duration_since(started).as_millis());
        assert_eq!(at(limiter.reserve_queries(address, 256)), (10, 9));
        assert_eq!(at(limiter.reserve_queries(address, 4)), (4, 13));
        assert_eq!(QueryLimiter::new(10, 2, None).reserve_queries(address, 256).0, 256);
    }

    #[tokio::test(start_paused = true)]
    async fn addresses_of_other_people_get_ten_queries_a_second_unless_the_user_sets_a_rate() {
        let (other_people, own) = ("127.0.0.1:53".parse().unwrap(), "127.0.0.2:53".parse().unwrap());
        for (rate, tenths) in [(None, 4), (Some(5), 8), (Some(1000), 0)] {
            let interval = rate.map(|rate| Duration::from_secs(1) / rate);
            let limiter = QueryLimiter::new(10, 2, interval);
            limiter.be_polite_to(other_people);
            let started = Instant::now();
            for _ in 0..5 {
                limiter.acquire_query(other_people).await;
                limiter.acquire_query(own).await;
            }
            assert_eq!(started.elapsed().as_millis() / 100, tenths, "{rate:?}");
        }
        let limiter = QueryLimiter::new(10, 2, None);
        limiter.be_polite_to(other_people);
        assert_eq!(
            (limiter.reserve_queries(other_people, 256).0, limiter.reserve_queries(own, 256).0),
            (1, 256)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_third_transfer_from_one_address_waits() {
        let limiter = QueryLimiter::new(10, 2, None);
        let address = "127.0.0.1:53".parse().unwrap();
        let _held = (limiter.acquire_transfer(address).await, limiter.acquire_transfer(address).await);
        let third = tokio::time::timeout(Duration::from_mins(1), limiter.acquire_transfer(address)).await;
        assert!(third.is_err());
        limiter.acquire_query(address).await;
    }

    #[tokio::test(start_paused = true)]
    async fn queries_to_one_address_leave_permits_for_others() {
        let limiter = QueryLimiter::new(100, 2, None);
        let (slow, other) = ("127.0.0.1:53".parse().unwrap(), "127.0.0.2:53".parse().unwrap());
        let mut held = Vec::new();
        while let Ok(permit) = tokio::time::timeout(Duration::from_mins(1), limiter.acquire_query(slow)).await
        {
            held.push(permit);
        }
        assert_eq!(held.len(), 25);
        limiter.acquire_query(other).await;
        held.pop();
        limiter.acquire_query(slow).await;
    }
}
