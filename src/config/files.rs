//! The files that a configuration names.

use zeroize::Zeroizing;

use super::list_lines::ListLines;

/// The kind of a file that a configuration names and that is read whole. Lists of zones are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferencedFile {
    /// A file with TSIG keys.
    TsigKeys,
    /// A file with DS records.
    DsRecords,
    /// Authorities that are trusted.
    TlsRoots,
    /// A certificate that is presented to servers.
    TlsCertificate,
    /// The private key of such a certificate.
    TlsKey,
    /// The key of an API.
    ApiKey,
}

/// Reads the files that a configuration names, or says why they cannot be read.
pub trait ReferencedFiles {
    /// Reads a file whole.
    ///
    /// The files of TLS are read again when they are used. So what is returned of them is their path, which does not
    /// depend on the folder of the configuration, once they were found to be usable.
    fn read(&mut self, file: ReferencedFile, path: &str) -> Result<Zeroizing<String>, String>;

    /// Opens a list of zones, whose lines are read one after the other.
    fn open_list(&mut self, path: &str) -> Result<Box<dyn ListLines>, String>;
}

/// Reads the files that a configuration names.
pub type FileReader<'f> = &'f mut dyn ReferencedFiles;

/// The files of a configuration that cannot name any.
#[derive(Clone, Copy, Debug)]
pub struct NoFiles;

const NO_FILES: &str = "this configuration cannot name files";

impl ReferencedFiles for NoFiles {
    fn read(&mut self, _: ReferencedFile, _: &str) -> Result<Zeroizing<String>, String> {
        Err(NO_FILES.to_owned())
    }

    fn open_list(&mut self, _: &str) -> Result<Box<dyn ListLines>, String> {
        Err(NO_FILES.to_owned())
    }
}
