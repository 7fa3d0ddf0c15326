//! All zones in one pass: what is counted of them, and those that are listed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use super::query::{ListQuery, Sort};
use crate::dns::Name;
use crate::judge::{Severity, Verdict};
use crate::monitor::Results;
use crate::plan::Compare;
use crate::report::{PackedSnapshot, RecordsState, is_exception};

/// What is counted of all zones.
#[derive(Debug, Default)]
pub(super) struct Fleet {
    /// The number of zones.
    pub(super) zones: u64,
    /// Those that were not checked yet.
    pub(super) unchecked: u64,
    /// Those with each verdict and severity that occurs.
    pub(super) verdicts: BTreeMap<(Severity, Verdict), u64>,
    /// Those whose records are wanted.
    pub(super) wanted: u64,
    /// Those of them whose records were read.
    pub(super) read: u64,
    /// Those that are worse than in sync or catching up in time.
    pub(super) wrong: u64,
    /// When the last check ended.
    pub(super) checked: Option<SystemTime>,
}

/// A zone that is listed.
#[derive(Debug)]
pub(super) struct Listed {
    rank: u64,
    pub(super) zone: Name,
    /// Its last result, if it was checked.
    pub(super) snapshot: Option<Arc<PackedSnapshot>>,
}

impl Fleet {
    /// Counts all zones, and returns those that a request asks for, in no order.
    pub(super) fn of(results: &Results, query: &ListQuery) -> (Self, Vec<Listed>) {
        let mut fleet = Self::default();
        let mut listed = Vec::new();
        results.visit(|wanted, snapshot| {
            let is_read = wanted.settings.zone.comparison.compare == Compare::Records;
            fleet.add(snapshot.map(AsRef::as_ref), is_read);
            if query.filter.is_met(wanted, snapshot.map(AsRef::as_ref)) {
                let rank = rank(query.sort, snapshot.map(AsRef::as_ref));
                listed.push(Listed { rank, zone: wanted.zone.clone(), snapshot: snapshot.cloned() });
            }
        });
        (fleet, listed)
    }

    fn add(&mut self, snapshot: Option<&PackedSnapshot>, is_read: bool) {
        self.zones += 1;
        self.wanted += u64::from(is_read);
        let Some(snapshot) = snapshot else {
            self.unchecked += 1;
            return;
        };
        let outline = snapshot.outline();
        *self.verdicts.entry((outline.severity, outline.verdict)).or_default() += 1;
        self.wrong += u64::from(is_exception(outline));
        self.read += u64::from(is_read && snapshot.records().compared.is_some());
        self.checked = self.checked.max(Some(snapshot.checked()));
    }

    /// How many zones have a severity.
    pub(super) fn with_severity(&self, severity: Severity) -> u64 {
        self.verdicts.iter().filter(|((it, _), _)| *it == severity).map(|(_, zones)| zones).sum()
    }

    /// How many zones have a new version that is propagating in time, and nothing else.
    pub(super) fn catching_up(&self) -> u64 {
        self.zones.saturating_sub(self.unchecked + self.wrong + self.with_severity(Severity::Ok))
    }

    /// How many zones have each verdict, the worst first.
    pub(super) fn by_verdict(&self) -> Vec<(Verdict, u64)> {
        let mut verdicts: BTreeMap<Verdict, u64> = BTreeMap::new();
        for ((_, verdict), zones) in &self.verdicts {
            *verdicts.entry(*verdict).or_default() += zones;
        }
        let mut verdicts: Vec<_> = verdicts.into_iter().collect();
        verdicts.sort_by_key(|(verdict, _)| (verdict.severity(), *verdict));
        verdicts
    }
}

/// Where a zone is in an order: a lower rank comes first, and equal ranks are in the order of names.
fn rank(sort: Sort, snapshot: Option<&PackedSnapshot>) -> u64 {
    let seconds = |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |it| it.as_secs());
    match (sort, snapshot) {
        (Sort::Severity, Some(snapshot)) => {
            let outline = snapshot.outline();
            let severity = match outline.severity {
                Severity::Critical => 0,
                Severity::Unknown => 1,
                Severity::Warning => 2,
                Severity::Ok => 4,
            };
            severity << 8 | outline.verdict as u64
        }
        (Sort::Severity, None) => 3 << 8,
        (Sort::Checked, Some(snapshot)) => seconds(snapshot.checked()),
        (Sort::Compared, Some(snapshot)) => {
            // Where records are not wanted, there is nothing to wait for.
            let RecordsState { interval, compared } = snapshot.records();
            interval.map_or(u64::MAX, |_| compared.map_or(0, seconds))
        }
        (Sort::Name, _) | (Sort::Checked | Sort::Compared, None) => 0,
    }
}

/// Returns the zones of a page, in order. The others are not put in order.
pub(super) fn page_of(listed: &mut [Listed], first: usize, size: usize) -> &[Listed] {
    let order = |a: &Listed, b: &Listed| a.rank.cmp(&b.rank).then_with(|| a.zone.cmp(&b.zone));
    if first > 0 && first < listed.len() {
        listed.select_nth_unstable_by(first, order);
    }
    let Some(page) = listed.get_mut(first..) else { return &[] };
    if size < page.len() {
        page.select_nth_unstable_by(size, order);
    }
    let size = size.min(page.len());
    let Some(page) = page.get_mut(..size) else { return &[] };
    page.sort_unstable_by(order);
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_those_of_the_sorted_list() {
        let name = |number: u64| format!("z{number}.example").parse::<Name>().unwrap();
        let listed = || -> Vec<Listed> {
            let numbers = (0..1000_u64).map(|number| number * 7919 % 1000);
            numbers.map(|number| Listed { rank: number % 3, zone: name(number), snapshot: None }).collect()
        };
        let mut sorted: Vec<(u64, Name)> = listed().into_iter().map(|it| (it.rank, it.zone)).collect();
        sorted.sort();
        for (first, size) in
            [(0, 100), (0, 1000), (300, 100), (950, 100), (999, 1), (0, 0), (1000, 100), (2000, 1)]
        {
            let mut all = listed();
            let page = page_of(&mut all, first, size);
            let page: Vec<(u64, Name)> = page.iter().map(|it| (it.rank, it.zone.clone())).collect();
            let expected: Vec<_> = sorted.iter().skip(first).take(size).cloned().collect();
            assert_eq!(page, expected, "{first} {size}");
        }
    }
}
