//! What a configuration may hold: one table, for reading, for the schema and for hints.

/// The keys of a map, in one or more parts.
pub(super) type Keys = &'static [&'static [Key]];

/// A key of a map.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    /// What it says, for the schema.
    pub(super) about: &'static str,
    pub(super) form: Form,
}

/// How a value is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// A text.
    Text,
    /// A list of texts.
    Texts,
    /// A text, or a list of them.
    TextOrTexts,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A number from 1.
    Count,
    /// A number and a unit.
    Duration,
    /// That, or `auto`.
    DurationOrAuto,
    /// A map with these keys.
    Map(Keys),
    /// A map from names to maps with these keys; the last two words say which must be there.
    Named(Keys, &'static [&'static str]),
    /// A list of zones: each a name, or a map with these keys.
    Zones(Keys),
}

const fn key(name: &'static str, form: Form, about: &'static str) -> Key {
    Key { name, about, form }
}

/// What may be set for the probe, for a group and for a zone.
const CHOICES: &[Key] = &[
    key("interval", Form::Duration, "How often the SOA of every server is asked for (60s)."),
    key(
        "compare",
        Form::Word(&["serials", "records"]),
        "What is compared (records; serials where no servers are defined).",
    ),
    key(
        "compare_interval",
        Form::Duration,
        "How often whole copies are compared when nothing seems to have changed (1h); never more often than every 5m.",
    ),
    key(
        "grace",
        Form::DurationOrAuto,
        "How long a lagging secondary has to catch up (auto: one refresh and one retry of its SOA).",
    ),
    key(
        "max_lag",
        Form::DurationOrAuto,
        "The longest lag you put up with, whatever the protocol will heal (none).",
    ),
    key("samples", Form::Count, "SOA questions per address and check, to see the instances behind it (1)."),
    key("ignore_types", Form::Texts, "RR types that are left out."),
    key("strict_ttl", Form::Flag, "Whether a difference in TTL alone is divergence (false)."),
    key("dnssec", Form::Word(&["meaning", "bytes", "ignore"]), "How signatures are compared (meaning)."),
    key(
        "serials",
        Form::Word(&["shared", "independent"]),
        "Whether all servers count the same versions (shared).",
    ),
];

/// What may be set for the probe alone.
pub(super) const COSTS: &[Key] = &[
    key("timeout", Form::Duration, "How long the answer to a question is waited for (2s)."),
    key("concurrency", Form::Count, "Questions and transfers under way at once (512)."),
    key("max_qps", Form::Count, "New questions a second to each address (no limit)."),
    key("max_transfers", Form::Count, "Transfers at once from each address (2)."),
    key(
        "idle_timeout",
        Form::Duration,
        "A transfer that brings less than 1 KiB in this time is dropped (10s).",
    ),
    key("max_transfer_bytes", Form::Count, "The most bytes of one copy (16000000000)."),
    key("max_transfer_records", Form::Count, "The most records of one copy (200000000)."),
];

const SERVER: &[Key] = &[
    key(
        "address",
        Form::TextOrTexts,
        "HOST or HOST:PORT, or a list of them; of a host name, all addresses are asked.",
    ),
    key("role", Form::Word(&["primary", "secondary"]), "What it is to its zones (secondary)."),
    key("key", Form::Text, "The name of the TSIG key that questions to it are signed with."),
    key("source", Form::Text, "The address to ask from."),
];

const GROUP: &[Key] = &[
    key("servers", Form::Texts, "The servers of its zones (all)."),
    key("zones", Form::Zones(ZONE_KEYS), "Zones of the group."),
    key("zone_lists", Form::Texts, "Files with zones of the group, one a line."),
];

const ZONE: &[Key] = &[
    key("zone", Form::Text, "The name of the zone."),
    key("servers", Form::Texts, "The servers of the zone (those of its group, or all)."),
];

const METRICS: &[Key] = &[
    key("detail", Form::Word(&["auto", "server", "zone", "exceptions"]), "What is told of each zone (auto)."),
    key("max_series", Form::Count, "The most series of zones that are told of as exceptions (200000)."),
];

const HTTP: &[Key] = &[
    key("listen", Form::Text, "ADDRESS:PORT to listen on (127.0.0.1:15353)."),
    key("lifecycle", Form::Flag, "Whether POST /-/reload reads the configuration anew (false)."),
    key("open_probe", Form::Flag, "Whether /probe takes zones that are not configured (false)."),
];

pub(super) const PROBE_KEYS: Keys = &[CHOICES, COSTS];
pub(super) const SERVER_KEYS: Keys = &[SERVER];
pub(super) const GROUP_KEYS: Keys = &[GROUP, CHOICES];
pub(super) const ZONE_KEYS: Keys = &[ZONE, CHOICES];
pub(super) const METRICS_KEYS: Keys = &[METRICS];
pub(super) const HTTP_KEYS: Keys = &[HTTP];

/// The keys of the whole file.
pub(super) const FILE_KEYS: Keys = &[&[
    key("probe", Form::Map(PROBE_KEYS), "How to ask and compare, unless a group or a zone says otherwise."),
    key("tsig_keys", Form::Texts, "Files with TSIG keys, as `tsig-keygen` writes them."),
    key(
        "servers",
        Form::Named(SERVER_KEYS, &["address"]),
        "The servers, by name; without any, the NS set of each zone is looked up.",
    ),
    key("groups", Form::Named(GROUP_KEYS, &[]), "Zones with servers and settings of their own."),
    key("zones", Form::Zones(ZONE_KEYS), "Zones in no group; they use all servers unless they name some."),
    key("zone_lists", Form::Texts, "Files with zones in no group, one a line."),
    key("metrics", Form::Map(METRICS_KEYS), "What the metrics tell."),
    key("http", Form::Map(HTTP_KEYS), "Where to serve."),
    key("state", Form::Text, "The file in which is remembered what was seen."),
]];
