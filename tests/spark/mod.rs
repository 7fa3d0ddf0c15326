//! The sweep on Spark, in local mode. `tests/run-spark` installs Java and PySpark, and runs these tests.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use zoneprobe::dns::Rtype;
use zoneprobe::testserver::{Action, ResponseBuilder, Section, ZoneRecord};

use crate::documentation::{blocks, text};
use crate::harness::{Nameserver, RunningNameserver};

/// Says where Python with PySpark is.
const PYTHON_VARIABLE: &str = "ZONEPROBE_SPARK_PYTHON";

/// The lines of the long list that can be read, without servers of their own, at one of two large sets of servers, and
/// at many small ones.
const LINES: [u32; 3] = [30_000, 60_000, 9_000];

/// How many sets of servers have few lines each.
const SMALL_SETS: u32 = 300;

/// How many lines of the long list cannot be read.
const UNREADABLE: u32 = 1_000;

/// About how many lines of the long list a process gets.
const LINES_PER_PARTITION: u32 = 5_000;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The path of a Python that has PySpark.
#[track_caller]
fn python() -> String {
    std::env::var(PYTHON_VARIABLE).unwrap_or_else(|_| {
        panic!("{PYTHON_VARIABLE} is not set; tests/run-spark installs PySpark, and sets it")
    })
}

/// Runs a program of PySpark.
#[track_caller]
fn pyspark(program: &str, arguments: &[&str]) -> Output {
    let python = python();
    let mut command = Command::new(&python);
    command.arg(root().join(program)).args(arguments).stdin(Stdio::null());
    command.env("PYSPARK_PYTHON", &python).env("SPARK_LOCAL_IP", "127.0.0.1");
    command.env("PYSPARK_SUBMIT_ARGS", "--master local[2] --conf spark.ui.enabled=false pyspark-shell");
    command.output().unwrap()
}

