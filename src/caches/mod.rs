//! What the caches of resolvers still hold of the RRsets that servers answer wrongly.
//!
//! In: a judgement, and what resolvers answered. Out: the RRsets to ask resolvers for, each with what it must be, and
//! those that a resolver holds otherwise, with the time that is left and the commands that drop them. It changes no
//! verdict and no severity: what users of a resolver see is no fault of a server.

mod failure;
mod held;
mod sighting;
mod suspect;

pub use failure::CacheFailure;
pub use held::{CachesReading, HeldRrset, ResolverReading, read};
pub use sighting::{CachedAnswer, Sighting, cached, sighting};
pub use suspect::{MAX_SUSPECTS, Suspect, named, suspects};

#[cfg(test)]
mod tests;
