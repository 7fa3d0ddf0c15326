//! The names that a certificate is for (RFC 5280 section 4.2.1.6).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::der::{Der, SEQUENCE};

const BOOLEAN: u8 = 0x01;
const OCTET_STRING: u8 = 0x04;

/// The tag of the extensions in a certificate, the last of its fields.
const EXTENSIONS: u8 = 0xa3;

/// The object identifier of the extension with the names: 2.5.29.17.
const SUBJECT_ALT_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x11];

/// The tag of an address of mail, of a host, and of a URI: each is text.
const TEXTS: [u8; 3] = [0x81, 0x82, 0x86];

/// The tag of an address.
const ADDRESS: u8 = 0x87;

/// Returns the hosts, addresses, addresses of mail and URIs that a certificate in DER is for, as text.
///
/// An address of IPv4 within one of IPv6 is written as the former. There are no names if the certificate cannot be
/// parsed; nothing in it is verified here.
pub(crate) fn alternative_names(certificate: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let Some(mut list) = names_of(certificate) else { return names };
    while let Some(tag) = list.tag() {
        let Some(content) = list.content(tag) else { break };
        names.extend(match tag {
            ADDRESS => address(content).map(|address| address.to_canonical().to_string()),
            tag if TEXTS.contains(&tag) => std::str::from_utf8(content).ok().map(str::to_owned),
            _ => None,
        });
    }
    names
}

/// The content of the extension with the names.
fn names_of(certificate: &[u8]) -> Option<Der<'_>> {
    let mut certificate = Der(Der(certificate).content(SEQUENCE)?);
    let mut fields = Der(certificate.content(SEQUENCE)?);
    while fields.tag()? != EXTENSIONS {
        fields.element()?;
    }
    let mut extensions = Der(Der(fields.content(EXTENSIONS)?).content(SEQUENCE)?);
    loop {
        let mut extension = Der(extensions.content(SEQUENCE)?);
        if extension.element()? != SUBJECT_ALT_NAME {
            continue;
        }
        if extension.tag()? == BOOLEAN {
            extension.element()?;
        }
        return Some(Der(Der(extension.content(OCTET_STRING)?).content(SEQUENCE)?));
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|bytes| Ipv4Addr::from(bytes).into());
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(|bytes| Ipv6Addr::from(bytes).into())).ok()
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, SanType};

    use super::*;

    fn certificate(names: Vec<SanType>) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = names;
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn names_of_every_kind_are_read() {
        let der = certificate(vec![
            SanType::DnsName("*.example.test".try_into().unwrap()),
            SanType::Rfc822Name("ops@example.test".try_into().unwrap()),
            SanType::URI("spiffe://example.test/prometheus".try_into().unwrap()),
            SanType::IpAddress([192, 0, 2, 1].into()),
            SanType::IpAddress("2001:db8::1".parse().unwrap()),
            SanType::IpAddress("::ffff:192.0.2.2".parse().unwrap()),
        ]);
        let expected = [
            "*.example.test",
            "ops@example.test",
            "spiffe://example.test/prometheus",
            "192.0.2.1",
            "2001:db8::1",
            "192.0.2.2",
        ];
        assert_eq!(alternative_names(&der), expected);
        assert_eq!(alternative_names(&certificate(Vec::new())), [""; 0]);
    }

    #[test]
    fn a_certificate_that_is_cut_or_changed_never_panics() {
        let der = certificate(vec![SanType::DnsName("one.test".try_into().unwrap())]);
        for length in 0..der.len() {
            assert_eq!(alternative_names(&der[..length]), [""; 0]);
        }
        for at in 0..der.len() {
            let mut changed = der.clone();
            for byte in [0, 0x7f, 0x80, 0x83, 0x84, 0xff] {
                changed[at] = byte;
                let _ = alternative_names(&changed);
            }
        }
    }
}
