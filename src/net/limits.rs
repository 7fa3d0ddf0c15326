//! How many queries and transfers run at once, overall and for each address.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Limits the queries and transfers of all zones.
#[derive(Debug)]
pub struct QueryLimiter {
    overall: Arc<Semaphore>,
    /// The least time between two queries to one address.
    query_interval: Option<Duration>,
    transfers_per_address: usize,
    addresses: Mutex<HashMap<SocketAddr, Arc<AddressLimiter>>>,
}

#[derive(Debug)]
struct AddressLimiter {
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
    /// A query to a dead server does not wait for others to end: it costs little but the time until its
    /// timeout, and must not take the permits that others need.
    pub async fn acquire_query(&self, address: SocketAddr, is_dead: impl FnOnce() -> bool) -> Permit {
        if let Some(interval) = self.query_interval {
            let start = self.address_limiter(address).reserve_query(interval);
            tokio::time::sleep_until(start).await;
        }
        let overall = match Arc::clone(&self.overall).try_acquire_owned() {
            Ok(overall) => Some(overall),
            Err(_) if is_dead() => None,
            Err(_) => Some(self.acquire_overall().await),
        };
        Permit { _overall: overall, _address: None }
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
            limiter.acquire_query(one, || false).await;
            limiter.acquire_query(other, || false).await;
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
        limiter.acquire_query(address, || false).await;
    }

    #[tokio::test(start_paused = true)]
    async fn queries_to_a_dead_server_neither_wait_nor_take_permits() {
        let limiter = QueryLimiter::new(1, 2, None);
        let address = "127.0.0.1:53".parse().unwrap();
        let permit = limiter.acquire_query(address, || true).await;
        let _another = limiter.acquire_query(address, || true).await;
        let waiting = tokio::time::timeout(Duration::from_mins(1), limiter.acquire_query(address, || false));
        assert!(waiting.await.is_err());
        drop(permit);
        limiter.acquire_query(address, || false).await;
    }
}
