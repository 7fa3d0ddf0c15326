//! Where people find the pages of `serve`.

use std::fmt;
use std::str::FromStr;

use super::url::{ParseUrlError, UrlHost, parse_authority};
use crate::dns::Name;

/// The schemes of the URL.
const SCHEMES: [&str; 2] = ["https://", "http://"];

/// The URL at which people find the pages of `serve`: `http[s]://HOST[:PORT][/PATH]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalUrl {
    scheme: &'static str,
    host: UrlHost,
    port: Option<u16>,
    path: String,
}

impl ExternalUrl {
    /// The host as in the `Host` field of a request, without a port.
    pub fn host(&self) -> String {
        match &self.host {
            UrlHost::Address(address) if address.is_ipv6() => format!("[{address}]"),
            UrlHost::Address(address) => address.to_string(),
            UrlHost::Name(name) => name.without_final_dot(),
        }
    }

    /// The path of all pages, without the final slash: empty, or it begins with one.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The URL of the page of a zone.
    pub fn zone_page(&self, zone: &Name) -> String {
        self.to_string() + &zone_page_path(zone)
    }
}

/// The path of the page of a zone, below that of all pages.
pub fn zone_page_path(zone: &Name) -> String {
    format!("/zones/{}", percent_encode(&zone.without_final_dot()))
}

/// Encodes a text as one segment of a path (RFC 3986 section 3.3), or as a value of a query.
pub fn percent_encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        // Section 2.3: the unreserved characters stand for themselves.
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

impl fmt::Display for ExternalUrl {
    /// Writes it without a final slash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.scheme, self.host())?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.path)
    }
}

impl FromStr for ExternalUrl {
    type Err = ParseUrlError;

    fn from_str(text: &str) -> Result<Self, ParseUrlError> {
        if text.contains('@') {
            return Err(ParseUrlError::Credentials);
        }
        let after = |scheme: &'static str| {
            let (start, rest) = text.split_at_checked(scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then_some((scheme, rest))
        };
        let (scheme, rest) =
            SCHEMES.into_iter().find_map(after).ok_or(ParseUrlError::Scheme("https:// or http://"))?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains(['?', '#']) || !path.bytes().all(is_of_path) {
            return Err(ParseUrlError::Path);
        }
        let (host, port) = parse_authority(authority)?;
        let path = path.trim_end_matches('/').to_owned();
        if path.split('/').skip(1).any(|segment| matches!(segment, "" | "." | "..")) {
            return Err(ParseUrlError::Segment);
        }
        Ok(Self { scheme, host, port, path })
    }
}

/// Whether a path has this character as it is (RFC 3986 section 3.3).
fn is_of_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_parsed_and_pages_are_below_it() {
        for (text, written, host, path) in [
            ("https://monitor.example.com", "https://monitor.example.com", "monitor.example.com", ""),
            ("https://monitor.example.com/", "https://monitor.example.com", "monitor.example.com", ""),
            ("HTTP://Monitor:8080/a/b-c/", "http://monitor:8080/a/b-c", "monitor", "/a/b-c"),
            ("https://[2001:DB8::1]/dns", "https://[2001:db8::1]/dns", "[2001:db8::1]", "/dns"),
            ("http://192.0.2.1:80", "http://192.0.2.1:80", "192.0.2.1", ""),
        ] {
            let url: ExternalUrl = text.parse().unwrap();
            assert_eq!((url.to_string().as_str(), url.host().as_str(), url.path()), (written, host, path));
            let page = url.zone_page(&"Example.COM".parse().unwrap());
            assert_eq!(page, format!("{written}/zones/example.com"));
        }
        assert_eq!(zone_page_path(&"a\\/b.example.".parse().unwrap()), "/zones/a%2Fb.example");
        assert_eq!(zone_page_path(&Name::root()), "/zones/.");
    }

    #[test]
    fn no_other_text_is_the_url_of_pages_and_no_password_is_repeated() {
        for (text, part) in [
            ("monitor.example.com", "does not begin with https:// or http://"),
            ("ftp://monitor", "does not begin with https:// or http://"),
            ("/zoneprobe", "does not begin with https:// or http://"),
            ("https:///zoneprobe", "the URL has no host"),
            ("https://mon itor/", "host name"),
            ("https://monitor:0/", "`0` is not a port"),
            ("https://monitor?token=hunter2", "the path of the URL has `?`"),
            ("https://monitor/a?token=hunter2", "the path of the URL has `?`"),
            ("https://monitor/#hunter2", "the path of the URL has `?`"),
            ("https://monitor/<b>", "the path of the URL has `?`"),
            ("https://monitor/a//b", "an empty segment"),
            ("https://monitor/../b", "an empty segment"),
            ("https://admin:hunter2@monitor/", "a user name or a password"),
        ] {
            let error = text.parse::<ExternalUrl>().unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("hunter2"), "{text:?}: {error}");
        }
    }
}
