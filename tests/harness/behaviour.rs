//! The behaviour of a scripted server for each query.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use zoneprobe::clock;
use zoneprobe::dns::message::{BADVERS, FORMERR, NOTIMP, SERVFAIL};
use zoneprobe::dns::name::is_within;
use zoneprobe::dns::{Rtype, Serial, edns};
use zoneprobe::observe::Transport;
use zoneprobe::testserver::{
    Action, Authority, IncomingQuery, Query, ResponseBuilder, ResponseSigner, TsigCheck, TsigPolicy, Zone,
    ZoneRecord, transfer_messages,
};

/// The distance of the serial in forged responses, by which a probe that accepts them is recognised.
const FORGED_LEAD: u32 = 1000;

/// A server that reorders responses sends the last of so many first, and each other so much later than the next.
const REORDERED: u64 = 5;
const REORDERING_STEP: Duration = Duration::from_millis(20);

/// The pause between two portions of a slow transfer.
const SLOW_PAUSE: Duration = Duration::from_millis(50);

type Handler = Box<dyn Fn(&IncomingQuery) -> Option<Vec<Action>> + Send + Sync>;

/// A deviation from the behaviour of a good server.
pub(super) enum Quirk {
    Handler(Handler),
    Silent,
    UdpSilent,
    DroppingFirst(u64),
    TcpResetting,
    Delaying(Duration),
    DelayingTcp(Duration),
    Reordering,
    Garbage,
    Rcode(u16),
    Expired,
    NotAuthoritative,
    NoRecords,
    BareFormerrToEdns,
    NotimpToEdns,
    Badvers,
    Truncating,
    WrongIdFirst,
    WrongQuestionFirst,
    SignedSerial(u32),
    TransferRcode(u16),
    ClosingAfter(usize),
    ChangingSoaAtEnd(u32),
    OutOfZoneRecord,
    RecordAfterClosingSoa,
    EndlessTransfer,
    SlowTransfer(usize),
    Ixfr(IxfrBehaviour),
}

/// How a server responds to IXFR (RFC 1995).
#[derive(Clone)]
pub(crate) enum IxfrBehaviour {
    /// With the differences from this older version of the zone.
    Since(Zone),
    /// With all that was changed while it runs, version by version; with the whole zone if it does not know the version
    /// that the client has.
    Journal,
    /// The same as one difference.
    Condensed,
    /// As from a journal, with other records.
    Altered(fn(&mut Vec<ZoneRecord>)),
    /// With these records.
    Records(Vec<ZoneRecord>),
    /// With its SOA alone.
    Soa,
    /// With an error.
    Rcode(u16),
}

/// A server's zones and its quirks.
pub(super) struct Script {
    state: Arc<Mutex<Authority>>,
    journal: Journal,
    silent: Arc<AtomicBool>,
    signing: TsigPolicy,
    quirks: Vec<Quirk>,
    datagrams: AtomicU64,
}

/// The earlier versions of the zones of a server.
#[derive(Clone, Default)]
pub(super) struct Journal(Arc<Mutex<Vec<Zone>>>);

impl Journal {
    pub(super) fn push(&self, zone: Zone) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(zone);
    }

    /// The versions of a zone from this one on.
    fn since(&self, zone: &Zone, since: Option<Serial>) -> Option<Vec<Zone>> {
        let mut versions = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        versions.push(zone.clone());
        versions.retain(|version| version.origin() == zone.origin());
        let first = versions.iter().rposition(|version| Some(version.soa().serial) == since)?;
        Some(versions.split_off(first))
    }
}

/// The response to IXFR with the differences from each version to the next.
fn differences(versions: &[&Zone]) -> Vec<ZoneRecord> {
    let soa = versions[versions.len() - 1].soa_record();
    let mut records = vec![soa.clone()];
    for pair in versions.windows(2) {
        let step = pair[1].incremental_transfer(pair[0]);
        records.extend_from_slice(&step[1..step.len() - 1]);
    }
    records.extend(Some(soa).filter(|_| versions.len() > 1));
    records
}

