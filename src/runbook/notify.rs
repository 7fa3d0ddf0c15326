//! The pages of the findings about NOTIFY.

use super::entry::RunbookEntry;
use crate::advice::task::{ACCEPT_NOTIFY, FULL_TRANSFER, NOTIFY, REFRESH, STATUS};

/// The server refused the NOTIFY.
pub(super) const REFUSED: RunbookEntry = RunbookEntry {
    title: "The server refuses NOTIFY from this host",
    meaning: "`zoneprobe notify` told the server that the zone has a newer version (NOTIFY, RFC 1996), and the server \
              refused it. Secondaries take NOTIFY from their primary, and from nobody else unless they are told to. \
              So this is no fault, and the NOTIFY of the primary may well be taken. It is a warning while the server \
              lags.",
    causes: &[
        "REFUSED: the address of this host is none of a primary, and is not allowed (BIND, NSD, PowerDNS).",
        "NOTAUTH: no rule of the server allows NOTIFY from this address (Knot), or it does not have the zone.",
        "NXDOMAIN: NSD has no such zone.",
        "FORMERR or NOTIMP: the server does not know NOTIFY.",
        "BADKEY or BADSIG: the NOTIFY was signed, and the server has no such key, another secret, or a rule without \
         that key.",
        "The rule of the server names a key, and the NOTIFY was not signed (NSD, Knot).",
    ],
    remedy: &[
        "Send NOTIFY from the primary, or refresh the zone on the server.",
        "To notify it from here, let it take NOTIFY from the address of this host.",
        "If its rule names a key, give it to zoneprobe with that key: `-s ADDRESS,key=KEYNAME --tsig-file FILE`. \
         NOTIFY is signed only where a server has a key of its own.",
        "If its rule names no key, give it without one: `,key=none`.",
    ],
    tasks: &[NOTIFY, REFRESH, ACCEPT_NOTIFY],
};

/// The server did not reply to the NOTIFY.
pub(super) const UNANSWERED: RunbookEntry = RunbookEntry {
    title: "The server gave no usable reply to NOTIFY",
    meaning: "`zoneprobe notify` told the server that the zone has a newer version (NOTIFY, RFC 1996), over UDP and \
              then over TCP, and no usable reply came. It is not known whether the server took it. It is a warning \
              while the server lags.",
    causes: &[
        "A filter drops messages that are not queries, or a load balancer passes on queries only.",
        "The server is overloaded, or was stopped at that moment.",
        "The reply comes from another address, or is no message of DNS.",
    ],
    remedy: &[
        "Send NOTIFY from the primary, or refresh the zone on the server.",
        "See on the server whether the message arrives: `tcpdump -ni any port 53`.",
        "Try again: `zoneprobe notify ZONE -p PRIMARY -s ADDRESS`.",
    ],
    tasks: &[NOTIFY, REFRESH],
};

/// The server took the NOTIFY.
pub(super) const TAKEN: RunbookEntry = RunbookEntry {
    title: "The server took NOTIFY",
    meaning: "`zoneprobe notify` told the server that the zone has a newer version (NOTIFY, RFC 1996), and the server \
              replied with NOERROR. That means that it was taken, and not that the zone was transferred: the server \
              asks its primary for the SOA now, and transfers the zone if the serial there is newer. The message says \
              whether it had a current version in the end.",
    causes: &[
        "The server was lagging, and takes NOTIFY from this host.",
        "If it still lags: it asks another primary, the transfer fails, or it takes longer than `--wait`.",
        "If it still lags: it asked a moment before, and waits for some seconds before it asks again.",
    ],
    remedy: &[
        "If it has the zone now, nothing.",
        "If it still lags, read its log of that moment. It usually names the reason.",
        "If it has asked the primary and got the old serial, see which primary it asks.",
    ],
    tasks: &[STATUS, FULL_TRANSFER],
};
