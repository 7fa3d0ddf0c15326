//! TSIG (RFC 8945) on the server's side: checks the signatures of queries, and signs responses.

use std::fmt;

use super::query::Query;
use super::response::ResponseBuilder;
use crate::dns::message::{NOTAUTH, REFUSED};
use crate::dns::tsig::{
    BADKEY, BADSIG, BADTIME, FUDGE, HmacContext, Mac, Signer, Tsig, TsigKey, TsigVariables, find,
};
use crate::dns::wire::Scratch;

/// The messages of a response that are signed; the first always is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignedMessages {
    /// Every one, as RFC 8945 section 5.3.1 recommends.
    #[default]
    Every,
    /// Every n-th and the last, as older servers do.
    EveryNth(usize),
    /// The first and the last.
    FirstAndLast,
}

/// The keys of a server, and how it signs its responses.
#[derive(Clone, Debug, Default)]
pub struct TsigPolicy {
    /// Its keys.
    pub keys: Vec<TsigKey>,
    /// Whether it refuses queries without a signature.
    pub required: bool,
    /// The messages that it signs.
    pub signed_messages: SignedMessages,
    /// Whether it leaves the last message unsigned, which RFC 8945 does not allow.
    pub last_unsigned: bool,
    /// The index of the message that gets a wrong signature.
    pub wrong_mac_at: Option<usize>,
    /// Seconds by which its clock is ahead.
    pub clock_offset: i64,
}

/// The result of checking the signature of a query.
#[derive(Debug)]
pub enum TsigCheck {
    /// The query is not signed, and need not be.
    Unsigned,
    /// The signature verifies; the response is signed by this.
    Signed(Box<ResponseSigner>),
    /// The query is refused with this message.
    Refused(Vec<u8>),
}

/// Signs the response to one signed query.
pub struct ResponseSigner {
    policy: TsigPolicy,
    signer: Signer,
    time: u64,
}

impl TsigPolicy {
    /// Checks the signature of a query; `now` is in seconds since 1970.
    pub fn check(&self, query: &Query, message: &[u8], now: u64) -> TsigCheck {
        let time = now.saturating_add_signed(self.clock_offset);
        let mut scratch = Scratch::default();
        match find(message, &mut scratch) {
            Ok(Some((start, tsig))) => self.check_signature(query, message, (start, &tsig), time),
            Ok(None) if !self.required => TsigCheck::Unsigned,
            Ok(None) | Err(_) => {
                TsigCheck::Refused(ResponseBuilder::new(query).rcode(REFUSED).into_message())
            }
        }
    }

    fn check_signature(
        &self,
        query: &Query,
        message: &[u8],
        (start, tsig): (usize, &Tsig<'_>),
        time: u64,
    ) -> TsigCheck {
        let refused = || ResponseBuilder::new(query).rcode(NOTAUTH).into_message();
        // RFC 8945 section 5.2.1 and 5.2.2: the responses with these two errors are not signed.
        let unsigned = |error| {
            let mut response = refused();
            let variables = TsigVariables { error, ..tsig.variables };
            let appended = Tsig { variables, mac: &[], ..*tsig }.append(&mut response);
            TsigCheck::Refused(if appended.is_ok() { response } else { Vec::new() })
        };
        let Some(key) = self.keys.iter().find(|key| tsig.is_of(key) && tsig.is_by(key.algorithm())) else {
            return unsigned(BADKEY);
        };
        let mut hmac = HmacContext::new(key);
        tsig.digest_message_into(message, start, &mut hmac);
        tsig.variables.digest_into(key, &mut hmac);
        if !hmac.verifies(tsig.mac) {
            return unsigned(BADSIG);
        }
        let mut signer = Signer::for_response(key, &Mac::new(tsig.mac));
        if !tsig.variables.is_near(time) {
            // RFC 8945 section 5.2.3: signed, with the time of the query, and that of the server as other data.
            let mut response = refused();
            let [_, _, other @ ..] = time.to_be_bytes();
            let signed = signer
                .sign(&mut response, &TsigVariables { error: BADTIME, other: &other, ..tsig.variables });
            return TsigCheck::Refused(if signed.is_ok() { response } else { Vec::new() });
        }
        TsigCheck::Signed(Box::new(ResponseSigner { policy: self.clone(), signer, time }))
    }

    fn is_signed(&self, index: usize, last: usize) -> bool {
        match self.signed_messages {
            _ if index == last && self.last_unsigned => false,
            _ if index == 0 || index == last => true,
            SignedMessages::Every => true,
            SignedMessages::EveryNth(count) => index.is_multiple_of(count.max(1)),
            SignedMessages::FirstAndLast => false,
        }
    }
}

impl ResponseSigner {
    /// Signs the messages of a response; one that has no room for a signature stays unsigned.
    pub fn sign(&mut self, messages: &mut [Vec<u8>]) {
        let last = messages.len().saturating_sub(1);
        for (index, message) in messages.iter_mut().enumerate() {
            if !self.policy.is_signed(index, last) {
                self.signer.add_unsigned(message);
                continue;
            }
            let variables = TsigVariables { time: self.time, fudge: FUDGE, error: 0, other: &[] };
            let signed = self.signer.sign(message, &variables).is_ok();
            if signed && self.policy.wrong_mac_at == Some(index) {
                corrupt_mac(message);
            }
        }
    }
}

impl fmt::Debug for ResponseSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseSigner")
            .field("policy", &self.policy)
            .field("time", &self.time)
            .finish_non_exhaustive()
    }
}

/// Changes the last octet of the MAC, which the original id, the error and an empty other length follow.
fn corrupt_mac(message: &mut [u8]) {
    if let Some(octet) = message.len().checked_sub(7).and_then(|index| message.get_mut(index)) {
        *octet ^= 1;
    }
}

#[cfg(test)]
mod tests;
