//! Many zones at one server: shared ports and connections, and what is lost on the way.

use std::collections::{BTreeSet, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use zoneprobe::observe::Transport;
use zoneprobe::testserver::{Action, IncomingQuery};

use crate::harness::{Listening, Nameserver, Outcome, Probe};

/// Names of zones, one to a line.
fn zones(count: u32) -> String {
    let names: Vec<String> = (0..count).map(|number| format!("z{number}.test")).collect();
    names.join("\n") + "\n"
}

/// A server of that many zones.
fn server(count: u32) -> Nameserver {
    (0..count).fold(Nameserver::new(), |server, number| server.zone(&format!("z{number}.test"), 7))
}

fn sweep(server: &Listening, count: u32) -> Probe<'_> {
    let probe = Probe::check_no_zone().primary(server).args(["--compare", "serials"]);
    probe.args(["--zones", "-"]).stdin(&zones(count))
}

fn in_sync(outcome: &Outcome) -> usize {
    let json = outcome.json();
    json["zones"].as_array().unwrap().iter().filter(|zone| zone["verdict"] == "in_sync").count()
}

#[test]
fn questions_about_many_zones_share_ports_and_get_new_ones_by_count() {
    static PORTS: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let note = |asked: &IncomingQuery| {
        if asked.transport == Transport::Udp {
            PORTS.lock().unwrap().insert(asked.peer.port());
        }
        None
    };
    let server = server(10).handler(note).start();
    let many: String = zones(10).repeat(300);
    let probe = Probe::check_no_zone().primary(&server).args(["--compare", "serials", "--zones", "-"]);
    let outcome = probe.stdin(&many).ok();
    assert_eq!(in_sync(&outcome), 3000);
    let ports = PORTS.lock().unwrap().len();
    // One question in 1,024 at most opens another, in each of at most four loops.
    assert!((2..=4 * 4).contains(&ports), "3,000 questions came from {ports} ports");
}

#[test]
fn every_question_has_an_id_of_its_own() {
    static IDS: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
    let note = |asked: &IncomingQuery| {
        IDS.lock().unwrap().push(asked.message[..2].to_vec());
        None
    };
    let server = server(100).handler(note).start();
    sweep(&server, 100).ok();
    let ids = IDS.lock().unwrap();
    let different: HashSet<&Vec<u8>> = ids.iter().collect();
    assert!(ids.len() >= 100 && different.len() > 90, "{} ids in {} questions", different.len(), ids.len());
}

#[test]
fn a_lost_datagram_is_sent_again_as_soon_as_the_round_trip_allows() {
    static QUESTIONS: AtomicU64 = AtomicU64::new(0);
    // Every tenth datagram is lost.
    let lossy = |asked: &IncomingQuery| {
        let lost = asked.transport == Transport::Udp && QUESTIONS.fetch_add(1, Ordering::SeqCst) % 10 == 9;
        lost.then(Vec::<Action>::new)
    };
    let server = server(200).handler(lossy).start();
    let begun = Instant::now();
    let outcome = sweep(&server, 200).args(["--timeout", "30s"]).ok();
    assert_eq!(in_sync(&outcome), 200);
    // By the timeout alone, a quarter of 30 s would have passed before any was sent again.
    assert!(begun.elapsed().as_secs() < 7, "it took {:?}", begun.elapsed());
}

#[test]
fn what_datagrams_do_not_answer_shares_connections() {
    let server = server(50).udp_silent().start();
    let outcome = sweep(&server, 50).args(["--timeout", "2s"]).critical();
    let json = outcome.json();
    for zone in json["zones"].as_array().unwrap() {
        assert_eq!(zone["servers"][0]["answer"]["transport"], "tcp", "{zone:#}");
        assert_eq!(zone["servers"][0]["findings"][0]["code"], "udp_unanswered", "{zone:#}");
    }
    let asked = server.asked();
    let over_tcp = asked.iter().filter_map(|asked| asked.strip_prefix("TCP from ")?.split_once(": "));
    let (mut first, mut again, mut zones) = (HashSet::new(), Vec::new(), HashSet::new());
    for (source, question) in over_tcp {
        if zones.insert(question) {
            first.insert(source);
        } else {
            again.push(source);
        }
    }
    assert!((1..=4).contains(&first.len()), "the first questions came over {} connections", first.len());
    // Each zone is asked again over a connection of its own before its server is accused. Now and then the system
    // gives a port once more that was given back.
    assert!(again.len() == 50 && again.iter().all(|source| !first.contains(source)), "{asked:#?}");
    let ports = again.iter().collect::<HashSet<_>>().len();
    assert!(ports >= 45, "50 questions came from {ports} ports");
}

#[test]
fn who_cannot_do_more_than_one_question_on_a_connection_is_asked_over_several() {
    static ANSWERED: AtomicU64 = AtomicU64::new(0);
    // Of all questions that may share a connection, every second one resets it.
    let resetting = |asked: &IncomingQuery| {
        let reset = asked.transport == Transport::Tcp && ANSWERED.fetch_add(1, Ordering::SeqCst) % 2 == 1;
        reset.then(|| vec![Action::Reset])
    };
    let server = server(8).truncating().handler(resetting).start();
    let outcome = Probe::check_no_zone()
        .primary(&server)
        .args(["--compare", "serials", "--zones", "-", "--timeout", "2s"])
        .stdin(&zones(8))
        .run();
    // Who was cut off asked again alone; who was reset then too has been asked twice.
    let answered = in_sync(&outcome);
    assert!(answered >= 4, "{answered} of 8 were answered\n{}", outcome.transcript());
}

#[test]
fn who_is_silent_does_not_make_the_others_wait() {
    let (present, silent) = (server(100).start(), server(100).silent().start());
    let begun = Instant::now();
    let outcome = sweep(&present, 100).secondary(&silent).args(["--timeout", "1s"]).critical();
    let json = outcome.json();
    for zone in json["zones"].as_array().unwrap() {
        assert_eq!(zone["servers"][0]["verdict"], "in_sync", "{zone:#}");
        assert_eq!(zone["servers"][1]["verdict"], "unreachable", "{zone:#}");
    }
    // Each takes 1.75 s; all of them together take little more.
    assert!(begun.elapsed().as_secs() < 15, "it took {:?}", begun.elapsed());
}

#[test]
fn who_is_silent_for_long_is_still_asked_about_each_zone_and_not_three_times() {
    static ASKED: AtomicU64 = AtomicU64::new(0);
    let count = |_: &IncomingQuery| {
        ASKED.fetch_add(1, Ordering::SeqCst);
        Some(Vec::new())
    };
    let (present, silent) = (server(1000).start(), server(1000).handler(count).start());
    let outcome = sweep(&present, 1000).secondary(&silent).args(["--timeout", "1s"]).critical();
    let json = outcome.json();
    let zones = json["zones"].as_array().unwrap();
    assert!(zones.iter().all(|zone| zone["servers"][1]["verdict"] == "unreachable"));
    let asked = ASKED.load(Ordering::SeqCst);
    // Two looks at each zone, with one or two sendings of each question; in full it would be 4,700.
    assert!((1000..3500).contains(&asked), "{asked} questions");
}
