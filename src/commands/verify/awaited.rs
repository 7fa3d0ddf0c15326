//! Which servers are waited for.

use std::time::Instant;

use anyhow::bail;

use super::attempt::Attempt;
use super::run::VerifyRun;
use crate::judge::Verdict;
use crate::plan::Target;
use crate::report::model::ServerReport;

impl VerifyRun {
    /// Waits for these addresses alone, and begins now.
    pub(in crate::commands) fn wait_for(&mut self, awaited: Vec<Target>) {
        self.awaited = Some(awaited);
        self.began = Instant::now();
    }

    /// Whether the list of addresses that are waited for is there and empty.
    pub(super) fn awaits_nobody(&self) -> bool {
        self.awaited.as_ref().is_some_and(Vec::is_empty)
    }

    /// Whether none of the addresses in the list of those that are waited for can still change.
    pub(super) fn are_awaited_settled(&self) -> bool {
        let (Some(_), Some(Attempt { report, .. })) = (&self.awaited, &self.outcome.last) else {
            return false;
        };
        let may_change = |server: &ServerReport| match server.verdict {
            Verdict::Unreachable
            | Verdict::Lame
            | Verdict::Mixed
            | Verdict::Stuck
            | Verdict::Behind
            | Verdict::Propagating => self.is_waited_for(&server.server, server.address_text()),
            Verdict::Incomparable
            | Verdict::Ahead
            | Verdict::Diverged
            | Verdict::Unknown
            | Verdict::InSync => false,
        };
        !report.servers.iter().any(may_change)
    }

    /// Whether an address is waited for.
    pub(super) fn is_waited_for(&self, server: &str, address: &str) -> bool {
        let is_same = |target: &Target| target.server == server && target.address.to_string() == address;
        let is_awaited = self.awaited.as_ref().is_none_or(|awaited| awaited.iter().any(is_same));
        is_awaited && !self.is_warn_only(server, address)
    }

    /// Whether `--warn-only` names a server.
    pub(super) fn is_warn_only(&self, server: &str, address: &str) -> bool {
        self.args.warn_only.iter().any(|name| name == server || name == address)
    }

    pub(super) fn is_warn_only_report(&self, server: &ServerReport) -> bool {
        self.is_warn_only(&server.server, server.address_text())
    }

    /// Requires every server that `--warn-only` names to be one of the zone.
    pub(super) fn require_warn_only_servers(&self) -> anyhow::Result<()> {
        for name in &self.args.warn_only {
            let is_named = |target: &Target| *name == target.server || *name == target.address.to_string();
            let is_unasked = self.plan.unasked.iter().any(|unasked| *name == unasked.server);
            if !is_unasked && !self.plan.targets.iter().any(is_named) {
                let asked = self.plan.targets.iter().map(|it| it.server.as_str());
                let unasked = self.plan.unasked.iter().map(|it| it.server.as_str());
                let mut names: Vec<&str> = asked.chain(unasked).collect();
                names.dedup();
                bail!(
                    "`--warn-only {}` is none of the servers of this zone\nhint: they are {}",
                    name.escape_debug(),
                    names.join(", ").escape_debug()
                );
            }
        }
        Ok(())
    }
}
