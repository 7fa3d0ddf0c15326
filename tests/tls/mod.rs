//! Servers that are asked over TLS: what is verified, each way in which that fails, and that nothing is sent in clear text.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::mpsc;
use std::time::Duration;

use rustls::HandshakeKind;
use rustls::version::{TLS12, TLS13};
use zoneprobe::testserver::Zone;

use crate::harness::tls::{Authority, Certificate, Flaw, RunningTlsFront, TlsFront};
use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver};

const ZONE: &str = "example.test";

/// The names of a good certificate.
const NAMES: [&str; 2] = ["ns0.test", "127.0.0.1"];

fn server() -> Nameserver {
    Nameserver::new().zone(ZONE, 7).hosts(2000)
}

fn certificate(authority: &Authority) -> Certificate {
    authority.issue(&NAMES, Flaw::None)
}

/// Checks a primary over TCP, and an address over TLS with these settings.
fn probe<'n>(primary: &'n RunningNameserver, over_tls: SocketAddr, settings: &str) -> Probe<'n> {
    Probe::check(ZONE).primary(primary).arg("--secondary").arg(format!("ns1=tls://{over_tls}{settings}"))
}

/// The text of the finding `tls_failed` of `ns1`, of which nothing else is known.
#[track_caller]
fn failure(outcome: &Outcome) -> String {
    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "unknown", "{server:#}");
    assert_eq!(server["failure"]["kind"], "tls", "{server:#}");
    let findings = server["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["code"] == "tls_failed").unwrap();
    assert_eq!(finding["severity"], "unknown");
    assert!(finding["message"] == server["failure"]["message"], "{server:#}");
    finding["message"].as_str().unwrap().to_owned()
}

struct World {
    authority: Authority,
    primary: RunningNameserver,
    other: RunningNameserver,
}

impl World {
    fn new() -> Self {
        Self { authority: Authority::new(), primary: server().start(), other: server().start() }
    }

    fn front(&self, flaw: Flaw) -> (Certificate, RunningTlsFront) {
        let certificate = self.authority.issue(&NAMES, flaw);
        let front = TlsFront::new(&certificate).start(Some(self.other.address()));
        (certificate, front)
    }

    fn ca(&self) -> String {
        format!(",tls-ca={}", self.authority.file)
    }
}

#[test]
fn copies_are_compared_over_tls_with_an_authority_a_name_or_a_pin() {
    let world = World::new();
    let (certificate, front) = world.front(Flaw::None);
    let (ca, pin) = (world.ca(), format!(",tls-pin={}", certificate.pin));
    for settings in [&ca, &pin, &format!("{ca},tls-name=ns0.test"), &format!("{ca}{pin}{pin}")] {
        let outcome = probe(&world.primary, front.address, settings).ok();
        let server = outcome.server("ns1");
        assert_eq!(server["answer"]["transport"], "tls", "{settings}: {server:#}");
        assert_eq!(server["copy"]["transport"], "tls");
        assert!(server["answer"]["certificate_expires"].is_string());
        let primary = outcome.server("ns0");
        assert_eq!(
            (&primary["answer"]["transport"], &primary["copy"]["transport"]),
            (&"udp".into(), &"tcp".into())
        );
        assert!(primary["answer"]["certificate_expires"].is_null());
    }
    // Other than a first query, a transfer may resume a session.
    let handshakes = front.handshakes();
    assert_eq!(handshakes[0], HandshakeKind::Full);
    assert!(handshakes.contains(&HandshakeKind::Resumed), "{handshakes:?}");
}

#[test]
fn a_difference_is_found_over_tls_by_transfer_and_by_queries() {
    let world = World::new();
    let certificate = certificate(&world.authority);
    let other = server().replace("h7 3600 A 192.0.2.99").start();
    for version in [&TLS12, &TLS13] {
        let front = TlsFront::new(&certificate).only(version).start(Some(other.address()));
        for by in ["transfer", "query"] {
            let outcome = probe(&world.primary, front.address, &world.ca()).args(["--by", by]).critical();
            assert_eq!(outcome.verdict("ns1"), "diverged");
            assert_eq!(outcome.differences("ns1").len(), 1, "{by}");
            assert_eq!(outcome.server("ns1")["copy"]["transport"], "tls");
            assert!(!outcome.findings("ns1").contains(&"udp_unanswered".to_owned()));
        }
    }
    assert!(other.queries().iter().all(|query| !query.contains("UDP")), "{:?}", other.queries());
}

