//! A scripted name server on loopback.

mod signing;

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;
use zoneprobe::dns::message::{REFUSED, SERVFAIL};
use zoneprobe::dns::zonefile::{NextInput, ZoneFileReader};
use zoneprobe::dns::{Name, Rtype};
use zoneprobe::testserver::{
    Action, Authority, FirstMessage, IncomingQuery, LetterCase, QuestionSection, ResponseBuilder, TestServer,
    TsigPolicy, Zone, ZoneRecord,
};

use super::behaviour::{IxfrBehaviour, Journal, Quirk, Script};

/// The runtime of the servers of all tests.
pub(super) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("nameserver")
        .enable_all()
        .build()
        .expect("a runtime needs threads and nothing else")
});

/// A scripted server; [`Nameserver::start`] starts it.
#[must_use]
pub(crate) struct Nameserver {
    ip: IpAddr,
    authority: Authority,
    signing: TsigPolicy,
    quirks: Vec<Quirk>,
    tcp: bool,
}

/// A server that runs until it is dropped.
pub(crate) struct RunningNameserver {
    responder: TestServer,
    state: Arc<Mutex<Authority>>,
    journal: Journal,
    silent: Arc<AtomicBool>,
}

impl Nameserver {
    /// A good server on 127.0.0.1, without zones.
    pub(crate) fn new() -> Self {
        Self {
            ip: Ipv4Addr::LOCALHOST.into(),
            authority: Authority::default(),
            signing: TsigPolicy::default(),
            quirks: Vec::new(),
            tcp: true,
        }
    }

    /// Listens on another loopback address, such as `::1`.
    pub(crate) fn on(mut self, ip: &str) -> Self {
        self.ip = ip.parse().unwrap();
        self
    }

    /// Serves a zone of ten records that are the same for every serial.
    pub(crate) fn zone(self, origin: &str, serial: u32) -> Self {
        self.zone_text(origin, &zone_text(serial))
    }

    /// Serves a zone of this kind for each name.
    pub(crate) fn zones(self, names: &[String], serial: u32) -> Self {
        names.iter().fold(self, |server, name| server.zone(name, serial))
    }

    /// Serves a zone from zone-file text; names are relative to it.
    pub(crate) fn zone_text(mut self, origin: &str, text: &str) -> Self {
        self.authority.zones.push(Zone::parse(origin, text).unwrap());
        self
    }

    /// Serves an existing zone.
    pub(crate) fn zone_copy(mut self, zone: Zone) -> Self {
        self.authority.zones.push(zone);
        self
    }

    /// Serves a zone from the text of a zone file with records of any type, in the order of the file.
    #[track_caller]
    pub(crate) fn any_zone(self, origin: &str, text: &str) -> Self {
        let mut reader = ZoneFileReader::new(origin.parse().unwrap());
        let mut records = Vec::new();
        for line in text.lines() {
            let read = reader.read_line(line.as_bytes(), &mut |record| {
                let owner = Name::from_wire(record.owner).unwrap();
                let rdata = record.signed.to_vec();
                records.push(ZoneRecord { owner, rtype: record.rtype, ttl: record.ttl, rdata });
            });
            assert_eq!(read.unwrap(), NextInput::Line);
        }
        let summary = reader.end().expect("the zone has a SOA");
        let zone = Zone::parse(origin, "@ 3600 IN SOA . . 0 0 0 0 0").unwrap();
        let zone = zone.with_soa(|soa| soa.clone_from(&summary.soa)).with_soa_ttl(summary.soa_ttl);
        self.zone_copy(records.into_iter().fold(zone, Zone::record))
    }

    /// Changes the zone that was added last.
    #[track_caller]
    pub(crate) fn edit(mut self, change: impl FnOnce(Zone) -> Zone) -> Self {
        let zone = self.authority.zones.pop().expect("a zone comes before what changes it");
        self.authority.zones.push(change(zone));
        self
    }

    /// Adds records, as lines of a zone file relative to the zone.
    #[track_caller]
    pub(crate) fn with(self, lines: &str) -> Self {
        self.edit(|zone| zone.with(lines).unwrap())
    }

    /// Removes one RRset, `OWNER TYPE`.
    #[track_caller]
    pub(crate) fn without(self, rrset: &str) -> Self {
        self.edit(|zone| zone.without(rrset).unwrap())
    }

