//! One query over a connection of its own.

use std::time::Instant;

use crate::dns::Mismatch;
use crate::dns::message::{OptRecord, Question, Response};
use crate::net::SignedQuery;
use crate::net::socket::socket_failure;
use crate::net::stream::Stream;
use crate::observe::Failure;
use crate::plan::Target;

/// The maximum number of messages that are not the response. The connection carries only this query, so there is no
/// other query they could belong to.
const MAX_MISMATCHED: u32 = 100;

/// Connects, sends a query, and waits for its response until the deadline.
pub(in crate::net) async fn exchange(
    deadline: Instant,
    target: &Target,
    question: &Question,
    opt: OptRecord,
) -> Result<Response, Failure> {
    let mut last_failure = Failure::Timeout;
    let exchange = async {
        let mut query = SignedQuery::new(question.to_wire(opt), target)?;
        let mut stream = Stream::open(target, &query).await?;
        for _ in 0..=MAX_MISMATCHED {
            let message = stream.read_message().await.map_err(|error| socket_failure(&error))?;
            match Response::parse(&message, question) {
                Ok(Some(response)) if response.header.is_truncated() => return Err(Failure::Truncated),
                Ok(Some(response)) => {
                    query.verify_single(&message)?;
                    return Ok(response);
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
