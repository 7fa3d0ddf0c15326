//! Servers that are values, and a clock that advances by one second with each step.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;

use super::judged::Judged;
use super::keys::Key;
use super::signatures::Signed;
use super::validation::Validated;
use crate::digest::{Buckets, DeltaDigest, Digest, HashKey, Profile};
use crate::dns::catalog::CatalogReader;
use crate::dns::edns::{Edns, ExtendedError, INVALID_DATA};
use crate::dns::message::{NOERROR, NXDOMAIN, REFUSED, SERVFAIL};
use crate::dns::wire::Record;
use crate::dns::xfr::axfr::CopySummary;
use crate::dns::xfr::ixfr::ChangedRrsets;
use crate::dns::{Name, Rtype, Serial, Soa};
use crate::judge::catalog::{CatalogReading, CatalogState};
use crate::judge::{
    ChangesQuery, ChangesSince, EarlierResponses, Evidence, History, QueryList, ReceivedChanges, Responses,
    RrsetQuestions, Step, ValidationResult, judge, next,
};
use crate::observe::{
    Asked, AskedAttempt, Copy, CopyAttempt, DelegationSighting, Delta, DeltaError, DifferenceKind, Failure,
    Observation, SoaResponse, TimeSpan, Transport, UdpOutcome, WrongRrset, WrongRrsetList, ZonemdCheck,
};
use crate::plan::{
    CatalogRules, Compare, ComparisonRules, Link, LookupError, Membership, MembershipState, NameServer, Plan,
    Role, Source, Target, Unasked, UnaskedReason,
};

/// The most steps that a check may take.
const MAX_STEPS: u32 = 40;

/// What a server answers to queries for RRsets.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answers {
    /// The records of its copy.
    OfCopy,
    /// Others.
    Records(Vec<String>),
    /// None.
    Refused,
}

/// A delta between two versions: the older serial, the newer one, and the records that it deletes and adds.
type SentDelta = (u32, u32, [Vec<String>; 2]);

/// The state of a server at one moment.
#[derive(Clone, Debug)]
struct State {
    soa: Soa,
    ttl: u32,
    /// Whether each record has a TTL that is one second higher than that of the one before.
    mixes_ttls: bool,
    records: Vec<String>,
    signatures: Vec<Signed>,
    /// The keys that it publishes.
    published: Vec<Key>,
    /// The keys by which it signs data.
    signing: Vec<Key>,
    rcode: u16,
    authoritative: bool,
    extended_error: Option<u16>,
    refreshed_ago: Option<u32>,
    failure: Option<Failure>,
    transfer: Option<Failure>,
    /// What it answers to queries for RRsets.
    answers: Answers,
    /// The result of verifying the ZONEMD record of its copy, and whether the record comes after other names.
    zonemd: Option<(ZonemdCheck, bool)>,
    /// The result of verifying the signatures of its copy.
    validation: Validated,
    /// The deltas that it sends, one after the other.
    deltas: Result<Vec<SentDelta>, DeltaError>,
}

impl State {
    fn validate(&self) -> ValidationResult {
        self.validation.result(self.signatures.len())
    }
}

/// A server, and the states that it goes through.
#[derive(Clone, Debug)]
pub(super) struct Server {
    states: Vec<State>,
    by_turns: bool,
}

impl Server {
    /// An authoritative server that serves one TXT record at this serial.
    pub(super) fn at(serial: u32) -> Self {
        let name: Name = "ns0.example.com".parse().unwrap();
        let soa = Soa {
            mname: name.clone(),
            rname: name,
            serial: Serial(serial),
            refresh: 3600,
            retry: 600,
            expire: 86400,
            minimum: 300,
        };
        let state = State {
            soa,
            ttl: 3600,
            mixes_ttls: false,
            records: vec!["www 1".to_owned()],
            signatures: Vec::new(),
            published: Vec::new(),
            signing: Vec::new(),
            rcode: NOERROR,
            authoritative: true,
            extended_error: None,
            refreshed_ago: None,
            failure: None,
            transfer: None,
            answers: Answers::OfCopy,
            zonemd: None,
            validation: Validated::default(),
            deltas: Ok(Vec::new()),
        };
        Self { states: vec![state], by_turns: false }
    }

    /// A server that is in each of these states for one second, and in the last one for ever.
    pub(super) fn then(states: impl IntoIterator<Item = Self>) -> Self {
        Self { states: states.into_iter().flat_map(|server| server.states).collect(), by_turns: false }
    }

