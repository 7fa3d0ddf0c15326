//! Sample zones, most of them with something wrong.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::compare::{Coverage, DifferenceKind, SignatureCause, SignatureField};
use crate::dns::Serial;
use crate::judge::verdict::worst;
use crate::judge::{ReferenceKind, Severity, Verdict, WrongAnswers, WrongRrsets};
use crate::observe::{ServerStatus, StatusFailure, StatusSoftware, Transport};
use crate::plan::{Membership, MembershipState, Role};
use crate::report::ZoneReport;
use crate::report::model::{
    AnswerReport, Compared, CopyReport, DifferenceReport, DifferencesReport, ExtendedErrorReport,
    FailureReport, FindingReport, FoundReport, InstanceReport, Method, ReferenceReport, RrsetReport,
    ServerReport, SignatureCauseReport, StatusReport, WrongAnswerReport,
};

/// The serial of the reference.
const SERIAL: u32 = 2_026_112_201;

/// All commands that the table shows.
pub(crate) fn advice(zones: &[ZoneReport]) -> impl Iterator<Item = String> {
    let findings = zones
        .iter()
        .flat_map(|zone| zone.findings.iter().chain(zone.servers.iter().flat_map(|server| &server.findings)));
    findings.filter(|finding| finding.severity != Severity::Ok).flat_map(|finding| finding.advice.clone())
}

pub(crate) fn in_sync() -> ZoneReport {
    let copies = [("ns0", "127.0.0.1:5301"), ("ns1", "127.0.0.1:5302"), ("ns1", "[::1]:5302")];
    zone("example.com.", copies.map(|(name, address)| server(name, address)).into())
}

pub(crate) fn diverged() -> ZoneReport {
    let differing = vec![
        changed("www.example.com.", "A", (300, &["192.0.2.1"]), (300, &["192.0.2.9"])),
        missing("_dmarc.example.com.", "TXT", 3600, &["\"v=DMARC1; p=reject; rua=mailto:a@example.com\""]),
    ];
    let ns1 = server("ns1", "127.0.0.1:5302").with_verdict(Verdict::Diverged).with_differences(differing).with_finding(
        "serial_not_raised",
        Severity::Ok,
        "serial 2026112201 was published with two contents; a secondary that has the first one has no reason \
         to transfer the second",
        &[
            "rndc retransfer example.com  # on ns1",
            "dig @127.0.0.1 -p 5302 example.com SOA +norecurse  # afterwards, to see that it took",
        ],
    );
    let servers = vec![server("ns0", "127.0.0.1:5301"), ns1, server("ns2", "127.0.0.1:5303")];
    ZoneReport { wrong_answers: Some(wrong(1, 0, 2)), ..zone("example.com.", servers) }
}

/// Differences of every kind, more than are counted.
pub(crate) fn large() -> ZoneReport {
    let spf = |all| {
        format!("\"v=spf1 include:_spf.example.net include:mail.example.org a mx ip4:192.0.2.0/24 {all}\"")
    };
    let key =
        "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==";
    let all = ["10 a.example.com.", "10 b.example.com.", "20 c.example.com.", "30 d.example.com."];
    let mut differing = vec![
        changed(
            "example.com.",
            "SOA",
            (3600, &["ns0.example.com. hostmaster.example.com. 2026112201 3600 600 604800 300"]),
            (3600, &["ns0.example.com. hostmaster.example.com. 2026112201 3600 900 604800 300"]),
        ),
        changed("example.com.", "TXT", (300, &[&spf("-all"), "\"a\""]), (300, &[&spf("~all"), "\"a\""])),
        changed("example.com.", "MX", (300, &all), (600, &all[1..])),
        missing("example.com.", "DNSKEY", 86400, &[key]),
        ttl("mail.example.com.", "MX", (3600, 300), &all),
        extra("a-name-that-is-rather-long.and-deep.below.example.com.", "AAAA", 300, &["2001:db8::1"]),
    ];
    for number in 0..94 {
        differing.push(extra(&format!("host{number}.example.com."), "A", 300, &["192.0.2.1"]));
    }
    let mut ns1 = server("ns1", "127.0.0.1:5302").with_verdict(Verdict::Diverged).with_differences(differing);
    let differences = ns1.differences.as_mut().unwrap();
    (differences.extra, differences.complete, differences.exact) = (88_211, false, false);
    zone("example.com.", vec![server("ns0", "127.0.0.1:5301"), ns1])
}

