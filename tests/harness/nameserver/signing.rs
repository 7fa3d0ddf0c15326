//! Words about keys and signatures.

use zoneprobe::dns::keyfile;
use zoneprobe::testserver::SignedMessages;

use super::Nameserver;
use crate::harness::behaviour::Quirk;

impl Nameserver {
    /// Knows the keys of a key file, and signs the answers to questions that are signed.
    #[track_caller]
    pub fn key(mut self, file: &str) -> Self {
        self.signing.keys.extend(keyfile::parse(file).unwrap());
        self
    }

    /// Answers REFUSED to questions that are not signed.
    pub fn requiring_key(mut self) -> Self {
        self.signing.required = true;
        self
    }

    /// Signs every so many messages of a transfer, the first and the last.
    pub fn signing_every(mut self, messages: usize) -> Self {
        self.signing.signed_messages = SignedMessages::EveryNth(messages);
        self
    }

    /// Signs the first and the last message of a transfer alone.
    pub fn signing_first_and_last(mut self) -> Self {
        self.signing.signed_messages = SignedMessages::FirstAndLast;
        self
    }

    /// Signs one message of an answer wrongly, the first being 0.
    pub fn wrong_mac_at(mut self, message: usize) -> Self {
        self.signing.wrong_mac_at = Some(message);
        self
    }

    /// Leaves the last message of an answer unsigned.
    pub fn last_unsigned(mut self) -> Self {
        self.signing.last_unsigned = true;
        self
    }

    /// Has a clock that is so many seconds ahead, or behind: it says BADTIME where that is too much.
    pub fn clock_skewed(mut self, seconds: i64) -> Self {
        self.signing.clock_offset = seconds;
        self
    }

    /// Serves another serial to those who sign: another view of its zones.
    pub fn signed_serial(self, serial: u32) -> Self {
        self.quirk(Quirk::SignedSerial(serial))
    }
}
