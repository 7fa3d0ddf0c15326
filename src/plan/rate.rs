//! How many queries a second are sent to an address.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

/// A number of queries a second, or the part of it that one of several processes sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryRate {
    queries: NonZeroU32,
    /// The number of processes that share the rate.
    processes: NonZeroU32,
}

/// A text that is no rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a number of queries; write N, or N/PROCESSES where several processes share it, as in 100/3", .0.escape_debug())]
pub struct ParseRateError(String);

impl QueryRate {
    /// The number of processes that share it.
    pub fn processes(self) -> u32 {
        self.processes.get()
    }

    /// The time between two queries.
    pub fn interval(self) -> Duration {
        Duration::from_secs(self.processes.get().into()) / self.queries.get()
    }
}

impl FromStr for QueryRate {
    type Err = ParseRateError;

    fn from_str(text: &str) -> Result<Self, ParseRateError> {
        let (queries, processes) = text.split_once('/').unwrap_or((text, "1"));
        match (queries.parse(), processes.parse()) {
            (Ok(queries), Ok(processes)) => Ok(Self { queries, processes }),
            _ => Err(ParseRateError(text.to_owned())),
        }
    }
}

impl fmt::Display for QueryRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.processes.get() {
            1 => write!(f, "{}", self.queries),
            processes => write!(f, "{}/{processes}", self.queries),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_shared_by_the_processes_that_it_names() {
        let interval = |text: &str| text.parse::<QueryRate>().map(QueryRate::interval);
        assert_eq!(interval("10"), Ok(Duration::from_millis(100)));
        assert_eq!(interval("10/2"), Ok(Duration::from_millis(200)));
        assert_eq!(interval("1/3"), Ok(Duration::from_secs(3)));
        for text in ["", "0", "0/2", "10/0", "-1", "1.5", "10/", "/2", "1/2/3", "many"] {
            assert!(interval(text).unwrap_err().to_string().contains("as in 100/3"), "{text}");
        }
    }
}
