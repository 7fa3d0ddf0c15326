//! The pages of the findings about catalog zones and their members.

use super::entry::RunbookEntry;
use crate::advice::task::{FULL_TRANSFER, MEMBER_STATUS, RELOAD, STATUS};

/// The catalog zone cannot be used.
pub(super) const BROKEN: RunbookEntry = RunbookEntry {
    title: "The catalog zone cannot be used",
    meaning: "The zone should be a catalog (RFC 9432), and its last copy is none that a server may go by. The last good \
              list of members stays in force here: its zones are still checked. On the servers nothing of this \
              version is done, neither what it adds nor what it removes, and most do not show it: BIND and PowerDNS \
              serve the broken catalog with its new serial, so it looks in sync. Knot keeps the old serial, so it \
              looks like a secondary that lags.",
    causes: &[
        "It has no TXT record at `version`: the script that writes it has left it out, or stopped half way.",
        "Its version is neither \"2\" nor \"1\", or there are several values.",
        "A zone is listed by two labels. BIND and Knot do the rest of the changes, PowerDNS none at all.",
        "A label lists two zones.",
        "It lists more zones than `max_members` allows here.",
    ],
    remedy: &[
        "See what the message names, and look at the catalog: `dig @PRIMARY CATALOG AXFR +onesoa`, and \
         `dig @PRIMARY version.CATALOG TXT +tcp`.",
        "Correct it where it is written, and raise its serial. Then load it on its primary.",
        "Read the logs of the servers: `catz:` in BIND, `catalog` in Knot and PowerDNS.",
    ],
    tasks: &[RELOAD, STATUS],
};

/// The catalog zone lost many members at once.
pub(super) const SHRANK: RunbookEntry = RunbookEntry {
    title: "The catalog zone lost many members at once",
    meaning: "The catalog lists more than 50 members less than before, and more than 20 % less. Servers remove such \
              zones within seconds, and delete their copies. Here the list before stays in force for an hour, or for \
              `max_lag` where that is set, so that the zones are still checked: where servers have removed them \
              already, each has `member_not_served`. After that time the short list is taken.",
    causes: &[
        "The program that writes the catalog failed, and wrote what it had.",
        "The database behind it was empty, or restored from an old copy.",
        "Many zones were removed, or moved to another catalog, on purpose.",
    ],
    remedy: &[
        "See which zones are missing: compare `dig @PRIMARY CATALOG AXFR +onesoa` with the list that should be there.",
        "If it is a mistake, stop the transfers of the catalog, put the members back under a new serial, and load it. \
         Servers transfer the zones again.",
        "If it is meant, wait: this finding ends when the short list is taken. A shorter `max_lag` of the catalog \
         shortens the wait.",
    ],
    tasks: &[RELOAD],
};

/// The catalog zone has the version before RFC 9432.
pub(super) const VERSION_1: RunbookEntry = RunbookEntry {
    title: "The catalog zone has version 1",
    meaning: "The TXT record at `version` is \"1\", from the drafts before RFC 9432. BIND and PowerDNS read such a \
              catalog, and Knot refuses it. Its members are checked like those of version 2.",
    causes: &["The catalog was written for an old release of BIND."],
    remedy: &[
        "If all servers know version 2 (BIND since 9.18, Knot since 3.1, PowerDNS since 4.7), change the record to \
         \"2\", and write groups as `group` properties.",
    ],
    tasks: &[],
};

/// A server does not serve a zone that a catalog lists.
pub(super) const MEMBER_NOT_SERVED: RunbookEntry = RunbookEntry {
    title: "The server lacks a member of the catalog",
    meaning: "The catalog zone lists this zone, so every server of the catalog, or of the zone's group, should serve \
              it. This one answered, and not with the zone, each time it was asked. A new member has the time of one \
              refresh and retry of the catalog (`grace`, or `max_lag` where that is less): until then the verdict \
              is `propagating`. A server that does not answer at all is `unreachable`.",
    causes: &[
        "REFUSED with extended error 20: Knot has no such zone. It has not taken it from the catalog.",
        "REFUSED: BIND or NSD has no such zone. PowerDNS answers so too while it cannot transfer it.",
        "SERVFAIL, in Knot with extended error 24: the server has taken the zone from the catalog, and could not \
         transfer it yet, or its copy has expired.",
        "The primary does not serve the zone either: no server can transfer it.",
        "The server does not have this version of the catalog: see the catalog's own findings, and `catalog_broken`.",
        "The zone is in another catalog too, or in the configuration of the server: the first one has it.",
        "The server knows no catalogs (NSD, YADIFA): its zones are configured one by one.",
    ],
    remedy: &[
        "Ask the primary first: `dig @PRIMARY ZONE SOA +norecurse`. If it has no such zone, add it there, or take it \
         out of the catalog.",
        "If the server has no such zone: transfer the catalog to it again, and read its log of that moment.",
        "If it has the zone without data: try the transfer by hand, on the server: `dig @PRIMARY ZONE AXFR +onesoa`. \
         It must be allowed, with the TSIG key that the catalog's template names.",
    ],
    tasks: &[MEMBER_STATUS, FULL_TRANSFER],
};

/// A server serves a zone that has left its catalog.
pub(super) const NOT_IN_CATALOG: RunbookEntry = RunbookEntry {
    title: "The server has a zone that left the catalog",
    meaning: "The catalog listed this zone before and does not any more, and this server still answers for it with \
              authority. Servers that have removed it are right. Such a zone is checked until no server answers for \
              it, for a week at the most.",
    causes: &[
        "The server has not transferred the catalog since.",
        "The catalog is broken for this server: see `catalog_broken`.",
        "The zone is in the configuration of the server too, and not only in the catalog.",
        "The zone moved to another catalog that the server uses.",
        "On the primary, the zone was taken out of the catalog only.",
    ],
    remedy: &[
        "See whether the server has the last version of the catalog: its row in the report of the catalog.",
        "Transfer the catalog to it again. If the zone stays, remove it from the configuration of the server.",
        "If the zone should be served, put it back into the catalog.",
    ],
    tasks: &[MEMBER_STATUS],
};
