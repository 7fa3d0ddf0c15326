use super::*;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn address(text: &str) -> Destination {
    text.parse::<SocketAddr>().unwrap().into()
}

#[test]
fn a_server_that_is_asked_over_tls_is_asked_with_kdig() {
    let pin = "d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=";
    let options = [("tls-ca", None), ("tls-hostname", Some("ns1.test")), ("tls-pin", Some(pin))];
    let at = |text: &str| Destination::over_tls(text.parse().unwrap(), &options);
    let (zone, usual, other) = (name("example.com"), at("192.0.2.1:853"), at("[2001:db8::1]:8853"));
    let shown = format!("+tls-ca +tls-hostname=ns1.test +tls-pin='{pin}' example.com");
    assert_eq!(ask_soa(&zone, &usual, true), format!("kdig @192.0.2.1 {shown} SOA +norecurse +nsid"));
    assert_eq!(
        ask_rrset(&zone, crate::dns::Rtype::NS, &other),
        format!("kdig @2001:db8::1 -p 8853 {shown} NS +norecurse")
    );
    let transfer =
        format!("kdig @192.0.2.1 {shown} AXFR  # run it on ns2: does the primary give it the zone?");
    assert_eq!(ask_transfer(&zone, &usual, "ns2"), transfer);
    let commands = reachability(&zone, "ns1", &usual);
    assert!(commands[1].starts_with("ss -lnt 'sport = :853'  # on ns1: does it listen on 192.0.2.1?"));
    assert!(
        show_certificate(&other, "ns1.test").contains("-connect [2001:db8::1]:8853 -servername ns1.test <")
    );
    assert!(show_certificate(&usual, "192.0.2.1").contains("-connect 192.0.2.1:853 <"));
}

/// The steps that raise the serial at a primary past another serial.
fn raised(zone: &Name, reference: Serial, past: Serial, primary: &str) -> Vec<String> {
    raise_serial(zone, (reference, past), &on_server(primary), primary)
}

#[test]
fn a_full_transfer_has_a_command_for_each_server_software() {
    assert_eq!(
        full_transfer(&name("example.com."), "ns1"),
        [
            "rndc retransfer example.com  # on ns1, if it runs BIND",
            "nsd-control force_transfer example.com  # on ns1, if it runs NSD",
            "knotc zone-retransfer example.com  # on ns1, if it runs Knot",
            "pdns_control retrieve example.com  # on ns1, if it runs PowerDNS",
        ]
    );
}

#[test]
fn a_refresh_has_a_command_for_each_server_software() {
    assert_eq!(
        refresh(&name("example.com"), "ns1.example.net"),
        [
            "rndc refresh example.com  # on ns1.example.net, if it runs BIND",
            "nsd-control transfer example.com  # on ns1.example.net, if it runs NSD",
            "knotc zone-refresh example.com  # on ns1.example.net, if it runs Knot",
            "pdns_control retrieve example.com  # on ns1.example.net, if it runs PowerDNS",
        ]
    );
}

#[test]
fn notify_has_a_command_for_each_server_software() {
    assert_eq!(
        notify(&name("example.com"), "ns0"),
        [
            "rndc notify example.com  # on ns0, if it runs BIND",
            "nsd-control notify example.com  # on ns0, if it runs NSD",
            "knotc zone-notify example.com  # on ns0, if it runs Knot",
            "pdns_control notify example.com  # on ns0, if it runs PowerDNS",
        ]
    );
}

#[test]
fn what_lets_a_secondary_take_notify_has_the_address_that_it_comes_from() {
    assert_eq!(
        accept_notify("ns1", Some("192.0.2.9".parse().unwrap())),
        [
            "# on ns1, if it runs BIND: allow-notify { 192.0.2.9; };",
            "# on ns1, if it runs NSD: allow-notify: 192.0.2.9 NOKEY",
            "# on ns1, if it runs Knot: acl with address 192.0.2.9, action notify",
            "# on ns1, if it runs PowerDNS: trusted-notification-proxy=192.0.2.9",
        ]
    );
    assert!(
        accept_notify("$(id)", None)[0].starts_with("# on '$(id)', if it runs BIND: allow-notify { ADDRESS;")
    );
}

#[test]
fn one_command_reads_the_log_of_any_software() {
    assert_eq!(
        read_log(&name("example.com"), "ns 1"),
        "journalctl -u named -u nsd -u knot -u pdns -u yadifa | grep -F example.com  # on 'ns 1': zoneprobe explain \
         stuck tells the cause by the line"
    );
    assert!(read_log(&name("a;b.test"), "ns1").contains("grep -F 'a\\;b.test'  #"));
}

#[test]
fn the_status_has_a_command_for_each_server_software() {
    assert_eq!(
        zone_status(&name("example.com"), "ns1"),
        [
            "rndc zonestatus example.com  # on ns1, if it runs BIND",
            "nsd-control zonestatus example.com  # on ns1, if it runs NSD",
            "knotc zone-status example.com  # on ns1, if it runs Knot",
            "pdnsutil show-zone example.com  # on ns1, if it runs PowerDNS",
        ]
    );
}

#[test]
fn a_transfer_is_tried_on_the_secondary() {
    assert_eq!(
        ask_transfer(&name("example.com"), &address("192.0.2.1:5301"), "ns1"),
        "dig @192.0.2.1 -p 5301 example.com AXFR +onesoa  # run it on ns1: does the primary give it the zone?"
    );
}

