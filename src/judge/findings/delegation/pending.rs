//! What the zone asks of its parent by CDS and CDNSKEY records (RFC 7344), and the parent has not done yet.

use super::keys::tags;
use super::{Sides, at};
use crate::advice;
use crate::dns::Rtype;
use crate::dns::dnssec::{Dnskey, Ds};
use crate::judge::findings::code::{Code, Finding};
use crate::observe::{ChildSide, ParentServer};

/// The algorithm in records that ask for the removal of all DS records (RFC 8078 section 4).
const DELETE: u8 = 0;

impl Sides<'_> {
    /// The parent has other DS records than the zone asks for.
    pub(super) fn update_pending(&self) -> Option<Finding> {
        let child = self.child()?;
        let wanted = Wanted::of(child)?;
        let is_behind =
            |parent: &&ParentServer| parent.ds.as_deref().is_some_and(|ds| !wanted.is_done(self, ds));
        let parent = self.parents.iter().find(is_behind)?;
        let has = match parent.ds.as_deref().unwrap_or_default() {
            [] => "no DS record".to_owned(),
            ds => format!("DS records of {}", tags(ds.iter().map(|ds| ds.key_tag))),
        };
        let wants = match wanted {
            Wanted::Removal => "the removal of all DS records".to_owned(),
            Wanted::Keys { cds: [], cdnskey } => {
                format!("DS records of {}", tags(cdnskey.iter().map(Dnskey::key_tag)))
            }
            Wanted::Keys { cds, .. } => format!("DS records of {}", tags(cds.iter().map(|ds| ds.key_tag))),
        };
        let message = format!(
            "the zone asks its parent for {wants} (CDS or CDNSKEY), and the parent still has {has} ({})",
            at(parent)
        );
        let (ours, theirs) = (child.address.into(), parent.address.into());
        let rtype = if child.cds.is_empty() { Rtype::CDNSKEY } else { Rtype::CDS };
        let advice = vec![
            advice::ask_rrset(self.zone, rtype, &ours),
            advice::ask_rrset(self.zone, Rtype::DS, &theirs),
        ];
        Some(Finding::new(Code::ParentUpdatePending, message).advise(advice))
    }
}

/// What a zone asks for.
enum Wanted<'c> {
    /// No DS records.
    Removal,
    /// These DS records, or those of these keys.
    Keys { cds: &'c [Ds], cdnskey: &'c [Dnskey] },
}

impl<'c> Wanted<'c> {
    fn of(child: &'c ChildSide) -> Option<Self> {
        let ChildSide { cds, cdnskey, .. } = child;
        if cds.is_empty() && cdnskey.is_empty() {
            return None;
        }
        let removes =
            cds.iter().all(|ds| ds.algorithm == DELETE) && cdnskey.iter().all(|key| key.algorithm == DELETE);
        Some(if removes { Self::Removal } else { Self::Keys { cds, cdnskey } })
    }

    /// Whether the parent has done it. From CDNSKEY records it may make digests of another type than those of the CDS.
    fn is_done(&self, sides: &Sides<'_>, ds: &[Ds]) -> bool {
        match self {
            Self::Removal => ds.is_empty(),
            Self::Keys { cds, cdnskey } => {
                let has_all = |wanted: &[Ds]| wanted.iter().all(|one| ds.contains(one));
                let is_same = !cds.is_empty() && has_all(cds) && ds.iter().all(|one| cds.contains(one));
                let is_of = |ds: &Ds, key: &Dnskey| ds.matches(sides.zone, key);
                let is_made = !cdnskey.is_empty()
                    && cdnskey.iter().all(|key| ds.iter().any(|ds| is_of(ds, key)))
                    && ds.iter().all(|ds| cdnskey.iter().any(|key| is_of(ds, key)));
                is_same || is_made
            }
        }
    }
}
