//! Checks at peers that follow a script: the seeds of the fuzz target `asking`, and random scripts.

#[path = "../fuzz/scripted_check/mod.rs"]
mod scripted_check;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::task::{Id, JoinError, JoinSet};

use crate::fuzz_seeds::seeds;

/// Sets for how many seconds random scripts are tried.
const SECONDS_VARIABLE: &str = "ZONEPROBE_FUZZ_SECONDS";

/// For how many seconds they are tried otherwise.
const SECONDS: u64 = 20;

/// The checks that run at once.
const CONCURRENCY: usize = 16;

/// The longest script that is made from nothing.
const MAX_LEN: usize = 64;

/// The most changes to a seed.
const MAX_CHANGES: usize = 8;

/// The name of the threads on which checks run.
const THREAD_NAME: &str = "scripted";

/// The panics on these threads.
static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Counts panics on the threads of checks: those of tasks in the background end no check.
fn count_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if thread::current().name() == Some(THREAD_NAME) {
                PANICS.fetch_add(1, Ordering::SeqCst);
            }
            hook(panic);
        }));
    });
}

/// Runs scripts, many at once, and returns how many there were.
fn run(scripts: impl Iterator<Item = Vec<u8>>) -> usize {
    count_panics();
    let zone_file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/scripted_check/example.zone"));
    let runtime = Builder::new_multi_thread().worker_threads(2).thread_name(THREAD_NAME).enable_all().build();
    runtime.unwrap().block_on(async {
        let (mut count, mut checks, mut running) = (0, JoinSet::new(), HashMap::new());
        for script in scripts {
            if checks.len() >= CONCURRENCY {
                end(&checks.join_next_with_id().await.unwrap(), &mut running);
            }
            let (input, zone_file) = (script.clone(), zone_file.clone());
            let check = checks.spawn(async move { scripted_check::run(&input, &zone_file).await });
            running.insert(check.id(), script);
            count += 1;
        }
        while let Some(ended) = checks.join_next_with_id().await {
            end(&ended, &mut running);
        }
        assert_eq!(PANICS.load(Ordering::SeqCst), 0, "a task in the background panicked");
        count
    })
}

/// Asserts that a check has not panicked.
fn end(ended: &Result<(Id, ()), JoinError>, running: &mut HashMap<Id, Vec<u8>>) {
    let id = ended.as_ref().map_or_else(JoinError::id, |(id, ())| *id);
    let script = running.remove(&id).unwrap();
    assert!(ended.is_ok(), "this script fails, in hexadecimal: {}", hexadecimal(&script));
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// A random number below this one.
fn below(end: usize) -> usize {
    rand::random_range(0..end.max(1))
}

fn random_bytes(length: usize) -> Vec<u8> {
    (0..length).map(|_| rand::random()).collect()
}

/// A random script: of random bytes, or a changed seed.
fn random_script(seeds: &[Vec<u8>]) -> Vec<u8> {
    if rand::random() {
        return random_bytes(below(MAX_LEN));
    }
    let mut script = seeds[below(seeds.len())].clone();
    for _ in 0..=below(MAX_CHANGES) {
        let at = below(script.len());
        match below(4) {
            0 => drop(script.splice(at..at, random_bytes(1 + below(4)))),
            1 => drop(script.drain(at..script.len().min(at + 1 + below(4)))),
            // The instructions of another seed follow.
            2 => script.extend(seeds[below(seeds.len())].iter().skip(2)),
            _ => script.iter_mut().skip(at).take(1).for_each(|byte| *byte = rand::random()),
        }
    }
    script
}

#[test]
fn what_must_hold_holds_for_every_seed() {
    let count = run(seeds("asking").into_iter().map(|(_, script)| script));
    assert!(count >= 30, "{count}");
}

#[test]
fn what_must_hold_holds_for_random_scripts() {
    let seconds = std::env::var(SECONDS_VARIABLE).map_or(SECONDS, |text| text.parse().unwrap());
    let seeds: Vec<Vec<u8>> = seeds("asking").into_iter().map(|(_, script)| script).collect();
    let end = Instant::now() + Duration::from_secs(seconds);
    let scripts = std::iter::repeat_with(|| random_script(&seeds));
    let count = run(scripts.take_while(|_| Instant::now() < end));
    eprintln!("{count} random scripts in {seconds} s");
}
