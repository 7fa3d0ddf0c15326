//! A place on earth (RFC 1876): `52 22 23.000 N 4 53 32.000 E -2.00m 1m 10000m 10m`.

use crate::dns::zonefile::error::Expected;
use crate::dns::zonefile::token::{Token, TokenError, Tokens};

/// The equator and the prime meridian: 2^31 thousandths of a second of arc.
const MIDDLE: u32 = 1 << 31;

/// Centimetres from where altitudes are counted to the geoid.
const GEOID: u32 = 10_000_000;

const DEGREES: Expected =
    Expected::new("degrees", "a whole number up to 90 for a latitude, up to 180 for a longitude");
const MINUTES: Expected = Expected::new("minutes of arc", "a whole number up to 59");
const SECONDS: Expected = Expected::new("seconds of arc", "a number below 60 with up to three decimals");
const SIDE: Expected = Expected::new("a side", "N or S for a latitude, E or W for a longitude");
const METRES: Expected = Expected::new("a length", "metres with up to two decimals, as in 12.50m");

/// Returns the text of 16 octets; `None` if they are of another form.
pub(super) fn to_text(octets: &[u8]) -> Option<String> {
    let (&[version, size, horizontal, vertical], rest) = octets.split_first_chunk::<4>()?;
    let (tokens, []) = rest.as_chunks::<4>() else { return None };
    let &[latitude, longitude, altitude] = tokens else { return None };
    if version != 0 {
        return None;
    }
    let [latitude, longitude, altitude] = [latitude, longitude, altitude].map(u32::from_be_bytes);
    let altitude = i64::from(altitude) - i64::from(GEOID);
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

fn angle(value: u32, most: u32, sides: [&str; 2]) -> Option<String> {
    let [positive, negative] = sides;
    let side = if value >= MIDDLE { positive } else { negative };
    let all = value.abs_diff(MIDDLE);
    if all > most * 3_600_000 {
        return None;
    }
    let (degrees, minutes, milliseconds) = (all / 3_600_000, all / 60_000 % 60, all % 60_000);
    Some(format!("{degrees} {minutes} {}.{:03} {side}", milliseconds / 1000, milliseconds % 1000))
}

fn metres(centimetres: u64) -> String {
    format!("{}.{:02}m", centimetres / 100, centimetres % 100)
}

/// Centimetres as a digit and a power of ten, in four bits each.
fn length(octet: u8) -> Option<u64> {
    let (digit, power) = (octet >> 4, octet & 0x0f);
    // Only so is there one way to write each length.
    let canonical = octet == 0 || (1..=9).contains(&digit);
    (canonical && power <= 9).then(|| u64::from(digit) * 10_u64.pow(power.into()))
}

/// Appends the octets of a place.
pub(super) fn from_tokens(tokens: &mut Tokens<'_>, out: &mut Vec<u8>) -> Result<(), TokenError> {
    let latitude = angle_from(tokens, 90, ["N", "S"])?;
    let longitude = angle_from(tokens, 180, ["E", "W"])?;
    let altitude = tokens.required("the altitude")?;
    let centimetres = centimetres(altitude)? + i64::from(GEOID);
    let centimetres = u32::try_from(centimetres).map_err(|_| altitude.invalid(METRES))?;
    // RFC 1876 section 3: one metre, ten kilometres, ten metres.
    let mut lengths = [0x12, 0x16, 0x13];
    for length in &mut lengths {
        let Some(token) = tokens.take() else { break };
        *length = power(token)?;
    }
    out.push(0);
    out.extend(lengths);
    out.extend([latitude, longitude, centimetres].map(u32::to_be_bytes).as_flattened());
    Ok(())
}

fn angle_from(tokens: &mut Tokens<'_>, most: u32, sides: [&str; 2]) -> Result<u32, TokenError> {
    let token = tokens.required("degrees")?;
    let degrees = token.parse::<u32>(DEGREES)?;
    let mut all = degrees.checked_mul(3_600_000).ok_or_else(|| token.invalid(DEGREES))?;
    let mut side = tokens.required("minutes, or a side")?;
    if !is_side(side) {
        let minutes = side.parse::<u32>(MINUTES)?;
        all = all.saturating_add(minutes.min(60) * 60_000);
        if minutes > 59 {
            return Err(side.invalid(MINUTES));
        }
        side = tokens.required("seconds, or a side")?;
    }
    if !is_side(side) {
        let milliseconds = decimal(side, 3).filter(|&milliseconds| milliseconds < 60_000);
        let milliseconds = milliseconds.and_then(|number| u32::try_from(number).ok());
        all = all.saturating_add(milliseconds.ok_or_else(|| side.invalid(SECONDS))?);
        side = tokens.required("a side")?;
    }
    if all > most * 3_600_000 {
        return Err(token.invalid(DEGREES));
    }
    let [positive, negative] = sides;
    match (side.is(positive), side.is(negative)) {
        (true, _) => Ok(MIDDLE + all),
        (_, true) => Ok(MIDDLE - all),
        _ => Err(side.invalid(SIDE)),
    }
}

fn is_side(token: Token<'_>) -> bool {
    ["N", "S", "E", "W"].iter().any(|side| token.is(side))
}

/// Reads a number without sign and with at most so many decimals, as a whole number of the last of them.
fn decimal(token: Token<'_>, decimals: usize) -> Option<u64> {
    whole_and_parts(token.plain()?, decimals)
}

fn whole_and_parts(text: &str, decimals: usize) -> Option<u64> {
    let (whole, parts) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{parts:0<decimals$}");
    let fits =
        parts.len() <= decimals && !whole.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
    digits.parse().ok().filter(|_| fits)
}

fn centimetres(token: Token<'_>) -> Result<i64, TokenError> {
    let read = || {
        let text = token.plain()?;
        let text = text.strip_suffix(['m', 'M']).unwrap_or(text);
        let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
        Some(sign * i64::try_from(whole_and_parts(text, 2)?).ok()?)
    };
    read().ok_or_else(|| token.invalid(METRES))
}

/// The largest length of one digit and a power of ten that is not above this one.
fn power(token: Token<'_>) -> Result<u8, TokenError> {
    let mut digit = u64::try_from(centimetres(token)?).map_err(|_| token.invalid(METRES))?;
    let mut power = 0;
    while digit > 9 {
        digit /= 10;
        power += 1;
    }
    if power > 9 {
        return Err(token.invalid(METRES));
    }
    Ok(u8::try_from(digit).unwrap_or(9) << 4 | if digit == 0 { 0 } else { power })
}