/// A server whose copy is signed by another key.
pub(crate) fn other_keys() -> ZoneReport {
    let key = |letter: &str| format!("256 3 13 {}==", letter.repeat(86));
    let rrsig = |tag: u16| {
        format!("A 13 3 300 20261222200000 20261122190000 {tag} example.com. {}==", "B".repeat(86))
    };
    let mut differing = vec![
        changed("example.com.", "DNSKEY", (3600, &[&key("A")]), (3600, &[&key("C")])),
        changed("www.example.com.", "A", (300, &["192.0.2.1"]), (300, &["192.0.2.9"])),
        missing("old.example.com.", "RRSIG", 300, &[&rrsig(4711)]),
    ];
    for number in 0..90 {
        let owner = format!("host{number}.example.com.");
        let signature = changed(&owner, "RRSIG", (300, &[&rrsig(4711)]), (300, &[&rrsig(12345)]));
        differing.push(DifferenceReport { signature_cause: Some(0), ..signature });
    }
    let cause = SignatureCause {
        kind: DifferenceKind::Changed,
        field: SignatureField::KeyTag,
        reference_tags: vec![4711],
        found_tags: vec![12345],
        rrsets: 2481,
        records: 2481,
    };
    let mut ns1 = server("ns1", "127.0.0.1:5302").with_verdict(Verdict::Diverged).with_differences(differing);
    let differences = ns1.differences.as_mut().unwrap();
    differences.changed = 2483;
    differences.signature_causes = vec![SignatureCauseReport::from(&cause)];
    let ns1 = ns1.with_finding(
        "dnskey_differs",
        Severity::Critical,
        "its DNSKEY RRset is not the reference's: key tag 12345 here, key tag 4711 there",
        &["dig @127.0.0.1 -p 5302 example.com DNSKEY +norecurse"],
    );
    zone("example.com.", vec![server("ns0", "127.0.0.1:5301"), ns1])
}

pub(crate) fn lagging() -> ZoneReport {
    let since = "2026-11-22T19:21:07Z";
    let stuck = server("ns1.example.net", "192.0.2.1:53")
        .with_verdict(Verdict::Stuck)
        .with_lag(101)
        .with_times(Some("2026-11-22T17:02:41Z"), Some("2026-11-22T18:12:41Z"))
        .with_finding(
            "stuck",
            Severity::Critical,
            "it should have asked the primary for the new version, and did not get it",
            &[
                "rndc refresh example.com  # on ns1.example.net",
                "grep 'example.com/IN' /var/log/named  # there",
            ],
        )
        .with_status(StatusReport {
            source: "bind",
            serial: Some(Serial(SERIAL - 101)),
            next_refresh: Some("2026-11-22T20:12:41Z".to_owned()),
            expires: Some("2026-12-06T16:02:41Z".to_owned()),
            last_good_check: Some("2026-11-22T16:02:41Z".to_owned()),
            state: Some("secondary".to_owned()),
            ..StatusReport::default()
        });
    let behind = server("ns2.example.net", "192.0.2.2:53").with_verdict(Verdict::Behind).with_lag(1);
    let propagating = server("ns3.example.net", "[2001:db8:0:53::3]:53")
        .with_verdict(Verdict::Propagating)
        .with_lag(1)
        .with_times(Some(since), Some("2026-11-22T20:31:07Z"));
    let mut servers = vec![server("ns0.example.net", "192.0.2.100:53"), stuck, behind, propagating];
    for server in &mut servers {
        server.compared = Compared::Serials;
    }
    let report = zone("example.com.", servers);
    ZoneReport { compared: Compared::Serials, wrong_answers: Some(wrong(3, 0, 3)), ..report }
}

