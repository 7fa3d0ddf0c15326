//! The offline runbook: what each code means, how it comes about and what to do.
//!
//! In: a code, or what somebody typed for one. Out: text for a terminal, at most 80 columns wide. The
//! texts are in `verdicts` and `findings`, each code's once.

mod findings;
mod lookup;
mod signatures;
mod time;
mod verdicts;
mod wrap;

use crate::advice::task::Task;
use crate::judge::{Code, Severity};
use wrap::Page;

pub use lookup::{UnknownCode, find};

/// What is to be known about one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunbookEntry {
    /// A few words for a list, without a full stop.
    pub title: &'static str,
    /// What it means, the decisive thing first.
    pub meaning: &'static str,
    /// How it may come about, the usual first.
    pub causes: &'static [&'static str],
    /// What to do, in this order.
    pub remedy: &'static [&'static str],
    /// The commands and settings that the remedy speaks of.
    pub tasks: &'static [Task],
}

/// Returns what is to be known about a code.
pub fn explanation(code: Code) -> RunbookEntry {
    findings::explanation(code)
}

/// Returns the page of a code for a terminal.
pub fn page(code: Code) -> String {
    let RunbookEntry { title, meaning, causes, remedy, tasks } = explanation(code);
    let mut page = Page::default();
    page.line(&format!("{}: {}", code.name(), code.severity().name()));
    page.paragraph("", &format!("{title}.{}", healing(code)));
    page.heading("What it means");
    page.paragraph("  ", meaning);
    page.heading("How it comes about");
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
    page.into_text()
}

/// Returns the list of all codes: the verdicts, then the findings by severity, worst first.
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
    format!("  {:<24}{:<10}{}", code.name(), code.severity().name(), explanation(code).title)
}

fn healing(code: Code) -> &'static str {
    let Code::Verdict(verdict) = code else { return "" };
    match verdict.self_heals() {
        Some(true) => " It heals by itself.",
        Some(false) => " It does not heal by itself.",
        None => "",
    }
}

#[cfg(test)]
mod tests;
