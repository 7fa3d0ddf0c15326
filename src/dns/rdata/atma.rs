//! ATM addresses, as BIND reads and prints them: hexadecimal, or E.164 in decimal behind `+`.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

/// The format of an ATM end system address.
const AESA: u8 = 0;

/// The format of an E.164 address.
const E164: u8 = 1;

/// Prints an address; `None` if it is malformed.
pub(super) fn to_text(octets: &[u8]) -> Option<String> {
    let (&format, address) = octets.split_first().filter(|(_, address)| !address.is_empty())?;
    match format {
        AESA => Some(HEXLOWER.encode(address)),
        E164 if address.iter().all(u8::is_ascii_digit) => {
            std::str::from_utf8(address).ok().map(|digits| format!("+{digits}"))
        }
        _ => None,
    }
}

/// Parses an address. Dots between the digits have no meaning.
pub(super) fn from_text(text: &str) -> Option<Vec<u8>> {
    let (format, digits) = text.strip_prefix('+').map_or((AESA, text), |digits| (E164, digits));
    let parts: Vec<&str> = digits.split('.').collect();
    let digits = parts.concat();
    let address = match format {
        E164 => Some(digits.into_bytes()).filter(|digits| digits.iter().all(u8::is_ascii_digit)),
        _ => HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok(),
    };
    let address = address.filter(|_| parts.iter().all(|part| !part.is_empty()))?;
    Some([vec![format], address].concat())
}
