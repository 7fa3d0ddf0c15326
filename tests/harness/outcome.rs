//! What a run of the command gave.

use std::process::Output;

use serde_json::Value;

/// The streams of a run that ended as expected.
#[derive(Debug)]
pub struct Outcome {
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

    /// Returns the exit code.
    pub fn code(&self) -> i32 {
        self.code.expect("the command ended by itself")
    }

    /// Returns standard output.
    pub fn stdout(&self) -> &str {
        &self.stdout
    }

    /// Returns standard error.
    pub fn stderr(&self) -> &str {
        &self.stderr
    }

    /// Returns the command, its streams, and what each server was asked, to be shown when a test fails.
    pub fn transcript(&self) -> &str {
        &self.transcript
    }

    /// Returns the report.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(report) => report,
            Err(error) => panic!("standard output is not JSON: {error}\n{}", self.transcript),
        }
    }

    /// Returns the first zone of the report.
    #[track_caller]
    pub fn zone(&self) -> Value {
        self.json()["zones"][0].clone()
    }

    /// Returns one server of the first zone: by its name, or by its address where a name has several.
    #[track_caller]
    pub fn server(&self, name: &str) -> Value {
        let zone = self.zone();
        let servers = zone["servers"].as_array().cloned().unwrap_or_default();
        match servers.into_iter().find(|server| server["server"] == name || server["address"] == name) {
            Some(server) => server,
            None => panic!("the report has no server {name}\n{}", self.transcript),
        }
    }

    /// Returns the verdict on one server.
    #[track_caller]
    pub fn verdict(&self, name: &str) -> String {
        self.text(&self.server(name)["verdict"])
    }

    /// Returns the RRsets in which one server differs, as owner, type and kind, sorted.
    #[track_caller]
    pub fn differences(&self, name: &str) -> Vec<(String, String, String)> {
        let server = self.server(name);
        let shown = server["differences"]["rrsets"].as_array().cloned().unwrap_or_default();
        let mut differences: Vec<_> = shown
            .iter()
            .map(|rrset| (self.text(&rrset["owner"]), self.text(&rrset["type"]), self.text(&rrset["kind"])))
            .collect();
        differences.sort();
        differences
    }

    /// Returns the codes of the findings at one server, in the order of the report.
    #[track_caller]
    pub fn findings(&self, name: &str) -> Vec<String> {
        self.codes(&self.server(name)["findings"])
    }

    /// Returns the codes of the findings of the first zone as a whole.
    #[track_caller]
    pub fn zone_findings(&self) -> Vec<String> {
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
            None => panic!("{value} is no text in the report\n{}", self.transcript),
        }
    }
}