#[test]
fn the_changes_of_a_reference_are_asked_for_over_tls() {
    let authority = Authority::new();
    let before = |zone: Zone| zone.replace("www 300 A 192.0.2.80").unwrap();
    let primary =
        Nameserver::new().zone(ZONE, 7).replace("www 300 A 192.0.2.81").ixfr_since(6, before).start();
    let front = TlsFront::new(&certificate(&authority)).start(Some(primary.address()));
    let lagging = || Nameserver::new().zone(ZONE, 6);
    let (lagging, corrupt) = (lagging().start(), lagging().replace("mail 3600 A 192.0.2.99").start());
    let probe = Probe::check(ZONE).arg("--primary");
    let probe = probe.arg(format!("ns0=tls://{},tls-ca={}", front.address, authority.file));
    let outcome = probe.secondary_named("ns1", &lagging).secondary_named("ns2", &corrupt).run();
    assert_eq!([outcome.verdict("ns1"), outcome.verdict("ns2")], ["behind", "diverged"]);
    assert!(primary.queries().iter().any(|query| query.contains("IXFR")), "{:?}", primary.queries());
}

#[test]
fn each_sample_has_a_connection_of_its_own() {
    let world = World::new();
    let (_certificate, front) = world.front(Flaw::None);
    let samples = ["--samples", "5", "--compare", "serials"];
    probe(&world.primary, front.address, &world.ca()).args(samples).ok();
    assert_eq!(front.handshakes().len(), 5);
}

#[test]
fn queries_inside_of_tls_are_signed() {
    const KEY: &str = r#"key "xfr" { algorithm hmac-sha256; secret "c2VjcmV0LW9mLXRoaXMtdGVzdA=="; };"#;
    let world = World::new();
    let signing = server().key(KEY).requiring_key().start();
    let front = TlsFront::new(&certificate(&world.authority)).start(Some(signing.address()));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("key").display().to_string();
    std::fs::write(&file, KEY).unwrap();
    let settings = format!("{},key=xfr", world.ca());
    let outcome = probe(&signing, front.address, &settings).args(["--tsig-file", &file]).ok();
    assert_eq!(outcome.server("ns1")["copy"]["transport"], "tls");
}

#[test]
fn each_certificate_that_is_not_accepted_has_its_own_words_and_a_remedy() {
    let (world, others) = (World::new(), [Authority::new(), Authority::named("another authority")]);
    let ca = world.ca();
    for (flaw, settings, parts) in [
        (
            Flaw::None,
            format!("{ca},tls-name=ns9.test"),
            ["is for ns0.test, 127.0.0.1, and not for ns9.test", "tls-name"],
        ),
        (Flaw::NoNames, ca.clone(), ["no subject alternative name", "tls-pin"]),
        (Flaw::Expired, ca.clone(), ["expired at 2024-02-29T00:00:00Z", ""]),
        (Flaw::NotYetValid, ca.clone(), ["not valid before 2090-01-01T00:00:00Z", "clock"]),
        (Flaw::Authority, ca.clone(), ["certificate authority (CA:TRUE)", "tls-pin"]),
        (
            Flaw::None,
            format!(",tls-ca={}", others[0].file),
            ["the issuer of its certificate is not trusted", "tls-ca"],
        ),
        (
            Flaw::None,
            format!(",tls-ca={}", others[1].file),
            ["the issuer of its certificate is not trusted", "tls-pin"],
        ),
    ] {
        let (certificate, front) = world.front(flaw);
        let message = failure(&probe(&world.primary, front.address, &settings).unknown());
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
        // With the pin of its key, it may be any certificate.
        let outcome = probe(&world.primary, front.address, &format!(",tls-pin={}", certificate.pin)).run();
        assert_eq!(outcome.verdict("ns1"), "in_sync", "{flaw:?}");
        if !settings.contains("tls-name") && flaw != Flaw::None {
            let both = format!("{settings},tls-pin={}", certificate.pin);
            assert_eq!(failure(&probe(&world.primary, front.address, &both).unknown()), message);
        }
    }
}

