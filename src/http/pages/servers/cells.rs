//! What both pages show of an address.

use maud::{Markup, html};

use crate::dns::duration_text;
use crate::http::pages::layout::Site;
use crate::http::pages::text::visible;
use crate::http::pages::time::moment;
use crate::report::{AddressSummary, Measured, grouped};

/// The zones whose results are put together again for the times of all addresses of a page.
const MAX_DRAWN: u64 = 2_000;

/// The fewest zones of an address that are drawn.
const MIN_DRAWN: u64 = 20;

/// How many zones are drawn for the times of an address, of so many that a page shows.
pub(super) fn quota(addresses: usize) -> u64 {
    (MAX_DRAWN / to_u64(addresses).max(1)).max(MIN_DRAWN)
}

/// The address of a server, in words if there is none.
pub(super) fn address_words(address: &str) -> String {
    if address.is_empty() { "asked at no address".to_owned() } else { visible(address) }
}

/// A name that a line can be broken in, after each dot.
pub(super) fn breaking_at_dots(name: &str) -> Markup {
    html! { @for label in visible(name).split_inclusive('.') { (label) wbr; } }
}

/// For how many zones nothing is worse than what is wrong at the address.
pub(super) fn worst_of(summary: &AddressSummary) -> Markup {
    html! {
        @match summary.worst_of {
            0 => span.muted { "none" },
            zones => (zones_in_words(zones)),
        }
    }
}

/// When the address last answered.
pub(super) fn last_answer(site: &Site, measured: Option<&Measured>) -> Markup {
    html! {
        @match measured.and_then(|it| it.last_answer) {
            Some(at) => (moment(at, site.now)),
            None => span.muted { "none yet" },
        }
    }
}

/// How long answers take: the median, and the longest.
pub(super) fn round_trip(measured: Option<&Measured>) -> Markup {
    let percentile = |part| measured.and_then(|it| it.round_trips.percentile(part)).map(duration_text);
    html! {
        @match (percentile(50), percentile(100)) {
            (Some(median), Some(longest)) if median == longest => (median),
            (Some(median), Some(longest)) => { (median) " " span.second { "at most " (longest) } },
            _ => span.muted { "unknown" },
        }
    }
}

/// How long a new version usually takes to the address.
pub(super) fn latency(measured: Option<&Measured>) -> Markup {
    html! {
        @match measured.and_then(|it| it.latencies.percentile(50)) {
            Some(latency) if latency.is_zero() => "at once",
            Some(latency) => { "after " (duration_text(latency)) },
            None => span.muted { "none seen" },
        }
    }
}

/// A number of zones: `1 zone`, `12,000 zones`.
pub(super) fn zones_in_words(zones: u64) -> String {
    format!("{} {}", grouped(zones), if zones == 1 { "zone" } else { "zones" })
}

pub(super) fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
