//! A zone and its servers on loopback, some of them broken on purpose.
//!
//! In: nothing. Out: running servers, and what is wrong with each of them, so that a report on them
//! can be held against the truth. It never asks its servers anything.

mod scenario;
mod servers;

pub use scenario::{DemoServerSpec, PlantedDifference, ServedContent, ZONE, scenario};
pub use servers::{DemoServer, DemoServers, start};
