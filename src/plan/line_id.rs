//! The identity of a line of a list of zones, which the user gives and gets back.

/// What a user calls a line: a text, or a whole number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineId {
    /// A text.
    Text(Box<str>),
    /// A whole number.
    Number(i64),
}
