//! Every link from page to page: below the path under which a proxy publishes the service, percent-encoded.

use super::assets::Asset;
use crate::dns::Name;
use crate::plan::{percent_encode, zone_page_path};

/// All zones, or those that a query asks for: `verdict=stuck&q=a%20b`.
pub(super) fn zones(base: &str, query: &str) -> String {
    match query {
        "" => format!("{base}/"),
        query => format!("{base}/?{query}"),
    }
}

/// The page of a zone.
pub(super) fn zone(base: &str, zone: &Name) -> String {
    format!("{base}{}", zone_page_path(zone))
}

/// All servers.
pub(super) fn servers(base: &str) -> String {
    format!("{base}/servers")
}

/// All codes.
pub(super) fn codes(base: &str) -> String {
    format!("{base}/explain")
}

/// An asset.
pub(super) fn asset(base: &str, asset: &Asset) -> String {
    format!("{base}/assets/{}", asset.name())
}

/// What is for programs: a path without characters that need to be encoded, such as `/metrics`.
pub(super) fn program(base: &str, path: &str) -> String {
    format!("{base}{path}")
}

/// What a code means.
pub(super) fn explain(base: &str, code: &str) -> String {
    format!("{base}/explain/{}", percent_encode(code))
}
