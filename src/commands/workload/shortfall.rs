//! In what the zones of a configuration ask for more than can be done, with the remedy.

use std::time::Duration;

use super::sums::{AddressLoad, Workload, ceiling, number};
use super::text::rate_text;
use crate::config::MetricsDetail;
use crate::dns::duration_text;
use crate::report::grouped;

/// The time that a transfer of a small zone takes at least in a network: two round trips of a millisecond.
const MIN_TRANSFER_TIME: Duration = Duration::from_millis(2);

/// More series than this are no scrape of a second.
const MAX_SERIES: u64 = 2_000_000;

/// Something that the zones ask for and do not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands) struct Shortfall {
    /// The limit, as the configuration calls it.
    pub(in crate::commands) limit: &'static str,
    /// The sums and the remedy.
    pub(in crate::commands) message: String,
}

impl Workload {
    /// In what the zones ask for more than can be done; `open_files` is how many the system allows.
    pub(in crate::commands) fn shortfalls(&self, open_files: u64) -> Vec<Shortfall> {
        let all = [
            ("max_qps", queries_per_address(self)),
            ("max_transfers", transfers_per_address(self)),
            ("cores", cores(self)),
            ("open_files", sockets(self, open_files)),
            ("metrics.detail", series(self)),
        ];
        all.into_iter()
            .filter_map(|(limit, message)| message.map(|message| Shortfall { limit, message }))
            .collect()
    }
}

/// Addresses that are asked more queries a second than `max_qps` allows.
fn queries_per_address(workload: &Workload) -> Option<String> {
    let rate = workload.limits.max_qps?;
    let allowed = rate.interval().as_secs_f64().recip();
    let is_over = |load: &&AddressLoad| load.queries > allowed;
    let over: Vec<&AddressLoad> = workload.by_address.values().filter(is_over).collect();
    let (address, load) = workload.busiest(|load| load.queries).filter(|(_, load)| is_over(load))?;
    let queries = rate_text(load.queries);
    let asked = match over.as_slice() {
        [_] => format!("the address {} is asked {queries} queries a second", address.0),
        all if all.iter().all(|other| rate_text(other.queries) == queries) => {
            format!("{} addresses are asked {queries} queries a second each", grouped(all.len() as u64))
        }
        all => {
            let count = grouped(all.len() as u64);
            format!("{count} addresses are asked too much, {} most, {queries} queries a second", address.0)
        }
    };
    let intervals = match load.intervals.map(duration_text) {
        [shortest, longest] if shortest == longest => shortest,
        [shortest, longest] => format!("from {shortest} to {longest}"),
    };
    // Processes that share a rate send no more than one.
    let shard = if rate.processes() > 1 { "" } else { ", or share the zones among processes (`shard`)" };
    Some(format!(
        "{asked}, and `max_qps` allows {rate}: a round takes {}, and `interval` is {intervals}; raise `max_qps` to {}, \
         or `interval` beyond that time{shard}",
        duration_text(Duration::from_secs_f64(load.queries_per_round / allowed)),
        grouped(ceiling(load.queries) * u64::from(rate.processes()))
    ))
}

/// Transfers that would have to be faster than transfers are.
fn transfers_per_address(workload: &Workload) -> Option<String> {
    let (address, load) = workload.busiest(|load| load.first_transfers)?;
    let at_once = number(workload.limits.max_transfers as u64);
    let allowed = Duration::try_from_secs_f64(at_once / load.first_transfers).ok()?;
    if allowed >= MIN_TRANSFER_TIME {
        return None;
    }
    Some(format!(
        "the first comparisons take {} transfers a second from {}, and `max_transfers` allows {} at once: each may take \
         {} on average, and in a network the smallest take about {}; raise `max_transfers`, or `interval` and \
         `compare_interval`, or share the zones among processes (`shard`)",
        rate_text(load.first_transfers),
        address.0,
        grouped(workload.limits.max_transfers as u64),
        duration_text(allowed),
        duration_text(MIN_TRANSFER_TIME)
    ))
}

/// More checks than one core can do.
fn cores(workload: &Workload) -> Option<String> {
    let cores = workload.cores();
    (cores > 1.0).then(|| {
        format!(
            "the checks take about {cores:.1} cores for {} queries and {} transfers a second, and a process checks on \
             one; raise `interval`, or share the zones among {} processes (`shard`)",
            rate_text(workload.queries),
            rate_text(workload.transfers),
            grouped(ceiling(cores))
        )
    })
}

/// More sockets than the system allows.
fn sockets(workload: &Workload, allowed: u64) -> Option<String> {
    let sockets = workload.open_files();
    (sockets > allowed).then(|| {
        format!(
            "about {} sockets are open at once, and the system allows this process {} open files; raise that \
             (`LimitNOFILE` of a service, `ulimit -n` of a shell)",
            grouped(sockets),
            grouped(allowed)
        )
    })
}

/// More series than can be scraped.
fn series(workload: &Workload) -> Option<String> {
    let detail = match workload.metrics.detail {
        MetricsDetail::Server => "server",
        MetricsDetail::Zone => "zone",
        MetricsDetail::Auto | MetricsDetail::Exceptions => return None,
    };
    let series = workload.series();
    (series > MAX_SERIES).then(|| {
        format!(
            "`metrics.detail: {detail}` exposes about {} series in each scrape; with `auto`, zones that are in sync have \
             one each",
            grouped(series)
        )
    })
}
