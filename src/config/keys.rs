//! The keys that a configuration may have: one table, for parsing, for the schema and for hints.

/// The keys of a mapping, in one or more parts.
pub(super) type MappingKeys = &'static [&'static [KeyDefinition]];

/// A key of a mapping, and the type of its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyDefinition {
    pub(super) name: &'static str,
    /// The description in the schema; it ends with the default, in parentheses.
    pub(super) description: &'static str,
    pub(super) value_type: ValueType,
}

/// The type of a value, and so how it is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum ValueType {
    /// A string.
    String,
    /// A sequence of strings.
    Strings,
    /// A string, or a sequence of strings.
    StringOrStrings,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Boolean,
    /// A number from 1.
    Count,
    /// A number from 0.
    Index,
    /// A number of queries from 1, or the part of it that one of several processes sends.
    Rate,
    /// A number of RRsets from 1, or a share of them.
    Cover,
    /// A number and a unit.
    Duration,
    /// A duration, or `auto`.
    DurationOrAuto,
    /// A mapping with these keys.
    Mapping(MappingKeys),
    /// `true`, or a mapping with these keys.
    TrueOrMapping(MappingKeys),
    /// A mapping from names to mappings with these keys; the second member lists the required ones.
    NamedMappings(MappingKeys, &'static [&'static str]),
    /// A mapping from names to strings.
    NamedStrings,
    /// A sequence of zones: each a name, or a mapping with these keys.
    Zones(MappingKeys),
}

pub(super) const fn key(
    name: &'static str,
    value_type: ValueType,
    description: &'static str,
) -> KeyDefinition {
    KeyDefinition { name, description, value_type }
}

/// How records are read; a server may say so too.
const BY: KeyDefinition = key(
    "by",
    ValueType::OneOf(&["auto", "transfer", "query"]),
    "How to read records: by transfer, by queries, or by queries where a transfer is refused (auto).",
);

/// The names to ask for, which a group and a zone may have.
const NAMES: KeyDefinition = key(
    "names",
    ValueType::Strings,
    "OWNER or OWNER/TYPE, whole names: what to ask for beside the records of the reference, where records are read by queries (none).",
);

/// The settings that the probe, a group and a zone may have; see `settings.rs`.
const SETTINGS: &[KeyDefinition] = &[
    key("interval", ValueType::Duration, "How often every server is asked for its SOA (60s)."),
    key(
        "compare",
        ValueType::OneOf(&["serials", "records"]),
        "Whether to compare serials or every record (records; serials where no servers are defined).",
    ),
    key(
        "compare_interval",
        ValueType::Duration,
        "How often to compare whole copies when nothing seems to have changed (1h); never more often than every 5 minutes.",
    ),
    key(
        "changes",
        ValueType::OneOf(&["auto", "never"]),
        "Whether `serve` follows copies to new versions by incremental transfers, where servers give them (auto).",
    ),
    key(
        "whole_interval",
        ValueType::Duration,
        "The longest time from one comparison of whole copies to the next where `changes` spares them (24h).",
    ),
    BY,
    key(
        "cover",
        ValueType::Cover,
        "How much of a zone to ask for at each comparison where records are read by queries, as in 500 or 10% (all); `serve` asks for the rest at the next ones.",
    ),
    key(
        "grace",
        ValueType::DurationOrAuto,
        "How long a lagging secondary has to catch up (auto: one refresh and one retry of its SOA).",
    ),
    key(
        "max_lag",
        ValueType::DurationOrAuto,
        "The longest lag that you accept, even where SOA timers allow more (none).",
    ),
    key(
        "samples",
        ValueType::Count,
        "SOA queries to each address in a check, to see the instances behind it (1).",
    ),
    key("ignore_types", ValueType::Strings, "RR types to leave out."),
    key("strict_ttl", ValueType::Boolean, "Whether a difference in the TTL alone is divergence (false)."),
    key(
        "dnssec",
        ValueType::OneOf(&["meaning", "bytes", "ignore"]),
        "How to compare signatures: by what they cover and who made them, by their bytes, or not at all (meaning).",
    ),
    key(
        "multi_signer",
        ValueType::Boolean,
        "Whether several servers sign the zone, each by keys of its own, and must publish the keys of all (false).",
    ),
    key(
        "validate",
        ValueType::Boolean,
        "Whether to verify the signatures of every copy, by its keys and the DS records of the parent (false).",
    ),
    key(
        "ds",
        ValueType::String,
        "A file with the DS records of the zone, for `validate` (the resolver is asked for them).",
    ),
    key(
        "delegation",
        ValueType::Boolean,
        "Whether to hold what the parent zone has of the zone against the zone itself, as `parent` implies (false).",
    ),
    key(
        "parent",
        ValueType::Strings,
        "Servers of the parent zone to ask for `delegation`: names of `servers`, or HOST or HOST:PORT (they are looked up).",
    ),
    key(
        "serials",
        ValueType::OneOf(&["shared", "independent"]),
        "Whether the servers share their serials, or each has its own (shared).",
    ),
    key(
        "caches",
        ValueType::Strings,
        "ADDRESS or ADDRESS:PORT, as in office=192.0.2.53: the resolvers to ask, where servers differ, whether they still hold a wrong answer (none).",
    ),
    key(
        "cache_recurse",
        ValueType::Boolean,
        "Whether these resolvers may look up what they do not have (false).",
    ),
];

