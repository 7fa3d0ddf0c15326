//! The faults in the signatures of copies, and where each is reported: a fault that several copies share is reported
//! once, where it comes from.

use crate::dns::name::push_sort_key;
use crate::judge::evidence::Evidence;
use crate::judge::evidence::copies::sources;
use crate::judge::verdict::reference::{Reference, ReferenceKind};
use crate::observe::{Validation, ValidationFault};
use crate::plan::Source;

/// Faults of one copy that are reported in one place.
pub(crate) struct Faults<'e> {
    /// The first of them, in canonical order.
    pub(super) faults: Vec<&'e ValidationFault>,
    /// Whether there are no others.
    pub(super) is_complete: bool,
}

/// Returns the result of verifying the last copy of a source, if it was verified.
pub(super) fn validation(evidence: &Evidence, source: Source) -> Option<&Validation> {
    evidence.validation(source)?.as_ref().ok().map(AsRef::as_ref)
}

/// Returns the faults that every validated copy has, where it is not known which server they come from: the reference
/// was not validated, or is a secondary. They are reported once, with the zone.
pub(crate) fn shared_faults(evidence: &Evidence, reference: Option<Reference>) -> Faults<'_> {
    let is_origin = |reference: Reference| {
        reference.kind != ReferenceKind::Newest && validation(evidence, reference.source).is_some()
    };
    let targets = sources(evidence).filter(|source| *source != Source::ZoneFile);
    let mut validations = targets.filter_map(|source| validation(evidence, source));
    let (first, others) = (validations.next(), validations.collect::<Vec<_>>());
    match first {
        Some(first) if !others.is_empty() && !reference.is_some_and(is_origin) => {
            let mut shared = Faults::of(first);
            shared.faults.retain(|fault| others.iter().all(|other| other.faults.contains(*fault)));
            shared
        }
        _ => Faults { faults: Vec::new(), is_complete: true },
    }
}

impl<'e> Faults<'e> {
    /// All faults of a copy that are known.
    pub(super) fn of(validation: &'e Validation) -> Self {
        let is_complete = validation.fault_count == validation.faults.len() as u64;
        Self { faults: validation.faults.iter().collect(), is_complete }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// Leaves out those of another copy, and where not all faults of that copy are known, those that come after the last
    /// known one: they may be among the others.
    pub(super) fn without(mut self, other: &Faults<'_>) -> Self {
        self.faults.retain(|fault| !other.faults.contains(fault));
        if let Some(last) = other.faults.last().filter(|_| !other.is_complete) {
            let last = sort_key(last);
            self.faults.retain(|fault| sort_key(fault) < last);
        }
        self
    }
}

/// What puts faults in canonical order.
fn sort_key(fault: &ValidationFault) -> (Vec<u8>, u16) {
    let mut key = Vec::new();
    push_sort_key(&mut key, fault.owner.as_wire());
    (key, fault.rtype.0)
}
