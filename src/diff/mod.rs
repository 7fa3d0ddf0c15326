//! What makes the records of a zone at one server equal to those of a reference.
//!
//! In: the RRsets of both in canonical order, and which types are left out. Out: [`RrsetChange`]s, counted, and their text
//! for people ([`text`]) or for programs: an `nsupdate` script, commands for `knotc`, a zone file. It reads nothing and sends
//! nothing, holds one RRset of each side at a time, and never says more of a zone than it was given.

mod changes;
mod data;
mod groups;
mod knotc;
mod left_out;
mod merge;
mod nsupdate;
mod presentation;
mod sum;
pub mod text;
pub mod zone;

pub use changes::{Changes, RrsetChange};
pub use data::RrsetData;
pub use groups::{OwnerGroups, comes_last, name_server_names};
pub use knotc::KnotcCommands;
pub use left_out::{DiffRules, LeftOut};
pub use merge::{Merged, RrsetPair};
pub use nsupdate::{NsupdateScript, UpdatedServer};
pub use sum::{ChangeKind, ChangeSum};

#[cfg(test)]
mod tests;
