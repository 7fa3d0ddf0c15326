//! HTTP for programs and people: metrics, the last check of each zone, one check now.
//!
//! It reads what the watcher has published and asks nobody, `/probe` excepted. Whoever connects may be anybody:
//! connections, heads, bodies and waiting are limited.

mod metrics;
mod page;
mod probe;
mod reload;
mod response;
mod state;
#[cfg(test)]
mod tests;
mod write_timeout;
mod zones;

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::FutureExt as _;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use state::{AppState, ReloadRequest};

use response::Answer;
use write_timeout::WriteTimeout;

/// Connections at once; whoever comes after them waits.
const MOST_CONNECTIONS: usize = 256;

/// The head of a request is whole within this time, and the next request comes within it.
const LONGEST_HEAD: Duration = Duration::from_secs(5);

/// Octets of the head of a request, and of what is read ahead.
const LARGEST_HEAD: usize = 16 * 1024;

/// Fields in the head of a request.
const MOST_FIELDS: usize = 64;

/// How long somebody may read nothing of what is sent.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// A request is answered within this time: `/probe` looks for as long as it is told to, and some must wait for
/// others.
const LONGEST_ANSWER: Duration = Duration::from_mins(5);

/// An answer is read within this time, and the next request comes, or the connection ends.
const LONGEST_READING: Duration = Duration::from_mins(1);

/// How long what is under way may go on after the end.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Serves a site until it is told to stop; what is under way then has two seconds.
pub async fn serve(listener: TcpListener, site: Arc<AppState>, stop: impl Future<Output = ()>) {
    serve_to(listener, site, LONGEST_READING, stop).await;
}

/// The same for clients who read an answer within such a time.
async fn serve_to(
    listener: TcpListener,
    site: Arc<AppState>,
    longest_reading: Duration,
    stop: impl Future<Output = ()>,
) {
    let (ending, ended) = watch::channel(false);
    let permits = Arc::new(Semaphore::new(MOST_CONNECTIONS));
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
                    let (site, ended) = (Arc::clone(&site), ended.clone());
                    connections.spawn(async move {
                        connection(stream, site, longest_reading, ended).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    // No more files, most likely: they come back when others are done.
                    tracing::warn!("cannot accept a connection: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(listener);
    let _ = ending.send(true);
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(LAST_WORDS, all).await;
}

async fn connection(
    stream: TcpStream,
    site: Arc<AppState>,
    longest_reading: Duration,
    mut ended: watch::Receiver<bool>,
) {
    let (deadline, mut deadlines) = watch::channel(Instant::now() + longest_reading);
    let deadline = Arc::new(deadline);
    let stream = WriteTimeout::new(stream, LONGEST_PAUSE);
    let answer = service_fn(move |request| {
        let (site, deadline) = (Arc::clone(&site), Arc::clone(&deadline));
        async move {
            deadline.send_replace(Instant::now() + LONGEST_ANSWER);
            let answer = answered(&site, request).await;
            deadline.send_replace(Instant::now() + longest_reading);
            Ok::<_, Infallible>(answer)
        }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(LONGEST_HEAD)
        .max_buf_size(LARGEST_HEAD)
        .max_headers(MOST_FIELDS)
        .serve_connection(TokioIo::new(stream), answer);
    let mut serving = std::pin::pin!(serving);
    let outcome = tokio::select! {
        outcome = serving.as_mut() => outcome,
        () = passed(&mut deadlines) => return tracing::debug!("a connection took too long"),
        () = async { drop(ended.wait_for(|ended| *ended).await) } => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!("a connection ended early: {error}");
    }
}

/// Waits until a deadline has passed that nobody puts off.
async fn passed(deadlines: &mut watch::Receiver<Instant>) {
    loop {
        let deadline = *deadlines.borrow_and_update();
        tokio::select! {
            () = tokio::time::sleep_until(deadline) => return,
            Ok(()) = deadlines.changed() => {}
        }
    }
}

/// Answers a request; a fault of this program takes nobody else's request with it.
async fn answered(site: &Arc<AppState>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let is_head = request.method() == Method::HEAD;
    let (handler, answer) = match AssertUnwindSafe(route(site, &request)).catch_unwind().await {
        Ok(routed) => routed,
        Err(_) => ("fault", Answer::fault()),
    };
    site.meters.request(handler, answer.status.as_u16());
    response(answer, is_head)
}

/// Returns the name of what a request asks for, and the answer.
async fn route(site: &Arc<AppState>, request: &Request<Incoming>) -> (&'static str, Answer) {
    let path = request.uri().path();
    if path == "/-/reload" {
        return ("reload", reload::answer(site, request).await);
    }
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let zone = path.strip_prefix("/api/v1/zones/").filter(|zone| !zone.is_empty());
    let handler = match path {
        "/" => "page",
        "/metrics" => "metrics",
        "/probe" => "probe",
        "/sd" => "sd",
        "/api/v1/zones" => "zones",
        "/-/healthy" => "healthy",
        "/-/ready" => "ready",
        _ if zone.is_some() => "zone",
        _ => return ("none", Answer::text(StatusCode::NOT_FOUND, "there is nothing here; see /\n")),
    };
    if !is_read {
        return (handler, Answer::not_allowed("GET, HEAD"));
    }
    let answer = match handler {
        "page" => page::answer(site).await,
        "metrics" => metrics::answer(site, request).await,
        "probe" => probe::answer(site, request).await,
        "sd" => zones::targets(site),
        "zones" => zones::zones(site, request).await,
        "zone" => zones::zone(site, zone.unwrap_or_default()),
        "ready" if !site.board.is_ready() => {
            Answer::text(StatusCode::SERVICE_UNAVAILABLE, "not every zone was checked yet\n")
        }
        _ => Answer::text(StatusCode::OK, "ok\n"),
    };
    (handler, answer)
}

fn response(answer: Answer, is_head: bool) -> Response<Full<Bytes>> {
    let length = answer.body.len();
    let body = if is_head { Bytes::new() } else { answer.body };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    let mut set =
        |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(hyper::header::CONTENT_TYPE, answer.content_type);
    set(hyper::header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(hyper::header::CONTENT_SECURITY_POLICY, page::POLICY);
    set(hyper::header::CACHE_CONTROL, "no-store");
    for (name, value) in answer.fields {
        set(name, value);
    }
    headers.insert(hyper::header::CONTENT_LENGTH, length.into());
    response
}
