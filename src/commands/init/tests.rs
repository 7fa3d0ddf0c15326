use std::path::Path;
use std::sync::Arc;

use super::facts::{AddressFacts, Asked, ServerFacts, ZoneFacts};
use super::notes::{notes, summary};
use super::yaml::configuration;
use crate::commands::config::parse;
use crate::dns::Serial;
use crate::plan::{Compare, Role, TlsSettings};

fn asked(role: Role) -> Asked {
    Asked { role, is_from_soa: false, is_hidden: false, key: None, source: None, tls: None }
}

fn server(name: &str, how: Asked, addresses: Vec<AddressFacts>) -> ServerFacts {
    ServerFacts { name: name.to_owned(), how, addresses }
}

fn giving(address: &str, serial: u32) -> AddressFacts {
    AddressFacts { address: address.parse().unwrap(), serial: Ok(Serial(serial)), refusal: None }
}

fn refusing(address: &str, serial: u32) -> AddressFacts {
    AddressFacts { refusal: Some("transfer refused (REFUSED)".to_owned()), ..giving(address, serial) }
}

fn silent(address: &str) -> AddressFacts {
    AddressFacts { serial: Err("no answer before the deadline".to_owned()), ..giving(address, 0) }
}

fn zone(servers: Vec<ServerFacts>) -> ZoneFacts {
    ZoneFacts {
        zone: "example.com".to_owned(),
        servers,
        not_found: Vec::new(),
        unseen_primary: None,
        key_files: Vec::new(),
    }
}

/// A zone with a hidden primary, a secondary that refuses transfers, and one that is silent at an address.
fn whole() -> ZoneFacts {
    let primary = Asked { is_from_soa: true, is_hidden: true, ..asked(Role::Primary) };
    zone(vec![
        server("ns0.example.com", primary, vec![giving("192.0.2.1:53", 2_026_112_901)]),
        server(
            "ns1.example.com",
            asked(Role::Secondary),
            vec![refusing("192.0.2.2:53", 2_026_112_901), refusing("[2001:db8::2]:53", 2_026_112_900)],
        ),
        server(
            "ns2.example.com",
            asked(Role::Secondary),
            vec![giving("192.0.2.3:5353", 2_026_112_901), silent("[2001:db8::3]:53")],
        ),
    ])
}

/// Nothing but secondaries, of which none gives transfers, and a primary that is not seen.
fn public() -> ZoneFacts {
    ZoneFacts {
        unseen_primary: Some(("ns0.example.com".to_owned(), "no answer before the deadline".to_owned())),
        ..zone(vec![server("ns1.example.com", asked(Role::Secondary), vec![refusing("192.0.2.2:53", 7)])])
    }
}

/// A zone of which nothing is known.
fn unknown() -> ZoneFacts {
    ZoneFacts {
        not_found: vec!["the NS set is not found (the name does not exist (NXDOMAIN))".to_owned()],
        ..zone(Vec::new())
    }
}

#[test]
fn configurations_are_as_in_their_golden_files_and_are_read_as_they_are() {
    for (name, facts, servers, compare) in [
        ("whole", whole(), 3, Compare::Records),
        ("public", public(), 1, Compare::Serials),
        ("unknown", unknown(), 0, Compare::Serials),
    ] {
        let text = configuration(&facts);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/golden/init/{name}.yaml"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(golden, text, "look at {name}.yaml, and rewrite it with UPDATE_GOLDEN=1");
        let config = parse(&text).unwrap();
        assert_eq!((config.zones.len(), config.servers), (1, servers), "{name}");
        assert_eq!(config.zones[0].settings.zone.comparison.compare, compare, "{name}");
    }
}

#[test]
fn what_is_commented_out_is_accepted_too() {
    for facts in [whole(), public(), unknown()] {
        let text = configuration(&facts);
        let is_setting = |line: &&str| !line.contains("tsig_keys") && !line.contains("yaml-language-server");
        let lines = text.lines().filter(is_setting).map(|line| {
            let rest = line.trim_start().strip_prefix("# ").unwrap_or_default();
            let indent = line.len() - line.trim_start().len();
            let is_key = rest
                .trim_start()
                .split_once(": ")
                .is_some_and(|(key, _)| !key.trim_end_matches(':').contains([' ', '`']));
            let is_item = rest.starts_with("- example.org");
            if is_key || is_item || rest == "servers:" {
                format!("{}{rest}", " ".repeat(indent))
            } else {
                line.to_owned()
            }
        });
        let text: String = lines.map(|line| line + "\n").collect();
        let config = parse(&text).unwrap_or_else(|error| panic!("{error:#}\n{text}"));
        assert_eq!(config.zones.len(), 2, "{text}");
        assert!(config.state.is_some() && config.servers > 0, "{text}");
    }
}

#[test]
fn any_name_and_any_setting_comes_back_as_it_was() {
    let tls = TlsSettings {
        name: Some("dns.example".to_owned()),
        ca: Some("/etc/x: y.pem".to_owned()),
        ..TlsSettings::default()
    };
    let how = Asked {
        source: Some("2001:db8::9".parse().unwrap()),
        tls: Some(Arc::new(tls.clone())),
        ..asked(Role::Primary)
    };
    let names = [r"a\032b.example", "true", "1.example", "# no comment", "a: b", r#"q"uote"#, "über", "-"];
    let servers = names.iter().enumerate().map(|(at, name)| {
        let how = if at == 0 { how.clone() } else { asked(Role::Secondary) };
        server(name, how, vec![giving(&format!("192.0.2.{at}:853"), 1), silent("[fe80::1%1]:53")])
    });
    let mut facts = zone(servers.collect());
    facts.zone = r"1\.2.example".to_owned();
    facts.not_found = vec!["a reason\nservers: {}\u{1b}[31m".to_owned()];
    let text = configuration(&facts);
    assert!(!text.contains('\u{1b}'), "{text}");
    // A certificate of an authority is a file, which is not there.
    let config = parse(&text.replace(", ca: \"/etc/x: y.pem\"", ""))
        .unwrap_or_else(|error| panic!("{error:#}\n{text}"));
    assert!(text.contains(r#"tls: {name: dns.example, ca: "/etc/x: y.pem"}"#), "{text}");
    assert_eq!(config.zones[0].zone, r"1\.2.example".parse().unwrap());
    let read = &config.zones[0].settings.zone.servers.servers;
    assert_eq!(read.len(), 2 * names.len());
    let (role, first) = &read[0];
    assert_eq!((*role, first.name.as_str(), first.port), (Role::Primary, names[0], 853));
    assert_eq!((first.source, first.tls.clone().and_then(|tls| tls.name)), (how.source, tls.name));
    for name in names {
        assert!(read.iter().any(|(_, server)| server.name == name), "{name}: {read:?}");
    }
}

#[test]
fn notes_say_what_is_wrong_and_name_five_servers_at_most() {
    assert!(
        notes(&zone(vec![server("a", asked(Role::Primary), vec![giving("192.0.2.1:53", 1)])])).is_empty()
    );
    let many = (1..9).map(|at| refusing(&format!("192.0.2.{at}:53"), 1)).collect();
    let notes = notes(&zone(vec![server("a", asked(Role::Primary), many)]));
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(
        notes[0].contains("a (192.0.2.5:53) (transfer refused (REFUSED)), 3 more: only serials"),
        "{notes:?}"
    );
    assert_eq!(
        summary(&whole()),
        "3 servers, 5 addresses: 4 of them answer, and 2 of these give transfers to this host"
    );
}
