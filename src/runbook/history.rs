//! The runbook entries of findings that depend on time or on what earlier checks have seen.

use super::entry::RunbookEntry;
use crate::advice::task::{ALLOW_TRANSFER, FULL_TRANSFER, NOTIFY, REFRESH, RELOAD, STATUS};

pub(super) const MAX_LAG_EXCEEDED: RunbookEntry = RunbookEntry {
    title: "The server lags for longer than you allow",
    meaning: "The server has lagged for longer than `--max-lag` allows. That limit is your own: the protocol may \
              still bring the new version, and the verdict says whether it does. The lag counts from the first \
              check in which the reference had a newer serial than the one that this server still serves.",
    causes: &[
        "NOTIFY does not reach the server, so it waits for the SOA's refresh time.",
        "A transfer failed, and the server tries again only after the SOA's retry time.",
        "The zone's refresh time is longer than your limit.",
        "The server's transfers have stopped for good.",
    ],
    remedy: &[
        "Refresh the zone on the server, or send NOTIFY again.",
        "If every change takes so long, see that NOTIFY gets through, or lower the SOA's refresh time.",
        "If the server does not follow even then, see `zoneprobe explain stuck`.",
    ],
    tasks: &[REFRESH, NOTIFY],
};

pub(super) const SLOWER_THAN_USUAL: RunbookEntry = RunbookEntry {
    title: "The server is slower than it usually is",
    meaning: "95 of 100 of the last publications reached this server within a certain time. This one takes more \
              than four times as long, and more than a minute. Nothing is wrong yet, but something has changed.",
    causes: &[
        "NOTIFY used to arrive and does not any more.",
        "A transfer failed, and the next attempt is due.",
        "The zone or the load has grown, and a transfer takes longer.",
    ],
    remedy: &[
        "Look at the deadline in the report: until then the server may catch up without help.",
        "Refresh the zone on the server, and read its log for this zone.",
        "See that the primary sends NOTIFY to this server, and that the server accepts it.",
    ],
    tasks: &[REFRESH, STATUS],
};

pub(super) const SERIAL_WENT_BACK: RunbookEntry = RunbookEntry {
    title: "A primary has an older serial than before",
    meaning: "In an earlier check this primary had a newer serial (RFC 1982). Secondaries that have the newer one \
              transfer nothing from it until it passes that serial. They keep their copies until these expire. \
              Repair the primary; the secondaries are not at fault.",
    causes: &[
        "A backup was restored, or the primary was rebuilt.",
        "A serial that was kept in memory was lost in a restart.",
        "The zone was deleted and created again with a lower serial.",
        "A lower serial was written by hand, or the format was changed from Unix time to dates.",
        "Two systems write the zone, and the one with the older data wrote last.",
    ],
    remedy: &[
        "Make sure that the primary's records are the ones you want: with the serial, changes may be lost.",
        "Raise its serial past the previous one, and load the zone. All secondaries follow without help.",
        "Do not force transfers before that: they would spread what was restored.",
    ],
    tasks: &[RELOAD],
};

pub(super) const SERIAL_REUSED: RunbookEntry = RunbookEntry {
    title: "A serial came back with other records",
    meaning: "In an earlier check this primary had other records at the very same serial. A secondary that \
              transferred the first ones has no reason to transfer the second ones. The secondaries are not at \
              fault.",
    causes: &[
        "A record was changed on the primary, and the serial was not raised.",
        "The serial went back, and counted up again to the same number.",
        "The zone was deleted and created again with the same serial.",
        "The primary generates records as it transfers the zone (ALIAS, Lua, views).",
    ],
    remedy: &[
        "Raise the serial on the primary, and load the zone. All secondaries follow without help.",
        "Let the program that writes the zone raise the serial, so that it does not happen again.",
    ],
    tasks: &[RELOAD],
};

pub(super) const REFERENCE_SHRANK: RunbookEntry = RunbookEntry {
    title: "The reference lost many of its RRsets",
    meaning: "Since its last version the reference has lost more than 20 of 100 of its RRsets, and more than \
              50. zoneprobe read it twice to be sure. If the loss is a mistake, every server that transfers the \
              zone spreads it. A server that lags behind such a version may be the one that is right.",
    causes: &[
        "The program that writes the zone ended early, or read an empty source.",
        "A part of the zone was not loaded: a missing `$INCLUDE`, a database that was not reachable.",
        "Many records were removed on purpose, or delegated to a zone of their own.",
    ],
    remedy: &[
        "Look at the differences of a server that still has the previous version.",
        "If it was a mistake, publish the records again with a newer serial. Force no transfers before that.",
        "If it was intended, do nothing: the finding disappears with the next version.",
    ],
    tasks: &[STATUS, RELOAD],
};

