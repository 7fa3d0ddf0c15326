use tokio::sync::mpsc;

use super::*;
use crate::dns::answer::tests::messages::{AA, NO_AA, SectionText, message, question, soa};
use crate::dns::wire::Scratch;

const SERVFAIL: u16 = AA | 2;

/// The records of a zone that is signed with NSEC. The signature stands for all.
const ZONE: [&str; 13] = [
    "example.test. 300 NS ns1.example.test.",
    "example.test. 300 NSEC alias.example.test. NS SOA RRSIG NSEC",
    "alias.example.test. 300 CNAME www.example.test.",
    "alias.example.test. 300 NSEC ns1.example.test. CNAME RRSIG NSEC",
    "ns1.example.test. 300 A 192.0.2.53",
    "ns1.example.test. 300 NSEC sub.example.test. A RRSIG NSEC",
    "sub.example.test. 300 NS ns.sub.example.test.",
    "sub.example.test. 300 NSEC *.wild.example.test. NS RRSIG NSEC",
    "*.wild.example.test. 300 TXT any",
    "*.wild.example.test. 300 NSEC www.example.test. TXT RRSIG NSEC",
    "www.example.test. 300 A 192.0.2.1",
    "www.example.test. 300 RRSIG A 13 3 300 20300101000000 20200101000000 1 example.test. AAAA",
    "www.example.test. 300 NSEC example.test. A RRSIG NSEC",
];

const GLUE: &str = "ns.sub.example.test. 300 A 192.0.2.4";

const SOA: &str = "example.test. 300 SOA";

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn answer(asked: &str, flags: u16, sections: SectionText<'_>) -> Answer {
    let octets = message(asked, flags, sections);
    Answer::parse(&octets, &question(asked), &mut Scratch::default()).unwrap().unwrap()
}

/// Answers as NSD does: it refers where the NSEC record of a delegation is queried.
fn served(asked: &str) -> Answer {
    let (qname, qtype) = asked.split_once(' ').unwrap();
    let of = |owner: &str, rtype: &str| -> Vec<&str> {
        let is_of = |words: &[&str]| {
            words[0] == owner && (words[2] == rtype || words[2] == "RRSIG" && words[3] == rtype)
        };
        ZONE.into_iter().filter(|line| is_of(&line.split(' ').collect::<Vec<_>>())).collect()
    };
    match qname {
        "sub.example.test." => answer(asked, NO_AA, [&[], &of(qname, "NS"), &[GLUE]]),
        r"sub\000.example.test." => {
            let nsec = of("sub.example.test.", "NSEC");
            answer(asked, AA | 3, [&[], &[&[SOA], &nsec[..]].concat(), &[]])
        }
        _ if of(qname, qtype).is_empty() => answer(asked, AA, [&[], &[SOA], &[]]),
        _ => answer(asked, AA, [&of(qname, qtype), &[], &[]]),
    }
}

fn limits(names: u64) -> WalkLimits {
    let transfer =
        TransferLimits { max_bytes: 1 << 24, max_records: 1000, idle_timeout: Duration::from_secs(1) };
    WalkLimits { names, transfer, until: Instant::now() + Duration::from_mins(1) }
}

/// Walks along a zone whose server answers like this; `None` ends the conversation.
async fn walk_within(limits: WalkLimits, reply: impl Fn(&str) -> Option<Answer>) -> WalkedZone {
    let (to_reference, mut questions) = mpsc::channel::<Vec<OpenQuestion>>(1);
    let (answers, from_reference) = mpsc::unbounded_channel();
    let server = async move {
        while let Some(batch) = questions.recv().await {
            for question in batch {
                let Some(answer) = reply(&format!("{} {}", question.0, question.1)) else { return };
                let _ = answers.send((question, Ok(answer)));
            }
        }
    };
    let walk = async {
        let mut script = Script { to_reference, from_reference };
        WalkedZone::walk(&name("example.test"), limits, &mut script).await
    };
    tokio::join!(server, walk).1
}

async fn walk(reply: impl Fn(&str) -> Option<Answer>) -> WalkedZone {
    walk_within(limits(100), reply).await
}

/// The RRsets that were found, with the numbers of their records and signatures.
fn found(walked: WalkedZone) -> Vec<String> {
    let sorted = walked.sorter.finish(&soa(), 300).unwrap();
    let text = |rrset: Rrset| {
        let Rrset { owner, rtype, records, signatures } = rrset;
        format!("{owner} {rtype} {} {}", records.len(), signatures.len())
    };
    sorted.iter().map(|rrset| text(rrset.unwrap())).collect()
}

const ALL: [&str; 11] = [
    "example.test. NS 1 0",
    "example.test. SOA 1 0",
    "example.test. NSEC 1 0",
    "alias.example.test. CNAME 1 0",
    "ns1.example.test. A 1 0",
    "ns1.example.test. NSEC 1 0",
    "sub.example.test. NS 1 0",
    "ns.sub.example.test. A 1 0",
    "*.wild.example.test. TXT 1 0",
    "*.wild.example.test. NSEC 1 0",
    "www.example.test. A 1 1",
];

