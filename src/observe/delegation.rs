//! What both sides of a delegation have: the servers of the parent zone, and those of the zone itself.

use std::net::{IpAddr, SocketAddr};

use super::{Failure, Transport};
use crate::dns::dnssec::{Dnskey, Ds};
use crate::dns::message::{NOERROR, NXDOMAIN};
use crate::dns::name::is_within;
use crate::dns::whole::{OwnedRecord, WholeMessage, records};
use crate::dns::{Name, Rtype};

/// What was seen of a delegation at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegationSighting {
    /// What the servers of the parent answered, or why none of them could be asked.
    pub parents: Result<Vec<ParentServer>, String>,
    /// What a server of the zone answered, if there is one with authority.
    pub child: Option<ChildSide>,
    /// The name servers to which the parent delegates the zone.
    pub name_servers: Vec<DelegatedServer>,
    /// Whether it was the second time: the servers of the parent are asked over TCP then, if they can be.
    pub is_confirmed: bool,
}

/// What one server of the parent zone answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParentServer {
    /// Its name.
    pub server: String,
    /// Its address.
    pub address: SocketAddr,
    /// To whom it delegates the zone, or why that cannot be seen.
    pub referral: Result<Referral, NoReferral>,
    /// The DS records of the zone, if it answered for them with authority.
    pub ds: Option<Vec<Ds>>,
}

/// A delegation as the parent sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referral {
    /// The names of the NS RRset, as [`sorted`] has them.
    pub names: Vec<Name>,
    /// The addresses that came with them, sorted.
    pub glue: Vec<(Name, IpAddr)>,
    /// Whether that is all the glue there is: over UDP, servers leave out what does not fit, without a sign of it.
    pub is_whole: bool,
}

/// Why a server shows no delegation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoReferral {
    /// It has the zone itself, and answers from that.
    ServesZone,
    /// It has the zone above, which delegates no such zone.
    NotDelegated,
    /// It has neither: it answers for another zone, or refers to one.
    NotParent,
    /// It gave no answer of use.
    Failed(Failure),
}

/// What a server of the zone says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildSide {
    /// Its name.
    pub server: String,
    /// Its address.
    pub address: SocketAddr,
    /// The names of the NS RRset, as [`sorted`] has them; `None` if they are not known.
    pub names: Option<Vec<Name>>,
    /// The addresses of name servers in the zone, sorted, as far as it answered for them with authority.
    pub addresses: Vec<(Name, Vec<IpAddr>)>,
    /// The DNSKEY RRset; `None` if it is not known.
    pub keys: Option<Vec<Dnskey>>,
    /// The DS records that the parent should have (CDS, RFC 7344).
    pub cds: Vec<Ds>,
    /// The keys whose DS records the parent should have (CDNSKEY, RFC 7344).
    pub cdnskey: Vec<Dnskey>,
}

/// A name server to which the parent delegates the zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegatedServer {
    /// Its name.
    pub name: Name,
    /// Its addresses that were asked for the SOA of the zone: with authority, or why there is no such answer.
    pub addresses: Vec<(SocketAddr, Result<(), Failure>)>,
    /// Why it has no address, where the DNS says so.
    pub absent: Option<String>,
}

impl Referral {
    /// Takes the delegation of a zone from a response to a query for its NS RRset.
    pub fn of(message: &WholeMessage, zone: &Name, transport: Transport) -> Result<Self, NoReferral> {
        if message.header.is_truncated() {
            return Err(NoReferral::Failed(Failure::Truncated));
        }
        if !matches!(message.rcode, NOERROR | NXDOMAIN) {
            return Err(NoReferral::Failed(Failure::Rcode(message.rcode)));
        }
        let is_authoritative = message.header.is_authoritative();
        if records(&message.answer, zone, Rtype::NS).next().is_some() {
            let failed = NoReferral::Failed(Failure::NotAuthoritative);
            return Err(if is_authoritative { NoReferral::ServesZone } else { failed });
        }
        let names = records(&message.authority, zone, Rtype::NS);
        let names = sorted(names.filter_map(|record| Name::from_wire(&record.rdata)));
        if names.is_empty() {
            return Err(match denying_zone(message).filter(|_| is_authoritative) {
                Some(owner) if owner == zone => NoReferral::ServesZone,
                Some(owner) if is_within(zone.as_wire(), owner.as_wire()) => NoReferral::NotDelegated,
                Some(_) | None => NoReferral::NotParent,
            });
        }
        let is_named = |record: &&OwnedRecord| has_name(&names, &record.owner);
        let glue = message.additional.iter().filter(is_named);
        let mut glue: Vec<(Name, IpAddr)> = glue
            .filter_map(|record| Some((record.owner.clone(), address(record.rtype, &record.rdata)?)))
            .collect();
        glue.sort_unstable_by(|(name, address), (other_name, other)| {
            (name.as_wire(), address).cmp(&(other_name.as_wire(), other))
        });
        glue.dedup();
        Ok(Self { names, glue, is_whole: transport != Transport::Udp })
    }

