//! The JSON Schema of both JSON formats, generated from the types that are serialized.
//!
//! The schema allows unknown keys, since keys may be added at any time.

use schemars::generate::SchemaSettings;
use schemars::json_schema;
use serde_json::Value;

use super::{ErrorLine, Report, UnreadRow, ZoneLine};

/// Generates the schema of the whole report and of the lines of `ndjson`; `schema.json` is a copy of it.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let report = generator.subschema_for::<Report>();
    let line = generator.subschema_for::<ZoneLine<'_>>();
    let unread = generator.subschema_for::<UnreadRow<'_>>();
    let error = generator.subschema_for::<ErrorLine<'_>>();
    let schema = json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "zoneprobe",
        "description": "The report of zoneprobe: a whole run, or one zone, a line that cannot be read or an error as a line of ndjson.",
        "oneOf": [report, line, unread, error],
        "$defs": generator.take_definitions(true),
    });
    schema.to_value()
}
