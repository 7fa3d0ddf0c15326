//! The queries for the RRsets of a zone, made while its records are read in canonical order.
//!
//! A server walks down from the apex to the name (RFC 1034 section 4.3.2), and so does this: the names between the
//! apex and the one that is read are open. In canonical order (RFC 4034 section 6.1), a name comes right before
//! all names below it, so a delegation or a DNAME is known before what it hides, and an empty non-terminal is a
//! name that the first name below it skips. Memory grows with the depth of a name, and not with the zone.

use std::collections::VecDeque;
use std::iter::Peekable;

use super::askable::{fits, is_askable, is_computed, is_synthesized};
use super::delegation::Delegation;
use super::draw::{Draw, hash};
use super::extra::{Extra, Extras};
use super::names::{OpenName, OpenNames, Wildcard, is_wildcard};
use super::query::{ExpectedAnswer, RrsetQuery};
use super::random::random_child;
use super::scope::Scope;
use crate::dns::name::is_within;
use crate::dns::{Name, Rrset, Rtype};
use crate::plan::ComparisonRules;

/// What is asked of a zone.
pub struct QuerySelection<'r> {
    /// Which RRsets are compared.
    pub rules: &'r ComparisonRules,
    /// Names to ask beside the list, with a type or without one, in any order.
    pub extra: Vec<(Name, Option<Rtype>)>,
    /// Which names are asked. The apex, delegations and extra names always are.
    pub draw: Draw,
    /// The key of random names.
    pub seed: [u8; 16],
}

/// The queries for the RRsets of a zone, with the answers that they require.
pub struct RrsetQueries<I: Iterator<Item = Rrset>> {
    rrsets: Peekable<I>,
    scope: Scope,
    draw: Draw,
    seed: [u8; 16],
    extras: Extras,
    names: OpenNames,
    /// The delegation or DNAME at or below which names are read.
    barrier: Option<Barrier>,
    /// Whether the apex has a DNAME.
    is_redirected: bool,
    ready: VecDeque<RrsetQuery>,
    askable: u64,
    occluded: u64,
    is_finished: bool,
}

/// A name below which the zone has no names that exist.
struct Barrier {
    name: Name,
    /// The delegation, if it is one whose NS RRset is asked.
    delegation: Option<Delegation>,
}

/// A name with RRsets that exists.
struct Node {
    owner: Name,
    /// The types of its RRsets, compared or not.
    types: Vec<Rtype>,
    /// Whether it has an RRset that is compared.
    is_certain: bool,
    /// Whether all that it has is asked.
    is_drawn: bool,
    /// The types that are asked whether it has them or not.
    extra: Vec<Rtype>,
}

impl<I: Iterator<Item = Rrset>> RrsetQueries<I> {
    /// Makes queries of a zone's RRsets, which come in canonical order of their owner names.
    pub fn new(zone: Name, rrsets: I, selection: QuerySelection<'_>) -> Self {
        let QuerySelection { rules, extra, draw, seed } = selection;
        let scope = Scope::new(zone.clone(), rules);
        let is_wanted = |name: &Name, rtype: Option<Rtype>| {
            scope.has(name) && rtype.is_none_or(|rtype| scope.asks_absent(name, rtype))
        };
        Self {
            rrsets: rrsets.peekable(),
            extras: Extras::new(extra, is_wanted),
            scope,
            draw,
            seed,
            names: OpenNames::new(zone),
            barrier: None,
            is_redirected: false,
            ready: VecDeque::new(),
            askable: 0,
            occluded: 0,
            is_finished: false,
        }
    }

    /// The number of RRsets so far that queries can see, drawn or not.
    pub fn askable(&self) -> u64 {
        self.askable
    }

    /// The number of RRsets so far that no query can see, or that servers answer differently without being wrong.
    pub fn occluded(&self) -> u64 {
        self.occluded
    }

