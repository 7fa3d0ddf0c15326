//! What may be wrong in a web configuration, besides what may be wrong in any file.

use super::password::{MAX_COST, PasswordHashError};

/// What is wrong in a web configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebConfigError {
    /// The same is there twice: in place, and in a file.
    #[error("`{key}` and `{key}_file` are both here")]
    TwoSources {
        /// The key for the text in place.
        key: &'static str,
    },
    /// There are authorities of client certificates, and none is verified.
    #[error("no certificate of a client is verified with this `client_auth_type`")]
    UnusedClientCa,
    /// Client certificates are to be verified, and no authority is trusted.
    #[error("there is no authority to verify certificates of clients by")]
    NoClientCa,
    /// The names of certificates are to be checked, and not every client has one that is verified.
    #[error("the names in certificates that nobody has verified are worth nothing")]
    UnverifiedNames,
    /// Nothing is left of what TLS needs.
    #[error("this leaves no {0} that zoneprobe has")]
    NothingLeft(&'static str),
    /// A list of those who are let in is empty.
    #[error("the list is empty")]
    EmptyList,
    /// There are no users.
    #[error("there are no users, so that anybody would be let in")]
    NoUsers,
    /// The name of a user has a colon, which ends it in a request.
    #[error("the name of a user cannot have a colon")]
    ColonInName,
    /// A text is not the hash of a password.
    #[error(transparent)]
    Password(PasswordHashError),
    /// A text is not a header.
    #[error("no header can have this value")]
    InvalidHeader,
    /// A certificate or a key cannot be used.
    #[error("cannot use `{key}`: {reason}")]
    Unusable {
        /// The key.
        key: &'static str,
        /// Why not.
        reason: String,
    },
}

impl WebConfigError {
    /// Returns what to write instead, unless the message says that already.
    pub(in crate::config) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::TwoSources { .. } => "remove one of the two",
            Self::UnusedClientCa | Self::UnverifiedNames => {
                "write `client_auth_type: RequireAndVerifyClientCert`"
            }
            Self::NoClientCa => "name the file with its certificate in `client_ca_file`",
            Self::NothingLeft("version of TLS") => "write `TLS12` or `TLS13`",
            Self::NothingLeft(_) => "leave the key out for all that zoneprobe has",
            Self::EmptyList => "name those who are let in, or leave the key out",
            Self::NoUsers => "leave `basic_auth_users` out if that is what you want",
            Self::Password(PasswordHashError::NotBcrypt) => {
                "write what `htpasswd -nBC 10 USER` prints after the colon"
            }
            Self::Password(PasswordHashError::Cost(_)) => {
                return Some(format!("make a hash with a cost of 10 to 12; {MAX_COST} is the most"));
            }
            Self::ColonInName | Self::InvalidHeader | Self::Unusable { .. } => return None,
        };
        Some(hint.to_owned())
    }
}
