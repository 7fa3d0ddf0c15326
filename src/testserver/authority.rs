//! How an authoritative server responds: pure, and without misbehaviour.

use super::query::Query;
use super::response::{ResponseBuilder, Section};
use super::transfer::{TransferLayout, transfer_messages};
use super::zone::{Zone, ZoneRecord};
use crate::dns::edns::{EXPIRE, NSID};
use crate::dns::message::{BADVERS, NOERROR, NOTAUTH, NOTIMP, NXDOMAIN, REFUSED};
use crate::dns::name::is_within;
use crate::dns::wire::CLASS_IN;
use crate::dns::{Name, Rtype};
use crate::observe::Transport;

/// QTYPE: all types of a name.
const ANY: Rtype = Rtype(255);

/// The type of an alias.
const CNAME: Rtype = Rtype(5);

/// The OPCODE in the flags of a header; a query has 0.
const OPCODE_MASK: u16 = 0x7800;

/// The zones and the EDNS options of one server.
#[derive(Clone, Debug, Default)]
pub struct Authority {
    /// The zones it serves.
    pub zones: Vec<Zone>,
    /// Its identifier, sent to clients that ask for it (RFC 5001).
    pub nsid: Option<Vec<u8>>,
    /// Seconds until its zones expire, sent to clients that ask for it (RFC 7314).
    pub expire: Option<u32>,
    /// How it splits transfers into messages.
    pub layout: TransferLayout,
}

impl Authority {
    /// Responds to a message: with one message, all of a transfer, or none if it is not a query.
    pub fn respond(&self, message: &[u8], transport: Transport) -> Vec<Vec<u8>> {
        Query::parse(message).map_or_else(Vec::new, |query| self.respond_to(&query, transport))
    }

    /// Responds to a query with one message, or all of a transfer.
    pub fn respond_to(&self, query: &Query, transport: Transport) -> Vec<Vec<u8>> {
        if query.is_transfer() && query.header.flags & OPCODE_MASK == 0 {
            return self.transfer(query, transport);
        }
        let response = self.response(query);
        let is_too_long = transport == Transport::Udp && response.message_len() > query.max_udp_len();
        vec![if is_too_long { response.truncated() } else { response }.into_message()]
    }

    /// Makes the response to a query that is not for a transfer.
    pub fn response(&self, query: &Query) -> ResponseBuilder {
        let response = self.start_response(query);
        if query.header.flags & OPCODE_MASK != 0 {
            return response.rcode(NOTIMP);
        }
        // RFC 6891 section 6.1.3: a version that is not implemented gets BADVERS, and ours.
        if query.edns.as_ref().is_some_and(|edns| edns.version > 0) {
            return response.rcode(BADVERS);
        }
        match self.zone_of(&query.qname) {
            Some(zone) if query.qclass == CLASS_IN => look_up(zone, query, response.authoritative()),
            _ => response.rcode(REFUSED),
        }
    }

    /// Starts a response with the EDNS options that the client asks for.
    fn start_response(&self, query: &Query) -> ResponseBuilder {
        let mut response = ResponseBuilder::new(query);
        if let Some(nsid) = self.nsid.as_ref().filter(|_| query.has_option(NSID)) {
            response = response.option(NSID, nsid);
        }
        if let Some(expire) = self.expire.filter(|_| query.has_option(EXPIRE)) {
            response = response.option(EXPIRE, &expire.to_be_bytes());
        }
        response
    }

    fn transfer(&self, query: &Query, transport: Transport) -> Vec<Vec<u8>> {
        let zone = self.zones.iter().find(|zone| *zone.origin() == query.qname);
        match zone.filter(|_| query.qclass == CLASS_IN) {
            Some(zone) if transport == Transport::Tcp => {
                transfer_messages(query, &zone.transfer(), &self.layout)
            }
            Some(_) => vec![self.start_response(query).rcode(REFUSED).into_message()],
            None => vec![self.start_response(query).rcode(NOTAUTH).into_message()],
        }
    }

    /// Returns the zone that a name is in: of nested ones, the innermost.
    fn zone_of(&self, name: &Name) -> Option<&Zone> {
        let enclosing = self.zones.iter().filter(|zone| is_within(name.as_wire(), zone.origin().as_wire()));
        enclosing.max_by_key(|zone| zone.origin().as_wire().len())
    }
}

fn look_up(zone: &Zone, query: &Query, response: ResponseBuilder) -> ResponseBuilder {
    let soa = zone.soa_record();
    let at_name = || {
        let apex = std::iter::once(&soa).filter(|soa| soa.owner == query.qname);
        apex.chain(zone.records().iter().filter(|record| record.owner == query.qname))
    };
    let is_wanted = |record: &&ZoneRecord| match query.qtype {
        ANY => true,
        qtype => record.rtype == qtype || record.rtype == CNAME,
    };
    let answers: Vec<&ZoneRecord> = at_name().filter(is_wanted).collect();
    if !answers.is_empty() {
        return response.records(Section::Answer, answers);
    }
    // RFC 2308 section 2: both "no such name" and "no such type" carry the SOA. A name that merely
    // has others below it exists.
    let exists = query.qname == *zone.origin()
        || zone.records().iter().any(|record| is_within(record.owner.as_wire(), query.qname.as_wire()));
    let rcode = if exists { NOERROR } else { NXDOMAIN };
    response.rcode(rcode).record(Section::Authority, &soa)
}
