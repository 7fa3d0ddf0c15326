//! How a server is configured: the same options for every software.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Child;

use super::port::{self, RestartPort};
use super::{Daemon, ZONE_FILE, bind, knot, nsd, pdns, process, write, yadifa};

/// The software of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// ISC's `named`.
    Bind,
    /// `nsd` of `NLnet` Labs.
    Nsd,
    /// `knotd` of CZ.NIC.
    Knot,
    /// `pdns_server` of PowerDNS, with the backend that reads BIND's zone files unless a setup needs a database.
    Pdns,
    /// `yadifad` of `EURid`.
    Yadifa,
}

/// A zone and the zone file that it is loaded from.
#[derive(Clone, Debug)]
pub(crate) struct ServedZone {
    pub(crate) zone: String,
    /// Absolute, or relative to the server's directory.
    pub(crate) path: PathBuf,
}

/// What a server has to do with a catalog zone, which is the zone that it is asked for.
///
/// BIND produces none; PowerDNS keeps zones in a database then.
#[derive(Clone, Debug)]
pub(super) enum CatalogRole {
    /// It does what the catalog says, and transfers members from where it gets the catalog.
    Consumer,
    /// It makes the catalog of its zones: the `group` property of each.
    Producer(Vec<Option<String>>),
}

/// Where a server gets its zones from.
#[derive(Clone, Debug)]
pub(super) enum ZoneSource {
    /// It has no zones.
    Nothing,
    /// One zone from this text, which is written to a zone file.
    Text(String),
    /// Zones from zone files that exist.
    Files(Vec<ServedZone>),
    /// One zone by transfer from this address.
    Transfer(SocketAddr),
}

/// The clients that may transfer the zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TransferClients {
    /// All on loopback.
    All,
    /// The probe, which asks from 127.0.0.1, and no secondary, which asks from 127.0.0.2.
    ProbeOnly,
    /// A network that is not on this host.
    Nobody,
}

/// How the zones of a primary change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UpdateMethod {
    /// By update messages (RFC 2136) from loopback; the zone file is not read again then.
    Messages,
    /// By the zone file.
    ZoneFile,
}

/// Whether transfers need a TSIG key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnsignedTransfers {
    Accepted,
    Refused,
}

/// What a server logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Logging {
    /// All that tests wait for.
    Verbose,
    /// Errors only.
    Errors,
}

/// A TSIG key (RFC 8945).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TsigKey {
    pub(super) name: String,
    pub(super) algorithm: String,
    /// In Base64.
    pub(super) secret: String,
}

/// A server that is not started yet.
///
/// Unless the setup says otherwise it runs one thread, limits no rates, gives its zones to all, sends no NOTIFY
/// and has no keys.
#[derive(Clone, Debug)]
#[must_use]
pub(crate) struct DaemonSetup {
    pub(super) kind: Kind,
    /// The zone that the server is asked for when something is awaited.
    pub(super) zone: String,
    pub(super) source: ZoneSource,
    pub(super) transfers: TransferClients,
    pub(super) notify: Option<SocketAddr>,
    /// Another address than that of the primary from which it takes NOTIFY.
    pub(super) notified_from: Option<IpAddr>,
    pub(super) updates: UpdateMethod,
    /// The key that its clients may sign with.
    pub(super) key: Option<TsigKey>,
    /// The key that it signs its own queries to the primary with.
    pub(super) primary_key: Option<TsigKey>,
    pub(super) unsigned: UnsignedTransfers,
    /// Whether it signs the zones that it loads, and counts their serials itself.
    pub(super) signs: bool,
    /// Whether it signs each response, with denials that name no other names.
    pub(super) signs_responses: bool,
    /// The algorithm of the digest that it makes of the zones that it loads; Knot only.
    pub(super) zonemd: Option<&'static str>,
    /// The responses a second that one network gets for one name; 0 for no limit.
    pub(super) rate_limit: u32,
    pub(super) logging: Logging,
    pub(super) tls: Option<DaemonTls>,
    pub(super) catalog: Option<CatalogRole>,
    /// Whether it keeps what changes, and sends it by IXFR.
    pub(super) keeps_changes: bool,
    /// The port at which it says what it knows of its zones, if it does so over HTTP; `None` if it does not say it.
    pub(super) status_port: Option<u16>,
    /// The port at which operators control BIND, and whether they can control NSD, through a file; Knot and PowerDNS can
    /// always be controlled.
    pub(super) control_port: Option<u16>,
}

