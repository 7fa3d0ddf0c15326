//! Commands to type next in one situation, each on a line of its own that can be pasted into a shell.
//!
//! A comment behind `#` says where to type it. The names of zones and servers are untrusted, so every name
//! in a line is quoted by [`shell_word`].

mod delegation;
pub mod logs;
pub mod task;

use std::net::{IpAddr, SocketAddr};

pub use self::delegation::{delegate, glue, make_ds, other_parent, remove_ds};

use self::logs::READ_LOG;
use self::task::{
    ACCEPT_NOTIFY, ALIVE, FLUSH_NAME, FLUSH_ZONE, FULL_TRANSFER, MAKE_DIGEST, MEMBER_STATUS, NOTIFY, REFRESH,
    RELOAD, SIGN, STATUS, SoftwareCommand, Task,
};
use crate::dns::serial::SerialSteps;
use crate::dns::{Name, Serial};

/// The port that commands need not state.
const DEFAULT_PORT: u16 = 53;

/// The port that commands over TLS need not state.
const DEFAULT_TLS_PORT: u16 = 853;

/// An address, and how commands ask it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    address: SocketAddr,
    /// The options of kdig, each ready for a shell, if it is asked over TLS.
    tls: Option<Vec<String>>,
}

impl Destination {
    /// An address that is asked over TLS, with these options of kdig, such as `tls-ca` and its value if it has one.
    pub fn over_tls(address: SocketAddr, options: &[(&str, Option<&str>)]) -> Self {
        let option = |(name, value): &(&str, Option<&str>)| match value {
            Some(value) => format!("+{name}={}", shell_word(value)),
            None => format!("+{name}"),
        };
        Self { address, tls: Some(options.iter().map(option).collect()) }
    }

    fn default_port(&self) -> u16 {
        if self.tls.is_some() { DEFAULT_TLS_PORT } else { DEFAULT_PORT }
    }
}

impl From<SocketAddr> for Destination {
    fn from(address: SocketAddr) -> Self {
        Self { address, tls: None }
    }
}

/// The commands that force a full transfer at a server, whatever the serials.
pub fn full_transfer(zone: &Name, server: &str) -> Vec<String> {
    lines(FULL_TRANSFER, zone, server)
}

/// The commands that make a server ask its primary for a newer version now.
pub fn refresh(zone: &Name, server: &str) -> Vec<String> {
    lines(REFRESH, zone, server)
}

/// The commands that make a primary send NOTIFY again.
pub fn notify(zone: &Name, primary: &str) -> Vec<String> {
    lines(NOTIFY, zone, primary)
}

/// The commands that drop what a resolver holds of a name.
pub fn flush_name(name: &Name, resolver: &str) -> Vec<String> {
    lines(FLUSH_NAME, name, resolver)
}

/// The commands that drop what a resolver holds of a zone.
pub fn flush_zone(zone: &Name, resolver: &str) -> Vec<String> {
    lines(FLUSH_ZONE, zone, resolver)
}

/// What to edit on a secondary so that it takes NOTIFY from an address, if that is known.
pub fn accept_notify(secondary: &str, from: Option<IpAddr>) -> Vec<String> {
    let secondary = shell_word(secondary);
    let from = from.map_or_else(|| "ADDRESS".to_owned(), |address| address.to_string());
    let line = |SoftwareCommand { software, text }: &SoftwareCommand| {
        format!("# on {secondary}, if it runs {software}: {}", text.replace("ADDRESS", &from))
    };
    ACCEPT_NOTIFY.commands.iter().map(line).collect()
}

/// The command that shows what the log of a server says of the zone, whatever its software.
pub fn read_log(zone: &Name, server: &str) -> String {
    let command = READ_LOG.replace("ZONE", &zone_word(zone));
    format!("{command}  # on {}: zoneprobe explain stuck tells the cause by the line", shell_word(server))
}

/// The commands that show the state of the zone at a server.
pub fn zone_status(zone: &Name, server: &str) -> Vec<String> {
    lines(STATUS, zone, server)
}

/// The command that tries the transfer from a primary by hand, on the secondary.
pub fn ask_transfer(zone: &Name, primary: &Destination, secondary: &str) -> String {
    let secondary = shell_word(secondary);
    // kdig, which asks over TLS, has no such option.
    let options = if primary.tls.is_none() { " +onesoa" } else { "" };
    format!(
        "{} AXFR{options}  # run it on {secondary}: does the primary give it the zone?",
        dig(zone, primary)
    )
}

/// The command that asks an address for the SOA of a zone.
pub fn ask_soa(zone: &Name, destination: &Destination, tcp: bool) -> String {
    let transport = if tcp && destination.tls.is_none() { " +tcp" } else { "" };
    format!("{} SOA +norecurse +nsid{transport}", dig(zone, destination))
}