    /// A server whose responses come from each of these by turns.
    pub(super) fn by_turns(states: impl IntoIterator<Item = Self>) -> Self {
        Self { by_turns: true, ..Self::then(states) }
    }

    fn with(mut self, change: impl Fn(&mut State)) -> Self {
        self.states.iter_mut().for_each(change);
        self
    }

    pub(super) fn serving(self, record: impl Into<String>) -> Self {
        let record = record.into();
        self.with(|state| state.records = vec![record.clone()])
    }

    pub(super) fn serving_all(self, records: &[&str]) -> Self {
        self.with(|state| state.records = records.iter().map(|record| (*record).to_owned()).collect())
    }

    /// A server whose copy has a signature over one RRset.
    pub(super) fn signed(self, owner: &str, covered: &str, expires: i64, validity: u32) -> Self {
        let (owner, covered) = (owner.to_owned(), covered.parse().unwrap());
        let signed = Signed { owner, covered, expires, validity };
        self.with(|state| state.signatures.push(signed.clone()))
    }

    /// A server that publishes some keys, and signs by others.
    pub(super) fn keys(self, published: &[u8], signing: &[u8]) -> Self {
        let keys = |octets: &[u8]| octets.iter().map(|&octet| Key(octet)).collect();
        self.with(|state| (state.published, state.signing) = (keys(published), keys(signing)))
    }

    pub(super) fn ttl(self, ttl: u32) -> Self {
        self.with(|state| state.ttl = ttl)
    }

    /// A server whose records each have a TTL that is one second higher than that of the one before.
    pub(super) fn mixing_ttls(self) -> Self {
        self.with(|state| state.mixes_ttls = true)
    }

    /// A server whose copy has a ZONEMD record, of which this comes.
    pub(super) fn with_zonemd(self, check: ZonemdCheck) -> Self {
        self.with(move |state| state.zonemd = Some((check.clone(), false)))
    }

    /// A server whose copy has these faults when its signatures are verified.
    pub(super) fn validated(self, validation: Validated) -> Self {
        self.with(move |state| state.validation = validation.clone())
    }

    /// The same, where the record comes after other names.
    pub(super) fn with_late_zonemd(self, check: ZonemdCheck) -> Self {
        self.with(move |state| state.zonemd = Some((check.clone(), true)))
    }

    pub(super) fn refresh(self, seconds: u32) -> Self {
        self.with(|state| state.soa.refresh = seconds)
    }

    pub(super) fn expire(self, seconds: u32) -> Self {
        self.with(|state| state.soa.expire = seconds)
    }

    pub(super) fn retry(self, seconds: u32) -> Self {
        self.with(|state| state.soa.retry = seconds)
    }

    pub(super) fn refreshed_ago(self, seconds: u32) -> Self {
        self.with(|state| state.refreshed_ago = Some(seconds))
    }

    pub(super) fn silent(self) -> Self {
        self.with(|state| state.failure = Some(Failure::Timeout))
    }

    pub(super) fn unusable_family(self) -> Self {
        self.with(|state| state.failure = Some(Failure::FamilyUnusable))
    }

    pub(super) fn refusing(self) -> Self {
        self.without_transfer().transfer_only()
    }

    /// A server that refuses queries, and not transfers.
    pub(super) fn transfer_only(self) -> Self {
        self.with(|state| state.rcode = REFUSED)
    }

    pub(super) fn servfail(self) -> Self {
        self.with(|state| state.rcode = SERVFAIL)
    }

    pub(super) fn servfail_expired(self) -> Self {
        self.servfail().with(|state| state.extended_error = Some(INVALID_DATA))
    }

    /// A server that says that it does not serve the zone, as Knot does.
    pub(super) fn refusing_as_unconfigured(self) -> Self {
        self.refusing().with(|state| state.extended_error = Some(20))
    }

    pub(super) fn nxdomain(self) -> Self {
        self.without_transfer().with(|state| state.rcode = NXDOMAIN)
    }

    pub(super) fn not_authoritative(self) -> Self {
        self.with(|state| state.authoritative = false)
    }

    /// A server that gives no records, neither by transfer nor by queries.
    pub(super) fn without_transfer(self) -> Self {
        self.without_axfr().with(|state| state.answers = Answers::Refused)
    }

