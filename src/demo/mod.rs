//! A zone and its servers on loopback, some of them broken on purpose.
//!
//! In: nothing. Out: running servers, and what is wrong with each of them, so that a report on them can be
//! compared with the truth. This room sends no queries.

mod scenario;
mod servers;

pub use scenario::{DemoServerSpec, PlantedDifference, ServedContent, ZONE, scenario};
pub use servers::{DemoServer, DemoServers, start};
