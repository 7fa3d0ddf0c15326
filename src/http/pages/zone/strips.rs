//! How the verdicts over the addresses were in the last 24 hours and 30 days: a strip of each, and the same in words.

use std::cmp::Reverse;
use std::time::{Duration, SystemTime};

use maud::{Markup, html};

use super::name::server_name;
use super::view::ZoneView;
use crate::dns::duration_text;
use crate::http::pages::badge::class;
use crate::http::pages::text::in_words;
use crate::judge::history::strip::{Stretch, StripScale};
use crate::judge::history::{AddressHistory, RecordedState};
use crate::judge::{Severity, Verdict};
use crate::report::model::ServerReport;
use crate::report::rfc3339;

/// The most addresses with strips.
const MAX_ADDRESSES: usize = 50;

/// The most times of trouble that words name.
const MAX_NAMED: usize = 3;

/// The height of a strip; the verdicts are of different heights in it, so that their colours are not needed.
const HEIGHT: u32 = 20;

/// The strips of each address.
pub(super) fn strips(view: &ZoneView<'_>) -> Markup {
    let past = |server: &ServerReport| {
        let id = server.id.as_ref()?;
        view.history.of(server.role).addresses.get(id).cloned()
    };
    let known: Vec<(&ServerReport, AddressHistory)> =
        view.snapshot.report.servers.iter().filter_map(|server| Some((server, past(server)?))).collect();
    html! {
        @if !known.is_empty() {
            h2 #verdicts { "Verdicts over time" }
            div.strips {
                @for (server, past) in known.iter().take(MAX_ADDRESSES) {
                    div.strip-row {
                        h3 { (server_name(server)) }
                        (strip(past, Period::DAY, view.site.now))
                        (strip(past, Period::MONTH, view.site.now))
                    }
                }
            }
            @if known.len() > MAX_ADDRESSES {
                p.muted { "and " (known.len() - MAX_ADDRESSES) " more addresses" }
            }
            p.muted.legend {
                "The higher and redder, the worse. A version that arrives in time counts as in sync. Times are UTC."
            }
        }
    }
}

/// The time that a strip shows, and its words.
struct Period {
    scale: StripScale,
    name: &'static str,
    begin: &'static str,
    /// The distance of the lines behind the strip, in slots.
    lines: usize,
    write: fn(SystemTime, Option<SystemTime>) -> String,
}

impl Period {
    const DAY: Self =
        Self { scale: StripScale::DAY, name: "Last 24 hours", begin: "24 h ago", lines: 16, write: hours };
    const MONTH: Self =
        Self { scale: StripScale::MONTH, name: "Last 30 days", begin: "30 d ago", lines: 20, write: days };
}

/// One strip of an address.
fn strip(
    past: &AddressHistory,
    Period { scale, name, begin, lines, write }: Period,
    now: SystemTime,
) -> Markup {
    let slots = past.strip(scale, now);
    let words = words(&past.stretches(scale.begin(now), now), write);
    let (width, height) = (slots.len(), HEIGHT);
    let mut at = 0;
    let runs = slots.chunk_by(|one, other| one.state == other.state).map(|run| {
        at += run.len();
        (at - run.len(), run)
    });
    let runs: Vec<(usize, &[Stretch])> = runs.collect();
    html! {
        figure.strip {
            svg viewBox={ "0 0 " (width) " " (height) } preserveAspectRatio="none" role="img" aria-label={ (name) ": " (words) } {
                @for (at, run) in runs { (bar(at, run, write)) }
                @for line in (lines..width).step_by(lines) {
                    line x1=(line) x2=(line) y1="0" y2=(height) {}
                }
            }
            p.axis aria-hidden="true" { span { (begin) } span { "now" } }
            figcaption { (words) }
        }
    }
}

/// A part of the strip with one state.
fn bar(at: usize, run: &[Stretch], write: fn(SystemTime, Option<SystemTime>) -> String) -> Markup {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return html! {} };
    let (class, height) = match first.state {
        RecordedState::Judged { severity, .. } => (class(severity), bar_height(first.state)),
        RecordedState::Unchecked => ("none", 1),
    };
    html! {
        rect class=(class) x=(at) y=(HEIGHT - height) width=(run.len()) height=(height) {
            title { (write(first.from, Some(last.until))) ": " (state_in_words(first.state)) }
        }
    }
}

fn bar_height(state: RecordedState) -> u32 {
    match state {
        RecordedState::Judged { severity: Severity::Critical, .. } => HEIGHT,
        RecordedState::Judged { severity: Severity::Unknown, .. } => 16,
        RecordedState::Judged { severity: Severity::Warning, .. } => 12,
        RecordedState::Judged { severity: Severity::Ok, .. } => 6,
        RecordedState::Unchecked => 1,
    }
}

fn state_in_words(state: RecordedState) -> String {
    match state {
        RecordedState::Judged { verdict, .. } => in_words(verdict.code()),
        RecordedState::Unchecked => "not checked".to_owned(),
    }
}

