//! What servers say of their own zones: over HTTP, or through their control programs.
//!
//! In: a [`StatusChannel`] and a zone. Out: a [`ZoneStatus`], whose texts are escaped and short. A channel that is slow,
//! broken or hostile is a [`StatusFailure`]. The files of the software (`bind`, `powerdns`, `nsd`, `knot`) are pure
//! parsers; `http` and `command` are the edges.

mod bind;
mod command;
mod http;
mod json;
mod knot;
mod memory;
mod nsd;
mod powerdns;
mod quote;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use self::bind::Listing;
use self::http::HttpRequest;
use self::memory::{ChannelMemories, ChannelMemory};
use crate::blocking;
use crate::clock;
use crate::dns::Name;
use crate::observe::{StatusFailure, StatusSoftware, ZoneStatus};
use crate::plan::{HttpUrl, StatusChannel};
use crate::resolve::Finder;

/// The most bytes of BIND's statistics, which list all its zones: several hundred thousand of them.
const MAX_LISTING_BYTES: usize = 64 << 20;

/// The most bytes of what PowerDNS says of one zone.
const MAX_ZONE_BYTES: usize = 256 << 10;

/// Asks servers what they say of their own zones: each channel one question at a time, for all checks that share this.
#[derive(Debug, Default)]
pub struct StatusClient {
    memories: ChannelMemories,
}

/// What is asked, and where.
#[derive(Clone, Copy, Debug)]
pub struct StatusQuestion<'q> {
    /// The channel.
    pub channel: &'q Arc<StatusChannel>,
    /// The zone.
    pub zone: &'q Name,
    /// Finds the addresses of the host of a URL.
    pub finder: &'q Finder,
}

impl StatusClient {
    /// Asks a server what it says of a zone. It waits for its turn and for the answer, one `limit` each.
    pub async fn ask(
        &self,
        question: StatusQuestion<'_>,
        limit: Duration,
    ) -> Result<ZoneStatus, StatusFailure> {
        let memory = self.memories.of(question.channel);
        match timeout(limit, memory.lock()).await {
            Ok(mut memory) => question.ask_in_turn(&mut memory, limit).await,
            Err(_) => Err(StatusFailure::NoTurn),
        }
    }
}

impl StatusQuestion<'_> {
    /// The software that is asked.
    pub fn software(&self) -> StatusSoftware {
        match self.channel.as_ref() {
            StatusChannel::Bind(_) => StatusSoftware::Bind,
            StatusChannel::PowerDns(..) => StatusSoftware::PowerDns,
            StatusChannel::Nsd(_) => StatusSoftware::Nsd,
            StatusChannel::Knot(_) => StatusSoftware::Knot,
        }
    }

    /// Asks, unless the channel has just failed.
    async fn ask_in_turn(
        self,
        memory: &mut ChannelMemory,
        limit: Duration,
    ) -> Result<ZoneStatus, StatusFailure> {
        if let Some(failure) = memory.failure() {
            return Err(failure);
        }
        let status = timeout(limit, self.ask_now(memory)).await.unwrap_or(Err(StatusFailure::Timeout));
        if let Err(failure) = &status {
            memory.remember_failure(failure);
        }
        status
    }

    async fn ask_now(self, memory: &mut ChannelMemory) -> Result<ZoneStatus, StatusFailure> {
        let Self { channel, zone, finder } = self;
        match channel.as_ref() {
            StatusChannel::Bind(url) => listing(url, finder, memory).await?.status(zone),
            StatusChannel::PowerDns(url, key) => {
                let request = HttpRequest { url, path: &powerdns::path(zone), key: Some(key) };
                powerdns::parse(&request.get(finder, MAX_ZONE_BYTES).await?, zone)
            }
            StatusChannel::Nsd(command) => nsd::parse(&command::run(command, nsd::SUBCOMMAND, zone).await?),
            StatusChannel::Knot(command) => {
                knot::parse(&command::run(command, knot::SUBCOMMAND, zone).await?, clock::now())
            }
        }
    }
}

/// What BIND says of all its zones, now or a moment ago.
async fn listing(
    url: &HttpUrl,
    finder: &Finder,
    memory: &mut ChannelMemory,
) -> Result<Arc<Listing>, StatusFailure> {
    if let Some(listing) = memory.listing() {
        return Ok(listing);
    }
    let began = Instant::now();
    let request = HttpRequest { url, path: bind::PATH, key: None };
    let body = request.get(finder, MAX_LISTING_BYTES).await?;
    let listing = Arc::new(blocking::run(move || bind::parse(&body)).await?);
    memory.remember_listing(&listing, began.elapsed());
    Ok(listing)
}

#[cfg(test)]
mod tests;
