//! The command under test.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use super::nameserver::Listening;
use super::outcome::Outcome;

/// A resolver that is not there: no test may ask anything outside this host.
const NO_RESOLVER: &str = "127.0.0.1:1";

/// A run of the command that is being described.
///
/// The last call, [`Probe::ok`] and its like, runs it and states its exit code.
#[must_use]
pub struct Probe<'n> {
    command: &'static str,
    zones: Vec<String>,
    servers: Vec<(&'static str, Option<String>, &'n Listening)>,
    resolver: Option<&'n Listening>,
    format: Option<String>,
    arguments: Vec<String>,
    directory: Option<PathBuf>,
    input: Option<String>,
}

impl<'n> Probe<'n> {
    /// Looks once at a zone.
    pub fn check(zone: &str) -> Self {
        let mut probe = Self::check_no_zone();
        probe.zones.push(zone.to_owned());
        probe
    }

    /// Waits until a change of a zone is everywhere.
    pub fn verify(zone: &str) -> Self {
        Self { command: "verify", ..Self::check(zone) }
    }

    /// Looks once at whatever the arguments say.
    pub fn check_no_zone() -> Self {
        Self {
            command: "check",
            zones: Vec::new(),
            servers: Vec::new(),
            resolver: None,
            format: Some("json".to_owned()),
            arguments: Vec::new(),
            directory: None,
            input: None,
        }
    }

    /// Looks at one more zone.
    pub fn zone(mut self, zone: &str) -> Self {
        self.zones.push(zone.to_owned());
        self
    }

    /// Names a primary; servers are called ns0, ns1 and so on, in the order given.
    pub fn primary(self, server: &'n Listening) -> Self {
        self.server("--primary", None, server)
    }

    /// Names a secondary.
    pub fn secondary(self, server: &'n Listening) -> Self {
        self.server("--secondary", None, server)
    }

    /// Names a primary and calls it as given.
    pub fn primary_named(self, name: &str, server: &'n Listening) -> Self {
        self.server("--primary", Some(name), server)
    }

    /// Names a secondary and calls it as given.
    pub fn secondary_named(self, name: &str, server: &'n Listening) -> Self {
        self.server("--secondary", Some(name), server)
    }

    /// Names a primary that runs at an address.
    pub fn primary_at(self, name: &str, address: SocketAddr) -> Self {
        self.arg("--primary").arg(format!("{name}={address}"))
    }

    /// Names a secondary that runs at an address.
    pub fn secondary_at(self, name: &str, address: SocketAddr) -> Self {
        self.arg("--secondary").arg(format!("{name}={address}"))
    }

    fn server(mut self, flag: &'static str, name: Option<&str>, server: &'n Listening) -> Self {
        self.servers.push((flag, name.map(str::to_owned), server));
        self
    }

    /// Looks names up at this server; without it every look-up fails.
    pub fn resolver(mut self, server: &'n Listening) -> Self {
        self.resolver = Some(server);
        self
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    pub fn args<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.arguments.extend(arguments.into_iter().map(str::to_owned));
        self
    }

    /// Prints in another format than JSON.
    pub fn format(mut self, format: &str) -> Self {
        self.format = Some(format.to_owned());
        self
    }

    /// Gives no format: what the command does by itself.
    pub fn default_format(mut self) -> Self {
        self.format = None;
        self
    }

    /// Runs in a directory.
    pub fn current_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Gives text on standard input.
    pub fn stdin(mut self, text: &str) -> Self {
        self.input = Some(text.to_owned());
        self
    }

    /// Runs it; everything must be as it should be.
    #[track_caller]
    pub fn ok(self) -> Outcome {
        self.exits(0)
    }

    /// Runs it; the worst must be a warning.
    #[track_caller]
    pub fn warning(self) -> Outcome {
        self.exits(1)
    }

    /// Runs it; something must be critical.
    #[track_caller]
    pub fn critical(self) -> Outcome {
        self.exits(2)
    }

    /// Runs it; something could not be told, or the usage is bad.
    #[track_caller]
    pub fn unknown(self) -> Outcome {
        self.exits(3)
    }

    /// Runs it, however it ends.
    #[track_caller]
    pub fn run(self) -> Outcome {
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
        for (place, (flag, name, server)) in self.servers.iter().enumerate() {
            let name = name.clone().unwrap_or_else(|| format!("ns{place}"));
            line.extend([(*flag).to_owned(), format!("{name}={}", server.address())]);
        }
        let resolver = self.resolver.map_or(NO_RESOLVER.to_owned(), |server| server.address().to_string());
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
        // What the surroundings say must not change what a test sees.
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
        // From another thread: neither side may wait for the other. A command that stops reading closes the pipe.
        let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, input.as_bytes()));
        let output = child.wait_with_output().expect("the command ends");
        let _ = writer.join();
        output
    }

    /// Returns all there is to know about a run that went wrong.
    fn transcript(&self, command_line: &[String], output: &Output) -> String {
        let mut text = format!("$ zoneprobe {}\n", command_line.join(" "));
        for (stream, octets) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            let _ = writeln!(text, "--- {stream}\n{}", String::from_utf8_lossy(octets).trim_end());
        }
        let servers = self.servers.iter().enumerate().map(|(place, (_, name, server))| {
            (name.clone().unwrap_or_else(|| format!("ns{place}")), *server)
        });
        for (name, server) in servers.chain(self.resolver.map(|server| ("resolver".to_owned(), server))) {
            let asked = server.asked();
            let _ = writeln!(text, "--- {name} at {} was asked {} times", server.address(), asked.len());
            for line in asked.iter().take(30) {
                let _ = writeln!(text, "{line}");
            }
        }
        text
    }
}
