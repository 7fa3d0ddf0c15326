//! The offline runbook: what each code means, what may cause it, and what to do.
//!
//! In: a code, or the name of one as a user types it. Out: text for a terminal, at most 80 columns wide, or
//! the entry itself, for a page.

mod answers;
mod catalogs;
mod delegation;
mod entry;
mod expectations;
mod findings;
mod history;
mod keys;
mod logs;
mod lookup;
mod notify;
mod signatures;
mod tls;
mod validation;
mod verdicts;
mod wrap;

use crate::advice::logs::{LogCause, READ_LOG};
use crate::judge::{Code, Severity};
use wrap::Page;

pub(crate) use entry::RunbookEntry;
pub use lookup::{UnknownCode, find};

/// The entry of a code.
pub(crate) fn entry(code: Code) -> RunbookEntry {
    findings::entry(code)
}

/// Renders the page of a code for a terminal.
pub fn page(code: Code) -> String {
    let RunbookEntry { title, meaning, causes, remedy, tasks } = entry(code);
    let mut page = Page::default();
    page.line(&format!("{}: {}", code.name(), code.severity().name()));
    page.paragraph("", &format!("{title}.{}", healing(code)));
    page.heading("What it means");
    page.paragraph("  ", meaning);
    page.heading("Possible causes");
    for cause in causes {
        page.item(cause);
    }
    page.heading("What to do");
    for step in remedy {
        page.item(step);
    }
    for task in tasks {
        page.heading(&format!("  {}:", task.title));
        for command in task.commands {
            page.line(&format!("    {:<41} # {}", command.text, command.software));
        }
    }
    add_logs(&mut page, log_causes(code));
    page.into_text()
}

/// What the log of a server may say where a code is true of it.
pub(crate) fn log_causes(code: Code) -> &'static [LogCause] {
    logs::causes(code)
}

/// Adds what the log of the server may say, and what follows from each line.
fn add_logs(page: &mut Page, causes: &[LogCause]) {
    if causes.is_empty() {
        return;
    }
    page.heading("What the log of the server says");
    page.line(&format!("  {READ_LOG}"));
    for cause in causes {
        page.heading("  If it says");
        for line in cause.lines {
            page.line(&format!("    {:<56} # {}", line.text, line.software));
        }
        page.paragraph("  ", &format!("then {}", cause.conclusion));
    }
}

/// Renders the list of all codes: the verdicts, then the findings by severity, worst first.
pub fn index() -> String {
    let mut page = Page::default();
    page.line("Verdicts");
    for code in Code::all().filter(|code| matches!(code, Code::Verdict(_))) {
        page.line(&index_line(code));
    }
    for severity in [Severity::Critical, Severity::Unknown, Severity::Warning, Severity::Ok] {
        page.heading(&format!("Findings: {}", severity.name()));
        for code in Code::OTHERS.into_iter().filter(|code| code.severity() == severity) {
            page.line(&index_line(code));
        }
    }
    page.into_text()
}

fn index_line(code: Code) -> String {
    let name = format!("{} ", code.name());
    format!("  {name:<25}{:<9}{}", code.severity().name(), entry(code).title)
}

/// Whether what a code says heals by itself, as a sentence after a space; empty if that depends.
pub(crate) fn healing(code: Code) -> &'static str {
    let Code::Verdict(verdict) = code else { return "" };
    match verdict.self_heals() {
        Some(true) => " It heals by itself.",
        Some(false) => " It does not heal by itself.",
        None => "",
    }
}

#[cfg(test)]
mod tests;