/// How a server speaks TLS, at a port of its own; BIND and NSD only.
#[derive(Clone, Debug)]
pub(super) struct DaemonTls {
    pub(super) port: u16,
    pub(super) certificate: String,
    pub(super) key: String,
    /// The authority that must have issued the certificates of clients; BIND only.
    pub(super) clients_of: Option<String>,
}

impl Kind {
    /// A primary with a zone from `text`.
    pub(crate) fn primary(self, zone: &str, text: impl Into<String>) -> DaemonSetup {
        DaemonSetup::new(self, zone, ZoneSource::Text(text.into()))
    }

    /// A primary with at least one zone, each from its own zone file.
    pub(crate) fn primary_of(self, files: &[ServedZone]) -> DaemonSetup {
        let first = files.first().expect("the server has a zone");
        DaemonSetup::new(self, &first.zone, ZoneSource::Files(files.to_vec()))
    }

    /// A secondary that transfers the zone from `primary`, from 127.0.0.2.
    pub(crate) fn secondary(self, zone: &str, primary: SocketAddr) -> DaemonSetup {
        DaemonSetup::new(self, zone, ZoneSource::Transfer(primary))
    }

    /// A consumer of a catalog, which transfers the catalog and its members from `primary`.
    pub(crate) fn consumer(self, catalog: &str, primary: SocketAddr) -> DaemonSetup {
        DaemonSetup { catalog: Some(CatalogRole::Consumer), ..self.secondary(catalog, primary) }
    }

    /// A producer of a catalog of these zones, each with the value of its `group` property; Knot and PowerDNS only.
    pub(crate) fn producer(self, catalog: &str, members: &[(ServedZone, Option<&str>)]) -> DaemonSetup {
        let groups = members.iter().map(|(_, group)| group.map(str::to_owned)).collect();
        let files = members.iter().map(|(member, _)| member.clone()).collect();
        let setup = DaemonSetup::new(self, catalog, ZoneSource::Files(files));
        DaemonSetup { catalog: Some(CatalogRole::Producer(groups)), ..setup }
    }

    /// A server without zones, which is asked for `zone` all the same.
    pub(crate) fn without_zones(self, zone: &str) -> DaemonSetup {
        DaemonSetup::new(self, zone, ZoneSource::Nothing)
    }

    /// Another software, for a pair of two.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Bind => Self::Nsd,
            Self::Nsd | Self::Knot | Self::Pdns | Self::Yadifa => Self::Bind,
        }
    }

    /// Whether a line of its log says that it refused a transfer to a secondary.
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

impl DaemonSetup {
    fn new(kind: Kind, zone: &str, source: ZoneSource) -> Self {
        Self {
            kind,
            zone: zone.to_owned(),
            source,
            transfers: TransferClients::All,
            notify: None,
            notified_from: None,
            updates: UpdateMethod::ZoneFile,
            key: None,
            primary_key: None,
            unsigned: UnsignedTransfers::Accepted,
            signs: false,
            signs_responses: false,
            zonemd: None,
            rate_limit: 0,
            logging: Logging::Verbose,
            tls: None,
            catalog: None,
            keeps_changes: false,
            status_port: None,
            control_port: None,
        }
    }

    /// Keeps what changes, and sends it by IXFR: Knot, and NSD and BIND as secondaries.
    pub(crate) fn keeping_changes(self) -> Self {
        Self { keeps_changes: true, ..self }
    }

