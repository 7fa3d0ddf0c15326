//! The entry of one code.

use crate::advice::task::Task;

/// The entry of one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RunbookEntry {
    /// A few words for the index, without a full stop.
    pub title: &'static str,
    /// What the code means, the most important thing first.
    pub meaning: &'static str,
    /// Possible causes, the most common first.
    pub causes: &'static [&'static str],
    /// What to do, in this order.
    pub remedy: &'static [&'static str],
    /// The commands and settings for the remedy.
    pub tasks: &'static [Task],
}
