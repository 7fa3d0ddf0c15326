//! `check --catalog`: the zones that a catalog lists, and how each is checked.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::bail;

use super::zone_settings::{CatalogSettings, SettingsByZone};
use crate::check::CheckResult;
use crate::dns::Name;
use crate::judge::catalog::CatalogState;
use crate::judge::{Evidence, Responses, ServerJudgement, Verdict};
use crate::plan::{CatalogLag, Membership, MembershipState, ZoneSettings};

/// The zones of the list that is in force, after the catalog was checked.
#[derive(Debug)]
pub(super) struct CatalogMembers {
    settings: CatalogSettings,
    by_zone: SettingsByZone,
    state: Arc<CatalogState>,
    /// The servers that lag behind at the catalog.
    lags: Arc<[CatalogLag]>,
    /// The zones that left the catalog, and that no server answers for any more.
    gone: Mutex<Vec<Name>>,
}

impl CatalogMembers {
    /// The zones of a list in force; an error if there is none because the catalog was never read.
    pub(super) fn new(
        settings: CatalogSettings,
        by_zone: SettingsByZone,
        checked: &CheckResult,
    ) -> anyhow::Result<Self> {
        let state = checked.judgement.catalog.clone().unwrap_or_default();
        if state.list.is_none() && state.last.is_none() {
            bail!(
                "cannot check the members of the catalog `{}`: no server gave it by a transfer\n\
                 hint: allow this host to transfer it from the primary",
                settings.zone.without_final_dot()
            );
        }
        Ok(Self { settings, by_zone, state, lags: lags(checked), gone: Mutex::default() })
    }

    /// The zones to check: the members, then those that left not long ago.
    pub(super) fn zones(&self) -> Vec<Name> {
        let Some(list) = &self.state.list else { return Vec::new() };
        let listed = MembershipState::BY_PRECEDENCE.into_iter().flat_map(|state| list.zones(state));
        listed.map(|member| member.zone.clone()).collect()
    }

    /// How a zone of the list is checked.
    pub(super) fn get(&self, zone: &Name) -> anyhow::Result<(Arc<ZoneSettings>, Option<Membership>)> {
        let list = self.state.list.as_ref();
        let membership = MembershipState::BY_PRECEDENCE
            .into_iter()
            .find_map(|state| Some(list?.find(zone, state)?.membership(&self.settings.zone, state)));
        let group = membership.as_ref().and_then(|membership| membership.group.as_deref());
        Ok((self.by_zone.of_member(&self.settings, (zone, group))?, membership))
    }

    /// The servers that lag behind at the catalog.
    pub(super) fn lags(&self) -> &Arc<[CatalogLag]> {
        &self.lags
    }

    /// Takes in what the servers answered for a zone that left.
    pub(super) fn observe(&self, evidence: &Evidence) {
        let membership = evidence.plan.membership.as_ref();
        let has_left = membership.is_some_and(|membership| membership.state == MembershipState::Left);
        let is_unanswered =
            |responses: &Responses| responses.soa().is_none() && responses.best_response().is_some();
        if has_left && evidence.by_target().all(|(_, responses)| is_unanswered(responses)) {
            self.gone.lock().unwrap_or_else(PoisonError::into_inner).push(evidence.plan.zone.clone());
        }
    }

    /// What is known of the catalog after all its zones were checked, if that has changed.
    pub(super) fn state_after(&self) -> Option<Arc<CatalogState>> {
        let gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        (!gone.is_empty()).then(|| Arc::new(self.state.forget(&gone)))
    }
}

/// Returns the servers that have an older catalog, and time to follow.
fn lags(CheckResult { evidence, judgement, .. }: &CheckResult) -> Arc<[CatalogLag]> {
    let lag = |server: &ServerJudgement| {
        let follows = matches!(server.decision.verdict, Verdict::Behind | Verdict::Propagating);
        let lag = server.decision.lag.as_ref().filter(|_| follows)?;
        let since = lag.since.unwrap_or(lag.checked_at);
        let deadline = since.checked_add(lag.heals_within)?;
        Some(CatalogLag { address: evidence.plan.target(server.target)?.address, deadline })
    };
    judgement.servers.iter().filter_map(lag).collect()
}
