//! Chains of NSEC and NSEC3 records that are well signed, and wrong.

use super::signer::*;
use crate::dns::{Name, Rtype};

const CHAINS: [Denial; 3] = [Denial::Nsec, NSEC3, OPT_OUT];

fn rtype(denial: Denial) -> Rtype {
    if denial == Denial::Nsec { Rtype::NSEC } else { Rtype::NSEC3 }
}

/// Changes the record of a chain for a name, and signs it again.
fn change(copy: &mut Copy, owner: &str, denial: Denial, change: impl FnOnce(&mut Vec<u8>)) {
    let owner = Copy::hashed(&below(owner), denial);
    change(&mut copy.record(&owner, rtype(denial)).rdata);
    copy.sign_again(&owner, rtype(denial), &keys()[1]);
}

/// The owner of the record of a name as faults show it.
fn shown(owner: &str, denial: Denial) -> String {
    let owner = Copy::hashed(&below(owner), denial).to_string();
    owner.replace(&format!(".{ZONE}."), "").replace(&format!("{ZONE}."), "@")
}

/// What a fault says of the record of a name.
fn fault(owner: &str, denial: Denial, reason: &str) -> Vec<String> {
    vec![format!("{} {} {reason}", shown(owner, denial), rtype(denial))]
}

#[test]
fn a_type_that_is_listed_wrongly_is_a_fault() {
    for denial in CHAINS {
        for owner in ["www", "@", "*.wild", "secure"] {
            let mut copy = signed(denial);
            // The first bitmap has bit 6 for the SOA, which the apex lacks then and every other name gains.
            change(&mut copy, owner, denial, |rdata| {
                let at = bitmap_start(rdata, denial);
                rdata[at + 2] ^= 0x02;
            });
            assert_eq!(copy.faults(), fault(owner, denial, "DenialTypes"), "{owner} {denial:?}");
        }
    }
}

/// Where the bitmap of a record begins.
fn bitmap_start(rdata: &[u8], denial: Denial) -> usize {
    if denial == Denial::Nsec {
        return rdata.iter().position(|&octet| octet == 0).unwrap() + 1;
    }
    let salt = usize::from(rdata[4]);
    5 + salt + 1 + usize::from(rdata[5 + salt])
}

#[test]
fn a_type_that_is_not_listed_is_a_fault() {
    for denial in CHAINS {
        let mut copy = signed(denial);
        // AAAA is number 28.
        change(&mut copy, "www", denial, |rdata| {
            let at = bitmap_start(rdata, denial);
            assert_ne!(rdata[at + 2 + 3] & 0x08, 0);
            rdata[at + 2 + 3] &= !0x08;
        });
        assert_eq!(copy.faults(), fault("www", denial, "DenialTypes"), "{denial:?}");
    }
}

#[test]
fn an_rrset_that_is_gone_with_its_signature_is_a_fault() {
    for denial in CHAINS {
        let mut copy = signed(denial);
        copy.remove(&below("www"), Rtype::AAAA);
        assert_eq!(copy.faults(), fault("www", denial, "DenialTypes"), "{denial:?}");
    }
}

#[test]
fn a_delegation_that_lost_its_ds_records_is_a_fault() {
    for denial in CHAINS {
        let mut copy = signed(denial);
        copy.remove(&below("secure"), Rtype::DS);
        assert_eq!(copy.faults(), fault("secure", denial, "DenialTypes"), "{denial:?}");
    }
}

#[test]
fn a_record_of_a_chain_that_is_gone_is_named_by_the_name_that_lacks_it() {
    for denial in CHAINS {
        for owner in ["www", "@", "a.deep.tree", "secure"] {
            let mut copy = signed(denial);
            copy.remove(&Copy::hashed(&below(owner), denial), rtype(denial));
            let expected = [format!("{owner} {} DenialMissing", rtype(denial))];
            assert_eq!(copy.faults(), expected, "{owner} {denial:?}");
        }
    }
}

#[test]
fn a_record_of_a_chain_without_its_signature_is_unsigned() {
    for denial in CHAINS {
        let mut copy = signed(denial);
        copy.remove_signatures(&Copy::hashed(&below("www"), denial), rtype(denial));
        assert_eq!(copy.faults(), fault("www", denial, "Unsigned"), "{denial:?}");
    }
}

#[test]
fn a_name_that_is_gone_breaks_the_chain_before_it() {
    let mut copy = signed(Denial::Nsec);
    copy.remove_name(&below("secure"));
    assert_eq!(copy.faults(), ["ns0 NSEC DenialNext"]);
    for denial in [NSEC3, OPT_OUT] {
        let mut copy = signed(denial);
        copy.remove_name(&below("secure"));
        copy.remove_name(&Copy::hashed(&below("secure"), denial));
        let faults = copy.faults();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].ends_with("NSEC3 DenialNext"), "{faults:?}");
    }
}

