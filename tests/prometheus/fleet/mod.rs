//! A fleet in which each zone has one fault, and what each fault must raise.

mod catalogs;
mod findings;
mod signed;
mod verdicts;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use crate::harness::tls::{Authority, RunningTlsFront};
use crate::harness::{Nameserver, RunningNameserver, Service};

/// The name of the file in which a service remembers what it saw.
const STATE: &str = "state.redb";

/// Where people find the pages of its services.
pub(super) const URL: &str = "https://dns.example.com/zoneprobe";

/// Changes the servers of a fault once they were checked.
type Change = Box<dyn Fn(&[RunningNameserver])>;

/// One fault: its zones and their servers, and the alerts on it.
pub(super) struct Fault {
    /// The zones, all of the same servers. The first label of the first one begins the names of these.
    zones: Vec<String>,
    /// Whether the first zone is a catalog, which brings the others.
    is_catalog: bool,
    /// Settings of the zones, each behind a comma.
    settings: String,
    servers: Vec<RunningNameserver>,
    /// How many of the servers are primaries.
    primaries: usize,
    /// In front of the second server.
    tls: Option<(Authority, RunningTlsFront)>,
    /// What must be firing: the alert, its zone and its server, as far as it has these.
    alerts: Vec<[String; 3]>,
    change: Option<Change>,
    /// Writes what a service must find in its directory.
    prepare: Option<fn(&Self, &Path)>,
    /// Whatever else must run as long as the servers.
    others: Vec<RunningNameserver>,
}

impl Fault {
    /// A zone of a primary and a secondary.
    fn at(zone: &str, primary: Nameserver, secondary: Nameserver) -> Self {
        Self {
            zones: vec![zone.to_owned()],
            is_catalog: false,
            settings: String::new(),
            servers: vec![primary.start(), secondary.start()],
            primaries: 1,
            tls: None,
            alerts: Vec::new(),
            change: None,
            prepare: None,
            others: Vec::new(),
        }
    }

    /// Adds a zone of the same servers.
    fn and(mut self, zone: &str) -> Self {
        self.zones.push(zone.to_owned());
        self
    }

    fn settings(self, settings: &str) -> Self {
        Self { settings: format!("{}, {settings}", self.settings), ..self }
    }

    /// It raises this alert on all zones, at the server with this index.
    fn raises(mut self, alert: &str, server: usize) -> Self {
        for zone in &self.zones {
            self.alerts.push([alert, zone, &self.server(server)].map(str::to_owned));
        }
        self
    }

    /// It raises this alert on all zones as a whole.
    fn raises_at_zone(mut self, alert: &str) -> Self {
        self.alerts.extend(self.zones.iter().map(|zone| [alert, zone, ""].map(str::to_owned)));
        self
    }

    /// It raises this alert on one zone alone, at the server with this index if there is one.
    fn raises_at(mut self, alert: &str, zone: &str, server: Option<usize>) -> Self {
        let server = server.map(|server| self.server(server)).unwrap_or_default();
        self.alerts.push([alert, zone, &server].map(str::to_owned));
        self
    }

    /// It raises this alert on the server with this index.
    fn raises_at_server(mut self, alert: &str, server: usize) -> Self {
        self.alerts.push([alert, "", &self.server(server)].map(str::to_owned));
        self
    }

    /// Changes its servers so, once they were checked.
    fn once_checked(self, change: impl Fn(&[RunningNameserver]) + 'static) -> Self {
        Self { change: Some(Box::new(change)), ..self }
    }

    /// The name of a server in the configuration.
    fn server(&self, index: usize) -> String {
        format!("{}{index}", self.zones[0].split('.').next().unwrap())
    }

    /// The keys of a server in the configuration.
    fn keys(&self, index: usize) -> String {
        let role = if index < self.primaries { ", role: primary" } else { "" };
        match self.tls.as_ref().filter(|_| index == 1) {
            None => format!("address: \"{}\"{role}", self.servers[index].address()),
            Some((authority, front)) => {
                format!("address: \"tls://{}\", tls: {{ca: {}}}", front.address, authority.file)
            }
        }
    }
}

