//! The words of DNS: names, serials, types, records, messages, transfers and signatures.
//!
//! In: octets from the network and text from people. Out: values in canonical form. It never opens a
//! socket, never panics on input, and allocates nothing for each record of a transfer.

pub mod edns;
pub mod escape;
pub mod keyfile;
mod malformed;
pub mod message;
pub mod name;
mod position;
pub mod rdata;
pub mod rtype;
pub mod serial;
pub mod soa;
pub mod tsig;
pub mod wire;
pub mod xfr;
pub mod zonefile;

pub use malformed::Malformed;
pub use name::Name;
pub use position::{Excerpt, Position};
pub use rtype::Rtype;
pub use serial::{Serial, SerialOrder};
pub use soa::Soa;
