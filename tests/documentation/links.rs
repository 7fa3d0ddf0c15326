//! Relative links between documents, and to what else is in the repository.

use super::{Document, documents_in};

/// A text without its fenced blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The targets of the links in a text.
fn links(text: &str) -> Vec<&str> {
    prose(text).flat_map(|line| line.split("](").skip(1)).filter_map(|rest| rest.split(')').next()).collect()
}

/// The anchors of the headings of a text, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    let mut plain: Vec<String> = Vec::new();
    let headings = prose(text).filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let earlier = plain.iter().filter(|other| **other == anchor).count();
        plain.push(anchor.clone());
        if earlier == 0 { anchor } else { format!("{anchor}-{earlier}") }
    };
    headings.map(anchor).collect()
}

/// What is wrong with a link in a document, if anything is.
fn fault(document: &Document, link: &str) -> Option<String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => document.path.clone(),
        path => document.path.parent().unwrap().join(path),
    };
    if !target.exists() {
        return Some("no such file".to_owned());
    }
    if anchor.is_empty() {
        return None;
    }
    let known = anchors(&std::fs::read_to_string(&target).unwrap());
    let is_known = known.iter().any(|it| it == anchor);
    (!is_known).then(|| format!("no such section; there are {known:?}"))
}

#[test]
fn every_relative_link_leads_somewhere() {
    let (mut count, mut faults) = (0, Vec::new());
    for document in [".", "docs", "deploy/prometheus"].into_iter().flat_map(documents_in) {
        for link in links(&document.text).into_iter().filter(|link| !link.contains("://")) {
            count += 1;
            let told =
                fault(&document, link).map(|fault| format!("{}: {link}: {fault}", document.path.display()));
            faults.extend(told);
        }
    }
    assert!(count >= 30, "{count} links");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_heading_has_the_anchor_that_github_gives_it() {
    let text = "# What it says\n\n```sh\n# no heading\n```\n\n## `serve`, at 2^31\n## Limits\n### Limits\n";
    assert_eq!(anchors(text), ["what-it-says", "serve-at-231", "limits", "limits-1"]);
}
