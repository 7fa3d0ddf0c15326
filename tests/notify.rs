//! `notify`: to whom NOTIFY goes, what is said of each reply, and what is waited for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::scope;
use std::time::{Duration, Instant};

use zoneprobe::dns::message::{NOERROR, NOTAUTH, NOTIMP, NXDOMAIN, REFUSED};
use zoneprobe::observe::Transport;
use zoneprobe::testserver::{Action, IncomingQuery};

use crate::harness::{Nameserver, Probe, RunningNameserver, until};

const ZONE: &str = "example.test";

fn at(serial: u32) -> Nameserver {
    Nameserver::new().zone(ZONE, serial)
}

fn notify<'n>(primary: &'n RunningNameserver, secondary: &'n RunningNameserver) -> Probe<'n> {
    Probe::notify(ZONE).primary(primary).secondary(secondary)
}

/// Whether a message is a NOTIFY with AA and without a SOA, as it must be.
fn is_notify(asked: &IncomingQuery) -> bool {
    let flags = u16::from_be_bytes([asked.message[2], asked.message[3]]);
    let is_notify = flags >> 11 == 4;
    assert!(!is_notify || (flags & 0x0400 != 0 && asked.message[6..10] == [0; 4]), "{asked:?}");
    is_notify
}

/// The reply to a message with an RCODE: its header and question.
fn reply(asked: &IncomingQuery, rcode: u16) -> Vec<Action> {
    let question = asked.query.as_ref().unwrap().question.len();
    let mut message = asked.message[..12 + question].to_vec();
    message[2] |= 0x80;
    message[3] = rcode.to_le_bytes()[0];
    message[10..12].copy_from_slice(&[0, 0]);
    vec![Action::Send(message)]
}

/// The messages of NOTIFY that a server has received, each with its transport.
type Received = Arc<Mutex<Vec<(Transport, Vec<u8>)>>>;

/// Makes a server reply to NOTIFY with an RCODE, or not at all.
fn replying(server: Nameserver, rcode: Option<u16>) -> (RunningNameserver, Received) {
    let received = Received::default();
    let seen = Arc::clone(&received);
    let server = server.handler(move |asked| {
        if !is_notify(asked) {
            return None;
        }
        seen.lock().unwrap().push((asked.transport, asked.message.clone()));
        Some(rcode.map(|rcode| reply(asked, rcode)).unwrap_or_default())
    });
    (server.start(), received)
}

#[test]
fn a_server_that_takes_notify_is_waited_for_and_has_the_zone_in_the_end() {
    let primary = at(7).start();
    let is_told = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_told);
    let secondary = at(6).handler(move |asked| {
        is_notify(asked).then(|| {
            told.store(true, Ordering::SeqCst);
            reply(asked, NOERROR)
        })
    });
    let secondary = secondary.start();
    let started = Instant::now();
    let outcome = scope(|threads| {
        threads.spawn(|| {
            until("a NOTIFY", || is_told.load(Ordering::SeqCst));
            secondary.set_serial(7);
        });
        notify(&primary, &secondary).args(["--wait", "60s"]).ok()
    });
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(outcome.findings("ns1"), ["notify_taken"]);
    assert_eq!(outcome.server("ns1")["findings"][0]["message"], "it took the NOTIFY, and has serial 7 now");
    assert_eq!(outcome.zone()["compared"], "records");
    let told = format!("{ZONE}: ns1 ({}) took the NOTIFY\n", secondary.address());
    assert_eq!(outcome.stderr(), told);
}

#[test]
fn a_server_that_takes_notify_and_does_nothing_lags_at_the_end_of_the_wait() {
    let primary = at(7).start();
    let (secondary, received) = replying(at(6), Some(NOERROR));
    let started = Instant::now();
    let outcome = notify(&primary, &secondary).args(["--wait", "2s"]).warning();
    assert!(started.elapsed() >= Duration::from_secs(2));
    assert_eq!(outcome.findings("ns1"), ["propagating", "notify_taken"], "{}", outcome.transcript());
    let finding = outcome.server("ns1")["findings"][1].clone();
    assert_eq!(finding["severity"], "ok");
    assert!(finding["message"].as_str().unwrap().contains("its log says why"), "{finding:#}");
    assert!(finding["advice"][0].as_str().unwrap().starts_with("journalctl "), "{finding:#}");
    assert_eq!(received.lock().unwrap().len(), 1);
}

