//! The frame of all pages.

use std::time::{Duration, SystemTime};

use maud::{DOCTYPE, Markup, html};

use super::text::visible;
use super::{assets, links};
use crate::clock;
use crate::http::state::AppState;

/// How long an open page stays as it is, where it is about zones or servers.
pub(super) const REFRESH: Duration = Duration::from_secs(30);

/// What all pages of a response share.
#[derive(Debug)]
pub(super) struct Site {
    /// The path under which a proxy publishes the service, with which all links begin; empty without one.
    pub(super) base: String,
    /// What the operator calls the place that zones are checked from.
    pub(super) vantage: Option<String>,
    /// When the page is made.
    pub(super) now: SystemTime,
}

impl Site {
    /// What pages share that are made now.
    pub(super) fn of(state: &AppState) -> Self {
        Self { base: state.base_path(), vantage: state.vantage(), now: clock::now() }
    }
}

/// A part of the site, as the navigation names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Zones,
    Servers,
    Codes,
}

impl Section {
    const ALL: [Self; 3] = [Self::Zones, Self::Servers, Self::Codes];

    fn name(self) -> &'static str {
        match self {
            Self::Zones => "Zones",
            Self::Servers => "Servers",
            Self::Codes => "Codes",
        }
    }

    fn link(self, base: &str) -> String {
        match self {
            Self::Zones => links::zones(base, ""),
            Self::Servers => links::servers(base),
            Self::Codes => links::codes(base),
        }
    }
}

/// What a page tells its frame.
#[derive(Debug)]
pub(super) struct PageHead<'p> {
    /// The title: what is wrong, in numbers, comes first.
    pub(super) title: &'p str,
    /// The part of the site that the page belongs to.
    pub(super) section: Option<Section>,
    /// What was searched for.
    pub(super) search: &'p str,
    /// How long the page stays as it is; `None` if it does not change.
    pub(super) refresh: Option<Duration>,
}

/// Puts the content of a page into its frame.
pub(super) fn layout(site: &Site, head: &PageHead<'_>, main: &Markup) -> String {
    let base = site.base.as_str();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (head.title) " · zoneprobe" }
                link rel="stylesheet" href=(links::asset(base, &assets::STYLE));
                link rel="icon" type="image/svg+xml" href=(links::asset(base, &assets::ICON));
                script defer src=(links::asset(base, &assets::SCRIPT)) {}
            }
            body data-refresh=[head.refresh.map(|refresh| refresh.as_secs())] {
                a.skip href="#main" { "Skip to content" }
                (header(base, head))
                main #main tabindex="-1" { (main) }
                (footer(site))
            }
        }
    };
    page.into_string()
}

fn header(base: &str, head: &PageHead<'_>) -> Markup {
    html! {
        header.top {
            a.brand href=(links::zones(base, "")) { (brand()) "zoneprobe" }
            nav aria-label="Main" {
                ul {
                    @for section in Section::ALL {
                        @let current = (head.section == Some(section)).then_some("page");
                        li { a href=(section.link(base)) aria-current=[current] { (section.name()) } }
                    }
                }
            }
            form.search role="search" action=(links::zones(base, "")) {
                label.hidden for="search" { "Find zones by name" }
                input #search type="search" name="q" value=(head.search) placeholder="Find zones" autocomplete="off"
                    spellcheck="false";
                button { "Find" }
            }
        }
    }
}

/// Three servers, one of which lags.
fn brand() -> Markup {
    html! {
        svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true" {
            rect.plate width="32" height="32" rx="8" {}
            rect.bar x="7" y="8" width="18" height="4" rx="2" {}
            rect.bar x="7" y="14" width="18" height="4" rx="2" {}
            rect.late x="7" y="20" width="11" height="4" rx="2" {}
        }
    }
}

fn footer(site: &Site) -> Markup {
    let program = |path| links::program(&site.base, path);
    html! {
        footer {
            // The script says here how old the page is.
            p #updated {}
            p #status role="status" {}
            ul {
                li { "zoneprobe " (env!("CARGO_PKG_VERSION")) }
                @if let Some(vantage) = &site.vantage { li { "seen from " (visible(vantage)) } }
                li { a href=(program("/metrics")) { "Metrics" } }
                li { a href=(program("/api/v1/zones")) { "All zones as JSON" } }
                li { a href=(program("/sd")) { "Service discovery" } }
            }
        }
    }
}
