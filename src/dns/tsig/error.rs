//! What can be wrong with the signature of an answer, in words that tell what to do.

use std::time::Duration;

use humantime::format_duration;

use super::algorithm::Algorithm;
use crate::dns::malformed::Malformed;
use crate::dns::message::rcode_name;
use crate::dns::name::Name;

/// Why a TSIG record cannot be read, or not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TsigRecordError {
    /// The message it should be in cannot be read.
    #[error(transparent)]
    Message(#[from] Malformed),
    /// It is not the only one, or not the last record of the message.
    #[error("a TSIG record is not the last record of the message")]
    Misplaced,
    /// Octets follow it that nothing vouches for.
    #[error("bytes follow the TSIG record")]
    Trailing,
    /// Its class is not ANY or its TTL is not 0.
    #[error("a TSIG record is not of class ANY and TTL 0")]
    ClassOrTtl,
    /// Its fields do not fit its length.
    #[error("the fields of a TSIG record do not fit its length")]
    Rdata,
    /// The signature is longer or shorter than its algorithm allows (RFC 8945 section 5.2.2.1).
    #[error("no signature of this algorithm has {0} octets")]
    MacLength(usize),
    /// The message is too long already, or too short for a header.
    #[error("the message has no room for a TSIG record")]
    NoRoom,
}

/// Why the answer to a signed question is not believed.
///
/// The first four are what the server says of our signature; without one of its own where it does not
/// know the key or the secret (RFC 8945 section 5.3.2), so that nobody vouches for those.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TsigError {
    /// The server says BADKEY: it knows no such key.
    #[error(
        "the server does not know the key `{0}` (BADKEY): define it there, with this name and with \
         algorithm {algorithm}", .key.without_final_dot()
    )]
    BadKey {
        /// The key of the question.
        key: Name,
        /// Its algorithm, which is part of what the server has to know.
        algorithm: Algorithm,
    },
    /// The server says BADSIG: its key of that name makes another signature.
    #[error(
        "the server has another secret for the key `{0}` (BADSIG): copy the secret of one side to the \
         other", .key.without_final_dot()
    )]
    BadSig {
        /// The key of the question.
        key: Name,
    },
    /// The server says BADTIME: its clock and ours are too far apart.
    #[error(
        "{0}, too far for the key `{1}` (BADTIME): set both clocks by NTP",
        clocks(*.server, *.now), .key.without_final_dot()
    )]
    BadTime {
        /// The key of the question.
        key: Name,
        /// What time it is there, in seconds since 1970, if it says so.
        server: Option<u64>,
        /// What time it is here.
        now: u64,
    },
    /// The server says BADTRUNC: it wants a longer signature.
    #[error(
        "the server takes no signature of this length for the key `{0}` (BADTRUNC): have it take whole \
         ones", .key.without_final_dot()
    )]
    BadTrunc {
        /// The key of the question.
        key: Name,
    },
    /// The server names another error.
    #[error("the server refuses the signature made with the key `{0}` (TSIG error {error})", .key.without_final_dot())]
    Refused {
        /// The key of the question.
        key: Name,
        /// The error by its number in IANA's registry.
        error: u16,
    },
    /// The answer, or the first message of a transfer, has no signature.
    #[error(
        "the answer ({0}) is not signed, though the question was, with the key `{1}`: the server \
         does not do TSIG, or something on the way drops signatures",
        rcode_name(*.rcode), .key.without_final_dot()
    )]
    Unsigned {
        /// The key of the question.
        key: Name,
        /// What the answer says.
        rcode: u16,
    },
    /// The last message of a transfer has no signature.
    #[error("the last message is not signed with the key `{0}`: the answer may be cut short", .key.without_final_dot())]
    LastUnsigned {
        /// The key of the question.
        key: Name,
    },
    /// A hundred messages follow one another without a signature.
    #[error("more than 99 messages in a row are not signed with the key `{0}`", .key.without_final_dot())]
    TooManyUnsigned {
        /// The key of the question.
        key: Name,
    },
    /// The signature is not that of the message.
    #[error(
        "the signature of message {message} does not verify with the key `{0}`: it was changed on the \
         way, or the server signs with another secret", .key.without_final_dot()
    )]
    WrongMac {
        /// The key of the question.
        key: Name,
        /// Which message of the answer, counted from 1.
        message: u64,
    },
    /// The answer was signed at a time too far from ours.
    #[error(
        "{0}, more than the {fudge}s that a signature with the key `{1}` allows: set both clocks by NTP",
        clocks(Some(*.signed), *.now), .key.without_final_dot()
    )]
    Skew {
        /// The key of the question.
        key: Name,
        /// When the answer was signed by the clock there, in seconds since 1970.
        signed: u64,
        /// What time it is here.
        now: u64,
        /// By how many seconds they may differ.
        fudge: u16,
    },
    /// The answer is signed with another key.
    #[error("the answer is signed with the key `{found}`, not with `{0}`", .key.without_final_dot())]
    OtherKey {
        /// The key of the question.
        key: Name,
        /// The key of the answer, as zone-file text.
        found: String,
    },
    /// The answer is signed by another algorithm.
    #[error("the answer is signed by algorithm `{found}`, the key `{0}` is for {algorithm}", .key.without_final_dot())]
    OtherAlgorithm {
        /// The key of the question.
        key: Name,
        /// Its algorithm.
        algorithm: Algorithm,
        /// The algorithm of the answer, as zone-file text.
        found: String,
    },
    /// The signature cannot be read.
    #[error("the signature of the answer cannot be read: {0}")]
    Malformed(#[from] TsigRecordError),
}

/// Says which clock is ahead, and by how much.
fn clocks(server: Option<u64>, now: u64) -> String {
    let Some(server) = server else { return "the clocks of the server and of this host differ".to_owned() };
    let apart = format_duration(Duration::from_secs(server.abs_diff(now)));
    let side = if server < now { "behind" } else { "ahead of" };
    format!("the clock of the server is {apart} {side} that of this host")
}