#[test]
fn a_refusal_is_told_with_its_rcode_and_nobody_waits_for_it() {
    let primary = at(7).start();
    for (rcode, name) in
        [(REFUSED, "REFUSED"), (NOTAUTH, "NOTAUTH"), (NXDOMAIN, "NXDOMAIN"), (NOTIMP, "NOTIMP")]
    {
        let (secondary, received) = replying(at(6), Some(rcode));
        let started = Instant::now();
        let outcome = notify(&primary, &secondary).args(["--wait", "60s"]).warning();
        assert!(started.elapsed() < Duration::from_secs(20));
        assert_eq!(outcome.findings("ns1"), ["propagating", "notify_refused"], "{}", outcome.transcript());
        let finding = outcome.server("ns1")["findings"][1].clone();
        let message = finding["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("it refused the NOTIFY ({name})")), "{message}");
        assert!(
            finding["advice"]
                .as_array()
                .unwrap()
                .iter()
                .any(|line| *line == "rndc notify example.test  # on ns0, if it runs BIND")
        );
        assert_eq!(received.lock().unwrap().len(), 1);
        assert!(outcome.stderr().contains(&format!("refused the NOTIFY ({name})\n")), "{}", outcome.stderr());
    }
    let (secondary, _) = replying(at(6), Some(REFUSED));
    let outcome = notify(&primary, &secondary).warning();
    let advice = outcome.server("ns1")["findings"][1]["advice"].clone();
    assert_eq!(advice[4], "# on ns1, if it runs BIND: allow-notify { 127.0.0.1; };", "{advice:#}");
    for format in ["table", "nagios", "junit", "github", "ndjson", "markdown"] {
        let outcome = notify(&primary, &secondary).format(format).warning();
        assert!(outcome.stdout().contains("notify_refused"), "{format}\n{}", outcome.transcript());
    }
}

#[test]
fn a_server_that_is_silent_to_notify_is_told_over_both_transports() {
    let primary = at(7).start();
    let (secondary, received) = replying(at(6), None);
    let outcome = notify(&primary, &secondary).args(["--timeout", "500ms"]).warning();
    assert_eq!(outcome.findings("ns1"), ["propagating", "notify_unanswered"], "{}", outcome.transcript());
    let received = received.lock().unwrap();
    let count = |transport| received.iter().filter(|(over, _)| *over == transport).count();
    assert_eq!((count(Transport::Udp), count(Transport::Tcp)), (3, 1));
}

#[test]
fn nothing_is_sent_where_nobody_lags() {
    let (primary, received) = replying(at(7), Some(NOERROR));
    let (secondary, of_secondary) = replying(at(7), Some(NOERROR));
    let started = Instant::now();
    let outcome = notify(&primary, &secondary).args(["--wait", "60s"]).ok();
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(outcome.stderr(), "example.test: no server is known to lag, so no NOTIFY was sent\n");
    // The records are compared all the same.
    let (diverged, of_diverged) = replying(at(7).replace("www 300 A 192.0.2.9"), Some(NOERROR));
    assert_eq!(notify(&primary, &diverged).critical().verdict("ns1"), "diverged");
    let (ahead, of_ahead) = replying(at(8), Some(NOERROR));
    assert_eq!(notify(&primary, &ahead).args(["--compare", "serials"]).critical().verdict("ns1"), "ahead");
    for received in [received, of_secondary, of_diverged, of_ahead] {
        assert_eq!(*received.lock().unwrap(), []);
    }
}

#[test]
fn a_server_without_a_copy_to_serve_is_notified_and_a_primary_never() {
    let (older, of_older) = replying(at(6), Some(NOERROR));
    let primary = at(7).start();
    let (unloaded, of_unloaded) = replying(at(7).servfail(), Some(NOERROR));
    let (refusing, of_refusing) = replying(at(7).refusing(), Some(NOERROR));
    let probe =
        Probe::notify(ZONE).primary(&primary).primary(&older).secondary(&unloaded).secondary(&refusing);
    let outcome = probe.args(["--wait", "1s"]).critical();
    assert!(outcome.findings("ns2").contains(&"notify_taken".to_owned()), "{}", outcome.transcript());
    assert_eq!(of_unloaded.lock().unwrap().len(), 1);
    assert_eq!((of_older.lock().unwrap().len(), of_refusing.lock().unwrap().len()), (0, 0));
}

#[test]
fn only_a_key_that_the_server_names_signs_notify() {
    const KEY: &str = r#"key "xfr" { algorithm hmac-sha256; secret "c2VjcmV0LW9mLXRoaXMtdGVzdA=="; };"#;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("xfr.key");
    std::fs::write(&file, KEY).unwrap();
    let file = file.display().to_string();
    let primary = at(7).key(KEY).start();
    let run = |key: &str| {
        let (secondary, received) = replying(at(6).key(KEY), Some(NOERROR));
        let server = format!("ns1={}{key}", secondary.address());
        let probe = Probe::notify(ZONE).primary(&primary).args(["--tsig-file", &file, "-s", &server]);
        let outcome = probe.args(["--wait", "0s"]).warning();
        let received = received.lock().unwrap();
        let is_signed = received[0].1[10..12] != [0, 0];
        (outcome.findings("ns1"), outcome.server("ns1")["key"].clone(), is_signed)
    };
    let findings = |last: &str| vec!["propagating".to_owned(), last.to_owned()];
    assert_eq!(run(""), (findings("notify_taken"), "xfr".into(), false));
    // This server replies without a signature, as PowerDNS does.
    assert_eq!(run(",key=xfr"), (findings("notify_refused"), "xfr".into(), true));
}

#[test]
fn servers_with_warn_only_are_notified_and_not_waited_for() {
    let primary = at(7).start();
    let (secondary, received) = replying(at(6), Some(NOERROR));
    let started = Instant::now();
    notify(&primary, &secondary).args(["--wait", "60s", "--warn-only", "ns1"]).warning();
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(received.lock().unwrap().len(), 1);
    let outcome = notify(&primary, &secondary).args(["--warn-only", "ns7"]).unknown();
    assert!(outcome.stderr().contains("`--warn-only ns7` is none of the servers"), "{}", outcome.stderr());
    assert_eq!(received.lock().unwrap().len(), 1);
}

#[test]
fn bad_usage_is_told_in_the_format_that_is_asked_for() {
    let outcome = Probe::notify(ZONE).args(["--wait", "soon"]).unknown();
    assert!(outcome.json()["error"].as_str().unwrap().contains("soon"), "{}", outcome.stdout());
}
