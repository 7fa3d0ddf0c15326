//! Any bytes as the response to a SOA query, to a query for an RRset, or to any message, and any text as a name, a type, or a server.

#![no_main]

use libfuzzer_sys::fuzz_target;
use zoneprobe::dns::answer::Answer;
use zoneprobe::dns::message::{OptRecord, Question, Response, echoes_case};
use zoneprobe::dns::whole::{QueryKind, WholeMessage};
use zoneprobe::dns::wire::Scratch;
use zoneprobe::dns::{Name, Rtype};
use zoneprobe::plan::Server;

fuzz_target!(|bytes: &[u8]| {
    let question = Question { id: 0x4141, qname: "a".parse().expect("a name"), qtype: Rtype::SOA };
    let query = question.to_wire(OptRecord::Included);
    if let Ok(Some(response)) = Response::parse(bytes, &question) {
        assert!(response.soas.len() <= 2 && response.name_servers.len() <= 64);
    }
    let _ = Answer::parse(bytes, &question, &mut Scratch::default());
    for kind in [QueryKind::Recursive, QueryKind::Notify] {
        if let Ok(Some(message)) = WholeMessage::parse(bytes, &question, kind) {
            assert!(!message.header.is_truncated() || message.answer.is_empty());
        }
    }
    let _ = echoes_case(&query, bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(name) = text.parse::<Name>() {
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        if let Ok(rtype) = text.parse::<Rtype>() {
            assert_eq!(rtype.to_string().parse(), Ok(rtype));
        }
        let _ = text.parse::<Server>();
    }
});