    /// Replaces RRsets, as lines of a zone file relative to the zone.
    #[track_caller]
    pub(crate) fn replace(self, lines: &str) -> Self {
        self.edit(|zone| zone.replace(lines).unwrap())
    }

    /// Adds a record of any type; the owner is relative to the zone unless it ends in a dot.
    #[track_caller]
    pub(crate) fn record(self, owner: &str, rtype: u16, ttl: u32, rdata: &[u8]) -> Self {
        self.edit(|zone| {
            let owner = zone.name(owner).unwrap();
            zone.record(ZoneRecord { owner, rtype: Rtype(rtype), ttl, rdata: rdata.to_vec() })
        })
    }

    /// Adds `count` hosts with an address each, `h0` and up, for large copies.
    #[track_caller]
    pub(crate) fn hosts(self, count: u32) -> Self {
        let mut lines = String::new();
        for host in 0..count {
            let [_, b, c, d] = host.to_be_bytes();
            writeln!(lines, "h{host} 300 IN A 10.{b}.{c}.{d}").unwrap();
        }
        self.with(&lines)
    }

    /// Sets refresh, retry and expire of the SOA.
    #[track_caller]
    pub(crate) fn timers(self, refresh: u32, retry: u32, expire: u32) -> Self {
        self.edit(|zone| zone.with_soa(|soa| (soa.refresh, soa.retry, soa.expire) = (refresh, retry, expire)))
    }

    /// Sends this NSID to clients that ask for one (RFC 5001).
    pub(crate) fn nsid(mut self, nsid: impl AsRef<[u8]>) -> Self {
        self.authority.nsid = Some(nsid.as_ref().to_vec());
        self
    }

    /// Sends EXPIRE with so many seconds to clients that ask for it (RFC 7314).
    pub(crate) fn expire(mut self, seconds: u32) -> Self {
        self.authority.expire = Some(seconds);
        self
    }

    /// Never responds, but accepts connections.
    pub(crate) fn silent(self) -> Self {
        self.quirk(Quirk::Silent)
    }

    /// Never responds over UDP.
    pub(crate) fn udp_silent(self) -> Self {
        self.quirk(Quirk::UdpSilent)
    }

    /// Refuses connections.
    pub(crate) fn tcp_closed(mut self) -> Self {
        self.tcp = false;
        self
    }

    /// Responds with REFUSED to everything.
    pub(crate) fn refusing(self) -> Self {
        self.quirk(Quirk::Rcode(REFUSED))
    }

    /// Responds with an RCODE to everything but transfers, as BIND does with `allow-query { none; }`.
    pub(crate) fn transfer_only(self, rcode: u16) -> Self {
        self.handler(move |asked| {
            let query = asked.query.as_ref().filter(|_| !asked.is_transfer())?;
            Some(vec![Action::Send(ResponseBuilder::new(query).rcode(rcode).into_message())])
        })
    }

    /// Responds with SERVFAIL to everything.
    pub(crate) fn servfail(self) -> Self {
        self.quirk(Quirk::Rcode(SERVFAIL))
    }

    /// Responds with SERVFAIL with the extended error of an expired zone (RFC 8914 section 4.25).
    pub(crate) fn servfail_expired(self) -> Self {
        self.quirk(Quirk::Expired)
    }

    /// Responds with NXDOMAIN, with authority, to everything.
    pub(crate) fn nxdomain(self) -> Self {
        self.quirk(Quirk::Rcode(3))
    }

    /// Responds without AA, as a resolver does.
    pub(crate) fn not_authoritative(self) -> Self {
        self.quirk(Quirk::NotAuthoritative)
    }

    /// Responds with NOERROR, with authority and no records.
    pub(crate) fn no_records(self) -> Self {
        self.quirk(Quirk::NoRecords)
    }

    /// Responds with FORMERR, a bare header, to queries with EDNS.
    pub(crate) fn formerr_to_edns(self) -> Self {
        self.quirk(Quirk::BareFormerrToEdns)
    }

    /// Responds with NOTIMP and the question, to queries with EDNS.
    pub(crate) fn notimp_to_edns(self) -> Self {
        self.quirk(Quirk::NotimpToEdns)
    }

    /// Responds with BADVERS to queries with EDNS.
    pub(crate) fn badvers(self) -> Self {
        self.quirk(Quirk::Badvers)
    }

