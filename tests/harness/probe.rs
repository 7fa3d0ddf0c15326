//! The command under test.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use super::nameserver::RunningNameserver;
use super::outcome::Outcome;

/// A resolver that does not exist: no test may query anything outside this host.
const NO_RESOLVER: &str = "127.0.0.1:1";

/// A run of the command.
///
/// The last call, such as [`Probe::ok`], runs it and asserts its exit code.
#[must_use]
pub(crate) struct Probe<'n> {
    command: &'static str,
    zones: Vec<String>,
    servers: Vec<(&'static str, Option<String>, &'n RunningNameserver)>,
    resolver: Option<&'n RunningNameserver>,
    resolver_address: Option<SocketAddr>,
    format: Option<String>,
    arguments: Vec<String>,
    directory: Option<PathBuf>,
    input: Option<String>,
}

impl<'n> Probe<'n> {
    /// `check` of a zone.
    pub(crate) fn check(zone: &str) -> Self {
        let mut probe = Self::check_no_zone();
        probe.zones.push(zone.to_owned());
        probe
    }

    /// `verify` of a zone.
    pub(crate) fn verify(zone: &str) -> Self {
        Self { command: "verify", ..Self::check(zone) }
    }

    /// `notify` of a zone.
    pub(crate) fn notify(zone: &str) -> Self {
        Self { command: "notify", ..Self::check(zone) }
    }

    /// `check` of the zones that the arguments name.
    pub(crate) fn check_no_zone() -> Self {
        Self {
            command: "check",
            zones: Vec::new(),
            servers: Vec::new(),
            resolver: None,
            resolver_address: None,
            format: Some("json".to_owned()),
            arguments: Vec::new(),
            directory: None,
            input: None,
        }
    }

    /// Adds a zone.
    pub(crate) fn zone(mut self, zone: &str) -> Self {
        self.zones.push(zone.to_owned());
        self
    }

    /// Adds a primary. Servers are named ns0, ns1 and so on, in the order of the calls.
    pub(crate) fn primary(self, server: &'n RunningNameserver) -> Self {
        self.server("--primary", None, server)
    }

    /// Adds a signer.
    pub(crate) fn signer(self, server: &'n RunningNameserver) -> Self {
        self.server("--signer", None, server)
    }

    /// Adds a secondary.
    pub(crate) fn secondary(self, server: &'n RunningNameserver) -> Self {
        self.server("--secondary", None, server)
    }

    /// Adds a secondary with a name.
    pub(crate) fn secondary_named(self, name: &str, server: &'n RunningNameserver) -> Self {
        self.server("--secondary", Some(name), server)
    }

    /// Adds a primary with a name and an address.
    pub(crate) fn primary_at(self, name: &str, address: SocketAddr) -> Self {
        self.arg("--primary").arg(format!("{name}={address}"))
    }

    /// Adds a signer with a name and an address.
    pub(crate) fn signer_at(self, name: &str, address: SocketAddr) -> Self {
        self.arg("--signer").arg(format!("{name}={address}"))
    }

    /// Adds a secondary with a name and an address.
    pub(crate) fn secondary_at(self, name: &str, address: SocketAddr) -> Self {
        self.arg("--secondary").arg(format!("{name}={address}"))
    }

    /// Resolves names at this address.
    pub(crate) fn resolver_at(mut self, address: SocketAddr) -> Self {
        self.resolver_address = Some(address);
        self
    }

    fn server(mut self, flag: &'static str, name: Option<&str>, server: &'n RunningNameserver) -> Self {
        self.servers.push((flag, name.map(str::to_owned), server));
        self
    }

    /// Resolves names at this server; without it every lookup fails.
    pub(crate) fn resolver(mut self, server: &'n RunningNameserver) -> Self {
        self.resolver = Some(server);
        self
    }

