//! The style sheet, the script and the icon of all pages.
//!
//! Each has a hash of its content in its name: clients keep it for a year, and load another one after an update.

use hyper::StatusCode;
use hyper::header::CACHE_CONTROL;

use crate::http::response::HttpResponse;

/// The style sheet.
pub(super) const STYLE: Asset =
    Asset::new("style", "css", "text/css; charset=utf-8", include_bytes!("style.css"));

/// The script.
pub(super) const SCRIPT: Asset =
    Asset::new("script", "js", "text/javascript; charset=utf-8", include_bytes!("script.js"));

/// The icon.
pub(super) const ICON: Asset = Asset::new("icon", "svg", "image/svg+xml", include_bytes!("icon.svg"));

/// What a page loads.
#[derive(Debug)]
pub(super) struct Asset {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    content: &'static [u8],
    hash: u64,
}

impl Asset {
    const fn new(
        stem: &'static str,
        extension: &'static str,
        content_type: &'static str,
        content: &'static [u8],
    ) -> Self {
        Self { stem, extension, content_type, content, hash: fnv(content) }
    }

    /// Its name: `style.0123456789abcdef.css`.
    pub(super) fn name(&self) -> String {
        format!("{}.{:016x}.{}", self.stem, self.hash, self.extension)
    }
}

/// Answers a request for the asset with a name, if there is one.
pub(super) fn respond(name: &str) -> Option<HttpResponse> {
    let asset = [STYLE, SCRIPT, ICON].into_iter().find(|asset| asset.name() == name)?;
    let response = HttpResponse::new(StatusCode::OK, asset.content_type, asset.content);
    let headers = vec![(CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Some(HttpResponse { headers, ..response })
}

/// FNV-1a, of 64 bits. Nobody attacks these names: the content is ours.
const fn fnv(mut bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    while let [byte, rest @ ..] = bytes {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
        bytes = rest;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn an_asset_is_found_by_its_whole_name_only() {
        assert_eq!(respond(&STYLE.name()).unwrap().content_type, "text/css; charset=utf-8");
        assert_eq!(respond(&SCRIPT.name()).unwrap().content_type, "text/javascript; charset=utf-8");
        assert_eq!(respond(&ICON.name()).unwrap().content_type, "image/svg+xml");
        for name in ["", "style.css", "style.0000000000000000.css", "script.js"] {
            assert!(respond(name).is_none(), "{name}");
        }
    }
}
