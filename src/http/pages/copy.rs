//! Commands that a person types next.

use maud::{Markup, html};

/// A command, with a button that copies it. The script shows the button, since nothing else makes it work.
pub(super) fn command(text: &str) -> Markup {
    html! {
        div.command {
            code { (text) }
            button type="button" data-copy hidden { "Copy" }
        }
    }
}
