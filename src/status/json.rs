//! JSON of servers.

use serde::Deserialize;

use super::quote::quoted;
use crate::observe::StatusFailure;

/// Parses JSON; the failure says where it is not what is expected.
pub(super) fn parse<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, StatusFailure> {
    serde_json::from_slice(body)
        .map_err(|error| StatusFailure::Malformed(quoted(error.to_string().as_bytes())))
}
