//! Signatures that differ for one cause, in one line.

use crate::report::model::{DifferenceReport, DifferencesReport, SignatureCauseReport};
use crate::report::text::grouped;

/// The differences as text lists them: RRsets on their own, and causes of many signatures.
#[derive(Debug)]
pub(crate) struct GroupedDifferences<'r> {
    /// The RRsets that are listed on their own.
    pub(crate) rrsets: Vec<&'r DifferenceReport>,
    /// A line for each cause.
    pub(crate) causes: Vec<String>,
    /// The number of RRsets that are neither.
    pub(crate) more: u64,
}

impl<'r> GroupedDifferences<'r> {
    /// Lists at most `max` RRsets on their own.
    pub(crate) fn new(differences: &'r DifferencesReport, max: usize) -> Self {
        let causes = &differences.signature_causes;
        let is_single = |difference: &&DifferenceReport| {
            let cause = difference.signature_cause.and_then(|position| causes.get(position));
            !cause.is_some_and(|cause| cause.has_many)
        };
        let rrsets: Vec<&DifferenceReport> = differences.rrsets.iter().filter(is_single).take(max).collect();
        let of_causes: u64 = causes.iter().filter(|cause| cause.has_many).map(|cause| cause.rrsets).sum();
        let more = differences.all().saturating_sub(of_causes).saturating_sub(rrsets.len() as u64);
        Self { rrsets, causes: causes_in_words(differences), more }
    }
}

/// Describes each cause of many signatures: `2,481 RRSIGs by another key (tag 12345) than the reference's (tag 4711)`.
pub(crate) fn causes_in_words(differences: &DifferencesReport) -> Vec<String> {
    let at_least = differences.at_least_for_causes();
    let line = |cause: &SignatureCauseReport| {
        format!("{at_least}{} RRSIGs {}", grouped(cause.records), cause.description)
    };
    differences.signature_causes.iter().filter(|cause| cause.has_many).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Difference, DifferenceKind, Differences, SignatureCause, SignatureField};

    fn cause(rrsets: u64, tag: u16) -> SignatureCause {
        SignatureCause {
            kind: DifferenceKind::Changed,
            field: SignatureField::KeyTag,
            reference_tags: vec![4711],
            found_tags: vec![tag],
            rrsets,
            records: rrsets,
        }
    }

    fn listed(owner: &str, signature_cause: Option<usize>) -> Difference {
        let (owner, rtype) = (owner.to_owned(), "RRSIG".to_owned());
        let kind = DifferenceKind::Changed;
        Difference { owner, rtype, kind, reference: None, found: None, answer: None, signature_cause }
    }

    #[test]
    fn more_than_three_signatures_of_one_cause_are_one_line() {
        let differences = Differences {
            changed: 2490,
            signature_causes: vec![cause(2481, 12345), cause(3, 7)],
            listed: vec![
                listed("data.", None),
                listed("first.", Some(0)),
                listed("second.", Some(1)),
                listed("odd.", None),
            ],
            ..Differences::default()
        };
        let report = DifferencesReport::from(&differences);
        let grouped = GroupedDifferences::new(&report, 10);
        let owners: Vec<&str> = grouped.rrsets.iter().map(|it| it.owner.as_str()).collect();
        assert_eq!(owners, ["data.", "second.", "odd."]);
        assert_eq!(
            grouped.causes,
            ["2,481 RRSIGs by another key (tag 12345) than the reference's (tag 4711)"]
        );
        assert_eq!(grouped.more, 6);
        assert_eq!(GroupedDifferences::new(&report, 1).more, 8);
    }

    #[test]
    fn counts_of_causes_are_lower_bounds_where_not_all_signatures_are_known() {
        let differences = Differences {
            changed: 9,
            signature_causes: vec![cause(4, 7)],
            has_other_causes: true,
            ..Differences::default()
        };
        let causes = causes_in_words(&DifferencesReport::from(&differences));
        assert_eq!(causes, ["at least 4 RRSIGs by another key (tag 7) than the reference's (tag 4711)"]);
    }
}
