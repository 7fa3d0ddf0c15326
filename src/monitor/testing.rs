//! What the tests of this module share.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use crate::check::Prober;
use crate::digest::Key;
use crate::net::{Asker, Limits};
use crate::resolve::{Families, Finder};
use crate::transfer::{Bounds, Reader};

/// Asks nobody for long; its resolver is where nobody listens.
pub(crate) fn prober() -> Prober {
    let asker = Arc::new(Asker::new(Duration::from_millis(100), Arc::new(Limits::new(8, 2, None))));
    let bounds = Bounds { octets: 1 << 20, records: 1000, idle: Duration::from_secs(1) };
    Prober {
        reader: Reader { asker: Arc::clone(&asker), bounds },
        asker,
        zone_file: None,
        finder: Finder::new(Families::Both, Some((Ipv4Addr::LOCALHOST, 1).into())),
        key: Key([7; 16]),
    }
}
