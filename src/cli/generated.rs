//! What is made from the definitions of the command line: completions for shells, and manual pages.
//!
//! Nothing here names a command or an option: what is added to the definitions is completed and described as well.

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::Cli;

/// The exit codes, as they stand in each manual page.
const EXIT_CODES: [(&str, &str); 5] = [
    ("0", "ok"),
    ("1", "warning"),
    ("2", "critical"),
    ("3", "unknown, bad usage, or the program could not do its work"),
    ("130, 143", "interrupted or terminated; a service ends with 0"),
];

/// The files in the manual pages.
const FILES: [(&str, &str); 2] = [
    ("/etc/zoneprobe/zoneprobe.yaml", "the configuration, unless another file is named"),
    ("/etc/zoneprobe/config.yaml", "the configuration, where the file above is not there"),
];

/// A manual page.
#[derive(Debug)]
pub struct ManualPage {
    /// The name of its file, such as `zoneprobe-check.1`.
    pub file: String,
    /// The page in the language of troff.
    pub text: String,
}

/// No command has this name.
#[derive(Debug, thiserror::Error)]
#[error("there is no command `{}`", .0.join(" "))]
pub struct UnknownCommand(pub Vec<String>);

/// Returns the script that completes the command line in a shell.
pub fn completion_script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "zoneprobe", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Returns the manual page of a command, such as `["config", "check"]`, or of the program for none.
pub fn manual_page(names: &[String]) -> Result<ManualPage, UnknownCommand> {
    let program = program();
    let mut command = &program;
    for name in names {
        let found = visible(command).find(|it| it.get_name() == name);
        command = found.ok_or_else(|| UnknownCommand(names.to_vec()))?;
    }
    Ok(page(command, &program))
}

/// Returns the manual pages of the program and of all its commands.
pub fn manual_pages() -> Vec<ManualPage> {
    let program = program();
    with_subcommands(&program).map(|command| page(command, &program)).collect()
}

/// The definition of the program, in which each command knows its place.
fn program() -> Command {
    let mut program = without_help(Cli::command());
    program.build();
    program
}

/// A command without the subcommand `help`, which only repeats what others say, and so all of its subcommands.
fn without_help(command: Command) -> Command {
    command.disable_help_subcommand(true).mut_subcommands(without_help)
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|it| !it.is_hide_set())
}

/// A command, and all below it.
fn with_subcommands(command: &Command) -> Box<dyn Iterator<Item = &Command> + '_> {
    Box::new(std::iter::once(command).chain(visible(command).flat_map(with_subcommands)))
}

fn page(command: &Command, program: &Command) -> ManualPage {
    let man = Man::new(command.clone()).manual("User Commands").source(source(program));
    let (file, mut text) = (man.get_filename(), Vec::new());
    let written = man.render(&mut text).and_then(|()| sections(command, program).to_writer(&mut text));
    written.expect("a vector takes all that is written");
    ManualPage { file, text: String::from_utf8_lossy(&text).into_owned() }
}

/// The program and its version, at the foot of each page.
fn source(program: &Command) -> String {
    format!("{} {}", program.get_name(), program.get_version().unwrap_or_default())
}

/// The sections that are alike in all pages.
fn sections(command: &Command, program: &Command) -> Roff {
    let mut roff = Roff::new();
    table(&mut roff, "EXIT STATUS", &EXIT_CODES);
    table(&mut roff, "FILES", &FILES);
    roff.control("SH", ["SEE ALSO"]);
    let others = with_subcommands(program).map(page_name).filter(|name| *name != page_name(command));
    let mut line = Vec::new();
    for name in others {
        if !line.is_empty() {
            line.push(roman(", "));
        }
        line.extend([bold(name), roman("(1)")]);
    }
    roff.text(line);
    roff
}

fn page_name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

/// A section of terms with their meanings.
fn table(roff: &mut Roff, heading: &str, rows: &[(&str, &str)]) {
    roff.control("SH", [heading]);
    for (term, meaning) in rows {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*meaning)]);
    }
}