#[test]
fn a_name_that_is_gone_but_for_the_chain_is_a_fault() {
    let mut copy = signed(Denial::Nsec);
    for rtype in [Rtype::A, Rtype::AAAA] {
        copy.remove(&below("www"), rtype);
    }
    assert_eq!(copy.faults(), ["www NSEC DenialTypes"]);
    for denial in [NSEC3, OPT_OUT] {
        let mut copy = signed(denial);
        copy.remove_name(&below("www"));
        assert_eq!(copy.faults(), fault("www", denial, "DenialUnneeded"));
    }
}

#[test]
fn a_link_to_another_name_is_a_fault() {
    let mut copy = signed(Denial::Nsec);
    // Past `ns0`, the name behind it.
    change(&mut copy, "mail", Denial::Nsec, |rdata| {
        let types = rdata.split_off(bitmap_start(rdata, Denial::Nsec));
        *rdata = [below("secure").as_wire(), &types].concat();
    });
    assert_eq!(copy.faults(), ["mail NSEC DenialNext"]);
    for denial in [NSEC3, OPT_OUT] {
        for owner in ["www", "@", "mail", "ns0", "alias", "dn"] {
            let mut copy = signed(denial);
            change(&mut copy, owner, denial, |rdata| rdata[5 + 2 + 1 + 19] ^= 1);
            assert_eq!(copy.faults(), fault(owner, denial, "DenialNext"), "{owner} {denial:?}");
        }
    }
}

#[test]
fn the_letter_case_of_the_next_name_does_not_matter() {
    let mut copy = signed(Denial::Nsec);
    change(&mut copy, "mail", Denial::Nsec, |rdata| {
        let end = bitmap_start(rdata, Denial::Nsec);
        rdata[..end].make_ascii_uppercase();
    });
    assert_eq!(copy.faults(), [""; 0]);
}

#[test]
fn a_leftover_record_of_a_chain_is_a_fault_only_where_it_contradicts_the_chain() {
    // An NSEC record at glue is never shown to anybody.
    for (owner, expected) in [("ns.child", vec![]), ("zzz", vec!["zzz NSEC DenialUnneeded".to_owned()])] {
        let mut copy = signed(Denial::Nsec);
        let nsec = copy.rrset(&below("mail"), Rtype::NSEC)[0].clone();
        copy.0.push(ZoneRecord { owner: below(owner), ..nsec });
        copy.sign_again(&below(owner), Rtype::NSEC, &keys()[1]);
        assert_eq!(copy.faults(), expected, "{owner}");
    }
    let mut copy = signed(NSEC3);
    let nsec3 = copy.rrset(&Copy::hashed(&below("mail"), NSEC3), Rtype::NSEC3)[0].clone();
    let owner = below(&"0".repeat(32));
    copy.0.push(ZoneRecord { owner: owner.clone(), ..nsec3 });
    copy.sign_again(&owner, Rtype::NSEC3, &keys()[1]);
    let mut faults = copy.faults();
    faults.retain(|fault| !fault.ends_with("DenialNext"));
    assert_eq!(faults, [""; 0]);
}

#[test]
fn a_zone_without_any_chain_is_one_fault() {
    let mut copy = signed(Denial::Nsec);
    copy.0.retain(|record| record.rtype != Rtype::NSEC);
    assert_eq!(copy.faults(), ["@ NSEC DenialMissing"]);
    let mut copy = signed(NSEC3);
    copy.0.retain(|record| record.rtype != Rtype::NSEC3);
    assert_eq!(copy.faults(), ["@ NSEC3 DenialMissing"]);
    let mut copy = signed(NSEC3);
    copy.remove(&below("@"), Rtype::NSEC3PARAM);
    assert_eq!(copy.faults(), ["@ NSEC3PARAM DenialMissing"]);
}

#[test]
fn an_insecure_delegation_needs_a_record_unless_the_chain_opts_out() {
    let text = TEXT.to_owned() + "b.c.d NS ns.elsewhere.test.\n";
    for denial in CHAINS {
        let mut copy = signed(denial);
        let more = parse(&text).0.into_iter().filter(|record| record.owner == below("b.c.d"));
        copy.0.extend(more);
        let expected: &[&str] = match denial {
            Denial::Nsec => &["b.c.d NSEC DenialMissing"],
            OPT_OUT => &[],
            Denial::Nsec3 { .. } => {
                &["d NSEC3 DenialMissing", "c.d NSEC3 DenialMissing", "b.c.d NSEC3 DenialMissing"]
            }
        };
        assert_eq!(copy.faults(), expected, "{denial:?}");
    }
}