/// The limits, which are set for the whole probe; see `limits.rs`.
pub(super) const LIMITS: &[KeyDefinition] = &[
    key("timeout", ValueType::Duration, "How long to wait for the response to a query (2s)."),
    key("concurrency", ValueType::Count, "Queries and transfers at once (512)."),
    key(
        "max_qps",
        ValueType::Rate,
        "New queries per second to each address, as in 100, or 100/3 where three processes share it (no limit); 10 where the servers of a zone are looked up and its records compared.",
    ),
    key("max_transfers", ValueType::Count, "Transfers at once from each address (2)."),
    key(
        "idle_timeout",
        ValueType::Duration,
        "A transfer that brings less than 1 KiB in this time is ended (10s).",
    ),
    key("max_transfer_bytes", ValueType::Count, "The maximum size of a copy, in bytes (16000000000)."),
    key("max_transfer_records", ValueType::Count, "The maximum number of records in a copy (200000000)."),
];

const SERVER: &[KeyDefinition] = &[
    key(
        "address",
        ValueType::StringOrStrings,
        "HOST or HOST:PORT, tls://HOST for one that is asked over TLS, or a list of them; all addresses of a host name are checked.",
    ),
    key(
        "role",
        ValueType::OneOf(&["primary", "signer", "secondary"]),
        "Whether zones are changed here, signed here with serials of its own, or transferred to here (secondary).",
    ),
    key(
        "key",
        ValueType::String,
        "The name of the TSIG key that signs queries to this server; none: they are never signed.",
    ),
    key("source", ValueType::String, "The source address of queries to this server."),
    key(
        "hidden",
        ValueType::Boolean,
        "Whether no user asks this server, so that it is only a warning if it is unreachable (false).",
    ),
    key(
        "by",
        ValueType::OneOf(&["auto", "transfer", "query"]),
        "How to read records from this server, whatever its zones say (as they say).",
    ),
    key(
        "tls",
        ValueType::TrueOrMapping(TLS_KEYS),
        "How to ask this server over TLS, at port 853 unless its address has another; `true` or a tls:// address if no setting is needed (over UDP and TCP).",
    ),
    key(
        "status",
        ValueType::Mapping(STATUS_KEYS),
        "Where to ask this server what it says itself of a zone at which something is wrong (it is not asked).",
    ),
];

const TLS: &[KeyDefinition] = &[
    key(
        "name",
        ValueType::String,
        "The name or address that the certificate of the server must have (its host).",
    ),
    key(
        "ca",
        ValueType::String,
        "A file with the certificates of the authorities that are trusted (those that the system trusts, unless there is a pin).",
    ),
    key(
        "pin",
        ValueType::StringOrStrings,
        "The SHA-256 of the server's public key in base64, or a list of them; without `ca`, nothing else of its certificate counts (none).",
    ),
    key("cert", ValueType::String, "A file with the certificate to present to the server (none)."),
    key("key", ValueType::String, "The file with the private key of that certificate (none)."),
];

const STATUS: &[KeyDefinition] = &[
    key(
        "bind",
        ValueType::String,
        "The URL of BIND's statistics channel, as in http://127.0.0.1:8053 (none).",
    ),
    key("powerdns", ValueType::String, "The URL of PowerDNS' API, as in http://127.0.0.1:8081 (none)."),
    key("key_file", ValueType::String, "The file with the key of PowerDNS' API (none)."),
    key(
        "nsd",
        ValueType::Strings,
        "The command that runs nsd-control, as in [nsd-control]; `zonestatus` and the zone are added (none).",
    ),
    key(
        "knot",
        ValueType::Strings,
        "The command that runs knotc, as in [knotc]; `zone-status` and the zone are added (none).",
    ),
];

const GROUP: &[KeyDefinition] = &[
    key("servers", ValueType::Strings, "The servers of the group's zones (all)."),
    key("zones", ValueType::Zones(ZONE_KEYS), "The zones of the group."),
    key("zone_lists", ValueType::Strings, "Files with more zones of the group, one per line."),
    NAMES,
];

