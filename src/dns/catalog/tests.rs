use proptest::prelude::*;

use super::*;
use crate::dns::rtype::Rtype;
use crate::dns::wire::Record;
use crate::dns::zonefile::ZoneFileReader;

const ORIGIN: &str = "catalog.example";

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// What the records of a zone file at `catalog.example` list, with ten members at most.
fn read(text: &str) -> Result<Catalog, CatalogFault> {
    read_lines(&text.lines().collect::<Vec<_>>(), 10)
}

fn read_lines(lines: &[&str], max_members: usize) -> Result<Catalog, CatalogFault> {
    let mut catalog = CatalogReader::new(name(ORIGIN), max_members);
    let mut file = ZoneFileReader::new(name(ORIGIN));
    for line in lines {
        let line = format!("{} 0 IN {}", line.split_once(' ').unwrap().0, line.split_once(' ').unwrap().1);
        file.read_line(line.as_bytes(), &mut |record| catalog.add(record)).unwrap();
    }
    catalog.finish()
}

fn member(zone: &str, id: &str, group: Option<&str>, coo: Option<&str>) -> Member {
    Member { zone: name(zone), id: id.into(), group: group.map(Into::into), coo: coo.map(name) }
}

#[test]
fn members_come_in_canonical_order_with_their_properties() {
    let catalog = read(
        "version TXT 2\n\
         one.zones PTR z.example.\n\
         group.one.zones TXT customers\n\
         two.zones PTR a.b.example.\n\
         coo.two.zones PTR other.catalog.example.\n\
         three.zones PTR B.example.",
    );
    let members = vec![
        member("b.example", "three", None, None),
        member("a.b.example", "two", None, Some("other.catalog.example")),
        member("z.example", "one", Some("customers"), None),
    ];
    assert_eq!(catalog, Ok(Catalog { version: CatalogVersion::Two, members, ignored: 0 }));
}

#[test]
fn names_are_compared_regardless_of_case() {
    let catalog = read("VERSION TXT 2\nOne.ZONES PTR A.Example.\nGROUP.oNE.zones TXT Group").unwrap();
    assert_eq!(catalog.members, [member("a.example", "one", Some("Group"), None)]);
    let twice = read("version TXT 2\none.zones PTR a.example.\ntwo.zones PTR A.EXAMPLE.");
    let ids = ["one".into(), "two".into()];
    assert_eq!(twice, Err(CatalogFault::MemberTwice { zone: name("a.example"), ids }));
}

#[test]
fn a_catalog_without_members_is_a_catalog() {
    assert_eq!(read("version TXT 2").unwrap().members, []);
}

#[test]
fn the_version_is_one_record_with_one_string() {
    let unknown = |text: &str| Err(CatalogFault::UnknownVersion(text.into()));
    for (version, expected) in [
        ("other TXT 2", Err(CatalogFault::NoVersion)),
        ("version PTR a.", Err(CatalogFault::NoVersion)),
        ("version.zones TXT 2", Err(CatalogFault::NoVersion)),
        ("version TXT 1", Ok(CatalogVersion::One)),
        ("version TXT 2", Ok(CatalogVersion::Two)),
        ("version TXT 2\nversion TXT 2", Ok(CatalogVersion::Two)),
        ("version TXT 2\nversion TXT 1", Err(CatalogFault::SeveralVersions)),
        ("version TXT 2 2", Err(CatalogFault::SeveralVersions)),
        ("version TXT 3", unknown("3")),
        ("version TXT 02", unknown("02")),
        ("version TXT \"\"", unknown("")),
        ("version TXT \"\\027[31m\"", unknown("\\027[31m")),
        (&format!("version TXT {}", "9".repeat(200)), unknown(&"9".repeat(64))),
    ] {
        assert_eq!(read(version).map(|catalog| catalog.version), expected, "{version}");
    }
}

#[test]
fn version_1_has_members_without_properties() {
    let catalog = read(
        "version TXT 1\n\
         one.zones PTR a.example.\n\
         group.one.zones TXT customers\n\
         coo.one.zones PTR b.example.\n\
         coo.one.zones PTR c.example.",
    )
    .unwrap();
    assert_eq!(catalog.version, CatalogVersion::One);
    assert_eq!((catalog.members, catalog.ignored), (vec![member("a.example", "one", None, None)], 3));
}

