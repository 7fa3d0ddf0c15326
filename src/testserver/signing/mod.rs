//! Signatures (RFC 8945) from the server's side: those of questions checked, those of answers made.

use std::fmt;

use super::query::Query;
use super::response::Reply;
use crate::dns::message::{NOTAUTH, REFUSED};
use crate::dns::tsig::{
    BADKEY, BADSIG, BADTIME, FUDGE, HmacContext, Mac, Signer, Tsig, TsigKey, TsigVariables, find,
};
use crate::dns::wire::Scratch;

/// Which messages of an answer are signed; the first always is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signed {
    /// Every one, as RFC 8945 section 5.3.1 asks for.
    #[default]
    Every,
    /// Every so many, and the last, as older servers do.
    EveryNth(usize),
    /// The first and the last.
    FirstAndLast,
}

/// The keys of a server, and how it signs.
#[derive(Clone, Debug, Default)]
pub struct Signing {
    /// The keys it knows.
    pub keys: Vec<TsigKey>,
    /// Whether it refuses questions without a signature.
    pub required: bool,
    /// Which messages it signs.
    pub signed: Signed,
    /// Whether it leaves the last message unsigned, as it must not.
    pub last_unsigned: bool,
    /// The message with a false signature, counted from 0.
    pub wrong_mac_at: Option<usize>,
    /// Seconds by which its clock is ahead.
    pub clock_ahead: i64,
}

/// What comes of the signature of a question.
#[derive(Debug)]
pub enum Checked {
    /// There is none, and none is needed.
    Unsigned,
    /// It is good, and so signs the answer.
    Signed(Box<Session>),
    /// The question is refused with this message.
    Refused(Vec<u8>),
}

/// The answer to one signed question.
pub struct Session {
    signing: Signing,
    signer: Signer,
    time: u64,
}

impl Signing {
    /// Checks the signature of a question; `now` is in seconds since 1970.
    pub fn check(&self, query: &Query, octets: &[u8], now: u64) -> Checked {
        let time = now.saturating_add_signed(self.clock_ahead);
        let mut scratch = Scratch::default();
        match find(octets, &mut scratch) {
            Ok(Some((start, tsig))) => self.check_signature(query, octets, (start, &tsig), time),
            Ok(None) if !self.required => Checked::Unsigned,
            Ok(None) | Err(_) => Checked::Refused(Reply::to(query).rcode(REFUSED).into_octets()),
        }
    }

    fn check_signature(
        &self,
        query: &Query,
        octets: &[u8],
        (start, tsig): (usize, &Tsig<'_>),
        time: u64,
    ) -> Checked {
        let refused = || Reply::to(query).rcode(NOTAUTH).into_octets();
        // RFC 8945 section 5.2.1 and 5.2.2: these two errors are told without a signature.
        let unsigned = |error| {
            let mut reply = refused();
            let variables = TsigVariables { error, ..tsig.variables };
            let appended = Tsig { variables, mac: &[], ..*tsig }.append(&mut reply);
            Checked::Refused(if appended.is_ok() { reply } else { Vec::new() })
        };
        let Some(key) = self.keys.iter().find(|key| tsig.is_of(key) && tsig.is_by(key.algorithm())) else {
            return unsigned(BADKEY);
        };
        let mut hmac = HmacContext::new(key);
        tsig.digest_message_into(octets, start, &mut hmac);
        tsig.variables.digest_into(key, &mut hmac);
        if !hmac.verifies(tsig.mac) {
            return unsigned(BADSIG);
        }
        let mut signer = Signer::answers(key, &Mac::new(tsig.mac));
        if !tsig.variables.is_near(time) {
            // RFC 8945 section 5.2.3: signed, with the question's time, and the server's beside it.
            let mut reply = refused();
            let [_, _, other @ ..] = time.to_be_bytes();
            let signed =
                signer.sign(&mut reply, &TsigVariables { error: BADTIME, other: &other, ..tsig.variables });
            return Checked::Refused(if signed.is_ok() { reply } else { Vec::new() });
        }
        Checked::Signed(Box::new(Session { signing: self.clone(), signer, time }))
    }

    fn is_signed(&self, message: usize, last: usize) -> bool {
        match self.signed {
            _ if message == last && self.last_unsigned => false,
            _ if message == 0 || message == last => true,
            Signed::Every => true,
            Signed::EveryNth(count) => message.is_multiple_of(count.max(1)),
            Signed::FirstAndLast => false,
        }
    }
}

impl Session {
    /// Signs the messages of a whole answer; one without room for it is left as it is.
    pub fn sign(&mut self, messages: &mut [Vec<u8>]) {
        let last = messages.len().saturating_sub(1);
        for (index, message) in messages.iter_mut().enumerate() {
            if !self.signing.is_signed(index, last) {
                self.signer.pass(message);
                continue;
            }
            let variables = TsigVariables { time: self.time, fudge: FUDGE, error: 0, other: &[] };
            let signed = self.signer.sign(message, &variables).is_ok();
            if signed && self.signing.wrong_mac_at == Some(index) {
                spoil(message);
            }
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("signing", &self.signing)
            .field("time", &self.time)
            .finish_non_exhaustive()
    }
}

/// Changes the last octet of the signature, which the id, the error and an empty field follow.
fn spoil(message: &mut [u8]) {
    if let Some(octet) = message.len().checked_sub(7).and_then(|place| message.get_mut(place)) {
        *octet ^= 1;
    }
}

#[cfg(test)]
mod tests;
