//! A month in which the service was there before: what it remembers of some zones.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};

use zoneprobe::clock;
use zoneprobe::digest::HashKey;
use zoneprobe::dns::Serial;
use zoneprobe::judge::history::{AddressHistory, History, RecordedState, SeenSerial, VerdictChange, Version};
use zoneprobe::judge::{Severity, Verdict};
use zoneprobe::store::Store;

use super::fleet::PUBLISHED;

/// When the versions 3 to 7 were published, in hours before now, and how many minutes a secondary took to have each.
const PUBLICATIONS: [(u32, u64, u64); 5] = [(3, 500, 4), (4, 300, 11), (5, 100, 4), (6, 20, 190), (7, 3, 5)];

/// What was wrong with a secondary: from so many hours before now, for so many.
const TROUBLE: [(u64, u64, Verdict); 5] = [
    (650, 30, Verdict::Unreachable),
    (300, 2, Verdict::Lame),
    (170, 80, Verdict::Diverged),
    (20, 3, Verdict::Stuck),
    (9, 1, Verdict::Unreachable),
];

fn hours_ago(hours: u64) -> SystemTime {
    clock::now() - Duration::from_hours(hours)
}

/// Writes a state file with the month of two zones at the primary, a secondary, and a server that lags.
pub(super) fn remember(path: &Path, [primary, secondary, lagging]: [SocketAddr; 3]) {
    let store = Store::open(path, &HashKey([7; 16]), "serve").unwrap();
    let versions = PUBLICATIONS.map(|(serial, hours, _)| version(serial, hours));
    let addresses = [
        (primary, with_serials(|_| 0)),
        (secondary, AddressHistory { changes: changes(), ..with_serials(|minutes| minutes) }),
    ];
    let history = History { versions: versions.to_vec(), publications: 4, ..of(addresses) };
    store.save(&PUBLISHED.parse().unwrap(), &history);
    let lagging_since = Some(hours_ago(5));
    let stuck = VerdictChange { at: hours_ago(4), state: trouble(Verdict::Stuck) };
    let serials = vec![SeenSerial { serial: Serial(6), first_seen: hours_ago(29) }];
    let address = AddressHistory { lagging_since, serials, changes: vec![stuck], ..with_serials(|_| 0) };
    let versions = vec![version(6, 30), version(7, 5)];
    let history = History { versions, ..of([(lagging, address)]) };
    store.save(&"stuck.example".parse().unwrap(), &history);
    store.flush();
}

fn version(serial: u32, hours: u64) -> Version {
    Version { serial: Serial(serial), first_seen: hours_ago(hours), copy: None }
}

fn of<const N: usize>(addresses: [(SocketAddr, AddressHistory); N]) -> History {
    let addresses: BTreeMap<_, _> =
        addresses.into_iter().map(|(address, history)| (address.to_string(), history)).collect();
    History { addresses, ..History::default() }
}

/// An address at which each version arrived so many minutes late.
fn with_serials(late: fn(u64) -> u64) -> AddressHistory {
    let serials = PUBLICATIONS.map(|(serial, hours, minutes)| SeenSerial {
        serial: Serial(serial),
        first_seen: hours_ago(hours) + Duration::from_mins(late(minutes)),
    });
    let checked = Some(clock::now() - Duration::from_secs(30));
    AddressHistory {
        serials: serials.to_vec(),
        last_checked: checked,
        last_response: checked,
        ..AddressHistory::default()
    }
}

fn trouble(verdict: Verdict) -> RecordedState {
    RecordedState::Judged { severity: Severity::Critical, verdict }
}

fn changes() -> Vec<VerdictChange> {
    let mut changes = Vec::new();
    for (hours, lasting, verdict) in TROUBLE {
        changes.push(VerdictChange { at: hours_ago(hours), state: trouble(verdict) });
        changes.push(VerdictChange { at: hours_ago(hours - lasting), state: RecordedState::IN_SYNC });
    }
    changes
}
