//! Responses of endpoints, before they are messages of HTTP.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};
use serde::Serialize;

/// Shorter bodies are not worth compressing.
const MIN_COMPRESSED: usize = 1024;

/// Pages load their own assets and nothing else, run nothing that is in them, and are in no frame.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
    img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Pages of other sites that open one of these get no hold of it.
const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// The response of an endpoint.
#[derive(Clone, Debug)]
pub(super) struct HttpResponse {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(HeaderName, &'static str)>,
    pub(super) body: Bytes,
}

impl HttpResponse {
    pub(super) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, content_type, headers: Vec::new(), body: body.into() }
    }

    pub(super) fn text(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body)
    }

    pub(super) fn json(status: StatusCode, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Self::new(status, "application/json", body),
            Err(_) => Self::internal_error(),
        }
    }

    /// A page for people.
    pub(super) fn html(status: StatusCode, page: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", page)
    }

    pub(super) fn internal_error() -> Self {
        Self::text(StatusCode::INTERNAL_SERVER_ERROR, "internal error\n")
    }

    pub(super) fn method_not_allowed(allowed: &'static str) -> Self {
        let response = Self::text(StatusCode::METHOD_NOT_ALLOWED, format!("only {allowed} here\n"));
        Self { headers: vec![(ALLOW, allowed)], ..response }
    }

    /// The same with a compressed body, if that is worth it.
    pub(super) fn compressed(mut self) -> Self {
        self.headers.push((VARY, "Accept-Encoding"));
        if self.body.len() < MIN_COMPRESSED {
            return self;
        }
        self.headers.push((CONTENT_ENCODING, "gzip"));
        Self { body: gzip(&self.body), ..self }
    }

    /// Turns it into a message; one for a HEAD request has no body.
    pub(super) fn into_hyper(self, is_head: bool) -> Response<Full<Bytes>> {
        let length = self.body.len();
        let body = if is_head { Bytes::new() } else { self.body };
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let mut set =
            |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
        set(CONTENT_TYPE, self.content_type);
        set(X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(CONTENT_SECURITY_POLICY, CONTENT_POLICY);
        set(REFERRER_POLICY, "no-referrer");
        set(CROSS_ORIGIN_OPENER_POLICY, "same-origin");
        set(CACHE_CONTROL, "no-store");
        for (name, value) in self.headers {
            set(name, value);
        }
        headers.insert(CONTENT_LENGTH, length.into());
        response
    }
}

/// Compresses a body (RFC 1952).
pub(super) fn gzip(body: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let compressed = encoder.write_all(body).and_then(|()| encoder.finish());
    compressed.expect("writing to memory does not fail").into()
}

/// Whether a client accepts gzip (RFC 9110 section 12.5.3).
pub(super) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let is_refused = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0_f32));
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}

/// Whether a client asks for pages, as browsers do.
pub(super) fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"))
}
