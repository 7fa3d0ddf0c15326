//! What cells of tables are made of.

use maud::{Markup, html};

use crate::http::pages::links;
use crate::http::pages::text::visible;
use crate::report::model::ServerReport;
use crate::report::server_label;

/// The name of a server, and its address below it; the address alone, if that is its name.
pub(super) fn server_name(server: &ServerReport) -> Markup {
    let address = server.address_text();
    let label = server_label(&server.server, address);
    html! {
        @if address.is_empty() || label == address {
            strong { (visible(&label)) }
        } @else {
            strong { (visible(&server.server)) } " " span.part.muted { (visible(address)) }
        }
    }
}

/// The same, with a link to the page of the server.
pub(super) fn server_link(base: &str, server: &ServerReport) -> Markup {
    html! { a.server-link href=(links::server(base, &server.server)) { (server_name(server)) } }
}

/// A cell without a value; screen readers are told why.
pub(super) fn nothing(why: &str) -> Markup {
    html! { span.muted aria-hidden="true" { "–" } span.hidden { (why) } }
}
