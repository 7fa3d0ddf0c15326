//! Times of signatures (RFC 4034 section 3.2), modulo 2^32 seconds.

use std::time::{Duration, UNIX_EPOCH};

/// Prints a time as `YYYYMMDDHHmmSS` in UTC.
pub(super) fn to_text(seconds: u32) -> String {
    let time = UNIX_EPOCH + Duration::from_secs(seconds.into());
    humantime::format_rfc3339_seconds(time).to_string().chars().filter(char::is_ascii_digit).collect()
}

/// Parses `YYYYMMDDHHmmSS` in UTC, or seconds since 1970.
pub(super) fn from_text(text: &str) -> Option<u32> {
    if !text.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    if text.len() != 14 {
        return text.parse().ok();
    }
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    // Second 60 is a leap second.
    if !(1..=days_in_month(year, month)?).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_before_year(year) - days_before_year(1970) + day - 1;
    let days = (1..month).try_fold(days, |sum, month| Some(sum + days_in_month(year, month)?))?;
    let seconds = (days * 24 + hour) * 3600 + minute * 60 + second;
    u32::try_from(seconds.rem_euclid(1 << 32)).ok()
}

fn days_in_month(year: i64, month: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => Some(28 + i64::from(is_leap)),
        4 | 6 | 9 | 11 => Some(30),
        1..=12 => Some(31),
        _ => None,
    }
}

/// The days from the beginning of year 0 to that of a year.
const fn days_before_year(year: i64) -> i64 {
    year * 365 + (year + 3).div_euclid(4) - (year + 99).div_euclid(100) + (year + 399).div_euclid(400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_counted_modulo_2_to_the_32nd_second() {
        for (text, seconds) in [
            ("19700101000000", 0),
            ("20241122035232", 1_732_247_552),
            ("20240229235960", 1_709_251_200),
            ("21060207062815", u32::MAX),
            ("21060207062816", 0),
            ("21070101000000", 28_315_904),
            ("19691231235959", u32::MAX),
            ("99991231235959", 4_294_197_631),
            ("4294967295", u32::MAX),
        ] {
            assert_eq!(from_text(text), Some(seconds), "{text}");
        }
        for text in [
            "20230229000000",
            "20241301000000",
            "20240101240000",
            "20240101006000",
            "4294967296",
            "2024010100000",
        ] {
            assert_eq!(from_text(text), None, "{text}");
        }
    }
}
