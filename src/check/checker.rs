//! What a check is done with.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::time_limit::TimeLimit;
use crate::digest::HashKey;
use crate::dns::{Name, Rtype};
use crate::net::{Client, QueryRecorder};
use crate::observe::{Failure, RrsetAnswer};
use crate::plan::{Compare, ComparisonRules, Plan, ServerSelection, Target, ZoneSettings};
use crate::resolve::Finder;
use crate::status::StatusClient;
use crate::transfer::{TransferClient, ZoneFile};
use crate::validate::Validator;

/// Checks zones.
#[derive(Debug)]
pub struct Checker {
    /// Sends queries.
    pub client: Arc<Client>,
    /// Transfers copies.
    pub transfers: TransferClient,
    /// The zone file that servers are compared with, if there is one.
    pub zone_file: Option<ZoneFile>,
    /// Looks up servers and their addresses.
    pub finder: Finder,
    /// The secret of the digests.
    pub key: HashKey,
    /// Verifies signatures, and remembers those that it has verified.
    pub validator: Arc<Validator>,
    /// Asks servers what they say of their own zones.
    pub status: Arc<StatusClient>,
}

impl Checker {
    /// Another checker within the same limits, with sockets and a resolver of its own.
    #[must_use]
    pub fn fork(&self) -> Self {
        self.fork_with(self.client.fork())
    }

    /// Another checker like [`Self::fork`], with this timeout for queries.
    #[must_use]
    pub fn fork_with_timeout(&self, timeout: Duration) -> Self {
        let mut client = self.client.fork();
        client.timeout = timeout;
        self.fork_with(client)
    }

    fn fork_with(&self, client: Client) -> Self {
        let client = Arc::new(client);
        Self {
            transfers: TransferClient { client: Arc::clone(&client), limits: self.transfers.limits },
            client,
            finder: self.finder.fork(),
            zone_file: self.zone_file.clone(),
            key: self.key.clone(),
            validator: Arc::clone(&self.validator),
            status: Arc::clone(&self.status),
        }
    }

    /// Counts every query from now on.
    pub fn count_with(&mut self, recorder: Arc<dyn QueryRecorder>) {
        self.client = Arc::new(self.client.fork().recorded_by(recorder));
        self.transfers.client = Arc::clone(&self.client);
    }

    /// Looks up the servers of a zone; a lookup that takes longer fails.
    pub async fn plan(&self, zone: Name, settings: &ZoneSettings, limit: TimeLimit) -> Plan {
        let rules = settings.comparison.clone();
        self.finder.plan_until(limit.until, zone, &settings.servers, rules).await
    }

    /// Limits the rate of queries to servers that were looked up, where their records are compared: they are other
    /// people's.
    pub(super) fn be_polite(&self, servers: &ServerSelection, rules: &ComparisonRules, targets: &[Target]) {
        if servers.servers.is_empty() && rules.compare == Compare::Records {
            for target in targets {
                self.client.limiter.be_polite_to(target.address);
            }
        }
    }

    /// Asks every target of a plan for an RRset.
    pub async fn rrset(
        &self,
        plan: &Plan,
        (owner, rtype): (&Name, Rtype),
        limit: TimeLimit,
    ) -> Vec<(Target, Result<RrsetAnswer, Failure>)> {
        let ask = async |target: &Target| {
            let answer = limit.within(self.client.rrset(target, owner, rtype)).await;
            (target.clone(), answer.unwrap_or(Err(Failure::Timeout)))
        };
        join_all(plan.targets.iter().map(ask)).await
    }
}
