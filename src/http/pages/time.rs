//! Moments, as people read them: how long ago, with the exact time beside it.

use std::time::SystemTime;

use humantime::{format_rfc3339_seconds, parse_rfc3339};
use maud::{Markup, html};

use crate::dns::duration_text;

/// A moment: how long ago it was or how soon it comes, and exactly when.
pub(super) fn moment(at: SystemTime, now: SystemTime) -> Markup {
    let exact = format_rfc3339_seconds(at).to_string();
    html! {
        time datetime=(exact) title=(exact) { (distance(at, now)) " " span.exact { (spaced(&exact)) } }
    }
}

/// A moment that a report has as text.
pub(super) fn moment_of(rfc3339: &str, now: SystemTime) -> Markup {
    match parse_rfc3339(rfc3339) {
        Ok(at) => moment(at, now),
        Err(_) => html! { (rfc3339) },
    }
}

/// How far a moment is from now, in words.
fn distance(at: SystemTime, now: SystemTime) -> String {
    match (now.duration_since(at), at.duration_since(now)) {
        (Ok(ago), _) if ago.as_secs() == 0 => "now".to_owned(),
        (Ok(ago), _) => format!("{} ago", duration_text(ago)),
        (_, Ok(ahead)) => format!("in {}", duration_text(ahead)),
        _ => String::new(),
    }
}

/// A time of RFC 3339 that a line can be broken in: `2026-11-29 18:00:00Z`.
fn spaced(rfc3339: &str) -> String {
    rfc3339.replacen('T', " ", 1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_moment_says_how_long_ago_it_was_and_exactly_when() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let words = |now| moment(at, now).into_string();
        assert_eq!(
            words(at + Duration::from_secs(200)),
            "<time datetime=\"1970-01-12T13:46:40Z\" title=\"1970-01-12T13:46:40Z\">3 min 20 s ago \
             <span class=\"exact\">1970-01-12 13:46:40Z</span></time>"
        );
        assert!(words(at - Duration::from_hours(2)).contains(">in 2 h <"));
        assert!(words(at).contains(">now <"));
    }
}
