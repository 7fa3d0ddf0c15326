//! Where a server is asked what it says of its own zones.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use zeroize::Zeroizing;

use super::url::HttpUrl;

/// The most characters of a key of an API.
const MAX_KEY_LEN: usize = 4096;

/// The control channel at which a server says what it knows of its zones.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StatusChannel {
    /// The statistics channel of BIND.
    Bind(HttpUrl),
    /// The API of PowerDNS, and its key.
    PowerDns(HttpUrl, ApiKey),
    /// A command that runs `nsd-control`.
    Nsd(ControlCommand),
    /// A command that runs `knotc`.
    Knot(ControlCommand),
}

/// A program with its first arguments; it is run without a shell.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ControlCommand {
    /// The path of the program, or its name on the path.
    pub program: String,
    /// Its first arguments.
    pub arguments: Vec<String>,
}

/// The key of an API: a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(Zeroizing<String>);

/// A text is not the key of an API. It may be one that was mistyped, so it is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a key: one line of printable ASCII characters, {MAX_KEY_LEN} at most")]
pub struct ParseApiKeyError;

impl ApiKey {
    /// The key itself, for the request alone.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl FromStr for ApiKey {
    type Err = ParseApiKeyError;

    fn from_str(text: &str) -> Result<Self, ParseApiKeyError> {
        let key = text.trim_ascii();
        let is_key =
            (1..=MAX_KEY_LEN).contains(&key.len()) && key.bytes().all(|it| (0x20..0x7f).contains(&it));
        if is_key { Ok(Self(Zeroizing::new(key.to_owned()))) } else { Err(ParseApiKeyError) }
    }
}

impl Hash for ApiKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_str().hash(state);
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_line_and_is_not_printed() {
        let key: ApiKey = "\tchangeme changeme\r\n".parse().unwrap();
        assert_eq!(key.secret(), "changeme changeme");
        let url = "http://127.0.0.1:8081".parse().unwrap();
        let printed = format!("{:?}", StatusChannel::PowerDns(url, key));
        assert!(printed.contains("ApiKey(..)") && !printed.contains("changeme"), "{printed}");
        for text in ["", " \n", "one\ntwo", "k\u{e9}y", &"k".repeat(MAX_KEY_LEN + 1)] {
            let error = text.parse::<ApiKey>().unwrap_err().to_string();
            assert!(error.starts_with("it is not a key"), "{error}");
        }
    }
}
