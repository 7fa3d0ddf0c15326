//! Scripts for `nsupdate`: what each message requires, and in which order it changes what.

use super::*;

/// A script of these changes.
fn script(reference: Vec<Rrset>, target: Vec<Rrset>) -> String {
    let mut changes = changes(reference, target);
    let mut script = NsupdateScript::new(&zone(), &soa(7));
    let mut out = String::new();
    for group in OwnerGroups::new(changes.by_ref()) {
        script.add(&mut out, &group.unwrap());
    }
    script.finish(&mut out);
    out
}

/// The lines of each message.
fn messages(script: &str) -> Vec<Vec<&str>> {
    let messages = script.split_terminator("send\n");
    messages.map(|message| message.lines().filter(|line| !line.starts_with(';')).collect()).collect()
}

/// Text records with so many octets in all.
fn long(owner: &str, ttl: u32, records: u8) -> Rrset {
    let records: Vec<(u32, Vec<u8>)> =
        (0..records).map(|number| (ttl, [&[255, number], [b'x'; 254].as_slice()].concat())).collect();
    let borrowed: Vec<(u32, &[u8])> = records.iter().map(|(ttl, rdata)| (*ttl, rdata.as_slice())).collect();
    rrset(owner, Rtype::TXT, &borrowed)
}

#[test]
fn a_message_requires_the_soa_and_removes_before_it_adds() {
    let script = script(
        vec![cname("www", "web.example."), a("ttl", 30, 1)],
        vec![a("www", 60, 1), rrset("www", Rtype::TXT, &[(60, b"\x01x")]), a("ttl", 60, 1)],
    );
    let expected = "; message 1
prereq yxrrset example. SOA ns.example. host.example. 7 1 2 3 4
update delete ttl.example. A
update add ttl.example. 30 A 192.0.2.1
update delete www.example. A
update delete www.example. TXT
update add www.example. 60 CNAME web.example.
send
";
    assert_eq!(script, expected);
}

#[test]
fn the_head_names_the_server_and_the_zone() {
    let mut out = String::new();
    let server = UpdatedServer {
        address: "[2001:db8::1]:5353".parse().unwrap(),
        source: Some("2001:db8::2".parse().unwrap()),
        is_over_tls: false,
    };
    NsupdateScript::new(&zone(), &soa(7)).push_head(&mut out, Some(server));
    assert_eq!(out, "server 2001:db8::1 5353\nlocal 2001:db8::2\nzone example.\ncheck-names off\n");
    out.clear();
    NsupdateScript::new(&zone(), &soa(7)).push_head(&mut out, None);
    assert!(out.starts_with("zone example.\n"));
}

#[test]
fn the_head_names_what_nsupdate_reaches() {
    let head = |address: &str, is_over_tls| {
        let mut out = String::new();
        let server = UpdatedServer { address: address.parse().unwrap(), source: None, is_over_tls };
        NsupdateScript::new(&zone(), &soa(7)).push_head(&mut out, Some(server));
        out
    };
    assert!(head("[fe80::1%3]:5353", false).starts_with("server fe80::1%3 5353\n"));
    let over_tls = head("192.0.2.1:853", true);
    let expected = "; nsupdate speaks no TLS: the script names the port without it\nserver 192.0.2.1 53\n";
    assert!(over_tls.starts_with(expected), "{over_tls}");
}

#[test]
fn the_ns_set_of_the_zone_is_never_empty_in_between() {
    let script = script(
        vec![ns("@", 60, &["a.example.", "c.example."])],
        vec![ns("@", 30, &["a.example.", "b.example."])],
    );
    let lines = &messages(&script)[0][1..];
    let expected = [
        "update add example. 60 NS a.example.",
        "update add example. 60 NS c.example.",
        "update delete example. NS b.example.",
    ];
    assert_eq!(lines, expected);
    let below = self::script(vec![ns("sub", 60, &["a.test."])], vec![ns("sub", 60, &["b.test."])]);
    assert_eq!(messages(&below)[0][1], "update delete sub.example. NS");
}

