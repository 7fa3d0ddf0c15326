//! Files with DS records, as `dnssec-signzone`, `dnssec-dsfromkey` and `ldns-key2ds -n` write them.
//!
//! In: the text of a file. Out: its DS records by owner, or an error with its position. Names are absolute, with or
//! without the final dot; records of other types are left out.

use super::name::Name;
use super::rtype::Rtype;
use super::zonefile::{ZoneFileParseError, ZoneFileReader};

/// The most records of a file.
const MAX_RECORDS: usize = 100_000;

/// The DS records of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DsFile {
    records: Vec<(Name, Box<[u8]>)>,
}

/// Why a file has no DS records of use.
#[derive(Debug, thiserror::Error)]
pub enum DsFileError {
    /// A line is no record.
    #[error("{0}")]
    Syntax(#[from] ZoneFileParseError),
    /// No record is a DS record.
    #[error(
        "it has no DS record{}\nhint: `dnssec-dsfromkey` and `ldns-key2ds -n` make them from DNSKEY records",
        found(*.0)
    )]
    NoDs(Option<Rtype>),
    /// There are too many.
    #[error("it has more than {MAX_RECORDS} records")]
    TooMany,
}

/// Names the type of the records that are there instead.
fn found(other: Option<Rtype>) -> String {
    other.map_or_else(String::new, |rtype| format!("; it has {rtype} records"))
}

impl DsFile {
    /// Parses the text of a file, which must have a DS record of any owner.
    pub fn parse(text: &str) -> Result<Self, DsFileError> {
        let mut reader = ZoneFileReader::new(Name::root()).with_ttl(0).of_ds_file();
        let mut records: Vec<(Name, Box<[u8]>)> = Vec::new();
        let mut other = None;
        for line in text.lines() {
            reader.read_line(line.as_bytes(), &mut |record| {
                if record.rtype != Rtype::DS {
                    other = other.or(Some(record.rtype));
                } else if let Some(owner) = Name::from_wire(record.owner) {
                    records.push((owner, record.rdata.into()));
                }
            })?;
            if records.len() > MAX_RECORDS {
                return Err(DsFileError::TooMany);
            }
        }
        reader.leave()?;
        if records.is_empty() { Err(DsFileError::NoDs(other)) } else { Ok(Self { records }) }
    }

    /// Returns the RDATA of the records of a zone.
    pub fn of<'f>(&'f self, zone: &'f Name) -> impl Iterator<Item = &'f [u8]> {
        self.records.iter().filter(move |(owner, _)| owner == zone).map(|(_, rdata)| &**rdata)
    }

    /// Whether it has a record of a zone.
    pub fn has(&self, zone: &Name) -> bool {
        self.of(zone).next().is_some()
    }

    /// Returns the owners of the records, each once.
    pub fn owners(&self) -> Vec<&Name> {
        let mut owners: Vec<&Name> = Vec::new();
        for (owner, _) in &self.records {
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        owners
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "E2D3C916F6DEEAC73294E8268FB5885044A833FC5459588F4A9184CFC41A5766";

    fn of(text: &str, zone: &str) -> usize {
        DsFile::parse(text).unwrap().of(&zone.parse().unwrap()).count()
    }

    #[test]
    fn the_files_of_signers_are_read() {
        for text in [
            // dnssec-signzone and dnssec-dsfromkey
            format!("example.com.\t\tIN DS 60485 13 2 {DIGEST}\n"),
            // ldns-key2ds -n
            format!("example.com.\t3600\tIN\tDS\t60485 13 2 {DIGEST} ; xepak-dulyl-hosom\n"),
            // keymgr ds
            format!("example.com. DS 60485 13 2 {}\n", DIGEST.to_lowercase()),
            format!("\u{feff}; a comment\r\n\r\nexample.com 86400 DS 60485 13 2 (\r\n  {DIGEST} )\r\n"),
            format!("$ORIGIN com.\n$TTL 60\nexample DS 60485 13 2 {DIGEST}\nother DS 1 8 2 {DIGEST}\n"),
            format!("EXAMPLE.com. IN DS 60485 13 2 {DIGEST}\nexample.com. IN DNSKEY 257 3 13 AwEAAQ==\n"),
        ] {
            assert_eq!(of(&text, "example.com"), 1, "{text}");
            assert_eq!(of(&text, "example.org"), 0, "{text}");
        }
        let rdata = DsFile::parse(&format!("a. DS 60485 13 2 {DIGEST}")).unwrap();
        let rdata: Vec<u8> = rdata.of(&"a".parse().unwrap()).next().unwrap().to_vec();
        assert_eq!(rdata[..5], [0xec, 0x45, 13, 2, 0xe2]);
        assert_eq!(rdata.len(), 36);
    }

    #[test]
    fn a_file_without_ds_records_says_what_it_has() {
        let message = |text: &str| DsFile::parse(text).unwrap_err().to_string();
        assert_eq!(
            message("example.com. IN DNSKEY 257 3 13 AwEAAQ==\n"),
            "it has no DS record; it has DNSKEY records\n\
             hint: `dnssec-dsfromkey` and `ldns-key2ds -n` make them from DNSKEY records"
        );
        assert!(message("").starts_with("it has no DS record\nhint: "));
        assert!(
            message("example.com. DS 1 8 2\n").starts_with("1:"),
            "{}",
            message("example.com. DS 1 8 2\n")
        );
        for directive in [
            "$INCLUDE other",
            "$GENERATE 1-4000000 $ DS 1 8 2 00",
            "$include x",
            // A byte order mark does not hide it.
            "\u{feff}$GENERATE 1-4000000 $ DS 1 8 2 00",
        ] {
            let message = message(directive);
            assert!(message.starts_with("1:1: only `$ORIGIN` and `$TTL` can stand"), "{message}");
        }
        assert!(message(&format!("a. DS 1 8 2 ({DIGEST}\n")).contains("the parenthesis is not closed"));
    }
}
