//! The configuration that is written for a zone. Pure: the same facts give the same text.

use std::net::SocketAddr;

use super::facts::{AddressFacts, Asked, ServerFacts, ZoneFacts};
use super::notes::notes;
use crate::plan::{DNS_PORT, Role, TLS_PORT, TlsSettings};

/// The columns of a comment that is wrapped.
const COMMENT_COLUMNS: usize = 100;

/// Words that are no strings to some readers of YAML.
const RESERVED: [&str; 8] = ["true", "false", "null", "yes", "no", "on", "off", "y"];

/// The configuration of a zone, with comments, which can be used as it is.
pub(super) fn configuration(facts: &ZoneFacts) -> String {
    let zone = scalar(&facts.zone);
    [
        head(facts),
        probe(facts),
        keys(facts),
        servers(facts),
        format!("zones:\n  - {zone}\n  # - example.org   # another zone at the same servers\n"),
        "\nhttp:\n  listen: 127.0.0.1:19353   # where `zoneprobe serve` has its page, metrics and API\n"
            .to_owned(),
        "\n# Where `zoneprobe serve` keeps what it has seen; relative to the folder of this file.\n"
            .to_owned(),
        "# state: zoneprobe.redb\n".to_owned(),
    ]
    .concat()
}

fn head(facts: &ZoneFacts) -> String {
    let mut text = "# yaml-language-server: $schema=zoneprobe.schema.json\n\
                    # The line above is for editors, and `zoneprobe config schema > zoneprobe.schema.json` writes the \
                    file that it names.\n#\n"
        .to_owned();
    let zone = facts.zone.escape_debug();
    text += &comment(
        "",
        &format!(
            "What zoneprobe checks of {zone}, by what its servers answered to `zoneprobe init`. `zoneprobe config \
             check FILE` reports every error in this file, and `zoneprobe config example` shows what else it may have."
        ),
    );
    let notes = notes(facts);
    if !notes.is_empty() {
        text += "#\n# To change, here or at the servers:\n";
        text.extend(notes.iter().map(|note| comment("- ", note)));
    }
    text
}

fn probe(facts: &ZoneFacts) -> String {
    let compare = if facts.has_transfers() {
        "records         # every record, by transfer; or serials"
    } else {
        "serials         # or records, once a server gives transfers to this host"
    };
    format!(
        "\nprobe:\n  interval: 60s            # how often every server is asked for its SOA\n  compare: {compare}\n  \
         # compare_interval: 1h   # how often to compare whole copies when nothing seems to have changed\n  \
         # max_lag: 10m           # the longest lag that you accept, even where SOA timers allow more\n"
    )
}

fn keys(facts: &ZoneFacts) -> String {
    let about = "\n# Files with TSIG keys, as `tsig-keygen` writes them. Paths are relative to the folder of this file.\n";
    if facts.key_files.is_empty() {
        return format!("{about}# tsig_keys: [transfer.key]\n\n");
    }
    let files: Vec<String> = facts.key_files.iter().map(|file| format!("  - {}\n", scalar(file))).collect();
    format!("{about}tsig_keys:\n{}\n", files.concat())
}

fn servers(facts: &ZoneFacts) -> String {
    let about =
        "# Each address of a server is asked. `key: NAME` signs queries to a server with that TSIG key.\n";
    if facts.servers.is_empty() {
        return format!(
            "{about}# Without servers, the NS set of the zone is looked up at each check, and serials are compared.\n\
             # servers:\n#   ns0: {{address: \"192.0.2.1\", role: primary}}\n#   ns1: {{address: \"192.0.2.2\"}}\n\n"
        );
    }
    let mut text = format!("{about}servers:\n");
    text.extend(facts.servers.iter().map(server));
    if facts.servers.iter().all(|server| server.how.role != Role::Primary) {
        text += "  # A primary that is in no NS set:\n";
        text += "  # ns0: {address: \"192.0.2.1\", role: primary, hidden: true}\n";
    }
    text + "\n"
}

fn server(server: &ServerFacts) -> String {
    let ServerFacts { name, how, addresses } = server;
    let Asked { role, is_from_soa, is_hidden, key, source, tls } = how;
    let mut text = format!("  {}:\n", scalar(name));
    text += match (role, is_from_soa) {
        (Role::Primary, true) => "    role: primary   # the SOA names it\n",
        (Role::Primary, false) => "    role: primary\n",
        (Role::Signer, _) => "    role: signer\n",
        (Role::Secondary, _) => "    role: secondary\n",
    };
    if *is_hidden {
        text += "    hidden: true    # no user asks it, since it is not in the NS set\n";
    }
    let settings = [
        ("key", key.as_deref().map(scalar)),
        ("source", source.map(|source| scalar(&source.to_string()))),
        ("tls", tls.as_deref().map(tls_settings)),
    ];
    for (setting, value) in settings {
        text.extend(value.map(|value| format!("    {setting}: {value}\n")));
    }
    text += "    address:\n";
    text.extend(addresses.iter().map(|it| address(it, tls.is_some())));
    text
}

fn address(facts: &AddressFacts, is_over_tls: bool) -> String {
    let default_port = if is_over_tls { TLS_PORT } else { DNS_PORT };
    let has_scope = matches!(facts.address, SocketAddr::V6(v6) if v6.scope_id() != 0);
    let address = match facts.address {
        address if address.port() == default_port && !has_scope => address.ip().to_string(),
        address => address.to_string(),
    };
    let found = match (&facts.serial, &facts.refusal) {
        (Ok(serial), None) => format!("serial {serial}, gives transfers to this host"),
        (Ok(serial), Some(refusal)) => format!("serial {serial}, gives no transfer: {refusal}"),
        (Err(reason), _) => format!("gives no SOA: {reason}"),
    };
    format!("      - {}   # {}\n", scalar(&address), one_line(&found))
}

/// The settings of TLS as a mapping, or `true` if there are none.
fn tls_settings(tls: &TlsSettings) -> String {
    let TlsSettings { name, ca, pins, identity } = tls;
    let pins: Vec<String> = pins.iter().map(|pin| scalar(&pin.to_string())).collect();
    let pins = (!pins.is_empty()).then(|| format!("[{}]", pins.join(", ")));
    let settings = [
        ("name", name.as_deref().map(scalar)),
        ("ca", ca.as_deref().map(scalar)),
        ("pin", pins),
        ("cert", identity.as_ref().map(|identity| scalar(&identity.certificate))),
        ("key", identity.as_ref().map(|identity| scalar(&identity.key))),
    ];
    let settings: Vec<String> =
        settings.into_iter().filter_map(|(key, value)| Some(format!("{key}: {}", value?))).collect();
    if settings.is_empty() { "true".to_owned() } else { format!("{{{}}}", settings.join(", ")) }
}

/// A text as a scalar: as it is, where no reader of YAML takes it for anything else, or in quotes.
fn scalar(text: &str) -> String {
    let is_name = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|it| it.is_ascii_alphanumeric() || "._-".contains(it))
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str());
    // A string of JSON is one of YAML too.
    if is_name { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

/// A comment of as many lines as it takes; those after the first begin below its text.
fn comment(bullet: &str, text: &str) -> String {
    let indent = " ".repeat(bullet.len());
    let mut lines = String::new();
    let mut line = format!("# {bullet}");
    let mut is_empty = true;
    for word in one_line(text).split(' ') {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > COMMENT_COLUMNS {
            lines += &format!("{line}\n");
            line = format!("# {indent}");
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines + &line + "\n"
}

/// A text without line breaks and other control characters, for a comment.
fn one_line(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}
