//! How contents are compared.

use crate::digest::Profile;
use crate::dns::xfr::ixfr::ChangedRrsets;
use crate::dns::{Name, Rtype};

/// How contents are compared.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The zone.
    pub zone: &'a Name,
    /// What makes records the same.
    pub profile: &'a Profile,
    /// Whether the SOA is compared, apart from its serial.
    pub compares_soa: bool,
    /// The RRsets that are expected to differ, if that is known.
    pub changed: Option<&'a ChangedRrsets>,
    /// The most RRsets to list.
    pub max_listed: usize,
    /// Whether the reference is a zone file.
    pub is_file: bool,
}

impl Scope<'_> {
    /// Whether an RRset is among those that are expected to differ.
    pub(super) fn expects(&self, owner: &[u8], (rtype, covered): (Rtype, u16)) -> bool {
        self.changed.is_some_and(|changed| changed.contains(owner, rtype, covered))
    }
}
