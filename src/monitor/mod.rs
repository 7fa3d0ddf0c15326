//! Checks the zones of a configuration on a schedule, and keeps the last result of each.
//!
//! In: a configuration and a checker. [`Scheduler`] checks each zone when its schedule says so, and [`Results`]
//! holds the last result of each for its readers.

mod carry_over;
mod departed;
mod job;
mod members;
mod micros;
mod name_servers;
mod results;
mod schedule;
mod scheduler;
mod served;
#[cfg(test)]
pub(crate) mod testing;
mod verdict_log;
mod wanted;
mod zone;
mod zone_id;

pub use results::{Results, ZoneChanges};
pub use schedule::{FIRST_COMPARE_INTERVALS, MIN_COMPARE_INTERVAL};
pub use scheduler::{Command, Scheduler};
pub use wanted::WantedZone;
