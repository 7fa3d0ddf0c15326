//! The runbook of signatures that run out.

use super::RunbookEntry;
use crate::advice::task::{FULL_TRANSFER, REFRESH, SIGN, STATUS};

pub(super) const EXPIRED: RunbookEntry = RunbookEntry {
    title: "A signature of its copy has expired",
    meaning: "The copy that this server serves holds a signature (RRSIG) whose time is over. The message tells \
              the one that ran out first: its owner, the type it covers, and when. Resolvers that validate \
              reject what it signs, and answer SERVFAIL, unless the same RRset has another signature that \
              holds. Every server of the zone that has this copy is alike.",
    causes: &[
        "The signer has stopped: a job that does not run, a key that it cannot read, a full disk.",
        "The zone is signed by hand, and nobody did.",
        "The signatures were renewed without a new serial, so that the secondaries keep the old ones. PowerDNS \
         does so where it signs while it answers.",
        "This server's transfers have stopped, and it still serves what it had.",
        "The clock of the signer, or of this host, is wrong.",
    ],
    remedy: &[
        "See the times: `dig @ADDRESS OWNER TYPE +norecurse +dnssec`. The first of the two in an RRSIG is its \
         end. Ask the primary the same.",
        "If the primary's signatures hold, let this server take them: raise the serial on the primary, or force \
         a full transfer here.",
        "If they have expired there too, sign the zone anew. See that its serial rises.",
        "Read the signer's log, and see the clocks: `chronyc tracking` or `timedatectl`.",
        "PowerDNS can raise the served serial as it renews: `pdnsutil set-meta ZONE SOA-EDIT \
         INCEPTION-INCREMENT`.",
        "If it takes long, have the DS taken out at the parent. Once its TTL has passed, resolvers take the zone \
         as unsigned.",
        "`--ignore-type RRSIG` leaves signatures out, and this with them; `--dnssec ignore` does not.",
    ],
    tasks: &[SIGN, FULL_TRANSFER, STATUS],
};

pub(super) const EXPIRE_SOON: RunbookEntry = RunbookEntry {
    title: "A signature of its copy expires soon",
    meaning: "The copy that this server serves holds a signature (RRSIG) of whose time little is left: less than \
              three days, and less than a quarter of its whole validity. The message tells the one that runs \
              out first. It should have been renewed by now, and have reached this server. After its end, \
              resolvers that validate reject what it signs.",
    causes: &[
        "The signer has stopped, or is late.",
        "The signatures were renewed without a new serial, so that the secondaries keep the old ones. PowerDNS \
         does so where it signs while it answers.",
        "This server's transfers have stopped, and it still serves what it had.",
        "The signer renews as late as that. Knot does, a few hours before the end, unless `rrsig-refresh` is set; \
         BIND where `signatures-refresh` is short. Then little time is left to notice that it has stopped.",
    ],
    remedy: &[
        "See the times: `dig @ADDRESS OWNER TYPE +norecurse +dnssec`. The first of the two in an RRSIG is its \
         end. Ask the primary the same.",
        "If the primary has newer signatures, let this server take them: raise the serial on the primary, or \
         force a full transfer here.",
        "If it has not, see why the signer does not renew them: its log, its keys. Sign the zone anew.",
        "Renew sooner, by raising `signatures-refresh` or `rrsig-refresh`.",
        "`--ignore-type RRSIG` leaves signatures out, and this with them; `--dnssec ignore` does not.",
    ],
    tasks: &[SIGN, REFRESH, FULL_TRANSFER],
};