    /// Reads one name, or one RRset that is hidden.
    fn read(&mut self) {
        let Some(rrset) = self.rrsets.next() else { return self.finish() };
        if !self.scope.has(&rrset.owner) {
            return self.hide(&rrset);
        }
        if let Some(barrier) = &self.barrier {
            if is_within(rrset.owner.as_wire(), barrier.name.as_wire()) {
                return self.read_below(rrset);
            }
            self.end_barrier();
        }
        let owner = rrset.owner.clone();
        let mut rrsets = vec![rrset];
        while let Some(next) = self.rrsets.next_if(|next| next.owner == owner) {
            rrsets.push(next);
        }
        self.read_name(owner, rrsets);
    }

    fn read_name(&mut self, owner: Name, mut rrsets: Vec<Rrset>) {
        // RFC 5155 section 7.2.8: a name with nothing but NSEC3 does not exist.
        if rrsets.iter().all(|rrset| rrset.rtype == Rtype::NSEC3) {
            return rrsets.iter().for_each(|rrset| self.hide(rrset));
        }
        let is_there = |rrset: &Rrset| !rrset.records.is_empty();
        let types: Vec<Rtype> = rrsets.iter().filter(|it| is_there(it)).map(|it| it.rtype).collect();
        let all = rrsets.len();
        rrsets.retain(|rrset| is_there(rrset) && !self.scope.leaves_out(&rrset.owner, rrset.rtype));
        let is_certain = rrsets.iter().any(|rrset| rrset.rtype != Rtype::NSEC3);
        let is_whole = rrsets.len() == all;
        let extra = self.go_to(&owner, is_certain);
        let is_apex = owner == self.scope.zone;
        // RFC 1034 section 4.3.2: the delegation is met first, then the alias.
        let is_delegated = types.contains(&Rtype::NS) && !is_apex;
        let is_alias = types.contains(&Rtype::CNAME);
        let is_named = extra.as_ref().is_some_and(|extra| extra.is_whole || is_alias);
        let node = Node {
            is_certain,
            is_drawn: is_apex || is_delegated || is_named || self.draw.contains(&owner),
            extra: extra.map(|extra| extra.types).unwrap_or_default(),
            types,
            owner,
        };
        if is_delegated {
            return self.read_delegation(&node, rrsets);
        }
        if node.types.contains(&Rtype::DNAME) {
            self.is_redirected |= is_apex;
            self.barrier = Some(Barrier { name: node.owner.clone(), delegation: None });
        }
        // RFC 4035 section 3.1.4.1: DS RRsets at the apex belong to the parent.
        let misplaced = if is_apex { Rtype::DS } else { Rtype::SOA };
        let compared = rrsets.len();
        let rrsets = if is_alias {
            self.keep(rrsets, |rtype| rtype == Rtype::CNAME)
        } else {
            self.ask_absent(&node, misplaced);
            self.keep(rrsets, |rtype| is_askable(rtype) && rtype != misplaced)
        };
        if !is_apex && is_wildcard(&node.owner) {
            let is_whole = is_whole && (is_alias || rrsets.len() == compared);
            self.read_wildcard(&node, is_whole, &rrsets);
        }
        self.ask(&node, rrsets);
    }

    /// Closes the names that are done, and opens those down to `name`. Returns the extra name that it is.
    fn go_to(&mut self, name: &Name, is_certain: bool) -> Option<Extra> {
        let (passed, own) = self.extras.pass(name);
        let mut later = Vec::new();
        for extra in passed {
            let depth = self.names.closest(&extra.name);
            let is_done = |open: &mut OpenName| !is_within(name.as_wire(), open.name.as_wire());
            if self.names.at(depth).is_some_and(is_done) {
                self.place(extra, depth);
            } else {
                later.push(extra);
            }
        }
        while let Some(open) = self.names.close(name) {
            self.settle(open);
        }
        self.names.open(name);
        if is_certain {
            for depth in self.names.deepest_is_certain() {
                self.ask_empty(depth);
            }
        } else {
            self.names.deepest_is_uncertain();
        }
        for extra in later {
            let depth = self.names.closest(&extra.name);
            self.place(extra, depth);
        }
        own
    }

