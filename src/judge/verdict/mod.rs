//! Verdicts, severities, and the one table between them.

pub mod decide;
pub mod lag;
pub mod reference;

use serde::Serialize;

/// What is true of one address, or of a zone; in the order in which they are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No usable reply on any transport before the deadline.
    Unreachable,
    /// It replied, but not with authority and exactly this zone's SOA.
    Lame,
    /// One address served two versions of the zone in one check.
    Mixed,
    /// Its serial is exactly 2^31 away from the reference's.
    Incomparable,
    /// Its serial is newer than the reference's.
    Ahead,
    /// Its records are not what the reference served at that serial.
    Diverged,
    /// Older serial, and the time in which the protocol heals it has passed.
    Stuck,
    /// Older serial, and nothing tells for how long already.
    Behind,
    /// Older serial, and the protocol still has time to heal it.
    Propagating,
    /// It answered, but could not be judged.
    Unknown,
    /// The same version as the reference.
    InSync,
}

/// How much something matters, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Users get wrong answers, or none.
    Critical,
    /// It could not be told.
    Unknown,
    /// Not yet as it should be.
    Warning,
    /// As it should be.
    Ok,
}

impl Verdict {
    /// Every verdict, in the order in which they are decided.
    pub const ALL: [Self; 11] = [
        Self::Unreachable,
        Self::Lame,
        Self::Mixed,
        Self::Incomparable,
        Self::Ahead,
        Self::Diverged,
        Self::Stuck,
        Self::Behind,
        Self::Propagating,
        Self::Unknown,
        Self::InSync,
    ];

    /// Returns its name in reports, metrics and `explain`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Lame => "lame",
            Self::Mixed => "mixed",
            Self::Incomparable => "incomparable",
            Self::Ahead => "ahead",
            Self::Diverged => "diverged",
            Self::Stuck => "stuck",
            Self::Behind => "behind",
            Self::Propagating => "propagating",
            Self::Unknown => "unknown",
            Self::InSync => "in_sync",
        }
    }

    /// Returns the severity in the table; `mixed` between versions of one serial is worse.
    pub fn severity(self) -> Severity {
        match self {
            Self::Unreachable
            | Self::Lame
            | Self::Incomparable
            | Self::Ahead
            | Self::Diverged
            | Self::Stuck => Severity::Critical,
            Self::Mixed | Self::Behind | Self::Propagating => Severity::Warning,
            Self::Unknown => Severity::Unknown,
            Self::InSync => Severity::Ok,
        }
    }

    /// Returns whether the protocol mends this without anybody's help; `None` where that cannot be told.
    pub fn self_heals(self) -> Option<bool> {
        match self {
            Self::Incomparable | Self::Ahead | Self::Diverged | Self::Stuck => Some(false),
            Self::Propagating => Some(true),
            Self::Unreachable | Self::Lame | Self::Mixed | Self::Behind | Self::Unknown | Self::InSync => {
                None
            }
        }
    }
}

impl Severity {
    /// Returns its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Ok => "ok",
        }
    }

    /// Returns the exit code, as monitoring plugins use it.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }

    /// Returns the worse of both.
    pub fn worse(self, other: Self) -> Self {
        self.min(other)
    }
}

/// Returns the worst verdict by severity, then by the order of the table; `Unknown` for none at all.
pub fn worst(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    verdicts.into_iter().min_by_key(|verdict| (verdict.severity(), *verdict)).unwrap_or(Verdict::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_verdict_is_worst_by_severity_first() {
        assert_eq!(worst([Verdict::InSync, Verdict::Mixed, Verdict::Stuck]), Verdict::Stuck);
        assert_eq!(worst([Verdict::Behind, Verdict::Unknown]), Verdict::Unknown);
        assert_eq!(worst([Verdict::Diverged, Verdict::Lame]), Verdict::Lame);
        assert_eq!(worst([Verdict::InSync]), Verdict::InSync);
        assert_eq!(worst([]), Verdict::Unknown);
    }

    #[test]
    fn the_worst_exit_codes_come_first() {
        let codes =
            [Severity::Critical, Severity::Unknown, Severity::Warning, Severity::Ok].map(Severity::exit_code);
        assert_eq!(codes, [2, 3, 1, 0]);
        assert_eq!(Severity::Warning.worse(Severity::Unknown), Severity::Unknown);
    }
}
