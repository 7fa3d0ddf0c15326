//! The runbook entry of keys that servers should publish alike.

use super::entry::RunbookEntry;
use crate::advice::task::{FULL_TRANSFER, SIGN, STATUS};

pub(super) const DIFFER: RunbookEntry = RunbookEntry {
    title: "The server publishes other keys",
    meaning: "The server publishes other keys (DNSKEY) than the reference at the same version of the zone. A \
              validating resolver gets the keys from one server and answers from another: it rejects answers that \
              are signed by a key it has not seen, and users get SERVFAIL. The message has the key tags of both. \
              With `multi_signer`, where each server signs by keys of its own, the finding is that a server lacks a \
              key by which another one signs data; the message names the key and who signs with it.",
    causes: &[
        "Two servers sign the zone on their own, each with keys that it made itself.",
        "A key rollover has reached one server and not the other: the zone was changed without a new serial, or \
         the signed files were copied by hand.",
        "The server still serves a copy from before the zone was signed, or from before it was signed anew.",
        "With several signers, a new key was used before every other signer had published it (RFC 8901 section \
         6), or was imported at some of them only.",
    ],
    remedy: &[
        "See both sets of keys: `dig @ADDRESS ZONE DNSKEY +norecurse +multiline`. The comment of each has its key \
         tag.",
        "See which keys the parent points at: `dig ZONE DS`. The server whose keys match has the right ones.",
        "A secondary with old keys: force a full transfer there. If the serial was not raised, raise it where the \
         zone is signed.",
        "Two signers with separate keys: import the public keys of each into the other, so that both publish all \
         of them. PowerDNS: `pdnsutil add-zone-key` or `pdnsutil import-zone-key`. Knot: `keymgr ZONE import-pub`. \
         BIND: `dnssec-importkey`. Then compare with `--multi-signer`.",
        "Before you use a new key: publish it everywhere, and wait for the TTL of the DNSKEY RRset.",
        "If the repair takes long, take the server with the wrong keys out of the NS set.",
    ],
    tasks: &[FULL_TRANSFER, SIGN, STATUS],
};
