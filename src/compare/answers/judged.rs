//! How answers are judged, and the results.

use crate::digest::Profile;
use crate::dns::Name;
use crate::observe::{Failure, Transport, WrongRrset};

/// How answers are judged.
#[derive(Clone, Copy, Debug)]
pub struct AnswerScope<'a> {
    /// The zone.
    pub zone: &'a Name,
    /// What makes records the same.
    pub profile: &'a Profile,
    /// Whether the reference is a zone file.
    pub is_file: bool,
    /// How the answer came. Over UDP, a referral may lack glue that has no room (RFC 9471 section 3).
    pub transport: Transport,
}

/// What an answer shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JudgedAnswer {
    /// It is right.
    Same,
    /// It is right; signatures that mean the same have other bytes.
    OtherSignatures,
    /// It is wrong in these RRsets.
    Differs(Vec<WrongRrset>),
    /// The server cannot be asked so. It serves the child zone itself, or makes the answers of the type.
    NotAskable,
    /// The answer shows nothing of the zone's records.
    Unusable(Failure),
}
