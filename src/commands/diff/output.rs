//! Prints the changes while the records are read.

use std::collections::HashSet;
use std::io;

use anyhow::{Context as _, bail};

use super::printed::PrintedText;
use super::read::Compared;
use super::records::{RrsetStream, changes, pairs};
use super::words::{conclusion, has_gaps, has_rest};
use crate::cli::DiffOutput;
use crate::commands::console::print_message;
use crate::diff::{
    ChangeSum, Changes, KnotcCommands, LeftOut, NsupdateScript, OwnerGroups, RrsetChange, RrsetData,
    comes_last, name_server_names, text, zone,
};
use crate::dns::{Name, Rtype};

/// Prints the changes between two sides.
pub(super) struct DiffPrinter {
    output: DiffOutput,
    compared: Compared,
    out: PrintedText,
}

/// What was printed.
struct Printed {
    sum: ChangeSum,
    left_out: LeftOut,
}

/// Where a change stands in a script.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    /// After all others.
    Last,
}

impl Place {
    /// Whether a change stands there; an error does everywhere.
    fn has(self, change: &io::Result<RrsetChange>) -> bool {
        change.as_ref().map_or(true, |change| comes_last(change) == (self == Self::Last))
    }
}

impl DiffPrinter {
    pub(super) fn new(output: DiffOutput, compared: Compared) -> Self {
        Self { output, compared, out: PrintedText::new() }
    }

    /// Prints all; returns whether the two sides are equal, so far as they are known.
    pub(super) fn print(mut self) -> anyhow::Result<bool> {
        let Printed { sum, left_out } = match self.output {
            DiffOutput::Text => self.print_text(),
            DiffOutput::Nsupdate => self.print_nsupdate(),
            DiffOutput::Knotc => self.print_knotc(),
            DiffOutput::Zone => self.print_zone(),
        }
        .context("cannot print the changes")?;
        let lines = conclusion(&self.compared, &sum, &left_out);
        let joined = |lead: &str| lines.iter().flat_map(|line| [lead, line, "\n"]).collect::<String>();
        match self.output {
            DiffOutput::Text => self.out.push(&joined("")),
            DiffOutput::Nsupdate => self.out.push(&joined("; ")),
            // `knotc` knows no comments, and the notes on a zone file stand at its head.
            DiffOutput::Knotc | DiffOutput::Zone => {}
        }
        self.out.flush()?;
        if self.output != DiffOutput::Text {
            print_message(&joined(""));
        }
        let coverage = &self.compared.coverage;
        let is_equal = sum.all() == 0 && !has_rest(coverage, &left_out);
        if is_equal && has_gaps(coverage) {
            bail!("the records may differ: some of them were not answered");
        }
        Ok(is_equal)
    }

    fn changes(&self) -> Changes<RrsetStream, RrsetStream> {
        changes(&self.compared.rules, &self.compared.reference, &self.compared.target)
    }

    fn print_text(&mut self) -> anyhow::Result<Printed> {
        let mut changes = self.changes();
        let Compared { reference, target, .. } = &self.compared;
        for change in changes.by_ref() {
            let change = change?;
            if self.out.is_unused() {
                self.out.push(&format!("--- {}, serial {}\n", target.name, target.soa.serial));
                self.out.push(&format!("+++ {}, serial {}\n", reference.name, reference.soa.serial));
            }
            self.out.write_with(|out| text::push_change(out, &change))?;
        }
        Ok(Printed::of(&changes))
    }

