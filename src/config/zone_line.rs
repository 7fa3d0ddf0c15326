//! A line of a list of zones: the name of a zone, or a JSON object that also has its servers.

use std::fmt;
use std::sync::Arc;

use serde::Deserializer as _;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;

use super::line_error::LineError;
use super::suggestion::suggestion;
use crate::dns::Name;
use crate::plan::{LineId, Role, Server, parse_zone};

/// The byte order mark that some editors put in front of UTF-8; where files are joined, it is in front of a line.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The keys of an object, as they are written.
const KEYS: [&str; 6] = ["zone", "primaries", "signers", "secondaries", "group", "id"];

/// The keys whose values are lists of servers.
const ROLES: [(&str, Role); 3] =
    [("primaries", Role::Primary), ("signers", Role::Signer), ("secondaries", Role::Secondary)];

/// A zone of a list, with what its line says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneLine {
    /// The zone.
    pub zone: Name,
    /// Its servers.
    pub servers: LineServers,
    /// What the user calls the line.
    pub id: Option<Arc<LineId>>,
}

/// The servers of a line, as they are written; many lines have the same ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LineServers {
    /// The group of the configuration whose servers and settings the zone has.
    pub group: Option<Box<str>>,
    /// The servers, primaries first, then signers.
    servers: Vec<(Role, Box<str>)>,
}

/// A line that cannot be read, with what could be read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableLine {
    /// Why it cannot be read.
    pub error: LineError,
    /// The zone, if its name can be read.
    pub zone: Option<Name>,
    /// What the user calls the line.
    pub id: Option<Arc<LineId>>,
}

/// What is read of an object.
#[derive(Default)]
struct Fields {
    zone: Option<Name>,
    group: Option<Box<str>>,
    servers: Vec<(Role, Box<str>)>,
    /// The first list without servers.
    empty: Option<&'static str>,
    id: Option<Arc<LineId>>,
}

/// Reads the keys and values of an object, each key once.
struct Entries;

impl ZoneLine {
    /// Parses a line; `None` if it is empty or a comment, which `#` begins.
    ///
    /// Of a line that is too long only the beginning is there, and `is_whole` is false.
    pub fn parse(line: &[u8], is_whole: bool) -> Result<Option<Self>, UnreadableLine> {
        let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line).trim_ascii();
        if line.first() == Some(&b'{') {
            return Self::parse_object(text(line, is_whole)?).map(Some);
        }
        let comment = line.iter().position(|&byte| byte == b'#');
        let name = line.get(..comment.unwrap_or(line.len())).unwrap_or_default();
        let name = text(name, is_whole || comment.is_some())?.trim();
        if name.is_empty() {
            return Ok(None);
        }
        let zone = parse_zone_name(name)?;
        Ok(Some(Self { zone, servers: LineServers::default(), id: None }))
    }

    fn parse_object(text: &str) -> Result<Self, UnreadableLine> {
        let mut parser = serde_json::Deserializer::from_str(text);
        let entries = parser.deserialize_map(Entries).and_then(|entries| parser.end().map(|()| entries));
        let entries = entries.map_err(|error| match error.classify() {
            Category::Eof => LineError::CutOff,
            // There is one line.
            _ => LineError::Json(error.to_string().replacen("line 1 column", "byte", 1)),
        })?;
        let mut fields = Fields::default();
        let mut first_error = None;
        for (key, value) in entries {
            if let Err(error) = fields.set(key, value) {
                first_error.get_or_insert(error);
            }
        }
        fields.finish(first_error)
    }
}

impl Fields {
    fn set(&mut self, key: String, value: Value) -> Result<(), LineError> {
        let Some(known) = KEYS.into_iter().find(|known| *known == key) else {
            let hint = suggestion(&key, &KEYS);
            return Err(LineError::UnknownKey { key, hint });
        };
        if value.is_null() {
            // Programs write the keys that they have no value for.
            return Ok(());
        }
        let wrong_kind =
            |expected, value: &Value| Err(LineError::WrongKind { key: known, expected, found: kind(value) });
        match (known, value) {
            ("zone", Value::String(name)) => self.zone = Some(parse_zone_name(&name)?),
            ("group", Value::String(group)) => self.group = Some(group.into()),
            ("id", Value::String(id)) => self.id = Some(Arc::new(LineId::Text(id.into()))),
            ("id", value) => match value.as_i64() {
                Some(id) => self.id = Some(Arc::new(LineId::Number(id))),
                None => return wrong_kind("a string or a whole number", &value),
            },
            ("zone" | "group", value) => return wrong_kind("a string", &value),
            (_, Value::Array(servers)) => {
                if servers.is_empty() {
                    self.empty.get_or_insert(known);
                }
                let Some((_, role)) = ROLES.into_iter().find(|(key, _)| *key == known) else { return Ok(()) };
                for server in servers {
                    match server {
                        Value::String(server) => self.servers.push((role, server.into())),
                        other => return wrong_kind("a list of strings", &other),
                    }
                }
            }
            (_, value) => return wrong_kind("a list of strings", &value),
        }
        Ok(())
    }

