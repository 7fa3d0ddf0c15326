//! One file for each format that a report is written in.

pub(super) mod github;
pub(super) mod json;
pub(super) mod junit;
pub(super) mod markdown;
pub(super) mod nagios;
pub(super) mod prometheus;
pub(super) mod table;
