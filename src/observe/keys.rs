//! The keys of a zone that an address has shown.

use super::TimeSpan;
use crate::digest::KeySet;

/// The keys that an address published, and those that signed what it served, at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySighting {
    /// When.
    pub span: TimeSpan,
    /// The keys.
    pub keys: KeySet,
}
