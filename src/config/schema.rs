//! The JSON Schema of the configuration, made from the table of its keys.

use serde_json::{Map, Value, json};

use super::keys::{FILE_KEYS, MappingKeys, ValueType};

/// The pattern of durations.
const DURATION: &str = r"^\s*([0-9]+\s*[a-zA-Z]+\s*)+$";

/// The pattern of a share, or of a number in quotes.
const COVER: &str = r"^\s*[0-9]+(\.[0-9]+\s*%|\s*%)?\s*$";

/// The pattern of a rate that processes share, or of one in quotes.
const RATE: &str = r"^[0-9]+(/[0-9]+)?$";

/// Returns the schema; editors complete and check the file with it.
pub fn schema() -> Value {
    let mut schema = object(FILE_KEYS, &[]);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        schema.insert("title".to_owned(), json!("zoneprobe configuration"));
    }
    schema
}

fn object(keys: MappingKeys, required: &[&str]) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .copied()
        .flatten()
        .map(|key| {
            let mut value = value(key.value_type);
            if let Some(value) = value.as_object_mut() {
                value.insert("description".to_owned(), json!(key.description));
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

/// A string; to an editor, some of them (`no`, `on`, `1`) are booleans and numbers.
fn string() -> Value {
    json!({"type": ["string", "boolean", "number"]})
}

fn value(value_type: ValueType) -> Value {
    match value_type {
        ValueType::String => string(),
        ValueType::Strings => json!({"type": ["array", "null"], "items": string()}),
        ValueType::StringOrStrings => {
            json!({"anyOf": [string(), {"type": "array", "minItems": 1, "items": string()}]})
        }
        ValueType::OneOf(words) => json!({"enum": words}),
        ValueType::Boolean => json!({"type": "boolean"}),
        ValueType::Cover => json!({"anyOf": [
            {"type": "integer", "minimum": 1},
            {"type": "string", "pattern": COVER},
        ]}),
        ValueType::Count => json!({"type": "integer", "minimum": 1}),
        ValueType::Index => json!({"type": "integer", "minimum": 0}),
        ValueType::Rate => json!({"anyOf": [
            {"type": "integer", "minimum": 1},
            {"type": "string", "pattern": RATE},
        ]}),
        ValueType::Duration => json!({"type": "string", "pattern": DURATION}),
        ValueType::DurationOrAuto => {
            json!({"anyOf": [{"const": "auto"}, {"type": "string", "pattern": DURATION}]})
        }
        ValueType::Mapping(keys) => object(keys, &[]),
        ValueType::TrueOrMapping(keys) => json!({"anyOf": [{"const": true}, object(keys, &[])]}),
        ValueType::NamedMappings(keys, required) => {
            json!({"type": ["object", "null"], "additionalProperties": object(keys, required)})
        }
        ValueType::NamedStrings => json!({"type": ["object", "null"], "additionalProperties": string()}),
        ValueType::Zones(keys) => {
            json!({"type": ["array", "null"], "items": {"anyOf": [string(), object(keys, &["zone"])]}})
        }
    }
}
