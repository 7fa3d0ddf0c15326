//! The hash of a password, as bcrypt makes it.

use std::fmt;
use std::str::FromStr;

use bcrypt::HashParts;
use zeroize::Zeroizing;

/// The highest cost: comparing a password takes some ten seconds, and twice that with each more.
pub(super) const MAX_COST: u32 = 18;

/// The lowest cost, which is that of bcrypt itself.
const MIN_COST: u32 = 4;

/// The highest cost at which comparing a password takes no longer than a second or two.
const MAX_USUAL_COST: u32 = 14;

/// The hash of a password; it is wiped from memory when it is dropped, and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    text: Zeroizing<String>,
    cost: u32,
}

/// Why a text is not the hash of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordHashError {
    /// It does not look like one.
    #[error("this is not the hash of a password by bcrypt")]
    NotBcrypt,
    /// Comparing a password would take too long, or no time.
    #[error("a password cannot be compared at a cost of {0}")]
    Cost(u32),
}

impl PasswordHash {
    /// Returns the text of the hash.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether comparing a password takes so long that others wait noticeably.
    pub fn is_slow(&self) -> bool {
        self.cost > MAX_USUAL_COST
    }
}

impl FromStr for PasswordHash {
    type Err = PasswordHashError;

    fn from_str(text: &str) -> Result<Self, PasswordHashError> {
        let parts: HashParts = text.parse().map_err(|_| PasswordHashError::NotBcrypt)?;
        match parts.get_cost() {
            cost @ MIN_COST..=MAX_COST => Ok(Self { text: text.to_owned().into(), cost }),
            cost => Err(PasswordHashError::Cost(cost)),
        }
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}
