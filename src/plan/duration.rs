//! Durations, as people write them.

use std::time::Duration;

/// The longest duration: a few of them added to a date are a date still.
const MAX_DURATION: Duration = Duration::from_hours(24 * 365 * 100);

/// Why a text is not a duration.
#[derive(Debug, thiserror::Error)]
pub enum ParseDurationError {
    /// It is not a number with a unit.
    #[error(transparent)]
    Text(#[from] humantime::DurationError),
    /// It is longer than 100 years.
    #[error("more than 100 years")]
    TooLong,
    /// It is zero.
    #[error("it must be longer than 0s")]
    Zero,
}

/// Parses a duration: numbers with units, as in `90s` or `1h 30m`.
pub fn parse_duration(text: &str) -> Result<Duration, ParseDurationError> {
    let duration = humantime::parse_duration(text)?;
    if duration > MAX_DURATION { Err(ParseDurationError::TooLong) } else { Ok(duration) }
}

/// Parses a duration that is not zero.
pub fn parse_positive_duration(text: &str) -> Result<Duration, ParseDurationError> {
    match parse_duration(text)? {
        Duration::ZERO => Err(ParseDurationError::Zero),
        duration => Ok(duration),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_units_and_a_maximum() {
        assert_eq!(parse_duration("1h 30m").unwrap(), Duration::from_mins(90));
        assert_eq!(
            parse_duration("100y").map_err(|error| error.to_string()),
            Err("more than 100 years".to_owned())
        );
        assert!(parse_duration("500000000000y").is_err());
        assert!(parse_duration("60").is_err());
        assert_eq!(parse_duration("0s").unwrap(), Duration::ZERO);
        assert!(matches!(parse_positive_duration("0s"), Err(ParseDurationError::Zero)));
        assert_eq!(parse_positive_duration("1ms").unwrap(), Duration::from_millis(1));
    }
}
