//! The pages of the findings about TLS.

use super::entry::RunbookEntry;

/// The server could not be asked over TLS.
pub(super) const FAILED: RunbookEntry = RunbookEntry {
    title: "The server could not be asked over TLS",
    meaning: "The server is to be asked over TLS (RFC 7858, RFC 9103), and the handshake did not succeed, or the \
              server closed the connection after it. Nothing was asked in clear text instead, so nothing is known of \
              its zone. The message says which of these it is.",
    causes: &[
        "The certificate is for another name, is from an issuer that is not trusted, or has expired.",
        "The certificate has no subject alternative name, is of version 1, or is that of an authority: openssl makes \
         such certificates unless it is told otherwise, and accepts them.",
        "The key of the certificate is a new one, and `tls-pin` is that of the old one.",
        "The server wants a certificate of the client (`ca-file` in the `tls` statement of BIND). With TLS 1.3 it \
         closes the connection after the handshake then.",
        "The port is not the one for TLS. Or it is, and the server was queried without: write `tls://` in front of its \
         address.",
    ],
    remedy: &[
        "See the certificate: `openssl s_client -connect ADDRESS:853 </dev/null`.",
        "Give the name that it has with `tls-name`, and the certificate of its authority with `tls-ca`.",
        "Or give the pin of its key with `tls-pin`: the message shows the one that was presented, and \
         docs/transports.md how to read it on the server.",
        "Ask the server yourself: `kdig @ADDRESS +tls ZONE SOA +norecurse`.",
    ],
    tasks: &[],
};

/// The certificate of the server expires soon.
pub(super) const CERTIFICATE_EXPIRES_SOON: RunbookEntry = RunbookEntry {
    title: "Its certificate expires soon",
    meaning: "Less than 14 days are left until the certificate that the server presents over TLS expires, or less \
              than a quarter of its validity if that is less. Secondaries that verify it transfer nothing from then \
              on.",
    causes: &[
        "It was not renewed: the job that renews it fails, or there is none.",
        "It was renewed, and the server has not loaded the new one.",
    ],
    remedy: &[
        "Compare the certificate in the file with the one that is presented: `openssl x509 -noout -dates -in FILE`.",
        "Renew it, and have the server load it: `rndc reconfig` (BIND), a restart (NSD).",
        "If it has a new key, change `tls-pin` wherever its pin is given.",
    ],
    tasks: &[],
};
