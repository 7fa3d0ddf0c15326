//! Any text as the zone of an embedded server: a zone that it can serve, or an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::{OptRecord, Question};
use zoneprobe::observe::Transport;
use zoneprobe::testserver::{Authority, Zone};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(zone) = Zone::parse("a", text) else { return };
    let question = Question { id: 1, qname: zone.origin().clone(), qtype: Rtype::AXFR };
    let authority = Authority { zones: vec![zone], ..Authority::default() };
    assert!(!authority.respond(&question.to_wire(OptRecord::Included), Transport::Tcp).is_empty());
});
