//! Looks at zones on a schedule, remembers, and tells programs and people.
//!
//! In: a configuration and a prober. [`Scheduler`] looks at each zone when its agenda says so, and [`Results`] shows
//! the last look at each to whoever asks.

pub(crate) mod carried;
mod results;
mod schedule;
mod scheduler;
#[cfg(test)]
pub(crate) mod testing;
mod zone;

pub use results::Results;
pub use scheduler::{Command, Scheduler};
