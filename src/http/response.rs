//! What is answered, before it is a message of HTTP.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, HeaderMap, HeaderName, VARY};

/// Shorter bodies are not worth packing.
const WORTH_PACKING: usize = 1024;

/// An answer to a request.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) fields: Vec<(HeaderName, &'static str)>,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, content_type, fields: Vec::new(), body: body.into() }
    }

    pub(super) fn text(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body)
    }

    pub(super) fn json(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self::new(status, "application/json", body)
    }

    pub(super) fn fault() -> Self {
        Self::text(StatusCode::INTERNAL_SERVER_ERROR, "a fault of this program\n")
    }

    pub(super) fn not_allowed(allowed: &'static str) -> Self {
        let answer = Self::text(StatusCode::METHOD_NOT_ALLOWED, format!("only {allowed} here\n"));
        Self { fields: vec![(ALLOW, allowed)], ..answer }
    }

    /// Returns the same packed, where it is long.
    pub(super) fn packed(mut self) -> Self {
        self.fields.push((VARY, "Accept-Encoding"));
        if self.body.len() < WORTH_PACKING {
            return self;
        }
        self.fields.push((CONTENT_ENCODING, "gzip"));
        Self { body: gzip(&self.body), ..self }
    }
}

/// Returns a body packed (RFC 1952).
pub(super) fn gzip(body: &[u8]) -> Bytes {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    let packed = packer.write_all(body).and_then(|()| packer.finish());
    packed.expect("memory takes what is written to it").into()
}

/// Returns whether whoever asks takes what is packed (RFC 9110 section 12.5.3).
pub(super) fn takes_packed(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0_f32));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}
