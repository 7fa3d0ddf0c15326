//! The runbook of findings that rest on what earlier checks have seen, or on what is waited for.

use super::RunbookEntry;
use crate::advice::task::{ALLOW_TRANSFER, FULL_TRANSFER, NOTIFY, REFRESH, RELOAD, STATUS};

pub(super) const MAX_LAG_EXCEEDED: RunbookEntry = RunbookEntry {
    title: "It lags for longer than you put up with",
    meaning: "It has lagged for longer than `--max-lag` allows. That is your own patience: the protocol may \
              still heal it, and the verdict beside it says whether it does. The lag counts from the first \
              check that saw the successor of its serial at the reference.",
    causes: &[
        "NOTIFY does not reach the server, so it waits for the SOA's refresh time.",
        "A transfer failed, and it tries again only after the SOA's retry time.",
        "The zone's refresh time is longer than your patience.",
        "Its transfers have stopped for good.",
    ],
    remedy: &[
        "Ask for a refresh on the server, or send NOTIFY again.",
        "If every change takes so long, see that NOTIFY gets through, or lower the SOA's refresh time.",
        "If it does not follow even then, see `zoneprobe explain stuck`.",
    ],
    tasks: &[REFRESH, NOTIFY],
};

pub(super) const EXPECTATION_UNMET: RunbookEntry = RunbookEntry {
    title: "It does not show what was expected",
    meaning: "`verify` was told what a change brings about (`--serial`, `--expect`, `--absent`), and this server \
              did not show it at the end. Expected and found stand side by side in the message. Records are \
              compared in canonical form, and all records of one name and type together.",
    causes: &[
        "The change is not on the primary: it was refused, or is not published yet.",
        "This server has not copied it yet, or its transfers fail.",
        "The change is in another view, or in another zone below this one.",
        "The expectation leaves out a record of the RRset, or states another TTL.",
    ],
    remedy: &[
        "See the primary first: nobody has what it has not.",
        "If the primary has it, let this server refresh, and read its log for this zone.",
        "Wait longer (`--wait`) where a signer or a provider takes its time.",
    ],
    tasks: &[STATUS, REFRESH],
};

pub(super) const UNEXPECTED_CHANGE: RunbookEntry = RunbookEntry {
    title: "More has changed than was to change",
    meaning: "`verify` was given the zone as it was before the change (`--baseline`) and the RRsets that the change \
              is about (`--only-changed`). At the end this server serves other RRsets that differ from the \
              baseline too. The message names the first of them. A TTL counts; the serial, and signatures over \
              what may change, do not.",
    causes: &[
        "The change did more than it says: a pattern was too wide, or a whole zone was written anew.",
        "Somebody else changed the zone since the baseline was taken.",
        "The zone is signed, and its NSEC, NSEC3 or ZONEMD records go with each change.",
        "The baseline is older than the last change before this one.",
    ],
    remedy: &[
        "Look at the RRsets that are named. If they are meant, name them with `--only-changed`.",
        "If they are not, undo them on the primary, and raise the serial.",
        "Take the baseline right before the change, and leave out what is generated: `--dnssec ignore`, \
         `--ignore-type ZONEMD`.",
    ],
    tasks: &[],
};

pub(super) const SLOWER_THAN_USUAL: RunbookEntry = RunbookEntry {
    title: "It is slower than it usually is",
    meaning: "Of the last publications that were seen to arrive here, 95 of 100 took no longer than a certain \
              time. This one takes more than four times as long, and more than a minute. Nothing is wrong \
              yet, but something has changed.",
    causes: &[
        "NOTIFY used to arrive and does not any more.",
        "A transfer failed, and the next attempt is due.",
        "The zone or the load has grown, and a transfer takes longer.",
    ],
    remedy: &[
        "Look at the deadline in the report: until then it may heal by itself.",
        "Ask for a refresh on the server, and read its log for this zone.",
        "See that the primary sends NOTIFY to this server, and that the server accepts it.",
    ],
    tasks: &[REFRESH, STATUS],
};

pub(super) const SERIAL_WENT_BACK: RunbookEntry = RunbookEntry {
    title: "A primary shows an older serial than it did",
    meaning: "An earlier check saw this primary with a newer serial (RFC 1982). Secondaries that have the \
              newer one take nothing from it until it passes that. They go on with what they have until \
              their copies expire. Mend the primary; the secondaries are not at fault.",
    causes: &[
        "A backup was restored, or the primary was rebuilt.",
        "A serial that was kept in memory was lost in a restart.",
        "The zone was deleted and made anew with a lower serial.",
        "Somebody wrote a lower serial, or changed its format from Unix time to dates.",
        "Two systems write the zone, and the one with the older plan wrote last.",
    ],
    remedy: &[
        "Make sure that the primary's records are the ones you want: with the serial, changes may be lost.",
        "Raise its serial past the one that it had, and load the zone. All secondaries follow by themselves.",
        "Do not force transfers before that: they would spread what was restored.",
    ],
    tasks: &[RELOAD],
};

