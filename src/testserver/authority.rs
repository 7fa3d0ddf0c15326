//! What an authoritative server answers: pure, and without misbehaviour.

use super::query::Query;
use super::response::{Reply, Section};
use super::transfer::{Layout, messages};
use super::zone::{Record, Zone};
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

/// The zones of one server, and what it says beside them.
#[derive(Clone, Debug, Default)]
pub struct Authority {
    /// What it serves.
    pub zones: Vec<Zone>,
    /// What it calls itself (RFC 5001), to those who ask.
    pub nsid: Option<Vec<u8>>,
    /// Seconds until its zones expire (RFC 7314), to those who ask.
    pub expire: Option<u32>,
    /// How it cuts transfers.
    pub layout: Layout,
}

impl Authority {
    /// Returns the messages that answer a question: one, or all of a transfer, or none to what is no question.
    pub fn answer(&self, octets: &[u8], transport: Transport) -> Vec<Vec<u8>> {
        Query::read(octets).map_or_else(Vec::new, |query| self.answer_query(&query, transport))
    }

    /// Returns the messages that answer a question that was read.
    pub fn answer_query(&self, query: &Query, transport: Transport) -> Vec<Vec<u8>> {
        if query.is_transfer() && query.header.flags & 0x7800 == 0 {
            return self.transfer(query, transport);
        }
        let reply = self.reply(query);
        let cut = transport == Transport::Udp && reply.octets() > query.payload();
        vec![if cut { reply.truncated() } else { reply }.into_octets()]
    }

    /// Returns the reply to a question that is not for a transfer.
    pub fn reply(&self, query: &Query) -> Reply {
        let reply = self.begin(query);
        if query.header.flags & 0x7800 != 0 {
            return reply.rcode(NOTIMP);
        }
        // RFC 6891 section 6.1.3: a version that is not implemented gets BADVERS, and ours.
        if query.edns.as_ref().is_some_and(|edns| edns.version > 0) {
            return reply.rcode(BADVERS);
        }
        match self.zone_of(&query.name) {
            Some(zone) if query.class == CLASS_IN => look_up(zone, query, reply.authoritative()),
            _ => reply.rcode(REFUSED),
        }
    }

    /// Returns a reply with what the server says beside its zones.
    fn begin(&self, query: &Query) -> Reply {
        let mut reply = Reply::to(query);
        if let Some(nsid) = self.nsid.as_ref().filter(|_| query.has_option(NSID)) {
            reply = reply.option(NSID, nsid);
        }
        if let Some(expire) = self.expire.filter(|_| query.has_option(EXPIRE)) {
            reply = reply.option(EXPIRE, &expire.to_be_bytes());
        }
        reply
    }

    fn transfer(&self, query: &Query, transport: Transport) -> Vec<Vec<u8>> {
        let zone = self.zones.iter().find(|zone| *zone.origin() == query.name);
        match zone.filter(|_| query.class == CLASS_IN) {
            Some(zone) if transport == Transport::Tcp => messages(query, &zone.transfer(), &self.layout),
            Some(_) => vec![self.begin(query).rcode(REFUSED).into_octets()],
            None => vec![self.begin(query).rcode(NOTAUTH).into_octets()],
        }
    }

    /// Returns the zone that a name is in: of nested ones, the innermost.
    fn zone_of(&self, name: &Name) -> Option<&Zone> {
        let holding = self.zones.iter().filter(|zone| is_within(name.as_wire(), zone.origin().as_wire()));
        holding.max_by_key(|zone| zone.origin().as_wire().len())
    }
}

fn look_up(zone: &Zone, query: &Query, reply: Reply) -> Reply {
    let soa = zone.soa_record();
    let at_name = || {
        let apex = std::iter::once(&soa).filter(|soa| soa.owner == query.name);
        apex.chain(zone.records().iter().filter(|record| record.owner == query.name))
    };
    let wanted = |record: &&Record| match query.rtype {
        ANY => true,
        rtype => record.rtype == rtype || record.rtype == CNAME,
    };
    let found: Vec<&Record> = at_name().filter(wanted).collect();
    if !found.is_empty() {
        return reply.records(Section::Answer, found);
    }
    // RFC 2308 section 2: both "no such name" and "no such type" carry the SOA. A name that merely
    // has others below it exists.
    let exists = query.name == *zone.origin()
        || zone.records().iter().any(|record| is_within(record.owner.as_wire(), query.name.as_wire()));
    let rcode = if exists { NOERROR } else { NXDOMAIN };
    reply.rcode(rcode).record(Section::Authority, &soa)
}