    fn finish(self, error: Option<LineError>) -> Result<ZoneLine, UnreadableLine> {
        let Self { zone, group, mut servers, empty, id } = self;
        let without_servers = empty.filter(|_| servers.is_empty());
        let error = error.or_else(|| without_servers.map(LineError::NoServers));
        match (error, zone) {
            (None, Some(zone)) => {
                servers.sort_by_key(|(role, _)| *role);
                Ok(ZoneLine { zone, servers: LineServers { group, servers }, id })
            }
            (error, zone) => Err(UnreadableLine { error: error.unwrap_or(LineError::NoZone), zone, id }),
        }
    }
}

impl LineServers {
    /// Whether the line names neither servers nor a group.
    pub fn is_default(&self) -> bool {
        self.group.is_none() && self.servers.is_empty()
    }

    /// Parses the servers, each once.
    pub fn parse(&self) -> Result<Vec<(Role, Server)>, LineError> {
        let mut servers = Vec::with_capacity(self.servers.len());
        for (role, text) in &self.servers {
            let key = ROLES.into_iter().find(|(_, other)| other == role).map_or("servers", |(key, _)| key);
            let server = text.parse().map_err(|error| LineError::InvalidServer { key, error })?;
            let server = (*role, server);
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
        Ok(servers)
    }
}

impl From<LineError> for UnreadableLine {
    fn from(error: LineError) -> Self {
        Self { error, zone: None, id: None }
    }
}

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut entries: Vec<(String, Value)> = Vec::new();
        while let Some(entry) = map.next_entry::<String, Value>()? {
            if entries.iter().any(|(key, _)| *key == entry.0) {
                return Err(M::Error::custom(format!("the key `{}` is in it twice", entry.0.escape_debug())));
            }
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// Returns the text of a line that is whole and UTF-8.
fn text(line: &[u8], is_whole: bool) -> Result<&str, LineError> {
    if !is_whole {
        return Err(LineError::TooLong);
    }
    std::str::from_utf8(line).map_err(|error| LineError::NotUtf8(error.valid_up_to() + 1))
}

fn parse_zone_name(text: &str) -> Result<Name, LineError> {
    let is_control = |character: &char| character.is_control() && !character.is_whitespace();
    if let Some(character) = text.chars().find(is_control) {
        return Err(LineError::ControlCharacter(character));
    }
    parse_zone(text).map_err(|reason| LineError::InvalidZone { text: text.to_owned(), reason })
}

/// The kind of a JSON value, with its article.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> ZoneLine {
        ZoneLine::parse(line.as_bytes(), true).unwrap().unwrap()
    }

    fn error(line: &[u8]) -> String {
        ZoneLine::parse(line, true).unwrap_err().error.to_string()
    }

    #[test]
    fn a_plain_line_is_a_zone_or_nothing() {
        for (line, zone) in [
            ("example.com", "example.com."),
            ("  Example.COM.\t\r\n", "example.com."),
            ("example.com # ours", "example.com."),
            ("\u{feff}example.com", "example.com."),
            (".", "."),
        ] {
            let line = parsed(line);
            assert_eq!(
                (line.zone.to_string().as_str(), line.servers.is_default(), line.id),
                (zone, true, None)
            );
        }
        for line in ["", "\r\n", "   ", "# example.com", "\u{feff}# x", "#{\"zone\":\"example.com\"}"] {
            assert_eq!(ZoneLine::parse(line.as_bytes(), true), Ok(None), "{line:?}");
        }
        // A comment may be in any encoding, and of any length.
        assert_eq!(ZoneLine::parse(b"# Z\xfcrich", true), Ok(None));
        assert_eq!(ZoneLine::parse(b"# long", false), Ok(None));
        assert!(ZoneLine::parse(b"example.com # Z\xfcrich", false).unwrap().is_some());
    }

    #[test]
    fn a_plain_line_that_is_no_name_is_an_error() {
        for (line, part) in [
            (&b"example.com,example.net"[..], "it is a list"),
            (b"example.com 192.0.2.1", "white space"),
            (b"example.com\texample.net", "white space"),
            (b"example.com}", "`}` is not part of a name"),
            (b"[{\"zone\":\"example.com\"}]", "is not part of a name"),
            (b"\"example.com\"", "`\"` is not part of a name"),
            (b"exa\0mple.com", "U+0000"),
            (b"\0", "U+0000"),
            (b"\x1b[31mexample.com", "U+001B"),
            (b"ex\xffample.com", "it is not UTF-8: see byte 3"),
            (b"192.0.2.1", "it is an address"),
            (b"a..b", "a label is empty"),
        ] {
            let error = error(line);
            assert!(error.contains(part), "{error}");
        }
        assert_eq!(ZoneLine::parse(b"example.c", false).unwrap_err().error, LineError::TooLong);
    }

