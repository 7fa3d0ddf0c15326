//! SOA records (RFC 1035 section 3.3.13).

use super::name::Name;
use super::serial::Serial;

/// The content of a SOA record; times are in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soa {
    /// The name of the primary.
    pub mname: Name,
    /// The mailbox of the person responsible, as a domain name.
    pub rname: Name,
    /// The serial of the zone.
    pub serial: Serial,
    /// How often a secondary checks for a newer serial.
    pub refresh: u32,
    /// How soon it retries when a check has failed.
    pub retry: u32,
    /// How long it serves the zone without reaching the primary.
    pub expire: u32,
    /// The TTL of negative responses (RFC 2308 section 4).
    pub minimum: u32,
}

impl Soa {
    /// Parses canonical RDATA; `None` if it is not the RDATA of a SOA.
    pub fn from_rdata(rdata: &[u8]) -> Option<Self> {
        let (mname, rest) = split_name(rdata)?;
        let (rname, rest) = split_name(rest)?;
        let (numbers, []) = rest.as_chunks::<4>() else { return None };
        let &[serial, refresh, retry, expire, minimum] = numbers else { return None };
        Some(Self {
            mname,
            rname,
            serial: Serial(u32::from_be_bytes(serial)),
            refresh: u32::from_be_bytes(refresh),
            retry: u32::from_be_bytes(retry),
            expire: u32::from_be_bytes(expire),
            minimum: u32::from_be_bytes(minimum),
        })
    }

    /// Whether both are equal in everything but the serial.
    pub fn same_but_serial(&self, other: &Self) -> bool {
        *self == Self { serial: self.serial, ..other.clone() }
    }

    /// Encodes canonical RDATA.
    pub fn to_rdata(&self) -> Vec<u8> {
        let numbers = [self.serial.0, self.refresh, self.retry, self.expire, self.minimum];
        let numbers = numbers.map(u32::to_be_bytes).concat();
        [self.mname.as_wire(), self.rname.as_wire(), &numbers].concat()
    }

    /// Prints the RDATA as zone-file text.
    pub fn to_text(&self) -> String {
        let Self { mname, rname, serial, refresh, retry, expire, minimum } = self;
        format!("{mname} {rname} {serial} {refresh} {retry} {expire} {minimum}")
    }
}

/// Splits an uncompressed name from the front.
fn split_name(wire: &[u8]) -> Option<(Name, &[u8])> {
    let mut end = 0;
    loop {
        let length = usize::from(*wire.get(end)?);
        end += 1 + length;
        if length == 0 {
            let (name, rest) = wire.split_at_checked(end)?;
            return Some((Name::from_wire(name)?, rest));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rdata_is_encoded_as_it_was_parsed() {
        let mut rdata = b"\x02ns\x00\x00".to_vec();
        rdata.extend(0..20);
        assert_eq!(Soa::from_rdata(&rdata).unwrap().to_rdata(), rdata);
    }

    #[test]
    fn rdata_of_the_wrong_length_is_no_soa() {
        let mut rdata = vec![0, 0];
        rdata.extend_from_slice(&[0; 20]);
        assert!(Soa::from_rdata(&rdata).is_some());
        rdata.push(0);
        assert_eq!(Soa::from_rdata(&rdata), None);
        assert_eq!(Soa::from_rdata(&[1]), None);
    }
}
