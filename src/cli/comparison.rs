//! The options for what counts as a difference.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;

use super::caches::CacheArgs;
use super::delegation::DelegationArgs;
use super::values::{ByArg, CompareArg, GraceArg, MaxLagArg, SignatureArg};
use crate::dns::{Name, Rtype};
use crate::plan::{Cover, parse_named_rrset};

/// What counts as a difference.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Comparison")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct ComparisonArgs {
    /// Compare serials only, or every record
    ///
    /// `serials` compares the SOA alone; `records` reads and compares whole copies. Default: records with
    /// --primary, --secondary, --zone-file, --independent-serials, --validate, --multi-signer, --by, --name or --cover; else
    /// as in --config, else serials, since whole copies of other people's zones are read only on request.
    #[arg(long, value_name = "WHAT", hide_possible_values = true)]
    pub compare: Option<CompareArg>,

    /// How to read records
    ///
    /// `transfer` reads the copy of each server by zone transfer. `query` asks each server for the RRsets that the
    /// reference or the zone file has, one by one. `auto` tries a transfer, and asks where the server refuses it.
    /// With `query`, a server that does transfer the zone must also answer what its transfer says. Where the
    /// reference gives no transfer either, the names are those of the apex, of an NSEC chain, and of --name.
    /// Default: auto, or as in --config.
    #[arg(long, value_name = "HOW", hide_possible_values = true)]
    pub by: Option<ByArg>,

    /// Name to ask for, where records are asked for
    ///
    /// It is asked for beside those that the reference is known to have: OWNER is a whole name, such as
    /// www.example.com, and TYPE an RR type; without it, the usual types. A name that the reference does not have
    /// must be missing at every server. In a check of several zones, each name is for the zones that it is in. May
    /// be repeated. Default: no other names are asked for.
    #[arg(long, value_name = "OWNER[/TYPE]", value_parser = parse_named_rrset)]
    pub name: Vec<(Name, Option<Rtype>)>,

    /// How much of the zone to ask for
    ///
    /// A number of RRsets, as in `500`, or a share of them, as in `10%`. The names are drawn at random, the apex
    /// and delegations are always among them, and the report says what that shows of the others. With --state,
    /// the next check of the same serial draws other names. For servers that transfer the zone it means nothing.
    /// Default: all of it.
    #[arg(long, value_name = "N|PERCENT", allow_hyphen_values = true)]
    pub cover: Option<Cover>,

    /// Leave out records of this type
    ///
    /// TYPE is a mnemonic, or TYPE and a number. May be repeated. Default: all types are compared.
    #[arg(long, value_name = "TYPE")]
    pub ignore_type: Vec<Rtype>,

    /// Count a different TTL as divergence
    ///
    /// Default: a difference in the TTL alone is a finding, and changes no verdict.
    #[arg(long)]
    pub strict_ttl: bool,

    /// How to compare signatures
    ///
    /// `meaning` compares what a signature covers and who made it; `bytes` compares all of it; `ignore` leaves
    /// out all that a signer makes: RRSIG, NSEC, NSEC3, NSEC3PARAM, DNSKEY, CDS, CDNSKEY, ZONEMD and TYPE65534.
    /// Default: meaning. Signatures that expire soon are reported in any case, unless `--ignore-type RRSIG` leaves
    /// them out.
    #[arg(long, value_name = "HOW", hide_possible_values = true)]
    pub dnssec: Option<SignatureArg>,

    /// Verify the signatures of every copy
    ///
    /// Every RRSIG is verified by the DNSKEY records of the copy, these are held against the DS records of the parent,
    /// and the chain of NSEC or NSEC3 records is followed. Each different copy is read once more for it.
    #[arg(long)]
    pub validate: bool,

    /// File with the DS records of the zone
    ///
    /// It is for --validate: a dsset file, or what `dnssec-dsfromkey` or `ldns-key2ds -n` prints. Default: the resolver
    /// is asked for them.
    #[arg(long, value_name = "FILE")]
    pub ds: Option<PathBuf>,

    /// Accept several signers with keys of their own
    ///
    /// For zones that several providers sign (RFC 8901). What each signer has of its own is not compared: RRSIG, NSEC,
    /// NSEC3, NSEC3PARAM, DNSKEY, ZONEMD and TYPE65534. Instead, each server must publish every key by which any of
    /// them signs data; one that lacks a key has the finding `dnskey_differs`. Signers that count their own serials
    /// need --independent-serials too.
    #[arg(long)]
    pub multi_signer: bool,

    /// Compare records whatever the serials
    ///
    /// For servers that do not share their serials: each has serials of its own. The SOA belongs to each server
    /// then, and is not compared. A server with records that the reference had before lags; it takes earlier checks to
    /// know that (`--state`).
    #[arg(long)]
    pub independent_serials: bool,

    /// SOA queries to each address
    ///
    /// Each is from another port, to see the instances behind an anycast address or a load balancer. Default: 1.
    #[arg(long, value_name = "N")]
    pub samples: Option<NonZeroU32>,

    /// Time for a lagging secondary to catch up
    ///
    /// Past it, a secondary is `stuck`. Default: `auto`, which is one refresh and one retry of its SOA.
    #[arg(long, value_name = "DURATION|auto")]
    pub grace: Option<GraceArg>,

    /// Longest lag that you accept
    ///
    /// Past it, there is the finding `max_lag_exceeded`, even if the secondary still has time to catch up.
    /// `auto` is one refresh and one retry of its SOA, 65 minutes at most. Needs --state, since a single check
    /// does not tell how long a lag has lasted. Default: no limit.
    #[arg(long, value_name = "DURATION|auto")]
    pub max_lag: Option<MaxLagArg>,

    /// RRsets to list per server
    ///
    /// All differences are counted; this many are shown, in 1 KiB of text each on average: keys (DNSKEY, CDS,
    /// CDNSKEY, DS) first, then data, then NSEC chains, then signatures.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub max_differences: usize,

    /// Which caches to look into.
    #[command(flatten)]
    pub caches: CacheArgs,

    /// How the delegation of the zone is looked at.
    #[command(flatten)]
    pub delegation: DelegationArgs,
}
