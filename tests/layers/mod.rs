//! The directions of dependency in `src`: which room uses which, and what some rooms never name.
//!
//! A room is a folder or a file directly below `src`. A file uses another one if a path in its code, in a `use`
//! or not, leads to an item that the other one defines; `pub use` is followed to where the item is. What a
//! `mod.rs` only declares or hands on is no use, so a parent may name its children and they may use what it
//! defines, but not both. Methods that another file gives to a type are not seen, nor is test code.

mod imports;
mod tokens;

use std::collections::BTreeSet;

use self::imports::{CODE, Crate, Source};
use self::tokens::tokens;

/// Each room with exactly the rooms that it uses, all of which stand above it.
const ROOMS: [(&str, &[&str]); 32] = [
    ("dns", &[]),
    ("siphash", &[]),
    ("plan", &["dns", "siphash"]),
    ("digest", &["dns", "siphash", "plan"]),
    ("diff", &["dns"]),
    ("observe", &["dns", "digest"]),
    ("compare", &["dns", "plan", "digest", "observe"]),
    ("advice", &["dns"]),
    ("judge", &["dns", "plan", "digest", "observe", "compare", "advice"]),
    ("caches", &["dns", "plan", "observe", "compare", "advice", "judge"]),
    ("clock", &[]),
    ("blocking", &[]),
    ("config", &["dns", "plan"]),
    ("report", &["dns", "plan", "observe", "compare", "judge", "caches"]),
    ("expect", &["dns", "plan", "observe", "advice", "judge", "report"]),
    ("runbook", &["advice", "judge"]),
    ("testserver", &["dns", "observe"]),
    ("net", &["dns", "plan", "observe", "clock"]),
    ("transfer", &["dns", "plan", "digest", "observe", "blocking", "net"]),
    ("validate", &["dns", "siphash", "digest", "observe", "transfer"]),
    ("resolve", &["dns", "plan"]),
    ("status", &["dns", "plan", "observe", "blocking", "clock", "resolve"]),
    (
        "check",
        &[
            "dns", "plan", "digest", "observe", "compare", "judge", "caches", "blocking", "net", "transfer",
            "validate", "resolve", "status",
        ],
    ),
    ("store", &["dns", "digest", "judge"]),
    ("metrics", &["dns", "plan", "observe", "config", "net"]),
    ("monitor", &["check", "clock", "config", "dns", "judge", "metrics", "plan", "report", "store"]),
    (
        "http",
        &[
            "advice", "dns", "plan", "judge", "clock", "config", "report", "runbook", "net", "transfer",
            "check", "store", "metrics", "monitor",
        ],
    ),
    ("demo", &["plan", "observe", "judge", "testserver"]),
    ("cli", &["dns", "plan", "report", "expect"]),
    (
        "commands",
        &[
            "blocking", "check", "cli", "clock", "config", "demo", "diff", "digest", "dns", "expect", "http",
            "judge", "metrics", "monitor", "net", "observe", "plan", "report", "resolve", "runbook",
            "status", "store", "transfer", "validate",
        ],
    ),
    ("lib", &[]),
    ("main", &["judge", "cli", "commands"]),
];

/// Rooms of pure functions: no socket, file, clock, randomness or log.
const PURE: [&str; 14] = [
    "advice", "caches", "compare", "config", "diff", "digest", "dns", "expect", "judge", "observe", "plan",
    "report", "runbook", "siphash",
];

/// What pure code does not name.
const IMPURE: [&[&str]; 11] = [
    &["tokio"],
    &["tracing"],
    &["rand"],
    &["std", "env"],
    &["std", "fs"],
    &["std", "io"],
    &["std", "net", "TcpStream"],
    &["std", "net", "UdpSocket"],
    &["std", "process"],
    &["SystemTime", "now"],
    &["Instant", "now"],
];

/// Where the serializers of the report and of the configuration do not reach.
const WITHOUT_SERDE: [&str; 4] = ["plan/", "observe/", "compare/", "judge/verdict/"];

/// Where circles of files are allowed: the tables of record types are one thing in several files.
const CIRCULAR: [&str; 2] = ["dns/rdata/", "dns/wire/"];

#[test]
fn every_room_uses_exactly_the_rooms_it_is_said_to() {
    let rooms = CODE.rooms();
    let described = |room: &str, used: &BTreeSet<&str>| format!("{room} uses {used:?}");
    let found: BTreeSet<String> = rooms.iter().map(|(room, used)| described(room, used)).collect();
    let listed = ROOMS.iter().map(|(room, used)| described(room, &used.iter().copied().collect()));
    let listed: BTreeSet<String> = listed.collect();
    let differing = |prefix: &str, all: &BTreeSet<String>, other: &BTreeSet<String>| {
        let lines: Vec<String> = all.difference(other).map(|line| format!("{prefix} {line}\n")).collect();
        lines.concat()
    };
    let message = differing("listed:", &listed, &found) + &differing("found: ", &found, &listed);
    assert!(message.is_empty(), "\n{message}");
}

