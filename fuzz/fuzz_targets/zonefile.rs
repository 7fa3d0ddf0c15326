//! Any octets as a master file: records, or a mistake that can be shown; and what is shown of a record is read
//! as the same record again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use zoneprobe::dns::zonefile::{ZonefileReader, NextInput};
use zoneprobe::dns::name::display;
use zoneprobe::dns::rdata;

fuzz_target!(|octets: &[u8]| {
    let mut master = ZonefileReader::new("a".parse().expect("a name"));
    let mut shown = Vec::new();
    for line in octets.split(|&octet| octet == b'\n').take(64) {
        // A range is work without end for a few octets.
        if line.to_ascii_uppercase().starts_with(b"$GENERATE") {
            return;
        }
        let read = master.line(line, &mut |record| {
            let data = rdata::to_text(record.rtype, record.rdata);
            let text = format!("{} {} IN {} {data}", display(record.owner), record.ttl, record.rtype);
            shown.push((text, record.rdata.to_vec()));
        });
        match read {
            Ok(NextInput::Line) => {}
            Ok(NextInput::Include(include)) => {
                master.enter(include.origin);
                let _ = master.leave();
            }
            Err(mistake) => {
                let text = mistake.to_string();
                assert!(!text.chars().any(|it| it.is_control() && it != '\n'), "{text:?}");
                break;
            }
        }
    }
    for (text, rdata) in shown {
        let mut again = ZonefileReader::new("a".parse().expect("a name"));
        let mut seen = None;
        again.line(text.as_bytes(), &mut |record| seen = Some(record.rdata.to_vec())).expect(&text);
        assert_eq!(seen, Some(rdata), "{text}");
    }
});
