//! From what somebody typed to the code that was meant.

use super::Code;

/// A text that is no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a code", text.escape_debug())]
pub struct UnknownCode {
    /// The text as it was typed.
    pub text: String,
    /// The code that may have been meant.
    pub suggestion: Option<Code>,
}

impl UnknownCode {
    /// Returns what to do about it.
    pub fn hint(&self) -> String {
        match self.suggestion {
            Some(code) => format!("did you mean `{}`?", code.name()),
            None => "run `zoneprobe explain` for the list".to_owned(),
        }
    }
}

/// Returns the code of a name, in any letter case and with `-` for `_`.
pub fn find(text: &str) -> Result<Code, UnknownCode> {
    let name = text.trim().to_ascii_lowercase().replace('-', "_");
    Code::all()
        .find(|code| code.name() == name)
        .ok_or_else(|| UnknownCode { text: text.to_owned(), suggestion: nearest(&name) })
}

/// Returns the code that is fewest mistakes away, if they are at most one for every three letters.
fn nearest(name: &str) -> Option<Code> {
    let mistakes = |code: Code| strsim::osa_distance(code.name(), name);
    let code = Code::all().min_by_key(|&code| mistakes(code))?;
    (mistakes(code) <= code.name().len() / 3).then_some(code)
}