    /// The addresses that came with a name.
    pub fn glue_of(&self, name: &Name) -> impl Iterator<Item = IpAddr> {
        let first = self.glue.partition_point(|(owner, _)| owner.as_wire() < name.as_wire());
        let from = self.glue.get(first..).unwrap_or_default();
        from.iter().take_while(move |(owner, _)| owner == name).map(|&(_, address)| address)
    }
}

/// Returns the names to which servers of the parent delegate the zone, sorted, each with the addresses that any of them
/// sent with it.
pub fn delegated_names(parents: &[ParentServer]) -> Vec<(Name, Vec<IpAddr>)> {
    let referrals = || parents.iter().filter_map(|parent| parent.referral.as_ref().ok());
    let names = sorted(referrals().flat_map(|referral| referral.names.iter().cloned()));
    let with_glue = |name: Name| {
        let mut glue: Vec<IpAddr> = referrals().flat_map(|referral| referral.glue_of(&name)).collect();
        glue.sort_unstable();
        glue.dedup();
        (name, glue)
    };
    names.into_iter().map(with_glue).collect()
}

/// Returns names in an order of their own, each once.
pub fn sorted(names: impl Iterator<Item = Name>) -> Vec<Name> {
    let mut names: Vec<Name> = names.collect();
    names.sort_unstable_by(|name, other| name.as_wire().cmp(other.as_wire()));
    names.dedup();
    names
}

/// Whether a name is among some that are sorted.
pub fn has_name(names: &[Name], name: &Name) -> bool {
    names.binary_search_by(|known| known.as_wire().cmp(name.as_wire())).is_ok()
}

/// Takes the DS records of a zone from a response to a query for them; `None` if it does not come from the parent.
pub fn ds_records(message: &WholeMessage, zone: &Name) -> Option<Vec<Ds>> {
    if message.header.is_truncated() || message.rcode != NOERROR || !message.header.is_authoritative() {
        return None;
    }
    let records = records(&message.answer, zone, Rtype::DS);
    let mut ds: Vec<Ds> = records.filter_map(|record| Ds::from_rdata(&record.rdata)).collect();
    if ds.is_empty() {
        // A server of the zone denies them too, with the SOA of the zone (RFC 4035 section 3.1.4.1).
        let owner = denying_zone(message)?;
        (owner != zone && is_within(zone.as_wire(), owner.as_wire())).then_some(())?;
    }
    ds.sort_unstable();
    ds.dedup();
    Some(ds)
}

/// Returns the address in the data of an A or AAAA record.
pub fn address(rtype: Rtype, rdata: &[u8]) -> Option<IpAddr> {
    match rtype {
        Rtype::A => <[u8; 4]>::try_from(rdata).ok().map(IpAddr::from),
        Rtype::AAAA => <[u8; 16]>::try_from(rdata).ok().map(IpAddr::from),
        _ => None,
    }
}

