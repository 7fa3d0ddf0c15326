//! Verdicts, severities, and the one table between them.

pub mod decide;
pub mod lag;
pub mod reference;

/// The verdict over an address or a zone, in the order in which they are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// No response over UDP or TCP before the deadline.
    Unreachable,
    /// A response without authority, or without exactly the SOA of this zone.
    Lame,
    /// One address serves two versions of the zone by turns.
    Mixed,
    /// The serial is exactly 2^31 away from the reference's (RFC 1982).
    Incomparable,
    /// The serial is newer than the reference's.
    Ahead,
    /// The records are not those that the reference served at this serial.
    Diverged,
    /// The serial is older, and refresh and retry should have brought the new version by now.
    Stuck,
    /// The serial is older, for an unknown time.
    Behind,
    /// The serial is older, and refresh and retry can still bring the new version in time.
    Propagating,
    /// It answered, and could not be judged.
    Unknown,
    /// The version is the reference's.
    InSync,
}

/// How much a verdict or a finding matters, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Users get wrong answers, or none.
    Critical,
    /// Something could not be checked.
    Unknown,
    /// Something is wrong that users do not notice, or that heals.
    Warning,
    /// Nothing is wrong.
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

    /// The name in reports, metrics and `explain`.
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

    /// The severity in the table; a `mixed` address may be critical.
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

    /// Whether the address gives no answer for the zone.
    pub fn is_outage(self) -> bool {
        matches!(self, Self::Unreachable | Self::Lame)
    }

    /// Whether the protocol heals this without help; `None` if it may or may not.
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
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Ok => "ok",
        }
    }

    /// The exit code, as monitoring plugins use it.
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
