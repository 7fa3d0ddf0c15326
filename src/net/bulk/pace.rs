//! When the next queries may be sent, where their rate is limited.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use crate::net::QueryLimiter;

/// The places of queries in the rate of their address.
#[derive(Debug)]
pub(super) struct Pace {
    limiter: Arc<QueryLimiter>,
    address: SocketAddr,
    /// How many queries have a place, and the time from which they may be sent.
    reserved: (usize, Instant),
}

impl Pace {
    pub(super) fn new(limiter: Arc<QueryLimiter>, address: SocketAddr) -> Self {
        Self { limiter, address, reserved: (0, Instant::now()) }
    }

    /// How many of the `wanted` queries may be sent now; places are reserved for some if none has one.
    pub(super) fn admit(&mut self, wanted: usize, now: Instant) -> usize {
        if self.reserved.0 == 0 && wanted > 0 {
            let (count, at) = self.limiter.reserve_queries(self.address, wanted);
            self.reserved = (count, at.into_std());
        }
        let (count, at) = self.reserved;
        if at <= now.max(Instant::now()) { wanted.min(count) } else { 0 }
    }

    /// Counts queries that are sent.
    pub(super) fn spend(&mut self, sent: usize) {
        self.reserved.0 = self.reserved.0.saturating_sub(sent);
    }

    /// When the queries that have a place may be sent.
    pub(super) fn next(&self) -> Instant {
        self.reserved.1
    }
}