/// A fleet with every fault that can be planted in the zones of one `serve`.
pub(super) struct Fleet {
    faults: Vec<Fault>,
    /// What every service must find in its directory.
    prepared: TempDir,
}

impl Fleet {
    pub(super) fn new() -> Self {
        let healthy = |zone: &str| Fault::at(zone, server(zone).nsid("one"), server(zone).nsid("two"));
        let healthy = vec![
            healthy("healthy.test"),
            healthy("published.test").once_checked(|servers| {
                for server in servers {
                    server.set_serial(8);
                }
            }),
            healthy("by-query.test").settings("by: query"),
        ];
        let faults = [healthy, verdicts::faults(), findings::faults(), signed::faults(), catalogs::faults()];
        let faults: Vec<Fault> = faults.into_iter().flatten().collect();
        let prepared = tempfile::tempdir().unwrap();
        for fault in &faults {
            if let Some(prepare) = fault.prepare {
                prepare(fault, prepared.path());
            }
        }
        Self { faults, prepared }
    }

    /// Starts a service that watches it, with metrics in this detail.
    pub(super) fn watch(&self, detail: &str) -> Service {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        for file in self.prepared.path().read_dir().unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), directory.path().join(file.file_name())).unwrap();
        }
        let service = Service::in_directory(&directory, &self.configuration(detail), &[]);
        let service = service.expect("the service starts");
        service.await_ready();
        service
    }

    /// The number of its zones.
    pub(super) fn len(&self) -> usize {
        self.faults.iter().map(|fault| fault.zones.len()).sum::<usize>()
    }

    /// Lets everything happen that only happens to zones that were checked.
    pub(super) fn go_on(&self) {
        for fault in &self.faults {
            if let Some(change) = &fault.change {
                change(&fault.servers);
            }
        }
    }

    /// What must be firing where the metrics have servers: each alert with its zone and its server.
    pub(super) fn alerts(&self) -> BTreeSet<String> {
        let alerts = self.faults.iter().flat_map(|fault| &fault.alerts);
        alerts.map(|alert| words(alert.as_slice())).collect()
    }

    /// The same where the metrics of zones have no servers.
    pub(super) fn alerts_without_servers(&self) -> BTreeSet<String> {
        let alerts = self.faults.iter().flat_map(|fault| &fault.alerts);
        let without = |[alert, zone, server]: &[String; 3]| match zone.as_str() {
            "" => words(&[alert, zone, server]),
            _ => words(&[alert, zone]),
        };
        alerts.map(without).collect()
    }

    fn configuration(&self, detail: &str) -> String {
        let (mut servers, mut zones, mut catalogs) = (String::new(), String::new(), String::new());
        for fault in &self.faults {
            let indexes = 0..fault.servers.len();
            for index in indexes.clone() {
                servers += &format!("  {}: {{{}}}\n", fault.server(index), fault.keys(index));
            }
            let named: Vec<String> = indexes.map(|index| fault.server(index)).collect();
            let settings = format!("servers: [{}]{}", named.join(", "), fault.settings);
            if fault.is_catalog {
                catalogs += &format!("  - {{zone: {}, {settings}}}\n", fault.zones[0]);
                continue;
            }
            for zone in &fault.zones {
                zones += &format!("  - {{zone: {zone}, {settings}}}\n");
            }
        }
        format!(
            "probe: {{interval: 1s, timeout: 1s}}\nmetrics: {{detail: {detail}}}\nstate: {STATE}\n\
             vantage: here\nshard: {{index: 0, count: 1}}\nhttp: {{external_url: \"{URL}\"}}\n\
             servers:\n{servers}zones:\n{zones}catalogs:\n{catalogs}"
        )
    }
}

/// A server of one healthy zone.
fn server(zone: &str) -> Nameserver {
    Nameserver::new().zone(zone, 7)
}

/// Those that are not empty.
fn words(parts: &[impl AsRef<str>]) -> String {
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}
