//! The runbook entries of the findings that are not verdicts.

use super::entry::RunbookEntry;
use super::{
    answers, catalogs, delegation, expectations, history, keys, notify, signatures, tls, validation, verdicts,
};
use crate::advice::task::{ALIVE, ALLOW_TRANSFER, FULL_TRANSFER, FULL_TRANSFERS_ONLY, RELOAD, STATUS};
use crate::judge::Code;

/// The entry of a code.
#[expect(clippy::too_many_lines, reason = "one arm per code, nothing but text")]
pub(super) fn entry(code: Code) -> RunbookEntry {
    match code {
        Code::Verdict(verdict) => verdicts::entry(verdict),
        Code::Expired => history::EXPIRED,
        Code::MaxLagExceeded => history::MAX_LAG_EXCEEDED,
        Code::SignaturesExpired => signatures::EXPIRED,
        Code::SignaturesExpireSoon => signatures::EXPIRE_SOON,
        Code::DnskeyDiffers => keys::DIFFER,
        Code::SignaturesInvalid => validation::SIGNATURES_INVALID,
        Code::ZonemdMismatch => validation::ZONEMD_MISMATCH,
        Code::ZonemdAbsentHere => validation::ZONEMD_ABSENT_HERE,
        Code::NotValidated => validation::NOT_VALIDATED,
        Code::ExpectationUnmet => expectations::UNMET,
        Code::UnexpectedChange => expectations::UNEXPECTED_CHANGE,
        Code::AnswersDifferFromCopy => answers::DIFFER_FROM_COPY,
        Code::ComputedRecords => answers::COMPUTED,
        Code::SerialWentBack => history::SERIAL_WENT_BACK,
        Code::ReferenceShrank => history::REFERENCE_SHRANK,
        Code::SlowerThanUsual => history::SLOWER_THAN_USUAL,
        Code::SerialReused => history::SERIAL_REUSED,
        Code::OlderVersionReturned => history::OLDER_VERSION_RETURNED,
        Code::CatalogBroken => catalogs::BROKEN,
        Code::CatalogShrank => catalogs::SHRANK,
        Code::CatalogVersion1 => catalogs::VERSION_1,
        Code::MemberNotServed => catalogs::MEMBER_NOT_SERVED,
        Code::NotInCatalog => catalogs::NOT_IN_CATALOG,
        Code::DelegationDiffers => delegation::DIFFERS,
        Code::DelegationUnseen => delegation::UNSEEN,
        Code::ParentUpdatePending => delegation::UPDATE_PENDING,
        Code::NotifyRefused => notify::REFUSED,
        Code::NotifyUnanswered => notify::UNANSWERED,
        Code::NotifyTaken => notify::TAKEN,
        Code::SoaDiffers => RunbookEntry {
            title: "SOA fields differ at the same serial",
            meaning: "The SOA has the same serial and differs in other fields. The server has no reason to \
                      transfer the zone, so it keeps other timers or names another primary.",
            causes: &[
                "A timer, the negative TTL, MNAME or RNAME was edited, and the serial was not raised.",
                "The server or its operator writes SOA fields of its own.",
                "The zone was deleted and created again with the same serial.",
            ],
            remedy: &[
                "Compare them: `dig @ADDRESS ZONE SOA +norecurse +multiline`, at both servers.",
                "Raise the serial on the primary, and load the zone.",
                "If only this server is wrong, force a full transfer there.",
            ],
            tasks: &[RELOAD, FULL_TRANSFER],
        },
        Code::UdpUnanswered => RunbookEntry {
            title: "The server answers over TCP only",
            meaning: "The server answers queries over TCP, but over UDP not at all, or with something else than \
                      the zone's SOA. Resolvers ask over UDP first: to many of them this server looks dead.",
            causes: &[
                "A firewall lets TCP through, and drops UDP to or from this port.",
                "Rate limiting drops the responses to this host.",
                "The server does not listen on UDP at this address, or responds from another address.",
                "Another server, or a device on the path, answers the queries over UDP.",
            ],
            remedy: &[
                "Ask the server yourself: `dig @ADDRESS ZONE SOA +norecurse +notcp`. Ask from another \
                 network too.",
                "See on the server whether it listens: `ss -lnu 'sport = :53'`.",
                "See whether the queries arrive and the responses leave: `tcpdump -ni any udp port 53`.",
                "Open UDP in both directions, or exempt this host from rate limiting.",
            ],
            tasks: &[ALIVE],
        },
        Code::PrimariesDisagree => RunbookEntry {
            title: "The primaries differ from each other",
            meaning: "Two primaries serve different records at the same serial, or one of them has lagged \
                      behind the other for longer than refresh and retry. The content of a secondary \
                      depends on which of them it asked, and no secondary can notice.",
            causes: &[
                "One of them was changed and the other was not.",
                "The mechanism that copies changes between them (a database, a job, shared files) has \
                 stopped or lags.",
                "Each of them generates or signs the zone on its own.",
            ],
            remedy: &[
                "Stop further changes. Look at the differences, and decide which primary is right.",
                "Bring the other one to the same content.",
                "Set the same new serial on both, newer than any before, and load the zone on both.",
                "Check again and compare records. Force a full transfer where a secondary still differs.",
                "If each primary counts serials of its own, tell zoneprobe: `--independent-serials`.",
            ],
            tasks: &[RELOAD, FULL_TRANSFER],
        },
        Code::ExpiresSoon => history::EXPIRES_SOON,
        Code::RefreshMissed => history::REFRESH_MISSED,
        Code::TcpUnanswered => RunbookEntry {
            title: "The server does not answer over TCP",
            meaning: "The server answers over UDP, but not over TCP. Responses that do not fit into a \
                      datagram cannot be fetched from it, nor can the zone be transferred. RFC 7766 requires \
                      TCP of every name server.",
            causes: &[
                "A firewall drops TCP to this port. Often only UDP was opened.",
                "All its TCP connections are in use: `tcp-clients` (BIND), `tcp-count` (NSD), \
                 `tcp-max-clients` (Knot), `max-tcp-connections` (PowerDNS).",
                "The server does not listen on TCP at this address.",
            ],
            remedy: &[
                "Ask the server yourself: `dig @ADDRESS ZONE SOA +norecurse +tcp`. Ask from another network \
                 too.",
                "See on the server whether it listens: `ss -lnt 'sport = :53'`.",
                "Open TCP to the server, or raise its limit of connections.",
            ],
            tasks: &[ALIVE],
        },
        Code::TtlDiffers => RunbookEntry {
            title: "Only TTLs differ",
            meaning: "The records are the same, but their TTLs are not. Users get right answers, and caches \
                      keep them for a longer or shorter time.",
            causes: &[
                "A TTL was changed on the primary, and the serial was not raised.",
                "A front end or a load balancer answers from a cache and counts TTLs down.",
                "The server is configured with a minimum or a maximum TTL.",
            ],
            remedy: &[
                "If the TTL was changed, raise the serial on the primary and load the zone.",
                "If only this server is wrong, force a full transfer there.",
                "If the TTLs are meant to differ, do nothing. If they must not, `--strict-ttl` makes it \
                 `diverged`.",
            ],
            tasks: &[RELOAD, FULL_TRANSFER],
        },
        Code::SignaturesDiffer => RunbookEntry {
            title: "Only signatures differ",
            meaning: "The records are the same, and the same keys signed them, but the bytes or the times of \
                      the signatures differ. Both sides may be valid now. The older signatures expire first, \
                      and then validating resolvers reject the answers.",
            causes: &[
                "The primary renewed its signatures, and the serial was not raised. PowerDNS does so when it \
                 signs while it answers.",
                "Each server signs the zone on its own.",
                "An incremental transfer left old signatures behind.",
            ],
            remedy: &[
                "See when they expire: `dig @ADDRESS ZONE SOA +norecurse +dnssec`, at both servers. The first \
                 time in an RRSIG is its expiration.",
                "If this server has the older ones, raise the serial on the primary, or force a full \
                 transfer.",
                "PowerDNS can raise the served serial when it renews signatures: `pdnsutil set-meta ZONE \
                 SOA-EDIT INCEPTION-INCREMENT`.",
                "If each server is meant to sign on its own, do nothing. `--dnssec ignore` leaves signatures \
                 out.",
            ],
            tasks: &[FULL_TRANSFER, RELOAD, FULL_TRANSFERS_ONLY],
        },
        Code::PrimaryUnreachable => RunbookEntry {
            title: "No configured primary answered",
            meaning: "None of the configured primaries answered, or no signer, if secondaries get the zone \
                      from one. The newest serial of the other servers is the reference instead. If all of them lag equally, the report cannot show it.",
            causes: &[
                "The primary is down.",
                "The primary is hidden, and answers only its secondaries.",
                "The address is wrong, or a firewall blocks the path from here.",
            ],
            remedy: &[
                "Repair the primary first. Without it no change is published, and if that lasts, the \
                 secondaries expire.",
                "Ask the primary yourself: `dig @PRIMARY ZONE SOA +norecurse`.",
                "If it answers only its secondaries, allow this host's address too.",
            ],
            tasks: &[ALIVE],
        },
        Code::NoAddress => RunbookEntry {
            title: "The name of a name server has no address",
            meaning: "The name of a name server has no address, so this server was not asked. If the resolvers \
                      failed, it was asked at its previous address. If the name really has no address, other \
                      resolvers cannot ask the server either. The same finding says that not all were asked: \
                      of an NS set, the first 64 names are, and of a name, 16 addresses.",
            causes: &[
                "Its A and AAAA records were removed, or never created.",
                "The name is mistyped in the NS set or in the list of servers.",
                "The lookup failed temporarily, or this host's resolver does not see the name.",
            ],
            remedy: &[
                "Look it up yourself: `dig NAME A` and `dig NAME AAAA`.",
                "Look it up elsewhere: `zoneprobe check ZONE --resolver ADDRESS`.",
                "Add the address records, or remove the name from the NS set, here and in the parent zone.",
            ],
            tasks: &[],
        },
        Code::NoServers => RunbookEntry {
            title: "No server of the zone could be found",
            meaning: "No server was given, and none was found by lookup. Nothing was asked, and nothing is \
                      known of the zone. If the resolvers failed, the servers found earlier were asked.",
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
        Code::NotAsked => RunbookEntry {
            title: "No address of the server was asked",
            meaning: "You named this server, and none of its addresses was asked. Whether it serves the zone is \
                      not known, so the zone is not in sync.",
            causes: &[
                "`-4` or `-6` leaves out its only address, or all of them.",
                "This host has no IPv6 route (or no IPv4 route), or `--source` is an address of the other family.",
                "Its host name has no address: it is mistyped, or the resolvers do not see it.",
                "It is behind an interface (`%eth0`) that this host does not have.",
            ],
            remedy: &[
                "See what the message says: which address was left out, or which name has none.",
                "Check whether this host has a route: `ip -6 route get ADDRESS`.",
                "Look the name up yourself: `dig NAME A` and `dig NAME AAAA`.",
                "Ask from a host that has both families, drop the option, or do not name the server in this check.",
            ],
            tasks: &[],
        },
        Code::NothingToCompare => RunbookEntry {
            title: "There is nothing to compare the server with",
            meaning: "One address alone was asked, and there is no zone file and nothing that was expected. A server \
                      is always in sync with itself, so nothing is known.",
            causes: &[
                "One server was named, and not the primary that it has to match.",
                "Two names were given that are one address.",
                "The NS set has one name with one address.",
                "The other servers could not be asked: see `not_asked`.",
            ],
            remedy: &[
                "Name the others: `zoneprobe check ZONE --primary ADDRESS --secondary ADDRESS`.",
                "Compare it with the zone file: `zoneprobe check ZONE --secondary ADDRESS --zone-file FILE`.",
                "Say what you expect of it: `zoneprobe verify ZONE --secondary ADDRESS --serial N`.",
            ],
            tasks: &[],
        },
        Code::RecordsUncompared => RunbookEntry {
            title: "The records could not be compared",
            meaning: "The serials were compared, but the records were not: neither a transfer nor queries gave \
                      what can be compared. Equal serials do not prove equal records.",
            causes: &[
                "The server, or the reference, does not transfer the zone to this host, and did not answer queries \
                 for its records either, or was not to be asked (`--by transfer`).",
                "A transfer ended early, or the zone changed while it was read.",
                "The copy is larger than allowed.",
            ],
            remedy: &[
                "Read the other findings of this server. They say which transfer failed, and why.",
                "Allow this host to transfer the zone, from the reference and from the server.",
                "Or let the records be asked for by queries: `--by auto`, which is the default.",
                "If serials are enough for you: `zoneprobe check ZONE --compare serials`.",
            ],
            tasks: &[ALLOW_TRANSFER],
        },
        Code::TransferIncomplete => RunbookEntry {
            title: "A transfer did not end where it should",
            meaning: "The transfer did not begin with the zone's SOA, ended before its closing SOA, or went on \
                      with records of the zone behind a SOA that could close it. zoneprobe concludes nothing \
                      from such a copy. Secondaries may fail in the same \
                      way.",
            causes: &[
                "The server closed the connection: it was restarted, it loaded a new version, or a time \
                 limit of its own was exceeded.",
                "The network or a middlebox broke the connection.",
                "The server could not send the complete zone.",
                "The server sends the zone's SOA in the middle of the transfer, as a record like others.",
            ],
            remedy: &[
                "Check again. The fault may have been temporary.",
                "Try it yourself: `dig @ADDRESS ZONE AXFR +onesoa`. Its last lines must contain `XFR size`.",
                "Read the server's log of that time.",
            ],
            tasks: &[STATUS],
        },
        Code::ChangedDuringTransfer => RunbookEntry {
            title: "The zone changed each time it was read",
            meaning: "The zone got a new serial each time its copies were read. No two copies were of the \
                      same version, so zoneprobe concludes nothing about their records.",
            causes: &[
                "The zone changes often: dynamic updates, or signing in many small steps.",
                "The server ends a transfer when it loads a new version, as NSD does (`superseded`), and versions \
                 come faster than the zone can be transferred.",
                "The zone is large and its transfer slow, compared with the time between two changes.",
                "The zone was changed at this very moment.",
            ],
            remedy: &[
                "Check again at a quieter time.",
                "If serials are enough for you: `zoneprobe check ZONE --compare serials`.",
            ],
            tasks: &[],
        },
        Code::SerialNotRaised => RunbookEntry {
            title: "Why it diverged: same serial, other records",
            meaning: "The server has the reference's serial and other records. A secondary compares only \
                      serials, so it does not transfer the zone until the serial rises. This finding explains \
                      the cause; the severity comes from the verdict.",
            causes: &[
                "A record was changed, and the serial was not raised. Some tools raise it for additions, but \
                 not for changes and deletions.",
                "The serial is a date with a counter, and the counter was not raised for a second change.",
                "The zone was deleted and created again with the same serial.",
                "The secondary's copy is damaged, and the primary's is not.",
            ],
            remedy: &[
                "Raise the serial on the primary, and load the zone. All secondaries follow.",
                "Or force a full transfer on each server that differs.",
                "Let the program that writes the zone raise the serial, so that it does not happen again.",
            ],
            tasks: &[RELOAD, FULL_TRANSFER],
        },
        Code::TransferRefused => RunbookEntry {
            title: "The server refuses transfers to this host",
            meaning: "The server refuses zone transfers to this host, as most servers do for unknown hosts. \
                      That is no fault. zoneprobe asks such a server for the zone's RRsets instead, one by one, and \
                      the message says for how many. `--by transfer` turns that off.",
            causes: &[
                "The server transfers the zone only to the secondaries.",
                "The server requires a TSIG key that was not used.",
                "The query left from another address than the one that is allowed.",
            ],
            remedy: &[
                "If the server is yours, allow this host's address.",
                "If this host has several addresses, choose the one to ask from: `--source ADDRESS`.",
                "If the reference refuses transfers too, nobody says which names there are. Give the zone file \
                 (`--zone-file FILE`), or the names that matter: `--name www.example.com`, once for each.",
                "A large zone takes one query for each RRset. `--cover 10%` asks for a part of it.",
                "If serials are enough for you: `zoneprobe check ZONE --compare serials`.",
            ],
            tasks: &[ALLOW_TRANSFER],
        },
        Code::TsigFailed => RunbookEntry {
            title: "The TSIG of a response is not valid",
            meaning: "The query was signed with a TSIG key, and the response is not trusted: it is unsigned, \
                      its signature is wrong, or the server rejected the signature of the query. Nothing in \
                      the response was used. The message says which of these it is.",
            causes: &[
                "BADKEY: the server does not know a key of that name and algorithm.",
                "BADSIG: the server has another secret for that name.",
                "BADTIME: the clocks of the server and of this host differ by more than five minutes.",
                "The server does not support TSIG, or a middlebox changes messages.",
            ],
            remedy: &[
                "Compare name, algorithm and secret on both sides: all three must be the same.",
                "Check the clocks: `chronyc tracking` or `timedatectl` on both hosts.",
                "Try the key by hand: `dig -k KEYFILE @SERVER ZONE SOA +norecurse`.",
            ],
            tasks: &[],
        },
        Code::TlsFailed => tls::FAILED,
        Code::TlsCertificateExpiresSoon => tls::CERTIFICATE_EXPIRES_SOON,
        Code::ViewDiffers => RunbookEntry {
            title: "Signed queries get another serial",
            meaning: "The server answers queries that are signed with the key, and queries that are not, from \
                      two versions of the zone. The verdict is about the version for signed queries; users \
                      ask without a key.",
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
            title: "Some of the server's responses do not arrive",
            meaning: "Of several queries over UDP some were answered, others got a truncated response (TC) or \
                      none. zoneprobe asked over TCP instead, so the verdict stands.",
            causes: &[
                "The server limits how often it answers one network about one name (response rate limiting). \
                 NSD in Debian does so above 200 responses a second.",
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
            meaning: "This host has no route to addresses of one family, so the servers' addresses of that \
                      family were not judged. This says nothing about the servers.",
            causes: &[
                "The host or its network has no IPv6, or no IPv4.",
                "The default route of that family is missing.",
            ],
            remedy: &[
                "Show the routes: `ip -6 route show default` or `ip -4 route show default`.",
                "Check from a host that has both families, to know about the other addresses.",
                "To leave that family out: `-4` asks over IPv4 only, `-6` over IPv6 only.",
            ],
            tasks: &[],
        },
        Code::MixedTtls => RunbookEntry {
            title: "Records of one RRset have different TTLs",
            meaning: "Records of one owner and type have different TTLs in the server's copy, or in the zone \
                      file. RFC 2181 section 5.2 allows only one. NSD and PowerDNS serve each record with its \
                      own; BIND, Knot and YADIFA give all of them one of the TTLs. So servers of the zone may \
                      answer differently, and a resolver may keep the RRset for any of the times. Signatures \
                      count too, those over each type apart. In a copy of more than 256 KiB, records are held \
                      against others of their owner that come right before or after, as in most transfers.",
            causes: &[
                "Some records have a TTL of their own, and the others take that of `$TTL`.",
                "A record was added with another TTL than those that were there.",
            ],
            remedy: &[
                "Give all records of the RRset one TTL where the zone is edited, and load it with a new serial.",
                "If a server shows one TTL and the others show several (`ttl_differs`), this is why.",
            ],
            tasks: &[RELOAD],
        },
        Code::TtlUnstated => RunbookEntry {
            title: "The zone file has records without a TTL",
            meaning: "Records of the zone file have no TTL, and no `$TTL` stands before them. Servers give them \
                      different ones: BIND takes the last TTL before, or the minimum of the SOA once a SOA \
                      without a TTL comes first; NSD and Knot take 3600. The file is read as BIND reads it, \
                      and as NSD reads what BIND refuses: a record without a TTL in front of all others.",
            causes: &[
                "`$TTL` is missing, or it stands behind the first records.",
                "The file was written for a server whose default is the one that was meant.",
            ],
            remedy: &[
                "Write `$TTL 3600`, or the TTL that you mean, in the first line of the file. Then every server \
                 reads the same.",
                "If the TTLs differ at a server (`ttl_differs`), this is why.",
            ],
            tasks: &[],
        },
    }
}
