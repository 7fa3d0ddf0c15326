//! The servers of the demonstration, running.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::scenario::{DemoServerSpec, ServedContent, scenario};
use crate::testserver::{Action, Authority, IncomingQuery, TestServer};

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct DemoServer {
    /// What the server serves, and what is wrong with it.
    pub spec: DemoServerSpec,
    responder: TestServer,
}

/// All servers of the demonstration, the primary first.
#[derive(Debug)]
pub struct DemoServers(Vec<DemoServer>);

/// Starts all servers, each on a free port of 127.0.0.1.
pub async fn start() -> io::Result<DemoServers> {
    let specs = scenario().map_err(io::Error::other)?;
    let mut servers = Vec::with_capacity(specs.len());
    for spec in specs {
        let authority = authority(&spec);
        let handler = move |asked: &IncomingQuery| {
            let messages = authority.respond(&asked.message, asked.transport);
            messages.into_iter().map(Action::Send).collect()
        };
        let responder = TestServer::start(IpAddr::V4(Ipv4Addr::LOCALHOST), handler).await?;
        servers.push(DemoServer { spec, responder });
    }
    Ok(DemoServers(servers))
}

fn authority(spec: &DemoServerSpec) -> Authority {
    let zones = match &spec.content {
        ServedContent::Copy(zone) => vec![zone.clone()],
        ServedContent::Nothing => Vec::new(),
    };
    let nsid = Some(format!("{}.demo", spec.name).into_bytes());
    Authority { zones, nsid, ..Authority::default() }
}

impl DemoServer {
    /// The address on which the server listens.
    pub fn address(&self) -> SocketAddr {
        self.responder.address()
    }

    /// The queries that the server received, one line each.
    pub fn asked(&self) -> Vec<String> {
        self.responder.query_log()
    }
}

impl DemoServers {
    /// The servers, the primary first.
    pub fn iter(&self) -> impl Iterator<Item = &DemoServer> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests;
