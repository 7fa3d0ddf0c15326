//! The forms in which records and directives are written, held against what real servers read.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::thread;

use zoneprobe::dns::zonefile::{NextInput, ZoneFileParseError, ZoneFileReader};

use super::zones::{ZONE, zone};
use crate::harness::Probe;
use crate::harness::daemon::{Kind, directory, program};

/// Every form, and which of the servers and zoneprobe read it.
const TABLE: &str = include_str!("../../fixtures/zones/forms.txt");

/// The threads that start programs.
const THREADS: usize = 4;

/// A row of the table.
#[derive(Debug)]
struct Row {
    /// The letters in front of the form.
    readers: &'static str,
    /// The form with an owner and line breaks.
    text: String,
    /// Its line in the table.
    line: usize,
}

fn rows() -> Vec<Row> {
    let is_row = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let lines = TABLE.lines().zip(1..).filter(|(line, _)| is_row(line));
    lines
        .map(|(line, number)| {
            let (readers, form) = line.split_once(' ').expect("a row has letters and a form");
            assert_eq!(readers.len(), 4, "line {number}: {line}");
            Row {
                readers, text: form.replace("@@", &format!("f{number}")).replace('⏎', "\n"), line: number
            }
        })
        .collect()
}

/// The text of all forms that zoneprobe and the server of a letter read alike.
pub(super) fn forms_of(letter: char) -> String {
    let rows = rows().into_iter().filter(|row| row.readers.contains(letter) && row.is_read_by('Z'));
    rows.map(|row| row.text).collect::<Vec<_>>().join("\n")
}

impl Row {
    fn is_read_by(&self, letter: char) -> bool {
        self.readers.to_ascii_uppercase().contains(letter)
    }
}

/// A checker of zone files, and the letter of its server.
fn checker(letter: char, directory: &Path) -> Command {
    let file = directory.join("zone");
    match letter {
        'B' => {
            let mut command = Command::new(program("named-checkzone"));
            command.args("-i none -n ignore -k ignore -r ignore -m ignore".split(' ')).arg(ZONE).arg(file);
            command
        }
        'N' => {
            let mut command = Command::new(program("nsd-checkzone"));
            command.arg(ZONE).arg(file);
            command
        }
        _ => {
            let path = directory.display();
            let configuration = directory.join("configuration");
            let text = format!(
                "server:\n    rundir: \"{path}\"\ndatabase:\n    storage: \"{path}\"\ntemplate:\n  - id: default\n    \
                 storage: \"{path}\"\n    semantic-checks: off\nzone:\n  - domain: {ZONE}\n    file: zone\n"
            );
            std::fs::write(&configuration, text).expect("the directory is ours");
            let mut command = Command::new(program("knotc"));
            command.arg("-c").arg(configuration).arg("zone-check");
            command
        }
    }
}

/// What a checker prints about a zone file; `None` if it reads it.
fn complaint(letter: char, directory: &Path, text: &str) -> Option<String> {
    std::fs::write(directory.join("zone"), text).expect("the directory is ours");
    let output = checker(letter, directory).output().expect("the program was found");
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed).into_owned();
    // Knot 3.2 may crash when it has checked a large file, and reports each error before.
    let is_read = if letter == 'K' { !printed.contains("error") } else { output.status.success() };
    (!is_read).then_some(printed)
}

/// The error that we have with a zone file.
fn our_error(text: &str) -> Option<ZoneFileParseError> {
    let mut reader = ZoneFileReader::new(ZONE.parse().unwrap());
    for line in text.lines() {
        match reader.read_line(line.as_bytes(), &mut |_| ()) {
            Ok(next) => assert_eq!(next, NextInput::Line),
            Err(error) => return Some(error),
        }
    }
    let ended = reader.leave();
    assert!(ended.is_err() || reader.end().is_some());
    ended.err()
}

#[test]
fn a_form_is_read_or_refused_in_its_place() {
    let front = zone(7, "");
    let first_line = front.lines().count() as u64;
    let mut wrong = String::new();
    for row in rows() {
        let error = our_error(&zone(7, &row.text));
        let is_in_place = error.as_ref().is_none_or(|error| error.excerpt.position.line >= first_line);
        if error.is_none() != row.is_read_by('Z') || !is_in_place {
            let _ = writeln!(wrong, "line {}: {} {}: {error:?}", row.line, row.readers, row.text);
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn what_all_servers_refuse_is_read_only_if_later_ones_or_others_read_it() {
    let read_by_others = ["ohttp", "tls-supported-groups=", "$GENERATE"];
    for row in rows().into_iter().filter(|row| row.readers == "---Z") {
        assert!(read_by_others.iter().any(|form| row.text.contains(form)), "{row:?}");
    }
}

/// Asserts that a server reads all forms of its letter, loaded at once, and refuses each other form.
#[track_caller]
fn assert_table_is_right(letter: char) {
    let (read, refused): (Vec<Row>, Vec<Row>) = rows().into_iter().partition(|row| row.is_read_by(letter));
    let lines: Vec<&str> = read.iter().map(|row| row.text.as_str()).collect();
    assert_eq!(complaint(letter, directory().path(), &zone(7, &lines.join("\n"))), None);
    let share = refused.len().div_ceil(THREADS);
    let wrong: Vec<String> = thread::scope(|scope| {
        let parts: Vec<_> = refused
            .chunks(share)
            .map(|rows| {
                scope.spawn(move || {
                    let directory = directory();
                    let is_read =
                        |row: &&Row| complaint(letter, directory.path(), &zone(7, &row.text)).is_none();
                    rows.iter().filter(is_read).map(|row| format!("{row:?}")).collect::<Vec<_>>()
                })
            })
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{letter} reads: {wrong:#?}");
}

#[test]
fn bind_reads_and_refuses_the_forms_as_the_table_says() {
    assert_table_is_right('B');
}

#[test]
fn nsd_reads_and_refuses_the_forms_as_the_table_says() {
    assert_table_is_right('N');
}

#[test]
fn knot_reads_and_refuses_the_forms_as_the_table_says() {
    assert_table_is_right('K');
}

/// Asserts that the copy of a server is what we read in its zone file.
#[track_caller]
fn assert_forms_have_the_same_meaning(kind: Kind, letter: char) {
    let text = zone(7, &forms_of(letter));
    let folder = directory();
    std::fs::write(folder.path().join("db.example"), &text).unwrap();
    let server = kind.primary(ZONE, text).start();
    let check = Probe::check(ZONE).primary_at("ns0", server.address()).current_dir(folder.path());
    let outcome = check.args(["-z", "db.example", "--strict-ttl", "--max-differences", "100"]).run();
    assert_eq!(outcome.verdict("ns0"), "in_sync", "{}\n{:#?}", outcome.stderr(), outcome.differences("ns0"));
}

#[test]
fn the_copy_of_bind_is_in_sync_with_a_file_of_all_forms_that_it_reads() {
    assert_forms_have_the_same_meaning(Kind::Bind, 'B');
}

#[test]
fn the_copy_of_nsd_is_in_sync_with_a_file_of_all_forms_that_it_reads() {
    assert_forms_have_the_same_meaning(Kind::Nsd, 'N');
}

#[test]
fn the_copy_of_knot_is_in_sync_with_a_file_of_all_forms_that_it_reads() {
    assert_forms_have_the_same_meaning(Kind::Knot, 'K');
}
