//! Verifies on all cores: one thread reads and hands out batches.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use super::nsec3::{HashedName, NameHasher};
use super::outcome::Outcome;
use super::verify::{Job, Verifier};

/// The most entries of a batch.
const MAX_ENTRIES: usize = 128;

/// The most bytes of a batch before its last entry.
const MAX_BYTES: usize = 128 * 1024;

/// The longest time of one pass: as long as a whole check of `serve` may take.
const MAX_TIME: Duration = Duration::from_mins(15);

/// Something to do.
pub(super) enum Work {
    /// Verifies an RRset.
    Verify(Job),
    /// Hashes a name for the chains of NSEC3 records.
    Hash(HashedName),
}

/// What all threads share.
pub(super) struct Shared<'a> {
    pub(super) verifier: Verifier<'a>,
    pub(super) hashers: &'a [NameHasher],
}

impl Shared<'_> {
    fn run(&self, batch: Vec<Work>, outcome: &mut Outcome) {
        for work in batch {
            match work {
                Work::Verify(job) => self.verifier.verify(&job, outcome),
                Work::Hash(name) => self.hashers.iter().for_each(|hasher| hasher.add(&name)),
            }
        }
    }
}

/// Hands out work while a copy is read.
pub(super) struct Workers<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    shared: &'scope Shared<'scope>,
    threads: usize,
    batch: Vec<Work>,
    bytes: usize,
    started: Instant,
    /// Whether the time was over when the last batch was handed out.
    is_late: bool,
    /// Absent while one batch was enough.
    running: Option<Running<'scope>>,
    /// What the reading thread finds itself.
    pub(super) outcome: Outcome,
}

struct Running<'scope> {
    sender: SyncSender<Vec<Work>>,
    handles: Vec<ScopedJoinHandle<'scope, Outcome>>,
}

/// Runs `read`, and all work that it hands out, on so many threads; returns its result and what was found.
pub(super) fn run<R>(
    shared: &Shared<'_>,
    threads: usize,
    read: impl FnOnce(&mut Workers<'_, '_>) -> R,
) -> (R, Outcome) {
    thread::scope(|scope| {
        let outcome = Outcome::new(shared.verifier.now);
        let mut workers = Workers {
            scope,
            shared,
            threads,
            batch: Vec::new(),
            bytes: 0,
            started: Instant::now(),
            is_late: false,
            running: None,
            outcome,
        };
        let result = read(&mut workers);
        (result, workers.finish())
    })
}

impl Workers<'_, '_> {
    /// Hands out RRsets to verify.
    pub(super) fn verify(&mut self, jobs: impl IntoIterator<Item = Job>) {
        for job in jobs {
            self.add(Work::Verify(job));
        }
    }

    /// Fails once the time is over.
    pub(super) fn check_time(&self) -> io::Result<()> {
        if self.is_late {
            let minutes = MAX_TIME.as_secs() / 60;
            return Err(io::Error::other(format!("verifying it takes more than {minutes} minutes")));
        }
        Ok(())
    }

    /// Hands out some work; waits while all threads have enough.
    pub(super) fn add(&mut self, work: Work) {
        self.bytes += work.bytes();
        self.batch.push(work);
        if self.batch.len() >= MAX_ENTRIES || self.bytes >= MAX_BYTES {
            self.send();
        }
    }

    fn send(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        self.bytes = 0;
        self.is_late |= self.started.elapsed() > MAX_TIME;
        let (scope, shared, threads) = (self.scope, self.shared, self.threads);
        let running = self.running.get_or_insert_with(|| Running::start(scope, shared, threads));
        // It fails only if every thread has panicked, which the scope passes on.
        let _ = running.sender.send(batch);
    }

    fn finish(self) -> Outcome {
        let Self { shared, batch, running, mut outcome, .. } = self;
        if let Some(Running { sender, handles }) = running {
            let _ = sender.send(batch);
            drop(sender);
            for handle in handles {
                match handle.join() {
                    Ok(found) => outcome.merge(found),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        } else {
            shared.run(batch, &mut outcome);
        }
        outcome
    }
}

impl<'scope> Running<'scope> {
    fn start(scope: &'scope Scope<'scope, '_>, shared: &'scope Shared<'scope>, threads: usize) -> Self {
        let (sender, receiver) = sync_channel(threads);
        let receiver = Arc::new(Mutex::new(receiver));
        let spawn = |_| {
            let receiver = Arc::clone(&receiver);
            scope.spawn(move || {
                let mut outcome = Outcome::new(shared.verifier.now);
                while let Some(batch) = receive(&receiver) {
                    shared.run(batch, &mut outcome);
                }
                outcome
            })
        };
        Self { sender, handles: (0..threads).map(spawn).collect() }
    }
}

fn receive(receiver: &Mutex<Receiver<Vec<Work>>>) -> Option<Vec<Work>> {
    receiver.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

impl Work {
    fn bytes(&self) -> usize {
        match self {
            Self::Verify(Job { rrset, .. }) => {
                rrset.records.iter().chain(&rrset.signatures).map(|(_, rdata)| rdata.len()).sum()
            }
            Self::Hash(name) => name.len(),
        }
    }
}
