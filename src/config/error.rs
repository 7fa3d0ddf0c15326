//! What is wrong in a configuration, where, and what to write instead.

use std::fmt;

use crate::dns::name::NameError;
use crate::dns::{Name, Position};
use crate::plan::ParseServer;

/// What is wrong in a configuration, and where.
///
/// It has several lines: what is wrong, the line of the file, a mark below it, and mostly a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file: the configuration, or a list of zones that it names.
    pub file: String,
    /// Where in it.
    pub spot: Position,
    /// What.
    pub fault: Fault,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, spot, fault } = self;
        let file = file.escape_debug();
        write!(f, "{file}:{}:{}: {fault}\n{}", spot.line, spot.column, spot.excerpt())?;
        match fault.hint() {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConfigError {}

/// What is wrong in a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text is not YAML; the words of the parser.
    #[error("this is not YAML: {0}")]
    Yaml(String),
    /// Brackets of an IPv6 address are taken for a list.
    #[error("YAML takes these brackets for a list")]
    Brackets,
    /// A second document begins.
    #[error("a second document begins")]
    SecondDocument,
    /// A value has a YAML tag.
    #[error("YAML tags are not used here")]
    Tag,
    /// An alias stands for a value.
    #[error("YAML aliases are not used here")]
    Alias,
    /// A key is no text.
    #[error("a key is a text, and this is {0}")]
    KeyKind(&'static str),
    /// A key stands twice in one map.
    #[error("the key `{}` stands in line {line} already", key.escape_debug())]
    KeyTwice {
        /// The key.
        key: String,
        /// Its first line.
        line: usize,
    },
    /// Another kind of value is needed.
    #[error("expected {expected}, found {found}")]
    Kind {
        /// What may stand there, with its article.
        expected: &'static str,
        /// What does.
        found: &'static str,
    },
    /// A key is not known here.
    #[error("the key `{}` is not known here", key.escape_debug())]
    UnknownKey {
        /// The key.
        key: String,
        /// The keys that are known.
        known: Vec<&'static str>,
    },
    /// A setting of the whole probe stands in a zone or a group.
    #[error("`{0}` is a setting of the whole probe")]
    OfTheProbe(String),
    /// A key is reserved.
    #[error("`{0}` is not offered yet")]
    NotOffered(&'static str),
    /// A key that must be there is not.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A key has no value.
    #[error("there is no value behind the key")]
    NoValue,
    /// A list of addresses is empty.
    #[error("the list holds no address")]
    NoAddress,
    /// A value is not as its key needs it.
    #[error("`{}` is not {expected}", text.escape_debug())]
    Value {
        /// The value.
        text: String,
        /// What is needed, with its article.
        expected: &'static str,
        /// How to write it.
        write: String,
    },
    /// A text is no zone.
    #[error("`{}` is not the name of a zone: {reason}", text.escape_debug())]
    Zone {
        /// The text.
        text: String,
        /// Why not.
        reason: NameError,
    },
    /// A zone is configured twice.
    #[error("the zone `{}` is in {place} already", zone.without_final_dot())]
    ZoneTwice {
        /// The zone.
        zone: Name,
        /// Where it was first.
        place: String,
    },
    /// The address of a server cannot be read.
    #[error(transparent)]
    Address(ParseServer),
    /// A server is not defined.
    #[error("the server `{}` is not defined", name.escape_debug())]
    UnknownServer {
        /// The name.
        name: String,
        /// The servers that are.
        known: Vec<String>,
    },
    /// A server stands twice in one list.
    #[error("the server `{}` stands in this list already", .0.escape_debug())]
    ServerTwice(String),
    /// The name of a server is not printable.
    #[error("the name of a server is printable text")]
    ServerName,
    /// A key of TSIG is not in any key file.
    #[error("there is no key `{}`", name.escape_debug())]
    UnknownTsigKey {
        /// The name.
        name: String,
        /// The keys that there are.
        known: Vec<String>,
    },
    /// A file that is named cannot be read.
    #[error("cannot read `{}`: {reason}", path.escape_debug())]
    File {
        /// The path as written.
        path: String,
        /// Why not.
        reason: String,
    },
    /// A key of TSIG is in two files.
    #[error("the key `{}` is in another key file already", .0.without_final_dot())]
    TsigKeyTwice(Name),
    /// Serials count for each server by itself, and nothing else is compared.
    #[error("independent serials leave nothing to compare but records")]
    NothingToCompare,
}

impl Fault {
    /// Returns what to write instead, where that is not said already.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Yaml(_) => {
                "text with `: `, ` #` or brackets in it stands in quotes; lines are indented by spaces"
            }
            Self::Brackets => "put the address in quotes, as in \"[::1]:53\"",
            Self::SecondDocument => "write one document, without `---` in the middle",
            Self::Tag | Self::Alias => "write the value itself",
            Self::KeyKind(_) => "write KEY: VALUE",
            Self::KeyTwice { .. } | Self::ZoneTwice { .. } | Self::TsigKeyTwice(_) | Self::ServerTwice(_) => {
                "remove one of the two"
            }
            Self::UnknownKey { key, known } => return Some(meant(key, known)),
            Self::OfTheProbe(_) => "write it below `probe`",
            Self::NotOffered(_) => {
                "leave it out; listen on loopback and put a proxy in front for TLS and passwords"
            }
            Self::Value { write, .. } => return Some(format!("write {write}")),
            Self::Zone { .. } => "labels of 1 to 63 octets between dots, 255 octets in all",
            Self::UnknownServer { name, known } if known.is_empty() => {
                return Some(format!(
                    "define it: `servers: {{{}: {{address: ADDRESS}}}}`",
                    name.escape_debug()
                ));
            }
            Self::UnknownTsigKey { known, .. } if known.is_empty() => {
                "name the file that holds it in `tsig_keys`"
            }
            Self::UnknownServer { name, known } | Self::UnknownTsigKey { name, known } => {
                return Some(meant(name, known));
            }
            Self::NothingToCompare => "write `compare: records`, or leave `serials` out",
            Self::Missing(_)
            | Self::NoValue
            | Self::NoAddress
            | Self::Kind { .. }
            | Self::Address(_)
            | Self::ServerName
            | Self::File { .. } => {
                return None;
            }
        };
        Some(hint.to_owned())
    }
}

/// The most names that a hint lists.
const LISTED: usize = 20;

/// Returns the name that was meant, if it is few mistakes away, else those there are.
fn meant<T: AsRef<str>>(text: &str, known: &[T]) -> String {
    let mistakes = |name: &T| strsim::osa_distance(name.as_ref(), text);
    let nearest = known.iter().min_by_key(|name| mistakes(name));
    match nearest {
        Some(name) if mistakes(name) <= (name.as_ref().len() / 3).max(1) => {
            format!("did you mean `{}`?", name.as_ref().escape_debug())
        }
        _ => {
            let names = known.iter().take(LISTED).map(|name| format!("`{}`", name.as_ref().escape_debug()));
            format!("known are {}", names.collect::<Vec<_>>().join(", "))
        }
    }
}
