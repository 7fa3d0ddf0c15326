//! How TLS is configured: on the command line, in the configuration file, and by files.

use std::os::unix::fs::PermissionsExt as _;

use super::{World, ZONE, certificate, failure, probe};
use crate::harness::Probe;
use crate::harness::tls::{Flaw, TlsFront};

#[test]
fn files_of_tls_that_cannot_be_used_end_the_run_with_their_names() {
    let world = World::new();
    let (certificate, directory) = (certificate(&world.authority), tempfile::tempdir().unwrap());
    let empty = directory.path().join("empty").display().to_string();
    std::fs::write(&empty, "").unwrap();
    let (file, key) = (&certificate.file, &certificate.key_file);
    let other = &world.authority.issue(&["other.test"], Flaw::None).key_file;
    for (settings, parts) in [
        (",tls-ca=/does/not/exist".to_owned(), ["cannot read `/does/not/exist`", "No such file"]),
        (format!(",tls-ca={empty}"), ["cannot use", "no certificate in PEM"]),
        (format!(",tls-ca={key}"), ["cannot use", "no certificate in PEM"]),
        (format!(",tls-cert={file},tls-key={file}"), ["cannot use", "no private key in PEM"]),
        (format!(",tls-cert={file},tls-key={other}"), ["cannot use", "not the key of the certificate"]),
    ] {
        let address = world.other.address();
        let outcome = probe(&world.primary, address, &settings).run();
        assert_eq!(outcome.code(), 3);
        let error = outcome.stderr();
        assert!(error.contains("server `ns1`") && parts.iter().all(|part| error.contains(part)), "{error}");
    }
    assert_eq!(world.other.queries(), Vec::<String>::new());
}

#[test]
fn a_private_key_that_all_users_can_read_is_warned_of_wherever_it_is_named() {
    let world = World::new();
    let (_, front) = world.front(Flaw::None);
    let (primary, ca, client) = (&world.primary, &world.authority.file, certificate(&world.authority));
    let (certificate, key) = client.files();
    let config = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "servers:\n  ns0: {{address: \"{}\", role: primary}}\n  ns1: {{address: \"{}\", tls: {{ca: {ca}, cert: \
         {certificate}, key: {key}}}}}\nzones: [{ZONE}]\n",
        primary.address(),
        front.address
    );
    std::fs::write(&config, text).unwrap();
    let settings = format!("{},tls-cert={certificate},tls-key={key}", world.ca());
    let warning = format!("everybody on this host can read the key file `{key}`");
    for (mode, count) in [(0o600, 0), (0o644, 1)] {
        std::fs::set_permissions(key, std::fs::Permissions::from_mode(mode)).unwrap();
        let by_options = probe(primary, front.address, &settings);
        let by_config = Probe::check(ZONE).args(["--config", config.path().to_str().unwrap()]);
        for probe in [by_options, by_config] {
            let stderr = probe.ok().stderr().to_owned();
            assert_eq!(stderr.matches(&warning).count(), count, "{stderr}");
        }
    }
}

#[test]
fn the_configuration_names_what_a_server_is_asked_with() {
    let world = World::new();
    let (server, client) =
        (certificate(&world.authority), world.authority.issue(&["client.test"], Flaw::None));
    let front =
        TlsFront::new(&server).demanding_clients_of(&world.authority).start(Some(world.other.address()));
    let directory = tempfile::tempdir().unwrap();
    // Files are found from the folder of the configuration.
    for (from, to) in
        [(&world.authority.file, "ca.pem"), (&client.file, "c.pem"), (&client.key_file, "c.key")]
    {
        std::fs::copy(from, directory.path().join(to)).unwrap();
    }
    let file = directory.path().join("c.yaml").display().to_string();
    let check = |address: &str, tls: &str| {
        let primary = world.primary.address();
        let text = format!(
            "servers:\n  ns0: {{address: \"{primary}\", role: primary}}\n  ns1: {{address: \"{address}\"{tls}}}\n\
             zones: [{ZONE}]\n"
        );
        std::fs::write(&file, text).unwrap();
        Probe::check(ZONE).args(["--config", &file])
    };
    let (address, url) = (front.address.to_string(), format!("tls://{}", front.address));
    let identity = "cert: c.pem, key: c.key";
    for (address, tls) in [
        (&address, format!(", tls: {{ca: ca.pem, {identity}}}")),
        (&url, format!(", tls: {{ca: ca.pem, name: ns0.test, {identity}}}")),
        (&url, format!(", tls: {{pin: \"{}\", {identity}}}", server.pin)),
        (&address, format!(", tls: {{pin: [\"{}\"], ca: ca.pem, {identity}}}", server.pin)),
    ] {
        let outcome = check(address, &tls).ok();
        assert_eq!(outcome.server("ns1")["copy"]["transport"], "tls", "{tls}");
    }
    for (address, tls, part) in [
        (&url, "", "the issuer of its certificate is not trusted"),
        (&address, ", tls: true", "the issuer of its certificate is not trusted"),
        (&address, ", tls: {}", "the issuer of its certificate is not trusted"),
    ] {
        let message = failure(&check(address, tls).unknown());
        assert!(message.contains(part), "{message}");
    }
    for (tls, parts) in [
        (", tls: {ca: gone.pem}", ["cannot read `gone.pem`: No such file", "c.yaml:3:"]),
        (", tls: {ca: c.key}", ["cannot read `c.key`: it holds no certificate in PEM", "c.yaml:3:"]),
        (", tls: {cert: c.pem}", ["`key` is missing", "c.yaml:3:"]),
        (", tls: {cert: c.pem, key: c.pem}", ["cannot read `c.pem`: it holds no private key", "c.yaml:3:"]),
        (", tls: {pin: abc}", ["`abc` is not a pin", "44 characters"]),
        (", tls: {names: a}", ["the key `names` is not known here", "did you mean `name`?"]),
        (", tls: false", ["`false` is not one of the known values", "`true`"]),
    ] {
        let outcome = check(&address, tls).run();
        assert_eq!(outcome.code(), 3);
        let error = outcome.stderr();
        assert!(parts.iter().all(|part| error.contains(part)), "{tls}: {error}");
    }
}
