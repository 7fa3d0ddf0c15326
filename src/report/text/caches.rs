//! What caches hold, in sentences.

use crate::report::model::{CacheReport, CachedRrsetReport, ZoneReport};
use crate::report::text;
use crate::report::text::conclusion::server_label;

/// What a sentence says of caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CacheState {
    /// Nothing is wrong in it.
    Fine,
    /// It holds what is wrong.
    Wrong,
    /// It is not known.
    Unknown,
}

/// Describes what each resolver holds, and until when caches may hold what is wrong; empty if nothing is known of caches.
pub(crate) fn sentences(zone: &ZoneReport) -> Vec<(CacheState, String)> {
    let mut sentences: Vec<(CacheState, String)> = zone.caches.iter().flat_map(resolver).collect();
    if let Some(until) = &zone.cached_until_at_most {
        let text =
            format!("caches anywhere may hold wrong answers until {until}, if the servers are mended now");
        sentences.push((CacheState::Fine, text));
    }
    sentences
}

/// The commands that drop what is wrong, each once.
pub(crate) fn advice(zone: &ZoneReport) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in zone.caches.iter().flat_map(|cache| &cache.rrsets).flat_map(|rrset| &rrset.advice) {
        if !lines.contains(line) {
            lines.push(line.clone());
        }
    }
    lines
}

fn resolver(cache: &CacheReport) -> Vec<(CacheState, String)> {
    let name = server_label(&cache.resolver, &cache.address);
    let rrset = |rrset: &CachedRrsetReport| (CacheState::Wrong, format!("{name} {}", held(rrset)));
    let mut sentences: Vec<(CacheState, String)> = cache.rrsets.iter().map(rrset).collect();
    let rrsets = || text::count(cache.asked, "RRset", "RRsets");
    match &cache.failure {
        Some(failure) if cache.asked == 0 => {
            sentences.push((CacheState::Unknown, format!("{name}: {}", failure.message)));
        }
        Some(failure) => {
            let text = format!("{name} was asked for {} only: {}", rrsets(), failure.message);
            sentences.push((CacheState::Unknown, text));
        }
        None if cache.asked == 0 => {
            let text = "was asked for nothing: no RRset is known to be wrong, and none is named";
            sentences.push((CacheState::Fine, format!("{name} {text}")));
        }
        None if cache.rrsets.is_empty() => {
            let what = if cache.asked == 1 { "the RRset" } else { "any RRset" };
            let text = format!("{name} does not hold {what} wrongly, of {} asked for", rrsets());
            sentences.push((CacheState::Fine, text));
        }
        None => {}
    }
    sentences
}

/// Describes a wrong RRset, as it follows the name of the resolver.
fn held(rrset: &CachedRrsetReport) -> String {
    let CachedRrsetReport { owner, rtype, ttl, stale, rdata, records, .. } = rrset;
    let what = match rdata.as_slice() {
        [] if *records == 0 => format!("that there is no {owner} {rtype}"),
        rdata => {
            let records = usize::try_from(*records).unwrap_or(usize::MAX);
            format!("{owner} {rtype} {}", text::list_of(rdata, records))
        }
    };
    if *stale {
        format!("still gives {what}, which has expired (stale)")
    } else {
        format!("still holds {what}, for {} at most", text::duration(f64::from(*ttl)))
    }
}
