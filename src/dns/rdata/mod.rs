//! The fields of each type's RDATA, in one table that serves comparing, showing and reading.
//!
//! For comparing, names inside RDATA are decompressed and folded, for *every* type known to hold
//! names: servers differ in which they fold (BIND none, Knot most, NSD all), so the list of RFC 4034
//! section 6.2 would leave false differences. For showing, the same fields become zone-file text, and
//! what the table does not know becomes `\# length hex` (RFC 3597 section 5). What is shown, and what
//! people write in master files, is read by the same fields again.

mod apl;
mod bitmap;
mod canonical;
mod field;
mod location;
mod mnemonic;
mod parse;
mod print;
mod svcparams;

pub use print::to_text;

pub(crate) use canonical::{canonicalise, holds_names};
pub(super) use parse::from_tokens;
