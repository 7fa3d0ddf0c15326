use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

/// What stands for a secret in all bad files, and in what they would decode to.
const SECRETS: [&str; 3] = ["U0VDUkVU", "SECRET", "83, 69"];

fn fixtures(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys").join(kind)
}

fn good(file: &str) -> Vec<TsigKey> {
    parse(&fs::read_to_string(fixtures("good").join(file)).unwrap()).unwrap()
}

fn key(name: &str, algorithm: Algorithm, secret: &[u8]) -> TsigKey {
    TsigKey::new(name.parse().unwrap(), algorithm, secret.to_vec())
}

#[test]
fn what_tsig_keygen_writes_is_read() {
    let [found] = good("tsig_keygen.key").try_into().unwrap();
    assert_eq!(format!("{found:?}"), "TsigKey(xfr.example. hmac-sha256)");
}

#[test]
fn comments_quotes_and_white_space_are_as_in_named_conf() {
    let hex = b"0123456789abcdef";
    let expected = [
        key("one.example", Algorithm::Sha512, hex),
        key("two", Algorithm::Md5, b"012\xff\xff"),
        key("three", Algorithm::Sha1, hex),
        key("10.0.0.1-host.key", Algorithm::Sha384, b"012"),
        key("five", Algorithm::Sha224, b"012"),
    ];
    assert_eq!(good("several.key"), expected);
}

/// `UPDATE_GOLDEN=1` writes the messages anew.
#[test]
fn each_bad_file_is_refused_with_the_message_beside_it() {
    let mut seen = 0;
    for entry in fs::read_dir(fixtures("bad")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "key") {
            continue;
        }
        seen += 1;
        let error = parse(&fs::read_to_string(&path).unwrap()).unwrap_err();
        let said = format!("{error}\n");
        let shown = format!("{said}{error:?}");
        assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{}: {shown}", path.display());
        let message = path.with_extension("txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&message, &said).unwrap();
        }
        let expected = fs::read_to_string(&message).unwrap_or_default();
        assert_eq!(said, expected, "{}; rewrite it with UPDATE_GOLDEN=1", message.display());
    }
    assert!(seen >= 20, "only {seen} files were read");
}

/// The parts of a good file, whose secret stands in one of them.
const PARTS: [&str; 10] =
    ["key", " \"xfr\"", " {", " algorithm", " hmac-sha256", ";", " secret", " \"U0VDUkVU\"", ";", " };"];

proptest! {
    #[test]
    fn any_text_is_keys_or_an_error(text in r##"(key|secret|algorithm|[{};"#/*]|\PC|\n){0,40}"##) {
        let _ = parse(&text);
    }

    #[test]
    fn whatever_is_left_out_doubled_or_misplaced_no_error_shows_a_secret(
        order in prop::collection::vec(0..PARTS.len(), 0..12),
        from in 0..PARTS.len(),
    ) {
        // The name of a key is shown, so the secret may stand anywhere but there.
        let parts = PARTS[..from].iter().copied().chain(order.iter().map(|part| PARTS[*part]));
        let text: String = parts.collect();
        prop_assume!(!text.contains("key \"U0VDUkVU\""));
        if let Err(error) = parse(&text) {
            let shown = format!("{error} {error:?}");
            prop_assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{}: {}", text, shown);
        }
    }
}
