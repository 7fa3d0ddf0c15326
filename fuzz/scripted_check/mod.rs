//! One check of a zone at a peer that follows a script, and what must hold whatever the peer does.
//!
//! Beside the peer there are an honest secondary, and an honest primary or a zone file as the reference. All servers
//! listen on loopback, over UDP and TCP.

mod peer;
mod script;
mod zone;

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use zoneprobe::check::{CheckRequest, Checker, TimeLimit};
use zoneprobe::clock;
use zoneprobe::digest::HashKey;
use zoneprobe::dns::Rtype;
use zoneprobe::dns::tsig::{Algorithm, TsigKey};
use zoneprobe::judge::{History, Verdict};
use zoneprobe::net::{Client, QueryLimiter};
use zoneprobe::plan::{ComparisonRules, Plan, Role, Server, ServerSelection, ZoneSettings};
use zoneprobe::report::{Format, RenderOptions, ReportWriter, RunScope, RunSummary, ZoneReport, zone_report};
use zoneprobe::resolve::{Families, Finder};
use zoneprobe::testserver::{Action, IncomingQuery, TestServer, TsigPolicy};
use zoneprobe::transfer::{TransferClient, TransferLimits, ZoneFile};

use peer::{HonestServer, MAX_PAUSE, Peer};
use script::{HonestReference, PeerVersion, Script, Setup};

/// The timeout of a query, and of a transfer that stands still.
const TIMEOUT: Duration = Duration::from_millis(50);

/// The most attempts at an address in a check, and the most readings of its copy.
const MAX_ATTEMPTS: u32 = 6;
const MAX_COPIES: u32 = 7;

/// The most transfers that a check asks an address for: readings of its copy, and the changes since four versions.
const MAX_TRANSFERS: usize = MAX_COPIES as usize + 4;

/// What a check may take beyond its timeouts, on a machine that does other things too.
const MARGIN: Duration = Duration::from_secs(8);

/// The names of the servers.
const PRIMARY: &str = "primary";
const HONEST: &str = "honest";
const PEER: &str = "peer";

/// The servers of a check, and what checks them.
struct Bench {
    checker: Checker,
    settings: ZoneSettings,
    peer: Arc<Peer>,
    /// They stop when they are dropped.
    _servers: [TestServer; 3],
}

/// The longest time that a check may take: each attempt at an address one timeout, each copy one to connect and one
/// to stand still, and all that it is sent slowly.
fn max_check_time() -> Duration {
    TIMEOUT * (MAX_ATTEMPTS + 2) + (2 * TIMEOUT + MAX_PAUSE) * (MAX_COPIES + 1) + MARGIN
}

/// Runs the script in some bytes, and panics if what must hold does not.
///
/// `zone_file` is the path of `example.zone`.
pub(crate) async fn run(input: &[u8], zone_file: &Path) {
    let script = Script::decode(input);
    let checks = script.setup.checks;
    let bench = Bench::start(script, zone_file).await;
    let mut history = Some(History::default());
    for (number, scope) in (1..=checks).zip([RunScope::OneZone, RunScope::ManyZones]) {
        let report = bench.check(&mut history).await;
        let transfers = bench.peer.transfers();
        assert!(transfers <= number * MAX_TRANSFERS, "{transfers} transfers: {:#?}", bench.peer.script);
        bench.assert_fair(&report);
        assert_rendered(&report, scope);
    }
}

impl Bench {
    async fn start(script: Script, zone_file: &Path) -> Self {
        let Setup { reference, role, version, records_per_message, .. } = script.setup;
        let key = TsigKey::new("k".parse().expect("a name"), Algorithm::Sha256, vec![7; 32]);
        let honest = |version| {
            let signing = TsigPolicy { keys: vec![key.clone()], ..TsigPolicy::default() };
            HonestServer { version, signing, records_per_message }
        };
        let comparison = rules(&script.setup);
        let default_key = script.setup.is_signed.then(|| key.clone());
        let (primary, secondary) = (honest(PeerVersion::Current), honest(PeerVersion::Current));
        let primary = start(move |query| send(primary.respond(query))).await;
        let secondary = start(move |query| send(secondary.respond(query))).await;
        let peer = Arc::new(Peer::new(honest(version), script));
        let scripted = Arc::clone(&peer);
        let scripted = start(move |query| scripted.act(query)).await;
        let mut servers = vec![named(role, PEER, &scripted), named(Role::Secondary, HONEST, &secondary)];
        if reference == HonestReference::Primary {
            servers.insert(0, named(Role::Primary, PRIMARY, &primary));
        }
        servers.sort_by_key(|(role, _)| *role == Role::Secondary);
        let servers = ServerSelection { servers, source: None, keys: Arc::new([]), default_key };
        let settings = ZoneSettings { servers, comparison };
        let zone_file = (reference == HonestReference::ZoneFile).then_some(zone_file);
        let checker = checker(&primary, zone_file);
        Self { checker, settings, peer, _servers: [primary, secondary, scripted] }
    }

