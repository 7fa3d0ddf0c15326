//! The columns of a row of `ndjson` for Spark, derived from the JSON Schema.

use std::fmt::Write as _;

use serde_json::Value;

use super::golden::compare_at;
use crate::report::schema;

/// The rows of `ndjson`; the whole report is none.
const ROWS: [&str; 3] = ["ZoneLine", "UnreadRow", "ErrorLine"];

/// The type of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Type {
    Simple(&'static str),
    Array(Box<Type>),
    Struct(Vec<Field>),
}

/// A column, or a field of a struct. Each may be null.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    name: String,
    column_type: Type,
    description: String,
}

/// The type of the values that a schema allows.
fn type_of(schema: &Value, all: &Value) -> Type {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.strip_prefix("#/$defs/").unwrap();
        return type_of(&all["$defs"][name], all);
    }
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let choices = choices.iter().filter(|choice| choice["type"] != "null");
        let types = choices.map(|choice| type_of(choice, all));
        return types.reduce(both).unwrap();
    }
    let types = schema["type"].as_array().map_or(vec![&schema["type"]], |types| types.iter().collect());
    let types: Vec<&str> =
        types.into_iter().map(|name| name.as_str().unwrap()).filter(|name| *name != "null").collect();
    let [name] = types[..] else { panic!("one type besides null: {schema}") };
    Type::Simple(match (name, schema["format"].as_str()) {
        ("object", _) => return Type::Struct(fields_of(schema, all)),
        ("array", _) => return Type::Array(Box::new(type_of(&schema["items"], all))),
        ("string", Some("date-time")) => "TIMESTAMP",
        ("string", None) => "STRING",
        ("integer", Some("uint16")) => "INT",
        // Counts do not reach 2^63.
        ("integer", Some("uint" | "uint32" | "uint64" | "int64")) => "BIGINT",
        ("number", Some("double")) => "DOUBLE",
        ("boolean", None) => "BOOLEAN",
        _ => panic!("no type is known for {schema}"),
    })
}

/// The fields of an object, in the order in which they are written.
fn fields_of(schema: &Value, all: &Value) -> Vec<Field> {
    let properties = schema["properties"].as_object().unwrap();
    let required = schema["required"].as_array().unwrap();
    assert_eq!(properties.len(), required.len(), "every key is always written: {schema}");
    let field = |name: &Value| {
        let name = name.as_str().unwrap();
        let property = &properties[name];
        let description = property["description"].as_str().unwrap().replace('\n', " ");
        Field { name: name.to_owned(), column_type: type_of(property, all), description }
    };
    required.iter().map(field).collect()
}

/// The type of values of either type: of two structs, the fields of both.
fn both(one: Type, other: Type) -> Type {
    match (one, other) {
        (one, other) if one == other => one,
        (Type::Struct(mut fields), Type::Struct(more)) => {
            for field in more {
                match fields.iter_mut().find(|known| known.name == field.name) {
                    Some(known) => known.column_type = both(known.column_type.clone(), field.column_type),
                    None => fields.push(field),
                }
            }
            Type::Struct(fields)
        }
        // Spark reads a number as its digits where the column is text.
        (Type::Simple("STRING"), Type::Simple("BIGINT")) => Type::Simple("STRING"),
        (one, other) => panic!("no column holds both {one:?} and {other:?}"),
    }
}

/// Writes a type; the lines of a struct are indented by `indent` and more.
fn write_type(out: &mut String, column_type: &Type, indent: usize) {
    match column_type {
        Type::Simple(name) => out.push_str(name),
        Type::Array(items) => {
            out.push_str("ARRAY<");
            write_type(out, items, indent);
            out.push('>');
        }
        Type::Struct(fields) => {
            out.push_str("STRUCT<\n");
            for (index, field) in fields.iter().enumerate() {
                write!(out, "{:indent$}{}: ", "", field.name, indent = indent + 2).unwrap();
                write_type(out, &field.column_type, indent + 2);
                out.push_str(if index + 1 < fields.len() { ",\n" } else { "\n" });
            }
            write!(out, "{:indent$}>", "").unwrap();
        }
    }
}

/// The columns as Spark's DDL.
fn ddl(columns: &[Field]) -> String {
    let mut out = String::new();
    for (index, column) in columns.iter().enumerate() {
        write!(out, "{} ", column.name).unwrap();
        write_type(&mut out, &column.column_type, 0);
        let comment = column.description.replace('\\', r"\\").replace('\'', r"\'");
        write!(out, " COMMENT '{comment}'").unwrap();
        out.push_str(if index + 1 < columns.len() { ",\n" } else { "\n" });
    }
    out
}

#[test]
fn the_columns_for_spark_are_those_of_the_schema() {
    let schema = schema();
    let rows = ROWS.map(|row| type_of(&schema["$defs"][row], &schema));
    let Some(Type::Struct(mut columns)) = rows.into_iter().reduce(both) else { panic!("a row is an object") };
    columns[0].description =
        "`zoneprobe/zone/1` of a zone, `zoneprobe/unread/1` of a line that cannot be read.".to_owned();
    compare_at("deploy/spark/schema.ddl", &ddl(&columns));
}
