//! The runbook of the verdicts.

use super::RunbookEntry;
use crate::advice::task::{
    ACCEPT_NOTIFY, ALIVE, ALLOW_TRANSFER, FULL_TRANSFER, FULL_TRANSFERS_ONLY, NOTIFY, REFRESH, RELOAD,
    SEND_NOTIFY, STATUS,
};
use crate::judge::Verdict;

/// Returns what is to be known about a verdict.
#[expect(clippy::too_many_lines, reason = "one arm per verdict, nothing but text")]
pub(super) fn explanation(verdict: Verdict) -> RunbookEntry {
    match verdict {
        Verdict::Unreachable => RunbookEntry {
            title: "No usable reply on any transport",
            meaning: "The address gave no usable reply before the deadline, neither on UDP nor on TCP. \
                      Resolvers that try it lose time and turn to the zone's other servers. How much users \
                      notice depends on how many of those are left.",
            causes: &[
                "The name server is not running, or does not listen on this address and port.",
                "The host is down, or a firewall or a route between here and there. It may be reachable \
                 from elsewhere.",
                "The server drops questions: overload, rate limiting, a filter on the source address.",
                "A middlebox swallows the replies, or answers in the server's place and badly.",
                "The address is wrong: an old A or AAAA record, or a mistake in the list of servers.",
            ],
            remedy: &[
                "Ask it yourself: `dig @ADDRESS ZONE SOA +norecurse`, then the same with `+tcp`.",
                "Ask from another network too. If it answers there, look at the path and the filters.",
                "See on the server whether it runs and listens: `ss -lntu 'sport = :53'`. Read its log.",
                "If the address is no longer the server's, correct its address records, and the parent's \
                 glue.",
            ],
            tasks: &[ALIVE],
        },
        Verdict::Lame => RunbookEntry {
            title: "It answers without authority for the zone",
            meaning: "It replied, but not with NOERROR, the AA flag and exactly this zone's SOA. Resolvers \
                      take such a server for lame and turn to the others. Look-ups get slow, and fail if no \
                      good server is left.",
            causes: &[
                "REFUSED or NOTAUTH: the zone is not configured on this server, or not for questions from \
                 here (views, ACLs).",
                "SERVFAIL: the zone is configured but not loaded, or its copy has expired.",
                "AA is clear: the answer comes from a cache or a forwarder, or it is a referral.",
                "NXDOMAIN, or another zone's SOA: the server has the parent zone and not this one.",
                "The delegation or the NS set still names a server that has given up the zone.",
            ],
            remedy: &[
                "See what it says: `dig @ADDRESS ZONE SOA +norecurse`. Look at the status and at the flag \
                 `aa`.",
                "REFUSED: add the zone to the server, or take the server out of the NS set and out of the \
                 parent's.",
                "SERVFAIL on a secondary: force a full transfer, and read the log if that fails.",
                "SERVFAIL on a primary: look for a mistake in the zone. `named-checkzone ZONE FILE`, \
                 `nsd-checkzone ZONE FILE`, `kzonecheck -o ZONE FILE` or `pdnsutil check-zone ZONE` names \
                 it.",
                "AA clear: a resolver or forwarder holds this address. Let the name server answer there.",
            ],
            tasks: &[STATUS, FULL_TRANSFER],
        },
        Verdict::Mixed => RunbookEntry {
            title: "One address serves two versions",
            meaning: "In one check this address served two versions of the zone, and both were seen again. \
                      Users get the one or the other by chance. It is critical if both versions have the \
                      same serial or the older one is past its deadline, else a warning.",
            causes: &[
                "Several instances share the address (anycast, a load balancer), and one of them lags or \
                 has diverged.",
                "A change has reached some of the instances and is on its way to the others.",
                "The server runs several processes, and some of them still serve the old copy.",
            ],
            remedy: &[
                "If the zone has just changed, check again in a minute.",
                "Find the instance: repeat `dig @ADDRESS ZONE SOA +norecurse +nsid`. The NSID tells who \
                 answers, where the servers are set to send one.",
                "Mend the wrong instance at its own address, not at the shared one. Force a full transfer \
                 there.",
                "If the address belongs to one machine alone, restart its name server.",
                "Take an instance that cannot be mended soon out of the announcement or the pool.",
            ],
            tasks: &[STATUS, FULL_TRANSFER],
        },
        Verdict::Incomparable => RunbookEntry {
            title: "Its serial is 2^31 from the reference's",
            meaning: "Its serial is exactly 2147483648 away from the reference's. Of two such serials RFC \
                      1982 calls neither the newer one. Do not count on a transfer: what the server does is \
                      up to its software, and its users may get an old version for long.",
            causes: &[
                "A step was one too large: a serial may rise by 2147483647 at most at a time.",
                "A mistyped serial was published, or the format of the serials was changed.",
                "The primary was rebuilt and counts from a new start.",
            ],
            remedy: &[
                "Force a full transfer on this server. That takes the primary's version whatever the \
                 serials.",
                "If you cannot get at the server, raise the primary's serial in two steps (RFC 1982).",
                "Step 1: add 2147483647 to the primary's serial, modulo 4294967296, and load the zone. Wait \
                 until the other servers have it. This one need not take it.",
                "Step 2: set the primary's serial to this server's plus 1, and load the zone. Now it is \
                 newer for all of them.",
            ],
            tasks: &[FULL_TRANSFER, RELOAD],
        },
        Verdict::Ahead => RunbookEntry {
            title: "Its serial is newer than the reference's",
            meaning: "Its serial is newer than the reference's (RFC 1982), so the server has no reason to \
                      transfer. It keeps its own version until the reference passes its serial, a transfer \
                      is forced, or its copy expires. An expired copy is not served at all.",
            causes: &[
                "The primary's serial went back: a backup was restored, the primary was rebuilt, or a \
                 serial that was never saved got lost in a restart.",
                "The format of the serials was changed, say from Unix time to dates.",
                "A serial was mistyped, published, and corrected downwards.",
                "The zone was deleted and made anew with a lower serial.",
                "This server is changed directly, or transfers from another primary.",
                "The reference itself lags. A zone file does when it is older than what is served: the zone \
                 was changed since by other means, or another version of the file is at hand.",
            ],
            remedy: &[
                "Make sure which side is right. If this server has the newer content, mend the reference.",
                "Force a full transfer on this server. That takes the primary's version whatever the \
                 serials.",
                "Or raise the primary's serial past this server's, and load the zone. Then a server that \
                 was ahead transfers again by itself.",
                "One step is enough if it adds 2147483647 at most (RFC 1982). Else take two: add 2147483647 \
                 first, modulo 4294967296, wait until every server that was not ahead has it, then set the \
                 serial you want.",
                "The same two steps bring a serial that is too high down again on all servers.",
                "A zone that BIND signs inline takes its serial from `rndc signing -serial SERIAL ZONE`.",
            ],
            tasks: &[FULL_TRANSFER, RELOAD],
        },
        Verdict::Diverged => RunbookEntry {
            title: "Other records than the reference's",
            meaning: "Its records are not what the reference served at that serial. Its users get other \
                      answers. While the serials are equal, it has no reason to transfer. The next serial \
                      may mend it. An incremental transfer may not: it carries the changes alone and leaves \
                      the error.",
            causes: &[
                "A record was changed on the primary, and the serial was not raised.",
                "An incremental transfer was applied wrongly, or to a copy that was wrong before. That shows in \
                 a copy that lags too, with `--state`, or where the reference tells by IXFR what it has \
                 changed since.",
                "A copy was taken that was not whole.",
                "The zone was deleted and made anew with the same serial.",
                "The copy was changed on this server directly.",
                "The primary makes up answers as it goes (ALIAS, Lua, views) and puts other records into \
                 transfers.",
                "The reference is a zone file, and the zone is signed or added to after it was loaded: leave \
                 that out with --dnssec ignore and --ignore-type.",
            ],
            remedy: &[
                "Look at the differences in the report, and decide which side is right.",
                "If this server alone is wrong, force a full transfer there.",
                "If several are wrong, raise the serial on the primary and load the zone. Then check again.",
                "If it diverges again and again, turn incremental transfers off.",
                "PowerDNS asks for the differences alone where the metadata IXFR of the zone is 1. Set it \
                 to 0 before you force the transfer.",
            ],
            tasks: &[FULL_TRANSFER, RELOAD, FULL_TRANSFERS_ONLY],
        },
        Verdict::Stuck => RunbookEntry {
            title: "An older version, past its time to heal",
            meaning: "Its serial is older than the reference's, and the time in which refresh and retry \
                      bring the new version has passed. Its users get the old version. If it cannot refresh \
                      its copy at all, the copy expires in the end, and it stops answering for the zone.",
            causes: &[
                "The primary refuses the transfer: an ACL, a TSIG key, a new source address of the \
                 secondary.",
                "TCP to the primary is blocked. The SOA question gets through on UDP, the transfer does not.",
                "TSIG fails: other keys, or clocks too far apart (usually five minutes).",
                "Incremental transfers fail each time, and it does not fall back to a full one.",
                "It rejects the new version: a record type it does not know, a limit, a full disk. BIND \
                 from 9.18.28 on rejects an RRset of more than 100 records (`max-records-per-type`).",
                "It transfers from another primary, which lags itself.",
                "It has the new version, but its processes serve the old one.",
            ],
            remedy: &[
                "Read the secondary's log for this zone. It usually names the reason.",
                "Try the transfer from the secondary: `dig @PRIMARY ZONE AXFR +onesoa`. Add `-k KEYFILE` if \
                 it is signed, and `-b ADDRESS` if the host has several addresses.",
                "Refused? Allow it on the primary. No answer? Open TCP between them.",
                "If the transfer works, force a full one.",
                "If the server says it has the new serial and still answers with the old one, restart it.",
            ],
            tasks: &[STATUS, FULL_TRANSFER, ALLOW_TRANSFER],
        },
        Verdict::Behind => RunbookEntry {
            title: "An older version, for an unknown time",
            meaning: "Its serial is older than the reference's, and nothing tells for how long already. It \
                      may be on its way, or stuck. If its transfers work, it catches up by itself: at the \
                      next NOTIFY, else within refresh plus retry of the zone's SOA.",
            causes: &[
                "The zone has just changed, and NOTIFY or the transfer is under way.",
                "NOTIFY was lost, or is not sent to this server. It asks when the SOA's refresh time is \
                 over.",
                "A transfer failed. It tries again after the SOA's retry time.",
                "Its transfers have stopped for good.",
            ],
            remedy: &[
                "Check again in a minute. Most lags are gone by then.",
                "To make it sooner, ask for the newer version on the server, or send NOTIFY again.",
                "If it is still behind after refresh plus retry, see `zoneprobe explain stuck`.",
                "To be told next time, let checks remember what they saw: `--state FILE`.",
            ],
            tasks: &[REFRESH, NOTIFY],
        },
        Verdict::Propagating => RunbookEntry {
            title: "An older version, with time left to heal",
            meaning: "Its serial is older than the reference's, and the protocol still has time to bring \
                      the new version. NOTIFY makes a secondary ask at once. Without it, the secondary asks \
                      when the SOA's refresh time is over, and after a failure again at each retry time.",
            causes: &[
                "The zone has just changed, and NOTIFY or the transfer is under way.",
                "NOTIFY was lost, or is not sent to this server.",
                "A transfer failed, and the next attempt is due.",
                "It is a secondary of a secondary and waits for that one.",
            ],
            remedy: &[
                "Wait until the deadline in the report. After that it is `stuck`.",
                "To make it sooner, ask for the newer version on the server, or send NOTIFY again.",
                "If every change takes until the refresh time, NOTIFY does not get through. See that the \
                 primary sends it to this server, and that this server accepts it from the primary's \
                 address.",
            ],
            tasks: &[REFRESH, NOTIFY, SEND_NOTIFY, ACCEPT_NOTIFY],
        },
        Verdict::Unknown => RunbookEntry {
            title: "It answered, but could not be judged",
            meaning: "Whether its copy is right could not be told. It answered, but there was nothing to \
                      hold it against, or its records could not be read. It may be in sync or not.",
            causes: &[
                "There is no reference: no primary answered, and no serial is the newest of those seen.",
                "The serials agree and the records were asked for, but no complete copy could be had.",
                "The zone changes too fast to be read whole.",
            ],
            remedy: &[
                "Read the findings beside it. They say what was missing.",
                "Name the primary: `zoneprobe check ZONE --primary ADDRESS`.",
                "Allow this host to transfer the zone, from the reference and from the server.",
                "If serials are enough for you: `zoneprobe check ZONE --compare serials`.",
            ],
            tasks: &[ALLOW_TRANSFER],
        },
        Verdict::InSync => RunbookEntry {
            title: "The same version as the reference",
            meaning: "It serves the same version as the reference. What that rests on is told by `compared` \
                      in the report: `serials` if the SOA alone was compared, `records` if all of the \
                      records were.",
            causes: &["The last change has arrived."],
            remedy: &[
                "Nothing.",
                "Equal serials do not prove equal records. `--compare records` reads and compares whole \
                 copies, where the servers give them.",
            ],
            tasks: &[],
        },
    }
}
