//! One query over a connection of its own.

use std::time::Instant;

use crate::dns::Mismatch;
use crate::dns::message::{OptRecord, Question, Response};
use crate::net::SignedQuery;
use crate::net::stream::Stream;
use crate::net::tls::TlsClients;
use crate::observe::{Failure, ServerCertificate, TlsFailure};
use crate::plan::Target;

/// The maximum number of messages that are not the response. The connection carries only this query, so there is no
/// other query they could belong to.
const MAX_MISMATCHED: u32 = 100;

/// Connects, sends a query, and waits for its response until the deadline.
pub(in crate::net) async fn exchange(
    deadline: Instant,
    (target, tls): (&Target, &TlsClients),
    question: &Question,
    opt: OptRecord,
) -> Result<(Response, Option<ServerCertificate>), Failure> {
    let mut last_failure = Failure::Timeout;
    // With TLS 1.3, a server that wants a certificate of the client closes the connection after the handshake.
    let closed = |failure| match (&target.tls, failure) {
        (Some(tls), Failure::Closed) => {
            TlsFailure::ClosedAfterHandshake { has_certificate: tls.identity.is_some() }.into()
        }
        (_, failure) => failure,
    };
    let exchange = async {
        let mut query = SignedQuery::new(question.to_wire(opt), target)?;
        let mut stream = Stream::open(target, tls, &query).await.map_err(closed)?;
        let mut messages = 0;
        while messages <= MAX_MISMATCHED {
            let message = stream.read_message().await;
            let message = if messages == 0 { message.map_err(closed)? } else { message? };
            messages += 1;
            match Response::parse(&message, question) {
                Ok(Some(response)) if response.header.is_truncated() => return Err(Failure::Truncated),
                Ok(Some(response)) => {
                    query.verify_single(&message)?;
                    return Ok((response, stream.certificate()));
                }
                Ok(None) => last_failure = Mismatch::of(&message, question).into(),
                Err(malformed) => return Err(Failure::Malformed(malformed.to_string())),
            }
        }
        Err(last_failure.clone())
    };
    match tokio::time::timeout_at(deadline.into(), exchange).await {
        Ok(result) => result,
        Err(_) => Err(last_failure),
    }
}
