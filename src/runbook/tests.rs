use std::collections::HashSet;

use super::*;

fn too_wide(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.chars().count() > 80).collect()
}

#[test]
fn every_code_has_a_page_of_80_columns() {
    for code in Code::all() {
        let page = page(code);
        let head = format!("{}: {}\n", code.name(), code.severity().name());
        assert!(page.starts_with(&head), "{page}");
        for heading in ["\n\nWhat it means\n  ", "\n\nPossible causes\n  - ", "\n\nWhat to do\n  - "] {
            assert!(page.contains(heading), "{}: no {heading:?}", code.name());
        }
        assert_eq!(too_wide(&page), Vec::<&str>::new(), "{}", code.name());
        assert!(page.lines().all(|line| line == line.trim_end()), "{page}");
    }
}

#[test]
fn texts_are_sentences_and_titles_are_not() {
    for code in Code::all() {
        let RunbookEntry { title, meaning, causes, remedy, .. } = entry(code);
        assert!(title.len() < 60 && !title.ends_with('.'), "{title}");
        for text in [&[meaning], causes, remedy].concat() {
            assert!(text.ends_with(['.', '?']), "{text}");
            assert!(!text.contains("  "), "{text}");
            assert_eq!(text.matches('`').count() % 2, 0, "{text}");
        }
    }
}

#[test]
fn a_page_names_only_existing_pages() {
    for code in Code::all() {
        let page = page(code).split_whitespace().collect::<Vec<_>>().join(" ");
        for named in page.split("`zoneprobe explain ").skip(1) {
            let name = named.split('`').next().unwrap();
            assert!(find(name).is_ok_and(|other| other != code), "{}: {name}", code.name());
        }
    }
}

#[test]
fn the_page_of_stuck_is_as_in_its_file() {
    let page = page(find("stuck").unwrap());
    let expected = include_str!("stuck.txt");
    assert_eq!(page, expected, "\n{page}");
}

#[test]
fn the_index_has_every_code_once_in_80_columns() {
    let index = index();
    assert_eq!(too_wide(&index), Vec::<&str>::new());
    let listed: Vec<_> =
        index.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next()).collect();
    assert_eq!(listed.len(), Code::all().count());
    let names: HashSet<_> = Code::all().map(Code::name).collect();
    assert_eq!(listed.into_iter().collect::<HashSet<_>>(), names);
    let groups: Vec<_> = index.lines().filter(|line| !line.is_empty() && !line.starts_with(' ')).collect();
    assert_eq!(
        groups,
        ["Verdicts", "Findings: critical", "Findings: unknown", "Findings: warning", "Findings: ok"]
    );
}

#[test]
fn a_name_is_found_in_any_case_and_with_hyphens() {
    for code in Code::all() {
        let name = code.name();
        for text in [name.to_owned(), name.to_uppercase(), name.replace('_', "-"), format!(" {name} ")] {
            assert_eq!(find(&text), Ok(code), "{text}");
        }
    }
}

#[test]
fn a_mistyped_code_gets_a_suggestion() {
    for (text, suggestion) in [
        ("divergd", "diverged"),
        ("in-synch", "in_sync"),
        ("aheda", "ahead"),
        ("transfer-refuse", "transfer_refused"),
        ("signature_differ", "signatures_differ"),
    ] {
        let unknown = find(text).unwrap_err();
        assert_eq!(unknown.to_string(), format!("`{text}` is not a code"));
        assert_eq!(unknown.hint(), format!("did you mean `{suggestion}`?"));
    }
}

#[test]
fn a_name_unlike_any_code_gets_a_hint_to_the_list() {
    for text in ["", "x", "help", "example.com", "\u{1b}[31m"] {
        let unknown = find(text).unwrap_err();
        assert_eq!(unknown.hint(), "run `zoneprobe explain` for the list", "{text}");
    }
    assert_eq!(find("\u{1b}x").unwrap_err().to_string(), r"`\u{1b}x` is not a code");
}
