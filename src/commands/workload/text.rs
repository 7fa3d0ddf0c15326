//! The sums in words.

use std::time::Duration;

use super::sums::{Workload, number};
use crate::config::{ESTIMATED_ADDRESSES, MetricsDetail};
use crate::dns::duration_text;
use crate::report::grouped;

/// The sums are printed for more zones than this.
const MANY_ZONES: u64 = 100;

impl Workload {
    /// Whether there are so many zones that the sums matter.
    pub(in crate::commands) fn is_large(&self) -> bool {
        self.zones > MANY_ZONES
    }

    /// The sums, a line each.
    pub(in crate::commands) fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.queries_line()];
        lines.extend(self.transfers_line());
        lines.push(self.process_line());
        lines.extend(self.estimate_line());
        lines
    }

    fn queries_line(&self) -> String {
        let mut line = format!("{} queries a second in all", rate_text(self.queries));
        if let Some((address, load)) = self.busiest(|load| load.queries) {
            line += &format!(", {} at the busiest address, {}", rate_text(load.queries), address.0);
        }
        match self.limits.max_qps {
            Some(rate) => line + &format!("; `max_qps` allows each {rate}"),
            None => line,
        }
    }

    fn transfers_line(&self) -> Option<String> {
        if self.transfers == 0.0 {
            return None;
        }
        let an_hour = |rate: f64| rate_text(rate * 3600.0);
        let mut line = format!("{} transfers an hour in all", an_hour(self.transfers));
        if let Some((address, load)) = self.busiest(|load| load.transfers) {
            let time = number(self.limits.max_transfers as u64) / load.transfers;
            line += &format!(
                ", {} from the busiest address, {}; `max_transfers` allows {} at once, so that each may take {} on average",
                an_hour(load.transfers),
                address.0,
                grouped(self.limits.max_transfers as u64),
                Duration::try_from_secs_f64(time).map_or_else(|_| "any time".to_owned(), duration_text),
            );
        }
        Some(line)
    }

    fn process_line(&self) -> String {
        let series = match self.metrics.detail {
            MetricsDetail::Auto => format!("{} series in full detail", grouped(self.series)),
            MetricsDetail::Server | MetricsDetail::Zone => format!("{} series", grouped(self.series())),
            MetricsDetail::Exceptions => format!("{} series while all are in sync", grouped(self.zones)),
        };
        format!(
            "about {} of memory, {:.2} cores, {series}, {} open files",
            memory_text(self.memory()),
            self.cores(),
            grouped(self.open_files())
        )
    }

    /// What is not known before servers are asked.
    fn estimate_line(&self) -> Option<String> {
        let mut unknown = Vec::new();
        if self.looked_up > 0 {
            unknown.push(format!(
                "the servers of {} are looked up, and count as {ESTIMATED_ADDRESSES} addresses each",
                zones_text(self.looked_up)
            ));
        }
        if self.by_query > 0 {
            let zones = zones_text(self.by_query);
            unknown.push(format!("the records of {zones} are read by queries, which do not count"));
        }
        if self.catalogs > 0 {
            unknown.push("members of catalogs do not count".to_owned());
        }
        (!unknown.is_empty()).then(|| format!("these sums are estimates: {}", unknown.join("; ")))
    }
}

fn zones_text(zones: u64) -> String {
    if zones == 1 { "1 zone".to_owned() } else { format!("{} zones", grouped(zones)) }
}

/// A number of events in a time: whole from ten on.
pub(super) fn rate_text(rate: f64) -> String {
    match rate {
        ..0.095 => format!("{rate:.2}"),
        ..9.95 => format!("{rate:.1}"),
        _ => grouped(whole(rate)),
    }
}

fn memory_text(bytes: u64) -> String {
    let mebibytes = bytes.div_ceil(1 << 20);
    if mebibytes < 10_240 {
        format!("{} MiB", grouped(mebibytes))
    } else {
        format!("{} GiB", grouped(mebibytes.div_ceil(1024)))
    }
}

/// The nearest whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it saturates, and no rate is negative"
)]
fn whole(rate: f64) -> u64 {
    rate.round() as u64
}
