//! What is wrong with a key file, and where.

use crate::dns::name::{Name, NameError};
use crate::dns::position::Position;
use crate::dns::tsig::Algorithm;

/// An error in a key file; `path:` in front of it makes a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {kind}")]
pub struct KeyFileError {
    /// The token with the error.
    pub position: Position,
    /// What is wrong.
    pub kind: KeyFileErrorKind,
}

/// What is wrong with a key file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileErrorKind {
    /// The file holds no key.
    #[error("the file holds no key; `tsig-keygen NAME` writes one")]
    NoKeys,
    /// A token is not allowed where it stands.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What is allowed there.
        expected: &'static str,
        /// The kind of the token that is there.
        found: &'static str,
    },
    /// A quoted string has no closing quotation mark.
    #[error("the quotation mark is not closed")]
    UnclosedQuote,
    /// A comment has no end.
    #[error("the comment is not closed; end it with `*/`")]
    UnclosedComment,
    /// The name of a key is not a domain name.
    #[error("the name of the key is not a domain name: {0}")]
    InvalidName(NameError),
    /// Two keys have the same name.
    #[error("the key `{}` is defined twice; remove one", .0.without_final_dot())]
    DuplicateKey(Name),
    /// The algorithm is not known.
    #[error("the algorithm{} of the key `{}` is not known; known are {}",
        quoted(.found.as_deref()), key.without_final_dot(), Algorithm::list())]
    UnknownAlgorithm {
        /// The key.
        key: Name,
        /// The algorithm as written, unless it may be a secret.
        found: Option<String>,
    },
    /// The secret is not Base64.
    #[error("the secret of the key `{}` is not Base64; copy it whole, with any `=` at its end", .0.without_final_dot())]
    InvalidBase64(Name),
    /// The secret is empty.
    #[error("the secret of the key `{}` is empty; `tsig-keygen` makes one", .0.without_final_dot())]
    EmptySecret(Name),
    /// A clause lacks a statement.
    #[error("the key `{}` has no {statement}; add `{statement} …;` to it", key.without_final_dot())]
    MissingStatement {
        /// The key.
        key: Name,
        /// The statement.
        statement: &'static str,
    },
    /// A clause has a statement twice.
    #[error("the key `{}` has a second {statement}; remove one", key.without_final_dot())]
    DuplicateStatement {
        /// The key.
        key: Name,
        /// The statement.
        statement: &'static str,
    },
}

impl KeyFileErrorKind {
    /// Makes an error at a position.
    pub(super) fn at(self, position: Position) -> KeyFileError {
        KeyFileError { position, kind: self }
    }
}

fn quoted(found: Option<&str>) -> String {
    found.map_or_else(String::new, |found| format!(" `{}`", found.escape_debug()))
}
