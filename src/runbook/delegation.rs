//! The pages of the findings about the delegation of a zone.

use super::entry::RunbookEntry;
use crate::advice::task::{SIGN, STATUS};

/// The parent has the zone otherwise than it is.
pub(super) const DIFFERS: RunbookEntry = RunbookEntry {
    title: "The parent zone has other data than the zone",
    meaning: "Resolvers find the zone by what its parent has of it: the names of its name servers (NS), the addresses \
              of those in the zone itself (glue), and the digests of its keys (DS). With `--delegation`, that is held \
              against the zone, and each name server that the parent names is asked for the zone. The message says \
              what is wrong. It is critical where no name server of the parent answers with authority, where glue is \
              another address than the zone has, where no DS record matches a key, and where the parent does not \
              delegate the zone at all. Each fault was seen twice, the second time over TCP. TTLs may differ, and name \
              servers outside the zone need no glue: of these, nothing is said.",
    causes: &[
        "Name servers were changed in the zone, and not at the registrar, or the other way round.",
        "A name server got a new address, and its glue (a host object of the registry) has the old one.",
        "A name server that is not used any more is still named by the parent, and answers REFUSED or not at all.",
        "The keys of the zone were changed before the DS records were, or the DS records were left when signing was \
         turned off.",
        "A change at the parent has not reached all of its servers yet: the message names those that differ.",
    ],
    remedy: &[
        "See both sides: `dig @PARENT ZONE NS +norecurse` and `dig @ADDRESS ZONE NS +norecurse`. The parent has its \
         part in the authority and additional sections.",
        "Put the NS set and the glue right at the registrar, or in the zone above if that is yours. First see that the \
         name servers which are to be named serve the zone.",
        "If no DS record matches: make them of the keys that sign the DNSKEY RRset, and give them to the registrar: \
         `dig @ADDRESS ZONE DNSKEY +norecurse | dnssec-dsfromkey -f - ZONE`. Until then, validating resolvers answer \
         SERVFAIL.",
        "If the zone is no longer signed: have the DS records removed. Sign the zone by its old keys until their TTL \
         has passed.",
        "A name server that does not answer for the zone: add the zone there, or have the server taken out at the \
         parent.",
    ],
    tasks: &[STATUS, SIGN],
};

/// What the parent has of the zone cannot be seen.
pub(super) const UNSEEN: RunbookEntry = RunbookEntry {
    title: "What the parent has of the zone is not seen",
    meaning: "With `--delegation`, servers of the zone above are asked what they have of this zone, and none of them \
              shows it. A server that has both zones answers from the lower one, so that the NS set and the glue of \
              the parent cannot be seen by queries; its DS records still can. Nothing is known to be wrong. It is \
              `unknown` where servers of the parent were named (`--parent`), and none of them answers as one.",
    causes: &[
        "The servers of the parent have the zone too, as in a company that serves both.",
        "The resolver does not answer for the NS set of the zone above.",
        "The servers of the parent cannot be reached from here, or refuse this host.",
        "A server was named that does not have the zone above.",
    ],
    remedy: &[
        "Name a server that has the zone above and not this one: `--parent SERVER`, or `parent: [SERVER]` in the \
         configuration. A hidden primary of the parent may be one.",
        "If there is none, compare by hand: `dig @PRIMARY PARENT AXFR +onesoa` shows the NS records and glue of ZONE.",
        "See what answers: `dig @PARENT ZONE NS +norecurse`. It must be a referral, without the flag `aa`.",
    ],
    tasks: &[],
};

/// The parent has not done yet what the zone asks of it.
pub(super) const UPDATE_PENDING: RunbookEntry = RunbookEntry {
    title: "The parent has not taken the CDS records yet",
    meaning: "The zone has CDS or CDNSKEY records (RFC 7344, RFC 8078), by which it asks its parent for other DS records \
              than the parent has, or for their removal. Where the parent does not look for such records, somebody has \
              to give it the DS records. It is a note: while some DS record matches a key, resolvers validate the zone.",
    causes: &[
        "A key rollover is under way, and the parent has not looked yet: many do once a day.",
        "The parent, or the registrar, does not know CDS and CDNSKEY.",
        "The parent does not accept them: the records differ between the name servers of the zone, or are not signed \
         by a key that a DS record matches.",
    ],
    remedy: &[
        "See both: `dig @ADDRESS ZONE CDS +norecurse` and `dig @PARENT ZONE DS +norecurse`.",
        "See that all servers of the zone have the same CDS records, with valid signatures: check with `--validate`.",
        "If the parent does not look for them, give the DS records to the registrar. Remove the old key only when the \
         parent has the new DS records, and the TTL of the old ones has passed.",
    ],
    tasks: &[SIGN],
};
