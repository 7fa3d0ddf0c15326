//! One query over a connection of its own.

use std::time::Instant;

use crate::net::SignedQuery;
use crate::net::stream::Stream;
use crate::net::tls::TlsClients;
use crate::observe::{Failure, ServerCertificate, TlsFailure};
use crate::plan::Target;

/// The maximum number of messages that are not the response. The connection carries only this query, so there is no
/// other query they could belong to.
const MAX_MISMATCHED: u32 = 100;

/// Connects, sends a message, and waits for its response until the deadline.
///
/// `parse` returns the response, or why a message is none: one that is [mismatched](Failure::Mismatched) is passed over,
/// and any other failure ends it.
pub(in crate::net) async fn exchange<R>(
    deadline: Instant,
    (target, tls): (&Target, &TlsClients),
    wire: Vec<u8>,
    parse: impl Fn(&[u8]) -> Result<R, Failure>,
) -> Result<(R, Option<ServerCertificate>), Failure> {
    let mut last_failure = Failure::Timeout;
    // With TLS 1.3, a server that wants a certificate of the client closes the connection after the handshake.
    let closed = |failure| match (&target.tls, failure) {
        (Some(tls), Failure::Closed) => {
            TlsFailure::ClosedAfterHandshake { has_certificate: tls.identity.is_some() }.into()
        }
        (_, failure) => failure,
    };
    let exchange = async {
        let mut query = SignedQuery::new(wire, target)?;
        let mut stream = Stream::open(target, tls, &query).await.map_err(closed)?;
        let mut messages = 0;
        while messages <= MAX_MISMATCHED {
            let message = stream.read_message().await;
            let message = if messages == 0 { message.map_err(closed)? } else { message? };
            messages += 1;
            match parse(&message) {
                Ok(response) => {
                    query.verify_single(&message)?;
                    return Ok((response, stream.certificate()));
                }
                Err(mismatched @ Failure::Mismatched(_)) => last_failure = mismatched,
                Err(failure) => return Err(failure),
            }
        }
        Err(last_failure.clone())
    };
    match tokio::time::timeout_at(deadline.into(), exchange).await {
        Ok(result) => result,
        Err(_) => Err(last_failure),
    }
}
