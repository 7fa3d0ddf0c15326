//! RDATA: one table of the fields of each type, by which RDATA is made canonical, printed, parsed and
//! checked.
//!
//! The canonical form is for comparisons: names in RDATA are decompressed and in lower case, in *every* type
//! that may hold names. Servers differ in the types whose names they turn to lower case (BIND none, Knot most,
//! NSD all), so that the list of RFC 4034 section 6.2 would leave false differences. What is signed, and digested
//! for ZONEMD, follows that list.
//!
//! The text is that of zone files; RDATA of unknown types, or not of the form of its type, is `\# LENGTH HEX`
//! (RFC 3597 section 5). The parser reads this text, and what people write in zone files;
//! `\#` of a known type must have the form of the type.

mod apl;
mod atma;
mod bitmap;
mod canonical;
mod check;
mod defect;
mod field;
mod location;
mod mnemonic;
mod parse;
mod print;
mod services;
mod svcparams;
#[cfg(test)]
mod tests;
mod time;

pub use bitmap::{push_types as push_type_bitmap, types as bitmap_types};
pub use defect::RdataDefect;
pub use print::{to_generic_text, to_text};

pub(super) use bitmap::set_bits;
pub(crate) use canonical::{canonicalise, holds_names, is_signed_as_written};
pub(super) use parse::{from_tokens, parse_time};
