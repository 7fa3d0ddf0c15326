//! A scripted name server on loopback.

mod signing;

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;
use zoneprobe::dns::Rtype;
use zoneprobe::testserver::{
    Action, Authority, FirstMessage, IncomingQuery, LetterCase, QuestionSection, TestServer, TsigPolicy,
    Zone, ZoneRecord,
};

use super::behaviour::{Incremental, Quirk, Script};

/// All servers of all tests run here.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("nameserver")
        .enable_all()
        .build()
        .expect("a runtime needs threads and nothing else")
});

/// A server that is being described; [`Nameserver::start`] starts it.
#[must_use]
pub struct Nameserver {
    ip: IpAddr,
    authority: Authority,
    signing: TsigPolicy,
    quirks: Vec<Quirk>,
    tcp: bool,
}

/// A server that runs until it is dropped.
pub struct Listening {
    responder: TestServer,
    state: Arc<Mutex<Authority>>,
    silent: Arc<AtomicBool>,
}

impl Nameserver {
    /// A server that behaves, on 127.0.0.1, without zones.
    pub fn new() -> Self {
        Self {
            ip: Ipv4Addr::LOCALHOST.into(),
            authority: Authority::default(),
            signing: TsigPolicy::default(),
            quirks: Vec::new(),
            tcp: true,
        }
    }

    /// Listens on another loopback address, as `::1`.
    pub fn on(mut self, ip: &str) -> Self {
        self.ip = ip.parse().unwrap();
        self
    }

    /// Serves a zone of ten records that are the same for every serial.
    pub fn zone(self, origin: &str, serial: u32) -> Self {
        let text = format!(
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
        );
        self.zone_text(origin, &text)
    }

    /// Serves a zone given as zone-file text, names relative to it.
    pub fn zone_text(mut self, origin: &str, text: &str) -> Self {
        self.authority.zones.push(Zone::parse(origin, text).unwrap());
        self
    }

    /// Serves a zone that was made before.
    pub fn zone_copy(mut self, zone: Zone) -> Self {
        self.authority.zones.push(zone);
        self
    }

    /// Changes this server's copy of the zone given last.
    #[track_caller]
    pub fn edit(mut self, change: impl FnOnce(Zone) -> Zone) -> Self {
        let zone = self.authority.zones.pop().expect("a zone comes before what changes it");
        self.authority.zones.push(change(zone));
        self
    }

    /// Adds records to the copy, as lines of a zone file relative to the zone.
    #[track_caller]
    pub fn with(self, lines: &str) -> Self {
        self.edit(|zone| zone.with(lines).unwrap())
    }

    /// Takes one RRset, `OWNER TYPE`, out of the copy.
    #[track_caller]
    pub fn without(self, rrset: &str) -> Self {
        self.edit(|zone| zone.without(rrset).unwrap())
    }

    /// Puts other data in the place of one RRset of the copy.
    #[track_caller]
    pub fn replace(self, lines: &str) -> Self {
        self.edit(|zone| zone.replace(lines).unwrap())
    }

    /// Adds a record of any type; the owner is relative to the zone unless it ends in a dot.
    #[track_caller]
    pub fn record(self, owner: &str, rtype: u16, ttl: u32, rdata: &[u8]) -> Self {
        self.edit(|zone| {
            let owner = zone.name(owner).unwrap();
            zone.record(ZoneRecord { owner, rtype: Rtype(rtype), ttl, rdata: rdata.to_vec() })
        })
    }

    /// Adds `count` hosts with an address each, `h0` and up: for copies that are large.
    #[track_caller]
    pub fn hosts(self, count: u32) -> Self {
        let mut lines = String::new();
        for host in 0..count {
            let [_, b, c, d] = host.to_be_bytes();
            writeln!(lines, "h{host} 300 IN A 10.{b}.{c}.{d}").unwrap();
        }
        self.with(&lines)
    }

    /// Sets refresh, retry and expire of the SOA.
    #[track_caller]
    pub fn timers(self, refresh: u32, retry: u32, expire: u32) -> Self {
        self.edit(|zone| zone.with_soa(|soa| (soa.refresh, soa.retry, soa.expire) = (refresh, retry, expire)))
    }