    /// Truncates every UDP response.
    pub(crate) fn truncating(self) -> Self {
        self.quirk(Quirk::Truncating)
    }

    /// Sends a forged response with another ID before the true one.
    pub(crate) fn wrong_id_first(self) -> Self {
        self.quirk(Quirk::WrongIdFirst)
    }

    /// Sends a forged response for another name before the true one.
    pub(crate) fn wrong_question_first(self) -> Self {
        self.quirk(Quirk::WrongQuestionFirst)
    }

    /// Responds with bytes that are not a DNS message.
    pub(crate) fn garbage(self) -> Self {
        self.quirk(Quirk::Garbage)
    }

    /// Waits before every response.
    pub(crate) fn delaying(self, time: Duration) -> Self {
        self.quirk(Quirk::Delaying(time))
    }

    /// Waits before every response over TCP.
    pub(crate) fn delaying_tcp(self, time: Duration) -> Self {
        self.quirk(Quirk::DelayingTcp(time))
    }

    /// Responds to queries in another order than they come in.
    pub(crate) fn reordering(self) -> Self {
        self.quirk(Quirk::Reordering)
    }

    /// Ignores the first `count` datagrams.
    pub(crate) fn dropping_first(self, count: u32) -> Self {
        self.quirk(Quirk::DroppingFirst(count.into()))
    }

    /// Resets every connection at its first query.
    pub(crate) fn tcp_resetting(self) -> Self {
        self.quirk(Quirk::TcpResetting)
    }

    /// Responds with REFUSED to transfers.
    pub(crate) fn transfer_refused(self) -> Self {
        self.quirk(Quirk::TransferRcode(REFUSED))
    }

    /// Responds to transfers with an RCODE.
    pub(crate) fn transfer_rcode(self, rcode: u16) -> Self {
        self.quirk(Quirk::TransferRcode(rcode))
    }

    /// Closes the connection after `count` records of a transfer.
    pub(crate) fn closing_after(self, count: usize) -> Self {
        self.quirk(Quirk::ClosingAfter(count))
    }

    /// Ends transfers with the SOA of another serial.
    pub(crate) fn changing_soa_at_end(self, serial: u32) -> Self {
        self.quirk(Quirk::ChangingSoaAtEnd(serial))
    }

    /// Sends the opening SOA of a transfer in a message of its own.
    pub(crate) fn soa_alone_first(mut self) -> Self {
        self.authority.layout.first_message = FirstMessage::SoaOnly;
        self
    }

    /// Puts so many records into a message of a transfer.
    pub(crate) fn records_per_message(mut self, count: usize) -> Self {
        self.authority.layout.records_per_message = count;
        self
    }

    /// Repeats the question in every message of a transfer.
    pub(crate) fn question_in_every_message(mut self) -> Self {
        self.authority.layout.question = QuestionSection::Every;
        self
    }

    /// Clears AA in transfers.
    pub(crate) fn aa_clear_in_transfer(mut self) -> Self {
        self.authority.layout.authoritative = false;
        self
    }

    /// Writes owner names in upper case in transfers.
    pub(crate) fn upper_case_in_transfer(mut self) -> Self {
        self.authority.layout.owner_case = LetterCase::Upper;
        self
    }

    /// Adds a record of another zone to transfers.
    pub(crate) fn out_of_zone_record(self) -> Self {
        self.quirk(Quirk::OutOfZoneRecord)
    }

    /// Sends one more record after the closing SOA, in the same message.
    pub(crate) fn record_after_closing_soa(self) -> Self {
        self.quirk(Quirk::RecordAfterClosingSoa)
    }

    /// Sends transfers without an end.
    pub(crate) fn endless_transfer(self) -> Self {
        self.quirk(Quirk::EndlessTransfer)
    }

    /// Sends transfers at so many bytes a second.
    pub(crate) fn slow_transfer(self, bytes_per_second: usize) -> Self {
        self.quirk(Quirk::SlowTransfer(bytes_per_second))
    }

    /// Responds to IXFR like this, and not with the whole zone.
    pub(crate) fn ixfr(self, ixfr: IxfrBehaviour) -> Self {
        self.quirk(Quirk::Ixfr(ixfr))
    }