/// What a program of PySpark prints, which must end well.
#[track_caller]
fn printed(program: &str, arguments: &[&str]) -> String {
    let output = pyspark(program, arguments);
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A folder with a list, and room for rows.
struct Sweep {
    folder: TempDir,
}

impl Sweep {
    fn of(list: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("lines"), list).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// The arguments of the job, and those of zoneprobe.
    fn arguments<'a>(&self, job: &[&'a str], zoneprobe: &[&'a str]) -> Vec<String> {
        let (input, output) = (self.path("lines"), self.path("rows"));
        let paths = ["--input", &input, "--output", &output, "--zoneprobe", env!("CARGO_BIN_EXE_zoneprobe")];
        let resolver = ["--resolver", "127.0.0.1:1", "--compare", "serials"];
        [&paths, job, &["--"], zoneprobe, &resolver].concat().into_iter().map(str::to_owned).collect()
    }

    /// Runs the job.
    #[track_caller]
    fn run(&self, job: &[&str], zoneprobe: &[&str]) -> Output {
        let arguments = self.arguments(job, zoneprobe);
        pyspark("deploy/spark/sweep.py", &arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Runs the job, which must end well, and returns what it prints.
    #[track_caller]
    fn ok(&self, job: &[&str], zoneprobe: &[&str]) -> String {
        let output = self.run(job, zoneprobe);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Columns of all rows, by their SQL.
    #[track_caller]
    fn rows(&self, columns: &[&str]) -> Vec<Value> {
        let rows = self.path("rows");
        let printed = printed("tests/spark/rows.py", &[&[rows.as_str()], columns].concat());
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// A server that has every zone, with serial 7.
fn server() -> RunningNameserver {
    let respond = |asked: &zoneprobe::testserver::IncomingQuery| {
        let query = asked.query.as_ref()?;
        let mut rdata = vec![0, 0];
        rdata.extend([7_u32, 3600, 600, 604_800, 300].into_iter().flat_map(u32::to_be_bytes));
        let soa = ZoneRecord { owner: query.qname.clone(), rtype: Rtype::SOA, ttl: 300, rdata };
        let response = ResponseBuilder::new(query).authoritative().record(Section::Answer, &soa);
        Some(vec![Action::Send(response.into_message())])
    };
    Nameserver::new().handler(respond).start()
}

/// A line that cannot be read.
fn unreadable(number: u32) -> String {
    match number % 8 {
        0 => format!("bad-{number}.test,bad.test"),
        1 => format!("bad-{number}.test 192.0.2.1"),
        2 => format!("{{\"zone\":\"bad-{number}.te"),
        3 => {
            json!({"zone": "bad.test", "secondary": ["192.0.2.1"], "id": format!("bad-{number}")}).to_string()
        }
        4 => json!({"zone": "bad.test", "group": format!("no-{number}"), "id": format!("bad-{number}")})
            .to_string(),
        5 => json!({"zone": "bad.test", "primaries": ["192.0.2.1:0"], "id": format!("bad-{number}")})
            .to_string(),
        6 => format!("\"bad-{number}.test\""),
        _ => "x".repeat(70_000),
    }
}

/// A list with lines of every kind, in an order that mixes them, and the identifiers in it.
fn long_list(servers: [&RunningNameserver; 2]) -> (String, HashSet<String>) {
    let [a, b] = servers.map(|server| server.address().to_string());
    let mut lines = Vec::new();
    let mut ids = HashSet::new();
    let [plain, large, small] = LINES;
    lines.extend((0..plain).map(|number| format!("plain-{number}.test")));
    lines.extend((0..large).map(|number| {
        // The same servers in another order, and a number as the identifier.
        let secondaries = if number % 4 < 2 { [format!("x={a}"), format!("y={b}")] } else { [format!("y={b}"), format!("x={a}")] };
        let primary = if number % 2 == 0 { &a } else { &b };
        ids.insert(number.to_string());
        json!({"zone": format!("large-{number}.test"), "primaries": [primary], "secondaries": secondaries, "id": number}).to_string()
    }));
    lines.extend((0..small).map(|number| {
        let primary = format!("set-{}={a}", number % SMALL_SETS);
        let id = format!("small-{number}");
        let line =
            json!({"zone": format!("{id}.test"), "primaries": [primary], "secondaries": [b], "id": id});
        ids.insert(id);
        line.to_string()
    }));
    for number in 0..UNREADABLE {
        let line = unreadable(number);
        if line.contains("\"id\"") {
            ids.insert(format!("bad-{number}"));
        }
        lines.push(line);
    }
    // Neither of these is a factor of the number of lines.
    let count = lines.len();
    let mixed = (0..count).map(|place| lines[place * 7_919 % count].as_str());
    let mut list = "\u{feff}# a comment\n\n".to_owned();
    for line in mixed {
        list.push_str(line);
        list.push_str("\r\n");
    }
    (list, ids)
}

#[test]
#[ignore = "it needs Java and PySpark: tests/run-spark"]
fn a_hundred_thousand_lines_are_as_many_rows() {
    let (one, other) = (server(), server());
    let (list, ids) = long_list([&one, &other]);
    let sweep = Sweep::of(&list);
    let (primary, secondary) = (one.address().to_string(), other.address().to_string());
    let size = LINES_PER_PARTITION.to_string();
    let job = ["--lines-per-partition", &size, "--max-qps", "1000000", "--processes", "2"];
    let began = Instant::now();
    let said = sweep.ok(&job, &["-p", &primary, "-s", &secondary]);
    println!("{} in {:.1} s, with the start of Spark", said.trim_end(), began.elapsed().as_secs_f64());
    let count = LINES.iter().sum::<u32>() + UNREADABLE;
    assert_eq!(count, 100_000);
    assert_eq!(said, format!("{count} lines, {count} rows\n"));
    let part = "split(_metadata.file_name, '-')[1] AS part";
    let rows = sweep.rows(&["schema", "zone", "id", "verdict", "servers[0].server AS server", part]);
    assert_eq!(rows.len(), count as usize);
    let with = |key: &str, value: &str| rows.iter().filter(|row| row[key] == value).count();
    assert_eq!(with("schema", "zoneprobe/unread/1"), UNREADABLE as usize);
    assert_eq!(with("verdict", "in_sync"), (count - UNREADABLE) as usize);
    let found: Vec<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
    assert_eq!(found.len(), ids.len());
    assert_eq!(found.into_iter().map(str::to_owned).collect::<HashSet<_>>(), ids);
    assert_partitioned_by_server_set(&rows);
}

/// Asserts that partitions are bounded, and that a small set of servers is in one.
#[track_caller]
fn assert_partitioned_by_server_set(rows: &[Value]) {
    let mut sizes = BTreeMap::new();
    let mut of_set: BTreeMap<&str, HashSet<&str>> = BTreeMap::new();
    for row in rows {
        let part = row["part"].as_str().unwrap();
        *sizes.entry(part).or_insert(0) += 1;
        if let Some(server) = row["server"].as_str() {
            of_set.entry(server).or_default().insert(part);
        }
    }
    assert!(sizes.values().all(|size| *size < 2 * LINES_PER_PARTITION), "{sizes:?}");
    let (small, large): (Vec<_>, Vec<_>) =
        of_set.into_iter().partition(|(server, _)| server.starts_with("set-"));
    assert_eq!(small.len(), SMALL_SETS as usize);
    assert!(small.iter().all(|(_, parts)| parts.len() == 1), "{small:?}");
    assert!(large.iter().all(|(_, parts)| parts.len() > 1), "{large:?}");
}

#[test]
#[ignore = "it needs Java and PySpark: tests/run-spark"]
fn a_job_fails_where_zoneprobe_cannot_do_its_work() {
    let sweep = Sweep::of("a.test\nb.test\n");
    let output = sweep.run(&[], &["-c", "/no/such/file"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{error}");
    assert!(error.contains("/no/such/file") && error.contains("error code 3"), "{error}");
    assert!(!PathBuf::from(sweep.path("rows/_SUCCESS")).exists());
}

#[test]
#[ignore = "it needs Java and PySpark: tests/run-spark"]
fn an_empty_list_is_no_rows() {
    let sweep = Sweep::of("# nothing\n\n \r\n");
    assert_eq!(sweep.ok(&[], &["-p", "127.0.0.1:1"]), "0 lines, 0 rows\n");
    assert_eq!(sweep.rows(&["zone", "verdict", "line", "error"]), [Value::Null; 0]);
}

#[test]
#[ignore = "it needs Java and PySpark: tests/run-spark"]
fn rows_of_json_are_as_zoneprobe_writes_them() {
    let server = server();
    let address = server.address().to_string();
    let line = json!({"zone": "a.test", "primaries": [address], "secondaries": [address], "id": 17});
    let sweep = Sweep::of(&format!("{line}\nb.test\na,b\n"));
    let job = ["--format", "json", "--env", "ZONEPROBE_TEST=1"];
    assert_eq!(sweep.ok(&job, &["-p", &address, "--vantage", "here"]), "3 lines, 3 rows\n");
    let schema = serde_json::from_str(include_str!("../../src/report/model/schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let mut rows = Vec::new();
    for file in std::fs::read_dir(sweep.path("rows")).unwrap() {
        let path = file.unwrap().path();
        if path.file_name().is_some_and(|name| name.to_str().unwrap().starts_with("part-")) {
            let text = std::fs::read_to_string(path).unwrap();
            rows.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        }
    }
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| schema.is_valid(row) && row["vantage"] == "here"), "{rows:#?}");
    assert!(rows.iter().any(|row| row["zone"] == "a.test." && row["id"] == 17), "{rows:#?}");
}

#[test]
#[ignore = "it needs Java and PySpark: tests/run-spark"]
fn the_command_of_the_documentation_writes_a_row_for_each_line() {
    let server = server();
    let page = text("docs/scale.md");
    let block = blocks(&page, "sh").into_iter().find(|block| block.starts_with("spark-submit ")).unwrap();
    let command = ["192.0.2.1", "192.0.2.2"]
        .iter()
        .fold(block.to_owned(), |command, usual| command.replace(usual, &server.address().to_string()));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("zones.jsonl"), "a.test\na,b\n{\"zone\": \"b.test\"}\n").unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_zoneprobe"));
    // Where Spark runs in one process, it brings no files to the folder in which it was started.
    for place in ["target/release/zoneprobe", "zoneprobe"].map(|place| folder.path().join(place)) {
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(program, place).unwrap();
    }
    std::os::unix::fs::symlink(root().join("deploy"), folder.path().join("deploy")).unwrap();
    let programs = PathBuf::from(python());
    let path = format!("{}:{}", programs.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", &command]).env("PATH", path).env("SPARK_LOCAL_IP", "127.0.0.1");
    let output = shell.current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "3 lines, 3 rows\n");
}

/// Values that a schema allows, so that each choice and each field is in one of them. Numbers are the largest.
fn values(schema: &Value, all: &Value) -> Vec<Value> {
    if let Some(reference) = schema["$ref"].as_str() {
        return values(&all["$defs"][reference.strip_prefix("#/$defs/").unwrap()], all);
    }
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        return choices
            .iter()
            .flat_map(|choice| values(choice, all))
            .filter(|value| !value.is_null())
            .collect();
    }
    if !schema["const"].is_null() {
        return vec![schema["const"].clone()];
    }
    let names = schema["type"].as_array().map_or(vec![&schema["type"]], |types| types.iter().collect());
    vec![match (names[0].as_str().unwrap(), schema["format"].as_str()) {
        ("object", _) => return objects(schema, all),
        ("array", _) => Value::Array(values(&schema["items"], all)),
        ("string", Some("date-time")) => "2026-11-22T20:00:00Z".into(),
        ("string", _) => "text".into(),
        ("integer", Some("uint16")) => u16::MAX.into(),
        ("integer", Some("uint32")) => u32::MAX.into(),
        ("integer", _) => i64::MAX.into(),
        ("number", _) => 0.1.into(),
        ("boolean", _) => true.into(),
        ("null", _) => Value::Null,
        other => panic!("{other:?} is not known"),
    }]
}

fn objects(schema: &Value, all: &Value) -> Vec<Value> {
    let properties = schema["properties"].as_object().unwrap();
    let choices: Vec<(&String, Vec<Value>)> =
        properties.iter().map(|(name, schema)| (name, values(schema, all))).collect();
    let count = choices.iter().map(|(_, values)| values.len()).max().unwrap_or(1);
    let object = |index: usize| -> Map<String, Value> {
        choices.iter().map(|(name, values)| ((*name).clone(), values[index % values.len()].clone())).collect()
    };
    (0..count).map(|index| object(index).into()).collect()
}

/// A row without its null fields, which is what is known of it in Spark; an identifier is text there.
fn known(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            let text = |name: &str, value: Value| {
                if name == "id" && value.is_number() { value.to_string().into() } else { known(value) }
            };
            Value::Object(fields.map(|(name, value)| (name.clone(), text(&name, value))).collect())
        }
        Value::Array(items) => items.into_iter().map(known).collect(),
        other => other,
    }
}

#[test]
#[ignore = "it needs Java and PySpark: tests/run-spark"]
fn the_schema_for_spark_loses_nothing_of_a_row() {
    let schema: Value = serde_json::from_str(include_str!("../../src/report/model/schema.json")).unwrap();
    let mut rows = Vec::new();
    for row in ["ZoneLine", "UnreadRow", "ErrorLine"] {
        rows.extend(values(&schema["$defs"][row], &schema));
    }
    for file in std::fs::read_dir(root().join("fixtures/golden/report")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "ndjson") {
            let text = std::fs::read_to_string(path).unwrap();
            rows.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        }
    }
    assert!(rows.len() > 40, "{} rows", rows.len());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows");
    std::fs::write(&path, rows.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")).unwrap();
    let columns = root().join("deploy/spark/schema.ddl");
    let printed = printed("tests/spark/round_trip.py", &[columns.to_str().unwrap(), path.to_str().unwrap()]);
    let again: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(again.len(), rows.len());
    for (row, again) in rows.into_iter().zip(again) {
        assert_eq!(known(row), again);
    }
}