impl Script {
    pub(super) fn new(
        (state, journal): (Arc<Mutex<Authority>>, Journal),
        silent: Arc<AtomicBool>,
        signing: TsigPolicy,
        quirks: Vec<Quirk>,
    ) -> Self {
        Self { state, journal, silent, signing, quirks, datagrams: AtomicU64::new(0) }
    }

    /// What to do for a query.
    pub(super) fn acts(&self, asked: &IncomingQuery) -> Vec<Action> {
        if self.silent.load(Ordering::SeqCst) || self.is_ignored(asked) {
            return Vec::new();
        }
        let scripted = self.quirks.iter().find_map(|quirk| match quirk {
            Quirk::Handler(handler) => handler(asked),
            Quirk::Garbage => Some(vec![Action::Send(b"no message".to_vec())]),
            Quirk::TcpResetting if asked.transport == Transport::Tcp => Some(vec![Action::Reset]),
            _ => None,
        });
        let mut acts = self.delays(asked);
        acts.extend(scripted.unwrap_or_else(|| self.respond(asked)));
        acts
    }

    fn is_ignored(&self, asked: &IncomingQuery) -> bool {
        let udp = asked.transport == Transport::Udp;
        let before = if udp { self.datagrams.fetch_add(1, Ordering::SeqCst) } else { u64::MAX };
        self.quirks.iter().any(|quirk| match quirk {
            Quirk::Silent => true,
            Quirk::UdpSilent => udp,
            Quirk::DroppingFirst(count) => before < *count,
            _ => false,
        })
    }

    fn delays(&self, asked: &IncomingQuery) -> Vec<Action> {
        let earlier = REORDERED - 1 - asked.nth % REORDERED;
        let delay = |quirk: &Quirk| match quirk {
            Quirk::Delaying(time) => Some(Action::Wait(*time)),
            Quirk::DelayingTcp(time) if asked.transport == Transport::Tcp => Some(Action::Wait(*time)),
            Quirk::Reordering => Some(Action::Wait(REORDERING_STEP * u32::try_from(earlier).unwrap())),
            _ => None,
        };
        self.quirks.iter().filter_map(delay).collect()
    }

    fn respond(&self, asked: &IncomingQuery) -> Vec<Action> {
        let Some(query) = &asked.query else { return Vec::new() };
        let now = clock::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut session = match self.signing.check(query, &asked.message, now) {
            TsigCheck::Refused(reply) => return vec![Action::Send(reply)],
            TsigCheck::Signed(session) => Some(session),
            TsigCheck::Unsigned => None,
        };
        let authority = self.authority(query, session.is_some());
        if let Some(reply) = self.error(query) {
            return vec![Action::Send(signed(&mut session, vec![reply.into_message()]).swap_remove(0))];
        }
        let zone = authority.zones.iter().find(|zone| *zone.origin() == query.qname);
        match zone {
            Some(zone) if query.is_transfer() && asked.transport == Transport::Tcp => {
                self.transfer(query, zone, &authority, &mut session)
            }
            _ => self.plain(asked, query, &authority, &mut session),
        }
    }

    /// The zones that the name in a query is in, for signed queries or for unsigned ones.
    fn authority(&self, query: &Query, is_signed: bool) -> Authority {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // There may be thousands of other zones.
        let encloses = |zone: &&Zone| is_within(query.qname.as_wire(), zone.origin().as_wire());
        let zones = state.zones.iter().filter(encloses).cloned().collect();
        let Authority { zones: _, nsid, expire, layout } = &*state;
        let mut authority = Authority { zones, nsid: nsid.clone(), expire: *expire, layout: *layout };
        drop(state);
        for quirk in &self.quirks {
            if let Quirk::SignedSerial(serial) = quirk
                && is_signed
            {
                authority.zones = authority.zones.into_iter().map(|zone| zone.with_serial(*serial)).collect();
            }
        }
        authority
    }

