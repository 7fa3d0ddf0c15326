//! Passwords of requests (RFC 7617), held against their hashes.
//!
//! A comparison takes as long as bcrypt makes it take, so it runs on a thread for blocking work, one at a time. What
//! was right is remembered by a keyed digest: a client that asks every few seconds costs one comparison.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use data_encoding::BASE64;
use hyper::header::{AUTHORIZATION, HeaderMap};
use ring::hmac;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::config::PasswordHash;

/// How many users with right passwords are remembered; the oldest is forgotten for another.
const MAX_VERIFIED: usize = 64;

/// How long a request waits for its turn to have its password compared.
const TURN_TIMEOUT: Duration = Duration::from_secs(30);

/// The users, and the hashes of their passwords.
#[derive(Clone, Debug, Default)]
pub(super) struct Users(Vec<(String, PasswordHash)>);

/// The name and the password in a request.
pub(super) struct Credentials {
    name: String,
    password: Zeroizing<Vec<u8>>,
}

/// Whether a request may be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verified {
    /// The password is that of the user.
    Right,
    /// There is no such user, or the password is another one.
    Wrong,
    /// Too many passwords are to be compared before.
    NotInTime,
}

/// Compares passwords.
pub(in crate::http) struct Passwords {
    /// The secret of the digests.
    key: hmac::Key,
    verified: Mutex<VecDeque<Digest>>,
    turn: Arc<Semaphore>,
}

/// A digest of a hash, a name and the right password.
type Digest = [u8; 32];

impl Users {
    pub(super) fn new(users: Vec<(String, PasswordHash)>) -> Self {
        Self(users)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn hash(&self, name: &str) -> Option<&PasswordHash> {
        self.0.iter().find(|(user, _)| user == name).map(|(_, hash)| hash)
    }
}

impl Credentials {
    /// Reads the name and the password of a request, which must have exactly one of each.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        let (scheme, encoded) = value.as_bytes().split_at_checked(6)?;
        if !scheme.eq_ignore_ascii_case(b"Basic ") {
            return None;
        }
        let decoded = Zeroizing::new(BASE64.decode(encoded.trim_ascii()).ok()?);
        let colon = decoded.iter().position(|byte| *byte == b':')?;
        let (name, password) = decoded.split_at_checked(colon)?;
        let name = std::str::from_utf8(name).ok()?.to_owned();
        Some(Self { name, password: password.get(1..)?.to_vec().into() })
    }
}

impl Passwords {
    /// Compares the password of a request.
    ///
    /// A user who is not there costs as much as one who is: the password is held against the hash of another one.
    pub(super) async fn verify(&self, users: &Users, given: Credentials) -> Verified {
        let of_user = users.hash(&given.name);
        let Some(hash) = of_user.or_else(|| self.stand_in(users, &given.name)) else {
            return Verified::Wrong;
        };
        let digest = self.digest(hash, &given);
        if of_user.is_some() && self.is_known(&digest) {
            return Verified::Right;
        }
        let turn = Arc::clone(&self.turn).acquire_owned();
        let Ok(Ok(permit)) = tokio::time::timeout(TURN_TIMEOUT, turn).await else {
            return Verified::NotInTime;
        };
        // Another request of the client may have had its turn meanwhile.
        if of_user.is_some() && self.is_known(&digest) {
            return Verified::Right;
        }
        let (is_user, hash) = (of_user.is_some(), hash.clone());
        let compared = tokio::task::spawn_blocking(move || {
            // Kept to the end even if the client is gone.
            let _permit = permit;
            bcrypt::verify(given.password.as_slice(), hash.text()).unwrap_or(false)
        });
        if !compared.await.unwrap_or(false) || !is_user {
            return Verified::Wrong;
        }
        self.remember(digest);
        Verified::Right
    }

    /// The hash that stands in for that of a user who is not there: for one name, always the same.
    fn stand_in<'u>(&self, users: &'u Users, name: &str) -> Option<&'u PasswordHash> {
        let digest = hmac::sign(&self.key, name.as_bytes());
        let (first, _) = digest.as_ref().split_first_chunk()?;
        let index = usize::from_ne_bytes(*first).checked_rem(users.0.len())?;
        users.0.get(index).map(|(_, hash)| hash)
    }

    fn digest(&self, hash: &PasswordHash, given: &Credentials) -> Digest {
        let mut context = hmac::Context::with_key(&self.key);
        for part in [hash.text().as_bytes(), given.name.as_bytes(), &given.password] {
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part);
        }
        let mut digest = Digest::default();
        digest.copy_from_slice(context.sign().as_ref());
        digest
    }

    fn is_known(&self, digest: &Digest) -> bool {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner).contains(digest)
    }

    fn remember(&self, digest: Digest) {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        verified.truncate(MAX_VERIFIED - 1);
        verified.push_front(digest);
    }
}

