//! Text files of users: UTF-8, with or without a byte order mark.

use std::fs::File;
use std::io::Read as _;

use anyhow::bail;
use zeroize::Zeroizing;

/// The byte order mark that some editors put in front of UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads a file that has no more than so many bytes.
pub(super) fn read(file: File, max_bytes: u64) -> anyhow::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(max_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        bail!("it has more than {max_bytes} bytes");
    }
    Ok(Zeroizing::new(decode(&bytes)?.to_owned()))
}

/// Returns the text of a file, without its byte order mark.
fn decode(bytes: &[u8]) -> anyhow::Result<&str> {
    let bytes = without_mark(bytes)?;
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => bail!("it is not UTF-8: see byte {}", error.valid_up_to() + 1),
    }
}

/// Returns what follows the byte order mark at the start of a file; an error if the file is UTF-16 or UTF-32.
pub(super) fn without_mark(start: &[u8]) -> anyhow::Result<&[u8]> {
    // Text of ASCII letters in UTF-16 has a zero in every other byte, with a mark or without.
    let is_wide = start.starts_with(&[0xff, 0xfe])
        || start.starts_with(&[0xfe, 0xff])
        || matches!(start, [0, first, 0, second, ..] | [first, 0, second, 0, ..] if *first != 0 && *second != 0);
    if is_wide {
        bail!("it is UTF-16; save it as UTF-8, as with `iconv -f UTF-16 -t UTF-8`");
    }
    Ok(start.strip_prefix(BYTE_ORDER_MARK).unwrap_or(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_skipped_and_utf_16_is_refused() {
        assert_eq!(decode(b"a\n").unwrap(), "a\n");
        assert_eq!(decode(b"\xef\xbb\xbfa\n").unwrap(), "a\n");
        assert_eq!(decode(b"\xef\xbb\xbf").unwrap(), "");
        assert_eq!(decode(b"").unwrap(), "");
        for wide in [b"\xff\xfea\0".as_slice(), b"\xfe\xff\0a", b"a\0b\0", b"\0a\0b"] {
            assert!(decode(wide).unwrap_err().to_string().contains("it is UTF-16"), "{wide:?}");
        }
        assert_eq!(decode(b"ab\xff").unwrap_err().to_string(), "it is not UTF-8: see byte 3");
    }
}
