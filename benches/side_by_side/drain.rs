//! The floor: transfers in parallel whose octets are thrown away.
//!
//! It reads the lengths of messages, and of each message whether it ends as the SOA does that opened the
//! transfer; it reads no record. Nothing that compares copies can be faster.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use crate::query;

/// The argument that makes this program drain.
pub(crate) const MODE: &str = "--drain";

/// Octets read in one go.
const CHUNK: usize = 256 * 1024;

/// Room for a message and its length.
const MESSAGE: usize = 2 + 65_535;

/// Serial, refresh, retry, expire and minimum.
const SOA_TAIL: usize = 20;

/// Drains `ZONE ADDRESS…`, each address in a thread of its own.
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
    let question = query::message(zone, query::AXFR);
    let length = u16::try_from(question.len()).expect("a question is short").to_be_bytes();
    stream.write_all(&[length.as_slice(), &question].concat()).expect("the server listens");
    let mut buffer = vec![0; CHUNK + MESSAGE];
    let (mut filled, mut messages) = (0, Messages { soa: None, zone: query::name(zone).len() });
    loop {
        let read = stream.read(&mut buffer[filled..filled + CHUNK]).expect("the server goes on");
        assert!(read > 0, "the transfer of {zone} from {address} is torn");
        filled += read;
        match messages.pass(&buffer[..filled]) {
            Passed::Closed => return,
            Passed::Whole(passed) => {
                buffer.copy_within(passed..filled, 0);
                filled -= passed;
            }
        }
    }
}

enum Passed {
    /// The octets of whole messages.
    Whole(usize),
    /// The last message was among them.
    Closed,
}

struct Messages {
    /// How every SOA of the transfer ends.
    soa: Option<[u8; SOA_TAIL]>,
    /// The octets of the zone's name.
    zone: usize,
}

impl Messages {
    fn pass(&mut self, octets: &[u8]) -> Passed {
        let mut passed = 0;
        while let Some((&length, rest)) = octets[passed..].split_first_chunk::<2>() {
            let length = usize::from(u16::from_be_bytes(length));
            let Some(message) = rest.get(..length) else { break };
            passed += 2 + length;
            match &self.soa {
                Some(soa) if message.ends_with(soa) => return Passed::Closed,
                Some(_) => {}
                None => {
                    let end = self.open(message);
                    let soa = self.soa.as_ref().expect("it was just found");
                    if message.len() > end && message.ends_with(soa) {
                        return Passed::Closed;
                    }
                }
            }
        }
        Passed::Whole(passed)
    }

    /// Finds the SOA that opens the transfer; returns where it ends.
    fn open(&mut self, message: &[u8]) -> usize {
        assert_eq!(message[3] & 0xf, 0, "the transfer is refused");
        // Header, question, and the owner: a pointer, or the name anew.
        let owner = query::HEADER + self.zone + 4;
        let fixed = if message[owner] >= 0xc0 { owner + 2 } else { owner + self.zone };
        assert_eq!(message[fixed..fixed + 2], [0, 6], "the transfer does not begin with an SOA");
        let length = u16::from_be_bytes([message[fixed + 8], message[fixed + 9]]);
        let end = fixed + 10 + usize::from(length);
        self.soa = message[end - SOA_TAIL..end].try_into().ok();
        end
    }
}
