//! One line of the log for programs: JSON, or `key=value` as `logfmt` has it.

use std::fmt;

use tracing::Event;
use tracing::field::{Field, Visit};

/// What is logged at once.
pub(super) struct LogLine {
    /// The time, the level, the part of the program and the message; then the fields, in their order.
    pairs: Vec<(&'static str, LogValue)>,
}

/// A value of a field.
enum LogValue {
    Text(String),
    /// A number or a truth value, as both formats write it.
    Bare(String),
}

impl LogLine {
    /// Collects what an event has; without `time`, the reader knows it.
    pub(super) fn new(event: &Event<'_>, time: Option<String>) -> Self {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        let head = [
            ("level", metadata.level().as_str().to_ascii_lowercase()),
            ("target", metadata.target().to_owned()),
            ("msg", fields.message),
        ];
        let head = time.map(|time| ("time", time)).into_iter().chain(head);
        let mut pairs: Vec<_> = head.map(|(key, text)| (key, LogValue::Text(text))).collect();
        pairs.extend(fields.others);
        Self { pairs }
    }

    /// Returns the line as an object of JSON.
    pub(super) fn json(&self) -> String {
        let pairs = self.pairs.iter().map(|(key, value)| match value {
            LogValue::Text(text) => format!("{}:{}", quoted(key), quoted(text)),
            LogValue::Bare(text) => format!("{}:{text}", quoted(key)),
        });
        format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
    }

    /// Returns the line as `key=value` pairs.
    pub(super) fn logfmt(&self) -> String {
        let pairs = self.pairs.iter().map(|(key, value)| match value {
            LogValue::Text(text) if is_bare(text) => format!("{key}={text}"),
            LogValue::Text(text) => format!("{key}={}", quoted(text)),
            LogValue::Bare(text) => format!("{key}={text}"),
        });
        pairs.collect::<Vec<_>>().join(" ")
    }
}

/// Whether `logfmt` reads a value as it is.
fn is_bare(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|it| it.is_ascii_graphic() && !"\"=\\".contains(it))
}

/// Quotes a text as a string of JSON, which `logfmt` reads too. No control character reaches a terminal.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Takes the fields of an event.
#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(&'static str, LogValue)>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: LogValue) {
        match (field.name(), value) {
            ("message", LogValue::Text(text) | LogValue::Bare(text)) => self.message = text,
            (name, value) => self.others.push((key(name), value)),
        }
    }
}

/// The key of a field: no key stands twice in a line.
fn key(name: &'static str) -> &'static str {
    match name {
        "time" => "field_time",
        "level" => "field_level",
        "target" => "field_target",
        "msg" => "field_msg",
        other => other.strip_prefix("r#").unwrap_or(other),
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no other numbers.
        let text = value.to_string();
        self.add(field, if value.is_finite() { LogValue::Bare(text) } else { LogValue::Text(text) });
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, LogValue::Bare(value.to_string()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, LogValue::Bare(value.to_string()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, LogValue::Bare(value.to_string()));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, LogValue::Text(value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, LogValue::Text(format!("{value:?}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(pairs: Vec<(&'static str, LogValue)>) -> LogLine {
        LogLine { pairs }
    }

    fn text(text: &str) -> LogValue {
        LogValue::Text(text.to_owned())
    }

    #[test]
    fn a_line_is_an_object_of_json_in_the_order_of_its_fields() {
        let odd = "a \"b\" \\ \n\t\r\u{1b}[2J\u{9b}\u{7f}ä";
        let line = line(vec![("msg", text(odd)), ("zones", LogValue::Bare("3".to_owned())), ("a", text(""))]);
        let json = line.json();
        assert!(json.starts_with("{\"msg\":") && json.ends_with("\"zones\":3,\"a\":\"\"}"), "{json}");
        assert!(!json.contains(char::is_control), "{json}");
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&value["msg"], &value["zones"]), (&odd.into(), &3.into()));
    }

    #[test]
    fn logfmt_quotes_what_needs_it() {
        for (value, expected) in [
            ("info", "a=info"),
            ("192.0.2.1:53", "a=192.0.2.1:53"),
            ("", "a=\"\""),
            ("two words", "a=\"two words\""),
            ("x=1", "a=\"x=1\""),
            ("\u{1b}[2J", "a=\"\\u001b[2J\""),
            ("a\\b", "a=\"a\\\\b\""),
            ("ä", "a=\"ä\""),
        ] {
            assert_eq!(line(vec![("a", text(value))]).logfmt(), expected);
        }
        let several = line(vec![("a", text("b")), ("c", LogValue::Bare("4".to_owned()))]);
        assert_eq!(several.logfmt(), "a=b c=4");
    }
}
