//! Any octets as the answer to a SOA question, and any text as a name, a type, or a server.

#![no_main]

use libfuzzer_sys::fuzz_target;
use zoneprobe::dns::message::{Answer, Question, WithEdns, repeats_spelling};
use zoneprobe::dns::{Name, Rtype};
use zoneprobe::plan::Server;

fuzz_target!(|octets: &[u8]| {
    let question = Question { id: 0x4141, zone: "a".parse().expect("a name"), rtype: Rtype::SOA };
    let sent = question.to_wire(WithEdns::Yes);
    if let Ok(Some(answer)) = Answer::read(octets, &question) {
        assert!(answer.soas.len() <= 2 && answer.name_servers.len() <= 64);
    }
    let _ = repeats_spelling(&sent, octets);
    if let Ok(text) = std::str::from_utf8(octets) {
        if let Ok(name) = text.parse::<Name>() {
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        if let Ok(rtype) = text.parse::<Rtype>() {
            assert_eq!(rtype.to_string().parse(), Ok(rtype));
        }
        let _ = text.parse::<Server>();
    }
});