/// Two servers that lag, before their deadlines.
pub(crate) fn propagating() -> ZoneReport {
    let lagging = |name, address, deadline| {
        let server = server(name, address).with_verdict(Verdict::Propagating).with_lag(2);
        server.with_times(Some("2026-11-22T19:59:58Z"), Some(deadline))
    };
    let servers = vec![
        server("192.0.2.100", "192.0.2.100:53"),
        lagging("192.0.2.1", "192.0.2.1:53", "2026-11-22T21:09:58Z"),
        lagging("2001:db8::2", "[2001:db8::2]:53", "2026-11-22T21:10:02Z"),
    ];
    ZoneReport { wrong_answers: Some(wrong(2, 0, 3)), ..zone("example.com.", servers) }
}

pub(crate) fn broken() -> ZoneReport {
    let mut lame =
        server("ns1", "192.0.2.1:53").with_failure(Verdict::Lame, "rcode", "answered REFUSED").with_finding(
            "lame",
            Severity::Critical,
            "the zone is delegated to it, and it does not know the zone",
            &["dig @192.0.2.1 example.com SOA +norecurse"],
        );
    lame.answer = Some(AnswerReport {
        rcode: "REFUSED".into(),
        authoritative: false,
        expire_seconds: None,
        ..answer()
    });
    let error = ExtendedErrorReport {
        code: 20,
        name: Some("Not Authoritative"),
        text: "zone is not configured here".to_owned(),
    };
    lame.answer.as_mut().unwrap().extended_errors.push(error);
    lame.status = Some(StatusReport {
        source: "nsd",
        transfer: Some("TCP connected to 192.0.2.100@53".to_owned()),
        state: Some("refreshing".to_owned()),
        ..StatusReport::default()
    });
    let unreachable = ServerStatus {
        software: StatusSoftware::Knot,
        zone: Err(StatusFailure::CommandFailed(
            "ssh: connect to host ns2 port 22: No route to host".to_owned(),
        )),
    };
    let dead = server("ns2", "192.0.2.2:53")
        .with_failure(Verdict::Unreachable, "timeout", "no answer before the deadline")
        .with_status(StatusReport::from(&unreachable));
    let mut unjudged = server("ns3", "192.0.2.3:53")
        .with_verdict(Verdict::Unknown)
        .with_finding(
            "records_uncompared",
            Severity::Unknown,
            "the serials agree, and the records could not be read",
            &["zoneprobe check example.com --compare serials"],
        )
        .with_finding("transfer_refused", Severity::Ok, "ns3 (192.0.2.3:53) answered REFUSED to AXFR", &[]);
    unjudged.failure = Some(failure("transfer_refused", "transfer refused (REFUSED)"));
    (unjudged.copy, unjudged.compared) = (None, Compared::Serials);
    let servers = vec![server("ns0", "192.0.2.100:53"), lame, dead, unjudged];
    ZoneReport { wrong_answers: Some(wrong(0, 2, 3)), ..zone("example.com.", servers) }
}

pub(crate) fn ahead() -> ZoneReport {
    let ns1 = server("ns1", "192.0.2.1:53").with_verdict(Verdict::Ahead).with_lag(-2_000_000_000).with_finding(
        "ahead",
        Severity::Critical,
        "its serial is newer than the primary's, so it will not transfer until the primary passes it, the \
         copy expires, or a transfer is forced",
        &[
            "rndc retransfer example.com  # on ns1: forces a transfer whatever the serials",
            "nsupdate -k /etc/bind/ddns.key  # or on ns0: set the serial to 2147483648, wait until every server has it, then to 4026112202",
        ],
    );
    zone("example.com.", vec![server("ns0", "192.0.2.100:53"), ns1])
}

