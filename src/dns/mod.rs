//! DNS itself: names, serials, types, records, messages, transfers, TSIG, zone files and key files.
//!
//! In: messages from the network, and text from files. Out: values in canonical form. It never opens a
//! socket or a file, never panics on input, and makes no allocation per record of a transfer.

pub mod answer;
pub mod catalog;
pub mod dnssec;
pub mod dsfile;
mod duration;
pub mod edns;
pub mod escape;
pub(crate) mod idna;
pub mod keyfile;
mod malformed;
pub mod message;
mod mismatch;
pub mod name;
mod position;
pub mod rdata;
mod rrset;
pub mod rtype;
pub mod serial;
pub mod soa;
pub mod tsig;
pub mod whole;
pub mod wire;
pub mod xfr;
pub mod zonefile;
mod zonemd;

pub use duration::duration_text;
pub use malformed::Malformed;
pub use mismatch::Mismatch;
pub use name::Name;
pub use position::{Excerpt, Position};
pub use rrset::{Rrset, TtlAndRdata};
pub use rtype::Rtype;
pub use serial::{Serial, SerialOrder};
pub use soa::Soa;
pub use zonemd::Zonemd;