    /// Says what it knows of its zones: BIND and PowerDNS over HTTP, NSD and Knot through their control programs.
    pub(crate) fn telling_status(self) -> Self {
        Self { status_port: Some(port::unused()), ..self }
    }

    /// Lets operators control it by [`Daemon::control`]; Knot and PowerDNS always do.
    pub(crate) fn controllable(self) -> Self {
        Self { control_port: Some(port::unused()), ..self }
    }

    /// Limits the responses a second that one network gets for one name; NSD only.
    pub(crate) fn rate_limit(self, rate_limit: u32) -> Self {
        Self { rate_limit, ..self }
    }

    /// Speaks TLS too, with the certificate and key of these files, and demands one of clients if the file of an
    /// authority for them is given.
    pub(crate) fn tls(self, (certificate, key): (&str, &str), clients_of: Option<&str>) -> Self {
        let tls = DaemonTls {
            port: port::unused(),
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            clients_of: clients_of.map(str::to_owned),
        };
        Self { tls: Some(tls), ..self }
    }

    /// Logs errors only.
    ///
    /// What [`Daemon`] awaits in the log never comes then.
    pub(crate) fn quiet(self) -> Self {
        Self { logging: Logging::Errors, ..self }
    }

    /// Refuses transfers to secondaries, and not to the probe.
    ///
    /// PowerDNS allows them to all who have the key, if it has one.
    pub(crate) fn without_transfers(self) -> Self {
        Self { transfers: TransferClients::ProbeOnly, ..self }
    }

    /// Gives its zones to all again.
    pub(crate) fn with_transfers(self) -> Self {
        Self { transfers: TransferClients::All, ..self }
    }

    /// Refuses transfers to all, the probe too.
    pub(crate) fn refusing_transfers(self) -> Self {
        Self { transfers: TransferClients::Nobody, ..self }
    }

    /// Sends NOTIFY for every new version to a secondary.
    pub(crate) fn notify(self, secondary: SocketAddr) -> Self {
        Self { notify: Some(secondary), ..self }
    }

    /// Takes NOTIFY from this address too, as a secondary; all but YADIFA, which takes it from all.
    pub(crate) fn notified_from(self, address: &str) -> Self {
        Self { notified_from: Some(address.parse().expect("it is an address")), ..self }
    }

    /// Accepts update messages: BIND, and PowerDNS, whose zone is in a database then.
    pub(crate) fn updatable(self) -> Self {
        Self { updates: UpdateMethod::Messages, ..self }
    }

    /// Serves another zone text, as a primary.
    pub(crate) fn zone_text(self, text: impl Into<String>) -> Self {
        Self { source: ZoneSource::Text(text.into()), ..self }
    }

    /// Accepts queries and transfers that are signed with a TSIG key; its secret is in Base64.
    ///
    /// Unsigned ones are accepted as before.
    pub(crate) fn key(self, name: &str, algorithm: &str, secret: &str) -> Self {
        Self { key: Some(TsigKey::new(name, algorithm, secret)), ..self }
    }

    /// Signs the zones that it loads or transfers, and counts their serials itself: BIND from the serial of the zone on,
    /// Knot by the Unix time. PowerDNS keeps the serial of a file, and adds the weeks since 1970 to one that it transfers.
    pub(crate) fn signing(self) -> Self {
        Self { signs: true, ..self }
    }

    /// Makes a ZONEMD record for each version by an algorithm, as Knot names it; Knot only.
    pub(crate) fn digesting(self, algorithm: &'static str) -> Self {
        Self { zonemd: Some(algorithm), ..self }
    }

    /// Signs each response with keys of its own, and makes a denial for each query that names no other names: Knot by
    /// NSEC, PowerDNS by NSEC3.
    pub(crate) fn signing_responses(self) -> Self {
        Self { signs_responses: true, ..self }
    }

