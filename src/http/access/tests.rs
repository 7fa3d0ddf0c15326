use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::file::Look;
use super::*;

const ALICE: &str =
    "basic_auth_users: {alice: $2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze}\n";

const BOB: &str = "basic_auth_users: {bob: $2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze}\n";

/// A web configuration in a folder of its own.
struct World {
    folder: TempDir,
    path: PathBuf,
}

impl World {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("web.yml");
        fs::write(&path, text).unwrap();
        Self { folder, path }
    }

    /// Replaces the file: it is another one, even at the same moment.
    fn replace(&self, text: &str) {
        let new = self.folder.path().join("new.yml");
        fs::write(&new, text).unwrap();
        fs::rename(&new, &self.path).unwrap();
    }

    fn load(&self) -> AccessFile {
        AccessFile::load(&self.path).unwrap()
    }
}

/// Looks at files that have just changed.
fn noted(file: &AccessFile) -> AccessFile {
    let Look::Noted(seen) = file.look() else { panic!("they have changed") };
    seen
}

fn is_unchanged(file: &AccessFile) -> bool {
    matches!(file.look(), Look::Unchanged)
}

/// Looks twice at files that have changed.
fn look_twice(file: &AccessFile) -> (AccessFile, Result<(), AccessError>) {
    let seen = noted(file);
    assert!(Arc::ptr_eq(seen.access(), file.access()), "they may be half written");
    let Look::Read(next, outcome) = seen.look() else { panic!("they are read") };
    (next, outcome)
}

#[test]
fn a_file_is_read_once_it_is_the_same_at_two_looks() {
    let world = World::new(ALICE);
    let file = world.load();
    assert!(is_unchanged(&file));
    world.replace(BOB);
    let seen = noted(&file);
    world.replace("basic_auth_users:\n");
    let seen = noted(&seen);
    world.replace(BOB);
    let (next, outcome) = look_twice(&seen);
    assert!(outcome.is_ok() && !Arc::ptr_eq(next.access(), file.access()));
    assert!(is_unchanged(&next));
}

#[test]
fn a_mistake_leaves_what_was_in_force_and_is_told_once() {
    let world = World::new(ALICE);
    let file = world.load();
    world.replace("basic_auth_users: {alice: secret}\n");
    let (broken, outcome) = look_twice(&file);
    let message = outcome.unwrap_err().to_string();
    assert!(
        message.contains("web.yml:1:27: this is not the hash") && !message.contains("secret"),
        "{message}"
    );
    assert!(Arc::ptr_eq(broken.access(), file.access()) && is_unchanged(&broken));
    fs::remove_file(&world.path).unwrap();
    let (gone, outcome) = look_twice(&broken);
    assert!(matches!(outcome, Err(AccessError::Unreadable { .. })) && is_unchanged(&gone));
    world.replace(BOB);
    let (mended, outcome) = look_twice(&gone);
    assert!(outcome.is_ok() && !Arc::ptr_eq(mended.access(), file.access()));
}

#[test]
fn what_keeps_clients_out_is_never_lost_by_looking() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let world = World::new("");
    let put = |name: &str, text: String| fs::write(world.folder.path().join(name), text).unwrap();
    put("server.pem", certified.cert.pem());
    put("server.key", certified.signing_key.serialize_pem());
    let tls = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n";
    let verified = "  client_ca_file: server.pem\n  client_auth_type: VerifyClientCertIfGiven\n";
    let required = verified.replace("VerifyClientCertIfGiven", "RequireAndVerifyClientCert");
    let clients = format!("{required}  client_allowed_sans: [a.test]\n");
    world.replace(&format!("{tls}{clients}{ALICE}"));
    let mut file = world.load();
    for (text, lost) in [
        (ALICE.to_owned(), "TLS"),
        (format!("{tls}{ALICE}"), "what it demands of client certificates"),
        (format!("{tls}{verified}{ALICE}"), "what it demands of client certificates"),
        (format!("{tls}{required}{ALICE}"), "the names of clients"),
        (format!("{tls}{clients}"), "passwords"),
        (String::new(), "TLS"),
    ] {
        world.replace(&text);
        let (next, outcome) = look_twice(&file);
        assert!(outcome.unwrap_err().to_string().contains(&format!("has lost {lost}, ")), "{lost}");
        assert!(Arc::ptr_eq(next.access(), file.access()));
        file = next;
    }
    assert_eq!(file.summary().unwrap().1, "TLS, client certificates, passwords");
    assert!(!world.load().has_tls(), "a reload takes what the file says");
}

#[test]
fn the_files_that_are_named_are_looked_at_too() {
    let world = World::new("");
    let put = |names: [&str; 2]| {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        for (name, text) in
            names.into_iter().zip([certified.cert.pem(), certified.signing_key.serialize_pem()])
        {
            let new = world.folder.path().join("new");
            fs::write(&new, text).unwrap();
            fs::rename(&new, world.folder.path().join(name)).unwrap();
        }
    };
    put(["a.pem", "a.key"]);
    world.replace("tls_server_config: {cert_file: a.pem, key_file: a.key}\n");
    let file = world.load();
    put(["a.pem", "none"]);
    let (mismatch, outcome) = look_twice(&file);
    assert!(outcome.unwrap_err().to_string().contains("it is not the key of the certificate"));
    put(["a.pem", "a.key"]);
    let (renewed, outcome) = look_twice(&mismatch);
    assert!(outcome.is_ok() && !Arc::ptr_eq(renewed.access(), file.access()));
    world.replace("tls_server_config: {cert_file: b.pem, key_file: b.key}\n");
    let (missing, outcome) = look_twice(&renewed);
    assert!(outcome.unwrap_err().to_string().contains("No such file"));
    put(["b.pem", "b.key"]);
    assert!(look_twice(&missing).1.is_ok());
}