    /// Checks the zone, and asserts that it ends in time.
    async fn check(&self, history: &mut Option<History>) -> ZoneReport {
        let zone = zone::NAME.parse().expect("it is a name");
        let request =
            CheckRequest { history: history.take(), ..CheckRequest::all(zone, &self.settings, clock::now()) };
        let Ok(checked) = tokio::time::timeout(max_check_time(), self.checker.check(request)).await else {
            panic!("the check does not end: {:#?}", self.peer.script);
        };
        let checked = checked.expect("the zone file is read");
        *history = checked.history;
        self.query_rrset(&checked.evidence.plan).await;
        zone_report(&checked.evidence, &checked.judgement, &checked.caches, &checked.statuses)
    }

    /// Queries every address for an RRset, and asserts that it ends in time.
    async fn query_rrset(&self, plan: &Plan) {
        let owner = format!("www.{}", zone::NAME).parse().expect("it is a name");
        let answers = self.checker.rrset(plan, (&owner, Rtype(1)), TimeLimit { until: None });
        let answers = tokio::time::timeout(TIMEOUT + MARGIN, answers).await;
        let count = answers.map_or(0, |answers| answers.len());
        assert_eq!(count, plan.targets.len(), "the queries do not end: {:#?}", self.peer.script);
    }

    /// Asserts that each address has one verdict, and that it is none that the peer has not earned.
    fn assert_fair(&self, report: &ZoneReport) {
        let description = || format!("{:#?}\n{report:#?}", self.peer.script);
        let mut names: Vec<&str> = report.servers.iter().map(|server| server.server.as_str()).collect();
        names.sort_unstable();
        let mut expected: Vec<&str> =
            self.settings.servers.servers.iter().map(|(_, server)| server.name.as_str()).collect();
        expected.sort_unstable();
        assert_eq!(names, expected, "{}", description());
        let verdict = |name: &str| {
            let server = report.servers.iter().find(|server| server.server == name);
            server.map(|server| server.verdict)
        };
        if !self.peer.has_responded() {
            let is_known = matches!(verdict(PEER), Some(Verdict::InSync | Verdict::Diverged));
            assert!(!is_known, "the peer has never responded\n{}", description());
        }
        if self.peer.script.is_faithful() {
            let is_fair = matches!(
                verdict(PEER),
                Some(Verdict::InSync | Verdict::Unreachable | Verdict::Lame | Verdict::Unknown)
            );
            assert!(is_fair, "the peer is accused of a content that it has not sent\n{}", description());
        }
        // Where the machine is busy, an honest server may answer too late.
        let is_reference_good = self.checker.zone_file.is_some() || verdict(PRIMARY) == Some(Verdict::InSync);
        let is_peer_reference = report.reference.as_ref().is_some_and(|reference| reference.server == PEER);
        if is_reference_good && !is_peer_reference {
            let is_fair =
                matches!(verdict(HONEST), Some(Verdict::InSync | Verdict::Unreachable | Verdict::Unknown));
            assert!(is_fair, "an honest server is accused\n{}", description());
        }
    }
}

/// Asserts that a report has a text in every format, which no text of a server breaks.
fn assert_rendered(report: &ZoneReport, scope: RunScope) {
    for format in Format::ALL {
        let mut writer = ReportWriter::new(format, RenderOptions { width: 80, quiet: false, scope });
        let text = writer.zone(report) + &writer.end(RunSummary::new(clock::now(), TIMEOUT));
        let is_safe =
            |byte: u8| !byte.is_ascii_control() || byte == b'\n' || (format.is_styled() && byte == 0x1b);
        assert!(text.bytes().all(is_safe), "{format}: {text:?}");
        match format {
            Format::Json | Format::Ndjson => {
                let value: Result<serde_json::Value, _> = serde_json::from_str(&text);
                assert!(value.is_ok_and(|value| value.is_object()), "{format}: {text}");
            }
            Format::Junit => assert!(roxmltree::Document::parse(&text).is_ok(), "{format}: {text}"),
            _ => {}
        }
    }
}

async fn start(handler: impl Fn(&IncomingQuery) -> Vec<Action> + Send + Sync + 'static) -> TestServer {
    let server = TestServer::start(IpAddr::V4(Ipv4Addr::LOCALHOST), handler).await;
    server.expect("loopback has a free port")
}

fn send(messages: Vec<Vec<u8>>) -> Vec<Action> {
    messages.into_iter().map(Action::Send).collect()
}

fn rules(setup: &Setup) -> ComparisonRules {
    let Setup { compare, serials, samples, .. } = *setup;
    ComparisonRules { serials, samples, ..ComparisonRules::new(compare) }
}

/// A server as a user names it.
fn named(role: Role, name: &str, server: &TestServer) -> (Role, Server) {
    (role, Server::at(name, &server.address().to_string(), None).expect("it is an address"))
}

fn checker(resolver: &TestServer, zone_file: Option<&Path>) -> Checker {
    let client = Arc::new(Client::new(TIMEOUT, Arc::new(QueryLimiter::new(64, 2, None))));
    let limits = TransferLimits { max_bytes: 1 << 20, max_records: 10_000, idle_timeout: TIMEOUT };
    Checker {
        transfers: TransferClient { client: Arc::clone(&client), limits },
        client,
        zone_file: zone_file.map(|path| ZoneFile::new(path.to_owned(), limits)),
        finder: Finder::new(Families::Both, Some(resolver.address())),
        key: HashKey([7; 16]),
        validator: Arc::default(),
        status: Arc::default(),
    }
}
