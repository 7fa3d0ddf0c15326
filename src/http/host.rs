//! The Host of a request: only names that are this program's own are answered.
//!
//! Anybody can point a name in DNS at this host, and so make a page of theirs read ours in a browser.

use std::net::{IpAddr, Ipv6Addr};

use hyper::header::{HOST, HeaderName, HeaderValue, ORIGIN};
use hyper::http::uri::Authority;
use hyper::{Request, StatusCode, Version};

use super::response::HttpResponse;

/// What a page of another site sends, if a browser says so (Fetch Metadata).
pub(super) const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses a request to a host that is neither an address, nor `localhost`, nor one of `hosts`.
pub(super) fn check<B>(request: &Request<B>, hosts: &[String]) -> Result<(), HttpResponse> {
    let headers = request.headers();
    for name in [HOST, ORIGIN, SEC_FETCH_SITE] {
        if headers.get_all(&name).iter().nth(1).is_some() {
            return Err(bad_request(format!("the request has more than one `{name}` header\n")));
        }
    }
    let host = match headers.get(HOST).map(HeaderValue::to_str) {
        Some(Ok(host)) => Some(host),
        Some(Err(_)) => return Err(bad_request("the `host` header is not text\n".to_owned())),
        // RFC 9112, section 3.2: older versions of HTTP may do without.
        None if request.version() < Version::HTTP_11 => None,
        None => return Err(bad_request("the request has no `host` header\n".to_owned())),
    };
    // Section 3.2.2: a target in absolute form has a host of its own.
    let target = request.uri().authority().map(Authority::as_str);
    if host.into_iter().chain(target).all(|host| is_own(host, hosts)) {
        return Ok(());
    }
    let message = "this host name is neither in `http.hosts` of the configuration nor that of `http.external_url`; \
                   use an address, `localhost`, or add the name\n";
    Err(HttpResponse::text(StatusCode::MISDIRECTED_REQUEST, message))
}

fn bad_request(message: String) -> HttpResponse {
    HttpResponse::text(StatusCode::BAD_REQUEST, message)
}

/// Whether a host, with or without a port, is an address, `localhost`, or one of `hosts`.
fn is_own(host: &str, hosts: &[String]) -> bool {
    let (is_bracketed, name, port) = match host.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((address, rest))) => (true, address, rest),
        Some(None) => return false,
        None => {
            let (name, port) = host.split_at(host.find(':').unwrap_or(host.len()));
            (false, name, port)
        }
    };
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    if !(port.is_empty() || port.strip_prefix(':').is_some_and(is_port)) {
        return false;
    }
    if is_bracketed {
        return name.parse::<Ipv6Addr>().is_ok();
    }
    let name = without_final_dot(name);
    let is_name = |own: &str| without_final_dot(own).eq_ignore_ascii_case(name);
    name.parse::<IpAddr>().is_ok() || is_name("localhost") || hosts.iter().any(|own| is_name(own))
}

fn without_final_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(target: &str, version: Version, headers: &[(&str, &str)]) -> u16 {
        let mut request = Request::builder().uri(target).version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let hosts = ["monitor".to_owned(), "Probe.Example.".to_owned()];
        check(&request.body(()).unwrap(), &hosts).map_or_else(|refusal| refusal.status.as_u16(), |()| 200)
    }

    #[test]
    fn a_host_is_an_address_localhost_or_a_configured_name() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:19353",
            "127.0.0.1.:19353",
            "192.0.2.7:80",
            "[::1]",
            "[::1]:19353",
            "[2001:DB8::A]:19353",
            "[::ffff:127.0.0.1]",
            "localhost",
            "localhost:",
            "LocalHost:19353",
            "localhost.:19353",
            "monitor:19353",
            "probe.example",
            "PROBE.EXAMPLE.:443",
        ] {
            assert_eq!(status("/", Version::HTTP_11, &[("host", host)]), 200, "{host}");
        }
    }

    #[test]
    fn another_host_is_refused() {
        for host in [
            "",
            ".",
            ":19353",
            "evil.example",
            "evil.example:19353",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1..",
            "localhost..",
            "evil.probe.example",
            "probe.example.evil",
            "probe",
            "other",
            "localhost@evil.example",
            "evil.example@localhost",
            "localhost:evil.example",
            "localhost:80:80",
            "localhost, evil.example",
            "[::1",
            "[::1].evil.example",
            "[evil.example]",
            "[127.0.0.1]",
            "::1",
        ] {
            assert_eq!(status("/", Version::HTTP_11, &[("host", host)]), 421, "{host}");
        }
        let own = ("host", "localhost");
        assert_eq!(status("http://localhost/", Version::HTTP_11, &[own]), 200);
        assert_eq!(status("http://evil.example/", Version::HTTP_11, &[own]), 421);
        assert_eq!(status("http://localhost/", Version::HTTP_11, &[("host", "evil.example")]), 421);
        assert_eq!(status("/", Version::HTTP_10, &[("host", "evil.example")]), 421);
    }

    #[test]
    fn a_request_with_doubled_or_missing_headers_is_malformed() {
        let own = ("host", "localhost");
        for doubled in
            [own, ("host", "evil.example"), ("origin", "http://localhost"), ("sec-fetch-site", "same-origin")]
        {
            assert_eq!(status("/", Version::HTTP_11, &[own, doubled, doubled]), 400, "{doubled:?}");
        }
        assert_eq!(status("/", Version::HTTP_11, &[own, own]), 400);
        assert_eq!(status("/", Version::HTTP_11, &[("host", "\u{e4}")]), 400);
        assert_eq!(status("/", Version::HTTP_11, &[]), 400);
        assert_eq!(status("/", Version::HTTP_10, &[]), 200);
    }
}