    /// Refuses transfers that are not signed with the key.
    pub(crate) fn requiring_key(self) -> Self {
        Self { unsigned: UnsignedTransfers::Refused, ..self }
    }

    /// Signs queries to the primary with a TSIG key, as a secondary.
    pub(crate) fn primary_key(self, name: &str, algorithm: &str, secret: &str) -> Self {
        Self { primary_key: Some(TsigKey::new(name, algorithm, secret)), ..self }
    }

    /// Starts the server and waits until it serves all its zones.
    #[track_caller]
    pub(crate) fn start(self) -> Daemon {
        let mut daemon = self.spawn();
        daemon.await_zones();
        daemon
    }

    /// Starts the server and waits until it responds, be it with REFUSED or SERVFAIL.
    #[track_caller]
    pub(crate) fn start_without_zone(self) -> Daemon {
        let mut daemon = self.spawn();
        daemon.await_start("a response", RestartPort::Another, |_| true);
        daemon
    }

    /// Starts the server and does not wait.
    #[track_caller]
    pub(crate) fn spawn(self) -> Daemon {
        let directory = process::directory();
        let port = port::unused();
        self.write_zone(directory.path());
        let child = self.run(directory.path(), port);
        Daemon { setup: self, directory, port, child }
    }

    /// Writes the zone text to the zone file, if there is one.
    pub(super) fn write_zone(&self, directory: &Path) {
        if let ZoneSource::Text(text) = &self.source {
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

    /// The zones to configure, and their zone files, which a secondary does not read.
    pub(super) fn zones(&self) -> Vec<ServedZone> {
        match &self.source {
            ZoneSource::Nothing => Vec::new(),
            ZoneSource::Text(_) | ZoneSource::Transfer(_) => {
                vec![ServedZone { zone: self.zone.clone(), path: ZONE_FILE.into() }]
            }
            ZoneSource::Files(files) => files.clone(),
        }
    }

    /// The address of its primary, if it is a secondary.
    pub(super) fn primary(&self) -> Option<SocketAddr> {
        match self.source {
            ZoneSource::Transfer(from) => Some(from),
            ZoneSource::Nothing | ZoneSource::Text(_) | ZoneSource::Files(_) => None,
        }
    }

    /// Whether it needs a NOTIFY to try a transfer again: YADIFA, after its first one failed.
    pub(super) fn needs_notify_to_retry(&self) -> bool {
        self.kind == Kind::Yadifa && self.primary().is_some()
    }

    /// The zones of a producer, each with the value of its `group` property.
    pub(super) fn members(&self) -> Vec<(ServedZone, Option<String>)> {
        match &self.catalog {
            Some(CatalogRole::Producer(groups)) => self.zones().into_iter().zip(groups.clone()).collect(),
            Some(CatalogRole::Consumer) | None => Vec::new(),
        }
    }

    /// The keys to configure, each once.
    pub(super) fn keys(&self) -> impl Iterator<Item = &TsigKey> {
        let other = self.primary_key.as_ref().filter(|&key| self.key.as_ref() != Some(key));
        self.key.iter().chain(other)
    }

    /// The key that every transfer must be signed with, if there is one.
    pub(super) fn required_key(&self) -> Option<&TsigKey> {
        self.key.as_ref().filter(|_| self.unsigned == UnsignedTransfers::Refused)
    }
}

impl TsigKey {
    fn new(name: &str, algorithm: &str, secret: &str) -> Self {
        Self { name: name.to_owned(), algorithm: algorithm.to_owned(), secret: secret.to_owned() }
    }
}

impl TransferClients {
    /// The network of the clients that may transfer the zones.
    pub(super) fn network(self) -> &'static str {
        match self {
            Self::All => "127.0.0.0/8",
            Self::ProbeOnly => "127.0.0.1/32",
            Self::Nobody => "192.0.2.0/24",
        }
    }
}