#[test]
fn a_chain_that_opts_out_may_have_records_of_insecure_delegations_and_what_is_above_them() {
    // The chain of a zone that does not opt out, with the flag set.
    let mut copy = parse(TEXT);
    copy.0.extend(keys().map(|key| key.record()));
    copy.add_chain(NSEC3);
    for record in copy.0.iter_mut().filter(|record| record.rtype == Rtype::NSEC3) {
        record.rdata[1] = 1;
    }
    assert_eq!(copy.sign_all(&keys().each_ref()).faults(), [""; 0]);
}

#[test]
fn empty_non_terminals_above_authoritative_names_need_records_although_the_chain_opts_out() {
    for (owner, hashed) in [("deep.tree", "deep.tree"), ("tree", "tree"), ("wild", "wild")] {
        let mut copy = signed(OPT_OUT);
        copy.remove(&Copy::hashed(&below(hashed), OPT_OUT), Rtype::NSEC3);
        assert_eq!(copy.faults(), [format!("{owner} NSEC3 DenialMissing")]);
    }
}

#[test]
fn several_chains_are_each_checked() {
    let sign = |damage: &dyn Fn(&mut Copy)| {
        let mut copy = parse(TEXT);
        copy.0.extend(keys().map(|key| key.record()));
        copy.add_chain(NSEC3);
        copy.add_nsec3(&[], 0, false);
        damage(&mut copy);
        copy.sign_all(&keys().each_ref()).faults()
    };
    assert_eq!(sign(&|_| {}), [""; 0]);
    let of_second = |copy: &Copy| -> Name {
        let is_second = |record: &&ZoneRecord| record.rtype == Rtype::NSEC3 && record.rdata[4] == 0;
        copy.0.iter().find(|record| is_second(record)).unwrap().owner.clone()
    };
    let faults = sign(&|copy| copy.remove_name(&of_second(copy)));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].ends_with("NSEC3 DenialMissing"), "{faults:?}");
    // A chain that is being built has no parameters at the apex.
    let faults = sign(&|copy| {
        copy.0.retain(|record| record.rtype != Rtype::NSEC3PARAM || record.rdata[4] != 0);
        copy.remove_name(&of_second(copy));
    });
    assert_eq!(faults, [""; 0]);
}

#[test]
fn nsec_records_that_are_being_removed_are_no_fault_beside_a_chain_of_nsec3_records() {
    let mut copy = parse(TEXT);
    copy.0.extend(keys().map(|key| key.record()));
    copy.add_chain(Denial::Nsec);
    copy.add_chain(NSEC3);
    copy.remove(&below("@"), Rtype::NSEC);
    copy.remove(&below("mail"), Rtype::NSEC);
    assert_eq!(copy.sign_all(&keys().each_ref()).faults(), [""; 0]);
}

#[test]
fn a_chain_with_more_iterations_than_resolvers_accept_is_not_checked() {
    let denial = |iterations| Denial::Nsec3 { iterations, opt_out: false };
    for (iterations, is_checked) in [(150, true), (151, false), (u16::MAX, false)] {
        let mut copy = parse(TEXT);
        copy.0.extend(keys().map(|key| key.record()));
        copy.add_nsec3(&[0xab, 0xcd], iterations, false);
        let mut copy = copy.sign_all(&keys().each_ref());
        assert_eq!(copy.faults(), [""; 0], "{iterations}");
        copy.remove(&Copy::hashed(&below("www"), denial(iterations)), Rtype::NSEC3);
        assert_eq!(!copy.faults().is_empty(), is_checked, "{iterations}");
    }
}

#[test]
fn a_dname_at_the_apex_occludes_all_names_but_not_the_chain() {
    let text = "$TTL 60\n@ SOA ns0 host 7 3600 900 604800 300\n@ NS ns.elsewhere.\n@ DNAME other.test.\nwww A 192.0.2.1\n";
    for denial in CHAINS {
        let mut copy = parse(text).signed(&keys().each_ref(), denial);
        assert_eq!(copy.faults(), [""; 0], "{denial:?}");
        change(&mut copy, "@", denial, |rdata| {
            let at = bitmap_start(rdata, denial);
            rdata[at + 2] ^= 0x40;
        });
        assert_eq!(copy.faults(), fault("@", denial, "DenialTypes"), "{denial:?}");
    }
}
