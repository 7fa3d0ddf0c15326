//! What a server is told before it starts: the same words for every software.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Child;

use super::port::{self, Port};
use super::{Daemon, ZONE_FILE, bind, knot, nsd, pdns, process, write, yadifa};

/// Whose software it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// ISC's `named`.
    Bind,
    /// `nsd` of `NLnet` Labs.
    Nsd,
    /// `knotd` of CZ.NIC.
    Knot,
    /// `pdns_server` of PowerDNS, which reads its zones as BIND does.
    Pdns,
    /// `yadifad` of `EURid`.
    Yadifa,
}

/// Where a server has its zone from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// It has none.
    Nowhere,
    /// From its zone file.
    ZoneFile(String),
    /// By transfer from an address.
    Transfer(SocketAddr),
}

/// Who is given the zone by transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transfers {
    /// Everybody on loopback.
    Everybody,
    /// The probe, which asks from 127.0.0.1, and no secondary, which asks from 127.0.0.2.
    ProbeOnly,
}

/// Whether a primary's zone is changed by messages (RFC 2136) or by its zone file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Updates {
    /// By messages from loopback; BIND does not read the file again then.
    Messages,
    /// By its zone file.
    ZoneFile,
}

/// Whether the zone is given away to questions without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsigned {
    /// It is.
    Served,
    /// It is not.
    Refused,
}

/// A TSIG key (RFC 8945).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) algorithm: String,
    /// In Base64.
    pub(super) secret: String,
}

/// A server yet to be started.
#[derive(Clone, Debug)]
#[must_use]
pub(crate) struct Setup {
    pub(super) kind: Kind,
    pub(super) zone: String,
    pub(super) source: Source,
    pub(super) transfers: Transfers,
    pub(super) notify: Option<SocketAddr>,
    pub(super) updates: Updates,
    /// With which it is asked.
    pub(super) key: Option<Key>,
    /// With which it asks its primary.
    pub(super) primary_key: Option<Key>,
    pub(super) unsigned: Unsigned,
    /// Answers a second to one network about one name; 0 for as many as are asked for.
    pub(super) most_answers: u32,
}

impl Kind {
    /// A server that has the zone from `text`.
    pub(crate) fn primary(self, zone: &str, text: impl Into<String>) -> Setup {
        Setup::new(self, zone, Source::ZoneFile(text.into()))
    }

    /// A server that has the zone by transfer from `primary`, which it asks from 127.0.0.2.
    pub(crate) fn secondary(self, zone: &str, primary: SocketAddr) -> Setup {
        Setup::new(self, zone, Source::Transfer(primary))
    }

    /// A server that was never told of the zone.
    pub(crate) fn stranger(self, zone: &str) -> Setup {
        Setup::new(self, zone, Source::Nowhere)
    }

    /// Another software, where two suffice.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Bind => Self::Nsd,
            Self::Nsd | Self::Knot | Self::Pdns | Self::Yadifa => Self::Bind,
        }
    }

    /// Returns whether a line of its log says that it does not give the zone to a secondary.
    pub(super) fn refused_transfer(self, zone: &str, line: &str) -> bool {
        match self {
            Self::Bind => bind::refused_transfer(zone, line),
            Self::Nsd => nsd::refused_transfer(zone, line),
            Self::Knot => knot::refused_transfer(zone, line),
            Self::Pdns => pdns::refused_transfer(zone, line),
            Self::Yadifa => yadifa::refused_transfer(zone, line),
        }
    }
}

impl Setup {
    fn new(kind: Kind, zone: &str, source: Source) -> Self {
        Self {
            kind,
            zone: zone.to_owned(),
            source,
            transfers: Transfers::Everybody,
            notify: None,
            updates: Updates::ZoneFile,
            key: None,
            primary_key: None,
            unsigned: Unsigned::Served,
            most_answers: 0,
        }
    }

    /// Limits how often it answers a network about one name in a second; NSD only.
    pub(crate) fn most_answers(self, most_answers: u32) -> Self {
        Self { most_answers, ..self }
    }

    /// Gives the zone to the probe and to no secondary.
    ///
    /// PowerDNS gives it to whoever has the key, if it was told of one.
    pub(crate) fn without_transfers(self) -> Self {
        Self { transfers: Transfers::ProbeOnly, ..self }
    }

