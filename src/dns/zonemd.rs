//! ZONEMD: the digest that a zone carries of itself (RFC 8976).

use super::serial::Serial;

/// The RDATA of a ZONEMD record (RFC 8976 section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zonemd<'a> {
    /// The serial of the version that was digested.
    pub serial: Serial,
    /// How records were put together for the hash.
    pub scheme: u8,
    /// The hash algorithm.
    pub hash_algorithm: u8,
    /// The digest.
    pub digest: &'a [u8],
}

impl<'a> Zonemd<'a> {
    /// The scheme SIMPLE (RFC 8976 section 2.2.2), the only one there is.
    pub const SIMPLE: u8 = 1;

    /// Parses RDATA; `None` if it ends before the digest.
    pub fn from_rdata(rdata: &'a [u8]) -> Option<Self> {
        let (&[s0, s1, s2, s3, scheme, hash_algorithm], digest) = rdata.split_first_chunk()?;
        let serial = Serial(u32::from_be_bytes([s0, s1, s2, s3]));
        Some(Self { serial, scheme, hash_algorithm, digest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rdata_is_parsed_and_its_digest_may_have_any_length() {
        let parsed = Zonemd { serial: Serial(0x0102_0304), scheme: 1, hash_algorithm: 2, digest: &[7, 8] };
        assert_eq!(Zonemd::from_rdata(&[1, 2, 3, 4, 1, 2, 7, 8]), Some(parsed));
        assert_eq!(Zonemd::from_rdata(&[1, 2, 3, 4, 1, 2]), Some(Zonemd { digest: &[], ..parsed }));
        assert_eq!(Zonemd::from_rdata(&[1, 2, 3, 4, 1]), None);
    }
}
