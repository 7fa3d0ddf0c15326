//! NSEC3 and NSEC3PARAM RDATA, and the hash of names (RFC 5155).

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};

use super::types::TypeSet;

/// The hash algorithm SHA-1, the only one (RFC 5155 section 11).
const SHA1: u8 = 1;

/// The flag of records that may cover delegations without a record of their own (RFC 5155 section 3.1.2.1).
const OPT_OUT: u8 = 1;

/// How names are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nsec3Parameters<'a> {
    /// The hash algorithm.
    pub algorithm: u8,
    /// How many times the hash is hashed again.
    pub iterations: u16,
    /// What is hashed behind each input.
    pub salt: &'a [u8],
}

/// What an NSEC3 record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nsec3<'a> {
    /// How its names are hashed.
    pub parameters: Nsec3Parameters<'a>,
    /// The flags.
    pub flags: u8,
    /// The next hash of the zone.
    pub next: &'a [u8],
    /// The types of the name that its owner is the hash of.
    pub types: TypeSet<'a>,
}

impl<'a> Nsec3Parameters<'a> {
    /// Parses the RDATA of an NSEC3PARAM record; `None` if it is malformed, or if resolvers and servers pass it over:
    /// its algorithm is unknown, or it has flags (RFC 5155 section 4.1.2).
    pub fn from_rdata(rdata: &'a [u8]) -> Option<Self> {
        let (flags, parameters, _) = split(rdata)?;
        (flags == 0 && parameters.algorithm == SHA1).then_some(parameters)
    }
}

impl<'a> Nsec3<'a> {
    /// Parses RDATA; `None` if it is malformed, or if resolvers pass it over: its algorithm or its flags are unknown
    /// (RFC 5155 sections 8.1 and 8.2).
    pub fn from_rdata(rdata: &'a [u8]) -> Option<Self> {
        let (flags, parameters, rest) = split(rdata)?;
        let (&length, rest) = rest.split_first()?;
        let (next, types) = rest.split_at_checked(length.into())?;
        let is_known = flags & !OPT_OUT == 0 && parameters.algorithm == SHA1;
        is_known.then_some(Self { parameters, flags, next, types: TypeSet::new(types) })
    }

    /// Whether delegations without DS records that it covers need no record of their own.
    pub fn is_opt_out(&self) -> bool {
        self.flags & OPT_OUT != 0
    }
}

/// Splits RDATA into flags, parameters and the rest.
fn split(rdata: &[u8]) -> Option<(u8, Nsec3Parameters<'_>, &[u8])> {
    let (&[algorithm, flags, i0, i1, salt], rest) = rdata.split_first_chunk::<5>()?;
    let (salt, rest) = rest.split_at_checked(salt.into())?;
    let iterations = u16::from_be_bytes([i0, i1]);
    Some((flags, Nsec3Parameters { algorithm, iterations, salt }, rest))
}

/// Hashes a name in canonical wire format (RFC 5155 section 5).
pub fn nsec3_hash(name: &[u8], salt: &[u8], iterations: u16) -> [u8; 20] {
    let hash = |input: &[u8]| {
        let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
        context.update(input);
        context.update(salt);
        let mut output = [0; 20];
        output.copy_from_slice(context.finish().as_ref());
        output
    };
    (0..iterations).fold(hash(name), |output, _| hash(&output))
}
