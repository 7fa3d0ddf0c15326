//! Times of addresses, from the results of their zones, or of a sample of these.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use crate::report::counts::ServerAddress;
use crate::report::{PackedSnapshot, ZoneReport, ZoneSnapshot};

/// Times of one address.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Measured {
    /// The zones whose results they are from.
    pub(crate) drawn: u64,
    /// When it last answered for any of these.
    pub(crate) last_answer: Option<SystemTime>,
    /// The round trips of the last answers.
    pub(crate) round_trips: Sample,
    /// How long the last version of each zone took to the address.
    pub(crate) latencies: Sample,
}

/// Durations, from the shortest to the longest.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Sample(Vec<Duration>);

impl Sample {
    /// How many they are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The shortest one that is at least as long as this part of all, from 0 to 100.
    pub(crate) fn percentile(&self, part: usize) -> Option<Duration> {
        let last = self.0.len().checked_sub(1)?;
        self.0.get((self.0.len() * part).div_ceil(100).saturating_sub(1).min(last)).copied()
    }

    /// How many of them are in each of these ranges, which begin where the one before ends, with the first at zero; those
    /// that are not below the last end are in the last range.
    pub(crate) fn histogram(&self, ends: &[Duration]) -> Vec<usize> {
        let below = |end: &Duration| self.0.partition_point(|it| it < end);
        let mut counts = Vec::with_capacity(ends.len());
        let mut before = 0;
        for (index, end) in ends.iter().enumerate() {
            let until = if index + 1 == ends.len() { self.0.len() } else { below(end) };
            counts.push(until - before);
            before = until;
        }
        counts
    }

    fn sort(&mut self) {
        self.0.sort_unstable();
    }
}

/// An address of which a sample is drawn.
struct Drawing {
    /// One zone out of so many is drawn.
    every: u64,
    /// The zones so far.
    seen: u64,
    measured: Measured,
}

/// Measures addresses, each in at most `quota` of its zones, drawn evenly; what is beside an address is the number of its
/// zones.
pub(crate) fn measure<'z>(
    zones: impl IntoIterator<Item = &'z PackedSnapshot>,
    addresses: impl IntoIterator<Item = (ServerAddress<'z>, u64)>,
    quota: u64,
) -> BTreeMap<ServerAddress<'z>, Measured> {
    let mut sampling = Sampling::default();
    let mut names = Vec::new();
    for (address, count) in addresses {
        let every = count.div_ceil(quota.max(1)).max(1);
        sampling.positions.insert(address, names.len());
        sampling.drawings.push(Drawing { every, seen: 0, measured: Measured::default() });
        names.push(address);
    }
    for zone in zones {
        sampling.draw(zone);
    }
    let measured = sampling.drawings.into_iter().map(|Drawing { mut measured, .. }| {
        measured.round_trips.sort();
        measured.latencies.sort();
        measured
    });
    names.into_iter().zip(measured).collect()
}

#[derive(Default)]
struct Sampling<'z> {
    positions: HashMap<ServerAddress<'z>, usize>,
    drawings: Vec<Drawing>,
    /// For each outline, the servers in it that are measured, each with the position of its drawing.
    outlines: HashMap<*const ZoneReport, Vec<(usize, usize)>>,
}

impl<'z> Sampling<'z> {
    /// Measures the addresses of a zone for which it is drawn.
    fn draw(&mut self, zone: &'z PackedSnapshot) {
        let outline = zone.outline();
        let positions = &self.positions;
        let servers = self.outlines.entry(std::ptr::from_ref(outline)).or_insert_with(|| {
            let position = |(at, address)| Some((at, *positions.get(&address)?));
            let addresses = outline.servers.iter().map(|it| (it.server.as_str(), it.address_text()));
            addresses.enumerate().filter_map(position).collect()
        });
        let mut unpacked: Option<ZoneSnapshot> = None;
        for (server, position) in servers {
            let Some(drawing) = self.drawings.get_mut(*position) else { continue };
            let is_drawn = drawing.seen.is_multiple_of(drawing.every);
            drawing.seen += 1;
            if is_drawn {
                drawing.measured.add(unpacked.get_or_insert_with(|| zone.unpack()), *server);
            }
        }
    }
}

impl Measured {
    /// Adds what a zone shows of one of its servers.
    fn add(&mut self, zone: &ZoneSnapshot, server: usize) {
        self.drawn += 1;
        let answer = zone.report.servers.get(server).and_then(|server| server.answer.as_ref());
        let round_trip = answer.and_then(|answer| Duration::try_from_secs_f64(answer.rtt_seconds).ok());
        self.round_trips.0.extend(round_trip);
        if let Some(history) = zone.servers.get(server) {
            self.last_answer = self.last_answer.max(history.last_answer);
            self.latencies.0.extend(history.latency);
        }
    }
}
