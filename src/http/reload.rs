//! `POST /-/reload`: read the configuration again, as on SIGHUP.

use hyper::body::Incoming;
use hyper::header::{HOST, HeaderMap, HeaderValue, ORIGIN};
use hyper::{Request, StatusCode};
use tokio::sync::oneshot;

use super::host::SEC_FETCH_SITE;
use super::response::HttpResponse;
use super::state::AppState;

pub(super) async fn respond(state: &AppState, request: &Request<Incoming>) -> HttpResponse {
    if !state.http().lifecycle {
        return HttpResponse::text(
            StatusCode::FORBIDDEN,
            "not allowed here: `http.lifecycle` is false in the configuration\n",
        );
    }
    if let Err(reason) = check_origin(request.headers()) {
        return HttpResponse::text(StatusCode::FORBIDDEN, format!("{reason}\n"));
    }
    let (done, outcome) = oneshot::channel();
    if state.reload.send(done).await.is_err() {
        return HttpResponse::text(StatusCode::SERVICE_UNAVAILABLE, "the program is shutting down\n");
    }
    match outcome.await {
        Ok(Ok(())) => HttpResponse::text(StatusCode::OK, "ok\n"),
        Ok(Err(errors)) => HttpResponse::text(StatusCode::INTERNAL_SERVER_ERROR, errors),
        Err(_) => HttpResponse::text(StatusCode::SERVICE_UNAVAILABLE, "the program is shutting down\n"),
    }
}

/// Refuses requests that a page of another site makes a browser send.
fn check_origin(headers: &HeaderMap) -> Result<(), &'static str> {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or("?"));
    let Some(host) = text(HOST) else { return Err("the request has no Host") };
    if let Some(origin) = text(ORIGIN)
        && origin.strip_prefix("http://").or(origin.strip_prefix("https://")) != Some(host)
    {
        return Err("the request comes from a page of another origin");
    }
    match headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err("the request comes from a page of another site"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_from_other_origins_are_refused() {
        for (host, origin, site, is_accepted) in [
            (Some("127.0.0.1:19353"), None, None, true),
            (Some("[::1]:19353"), None, None, true),
            (Some("localhost:19353"), None, None, true),
            (Some("monitor"), None, None, true),
            (Some("localhost:19353"), Some("http://localhost:19353"), Some("same-origin"), true),
            (Some("localhost:19353"), Some("http://localhost:8080"), None, false),
            (Some("localhost:19353"), Some("http://evil.example"), None, false),
            (Some("localhost:19353"), Some("null"), None, false),
            (Some("localhost:19353"), None, Some("cross-site"), false),
            (Some("localhost:19353"), None, Some("same-site"), false),
            (None, None, None, false),
        ] {
            let mut headers = HeaderMap::new();
            let fields = [("host", host), ("origin", origin), ("sec-fetch-site", site)];
            for (name, value) in fields {
                if let Some(value) = value {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            assert_eq!(check_origin(&headers).is_ok(), is_accepted, "{fields:?}");
        }
    }
}
