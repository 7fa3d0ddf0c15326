//! Durations as people read them, in every text of this program: `0.4 ms`, `20 ms`, `1.5 s`, `6 d 23 h`.

use std::fmt::Write as _;
use std::time::Duration;

/// The names of the units from a minute on, and their lengths in seconds.
const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];

/// Writes a duration in at most two units.
pub fn duration_text(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1e3;
    match duration.as_secs() {
        _ if duration.is_zero() => "0 s".to_owned(),
        _ if millis < 9.95 => format!("{} ms", one_decimal(millis)),
        _ if millis < 999.5 => format!("{millis:.0} ms"),
        0..10 if millis < 9_950.0 => format!("{} s", one_decimal(millis / 1e3)),
        _ => in_two_units(duration.saturating_add(Duration::from_millis(500)).as_secs()),
    }
}

fn one_decimal(number: f64) -> String {
    let text = format!("{number:.1}");
    match text.strip_suffix(".0") {
        // It is not zero.
        Some("0") => "0.1".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// Writes seconds in the largest unit that fits and the next smaller one; what is left is dropped.
fn in_two_units(seconds: u64) -> String {
    let mut rest = seconds;
    let mut text = String::new();
    for (name, length) in UNITS.iter().skip_while(|(_, length)| seconds < *length).take(2) {
        let number = rest / length;
        rest %= length;
        if number > 0 {
            let separator = if text.is_empty() { "" } else { " " };
            // Writing to a string cannot fail.
            let _ = write!(text, "{separator}{number} {name}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_in_units_that_suit_their_size() {
        let texts = [
            (0, "0 s"),
            (20_000, "0.1 ms"),
            (375_942, "0.4 ms"),
            (9_900_000, "9.9 ms"),
            (9_960_000, "10 ms"),
            (20_375_942, "20 ms"),
            (999_400_000, "999 ms"),
            (999_600_000, "1 s"),
            (1_460_000_000, "1.5 s"),
            (2_000_000_000, "2 s"),
            (9_960_000_000, "10 s"),
            (59_400_000_000, "59 s"),
            (59_600_000_000, "1 min"),
            (61_000_000_000, "1 min 1 s"),
            (3_599_600_000_000, "1 h"),
            (3_600_000_000_000, "1 h"),
            (5_430_000_000_000, "1 h 30 min"),
            (86_399_000_000_000, "23 h 59 min"),
            (86_401_000_000_000, "1 d"),
            (604_755_000_000_000, "6 d 23 h"),
        ];
        for (nanos, text) in texts {
            assert_eq!(duration_text(Duration::from_nanos(nanos)), text, "{nanos} ns");
        }
        assert_eq!(duration_text(Duration::MAX), "213503982334601 d 7 h");
    }
}
