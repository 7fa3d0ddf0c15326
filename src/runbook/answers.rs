//! The runbook entries of what is found by queries for RRsets.

use super::entry::RunbookEntry;
use crate::advice::task::{FULL_TRANSFER, RELOAD};

pub(super) const DIFFER_FROM_COPY: RunbookEntry = RunbookEntry {
    title: "Answers differ from its own transfer",
    meaning: "The server answers queries otherwise than the copy says that it gives by transfer at the same serial. \
              Users get the answers. Servers that transfer the zone from here get the copy, and cannot notice. The \
              message names the RRsets; they were asked for more than once.",
    causes: &[
        "Queries and transfers are served from two views, or by two programs behind one address.",
        "A cache inside the server or in front of it still has answers of an older version (the packet cache of \
         PowerDNS, a load balancer).",
        "The server changes answers as it sends them: a response policy, a filter, a plugin, or a database that \
         was edited without a new serial.",
        "The server does not do what its records ask for: PowerDNS answers below a DNAME only with \
         `dname-processing=yes`.",
        "The transfer leaves records out that the server answers, or has some that it does not.",
    ],
    remedy: &[
        "Ask for one of the named RRsets: `dig @ADDRESS OWNER TYPE +norecurse +tcp`.",
        "See what the transfer has: `dig @ADDRESS ZONE AXFR +onesoa`. Use the same key for both, if there is one: \
         a key may select another view.",
        "Empty the caches of the server, then reload the zone there. PowerDNS: `pdns_control purge ZONE$`.",
        "If it still differs on a secondary, force a full transfer there.",
        "If the difference is wanted, as with a response policy, compare by transfer only or leave the type out with \
         `--ignore-type`.",
    ],
    tasks: &[RELOAD, FULL_TRANSFER],
};

pub(super) const COMPUTED: RunbookEntry = RunbookEntry {
    title: "Some answers are made for each query",
    meaning: "The server gave different answers to the same query at the same serial. Such answers are made for each \
              query and have no fixed records to compare. The owners in the message were left out; all others were \
              compared.",
    causes: &[
        "ALIAS or ANAME records, whose addresses the server looks up elsewhere.",
        "LUA records of PowerDNS, or records that follow a health check.",
        "Answers that depend on where the query comes from: geographic rules, or EDNS Client Subnet.",
        "Answers that are drawn at random from a larger set.",
        "A cache in front of the server, which counts TTLs down.",
    ],
    remedy: &[
        "If the records are meant to be computed, do nothing.",
        "If not, ask several times: `dig @ADDRESS OWNER TYPE +norecurse +nsid`. If the answers follow the NSID, two \
         instances behind the address have different copies.",
        "To see that such a name answers at all, state what you expect: `zoneprobe verify ZONE --contains 'OWNER TYPE \
         RDATA'`.",
    ],
    tasks: &[],
};
