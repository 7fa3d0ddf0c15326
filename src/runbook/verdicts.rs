//! The runbook entries of the verdicts.

use super::entry::RunbookEntry;
use crate::advice::task::{
    ACCEPT_NOTIFY, ALIVE, ALLOW_TRANSFER, FULL_TRANSFER, FULL_TRANSFERS_ONLY, NOTIFY, REFRESH, RELOAD,
    SEND_NOTIFY, STATUS,
};
use crate::judge::Verdict;

/// The entry of a verdict.
#[expect(clippy::too_many_lines, reason = "one arm per verdict, nothing but text")]
pub(super) fn entry(verdict: Verdict) -> RunbookEntry {
    match verdict {
        Verdict::Unreachable => RunbookEntry {
            title: "No usable response over UDP or TCP",
            meaning: "The address gave no usable response before the deadline, neither over UDP nor over \
                      TCP. Resolvers that try it lose time and turn to the zone's other servers. How much \
                      users notice depends on how many of those are left.",
            causes: &[
                "The name server is not running, or does not listen on this address and port.",
                "The host is down, or a firewall or a route between here and there is. The server may be \
                 reachable from elsewhere.",
                "The server drops queries: overload, rate limiting, a filter on the source address.",
                "A middlebox drops the responses, or answers in the server's place and does it badly.",
                "The address is wrong: an old A or AAAA record, or a mistake in the list of servers.",
            ],
            remedy: &[
                "Ask the server yourself: `dig @ADDRESS ZONE SOA +norecurse`, then the same with `+tcp`.",
                "Ask from another network too. If the server answers there, look at the path and the \
                 filters.",
                "See on the server whether it runs and listens: `ss -lntu 'sport = :53'`. Read its log.",
                "If the address is no longer the server's, correct its address records and the glue in the \
                 parent zone.",
            ],
            tasks: &[ALIVE],
        },
        Verdict::Lame => RunbookEntry {
            title: "The server is not authoritative for the zone",
            meaning: "The server answered, but not with NOERROR, the AA flag and exactly this zone's SOA. \
                      Resolvers treat such a server as lame and turn to the others. Lookups get slow, and \
                      fail if no good server is left.",
            causes: &[
                "REFUSED or NOTAUTH: the zone is not configured on this server, or not for queries from \
                 here (views, ACLs).",
                "REFUSED, but it gives the zone by AXFR: it is for transfers only, such as a hidden primary \
                 (`allow-query { none; }` in BIND), or the ACL for queries is wrong.",
                "SERVFAIL: the zone is configured but not loaded, or its copy has expired.",
                "AA is clear: the answer comes from a cache or a forwarder, or it is a referral.",
                "NXDOMAIN, or another zone's SOA: the server has the parent zone and not this one.",
                "The delegation or the NS set still names a server that no longer has the zone.",
            ],
            remedy: &[
                "See what the server answers: `dig @ADDRESS ZONE SOA +norecurse`. Look at the status and at \
                 the flag `aa`.",
                "REFUSED: add the zone to the server, or remove the server from the NS set, in the zone and \
                 in its parent.",
                "REFUSED, but it gives the zone by AXFR: allow queries (`allow-query` in BIND). If no user is \
                 to ask it, take it out of the NS set, and give it to zoneprobe with `,hidden`.",
                "SERVFAIL on a secondary: force a full transfer, and read the log if that fails.",
                "SERVFAIL on a primary: look for a mistake in the zone. `named-checkzone ZONE FILE`, \
                 `nsd-checkzone ZONE FILE`, `kzonecheck -o ZONE FILE` or `pdnsutil check-zone ZONE` names \
                 it.",
                "AA is clear: a resolver or forwarder answers on this address. Let the name server answer \
                 there.",
            ],
            tasks: &[STATUS, FULL_TRANSFER],
        },
        Verdict::Mixed => RunbookEntry {
            title: "One address serves two versions",
            meaning: "In one check this address served two versions of the zone, each of them more than \
                      once. Users get the one or the other by chance. This is critical if both versions \
                      have the same serial or the older one is past its deadline, else a warning.",
            causes: &[
                "Several instances share the address (anycast, a load balancer), and one of them lags or \
                 has diverged.",
                "A change has reached some of the instances and is on its way to the others.",
                "The server runs several processes, and some of them still serve the old copy.",
            ],
            remedy: &[
                "If the zone has just changed, check again in a minute.",
                "Find the instance: repeat `dig @ADDRESS ZONE SOA +norecurse +nsid`. The NSID names the \
                 instance that answers, if the servers are configured to send one.",
                "Repair the wrong instance at its own address, not at the shared one. Force a full transfer \
                 there.",
                "If the address belongs to one machine only, restart its name server.",
                "Remove an instance that cannot be repaired soon from the announcement or the pool.",
            ],
            tasks: &[STATUS, FULL_TRANSFER],
        },
        Verdict::Incomparable => RunbookEntry {
            title: "The serials are exactly 2^31 apart",
            meaning: "The serial is exactly 2147483648 away from the reference's. RFC 1982 does not define \
                      which of two such serials is newer. Do not count on a transfer: what the server does \
                      depends on its software, and its users may get an old version for a long time.",
            causes: &[
                "A step was too large by one: a serial may rise by at most 2147483647 at a time.",
                "A mistyped serial was published, or the format of the serials was changed.",
                "The primary was rebuilt and counts from a new start.",
            ],
            remedy: &[
                "Force a full transfer on this server. The server then takes the primary's version, \
                 whatever the serials.",
                "If you have no access to the server, raise the primary's serial in two steps (RFC 1982).",
                "Step 1: add 2147483647 to the primary's serial, modulo 4294967296, and load the zone. Wait \
                 until the other servers have it. This one need not have it.",
                "Step 2: set the primary's serial to this server's plus 1, and load the zone. Now it is \
                 newer for all of them.",
            ],
            tasks: &[FULL_TRANSFER, RELOAD],
        },
        Verdict::Ahead => RunbookEntry {
            title: "The serial is newer than the reference's",
            meaning: "The serial is newer than the reference's (RFC 1982), so the server has no reason to \
                      transfer the zone. It keeps its own version until the reference passes its serial, a \
                      transfer is forced, or its copy expires. An expired copy is not served at all.",
            causes: &[
                "The primary's serial went back: a backup was restored, the primary was rebuilt, or a \
                 serial that was never saved was lost in a restart.",
                "The format of the serials was changed, for example from Unix time to dates.",
                "A serial was mistyped, published, and corrected downwards.",
                "The zone was deleted and created again with a lower serial.",
                "The zone is edited on this server, or transferred from another primary.",
                "This server signs the zone, and counts serials of its own: BIND with `inline-signing`, Knot \
                 with `dnssec-signing`.",
                "The reference itself is out of date. A zone file may be: the zone was changed by other \
                 means since, or this is not the latest version of the file.",
            ],
            remedy: &[
                "Find out which side is right. If this server has the newer content, correct the reference.",
                "If this server signs the zone, do not touch the serials: name it with `--signer`, or compare with \
                 `--dnssec ignore --independent-serials`.",
                "Force a full transfer on this server. The server then takes the primary's version, \
                 whatever the serials.",
                "Or raise the primary's serial past this server's, and load the zone. Then this server \
                 transfers the zone again without help.",
                "One step is enough if it adds at most 2147483647 (RFC 1982). Otherwise take two: add \
                 2147483647 first, modulo 4294967296, wait until every server that was not ahead has it, \
                 then set the serial you want.",
                "The same two steps bring a serial that is too high down again on all servers.",
                "A zone that BIND signs inline takes its serial from `rndc signing -serial SERIAL ZONE`.",
            ],
            tasks: &[FULL_TRANSFER, RELOAD],
        },
        Verdict::Diverged => RunbookEntry {
            title: "The records differ from the reference's",
            meaning: "The server's records are not those that the reference served at the same serial. Users \
                      get different answers from it. As long as the serials are equal, the server has no \
                      reason to transfer the zone. The next serial may repair it. An incremental transfer \
                      may not: it carries only the changes and leaves the error.",
            causes: &[
                "A record was changed on the primary, and the serial was not raised.",
                "An incremental transfer was applied wrongly, or to a copy that was already wrong. In a copy \
                 that lags, zoneprobe detects this with `--state`, or if another server lags with the right \
                 copy and the reference answers IXFR.",
                "The server took a copy that was not complete.",
                "The zone was deleted and created again with the same serial.",
                "The copy was changed on this server directly.",
                "The primary generates answers (ALIAS, Lua, views) and puts other records into transfers.",
                "The zone is signed after the reference: name the server that signs it with `--signer`, or leave \
                 out with `--dnssec ignore` what a signer makes. Leave other records out that are added after it \
                 with `--ignore-type`.",
                "A signer has records of its own, or has lost some: it was configured with another zone, or its \
                 zone was edited there.",
            ],
            remedy: &[
                "Look at the differences in the report, and decide which side is right.",
                "If only this server is wrong, force a full transfer there.",
                "If several servers are wrong, raise the serial on the primary and load the zone. Then check \
                 again.",
                "If the server diverges again and again, turn incremental transfers off.",
                "PowerDNS transfers only the differences if the metadata IXFR of the zone is 1. Set it to 0 \
                 before you force the transfer.",
            ],
            tasks: &[FULL_TRANSFER, RELOAD, FULL_TRANSFERS_ONLY],
        },
        Verdict::Stuck => RunbookEntry {
            title: "An older version, past its deadline",
            meaning: "The serial is older than the reference's, and the time in which refresh and retry \
                      bring the new version has passed. Users get the old version from this server. If the \
                      server cannot refresh its copy at all, the copy finally expires, and the server stops \
                      answering for the zone.",
            causes: &[
                "The primary refuses the transfer: an ACL, a TSIG key, a new source address of the \
                 secondary.",
                "TCP to the primary is blocked. The SOA query gets through over UDP, the transfer does not.",
                "TSIG fails: different keys, or clocks too far apart (usually five minutes).",
                "Incremental transfers fail each time, and the server does not fall back to a full one.",
                "The server rejects the new version: an unknown record type, a limit, a full disk. BIND \
                 from 9.18.28 on rejects an RRset of more than 100 records (`max-records-per-type`).",
                "The server transfers the zone from another primary, which itself lags.",
                "The server has the new version, but its processes serve the old one.",
                "It is a signer that takes new versions and no longer signs them: a key that it cannot read, a \
                 full disk.",
            ],
            remedy: &[
                "Read the secondary's log for this zone. It usually names the reason: see below.",
                "Try the transfer from the secondary: `dig @PRIMARY ZONE AXFR +onesoa`. Add `-k KEYFILE` if \
                 it is signed, and `-b ADDRESS` if the host has several addresses.",
                "If the transfer is refused, allow it on the primary. If there is no response, open TCP \
                 between them.",
                "If the transfer works, force a full one.",
                "If the server reports the new serial and still answers with the old one, restart it.",
            ],
            tasks: &[STATUS, FULL_TRANSFER, ALLOW_TRANSFER],
        },
        Verdict::Behind => RunbookEntry {
            title: "An older version, for an unknown time",
            meaning: "The serial is older than the reference's, and it is unknown for how long. The new \
                      version may be on its way, or the server may be stuck. If its transfers work, it \
                      catches up without help: at the next NOTIFY, or else within refresh plus retry of the \
                      zone's SOA.",
            causes: &[
                "The zone has just changed, and NOTIFY or the transfer is under way.",
                "NOTIFY was lost, or is not sent to this server. The server then asks when the SOA's \
                 refresh time is over.",
                "A transfer failed. The server tries again after the SOA's retry time.",
                "The server's transfers have stopped for good.",
            ],
            remedy: &[
                "Check again in a minute. Most servers have caught up by then.",
                "To speed it up, refresh the zone on the server, or send NOTIFY again.",
                "If it is still behind after refresh plus retry, see `zoneprobe explain stuck`.",
                "To know how long a server lags, keep what checks have seen: `--state FILE`.",
            ],
            tasks: &[REFRESH, NOTIFY],
        },
        Verdict::Propagating => RunbookEntry {
            title: "An older version, with time to catch up",
            meaning: "The serial is older than the reference's, and the protocol still has time to bring \
                      the new version. NOTIFY makes a secondary ask at once. Without it, the secondary asks \
                      when the SOA's refresh time is over, and after a failure again at each retry time.",
            causes: &[
                "The zone has just changed, and NOTIFY or the transfer is under way.",
                "NOTIFY was lost, or is not sent to this server.",
                "A transfer failed, and the next attempt is due.",
                "The server is a secondary of a secondary and waits for that one.",
            ],
            remedy: &[
                "Wait until the deadline in the report. After that the server is `stuck`.",
                "To speed it up, refresh the zone on the server, or send NOTIFY again.",
                "If every change takes until the refresh time, NOTIFY does not get through. See that the \
                 primary sends it to this server, and that this server accepts it from the primary's \
                 address.",
            ],
            tasks: &[REFRESH, NOTIFY, SEND_NOTIFY, ACCEPT_NOTIFY],
        },
        Verdict::Unknown => RunbookEntry {
            title: "The server could not be judged",
            meaning: "It is unknown whether the server's copy is right. The server was not asked, there was \
                      nothing to compare it with, or its records could not be compared. It may or may not be \
                      in sync.",
            causes: &[
                "No address of the server could be asked: `not_asked` says why.",
                "No other address was asked, and there is no zone file: `nothing_to_compare`.",
                "There is no reference: no primary answered, and none of the serials is the newest.",
                "The serials are equal and the records were to be compared, but they could be read neither by \
                 transfer nor by queries.",
                "The zone changes too fast to be read completely.",
            ],
            remedy: &[
                "Read the other findings of this server. They say what was missing.",
                "Name the primary: `zoneprobe check ZONE --primary ADDRESS`.",
                "Allow this host to transfer the zone, from the reference and from the server.",
                "If serials are enough for you: `zoneprobe check ZONE --compare serials`.",
            ],
            tasks: &[ALLOW_TRANSFER],
        },
        Verdict::InSync => RunbookEntry {
            title: "The same version as the reference",
            meaning: "The server serves the same version as the reference. `compared` in the report says how \
                      that is known: `serials` if only the SOA was compared, `records` if all records were.",
            causes: &["The last change has arrived."],
            remedy: &[
                "Nothing.",
                "Equal serials do not prove equal records. `--compare records` reads and compares complete \
                 copies, if the servers allow the transfer.",
            ],
            tasks: &[],
        },
    }
}
