//! Why a cache cannot be looked into.

use std::fmt;

use crate::advice::task::SHOW_CACHE;
use crate::dns::message::{REFUSED, rcode_name};
use crate::observe::Failure;

/// Why a cache cannot be looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheFailure {
    /// The resolver gave no usable answer.
    Failed(Failure),
    /// It refuses to show its cache.
    Refused,
    /// It is a server of the zone itself.
    Authoritative,
}

impl CacheFailure {
    /// The failure of an answer with an RCODE that is an error.
    pub(super) fn of_rcode(rcode: u16) -> Self {
        match rcode {
            REFUSED => Self::Refused,
            rcode => Self::Failed(Failure::Rcode(rcode)),
        }
    }

    /// Whether there is no use in asking for other RRsets.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Failed(Failure::Rcode(_)))
    }

    /// The name of the failure in the JSON report.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Failed(failure) => failure.kind(),
            Self::Refused => Failure::Rcode(REFUSED).kind(),
            Self::Authoritative => "authoritative",
        }
    }
}

impl fmt::Display for CacheFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(failure) => failure.fmt(f),
            Self::Refused => {
                let settings = SHOW_CACHE.commands.iter();
                let settings: Vec<String> =
                    settings.map(|it| format!("`{}` in {}", it.text, it.software)).collect();
                let (rcode, settings) = (rcode_name(REFUSED), settings.join(" or "));
                write!(f, "answered {rcode}: it must show its cache to this host, by {settings}; ")?;
                f.write_str("one that answers its users can be asked with --cache-recurse")
            }
            Self::Authoritative => {
                f.write_str("answered with authority: it serves the zone, and is no cache of it")
            }
        }
    }
}