    /// Tells a secondary of every new version.
    pub(crate) fn notify(self, secondary: SocketAddr) -> Self {
        Self { notify: Some(secondary), ..self }
    }

    /// Lets the zone be changed by messages; BIND only.
    pub(crate) fn updatable(self) -> Self {
        Self { updates: Updates::Messages, ..self }
    }

    /// Serves another zone text, as a primary.
    pub(crate) fn zone_text(self, text: impl Into<String>) -> Self {
        Self { source: Source::ZoneFile(text.into()), ..self }
    }

    /// Takes questions, of transfers and others, that are signed with a TSIG key; its secret is in Base64.
    ///
    /// Whoever has no key is served as before.
    pub(crate) fn key(self, name: &str, algorithm: &str, secret: &str) -> Self {
        Self { key: Some(Key::new(name, algorithm, secret)), ..self }
    }

    /// Gives the zone by transfer to nobody who has not the key.
    pub(crate) fn requiring_key(self) -> Self {
        Self { unsigned: Unsigned::Refused, ..self }
    }

    /// Asks its primary with a TSIG key, as a secondary.
    pub(crate) fn primary_key(self, name: &str, algorithm: &str, secret: &str) -> Self {
        Self { primary_key: Some(Key::new(name, algorithm, secret)), ..self }
    }

    /// Starts the server and returns once it serves the zone.
    #[track_caller]
    pub(crate) fn start(self) -> Daemon {
        let mut daemon = self.spawn();
        daemon.await_zone();
        daemon
    }

    /// Starts the server and returns once it answers anything at all, were it REFUSED or SERVFAIL.
    #[track_caller]
    pub(crate) fn start_without_zone(self) -> Daemon {
        let mut daemon = self.spawn();
        daemon.await_start("an answer", Port::Another, |_| true);
        daemon
    }

    /// Starts the server and returns at once.
    #[track_caller]
    pub(crate) fn spawn(self) -> Daemon {
        let directory = process::directory();
        let port = port::unused();
        self.write_zone(directory.path());
        let child = self.run(directory.path(), port);
        Daemon { setup: self, directory, port, child }
    }

    /// Puts its zone file in its directory, if it has one.
    pub(super) fn write_zone(&self, directory: &Path) {
        if let Source::ZoneFile(text) = &self.source {
            write(directory, ZONE_FILE, text);
        }
    }

    pub(super) fn run(&self, directory: &Path, port: u16) -> Child {
        let command = match self.kind {
            Kind::Bind => bind::command(self, directory, port),
            Kind::Nsd => nsd::command(self, directory, port),
            Kind::Knot => knot::command(self, directory, port),
            Kind::Pdns => pdns::command(self, directory, port),
            Kind::Yadifa => yadifa::command(self, directory, port),
        };
        process::spawn(&command, directory)
    }

    /// Returns whose secondary it is.
    pub(super) fn primary(&self) -> Option<SocketAddr> {
        match self.source {
            Source::Transfer(from) => Some(from),
            Source::Nowhere | Source::ZoneFile(_) => None,
        }
    }

    /// Returns whether it may wait for a NOTIFY before it asks for a zone it has not: YADIFA, when it asked once in vain.
    pub(super) fn forgets_to_transfer(&self) -> bool {
        self.kind == Kind::Yadifa && self.primary().is_some()
    }

    /// Returns the keys it must know, each once.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        let other = self.primary_key.as_ref().filter(|&key| self.key.as_ref() != Some(key));
        self.key.iter().chain(other)
    }

    /// Returns the key without which it gives the zone to nobody.
    pub(super) fn required_key(&self) -> Option<&Key> {
        self.key.as_ref().filter(|_| self.unsigned == Unsigned::Refused)
    }
}

impl Key {
    fn new(name: &str, algorithm: &str, secret: &str) -> Self {
        Self { name: name.to_owned(), algorithm: algorithm.to_owned(), secret: secret.to_owned() }
    }
}

impl Transfers {
    /// Returns the addresses that are given the zone.
    pub(super) fn network(self) -> &'static str {
        match self {
            Self::Everybody => "127.0.0.0/8",
            Self::ProbeOnly => "127.0.0.1/32",
        }
    }
}
