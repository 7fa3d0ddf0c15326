//! Any bytes as a zone file: records, or an error that is safe to print. The text of every record reads back as the
//! same record. As a catalog, the records list the same whether they come once or twice.

#![no_main]

use libfuzzer_sys::fuzz_target;
use zoneprobe::dns::catalog::CatalogReader;
use zoneprobe::dns::name::display;
use zoneprobe::dns::rdata;
use zoneprobe::dns::zonefile::{NextInput, ZoneFileReader};

fuzz_target!(|bytes: &[u8]| {
    let mut reader = ZoneFileReader::new("a".parse().expect("a name"));
    let mut texts = Vec::new();
    let catalog = || CatalogReader::new("a".parse().expect("a name"), 8);
    let (mut once, mut twice) = (catalog(), catalog());
    for line in bytes.split(|&byte| byte == b'\n').take(64) {
        // A few bytes can ask for any number of records.
        if line.to_ascii_uppercase().starts_with(b"$GENERATE") {
            return;
        }
        let read = reader.read_line(line, &mut |record| {
            once.add(record);
            twice.add(record);
            twice.add(record);
            let data = rdata::to_text(record.rtype, record.rdata);
            let text = format!("{} {} IN {} {data}", display(record.owner), record.ttl, record.rtype);
            texts.push((text, record.rdata.to_vec()));
        });
        match read {
            Ok(NextInput::Line) => {}
            Ok(NextInput::Include(include)) => {
                reader.enter(include.origin);
                let _ = reader.leave();
            }
            Err(error) => {
                let text = error.to_string();
                assert!(!text.chars().any(|it| it.is_control() && it != '\n'), "{text:?}");
                break;
            }
        }
    }
    let members = |catalog: CatalogReader| catalog.finish().map(|catalog| catalog.members);
    assert_eq!(members(once), members(twice));
    for (text, rdata) in texts {
        let mut reader = ZoneFileReader::new("a".parse().expect("a name"));
        let mut read_back = None;
        reader
            .read_line(text.as_bytes(), &mut |record| read_back = Some(record.rdata.to_vec()))
            .expect(&text);
        assert_eq!(read_back, Some(rdata), "{text}");
    }
});