/// The command that shows the certificate of an address; `name` is sent in the handshake, unless it is an address.
pub fn show_certificate(destination: &Destination, name: &str) -> String {
    let address = destination.address;
    let name = match name.parse::<IpAddr>() {
        Ok(_) => String::new(),
        Err(_) => format!(" -servername {}", shell_word(name)),
    };
    format!(
        "openssl s_client -connect {address}{name} </dev/null | openssl x509 -noout -subject -issuer -dates -ext \
         subjectAltName"
    )
}

/// What to edit on a server that refuses queries and gives the zone by transfer.
pub fn allow_queries(server: &str) -> String {
    format!(
        "# on {}, if users are to ask it: let them, in BIND by `allow-query {{ any; }};` of the zone",
        shell_word(server)
    )
}

/// How to say that no user asks a server.
pub fn call_hidden(server: &str) -> String {
    format!("# if no user is to ask {}: give it to zoneprobe with `,hidden`", shell_word(server))
}

/// The commands that show whether a server has taken a zone from a catalog.
pub fn member_status(zone: &Name, server: &str) -> Vec<String> {
    lines(MEMBER_STATUS, zone, server)
}

/// The command that shows the members of a catalog.
pub fn read_catalog(catalog: &Name, destination: &Destination) -> String {
    let options = if destination.tls.is_none() { " +onesoa" } else { "" };
    format!("{} AXFR{options}  # its PTR records are the members", dig(catalog, destination))
}

/// The command that shows the version of a catalog. Some servers give catalogs over TCP alone.
pub fn ask_catalog_version(catalog: &Name, destination: &Destination) -> String {
    let transport = if destination.tls.is_none() { " +tcp" } else { "" };
    let version = Name::from_wire(&[b"\x07version", catalog.as_wire()].concat());
    let version = version.as_ref().unwrap_or(catalog);
    format!("{} TXT +norecurse{transport}  # it must be \"2\"", dig(version, destination))
}

/// The command that asks an address for an RRset.
pub fn ask_rrset(owner: &Name, rtype: crate::dns::Rtype, destination: &Destination) -> String {
    format!("{} {rtype} +norecurse", dig(owner, destination))
}

/// The command that looks up the addresses of a host.
pub fn look_up(host: &Name) -> String {
    let host = shell_word(&host.without_final_dot());
    format!("dig {host} A {host} AAAA")
}

/// The command that shows when the signatures of an RRset expire.
pub fn ask_signature(owner: &Name, rtype: crate::dns::Rtype, destination: &Destination) -> String {
    format!(
        "{} +dnssec  # the first of the two times in an RRSIG is its end",
        ask_rrset(owner, rtype, destination)
    )
}

/// The command that asks an address for an RRset with its signatures.
pub fn ask_with_signatures(owner: &Name, rtype: crate::dns::Rtype, destination: &Destination) -> String {
    format!("{} +dnssec +multiline", ask_rrset(owner, rtype, destination))
}

/// The command that shows whether a validating resolver accepts an RRset.
pub fn validate(owner: &Name, rtype: crate::dns::Rtype) -> String {
    format!("delv {} {rtype}  # do resolvers accept it?", query_word(owner))
}

/// The command that looks up the DS records of a zone.
pub fn look_up_ds(zone: &Name) -> String {
    format!("dig {} DS  # what the parent has", query_word(zone))
}

/// The commands that help to find out why an address does not answer.
pub fn reachability(zone: &Name, server: &str, destination: &Destination) -> Vec<String> {
    let (port, word) = (destination.address.port(), shell_word(server));
    let ask = |tcp| ask_soa(zone, destination, tcp);
    let (mut commands, sockets) = match destination.tls {
        None => (
            vec![
                format!("{}  # from another network too: does it reply on UDP?", ask(false)),
                format!("{}  # and on TCP?", ask(true)),
            ],
            "-lntu",
        ),
        Some(_) => (vec![format!("{}  # from another network too: does it reply?", ask(false))], "-lnt"),
    };
    let at = at(destination);
    commands.push(format!("ss {sockets} 'sport = :{port}'  # on {word}: does it listen on {at}?"));
    commands.extend(lines(ALIVE, zone, server));
    commands
}

/// The commands that make a server load an edited zone.
pub fn reload(zone: &Name, server: &str) -> Vec<String> {
    lines(RELOAD, zone, server)
}

/// The commands that make the signer of a zone renew its signatures.
pub fn sign(zone: &Name, signer: &str) -> Vec<String> {
    lines(SIGN, zone, signer)
}

/// The commands that make the ZONEMD record of a zone anew.
pub fn make_digest(zone: &Name, signer: &str) -> Vec<String> {
    lines(MAKE_DIGEST, zone, signer)
}

