//! Looks at zones on a schedule, remembers, and tells programs and people.
//!
//! In: a configuration and a prober. [`Watcher`] looks at each zone when its agenda says so, and [`Board`] shows
//! the last look at each to whoever asks.

pub(crate) mod carried;
mod results;
mod schedule;
mod scheduler;
#[cfg(test)]
pub(crate) mod testing;
mod zone;

pub use results::Board;
pub use scheduler::{Order, Watcher};
