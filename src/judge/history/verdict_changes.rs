//! The states of an address over time, as they are stored.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::judge::verdict::{Severity, Verdict};

/// The number that stands for no check.
const UNCHECKED: u8 = u8::MAX;

/// The severities by their numbers.
const SEVERITIES: [Severity; 4] = [Severity::Critical, Severity::Unknown, Severity::Warning, Severity::Ok];

/// What is true of an address from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictChange {
    /// When the check ended that found it.
    #[serde(with = "crate::judge::millis")]
    pub at: SystemTime,
    /// What it found.
    pub state: RecordedState,
}

/// What is known of an address at a time; the worse one is the lesser, and to know nothing is the mildest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum RecordedState {
    /// The last check gave a verdict.
    Judged {
        /// How much it matters at this address.
        severity: Severity,
        /// The verdict.
        verdict: Verdict,
    },
    /// Nothing has checked it for long.
    Unchecked,
}

impl RecordedState {
    /// It serves the version of the reference, or will in time.
    pub const IN_SYNC: Self = Self::Judged { severity: Severity::Ok, verdict: Verdict::InSync };

    /// What is recorded of a verdict.
    pub fn of(verdict: Verdict, severity: Severity) -> Self {
        match verdict {
            Verdict::InSync | Verdict::Propagating => Self::IN_SYNC,
            _ => Self::Judged { severity, verdict },
        }
    }

    /// Whether something is wrong, or could not be judged.
    pub fn is_trouble(self) -> bool {
        self < Self::IN_SYNC
    }
}

impl From<RecordedState> for u8 {
    fn from(state: RecordedState) -> Self {
        let RecordedState::Judged { severity, verdict } = state else { return UNCHECKED };
        let numbers =
            Verdict::ALL.into_iter().flat_map(|verdict| SEVERITIES.map(|it| (it, verdict))).zip(0..);
        let mut of_state = numbers.filter(|(judged, _)| *judged == (severity, verdict));
        of_state.next().map_or(UNCHECKED, |(_, number)| number)
    }
}

impl TryFrom<u8> for RecordedState {
    type Error = UnknownState;

    fn try_from(number: u8) -> Result<Self, UnknownState> {
        if number == UNCHECKED {
            return Ok(Self::Unchecked);
        }
        let verdict = Verdict::ALL.get(usize::from(number) / SEVERITIES.len());
        let severity = SEVERITIES.get(usize::from(number) % SEVERITIES.len());
        match (severity, verdict) {
            (Some(&severity), Some(&verdict)) => Ok(Self::Judged { severity, verdict }),
            _ => Err(UnknownState(number)),
        }
    }
}

/// A number that stands for no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no state has the number {0}")]
pub struct UnknownState(u8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_number_of_its_own() {
        let judged = Verdict::ALL
            .into_iter()
            .flat_map(|verdict| SEVERITIES.map(|severity| RecordedState::Judged { severity, verdict }));
        for state in judged.chain([RecordedState::Unchecked]) {
            assert_eq!(RecordedState::try_from(u8::from(state)), Ok(state));
        }
        assert_eq!(RecordedState::try_from(44), Err(UnknownState(44)));
        let [critical, warning] =
            [Verdict::Stuck, Verdict::Behind].map(|verdict| RecordedState::of(verdict, verdict.severity()));
        assert!(critical < warning, "a worse state is less");
        assert!(RecordedState::IN_SYNC < RecordedState::Unchecked);
    }
}
