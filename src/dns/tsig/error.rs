//! What can be wrong with the signature of a response, and what to do about it.

use std::time::Duration;

use super::algorithm::Algorithm;
use crate::dns::duration::duration_text;
use crate::dns::malformed::Malformed;
use crate::dns::message::rcode_name;
use crate::dns::name::Name;

/// Why a TSIG record cannot be parsed, or cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TsigRecordError {
    /// The message cannot be parsed.
    #[error(transparent)]
    Message(#[from] Malformed),
    /// The record is not the only TSIG record, or not the last record of the message.
    #[error("a TSIG record is not the last record of the message")]
    Misplaced,
    /// Octets follow the record, which the signature does not cover.
    #[error("bytes follow the TSIG record")]
    Trailing,
    /// The class is not ANY, or the TTL is not 0.
    #[error("a TSIG record is not of class ANY and TTL 0")]
    ClassOrTtl,
    /// The fields do not fit the length of the RDATA.
    #[error("the fields of a TSIG record do not fit its length")]
    Rdata,
    /// The MAC is longer or shorter than its algorithm allows (RFC 8945 section 5.2.2.1).
    #[error("no signature of this algorithm has {0} octets")]
    MacLength(usize),
    /// The message has no space for another record.
    #[error("the message has no room for a TSIG record")]
    NoRoom,
}

/// Why the response to a signed query is not accepted.
///
/// The first five are errors that the server reports about the query. It does not sign BADKEY and BADSIG
/// (RFC 8945 section 5.3.2), so that those may be forged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TsigError {
    /// BADKEY: the server does not know the key.
    #[error(
        "the server does not know the key `{0}` (BADKEY): define it there, with this name and with \
         algorithm {algorithm}", .key.without_final_dot()
    )]
    BadKey {
        /// The key of the query.
        key: Name,
        /// The algorithm of the key, which the server has to know too.
        algorithm: Algorithm,
    },
    /// BADSIG: the signature does not verify with the secret of the server.
    #[error(
        "the server has another secret for the key `{0}` (BADSIG): copy the secret of one side to the \
         other", .key.without_final_dot()
    )]
    BadSig {
        /// The key of the query.
        key: Name,
    },
    /// BADTIME: the clocks of server and client are too far apart.
    #[error(
        "{0}, too far for the key `{1}` (BADTIME): set both clocks by NTP",
        clocks(*.server, *.now), .key.without_final_dot()
    )]
    BadTime {
        /// The key of the query.
        key: Name,
        /// The time at the server, in seconds since 1970, if it reports it.
        server: Option<u64>,
        /// The time at the client.
        now: u64,
    },
    /// BADTRUNC: the server requires a longer signature.
    #[error(
        "the server accepts no signature of this length for the key `{0}` (BADTRUNC): have it accept \
         signatures of full length", .key.without_final_dot()
    )]
    BadTrunc {
        /// The key of the query.
        key: Name,
    },
    /// The server reports another error.
    #[error("the server refuses the signature made with the key `{0}` (TSIG error {error})", .key.without_final_dot())]
    Refused {
        /// The key of the query.
        key: Name,
        /// The number of the error in IANA's registry.
        error: u16,
    },
    /// The response, or the first message of a transfer, has no signature.
    #[error(
        "the answer ({0}) is not signed, though the question was, with the key `{1}`: the server \
         does not do TSIG, or something on the way drops signatures",
        rcode_name(*.rcode), .key.without_final_dot()
    )]
    Unsigned {
        /// The key of the query.
        key: Name,
        /// The RCODE of the response.
        rcode: u16,
    },
    /// The last message of a transfer has no signature.
    #[error("the last message is not signed with the key `{0}`: the answer may be cut short", .key.without_final_dot())]
    LastUnsigned {
        /// The key of the query.
        key: Name,
    },
    /// Too many messages in a row have no signature.
    #[error("more than 99 messages in a row are not signed with the key `{0}`", .key.without_final_dot())]
    TooManyUnsigned {
        /// The key of the query.
        key: Name,
    },
    /// The signature does not verify.
    #[error(
        "the signature of message {message} does not verify with the key `{0}`: it was changed on the \
         way, or the server signs with another secret", .key.without_final_dot()
    )]
    WrongMac {
        /// The key of the query.
        key: Name,
        /// The number of the message in the response, counted from 1.
        message: u64,
    },
    /// The response was signed at a time too far from the time at the client.
    #[error(
        "{0}, more than the {fudge} s that a signature with the key `{1}` allows: set both clocks by NTP",
        clocks(Some(*.signed), *.now), .key.without_final_dot()
    )]
    Skew {
        /// The key of the query.
        key: Name,
        /// The time at which the server signed the response, in seconds since 1970.
        signed: u64,
        /// The time at the client.
        now: u64,
        /// The seconds by which the times may differ.
        fudge: u16,
    },
    /// The response is signed with another key.
    #[error("the answer is signed with the key `{found}`, not with `{0}`", .key.without_final_dot())]
    OtherKey {
        /// The key of the query.
        key: Name,
        /// The name of that key, as zone-file text.
        found: String,
    },
    /// The response is signed with another algorithm.
    #[error("the answer is signed by algorithm `{found}`, the key `{0}` is for {algorithm}", .key.without_final_dot())]
    OtherAlgorithm {
        /// The key of the query.
        key: Name,
        /// The algorithm of the key.
        algorithm: Algorithm,
        /// The algorithm of the response, as zone-file text.
        found: String,
    },
    /// The TSIG record is malformed.
    #[error("the signature of the answer cannot be read: {0}")]
    Malformed(#[from] TsigRecordError),
}

/// Describes which clock is ahead, and by how much.
fn clocks(server: Option<u64>, now: u64) -> String {
    let Some(server) = server else { return "the clocks of the server and of this host differ".to_owned() };
    let difference = duration_text(Duration::from_secs(server.abs_diff(now)));
    let relation = if server < now { "behind" } else { "ahead of" };
    format!("the clock of the server is {difference} {relation} that of this host")
}
