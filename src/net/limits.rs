//! How many queries and transfers run at once, overall and for each address.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Queries to one address hold at most one permit of this many.
const MAX_SHARE: usize = 4;

/// As many queries may be sent to one address at once, however few permits there are.
const MIN_QUERIES_PER_ADDRESS: usize = 16;

/// Limits the queries and transfers of all zones.
#[derive(Debug)]
pub struct QueryLimiter {
    overall: Arc<Semaphore>,
    /// The least time between two queries to one address.
    query_interval: Option<Duration>,
    queries_per_address: usize,
    transfers_per_address: usize,
    addresses: Mutex<HashMap<SocketAddr, Arc<AddressLimiter>>>,
}

#[derive(Debug)]
struct AddressLimiter {
    queries: Arc<Semaphore>,
    transfers: Arc<Semaphore>,
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
    /// transfers at once and `queries_per_second`.
    pub fn new(concurrency: usize, transfers_per_address: usize, queries_per_second: Option<u32>) -> Self {
        Self {
            overall: Arc::new(Semaphore::new(concurrency.max(1))),
            query_interval: queries_per_second.map(|rate| Duration::from_secs(1) / rate.max(1)),
            queries_per_address: (concurrency / MAX_SHARE).max(concurrency.clamp(1, MIN_QUERIES_PER_ADDRESS)),
            transfers_per_address: transfers_per_address.max(1),
            addresses: Mutex::default(),
        }
    }

    /// The most transfers from one address at once.
    pub fn transfers_per_address(&self) -> usize {
        self.transfers_per_address
    }

    /// Waits until a query may be sent to an address.
    ///
    /// Queries to one address hold a part of all permits at most, so that a slow server keeps no other waiting.
    pub async fn acquire_query(&self, address: SocketAddr) -> Permit {
        let limiter = self.address_limiter(address);
        if let Some(interval) = self.query_interval {
            tokio::time::sleep_until(limiter.reserve_query(interval)).await;
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

    async fn acquire_overall(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.overall).acquire_owned().await.expect("the semaphore is never closed")
    }

    fn address_limiter(&self, address: SocketAddr) -> Arc<AddressLimiter> {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let limiter = addresses.entry(address).or_insert_with(|| {
            Arc::new(AddressLimiter {
                queries: Arc::new(Semaphore::new(self.queries_per_address)),
                transfers: Arc::new(Semaphore::new(self.transfers_per_address)),
                next_query: Mutex::new(Instant::now()),
            })
        });
        Arc::clone(limiter)
    }
}

impl AddressLimiter {
    /// Reserves the next time at which a query may be sent to this address.
    fn reserve_query(&self, interval: Duration) -> Instant {
        let mut next = self.next_query.lock().unwrap_or_else(PoisonError::into_inner);
        let start = Instant::now().max(*next);
        *next = start + interval;
        start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn queries_to_one_address_are_sent_at_the_rate_allowed() {
        let limiter = QueryLimiter::new(10, 2, Some(10));
        let (one, other) = ("127.0.0.1:53".parse().unwrap(), "127.0.0.2:53".parse().unwrap());
        let started = Instant::now();
        for _ in 0..5 {
            limiter.acquire_query(one).await;
            limiter.acquire_query(other).await;
        }
        assert_eq!(started.elapsed().as_millis() / 100, 4);
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
