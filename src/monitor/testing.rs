//! A checker for tests.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use crate::check::Checker;
use crate::digest::HashKey;
use crate::net::{Client, QueryLimiter};
use crate::resolve::{Families, Finder};
use crate::transfer::{TransferClient, TransferLimits};

/// A checker that gives up at once, and whose resolver does not exist.
pub(crate) fn checker() -> Checker {
    let client = Arc::new(Client::new(Duration::from_millis(100), Arc::new(QueryLimiter::new(8, 2, None))));
    let limits =
        TransferLimits { max_bytes: 1 << 20, max_records: 1000, idle_timeout: Duration::from_secs(1) };
    Checker {
        transfers: TransferClient { client: Arc::clone(&client), limits },
        client,
        zone_file: None,
        finder: Finder::new(Families::Both, Some((Ipv4Addr::LOCALHOST, 1).into())),
        key: HashKey([7; 16]),
        validator: Arc::default(),
        status: Arc::default(),
    }
}