    fn print_nsupdate(&mut self) -> anyhow::Result<Printed> {
        let (zone, soa) = (self.compared.rules.zone.clone(), self.compared.target.soa.clone());
        let mut script = NsupdateScript::new(&zone, &soa);
        self.out.push(&self.comment("; ", "nsupdate -k KEYFILE SCRIPT"));
        let mut changes = self.changes();
        if let Some(first) = changes.next() {
            first?;
            self.out.write_with(|out| script.push_head(out, self.compared.server))?;
        }
        changes.by_ref().try_for_each(|change| change.map(drop))?;
        let mut printed = Printed::of(&changes);
        for place in [Place::First, Place::Last] {
            self.print_messages(&mut script, &zone, place)?;
        }
        let mut messages = 0;
        self.out.write_with(|out| messages = script.finish(out))?;
        if messages > 1 {
            self.out.push(&format!("; {messages} messages, each of which requires the one before it\n"));
        }
        printed.left_out.too_large = script.too_large();
        Ok(printed)
    }

    /// Adds the changes to a script that come first, or those that come last.
    fn print_messages(
        &mut self,
        script: &mut NsupdateScript,
        zone: &Name,
        place: Place,
    ) -> anyhow::Result<()> {
        let mut with_name_servers = HashSet::new();
        for group in OwnerGroups::new(self.changes().filter(|change| place.has(change))) {
            let mut group = group?;
            if group.first().is_some_and(|change| with_name_servers.contains(&change.owner)) {
                continue;
            }
            let names = name_server_names(zone, &group);
            if !names.is_empty() {
                group.extend(self.changes_of(&names, place)?);
                with_name_servers = names;
            }
            self.out.write_with(|out| script.add(out, &group))?;
        }
        Ok(())
    }

    /// The changes of some owners.
    fn changes_of(&self, owners: &HashSet<Name>, place: Place) -> io::Result<Vec<RrsetChange>> {
        let is_of_owner = |change: &io::Result<RrsetChange>| {
            change.as_ref().map_or(true, |change| owners.contains(&change.owner))
        };
        self.changes().filter(|change| is_of_owner(change) && place.has(change)).collect()
    }

    fn print_knotc(&mut self) -> anyhow::Result<Printed> {
        let mut commands = KnotcCommands::new(&self.compared.rules.zone);
        let mut changes = self.changes();
        for group in OwnerGroups::new(changes.by_ref()) {
            let group = group?;
            let is_first = self.out.is_unused();
            self.out.write_with(|out| {
                if is_first {
                    commands.push_begin(out);
                }
                commands.push_group(out, &group);
            })?;
        }
        if !self.out.is_unused() {
            self.out.write_with(|out| commands.push_commit(out))?;
        }
        let mut printed = Printed::of(&changes);
        printed.left_out.too_large = commands.too_large();
        Ok(printed)
    }

    fn print_zone(&mut self) -> anyhow::Result<Printed> {
        // What differs is known before the first record is printed.
        let mut changes = self.changes();
        changes.by_ref().try_for_each(|change| change.map(drop))?;
        let printed = Printed::of(&changes);
        let Compared { rules, reference, target, .. } = &self.compared;
        let mut head = self.comment("; ", "");
        for line in printed.left_out.zone_lines() {
            head += &format!("; {line}\n");
        }
        self.out.push(&head);
        let soa = RrsetData { ttl: reference.soa_ttl(), rdata: vec![reference.soa.to_rdata()] };
        self.out.write_with(|out| zone::push_records(out, &rules.zone, Rtype::SOA, &soa))?;
        for pair in pairs(reference, target) {
            let pair = pair?;
            self.out.write_with(|out| zone::push_rrset(out, rules, &pair))?;
        }
        Ok(printed)
    }

    /// What stands at the head of what a program reads, and how it is run.
    fn comment(&self, lead: &str, command: &str) -> String {
        let Compared { rules, reference, target, .. } = &self.compared;
        let mut text = format!(
            "{lead}{} at {}, serial {}, made equal to {}, serial {}\n",
            rules.zone, target.name, target.soa.serial, reference.name, reference.soa.serial
        );
        if !command.is_empty() {
            text += &format!("{lead}run it with: {command}\n");
        }
        text
    }
}

impl Printed {
    fn of(changes: &Changes<RrsetStream, RrsetStream>) -> Self {
        Self { sum: changes.counts().clone(), left_out: changes.left_out().clone() }
    }
}
