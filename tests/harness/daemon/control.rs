//! The programs by which operators control a server.

use super::process::program;
use super::setup::Kind;
use super::{CONFIGURATION, Daemon};

impl Daemon {
    /// The name of the program that controls it, and the command of a shell that runs that program for this server.
    pub(crate) fn control(&self) -> (&'static str, String) {
        let directory = self.directory.path().display();
        let (name, arguments) = match self.setup.kind {
            Kind::Bind => {
                let port = self.setup.control_port.expect("it can be controlled");
                ("rndc", format!("-s 127.0.0.1 -p {port} -k '{directory}/{CONTROL_KEY}'"))
            }
            Kind::Nsd => ("nsd-control", format!("-c '{directory}/{CONFIGURATION}'")),
            Kind::Knot => ("knotc", format!("-s '{directory}/knot.sock'")),
            Kind::Pdns => ("pdns_control", format!("--config-dir='{directory}'")),
            Kind::Yadifa => self.fail("a software that can be controlled"),
        };
        (name, format!("'{}' {arguments}", program(name).display()))
    }
}

/// The file with the key of `rndc`.
pub(super) const CONTROL_KEY: &str = "rndc.key";

/// What is in it.
pub(super) const CONTROL_KEY_TEXT: &str =
    "key \"rndc-key\" { algorithm hmac-sha256; secret \"YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBvY3RldHMhISE=\"; };\n";
