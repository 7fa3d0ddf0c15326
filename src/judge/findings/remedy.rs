//! Where the versions come from: the reference in words, the server that is transferred from, the file that
//! is loaded.

use super::server::ServerContext;
use crate::advice;
use crate::dns::Serial;
use crate::observe::Failure;
use crate::plan::{Role, Source, Target};

impl<'e> ServerContext<'e> {
    /// Returns where the reference is, in words, and its serial.
    pub(crate) fn held_against(self) -> Option<(String, Serial)> {
        let source = self.reference?.source;
        let words = match source {
            Source::Target(target) => format!("at {}", self.evidence.plan.target(target)?.server),
            Source::ZoneFile => format!("in {}", self.evidence.zone_file.as_ref()?.name),
        };
        Some((words, self.evidence.track(source)?.last()?.serial))
    }

    /// Returns the zone file, if everything is held against one.
    pub(crate) fn file(self) -> Option<&'e str> {
        self.evidence.zone_file.as_ref().map(|file| file.name.as_str())
    }

    /// Returns where this server transfers from, as far as that is known.
    pub(crate) fn source(self) -> Option<&'e Target> {
        let primary = || self.evidence.primaries().next();
        let id = self.reference.and_then(|reference| reference.source.target()).or_else(primary)?;
        self.evidence.plan.target(id).filter(|_| id != self.id)
    }

    /// Returns whether it takes the zone from a file, and not from another server.
    pub(crate) fn loads(self) -> bool {
        self.file().is_some() && self.target.role == Role::Primary
    }

    /// Returns the commands that make it take the reference's version, whatever the serials.
    pub(crate) fn renew(self) -> Vec<String> {
        if self.loads() {
            return advice::reload(self.zone(), &self.target.server);
        }
        advice::full_transfer(self.zone(), &self.target.server)
    }

    /// Returns the commands that make it take a newer version now.
    pub(crate) fn refresh(self) -> Vec<String> {
        if self.loads() {
            return advice::reload(self.zone(), &self.target.server);
        }
        advice::refresh(self.zone(), &self.target.server)
    }

    /// Returns the command that tries its transfer by hand.
    pub(crate) fn ask_transfer(self) -> Vec<String> {
        let ask = |source: &Target| advice::ask_transfer(self.zone(), source.address, &self.target.server);
        self.source().filter(|_| !self.loads()).map(ask).into_iter().collect()
    }

    /// Returns how the reference gets past a serial.
    pub(crate) fn raise_serial(self, reference: Serial, past: Serial) -> Vec<String> {
        let primary = self.source().unwrap_or(self.target).server.as_str();
        let place = match self.file() {
            Some(file) => advice::in_file(file),
            None => advice::on_server(primary),
        };
        advice::raise_serial(self.zone(), (reference, past), &place, primary)
    }

    /// Returns why the zone file could not be read once more.
    pub(crate) fn file_failure(self) -> Option<&'e str> {
        match self.evidence.zone_file.as_ref()?.track.copy_failure.as_ref()? {
            Failure::TransferIncomplete(what) | Failure::LimitExceeded(what) => Some(what),
            _ => None,
        }
    }
}