#[test]
fn a_label_with_two_zones_breaks_the_catalog() {
    let broken =
        read("version TXT 2\none.zones PTR b.example.\ntwo.zones PTR c.example.\none.zones PTR a.example.");
    let zones = [name("a.example"), name("b.example")];
    assert_eq!(broken, Err(CatalogFault::SeveralMembers { id: "one".into(), zones }));
}

#[test]
fn a_record_that_comes_twice_is_one_record() {
    let catalog = read(
        "version TXT 2\n\
         one.zones PTR a.example.\n\
         group.one.zones TXT customers\n\
         two.zones PTR b.example.\n\
         one.zones PTR a.example.\n\
         group.one.zones TXT customers\n\
         coo.one.zones PTR c.example.\n\
         coo.one.zones PTR c.example.",
    );
    let members = [
        member("a.example", "one", Some("customers"), Some("c.example")),
        member("b.example", "two", None, None),
    ];
    assert_eq!(catalog.unwrap().members, members);
}

#[test]
fn a_member_with_several_groups_has_none() {
    let catalog = read(
        "version TXT 2\n\
         group.one.zones TXT first\n\
         one.zones PTR a.example.\n\
         group.one.zones TXT second\n\
         group.two.zones TXT first\n\
         group.two.zones TXT second\n\
         two.zones PTR b.example.",
    )
    .unwrap();
    let expected = [member("a.example", "one", None, None), member("b.example", "two", None, None)];
    assert_eq!((catalog.members.as_slice(), catalog.ignored), (expected.as_slice(), 0));
}

#[test]
fn a_group_is_all_of_its_record_as_printable_text() {
    let group = |text: &str| {
        let catalog = read(&format!("version TXT 2\none.zones PTR a.example.\ngroup.one.zones TXT {text}"));
        catalog.unwrap().members[0].group.clone()
    };
    assert_eq!(group("\"two words\"").as_deref(), Some("two words"));
    assert_eq!(group("split \" in two\"").as_deref(), Some("split in two"));
    assert_eq!(group("\"\\027[31m\"").as_deref(), Some("\\027[31m"));
    let (string, more) = ("x".repeat(255), "x".repeat(200));
    assert_eq!(group(&string).as_deref(), Some(string.as_str()));
    assert_eq!(group(&format!("{more} {more}")), None);
}

#[test]
fn several_catalogs_to_move_to_break_the_catalog() {
    for text in [
        "version TXT 2\none.zones PTR a.example.\ncoo.one.zones PTR c.example.\ncoo.one.zones PTR b.example.",
        "version TXT 2\ncoo.one.zones PTR b.example.\none.zones PTR a.example.\ncoo.one.zones PTR c.example.",
        "version TXT 2\ncoo.one.zones PTR b.example.\ncoo.one.zones PTR c.example.",
    ] {
        let catalogs = [name("b.example"), name("c.example")];
        assert_eq!(read(text), Err(CatalogFault::SeveralOwners { id: "one".into(), catalogs }), "{text}");
    }
}

#[test]
fn what_is_no_property_is_ignored_and_counted() {
    for (record, ignored) in [
        ("@ NS invalid.", 0),
        ("@ DNSKEY 257 3 13 AAAA", 0),
        ("one.zones NSEC a. PTR", 0),
        ("@ TXT hello", 1),
        ("other TXT 2", 1),
        ("zones PTR b.example.", 1),
        ("one.zones TXT b.example.", 1),
        ("primaries.ext.one.zones A 192.0.2.1", 1),
        ("unknown.one.zones TXT b", 1),
        ("group.one.zones PTR b.", 1),
        ("coo.one.zones TXT b", 1),
        ("group.nobody.zones TXT b", 1),
        ("coo.nobody.zones PTR b.", 1),
        ("more.group.one.zones TXT b", 1),
        ("masters.ext A 192.0.2.1", 1),
        ("x.catalog.example.zones PTR b.example.", 1),
        ("two.zones PTR Catalog.Example.", 1),
    ] {
        let catalog = read(&format!("version TXT 2\none.zones PTR a.example.\n{record}")).unwrap();
        let members = [member("a.example", "one", None, None)];
        assert_eq!((catalog.members.as_slice(), catalog.ignored), (members.as_slice(), ignored), "{record}");
    }
}

