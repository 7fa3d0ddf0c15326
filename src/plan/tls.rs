//! How a server is asked over TLS: the settings that begin with `tls-`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};

use super::typed::parse_name;

/// How a server is asked over TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TlsSettings {
    /// The name or address that the certificate must have, unless it is the host of the server.
    pub name: Option<String>,
    /// The file with the certificates of the authorities that are trusted.
    pub ca: Option<String>,
    /// The keys that the server may have. Without `ca`, nothing else of its certificate counts.
    pub pins: Vec<Pin>,
    /// The certificate that is presented to the server.
    pub identity: Option<TlsIdentity>,
}

/// The files of the certificate that is presented to a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TlsIdentity {
    /// The file with the certificate, and those that it was issued with.
    pub certificate: String,
    /// The file with its private key.
    pub key: String,
}

/// The SHA-256 of a public key with its algorithm (RFC 7858 section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pin(pub [u8; 32]);

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(&self.0))
    }
}

/// Why a text is no setting of TLS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseTlsError {
    /// It is not a pin.
    #[error("`{}` is not a pin: {reason}", text.escape_debug())]
    Pin {
        /// The text.
        text: String,
        /// Why not.
        reason: String,
    },
    /// It is neither a name nor an address.
    #[error("`{}` is not a name or an address that a certificate can have", .0.escape_debug())]
    Name(String),
    /// A file has no name.
    #[error("{0} names no file")]
    NoFile(&'static str),
    /// Of the certificate and its key, only one is given.
    #[error("{given} needs {missing}: a certificate is presented together with its private key")]
    HalfIdentity {
        /// The setting that is given.
        given: &'static str,
        /// The one that is not.
        missing: &'static str,
    },
}

impl FromStr for Pin {
    type Err = ParseTlsError;

    fn from_str(text: &str) -> Result<Self, ParseTlsError> {
        let error = |reason: &str| ParseTlsError::Pin { text: text.to_owned(), reason: reason.to_owned() };
        if let Ok(bytes) = BASE64.decode(text.as_bytes())
            && let Ok(pin) = bytes.try_into()
        {
            return Ok(Self(pin));
        }
        let digits = text.replace(':', "");
        let of_hex = HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok();
        if let Some(Ok(pin)) = of_hex.map(|bytes| <[u8; 32]>::try_from(bytes).map(Self)) {
            // It may be the hash of the certificate, as `openssl x509 -fingerprint` prints it.
            return Err(error(&format!(
                "it is hexadecimal; if it is the hash of the public key, write {pin}"
            )));
        }
        Err(error("write the SHA-256 of the public key in base64, 44 characters (RFC 7858)"))
    }
}

/// The settings of TLS as they are read, one after the other.
#[derive(Debug, Default)]
pub struct TlsSettingsBuilder {
    settings: TlsSettings,
    certificate: Option<String>,
    key: Option<String>,
}

/// What takes the text of one setting.
pub type TlsSetter = fn(&mut TlsSettingsBuilder, &str) -> Result<(), ParseTlsError>;

impl TlsSettingsBuilder {
    /// The name or address that the certificate must have.
    pub fn name(&mut self, text: &str) -> Result<(), ParseTlsError> {
        let name = match text.parse::<IpAddr>() {
            Ok(address) => Some(address.to_string()),
            Err(_) => parse_name(text).ok().map(|name| name.without_final_dot()),
        };
        // A certificate has names of hosts only.
        let is_host = |name: &String| {
            name.parse::<IpAddr>().is_ok()
                || name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        let name = name.filter(|name| name != "." && is_host(name));
        self.settings.name = Some(name.ok_or_else(|| ParseTlsError::Name(text.to_owned()))?);
        Ok(())
    }

    /// The file with the authorities that are trusted.
    pub fn ca(&mut self, path: &str) -> Result<(), ParseTlsError> {
        self.settings.ca = Some(file("tls-ca", path)?);
        Ok(())
    }

    /// One more key that the server may have.
    pub fn pin(&mut self, text: &str) -> Result<(), ParseTlsError> {
        self.settings.pins.push(text.parse()?);
        Ok(())
    }

    /// The file with the certificate that is presented.
    pub fn certificate(&mut self, path: &str) -> Result<(), ParseTlsError> {
        self.certificate = Some(file("tls-cert", path)?);
        Ok(())
    }

    /// The file with its private key.
    pub fn key(&mut self, path: &str) -> Result<(), ParseTlsError> {
        self.key = Some(file("tls-key", path)?);
        Ok(())
    }

    /// Returns the settings.
    pub fn build(self) -> Result<TlsSettings, ParseTlsError> {
        let (certificate, key) = ("tls-cert", "tls-key");
        let identity = match (self.certificate, self.key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some(TlsIdentity { certificate, key }),
            (Some(_), None) => {
                return Err(ParseTlsError::HalfIdentity { given: certificate, missing: key });
            }
            (None, Some(_)) => return Err(ParseTlsError::HalfIdentity { given: key, missing: certificate }),
        };
        Ok(TlsSettings { identity, ..self.settings })
    }
}

fn file(setting: &'static str, path: &str) -> Result<String, ParseTlsError> {
    if path.is_empty() { Err(ParseTlsError::NoFile(setting)) } else { Ok(path.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_32_bytes_in_base64() {
        let text = "d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=";
        assert_eq!(text.parse::<Pin>().unwrap().to_string(), text);
        for (wrong, part) in [
            ("", "44 characters"),
            ("d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM", "44 characters"),
            ("ZHVtbXk=", "44 characters"),
            (
                "77aab346ef7338409bf7451ecf6ef15a5b4db23d1ed4c77b1a4618915a195a63",
                "write d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=",
            ),
        ] {
            let message = wrong.parse::<Pin>().unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_certificate_name_is_a_host_or_an_address() {
        for (text, name) in
            [("NS1.Example.", "ns1.example"), ("192.0.2.1", "192.0.2.1"), ("2001:DB8::1", "2001:db8::1")]
        {
            let mut builder = TlsSettingsBuilder::default();
            builder.name(text).unwrap();
            assert_eq!(builder.build().unwrap().name.as_deref(), Some(name));
        }
        for text in ["", ".", "a..b", "*.example", "ns1 example", "ns1.example:853", "tls://ns1.example"] {
            assert!(TlsSettingsBuilder::default().name(text).is_err(), "{text}");
        }
    }
}
