//! What to do about a delegation: where the parent zone is edited, which for most zones is done by a registrar.

use std::net::IpAddr;

use super::{Destination, dig, zone_word};
use crate::dns::{Name, Rtype};

/// The most names and addresses that a line has: a zone with more has a fault of another kind.
const MAX_NAMED: usize = 13;

/// What the NS RRset of the parent must be.
pub fn delegate(zone: &Name, names: &[Name]) -> String {
    let names: Vec<String> = names.iter().take(MAX_NAMED).map(zone_word).collect();
    format!("{}: let the name servers be {}", at_parent(zone), names.join(" "))
}

/// What the glue of a name server must be.
pub fn glue(zone: &Name, name: &Name, addresses: &[IpAddr]) -> String {
    let addresses: Vec<String> = addresses.iter().take(MAX_NAMED).map(ToString::to_string).collect();
    format!("{}: let the addresses of {} be {}", at_parent(zone), zone_word(name), addresses.join(" "))
}

/// The command that prints the DS records of a zone's keys, for the parent.
pub fn make_ds(zone: &Name, destination: &Destination) -> String {
    format!(
        "{} {} +norecurse | dnssec-dsfromkey -f - {}  # the DS records that the parent needs",
        dig(zone, destination),
        Rtype::DNSKEY,
        zone_word(zone)
    )
}

/// What to do about DS records of a zone that is not signed.
pub fn remove_ds(zone: &Name) -> String {
    format!("{}: remove the DS records, or sign the zone by their keys again", at_parent(zone))
}

/// How to see what the parent has, where its servers have the zone itself too.
pub fn other_parent(zone: &Name) -> String {
    format!("# name a server that has the zone above {} and not itself: --parent SERVER", zone_word(zone))
}

/// Where the delegation of a zone is edited.
fn at_parent(zone: &Name) -> String {
    format!("# at the registrar of {}, or in the zone above it", zone_word(zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn a_line_says_where_and_what() {
        let zone = name("e.example");
        let names = [name("ns1.e.example"), name("ns2.example.net")];
        assert_eq!(
            delegate(&zone, &names),
            "# at the registrar of e.example, or in the zone above it: let the name servers be ns1.e.example \
             ns2.example.net"
        );
        let addresses = ["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
        assert_eq!(
            glue(&zone, &names[0], &addresses),
            "# at the registrar of e.example, or in the zone above it: let the addresses of ns1.e.example be \
             192.0.2.1 2001:db8::1"
        );
        let destination = Destination::from(std::net::SocketAddr::from(([192, 0, 2, 1], 53)));
        assert_eq!(
            make_ds(&zone, &destination),
            "dig @192.0.2.1 e.example DNSKEY +norecurse | dnssec-dsfromkey -f - e.example  # the DS records that the \
             parent needs"
        );
    }

    #[test]
    fn a_name_that_is_no_plain_word_stays_one_word_of_a_comment() {
        let odd = Name::from_wire(b"\x05a b\n'\x07example\0").unwrap();
        for line in [
            delegate(&odd, std::slice::from_ref(&odd)),
            glue(&odd, &odd, &[]),
            remove_ds(&odd),
            other_parent(&odd),
        ] {
            assert!(line.starts_with('#') && !line.contains('\n'), "{line}");
        }
    }
}
