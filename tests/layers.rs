//! The directions of dependency in `src`: who may use whom, and what the core never names.

use std::path::{Path, PathBuf};

/// The core from right to left: each module may use those before it.
const CORE: [&str; 6] = ["dns", "plan", "digest", "observe", "compare", "judge"];

/// What each module outside that row may use.
const ABOVE: [(&str, &[&str]); 10] = [
    ("config", &["dns", "plan"]),
    ("report", &["dns", "plan", "digest", "observe", "compare", "judge"]),
    ("testserver", &["dns", "plan", "digest", "observe"]),
    ("net", &["dns", "plan", "digest", "observe", "compare", "judge", "clock"]),
    ("transfer", &["dns", "plan", "digest", "observe", "compare", "judge", "net", "blocking"]),
    ("resolve", &["dns", "plan", "digest", "observe", "compare", "judge", "net", "transfer"]),
    ("check", &["dns", "plan", "digest", "observe", "judge", "net", "resolve", "transfer", "blocking"]),
    ("store", &["dns", "plan", "digest", "observe", "compare", "judge"]),
    ("blocking", &[]),
    ("clock", &[]),
];

/// Modules that wire the others together and may use them all.
const WIRING: [&str; 8] = ["cli", "commands", "demo", "http", "lib", "main", "metrics", "monitor"];

/// What code without sockets, files, clocks and logs has no word for.
const FORBIDDEN_IN_CORE: [&str; 11] = [
    "tokio::",
    "std::fs",
    "std::env",
    "TcpStream",
    "UdpSocket",
    "SystemTime::now",
    "Instant::now",
    "tracing::",
    "rand::",
    "std::io",
    "async fn",
];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut directories: Vec<PathBuf> = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                sources.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    sources
}

/// `judge/lag.rs` and `judge.rs` are of the module `judge`.
fn module_of(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

fn is_test(file: &str) -> bool {
    file.contains("/tests")
}

/// The code of a file without comments and without the tests at its foot.
fn code(source: &str) -> String {
    let body = source.split("#[cfg(test)]").next().unwrap();
    body.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// The modules that a piece of code names after `crate::`.
fn used(code: &str) -> Vec<String> {
    let mut used = Vec::new();
    for after in code.split("crate::").skip(1) {
        let name: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        assert!(
            !name.is_empty(),
            "imports are written one module to a line: crate::{}",
            &after[..20.min(after.len())]
        );
        used.push(name);
    }
    used
}

fn allowed(module: &str) -> Vec<&'static str> {
    if let Some(place) = CORE.iter().position(|name| *name == module) {
        return CORE[..place].to_vec();
    }
    let (_, allowed) =
        ABOVE.iter().find(|(name, _)| *name == module).unwrap_or_else(|| panic!("{module} has no place"));
    allowed.to_vec()
}

#[test]
fn no_module_uses_one_that_stands_before_it_in_the_flow() {
    let mut seen = 0;
    for (file, source) in sources() {
        let module = module_of(&file);
        if WIRING.contains(&module) || is_test(&file) {
            continue;
        }
        for name in used(&code(&source)) {
            seen += 1;
            let fine = name == module || allowed(module).contains(&name.as_str());
            assert!(fine, "src/{file} uses crate::{name}, against the flow");
        }
    }
    assert!(seen > 50, "only {seen} imports were read: the test does not see the code");
}

#[test]
fn the_core_names_no_socket_file_clock_or_log() {
    for (file, source) in sources() {
        let module = module_of(&file);
        let pure = CORE.contains(&module) || module == "report" || module == "config";
        if !pure || is_test(&file) {
            continue;
        }
        let code = code(&source);
        for word in FORBIDDEN_IN_CORE {
            assert!(!code.contains(word), "src/{file} names {word}");
        }
    }
}

#[test]
fn the_rules_are_broken_by_code_that_breaks_them() {
    assert_eq!(used("use crate::net::Client;"), ["net"]);
    assert!(!allowed("judge").contains(&"net"));
    assert!(!allowed("dns").contains(&"judge"));
    assert!(!code("fn a() {} // tokio::spawn").contains("tokio"));
    assert!(code("tokio::spawn(x)").contains(FORBIDDEN_IN_CORE[0]));
}
