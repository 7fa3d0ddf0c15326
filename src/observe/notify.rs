//! What an address replied to NOTIFY (RFC 1996).

use super::Failure;
use crate::dns::message::NOERROR;
use crate::dns::tsig::TsigError;

/// What an address replied to NOTIFY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotifyReply {
    /// It took it, which is not to say that it transferred the zone.
    Taken,
    /// It refused it with this RCODE.
    Refused(u16),
    /// The NOTIFY was signed, and the reply is not signed as it must be, or says that the signature was rejected.
    Untrusted(Box<TsigError>),
    /// There was no usable reply.
    Unusable(Failure),
}

impl From<Result<u16, Failure>> for NotifyReply {
    fn from(rcode: Result<u16, Failure>) -> Self {
        match rcode {
            Ok(NOERROR) => Self::Taken,
            Ok(rcode) => Self::Refused(rcode),
            Err(Failure::Tsig(error)) => Self::Untrusted(error),
            Err(failure) => Self::Unusable(failure),
        }
    }
}
