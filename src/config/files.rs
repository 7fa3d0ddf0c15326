//! The files that a configuration names.

use zeroize::Zeroizing;

/// The kind of file that a configuration names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferencedFile {
    /// A file with TSIG keys.
    TsigKeys,
    /// A list of zones.
    ZoneList,
    /// A file with DS records.
    DsRecords,
    /// Authorities that are trusted.
    TlsRoots,
    /// A certificate that is presented to servers.
    TlsCertificate,
    /// The private key of such a certificate.
    TlsKey,
}

/// Reads a file that the configuration names, or says why it cannot be read.
///
/// The files of TLS are read again when they are used. So what is returned of them is their path, which does not depend
/// on the folder of the configuration, once they were found to be usable.
pub type FileReader<'f> = &'f mut dyn FnMut(ReferencedFile, &str) -> Result<Zeroizing<String>, String>;