#[test]
fn a_server_with_another_key_is_not_accepted_and_its_pin_is_shown() {
    let world = World::new();
    let (certificate, front) = world.front(Flaw::None);
    let other = world.authority.issue(&["other.test"], Flaw::None);
    for settings in [format!(",tls-pin={}", other.pin), format!("{},tls-pin={}", world.ca(), other.pin)] {
        let message = failure(&probe(&world.primary, front.address, &settings).unknown());
        assert!(message.contains(&format!("its pin is {}", certificate.pin)), "{message}");
    }
}

#[test]
fn a_certificate_that_expires_soon_is_a_warning() {
    let world = World::new();
    let (certificate, front) = world.front(Flaw::ExpiresSoon);
    let outcome = probe(&world.primary, front.address, &world.ca()).warning();
    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.findings("ns1"), ["tls_certificate_expires_soon"]);
    let exposition = probe(&world.primary, front.address, &world.ca()).format("prometheus").warning();
    let series = "zoneprobe_server_tls_certificate_expiry_timestamp_seconds{";
    assert_eq!(exposition.stdout().lines().filter(|line| line.starts_with(series)).count(), 1);
    drop(certificate);
    let (certificate, front) = world.front(Flaw::Expired);
    let settings = format!(",tls-pin={}", certificate.pin);
    let outcome = probe(&world.primary, front.address, &settings).warning();
    assert_eq!(outcome.findings("ns1"), ["tls_certificate_expires_soon"]);
}

#[test]
fn a_server_that_wants_a_certificate_gets_the_one_that_is_named() {
    let (world, others) = (World::new(), Authority::new());
    let (server, client) =
        (certificate(&world.authority), world.authority.issue(&["client.test"], Flaw::None));
    let stranger = others.issue(&["stranger.test"], Flaw::None);
    let identity = |of: &Certificate| format!("{},tls-cert={},tls-key={}", world.ca(), of.file, of.key_file);
    for version in [&TLS12, &TLS13] {
        let front = TlsFront::new(&server).only(version).demanding_clients_of(&world.authority);
        let front = front.start(Some(world.other.address()));
        probe(&world.primary, front.address, &identity(&client)).ok();
        let message = failure(&probe(&world.primary, front.address, &world.ca()).unknown());
        assert!(message.contains("tls-cert and tls-key"), "{message}");
        let message = failure(&probe(&world.primary, front.address, &identity(&stranger)).unknown());
        assert!(message.contains("tls-cert"), "{message}");
    }
    // One that nobody asks for does no harm.
    let (_, front) = world.front(Flaw::None);
    probe(&world.primary, front.address, &identity(&client)).ok();
}

#[test]
fn a_server_that_closes_the_connection_after_the_handshake_is_unknown() {
    let world = World::new();
    let front = TlsFront::new(&certificate(&world.authority)).start(None);
    let message = failure(&probe(&world.primary, front.address, &world.ca()).unknown());
    assert!(message.contains("closed the connection after the TLS handshake"), "{message}");
}

/// A peer that takes connections on TCP, and records all that arrives, over UDP too.
struct RecordingPeer {
    address: SocketAddr,
    received: mpsc::Receiver<Vec<u8>>,
    datagrams: UdpSocket,
}

impl RecordingPeer {
    /// Answers the first bytes of each connection with `answer`; `None`: says nothing and keeps it open.
    fn start(answer: Option<&'static [u8]>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let datagrams = UdpSocket::bind(address).unwrap();
        let (sender, received) = mpsc::channel();
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut buffer = [0; 4096];
                let length = stream.read(&mut buffer).unwrap_or(0);
                if sender.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
                match answer {
                    Some(answer) => drop(stream.write_all(answer)),
                    None => open.push(stream),
                }
            }
        });
        Self { address, received, datagrams }
    }

    /// Asserts that nothing arrived but the beginnings of handshakes.
    fn assert_no_clear_text(&self) {
        let received: Vec<Vec<u8>> = self.received.try_iter().collect();
        assert!(!received.is_empty());
        for bytes in received {
            // A handshake record, and the version in it.
            assert_eq!(bytes[..2], [0x16, 3], "{bytes:?}");
            let zone = b"\x07example\x04test";
            assert!(!bytes.windows(zone.len()).any(|window| window == zone), "{bytes:?}");
        }
        self.datagrams.set_nonblocking(true).unwrap();
        assert!(self.datagrams.recv(&mut [0; 512]).is_err(), "a datagram was sent");
    }
}

