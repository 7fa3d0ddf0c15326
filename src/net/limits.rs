//! How much is asked at once: overall, and of each address.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// What all questions and transfers of one run share.
#[derive(Debug)]
pub struct QueryLimiter {
    overall: Arc<Semaphore>,
    pace: Option<Duration>,
    transfers: usize,
    addresses: Mutex<HashMap<SocketAddr, Arc<PerAddress>>>,
}

#[derive(Debug)]
struct PerAddress {
    transfers: Arc<Semaphore>,
    next: Mutex<Instant>,
}

/// The right to ask; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    _overall: Option<OwnedSemaphorePermit>,
    _address: Option<OwnedSemaphorePermit>,
}

impl QueryLimiter {
    /// At most `concurrency` questions and transfers in all; for each address at most `transfers`
    /// transfers at once and `per_second` new questions a second.
    pub fn new(concurrency: usize, transfers: usize, per_second: Option<u32>) -> Self {
        Self {
            overall: Arc::new(Semaphore::new(concurrency.max(1))),
            pace: per_second.map(|rate| Duration::from_secs(1) / rate.max(1)),
            transfers: transfers.max(1),
            addresses: Mutex::default(),
        }
    }

    /// Returns how many transfers one address has at once.
    pub fn transfers_per_address(&self) -> usize {
        self.transfers
    }

    /// Waits until a question may be asked; not for others, if the address has been silent for long: what goes
    /// there costs little more than the time until it is given up, and must not use up what others need.
    pub async fn query(&self, address: SocketAddr, is_silent: impl FnOnce() -> bool) -> Permit {
        if let Some(pace) = self.pace {
            let slot = self.of(address).slot(pace);
            tokio::time::sleep_until(slot).await;
        }
        let overall = match Arc::clone(&self.overall).try_acquire_owned() {
            Ok(overall) => Some(overall),
            Err(_) if is_silent() => None,
            Err(_) => Some(self.overall().await),
        };
        Permit { _overall: overall, _address: None }
    }

    /// Waits until a transfer may begin.
    pub async fn transfer(&self, address: SocketAddr) -> Permit {
        // Whoever waits for an address holds nothing that others wait for.
        let transfers = Arc::clone(&self.of(address).transfers);
        let address = transfers.acquire_owned().await.expect("the semaphore is never closed");
        Permit { _overall: Some(self.overall().await), _address: Some(address) }
    }

    async fn overall(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.overall).acquire_owned().await.expect("the semaphore is never closed")
    }

    fn of(&self, address: SocketAddr) -> Arc<PerAddress> {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = addresses.entry(address).or_insert_with(|| {
            Arc::new(PerAddress {
                transfers: Arc::new(Semaphore::new(self.transfers)),
                next: Mutex::new(Instant::now()),
            })
        });
        Arc::clone(of_address)
    }
}

impl PerAddress {
    /// Takes the next moment at which this address may be asked.
    fn slot(&self, pace: Duration) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = Instant::now().max(*next);
        *next = slot + pace;
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn questions_to_one_address_keep_the_pace() {
        let limits = QueryLimiter::new(10, 2, Some(10));
        let (one, other) = ("127.0.0.1:53".parse().unwrap(), "127.0.0.2:53".parse().unwrap());
        let begun = Instant::now();
        for _ in 0..5 {
            limits.query(one, || false).await;
            limits.query(other, || false).await;
        }
        assert_eq!(begun.elapsed().as_millis() / 100, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_third_transfer_from_one_address_waits() {
        let limits = QueryLimiter::new(10, 2, None);
        let address = "127.0.0.1:53".parse().unwrap();
        let _held = (limits.transfer(address).await, limits.transfer(address).await);
        let third = tokio::time::timeout(Duration::from_mins(1), limits.transfer(address)).await;
        assert!(third.is_err());
        limits.query(address, || false).await;
    }

    #[tokio::test(start_paused = true)]
    async fn questions_to_the_silent_wait_for_none_and_keep_none_waiting() {
        let limits = QueryLimiter::new(1, 2, None);
        let address = "127.0.0.1:53".parse().unwrap();
        let silent = limits.query(address, || true).await;
        let _another = limits.query(address, || true).await;
        let waiting = tokio::time::timeout(Duration::from_mins(1), limits.query(address, || false));
        assert!(waiting.await.is_err());
        drop(silent);
        limits.query(address, || false).await;
    }
}