#[tokio::test]
async fn every_rrset_along_the_chain_is_asked_for() {
    let walked = walk(|asked| Some(served(asked))).await;
    assert!(walked.is_whole() && walked.absent.is_empty());
    assert_eq!((walked.names, walked.rrsets, walked.unanswered), (6, 11, 0));
    let mut expected: Vec<&str> = ALL.into_iter().chain(["www.example.test. NSEC 1 0"]).collect();
    let mut found = found(walked);
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn an_rrset_that_is_not_answered_leaves_the_walk_a_part() {
    let refused = |asked: &str| match asked {
        "ns1.example.test. A" => answer(asked, SERVFAIL, [&[], &[], &[]]),
        _ => served(asked),
    };
    let walked = walk(|asked| Some(refused(asked))).await;
    assert_eq!((walked.end, walked.is_whole()), (Some(WalkEnd::Whole), false));
    assert!(!found(walked).iter().any(|rrset| rrset.starts_with("ns1.example.test. A ")));
}

#[tokio::test]
async fn a_type_of_the_chain_without_data_is_absent() {
    let without = |asked: &str| match asked {
        "*.wild.example.test. TXT" => answer(asked, AA, [&[], &[SOA], &[]]),
        _ => served(asked),
    };
    let walked = walk(|asked| Some(without(asked))).await;
    assert!(walked.is_whole());
    assert_eq!(walked.absent, [(name("*.wild.example.test"), Rtype(16))]);
}

#[tokio::test]
async fn a_zone_below_on_the_same_server_is_not_askable() {
    let of_child = "sub.example.test. 300 SOA";
    let with_child = |asked: &str| match asked {
        "sub.example.test. NSEC" => answer(asked, AA, [&[], &[of_child], &[]]),
        "sub.example.test. NS" => {
            answer(asked, AA, [&["sub.example.test. 300 NS ns2.sub.example.test."], &[], &[]])
        }
        _ => served(asked),
    };
    let walked = walk(|asked| Some(with_child(asked))).await;
    assert!(walked.is_whole());
    assert_eq!(walked.hidden, [name("sub.example.test")]);
    assert!(!found(walked).iter().any(|rrset| rrset.contains("sub.example.test.")));
}

#[tokio::test]
async fn a_hostile_chain_ends() {
    let nsec = |asked: &str, next: &str, types: &str| {
        let owner = asked.split(' ').next().unwrap();
        answer(asked, AA, [&[&format!("{owner} 300 NSEC {next} {types} NSEC")], &[], &[]])
    };
    for next in ["example.test.", "a.example.test.", "0.example.test.", "other.test.", "."] {
        let looping = |asked: &str| match asked.strip_suffix(" NSEC") {
            Some("example.test.") => nsec(asked, "a.example.test.", "SOA A"),
            Some(_) => nsec(asked, next, "A"),
            None => answer(asked, AA, [&["a.example.test. 300 A 192.0.2.1"], &[], &[]]),
        };
        let walked = walk(|asked| Some(looping(asked))).await;
        assert!(walked.names <= 2 && walked.end.is_some(), "{next}");
        assert!(next == "example.test." || walked.end == Some(WalkEnd::Broken), "{next}");
    }
    let endless = |asked: &str| {
        let number = asked.strip_prefix('a').and_then(|rest| rest.get(..9)?.parse::<u32>().ok());
        let next = format!("a{:09}.example.test.", number.map_or(0, |number| number + 1));
        let types: String =
            (1000..1400).flat_map(|number| ["TYPE".to_owned(), number.to_string(), " ".to_owned()]).collect();
        match asked.strip_suffix(" NSEC") {
            Some(_) => nsec(asked, &next, types.trim_end()),
            None => answer(asked, AA, [&[], &[SOA], &[]]),
        }
    };
    let walked = walk_within(limits(20), |asked| Some(endless(asked))).await;
    assert_eq!((walked.names, walked.end, walked.is_whole()), (20, None, false));
    assert!(walked.absent.len() <= MAX_ABSENT);
}

#[tokio::test]
async fn the_limits_of_a_transfer_and_the_time_end_a_walk() {
    for limits in [
        WalkLimits { transfer: TransferLimits { max_records: 2, ..limits(100).transfer }, ..limits(100) },
        WalkLimits { transfer: TransferLimits { max_bytes: 200, ..limits(100).transfer }, ..limits(100) },
        WalkLimits { until: Instant::now(), ..limits(100) },
    ] {
        let walked = walk_within(limits, |asked| Some(served(asked))).await;
        assert!(walked.names < 5 && !walked.is_whole() && walked.end.is_none(), "{limits:?}");
    }
}

#[tokio::test]
async fn a_conversation_that_ends_leaves_the_walk_a_part() {
    for last in ["example.test. NSEC", "alias.example.test. CNAME", "www.example.test. A"] {
        let walked = walk(|asked| Some(served(asked)).filter(|_| asked != last)).await;
        assert!(!walked.is_whole(), "{last}");
    }
}

#[tokio::test]
async fn a_zone_without_nsec_has_nothing_to_walk_along() {
    for flags in [AA, AA | 3, SERVFAIL, AA | 5] {
        let walked = walk(|asked| Some(answer(asked, flags, [&[], &[SOA], &[]]))).await;
        assert_eq!((walked.end, walked.rrsets), (Some(WalkEnd::Unsigned), 0), "{flags}");
    }
}
