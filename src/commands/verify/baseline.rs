//! The zone as it was before the change, and what of it may differ now.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail};

use crate::blocking;
use crate::check::{CheckRequest, CheckResult, Checker};
use crate::cli::ExpectArgs;
use crate::clock;
use crate::commands::text;
use crate::dns::{Name, Rtype};
use crate::expect::parse_permitted;
use crate::plan::{Compare, ComparisonRules, ContentRules, Plan, Serials, TtlDifference, ZoneSettings};
use crate::report::{ZoneReport, zone_report};
use crate::transfer::{ZoneFile, ZoneFileReadError};

/// The zone as it was before the change.
pub(super) struct Baseline {
    /// Compares servers with its file.
    checker: Checker,
    settings: ZoneSettings,
    /// What is expected, in words.
    pub(super) expected: String,
}

impl Baseline {
    /// Reads the baseline, before any query is sent.
    pub(super) async fn read(
        args: &ExpectArgs,
        zone: &Name,
        checker: &Checker,
        settings: &ZoneSettings,
    ) -> anyhow::Result<Option<Self>> {
        let Some(path) = &args.baseline else { return Ok(None) };
        let label = zone.without_final_dot();
        let permitted = parse_permitted(zone, &args.only_changed)
            .with_context(|| format!("cannot take that for a change of `{label}`"))?;
        let file = path.clone();
        blocking::run(move || refuse_json(&file)).await?;
        let names: Vec<String> = permitted.iter().map(|(owner, rtype)| format!("{owner} {rtype}")).collect();
        let file_name = path.display().to_string().escape_debug().to_string();
        let expected = match names.as_slice() {
            [] => format!("nothing to differ from {file_name}"),
            names => format!("nothing but {} to differ from {file_name}", names.join(", ")),
        };
        let file = ZoneFile::new(path.clone(), checker.transfers.limits);
        let serials = match settings.comparison.serials {
            Serials::Independent => Serials::Independent,
            Serials::Shared | Serials::Superseded => Serials::Superseded,
        };
        let rules = ComparisonRules {
            compare: Compare::Records,
            content: ContentRules { permitted, ..settings.comparison.content.clone() },
            ttl: TtlDifference::Diverged,
            serials,
            validation: None,
            delegation: None,
            samples: 1,
            caches: None,
            ..settings.comparison.clone()
        };
        let settings = ZoneSettings { servers: settings.servers.clone(), comparison: rules };
        let checker = Checker { zone_file: Some(file), ..checker.fork() };
        checker
            .check_zone_file(zone)
            .await
            .with_context(|| format!("cannot read the baseline of `{label}`"))?;
        Ok(Some(Self { checker, settings, expected }))
    }

    /// Whether one of these names may get another delegation or DNAME.
    pub(super) fn permits_redirecting(&self, owners: &[Name]) -> bool {
        let mut permitted = self.settings.comparison.content.permitted.iter();
        permitted.any(|(owner, rtype)| matches!(*rtype, Rtype::NS | Rtype::DNAME) && owners.contains(owner))
    }

    /// Compares every server of a plan with the baseline.
    pub(super) async fn check(&self, plan: Plan, until: Instant) -> Result<ZoneReport, ZoneFileReadError> {
        let plan = Plan { rules: self.settings.comparison.clone(), ..plan };
        let request = CheckRequest::planned(plan, &self.settings.servers, clock::now());
        // The check beside this one asks them.
        let request = CheckRequest { until: Some(until), asks_status: false, ..request };
        let CheckResult { evidence, judgement, caches, statuses, .. } =
            Box::pin(self.checker.check(request)).await?;
        Ok(zone_report(&evidence, &judgement, &caches, &statuses))
    }
}

/// Refuses a report in place of a zone file: it holds no records.
fn refuse_json(path: &Path) -> anyhow::Result<()> {
    let mut start = Vec::new();
    let unreadable = || format!("cannot read the baseline `{}`", path.display());
    // A pipe is not even opened, since that waits for its writer; who reads the zone file refuses it.
    if !path.metadata().with_context(unreadable)?.is_file() {
        return Ok(());
    }
    let file = File::open(path).with_context(unreadable)?;
    file.take(64).read_to_end(&mut start).with_context(unreadable)?;
    if text::without_mark(&start).unwrap_or(&start).trim_ascii_start().starts_with(b"{") {
        bail!(
            "the baseline `{}` is JSON, and reports hold no records\nhint: give a zone file, as \
             `dig @PRIMARY ZONE AXFR +onesoa` writes it before the change",
            path.display()
        );
    }
    Ok(())
}
