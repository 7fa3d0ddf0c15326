//! The servers of the parent zone: `parent` names servers of the configuration, or others as the command line does.

use std::sync::Arc;

use super::error::ConfigErrorKind;
use super::files::FileReader;
use super::line_servers;
use super::reader::ConfigReader;
use super::servers::DefinedServers;
use super::yaml::Mark;
use crate::dns::tsig::TsigKey;
use crate::plan::Server;

/// Returns the servers that are written, each at its place; notes those that are neither defined nor addresses.
pub(super) fn servers(
    written: &[(String, Mark)],
    defined: &DefinedServers,
    keys: &[TsigKey],
    files: FileReader<'_>,
    reader: &mut ConfigReader<'_>,
) -> Arc<[Server]> {
    let mut servers: Vec<Server> = Vec::new();
    for (text, mark) in written {
        let known: Vec<Server> = defined.of_name(text).cloned().collect();
        if !known.is_empty() {
            servers.extend(known);
            continue;
        }
        let parsed = text.parse().map_err(ConfigErrorKind::InvalidAddress);
        let usable = parsed.and_then(|mut server: Server| {
            line_servers::make_usable(&mut server, keys, files)?;
            Ok(server)
        });
        match usable {
            Ok(server) => servers.push(server),
            Err(kind) => reader.error(*mark, kind),
        }
    }
    servers.into()
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigError, NoFiles, read};

    /// Reads a configuration in which `probe` says this, and a zone that.
    fn read_text(probe: &str, zone: &str) -> Result<Config, Vec<ConfigError>> {
        let text = format!(
            "probe: {{{probe}}}\nservers:\n  ns1: {{address: 192.0.2.1}}\n  \
             above: {{address: [192.0.2.53, \"[2001:db8::53]:5353\"]}}\n\
             zones:\n  - {{zone: e.example, servers: [ns1]{zone}}}\n"
        );
        read("c.yaml", &text, &mut NoFiles)
    }

    /// The servers of the parent that are asked, if the delegation is looked at.
    fn parents(probe: &str, zone: &str) -> Option<Vec<String>> {
        let config = read_text(probe, zone).unwrap();
        let rules = config.zones[0].settings.zone.comparison.delegation.clone()?;
        Some(rules.parents.iter().map(|server| format!("{} {}", server.name, server.port)).collect())
    }

    #[test]
    fn servers_of_the_parent_are_defined_ones_or_written_out() {
        assert_eq!(parents("", ""), None);
        assert_eq!(parents("delegation: true", ""), Some(Vec::new()));
        assert_eq!(parents("delegation: true", ", delegation: false"), None);
        assert_eq!(parents("parent: [above]", ", delegation: false"), None);
        let above = ["above 53", "above 5353"].map(str::to_owned).to_vec();
        assert_eq!(parents("", ", parent: [above]"), Some(above));
        let written = ["a.nic.example 53", "192.0.2.7 5300"].map(str::to_owned).to_vec();
        assert_eq!(parents("parent: [a.nic.example, '192.0.2.7:5300']", ""), Some(written));
        assert_eq!(parents("parent: [above]", ", parent: [other.example]").unwrap(), ["other.example 53"]);
    }

    #[test]
    fn what_is_no_server_is_named_once() {
        for (parent, message) in [
            ("'192.0.2.1:0'", "is not a port"),
            ("'192.0.2.1,key=unknown'", "there is no key `unknown`"),
            ("''", "no host is given"),
        ] {
            let errors = read_text(&format!("parent: [{parent}]"), ", samples: 2").unwrap_err();
            let [error] = errors.as_slice() else { panic!("{errors:?}") };
            assert!(error.to_string().contains(message), "{error}");
        }
    }
}