#[test]
fn a_soa_query_states_only_an_unusual_port() {
    let zone = name("example.com");
    for (at, tcp, command) in [
        ("192.0.2.1:53", false, "dig @192.0.2.1 example.com SOA +norecurse +nsid"),
        ("192.0.2.1:5301", true, "dig @192.0.2.1 -p 5301 example.com SOA +norecurse +nsid +tcp"),
        ("[2001:db8::1]:53", false, "dig @2001:db8::1 example.com SOA +norecurse +nsid"),
        ("[fe80::1%2]:53", false, "dig @fe80::1%2 example.com SOA +norecurse +nsid"),
    ] {
        assert_eq!(ask_soa(&zone, &address(at), tcp), command);
    }
}

#[test]
fn a_zone_that_dig_would_misread_is_escaped() {
    let at = address("192.0.2.1:53");
    for (zone, question) in [
        ("ch", "dig @192.0.2.1 ch. SOA +norecurse +nsid"),
        (".", "dig @192.0.2.1 . SOA +norecurse +nsid"),
        ("-f.example", r"dig @192.0.2.1 '\045f.example' SOA +norecurse +nsid"),
        ("+x.example", r"dig @192.0.2.1 '\043x.example' SOA +norecurse +nsid"),
    ] {
        assert_eq!(ask_soa(&name(zone), &at, false), question);
        assert_eq!(name(&zone_text(&name(zone))), name(zone));
    }
}

#[test]
fn an_unreachable_server_is_examined_from_both_ends() {
    assert_eq!(
        reachability(&name("example.com"), "ns1", &address("192.0.2.1:5301")),
        [
            "dig @192.0.2.1 -p 5301 example.com SOA +norecurse +nsid  # from another network too: does it reply on UDP?",
            "dig @192.0.2.1 -p 5301 example.com SOA +norecurse +nsid +tcp  # and on TCP?",
            "ss -lntu 'sport = :5301'  # on ns1: does it listen on 192.0.2.1, port 5301?",
            "rndc status  # on ns1, if it runs BIND",
            "nsd-control status  # on ns1, if it runs NSD",
            "knotc status  # on ns1, if it runs Knot",
            "pdns_control rping  # on ns1, if it runs PowerDNS",
        ]
    );
}

#[test]
fn a_serial_is_raised_in_one_step() {
    assert_eq!(
        raised(&name("example.com"), Serial(2_021_102_901), Serial(2_021_122_001), "ns0"),
        [
            "# on ns0: raise the serial of example.com from 2021102901 to 2021122002, then load it",
            "rndc reload example.com  # on ns0, if it runs BIND",
            "rndc signing -serial 2021122002 example.com  # on ns0, if it runs BIND and signs the zone inline",
            "nsd-control reload example.com  # on ns0, if it runs NSD",
            "knotc zone-reload example.com  # on ns0, if it runs Knot",
            "pdns_control bind-reload-now example.com  # on ns0, if it runs PowerDNS with zone files",
            "pdnsutil edit-zone example.com  # on ns0, if it runs PowerDNS with a database",
        ]
    );
}

#[test]
fn a_serial_half_the_space_away_is_raised_in_two_steps() {
    let advice = raised(&name("example.com"), Serial(7), Serial(2_147_483_655), "ns0");
    let edits: Vec<_> = advice.iter().filter(|line| line.starts_with('#')).collect();
    assert_eq!(
        edits,
        [
            "# on ns0, step 1: raise the serial of example.com from 7 to 2147483654, then load it",
            "# wait until all servers have 2147483654; one that has 2147483655 already need not take it",
            "# on ns0, step 2: raise the serial from 2147483654 to 2147483656, then load it",
        ]
    );
    assert_eq!(advice.len(), 3 + 2 * 6);
    assert!(advice.contains(
        &"rndc signing -serial 2147483656 example.com  # on ns0, if it runs BIND and signs the zone inline".to_owned()
    ));
}

#[test]
fn a_serial_is_raised_past_itself_but_not_past_an_older_one() {
    let advice = raised(&name("example.com"), Serial(u32::MAX), Serial(u32::MAX), "ns0");
    assert_eq!(advice[0], "# on ns0: raise the serial of example.com from 4294967295 to 0, then load it");
    assert!(raised(&name("example.com"), Serial(5), Serial(4), "ns0").is_empty());
}

#[test]
fn hostile_names_are_safe_to_paste() {
    let zone = name(r"a'b$(id).x\032y\010.example");
    assert_eq!(
        full_transfer(&zone, "ns1; reboot\n")[0],
        r"rndc retransfer 'a'\''b\$\(id\).x\032y\010.example'  # on 'ns1; reboot\u{a}', if it runs BIND"
    );
}

#[test]
fn a_quoted_word_is_literal() {
    for (text, word) in [
        ("ns1.example-2_a", "ns1.example-2_a"),
        ("", "''"),
        ("*", "'*'"),
        ("it's", r"'it'\''s'"),
        ("$(id)`id`", "'$(id)`id`'"),
        ("züri", "'züri'"),
        ("a\u{1b}[0m\u{202e}b", r"'a\u{1b}[0m\u{202e}b'"),
    ] {
        assert_eq!(shell_word(text), word);
    }
}
