//! Why signatures differ: many that differ in one way have one cause.

use std::collections::{BTreeMap, BTreeSet};

use super::pair::SideRecords;
use crate::dns::dnssec::Rrsig;
use crate::observe::DifferenceKind;

/// The maximum number of causes in a result, those of most signatures first.
const MAX_CAUSES: usize = 16;

/// Where more RRsets than this have one cause, text has a line for the cause in place of one for each RRset.
const MAX_SINGLE: u64 = 3;

/// The maximum number of causes that are counted.
const MAX_COUNTED: usize = 1024;

/// The maximum number of key tags on one side of a cause.
const MAX_TAGS: usize = 8;

/// What differs between the signatures of two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignatureField {
    /// The keys that made them: another one, or one of several that signs on one side only.
    KeyTag,
    /// The algorithm.
    Algorithm,
    /// The signer's name.
    Signer,
    /// The number of labels.
    Labels,
    /// The original TTL.
    OriginalTtl,
    /// The TTL of the records.
    Ttl,
    /// Times or signature, where signatures are compared by their bytes.
    Bytes,
}

/// A cause for which the signatures over RRsets differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureCause {
    /// How these RRsets of signatures differ.
    pub kind: DifferenceKind,
    /// What differs in them.
    pub field: SignatureField,
    /// The key tags of the reference's signatures that are not here, each once.
    pub reference_tags: Vec<u16>,
    /// The key tags of the signatures here that are not the reference's.
    pub found_tags: Vec<u16>,
    /// The number of RRsets of signatures.
    pub rrsets: u64,
    /// The number of signatures, on the side that has more of them.
    pub records: u64,
}

/// What makes differences have the same cause.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CauseKey {
    kind: usize,
    field: SignatureField,
    reference_tags: Vec<u16>,
    found_tags: Vec<u16>,
}

/// The causes of all signatures that differ.
#[derive(Default)]
pub(super) struct Causes {
    counted: BTreeMap<CauseKey, SignatureCause>,
}

impl Causes {
    /// Counts the signatures over one RRset, which differ.
    pub(super) fn add<'a, S: SideRecords<'a>>(&mut self, kind: DifferenceKind, sides: [&S; 2]) {
        let Some((key, records)) = cause(kind, sides) else { return };
        if self.counted.len() >= MAX_COUNTED && !self.counted.contains_key(&key) {
            return;
        }
        let CauseKey { field, reference_tags, found_tags, .. } = key.clone();
        let new = SignatureCause { kind, field, reference_tags, found_tags, rrsets: 0, records: 0 };
        let counted = self.counted.entry(key).or_insert(new);
        counted.rrsets += 1;
        counted.records += records;
    }

    /// Returns the causes, those of most signatures first.
    pub(super) fn finish(self) -> Vec<SignatureCause> {
        let mut causes: Vec<SignatureCause> = self.counted.into_values().collect();
        causes.sort_by_key(|cause| std::cmp::Reverse(cause.records));
        causes.truncate(MAX_CAUSES);
        causes
    }
}

/// Returns the position among these causes of the one for which the signatures over an RRset differ.
pub(super) fn position<'a, S: SideRecords<'a>>(
    causes: &[SignatureCause],
    kind: DifferenceKind,
    sides: [&S; 2],
) -> Option<usize> {
    let (key, _) = cause(kind, sides)?;
    causes.iter().position(|cause| {
        let of = (cause.kind as usize, cause.field, &cause.reference_tags, &cause.found_tags);
        of == (key.kind, key.field, &key.reference_tags, &key.found_tags)
    })
}

/// Returns why the signatures over one RRset differ, and in how many of them; `None` if one is not well formed.
fn cause<'a, S: SideRecords<'a>>(kind: DifferenceKind, [ours, theirs]: [&S; 2]) -> Option<(CauseKey, u64)> {
    let differing = |own: &S, other: &S| -> Option<BTreeSet<Rrsig<'a>>> {
        let is_other = |identity| kind == DifferenceKind::Ttl || !other.has_identity(identity);
        let records = own.iter().filter(|record| is_other(record.identity));
        records.map(|record| Rrsig::from_rdata(record.rdata)).collect()
    };
    let sides = [differing(ours, theirs)?, differing(theirs, ours)?];
    let tags = |signatures: &BTreeSet<Rrsig<'_>>| -> Option<Vec<u16>> {
        let tags: BTreeSet<u16> = signatures.iter().map(|rrsig| rrsig.key_tag).collect();
        (tags.len() <= MAX_TAGS).then(|| tags.into_iter().collect())
    };
    let [reference_tags, found_tags] = [tags(&sides[0])?, tags(&sides[1])?];
    let records = sides.iter().map(BTreeSet::len).max().unwrap_or_default() as u64;
    let field = match kind {
        DifferenceKind::Ttl => SignatureField::Ttl,
        _ => differing_field(&sides),
    };
    Some((CauseKey { kind: kind as usize, field, reference_tags, found_tags }, records))
}

