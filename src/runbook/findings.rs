//! The runbook of the findings that are no verdicts.

use super::{RunbookEntry, signatures, time, verdicts};
use crate::advice::task::{ALIVE, ALLOW_TRANSFER, FULL_TRANSFER, FULL_TRANSFERS_ONLY, RELOAD, STATUS};
use crate::judge::Code;

/// Returns what is to be known about a code.
#[expect(clippy::too_many_lines, reason = "one arm per code, nothing but text")]
pub(super) fn explanation(code: Code) -> RunbookEntry {
    match code {
        Code::Verdict(verdict) => verdicts::explanation(verdict),
        Code::Expired => time::EXPIRED,
        Code::MaxLagExceeded => time::MAX_LAG_EXCEEDED,
        Code::SignaturesExpired => signatures::EXPIRED,
        Code::SignaturesExpireSoon => signatures::EXPIRE_SOON,
        Code::ExpectationUnmet => time::EXPECTATION_UNMET,
        Code::UnexpectedChange => time::UNEXPECTED_CHANGE,
        Code::SerialWentBack => time::SERIAL_WENT_BACK,
        Code::ReferenceShrank => time::REFERENCE_SHRANK,
        Code::SlowerThanUsual => time::SLOWER_THAN_USUAL,
        Code::SerialReused => time::SERIAL_REUSED,
        Code::OlderVersionReturned => time::OLDER_VERSION_RETURNED,
        Code::SoaDiffers => RunbookEntry {
            title: "SOA fields differ at the same serial",
            meaning: "The SOA differs in other fields than the serial, and the serial is the same. The \
                      server has no reason to transfer, so it goes by other timers or names another \
                      primary.",
            causes: &[
                "A timer, the negative TTL, MNAME or RNAME was edited, and the serial was not raised.",
                "The server or its operator writes SOA fields of its own.",
                "The zone was deleted and made anew with the same serial.",
            ],
            remedy: &[
                "Compare them: `dig @ADDRESS ZONE SOA +norecurse +multiline`, at both servers.",
                "Raise the serial on the primary, and load the zone.",
                "If this server alone is wrong, force a full transfer there.",
            ],
            tasks: &[RELOAD, FULL_TRANSFER],
        },
        Code::UdpUnanswered => RunbookEntry {
            title: "It answers on TCP only",
            meaning: "Questions on UDP stay without an answer, those on TCP are answered. Resolvers ask on \
                      UDP first: to many of them this server looks dead.",
            causes: &[
                "A firewall lets TCP through, and drops UDP to or from this port.",
                "Rate limiting drops the answers to this host.",
                "The server does not listen on UDP at this address, or replies from another address.",
            ],
            remedy: &[
                "Ask it yourself: `dig @ADDRESS ZONE SOA +norecurse +notcp`. Ask from another network too.",
                "See on the server whether it listens: `ss -lnu 'sport = :53'`.",
                "See whether the questions arrive and the replies leave: `tcpdump -ni any udp port 53`.",
                "Open UDP in both directions, or exempt this host from rate limiting.",
            ],
            tasks: &[ALIVE],
        },
        Code::PrimariesDisagree => RunbookEntry {
            title: "Primaries differ from each other",
            meaning: "Two primaries serve different records at the same serial, or one of them has lagged \
                      behind the other for longer than refresh and retry. What a secondary has depends on \
                      which of them it asked, and no secondary can notice.",
            causes: &[
                "One of them was changed and the other was not.",
                "What copies changes between them (a database, a job, shared files) has stopped or lags.",
                "Each of them makes or signs the zone by itself.",
            ],
            remedy: &[
                "Stop further changes. Look at the differences, and decide which primary is right.",
                "Bring the other one to the same content.",
                "Set the same new serial on both, newer than any before, and load the zone on both.",
                "Check again with records. Force a full transfer where a secondary still differs.",
                "If the primaries count serials each for itself, say so: `--independent-serials`.",
            ],
            tasks: &[RELOAD, FULL_TRANSFER],
        },
        Code::ExpiresSoon => time::EXPIRES_SOON,
        Code::RefreshMissed => time::REFRESH_MISSED,
        Code::TcpUnanswered => RunbookEntry {
            title: "It does not answer on TCP",
            meaning: "It answers on UDP and not on TCP. Answers that do not fit into a datagram cannot be \
                      had from it, and neither can transfers. RFC 7766 requires TCP of every name server.",
            causes: &[
                "A firewall drops TCP to this port. Often only UDP was opened.",
                "All its TCP connections are taken: `tcp-clients` (BIND), `tcp-count` (NSD), \
                 `tcp-max-clients` (Knot), `max-tcp-connections` (PowerDNS).",
                "The server does not listen on TCP at this address.",
            ],
            remedy: &[
                "Ask it yourself: `dig @ADDRESS ZONE SOA +norecurse +tcp`. Ask from another network too.",
                "See on the server whether it listens: `ss -lnt 'sport = :53'`.",
                "Open TCP to it, or raise the number of connections.",
            ],
            tasks: &[ALIVE],
        },
        Code::TtlDiffers => RunbookEntry {
            title: "Nothing but TTLs differs",
            meaning: "The records are the same, their TTLs are not. Users get right answers, and caches \
                      keep them for a longer or shorter time.",
            causes: &[
                "A TTL was changed on the primary, and the serial was not raised.",
                "A front end or a load balancer answers from a cache and counts TTLs down.",
                "The server's operator sets a least or a greatest TTL.",
            ],
            remedy: &[
                "If the TTL was changed, raise the serial on the primary and load the zone.",
                "If this server alone is wrong, force a full transfer there.",
                "If it is meant to be so, nothing. If it matters to you, `--strict-ttl` makes it `diverged`.",
            ],
            tasks: &[RELOAD, FULL_TRANSFER],
        },
        Code::SignaturesDiffer => RunbookEntry {
            title: "Nothing but signatures differs",
            meaning: "The records are the same, and the same keys signed them. The signatures' bytes or \
                      times differ. Both sides may be valid now. Old signatures run out first, and then \
                      validating resolvers reject the answers.",
            causes: &[
                "The primary renewed its signatures, and the serial was not raised. PowerDNS does so where \
                 it signs while it answers.",
                "Each server signs the zone by itself.",
                "An incremental transfer left old signatures behind.",
            ],
            remedy: &[
                "See when they run out: `dig @ADDRESS ZONE SOA +norecurse +dnssec`, at both servers. The \
                 first time in an RRSIG is its end.",
                "If this server's are the older ones, raise the serial on the primary, or force a full \
                 transfer.",
                "PowerDNS can raise the served serial as it renews: `pdnsutil set-meta ZONE SOA-EDIT \
                 INCEPTION-INCREMENT`.",
                "If each server is meant to sign by itself, nothing. `--dnssec ignore` leaves signatures \
                 out.",
            ],
            tasks: &[FULL_TRANSFER, RELOAD, FULL_TRANSFERS_ONLY],
        },
        Code::PrimaryUnreachable => RunbookEntry {
            title: "No configured primary answered",
            meaning: "None of the primaries that were named answered. The newest serial among the other \
                      servers stands in as the reference. If all of them lag alike, that does not show.",
            causes: &[
                "The primary is down.",
                "It is hidden, and answers its secondaries alone.",
                "The address is wrong, or a firewall stands between here and there.",
            ],
            remedy: &[
                "Look after the primary first. Without it no change goes out, and if that lasts, the \
                 secondaries expire.",
                "Ask it yourself: `dig @PRIMARY ZONE SOA +norecurse`.",
                "If it answers its secondaries alone, allow this host's address too.",
            ],
            tasks: &[ALIVE],
        },
        Code::NoAddress => RunbookEntry {
            title: "A name server's name has no address",
            meaning: "The name of a name server could not be turned into an address, so that server was not \
                      asked; or, while resolvers fail, it was asked where it was before. Resolvers of others \
                      cannot ask it either, if the name is really without an address.",
            causes: &[
                "Its A and AAAA records were removed, or never made.",
                "The name is mistyped in the NS set or in the list of servers.",
                "The look-up failed for a while, or this host's resolver does not see the name.",
            ],
            remedy: &[
                "Look it up yourself: `dig NAME A` and `dig NAME AAAA`.",
                "Look it up elsewhere: `zoneprobe check ZONE --resolver ADDRESS`.",
                "Add the address records, or take the name out of the NS set, here and at the parent.",
            ],
            tasks: &[],
        },
        Code::NoServers => RunbookEntry {
            title: "No server of the zone could be found",
            meaning: "No server was given, and none could be looked up. Nothing was asked, and nothing is \
                      known of the zone; or, while resolvers fail, those were asked that were found before.",
            causes: &[
                "The name is mistyped, or it is a name inside a zone and not a zone.",
                "The zone is not delegated, or all its servers fail, so that no resolver finds its NS set.",
                "This host's resolver does not answer, or does not see the zone.",
            ],
            remedy: &[
                "Look it up yourself: `dig ZONE NS`. Then follow the delegation: `dig ZONE NS +trace`.",
                "Name the servers: `zoneprobe check ZONE --primary ADDRESS --secondary ADDRESS`.",
                "Use another resolver: `zoneprobe check ZONE --resolver ADDRESS`.",
            ],
            tasks: &[],
        },
        Code::RecordsUncompared => RunbookEntry {
            title: "The records could not be compared",
            meaning: "The serials were compared, the records were not: both whole copies could not be had. \
                      Equal serials do not prove equal records.",
            causes: &[
                "The server, or the reference, does not give the zone to this host.",
                "A transfer ended early, or the zone changed while it was read.",
                "The copy is larger than allowed.",
            ],
            remedy: &[
                "Read the findings beside it. They say which transfer failed, and why.",
                "Allow this host to transfer the zone, from the reference and from the server.",
                "If serials are enough for you: `zoneprobe check ZONE --compare serials`.",
            ],
            tasks: &[ALLOW_TRANSFER],
        },
        Code::TransferIncomplete => RunbookEntry {
            title: "A transfer ended early",
            meaning: "The transfer did not come to its closing SOA, or did not begin as one. Nothing is \
                      concluded from the part that came. Secondaries may fail in the same way.",
            causes: &[
                "The server closed the connection: it was restarted, it loaded a new version, or it has a \
                 time limit and found the reader slow.",
                "The network or a middlebox broke the connection.",
                "The server could not send all of the zone.",
            ],
            remedy: &[
                "Check again. It may have been a passing fault.",
                "Try it yourself: `dig @ADDRESS ZONE AXFR +onesoa`. Its last lines must tell the `XFR size`.",
                "Read the server's log of that time.",
            ],
            tasks: &[STATUS],
        },
        Code::ChangedDuringTransfer => RunbookEntry {
            title: "The zone changed each time it was read",
            meaning: "The zone got a new serial each time its copies were read. No two copies were of the \
                      same version, so nothing is concluded about their records.",
            causes: &[
                "The zone changes often: dynamic updates, signing in many small steps.",
                "The zone is large and its transfer slow, compared with the time between two changes.",
                "A change was just being made.",
            ],
            remedy: &[
                "Check again at a quieter time.",
                "If serials are enough for you: `zoneprobe check ZONE --compare serials`.",
            ],
            tasks: &[],
        },
        Code::SerialNotRaised => RunbookEntry {
            title: "Why it diverged: same serial, other records",
            meaning: "The server shows the reference's serial and has other records. A secondary compares \
                      serials alone, so it does not transfer until the serial rises. This tells the cause; \
                      the verdict beside it is what counts.",
            causes: &[
                "A record was changed, and the serial was not raised. Some tools raise it for additions and \
                 not for changes and deletions.",
                "The serial is a date with a counter, and the counter was not raised for a second change.",
                "The zone was deleted and made anew with the same serial.",
                "The secondary's copy is damaged, and the primary's is not.",
            ],
            remedy: &[
                "Raise the serial on the primary, and load the zone. All secondaries follow.",
                "Or force a full transfer on each server that differs.",
                "Let the serial be raised by what writes the zone, so that it does not happen again.",
            ],
            tasks: &[RELOAD, FULL_TRANSFER],
        },
        Code::TransferRefused => RunbookEntry {
            title: "It does not give the zone to this host",
            meaning: "The server refuses zone transfers to this host, as most servers do to strangers. That \
                      is no fault. Its records could not be read by transfer.",
            causes: &[
                "Transfers are allowed to the secondaries alone.",
                "Transfers need a TSIG key that was not used.",
                "The question left from another address than the one that is allowed.",
            ],
            remedy: &[
                "If the server is yours, allow this host's address.",
                "If this host has several addresses, name the one to ask from: `--source ADDRESS`.",
                "If the server is not yours: `zoneprobe check ZONE --compare serials`.",
            ],
            tasks: &[ALLOW_TRANSFER],
        },
        Code::TsigFailed => RunbookEntry {
            title: "The signature of an answer does not hold",
            meaning: "The question was signed with a TSIG key, and the answer was not believed: unsigned, signed \
                      otherwise, or refused for its signature. Nothing it said was used. The message tells which \
                      of these it was.",
            causes: &[
                "BADKEY: the server does not know a key of that name and algorithm.",
                "BADSIG: the server has another secret under that name.",
                "BADTIME: the clocks of the server and of this host differ by more than five minutes.",
                "The server does not do TSIG, or something on the way changes messages.",
            ],
            remedy: &[
                "Compare name, algorithm and secret on both sides: all three must be the same.",
                "See the clocks: `chronyc tracking` or `timedatectl` on both hosts.",
                "Try the key by hand: `dig -k KEYFILE @SERVER ZONE SOA +norecurse`.",
            ],
            tasks: &[],
        },
        Code::ViewDiffers => RunbookEntry {
            title: "Signed questions get another serial",
            meaning: "The server answers questions that are signed with the key and questions that are not from two \
                      versions of the zone. The verdict is over what the key sees; users ask without a key.",
            causes: &[
                "The key selects another view in BIND (`match-clients { key ...; }`), and the views have other copies.",
                "One of the views does not get its transfers.",
            ],
            remedy: &[
                "Check once with the key and once without, and compare the reports.",
                "In each view that has the zone, see that it is transferred or loaded: `rndc zonestatus ZONE IN VIEW`.",
            ],
            tasks: &[],
        },
        Code::RateLimited => RunbookEntry {
            title: "Some of its datagrams go unanswered",
            meaning: "Of several datagrams some were answered, others cut to nothing (TC) or not answered. The \
                      zone was asked for over TCP instead, so the verdict stands.",
            causes: &[
                "The server limits how often it answers one network about one name (response rate limiting); \
                 NSD as Debian ships it does so above 200 answers a second.",
                "Datagrams are lost on the way.",
            ],
            remedy: &[
                "Ask more slowly: `--max-qps`, fewer `--samples`.",
                "Exempt this host from the limit: `rrl-whitelist` in NSD, `exempt-clients` under `rate-limit` in BIND, \
                 `whitelist` of `mod-rrl` in Knot.",
            ],
            tasks: &[],
        },
        Code::AddressFamilyUnusable => RunbookEntry {
            title: "This host cannot use IPv4, or IPv6",
            meaning: "This host has no way to addresses of one family, so the servers' addresses of that \
                      family were not judged. It says nothing about the servers.",
            causes: &[
                "The host or its network has no IPv6, or no IPv4.",
                "The default route of that family is missing.",
            ],
            remedy: &[
                "See the routes: `ip -6 route show default` or `ip -4 route show default`.",
                "Check from a host that has both families, to know about the other addresses.",
                "To leave that family out: `-4` asks over IPv4 alone, `-6` over IPv6 alone.",
            ],
            tasks: &[],
        },
    }
}
