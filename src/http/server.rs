//! Connections: accepted, limited, and closed at the end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;

use super::access;
use super::connections::{Activity, ConnectionState, Connections};
use super::router::respond;
use super::state::AppState;
use super::write_timeout::WriteTimeout;

/// The time in which the head of a request is complete, counted from the response before it.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// The time in which a client that is asked to speak TLS does so.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);

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

/// The life of a connection, after which it ends with the response that is due.
pub(super) const MAX_CONNECTION_AGE: Duration = Duration::from_mins(10);

/// The time that is left to running requests at the end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// The pause after a connection could not be accepted.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Serves HTTP until `stop` completes; requests that are running then have two seconds.
pub async fn serve(listener: TcpListener, state: Arc<AppState>, stop: impl Future<Output = ()>) {
    tokio::select! {
        () = serve_with(listener, Arc::clone(&state), Timeouts::default(), stop) => {}
        () = access::follow(&state) => {}
    }
}

/// What ends connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeouts {
    /// The time in which a client reads a response to its end and sends the next request.
    pub(super) client: Duration,
    /// The life of a connection, after which it ends with the response that is due.
    pub(super) max_age: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { client: CLIENT_TIMEOUT, max_age: MAX_CONNECTION_AGE }
    }
}

/// Serves HTTP with other timeouts.
pub(super) async fn serve_with(
    listener: TcpListener,
    state: Arc<AppState>,
    timeouts: Timeouts,
    stop: impl Future<Output = ()>,
) {
    let (shut_down, shutdown) = watch::channel(false);
    let mut connections = Connections::default();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let (state, shutdown) = (Arc::clone(&state), shutdown.clone());
                    connections.spawn(peer.ip(), |activity| {
                        serve_connection(stream, state, timeouts, activity, shutdown)
                    });
                }
                Err(error) => {
                    // Most likely too many files are open, and other connections will end.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            },
            () = connections.ended() => {}
        }
    }
    drop(listener);
    let _ = shut_down.send(true);
    let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, connections.all_ended()).await;
}

/// Serves a connection, over TLS if that is configured; it ends when others may connect than before.
async fn serve_connection(
    stream: TcpStream,
    state: Arc<AppState>,
    timeouts: Timeouts,
    activity: Arc<Activity>,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut access = state.watch_access();
    let tls = access.borrow_and_update().access().tls();
    let stream = WriteTimeout::new(stream, WRITE_TIMEOUT);
    let must_end = async {
        let over = async {
            tokio::select! {
                _ = shutdown.wait_for(|is_over| *is_over) => {}
                Ok(()) = access.changed() => {}
            }
        };
        drop(tokio::time::timeout(timeouts.max_age, over).await);
    };
    let Some(config) = tls else {
        return serve_stream(stream, state, timeouts, activity, must_end).await;
    };
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, access::accept(stream, config)).await {
        Ok(Ok(stream)) => serve_stream(stream, state, timeouts, activity, must_end).await,
        Ok(Err(error)) => tracing::debug!(%error, "no TLS with a client"),
        Err(_) => tracing::debug!("no TLS with a client in time"),
    }
}

/// Serves the requests on a stream.
async fn serve_stream(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    state: Arc<AppState>,
    timeouts: Timeouts,
    activity: Arc<Activity>,
    must_end: impl Future<Output = ()>,
) {
    let (deadline, mut deadlines) = watch::channel(Instant::now() + timeouts.client);
    let deadline = Arc::new(deadline);
    let service = service_fn(move |request| {
        let (state, deadline, activity) = (Arc::clone(&state), Arc::clone(&deadline), Arc::clone(&activity));
        async move {
            activity.set(ConnectionState::Busy);
            deadline.send_replace(Instant::now() + HANDLER_TIMEOUT);
            let response = respond(&state, request).await;
            deadline.send_replace(Instant::now() + timeouts.client);
            activity.set(ConnectionState::Idle);
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
    let served = async {
        tokio::select! {
            outcome = connection.as_mut() => outcome,
            () = must_end => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    };
    let outcome = tokio::select! {
        outcome = served => outcome,
        () = deadline_passed(&mut deadlines) => return tracing::debug!("connection timed out"),
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
