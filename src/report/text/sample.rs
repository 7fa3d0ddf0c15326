//! What a sample of the records says of those that were not asked for.

use crate::report::model::{Compared, CopyReport, DifferencesReport, ServerReport, ZoneReport};

/// The probability that a bound is too low.
const RISK: f64 = 0.05;

/// The smallest of the samples that were compared of a zone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample<'r> {
    copy: &'r CopyReport,
    /// Whether no RRset differs in any of the samples.
    is_clean: bool,
}

impl<'r> Sample<'r> {
    /// Returns the smallest sample; `None` if all records were compared, or none.
    pub(crate) fn of(zone: &'r ZoneReport) -> Option<Self> {
        if zone.compared != Compared::Sampled {
            return None;
        }
        let sampled = || zone.servers.iter().filter(|server| server.compared == Compared::Sampled);
        let copies = sampled().filter_map(|server| server.copy.as_ref());
        let copy = copies.min_by_key(|copy| (copy.askable.is_some(), copy.asked))?;
        let differs = |server: &ServerReport| {
            server.differences.as_ref().is_some_and(|it| DifferencesReport::all(it) > 0)
        };
        Some(Self { copy, is_clean: !sampled().any(differs) })
    }

    /// Describes how much was compared: `500 of 12,000 RRsets`.
    pub(crate) fn size(self) -> String {
        self.copy.asked_in_words().unwrap_or_default()
    }

    /// Describes how many RRsets differ at most; `None` if some do, or if the sample was not drawn at random.
    pub(crate) fn bound(self) -> Option<String> {
        let asked = self.copy.asked.filter(|asked| *asked > 0 && self.is_clean && self.copy.is_drawn)?;
        self.copy.askable?;
        Some(format!("with 95 % confidence at most {} % of the RRsets differ", most_percent(asked)))
    }
}

/// The percentage of RRsets that differ at most, where of this many drawn at random none does: with more, one would
/// have been drawn with a probability of 95 %. It is rounded up.
fn most_percent(drawn: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "no zone has 2^52 RRsets")]
    let percent = 100.0 * (1.0 - RISK.powf(1.0 / drawn as f64));
    // Digits behind the point, so that there are two that count above 1 %, and one below it.
    let digits = if percent >= 10.0 {
        0
    } else if percent >= 1.0 {
        1
    } else {
        (1..6).find(|&digits| percent * 10_f64.powi(digits) >= 1.0).unwrap_or(6)
    };
    let scale = 10_f64.powi(digits);
    ((percent * scale).ceil() / scale).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_of_a_sample_is_the_rule_of_three_rounded_up() {
        for (drawn, percent) in [
            (1, "95"),
            (2, "78"),
            (10, "26"),
            (59, "5"),
            (100, "3"),
            (299, "1"),
            (500, "0.6"),
            (10_000, "0.03"),
            (100_000, "0.003"),
            (10_000_000, "0.00003"),
        ] {
            assert_eq!(most_percent(drawn), percent, "{drawn}");
        }
    }
}
