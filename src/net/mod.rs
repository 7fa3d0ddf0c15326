//! One query, one response; or many to one address.
//!
//! In: an address and a question, usually about the apex of a zone. Out: an [`Observation`], whatever
//! happens. [`Client::ask_many`] asks an address for any number of RRsets. The room judges no response; a message counts as the response if it comes from the address and has the
//! id and the question of the query, and any other message is ignored.

mod bulk;
mod health;
mod limits;
mod pruned_map;
mod query;
mod received;
mod recorder;
mod rtt;
mod signed;
mod single;
mod socket;
mod stream;
mod tcp;
mod tls;
mod udp;
mod window;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub use bulk::BulkQuery;
pub use limits::{Permit, QueryLimiter};
pub use query::QueryOptions;
pub(crate) use received::Received;
pub use recorder::QueryRecorder;
pub(crate) use signed::SignedQuery;
pub use single::SingleQuery;
pub(crate) use stream::{BlockingStream, Stream};
pub use tls::{TlsClients, TlsFileError, check_tls_certificates, check_tls_key, check_tls_roots};
pub(crate) use tls::{alternative_names, is_alert as is_tls_alert, pem};
pub use udp::pool::SourcePort;

use bulk::BulkContext;
use health::{AllHealth, Down, Health};
use query::Exchange;
use udp::pool::SocketPool;

use tokio::sync::mpsc;

use crate::dns::Name;
use crate::dns::answer::Answer;
use crate::dns::rtype::Rtype;
use crate::dns::whole::WholeMessage;
use crate::observe::{Failure, Observation, RrsetAnswer, SoaResponse, TimeSpan, Transport, UdpOutcome};
use crate::plan::Target;

/// Sends queries, within the limits that all zones share.
///
/// A clone uses the same sockets.
#[derive(Clone, Debug)]
pub struct Client {
    /// How long a query waits for its response, with all its retries and over all transports.
    pub timeout: Duration,
    /// Limits the queries and transfers of all clients together.
    pub limiter: Arc<QueryLimiter>,
    recorder: Option<Arc<dyn QueryRecorder>>,
    sockets: Arc<SocketPool>,
    health: Arc<AllHealth>,
    tls: Arc<TlsClients>,
}

impl Client {
    /// Makes a client without open sockets.
    pub fn new(timeout: Duration, limiter: Arc<QueryLimiter>) -> Self {
        Self {
            timeout,
            limiter,
            recorder: None,
            sockets: Arc::default(),
            health: Arc::default(),
            tls: Arc::default(),
        }
    }

    /// Uses these TLS clients from now on, whose files were read.
    pub fn with_tls(self, tls: Arc<TlsClients>) -> Self {
        Self { sockets: Arc::new(SocketPool::new(Arc::clone(&tls))), tls, ..self }
    }

    /// Records all queries and transfers from now on.
    pub fn recorded_by(self, recorder: Arc<dyn QueryRecorder>) -> Self {
        Self { recorder: Some(recorder), ..self }
    }

    /// Makes a client that shares everything but the sockets.
    pub fn fork(&self) -> Self {
        Self { sockets: Arc::new(SocketPool::new(Arc::clone(&self.tls))), ..self.clone() }
    }

    /// Queries an address for the SOA of a zone; times count from `started`.
    pub async fn soa(
        &self,
        target: &Target,
        zone: &Name,
        options: QueryOptions,
        started: Instant,
    ) -> Observation {
        let begun = Instant::now();
        let (exchange, udp) = self.exchange(target, (zone, Rtype::SOA), options).await;
        let sent = exchange.as_ref().map_or(begun, |exchange| exchange.sent);
        let span = TimeSpan { start: sent.saturating_duration_since(started), end: started.elapsed() };
        let response = exchange.map(|exchange| {
            let response = SoaResponse::new(exchange.response, exchange.transport, exchange.rtt);
            SoaResponse { certificate: exchange.certificate, ..response }
        });
        tracing::debug!(%zone, server = %target.address, ?response, "SOA query finished");
        let udp = match &response {
            Ok(response) if response.transport == Transport::Udp => response.udp_outcome(),
            Ok(_) | Err(_) => udp,
        };
        Observation { span, response, udp }
    }

    /// Queries an address for the NS set of a zone; empty without an authoritative response.
    pub async fn name_servers(&self, target: &Target, zone: &Name) -> Vec<Name> {
        let options = QueryOptions { transport: Transport::Udp, source_port: SourcePort::Shared };
        match self.exchange(target, (zone, Rtype::NS), options).await.0 {
            Ok(Exchange { response, .. }) if response.header.is_authoritative() => response.name_servers,
            Ok(_) | Err(_) => Vec::new(),
        }
    }

    /// Queries an address for an RRset.
    pub async fn rrset(&self, target: &Target, owner: &Name, rtype: Rtype) -> Result<RrsetAnswer, Failure> {
        let options = QueryOptions { transport: Transport::Udp, source_port: SourcePort::Shared };
        let exchange = self.exchange(target, (owner, rtype), options).await.0;
        tracing::debug!(%owner, %rtype, server = %target.address, ?exchange, "RRset query finished");
        let response = exchange?.response;
        let is_referral = rtype == Rtype::NS && !response.records.is_empty();
        Ok(RrsetAnswer {
            rcode: response.rcode,
            authoritative: response.header.is_authoritative() || is_referral,
            records: response.records,
            redirect: response.redirect.map(|redirect| *redirect),
            negative_from: response.negative_from,
            wildcard: None,
        })
    }

