//! The errors in a configuration: what is wrong, where, and what to write instead.

use std::fmt;

use super::line_error::LineError;
use super::suggestion::suggestion;
use super::web_config::WebConfigError;
use crate::dns::{Excerpt, Name};
use crate::plan::{
    ChainError, ParseCoverError, ParseNamedRrsetError, ParseServerError, ParseShardError, ParseUrlError,
    ParseVantageError, TypedNameError,
};

/// An error in a configuration, and its place.
///
/// Its message has several lines: what is wrong, the line of the file, a mark below it, and mostly a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file: the configuration, or a list of zones that it names.
    pub file: String,
    /// The line of the file with the error.
    pub excerpt: Excerpt,
    /// What is wrong there.
    pub kind: ConfigErrorKind,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, excerpt, kind } = self;
        let file = file.escape_debug();
        write!(f, "{file}:{}: {kind}\n{excerpt}", excerpt.position)?;
        match kind.hint() {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConfigError {}

/// What is wrong in a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigErrorKind {
    /// The text is not YAML; the message of the parser.
    #[error("this is not YAML: {0}")]
    Yaml(String),
    /// The brackets of an IPv6 address begin a sequence in YAML.
    #[error("YAML takes these brackets for a list")]
    UnquotedBrackets,
    /// A second document begins.
    #[error("a second document begins")]
    SecondDocument,
    /// A value has a YAML tag.
    #[error("YAML tags are not used here")]
    Tag,
    /// A value is a YAML alias.
    #[error("YAML aliases are not used here")]
    Alias,
    /// A key is not a string.
    #[error("a key must be a string, and this is {0}")]
    KeyNotString(&'static str),
    /// A key is in the same mapping twice.
    #[error("the key `{}` is already on line {line}", key.escape_debug())]
    DuplicateKey {
        /// The key.
        key: String,
        /// Its first line.
        line: usize,
    },
    /// A node is of another kind than its key needs.
    #[error("expected {expected}, found {found}")]
    WrongNodeKind {
        /// The kind that is needed, with its article.
        expected: &'static str,
        /// The kind that is there.
        found: &'static str,
    },
    /// The mapping has no such key.
    #[error("the key `{}` is not known here", key.escape_debug())]
    UnknownKey {
        /// The key.
        key: String,
        /// The keys that are known.
        known: Vec<&'static str>,
    },
    /// A limit is set for a zone or a group.
    #[error("`{0}` is a setting of the whole probe")]
    ProbeOnly(String),
    /// A required key is missing.
    #[error("`{0}` is missing")]
    MissingKey(&'static str),
    /// A key has no value.
    #[error("the key has no value")]
    MissingValue,
    /// A list of addresses is empty.
    #[error("the list has no addresses")]
    NoAddresses,
    /// A value cannot be parsed as its key needs it.
    #[error("`{}` is not {expected}", value.escape_debug())]
    InvalidValue {
        /// The value.
        value: String,
        /// What is needed, with its article.
        expected: &'static str,
        /// How to write it.
        syntax: String,
    },
    /// A string is not the name of a zone.
    #[error("`{}` is not the name of a zone: {reason}", text.escape_debug())]
    InvalidZone {
        /// The string.
        text: String,
        /// Why not.
        reason: TypedNameError,
    },
    /// A zone is configured twice.
    #[error("the zone `{}` is already in {first}", zone.without_final_dot())]
    DuplicateZone {
        /// The zone.
        zone: Name,
        /// The place of the first one.
        first: String,
    },
    /// The address of a server cannot be parsed.
    #[error(transparent)]
    InvalidAddress(ParseServerError),
    /// The URL of a control channel cannot be used.
    #[error(transparent)]
    InvalidUrl(ParseUrlError),
    /// The URL of the pages cannot be used.
    #[error(transparent)]
    InvalidExternalUrl(ParseUrlError),
    /// A server is not said how to ask what it says of its zones.
    #[error("`status` names no channel")]
    NoStatusChannel,
    /// A server is of two kinds of software.
    #[error("`status` names two channels")]
    TwoStatusChannels,
    /// There is a key for a channel that takes none.
    #[error("`key_file` is for `powerdns`")]
    UnusedKeyFile,
    /// A list has no program to run.
    #[error("the list has no command")]
    NoCommand,
    /// An address is in the list of a server twice.
    #[error("the address `{}` is already in this list", .0.escape_debug())]
    DuplicateAddress(String),
    /// A server is not defined.
    #[error("the server `{}` is not defined", name.escape_debug())]
    UnknownServer {
        /// The name.
        name: String,
        /// The servers that are defined.
        known: Vec<String>,
    },
    /// Two numbers are no shard.
    #[error(transparent)]
    InvalidShard(ParseShardError),
    /// A text is not the name of a vantage.
    #[error(transparent)]
    InvalidVantage(ParseVantageError),
    /// A line of a list of zones cannot be read.
    #[error(transparent)]
    InvalidLine(LineError),
    /// A server is in the same list twice.
    #[error("the server `{}` is already in this list", .0.escape_debug())]
    DuplicateServer(String),
    /// A group is not defined.
    #[error("the group `{}` is not defined", name.escape_debug())]
    UnknownGroup {
        /// The name.
        name: String,
        /// The groups that are defined.
        known: Vec<String>,
    },
    /// A catalog has no servers.
    #[error("the catalog has no servers, and its NS records name none")]
    NoCatalogServers,
    /// A value is longer than a `group` property can be.
    #[error("no `group` property has more than 255 bytes")]
    GroupValueTooLong,
    /// The name of a server is not printable.
    #[error("the name of a server must be printable text")]
    InvalidServerName,
    /// A TSIG key is not in any key file.
    #[error("there is no key `{}`", name.escape_debug())]
    UnknownTsigKey {
        /// The name.
        name: String,
        /// The keys that are in the key files.
        known: Vec<String>,
    },
    /// A file that the configuration names cannot be read.
    #[error("cannot read `{}`: {reason}", path.escape_debug())]
    UnreadableFile {
        /// The path as written.
        path: String,
        /// Why not.
        reason: String,
    },
    /// A TSIG key is in two files.
    #[error("the key `{}` is already in another key file", .0.without_final_dot())]
    DuplicateTsigKey(Name),
    /// A text does not say how much is asked for.
    #[error("`{}` does not say how much to ask for: {reason}", text.escape_debug())]
    InvalidCover {
        /// The text.
        text: String,
        /// Why not.
        reason: ParseCoverError,
    },
    /// A text is not a name to ask for.
    #[error(transparent)]
    InvalidRrsetName(ParseNamedRrsetError),
    /// A name to ask for is in no zone that it is given for; one of these zones.
    #[error("`{}` is not in {}", name.without_final_dot(), zones_of(zone.as_ref()))]
    NameOutsideZones {
        /// The name.
        name: Name,
        /// The zone, if there is one.
        zone: Option<Name>,
    },
    /// A key says what to ask for, and nothing is asked for.
    #[error("`{0}` says what to ask for, and `by: transfer` asks for no records")]
    NothingToAsk(&'static str),
    /// A key says what to ask for, and no records are compared.
    #[error("`{0}` says what to ask for, and `compare: serials` compares no records")]
    NoRecords(&'static str),
    /// Signatures are to be verified, and no records are compared.
    #[error("`validate` verifies the signatures of records, and `compare: serials` compares none")]
    NothingToValidate,
    /// A file of DS records has none of the zone that names it.
    #[error("`{}` has no DS record of `{}`", path.escape_debug(), zone.without_final_dot())]
    NoDsOfZone {
        /// The path as written.
        path: String,
        /// The zone.
        zone: Name,
    },
    /// A zone names a file of DS records, and its signatures are not verified.
    #[error("`ds` is for `validate`, which is false here")]
    UnusedDs,
    /// Several servers sign the zone, and their keys or signatures are not to be compared as they must be.
    #[error("`multi_signer: true` requires `dnssec: meaning`, and no DNSKEY in `ignore_types`")]
    KeysNotCompared,
    /// Each server has serials of its own, and serials are all that is compared.
    #[error("`serials: independent` requires `compare: records`")]
    NothingToCompare,
    /// A signer counts serials of its own, and serials are all that is compared.
    #[error("`role: signer` requires `compare: records`")]
    UncomparableSigner,
    /// The servers of a zone make no chain.
    #[error("{0}")]
    Chain(ChainError),
    /// Something is wrong in a web configuration.
    #[error(transparent)]
    Web(WebConfigError),
}

/// What to do about servers that make no chain.
fn chain_hint(error: &ChainError) -> &'static str {
    match error {
        ChainError::NothingToSign(_) => "add the primary that it takes the zone from",
        ChainError::TwoRoles(..) => "leave one of the two out of the servers of this zone",
    }
}

impl ConfigErrorKind {
    /// The error of a line of a list of zones.
    pub(super) fn of_line(error: LineError) -> Self {
        match error {
            LineError::InvalidZone { text, reason } => Self::InvalidZone { text, reason },
            error => Self::InvalidLine(error),
        }
    }

    /// Returns what to write instead, unless the message says that already.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of error")]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Yaml(_) => "quote text that has `: `, ` #` or brackets in it; indent lines with spaces",
            Self::UnquotedBrackets => "put the address in quotes, as in \"[::1]:53\"",
            Self::SecondDocument => "write one document, without `---` in the middle",
            Self::Tag | Self::Alias => "write the value itself",
            Self::KeyNotString(_) => "write KEY: VALUE",
            Self::DuplicateKey { .. }
            | Self::DuplicateZone { .. }
            | Self::DuplicateTsigKey(_)
            | Self::DuplicateAddress(_)
            | Self::DuplicateServer(_) => "remove one of the two",
            Self::UnknownKey { key, known } => return Some(suggestion(key, known)),
            Self::UnknownServer { .. } | Self::UnknownGroup { .. } | Self::UnknownTsigKey { .. } => {
                return self.definition_hint();
            }
            Self::ProbeOnly(_) => "write it below `probe`",
            Self::InvalidValue { syntax, .. } => return Some(format!("write {syntax}")),
            Self::InvalidZone { reason: TypedNameError::Name(_), .. } => {
                "labels of 1 to 63 octets between dots, 255 octets in all"
            }
            Self::NoCatalogServers => {
                "name the servers from which it is transferred: `servers: [SERVER]`; define them in `servers`"
            }
            Self::NothingToCompare => "write `compare: records`, or leave `serials` out",
            Self::NoDsOfZone { .. } => "leave `ds` out, and the resolver is asked for them",
            Self::UnusedDs => "write `validate: true`, or leave `ds` out",
            Self::UncomparableSigner => "write `compare: records`, or leave the signer out",
            Self::Chain(error) => chain_hint(error),
            Self::Web(error) => return error.hint(),
            Self::NoStatusChannel | Self::TwoStatusChannels => {
                "write one of `bind: URL`, `powerdns: URL` with `key_file: FILE`, `nsd: [COMMAND]` and `knot: [COMMAND]`"
            }
            Self::InvalidUrl(ParseUrlError::Credentials) => {
                "the key of PowerDNS' API belongs into `key_file`"
            }
            Self::InvalidExternalUrl(_) => {
                "write the URL at which people find the pages, as in https://monitor.example.com/zoneprobe"
            }
            Self::UnusedKeyFile => "leave it out",
            Self::NoCommand => "write the program and its arguments, as in [sudo, -n, nsd-control]",
            Self::KeysNotCompared => "write `dnssec: meaning` here, or leave `multi_signer` out",
            Self::NothingToAsk(_) => "write `by: query` or `by: auto`, or leave this out",
            Self::NothingToValidate | Self::NoRecords(_) => "write `compare: records`, or leave this out",
            Self::NameOutsideZones { name, zone: Some(zone) } if name.labels().count() == 1 => {
                return Some(format!("did you mean `{name}{zone}`? Names are whole names"));
            }
            Self::NameOutsideZones { zone, .. } => {
                let zone = zone.as_ref().map_or_else(|| "ZONE".to_owned(), Name::without_final_dot);
                return Some(format!("write whole names, such as www.{zone}"));
            }
            Self::MissingKey(_)
            | Self::MissingValue
            | Self::NoAddresses
            | Self::WrongNodeKind { .. }
            | Self::InvalidAddress(_)
            | Self::InvalidUrl(_)
            | Self::InvalidLine(_)
            | Self::InvalidShard(_)
            | Self::InvalidVantage(_)
            | Self::InvalidZone { .. }
            | Self::InvalidServerName
            | Self::GroupValueTooLong
            | Self::InvalidCover { .. }
            | Self::InvalidRrsetName(_)
            | Self::UnreadableFile { .. } => {
                return None;
            }
        };
        Some(hint.to_owned())
    }

    /// Returns the defined name that is meant, or how to define one.
    fn definition_hint(&self) -> Option<String> {
        let (Self::UnknownServer { name, known }
        | Self::UnknownGroup { name, known }
        | Self::UnknownTsigKey { name, known }) = self
        else {
            return None;
        };
        if !known.is_empty() {
            return Some(suggestion(name, known));
        }
        let name = name.escape_debug();
        Some(match self {
            Self::UnknownServer { .. } => format!("define it: `servers: {{{name}: {{address: ADDRESS}}}}`"),
            Self::UnknownGroup { .. } => format!("define it: `groups: {{{name}: {{servers: [SERVER]}}}}`"),
            _ => "name the file that holds it in `tsig_keys`".to_owned(),
        })
    }
}

/// Names the zones that a name is not in.
fn zones_of(zone: Option<&Name>) -> String {
    match zone {
        Some(zone) => format!("the zone `{}`", zone.without_final_dot()),
        None => "any zone of the group".to_owned(),
    }
}