const ZONE: &[KeyDefinition] = &[
    key("zone", ValueType::String, "The name of the zone."),
    key("servers", ValueType::Strings, "The servers of the zone (those of its group, or all)."),
    NAMES,
];

const CATALOG: &[KeyDefinition] = &[
    key("zone", ValueType::String, "The name of the catalog zone."),
    key(
        "servers",
        ValueType::Strings,
        "The servers of the catalog, and of its members that are in no group (all).",
    ),
    key(
        "groups",
        ValueType::NamedStrings,
        "The group whose servers and settings a member has, by the value of its `group` property (none).",
    ),
    key(
        "default_group",
        ValueType::String,
        "The group of all other members (none: they have the servers and settings of the catalog).",
    ),
    key(
        "max_members",
        ValueType::Count,
        "The maximum number of members; a catalog with more is broken (1000000).",
    ),
];

const SHARD: &[KeyDefinition] = &[
    key("index", ValueType::Index, "Which of the parts, from 0."),
    key("count", ValueType::Count, "How many parts there are."),
];

const METRICS: &[KeyDefinition] = &[
    key(
        "detail",
        ValueType::OneOf(&["auto", "server", "zone", "exceptions"]),
        "How much the metrics show of each zone (auto).",
    ),
    key(
        "max_series",
        ValueType::Count,
        "The maximum number of series for zones that are shown as exceptions (200000).",
    ),
];

const HTTP: &[KeyDefinition] = &[
    key("listen", ValueType::String, "ADDRESS:PORT to listen on (127.0.0.1:19353)."),
    key(
        "hosts",
        ValueType::Strings,
        "Host names by which clients may reach `serve`; addresses and localhost always work (none).",
    ),
    key(
        "external_url",
        ValueType::String,
        "The URL at which people find the pages of `serve`, as in https://monitor.example.com/zoneprobe: alerts and reports link to it, and its path is that of all pages (none).",
    ),
    key("lifecycle", ValueType::Boolean, "Whether POST /-/reload reloads the configuration (false)."),
    key("open_probe", ValueType::Boolean, "Whether /probe accepts zones that are not configured (false)."),
    key(
        "web_config",
        ValueType::String,
        "The web configuration as exporters of Prometheus have it, for TLS, client certificates and passwords (none).",
    ),
];

pub(super) const PROBE_KEYS: MappingKeys = &[SETTINGS, LIMITS];
pub(super) const SERVER_KEYS: MappingKeys = &[SERVER];
pub(super) const TLS_KEYS: MappingKeys = &[TLS];
pub(super) const STATUS_KEYS: MappingKeys = &[STATUS];
pub(super) const GROUP_KEYS: MappingKeys = &[GROUP, SETTINGS];
pub(super) const ZONE_KEYS: MappingKeys = &[ZONE, SETTINGS];
pub(super) const CATALOG_KEYS: MappingKeys = &[CATALOG, SETTINGS];
pub(super) const SHARD_KEYS: MappingKeys = &[SHARD];
pub(super) const METRICS_KEYS: MappingKeys = &[METRICS];
pub(super) const HTTP_KEYS: MappingKeys = &[HTTP];

/// The keys at the top of the file.
pub(super) const FILE_KEYS: MappingKeys = &[&[
    key(
        "probe",
        ValueType::Mapping(PROBE_KEYS),
        "How to query and compare, unless a group or a zone overrides it.",
    ),
    key("tsig_keys", ValueType::Strings, "Files with TSIG keys, as `tsig-keygen` writes them."),
    key(
        "servers",
        ValueType::NamedMappings(SERVER_KEYS, &["address"]),
        "The servers, by name; without any, the NS set of each zone is looked up.",
    ),
    key(
        "groups",
        ValueType::NamedMappings(GROUP_KEYS, &[]),
        "Groups of zones with servers and settings of their own.",
    ),
    key(
        "zones",
        ValueType::Zones(ZONE_KEYS),
        "Zones in no group; they use all servers unless they name some.",
    ),
    key("zone_lists", ValueType::Strings, "Files with more zones in no group, one per line."),
    key(
        "catalogs",
        ValueType::Zones(CATALOG_KEYS),
        "Catalog zones as in RFC 9432: the zones that they list are checked too, as long as they are listed.",
    ),
    key("metrics", ValueType::Mapping(METRICS_KEYS), "How much the metrics of `serve` show."),
    key("http", ValueType::Mapping(HTTP_KEYS), "Where `serve` listens, and what it allows."),
    key(
        "shard",
        ValueType::Mapping(SHARD_KEYS),
        "The part of the zones that is checked, where several processes share them (all of them).",
    ),
    key("vantage", ValueType::String, "What you call the place that zones are checked from (none)."),
    key("state", ValueType::String, "The file in which `serve` keeps what it has seen."),
]];