/// Returns the first field in which two sides differ: another key explains the others, and so on.
fn differing_field([ours, theirs]: &[BTreeSet<Rrsig<'_>>; 2]) -> SignatureField {
    fn same<'r, T: Ord>([ours, theirs]: [&BTreeSet<Rrsig<'r>>; 2], field: impl Fn(&Rrsig<'r>) -> T) -> bool {
        let [ours, theirs] = [ours, theirs].map(|side| side.iter().map(&field).collect::<BTreeSet<T>>());
        ours == theirs
    }
    let sides = [ours, theirs];
    if !same(sides, |rrsig| rrsig.key_tag) {
        SignatureField::KeyTag
    } else if !same(sides, |rrsig| rrsig.algorithm) {
        SignatureField::Algorithm
    } else if !same(sides, |rrsig| rrsig.signer) {
        SignatureField::Signer
    } else if !same(sides, |rrsig| rrsig.labels) {
        SignatureField::Labels
    } else if !same(sides, |rrsig| rrsig.original_ttl) {
        SignatureField::OriginalTtl
    } else {
        SignatureField::Bytes
    }
}

impl SignatureCause {
    /// Whether it has so many RRsets of signatures that text has a line for the cause in place of one for each.
    pub fn has_many(&self) -> bool {
        self.rrsets > MAX_SINGLE
    }

    /// Describes what is wrong with the signatures, as it follows their number.
    pub fn in_words(&self) -> String {
        let (reference, found) = (&self.reference_tags, &self.found_tags);
        let by = tags_in_words(if found.is_empty() { reference } else { found });
        match self.field {
            SignatureField::KeyTag if found.is_empty() => format!("missing here ({by})"),
            SignatureField::KeyTag if reference.is_empty() => {
                format!("that the reference does not have ({by})")
            }
            SignatureField::KeyTag => {
                let key = if found.len() == 1 { "another key" } else { "other keys" };
                format!("by {key} ({by}) than the reference's ({})", tags_in_words(reference))
            }
            SignatureField::Algorithm => format!("of another algorithm ({by})"),
            SignatureField::Signer => format!("with another signer's name ({by})"),
            SignatureField::Labels => format!("with another number of labels ({by})"),
            SignatureField::OriginalTtl => format!("with another original TTL ({by})"),
            SignatureField::Ttl => format!("with another TTL ({by})"),
            SignatureField::Bytes => format!("with other bytes by the same key ({by})"),
        }
    }
}

