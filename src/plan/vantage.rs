//! What an operator calls the place that zones are checked from.

/// The maximum number of characters of a vantage.
const MAX_LEN: usize = 64;

/// Why a text is no vantage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseVantageError {
    /// It is empty.
    #[error("the name of a vantage is empty")]
    Empty,
    /// It is too long.
    #[error("the name of a vantage has more than {MAX_LEN} characters")]
    TooLong,
    /// It has a character that is not printable.
    #[error("the name of a vantage must be printable text")]
    NotPrintable,
}

/// Parses what an operator calls the place that zones are checked from.
pub fn parse_vantage(text: &str) -> Result<String, ParseVantageError> {
    if text.trim().is_empty() {
        return Err(ParseVantageError::Empty);
    }
    if text.chars().any(char::is_control) {
        return Err(ParseVantageError::NotPrintable);
    }
    if text.chars().count() > MAX_LEN {
        return Err(ParseVantageError::TooLong);
    }
    Ok(text.to_owned())
}
