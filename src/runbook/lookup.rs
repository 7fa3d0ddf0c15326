//! Finds the code that a user means.

use super::Code;

/// The name is not a code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a code", text.escape_debug())]
pub struct UnknownCode {
    /// The name as the user typed it.
    pub text: String,
    /// A code with a similar name.
    pub suggestion: Option<Code>,
}

impl UnknownCode {
    /// The hint for the user.
    pub fn hint(&self) -> String {
        match self.suggestion {
            Some(code) => format!("did you mean `{}`?", code.name()),
            None => "run `zoneprobe explain` for the list".to_owned(),
        }
    }
}

/// Finds a code by its name, in any letter case and with `-` for `_`.
pub fn find(text: &str) -> Result<Code, UnknownCode> {
    let name = text.trim().to_ascii_lowercase().replace('-', "_");
    Code::all()
        .find(|code| code.name() == name)
        .ok_or_else(|| UnknownCode { text: text.to_owned(), suggestion: nearest(&name) })
}

/// The code with the most similar name, if at most one in three letters differs.
fn nearest(name: &str) -> Option<Code> {
    let distance = |code: Code| strsim::osa_distance(code.name(), name);
    let code = Code::all().min_by_key(|&code| distance(code))?;
    (distance(code) <= code.name().len() / 3).then_some(code)
}
