//! Names to ask beside those of the list: named by the user, or lost since earlier versions.

use std::collections::VecDeque;

use crate::dns::name::push_sort_key;
use crate::dns::{Name, Rtype};

/// The types that are asked of a name where no type is known: those that most names have.
pub(super) const USUAL_TYPES: [Rtype; 5] = [Rtype::A, Rtype::AAAA, Rtype::CNAME, Rtype::MX, Rtype::TXT];

/// A name to ask beside those of the list.
#[derive(Debug)]
pub(super) struct Extra {
    /// The name.
    pub(super) name: Name,
    /// The types to ask, sorted.
    pub(super) types: Vec<Rtype>,
    /// Whether it is asked for whatever the list has of it.
    pub(super) is_whole: bool,
    key: Vec<u8>,
}

/// Extra names in canonical order, from the first that is not passed yet.
#[derive(Debug, Default)]
pub(super) struct Extras(VecDeque<Extra>);

impl Extras {
    /// Sorts names with the type to ask, or without one; those that `is_wanted` refuses are left out.
    pub(super) fn new(
        named: Vec<(Name, Option<Rtype>)>,
        is_wanted: impl Fn(&Name, Option<Rtype>) -> bool,
    ) -> Self {
        let mut all: Vec<Extra> = Vec::new();
        for (name, rtype) in named {
            if !is_wanted(&name, rtype) {
                continue;
            }
            let types = rtype.map_or(USUAL_TYPES.to_vec(), |rtype| vec![rtype]);
            let mut key = Vec::new();
            push_sort_key(&mut key, name.as_wire());
            all.push(Extra { name, types, is_whole: rtype.is_none(), key });
        }
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all.dedup_by(|next, kept| {
            let is_same = next.name == kept.name;
            if is_same {
                kept.types.append(&mut next.types);
                kept.is_whole |= next.is_whole;
            }
            is_same
        });
        for extra in &mut all {
            extra.types.retain(|&rtype| is_wanted(&extra.name, Some(rtype)));
            extra.types.sort_unstable();
            extra.types.dedup();
        }
        Self(all.into())
    }

    /// Takes the names before `name` in canonical order, and `name` itself if it is one of them.
    pub(super) fn pass(&mut self, name: &Name) -> (Vec<Extra>, Option<Extra>) {
        if self.0.is_empty() {
            return (Vec::new(), None);
        }
        let mut key = Vec::new();
        push_sort_key(&mut key, name.as_wire());
        let mut passed = Vec::new();
        while let Some(extra) = self.0.pop_front_if(|extra| extra.key < key) {
            passed.push(extra);
        }
        (passed, self.0.pop_front_if(|extra| extra.key == key))
    }

    /// Takes the first name that fulfils a condition, unless others are before it.
    pub(super) fn pop_if(&mut self, condition: impl Fn(&Name) -> bool) -> Option<Extra> {
        self.0.pop_front_if(|extra| condition(&extra.name))
    }

    /// Whether there is none left.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
