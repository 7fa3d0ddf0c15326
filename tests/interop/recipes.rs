//! The recipes for pipelines, run as they stand in the documentation: on a zone of real servers.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use super::Pair;
use super::zones::{ZONE, zone};
use crate::documentation::{blocks, text};
use crate::harness::daemon::{Kind, program};

/// The document with the recipes.
const PIPELINES: &str = "docs/pipelines.md";

/// The zone of the recipes.
const WRITTEN: &str = "example.com";

/// Name, algorithm, and secret in Base64 of the key that allows changes.
const KEY: (&str, &str, &str) = ("update", "hmac-sha256", "YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBvY3RldHMhISE=");

/// What a shell does with a recipe, told by its exit code and what it said.
fn run(recipe: &str, pair: &Pair) -> Output {
    run_for(recipe, pair, "gfj9Xq_Rg85nM-token")
}

/// The same with a token for the authority.
fn run_for(recipe: &str, pair: &Pair, token: &str) -> Output {
    let directory = tempfile::tempdir().expect("there is a place for temporary files");
    let path = directory.path();
    let (primary, secondary) = (pair.primary.address(), pair.secondary.address());
    let server = format!("server {} {}", primary.ip(), primary.port());
    let (name, algorithm, secret) = KEY;
    let key = format!("key \"{name}\" {{ algorithm {algorithm}; secret \"{secret}\"; }};\n");
    fs::write(path.join("update.key"), key).unwrap();
    let change =
        format!("{server}\nupdate delete www.{ZONE}. A\nupdate add www.{ZONE}. 300 A 192.0.2.7\nsend\n");
    fs::write(path.join("change.txt"), change).unwrap();
    // Tools that Debian does not have make the change that they are made for.
    let change = "nsupdate -k update.key change.txt";
    fs::create_dir(path.join("zones")).unwrap();
    let transfer = format!("dig +onesoa @{} -p {} {ZONE} AXFR", primary.ip(), primary.port());
    tool(path, "octodns-sync", change);
    tool(path, "dnscontrol", &format!("{change}\n{transfer} >zones/{ZONE}.zone"));
    tool(path, "terraform", &format!("case $1 in apply) {change} ;; output) printf 192.0.2.7 ;; esac"));
    let command = env!("CARGO_BIN_EXE_zoneprobe");
    tool(path, "zoneprobe", &format!("exec '{command}' \"$@\""));
    let recipe = recipe
        .replace("server 192.0.2.1\\n", &format!("{server}\\n"))
        .replace("dig @192.0.2.1 ", &format!("dig @{} -p {} ", primary.ip(), primary.port()))
        .replace("-p 192.0.2.1 ", &format!("-p {primary} "))
        .replace("-s 192.0.2.2 ", &format!("-s {secondary} "))
        .replace(WRITTEN, ZONE);
    let programs = program("nsupdate").parent().expect("a program is in a folder").to_owned();
    Command::new("sh")
        .args(["-euc", &recipe])
        .current_dir(path)
        .env("PATH", format!("{}:{}:/usr/bin:/bin", path.display(), programs.display()))
        .env("CERTBOT_DOMAIN", ZONE)
        .env("CERTBOT_VALIDATION", token)
        .output()
        .expect("there is a shell")
}

/// Puts a program into a folder.
fn tool(folder: &Path, name: &str, script: &str) {
    let file = folder.join(name);
    fs::write(&file, format!("#!/bin/sh\nset -eu\n{script}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Servers whose primary takes changes and sends NOTIFY for them.
fn updatable_pair() -> Pair {
    let (name, algorithm, secret) = KEY;
    let mut pair = Pair::in_sync(Kind::Bind, &zone(2_026_112_201, "www 300 A 192.0.2.9\n"));
    let secondary = pair.secondary.address();
    pair.primary.restart(|setup| setup.notify(secondary).updatable().key(name, algorithm, secret));
    pair
}

#[track_caller]
fn assert_passes(recipe: &str, output: &Output) {
    let printed =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{recipe}\n{printed}");
    assert!(printed.contains(&format!("✓ {ZONE}  in_sync")), "{recipe}\n{printed}");
}

#[test]
fn each_of_them_passes_once_the_change_is_everywhere() {
    let document = text(PIPELINES);
    let recipes = blocks(&document, "sh");
    assert_eq!(recipes.len(), 7, "the recipes of the document");
    for recipe in recipes {
        assert_passes(recipe, &run(recipe, &updatable_pair()));
    }
}

/// The hooks that put the record of an order into the zone and remove it.
fn acme_hooks(document: &str) -> (&str, &str) {
    let hook = |action: &str| {
        let is_hook = |recipe: &&str| recipe.contains("CERTBOT_VALIDATION") && recipe.contains(action);
        blocks(document, "sh").into_iter().find(is_hook).expect("the document has the hook")
    };
    (hook("update add"), hook("update delete"))
}

#[test]
fn the_hooks_of_acme_pass_for_a_name_and_its_wildcard() {
    let document = text(PIPELINES);
    let (add, remove) = acme_hooks(&document);
    let pair = updatable_pair();
    // Certbot runs the first hook for both names, and the second one for both when the authority has looked.
    for hook in [add, remove] {
        for token in ["for_the-name", "-for_the_wildcard"] {
            assert_passes(hook, &run_for(hook, &pair, token));
        }
    }
}

#[test]
fn the_hooks_of_acme_pass_for_two_orders_at_once() {
    let document = text(PIPELINES);
    let (add, remove) = acme_hooks(&document);
    let pair = updatable_pair();
    std::thread::scope(|threads| {
        for order in ["one", "two"] {
            let pair = &pair;
            threads.spawn(move || {
                for token in [order.to_owned(), format!("{order}-again")] {
                    for hook in [add, remove] {
                        assert_passes(hook, &run_for(hook, pair, &token));
                    }
                }
            });
        }
    });
}

#[test]
fn one_that_waits_in_vain_fails() {
    let document = text(PIPELINES);
    let recipe = blocks(&document, "sh").into_iter().find(|recipe| recipe.contains("change.txt")).unwrap();
    let (name, algorithm, secret) = KEY;
    let mut pair = Pair::in_sync(Kind::Bind, &zone(2_026_112_201, "www 300 A 192.0.2.9\n"));
    pair.primary.restart(|setup| setup.without_transfers().updatable().key(name, algorithm, secret));
    let output = run(&recipe.replace("--wait 60s", "--wait 2s"), &pair);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
}