#[test]
fn what_answers_and_speaks_no_tls_is_unknown_and_sees_no_clear_text() {
    let world = World::new();
    let stalled_record = b"\x16\x03\x03\x40\x00half a record";
    for (answer, kind, part) in [
        (Some(b"HTTP/1.1 400 Bad Request\r\n\r\n".as_slice()), "tls", "does not speak TLS"),
        (Some(b"\0\x0c\0\0\x80\x01\0\0\0\0\0\0\0\0"), "tls", "does not speak TLS"),
        // An alert: handshake_failure.
        (Some(b"\x15\x03\x03\0\x02\x02\x28"), "tls", "alert handshake_failure"),
        // An alert: protocol_version.
        (Some(b"\x15\x03\x03\0\x02\x02\x46"), "tls", "neither TLS 1.2 nor TLS 1.3"),
        (Some(b""), "tls", "during the TLS handshake"),
        (Some(stalled_record), "tls", "during the TLS handshake"),
        (None, "timeout", "over TLS"),
    ] {
        let peer = RecordingPeer::start(answer);
        let run = probe(&world.primary, peer.address, &world.ca()).args(["--timeout", "500ms"]);
        if kind == "tls" {
            let message = failure(&run.unknown());
            assert!(message.contains(part), "{message}");
        } else {
            let outcome = run.critical();
            assert_eq!(outcome.verdict("ns1"), "unreachable");
            assert_eq!(outcome.server("ns1")["failure"]["kind"], kind);
            let message = outcome.server("ns1")["findings"][0]["message"].as_str().unwrap().to_owned();
            assert!(message.contains(part) && !message.contains("UDP"), "{message}");
        }
        peer.assert_no_clear_text();
    }
}

#[test]
fn a_server_that_cannot_be_asked_over_tls_is_asked_in_no_other_way() {
    let world = World::new();
    // A server that speaks no TLS is silent: it takes the handshake for a length.
    let outcome =
        probe(&world.primary, world.other.address(), &world.ca()).args(["--timeout", "500ms"]).run();
    assert_eq!(outcome.verdict("ns1"), "unreachable");
    assert_eq!(world.other.queries(), Vec::<String>::new());
}

#[test]
fn files_of_tls_that_cannot_be_used_end_the_run_with_their_names() {
    let world = World::new();
    let (certificate, directory) = (certificate(&world.authority), tempfile::tempdir().unwrap());
    let empty = directory.path().join("empty").display().to_string();
    std::fs::write(&empty, "").unwrap();
    let (file, key) = (&certificate.file, &certificate.key_file);
    let other = &world.authority.issue(&["other.test"], Flaw::None).key_file;
    for (settings, parts) in [
        (",tls-ca=/does/not/exist".to_owned(), ["cannot read `/does/not/exist`", "No such file"]),
        (format!(",tls-ca={empty}"), ["cannot use", "no certificate in PEM"]),
        (format!(",tls-ca={key}"), ["cannot use", "no certificate in PEM"]),
        (format!(",tls-cert={file},tls-key={file}"), ["cannot use", "no private key in PEM"]),
        (format!(",tls-cert={file},tls-key={other}"), ["cannot use", "not the key of the certificate"]),
    ] {
        let address = world.other.address();
        let outcome = probe(&world.primary, address, &settings).run();
        assert_eq!(outcome.code(), 3);
        let error = outcome.stderr();
        assert!(error.contains("server `ns1`") && parts.iter().all(|part| error.contains(part)), "{error}");
    }
    assert_eq!(world.other.queries(), Vec::<String>::new());
}

#[test]
fn a_private_key_that_all_users_can_read_is_warned_of_wherever_it_is_named() {
    let world = World::new();
    let (_, front) = world.front(Flaw::None);
    let (primary, ca, client) = (&world.primary, &world.authority.file, certificate(&world.authority));
    let (certificate, key) = client.files();
    let config = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "servers:\n  ns0: {{address: \"{}\", role: primary}}\n  ns1: {{address: \"{}\", tls: {{ca: {ca}, cert: \
         {certificate}, key: {key}}}}}\nzones: [{ZONE}]\n",
        primary.address(),
        front.address
    );
    std::fs::write(&config, text).unwrap();
    let settings = format!("{},tls-cert={certificate},tls-key={key}", world.ca());
    let warning = format!("everybody on this host can read the key file `{key}`");
    for (mode, count) in [(0o600, 0), (0o644, 1)] {
        std::fs::set_permissions(key, std::fs::Permissions::from_mode(mode)).unwrap();
        let by_options = probe(primary, front.address, &settings);
        let by_config = Probe::check(ZONE).args(["--config", config.path().to_str().unwrap()]);
        for probe in [by_options, by_config] {
            let stderr = probe.ok().stderr().to_owned();
            assert_eq!(stderr.matches(&warning).count(), count, "{stderr}");
        }
    }
}

