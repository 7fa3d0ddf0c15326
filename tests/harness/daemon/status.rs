//! How a server is asked what it says of its own zones.

use super::process::program;
use super::setup::Kind;
use super::{CONFIGURATION, Daemon, pdns, write};

impl Daemon {
    /// The value of `status` for it in a configuration, as YAML on one line.
    #[track_caller]
    pub(crate) fn status(&self) -> String {
        let directory = self.directory.path();
        let port = self.setup.status_port.expect("it says what it knows of its zones");
        match self.setup.kind {
            Kind::Bind => format!("{{bind: \"http://127.0.0.1:{port}\"}}"),
            Kind::Pdns => {
                let file = write(directory, "api.key", &format!("{}\n", pdns::API_KEY));
                format!("{{powerdns: \"http://localhost:{port}/\", key_file: \"{}\"}}", file.display())
            }
            Kind::Nsd => {
                let (program, directory) = (program("nsd-control"), directory.display());
                format!("{{nsd: [\"{}\", -c, \"{directory}/{CONFIGURATION}\"]}}", program.display())
            }
            Kind::Knot => {
                let (program, directory) = (program("knotc"), directory.display());
                format!("{{knot: [\"{}\", -s, \"{directory}/knot.sock\"]}}", program.display())
            }
            Kind::Yadifa => self.fail("a software that says what it knows of its zones"),
        }
    }

    /// A secret that no output may have: the key of PowerDNS' API.
    pub(crate) fn status_secret() -> &'static str {
        pdns::API_KEY
    }
}