    /// Sends an address one message of any kind, and returns the response with all its records.
    pub async fn single(
        &self,
        target: &Target,
        query: &SingleQuery,
    ) -> Result<(WholeMessage, Transport), Failure> {
        self.single_over(Transport::Udp, target, query).await
    }

    /// Does as [`Self::single`] does, over UDP first or over TCP alone.
    pub async fn single_over(
        &self,
        transport: Transport,
        target: &Target,
        query: &SingleQuery,
    ) -> Result<(WholeMessage, Transport), Failure> {
        let _permit = self.limiter.acquire_query(target.address).await;
        let sent = Instant::now();
        let result = single::exchange((&self.tls, self.timeout), target, query, transport).await;
        tracing::debug!(server = %target.address, ?query, ?result, "exchange of one message finished");
        let transport = result.as_ref().map_or(transport, |(_, transport)| *transport);
        let outcome = result.as_ref().map(|_| sent.elapsed());
        self.record_query(target, transport, outcome);
        result
    }

    /// Asks an address every query of a channel, and hands on each answer as it comes, in any order.
    ///
    /// Every query that the channel has handed over comes back exactly once. If the address cannot be asked any more,
    /// the run fails: then the channel is closed, and the queries that it still held come back with the failure. The
    /// run ends without an error when the channel of the answers is closed.
    pub async fn ask_many<T: BulkQuery + Send + 'static>(
        &self,
        target: &Target,
        transport: Transport,
        queries: mpsc::Receiver<Vec<T>>,
        answers: mpsc::Sender<Vec<(T, Result<Answer, Failure>)>>,
    ) -> Result<(), Failure> {
        let context = BulkContext {
            target: target.clone(),
            timeout: self.timeout,
            limiter: Arc::clone(&self.limiter),
            health: self.health.of(target),
            recorder: self.recorder.clone(),
            tls: Arc::clone(&self.tls),
        };
        bulk::ask_many(context, transport, queries, answers).await
    }

    /// Records a transfer that has ended; `rtype` is AXFR or IXFR.
    pub(crate) fn record_transfer(&self, target: &Target, rtype: Rtype, outcome: Result<(), &Failure>) {
        if let Some(recorder) = &self.recorder {
            recorder.record_transfer(target, rtype, outcome);
        }
    }

    /// Connects to a target and sends one query.
    pub(crate) async fn open(&self, target: &Target, query: &SignedQuery) -> Result<Stream, Failure> {
        let opening = Box::pin(Stream::open(target, &self.tls, query));
        let opened = tokio::time::timeout(self.timeout, opening).await;
        opened.unwrap_or(Err(Failure::Timeout))
    }

    async fn exchange(
        &self,
        target: &Target,
        question: (&Name, Rtype),
        options: QueryOptions,
    ) -> (Result<Exchange, Failure>, UdpOutcome) {
        let health = self.health.of(target);
        let not_sent = |failure| (Err(failure), UdpOutcome::NotSent);
        let sent = async {
            health.admit(Instant::now())?;
            let _permit = self.limiter.acquire_query(target.address).await;
            // The address may have gone down meanwhile.
            health.admit(Instant::now())?;
            Ok(tokio::select! {
                biased;
                sent = self.send(&health, target, question, options) => sent,
                failure = health.wait_until_down() => not_sent(failure),
            })
        };
        match sent.await {
            Ok(outcome) => outcome,
            Err(Down { failure, is_probe_due }) => {
                if is_probe_due {
                    self.spawn_probe(health, target, question, options);
                }
                not_sent(failure)
            }
        }
    }

    /// Sends a query to an address that is down, for which no zone waits.
    fn spawn_probe(
        &self,
        health: Arc<Health>,
        target: &Target,
        (qname, qtype): (&Name, Rtype),
        options: QueryOptions,
    ) {
        let (client, target, qname) = (self.clone(), target.clone(), qname.clone());
        tokio::spawn(async move {
            let permit = tokio::time::timeout(client.timeout, client.limiter.acquire_query(target.address));
            if let Ok(_permit) = permit.await {
                // The health of the address takes note of the outcome.
                let _ = client.send(&health, &target, (&qname, qtype), options).await;
            }
        });
    }

    async fn send(
        &self,
        health: &Health,
        target: &Target,
        question: (&Name, Rtype),
        options: QueryOptions,
    ) -> (Result<Exchange, Failure>, UdpOutcome) {
        let sent = Instant::now();
        let (exchange, udp) = query::exchange((&self.sockets, self.timeout), target, question, options).await;
        health.record(&exchange, sent, Instant::now());
        let transport = exchange.as_ref().map_or(options.transport, |exchange| exchange.transport);
        self.record_query(target, transport, exchange.as_ref().map(|exchange| exchange.rtt));
        (exchange, udp)
    }

    /// Records a query that has ended; one without a response, as over `transport` unless its target is asked over TLS.
    fn record_query(&self, target: &Target, transport: Transport, outcome: Result<Duration, &Failure>) {
        if let Some(recorder) = &self.recorder {
            let transport = target.tls.as_ref().map_or(transport, |_| Transport::Tls);
            recorder.record_query(target, transport, outcome);
        }
    }
}
