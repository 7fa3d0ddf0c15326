//! What look-ups brought, for the time in which resolvers fail.
//!
//! Stale data is better than none (RFC 8767), and a question that failed is not asked at once again (RFC 9520).
//! That a name or its records do not exist is no failure, and ends what was known of it.

use std::time::{Duration, Instant};

use moka::sync::Cache;

use crate::dns::Name;

/// Names that are kept at most; those that nobody asked for longest go first.
const MOST: u64 = 1 << 18;

/// A look-up that failed is not tried again before (RFC 9520 section 3.2).
const RETRY: Duration = Duration::from_secs(5);

/// What a look-up brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// What was found; if the look-up failed, what was found before.
    pub answer: T,
    /// What the look-up said, if it brought nothing.
    pub trouble: Option<String>,
}

/// Why a look-up brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LookupFailure {
    /// There is nothing to be found.
    Denied(String),
    /// Nobody said whether there is.
    Failed(String),
}

/// Answers of look-ups by name.
#[derive(Debug)]
pub(super) struct Memory<T: Clone + Send + Sync + 'static>(Cache<Name, Known<T>>);

#[derive(Clone, Debug)]
struct Known<T> {
    answer: Option<T>,
    failure: Option<Failure>,
}

#[derive(Clone, Debug)]
struct Failure {
    /// When to try again.
    until: Instant,
    reason: String,
}

impl<T: Clone + Default + PartialEq + Send + Sync + 'static> Memory<T> {
    /// Knows nothing yet.
    pub(super) fn new() -> Self {
        Self(Cache::new(MOST))
    }

    /// Looks a name up, unless that failed a moment ago.
    pub(super) async fn or_earlier(
        &self,
        name: &Name,
        now: Instant,
        look_up: impl Future<Output = Result<T, LookupFailure>>,
    ) -> Found<T> {
        let known = self.0.get(name);
        let (answer, failure) = known.map_or((None, None), |known| (known.answer, known.failure));
        if let Some(failure) = failure {
            if now < failure.until {
                return earlier(answer, failure.reason);
            }
            // One tries again, and keeps nobody else waiting.
            self.fail(name, answer.clone(), now, failure.reason);
        }
        match look_up.await {
            Ok(found) => {
                let is_known =
                    |known: Known<T>| known.failure.is_none() && known.answer.as_ref() == Some(&found);
                if !self.0.get(name).is_some_and(is_known) {
                    self.0.insert(name.clone(), Known { answer: Some(found.clone()), failure: None });
                }
                Found { answer: found, trouble: None }
            }
            Err(LookupFailure::Denied(reason)) => {
                self.0.invalidate(name);
                Found { answer: T::default(), trouble: Some(reason) }
            }
            Err(LookupFailure::Failed(reason)) => {
                self.fail(name, answer.clone(), now, reason.clone());
                earlier(answer, reason)
            }
        }
    }

    fn fail(&self, name: &Name, answer: Option<T>, now: Instant, reason: String) {
        let failure = Some(Failure { until: now + RETRY, reason });
        self.0.insert(name.clone(), Known { answer, failure });
    }
}

fn earlier<T: Default>(answer: Option<T>, reason: String) -> Found<T> {
    let trouble = if answer.is_some() { format!("{reason}; what it said before is used") } else { reason };
    Found { answer: answer.unwrap_or_default(), trouble: Some(trouble) }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    struct World {
        memory: Memory<Vec<u8>>,
        began: Instant,
        look_ups: Cell<u32>,
    }

    impl World {
        fn new() -> Self {
            Self { memory: Memory::new(), began: Instant::now(), look_ups: Cell::new(0) }
        }

        fn at(&self, second: u64, says: Result<&[u8], LookupFailure>) -> Found<Vec<u8>> {
            let look_up = async {
                self.look_ups.set(self.look_ups.get() + 1);
                says.map(<[u8]>::to_vec)
            };
            let name: Name = "ns.example.".parse().unwrap();
            let now = self.began + Duration::from_secs(second);
            futures_util::future::FutureExt::now_or_never(self.memory.or_earlier(&name, now, look_up))
                .unwrap()
        }
    }

    fn failed() -> Result<&'static [u8], LookupFailure> {
        Err(LookupFailure::Failed("timeout".to_owned()))
    }

    #[test]
    fn what_was_found_before_is_used_while_look_ups_fail() {
        let world = World::new();
        assert_eq!(world.at(0, Ok(&[1])), Found { answer: vec![1], trouble: None });
        let stale = world.at(10, failed());
        assert_eq!(stale.answer, [1]);
        assert_eq!(stale.trouble.unwrap(), "timeout; what it said before is used");
        assert_eq!(world.at(20, Ok(&[2])), Found { answer: vec![2], trouble: None });
        assert_eq!(world.at(30, failed()).answer, [2]);
    }

    #[test]
    fn a_look_up_that_failed_is_not_tried_again_at_once() {
        let world = World::new();
        assert_eq!(world.at(0, failed()), Found { answer: vec![], trouble: Some("timeout".to_owned()) });
        assert_eq!(world.at(4, Ok(&[1])).trouble.unwrap(), "timeout");
        assert_eq!(world.look_ups.get(), 1);
        assert_eq!(world.at(5, Ok(&[1])).trouble, None);
        assert_eq!(world.at(6, Ok(&[1])).trouble, None);
        assert_eq!(world.look_ups.get(), 3);
    }

    #[test]
    fn what_is_denied_is_known_no_more() {
        let world = World::new();
        assert_eq!(world.at(0, Ok(&[1])).answer, [1]);
        let denied = world.at(1, Err(LookupFailure::Denied("NXDomain".to_owned())));
        assert_eq!(denied, Found { answer: vec![], trouble: Some("NXDomain".to_owned()) });
        assert_eq!(world.at(2, failed()), Found { answer: vec![], trouble: Some("timeout".to_owned()) });
    }
}