    /// A server that refuses transfers, and not queries.
    pub(super) fn without_axfr(self) -> Self {
        self.with(|state| state.transfer = Some(Failure::TransferRefused(REFUSED)))
    }

    /// A server that answers otherwise than its copy says.
    pub(super) fn answering(self, records: &[&str]) -> Self {
        let records: Vec<String> = records.iter().map(|record| (*record).to_owned()).collect();
        self.with(|state| state.answers = Answers::Records(records.clone()))
    }

    pub(super) fn torn_by_a_change(self) -> Self {
        self.with(|state| state.transfer = Some(Failure::ChangedDuringTransfer(Serial(5), Serial(6))))
    }

    /// A server that ends every transfer, since it has a newer version by then.
    pub(super) fn superseding(self) -> Self {
        let failure = Failure::Superseded { was: Serial(5), now: Serial(6) };
        self.with(|state| state.transfer = Some(failure.clone()))
    }

    pub(super) fn half_written(self) -> Self {
        let what = "db.example:7:1: half a record".to_owned();
        self.with(|state| state.transfer = Some(Failure::TransferIncomplete(what.clone())))
    }

    /// A server that sends a delta between two serials, which deletes some records and adds others; after those that it
    /// sends already.
    pub(super) fn sending_delta(self, from: u32, to: u32, [deleted, added]: [&[&str]; 2]) -> Self {
        let owned = |records: &[&str]| records.iter().map(|record| (*record).to_owned()).collect();
        let records: [Vec<String>; 2] = [owned(deleted), owned(added)];
        self.with(|state| state.deltas.as_mut().expect("it sends deltas").push((from, to, records.clone())))
    }

    /// A server that sends no deltas.
    pub(super) fn without_deltas(self, error: DeltaError) -> Self {
        self.with(|state| state.deltas = Err(error))
    }

    fn state(&self, second: u64, question: usize) -> &State {
        let index = usize::try_from(second).unwrap();
        let index = if self.by_turns { (index + question) % self.states.len() } else { index };
        &self.states[index.min(self.states.len() - 1)]
    }
}

/// Any server.
pub(super) fn any_server() -> impl Strategy<Value = Server> {
    let serial = prop_oneof![3_u32..8, Just(5 + (1 << 31)), any::<u32>()];
    let state = (serial, 0..13_u8, 0..3_u8, prop::option::of(0..90_000_u32)).prop_map(
        |(serial, kind, content, ago)| {
            let server = Server::at(serial).serving(format!("www {content}"));
            let server = match ago {
                Some(ago) => server.refreshed_ago(ago),
                None => server,
            };
            match kind {
                0 => server.silent(),
                1 => server.refusing(),
                2 => server.servfail_expired(),
                3 => server.not_authoritative(),
                4 => server.without_transfer(),
                5 => server.torn_by_a_change(),
                6 => server.unusable_family(),
                10 => server.transfer_only(),
                11 => server.with_late_zonemd(ZonemdCheck::Unsupported),
                12 => server.with_zonemd(ZonemdCheck::Mismatch(Vec::new())),
                7 => server.sending_delta(5, 6, [&["www 0"], &["www 1"]]),
                _ => server,
            }
        },
    );
    (prop::collection::vec(state, 1..5), any::<bool>())
        .prop_map(|(states, by_turns)| Server { by_turns, ..Server::then(states) })
}

/// Servers, and the rules they are judged by.
pub(super) struct World {
    plan: Plan,
    servers: Vec<Server>,
    history: History,
    second: u64,
    key: u8,
    zone_file: Option<Server>,
    earlier: Vec<EarlierResponses>,
    catalog: Arc<CatalogState>,
    delegation: Vec<DelegationSighting>,
}

/// The time at which the clock is 0.
pub(super) const BEGINNING: Duration = Duration::from_secs(1_000_001);

impl World {
    pub(super) fn new() -> Self {
        let rules = ComparisonRules::new(Compare::Records);
        let zone = "example.com".parse().unwrap();
        let plan = Plan::new(zone, rules);
        Self {
            plan,
            servers: Vec::new(),
            history: History::default(),
            second: 0,
            key: 7,
            zone_file: None,
            earlier: Vec::new(),
            catalog: Arc::default(),
            delegation: Vec::new(),
        }
    }

    pub(super) fn rules(mut self, change: impl Fn(&mut ComparisonRules)) -> Self {
        change(&mut self.plan.rules);
        self
    }

