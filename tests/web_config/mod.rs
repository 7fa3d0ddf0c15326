//! `serve` over TLS and with passwords, by the web configuration of exporters: asked with curl, `openssl` and Prometheus.

mod clients;
mod following;
mod mistakes;
mod passwords;
mod scraping;
mod tls;

use std::fs;
use std::process::{Command, Stdio};
use std::sync::Arc;

use tempfile::TempDir;

use crate::harness::Service;
use crate::harness::daemon::program;
use crate::harness::tls::{Authority, Certificate, Flaw};

/// A configuration that checks nothing.
const CONFIGURATION: &str = "http: {web_config: web.yml}\n";

/// The user and the password of most tests.
const ALICE: &str = "alice:correct horse";

/// The hash of a password at the lowest cost.
fn hash(password: &str) -> String {
    bcrypt::hash(password, 4).unwrap()
}

/// The web configuration with one user.
fn users(user: &str) -> String {
    let (name, password) = user.split_once(':').unwrap();
    format!("basic_auth_users: {{{name}: \"{}\"}}\n", hash(password))
}

/// A service with a web configuration, and the authority of its certificate.
struct Secured {
    service: Service,
    authority: Authority,
    directory: Arc<TempDir>,
}

impl Secured {
    /// Starts it with a certificate of its own, `server.pem` with `server.key`, and these settings of TLS.
    #[track_caller]
    fn over_tls(settings: &str, more: &str) -> Self {
        Self::start(&tls_settings(settings, more))
    }

    #[track_caller]
    fn start(web_config: &str) -> Self {
        let (authority, directory) = (Authority::new(), Arc::new(tempfile::tempdir().unwrap()));
        put(&directory, &authority.issue(&["127.0.0.1", "localhost"], Flaw::None), "server");
        fs::copy(&authority.file, directory.path().join("ca.pem")).unwrap();
        fs::write(directory.path().join("web.yml"), web_config).unwrap();
        let service = Service::in_directory(&directory, CONFIGURATION, &[]).expect("the service starts");
        Self { service, authority, directory }
    }

    /// Replaces the web configuration in place, as an editor may do.
    fn rewrite(&self, web_config: &str) {
        fs::write(self.directory.path().join("web.yml"), web_config).unwrap();
    }

    /// Replaces the certificate and its key.
    fn renew(&self, certificate: &Certificate) {
        put(&self.directory, certificate, "server");
    }

    /// Sends a request with curl, which trusts the authority.
    #[track_caller]
    fn curl(&self, scheme: &str, path: &str, arguments: &[&str]) -> Curl {
        let url = format!("{scheme}://{}{path}", self.service.address());
        let trusted = ["--cacert", self.authority.file.as_str()];
        Curl::run(&[&trusted[..], arguments, &[url.as_str()]].concat())
    }

    /// Waits until what was written is in force.
    #[track_caller]
    fn await_log(&self, text: &str) {
        crate::harness::until(text, || self.service.log().contains(text));
    }

    /// How often the log says something.
    fn logged(&self, text: &str) -> usize {
        self.service.log().matches(text).count()
    }
}

/// A web configuration with the certificate that [`Secured`] puts beside it.
fn tls_settings(settings: &str, more: &str) -> String {
    format!("tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n{settings}{more}")
}

/// Puts a certificate and its key into a directory.
fn put(directory: &TempDir, certificate: &Certificate, name: &str) {
    for (file, ending) in [(&certificate.file, "pem"), (&certificate.key_file, "key")] {
        fs::copy(file, directory.path().join(format!("{name}.{ending}"))).unwrap();
    }
}

/// What curl has got.
#[derive(Debug)]
struct Curl {
    /// The status; 0 if there was no response.
    status: u16,
    /// The head of the response in lower case.
    head: String,
    body: String,
    /// What curl says of a failure.
    error: String,
}

impl Curl {
    fn run(arguments: &[&str]) -> Self {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--include", "--max-time", "20"]).args(arguments);
        let output = command.stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        let error = String::from_utf8(output.stderr).unwrap();
        Self { status, head: head.to_ascii_lowercase(), body: body.to_owned(), error }
    }

    /// The value of a header.
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// What `openssl s_client` says of a connection with these options.
fn s_client(secured: &Secured, options: &[&str]) -> String {
    let mut command = Command::new(program("openssl"));
    command.args(["s_client", "-connect", &secured.service.address().to_string()]);
    command.args(["-CAfile", &secured.authority.file]).args(options);
    let output = command.stdin(Stdio::null()).output().unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}
