//! The digest of sorted records by the scheme SIMPLE (RFC 8976 section 3.3.1.2).

use ring::digest::{Algorithm, Context, SHA384, SHA512};

use crate::dns::Name;
use crate::dns::wire::{CLASS_IN, Record};
use crate::observe::ZonemdHash;
use crate::transfer::sorted::{RecordDecoder, SortError, SortedRecords};

/// How much is hashed at once.
const BUFFER_LEN: usize = 64 * 1024;

/// Hashes records that come in order, part by part.
pub(super) struct ZoneHasher {
    pub(super) hash: ZonemdHash,
    pub(super) decoder: RecordDecoder,
    pub(super) context: HashContext,
}

impl ZoneHasher {
    pub(super) fn new(zone: &Name, hash: ZonemdHash) -> Self {
        Self { hash, decoder: RecordDecoder::new(zone), context: HashContext::new(hash) }
    }

    /// The digest of all records that were added.
    pub(super) fn finish(self) -> Box<[u8]> {
        self.context.finish()
    }
}

/// A hash, and records that are not hashed yet.
pub(super) struct HashContext {
    hash: Context,
    buffer: Vec<u8>,
}

impl HashContext {
    fn new(hash: ZonemdHash) -> Self {
        Self { hash: Context::new(algorithm(hash)), buffer: Vec::with_capacity(2 * BUFFER_LEN) }
    }

    /// Adds the next record, in wire format (RFC 4034 section 6.2).
    #[inline]
    pub(super) fn add(&mut self, record: &Record<'_>) {
        let [t0, t1] = record.rtype.0.to_be_bytes();
        let [c0, c1] = CLASS_IN.to_be_bytes();
        let [s0, s1, s2, s3] = record.ttl.to_be_bytes();
        let [l0, l1] = u16::try_from(record.signed.len()).unwrap_or(u16::MAX).to_be_bytes();
        self.buffer.extend_from_slice(record.owner);
        self.buffer.extend_from_slice(&[t0, t1, c0, c1, s0, s1, s2, s3, l0, l1]);
        self.buffer.extend_from_slice(record.signed);
        if self.buffer.len() >= BUFFER_LEN {
            self.hash.update(&self.buffer);
            self.buffer.clear();
        }
    }

    fn finish(mut self) -> Box<[u8]> {
        self.hash.update(&self.buffer);
        self.hash.finish().as_ref().into()
    }
}

/// Computes the digest of all records.
pub(super) fn digest_of(records: &SortedRecords, hash: ZonemdHash) -> Result<Box<[u8]>, SortError> {
    let mut context = HashContext::new(hash);
    records.for_each(|record| context.add(record))?;
    Ok(context.finish())
}

pub(super) fn algorithm(hash: ZonemdHash) -> &'static Algorithm {
    match hash {
        ZonemdHash::Sha384 => &SHA384,
        ZonemdHash::Sha512 => &SHA512,
    }
}