    /// Sets the history and the clock.
    pub(super) fn later(self, second: u64, history: History) -> Self {
        Self { history, second, ..self }
    }

    /// Makes the zone one that a catalog lists since one second, and that servers should follow by another.
    pub(super) fn member(mut self, state: MembershipState, since: u64, deadline: u64) -> Self {
        let at = |second| UNIX_EPOCH + BEGINNING + Duration::from_secs(second);
        let (catalog, group) = ("catalog.example".parse().unwrap(), Some("customers".into()));
        let (since, deadline) = (at(since), at(deadline));
        self.plan.membership = Some(Arc::new(Membership { catalog, group, state, since, deadline }));
        self
    }

    /// Hashes under another key.
    pub(super) fn key(self, key: u8) -> Self {
        Self { key, ..self }
    }

    /// Sets the earlier responses of the servers that are not queried in this check.
    pub(super) fn with_earlier(self, earlier: Vec<EarlierResponses>) -> Self {
        Self { earlier, ..self }
    }

    /// Takes the zone for a catalog of which this is known.
    pub(super) fn catalog(mut self, catalog: CatalogState) -> Self {
        self.plan.rules.catalog = Some(CatalogRules { max_members: 10 });
        Self { catalog: Arc::new(catalog), ..self }
    }

    /// Looks at a delegation that is like each of these, one after the other.
    pub(super) fn delegation(self, seen: &[DelegationSighting]) -> Self {
        Self { delegation: seen.to_vec(), ..self }
    }

    /// Compares all servers with a zone file that has what this server would serve.
    pub(super) fn zone_file(self, file: Server) -> Self {
        Self { zone_file: Some(file), ..self }
    }

    pub(super) fn primary(self, server: Server) -> Self {
        self.server(Role::Primary, server)
    }

    pub(super) fn signer(self, server: Server) -> Self {
        self.server(Role::Signer, server)
    }

    pub(super) fn secondary(self, server: Server) -> Self {
        self.server(Role::Secondary, server)
    }

    /// Adds a server whose host name has no address.
    pub(super) fn without_address(mut self, role: Role, server: &str) -> Self {
        let (server, host) = (server.to_owned(), format!("{server}.example.com").parse().unwrap());
        self.plan.lookup_errors.push(LookupError::NoAddress {
            server,
            host,
            role,
            reason: "no such name".to_owned(),
        });
        self
    }

    /// Adds an IPv6 address of a server, which the user excludes.
    pub(super) fn excluded(mut self, role: Role, server: &str) -> Self {
        let reason = UnaskedReason::FamilyExcluded("[2001:db8::1]:53".parse().unwrap());
        self.plan.unasked.push(Unasked { server: server.to_owned(), role, key: None, reason });
        self
    }

    fn server(mut self, role: Role, server: Server) -> Self {
        let index = u8::try_from(self.servers.len()).unwrap();
        let name = format!("ns{index}");
        self.plan.targets.push(Target {
            host: Some(format!("{name}.example.com").parse().unwrap()),
            role,
            ..Target::at(name, ([192, 0, 2, index], 53).into())
        });
        self.servers.push(server);
        self
    }

    pub(super) fn name_servers(mut self, names: &[&str]) -> Self {
        let addresses = vec![[198, 51, 100, 1].into()];
        let server = |name: &&str| NameServer { name: name.parse().unwrap(), addresses: addresses.clone() };
        self.plan.name_servers = Some(names.iter().map(server).collect());
        self
    }

    /// Takes every step on each link of the chain until there is none left, and judges.
    pub(super) fn judge(mut self) -> Judged {
        let rules = self.plan.rules.clone();
        let unasked = self.plan.unasked.iter().map(|unasked| unasked.role);
        let link = Link::first(self.plan.targets.iter().map(|target| target.role).chain(unasked));
        let started = UNIX_EPOCH + BEGINNING + Duration::from_secs(self.second);
        let plan = std::mem::replace(&mut self.plan, Plan::new(".".parse().unwrap(), rules.clone()));
        let profile = self.profile(&link.rules(rules.clone()));
        let evidence =
            Evidence::new(plan, link, profile, started).with_history(std::mem::take(&mut self.history));
        let mut evidence = evidence.with_earlier(std::mem::take(&mut self.earlier));
        evidence = evidence.with_catalog(Arc::clone(&self.catalog));
        if let Some(file) = &self.zone_file {
            let digest = Digest::new(Arc::clone(&evidence.profile), Buckets::none(), started);
            evidence.observe_zone_file("db.example".to_owned(), read(file, 0, digest, false));
        }
        let mut second = self.take_steps(&mut evidence, u32::from(self.zone_file.is_some()));
        if link == Link::ToSigner {
            evidence = Evidence::after(Box::new(evidence), rules.clone(), self.profile(&rules));
            second = self.take_steps(&mut evidence, second);
        }
        assert!(second < 2 * MAX_STEPS);
        Judged::new(judge(&evidence), evidence)
    }

