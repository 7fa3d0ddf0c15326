//! Key files as `tsig-keygen` writes them: key clauses of BIND's `named.conf`.
//!
//! In: the text. Out: its keys, or where and why it is none. No error repeats a word of the text that
//! could be a secret, wherever it was put by mistake.

mod error;
mod lexer;

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::name::Name;
use super::tsig::{Algorithm, TsigKey};
use lexer::{Kind, Place, Token, Tokens};

pub use error::{KeyFileError, KeyFileErrorKind};

/// Reads all keys of a file, in their order; a file without any is an error.
pub fn parse(text: &str) -> Result<Vec<TsigKey>, KeyFileError> {
    let mut tokens = Tokens::new(text);
    let mut keys: Vec<TsigKey> = Vec::new();
    loop {
        let token = tokens.next()?;
        match token.kind {
            Kind::End if keys.is_empty() => return Err(token.place.error(KeyFileErrorKind::NoKeys)),
            Kind::End => return Ok(keys),
            Kind::Word(word) if word.eq_ignore_ascii_case("key") => {
                let (name, place) = name(&mut tokens)?;
                if keys.iter().any(|key| *key.name() == name) {
                    return Err(place.error(KeyFileErrorKind::DuplicateKey(name)));
                }
                keys.push(clause(&mut tokens, name, place)?);
            }
            _ => return Err(token.unexpected("`key NAME { … };`, as `tsig-keygen` writes it")),
        }
    }
}

fn name(tokens: &mut Tokens<'_>) -> Result<(Name, Place), KeyFileError> {
    let token = tokens.next()?;
    let text = token.value("the name of the key")?;
    match text.parse() {
        Ok(name) => Ok((name, token.place)),
        Err(error) => Err(token.place.error(KeyFileErrorKind::Name(error))),
    }
}

/// Reads a clause from behind the name of its key.
fn clause(tokens: &mut Tokens<'_>, name: Name, place: Place) -> Result<TsigKey, KeyFileError> {
    tokens.expect(Kind::Open, "`{`")?;
    let mut algorithm = None;
    let mut secret = None;
    loop {
        let token = tokens.next()?;
        match token.kind {
            Kind::Close => break,
            Kind::Word(word) if word.eq_ignore_ascii_case("algorithm") => {
                let value = parse_algorithm(&tokens.next()?, &name)?;
                once(&mut algorithm, value, token.place, &name, "algorithm")?;
            }
            Kind::Word(word) if word.eq_ignore_ascii_case("secret") => {
                let value = parse_secret(&tokens.next()?, &name)?;
                once(&mut secret, value, token.place, &name, "secret")?;
            }
            _ => return Err(token.unexpected("`algorithm`, `secret` or `}`")),
        }
        tokens.expect(Kind::Semicolon, "`;`")?;
    }
    tokens.expect(Kind::Semicolon, "`;` after `}`")?;
    let missing = |what| place.error(KeyFileErrorKind::Missing { key: name.clone(), what });
    let algorithm = algorithm.ok_or_else(|| missing("algorithm"))?;
    let mut secret = secret.ok_or_else(|| missing("secret"))?;
    Ok(TsigKey::new(name, algorithm, std::mem::take(&mut *secret)))
}

fn once<T>(
    slot: &mut Option<T>,
    value: T,
    place: Place,
    key: &Name,
    what: &'static str,
) -> Result<(), KeyFileError> {
    if slot.replace(value).is_some() {
        return Err(place.error(KeyFileErrorKind::Twice { key: key.clone(), what }));
    }
    Ok(())
}

fn parse_algorithm(token: &Token<'_>, key: &Name) -> Result<Algorithm, KeyFileError> {
    let text = token.value("an algorithm")?;
    text.parse().map_err(|_| {
        // Base64 has no hyphen: what begins like this is no secret in the wrong place.
        let like_one = text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("hmac-"));
        let found = like_one.then(|| text.to_owned());
        token.place.error(KeyFileErrorKind::Algorithm { key: key.clone(), found })
    })
}

fn parse_secret(token: &Token<'_>, key: &Name) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let text = token.value("the secret")?;
    let mut octets = Zeroizing::new(Vec::with_capacity(text.len()));
    octets.extend(text.bytes().filter(|octet| !octet.is_ascii_whitespace()));
    match BASE64.decode(&octets) {
        Ok(secret) if secret.is_empty() => Err(token.place.error(KeyFileErrorKind::EmptySecret(key.clone()))),
        Ok(secret) => Ok(Zeroizing::new(secret)),
        // What the decoder says of it would show a part of the secret.
        Err(_) => Err(token.place.error(KeyFileErrorKind::Base64(key.clone()))),
    }
}

#[cfg(test)]
mod tests;