/// A zone file that is newer than the version of the primary.
pub(crate) fn zone_file() -> ZoneReport {
    let ns0 = server("ns0", "192.0.2.100:53").with_verdict(Verdict::Behind).with_lag(1).with_finding(
        "behind",
        Severity::Warning,
        "serial 2026112200 is 1 behind 2026112201 in zones/db.example.com, since an unknown time",
        &["rndc reload example.com  # on ns0, if it runs BIND"],
    );
    let mut report = zone("example.com.", vec![ns0]);
    report.reference = report.reference.map(|reference| ReferenceReport {
        kind: ReferenceKind::ZoneFile,
        server: "zones/db.example.com".to_owned(),
        address: None,
        copy: Some(CopyReport { method: Method::ZoneFile, transport: None, dropped: 2, ..copy() }),
        ..reference
    });
    ZoneReport { wrong_answers: Some(wrong(1, 0, 1)), ..report }
}

/// A signed zone; one server still serves expired signatures.
pub(crate) fn expiring() -> ZoneReport {
    let signed = |name, address, expires: &str| {
        let copy = CopyReport { signatures_expire: Some(expires.to_owned()), ..copy() };
        ServerReport { copy: Some(copy), ..server(name, address) }
    };
    let ns1 = signed("ns1", "192.0.2.1:53", "2026-11-22T18:00:00Z").with_finding(
        "signatures_expired",
        Severity::Critical,
        "the signature over example.com. SOA expired at 2026-11-22T18:00:00Z, 2h ago: validating resolvers reject it",
        &["dig @192.0.2.1 example.com SOA +norecurse +dnssec"],
    );
    let servers = vec![signed("ns0", "192.0.2.100:53", "2026-12-04T09:30:00Z"), ns1];
    ZoneReport { severity: Severity::Critical, ..zone("example.com.", servers) }
}

/// Two versions at one address, and a finding about the zone as a whole.
pub(crate) fn mixed() -> ZoneReport {
    let mut ns1 = server("ns1.anycast.example.net", "198.51.100.53:53").with_verdict(Verdict::Mixed);
    let instance = |nsid: &str, serial, share| InstanceReport {
        nsid: Some(nsid.to_owned()),
        serial: Some(Serial(serial)),
        share,
    };
    ns1.instances = vec![instance("fra1", SERIAL, 0.75), instance("ams2", SERIAL - 1, 0.25)];
    let mut report = zone("example.com.", vec![server("ns0", "192.0.2.100:53"), ns1]);
    report.reference.as_mut().unwrap().kind = ReferenceKind::Newest;
    report.findings.push(finding(
        "primary_unreachable",
        Severity::Warning,
        "no configured primary answered; the newest of the other servers is the reference",
        &["dig @192.0.2.99 example.com SOA +norecurse"],
    ));
    report.wrong_answers = Some(WrongAnswers { ratio: 0.125, ..wrong(1, 0, 2) });
    report
}

/// A zone without any known server.
pub(crate) fn no_servers() -> ZoneReport {
    let finding = finding("no_servers", Severity::Unknown, "the name example.invalid does not exist", &[]);
    ZoneReport {
        zone: "example.invalid.".to_owned(),
        id: None,
        page: None,
        membership: None,
        verdict: Verdict::Unknown,
        severity: Severity::Unknown,
        compared: Compared::Serials,
        reference: None,
        secondaries_reference: None,
        wrong_answers: None,
        wrong_rrsets: None,
        servers: Vec::new(),
        caches: Vec::new(),
        cached_until_at_most: None,
        expectations: Vec::new(),
        findings: vec![finding],
    }
}

/// A zone that a catalog lists, in a group with markup and a control sequence in its name, and that a server does not
/// serve.
pub(crate) fn member() -> ZoneReport {
    let refusing = server("ns1", "192.0.2.1:53").with_failure(Verdict::Lame, "rcode", "answered REFUSED");
    let ns1 = refusing.with_finding(
        "member_not_served",
        Severity::Critical,
        "it does not serve the zone, which the catalog catalog.example lists",
        &["rndc retransfer catalog.example  # on ns1"],
    );
    let since = SystemTime::UNIX_EPOCH + Duration::from_hours(498_716);
    let membership = Membership {
        catalog: "catalog.example".parse().unwrap(),
        group: Some("<b>customers|\u{1b}[2J".into()),
        state: MembershipState::Listed,
        since,
        deadline: since + Duration::from_mins(70),
    };
    let membership = Some(Arc::new(membership));
    ZoneReport { membership, ..zone("example.com.", vec![server("ns0", "192.0.2.100:53"), ns1]) }
}