    /// The response of a server that responds with an error.
    fn error(&self, query: &Query) -> Option<ResponseBuilder> {
        let reply = || ResponseBuilder::new(query);
        let edns = query.edns.is_some();
        self.quirks.iter().find_map(|quirk| match quirk {
            Quirk::Rcode(rcode @ 3) => Some(reply().authoritative().rcode(*rcode)),
            Quirk::Rcode(rcode) => Some(reply().rcode(*rcode)),
            Quirk::Expired => {
                let info = [&edns::INVALID_DATA.to_be_bytes(), b"Zone has expired".as_slice()].concat();
                Some(reply().rcode(SERVFAIL).option(15, &info))
            }
            Quirk::NoRecords => Some(reply().authoritative()),
            Quirk::BareFormerrToEdns if edns => {
                Some(reply().rcode(FORMERR).without_question().without_edns())
            }
            Quirk::NotimpToEdns if edns => Some(reply().rcode(NOTIMP).without_edns()),
            Quirk::Badvers if edns => Some(reply().rcode(BADVERS)),
            Quirk::TransferRcode(rcode) if query.is_transfer() => Some(reply().rcode(*rcode)),
            _ => None,
        })
    }

    fn plain(
        &self,
        asked: &IncomingQuery,
        query: &Query,
        authority: &Authority,
        session: &mut Option<Box<ResponseSigner>>,
    ) -> Vec<Action> {
        let mut acts = Vec::new();
        let mut reply = authority.respond_to(query, asked.transport).swap_remove(0);
        for quirk in &self.quirks {
            match quirk {
                Quirk::NotAuthoritative => reply[2] &= !0x04,
                Quirk::Truncating if asked.transport == Transport::Udp => {
                    reply = authority.response(query).truncated().into_message();
                }
                Quirk::WrongIdFirst => {
                    let mut forged = forged(authority, query);
                    forged[1] ^= 1;
                    acts.push(Action::Send(forged));
                }
                Quirk::WrongQuestionFirst => {
                    let mut forged = forged(authority, query);
                    forged[13] = if forged[13] == b'x' { b'y' } else { b'x' };
                    acts.push(Action::Send(forged));
                }
                _ => {}
            }
        }
        acts.extend(signed(session, vec![reply]).into_iter().map(Action::Send));
        acts
    }

    fn transfer(
        &self,
        query: &Query,
        zone: &Zone,
        authority: &Authority,
        session: &mut Option<Box<ResponseSigner>>,
    ) -> Vec<Action> {
        if query.qtype == Rtype::IXFR
            && let Some(response) = self.ixfr(query, zone, authority, session)
        {
            return response;
        }
        let mut records = zone.transfer();
        for quirk in &self.quirks {
            match quirk {
                Quirk::ChangingSoaAtEnd(serial) => {
                    records.pop();
                    records.push(zone.clone().with_serial(*serial).soa_record());
                }
                Quirk::OutOfZoneRecord => {
                    let owner = "out-of-zone.invalid".parse().unwrap();
                    let stray = ZoneRecord { owner, rtype: Rtype(1), ttl: 60, rdata: vec![192, 0, 2, 66] };
                    records.insert(1, stray);
                }
                Quirk::RecordAfterClosingSoa => {
                    let owner = zone.name("after-the-end").unwrap();
                    records.push(ZoneRecord { owner, rtype: Rtype(1), ttl: 60, rdata: vec![192, 0, 2, 67] });
                }
                Quirk::ClosingAfter(count) => records.truncate(*count),
                Quirk::EndlessTransfer => {
                    records.pop();
                }
                _ => {}
            }
        }
        let sent = signed(session, transfer_messages(query, &records, &authority.layout));
        self.paced(query, &records, sent, authority)
    }