#[test]
fn no_room_uses_one_that_is_listed_below_it() {
    for (at, (room, used)) in ROOMS.iter().enumerate() {
        let above: Vec<&str> = ROOMS[..at].iter().map(|(room, _)| *room).collect();
        for other in *used {
            assert!(above.contains(other), "{room} uses {other}, which is not above it");
        }
    }
}

#[test]
fn no_two_files_use_each_other() {
    let is_allowed = |circle: &BTreeSet<&str>| {
        CIRCULAR.iter().any(|folder| circle.iter().all(|file| file.starts_with(folder)))
    };
    let circles: Vec<_> = CODE.circles().into_iter().filter(|circle| !is_allowed(circle)).collect();
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn no_path_goes_up_two_modules() {
    for (file, text) in imports::files() {
        let has = tokens(&text).windows(3).any(|tokens| tokens == ["super", "::", "super"]);
        assert!(!has, "src/{file} names super::super: begin the path with crate");
    }
}

#[test]
fn only_the_command_line_uses_clap() {
    for source in CODE.sources() {
        let is_allowed = source.room() == "cli" || source.file == "main.rs";
        for name in ["clap", "clap_complete", "clap_mangen"] {
            assert!(is_allowed || !source.names(&[name]), "src/{} uses {name}", source.file);
        }
    }
}

#[test]
fn the_core_derives_no_format_of_the_edges() {
    for source in CODE.sources() {
        let is_core = WITHOUT_SERDE.iter().any(|folder| source.file.starts_with(folder));
        for name in ["serde", "schemars"] {
            assert!(!is_core || !source.names(&[name]), "src/{} uses {name}", source.file);
        }
    }
}

#[test]
fn pure_rooms_name_no_socket_file_clock_or_log() {
    for source in CODE.sources().filter(|source| PURE.contains(&source.room())) {
        for path in IMPURE {
            assert!(!source.names(path), "src/{} names {}", source.file, path.join("::"));
        }
        assert!(!source.body.contains("async"), "src/{} has async code", source.file);
    }
}

#[test]
fn a_path_is_followed_to_the_file_that_defines_its_item() {
    let code = Crate::of([
        ("lib.rs", "pub mod a; mod b;"),
        ("a/mod.rs", "mod x; mod y; pub use x::One; pub use self::y::{Two as Three, four};"),
        ("a/x.rs", "pub struct One; fn f() { super::four() }"),
        ("a/y.rs", "pub struct Two; pub fn four() {}"),
        ("b.rs", "use crate::a; fn f(_: a::One) { a::Three::new(\"crate::c::C\") } // crate::c"),
        ("c.rs", "#[cfg(test)] mod tests { use crate::b::f; } #[cfg(test)] mod testing; fn g() {}"),
        ("c/testing.rs", "use crate::b::f;"),
    ]);
    let uses = |file: &str| -> Vec<&str> {
        let source = code.sources().find(|source| source.file == file).unwrap();
        code.used_by(source).into_iter().map(|it| it.file.as_str()).collect()
    };
    assert_eq!(uses("lib.rs"), [""; 0]);
    assert_eq!(uses("a/mod.rs"), [""; 0], "it only hands on");
    assert_eq!(uses("a/x.rs"), ["a/y.rs"]);
    assert_eq!(uses("b.rs"), ["a/x.rs", "a/y.rs"]);
    assert_eq!(uses("c.rs"), [""; 0]);
    assert_eq!(code.sources().count(), 6, "a test module is no source");
    assert!(code.circles().is_empty());
}

#[test]
fn circles_are_found_through_other_files_and_reexports_that_are_used() {
    let code = Crate::of([
        ("a/mod.rs", "mod x; mod y; pub use x::One; pub struct Zero(One);"),
        ("a/x.rs", "use super::y::Two; pub struct One(Two);"),
        ("a/y.rs", "mod inner { use super::Local; } use crate::a::Zero; pub struct Two(Zero); struct Local;"),
    ]);
    assert_eq!(code.circles(), [BTreeSet::from(["a/mod.rs", "a/x.rs", "a/y.rs"])]);
    let room = code.sources().next().map(Source::room);
    assert_eq!(room, Some("a"));
}