/// A server that was not asked at any address, and a name server without an address.
pub(crate) fn not_asked() -> ZoneReport {
    let unasked = |name: &str, code, severity, message: &str, advice: &[&str]| {
        let server = server(name, "").with_finding(code, severity, message, advice);
        ServerReport {
            address: None,
            verdict: Verdict::Unknown,
            compared: Compared::None,
            serial: None,
            serial_lag: None,
            answer: None,
            instances: Vec::new(),
            copy: None,
            differences: None,
            ..server
        }
    };
    let ns2 = unasked(
        "ns2",
        "not_asked",
        Severity::Unknown,
        "it was not asked: `-4` leaves out [2001:db8::2]:53",
        &[],
    );
    let ns3 = unasked(
        "ns3.example.com",
        "no_address",
        Severity::Warning,
        "it was not asked, since no address was found: it has no IPv4 address",
        &[],
    );
    zone("example.com.", vec![server("ns0", "192.0.2.100:53"), server("ns1", "192.0.2.1:53"), ns2, ns3])
}

/// Markup and control sequences in names, records and texts.
pub(crate) fn hostile() -> ZoneReport {
    let html = "\"<script>alert(1)</script>\\027[2J\\010|x=1;;;\"";
    let owner = format!("{0}.{0}.{0}.{1}.", "\\255".repeat(63), "a".repeat(61));
    let differing = vec![
        missing("<b>|x=1.example.com.", "TXT", 300, &[html]),
        extra(&owner, "TYPE65400", 2_147_483_647, &["\\# 4 0a000001"]),
        changed(&owner, "A", (300, &["192.0.2.1"]), (300, &["192.0.2.2"])),
    ];
    let mut hostile =
        server("ns1\u{1b}[2J\r\n|x=1;;; evil", "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:65535")
            .with_verdict(Verdict::Diverged)
            .with_differences(differing)
            .with_finding(
                "diverged",
                Severity::Critical,
                &format!("{owner} differs at ns1\u{1b}[2J\n|x=1 \u{202e}live"),
                &["rndc retransfer 'a|b.example.com'  # on ns1\u{1b}[2J"],
            );
    hostile.copy.as_mut().unwrap().dropped = 3;
    let answer = hostile.answer.as_mut().unwrap();
    answer.nsid = Some("\\027]0;owned\\007 | <img src=x onerror=alert(1)>".to_owned());
    let text = "\\013\\010CRITICAL: | everything is fine \\226\\128\\174".to_owned();
    answer.extended_errors.push(ExtendedErrorReport { code: 65535, name: None, text });
    let state = Some("\\027[2J | <b>`Slave`</b> ;;; \\226\\128\\174".to_owned());
    hostile.status = Some(StatusReport { source: "powerdns", state, ..StatusReport::default() });
    let long = "a-very-long-name-of-a-server-that-a-user-chose.dns.example.net";
    let name = "a|b.example.com.";
    zone(name, vec![server("2001:db8::1", "[2001:db8::1]:53"), hostile, server(long, "192.0.2.2:53")])
}

pub(crate) fn many() -> Vec<ZoneReport> {
    let named = |name: &str, report: ZoneReport| ZoneReport { zone: name.to_owned(), ..report };
    let mut expiring = in_sync();
    let last = expiring.servers.pop().unwrap();
    expiring.servers.push(last.with_finding(
        "expires_soon",
        Severity::Warning,
        "it missed refreshes, and expires in 1 d 2 h",
        &["rndc refresh example.info  # on ns1"],
    ));
    expiring.severity = Severity::Warning;
    vec![
        named("example.com.", in_sync()),
        named("example.net.", in_sync()),
        named("example.org.", diverged()),
        named("example.info.", expiring),
        named("xn--fsqu00a.example.", in_sync()),
        named(".", in_sync()),
        no_servers(),
    ]
}

