//! The runbook entries of signatures that expire.

use super::entry::RunbookEntry;
use crate::advice::task::{FULL_TRANSFER, REFRESH, SIGN, STATUS};

pub(super) const EXPIRED: RunbookEntry = RunbookEntry {
    title: "A signature in the copy has expired",
    meaning: "The copy that this server serves contains an expired signature (RRSIG). The message names the one \
              that expired first: its owner, the type it covers, and when. Validating resolvers reject the \
              RRset that it signs, and answer SERVFAIL, unless the RRset has another valid signature. The same \
              is true for every server with this copy.",
    causes: &[
        "The signer has stopped: a job that does not run, a key that it cannot read, a full disk.",
        "The zone is signed by hand, and was not signed in time.",
        "The signatures were renewed without a new serial, so the secondaries keep the old ones. PowerDNS does \
         so when it signs while it answers.",
        "This server's transfers have stopped, and it still serves its last copy.",
        "The clock of the signer, or of this host, is wrong.",
    ],
    remedy: &[
        "See the times: `dig @ADDRESS OWNER TYPE +norecurse +dnssec`. The first of the two in an RRSIG is its \
         expiration. Ask the primary the same.",
        "If the primary's signatures are valid, let this server transfer them: raise the serial on the primary, \
         or force a full transfer here.",
        "If they have expired there too, sign the zone again. See that its serial rises.",
        "Read the signer's log, and check the clocks: `chronyc tracking` or `timedatectl`.",
        "PowerDNS can raise the served serial when it renews signatures: `pdnsutil set-meta ZONE SOA-EDIT \
         INCEPTION-INCREMENT`.",
        "If the repair takes long, remove the DS from the parent zone. Once its TTL has passed, resolvers treat \
         the zone as unsigned.",
        "`--ignore-type RRSIG` leaves signatures out, and this finding with them; `--dnssec ignore` does not.",
    ],
    tasks: &[SIGN, FULL_TRANSFER, STATUS],
};

pub(super) const EXPIRE_SOON: RunbookEntry = RunbookEntry {
    title: "A signature in the copy expires soon",
    meaning: "The copy that this server serves contains a signature (RRSIG) with less than three days, and less \
              than a quarter of its validity, left. The message names the one that expires first. It should \
              have been renewed by now, and the new one should have reached this server. Once it has expired, \
              validating resolvers reject the RRset that it signs.",
    causes: &[
        "The signer has stopped, or is late.",
        "The signatures were renewed without a new serial, so the secondaries keep the old ones. PowerDNS does \
         so when it signs while it answers.",
        "This server's transfers have stopped, and it still serves its last copy.",
        "The signer renews as late as that. Knot does, a few hours before the expiration, unless `rrsig-refresh` \
         is set; BIND does if `signatures-refresh` is short. Then little time is left to notice that it has \
         stopped.",
    ],
    remedy: &[
        "See the times: `dig @ADDRESS OWNER TYPE +norecurse +dnssec`. The first of the two in an RRSIG is its \
         expiration. Ask the primary the same.",
        "If the primary has newer signatures, let this server transfer them: raise the serial on the primary, or \
         force a full transfer here.",
        "If it has not, find out why the signer does not renew them: its log, its keys. Sign the zone again.",
        "Renew sooner, by raising `signatures-refresh` or `rrsig-refresh`.",
        "`--ignore-type RRSIG` leaves signatures out, and this finding with them; `--dnssec ignore` does not.",
    ],
    tasks: &[SIGN, REFRESH, FULL_TRANSFER],
};
