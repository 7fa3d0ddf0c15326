//! The messages of errors.

use super::*;

/// Each error with its message.
#[expect(clippy::too_many_lines, reason = "one flat table")]
fn table() -> Vec<(TsigError, &'static str)> {
    let key = || "xfr.example".parse().unwrap();
    let algorithm = Algorithm::Sha256;
    vec![
        (
            TsigError::BadKey { key: key(), algorithm },
            "the server does not know the key `xfr.example` (BADKEY): define it there, with this name and \
             with algorithm hmac-sha256",
        ),
        (
            TsigError::BadSig { key: key() },
            "the server has another secret for the key `xfr.example` (BADSIG): copy the secret of one side \
             to the other",
        ),
        (
            TsigError::BadTime { key: key(), server: Some(NOW - 1000), now: NOW },
            "the clock of the server is 16 min 40 s behind that of this host, too far for the key `xfr.example` \
             (BADTIME): set both clocks by NTP",
        ),
        (
            TsigError::BadTime { key: key(), server: None, now: NOW },
            "the clocks of the server and of this host differ, too far for the key `xfr.example` (BADTIME): \
             set both clocks by NTP",
        ),
        (
            TsigError::Skew { key: key(), signed: NOW + 3600, now: NOW, fudge: 300 },
            "the clock of the server is 1 h ahead of that of this host, more than the 300 s that a signature \
             with the key `xfr.example` allows: set both clocks by NTP",
        ),
        (
            TsigError::BadTrunc { key: key() },
            "the server accepts no signature of this length for the key `xfr.example` (BADTRUNC): have it \
             accept signatures of full length",
        ),
        (
            TsigError::Refused { key: key(), error: 21 },
            "the server refuses the signature made with the key `xfr.example` (TSIG error 21)",
        ),
        (
            TsigError::Unsigned { key: key(), rcode: 5 },
            "the answer (REFUSED) is not signed, though the question was, with the key `xfr.example`: the \
             server does not do TSIG, or something on the way drops signatures",
        ),
        (
            TsigError::LastUnsigned { key: key() },
            "the last message is not signed with the key `xfr.example`: the answer may be cut short",
        ),
        (
            TsigError::TooManyUnsigned { key: key() },
            "more than 99 messages in a row are not signed with the key `xfr.example`",
        ),
        (
            TsigError::WrongMac { key: key(), message: 3 },
            "the signature of message 3 does not verify with the key `xfr.example`: it was changed on the \
             way, or the server signs with another secret",
        ),
        (
            TsigError::OtherKey { key: key(), found: "b.".to_owned() },
            "the answer is signed with the key `b.`, not with `xfr.example`",
        ),
        (
            TsigError::OtherAlgorithm { key: key(), algorithm, found: "hmac-sha1.".to_owned() },
            "the answer is signed by algorithm `hmac-sha1.`, the key `xfr.example` is for hmac-sha256",
        ),
        (
            TsigError::Malformed(TsigRecordError::MacLength(9)),
            "the signature of the answer cannot be read: no signature of this algorithm has 9 octets",
        ),
    ]
}

#[test]
fn error_messages_name_the_key_and_the_remedy() {
    for (error, text) in table() {
        assert_eq!(error.to_string(), text);
    }
}
