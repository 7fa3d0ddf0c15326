//! Values of a report as bytes: they are taken out one after the other, and put back in the same order.
//!
//! Numbers take as many bytes as they need, with seven bits in each. Serials and times are kept as distances from the
//! one before: those of one zone are close to each other.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use humantime::parse_rfc3339;

use crate::dns::Serial;
use crate::report::text::rfc3339;

/// The text is the last fingerprint again.
const SAME_FINGERPRINT: u64 = 0;

/// The text is a fingerprint: 16 bytes follow.
const FINGERPRINT: u64 = 1;

/// The text is a time, RFC 3339: its distance from the last time follows.
const TIME: u64 = 2;

/// Any other text: the number of its bytes is added to this, and the bytes follow.
const TEXT: u64 = 3;

/// The number of bytes of a time in text without fractions of a second.
const TIME_LEN: usize = 20;

/// Moves values between a report and bytes.
pub(super) trait Values {
    fn number(&mut self, number: &mut u64);
    fn serial(&mut self, serial: &mut Serial);
    /// Moves a time, to the millisecond.
    fn time(&mut self, time: &mut Option<SystemTime>);
    /// Moves a text; one that is a time or a fingerprint takes few bytes.
    fn text(&mut self, text: &mut String);
    /// Moves a number that usually has six decimals at most.
    fn decimal(&mut self, number: &mut f64);

    fn number32(&mut self, number: &mut u32) {
        let mut wide = u64::from(*number);
        self.number(&mut wide);
        *number = u32::try_from(wide).unwrap_or_default();
    }

    fn signed(&mut self, number: &mut i64) {
        let mut folded = fold(*number);
        self.number(&mut folded);
        *number = unfold(folded);
    }

    /// Moves a duration, to the microsecond.
    fn duration(&mut self, duration: &mut Duration) {
        let mut micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.number(&mut micros);
        *duration = Duration::from_micros(micros);
    }
}

/// What the next values are held against.
#[derive(Debug, Default)]
struct LastValues {
    serial: u32,
    /// Milliseconds since 1970.
    time: i64,
    fingerprint: u128,
}

/// Takes values out of a report, and leaves zeros and empty texts.
#[derive(Debug, Default)]
pub(super) struct Packer {
    bytes: Vec<u8>,
    last: LastValues,
}

/// Puts values back into a report.
#[derive(Debug)]
pub(super) struct Unpacker<'b> {
    bytes: &'b [u8],
    last: LastValues,
}

impl Packer {
    pub(super) fn into_bytes(self) -> Box<[u8]> {
        self.bytes.into()
    }

    fn write(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.bytes.push(number.to_le_bytes()[0]);
    }

    fn write_time(&mut self, millis: i64) {
        self.write(fold(millis.wrapping_sub(self.last.time)));
        self.last.time = millis;
    }
}

impl Values for Packer {
    fn number(&mut self, number: &mut u64) {
        self.write(std::mem::take(number));
    }

    fn serial(&mut self, serial: &mut Serial) {
        let distance = serial.0.wrapping_sub(self.last.serial).cast_signed();
        self.write(fold(distance.into()));
        self.last.serial = serial.0;
        *serial = Serial(0);
    }

    fn time(&mut self, time: &mut Option<SystemTime>) {
        let millis = time.take().map(millis);
        self.write(u64::from(millis.is_some()));
        if let Some(millis) = millis {
            self.write_time(millis);
        }
    }

    fn text(&mut self, text: &mut String) {
        let text = std::mem::take(text);
        if let Some(fingerprint) = parse_fingerprint(&text) {
            if fingerprint == self.last.fingerprint {
                self.write(SAME_FINGERPRINT);
            } else {
                self.write(FINGERPRINT);
                self.bytes.extend(fingerprint.to_le_bytes());
                self.last.fingerprint = fingerprint;
            }
        } else if let Some(time) = parse_time(&text) {
            self.write(TIME);
            self.write_time(millis(time));
        } else {
            self.write(TEXT + text.len() as u64);
            self.bytes.extend(text.into_bytes());
        }
    }

