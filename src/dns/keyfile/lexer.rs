//! The words, strings and marks of a key file, with where they stand.

use super::error::{KeyFileError, KeyFileErrorKind};

/// Where something begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    line: usize,
    column: usize,
}

impl Place {
    pub(super) fn error(self, fault: KeyFileErrorKind) -> KeyFileError {
        KeyFileError { line: self.line, column: self.column, fault }
    }
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'t> {
    Word(&'t str),
    Quoted(&'t str),
    Open,
    Close,
    Semicolon,
    End,
}

/// A part of the text, and where it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind<'t>,
    pub(super) place: Place,
}

impl<'t> Token<'t> {
    /// Returns the text of a word or string.
    pub(super) fn value(&self, expected: &'static str) -> Result<&'t str, KeyFileError> {
        match self.kind {
            Kind::Word(text) | Kind::Quoted(text) => Ok(text),
            Kind::Open | Kind::Close | Kind::Semicolon | Kind::End => Err(self.unexpected(expected)),
        }
    }

    /// Returns an error that says what may stand here; of what does, only the kind.
    pub(super) fn unexpected(&self, expected: &'static str) -> KeyFileError {
        let found = match self.kind {
            Kind::Word(_) => "a word",
            Kind::Quoted(_) => "a string in quotes",
            Kind::Open => "`{`",
            Kind::Close => "`}`",
            Kind::Semicolon => "`;`",
            Kind::End => "the end of the file",
        };
        self.place.error(KeyFileErrorKind::Unexpected { expected, found })
    }
}

/// Reads a text from front to back.
#[derive(Debug)]
pub(super) struct Tokens<'t> {
    rest: &'t str,
    place: Place,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text, place: Place { line: 1, column: 1 } }
    }

    /// Returns the next token; at the end, the end again and again.
    pub(super) fn next(&mut self) -> Result<Token<'t>, KeyFileError> {
        self.pass_blanks()?;
        let place = self.place;
        let kind = match self.rest.chars().next() {
            None => Kind::End,
            Some('{') => self.mark(Kind::Open),
            Some('}') => self.mark(Kind::Close),
            Some(';') => self.mark(Kind::Semicolon),
            Some('"') => {
                self.take(1);
                let length = self.rest.find('"').ok_or_else(|| place.error(KeyFileErrorKind::OpenQuote))?;
                let text = self.take(length);
                self.take(1);
                Kind::Quoted(text)
            }
            Some(_) => Kind::Word(self.take(word(self.rest))),
        };
        Ok(Token { kind, place })
    }

    /// Takes a mark that has to come next.
    pub(super) fn expect(&mut self, mark: Kind<'_>, expected: &'static str) -> Result<(), KeyFileError> {
        let token = self.next()?;
        if token.kind == mark { Ok(()) } else { Err(token.unexpected(expected)) }
    }

    /// Passes over white space and comments.
    fn pass_blanks(&mut self) -> Result<(), KeyFileError> {
        loop {
            let blanks = self.rest.len() - self.rest.trim_start().len();
            self.take(blanks);
            if self.rest.starts_with('#') || self.rest.starts_with("//") {
                self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                let length =
                    comment.find("*/").ok_or_else(|| self.place.error(KeyFileErrorKind::OpenComment))?;
                self.take(length + 4);
            } else {
                return Ok(());
            }
        }
    }

    fn mark(&mut self, kind: Kind<'t>) -> Kind<'t> {
        self.take(1);
        kind
    }

    /// Takes octets off the front, which end where a character does.
    fn take(&mut self, octets: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(octets).unwrap_or((self.rest, ""));
        for character in taken.chars() {
            if character == '\n' {
                self.place = Place { line: self.place.line + 1, column: 1 };
            } else {
                self.place.column += 1;
            }
        }
        self.rest = rest;
        taken
    }
}

/// Returns the length of the word that a text begins with.
///
/// Two slashes may be a part of a secret, so within a word they begin no comment.
fn word(text: &str) -> usize {
    let mark = |character: char| character.is_whitespace() || "{};\"#".contains(character);
    let end = text.find(mark).unwrap_or(text.len());
    let comment = text.find("/*").unwrap_or(text.len());
    end.min(comment).max(1)
}
