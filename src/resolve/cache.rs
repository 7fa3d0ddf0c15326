//! A cache of lookups, for the time in which resolvers fail.
//!
//! A stale answer is better than none (RFC 8767), and a failed lookup is not repeated at once (RFC 9520). A
//! negative response (RFC 2308) is no failure, and removes what was cached.

use std::time::{Duration, Instant};

use moka::sync::Cache;
use tokio::time::timeout;

use crate::dns::Name;

/// The most names in the cache; the least recently used are removed first.
const MAX_NAMES: u64 = 1 << 18;

/// How long a failed lookup is not repeated (RFC 9520 section 3.2).
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// The timeout of a lookup whose last attempt failed. The resolver has had time since then to get the answer into its
/// cache; if it is still silent, a check does not wait for it again.
const RETRY_TIMEOUT: Duration = Duration::from_millis(500);

/// The result of a lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup<T> {
    /// The answer; if the lookup failed, that of an earlier one.
    pub answer: T,
    /// Why the lookup itself gave no answer.
    pub error: Option<String>,
    /// Whether the error is what the DNS says: there is no such name or type.
    pub is_negative: bool,
}

/// Why a lookup gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LookupFailure {
    /// The response is negative: the name or the type does not exist.
    Negative(String),
    /// There is no response that says so.
    Failed(String),
}

/// The answers of lookups, by name.
#[derive(Debug)]
pub(super) struct LookupCache<T: Clone + Send + Sync + 'static>(Cache<Name, CacheEntry<T>>);

#[derive(Clone, Debug)]
struct CacheEntry<T> {
    answer: Option<T>,
    failure: Option<CachedFailure>,
}

#[derive(Clone, Debug)]
struct CachedFailure {
    retry_at: Instant,
    reason: String,
}

impl<T: Clone + Default + PartialEq + Send + Sync + 'static> LookupCache<T> {
    /// Makes an empty cache.
    pub(super) fn new() -> Self {
        Self(Cache::new(MAX_NAMES))
    }

    /// Looks a name up, unless its last lookup failed a moment ago; falls back to the cached answer.
    pub(super) async fn look_up_or_cached(
        &self,
        name: &Name,
        now: Instant,
        lookup: impl Future<Output = Result<T, LookupFailure>>,
    ) -> Lookup<T> {
        let cached = self.0.get(name);
        let (answer, failure) = cached.map_or((None, None), |entry| (entry.answer, entry.failure));
        let result = match failure {
            Some(failure) if now < failure.retry_at => return cached_answer(answer, failure.reason),
            Some(CachedFailure { reason, .. }) => {
                // Only this caller tries again; until it has a result, others get the cached answer at once.
                self.insert_failure(name, answer.clone(), now, reason.clone());
                timeout(RETRY_TIMEOUT, lookup).await.unwrap_or(Err(LookupFailure::Failed(reason)))
            }
            None => lookup.await,
        };
        match result {
            Ok(found) => {
                let is_same =
                    |entry: CacheEntry<T>| entry.failure.is_none() && entry.answer.as_ref() == Some(&found);
                if !self.0.get(name).is_some_and(is_same) {
                    self.0.insert(name.clone(), CacheEntry { answer: Some(found.clone()), failure: None });
                }
                Lookup { answer: found, error: None, is_negative: false }
            }
            Err(LookupFailure::Negative(reason)) => {
                self.0.invalidate(name);
                Lookup { answer: T::default(), error: Some(reason), is_negative: true }
            }
            Err(LookupFailure::Failed(reason)) => {
                self.insert_failure(name, answer.clone(), now, reason.clone());
                cached_answer(answer, reason)
            }
        }
    }

    fn insert_failure(&self, name: &Name, answer: Option<T>, now: Instant, reason: String) {
        let failure = Some(CachedFailure { retry_at: now + RETRY_INTERVAL, reason });
        self.0.insert(name.clone(), CacheEntry { answer, failure });
    }
}