/// Lists key tags: `tag 1`, or `tags 1, 2`.
pub fn tags_in_words(tags: &[u16]) -> String {
    let listed: Vec<String> = tags.iter().map(u16::to_string).collect();
    format!("{} {}", if tags.len() == 1 { "tag" } else { "tags" }, listed.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::difference::pair::SidedRecord;
    use crate::digest::signature_meaning;
    use crate::dns::Rtype;

    /// A signature by a key.
    fn by(tag: u8) -> Vec<u8> {
        let front = [0, 1, 13, 2, 0, 0, 1, 44, 9, 9, 9, 9, 8, 8, 8, 8, 0, tag];
        [&front[..], b"\x04test\0", &[7; 8]].concat()
    }

    /// The same with another octet.
    fn with(mut rdata: Vec<u8>, index: usize, octet: u8) -> Vec<u8> {
        rdata[index] = octet;
        rdata
    }

    /// The records of one side, compared by their meaning or by their bytes.
    fn side(signatures: &[Vec<u8>], is_exact: bool) -> Vec<SidedRecord<'_>> {
        let identity = |rdata| if is_exact { (rdata, [].as_slice()) } else { signature_meaning(rdata) };
        let mut side: Vec<SidedRecord<'_>> = signatures
            .iter()
            .map(|rdata| SidedRecord {
                bucket: 0,
                owner: b"\x04test\0",
                kind: (Rtype::RRSIG, 1),
                identity: identity(rdata),
                ttl: 300,
                rdata,
            })
            .collect();
        side.sort_unstable_by(SidedRecord::compare);
        side
    }

    /// What is said of signatures that differ in five RRsets.
    fn said(ours: &[Vec<u8>], theirs: &[Vec<u8>], is_exact: bool) -> (u64, u64, String) {
        let kind = match (ours.is_empty(), theirs.is_empty()) {
            (false, true) => DifferenceKind::Missing,
            (true, false) => DifferenceKind::Extra,
            _ => DifferenceKind::Changed,
        };
        let sides = [side(ours, is_exact), side(theirs, is_exact)];
        let mut causes = Causes::default();
        (0..5).for_each(|_| causes.add(kind, [&sides[0], &sides[1]]));
        let causes = causes.finish();
        let [cause] = &causes[..] else { panic!("{causes:?}") };
        assert_eq!(position(&causes, kind, [&sides[0], &sides[1]]), Some(0));
        (cause.rrsets, cause.records, cause.in_words())
    }

    #[test]
    fn each_cause_is_told_with_its_key_tags() {
        let name = |tag| with(by(tag), 19, b'p');
        for (ours, theirs, records, expected) in [
            (vec![by(1)], vec![by(2)], 5, "by another key (tag 2) than the reference's (tag 1)"),
            (vec![by(1)], vec![by(2), by(3)], 10, "by other keys (tags 2, 3) than the reference's (tag 1)"),
            (vec![by(1)], vec![], 5, "missing here (tag 1)"),
            (vec![by(1), by(2)], vec![by(1)], 5, "missing here (tag 2)"),
            (vec![], vec![by(2), by(3)], 10, "that the reference does not have (tags 2, 3)"),
            (vec![by(1)], vec![by(1), by(2)], 5, "that the reference does not have (tag 2)"),
            (vec![by(1)], vec![with(by(1), 2, 8)], 5, "of another algorithm (tag 1)"),
            (vec![by(1)], vec![with(by(1), 3, 1)], 5, "with another number of labels (tag 1)"),
            (vec![by(1)], vec![with(by(1), 7, 45)], 5, "with another original TTL (tag 1)"),
            (vec![by(1)], vec![name(1)], 5, "with another signer's name (tag 1)"),
            // The key explains all else.
            (vec![by(1)], vec![with(by(2), 7, 45)], 5, "by another key (tag 2) than the reference's (tag 1)"),
        ] {
            assert_eq!(said(&ours, &theirs, false), (5, records, expected.to_owned()));
        }
    }

    #[test]
    fn other_times_are_a_cause_where_bytes_are_compared() {
        let expected = "with other bytes by the same key (tag 1)".to_owned();
        assert_eq!(said(&[by(1)], &[with(by(1), 9, 0)], true), (5, 5, expected));
    }

    #[test]
    fn another_ttl_is_a_cause() {
        let signatures = [by(1)];
        let ours = side(&signatures, false);
        let theirs = vec![SidedRecord { ttl: 60, ..ours[0] }];
        let mut causes = Causes::default();
        causes.add(DifferenceKind::Ttl, [&ours, &theirs]);
        assert_eq!(causes.finish()[0].in_words(), "with another TTL (tag 1)");
    }

    #[test]
    fn causes_are_bounded_and_those_of_most_signatures_stay() {
        let mut causes = Causes::default();
        let rare: Vec<[Vec<u8>; 1]> = (2..200).map(|tag| [by(tag)]).collect();
        let common = [by(1)];
        let none = Vec::new();
        for signatures in &rare {
            causes.add(DifferenceKind::Missing, [&side(signatures, false), &none]);
            causes.add(DifferenceKind::Missing, [&side(&common, false), &none]);
        }
        let causes = causes.finish();
        assert_eq!((causes.len(), causes[0].rrsets), (MAX_CAUSES, 198));
        assert_eq!(causes[0].reference_tags, [1]);
    }

    #[test]
    fn signatures_that_are_not_well_formed_have_no_cause() {
        let none = Vec::new();
        for length in 0..by(1).len() - 9 {
            let signatures = [by(1)[..length].to_vec()];
            let mut causes = Causes::default();
            causes.add(DifferenceKind::Missing, [&side(&signatures, false), &none]);
            assert_eq!(causes.finish(), [], "{length}");
        }
    }
}
