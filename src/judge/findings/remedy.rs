//! Where a server gets the zone from, and the commands that bring it the reference's version.

use super::server::ServerContext;
use super::tls::destination;
use crate::advice;
use crate::dns::Serial;
use crate::observe::Failure;
use crate::plan::{Role, Source, Target};

impl<'e> ServerContext<'e> {
    /// Returns where the reference is, in words, and its serial.
    pub(crate) fn reference_in_words(self) -> Option<(String, Serial)> {
        let source = self.reference?.source;
        let words = match source {
            Source::Target(target) => format!("at {}", self.evidence.plan.target(target)?.server),
            Source::ZoneFile => format!("in {}", self.evidence.zone_file.as_ref()?.path),
        };
        Some((words, self.evidence.responses(source)?.latest()?.serial))
    }

    /// Returns the path of the zone file, if that is the reference.
    pub(crate) fn file(self) -> Option<&'e str> {
        self.evidence.zone_file.as_ref().map(|file| file.path.as_str())
    }

    /// Returns the server that this one transfers from, as far as that is known.
    pub(crate) fn upstream(self) -> Option<&'e Target> {
        let primary = || self.evidence.primaries().next();
        let id = self.reference.and_then(|reference| reference.source.target()).or_else(primary)?;
        self.evidence.plan.target(id).filter(|_| id != self.id)
    }

    /// Whether others get the zone from it on this link of the chain.
    pub(crate) fn is_origin(self) -> bool {
        self.evidence.is_origin(self.id)
    }

    /// Whether it loads the zone from the zone file, and not from another server.
    pub(crate) fn loads_file(self) -> bool {
        let loads = match self.target.role {
            Role::Primary => true,
            Role::Signer => self.evidence.primaries().next().is_none(),
            Role::Secondary => false,
        };
        self.file().is_some() && loads
    }

    /// Whether the signatures that others get from it may be its own: it does not load them from the zone file.
    pub(crate) fn may_sign(self) -> bool {
        self.is_origin() && !self.loads_file()
    }

    /// Returns the commands that give it the reference's version, whatever the serials.
    pub(crate) fn transfer_anew(self) -> Vec<String> {
        if self.loads_file() {
            return advice::reload(self.zone(), &self.target.server);
        }
        advice::full_transfer(self.zone(), &self.target.server)
    }

    /// Returns the commands that give it the reference's version; none where that is in doubt.
    pub(crate) fn copy_reference(self) -> Vec<String> {
        if self.reference_in_doubt { Vec::new() } else { self.transfer_anew() }
    }

    /// Whether the fault in its copy may have been made there: others get the copy from it.
    pub(crate) fn is_maker(self) -> bool {
        self.may_sign() || self.is_reference()
    }

    /// Returns the commands that bring it a copy that is right: those for a transfer, or for signing where it signs.
    pub(crate) fn make_copy_anew(self) -> Vec<String> {
        if self.is_maker() {
            return advice::sign(self.zone(), &self.target.server);
        }
        self.copy_reference()
    }

    /// Returns the commands that make it look for a newer version now.
    pub(crate) fn refresh(self) -> Vec<String> {
        if self.loads_file() {
            return advice::reload(self.zone(), &self.target.server);
        }
        advice::refresh(self.zone(), &self.target.server)
    }

    /// Returns the command that tries its transfer by hand.
    pub(crate) fn try_transfer(self) -> Vec<String> {
        let ask =
            |source: &Target| advice::ask_transfer(self.zone(), &destination(source), &self.target.server);
        self.upstream().filter(|_| !self.loads_file()).map(ask).into_iter().collect()
    }

    /// Returns the commands that show why it gets no newer version: a transfer by hand, and its log.
    pub(crate) fn examine_transfer(self) -> Vec<String> {
        let mut commands = self.try_transfer();
        if !commands.is_empty() {
            commands.push(advice::read_log(self.zone(), &self.target.server));
        }
        commands
    }

    /// Returns the commands that raise the serial of the reference past another.
    pub(crate) fn raise_serial(self, reference: Serial, past: Serial) -> Vec<String> {
        let primary = self.upstream().unwrap_or(self.target).server.as_str();
        let place = match self.file() {
            Some(file) => advice::in_file(file),
            None => advice::on_server(primary),
        };
        advice::raise_serial(self.zone(), (reference, past), &place, primary)
    }

    /// Why the zone file could not be read again.
    pub(crate) fn file_failure(self) -> Option<&'e str> {
        match self.evidence.zone_file.as_ref()?.responses.copy_failure.as_ref()? {
            Failure::TransferIncomplete(what) | Failure::LimitExceeded(what) | Failure::NotSorted(what) => {
                Some(what)
            }
            _ => None,
        }
    }
}