/// The result of a failed lookup.
fn cached_answer<T: Default>(answer: Option<T>, reason: String) -> Lookup<T> {
    let error = if answer.is_some() { format!("{reason}; the earlier answer is used") } else { reason };
    Lookup { answer: answer.unwrap_or_default(), error: Some(error), is_negative: false }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// A cache, and the number of lookups that it made.
    struct Fixture {
        cache: LookupCache<Vec<u8>>,
        started: Instant,
        lookups: Cell<u32>,
    }

    impl Fixture {
        fn new() -> Self {
            Self { cache: LookupCache::new(), started: Instant::now(), lookups: Cell::new(0) }
        }

        /// Looks a name up at a second; the resolver would give this result.
        fn look_up_at(&self, second: u64, result: Result<&[u8], LookupFailure>) -> Lookup<Vec<u8>> {
            let lookup = async {
                self.lookups.set(self.lookups.get() + 1);
                result.map(<[u8]>::to_vec)
            };
            let name: Name = "ns.example.".parse().unwrap();
            let now = self.started + Duration::from_secs(second);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            runtime.block_on(self.cache.look_up_or_cached(&name, now, lookup))
        }
    }

    fn found(answer: &[u8]) -> Lookup<Vec<u8>> {
        Lookup { answer: answer.to_vec(), error: None, is_negative: false }
    }

    fn nothing(error: &str, is_negative: bool) -> Lookup<Vec<u8>> {
        Lookup { answer: Vec::new(), error: Some(error.to_owned()), is_negative }
    }

    fn failed() -> Result<&'static [u8], LookupFailure> {
        Err(LookupFailure::Failed("timeout".to_owned()))
    }

    #[test]
    fn the_cached_answer_is_used_while_lookups_fail() {
        let fixture = Fixture::new();
        assert_eq!(fixture.look_up_at(0, Ok(&[1])), found(&[1]));
        let stale = fixture.look_up_at(10, failed());
        assert_eq!(stale.answer, [1]);
        assert_eq!(stale.error.unwrap(), "timeout; the earlier answer is used");
        assert_eq!(fixture.look_up_at(20, Ok(&[2])), found(&[2]));
        assert_eq!(fixture.look_up_at(30, failed()).answer, [2]);
    }

    #[test]
    fn a_failed_lookup_is_not_repeated_at_once() {
        let fixture = Fixture::new();
        assert_eq!(fixture.look_up_at(0, failed()), nothing("timeout", false));
        assert_eq!(fixture.look_up_at(4, Ok(&[1])).error.unwrap(), "timeout");
        assert_eq!(fixture.lookups.get(), 1);
        assert_eq!(fixture.look_up_at(5, Ok(&[1])).error, None);
        assert_eq!(fixture.look_up_at(6, Ok(&[1])).error, None);
        assert_eq!(fixture.lookups.get(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lookup_that_has_failed_before_waits_less() {
        let cache: LookupCache<Vec<u8>> = LookupCache::new();
        let name: Name = "ns.example.".parse().unwrap();
        let started = Instant::now();
        let began = tokio::time::Instant::now();
        let slow = || async {
            tokio::time::sleep(Duration::from_secs(4)).await;
            failed().map(<[u8]>::to_vec)
        };
        cache.look_up_or_cached(&name, started, slow()).await;
        assert_eq!(began.elapsed(), Duration::from_secs(4));
        let again = cache.look_up_or_cached(&name, started + RETRY_INTERVAL, slow()).await;
        assert_eq!(began.elapsed(), Duration::from_secs(4) + RETRY_TIMEOUT);
        assert_eq!(again.error.unwrap(), "timeout");
    }

    #[test]
    fn a_negative_response_removes_the_cached_answer() {
        let fixture = Fixture::new();
        assert_eq!(fixture.look_up_at(0, Ok(&[1])).answer, [1]);
        let negative = fixture.look_up_at(1, Err(LookupFailure::Negative("NXDomain".to_owned())));
        assert_eq!(negative, nothing("NXDomain", true));
        assert_eq!(fixture.look_up_at(2, failed()), nothing("timeout", false));
    }
}
