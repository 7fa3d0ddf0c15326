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
}

/// Reads a file that the configuration names, or says why it cannot be read.
pub type FileReader<'f> = &'f mut dyn FnMut(ReferencedFile, &str) -> Result<Zeroizing<String>, String>;