#[test]
fn each_message_requires_what_the_one_before_has_put_in_place() {
    let owners: Vec<String> = (0..6).map(|number| format!("n{number}")).collect();
    let reference = owners.iter().map(|owner| long(owner, 60, 100)).collect();
    let small = owners.iter().map(|owner| a(owner, 60, 1)).collect();
    let script = script(reference, small);
    let messages = messages(&script);
    assert_eq!(messages.len(), 3, "two owners fit in each");
    for (number, message) in messages.iter().enumerate() {
        assert_eq!(
            message[0],
            format!("prereq yxrrset example. SOA ns.example. host.example. {} 1 2 3 4", 7 + number)
        );
        assert!(message.len() > 200, "{number}");
    }
    assert_eq!(messages[1][1], "prereq nxrrset n0.example. A");
    assert_eq!(messages[2][1], "prereq nxrrset n2.example. A");
}

#[test]
fn an_rrset_that_is_there_is_a_prerequisite_too() {
    let reference = vec![long("a", 60, 120), a("b", 60, 2), long("c", 60, 200)];
    let script = script(reference, Vec::new());
    let messages = messages(&script);
    assert_eq!(messages[1][1], "prereq yxrrset b.example. A 192.0.2.2");
    assert!(!messages[1].iter().any(|line| line.contains("_zoneprobe-diff")));
}

#[test]
fn a_message_with_ttls_alone_is_marked() {
    let all = |ttl| (0..6).map(|number| long(&format!("n{number}"), ttl, 100)).collect::<Vec<_>>();
    let script = script(all(30), all(60));
    let messages = messages(&script);
    assert_eq!(messages.len(), 3);
    let mark =
        |number: u32| format!("_zoneprobe-diff.example. 0 TXT \"message {number}, serial {}\"", 6 + number);
    assert_eq!(messages[0].last().unwrap(), &format!("update add {}", mark(1)));
    assert_eq!(messages[1][1], format!("prereq yxrrset {}", mark(1).replace(" 0 TXT", " TXT")));
    assert_eq!(messages[1][2], "update delete _zoneprobe-diff.example. TXT");
    assert_eq!(messages[1].last().unwrap(), &format!("update add {}", mark(2)));
    assert_eq!(messages[2][2], "update delete _zoneprobe-diff.example. TXT");
    assert!(!messages[2].last().unwrap().contains("_zoneprobe-diff"), "nothing follows");
}

#[test]
fn an_rrset_that_fits_in_no_message_is_changed_record_by_record() {
    let mut reference = long("big", 60, 255);
    let more: Vec<(u32, Vec<u8>)> = reference
        .records
        .iter()
        .map(|(ttl, rdata)| (*ttl, [&rdata[..2], [b'y'; 254].as_slice()].concat()))
        .collect();
    reference.records.extend(more);
    reference.records.sort();
    let mut target = reference.clone();
    target.records.remove(0);
    target.records[0].1[9] = b'z';
    let changed = script(vec![reference.clone()], vec![target]);
    let lines = &messages(&changed)[0][1..];
    assert_eq!(lines.len(), 3, "one record goes, and two come");
    assert!(lines[0].starts_with("update delete big.example. TXT \""));
    let added = script(vec![reference], Vec::new());
    assert!(messages(&added).len() >= 3);
    let count = added.lines().filter(|line| line.starts_with("update add big.")).count();
    assert_eq!(count, 510);
}

#[test]
fn a_record_that_fits_in_no_message_is_left_out() {
    let huge = rrset("huge", Rtype(65280), &[(60, &vec![0; 65_000])]);
    let mut changes = changes(vec![huge, a("www", 60, 1)], Vec::new());
    let mut script = NsupdateScript::new(&zone(), &soa(7));
    let mut out = String::new();
    script.add(&mut out, &all(&mut changes));
    assert_eq!(script.finish(&mut out), 1);
    assert_eq!(script.too_large(), 1);
    assert!(out.contains("www.example.") && !out.contains("huge.example."));
}

#[test]
fn a_serial_is_never_zero() {
    let mut script = NsupdateScript::new(&zone(), &soa(u32::MAX));
    let mut out = String::new();
    for number in 0..4 {
        script.add(&mut out, &all(&mut changes(vec![long(&format!("n{number}"), 60, 200)], Vec::new())));
    }
    script.finish(&mut out);
    let serials: Vec<&str> =
        messages(&out).iter().map(|message| message[0].split(' ').nth(6).unwrap()).collect();
    assert_eq!(serials, ["4294967295", "1", "2", "3"]);
}
