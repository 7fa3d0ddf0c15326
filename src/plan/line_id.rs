//! The identity of a line of a list of zones, which the user gives and gets back.

use std::fmt;

/// What a user calls a line: a text, or a whole number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineId {
    /// A text.
    Text(Box<str>),
    /// A whole number.
    Number(i64),
}

impl fmt::Display for LineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
        }
    }
}
