//! One request over HTTP/1.1, on a connection of its own.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONNECTION, HOST, HeaderValue, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::quote::quoted;
use crate::observe::StatusFailure;
use crate::plan::{ApiKey, HttpUrl, UrlHost};
use crate::resolve::Finder;

/// The most bytes of the head of a response, and of what is read ahead of its body.
const MAX_HEAD_BYTES: usize = 64 << 10;

/// The field in which PowerDNS expects the key of its API.
const KEY_FIELD: &str = "x-api-key";

/// A request, which follows no redirection.
#[derive(Clone, Copy, Debug)]
pub(super) struct HttpRequest<'r> {
    pub(super) url: &'r HttpUrl,
    /// The path below the URL.
    pub(super) path: &'r str,
    /// The key of the API, if it needs one.
    pub(super) key: Option<&'r ApiKey>,
}

impl HttpRequest<'_> {
    /// Sends it, and returns the body of the response.
    ///
    /// It has no end of its own: its caller limits the time. Dropping it closes the connection.
    pub(super) async fn get(self, finder: &Finder, max_bytes: usize) -> Result<Vec<u8>, StatusFailure> {
        let request = self.message()?;
        let stream = connect(self.url, finder).await?;
        let mut builder = http1::Builder::new();
        builder.max_buf_size(MAX_HEAD_BYTES);
        let handshake = builder.handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|error| failed(&error))?;
        let exchange = pin!(async move {
            let response = sender.send_request(request).await.map_err(|error| failed(&error))?;
            body(response, max_bytes).await
        });
        // The connection may be closed before all that it brought was taken.
        match select(exchange, pin!(connection)).await {
            Either::Left((result, _)) => result,
            Either::Right((_, exchange)) => exchange.await,
        }
    }

    fn message(self) -> Result<Request<Empty<Bytes>>, StatusFailure> {
        let mut request = Request::get(self.url.below(self.path))
            .header(HOST, self.url.authority())
            .header(USER_AGENT, concat!("zoneprobe/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "application/json")
            .header(CONNECTION, "close");
        if let Some(mut key) = self.key.and_then(|key| HeaderValue::from_str(key.secret()).ok()) {
            key.set_sensitive(true);
            request = request.header(KEY_FIELD, key);
        }
        request.body(Empty::new()).map_err(|error| StatusFailure::Unreachable(error.to_string()))
    }
}

/// Connects to the first address of a host that accepts it.
async fn connect(url: &HttpUrl, finder: &Finder) -> Result<TcpStream, StatusFailure> {
    let addresses = match &url.host {
        UrlHost::Address(address) => vec![*address],
        UrlHost::Name(name) => {
            let lookup = finder.addresses(name).await;
            let error = lookup.error.filter(|_| lookup.answer.used.is_empty());
            if let Some(error) = error {
                return Err(StatusFailure::Unreachable(error));
            }
            lookup.answer.used
        }
    };
    let addresses: Vec<SocketAddr> =
        addresses.into_iter().map(|address| SocketAddr::new(address, url.port)).collect();
    TcpStream::connect(addresses.as_slice()).await.map_err(|error| unreachable(&error))
}

/// Reads the body of a response, if it is the one that was asked for.
async fn body(response: Response<Incoming>, max_bytes: usize) -> Result<Vec<u8>, StatusFailure> {
    if response.status() != StatusCode::OK {
        return Err(StatusFailure::HttpStatus(response.status().as_u16()));
    }
    let (mut incoming, mut body) = (response.into_body(), Vec::new());
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| failed(&error))?;
        let Some(data) = frame.data_ref() else { continue };
        if body.len() + data.len() > max_bytes {
            return Err(StatusFailure::TooLarge(max_bytes));
        }
        body.extend_from_slice(data);
    }
    Ok(body)
}

fn unreachable(error: &io::Error) -> StatusFailure {
    StatusFailure::Unreachable(quoted(error.to_string().as_bytes()))
}

fn failed(error: &hyper::Error) -> StatusFailure {
    StatusFailure::Malformed(quoted(error.to_string().as_bytes()))
}
