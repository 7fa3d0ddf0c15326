//! The JSON Schema of the configuration, made from the table by which it is read.

use serde_json::{Map, Value, json};

use super::keys::{FILE_KEYS, Form, Keys};

/// How durations are written.
const DURATION: &str = r"^\s*([0-9]+\s*[a-zA-Z]+\s*)+$";

/// Returns the schema; editors complete and check the file by it.
pub fn schema() -> Value {
    let mut schema = map(FILE_KEYS, &[]);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        schema.insert("title".to_owned(), json!("zoneprobe configuration"));
    }
    schema
}

fn map(keys: Keys, required: &[&str]) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .copied()
        .flatten()
        .map(|key| {
            let mut value = form(key.form);
            if let Some(value) = value.as_object_mut() {
                value.insert("description".to_owned(), json!(key.about));
            }
            (key.name.to_owned(), value)
        })
        .collect();
    json!({
        "type": ["object", "null"],
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// A text; YAML of old takes some of them (`no`, `on`, `1`) for something else.
fn text() -> Value {
    json!({"type": ["string", "boolean", "number"]})
}

fn form(form: Form) -> Value {
    match form {
        Form::Text => text(),
        Form::Texts => json!({"type": ["array", "null"], "items": text()}),
        Form::TextOrTexts => json!({"anyOf": [text(), {"type": "array", "minItems": 1, "items": text()}]}),
        Form::Word(words) => json!({"enum": words}),
        Form::Flag => json!({"type": "boolean"}),
        Form::Count => json!({"type": "integer", "minimum": 1}),
        Form::Duration => json!({"type": "string", "pattern": DURATION}),
        Form::DurationOrAuto => {
            json!({"anyOf": [{"const": "auto"}, {"type": "string", "pattern": DURATION}]})
        }
        Form::Map(keys) => map(keys, &[]),
        Form::Named(keys, required) => {
            json!({"type": ["object", "null"], "additionalProperties": map(keys, required)})
        }
        Form::Zones(keys) => {
            json!({"type": ["array", "null"], "items": {"anyOf": [text(), map(keys, &["zone"])]}})
        }
    }
}