/// The place where a zone is edited: on a server.
pub fn on_server(server: &str) -> String {
    format!("on {}", shell_word(server))
}

/// The place where a zone is edited: in a file.
pub fn in_file(path: &str) -> String {
    format!("in {}", shell_word(path))
}

/// The steps that raise the serial of a zone past another one (RFC 1982), so that servers with the other serial
/// transfer the zone again; none if the serial is newer already.
///
/// The zone is edited at `place` and loaded by `primary`. Lines that begin with `#` say what to edit.
pub fn raise_serial(
    zone: &Name,
    (reference, past): (Serial, Serial),
    place: &str,
    primary: &str,
) -> Vec<String> {
    if reference.is_newer_than(past) {
        return Vec::new();
    }
    let word = zone_word(zone);
    match reference.steps_past(past) {
        SerialSteps::One(only) => {
            let edit =
                format!("# {place}: raise the serial of {word} from {reference} to {only}, then load it");
            [vec![edit], load(zone, only, primary)].concat()
        }
        SerialSteps::Two(first, second) => {
            let edit = format!(
                "# {place}, step 1: raise the serial of {word} from {reference} to {first}, then load it"
            );
            let wait = format!(
                "# wait until all servers have {first}; one that has {past} already need not take it"
            );
            let again = format!("# {place}, step 2: raise the serial from {first} to {second}, then load it");
            [vec![edit], load(zone, first, primary), vec![wait, again], load(zone, second, primary)].concat()
        }
    }
}

/// The commands that load an edited zone with a new serial.
fn load(zone: &Name, serial: Serial, primary: &str) -> Vec<String> {
    let inline = format!(
        "rndc signing -serial {serial} {}  # on {}, if it runs BIND and signs the zone inline",
        zone_word(zone),
        shell_word(primary)
    );
    let mut commands = lines(RELOAD, zone, primary);
    commands.insert(1, inline);
    commands
}

fn lines(task: Task, zone: &Name, server: &str) -> Vec<String> {
    let (zone, server) = (zone_word(zone), shell_word(server));
    let line = |text: &str, software: &str| {
        format!("{}  # on {server}, if it runs {software}", text.replace("ZONE", &zone))
    };
    task.commands.iter().map(|command| line(command.text, command.software)).collect()
}

/// The start of a `dig` command: the address and the name to ask for.
///
/// Over TLS it is one of `kdig`: `dig` knows no pins, and transfers nothing from servers that know no ALPN.
fn dig(zone: &Name, destination: &Destination) -> String {
    let address = destination.address;
    let port = match address.port() {
        port if port == destination.default_port() => String::new(),
        other => format!(" -p {other}"),
    };
    let (program, options) = match &destination.tls {
        None => ("dig", String::new()),
        Some(options) => ("kdig", format!(" {}", options.join(" "))),
    };
    format!("{program} @{}{port}{options} {}", host(address), query_word(zone))
}

/// A name as `dig` and `delv` accept it.
fn query_word(name: &Name) -> String {
    // dig reads `ch` as the class CHAOS and `mx` as a type. With the final dot it is a name.
    let dot = if name.labels().count() == 1 { "." } else { "" };
    shell_word(&format!("{}{dot}", zone_text(name)))
}

/// An address as dig accepts it, with the scope of a link-local address.
fn host(address: SocketAddr) -> String {
    match address {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => format!("{}%{}", v6.ip(), v6.scope_id()),
        SocketAddr::V4(_) | SocketAddr::V6(_) => address.ip().to_string(),
    }
}

/// An address for people, with its port if that is not the default.
fn at(destination: &Destination) -> String {
    let host = host(destination.address);
    match destination.address.port() {
        port if port == destination.default_port() => host,
        port => format!("{host}, port {port}"),
    }
}

fn zone_word(zone: &Name) -> String {
    shell_word(&zone_text(zone))
}

/// A zone without the final dot, escaped so that no command reads it as an option.
fn zone_text(zone: &Name) -> String {
    let text = zone.without_final_dot();
    match text.chars().next() {
        Some(first @ ('-' | '+')) => {
            format!("\\{:03}{}", u32::from(first), text.get(1..).unwrap_or_default())
        }
        _ => text,
    }
}

/// Quotes text as one literal word of a shell, which is safe even in a comment.
///
/// Text of letters, digits, `.`, `_` and `-` stays as it is; all other text is quoted. Control characters and
/// invisible characters are written as `\u{…}`.
pub fn shell_word(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let mut word = String::from("'");
    for character in text.chars() {
        match character {
            '\'' => word.push_str(r"'\''"),
            ' '..='~' => word.push(character),
            letter if letter.is_alphanumeric() => word.push(letter),
            other => word.extend(other.escape_unicode()),
        }
    }
    word.push('\'');
    word
}

#[cfg(test)]
mod tests;