    fn profile(&self, rules: &ComparisonRules) -> Arc<Profile> {
        Arc::new(Profile { key: HashKey([self.key; 16]), content: rules.content.clone() })
    }

    /// Takes every step on one link from a second on; returns the second after the last one.
    fn take_steps(&self, evidence: &mut Evidence, first: u32) -> u32 {
        let (offset, started) = (evidence.start, evidence.start_time());
        for step in first.. {
            assert!(step < first + MAX_STEPS, "the check does not end");
            let second = u64::from(step);
            match next(evidence) {
                Step::QuerySoa(asks) => {
                    for ask in asks {
                        let answers = 0..ask.samples as usize;
                        let answers = answers.map(|question| {
                            let mut seen = observe(&self.servers[ask.target.index()], second, question);
                            seen.span = seen.span.shifted_by(offset);
                            seen
                        });
                        evidence.observe_soa(ask.target, answers.collect());
                    }
                }
                Step::ReadCopies(reads) => {
                    for read in reads {
                        let digest = Digest::new(Arc::clone(&evidence.profile), read.keep, started);
                        let held = match read.source {
                            Source::Target(target) => &self.servers[target.index()],
                            Source::ZoneFile => self.zone_file.as_ref().unwrap(),
                        };
                        let last = evidence.responses(read.source).and_then(Responses::copy);
                        let expects_zonemd = last.is_some_and(|copy| copy.zonemd.is_some());
                        let copy = self::read(held, second, digest, expects_zonemd);
                        evidence.observe_copy(read.source, copy);
                    }
                }
                Step::AskRrsets(questions) => {
                    ask_all(evidence, (&self.servers[..], self.zone_file.as_ref()), questions, second);
                }
                Step::ReadCatalog(source) => {
                    let reading = self.read_catalog(evidence, source, second);
                    evidence.observe_catalog(reading);
                }
                Step::LookUpMname(name) => evidence.observe_mname(name, Vec::new()),
                Step::QueryNs(_) => evidence.plan.name_servers = Some(Vec::new()),
                Step::QueryUnsigned(_) => panic!("no target has a key"),
                Step::FetchDeltas(explain) => {
                    for since in &explain.since {
                        let delta =
                            delta(&self.servers[explain.reference.index()], second, since, &evidence.profile);
                        evidence.observe_delta(explain.reference, since.serial, delta.ok());
                    }
                }
                Step::FollowChanges(query) => {
                    let changes = self.changes(query, second, &evidence.profile);
                    evidence.observe_changes(changes);
                }
                Step::Validate(sources) => {
                    for source in sources {
                        self.validate(evidence, source, second);
                    }
                }
                Step::AskDelegation(_) => self.look_at_delegation(evidence),
                Step::Done => return step,
            }
        }
        unreachable!()
    }

    fn look_at_delegation(&self, evidence: &mut Evidence) {
        let times = usize::from(evidence.delegation.is_some());
        evidence.delegation = Some(self.delegation[times].clone());
    }

    fn changes(&self, query: ChangesQuery, second: u64, profile: &Arc<Profile>) -> ReceivedChanges {
        let ChangesQuery { targets, reference, since } = query;
        let of_reference = since.into_iter().map(|since| (reference, since));
        let changes = targets.into_iter().chain(of_reference).map(|(target, since)| ChangesSince {
            target,
            since: since.serial,
            delta: delta(&self.servers[target.index()], second, &since, profile),
        });
        ReceivedChanges { reference, changes: changes.collect() }
    }

