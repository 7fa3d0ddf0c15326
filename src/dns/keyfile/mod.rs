//! Key files as `tsig-keygen` writes them: `key` clauses of BIND's `named.conf`.
//!
//! In: the text of a file. Out: its keys, or an error with its position. No error repeats a word of the file that
//! may be a secret, not even one in the wrong place.

mod error;
mod lexer;

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::name::Name;
use super::position::Position;
use super::tsig::{Algorithm, TsigKey};
use lexer::{KeyFileLexer, KeyFileToken, Lexeme};

pub use error::{KeyFileError, KeyFileErrorKind};

/// Parses all keys of a file, in their order; a file without keys is an error.
pub fn parse(text: &str) -> Result<Vec<TsigKey>, KeyFileError> {
    let mut lexer = KeyFileLexer::new(text);
    let mut keys: Vec<TsigKey> = Vec::new();
    loop {
        let token = lexer.next()?;
        match token.lexeme {
            Lexeme::EndOfFile if keys.is_empty() => return Err(KeyFileErrorKind::NoKeys.at(token.position)),
            Lexeme::EndOfFile => return Ok(keys),
            Lexeme::Word(word) if word.eq_ignore_ascii_case("key") => {
                let (name, position) = parse_name(&mut lexer)?;
                if keys.iter().any(|key| *key.name() == name) {
                    return Err(KeyFileErrorKind::DuplicateKey(name).at(position));
                }
                keys.push(parse_clause(&mut lexer, name, position)?);
            }
            _ => return Err(token.unexpected("`key NAME { … };`, as `tsig-keygen` writes it")),
        }
    }
}

fn parse_name(lexer: &mut KeyFileLexer<'_>) -> Result<(Name, Position), KeyFileError> {
    let token = lexer.next()?;
    let text = token.value("the name of the key")?;
    match text.parse() {
        Ok(name) => Ok((name, token.position)),
        Err(error) => Err(KeyFileErrorKind::InvalidName(error).at(token.position)),
    }
}

/// Parses the rest of a clause, after the name of its key.
fn parse_clause(
    lexer: &mut KeyFileLexer<'_>,
    name: Name,
    position: Position,
) -> Result<TsigKey, KeyFileError> {
    lexer.required(Lexeme::OpenBrace, "`{`")?;
    let mut algorithm = None;
    let mut secret = None;
    loop {
        let token = lexer.next()?;
        match token.lexeme {
            Lexeme::CloseBrace => break,
            Lexeme::Word(word) if word.eq_ignore_ascii_case("algorithm") => {
                let value = parse_algorithm(&lexer.next()?, &name)?;
                set_once(&mut algorithm, value, token.position, &name, "algorithm")?;
            }
            Lexeme::Word(word) if word.eq_ignore_ascii_case("secret") => {
                let value = parse_secret(&lexer.next()?, &name)?;
                set_once(&mut secret, value, token.position, &name, "secret")?;
            }
            _ => return Err(token.unexpected("`algorithm`, `secret` or `}`")),
        }
        lexer.required(Lexeme::Semicolon, "`;`")?;
    }
    lexer.required(Lexeme::Semicolon, "`;` after `}`")?;
    let missing =
        |statement| KeyFileErrorKind::MissingStatement { key: name.clone(), statement }.at(position);
    let algorithm = algorithm.ok_or_else(|| missing("algorithm"))?;
    let mut secret = secret.ok_or_else(|| missing("secret"))?;
    Ok(TsigKey::new(name, algorithm, std::mem::take(&mut *secret)))
}

fn set_once<T>(
    slot: &mut Option<T>,
    value: T,
    position: Position,
    key: &Name,
    statement: &'static str,
) -> Result<(), KeyFileError> {
    if slot.replace(value).is_some() {
        return Err(KeyFileErrorKind::DuplicateStatement { key: key.clone(), statement }.at(position));
    }
    Ok(())
}

fn parse_algorithm(token: &KeyFileToken<'_>, key: &Name) -> Result<Algorithm, KeyFileError> {
    let text = token.value("an algorithm")?;
    text.parse().map_err(|_| {
        // Base64 has no hyphen: a word that begins like this is no misplaced secret.
        let is_algorithm = text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("hmac-"));
        let found = is_algorithm.then(|| text.to_owned());
        KeyFileErrorKind::UnknownAlgorithm { key: key.clone(), found }.at(token.position)
    })
}

fn parse_secret(token: &KeyFileToken<'_>, key: &Name) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let text = token.value("the secret")?;
    let mut base64 = Zeroizing::new(Vec::with_capacity(text.len()));
    base64.extend(text.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    match BASE64.decode(&base64) {
        Ok(secret) if secret.is_empty() => Err(KeyFileErrorKind::EmptySecret(key.clone()).at(token.position)),
        Ok(secret) => Ok(Zeroizing::new(secret)),
        // The error of the decoder is dropped: it repeats a part of the secret.
        Err(_) => Err(KeyFileErrorKind::InvalidBase64(key.clone()).at(token.position)),
    }
}

#[cfg(test)]
mod tests;
