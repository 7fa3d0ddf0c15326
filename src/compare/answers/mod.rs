//! One answer held against what the records of a zone require.
//!
//! The oracle is what an authoritative server must answer (RFC 1034 section 4.3.2, RFC 4592, RFC 6672). Order is
//! nothing, and neither is the TTL of the SOA in a negative response.

mod judge;
mod judged;
mod referral;
mod rrsets;
mod same;
#[cfg(test)]
mod tests;
mod words;

pub use judge::judge;
pub use judged::{AnswerScope, JudgedAnswer};
pub use same::same_answer;