    /// The response to IXFR; without one, the whole zone is sent.
    fn ixfr(
        &self,
        query: &Query,
        zone: &Zone,
        authority: &Authority,
        session: &mut Option<Box<ResponseSigner>>,
    ) -> Option<Vec<Action>> {
        let ixfr = self.quirks.iter().find_map(|quirk| match quirk {
            Quirk::Ixfr(ixfr) => Some(ixfr),
            _ => None,
        })?;
        let sent = match ixfr {
            IxfrBehaviour::Since(older) => {
                transfer_messages(query, &zone.incremental_transfer(older), &authority.layout)
            }
            IxfrBehaviour::Journal | IxfrBehaviour::Condensed | IxfrBehaviour::Altered(_) => {
                let versions = self.journal.since(zone, query.since)?;
                let mut versions: Vec<&Zone> = versions.iter().collect();
                if let IxfrBehaviour::Condensed = ixfr {
                    versions = vec![versions[0], versions[versions.len() - 1]];
                }
                // Other servers do not wait for a large one.
                tokio::task::block_in_place(|| {
                    let mut records = differences(&versions);
                    if let IxfrBehaviour::Altered(alter) = ixfr {
                        alter(&mut records);
                    }
                    transfer_messages(query, &records, &authority.layout)
                })
            }
            IxfrBehaviour::Records(records) => transfer_messages(query, records, &authority.layout),
            IxfrBehaviour::Soa => transfer_messages(query, &[zone.soa_record()], &authority.layout),
            IxfrBehaviour::Rcode(rcode) => vec![ResponseBuilder::new(query).rcode(*rcode).into_message()],
        };
        Some(signed(session, sent).into_iter().map(Action::Send).collect())
    }

    /// Sends the messages of a transfer at the speed, and with the end, that the quirks ask for.
    fn paced(
        &self,
        query: &Query,
        records: &[ZoneRecord],
        sent: Vec<Vec<u8>>,
        authority: &Authority,
    ) -> Vec<Action> {
        let speed = self.quirks.iter().find_map(|quirk| match quirk {
            Quirk::SlowTransfer(bytes_per_second) => Some(*bytes_per_second),
            _ => None,
        });
        let mut acts = match speed {
            Some(bytes_per_second) => slowly(&sent, bytes_per_second),
            None => sent.into_iter().map(Action::Send).collect(),
        };
        for quirk in &self.quirks {
            match quirk {
                Quirk::ClosingAfter(_) => acts.push(Action::Close),
                Quirk::EndlessTransfer => {
                    let repeated = transfer_messages(query, &records[1..], &authority.layout).swap_remove(0);
                    acts.push(Action::Flood(repeated));
                }
                _ => {}
            }
        }
        acts
    }
}

/// Signs the messages of a response, if the query was signed.
fn signed(session: &mut Option<Box<ResponseSigner>>, mut messages: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    if let Some(session) = session {
        session.sign(&mut messages);
    }
    messages
}

/// A forged response: unsigned, and with a newer serial of each zone.
fn forged(authority: &Authority, query: &Query) -> Vec<u8> {
    let mut forger = authority.clone();
    for zone in &mut forger.zones {
        let serial = zone.soa().serial.0.wrapping_add(FORGED_LEAD);
        *zone = zone.clone().with_serial(serial);
    }
    forger.response(query).into_message()
}

/// Sends messages in small portions with pauses between them.
fn slowly(messages: &[Vec<u8>], bytes_per_second: usize) -> Vec<Action> {
    let mut stream = Vec::new();
    for message in messages {
        let length = u16::try_from(message.len()).expect("a message of a transfer has a length");
        stream.extend_from_slice(&length.to_be_bytes());
        stream.extend_from_slice(message);
    }
    let pauses_per_second = 1000 / SLOW_PAUSE.as_millis() as usize;
    let portion = (bytes_per_second / pauses_per_second).max(1);
    stream.chunks(portion).flat_map(|bytes| [Action::Raw(bytes.to_vec()), Action::Wait(SLOW_PAUSE)]).collect()
}
