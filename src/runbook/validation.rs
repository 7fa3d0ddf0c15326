//! The runbook entries of signatures that do not verify, and of ZONEMD.

use super::entry::RunbookEntry;
use crate::advice::task::{FULL_TRANSFER, MAKE_DIGEST, SIGN, STATUS};

pub(super) const SIGNATURES_INVALID: RunbookEntry = RunbookEntry {
    title: "Signatures in the copy do not verify",
    meaning: "With `--validate`, every signature (RRSIG) of every copy is verified by the DNSKEY records of the \
              copy, these are held against the DS records of the parent zone, and the chain of NSEC or NSEC3 \
              records is followed. Validating resolvers reject what the message names, and answer SERVFAIL. It \
              names up to three RRsets, each with the key tag and the reason. A fault that the reference's copy \
              has is reported there alone; other servers have the finding for faults that only their own copy has.",
    causes: &[
        "Wrong data: the records were changed after they were signed, by hand, by a damaged transfer or by a \
         software that rewrites them.",
        "No DNSKEY, or wrong key: a key was removed before the signatures that it made, or is revoked.",
        "Expired or not yet valid: the signer has stopped, or its clock is wrong.",
        "No matching DS: the keys were changed, and the DS records at the parent were not, or the other way round.",
        "Unsigned, or a name without NSEC or NSEC3: the zone was changed behind the signer.",
        "The copy is a mixture of two versions, as after an incremental transfer that went wrong.",
    ],
    remedy: &[
        "Ask the server for the RRset, with its signatures: `dig @ADDRESS OWNER TYPE +norecurse +dnssec`. Ask the \
         primary or the signer the same.",
        "If the copy of the primary or of the signer is right, force a full transfer here.",
        "If it is wrong there too, sign the zone again. See that its serial rises.",
        "If no DS matches, see what the parent has: `dig ZONE DS`. Publish the DS of the key that signs the \
         DNSKEY RRset, or bring that key back.",
        "See what resolvers make of it: `delv OWNER TYPE`, and `delv @ADDRESS OWNER TYPE` for this server.",
        "If the repair takes long, remove the DS from the parent zone. Once its TTL has passed, resolvers treat \
         the zone as unsigned.",
    ],
    tasks: &[FULL_TRANSFER, SIGN, STATUS],
};

pub(super) const ZONEMD_MISMATCH: RunbookEntry = RunbookEntry {
    title: "The copy is not what its ZONEMD says",
    meaning: "The zone carries a digest of itself (ZONEMD, RFC 8976). It was computed from the copy of this \
              server, and is another one, or the record is for another serial. Servers and resolvers that verify \
              ZONEMD refuse such a copy. Where the copy is the same as the reference's, the fault is the \
              reference's, and the finding here is ok.",
    causes: &[
        "The zone was changed after its digest was made: by hand, by a dynamic update, by a signer that does not \
         know ZONEMD.",
        "The transfer to this server was damaged, or left a mixture of two versions.",
        "The server adds, drops or rewrites records.",
    ],
    remedy: &[
        "If only this server has the finding as critical, force a full transfer here.",
        "If the reference has it, let the signer make the digest anew: `zonemd-generate: zonemd-sha384` in Knot, \
         `ldns-signzone -Z -z 1:1` for zone files. BIND 9.18 and PowerDNS 4.7 make none.",
        "See the record: `dig @ADDRESS ZONE ZONEMD +norecurse`. Its first number is the serial that it is for.",
        "`--ignore-type ZONEMD` leaves the record out, and this finding with it; `--dnssec ignore` does not.",
    ],
    tasks: &[FULL_TRANSFER, MAKE_DIGEST],
};

pub(super) const NOT_VALIDATED: RunbookEntry = RunbookEntry {
    title: "The signatures were not verified",
    meaning: "With `--validate`, the signatures of this copy were to be verified, and were not, or not all; the \
              message says why. Nothing is known to be wrong. For a server that gives no transfer, and whose \
              records were read by queries, it is ok, and so it is where the DS records of the parent are not \
              known: then the keys were not held against them.",
    causes: &[
        "The server refuses the transfer to this host.",
        "The zone changed each time it was read.",
        "There is no room for a temporary file.",
        "The resolver does not answer for the DS records of the zone.",
    ],
    remedy: &[
        "Allow the transfer to this host, so that the copy can be read.",
        "Give temporary files more room: set TMPDIR to another directory.",
        "Give the DS records in a file, with `--ds FILE`, or name another resolver with `--resolver`.",
    ],
    tasks: &[STATUS],
};

pub(super) const ZONEMD_ABSENT_HERE: RunbookEntry = RunbookEntry {
    title: "The copy has no ZONEMD, and others have one",
    meaning: "Other servers have a ZONEMD record (RFC 8976) at the same serial, and this one has none. The copies \
              are compared as always; this only says that nobody can verify the copy of this server as a whole.",
    causes: &[
        "The server drops the record, or does not know its type.",
        "The signer behind this server makes none.",
    ],
    remedy: &[
        "If the server is to have it, force a full transfer here, and see whether it keeps the record.",
        "If servers sign on their own, turn ZONEMD on at all of them, or at none.",
    ],
    tasks: &[FULL_TRANSFER],
};
