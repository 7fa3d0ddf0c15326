//! Knot as a primary and its secondaries, with one zone that changes by updates (RFC 2136).

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::daemon;
use crate::service::until;
use crate::zones::wire;

/// How long a server may take to load the zone.
const LOAD_TIMEOUT: Duration = Duration::from_mins(10);

/// How long it may take for an update.
const UPDATE_TIMEOUT: Duration = Duration::from_secs(30);

/// Numbers of RFC 1035 and RFC 2136.
const UPDATE: u8 = 5 << 3;
const SOA: u16 = 6;
const A: u16 = 1;
const IN: u16 = 1;
const ANY: u16 = 255;

/// A primary and two secondaries, which run until they are dropped.
pub(crate) struct KnotServers {
    servers: Vec<Child>,
    /// The primary first.
    pub(crate) addresses: [SocketAddr; 3],
    zone: String,
    _directory: TempDir,
}

impl KnotServers {
    /// Starts them with a zone file, which all of them load, so that nothing is transferred before the first change.
    pub(crate) fn start(zone: &str, file: &Path) -> Self {
        let directory = daemon::directory();
        let addresses = [(); 3].map(|()| daemon::port::unused_address());
        let servers = addresses.map(|address| {
            let own = directory.path().join(address.port().to_string());
            // It does not make the directory of its journal.
            fs::create_dir_all(own.join("database")).expect("the directory is ours");
            let path = own.join("knot.conf");
            fs::write(&path, configuration(zone, file, &own, address, addresses))
                .expect("the directory is ours");
            let log = File::create(own.join("log")).expect("the directory is ours");
            // The kernel ends it with the benchmark, in whatever way that ends.
            let mut command = Command::new(daemon::program("setpriv"));
            command.args(["--pdeathsig", "KILL"]).arg(daemon::program("knotd")).arg("-c").arg(path);
            let output = log.try_clone().expect("a file is open");
            command.stdin(Stdio::null()).stdout(output).stderr(log).spawn().expect("`setpriv` was found")
        });
        let started =
            Self { servers: servers.into(), addresses, zone: zone.to_owned(), _directory: directory };
        for server in addresses {
            until("Knot to load the zone", LOAD_TIMEOUT, || started.serial(server).is_some());
        }
        started
    }

    /// The serial that a server has now.
    pub(crate) fn serial(&self, server: SocketAddr) -> Option<u32> {
        let query = [[0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0].as_slice(), &question(&self.zone)].concat();
        let response = ask(server, &query, Duration::from_secs(1))?;
        let is_answer = rcode(&response) == 0 && response.get(7) == Some(&1);
        // The serial is the first of the five numbers that end the only record.
        let numbers = response.len().checked_sub(20).filter(|_| is_answer)?;
        Some(u32::from_be_bytes(*response.get(numbers..)?.first_chunk()?))
    }

    /// Publishes a version in which these names have another address.
    pub(crate) fn publish(&self, owners: &[String], address: Ipv4Addr) {
        let count = u16::try_from(owners.len() * 2).expect("there are few").to_be_bytes();
        let header = [0, 9, UPDATE, 0, 0, 1, 0, 0, count[0], count[1], 0, 0];
        let mut message = [header.as_slice(), &question(&self.zone)].concat();
        for owner in owners {
            let name = wire::name(owner);
            // The RRset is deleted, and added with the other address (RFC 2136 section 2.5).
            message.extend([name.as_slice(), &numbers([A, ANY, 0, 0, 0])].concat());
            message.extend([name.as_slice(), &numbers([A, IN, 0, 3600, 4]), &address.octets()].concat());
        }
        let response = ask(self.addresses[0], &message, UPDATE_TIMEOUT).expect("Knot responds to an update");
        assert_eq!(rcode(&response), 0, "Knot takes the update");
    }
}

impl Drop for KnotServers {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

fn configuration(
    zone: &str,
    file: &Path,
    directory: &Path,
    own: SocketAddr,
    [primary, secondaries @ ..]: [SocketAddr; 3],
) -> String {
    let (port, file, directory) = (own.port(), file.display(), directory.display());
    let [primary_port, first, second] = [primary, secondaries[0], secondaries[1]].map(|it| it.port());
    let role = if own == primary { "notify: [ns1, ns2]" } else { "master: ns0" };
    format!(
        r#"server:
    rundir: "{directory}"
    pidfile: "{directory}/pid"
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    tcp-io-timeout: 0
database:
    storage: "{directory}/database"
    journal-db-max-size: 1G
log:
  - target: stderr
    any: warning
acl:
  - id: all
    address: 127.0.0.0/8
    action: [transfer, notify, update]
remote:
  - id: ns0
    address: 127.0.0.1@{primary_port}
  - id: ns1
    address: 127.0.0.1@{first}
  - id: ns2
    address: 127.0.0.1@{second}
zone:
  - domain: {zone}
    storage: "{directory}"
    file: "{file}"
    zonefile-load: whole
    zonefile-sync: -1
    semantic-checks: off
    journal-content: changes
    acl: [all]
    {role}
"#
    )
}

/// The question for the SOA of a zone, which is the zone section of an update too.
fn question(zone: &str) -> Vec<u8> {
    [wire::name(zone).as_slice(), &numbers([SOA, IN])].concat()
}

fn rcode(response: &[u8]) -> u8 {
    response[3] & 0x0f
}

fn numbers<const N: usize>(numbers: [u16; N]) -> Vec<u8> {
    numbers.into_iter().flat_map(u16::to_be_bytes).collect()
}

fn ask(server: SocketAddr, query: &[u8], timeout: Duration) -> Option<Vec<u8>> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
    socket.set_read_timeout(Some(timeout)).ok()?;
    socket.connect(server).ok()?;
    socket.send(query).ok()?;
    let mut response = vec![0; 4096];
    let length = socket.recv(&mut response).ok()?;
    response.truncate(length);
    Some(response)
}
