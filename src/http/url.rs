//! Percent-encoding (RFC 3986).

pub(super) use crate::plan::percent_encode;

/// Decodes a name or a value of a query, unless it is malformed or not UTF-8. As in forms, `+` is a space.
pub(super) fn decode_parameter(text: &str) -> Option<String> {
    percent_decode(&text.replace('+', " "))
}

/// Decodes a segment of a path, unless it is malformed or not UTF-8.
pub(super) fn percent_decode(text: &str) -> Option<String> {
    let mut decoded = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_to_the_same() {
        for (text, encoded) in
            [("example.com", "example.com"), ("a/b%c.example", "a%2Fb%25c.example"), ("ä+b", "%C3%A4%2Bb")]
        {
            assert_eq!(percent_encode(text), encoded);
            assert_eq!(percent_decode(encoded).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_plus_sign_is_a_space_in_a_query_only() {
        assert_eq!(percent_decode("a+b").as_deref(), Some("a+b"));
        assert_eq!(decode_parameter("a+b%2Bc").as_deref(), Some("a b+c"));
    }

    #[test]
    fn malformed_text_is_not_decoded() {
        for text in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(percent_decode(text), None, "{text}");
        }
    }
}