/// Servers that refuse transfers and were asked for some of their RRsets, drawn at random.
pub(crate) fn sampled() -> ZoneReport {
    let servers = ["192.0.2.1:53", "192.0.2.2:53"].into_iter().zip(["ns1", "ns2"]);
    let servers = servers.map(|(address, name)| server(name, address).with_asked(500, Some(12_000)));
    let servers = [server("ns0", "192.0.2.100:53")].into_iter().chain(servers).collect();
    ZoneReport { compared: Compared::Sampled, ..zone("example.com.", servers) }
}

/// Servers that were asked for all RRsets, of which one gives other sorts of answers.
pub(crate) fn asked() -> ZoneReport {
    let differing = vec![
        answer_instead("ent.example.com.", "A", None, ("NXDOMAIN", "no data")),
        answer_instead(
            "www.example.com.",
            "AAAA",
            Some(rrset(300, &["2001:db8::1"])),
            ("NOERROR", "referral to example.com."),
        ),
        changed("*.example.com.", "TXT", (300, &["\"a\""]), (300, &["\"b\""])),
    ];
    let ns1 = server("ns1", "192.0.2.1:53").with_asked(84, Some(84));
    let ns1 = ns1.with_verdict(Verdict::Diverged).with_differences(differing);
    let ns2 = server("ns2", "192.0.2.2:53").with_asked(12, None);
    let servers = vec![server("ns0", "192.0.2.100:53"), ns1, ns2];
    let report = zone("example.com.", servers);
    ZoneReport { compared: Compared::Sampled, wrong_answers: Some(wrong(1, 0, 2)), ..report }
}

/// Zones of two servers, of which one is unreachable for all and another lame for two; one zone has diverged, too.
pub(crate) fn outage() -> Vec<ZoneReport> {
    let dead = || {
        let failure = "no answer before the deadline";
        server("ns1", "192.0.2.1:53").with_failure(Verdict::Unreachable, "timeout", failure)
    };
    let mut zones: Vec<ZoneReport> = (0..14)
        .map(|number| {
            let mut ns2 = server("ns2", "192.0.2.2:53");
            if number < 2 {
                ns2 = ns2.with_failure(Verdict::Lame, "rcode", "answered REFUSED");
            }
            zone(&format!("{number}.example."), vec![server("ns0", "192.0.2.100:53"), dead(), ns2])
        })
        .collect();
    let differing = vec![missing("www.example.org.", "A", 3600, &["192.0.2.1"])];
    let ns2 = server("ns2", "192.0.2.2:53").with_verdict(Verdict::Diverged).with_differences(differing);
    zones.insert(7, zone("example.org.", vec![server("ns0", "192.0.2.100:53"), dead(), ns2]));
    zones.push(zone("well.example.", vec![server("ns0", "192.0.2.100:53")]));
    zones
}

fn zone(name: &str, servers: Vec<ServerReport>) -> ZoneReport {
    let first = &servers[0];
    let reference = ReferenceReport {
        kind: ReferenceKind::Primary,
        server: first.server.clone(),
        address: first.address.clone(),
        serial: Serial(SERIAL),
        refresh: 3600,
        retry: 600,
        expire: 604_800,
        copy: None,
    };
    ZoneReport {
        zone: name.to_owned(),
        id: None,
        page: None,
        membership: None,
        verdict: worst(servers.iter().map(|server| server.verdict)),
        severity: servers.iter().map(|server| server.severity).min().unwrap(),
        compared: Compared::Records,
        reference: Some(reference),
        secondaries_reference: None,
        wrong_answers: Some(wrong(0, 0, 1)),
        wrong_rrsets: WrongRrsets::largest(servers.iter().map(|server| server.wrong_rrsets)),
        servers,
        caches: Vec::new(),
        cached_until_at_most: None,
        expectations: Vec::new(),
        findings: Vec::new(),
    }
}