    /// Asks for a name without data: its type is no matter (RFC 4592 section 2.2.2).
    fn ask_empty(&mut self, depth: usize) {
        let Some(open) = self.names.at(depth).filter(|open| !open.has_rrsets) else { return };
        let Some(qtype) = self.scope.probe_type(&open.name) else { return };
        if self.draw.contains(&open.name) {
            open.is_asked = true;
            let qname = open.name.clone();
            self.ready.push_back(RrsetQuery::no_data(qname, qtype));
        }
    }

    /// Places an extra name without RRsets below its closest encloser, and asks for it if the wildcard there is
    /// known.
    fn place(&mut self, extra: Extra, depth: usize) {
        let Some(open) = self.names.at(depth) else { return };
        if open.may_have_wildcard_behind(&extra.name) {
            open.deferred.push(extra);
        } else {
            self.ready.extend(open.absent(extra, self.scope.probe_type(&open.name)));
        }
    }

    /// Asks for the extra names below a name that is closed.
    fn settle(&mut self, mut open: OpenName) {
        for extra in std::mem::take(&mut open.deferred) {
            self.ready.extend(open.absent(extra, None));
        }
    }

    fn read_delegation(&mut self, node: &Node, rrsets: Vec<Rrset>) {
        if let Some(parent) = self.names.parent().filter(|_| is_wildcard(&node.owner)) {
            // RFC 4592 section 4.2: what this means for other names is not defined.
            parent.wildcard = Wildcard::Unknown;
        }
        let (own, below) = rrsets.into_iter().partition(|it| matches!(it.rtype, Rtype::NS | Rtype::DS));
        // RFC 4035 section 3.1.4.1: DS is the only type at a cut that is answered with authority.
        let answers_ds = !node.types.contains(&Rtype::CNAME);
        let own = self.keep(own, |rtype| rtype == Rtype::NS || answers_ds);
        let (ns, ds) = own.into_iter().partition(|it: &Rrset| it.rtype == Rtype::NS);
        self.ask(node, ds);
        let wants_ds = node.extra.contains(&Rtype::DS) && !node.types.contains(&Rtype::DS);
        if wants_ds && answers_ds && node.is_certain {
            self.ready.push_back(RrsetQuery::no_data(node.owner.clone(), Rtype::DS));
        }
        let ns: Option<Rrset> = Vec::into_iter(ns).next();
        self.askable += u64::from(ns.is_some());
        self.barrier = Some(Barrier { name: node.owner.clone(), delegation: ns.map(Delegation::new) });
        Vec::into_iter(below).for_each(|rrset| self.read_below(rrset));
    }

    /// Reads an RRset at or below a delegation, or below a DNAME.
    fn read_below(&mut self, rrset: Rrset) {
        let is_glue = |delegation: &mut Delegation, rrset| delegation.take(rrset);
        let delegation = self.barrier.as_mut().and_then(|barrier| barrier.delegation.as_mut());
        if rrset.records.is_empty() || self.scope.leaves_out(&rrset.owner, rrset.rtype) {
            return;
        }
        if delegation.is_some_and(|delegation| is_glue(delegation, rrset)) {
            self.askable += 1;
        } else {
            self.occluded += 1;
        }
    }

    /// Leaves a delegation or a DNAME with all that is below it.
    fn end_barrier(&mut self) {
        let Some(Barrier { name, delegation }) = self.barrier.take() else { return };
        while self.extras.pop_if(|extra| is_within(extra.as_wire(), name.as_wire())).is_some() {}
        self.ready.extend(delegation.map(Delegation::query));
    }

