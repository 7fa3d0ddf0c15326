//! How long something may take, as people write it.

use std::time::Duration;

/// No time may be longer, so that a few of them and a date make a date.
const LONGEST: Duration = Duration::from_hours(24 * 365 * 100);

/// Why a text is no duration.
#[derive(Debug, thiserror::Error)]
pub enum ParseDuration {
    /// It is not written as one.
    #[error(transparent)]
    Text(#[from] humantime::DurationError),
    /// It is more than 100 years.
    #[error("more than 100 years")]
    TooLong,
    /// It is no time at all.
    #[error("it must be longer than 0s")]
    Zero,
}

/// Reads a duration: numbers with units, as in `90s` or `1h 30m`.
pub fn duration(text: &str) -> Result<Duration, ParseDuration> {
    let duration = humantime::parse_duration(text)?;
    if duration > LONGEST { Err(ParseDuration::TooLong) } else { Ok(duration) }
}

/// Reads a duration that is not zero.
pub fn some_time(text: &str) -> Result<Duration, ParseDuration> {
    match duration(text)? {
        Duration::ZERO => Err(ParseDuration::Zero),
        duration => Ok(duration),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_written_with_units_and_ends() {
        assert_eq!(duration("1h 30m").unwrap(), Duration::from_mins(90));
        assert_eq!(
            duration("100y").map_err(|error| error.to_string()),
            Err("more than 100 years".to_owned())
        );
        assert!(duration("500000000000y").is_err());
        assert!(duration("60").is_err());
        assert_eq!(duration("0s").unwrap(), Duration::ZERO);
        assert!(matches!(some_time("0s"), Err(ParseDuration::Zero)));
        assert_eq!(some_time("1ms").unwrap(), Duration::from_millis(1));
    }
}