pub(super) const SERIAL_REUSED: RunbookEntry = RunbookEntry {
    title: "A serial came back with other records",
    meaning: "An earlier check read other records from this primary at the very same serial. Who took the \
              first ones has no reason to take the second ones. The secondaries are not at fault.",
    causes: &[
        "A record was changed on the primary, and the serial was not raised.",
        "The serial went back, and counted up again to the same number.",
        "The zone was deleted and made anew with the same serial.",
        "The primary makes up records as it transfers the zone (ALIAS, Lua, views).",
    ],
    remedy: &[
        "Raise the serial on the primary, and load the zone. All secondaries follow by themselves.",
        "Let the serial be raised by what writes the zone, so that it does not happen again.",
    ],
    tasks: &[RELOAD],
};

pub(super) const REFERENCE_SHRANK: RunbookEntry = RunbookEntry {
    title: "The reference lost many of its RRsets",
    meaning: "Since its last version the reference has lost more than 20 of 100 of its RRsets, and more than \
              50. It was read twice. If that was a mistake, every server that follows spreads it. A server \
              that lags behind such a version may be the one that is right.",
    causes: &[
        "What writes the zone ended early, or read an empty source.",
        "A part of the zone was not loaded: a missing `$INCLUDE`, a database that was not reached.",
        "Many records were taken out on purpose, or delegated to a zone of their own.",
    ],
    remedy: &[
        "Look at the differences of a server that still has the version before.",
        "If it was a mistake, publish the records again with a newer serial. Force no transfers before that.",
        "If it was meant, nothing: at the next version this is over.",
    ],
    tasks: &[STATUS, RELOAD],
};

pub(super) const OLDER_VERSION_RETURNED: RunbookEntry = RunbookEntry {
    title: "The records of an older version are back",
    meaning: "The reference has the very records that it had in an older version, under a new serial, after \
              having had others in between. A change was taken back, or lost.",
    causes: &[
        "A change was made and taken back, as ACME clients do with their challenges.",
        "Two systems write the zone, and the one with the older plan wrote last.",
        "A backup was restored, with a newer serial.",
    ],
    remedy: &[
        "If it was meant, nothing.",
        "Else find out who wrote the zone last, and publish the right records with a newer serial.",
    ],
    tasks: &[],
};

pub(super) const EXPIRES_SOON: RunbookEntry = RunbookEntry {
    title: "Less than a quarter of expire is left",
    meaning: "The server has missed refreshes, and less than a quarter of the SOA's expire time is left. When \
              that is over, it stops answering for the zone. The server says so itself (EDNS EXPIRE, RFC \
              7314).",
    causes: &[
        "The primary refuses the transfer or the SOA question: an ACL, a TSIG key.",
        "The primary is unreachable from there: a firewall, a new address, an outage.",
        "The primary's serial went back. Some servers count that as no refresh.",
    ],
    remedy: &[
        "Ask for a refresh on the server, and read its log for this zone.",
        "Try from the server: `dig @PRIMARY ZONE SOA +norecurse`, then `dig @PRIMARY ZONE AXFR +onesoa`.",
        "Mend what stands in the way. See `zoneprobe explain stuck` for the usual reasons.",
    ],
    tasks: &[REFRESH, STATUS, ALLOW_TRANSFER],
};

pub(super) const REFRESH_MISSED: RunbookEntry = RunbookEntry {
    title: "Refreshes missed, though nothing differs yet",
    meaning: "Nothing differs yet, but the server's last refresh is longer ago than refresh plus retry. It \
              says so itself (EDNS EXPIRE, RFC 7314). The next change may not arrive, and the zone may \
              expire there.",
    causes: &[
        "The primary refuses the server: an ACL, a TSIG key, a new source address.",
        "The primary is unreachable from there: a firewall, a new address, an outage.",
        "The server asks another primary, which is gone.",
    ],
    remedy: &[
        "Ask for a refresh on the server, and read its log for this zone.",
        "Try from the server: `dig @PRIMARY ZONE SOA +norecurse`, then `dig @PRIMARY ZONE AXFR +onesoa`.",
        "Mend what stands in the way before the next change of the zone.",
    ],
    tasks: &[REFRESH, STATUS, ALLOW_TRANSFER],
};

pub(super) const EXPIRED: RunbookEntry = RunbookEntry {
    title: "Its copy of the zone has expired",
    meaning: "The server could not refresh its copy within the SOA's expire time and serves the zone no more. \
              It answers SERVFAIL, and resolvers turn to the other servers. If those depend on the same \
              primary, they may be next. It says so itself, or the time that it had is over.",
    causes: &[
        "The primary was unreachable or refused transfers for the whole expire time.",
        "The primary's serial went back. Some servers count that as no refresh, and their copy expires.",
        "The zone was taken off the primary, or the secondary still asks an old primary.",
        "The SOA's expire time is short, often a mistake in units.",
    ],
    remedy: &[
        "Force a full transfer on this server.",
        "If that fails, try it by hand from there: `dig @PRIMARY ZONE AXFR +onesoa`. Read the log.",
        "Mend what stands in the way: address of the primary, firewall, ACL, TSIG key.",
        "Look at the other secondaries: `dig @ADDRESS ZONE SOA +norecurse +expire` shows the time left, \
         where the server tells it.",
        "If it takes long, take the server out of the NS set.",
    ],
    tasks: &[FULL_TRANSFER, STATUS, ALLOW_TRANSFER],
};