    /// Calls itself so, to those who ask (RFC 5001).
    pub fn nsid(mut self, nsid: impl AsRef<[u8]>) -> Self {
        self.authority.nsid = Some(nsid.as_ref().to_vec());
        self
    }

    /// Says that its zones expire in so many seconds, to those who ask (RFC 7314).
    pub fn expire(mut self, seconds: u32) -> Self {
        self.authority.expire = Some(seconds);
        self
    }

    /// Answers nothing at all; connections are accepted.
    pub fn silent(self) -> Self {
        self.quirk(Quirk::Silent)
    }

    /// Answers no datagram.
    pub fn udp_silent(self) -> Self {
        self.quirk(Quirk::UdpSilent)
    }

    /// Refuses connections.
    pub fn tcp_closed(mut self) -> Self {
        self.tcp = false;
        self
    }

    /// Answers REFUSED to everything.
    pub fn refusing(self) -> Self {
        self.quirk(Quirk::Rcode(5))
    }

    /// Answers SERVFAIL to everything.
    pub fn servfail(self) -> Self {
        self.quirk(Quirk::Rcode(2))
    }

    /// Answers SERVFAIL with the extended error of an expired zone (RFC 8914 section 4.25).
    pub fn servfail_expired(self) -> Self {
        self.quirk(Quirk::Expired)
    }

    /// Answers NXDOMAIN, with authority, to everything.
    pub fn nxdomain(self) -> Self {
        self.quirk(Quirk::Rcode(3))
    }

    /// Answers as a resolver does: AA clear.
    pub fn not_authoritative(self) -> Self {
        self.quirk(Quirk::NotAuthoritative)
    }

    /// Answers NOERROR, with authority and no records.
    pub fn no_records(self) -> Self {
        self.quirk(Quirk::NoRecords)
    }

    /// Answers FORMERR, a bare header, to questions with EDNS.
    pub fn formerr_to_edns(self) -> Self {
        self.quirk(Quirk::BareFormerrToEdns)
    }

    /// Answers NOTIMP, the question repeated, to questions with EDNS.
    pub fn notimp_to_edns(self) -> Self {
        self.quirk(Quirk::NotimpToEdns)
    }

    /// Answers BADVERS to questions with EDNS.
    pub fn badvers(self) -> Self {
        self.quirk(Quirk::Badvers)
    }

    /// Cuts every datagram (TC); over TCP answers are whole.
    pub fn truncating(self) -> Self {
        self.quirk(Quirk::Truncating)
    }

    /// Sends a datagram with another id and a false serial before the true one.
    pub fn wrong_id_first(self) -> Self {
        self.quirk(Quirk::WrongIdFirst)
    }

    /// Sends a datagram about another name, with a false serial, before the true one.
    pub fn wrong_question_first(self) -> Self {
        self.quirk(Quirk::WrongQuestionFirst)
    }

    /// Sends octets that are no message in place of every answer.
    pub fn garbage(self) -> Self {
        self.quirk(Quirk::Garbage)
    }

    /// Waits before every answer.
    pub fn delaying(self, time: Duration) -> Self {
        self.quirk(Quirk::Delaying(time))
    }

    /// Waits before every answer over TCP.
    pub fn delaying_tcp(self, time: Duration) -> Self {
        self.quirk(Quirk::DelayingTcp(time))
    }

    /// Answers none of the first `count` datagrams.
    pub fn dropping_first(self, count: u32) -> Self {
        self.quirk(Quirk::DroppingFirst(count.into()))
    }

    /// Resets every connection at its first question.
    pub fn tcp_resetting(self) -> Self {
        self.quirk(Quirk::TcpResetting)
    }

    /// Answers REFUSED to transfers.
    pub fn transfer_refused(self) -> Self {
        self.quirk(Quirk::TransferRcode(5))
    }

    /// Answers transfers with an RCODE.
    pub fn transfer_rcode(self, rcode: u16) -> Self {
        self.quirk(Quirk::TransferRcode(rcode))
    }

    /// Closes the connection after `count` records of a transfer.
    pub fn torn_after(self, count: usize) -> Self {
        self.quirk(Quirk::TornAfter(count))
    }

