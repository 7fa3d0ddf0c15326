//! The floor: transfers in parallel whose bytes are discarded.
//!
//! It reads no records. It reads the lengths of messages, and looks for the opening SOA at the end of each message.
//! Nothing that compares copies can be faster.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use zoneprobe::dns::Rtype;
use zoneprobe::dns::wire::HEADER_LEN;

use crate::query;

/// The first argument that makes this program drain.
pub(crate) const MODE: &str = "--drain";

/// The size of a read in bytes.
const CHUNK: usize = 256 * 1024;

/// The maximum size of a message with its length.
const MAX_MESSAGE: usize = 2 + 65_535;

/// The size of serial, refresh, retry, expire and minimum.
const SOA_TAIL: usize = 20;

/// Drains `ZONE ADDRESS…`, each address in its own thread.
pub(crate) fn drain(arguments: &[String]) {
    let [zone, addresses @ ..] = arguments else { panic!("{MODE} ZONE ADDRESS…") };
    thread::scope(|scope| {
        for address in addresses {
            let address = address.parse().expect("it is an address");
            scope.spawn(move || drain_one(zone, address));
        }
    });
}

fn drain_one(zone: &str, address: SocketAddr) {
    let mut stream = TcpStream::connect(address).expect("the server runs");
    let query = query::message(zone, Rtype::AXFR);
    let length = u16::try_from(query.len()).expect("a query is short").to_be_bytes();
    stream.write_all(&[length.as_slice(), &query].concat()).expect("the server listens");
    let mut buffer = vec![0; CHUNK + MAX_MESSAGE];
    let (mut filled, mut messages) = (0, Messages { soa: None, name_len: query::name(zone).len() });
    loop {
        let read = stream.read(&mut buffer[filled..filled + CHUNK]).expect("the server sends");
        assert!(read > 0, "the transfer of {zone} from {address} is incomplete");
        filled += read;
        match messages.skip(&buffer[..filled]) {
            Skipped::All => return,
            Skipped::Messages(skipped) => {
                buffer.copy_within(skipped..filled, 0);
                filled -= skipped;
            }
        }
    }
}

/// What was skipped of a buffer.
enum Skipped {
    /// Complete messages of so many bytes.
    Messages(usize),
    /// The last message of the transfer.
    All,
}

struct Messages {
    /// The end of the SOA RDATA.
    soa: Option<[u8; SOA_TAIL]>,
    /// The length of the zone's name in wire format.
    name_len: usize,
}

impl Messages {
    fn skip(&mut self, bytes: &[u8]) -> Skipped {
        let mut skipped = 0;
        while let Some((&length, rest)) = bytes[skipped..].split_first_chunk::<2>() {
            let length = usize::from(u16::from_be_bytes(length));
            let Some(message) = rest.get(..length) else { break };
            skipped += 2 + length;
            match &self.soa {
                Some(soa) if message.ends_with(soa) => return Skipped::All,
                Some(_) => {}
                None => {
                    let (soa, end) = self.opening_soa(message);
                    self.soa = Some(soa);
                    if message.len() > end && message.ends_with(&soa) {
                        return Skipped::All;
                    }
                }
            }
        }
        Skipped::Messages(skipped)
    }

    /// Returns the end of the RDATA of the opening SOA, and its offset in the message.
    fn opening_soa(&self, message: &[u8]) -> ([u8; SOA_TAIL], usize) {
        assert_eq!(message[3] & 0xf, 0, "the transfer is refused");
        // Behind header and question, the owner name is a pointer or the whole name.
        let owner = HEADER_LEN + self.name_len + 4;
        let rtype = if message[owner] >= 0xc0 { owner + 2 } else { owner + self.name_len };
        assert_eq!(message[rtype..rtype + 2], [0, 6], "the transfer does not start with an SOA");
        let rdlength = u16::from_be_bytes([message[rtype + 8], message[rtype + 9]]);
        let end = rtype + 10 + usize::from(rdlength);
        (*message[..end].last_chunk().expect("an SOA is longer"), end)
    }
}
