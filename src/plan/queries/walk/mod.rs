//! A walk along the NSEC records of a zone, which name each other (RFC 4034 section 4).
//!
//! Each name is asked for its NSEC record. Some servers refer at a delegation, and some follow an alias; then the
//! denial of a name right behind shows the record, or that of a DS RRset. Servers that make an NSEC record for each
//! query have no chain to walk along, and the walk ends.

use super::askable::is_askable;
use crate::dns::name::{MAX_LABEL, MAX_NAME, is_within, push_sort_key};
use crate::dns::rdata::bitmap_types;
use crate::dns::{Name, Rtype};

/// The type in the records of names that do not exist (RFC 9824).
const NXNAME: Rtype = Rtype(128);

/// An NSEC record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NsecStep {
    /// The owner name.
    pub owner: Name,
    /// The next owner name; behind the last one, the apex.
    pub next: Name,
    /// The types that the owner has, in ascending order.
    pub types: Vec<Rtype>,
}

/// What a server answered to a question of the walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalkAnswer {
    /// NSEC records, in the answer or in the authority section.
    Nsec(Vec<NsecStep>),
    /// A referral.
    Referral,
    /// A CNAME record.
    Alias,
    /// None of these, or no response.
    Nothing,
}

/// How a walk ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalkEnd {
    /// At the apex again: every name was seen.
    Whole,
    /// At the apex again, and some names were not seen.
    Gaps,
    /// The server makes NSEC records for each query (RFC 4470, RFC 9824): they show no other names.
    Minimal,
    /// The apex has no NSEC record.
    Unsigned,
    /// The server does not show the record of a name.
    Blocked,
    /// The chain leaves the zone or goes back, or leads to a name that does not exist.
    Broken,
}

/// A walk along the NSEC records of a zone.
#[derive(Clone, Debug)]
pub struct NsecWalk {
    zone: Name,
    /// The name whose record is asked for.
    at: Name,
    question: Question,
    /// Whether the name may have been made up: it is the least name of its length behind the one before.
    is_next_number: bool,
    has_gaps: bool,
    end: Option<WalkEnd>,
}

/// How the record of a name is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// By its type.
    Direct,
    /// By the first name below it, which hardly exists.
    FirstBelow,
    /// By the first name behind all those below it.
    FirstBehind,
    /// By a type that the zone above answers for: of a delegation without DS, the record proves that.
    Ds,
}

impl NsecStep {
    /// Parses canonical RDATA; `None` if it is malformed.
    pub fn parse(owner: &Name, rdata: &[u8]) -> Option<Self> {
        let mut end = 0;
        while let Some(&length) = rdata.get(end).filter(|&&length| length > 0) {
            end += 1 + usize::from(length);
        }
        let (next, types) = rdata.split_at_checked(end + 1)?;
        Some(Self { owner: owner.clone(), next: Name::from_wire(next)?, types: bitmap_types(types)? })
    }

    /// The questions that show what the owner has.
    pub fn questions(&self, zone: &Name) -> Vec<(Name, Rtype)> {
        let is_apex = self.owner == *zone;
        let is_cut = !is_apex && self.types.contains(&Rtype::NS);
        let is_alias = self.types.contains(&Rtype::CNAME);
        let is_shown = |rtype: Rtype| match rtype {
            Rtype::DS => !is_apex,
            Rtype::NS => true,
            _ if is_cut => false,
            other => is_askable(other) && (!is_alias || other == Rtype::CNAME),
        };
        let types = self.types.iter().filter(|&&rtype| is_shown(rtype));
        types.map(|&rtype| (self.owner.clone(), rtype)).collect()
    }

    /// Whether it was made for a query, so that `next` is no name of the zone.
    fn is_minimal(&self) -> bool {
        let has_only_proofs = self.types.iter().all(|it| [Rtype::RRSIG, Rtype::NSEC, NXNAME].contains(it));
        let follows = |name: Option<Name>| name.is_some_and(|name| name == self.next);
        has_only_proofs || follows(first_below(&self.owner)) || follows(longer_label(&self.owner))
    }
}

impl NsecWalk {
    /// Begins at the apex.
    pub fn new(zone: Name) -> Self {
        Self {
            at: zone.clone(),
            zone,
            question: Question::Direct,
            is_next_number: false,
            has_gaps: false,
            end: None,
        }
    }

    /// The next question, with DNSSEC records wanted (DO); `None` at the end.
    pub fn question(&self) -> Option<(Name, Rtype)> {
        if self.end.is_some() {
            return None;
        }
        match self.question {
            Question::Direct => Some((self.at.clone(), Rtype::NSEC)),
            Question::FirstBelow => first_below(&self.at).map(|name| (name, Rtype::A)),
            Question::FirstBehind => first_behind(&self.at).map(|name| (name, Rtype::A)),
            Question::Ds => Some((self.at.clone(), Rtype::DS)),
        }
    }

    /// How it ended.
    pub fn end(&self) -> Option<WalkEnd> {
        self.end
    }