    fn read_catalog(&self, evidence: &Evidence, source: Source, second: u64) -> Option<CatalogReading> {
        let server = match source {
            Source::Target(target) => &self.servers[target.index()],
            Source::ZoneFile => self.zone_file.as_ref().unwrap(),
        };
        let state = server.state(second, 0);
        if state.failure.is_some() || state.transfer.is_some() {
            return None;
        }
        let mut reader = CatalogReader::new("example.com".parse().unwrap(), 10);
        for record in &state.records {
            with_record(record, 0, |record| reader.add(record));
        }
        let at = evidence.wall_time(span(second, 0).end);
        Some(CatalogReading { serial: state.soa.serial, at, catalog: reader.finish().map(Arc::new) })
    }

    /// Reads the copy of a source once more, and verifies it if it is the same.
    fn validate(&self, evidence: &mut Evidence, source: Source, second: u64) {
        let server = match source {
            Source::Target(target) => &self.servers[target.index()],
            Source::ZoneFile => self.zone_file.as_ref().unwrap(),
        };
        let kept = evidence.responses(source).unwrap().copy().unwrap().digest.kept_buckets();
        let digest = Digest::new(Arc::clone(&evidence.profile), kept, evidence.start_time());
        let attempt = read(server, second, digest, true);
        let copy = attempt.copy.as_ref().ok();
        let is_same = copy.is_some_and(|copy| evidence.is_last_copy(source, copy));
        evidence.observe_copy_to_validate(source, attempt);
        if is_same {
            evidence.observe_validation(source, server.state(second, 0).validate());
        }
    }
}

/// The queries of one attempt are sent at once, and answered one after the other within a second.
fn span(second: u64, question: usize) -> TimeSpan {
    let start = Duration::from_secs(second);
    TimeSpan { start, end: start + Duration::from_millis(30 + 40 * question as u64) }
}

fn observe(server: &Server, second: u64, question: usize) -> Observation {
    let state = server.state(second, question);
    let response = match &state.failure {
        Some(failure) => Err(failure.clone()),
        None => Ok(SoaResponse {
            rcode: state.rcode,
            authoritative: state.authoritative,
            transport: Transport::Udp,
            certificate: None,
            rtt: Duration::from_millis(30),
            edns: Edns {
                expire: state.refreshed_ago.map(|age| state.soa.expire.saturating_sub(age)),
                extended_errors: state
                    .extended_error
                    .map(|code| ExtendedError { code, text: Vec::new() })
                    .into_iter()
                    .collect(),
                ..Edns::default()
            },
            soa: match (state.rcode, state.authoritative) {
                (NOERROR, true) => Ok(state.soa.clone()),
                (NOERROR, false) => Err(Failure::NotAuthoritative),
                (rcode, _) => Err(Failure::Rcode(rcode)),
            },
        }),
    };
    Observation { span: span(second, question), response, udp: UdpOutcome::Answered }
}

/// Asks servers for the RRsets of the reference.
fn ask_all(
    evidence: &mut Evidence,
    (servers, file): (&[Server], Option<&Server>),
    RrsetQuestions { list, targets }: RrsetQuestions,
    second: u64,
) {
    let reference = match list {
        QueryList::Copy(Source::ZoneFile) => file.unwrap(),
        QueryList::Copy(Source::Target(target)) | QueryList::Answers(target) => &servers[target.index()],
    };
    if let QueryList::Answers(target) = list {
        evidence.observe_asked(target, ask([reference, reference], second));
    }
    for target in targets {
        let found = &servers[target.index()];
        evidence.observe_asked(target, ask([reference, found], second));
    }
}

/// Asks a server for the RRsets of the reference.
fn ask([reference, found]: [&Server; 2], second: u64) -> AskedAttempt {
    let (reference, state) = (reference.state(second, 0), found.state(second, 0));
    let span = span(second, 0);
    let failure = match (&state.failure, state.rcode, state.soa.serial == reference.soa.serial) {
        (Some(failure), ..) => Some(failure.clone()),
        (None, NOERROR, true) if state.answers == Answers::Refused => Some(Failure::Rcode(REFUSED)),
        (None, NOERROR, true) => None,
        (None, NOERROR, false) => {
            Some(Failure::ChangedDuringTransfer(reference.soa.serial, state.soa.serial))
        }
        (None, rcode, _) => Some(Failure::Rcode(rcode)),
    };
    let mut wrong = WrongRrsetList::default();
    let answered = match &state.answers {
        Answers::Records(records) => records,
        Answers::OfCopy | Answers::Refused => &state.records,
    };
    for text in reference.records.iter().filter(|text| !answered.contains(text)) {
        with_record(text, 3600, |record| {
            wrong.add(WrongRrset {
                owner: Name::from_wire(record.owner).unwrap(),
                rtype: record.rtype,
                kind: DifferenceKind::Changed,
                reference: None,
                found: None,
                answer: None,
            });
        });
    }
    let asked = reference.records.len() as u64 + 1;
    let asked = Asked {
        span,
        soa: state.soa.clone(),
        soa_ttl: 3600,
        asked,
        askable: Some(asked),
        records: asked,
        bytes: 100,
        duration: Duration::from_millis(30),
        wrong,
        has_gaps: false,
        drawn: None,
        computed: Vec::new(),
        alternating: Vec::new(),
        wrong_instances: Vec::new(),
        keys: Vec::new(),
    };
    AskedAttempt { span, asked: failure.map_or(Ok(asked), Err) }
}

