//! Reads both sides: by transfer, from files, or by queries where a server gives no transfer.

use anyhow::bail;

use super::asked::{AskedRecords, AskedSide, Gaps};
use super::records::{ReadSide, SideRecords};
use super::sides::{Side, Sides};
use crate::check::{AskAloneError, AskedAlone, KnownRrsets, SortedCopy};
use crate::cli::ByArg;
use crate::diff::{DiffRules, UpdatedServer};
use crate::dns::Soa;
use crate::observe::Failure;

/// Both sides, read.
pub(super) struct Compared {
    pub(super) rules: DiffRules,
    pub(super) reference: ReadSide,
    pub(super) target: ReadSide,
    /// The server that is changed, if it is one.
    pub(super) server: Option<UpdatedServer>,
    /// How the records were read.
    pub(super) coverage: Coverage,
    /// The SOA that the reference has now, if it went on.
    newer: Option<Soa>,
}

/// How the records were read.
pub(super) enum Coverage {
    /// Both sides whole.
    Whole,
    /// One side by queries for what the other one has.
    Asked {
        /// Which one.
        side: AskedSide,
        /// The number of RRsets that were answered.
        asked: u64,
        /// The number of RRsets of the other side that queries can see, if it is known.
        askable: Option<u64>,
        /// What the answers leave open.
        gaps: Gaps,
    },
}

/// Why there is no copy of a server.
enum NoCopy {
    /// The user wants it to be asked.
    NotTried,
    /// It gives none.
    Failed(Failure),
}

/// Reads both sides.
pub(super) async fn read(sides: &Sides, by: ByArg) -> anyhow::Result<Compared> {
    let tries_target = by != ByArg::Query;
    let (reference, target) =
        tokio::join!(copy(sides, &sides.reference, true), copy(sides, &sides.target, tries_target));
    let (reference, target) = (reference?, target?);
    for (side, copy) in [(&sides.reference, &reference), (&sides.target, &target)] {
        if let Err(no_copy) = copy {
            require_answers(side, no_copy, by)?;
        }
    }
    let mut compared = match (reference, target) {
        (Ok(reference), Ok(target)) => whole(sides, reference, target),
        (reference, target) => ask(sides, reference.ok(), target.ok()).await?,
    };
    check_versions(sides, &mut compared).await?;
    Ok(compared)
}

/// Reads the copy of one side, if it gives one.
async fn copy(sides: &Sides, side: &Side, is_tried: bool) -> anyhow::Result<Result<SortedCopy, NoCopy>> {
    let zone = &sides.plan.zone;
    let copy = match side {
        Side::Server(_) if !is_tried => return Ok(Err(NoCopy::NotTried)),
        Side::Server(target) => sides.checker.transfer_sorted(zone, target).await,
        Side::File(file) => sides.checker.read_file_sorted(zone, file).await?,
    };
    Ok(copy.map_err(NoCopy::Failed))
}

/// Requires a side that gives no copy to be one that may be asked.
fn require_answers(side: &Side, no_copy: &NoCopy, by: ByArg) -> anyhow::Result<()> {
    let NoCopy::Failed(failure) = no_copy else { return Ok(()) };
    let may_be_asked = matches!(side, Side::Server(_)) && failure.may_answer_queries();
    let name = side.name();
    match by {
        ByArg::Auto | ByArg::Query if may_be_asked => Ok(()),
        ByArg::Transfer if may_be_asked => bail!(
            "cannot read the zone from {name}: {failure}\nhint: without `--by transfer`, it is asked for each RRset"
        ),
        ByArg::Transfer | ByArg::Auto | ByArg::Query => bail!("cannot read the zone from {name}: {failure}"),
    }
}

/// Both sides, of which all is known.
fn whole(sides: &Sides, reference: SortedCopy, target: SortedCopy) -> Compared {
    let read = |side: &Side, copy: SortedCopy| ReadSide {
        name: side.name(),
        soa: copy.soa.clone(),
        rrsets: Some(copy.rrsets.rrsets()),
        records: SideRecords::Whole(copy),
    };
    let both = (read(&sides.reference, reference), read(&sides.target, target));
    Compared::new(sides, both, Coverage::Whole)
}