    #[test]
    fn an_object_has_servers_a_group_and_an_id() {
        let line = parsed(
            r#"{"zone":"example.com","secondaries":["ns1=192.0.2.2,key=xfr"],"primaries":["ns0=192.0.2.1"],"id":"a7"}"#,
        );
        let servers = line.servers.parse().unwrap();
        let servers: Vec<(Role, &str)> = servers.iter().map(|(role, it)| (*role, it.name.as_str())).collect();
        assert_eq!(servers, [(Role::Primary, "ns0"), (Role::Secondary, "ns1")]);
        assert_eq!(line.id.as_deref(), Some(&LineId::Text("a7".into())));
        let line =
            parsed(r#" { "zone" : "example.com.", "group" : "customers", "id": 7, "primaries": null } "#);
        assert_eq!(line.servers.group.as_deref(), Some("customers"));
        assert_eq!(line.id.as_deref(), Some(&LineId::Number(7)));
        assert!(parsed(r#"{"zone":"example.com"}"#).servers.is_default());
        let twice = parsed(r#"{"zone":"example.com","primaries":["192.0.2.1","192.0.2.1"]}"#);
        assert_eq!(twice.servers.parse().unwrap().len(), 1);
    }

    #[test]
    fn an_object_that_is_wrong_is_an_error_that_names_the_key() {
        for (line, part) in [
            ("{", "the line ends within the JSON object"),
            (r#"{"zone":"example.c"#, "the line ends within the JSON object"),
            (r#"{"zone":"example.com",}"#, "this is not a JSON object: trailing comma at byte 23"),
            (r#"{"zone":"example.com"} x"#, "trailing characters"),
            (r#"{"zone":"example.com"}{"zone":"example.net"}"#, "trailing characters"),
            (r#"{"zone":"a.example","zone":"b.example"}"#, "the key `zone` is in it twice"),
            (r#"{"zone":"example.com","secondary":["192.0.2.1"]}"#, "did you mean `secondaries`?"),
            (r#"{"zone":"example.com","x":1}"#, "known are `zone`, `primaries`"),
            (r#"{"Zone":"example.com"}"#, "did you mean `zone`?"),
            (r#"{"primaries":["192.0.2.1"]}"#, "`zone` is missing"),
            (r#"{"zone":null}"#, "`zone` is missing"),
            ("{}", "`zone` is missing"),
            (r#"{"zone":7}"#, "`zone` must be a string, and not a number"),
            (r#"{"zone":["example.com"]}"#, "`zone` must be a string, and not a list"),
            (r#"{"zone":"example.com","primaries":"192.0.2.1"}"#, "`primaries` must be a list of strings"),
            (
                r#"{"zone":"example.com","primaries":[1]}"#,
                "`primaries` must be a list of strings, and not a number",
            ),
            (r#"{"zone":"example.com","id":1.5}"#, "`id` must be a string or a whole number"),
            (r#"{"zone":"example.com","group":[]}"#, "`group` must be a string"),
            (r#"{"zone":"example.com","primaries":[]}"#, "`primaries` is empty"),
            (r#"{"zone":"a b"}"#, "white space"),
            (r#"{"zone":"example.com,example.net"}"#, "it is a list"),
            (r#"{"zone":"a\u0000b"}"#, "U+0000"),
            (r#"{"zone":""}"#, "it is empty"),
        ] {
            let error = error(line.as_bytes());
            assert!(error.contains(part), "{line}: {error}");
        }
        let deep = format!("{{\"zone\":{}", "[".repeat(10_000));
        assert!(error(deep.as_bytes()).contains("recursion limit"));
    }

    #[test]
    fn servers_are_parsed_as_on_the_command_line() {
        let line = parsed(r#"{"zone":"example.com","secondaries":["ns1=192.0.2.2,kee=xfr"]}"#);
        let error = line.servers.parse().unwrap_err().to_string();
        assert!(error.starts_with("`secondaries`: `kee=xfr` is not a setting of a server"), "{error}");
    }

    #[test]
    fn the_zone_and_the_id_of_a_line_with_an_error_are_known() {
        let line = br#"{"zone":"example.com","nope":1,"id":"a7"}"#;
        let UnreadableLine { zone, id, .. } = ZoneLine::parse(line, true).unwrap_err();
        assert_eq!(zone, Some("example.com".parse().unwrap()));
        assert_eq!(id.as_deref(), Some(&LineId::Text("a7".into())));
    }
}