#[test]
fn records_of_other_classes_are_no_properties() {
    let mut catalog = CatalogReader::new(name(ORIGIN), 10);
    let owner = name("version.catalog.example");
    catalog.add(&Record { class: 3, ..Record::new(owner.as_wire(), Rtype::TXT, 0, b"\x012") });
    assert_eq!(catalog.finish(), Err(CatalogFault::NoVersion));
}

#[test]
fn a_member_that_is_no_name_is_ignored() {
    let mut catalog = CatalogReader::new(name(ORIGIN), 10);
    let (version, member) = (name("version.catalog.example"), name("one.zones.catalog.example"));
    catalog.add(&Record::new(version.as_wire(), Rtype::TXT, 0, b"\x012"));
    catalog.add(&Record::new(member.as_wire(), Rtype::PTR, 0, b"\x05ab"));
    let catalog = catalog.finish().unwrap();
    assert_eq!((catalog.members.len(), catalog.ignored), (0, 1));
}

#[test]
fn more_members_than_are_taken_break_the_catalog() {
    let texts: Vec<String> = (0..5000).map(|n| format!("i{n}.zones PTR m{n}.example.")).collect();
    let with_version = |count: usize| {
        let lines = texts.iter().take(count).map(String::as_str).chain(["version TXT 2"]);
        read_lines(&lines.collect::<Vec<_>>(), 1000).map(|catalog| catalog.members.len())
    };
    assert_eq!(with_version(1000), Ok(1000));
    assert_eq!(with_version(1001), Err(CatalogFault::TooManyMembers(1000)));
    assert_eq!(with_version(5000), Err(CatalogFault::TooManyMembers(1000)));
}

#[test]
fn members_that_come_many_times_are_counted_once() {
    let texts: Vec<String> = (0..6000).map(|n| format!("i{}.zones PTR m{}.example.", n % 3, n % 3)).collect();
    let lines: Vec<&str> = texts.iter().map(String::as_str).chain(["version TXT 2"]).collect();
    assert_eq!(read_lines(&lines, 3).unwrap().members.len(), 3);
}

#[test]
fn properties_of_more_labels_than_members_may_be_break_the_catalog() {
    let texts: Vec<String> = (0..5000).map(|n| format!("group.i{n}.zones TXT g{n}")).collect();
    let lines: Vec<&str> = texts.iter().map(String::as_str).chain(["version TXT 2"]).collect();
    assert_eq!(read_lines(&lines, 100), Err(CatalogFault::TooManyMembers(100)));
    let texts: Vec<String> = (0..5000).map(|n| format!("group.i{}.zones TXT g{n}", n % 10)).collect();
    let lines: Vec<&str> = texts.iter().map(String::as_str).chain(["version TXT 2"]).collect();
    assert!(read_lines(&lines, 100).is_ok());
}

#[test]
fn every_fault_is_a_sentence_that_names_the_thing() {
    let (one, two) = (name("a.example"), name("b.example"));
    let catalogs = [one.clone(), two.clone()];
    let fault = CatalogFault::SeveralOwners { id: "x".into(), catalogs };
    assert_eq!(fault.to_string(), "its `coo.x` names both a.example. and b.example.");
    let fault = CatalogFault::SeveralMembers { id: "x".into(), zones: [one, two] };
    assert_eq!(fault.to_string(), "it lists both a.example. and b.example. as `x`");
}

/// Records of a small world, in which most catalogs are broken in some way.
fn records() -> impl Strategy<Value = Vec<String>> {
    let record = prop_oneof![
        1 => "version TXT [12]",
        8 => "[ab]\\.zones PTR [xyz]\\.example\\.",
        4 => "group\\.[abc]\\.zones TXT [gh]",
        2 => "coo\\.[abc]\\.zones PTR [kl]\\.",
        1 => "[ab]\\.[ab]\\.zones TXT g",
    ];
    prop::collection::vec(record, 0..12)
}

proptest! {
    #[test]
    fn the_order_of_records_does_not_matter(
        (records, shuffled) in records().prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle())),
        has_version in any::<bool>(),
    ) {
        let read = |records: &[String]| {
            let version = has_version.then_some("version TXT 2");
            read_lines(&records.iter().map(String::as_str).chain(version).collect::<Vec<_>>(), 10)
        };
        prop_assert_eq!(read(&records), read(&shuffled));
    }
}
