//! Why a text is not a key file, where, and what to do.

use crate::dns::name::{Name, NameError};
use crate::dns::tsig::Algorithm;

/// What is wrong with a key file, and where; `path:` before it makes a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {fault}")]
pub struct KeyFileError {
    /// The line, counted from 1.
    pub line: usize,
    /// The character in that line, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub fault: KeyFileErrorKind,
}

/// What is wrong with a key file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileErrorKind {
    /// There is no key.
    #[error("the file holds no key; `tsig-keygen NAME` writes one")]
    NoKeys,
    /// Something else stands where it may not.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What may stand there.
        expected: &'static str,
        /// What does, by its kind.
        found: &'static str,
    },
    /// A quotation mark has no second.
    #[error("the quotation mark is not closed")]
    OpenQuote,
    /// A comment has no end.
    #[error("the comment is not closed; end it with `*/`")]
    OpenComment,
    /// The name of a key is not a domain name.
    #[error("the name of the key is not a domain name: {0}")]
    Name(NameError),
    /// Two keys have the same name.
    #[error("the key `{}` is defined twice; remove one", .0.without_final_dot())]
    DuplicateKey(Name),
    /// The algorithm is not known.
    #[error("the algorithm{} of the key `{}` is not known; known are {}",
        quoted(.found.as_deref()), key.without_final_dot(), Algorithm::list())]
    Algorithm {
        /// The key.
        key: Name,
        /// The algorithm as written, if it can be nothing else.
        found: Option<String>,
    },
    /// The secret is not Base64.
    #[error("the secret of the key `{}` is not Base64; copy it whole, with any `=` at its end", .0.without_final_dot())]
    Base64(Name),
    /// The secret has no octets.
    #[error("the secret of the key `{}` is empty; `tsig-keygen` makes one", .0.without_final_dot())]
    EmptySecret(Name),
    /// A clause lacks one of its statements.
    #[error("the key `{}` has no {what}; add `{what} …;` to it", key.without_final_dot())]
    Missing {
        /// The key.
        key: Name,
        /// The statement.
        what: &'static str,
    },
    /// A clause has one of its statements twice.
    #[error("the key `{}` has a second {what}; remove one", key.without_final_dot())]
    Twice {
        /// The key.
        key: Name,
        /// The statement.
        what: &'static str,
    },
}

fn quoted(found: Option<&str>) -> String {
    found.map_or_else(String::new, |found| format!(" `{}`", found.escape_debug()))
}
