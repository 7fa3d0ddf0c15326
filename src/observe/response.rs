//! What an address answered to one query.

use std::time::Duration;

use super::{Failure, ServerCertificate, TimeSpan, Transport};
use crate::dns::edns::Edns;
use crate::dns::message::{NOERROR, REFUSED, Redirect, Response};
use crate::dns::{Name, Soa};

/// A response to a SOA query, usable or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoaResponse {
    /// The RCODE, extended by EDNS.
    pub rcode: u16,
    /// Whether the AA bit was set.
    pub authoritative: bool,
    /// How it came.
    pub transport: Transport,
    /// The certificate of the server, if it came over TLS.
    pub certificate: Option<ServerCertificate>,
    /// From query to response.
    pub rtt: Duration,
    /// The OPT record.
    pub edns: Edns,
    /// The zone's SOA, or why there is none.
    pub soa: Result<Soa, Failure>,
}

impl SoaResponse {
    /// Takes from a response what is judged.
    pub fn new(response: Response, transport: Transport, rtt: Duration) -> Self {
        let authoritative = response.header.is_authoritative();
        let soa = match response.soa() {
            Some(soa) => Ok(soa.clone()),
            None if response.rcode != NOERROR => Err(Failure::Rcode(response.rcode)),
            None if !authoritative => Err(Failure::NotAuthoritative),
            None => Err(Failure::NoSoa),
        };
        let rcode = response.rcode;
        let edns = response.edns.unwrap_or_default();
        Self { rcode, authoritative, transport, certificate: None, rtt, edns, soa }
    }

    /// The outcome of the datagrams, if this came over UDP.
    pub fn udp_outcome(&self) -> UdpOutcome {
        if self.soa.is_ok() || self.refers_to_tcp() { UdpOutcome::Answered } else { UdpOutcome::Unusable }
    }

    /// Whether it is how Knot refuses a catalog zone over UDP, which it serves over TCP alone. It refuses zones that it
    /// does not have in the same way.
    pub fn refers_to_tcp(&self) -> bool {
        self.transport == Transport::Udp && self.rcode == REFUSED && self.edns.reports_not_authoritative()
    }
}

/// What happened to the datagrams of one query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UdpOutcome {
    /// One was answered.
    Answered,
    /// One was answered with something else than the SOA of the zone.
    Unusable,
    /// One was answered with an empty truncated response (TC), as servers do that limit their rate.
    Truncated,
    /// None was answered.
    Unanswered,
    /// None was sent.
    NotSent,
}

/// What an address answered to one SOA query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// When.
    pub span: TimeSpan,
    /// The response, or why there was none.
    pub response: Result<SoaResponse, Failure>,
    /// What happened to its datagrams.
    pub udp: UdpOutcome,
}

impl Observation {
    /// The zone's SOA, if the response was usable.
    pub fn soa(&self) -> Option<&Soa> {
        self.response.as_ref().ok()?.soa.as_ref().ok()
    }

    /// Why there is no SOA.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.response {
            Err(failure) => Some(failure),
            Ok(response) => response.soa.as_ref().err(),
        }
    }
}

/// What a server answered to a query for an RRset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RrsetAnswer {
    /// The RCODE.
    pub rcode: u16,
    /// Whether the response is authoritative, or a referral from the parent of a delegation.
    pub authoritative: bool,
    /// The TTL and the canonical RDATA of each record of the owner name and type.
    pub records: Vec<(u32, Vec<u8>)>,
    /// The CNAME, DNAME or delegation that redirects the owner name.
    pub redirect: Option<Redirect>,
    /// The zone whose SOA is in a negative response.
    pub negative_from: Option<Name>,
    /// The wildcard that the records, or the alias, were synthesized from, where that was found out.
    pub wildcard: Option<Name>,
}