/// Asks one side for what the other one has, of which there is a copy or not.
async fn ask(
    sides: &Sides,
    reference: Option<SortedCopy>,
    target: Option<SortedCopy>,
) -> anyhow::Result<Compared> {
    let is_of_file = |side: &Side| matches!(side, Side::File(_));
    let (side, known) = match (&reference, &target, &sides.reference) {
        (Some(copy), _, side) => {
            (AskedSide::Target, KnownRrsets::Copy { copy, is_of_file: is_of_file(side) })
        }
        (None, Some(copy), _) => {
            (AskedSide::Reference, KnownRrsets::Copy { copy, is_of_file: is_of_file(&sides.target) })
        }
        (None, None, Side::Server(reference)) => (AskedSide::Target, KnownRrsets::Answers(reference)),
        (None, None, Side::File(file)) => bail!("{} was not read", file.name()),
    };
    let (asked_side, other_side) = match side {
        AskedSide::Target => (&sides.target, &sides.reference),
        AskedSide::Reference => (&sides.reference, &sides.target),
    };
    let Side::Server(address) = asked_side else { bail!("{} was not read", asked_side.name()) };
    let answered = sides.checker.ask_alone(&sides.plan, known, address).await;
    let AskedAlone { known: known_soa, asked } = match answered {
        Ok(answered) => answered,
        Err(error) => {
            let (side, failure) = match error {
                AskAloneError::Known(failure) => (other_side, failure),
                AskAloneError::Asked(failure) => (asked_side, failure),
            };
            bail!("cannot read the zone from {} by queries: {failure}", side.name())
        }
    };
    let asked_soa = asked.soa.clone();
    let AskedRecords { known, found, gaps, asked, askable } = AskedRecords::new(asked);
    let read = |side: &Side, soa, rrsets| ReadSide {
        name: side.name(),
        soa,
        rrsets: None,
        records: SideRecords::Differing(rrsets),
    };
    let (other, asked_one) = (read(other_side, known_soa, known), read(asked_side, asked_soa, found));
    let both = match side {
        AskedSide::Target => (other, asked_one),
        AskedSide::Reference => (asked_one, other),
    };
    Ok(Compared::new(sides, both, Coverage::Asked { side, asked, askable, gaps }))
}

/// Requires the target to be at the version that was read, and notes a newer one of the reference.
async fn check_versions(sides: &Sides, compared: &mut Compared) -> anyhow::Result<()> {
    let Compared { reference, target, .. } = compared;
    let soa = async |side: &Side| match side {
        Side::Server(address) => Some(sides.checker.soa(&sides.plan.zone, address).await),
        Side::File(_) => None,
    };
    let (of_reference, of_target) = tokio::join!(soa(&sides.reference), soa(&sides.target));
    match of_target {
        Some(Ok(now)) if now != target.soa => bail!(
            "{} has changed while it was read, from serial {} to {}\nhint: run the command again",
            target.name,
            target.soa.serial,
            now.serial
        ),
        Some(Err(failure)) => {
            bail!("cannot tell whether {} has changed while it was read: {failure}", target.name)
        }
        Some(Ok(_)) | None => {}
    }
    compared.newer = of_reference.and_then(Result::ok).filter(|now| *now != reference.soa);
    Ok(())
}

impl Compared {
    fn new(sides: &Sides, (reference, target): (ReadSide, ReadSide), coverage: Coverage) -> Self {
        let rules =
            DiffRules { zone: sides.plan.zone.clone(), ignored: sides.plan.rules.content.ignored.clone() };
        let server = match &sides.target {
            Side::Server(target) => Some(UpdatedServer {
                address: target.address,
                source: target.source,
                is_over_tls: target.tls.is_some(),
            }),
            Side::File(_) => None,
        };
        Self { rules, reference, target, server, coverage, newer: None }
    }

    /// Whether all records of both sides are known.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.coverage, Coverage::Whole)
    }

    /// What may be a mistake.
    pub(super) fn warnings(&self) -> Vec<String> {
        let Self { reference, target, newer, .. } = self;
        let (right, here) = (reference.soa.serial, target.soa.serial);
        let is_older = here.is_newer_than(right).then(|| {
            format!(
                "{} has serial {here}, which is newer than serial {right} of {}: are they the right way round?",
                target.name, reference.name
            )
        });
        let newer = newer.as_ref().map(|newer| {
            format!(
                "{} has serial {} by now; what is compared is serial {right}",
                reference.name, newer.serial
            )
        });
        is_older.into_iter().chain(newer).collect()
    }
}
