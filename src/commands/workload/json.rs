//! The sums as JSON.

use serde_json::{Value, json};

use super::shortfall::Shortfall;
use super::sums::{Address, AddressLoad, Workload};

impl Workload {
    /// The sums as a JSON object.
    pub(in crate::commands) fn json(&self) -> Value {
        let an_hour = |rate: f64| rate * 3600.0;
        let of_address = |(address, load): (&Address, &AddressLoad)| {
            json!({
                "address": address.0,
                "queries_per_second": load.queries,
                "transfers_per_hour": an_hour(load.transfers),
            })
        };
        json!({
            "zones": self.zones,
            "zones_looked_up": self.looked_up,
            "zones_by_query": self.by_query,
            "addresses": self.addresses,
            "series": self.series(),
            "memory_bytes": self.memory(),
            "cores": self.cores(),
            "open_files": self.open_files(),
            "queries_per_second": self.queries,
            "transfers_per_hour": an_hour(self.transfers),
            "busiest_address": self.busiest(|load| load.queries).map(of_address),
            "is_estimate": self.is_estimate(),
        })
    }
}

impl Shortfall {
    /// The shortfall as a JSON object.
    pub(in crate::commands) fn json(&self) -> Value {
        json!({"limit": self.limit, "message": self.message})
    }
}
