//! Many zones on one server: shared sockets and connections, and loss.

use std::collections::{BTreeSet, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use zoneprobe::observe::Transport;
use zoneprobe::testserver::{Action, IncomingQuery};

use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver};

fn names(count: u32) -> Vec<String> {
    (0..count).map(|number| format!("z{number}.test")).collect()
}

/// The names of so many zones, one a line.
fn zones(count: u32) -> String {
    names(count).join("\n") + "\n"
}

/// A server with so many zones.
fn server(count: u32) -> Nameserver {
    Nameserver::new().zones(&names(count), 7)
}

fn sweep(server: &RunningNameserver, count: u32) -> Probe<'_> {
    let probe = Probe::check_no_zone().primary(server).args(["--compare", "serials"]);
    probe.args(["--zones", "-"]).stdin(&zones(count))
}

fn in_sync(outcome: &Outcome) -> usize {
    let json = outcome.json();
    json["zones"].as_array().unwrap().iter().filter(|zone| zone["verdict"] == "in_sync").count()
}

#[test]
fn queries_for_many_zones_share_a_few_ports() {
    static PORTS: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let note = |asked: &IncomingQuery| {
        if asked.transport == Transport::Udp {
            PORTS.lock().unwrap().insert(asked.peer.port());
        }
        None
    };
    let (server, other) = (server(10).handler(note).start(), server(10).start());
    let many: String = zones(10).repeat(300);
    let probe = Probe::check_no_zone().primary(&server).secondary(&other).args([
        "--compare",
        "serials",
        "--zones",
        "-",
    ]);
    let outcome = probe.stdin(&many).ok();
    assert_eq!(in_sync(&outcome), 3000);
    let ports = PORTS.lock().unwrap().len();
    // Each of at most four workers opens another socket at most once in 1,024 queries.
    assert!((2..=4 * 4).contains(&ports), "3,000 queries had {ports} source ports");
}

#[test]
fn query_ids_are_different() {
    static IDS: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
    let note = |asked: &IncomingQuery| {
        IDS.lock().unwrap().push(asked.message[..2].to_vec());
        None
    };
    let (server, other) = (server(100).handler(note).start(), server(100).start());
    sweep(&server, 100).secondary(&other).ok();
    let ids = IDS.lock().unwrap();
    let different: HashSet<&Vec<u8>> = ids.iter().collect();
    assert!(ids.len() >= 100 && different.len() > 90, "{} IDs in {} queries", different.len(), ids.len());
}

#[test]
fn a_lost_datagram_is_sent_again_after_a_few_round_trips() {
    static QUERIES: AtomicU64 = AtomicU64::new(0);
    // Every tenth datagram is lost.
    let lossy = |asked: &IncomingQuery| {
        let lost = asked.transport == Transport::Udp && QUERIES.fetch_add(1, Ordering::SeqCst) % 10 == 9;
        lost.then(Vec::<Action>::new)
    };
    let (server, other) = (server(200).handler(lossy).start(), server(200).start());
    let started = Instant::now();
    let outcome = sweep(&server, 200).secondary(&other).args(["--timeout", "30s"]).ok();
    assert_eq!(in_sync(&outcome), 200);
    // By the timeout alone, none would be sent again before a quarter of 30 s.
    assert!(started.elapsed().as_secs() < 7, "it took {:?}", started.elapsed());
}

#[test]
fn queries_that_get_no_udp_response_share_tcp_connections() {
    let server = server(50).udp_silent().start();
    let outcome = sweep(&server, 50).args(["--timeout", "2s"]).critical();
    let json = outcome.json();
    for zone in json["zones"].as_array().unwrap() {
        assert_eq!(zone["servers"][0]["answer"]["transport"], "tcp", "{zone:#}");
        assert_eq!(zone["servers"][0]["findings"][0]["code"], "udp_unanswered", "{zone:#}");
    }
    let queries = server.queries();
    let over_tcp = queries.iter().filter_map(|query| query.strip_prefix("TCP from ")?.split_once(": "));
    let (mut first, mut again, mut zones) = (HashSet::new(), Vec::new(), HashSet::new());
    for (source, query) in over_tcp {
        if zones.insert(query) {
            first.insert(source);
        } else {
            again.push(source);
        }
    }
    assert!((1..=4).contains(&first.len()), "the first queries used {} connections", first.len());
    // The second query for each zone, which confirms the finding, has its own connection. The system sometimes
    // reuses a port that was closed.
    assert!(again.len() == 50 && again.iter().all(|source| !first.contains(source)), "{queries:#?}");
    let ports = again.iter().collect::<HashSet<_>>().len();
    assert!(ports >= 45, "50 queries had {ports} source ports");
}

#[test]
fn a_server_that_resets_shared_connections_is_queried_over_others() {
    static RECEIVED: AtomicU64 = AtomicU64::new(0);
    // Every second query over TCP resets the connection.
    let resetting = |asked: &IncomingQuery| {
        let reset = asked.transport == Transport::Tcp && RECEIVED.fetch_add(1, Ordering::SeqCst) % 2 == 1;
        reset.then(|| vec![Action::Reset])
    };
    let (server, other) = (server(8).truncating().handler(resetting).start(), server(8).start());
    let outcome = Probe::check_no_zone()
        .primary(&server)
        .secondary(&other)
        .args(["--compare", "serials", "--zones", "-", "--timeout", "2s"])
        .stdin(&zones(8))
        .run();
    // A query on a connection that was reset is sent again on its own connection, which may be reset too.
    let answered = in_sync(&outcome);
    assert!(answered >= 4, "{answered} of 8 were answered\n{}", outcome.transcript());
}

#[test]
fn a_server_that_never_responds_does_not_delay_the_others() {
    let (present, silent) = (server(100).start(), server(100).silent().start());
    let started = Instant::now();
    let outcome = sweep(&present, 100).secondary(&silent).args(["--timeout", "1s"]).critical();
    let json = outcome.json();
    for zone in json["zones"].as_array().unwrap() {
        assert_eq!(zone["servers"][0]["verdict"], "in_sync", "{zone:#}");
        assert_eq!(zone["servers"][1]["verdict"], "unreachable", "{zone:#}");
    }
    // The first queries take 1 s, and all of them together little more.
    assert!(started.elapsed().as_secs() < 15, "it took {:?}", started.elapsed());
}

#[test]
fn a_server_that_never_responds_is_probed_a_few_times_a_second() {
    static QUERIES: AtomicU64 = AtomicU64::new(0);
    let count = |_: &IncomingQuery| {
        QUERIES.fetch_add(1, Ordering::SeqCst);
        Some(Vec::new())
    };
    let (present, silent) = (server(1000).start(), server(1000).handler(count).start());
    let outcome = sweep(&present, 1000).secondary(&silent).args(["--timeout", "1s"]).critical();
    let json = outcome.json();
    let zones = json["zones"].as_array().unwrap();
    assert!(zones.iter().all(|zone| zone["servers"][1]["verdict"] == "unreachable"));
    let queries = QUERIES.load(Ordering::SeqCst);
    // At first 64 queries, each of three datagrams and one over TCP; once 32 of them have failed, four probes a second.
    // A query for each zone would be 4,000.
    assert!((100..1000).contains(&queries), "{queries} datagrams");
}
