//! How many requests are answered: a bucket of tokens, one for each.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::config::RateLimit;

/// A bucket of tokens, which is full at first.
#[derive(Debug)]
pub(super) struct RateLimiter {
    limit: RateLimit,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl RateLimiter {
    pub(super) fn new(limit: RateLimit) -> Self {
        let bucket = Bucket { tokens: f64::from(limit.burst), filled: Instant::now() };
        Self { limit, bucket: Mutex::new(bucket) }
    }

    /// Takes a token if there is one.
    pub(super) fn admits(&self) -> bool {
        let now = Instant::now();
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let added = now.duration_since(bucket.filled).div_duration_f64(self.limit.interval);
        bucket.tokens = (bucket.tokens + added).min(f64::from(self.limit.burst));
        bucket.filled = now;
        let is_admitted = bucket.tokens >= 1.0;
        if is_admitted {
            bucket.tokens -= 1.0;
        }
        is_admitted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_admitted_and_then_one_in_each_interval() {
        let limiter = RateLimiter::new(RateLimit { interval: Duration::from_secs(10), burst: 3 });
        let admitted = || (0..9).filter(|_| limiter.admits()).count();
        assert_eq!(admitted(), 3);
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(admitted(), 0);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(admitted(), 1);
        tokio::time::advance(Duration::from_hours(1)).await;
        assert_eq!(admitted(), 3);
    }
}