#[test]
fn the_configuration_names_what_a_server_is_asked_with() {
    let world = World::new();
    let (server, client) =
        (certificate(&world.authority), world.authority.issue(&["client.test"], Flaw::None));
    let front =
        TlsFront::new(&server).demanding_clients_of(&world.authority).start(Some(world.other.address()));
    let directory = tempfile::tempdir().unwrap();
    // Files are found from the folder of the configuration.
    for (from, to) in
        [(&world.authority.file, "ca.pem"), (&client.file, "c.pem"), (&client.key_file, "c.key")]
    {
        std::fs::copy(from, directory.path().join(to)).unwrap();
    }
    let file = directory.path().join("c.yaml").display().to_string();
    let check = |address: &str, tls: &str| {
        let primary = world.primary.address();
        let text = format!(
            "servers:\n  ns0: {{address: \"{primary}\", role: primary}}\n  ns1: {{address: \"{address}\"{tls}}}\n\
             zones: [{ZONE}]\n"
        );
        std::fs::write(&file, text).unwrap();
        Probe::check(ZONE).args(["--config", &file])
    };
    let (address, url) = (front.address.to_string(), format!("tls://{}", front.address));
    let identity = "cert: c.pem, key: c.key";
    for (address, tls) in [
        (&address, format!(", tls: {{ca: ca.pem, {identity}}}")),
        (&url, format!(", tls: {{ca: ca.pem, name: ns0.test, {identity}}}")),
        (&url, format!(", tls: {{pin: \"{}\", {identity}}}", server.pin)),
        (&address, format!(", tls: {{pin: [\"{}\"], ca: ca.pem, {identity}}}", server.pin)),
    ] {
        let outcome = check(address, &tls).ok();
        assert_eq!(outcome.server("ns1")["copy"]["transport"], "tls", "{tls}");
    }
    for (address, tls, part) in [
        (&url, "", "the issuer of its certificate is not trusted"),
        (&address, ", tls: true", "the issuer of its certificate is not trusted"),
        (&address, ", tls: {}", "the issuer of its certificate is not trusted"),
    ] {
        let message = failure(&check(address, tls).unknown());
        assert!(message.contains(part), "{message}");
    }
    for (tls, parts) in [
        (", tls: {ca: gone.pem}", ["cannot read `gone.pem`: No such file", "c.yaml:3:"]),
        (", tls: {ca: c.key}", ["cannot read `c.key`: it holds no certificate in PEM", "c.yaml:3:"]),
        (", tls: {cert: c.pem}", ["`key` is missing", "c.yaml:3:"]),
        (", tls: {cert: c.pem, key: c.pem}", ["cannot read `c.pem`: it holds no private key", "c.yaml:3:"]),
        (", tls: {pin: abc}", ["`abc` is not a pin", "44 characters"]),
        (", tls: {names: a}", ["the key `names` is not known here", "did you mean `name`?"]),
        (", tls: false", ["`false` is not one of the known values", "`true`"]),
    ] {
        let outcome = check(&address, tls).run();
        assert_eq!(outcome.code(), 3);
        let error = outcome.stderr();
        assert!(parts.iter().all(|part| error.contains(part)), "{tls}: {error}");
    }
}

#[test]
fn a_record_that_comes_byte_by_byte_is_given_up_as_over_tcp() {
    let world = World::new();
    let slow = server().slow_transfer(20).start();
    let front = TlsFront::new(&certificate(&world.authority)).start(Some(slow.address()));
    let started = std::time::Instant::now();
    let run =
        probe(&world.primary, front.address, &world.ca()).args(["--idle-timeout", "1s", "--by", "transfer"]);
    let outcome = run.unknown();
    assert_eq!(outcome.verdict("ns1"), "unknown");
    assert!(started.elapsed() < Duration::from_secs(20));
}
