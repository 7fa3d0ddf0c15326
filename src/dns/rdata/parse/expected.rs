//! What the tokens of RDATA have to be.

use crate::dns::zonefile::error::Expected;

pub(in crate::dns::rdata) const IPV4: Expected =
    Expected::new("an IPv4 address", "four numbers from 0 to 255, as in 192.0.2.1");
pub(in crate::dns::rdata) const IPV6: Expected =
    Expected::new("an IPv6 address", "an address as in 2001:db8::1");
pub(in crate::dns::rdata) const LOCATOR: Expected =
    Expected::new("a locator", "four groups of four hexadecimal digits, as in 2001:db8:1140:1000");
pub(in crate::dns::rdata) const EUI48: Expected =
    Expected::new("an EUI-48", "six octets in hexadecimal, as in 00-00-5e-00-53-2a");
pub(in crate::dns::rdata) const EUI64: Expected =
    Expected::new("an EUI-64", "eight octets in hexadecimal, as in 00-00-5e-ef-10-00-00-2a");
pub(in crate::dns::rdata) const TIME: Expected =
    Expected::new("a time", "YYYYMMDDHHmmSS in UTC, or seconds since 1970");
pub(in crate::dns::rdata) const TYPE: Expected =
    Expected::new("an RR type", "a mnemonic, or TYPE1 to TYPE65535");
pub(in crate::dns::rdata) const TAG: Expected = Expected::new("a tag", "letters and digits, as in issue");
pub(in crate::dns::rdata) const SALT: Expected =
    Expected::new("a salt", "hexadecimal digits, two for each of up to 255 octets, or `-`");
pub(in crate::dns::rdata) const HASH: Expected =
    Expected::new("a hash", "base32 with the digits 0-9 and A-V, without `=`");
pub(in crate::dns::rdata) const HEX: Expected =
    Expected::new("hexadecimal", "two digits from 0-9 and a-f for each octet");
pub(in crate::dns::rdata) const BASE64_TEXT: Expected =
    Expected::new("base64", "letters, digits, `+` and `/`, with any `=` at the end");
pub(in crate::dns::rdata) const NSAP: Expected =
    Expected::new("an NSAP address", "hexadecimal behind `0x`, as in 0x47.0005.80");
pub(in crate::dns::rdata) const NO_GATEWAY: Expected =
    Expected::new("the gateway of type 0", "`.`, or another gateway type");
pub(in crate::dns::rdata) const GATEWAY_TYPE: Expected =
    Expected::new("a gateway type", "0 for none, 1 for IPv4, 2 for IPv6, 3 for a name");
pub(in crate::dns::rdata) const PREFIX_LEN: Expected =
    Expected::new("the length of a prefix", "a number from 0 to 128");
pub(in crate::dns::rdata) const ATMA: Expected =
    Expected::new("an ATM address", "hexadecimal, or decimal digits behind `+`, with or without dots");
pub(in crate::dns::rdata) const BIT: Expected = Expected::new("0 or 1", "0 or 1");