impl Default for Passwords {
    fn default() -> Self {
        let secret = Zeroizing::new(rand::random::<[u8; 32]>());
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_slice());
        Self { key, verified: Mutex::default(), turn: Arc::new(Semaphore::new(1)) }
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hash of a password at the lowest cost.
    fn hash(password: &str) -> PasswordHash {
        bcrypt::hash(password, 4).unwrap().parse().unwrap()
    }

    fn users() -> Users {
        Users::new(vec![("alice".to_owned(), hash("right")), ("bob".to_owned(), hash("b:ob"))])
    }

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, value.parse().unwrap())).collect()
    }

    fn basic(name: &str, password: &str) -> HeaderMap {
        headers(&[&format!("Basic {}", BASE64.encode(format!("{name}:{password}").as_bytes()))])
    }

    async fn verify(passwords: &Passwords, users: &Users, name: &str, password: &str) -> Verified {
        passwords.verify(users, Credentials::of(&basic(name, password)).unwrap()).await
    }

    #[tokio::test]
    async fn the_password_of_the_user_is_right_and_any_other_is_wrong() {
        let (passwords, users) = (Passwords::default(), users());
        for _ in 0..2 {
            for (name, password, verified) in [
                ("alice", "right", Verified::Right),
                ("bob", "b:ob", Verified::Right),
                ("alice", "b:ob", Verified::Wrong),
                ("alice", "", Verified::Wrong),
                ("alice", "right\0", Verified::Wrong),
                ("Alice", "right", Verified::Wrong),
                ("", "right", Verified::Wrong),
                ("carol", "right", Verified::Wrong),
                ("carol", "b:ob", Verified::Wrong),
            ] {
                assert_eq!(verify(&passwords, &users, name, password).await, verified, "{name} {password}");
            }
        }
        assert_eq!(passwords.verified.lock().unwrap().len(), 2);
        assert_eq!(verify(&passwords, &Users::default(), "alice", "right").await, Verified::Wrong);
    }

    #[tokio::test]
    async fn what_was_right_is_compared_once_until_the_hash_changes() {
        let (passwords, users) = (Passwords::default(), users());
        assert_eq!(verify(&passwords, &users, "alice", "right").await, Verified::Right);
        let turn = Arc::clone(&passwords.turn).acquire_owned().await.unwrap();
        assert_eq!(verify(&passwords, &users, "alice", "right").await, Verified::Right);
        drop(turn);
        let changed = Users::new(vec![("alice".to_owned(), hash("new"))]);
        assert_eq!(verify(&passwords, &changed, "alice", "right").await, Verified::Wrong);
        for number in 0..2 * MAX_VERIFIED {
            passwords.remember([u8::try_from(number).unwrap(); 32]);
        }
        assert_eq!(passwords.verified.lock().unwrap().len(), MAX_VERIFIED);
    }

    #[tokio::test(start_paused = true)]
    async fn no_request_waits_longer_than_its_limit_for_its_turn() {
        let (passwords, users) = (Passwords::default(), users());
        let _turn = Arc::clone(&passwords.turn).acquire_owned().await.unwrap();
        let began = tokio::time::Instant::now();
        assert_eq!(verify(&passwords, &users, "alice", "right").await, Verified::NotInTime);
        assert_eq!(began.elapsed(), TURN_TIMEOUT);
    }

    #[test]
    fn credentials_are_read_from_one_header_alone() {
        let given = Credentials::of(&headers(&["bAsIc YWxpY2U6YTpi"])).unwrap();
        assert_eq!((given.name.as_str(), given.password.as_slice()), ("alice", b"a:b".as_slice()));
        for values in [
            &[][..],
            &[""],
            &["Basic"],
            &["Basic "],
            &["Basic YWxpY2U="],
            &["Basic YWxpY2U6YTpi", "Basic YWxpY2U6YTpi"],
            &["Basic YWxpY2U6YTp"],
            &["Basic ////"],
            &["Bearer YWxpY2U6YTpi"],
            &["Basic:YWxpY2U6YTpi"],
        ] {
            assert!(Credentials::of(&headers(values)).is_none(), "{values:?}");
        }
    }
}