/// Returns the zone whose SOA is in a negative response.
fn denying_zone(message: &WholeMessage) -> Option<&Name> {
    message.authority.iter().find(|record| record.rtype == Rtype::SOA).map(|record| &record.owner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::message::REFUSED;
    use crate::dns::wire::Header;

    const AA: u16 = 0x8400;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn record(owner: &str, rtype: Rtype, rdata: &[u8]) -> OwnedRecord {
        OwnedRecord { owner: name(owner), rtype, ttl: 3600, rdata: rdata.to_vec() }
    }

    fn ns(owner: &str, target: &str) -> OwnedRecord {
        record(owner, Rtype::NS, name(target).as_wire())
    }

    fn message(flags: u16, rcode: u16, [answer, authority, additional]: [&[OwnedRecord]; 3]) -> WholeMessage {
        WholeMessage {
            header: Header { id: 1, flags, counts: [1, 0, 0, 0] },
            rcode,
            edns: None,
            answer: answer.to_vec(),
            authority: authority.to_vec(),
            additional: additional.to_vec(),
        }
    }

    fn seen(message: &WholeMessage) -> Result<Referral, NoReferral> {
        Referral::of(message, &name("e.example"), Transport::Tcp)
    }

    #[test]
    fn a_referral_has_names_and_the_glue_of_these_names() {
        let authority = [ns("e.example", "ns2.e.example"), ns("e.example", "ns1.e.example")];
        let additional = [
            record("ns1.e.example", Rtype::A, &[192, 0, 2, 1]),
            record("ns1.e.example", Rtype::A, &[192, 0, 2, 1]),
            record("ns1.e.example", Rtype::AAAA, &[1; 4]),
            record("other.example", Rtype::A, &[192, 0, 2, 9]),
        ];
        let referral = seen(&message(0x8000, 0, [&[], &authority, &additional])).unwrap();
        assert_eq!(referral.names, [name("ns1.e.example"), name("ns2.e.example")]);
        assert_eq!(referral.glue, [(name("ns1.e.example"), [192, 0, 2, 1].into())]);
        assert_eq!(referral.glue_of(&name("ns2.e.example")).count(), 0);
    }

    #[test]
    fn what_is_no_referral_says_why() {
        let of_zone = [ns("e.example", "ns1.e.example")];
        let soa = |owner| [record(owner, Rtype::SOA, &[])];
        let rows: [(&str, WholeMessage, NoReferral); 9] = [
            ("the zone is there", message(AA, 0, [&of_zone, &[], &[]]), NoReferral::ServesZone),
            (
                "it denies from the zone",
                message(AA, 0, [&[], &soa("e.example"), &[]]),
                NoReferral::ServesZone,
            ),
            ("NXDOMAIN", message(AA, 3, [&[], &soa("example"), &[]]), NoReferral::NotDelegated),
            ("NODATA", message(AA, 0, [&[], &soa("example"), &[]]), NoReferral::NotDelegated),
            ("another zone", message(AA, 3, [&[], &soa("other"), &[]]), NoReferral::NotParent),
            (
                "a zone above",
                message(0x8000, 0, [&[], &[ns("example", "a.nic.example")], &[]]),
                NoReferral::NotParent,
            ),
            (
                "a resolver",
                message(0x8000, 0, [&of_zone, &[], &[]]),
                NoReferral::Failed(Failure::NotAuthoritative),
            ),
            (
                "REFUSED",
                message(0x8000, REFUSED, [&[], &[], &[]]),
                NoReferral::Failed(Failure::Rcode(REFUSED)),
            ),
            ("TC", message(0x8200, 0, [&[], &[], &[]]), NoReferral::Failed(Failure::Truncated)),
        ];
        for (what, message, why) in rows {
            assert_eq!(seen(&message), Err(why), "{what}");
        }
    }

    #[test]
    fn only_the_parent_says_that_there_are_no_ds_records() {
        let ds = |message: &WholeMessage| ds_records(message, &name("e.example"));
        let soa = |owner| [record(owner, Rtype::SOA, &[])];
        let records = [record("e.example", Rtype::DS, &[0, 7, 13, 2, 1, 2])];
        let known = ds(&message(AA, 0, [&records, &[], &[]])).unwrap();
        assert_eq!((known[0].key_tag, known.len()), (7, 1));
        assert_eq!(ds(&message(AA, 0, [&[], &soa("example"), &[]])), Some(Vec::new()));
        assert_eq!(ds(&message(AA, 0, [&[], &soa("e.example"), &[]])), None);
        assert_eq!(ds(&message(AA, 0, [&[], &[], &[]])), None);
        assert_eq!(ds(&message(0x8000, 0, [&records, &[], &[]])), None);
        assert_eq!(ds(&message(AA, 3, [&[], &soa("example"), &[]])), None);
    }
}
