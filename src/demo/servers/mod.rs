//! The servers of the demonstration, running.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::scenario::{ServerScript, Serves, scenario};
use crate::testserver::{Act, Asked, Authority, Responder};

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    /// What it is, and what is wrong with it.
    pub script: ServerScript,
    responder: Responder,
}

/// All servers of the demonstration, the primary first.
#[derive(Debug)]
pub struct Servers(Vec<Server>);

/// Starts all servers, each on a free port of 127.0.0.1.
pub async fn start() -> io::Result<Servers> {
    let scripts = scenario().map_err(io::Error::other)?;
    let mut servers = Vec::with_capacity(scripts.len());
    for script in scripts {
        let authority = authority(&script);
        let handler = move |asked: &Asked| {
            let messages = authority.answer(&asked.octets, asked.transport);
            messages.into_iter().map(Act::Send).collect()
        };
        let responder = Responder::start(IpAddr::V4(Ipv4Addr::LOCALHOST), handler).await?;
        servers.push(Server { script, responder });
    }
    Ok(Servers(servers))
}

fn authority(script: &ServerScript) -> Authority {
    let zones = match &script.serves {
        Serves::Copy(zone) => vec![zone.clone()],
        Serves::Nothing => Vec::new(),
    };
    let nsid = Some(format!("{}.demo", script.name).into_bytes());
    Authority { zones, nsid, ..Authority::default() }
}

impl Server {
    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.responder.address()
    }

    /// Returns what it was asked, one line for each question.
    pub fn asked(&self) -> Vec<String> {
        self.responder.asked()
    }
}

impl Servers {
    /// Returns the servers, the primary first.
    pub fn iter(&self) -> impl Iterator<Item = &Server> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests;