/// A server that is in sync; a primary if its name begins with `ns0`.
fn server(name: &str, address: &str) -> ServerReport {
    let instance = InstanceReport { nsid: answer().nsid, serial: Some(Serial(SERIAL)), share: 1.0 };
    ServerReport {
        server: name.to_owned(),
        address: Some(address.to_owned()),
        id: Some(address.to_owned()),
        role: if name.starts_with("ns0") { Role::Primary } else { Role::Secondary },
        key: None,
        verdict: Verdict::InSync,
        severity: Severity::Ok,
        self_heals: None,
        since: None,
        deadline: None,
        compared: Compared::Records,
        serial: Some(Serial(SERIAL)),
        serial_lag: Some(0),
        answer: Some(answer()),
        instances: vec![instance],
        failure: None,
        compared_at: None,
        copy: Some(copy()),
        differences: None,
        wrong_rrsets: None,
        findings: Vec::new(),
        status: None,
    }
}

impl ServerReport {
    fn with_verdict(self, verdict: Verdict) -> Self {
        Self { verdict, severity: verdict.severity(), self_heals: verdict.self_heals(), ..self }
    }

    fn with_status(self, status: StatusReport) -> Self {
        Self { status: Some(status), ..self }
    }

    fn with_lag(self, lag: i64) -> Self {
        let serial = u32::try_from(i64::from(SERIAL) - lag).unwrap();
        let instances =
            vec![InstanceReport { nsid: answer().nsid, serial: Some(Serial(serial)), share: 1.0 }];
        Self { serial: Some(Serial(serial)), serial_lag: Some(lag), instances, ..self }
    }

    fn with_times(self, since: Option<&str>, deadline: Option<&str>) -> Self {
        Self { since: since.map(str::to_owned), deadline: deadline.map(str::to_owned), ..self }
    }

    fn with_failure(self, verdict: Verdict, kind: &'static str, message: &str) -> Self {
        let mut failed = self.with_verdict(verdict);
        (failed.serial, failed.serial_lag, failed.answer, failed.copy) = (None, None, None, None);
        failed.compared = Compared::None;
        failed.instances.clear();
        failed.failure = Some(failure(kind, message));
        failed
    }

    fn with_differences(self, rrsets: Vec<DifferenceReport>) -> Self {
        let count = |kind| rrsets.iter().filter(|it| it.kind == kind).count() as u64;
        let differences = DifferencesReport {
            missing: count(DifferenceKind::Missing),
            extra: count(DifferenceKind::Extra),
            changed: count(DifferenceKind::Changed),
            ttl: count(DifferenceKind::Ttl),
            answer: count(DifferenceKind::Answer),
            complete: true,
            exact: true,
            shown: rrsets.len(),
            rrsets,
            signature_causes: Vec::new(),
            has_other_causes: false,
            held_for: None,
        };
        let wrong = differences.missing + differences.extra + differences.changed + differences.answer;
        let wrong_rrsets =
            WrongRrsets { wrong, of: copy().rrsets + differences.extra, is_exact: differences.exact };
        Self { differences: Some(differences), wrong_rrsets: Some(wrong_rrsets), ..self }
    }

    fn with_asked(self, asked: u64, askable: Option<u64>) -> Self {
        let copy = CopyReport {
            method: Method::Queries,
            transport: None,
            coverage: Coverage::Asked,
            asked: Some(asked),
            askable,
            is_drawn: askable.is_some_and(|askable| asked < askable),
            rrsets: asked,
            fingerprint: None,
            ..copy()
        };
        let compared = if askable == Some(asked) { Compared::Records } else { Compared::Sampled };
        let report = Self { copy: Some(copy), compared, ..self };
        report.with_finding(
            "transfer_refused",
            Severity::Ok,
            "transfer refused (REFUSED); it was asked instead",
            &[],
        )
    }

    fn with_finding(
        mut self,
        code: &'static str,
        severity: Severity,
        message: &str,
        advice: &[&str],
    ) -> Self {
        self.findings.push(finding(code, severity, message, advice));
        self.severity = self.severity.worse(severity);
        self
    }
}