    /// Notes what a wildcard has, if its RRsets are whole, and asks a name that it answers for.
    fn read_wildcard(&mut self, node: &Node, is_whole: bool, rrsets: &[Rrset]) {
        let has_extras = !self.extras.is_empty();
        let Some(parent) = self.names.parent() else { return };
        // RFC 4592 section 4.4: what a DNAME means for other names is not defined.
        if !is_whole || node.types.contains(&Rtype::DNAME) {
            parent.wildcard = Wildcard::Unknown;
            return;
        }
        let is_used = has_extras || !parent.deferred.is_empty();
        parent.wildcard = Wildcard::Known(if is_used { rrsets.to_vec() } else { Vec::new() });
        let candidates: Vec<&Rrset> = rrsets.iter().filter(|it| is_synthesized(it.rtype)).collect();
        let index = hash(self.seed, &node.owner).checked_rem(candidates.len() as u64);
        let chosen = index.and_then(|index| candidates.get(usize::try_from(index).ok()?));
        if let Some(&rrset) = chosen.filter(|_| node.is_drawn)
            && let Some(qname) = random_child(self.seed, &parent.name)
        {
            let expected = ExpectedAnswer::Synthesized(rrset.clone());
            self.ready.push_back(RrsetQuery { qname, qtype: rrset.rtype, expected });
        }
    }

    /// Asks an RRset by its owner and type.
    fn ask(&mut self, node: &Node, rrsets: Vec<Rrset>) {
        self.askable += rrsets.len() as u64;
        let asked = rrsets.into_iter().filter(|it| node.is_drawn || node.extra.contains(&it.rtype));
        self.ready.extend(asked.map(|rrset| RrsetQuery {
            qname: rrset.owner.clone(),
            qtype: rrset.rtype,
            expected: ExpectedAnswer::Rrset(rrset),
        }));
    }

    /// Asks the types that an extra name does not have.
    fn ask_absent(&mut self, node: &Node, misplaced: Rtype) {
        if node.is_certain && !node.types.iter().any(|&rtype| is_computed(rtype)) {
            let is_absent = |rtype: &&Rtype| !node.types.contains(rtype) && **rtype != misplaced;
            let absent = node.extra.iter().filter(is_absent);
            self.ready.extend(absent.map(|&rtype| RrsetQuery::no_data(node.owner.clone(), rtype)));
        }
    }

    /// Returns the RRsets of some types, and hides the others.
    fn keep(&mut self, rrsets: Vec<Rrset>, is_kept: impl Fn(Rtype) -> bool) -> Vec<Rrset> {
        let (kept, hidden): (Vec<_>, Vec<_>) =
            rrsets.into_iter().partition(|rrset| is_kept(rrset.rtype) && fits(rrset));
        for rrset in &hidden {
            self.hide(rrset);
        }
        kept
    }

    fn hide(&mut self, rrset: &Rrset) {
        let is_compared = !rrset.records.is_empty() && !self.scope.leaves_out(&rrset.owner, rrset.rtype);
        self.occluded += u64::from(is_compared);
    }

    fn finish(&mut self) {
        self.end_barrier();
        while let Some(extra) = self.extras.pop_if(|_| true) {
            let depth = self.names.closest(&extra.name);
            self.place(extra, depth);
        }
        while let Some(open) = self.names.pop() {
            if open.name == self.scope.zone {
                self.ask_random_name(&open);
            }
            self.settle(open);
        }
        self.is_finished = true;
    }

    /// Asks a name that does not exist, unless the apex has a wildcard or a DNAME.
    fn ask_random_name(&mut self, apex: &OpenName) {
        if self.is_redirected || !matches!(apex.wildcard, Wildcard::None) || self.scope.permits_wildcard() {
            return;
        }
        let Some(qname) = random_child(self.seed, &apex.name) else { return };
        let Some(qtype) = self.scope.probe_type(&qname) else { return };
        self.ready.push_back(RrsetQuery { qname, qtype, expected: ExpectedAnswer::NxDomain });
    }
}

impl<I: Iterator<Item = Rrset>> Iterator for RrsetQueries<I> {
    type Item = RrsetQuery;

    fn next(&mut self) -> Option<RrsetQuery> {
        while self.ready.is_empty() && !self.is_finished {
            self.read();
        }
        self.ready.pop_front()
    }
}
