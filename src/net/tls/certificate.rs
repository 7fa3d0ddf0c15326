//! What is read of a certificate itself: its version, its times, and its public key (RFC 5280 section 4.1).
//!
//! A server with a pin may have a certificate that a verifier does not even parse, so it is read here, and no more of
//! it than is needed.

use std::time::{Duration, SystemTime};

use ring::digest::{SHA256, digest};

use super::der::{Der, SEQUENCE};
use crate::observe::ServerCertificate;
use crate::plan::Pin;

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The tag of the version, which is not there in version 1.
const VERSION: u8 = 0xa0;

/// The value of the version field of X.509 version 3.
const VERSION_3: u8 = 2;

/// What is read of a certificate.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CertificateFields<'c> {
    /// Whether it is of X.509 version 3, and so has extensions.
    pub(super) has_extensions: bool,
    /// Its times.
    pub(super) times: ServerCertificate,
    /// Its public key with the algorithm (`SubjectPublicKeyInfo`), in DER.
    pub(super) public_key: &'c [u8],
}

impl<'c> CertificateFields<'c> {
    /// Reads a certificate in DER; `None` if it is none.
    pub(super) fn parse(certificate: &'c [u8]) -> Option<Self> {
        let mut certificate = Der(Der(certificate).content(SEQUENCE)?);
        let mut fields = Der(certificate.content(SEQUENCE)?);
        let version = match fields.tag()? {
            VERSION => fields.element()?.last().copied(),
            _ => None,
        };
        // The serial number, the algorithm of the signature, and the issuer.
        for _ in 0..3 {
            fields.element()?;
        }
        let mut validity = Der(fields.content(SEQUENCE)?);
        let times = ServerCertificate { not_before: validity.time()?, not_after: validity.time()? };
        // The subject.
        fields.element()?;
        let public_key = fields.element().filter(|key| key.first() == Some(&SEQUENCE))?;
        Some(Self { has_extensions: version == Some(VERSION_3), times, public_key })
    }

    /// The pin of its key (RFC 7858 section 4.2).
    pub(super) fn pin(&self) -> Option<Pin> {
        digest(&SHA256, self.public_key).as_ref().try_into().ok().map(Pin)
    }
}

impl Der<'_> {
    /// Takes a time: `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ`.
    fn time(&mut self) -> Option<SystemTime> {
        let tag = self.tag()?;
        let text = self.content(tag)?.strip_suffix(b"Z")?;
        let year = match tag {
            UTC_TIME => {
                number(text.get(..2)?).map(|year| if year < 50 { 2000 + year } else { 1900 + year })?
            }
            GENERALIZED_TIME => number(text.get(..4)?)?,
            _ => return None,
        };
        let rest = text.get(if tag == UTC_TIME { 2 } else { 4 }..)?;
        let [month, day, hour, minute, second] = rest.as_chunks::<2>().0 else { return None };
        if rest.len() != 10 {
            return None;
        }
        let days = days_since_1970(year, number(month)?, number(day)?)?;
        let (hour, minute, second) = (number(hour)?, number(minute)?, number(second)?);
        // The last second of the year 9999 is the last that can be printed.
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = (hour * 60 + minute) * 60 + second;
        let since = Duration::from_secs((days * 86_400 + seconds).try_into().unwrap_or_default());
        Some(SystemTime::UNIX_EPOCH + since)
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
}

/// The days from 1970 to a date of the Gregorian calendar; negative before.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March have the leap day at their end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(der: &[u8]) -> Option<u64> {
        Der(der).time().map(|time| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs())
    }

    #[test]
    fn times_are_read_in_both_forms() {
        for (der, expected) in [
            (b"\x17\x0d700101000000Z".as_slice(), Some(0)),
            (b"\x17\x0d991231235959Z", Some(946_684_799)),
            (b"\x17\x0d000229120000Z", Some(951_825_600)),
            (b"\x17\x0d491231235959Z", Some(2_524_607_999)),
            (b"\x18\x0f20500101000000Z", Some(2_524_608_000)),
            (b"\x18\x0f20261129001500Z", Some(1_795_911_300)),
            (b"\x18\x0f99991231235959Z", Some(253_402_300_799)),
            (b"\x18\x0f99991231240000Z", None),
            (b"\x18\x0f99991231236000Z", None),
            (b"\x18\x0f99991231235960Z", None),
            // A time before 1970 is as good as 1970.
            (b"\x17\x0d500101000000Z", Some(0)),
            (b"\x17\x0d701301000000Z", None),
            (b"\x17\x0d70010100000xZ", None),
            (b"\x17\x0b7001010000Z", None),
            (b"\x04\x0d700101000000Z", None),
        ] {
            assert_eq!(seconds(der), expected, "{der:?}");
        }
    }

    #[test]
    fn a_certificate_that_is_cut_or_changed_never_panics() {
        let certified = rcgen::generate_simple_self_signed(["ns1.test".to_owned()]).unwrap();
        let der = certified.cert.der().as_ref();
        let fields = CertificateFields::parse(der).unwrap();
        assert!(fields.has_extensions && fields.public_key.len() > 80);
        for length in 0..der.len() {
            // Whatever is behind the key is not read.
            let _ = CertificateFields::parse(&der[..length]);
        }
        for at in 0..der.len() {
            let mut changed = der.to_vec();
            for byte in [0, 0x7f, 0x80, 0x84, 0xff] {
                changed[at] = byte;
                let _ = CertificateFields::parse(&changed).and_then(|fields| fields.pin());
            }
        }
    }
}