    /// Takes the answer to the question. Returns the record of a name that exists.
    pub fn answer(&mut self, answer: &WalkAnswer) -> Option<NsecStep> {
        let (qname, _) = self.question()?;
        if let WalkAnswer::Nsec(steps) = answer {
            // A server of a zone below this one answers from that zone.
            let is_of_child = |step: &NsecStep| step.owner != self.zone && step.types.contains(&Rtype::SOA);
            if steps.iter().any(is_of_child) {
                self.ask_otherwise(&WalkAnswer::Referral);
                return None;
            }
            if let Some(step) = steps.iter().find(|step| step.owner == self.at) {
                return self.go(step);
            }
            // Names between this one and the owner were not seen.
            let is_behind = |step: &&NsecStep| is_before(&self.at, &step.owner) && self.covers(step, &qname);
            if let Some(step) = steps.iter().find(is_behind) {
                self.has_gaps = true;
                return self.go(step);
            }
        }
        self.ask_otherwise(answer);
        None
    }

    /// Goes from a name to the next.
    fn go(&mut self, step: &NsecStep) -> Option<NsecStep> {
        let is_last = step.next == self.zone;
        if !is_within(step.next.as_wire(), self.zone.as_wire())
            || !(is_last || is_before(&step.owner, &step.next))
        {
            self.end = Some(WalkEnd::Broken);
            return None;
        }
        if is_last {
            self.end = Some(if self.has_gaps { WalkEnd::Gaps } else { WalkEnd::Whole });
        } else if step.is_minimal() {
            self.end = Some(WalkEnd::Minimal);
        }
        self.is_next_number = next_number(&step.owner).is_some_and(|name| name == step.next);
        self.at = step.next.clone();
        self.question = Question::Direct;
        let is_proof = |rtype: &Rtype| [Rtype::RRSIG, Rtype::NSEC, NXNAME].contains(rtype);
        (!step.types.iter().all(is_proof)).then(|| step.clone())
    }

    /// Asks in another way for the record that the answer does not have.
    fn ask_otherwise(&mut self, answer: &WalkAnswer) {
        let is_apex = self.at == self.zone;
        // A server that follows an alias may show the record of its target.
        let is_of_target =
            |steps: &[NsecStep]| !steps.is_empty() && !steps.iter().any(|it| self.covers(it, &self.at));
        let is_followed = match answer {
            WalkAnswer::Alias => true,
            WalkAnswer::Nsec(steps) => is_of_target(steps),
            WalkAnswer::Referral | WalkAnswer::Nothing => false,
        };
        let next = match (self.question, answer) {
            (Question::Direct, _) if is_apex => Err(WalkEnd::Unsigned),
            (Question::Direct, WalkAnswer::Referral) | (Question::FirstBelow, _) => Ok(Question::FirstBehind),
            (Question::Direct, _) if is_followed && first_below(&self.at).is_some() => {
                Ok(Question::FirstBelow)
            }
            (Question::Direct, _) if is_followed => Ok(Question::FirstBehind),
            (Question::Direct, _) if self.is_next_number => Err(WalkEnd::Minimal),
            (Question::Direct, _) => Err(WalkEnd::Broken),
            (Question::FirstBehind, _) => Ok(Question::Ds),
            (Question::Ds, _) => Err(WalkEnd::Blocked),
        };
        match next {
            Ok(Question::FirstBehind) if first_behind(&self.at).is_none() => self.question = Question::Ds,
            Ok(question) => self.question = question,
            Err(end) => self.end = Some(end),
        }
    }

    /// Whether a record denies a name (RFC 4034 section 4.1.1).
    fn covers(&self, step: &NsecStep, name: &Name) -> bool {
        is_before(&step.owner, name) && (step.next == self.zone || is_before(name, &step.next))
    }
}

/// Whether a name is before another one in canonical order.
fn is_before(name: &Name, other: &Name) -> bool {
    let key = |name: &Name| {
        let mut key = Vec::with_capacity(MAX_NAME);
        push_sort_key(&mut key, name.as_wire());
        key
    };
    key(name) < key(other)
}

/// The first name below a name (RFC 4471 section 3.1.2).
fn first_below(name: &Name) -> Option<Name> {
    Name::from_wire(&[b"\x01\0", name.as_wire()].concat())
}

/// The first name behind a name and all those below it.
fn first_behind(name: &Name) -> Option<Name> {
    longer_label(name).or_else(|| next_number(name))
}

/// The name with a zero octet behind its first label.
fn longer_label(name: &Name) -> Option<Name> {
    let label = name.labels().next().filter(|label| label.len() < MAX_LABEL)?;
    replace_label(name, &[label, &[0]].concat())
}

/// The name with the last octet of its first label raised. There are no upper-case letters in canonical order.
fn next_number(name: &Name) -> Option<Name> {
    let mut label = name.labels().next()?.to_vec();
    let last = label.last_mut()?;
    *last = match *last {
        b'@' => b'[',
        other => other.checked_add(1)?,
    };
    replace_label(name, &label)
}

fn replace_label(name: &Name, label: &[u8]) -> Option<Name> {
    let wire = name.as_wire();
    let parent = wire.get(1 + usize::from(*wire.first()?)..)?;
    let length = u8::try_from(label.len()).ok()?;
    Name::from_wire(&[&[length], label, parent].concat())
}

#[cfg(test)]
mod tests;
