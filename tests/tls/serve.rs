//! TLS in `serve`: files are read again when it reloads, and what was seen over TLS is kept apart.

use std::fs;
use std::net::UdpSocket;
use std::sync::Arc;
use std::thread;

use super::{World, ZONE, certificate};
use crate::harness::service::MAX_AGE;
use crate::harness::tls::{Authority, Flaw, TlsFront};
use crate::harness::{Nameserver, RunningNameserver, Service};

/// A configuration with a primary, and `ns1` at an address with these keys of `tls`.
fn configuration(primary: &RunningNameserver, ns1: &str) -> String {
    let primary = primary.address();
    format!(
        "probe: {{interval: 1s}}\nservers:\n  ns0: {{address: \"{primary}\", role: primary}}\n  ns1: {{{ns1}}}\n\
         zones: [{ZONE}]\nhttp: {{lifecycle: true}}\n"
    )
}

#[test]
fn a_reload_reads_the_files_of_tls_again_and_keeps_the_old_ones_where_one_is_broken() {
    let (world, others) = (World::new(), Authority::new());
    let issue = |authority: &Authority| authority.issue(&["client.test"], Flaw::None);
    let (client, stranger) = (issue(&world.authority), issue(&others));
    let front = TlsFront::new(&certificate(&world.authority)).demanding_clients_of(&world.authority);
    let front = front.start(Some(world.other.address()));
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let put = |from: &str, to: &str| fs::copy(from, directory.path().join(to)).unwrap();
    let put_identity = |of: &crate::harness::tls::Certificate| {
        put(&of.file, "c.pem");
        put(&of.key_file, "c.key");
    };
    let ns1 = format!("address: \"tls://{}\", tls: {{ca: ca.pem, cert: c.pem, key: c.key}}", front.address);
    put(&world.authority.file, "ca.pem");
    put_identity(&stranger);
    let text = configuration(&world.primary, &ns1);
    let service = Service::in_directory(&directory, &text, &[]).expect("the service starts");
    let is_refused = |server: &serde_json::Value| server["findings"][1]["code"] == "tls_failed";
    assert!(is_refused(&service.await_verdict(ZONE, "ns1", "unknown")));
    // A new certificate of the client.
    put_identity(&client);
    service.signal("HUP");
    service.await_verdict(ZONE, "ns1", "in_sync");
    // A broken file.
    fs::write(service.path("ca.pem"), "no certificate").unwrap();
    let response = service.request("POST", "/-/reload");
    assert_eq!(response.status, 500);
    assert!(response.text.contains("cannot read `ca.pem`"), "{}", response.text);
    let failed = || service.sample("zoneprobe_config_last_reload_successful", &[]) == Some(0.0);
    assert!(failed());
    service.until("a check", || service.oldest_check_age(ZONE) < MAX_AGE);
    assert_eq!(service.server(ZONE, "ns1")["verdict"], "in_sync");
    // A key that is not that of the certificate.
    put(&world.authority.file, "ca.pem");
    put(&stranger.key_file, "c.key");
    let response = service.request("POST", "/-/reload");
    assert_eq!(response.status, 500);
    assert!(response.text.contains("not the key of the certificate"), "{}", response.text);
    assert_eq!(service.server(ZONE, "ns1")["verdict"], "in_sync");
    // Another authority.
    put(&client.key_file, "c.key");
    put(&others.file, "ca.pem");
    assert_eq!(service.request("POST", "/-/reload").status, 200);
    let server = service.await_verdict(ZONE, "ns1", "unknown");
    let message = server["failure"]["message"].as_str().unwrap();
    assert!(message.contains("the issuer of its certificate is not trusted"), "{message}");
    put(&world.authority.file, "ca.pem");
    service.signal("HUP");
    service.await_verdict(ZONE, "ns1", "in_sync");
}

#[test]
fn a_reload_takes_another_pin() {
    let world = World::new();
    let (certificate, front) = world.front(Flaw::None);
    let other = world.authority.issue(&["other.test"], Flaw::None);
    let text = |pin: &str| {
        configuration(
            &world.primary,
            &format!("address: \"tls://{}\", tls: {{pin: \"{pin}\"}}", front.address),
        )
    };
    let service = Service::start(&text(&other.pin));
    let server = service.await_verdict(ZONE, "ns1", "unknown");
    let message = server["failure"]["message"].as_str().unwrap();
    assert!(message.contains(&certificate.pin), "{message}");
    service.rewrite(&text(&certificate.pin));
    service.signal("HUP");
    service.await_verdict(ZONE, "ns1", "in_sync");
    service.rewrite(&text("no pin"));
    service.signal("HUP");
    service.until("a reload that fails", || service.log().contains("configuration not reloaded"));
    assert_eq!(service.server(ZONE, "ns1")["verdict"], "in_sync");
}

/// Hands datagrams on to a server, at the port of another that answers over TLS.
fn relay(at: std::net::SocketAddr, behind: &RunningNameserver) {
    let (clients, behind) = (UdpSocket::bind(at).unwrap(), behind.address());
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, client)) = clients.recv_from(&mut buffer) {
            let server = UdpSocket::bind("127.0.0.1:0").unwrap();
            server.send_to(&buffer[..length], behind).unwrap();
            let length = server.recv(&mut buffer).unwrap();
            let _ = clients.send_to(&buffer[..length], client);
        }
    });
}

#[test]
fn what_is_seen_at_a_port_over_tls_is_kept_apart_from_what_is_seen_without() {
    let world = World::new();
    let (_, front) = world.front(Flaw::None);
    let behind = Nameserver::new().zone(ZONE, 6).start();
    relay(front.address, &behind);
    let (primary, address, ca) = (world.primary.address(), front.address, &world.authority.file);
    let text = format!(
        "probe: {{interval: 1s}}\nservers:\n  ns0: {{address: \"{primary}\", role: primary}}\n  ns1: {{address: \
         \"{address}\"}}\n  ns2: {{address: \"tls://{address}\", tls: {{ca: {ca}}}}}\n\
         zones: [{{zone: {ZONE}, compare: serials}}]\n"
    );
    let service = Service::start(&text);
    service.await_verdict(ZONE, "ns1", "propagating");
    service.await_verdict(ZONE, "ns2", "in_sync");
    let last_in_sync = |server: &str| {
        service.sample("zoneprobe_server_last_in_sync_timestamp_seconds", &[&format!("server=\"{server}\"")])
    };
    service.until("two checks", || service.sample("zoneprobe_queries_total", &["ns2"]) >= Some(2.0));
    assert!(last_in_sync("ns2").is_some());
    assert_eq!(last_in_sync("ns1"), None, "it never was");
    // The lag of the one does not end, because the other has the version.
    let since = service.server(ZONE, "ns1")["since"].clone();
    assert!(since.is_string());
    service.until("another check", || service.sample("zoneprobe_queries_total", &["ns2"]) >= Some(4.0));
    assert_eq!(service.server(ZONE, "ns1")["since"], since);
}
