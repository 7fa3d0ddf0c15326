//! The result of a run of the command.

use std::process::Output;

use serde_json::Value;

/// The exit code and the output of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    transcript: String,
}

impl Outcome {
    pub(super) fn new(output: &Output, transcript: String) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout.clone()).expect("the command prints UTF-8"),
            stderr: String::from_utf8(output.stderr.clone()).expect("the command prints UTF-8"),
            transcript,
        }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> i32 {
        self.code.expect("the command ended by itself")
    }

    /// Standard output.
    pub(crate) fn stdout(&self) -> &str {
        &self.stdout
    }

    /// Standard error.
    pub(crate) fn stderr(&self) -> &str {
        &self.stderr
    }

    /// The command, its output, and the queries each server received, for the message of a failed test.
    pub(crate) fn transcript(&self) -> &str {
        &self.transcript
    }

    /// The report.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(report) => report,
            Err(error) => panic!("standard output is not JSON: {error}\n{}", self.transcript),
        }
    }

    /// The first zone of the report.
    #[track_caller]
    pub(crate) fn zone(&self) -> Value {
        self.json()["zones"][0].clone()
    }

    /// One server of the first zone, by its name, or by its address where a name has several.
    #[track_caller]
    pub(crate) fn server(&self, name: &str) -> Value {
        let zone = self.zone();
        let servers = zone["servers"].as_array().cloned().unwrap_or_default();
        match servers.into_iter().find(|server| server["server"] == name || server["address"] == name) {
            Some(server) => server,
            None => panic!("the report has no server {name}\n{}", self.transcript),
        }
    }

    /// The verdict on one server.
    #[track_caller]
    pub(crate) fn verdict(&self, name: &str) -> String {
        self.text(&self.server(name)["verdict"])
    }

    /// The differences of one server, as owner, type and kind, sorted.
    #[track_caller]
    pub(crate) fn differences(&self, name: &str) -> Vec<(String, String, String)> {
        let server = self.server(name);
        let rrsets = server["differences"]["rrsets"].as_array().cloned().unwrap_or_default();
        let mut differences: Vec<_> = rrsets
            .iter()
            .map(|rrset| (self.text(&rrset["owner"]), self.text(&rrset["type"]), self.text(&rrset["kind"])))
            .collect();
        differences.sort();
        differences
    }

    /// The codes of the findings on one server, in the order of the report.
    #[track_caller]
    pub(crate) fn findings(&self, name: &str) -> Vec<String> {
        self.codes(&self.server(name)["findings"])
    }

    /// The codes of the findings on the first zone as a whole.
    #[track_caller]
    pub(crate) fn zone_findings(&self) -> Vec<String> {
        self.codes(&self.zone()["findings"])
    }

    #[track_caller]
    fn codes(&self, findings: &Value) -> Vec<String> {
        let findings = findings.as_array().cloned().unwrap_or_default();
        findings.iter().map(|finding| self.text(&finding["code"])).collect()
    }

    #[track_caller]
    fn text(&self, value: &Value) -> String {
        match value.as_str() {
            Some(text) => text.to_owned(),
            None => panic!("{value} in the report is not text\n{}", self.transcript),
        }
    }
}
