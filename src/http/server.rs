//! Connections: accepted, limited, and closed at the end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::router::respond;
use super::state::AppState;
use super::write_timeout::WriteTimeout;

/// The most connections at once; others wait to be accepted.
pub(super) const MAX_CONNECTIONS: usize = 256;

/// The time in which the head of a request is complete, counted from the response before it.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// The most bytes of the head of a request, and of what is read ahead.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// The most fields in the head of a request.
const MAX_HEADERS: usize = 64;

/// How long a client may accept nothing of a response.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

/// The time in which a request is handled: a `/probe` may take two minutes, and wait for others of its zone.
const HANDLER_TIMEOUT: Duration = Duration::from_mins(5);

/// The time in which a client reads a response to its end and sends the next request.
pub(super) const CLIENT_TIMEOUT: Duration = Duration::from_mins(1);

/// The time that is left to running requests at the end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// The pause after a connection could not be accepted.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Serves HTTP until `stop` completes; requests that are running then have two seconds.
pub async fn serve(listener: TcpListener, state: Arc<AppState>, stop: impl Future<Output = ()>) {
    serve_with(listener, state, CLIENT_TIMEOUT, stop).await;
}

/// Serves clients that read a response within `client_timeout`.
pub(super) async fn serve_with(
    listener: TcpListener,
    state: Arc<AppState>,
    client_timeout: Duration,
    stop: impl Future<Output = ()>,
) {
    let (shut_down, shutdown) = watch::channel(false);
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let permit = Arc::clone(&permits).acquire_owned();
        let accepted = async {
            let permit = permit.await;
            (listener.accept().await, permit)
        };
        tokio::select! {
            () = &mut stop => break,
            (accepted, permit) = accepted => match accepted {
                Ok((stream, _)) => {
                    let (state, shutdown) = (Arc::clone(&state), shutdown.clone());
                    connections.spawn(async move {
                        serve_connection(stream, state, client_timeout, shutdown).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    // Most likely too many files are open, and other connections will end.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(listener);
    let _ = shut_down.send(true);
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, all).await;
}

async fn serve_connection(
    stream: TcpStream,
    state: Arc<AppState>,
    client_timeout: Duration,
    mut shutdown: watch::Receiver<bool>,
) {
    let (deadline, mut deadlines) = watch::channel(Instant::now() + client_timeout);
    let deadline = Arc::new(deadline);
    let stream = WriteTimeout::new(stream, WRITE_TIMEOUT);
    let service = service_fn(move |request| {
        let (state, deadline) = (Arc::clone(&state), Arc::clone(&deadline));
        async move {
            deadline.send_replace(Instant::now() + HANDLER_TIMEOUT);
            let response = respond(&state, request).await;
            deadline.send_replace(Instant::now() + client_timeout);
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = deadline_passed(&mut deadlines) => return tracing::debug!("connection timed out"),
        () = async { drop(shutdown.wait_for(|is_over| *is_over).await) } => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "connection failed");
    }
}

/// Completes when the latest deadline has passed.
async fn deadline_passed(deadlines: &mut watch::Receiver<Instant>) {
    loop {
        let deadline = *deadlines.borrow_and_update();
        tokio::select! {
            () = tokio::time::sleep_until(deadline) => return,
            Ok(()) = deadlines.changed() => {}
        }
    }
}