fn finding(code: &'static str, severity: Severity, message: &str, advice: &[&str]) -> FindingReport {
    let advice = advice.iter().map(|&command| command.to_owned()).collect();
    FindingReport { code, severity, message: message.to_owned(), advice }
}

/// Servers that answer wrongly and not at all, of all that users query.
fn wrong(wrong: u8, missing: u8, of: u8) -> WrongAnswers {
    let servers = wrong + missing;
    let ratio = f64::from(servers) / f64::from(of);
    let [servers, wrong, missing, of] = [servers, wrong, missing, of].map(usize::from);
    WrongAnswers { ratio, servers, wrong, missing, of }
}

fn failure(kind: &'static str, message: &str) -> FailureReport {
    FailureReport { kind, message: message.to_owned() }
}

fn answer() -> AnswerReport {
    AnswerReport {
        rcode: "NOERROR".into(),
        authoritative: true,
        transport: Transport::Udp,
        certificate_expires: None,
        rtt_seconds: 0.0004,
        nsid: Some("a-1".to_owned()),
        expire_seconds: Some(604_755),
        extended_errors: Vec::new(),
    }
}

fn copy() -> CopyReport {
    CopyReport {
        method: Method::Axfr,
        transport: Some(Transport::Tcp),
        coverage: Coverage::Whole,
        asked: None,
        askable: None,
        is_drawn: false,
        records: 120,
        rrsets: 84,
        serial: Serial(SERIAL),
        bytes: 4096,
        seconds: 0.002,
        dropped: 0,
        fingerprint: Some("9f86d081884c7d65".to_owned()),
        signatures_expire: None,
        validation: None,
        zonemd: None,
    }
}

fn rrset(ttl: u32, rdata: &[&str]) -> RrsetReport {
    let records = rdata.len() as u64;
    RrsetReport { ttl, ttls: None, rdata: rdata.iter().map(|&it| it.to_owned()).collect(), records }
}

fn difference(kind: DifferenceKind, owner: &str, rtype: &str) -> DifferenceReport {
    DifferenceReport {
        owner: owner.to_owned(),
        rtype: rtype.to_owned(),
        kind,
        reference: None,
        found: None,
        signature_cause: None,
    }
}

fn missing(owner: &str, rtype: &str, ttl: u32, rdata: &[&str]) -> DifferenceReport {
    DifferenceReport {
        reference: Some(rrset(ttl, rdata)),
        ..difference(DifferenceKind::Missing, owner, rtype)
    }
}

fn extra(owner: &str, rtype: &str, ttl: u32, rdata: &[&str]) -> DifferenceReport {
    DifferenceReport {
        found: Some(FoundReport::Rrset(rrset(ttl, rdata))),
        ..difference(DifferenceKind::Extra, owner, rtype)
    }
}

fn changed(owner: &str, rtype: &str, reference: (u32, &[&str]), found: (u32, &[&str])) -> DifferenceReport {
    let (reference, found) = (rrset(reference.0, reference.1), rrset(found.0, found.1));
    DifferenceReport {
        reference: Some(reference),
        found: Some(FoundReport::Rrset(found)),
        ..difference(DifferenceKind::Changed, owner, rtype)
    }
}

fn ttl(owner: &str, rtype: &str, (reference, found): (u32, u32), rdata: &[&str]) -> DifferenceReport {
    let (reference, found) = (rrset(reference, rdata), rrset(found, rdata));
    DifferenceReport {
        reference: Some(reference),
        found: Some(FoundReport::Rrset(found)),
        ..difference(DifferenceKind::Ttl, owner, rtype)
    }
}

fn answer_instead(
    owner: &str,
    rtype: &str,
    reference: Option<RrsetReport>,
    (rcode, answer): (&'static str, &str),
) -> DifferenceReport {
    let found = WrongAnswerReport { rcode: rcode.into(), answer: answer.to_owned() };
    DifferenceReport {
        reference,
        found: Some(FoundReport::Answer(found)),
        ..difference(DifferenceKind::Answer, owner, rtype)
    }
}
