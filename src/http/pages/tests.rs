use std::time::{Duration, SystemTime};

use hyper::StatusCode;

use super::layout::Site;
use super::*;
use crate::judge::Code;
use crate::monitor::Results;

/// A site below a path, at a fixed time.
pub(super) fn site() -> Site {
    Site {
        base: "/dns".to_owned(),
        vantage: Some("fra<1>".to_owned()),
        now: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000),
    }
}

pub(super) fn text(response: &HttpResponse) -> String {
    String::from_utf8(response.body.to_vec()).unwrap()
}

/// Checks what holds of every page, and returns its text.
#[track_caller]
pub(super) fn checked(response: &HttpResponse) -> String {
    let page = text(response);
    assert_eq!(response.content_type, "text/html; charset=utf-8");
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{page}");
    for once in [
        "<h1",
        "<main id=\"main\"",
        "</title><link ",
        "<nav aria-label=\"Main\"",
        "<script defer src=\"/dns/assets/script.",
    ] {
        assert_eq!(page.matches(once).count(), 1, "{once}: {page}");
    }
    for attribute in [" href=\"", " src=\"", " action=\""] {
        for target in page.split(attribute).skip(1) {
            assert!(target.starts_with("/dns/") || target.starts_with('#'), "{attribute}{target:.60}");
        }
    }
    // The policy lets none of these through.
    for inline in [" style=\"", "<style", " onclick", "javascript:", "<script>"] {
        assert!(!page.contains(inline), "{inline}: {page}");
    }
    // Of two, browsers take the first.
    for tag in page.split('<').filter_map(|tag| tag.split('>').next()) {
        assert!(tag.matches(" class=\"").count() <= 1, "{tag}");
    }
    assert!(page.contains("seen from fra&lt;1&gt;"), "{page}");
    page
}

#[test]
fn a_path_is_a_page_or_none() {
    for (path, page, handler) in [
        ("/", Page::Zones, "page"),
        ("/zones/a%20b", Page::Zone("a%20b".to_owned()), "zone_page"),
        ("/explain", Page::Codes, "explain_page"),
        ("/explain/a%20b/c", Page::Code("a%20b/c".to_owned()), "explain_page"),
        ("/assets/x", Page::Asset("x".to_owned()), "asset"),
    ] {
        assert_eq!(route(path), Some(page.clone()), "{path}");
        assert_eq!(page.handler(), handler);
    }
    for path in ["", "/explain/", "/explained", "/assets", "/assets/", "/metrics", "//"] {
        assert_eq!(route(path), None, "{path}");
    }
}

#[test]
fn every_code_has_a_page_that_the_list_links_to() {
    let list = explain::index(&site());
    let list = checked(&list);
    for code in Code::all() {
        assert!(list.contains(&format!("href=\"/dns/explain/{}\"", code.name())), "{}", code.name());
        let response = explain::one(&Results::default(), &site(), code.name());
        assert_eq!(response.status, StatusCode::OK);
        let page = checked(&response);
        assert!(page.contains(&format!("<h1><code>{}</code></h1>", code.name())), "{page}");
    }
    let page = checked(&explain::one(&Results::default(), &site(), "STUCK"));
    assert!(page.contains("<code>rndc retransfer ZONE</code><button type=\"button\" data-copy hidden>"));
    assert!(page.contains("It does not heal by itself.") && page.contains("No zone has it now."), "{page}");
}

#[test]
fn an_unknown_code_is_a_page_that_names_a_similar_one() {
    let response = explain::one(&Results::default(), &site(), "stcuk");
    assert_eq!(response.status, StatusCode::NOT_FOUND);
    let page = checked(&response);
    assert!(page.contains("Did you mean <a href=\"/dns/explain/stuck\">stuck</a>?"), "{page}");
    let page = checked(&explain::one(&Results::default(), &site(), "%3Cscript%3E%E2%80%AE"));
    assert!(page.contains("No code is called &lt;script&gt;\\u{202e}"), "{page}");
    assert!(!page.contains("Did you mean"), "{page}");
    let page = checked(&explain::one(&Results::default(), &site(), "%ff"));
    assert!(page.contains("No code is called %ff"), "{page}");
}

#[test]
fn a_refusal_is_a_page() {
    assert_eq!(refusal::not_found(&site()).status, StatusCode::NOT_FOUND);
    let page = checked(&refusal::bad_request(&site(), "`<b>` is not a parameter"));
    assert!(page.contains("&lt;b&gt;"), "{page}");
}
