//! The location of LOC (RFC 1876): `52 22 23.000 N 4 53 32.000 E -2.00m 1m 10000m 10m`.

use crate::dns::zonefile::error::Expected;
use crate::dns::zonefile::token::{Token, TokenError, Tokens};

/// The equator and the prime meridian: 2^31 thousandths of a second of arc.
const MIDDLE: u32 = 1 << 31;

/// The altitude of the WGS 84 reference spheroid, in centimetres.
const SPHEROID: u32 = 10_000_000;

/// The largest size or precision, in centimetres.
const MAX_LENGTH: u64 = 9_000_000_000;

const DEGREES: Expected =
    Expected::new("a number of degrees", "a whole number up to 90 for a latitude, up to 180 for a longitude");
const MINUTES: Expected = Expected::new("a number of minutes", "a whole number up to 59");
const SECONDS: Expected = Expected::new("a number of seconds", "a number below 60 with up to three decimals");
const HEMISPHERE: Expected = Expected::new("a hemisphere", "N or S for a latitude, E or W for a longitude");
const METRES: Expected = Expected::new("a length", "metres with up to two decimals, as in 12.50m");

/// Prints a location; `None` if it is malformed.
pub(super) fn to_text(octets: &[u8]) -> Option<String> {
    let (&[version, size, horizontal, vertical], rest) = octets.split_first_chunk::<4>()?;
    let (numbers, []) = rest.as_chunks::<4>() else { return None };
    let &[latitude, longitude, altitude] = numbers else { return None };
    if version != 0 {
        return None;
    }
    let [latitude, longitude, altitude] = [latitude, longitude, altitude].map(u32::from_be_bytes);
    let altitude = i64::from(altitude) - i64::from(SPHEROID);
    Some(format!(
        "{} {} {}{} {} {} {}",
        angle(latitude, 90, ["N", "S"])?,
        angle(longitude, 180, ["E", "W"])?,
        if altitude < 0 { "-" } else { "" },
        metres(altitude.unsigned_abs()),
        metres(length(size)?),
        metres(length(horizontal)?),
        metres(length(vertical)?)
    ))
}

/// Whether octets are a location. Those of other versions have an unknown form.
pub(super) fn is_valid(octets: &[u8]) -> bool {
    octets.first().is_some_and(|&version| version != 0) || to_text(octets).is_some()
}

fn angle(value: u32, max_degrees: u32, hemispheres: [&str; 2]) -> Option<String> {
    let [positive, negative] = hemispheres;
    let hemisphere = if value >= MIDDLE { positive } else { negative };
    let total = value.abs_diff(MIDDLE);
    if total > max_degrees * 3_600_000 {
        return None;
    }
    let (degrees, minutes, milliseconds) = (total / 3_600_000, total / 60_000 % 60, total % 60_000);
    Some(format!("{degrees} {minutes} {}.{:03} {hemisphere}", milliseconds / 1000, milliseconds % 1000))
}

fn metres(centimetres: u64) -> String {
    format!("{}.{:02}m", centimetres / 100, centimetres % 100)
}

/// Decodes centimetres: a digit and a power of ten, in four bits each.
fn length(octet: u8) -> Option<u64> {
    let (digit, power) = (octet >> 4, octet & 0x0f);
    // Other octets would be printed like a canonical one.
    let is_canonical = octet == 0 || (1..=9).contains(&digit);
    (is_canonical && power <= 9).then(|| u64::from(digit) * 10_u64.pow(power.into()))
}

/// Parses a location, and appends it.
pub(super) fn from_tokens(tokens: &mut Tokens<'_>, out: &mut Vec<u8>) -> Result<(), TokenError> {
    let latitude = parse_angle(tokens, 90, ["N", "S"])?;
    let longitude = parse_angle(tokens, 180, ["E", "W"])?;
    let altitude = tokens.required("the altitude")?;
    let centimetres = centimetres(altitude)? + i64::from(SPHEROID);
    let centimetres = u32::try_from(centimetres).map_err(|_| altitude.invalid(METRES))?;
    // RFC 1876 section 3: the defaults are one metre, ten kilometres and ten metres.
    let mut lengths = [0x12, 0x16, 0x13];
    for length in &mut lengths {
        let Some(token) = tokens.take() else { break };
        *length = parse_length(token)?;
    }
    out.push(0);
    out.extend(lengths);
    out.extend([latitude, longitude, centimetres].map(u32::to_be_bytes).as_flattened());
    Ok(())
}

fn parse_angle(tokens: &mut Tokens<'_>, max_degrees: u32, hemispheres: [&str; 2]) -> Result<u32, TokenError> {
    let token = tokens.required("degrees")?;
    let degrees = token.parse::<u32>(DEGREES)?;
    let mut total = degrees.checked_mul(3_600_000).ok_or_else(|| token.invalid(DEGREES))?;
    let mut next = tokens.required("minutes, or a hemisphere")?;
    if !is_hemisphere(next) {
        let minutes = next.parse::<u32>(MINUTES)?;
        total = total.saturating_add(minutes.min(60) * 60_000);
        if minutes > 59 {
            return Err(next.invalid(MINUTES));
        }
        next = tokens.required("seconds, or a hemisphere")?;
    }
    if !is_hemisphere(next) {
        let milliseconds = decimal(next, 3).filter(|&milliseconds| milliseconds < 60_000);
        let milliseconds = milliseconds.and_then(|number| u32::try_from(number).ok());
        total = total.saturating_add(milliseconds.ok_or_else(|| next.invalid(SECONDS))?);
        next = tokens.required("a hemisphere")?;
    }
    if total > max_degrees * 3_600_000 {
        return Err(token.invalid(DEGREES));
    }
    let [positive, negative] = hemispheres;
    match (next.is(positive), next.is(negative)) {
        (true, _) => Ok(MIDDLE + total),
        (_, true) => Ok(MIDDLE - total),
        _ => Err(next.invalid(HEMISPHERE)),
    }
}

fn is_hemisphere(token: Token<'_>) -> bool {
    ["N", "S", "E", "W"].iter().any(|hemisphere| token.is(hemisphere))
}

/// Parses an unsigned number with a limited number of decimals, and returns it without the decimal point.
fn decimal(token: Token<'_>, decimals: usize) -> Option<u64> {
    fixed_point(&token.text()?, decimals)
}

fn fixed_point(text: &str, decimals: usize) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction:0<decimals$}");
    let fits =
        fraction.len() <= decimals && !whole.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
    digits.parse().ok().filter(|_| fits)
}

fn centimetres(token: Token<'_>) -> Result<i64, TokenError> {
    let parse = || {
        let text = token.text()?;
        let text = text.strip_suffix('m').unwrap_or(&text);
        let (sign, text) = match text.strip_prefix('-') {
            Some(text) => (-1, text),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        Some(sign * i64::try_from(fixed_point(text, 2)?).ok()?)
    };
    parse().ok_or_else(|| token.invalid(METRES))
}

/// Encodes the largest digit and power of ten that is not above a length.
fn parse_length(token: Token<'_>) -> Result<u8, TokenError> {
    let length = u64::try_from(centimetres(token)?).ok().filter(|length| *length <= MAX_LENGTH);
    let mut digit = length.ok_or_else(|| token.invalid(METRES))?;
    let mut power = 0_u8;
    while digit > 9 {
        digit /= 10;
        power += 1;
    }
    Ok(u8::try_from(digit).unwrap_or(9) << 4 | if digit == 0 { 0 } else { power })
}
