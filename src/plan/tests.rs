use super::*;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn id_with(change: impl FnOnce(&mut ComparisonRules)) -> u64 {
    let mut rules = ComparisonRules::new(Compare::Records);
    change(&mut rules);
    rules.of_records()
}

// State files hold these values: they change only with `RULES_ENCODING`.
#[test]
fn rules_of_records_have_the_same_id_in_every_build() {
    assert_eq!(id_with(|_| ()), 0xcdd0_a37d_d165_3388);
    assert_eq!(id_with(|rules| rules.content.dnssec = SignatureComparison::Exact), 0x0b3a_2bd0_43a8_c410);
    assert_eq!(id_with(|rules| rules.content.dnssec = SignatureComparison::Ignore), 0x27ed_4597_7834_8e47);
    assert_eq!(id_with(|rules| rules.ttl = TtlDifference::Diverged), 0x97ae_8005_e566_d95d);
    assert_eq!(id_with(|rules| rules.serials = Serials::Independent), 0xb14d_a4e6_223f_254e);
    assert_eq!(id_with(|rules| rules.content.ignored = vec![Rtype(16)]), 0x2eab_490d_351d_9120);
    let permitted = vec![(name("www.example.com"), Rtype(1))];
    assert_eq!(id_with(|rules| rules.content.permitted = permitted), 0x79b4_5985_be9f_7ef3);
    let all = id_with(|rules| {
        rules.content = ContentRules {
            ignored: vec![Rtype(65280)],
            dnssec: SignatureComparison::Ignore,
            permitted: vec![(name("www.example.com"), Rtype(1)), (name("."), Rtype::SOA)],
        };
        rules.ttl = TtlDifference::Diverged;
        rules.serials = Serials::Independent;
    });
    assert_eq!(all, 0xda9c_a13a_7570_1b59);
}

#[test]
fn each_rule_of_records_and_the_order_of_a_list_change_the_id() {
    let ignored = |types: &[u16]| {
        let types = types.iter().copied().map(Rtype).collect();
        id_with(|rules| rules.content.ignored = types)
    };
    let permitted = |rrsets: &[(&str, u16)]| {
        let rrsets = rrsets.iter().map(|&(owner, rtype)| (name(owner), Rtype(rtype))).collect();
        id_with(|rules| rules.content.permitted = rrsets)
    };
    let ids = [
        id_with(|_| ()),
        id_with(|rules| rules.content.dnssec = SignatureComparison::Exact),
        id_with(|rules| rules.content.dnssec = SignatureComparison::Ignore),
        id_with(|rules| rules.ttl = TtlDifference::Diverged),
        id_with(|rules| rules.serials = Serials::Independent),
        ignored(&[1]),
        ignored(&[16]),
        ignored(&[1, 16]),
        ignored(&[16, 1]),
        ignored(&[1, 1]),
        permitted(&[("a.example", 1)]),
        permitted(&[("a.example", 16)]),
        permitted(&[("b.example", 1)]),
        permitted(&[("a.example", 1), ("b.example", 1)]),
        permitted(&[("b.example", 1), ("a.example", 1)]),
    ];
    for (place, id) in ids.iter().enumerate() {
        assert!(!ids[..place].contains(id), "{place}: {id:#x}");
    }
}

#[test]
fn rules_that_are_not_about_records_do_not_change_the_id() {
    let other = ComparisonRules {
        grace: Grace::Fixed(Duration::from_secs(1)),
        max_lag: Some(MaxLag::Auto),
        samples: 3,
        max_differences: 0,
        interval: Duration::from_mins(1),
        ..ComparisonRules::new(Compare::PreviousRecords)
    };
    assert_eq!(other.of_records(), id_with(|_| ()));
}
