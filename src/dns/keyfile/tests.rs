use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

/// The secret of every bad file: as written, and two ways to show the decoded bytes.
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
fn a_file_written_by_tsig_keygen_is_parsed() {
    let [found] = good("tsig_keygen.key").try_into().unwrap();
    assert_eq!(format!("{found:?}"), "TsigKey(xfr.example. hmac-sha256)");
}

#[test]
fn comments_quotes_and_white_space_are_parsed_as_in_named_conf() {
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

/// `UPDATE_GOLDEN=1` rewrites the messages.
#[test]
fn each_bad_file_is_refused_with_the_message_in_its_text_file() {
    let mut files = 0;
    for entry in fs::read_dir(fixtures("bad")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "key") {
            continue;
        }
        files += 1;
        let error = parse(&fs::read_to_string(&path).unwrap()).unwrap_err();
        let message = format!("{error}\n");
        let shown = format!("{message}{error:?}");
        assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{}: {shown}", path.display());
        let golden = path.with_extension("txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, &message).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(message, expected, "{}; rewrite it with UPDATE_GOLDEN=1", golden.display());
    }
    assert!(files >= 20, "only {files} files were read");
}

/// The parts of a valid file; one of them is the secret.
const PARTS: [&str; 10] =
    ["key", " \"xfr\"", " {", " algorithm", " hmac-sha256", ";", " secret", " \"U0VDUkVU\"", ";", " };"];

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in r##"(key|secret|algorithm|[{};"#/*]|\PC|\n){0,40}"##) {
        let _ = parse(&text);
    }

    #[test]
    fn parts_missing_repeated_or_misplaced_never_show_the_secret_in_an_error(
        order in prop::collection::vec(0..PARTS.len(), 0..12),
        from in 0..PARTS.len(),
    ) {
        // Errors show the name of a key, so the secret may be anywhere else.
        let parts = PARTS[..from].iter().copied().chain(order.iter().map(|part| PARTS[*part]));
        let text: String = parts.collect();
        prop_assume!(!text.contains("key \"U0VDUkVU\""));
        if let Err(error) = parse(&text) {
            let shown = format!("{error} {error:?}");
            prop_assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{}: {}", text, shown);
        }
    }
}