pub(super) const OLDER_VERSION_RETURNED: RunbookEntry = RunbookEntry {
    title: "The records of an older version are back",
    meaning: "Under a new serial, the reference has exactly the records of an older version, after different ones \
              in between. A change was undone, or lost.",
    causes: &[
        "A change was made and undone, as ACME clients do with their challenges.",
        "Two systems write the zone, and the one with the older data wrote last.",
        "A backup was restored, with a newer serial.",
    ],
    remedy: &[
        "If it was intended, do nothing.",
        "Otherwise find out which system wrote the zone last, and publish the right records with a newer serial.",
    ],
    tasks: &[],
};

pub(super) const EXPIRES_SOON: RunbookEntry = RunbookEntry {
    title: "Less than a quarter of expire is left",
    meaning: "The server has missed refreshes, and less than a quarter of the SOA's expire time is left. When \
              that is over, it stops answering for the zone. The server reports the time itself (EDNS EXPIRE, \
              RFC 7314).",
    causes: &[
        "The primary refuses the transfer or the SOA query: an ACL, a TSIG key.",
        "The primary is unreachable from the server: a firewall, a new address, an outage.",
        "The primary's serial went back. Some servers do not count that as a refresh.",
    ],
    remedy: &[
        "Refresh the zone on the server, and read its log for this zone.",
        "Try from the server: `dig @PRIMARY ZONE SOA +norecurse`, then `dig @PRIMARY ZONE AXFR +onesoa`.",
        "Remove the obstacle. See `zoneprobe explain stuck` for the usual reasons.",
    ],
    tasks: &[REFRESH, STATUS, ALLOW_TRANSFER],
};

pub(super) const REFRESH_MISSED: RunbookEntry = RunbookEntry {
    title: "Refreshes missed, though nothing differs yet",
    meaning: "Nothing differs yet, but the server's last refresh is longer ago than refresh plus retry. The \
              server reports the time itself (EDNS EXPIRE, RFC 7314). The next change may not arrive, and the \
              zone may expire there.",
    causes: &[
        "The primary refuses the server: an ACL, a TSIG key, a new source address.",
        "The primary is unreachable from the server: a firewall, a new address, an outage.",
        "The server asks another primary, which no longer exists.",
    ],
    remedy: &[
        "Refresh the zone on the server, and read its log for this zone.",
        "Try from the server: `dig @PRIMARY ZONE SOA +norecurse`, then `dig @PRIMARY ZONE AXFR +onesoa`.",
        "Remove the obstacle before the next change of the zone.",
    ],
    tasks: &[REFRESH, STATUS, ALLOW_TRANSFER],
};

pub(super) const EXPIRED: RunbookEntry = RunbookEntry {
    title: "The server's copy of the zone has expired",
    meaning: "The server could not refresh its copy within the SOA's expire time and no longer serves the zone. \
              It answers SERVFAIL, and resolvers turn to the other servers. If those depend on the same \
              primary, they may be next. Either the server reports this itself, or the time \
              that it had left is over.",
    causes: &[
        "The primary was unreachable or refused transfers for the whole expire time.",
        "The primary's serial went back. Some servers do not count that as a refresh, and their copy expires.",
        "The zone was removed from the primary, or the secondary still asks an old primary.",
        "The SOA's expire time is short, often by a mistake in units.",
    ],
    remedy: &[
        "Force a full transfer on this server.",
        "If that fails, try it by hand from there: `dig @PRIMARY ZONE AXFR +onesoa`. Read the log.",
        "Remove the obstacle: address of the primary, firewall, ACL, TSIG key.",
        "Look at the other secondaries: `dig @ADDRESS ZONE SOA +norecurse +expire` shows the time left, \
         if the server reports it.",
        "If the repair takes long, remove the server from the NS set.",
    ],
    tasks: &[FULL_TRANSFER, STATUS, ALLOW_TRANSFER],
};
