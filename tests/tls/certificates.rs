//! Which certificates are accepted, from servers and by them, and what is said of the others.

use rustls::version::{TLS12, TLS13};

use super::{World, certificate, failure, probe};
use crate::harness::tls::{Authority, Certificate, Flaw, TlsFront};

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
