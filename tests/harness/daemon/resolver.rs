//! Resolvers, which ask one server for one zone and keep what it answers.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::Instant;

use tempfile::TempDir;

use super::process::{self, program};
use super::{CONFIGURATION, MAX_STARTS, POLL, TIMEOUT, bind, port, write};

/// The software of a resolver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cache {
    /// `unbound` of `NLnet` Labs.
    Unbound,
    /// ISC's `named`.
    Bind,
}

/// Whether a resolver shows its cache (RD clear) to clients on loopback. BIND refuses all their queries if not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CacheAccess {
    Shown,
    Hidden,
}

/// A resolver that runs until it is dropped. It serves expired data where it cannot reach its server.
#[derive(Debug)]
pub(crate) struct Resolver {
    software: Cache,
    directory: TempDir,
    port: u16,
    child: Child,
}

/// An answer, as `dig` prints it.
#[derive(Debug)]
pub(crate) struct Dug(String);

impl Cache {
    /// Starts a resolver that asks `server` for `zone`.
    #[track_caller]
    pub(crate) fn start(self, zone: &str, server: SocketAddr, access: CacheAccess) -> Resolver {
        for _ in 0..MAX_STARTS {
            let (directory, port) = (process::directory(), port::unused());
            let child = self.run(directory.path(), port, (zone, server, access));
            let mut resolver = Resolver { software: self, directory, port, child };
            if resolver.answers(zone) {
                return resolver;
            }
        }
        panic!("{self:?} does not answer for {zone}");
    }

    fn run(self, directory: &Path, port: u16, zone: (&str, SocketAddr, CacheAccess)) -> Child {
        let command = match self {
            Self::Unbound => {
                write(directory, CONFIGURATION, &unbound(directory, port, zone));
                let mut command = Command::new(program("unbound"));
                command.arg("-d").arg("-c").arg(directory.join(CONFIGURATION));
                command
            }
            Self::Bind => {
                write(directory, CONFIGURATION, &named(directory, port, zone));
                bind::foreground(directory)
            }
        };
        process::spawn(&command, directory)
    }
}

impl Resolver {
    /// Its address, for UDP and TCP.
    pub(crate) fn address(&self) -> SocketAddr {
        port::loopback(self.port)
    }

    /// Asks for an RRset as its users do, so that it is in the cache then.
    #[track_caller]
    pub(crate) fn look_up(&self, owner: &str, rtype: &str) -> Dug {
        self.dig(&["+recurse", owner, rtype])
    }

    /// Asks for an RRset in its cache.
    #[track_caller]
    pub(crate) fn look_into(&self, owner: &str, rtype: &str) -> Dug {
        self.dig(&["+norecurse", owner, rtype])
    }

    /// Runs one of the commands that flush it, without what follows `#`.
    #[track_caller]
    pub(crate) fn flush(&self, command: &str) {
        let command = command.split("  #").next().expect("a command comes before its comment");
        let mut words = command.split_whitespace();
        assert_eq!(words.next(), Some("unbound-control"), "{command}");
        let configuration = self.directory.path().join(CONFIGURATION);
        let status = Command::new(program("unbound-control"))
            .arg("-q")
            .arg("-c")
            .arg(configuration)
            .args(words)
            .status();
        assert!(status.is_ok_and(|status| status.success()), "{command}");
    }

    #[track_caller]
    fn dig(&self, arguments: &[&str]) -> Dug {
        let output = Command::new(program("dig"))
            .args(["@127.0.0.1", "-p", &self.port.to_string(), "+tries=3", "+time=3"])
            .args(arguments)
            .output()
            .expect("`dig` was found");
        Dug(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Whether it answers for its zone before it ends, or refuses to.
    fn answers(&mut self, zone: &str) -> bool {
        let deadline = Instant::now() + TIMEOUT;
        while !process::has_ended(&mut self.child) && Instant::now() < deadline {
            if matches!(self.look_up(zone, "SOA").rcode(), Some("NOERROR" | "REFUSED")) {
                return true;
            }
            thread::sleep(POLL);
        }
        false
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        process::end(&mut self.child);
        if thread::panicking() {
            let log = fs::read(process::log(self.directory.path())).unwrap_or_default();
            eprintln!(
                "--- log of {:?} at {}:\n{}",
                self.software,
                self.address(),
                String::from_utf8_lossy(&log)
            );
        }
    }
}

impl Dug {
    /// The RCODE.
    pub(crate) fn rcode(&self) -> Option<&str> {
        self.0.split("status: ").nth(1)?.split(',').next()
    }

    /// Whether it is of expired data (EDE 3).
    pub(crate) fn is_stale(&self) -> bool {
        self.0.contains("EDE: 3 ")
    }

    /// The TTL of the first record of a type in the answer section, or else in the authority section.
    pub(crate) fn ttl(&self, rtype: &str) -> Option<u64> {
        let records = self.0.lines().filter(|line| !line.starts_with(';'));
        let mut fields = records.map(|line| line.split_whitespace().collect::<Vec<&str>>());
        fields.find_map(|fields| match fields.as_slice() {
            [_, ttl, "IN", found, ..] if *found == rtype => ttl.parse().ok(),
            _ => None,
        })
    }
}

fn unbound(directory: &Path, port: u16, (zone, server, access): (&str, SocketAddr, CacheAccess)) -> String {
    let (directory, ip, upstream) = (directory.display(), server.ip(), server.port());
    let access = match access {
        CacheAccess::Shown => "allow_snoop",
        CacheAccess::Hidden => "allow",
    };
    // By default it answers for `test` itself.
    format!(
        r#"server:
    interface: 127.0.0.1
    port: {port}
    directory: "{directory}"
    chroot: ""
    username: ""
    pidfile: ""
    logfile: ""
    use-syslog: no
    do-daemonize: no
    do-ip6: no
    do-not-query-localhost: no
    access-control: 127.0.0.0/8 {access}
    module-config: "iterator"
    local-zone: "test." nodefault
    serve-expired: yes
    ede: yes
    ede-serve-expired: yes
remote-control:
    control-enable: yes
    control-interface: "{directory}/control"
    control-use-cert: no
stub-zone:
    name: "{zone}"
    stub-addr: {ip}@{upstream}
"#
    )
}

fn named(directory: &Path, port: u16, (zone, server, access): (&str, SocketAddr, CacheAccess)) -> String {
    let (directory, ip, upstream) = (directory.display(), server.ip(), server.port());
    let access = match access {
        CacheAccess::Shown => "any",
        CacheAccess::Hidden => "none",
    };
    format!(
        r#"options {{
    directory "{directory}"; pid-file none; lock-file none; session-keyfile none;
    managed-keys-directory "{directory}";
    listen-on port {port} {{ 127.0.0.1; }}; reuseport no; recursion yes; dnssec-validation no;
    empty-zones-enable no; allow-recursion {{ any; }}; allow-query-cache {{ {access}; }};
    stale-answer-enable yes; stale-cache-enable yes; stale-refresh-time 0;
}};
controls {{ }};
zone "{zone}" {{ type forward; forward only; forwarders {{ {ip} port {upstream}; }}; }};
"#
    )
}
