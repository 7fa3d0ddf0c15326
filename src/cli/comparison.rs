//! The options for what counts as a difference.

use std::num::NonZeroU32;

use clap::Args;

use super::values::{CompareArg, GraceArg, MaxLagArg, SignatureArg};
use crate::dns::Rtype;

/// What counts as a difference.
#[derive(Debug, Args)]
#[command(next_help_heading = "Comparison")]
pub struct ComparisonArgs {
    /// Compare serials only, or every record
    ///
    /// `serials` compares the SOA alone; `records` reads and compares whole copies. Default: records with
    /// --primary, --secondary, --zone-file or --independent-serials; else as in --config, else serials, since
    /// whole copies of other people's zones are read only on request.
    #[arg(long, value_name = "WHAT", hide_possible_values = true)]
    pub compare: Option<CompareArg>,

    /// Leave out records of this type
    ///
    /// TYPE is a mnemonic, or TYPE and a number. May be repeated.
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

    /// Compare records whatever the serials
    ///
    /// For servers that do not share their serials: each has serials of its own. The SOA belongs to each server
    /// then, and is not compared.
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
    /// All differences are counted; this many are shown, in 1 KiB of text each on average.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub max_differences: usize,
}
