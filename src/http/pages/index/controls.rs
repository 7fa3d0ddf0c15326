//! Which zones are listed, how to list others, and the other pages of the list.

use maud::{Markup, html};

use super::query::{ListQuery, Sort};
use crate::http::pages::layout::Site;
use crate::http::pages::links;
use crate::http::pages::text::visible;
use crate::judge::{Severity, Verdict};
use crate::report::{count, grouped};

/// The zones of a page of the list: their places, from 0 on, among all that are listed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// The number of the page, from 1 on.
    pub(super) page: usize,
    /// How many pages there are.
    pub(super) pages: usize,
    /// The place of its first zone.
    pub(super) first: usize,
    /// The number of its zones.
    pub(super) size: usize,
    /// The number of zones on all pages.
    pub(super) all: usize,
}

impl Shown {
    /// The page with this number, or the last one if there are not so many.
    pub(super) fn of(page: usize, size: usize, all: usize) -> Self {
        let pages = all.div_ceil(size.max(1)).max(1);
        let page = page.clamp(1, pages);
        let first = (page - 1) * size;
        Self { page, pages, first, size: size.min(all - first), all }
    }
}

/// The filters that are set, each with a link to the list without it; nothing without any.
pub(super) fn filters_set(site: &Site, query: &ListQuery) -> Markup {
    html! {
        @if !query.is_of_all() {
            ul.counts {
                @for (name, value) in query.filters() {
                    li {
                        a.chip href=(links::zones(&site.base, &query.without(name))) {
                            (label(name)) " " strong { (visible(value)) }
                            span.hidden { ": leave this out" } span aria-hidden="true" { " ×" }
                        }
                    }
                }
                li { a.chip href=(links::zones(&site.base, "")) { "Show all zones" } }
            }
        }
    }
}

/// The form that asks for other zones, or for another order.
pub(super) fn form(site: &Site, query: &ListQuery) -> Markup {
    let severities = [Severity::Critical, Severity::Unknown, Severity::Warning, Severity::Ok];
    html! {
        details #filters open[!query.is_of_all()] {
            summary { "Filter and sort" }
            form.filters action=(links::zones(&site.base, "")) {
                (text_field("q", "Name or id has", query))
                (choice("verdict", "any", &Verdict::ALL.map(|it| (it.code(), it.code())), query))
                (choice("severity", "any", &severities.map(|it| (it.name(), it.name())), query))
                (text_field("code", "Code", query))
                (text_field("server", "Server", query))
                (text_field("group", "Group", query))
                (choice("sort", "", &Sort::ALL.map(|it| (it.code(), it.words())), query))
                button { "Show" }
            }
        }
    }
}

fn text_field(name: &str, words: &str, query: &ListQuery) -> Markup {
    html! {
        label { (words) input name=(name) value=(visible(query.value(name))) autocomplete="off" spellcheck="false"; }
    }
}

/// A choice among values, each with its words; `any` stands for none of them, unless it is empty.
fn choice(name: &str, any: &str, values: &[(&str, &str)], query: &ListQuery) -> Markup {
    let chosen = query.value(name);
    html! {
        label {
            (label(name))
            select name=(name) {
                @if !any.is_empty() { option value="" { (any) } }
                @for (value, words) in values { option value=(value) selected[*value == chosen] { (words) } }
            }
        }
    }
}

/// What people call a parameter.
fn label(name: &str) -> &'static str {
    match name {
        "verdict" => "Verdict",
        "severity" => "Severity",
        "code" => "Code",
        "server" => "Server",
        "group" => "Group",
        "sort" => "Order",
        _ => "Name or id has",
    }
}

/// Which zones are shown, and links to the pages before and after.
pub(super) fn pager(site: &Site, query: &ListQuery, shown: Shown) -> Markup {
    let Shown { page, pages, first, size, all } = shown;
    let link = |page| links::zones(&site.base, &query.with_page(page));
    html! {
        @if pages > 1 {
            nav.pager aria-label="Pages of zones" {
                span.muted {
                    (grouped(first as u64 + 1)) "–" (grouped((first + size) as u64)) " of "
                    (count(all as u64, "zone", "zones"))
                }
                @if page > 1 { a rel="prev" href=(link(page - 1)) { "← Previous" } }
                span { "Page " (page) " of " (grouped(pages as u64)) }
                @if page < pages { a rel="next" href=(link(page + 1)) { "Next →" } }
            }
        }
    }
}
