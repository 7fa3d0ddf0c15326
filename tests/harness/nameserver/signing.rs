//! Keys and signatures of a scripted server.

use zoneprobe::dns::keyfile;
use zoneprobe::testserver::SignedMessages;

use super::Nameserver;
use crate::harness::behaviour::Quirk;

impl Nameserver {
    /// Accepts the keys of a key file, and signs the responses to signed queries.
    #[track_caller]
    pub(crate) fn key(mut self, file: &str) -> Self {
        self.signing.keys.extend(keyfile::parse(file).unwrap());
        self
    }

    /// Responds with REFUSED to unsigned queries.
    pub(crate) fn requiring_key(mut self) -> Self {
        self.signing.required = true;
        self
    }

    /// Signs the first, the last, and one of so many messages of a transfer.
    pub(crate) fn signing_every(mut self, messages: usize) -> Self {
        self.signing.signed_messages = SignedMessages::EveryNth(messages);
        self
    }

    /// Signs only the first and the last message of a transfer.
    pub(crate) fn signing_first_and_last(mut self) -> Self {
        self.signing.signed_messages = SignedMessages::FirstAndLast;
        self
    }

    /// Signs one message of a response wrongly; the first is 0.
    pub(crate) fn wrong_mac_at(mut self, message: usize) -> Self {
        self.signing.wrong_mac_at = Some(message);
        self
    }

    /// Does not sign the last message of a response.
    pub(crate) fn last_unsigned(mut self) -> Self {
        self.signing.last_unsigned = true;
        self
    }

    /// Has a clock that is so many seconds ahead. It responds with BADTIME if that is too much.
    pub(crate) fn clock_skewed(mut self, seconds: i64) -> Self {
        self.signing.clock_offset = seconds;
        self
    }

    /// Serves another serial to signed queries, as another view would.
    pub(crate) fn signed_serial(self, serial: u32) -> Self {
        self.quirk(Quirk::SignedSerial(serial))
    }
}
