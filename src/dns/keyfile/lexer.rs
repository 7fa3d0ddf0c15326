//! The tokens of a key file, with their positions.

use super::error::{KeyFileError, KeyFileErrorKind};
use crate::dns::position::Position;

/// The smallest pieces of the syntax of `named.conf`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lexeme<'t> {
    Word(&'t str),
    Quoted(&'t str),
    OpenBrace,
    CloseBrace,
    Semicolon,
    EndOfFile,
}

/// A lexeme and the position at which it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyFileToken<'t> {
    pub(super) lexeme: Lexeme<'t>,
    pub(super) position: Position,
}

impl<'t> KeyFileToken<'t> {
    /// Returns the text of a word or of a quoted string.
    pub(super) fn value(&self, expected: &'static str) -> Result<&'t str, KeyFileError> {
        match self.lexeme {
            Lexeme::Word(text) | Lexeme::Quoted(text) => Ok(text),
            Lexeme::OpenBrace | Lexeme::CloseBrace | Lexeme::Semicolon | Lexeme::EndOfFile => {
                Err(self.unexpected(expected))
            }
        }
    }

    /// Makes the error that something else is required here. It never repeats the token, which may be a secret.
    pub(super) fn unexpected(&self, expected: &'static str) -> KeyFileError {
        let found = match self.lexeme {
            Lexeme::Word(_) => "a word",
            Lexeme::Quoted(_) => "a string in quotes",
            Lexeme::OpenBrace => "`{`",
            Lexeme::CloseBrace => "`}`",
            Lexeme::Semicolon => "`;`",
            Lexeme::EndOfFile => "the end of the file",
        };
        KeyFileErrorKind::Unexpected { expected, found }.at(self.position)
    }
}

/// Splits a text into tokens, from front to back.
#[derive(Debug)]
pub(super) struct KeyFileLexer<'t> {
    rest: &'t str,
    position: Position,
}

impl<'t> KeyFileLexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text, position: Position { line: 1, column: 1 } }
    }

    /// Returns the next token; after the last one, the end of the file each time.
    pub(super) fn next(&mut self) -> Result<KeyFileToken<'t>, KeyFileError> {
        self.skip_blanks()?;
        let position = self.position;
        let lexeme = match self.rest.chars().next() {
            None => Lexeme::EndOfFile,
            Some('{') => self.mark(Lexeme::OpenBrace),
            Some('}') => self.mark(Lexeme::CloseBrace),
            Some(';') => self.mark(Lexeme::Semicolon),
            Some('"') => {
                self.take(1);
                let length = self.rest.find('"');
                let length = length.ok_or_else(|| KeyFileErrorKind::UnclosedQuote.at(position))?;
                let text = self.take(length);
                self.take(1);
                Lexeme::Quoted(text)
            }
            Some(_) => Lexeme::Word(self.take(word_len(self.rest))),
        };
        Ok(KeyFileToken { lexeme, position })
    }

    /// Takes the next token, which must be this one.
    pub(super) fn required(
        &mut self,
        lexeme: Lexeme<'_>,
        expected: &'static str,
    ) -> Result<(), KeyFileError> {
        let token = self.next()?;
        if token.lexeme == lexeme { Ok(()) } else { Err(token.unexpected(expected)) }
    }

    /// Skips white space and comments.
    fn skip_blanks(&mut self) -> Result<(), KeyFileError> {
        loop {
            let blanks = self.rest.len() - self.rest.trim_start().len();
            self.take(blanks);
            if self.rest.starts_with('#') || self.rest.starts_with("//") {
                self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                let length = comment.find("*/");
                let length = length.ok_or_else(|| KeyFileErrorKind::UnclosedComment.at(self.position))?;
                self.take(length + 4);
            } else {
                return Ok(());
            }
        }
    }

    fn mark(&mut self, lexeme: Lexeme<'t>) -> Lexeme<'t> {
        self.take(1);
        lexeme
    }

    /// Takes the first bytes of the rest, up to the boundary of a character.
    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        for character in taken.chars() {
            if character == '\n' {
                self.position = Position { line: self.position.line + 1, column: 1 };
            } else {
                self.position.column += 1;
            }
        }
        self.rest = rest;
        taken
    }
}

/// Returns the length of the word that a text begins with.
///
/// Two slashes may be a part of a secret, so they begin no comment within a word.
fn word_len(text: &str) -> usize {
    let ends_word = |character: char| character.is_whitespace() || "{};\"#".contains(character);
    let end = text.find(ends_word).unwrap_or(text.len());
    let comment = text.find("/*").unwrap_or(text.len());
    end.min(comment).max(1)
}
