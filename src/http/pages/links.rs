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

/// A page of the servers that have this text in their name or address, counted from 1.
pub(super) fn servers_page(base: &str, text: &str, page: usize) -> String {
    let text = if text.is_empty() { String::new() } else { format!("q={}&", percent_encode(text)) };
    format!("{base}/servers?{text}page={page}")
}

/// The page of a server.
pub(super) fn server(base: &str, name: &str) -> String {
    format!("{base}/servers/{}", percent_encode(name))
}

/// The zones of a server, by its name or address, for which all of this holds.
pub(super) fn zones_of_server(base: &str, server: &str, wanted: &[(&str, &str)]) -> String {
    let wanted = wanted
        .iter()
        .fold(String::new(), |all, (name, value)| all + "&" + name + "=" + &percent_encode(value));
    zones(base, &format!("server={}{wanted}", percent_encode(server)))
}

/// All codes.
pub(super) fn codes(base: &str) -> String {
    format!("{base}/explain")
}

/// What a code means.
pub(super) fn explain(base: &str, code: &str) -> String {
    format!("{base}/explain/{}", percent_encode(code))
}

/// An asset.
pub(super) fn asset(base: &str, asset: &Asset) -> String {
    format!("{base}/assets/{}", asset.name())
}

/// What is for programs: a path without characters that need to be encoded, such as `/metrics`.
pub(super) fn program(base: &str, path: &str) -> String {
    format!("{base}{path}")
}
