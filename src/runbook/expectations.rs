//! The runbook entries of expectations that `zoneprobe verify` found unmet.

use super::entry::RunbookEntry;
use crate::advice::task::{REFRESH, STATUS};

pub(super) const UNMET: RunbookEntry = RunbookEntry {
    title: "The server does not serve what was expected",
    meaning: "`verify` was given what a change brings about (`--serial`, `--expect`, `--contains`, `--absent`), and \
              this server did not serve it at the end. The message contains what was expected and what was found. Records \
              are compared in canonical form; with `--expect`, all records of one owner and type together.",
    causes: &[
        "The change is not on the primary: it was refused, or is not published yet.",
        "This server has not transferred the change yet, or its transfers fail.",
        "The change is in another view, or in another zone below this one.",
        "The name is an alias (CNAME), is below a DNAME, or is delegated to other servers: `verify` follows none of \
         these, and says so.",
        "A wildcard answers for the name, which does not exist itself.",
        "The expectation lacks a record of the RRset, or states another TTL.",
        "Others write records of the same owner and type, which `--expect` and `--absent OWNER TYPE` do not allow.",
    ],
    remedy: &[
        "Look at the primary first: no server can have what the primary lacks.",
        "If the primary has it, let this server refresh, and read its log for this zone.",
        "If others write to the same RRset, use `--contains`, and `--absent` with the record.",
        "Wait longer (`--wait`) if a signer or a provider takes its time.",
    ],
    tasks: &[STATUS, REFRESH],
};

pub(super) const UNEXPECTED_CHANGE: RunbookEntry = RunbookEntry {
    title: "More has changed than was to change",
    meaning: "`verify` was given the zone as it was before the change (`--baseline`) and the RRsets that the change \
              may alter (`--only-changed`). At the end other RRsets of this server differ from the baseline too. \
              The message names the first of them. A different TTL counts as a change; the serial, and \
              signatures over RRsets that may change, do not.",
    causes: &[
        "The change did more than intended: a pattern was too wide, or a whole zone was written again.",
        "The zone was also changed by others since the baseline was taken.",
        "The zone is signed, and its NSEC, NSEC3 or ZONEMD records change with each change.",
        "The baseline is older than the last change before this one.",
    ],
    remedy: &[
        "Look at the RRsets that are named. If they are meant to change, name them with `--only-changed`.",
        "If they are not, undo their changes on the primary, and raise the serial.",
        "Take the baseline right before the change, and leave out what is generated: `--dnssec ignore`.",
    ],
    tasks: &[],
};
