//! Looks at zones on a schedule, remembers, and tells programs and people.
//!
//! In: a configuration and a prober. [`Watcher`] looks at each zone when its agenda says so, and [`Board`] shows
//! the last look at each to whoever asks.

mod agenda;
mod board;
pub mod http;
mod meters;
#[cfg(test)]
mod testing;
mod watched;
mod watcher;

pub use board::Board;
pub use meters::Meters;
pub use watcher::{Order, Watcher};