    /// Adds an argument.
    pub(crate) fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    pub(crate) fn args<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.arguments.extend(arguments.into_iter().map(str::to_owned));
        self
    }

    /// Prints in another format than JSON.
    pub(crate) fn format(mut self, format: &str) -> Self {
        self.format = Some(format.to_owned());
        self
    }

    /// Prints in the format that the command has by default.
    pub(crate) fn default_format(mut self) -> Self {
        self.format = None;
        self
    }

    /// Runs in a directory.
    pub(crate) fn current_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Passes text on standard input.
    pub(crate) fn stdin(mut self, text: &str) -> Self {
        self.input = Some(text.to_owned());
        self
    }

    /// Runs it and asserts the exit code 0.
    #[track_caller]
    pub(crate) fn ok(self) -> Outcome {
        self.exits(0)
    }

    /// Runs it and asserts the exit code 1.
    #[track_caller]
    pub(crate) fn warning(self) -> Outcome {
        self.exits(1)
    }

    /// Runs it and asserts the exit code 2.
    #[track_caller]
    pub(crate) fn critical(self) -> Outcome {
        self.exits(2)
    }

    /// Runs it and asserts the exit code 3.
    #[track_caller]
    pub(crate) fn unknown(self) -> Outcome {
        self.exits(3)
    }

    /// Runs it and accepts any exit code.
    #[track_caller]
    pub(crate) fn run(self) -> Outcome {
        let command_line = self.command_line();
        let output = self.output(&command_line);
        Outcome::new(&output, self.transcript(&command_line, &output))
    }

    #[track_caller]
    fn exits(self, expected: i32) -> Outcome {
        let command_line = self.command_line();
        let output = self.output(&command_line);
        let transcript = self.transcript(&command_line, &output);
        assert!(
            output.status.code() == Some(expected),
            "expected exit code {expected}, got {}\n{transcript}",
            output.status
        );
        Outcome::new(&output, transcript)
    }

    fn command_line(&self) -> Vec<String> {
        let mut line = vec![self.command.to_owned()];
        line.extend_from_slice(&self.zones);
        for (index, (flag, name, server)) in self.servers.iter().enumerate() {
            let name = name.clone().unwrap_or_else(|| format!("ns{index}"));
            line.extend([(*flag).to_owned(), format!("{name}={}", server.address())]);
        }
        let resolver = self.resolver.map(RunningNameserver::address).or(self.resolver_address);
        let resolver = resolver.map_or(NO_RESOLVER.to_owned(), |address| address.to_string());
        line.extend(["--resolver".to_owned(), resolver]);
        if let Some(format) = &self.format {
            line.extend(["--format".to_owned(), format.clone()]);
        }
        line.extend_from_slice(&self.arguments);
        line
    }

    fn output(&self, command_line: &[String]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
        command.args(command_line).stdout(Stdio::piped()).stderr(Stdio::piped());
        // The environment of the tests must not change the output.
        for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RUST_LOG", "COLUMNS"] {
            command.env_remove(variable);
        }
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        let Some(input) = &self.input else {
            return command.stdin(Stdio::null()).output().expect("the command starts");
        };
        let mut child = command.stdin(Stdio::piped()).spawn().expect("the command starts");
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        let input = input.clone();
        // From another thread, so that neither side waits for the other. A command that stops reading closes the pipe.
        let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, input.as_bytes()));
        let output = child.wait_with_output().expect("the command ends");
        let _ = writer.join();
        output
    }

    /// The command, its output, and the queries each server received.
    fn transcript(&self, command_line: &[String], output: &Output) -> String {
        let mut text = format!("$ zoneprobe {}\n", command_line.join(" "));
        for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            let _ = writeln!(text, "--- {stream}\n{}", String::from_utf8_lossy(bytes).trim_end());
        }
        let servers = self.servers.iter().enumerate().map(|(index, (_, name, server))| {
            (name.clone().unwrap_or_else(|| format!("ns{index}")), *server)
        });
        for (name, server) in servers.chain(self.resolver.map(|server| ("resolver".to_owned(), server))) {
            let queries = server.queries();
            let _ = writeln!(text, "--- {name} at {} received {} queries", server.address(), queries.len());
            for line in queries.iter().take(30) {
                let _ = writeln!(text, "{line}");
            }
        }
        text
    }
}