/// Describes a time in words: `in sync but for 3 h 20 min: stuck 14:00–17:20`.
fn words(stretches: &[Stretch], write: fn(SystemTime, Option<SystemTime>) -> String) -> String {
    let (begin, known) = match stretches {
        [] | [Stretch { state: RecordedState::Unchecked, .. }] => return "not checked".to_owned(),
        [Stretch { state: RecordedState::Unchecked, .. }, known @ ..] => (known.first(), known),
        known => (None, known),
    };
    let trouble = total(known, RecordedState::is_trouble);
    let unchecked = total(known, |state| state == RecordedState::Unchecked);
    let mut parts = Vec::new();
    match known {
        [only] if begin.is_none() => parts.push(format!("{} all the time", state_in_words(only.state))),
        [only] => parts.push(state_in_words(only.state)),
        _ if trouble.is_zero() => parts.push(in_words(Verdict::InSync.code())),
        _ => parts.push(format!("in sync but for {}: {}", duration_text(trouble), troubles(known, write))),
    }
    if !unchecked.is_zero() {
        parts.push(format!("not checked for {}", duration_text(unchecked)));
    }
    if let Some(begin) = begin {
        parts.push(format!("nothing is known before {}", write(begin.from, None)));
    }
    parts.join("; ")
}

/// How long the states lasted in all for which something holds.
fn total(stretches: &[Stretch], holds: fn(RecordedState) -> bool) -> Duration {
    let of_state = stretches.iter().filter(|stretch| holds(stretch.state));
    of_state.filter_map(|stretch| stretch.until.duration_since(stretch.from).ok()).sum()
}

/// Names the longest times of trouble, in their order.
fn troubles(stretches: &[Stretch], write: fn(SystemTime, Option<SystemTime>) -> String) -> String {
    let mut named: Vec<&Stretch> = stretches.iter().filter(|it| it.state.is_trouble()).collect();
    let more = named.len().saturating_sub(MAX_NAMED);
    named.sort_by_key(|it| Reverse(it.until.duration_since(it.from).unwrap_or_default()));
    named.truncate(MAX_NAMED);
    named.sort_by_key(|it| it.from);
    let name = |it: &&Stretch| match stretches.last() {
        Some(last) if last == *it => format!("{} since {}", state_in_words(it.state), write(it.from, None)),
        _ => format!("{} {}", state_in_words(it.state), write(it.from, Some(it.until))),
    };
    let names = named.iter().map(name).chain(Some(format!("{more} more")).filter(|_| more > 0));
    names.collect::<Vec<String>>().join(", ")
}

/// A time of a day, or from it to another one of the same day or the next: `14:00–17:20`.
fn hours(from: SystemTime, until: Option<SystemTime>) -> String {
    match until {
        Some(until) if hour(until) != hour(from) => format!("{}–{}", hour(from), hour(until)),
        Some(_) | None => hour(from),
    }
}

/// A time of a month, or from it to another one: `12 Nov 14:00–17:20`, or `12 Nov 14:00 – 13 Nov 02:00`.
fn days(from: SystemTime, until: Option<SystemTime>) -> String {
    let begin = day(from);
    match until {
        Some(until) if day(until) != begin => {
            format!("{begin} {} – {} {}", hour(from), day(until), hour(until))
        }
        until => format!("{begin} {}", hours(from, until)),
    }
}

fn hour(time: SystemTime) -> String {
    rfc3339(time).get(11..16).unwrap_or_default().to_owned()
}

fn day(time: SystemTime) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let date = rfc3339(time);
    let number = |range| date.get(range).and_then(|digits: &str| digits.parse::<usize>().ok());
    let month = number(5..7).and_then(|month| MONTHS.get(month.checked_sub(1)?));
    format!("{} {}", number(8..10).unwrap_or_default(), month.copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const STUCK: RecordedState =
        RecordedState::Judged { severity: Severity::Critical, verdict: Verdict::Stuck };

    /// Stretches of so many minutes, one after the other, from midnight of 22 November 2026 on.
    fn stretches(states: &[(u64, RecordedState)]) -> Vec<Stretch> {
        let mut at = UNIX_EPOCH + Duration::from_hours(498_696);
        let mut stretch = |&(minutes, state): &(u64, RecordedState)| {
            let from = at;
            at += Duration::from_mins(minutes);
            Stretch { from, until: at, state }
        };
        states.iter().map(&mut stretch).collect()
    }

    #[test]
    fn a_strip_is_described_in_words() {
        let in_sync = RecordedState::IN_SYNC;
        let unchecked = RecordedState::Unchecked;
        let five = [
            (60, in_sync),
            (5, STUCK),
            (60, in_sync),
            (90, STUCK),
            (60, in_sync),
            (30, STUCK),
            (5, in_sync),
            (4, STUCK),
        ];
        for (states, expected) in [
            (&[][..], "not checked"),
            (&[(10, unchecked)], "not checked"),
            (&[(10, in_sync)], "in sync all the time"),
            (&[(10, STUCK)], "stuck all the time"),
            (&[(60, in_sync), (200, STUCK), (5, in_sync)], "in sync but for 3 h 20 min: stuck 01:00–04:20"),
            (&[(60, unchecked), (5, in_sync)], "in sync; nothing is known before 01:00"),
            (&[(60, in_sync), (60, STUCK)], "in sync but for 1 h: stuck since 01:00"),
            (&[(60, in_sync), (240, unchecked), (5, in_sync)], "in sync; not checked for 4 h"),
            (
                &five,
                "in sync but for 2 h 9 min: stuck 01:00–01:05, stuck 02:05–03:35, stuck 04:35–05:05, 1 more",
            ),
        ] {
            assert_eq!(words(&stretches(states), hours), expected);
        }
    }

    #[test]
    fn times_of_a_month_have_a_date() {
        let at = |minutes| UNIX_EPOCH + Duration::from_hours(498_696) + Duration::from_mins(minutes);
        assert_eq!(days(at(0), Some(at(90))), "22 Nov 00:00–01:30");
        assert_eq!(days(at(0), Some(at(0))), "22 Nov 00:00");
        assert_eq!(days(at(90), Some(at(24 * 60))), "22 Nov 01:30 – 23 Nov 00:00");
    }
}