    fn decimal(&mut self, number: &mut f64) {
        let number = std::mem::take(number);
        let micros = Duration::try_from_secs_f64(number).ok().map(|it| it + Duration::from_nanos(500));
        let micros = micros.and_then(|it| u32::try_from(it.as_micros()).ok());
        match micros.filter(|micros| to_decimal(*micros).to_bits() == number.to_bits()) {
            Some(micros) => self.write(u64::from(micros) + 1),
            None => {
                self.write(0);
                self.bytes.extend(number.to_le_bytes());
            }
        }
    }
}

impl<'b> Unpacker<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, last: LastValues::default() }
    }

    fn read(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        while let Some((&byte, rest)) = self.bytes.split_first() {
            self.bytes = rest;
            number |= u64::from(byte & 0x7f).unbounded_shl(shift);
            shift += 7;
            if byte < 0x80 {
                break;
            }
        }
        number
    }

    fn read_array<const N: usize>(&mut self) -> [u8; N] {
        let Some((array, rest)) = self.bytes.split_first_chunk() else { return [0; N] };
        self.bytes = rest;
        *array
    }

    fn read_time(&mut self) -> SystemTime {
        self.last.time = self.last.time.wrapping_add(unfold(self.read()));
        let distance = Duration::from_millis(self.last.time.unsigned_abs());
        let time = if self.last.time < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        time.unwrap_or(UNIX_EPOCH)
    }
}

impl Values for Unpacker<'_> {
    fn number(&mut self, number: &mut u64) {
        *number = self.read();
    }

    fn serial(&mut self, serial: &mut Serial) {
        let distance = i32::try_from(unfold(self.read())).unwrap_or_default();
        self.last.serial = self.last.serial.wrapping_add_signed(distance);
        *serial = Serial(self.last.serial);
    }

    fn time(&mut self, time: &mut Option<SystemTime>) {
        let is_known = self.read() != 0;
        *time = is_known.then(|| self.read_time());
    }

    fn text(&mut self, text: &mut String) {
        *text = match self.read() {
            SAME_FINGERPRINT => format_fingerprint(self.last.fingerprint),
            FINGERPRINT => {
                self.last.fingerprint = u128::from_le_bytes(self.read_array());
                format_fingerprint(self.last.fingerprint)
            }
            TIME => rfc3339(self.read_time()),
            other => {
                let len = usize::try_from(other - TEXT).unwrap_or(usize::MAX).min(self.bytes.len());
                let (bytes, rest) = self.bytes.split_at(len);
                self.bytes = rest;
                String::from_utf8_lossy(bytes).into_owned()
            }
        }
    }

    fn decimal(&mut self, number: &mut f64) {
        *number = match self.read().checked_sub(1) {
            Some(micros) => to_decimal(u32::try_from(micros).unwrap_or_default()),
            None => f64::from_le_bytes(self.read_array()),
        }
    }
}

/// Folds a number so that those near zero are small, whatever their sign.
fn fold(number: i64) -> u64 {
    (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned()
}

fn unfold(folded: u64) -> i64 {
    (folded >> 1).cast_signed() ^ (folded & 1).cast_signed().wrapping_neg()
}

fn to_decimal(micros: u32) -> f64 {
    f64::from(micros) / 1e6
}

/// Milliseconds since 1970.
fn millis(time: SystemTime) -> i64 {
    let millis = |distance: Duration| i64::try_from(distance.as_millis()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => millis(after),
        Err(before) => -millis(before.duration()),
    }
}

/// Returns a fingerprint that would be written as this text.
fn parse_fingerprint(text: &str) -> Option<u128> {
    let fingerprint = u128::from_str_radix(text, 16).ok().filter(|_| text.len() == 32)?;
    (format_fingerprint(fingerprint) == text).then_some(fingerprint)
}

fn format_fingerprint(fingerprint: u128) -> String {
    format!("{fingerprint:032x}")
}

/// Returns a time that would be written as this text.
fn parse_time(text: &str) -> Option<SystemTime> {
    let time = parse_rfc3339(text).ok().filter(|_| text.len() == TIME_LEN)?;
    (rfc3339(time) == text).then_some(time)
}
