//! The names of a zone as they come in canonical order: where each stands, and the empty non-terminals above it.

use super::types::{Need, Place};
use crate::dns::Name;
use crate::dns::name::is_within;

/// Follows the owner names of a zone in canonical order.
pub(super) struct Names {
    apex: Name,
    /// The delegation, or the owner of a DNAME, below which names are occluded.
    cut: Option<Name>,
    /// The names above the current one that are below the apex, the lowest last.
    path: Vec<Node>,
}

/// A name above others.
struct Node {
    /// In wire format.
    name: Vec<u8>,
    /// What its descendants need; absent if it has records of its own.
    empty: Option<Need>,
}

/// An empty non-terminal, in wire format, with what the names below it need.
pub(super) type EmptyNonTerminal = (Vec<u8>, Need);

impl Names {
    pub(super) fn new(apex: Name) -> Self {
        Self { apex, cut: None, path: Vec::new() }
    }

    /// Whether the next owner name is occluded.
    pub(super) fn is_occluded(&mut self, owner: &Name) -> bool {
        let is_below = |cut: &Name| is_within(owner.as_wire(), cut.as_wire()) && owner != cut;
        if !self.cut.as_ref().is_some_and(is_below) {
            self.cut = None;
        }
        self.cut.is_some()
    }

    /// Notes that the names below this one are occluded.
    pub(super) fn occlude_below(&mut self, owner: &Name) {
        self.cut = Some(owner.clone());
    }

    /// Takes the next owner that has records and is not occluded; returns the empty non-terminals that end before it.
    pub(super) fn enter(&mut self, owner: &Name, need: Need) -> Vec<EmptyNonTerminal> {
        let ended = self.leave(|node| is_within(owner.as_wire(), node));
        if *owner == self.apex {
            return ended;
        }
        let is_below_apex = |name: &&[u8]| *name != self.apex.as_wire();
        let above: Vec<&[u8]> = owner.ancestors().skip(1).take_while(is_below_apex).collect();
        // From the apex down, behind those that are on the path.
        let new = above.iter().rev().skip(self.path.len());
        self.path.extend(new.map(|name| Node { name: name.to_vec(), empty: Some(Need::Optional) }));
        for above in self.path.iter_mut().filter_map(|node| node.empty.as_mut()) {
            *above = (*above).max(need);
        }
        self.path.push(Node { name: owner.as_wire().to_vec(), empty: None });
        ended
    }

    /// Returns the empty non-terminals that are left, behind the last name.
    pub(super) fn finish(mut self) -> Vec<EmptyNonTerminal> {
        self.leave(|_| false)
    }

    /// Leaves the names that the next one is not below.
    fn leave(&mut self, is_above_next: impl Fn(&[u8]) -> bool) -> Vec<EmptyNonTerminal> {
        let mut ended = Vec::new();
        while let Some(node) = self.path.pop_if(|node| !is_above_next(&node.name)) {
            ended.extend(node.empty.map(|need| (node.name, need)));
        }
        ended
    }
}

/// What an owner name is, once it is known whether it has NS records.
pub(super) fn place(is_occluded: bool, is_apex: bool, has_ns: bool) -> Place {
    match (is_occluded, is_apex, has_ns) {
        (true, ..) => Place::Occluded,
        (false, false, true) => Place::Delegation,
        _ => Place::Authoritative,
    }
}