fn delta(server: &Server, second: u64, since: &Soa, profile: &Arc<Profile>) -> Result<Delta, DeltaError> {
    let state = server.state(second, 0);
    let deltas = state.deltas.as_ref().map_err(|error| *error)?;
    if state.soa.serial == since.serial && deltas.iter().all(|(from, ..)| Serial(*from) != since.serial) {
        return Err(DeltaError::Interrupted);
    }
    let start = deltas.iter().position(|(from, ..)| Serial(*from) == since.serial);
    let sent = &deltas[start.ok_or(DeltaError::NotGiven)?..];
    let mut changed = ChangedRrsets::new(since.serial, Serial(sent.last().unwrap().1));
    let mut digest = DeltaDigest::new(Arc::clone(profile));
    for (_, to, [deleted, added]) in sent {
        for record in deleted {
            with_record(record, 3600, |record| {
                changed.insert(record.owner, record.rtype, 0);
                digest.delete(record);
            });
        }
        for record in added {
            with_record(record, 3600, |record| {
                changed.insert(record.owner, record.rtype, 0);
                digest.add(record);
            });
        }
        digest.reach(Serial(*to));
    }
    Ok(Delta { changed, digest })
}

/// Makes the TXT record that a text like `www 1` stands for.
fn with_record(text: &str, ttl: u32, take: impl FnOnce(&Record<'_>)) {
    let (owner, text) = text.split_once(' ').unwrap();
    let owner: Name = format!("{owner}.example.com").parse().unwrap();
    let rdata = [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    take(&Record::new(owner.as_wire(), Rtype(16), ttl, &rdata));
}

fn read(server: &Server, second: u64, mut digest: Digest, expects_zonemd: bool) -> CopyAttempt {
    let state = server.state(second, 0);
    let copy = match state.failure.clone().or_else(|| state.transfer.clone()) {
        Some(failure) => Err(failure),
        None => {
            for (record, index) in state.records.iter().zip(0..) {
                let ttl = if state.mixes_ttls { state.ttl + index } else { state.ttl };
                with_record(record, ttl, |record| digest.add(record));
            }
            for signed in &state.signatures {
                let (owner, rdata): (Name, _) = (signed.owner.parse().unwrap(), signed.rdata());
                let (owner, ttl) = (owner.as_wire(), state.ttl);
                digest.add(&Record::new(owner, Rtype::RRSIG, ttl, &rdata));
            }
            for (owner, rtype, rdata) in key_records(state) {
                digest.add(&Record::new(owner.as_wire(), rtype, state.ttl, &rdata));
            }
            let records = (state.records.len() + state.signatures.len()) as u64 + 1;
            let summary =
                CopySummary { soa: state.soa.clone(), soa_ttl: 3600, records, dropped: 0, unstated_ttls: 0 };
            let zonemd = state.zonemd.as_ref().map(|(check, is_late)| match is_late {
                true if !expects_zonemd => ZonemdCheck::Late,
                _ => check.clone(),
            });
            Ok(Copy { summary, digest, bytes: 100, duration: Duration::from_millis(30), zonemd })
        }
    };
    CopyAttempt { span: span(second, 0), copy }
}

/// The records that a server has because of its keys.
fn key_records(state: &State) -> Vec<(Name, Rtype, Vec<u8>)> {
    let (apex, www): (Name, Name) = ("example.com".parse().unwrap(), "www.example.com".parse().unwrap());
    let published = state.published.iter().map(|key| (apex.clone(), Rtype::DNSKEY, key.rdata()));
    let signatures = state.signing.iter().map(|key| (www.clone(), Rtype::RRSIG, key.signature()));
    published.chain(signatures).collect()
}
