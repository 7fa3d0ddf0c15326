//! Who may connect, and whose requests are answered: the web configuration in force.
//!
//! It is read again when its file changes, or one that it names. What has a mistake changes nothing, and a file that
//! was only half written opens no door: TLS, passwords and what is demanded of clients end by a reload alone.

mod client_verifier;
mod file;
mod follow;
mod password;
mod rate_limit;
#[cfg(test)]
mod tests;
mod tls;

use std::fmt;
use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use rustls::ServerConfig;

pub use file::{AccessError, AccessFile};
pub(super) use follow::follow;
pub(super) use password::Passwords;
pub(super) use tls::accept;

use super::response::HttpResponse;
use crate::config::ClientAuth;
use password::{Credentials, Users, Verified};
use rate_limit::RateLimiter;

/// Who may connect, and whose requests are answered; by default, everybody.
#[derive(Default)]
pub(super) struct Access {
    tls: Option<Arc<ServerConfig>>,
    /// What is demanded of clients over TLS.
    clients: ClientDemands,
    headers: Vec<(HeaderName, HeaderValue)>,
    users: Users,
    limiter: Option<RateLimiter>,
}

/// What is demanded of clients over TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct ClientDemands {
    auth: ClientAuth,
    /// Whether their certificates must have one of some names.
    has_names: bool,
}

impl Access {
    /// What is offered to clients over TLS; nothing if connections are in clear text.
    pub(super) fn tls(&self) -> Option<Arc<ServerConfig>> {
        self.tls.clone()
    }

    /// Whether a request with these headers is to be answered, or with what it is refused.
    pub(super) async fn admit(&self, headers: &HeaderMap, passwords: &Passwords) -> Result<(), HttpResponse> {
        if self.limiter.as_ref().is_some_and(|limiter| !limiter.admits()) {
            return Err(HttpResponse::text(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests\n"));
        }
        if self.users.is_empty() {
            return Ok(());
        }
        let Some(given) = Credentials::of(headers) else { return Err(unauthorized()) };
        match passwords.verify(&self.users, given).await {
            Verified::Right => Ok(()),
            Verified::Wrong => Err(unauthorized()),
            Verified::NotInTime => {
                Err(HttpResponse::text(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable\n"))
            }
        }
    }

    /// What keeps clients out, in words.
    fn summary(&self) -> String {
        let words = [
            (self.tls.is_none(), "clear text"),
            (self.tls.is_some(), "TLS"),
            (self.clients.auth.verifies(), "client certificates"),
            (!self.users.is_empty(), "passwords"),
            (self.limiter.is_some(), "a rate limit"),
        ];
        let words: Vec<&str> = words.into_iter().filter(|(is_so, _)| *is_so).map(|(_, word)| word).collect();
        words.join(", ")
    }

    /// Sets the headers that all responses have.
    pub(super) fn set_headers(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
    }

    /// What keeps clients out, and would not with `next`.
    fn lost_with(&self, next: &Self) -> Option<&'static str> {
        if self.tls.is_some() && next.tls.is_none() {
            return Some("TLS");
        }
        if self.clients.auth > next.clients.auth {
            return Some("what it demands of client certificates");
        }
        if self.clients.has_names && !next.clients.has_names {
            return Some("the names of clients");
        }
        (!self.users.is_empty() && next.users.is_empty()).then_some("passwords")
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("tls", &self.tls.is_some()).finish_non_exhaustive()
    }
}

/// The same whatever the reason, and nothing that a stranger need not know.
fn unauthorized() -> HttpResponse {
    let response = HttpResponse::text(StatusCode::UNAUTHORIZED, "Unauthorized\n");
    HttpResponse { headers: vec![(WWW_AUTHENTICATE, "Basic")], ..response }
}