    /// Responds to IXFR with the differences from an older version of the zone.
    #[track_caller]
    pub(crate) fn ixfr_since(self, serial: u32, change: impl FnOnce(Zone) -> Zone) -> Self {
        let zone = self.authority.zones.last().expect("a zone comes before what changes it").clone();
        let older = change(zone.with_serial(serial));
        self.ixfr(IxfrBehaviour::Since(older))
    }

    /// Passes every query to a handler first; where it returns `None`, the server responds as usual.
    pub(crate) fn handler(
        self,
        handler: impl Fn(&IncomingQuery) -> Option<Vec<Action>> + Send + Sync + 'static,
    ) -> Self {
        self.quirk(Quirk::Handler(Box::new(handler)))
    }

    fn quirk(mut self, quirk: Quirk) -> Self {
        self.quirks.push(quirk);
        self
    }

    /// Starts it on a free port.
    pub(crate) fn start(self) -> RunningNameserver {
        let state = Arc::new(Mutex::new(self.authority));
        let silent = Arc::new(AtomicBool::new(false));
        let journal = Journal::default();
        let shared = (Arc::clone(&state), journal.clone());
        let script = Script::new(shared, Arc::clone(&silent), self.signing, self.quirks);
        let handler = move |asked: &IncomingQuery| script.acts(asked);
        let responder = RUNTIME.block_on(async {
            if self.tcp {
                TestServer::start(self.ip, handler).await
            } else {
                TestServer::start_without_tcp(self.ip, handler).await
            }
        });
        RunningNameserver { responder: responder.expect("loopback has a free port"), state, journal, silent }
    }
}

impl RunningNameserver {
    /// The address that it listens on, for UDP and TCP.
    pub(crate) fn address(&self) -> SocketAddr {
        self.responder.address()
    }

    /// The queries that it received, a line each.
    pub(crate) fn queries(&self) -> Vec<String> {
        self.responder.query_log()
    }

    /// Gives its first zone another serial.
    pub(crate) fn set_serial(&self, serial: u32) {
        self.edit(|zone| zone.with_serial(serial));
    }

    /// Gives all its zones another serial.
    pub(crate) fn set_serials(&self, serial: u32) {
        let mut authority = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let zones = std::mem::take(&mut authority.zones);
        authority.zones = zones.into_iter().map(|zone| zone.with_serial(serial)).collect();
    }

    /// Changes its first zone while it runs.
    pub(crate) fn edit(&self, change: impl FnOnce(Zone) -> Zone) {
        let mut authority = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let zone = authority.zones.first_mut().expect("it serves a zone");
        let changed = change(zone.clone());
        self.journal.push(std::mem::replace(zone, changed));
    }

    /// Stops serving a zone: it refuses queries for it.
    pub(crate) fn drop_zone(&self, origin: &str) {
        let origin: Name = origin.parse().unwrap();
        let mut authority = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        authority.zones.retain(|zone| *zone.origin() != origin);
    }

    /// Stops responding, or starts again. Its port stays open.
    pub(crate) fn set_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::SeqCst);
    }
}

/// The records of [`Nameserver::zone`], as zone-file text.
pub(super) fn zone_text(serial: u32) -> String {
    format!(
        "@ 3600 IN SOA ns0 hostmaster {serial} 3600 600 604800 300\n\
         @ 3600 IN NS ns0\n\
         @ 3600 IN NS ns1\n\
         @ 3600 IN MX 10 mail\n\
         @ 3600 IN TXT \"v=spf1 mx -all\"\n\
         ns0 3600 IN A 192.0.2.53\n\
         ns1 3600 IN A 198.51.100.53\n\
         mail 3600 IN A 192.0.2.25\n\
         www 300 IN A 192.0.2.80\n\
         www 300 IN AAAA 2001:db8::80\n"
    )
}

/// Publishes one version after the other while `action` runs, on each server a moment after the one before.
///
/// Each version has another TXT record at `tick`.
pub(crate) fn while_publishing(servers: [&RunningNameserver; 2], pause: Duration, action: impl FnOnce()) {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for serial in 8.. {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                for server in servers {
                    let record = format!("tick 60 TXT {serial}");
                    server.edit(|zone| zone.with_serial(serial).replace(&record).expect("it is a record"));
                    std::thread::sleep(pause);
                }
            }
        });
        // Also when the action panics: the scope would wait for the thread forever.
        let end = EndOnDrop(&done);
        action();
        drop(end);
    });
}

struct EndOnDrop<'f>(&'f AtomicBool);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
