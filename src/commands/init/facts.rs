//! What was found of a zone: what its configuration is made from.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::dns::Serial;
use crate::plan::{Role, TlsSettings};

/// A zone and its servers, as they answered.
#[derive(Debug)]
pub(super) struct ZoneFacts {
    /// The name of the zone, without the final dot.
    pub(super) zone: String,
    /// The servers, primaries first; each has an address.
    pub(super) servers: Vec<ServerFacts>,
    /// What could not be looked up, a sentence without full stop each.
    pub(super) not_found: Vec<String>,
    /// The primary that the SOA names, if it is not among the servers, and why it is not.
    pub(super) unseen_primary: Option<(String, String)>,
    /// The files with TSIG keys.
    pub(super) key_files: Vec<String>,
}

/// A server.
#[derive(Debug)]
pub(super) struct ServerFacts {
    /// Its name, which no other server has.
    pub(super) name: String,
    pub(super) how: Asked,
    pub(super) addresses: Vec<AddressFacts>,
}

/// How the addresses of a server are asked, and as what: the same for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) role: Role,
    /// Whether it is a primary because the SOA names it.
    pub(super) is_from_soa: bool,
    pub(super) is_hidden: bool,
    /// The name of its TSIG key.
    pub(super) key: Option<String>,
    pub(super) source: Option<IpAddr>,
    pub(super) tls: Option<Arc<TlsSettings>>,
}

/// An address, and what it answered.
#[derive(Debug)]
pub(super) struct AddressFacts {
    pub(super) address: SocketAddr,
    /// Its serial, or why there is none.
    pub(super) serial: Result<Serial, String>,
    /// Why it gives no transfer to this host; nothing if it gives one, or was not asked for one.
    pub(super) refusal: Option<String>,
}

impl AddressFacts {
    /// Whether it gives transfers to this host.
    pub(super) fn gives_transfers(&self) -> bool {
        self.serial.is_ok() && self.refusal.is_none()
    }
}

impl ZoneFacts {
    /// All addresses, each with its server.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (&ServerFacts, &AddressFacts)> {
        self.servers.iter().flat_map(|server| server.addresses.iter().map(move |address| (server, address)))
    }

    /// Whether any address gives transfers to this host.
    pub(super) fn has_transfers(&self) -> bool {
        self.addresses().any(|(_, address)| address.gives_transfers())
    }

    /// Whether any address answers for the zone.
    pub(super) fn has_answers(&self) -> bool {
        self.addresses().any(|(_, address)| address.serial.is_ok())
    }
}