    /// Ends transfers with the SOA of another serial.
    pub fn changing_soa_at_end(self, serial: u32) -> Self {
        self.quirk(Quirk::ChangingSoaAtEnd(serial))
    }

    /// Sends the opening SOA of a transfer in a message of its own.
    pub fn soa_alone_first(mut self) -> Self {
        self.authority.layout.first_message = FirstMessage::SoaOnly;
        self
    }

    /// Puts so many records into a message of a transfer.
    pub fn records_per_message(mut self, count: usize) -> Self {
        self.authority.layout.records_per_message = count;
        self
    }

    /// Repeats the question in every message of a transfer.
    pub fn question_in_every_message(mut self) -> Self {
        self.authority.layout.question = QuestionSection::Every;
        self
    }

    /// Leaves AA clear in transfers.
    pub fn aa_clear_in_transfer(mut self) -> Self {
        self.authority.layout.authoritative = false;
        self
    }

    /// Spells owners in upper case in transfers.
    pub fn upper_case_in_transfer(mut self) -> Self {
        self.authority.layout.owner_case = LetterCase::Upper;
        self
    }

    /// Puts a record of another zone into transfers.
    pub fn out_of_zone_record(self) -> Self {
        self.quirk(Quirk::OutOfZoneRecord)
    }

    /// Sends one more record after the closing SOA, in the same message.
    pub fn after_closing_soa(self) -> Self {
        self.quirk(Quirk::AfterClosingSoa)
    }

    /// Never comes to the end of a transfer.
    pub fn never_ending_transfer(self) -> Self {
        self.quirk(Quirk::NeverEnding)
    }

    /// Sends transfers at so many octets a second.
    pub fn trickling_transfer(self, octets_per_second: usize) -> Self {
        self.quirk(Quirk::Trickling(octets_per_second))
    }

    /// Answers so to who asks what has changed since a serial, and not with the whole zone.
    pub fn incremental(self, incremental: Incremental) -> Self {
        self.quirk(Quirk::Incremental(incremental))
    }

    /// Answers to who asks what has changed with what differs from an older version of its zone.
    #[track_caller]
    pub fn changed_since(self, serial: u32, change: impl FnOnce(Zone) -> Zone) -> Self {
        let zone = self.authority.zones.last().expect("a zone comes before what changes it").clone();
        let older = change(zone.with_serial(serial));
        self.incremental(Incremental::Since(older))
    }

    /// Is asked first, whatever the question; `None` leaves the question to the rest.
    pub fn handler(
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
    pub fn start(self) -> Listening {
        let state = Arc::new(Mutex::new(self.authority));
        let silent = Arc::new(AtomicBool::new(false));
        let script = Script::new(Arc::clone(&state), Arc::clone(&silent), self.signing, self.quirks);
        let handler = move |asked: &IncomingQuery| script.acts(asked);
        let responder = RUNTIME.block_on(async {
            if self.tcp {
                TestServer::start(self.ip, handler).await
            } else {
                TestServer::start_without_tcp(self.ip, handler).await
            }
        });
        Listening { responder: responder.expect("loopback has a free port"), state, silent }
    }
}

impl Listening {
    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.responder.address()
    }

    /// Returns what it was asked, one line for each question.
    pub fn asked(&self) -> Vec<String> {
        self.responder.query_log()
    }

    /// Publishes another serial of its first zone.
    pub fn set_serial(&self, serial: u32) {
        self.edit(|zone| zone.with_serial(serial));
    }

    /// Changes its copy of its first zone while it runs.
    pub fn edit(&self, change: impl FnOnce(Zone) -> Zone) {
        let mut authority = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let zone = authority.zones.first_mut().expect("it serves a zone");
        *zone = change(zone.clone());
    }

    /// Stops or starts to answer, its port kept.
    pub fn set_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::SeqCst);
    }
}

/// Publishes one version after the other while something is done, at each server a moment after the one before;
/// each version has another TXT record at `tick`.
pub fn while_publishing(servers: [&Listening; 2], pause: Duration, something: impl FnOnce()) {
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
        // It is told to end also when a test fails here, or the scope would wait for it for ever.
        let end = EndOnDrop(&done);
        something();
        drop(end);
    });
}

struct EndOnDrop<'f>(&'f AtomicBool);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
