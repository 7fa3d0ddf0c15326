//! The open connections: no client takes the place of another.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::Instant;

/// The maximum number of connections; one more closes another.
pub(super) const MAX_CONNECTIONS: usize = 256;

/// The open connections, each served by a task.
#[derive(Debug, Default)]
pub(super) struct Connections {
    tasks: JoinSet<()>,
    open: HashMap<Id, OpenConnection>,
}

#[derive(Debug)]
struct OpenConnection {
    client: IpAddr,
    activity: Arc<Activity>,
    task: AbortHandle,
}

/// What a connection is doing, and since when.
#[derive(Debug)]
pub(super) struct Activity(Mutex<(ConnectionState, Instant)>);

/// Whether a request of a connection is being handled; what is closed first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ConnectionState {
    /// A request is awaited, or a response is being read.
    Idle,
    /// A request is being handled.
    Busy,
}

impl Activity {
    fn new() -> Self {
        Self(Mutex::new((ConnectionState::Idle, Instant::now())))
    }

    pub(super) fn set(&self, state: ConnectionState) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (state, Instant::now());
    }

    fn get(&self) -> (ConnectionState, Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connections {
    /// Serves another connection. If there are too many, the client with the most loses its idlest one.
    pub(super) fn spawn<F>(&mut self, address: IpAddr, serve: impl FnOnce(Arc<Activity>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.remove(ended);
        }
        let client = client_of(address);
        if self.open.len() >= MAX_CONNECTIONS {
            self.close_one(client);
        }
        let activity = Arc::new(Activity::new());
        let task = self.tasks.spawn(serve(Arc::clone(&activity)));
        self.open.insert(task.id(), OpenConnection { client, activity, task });
    }

    /// Completes when one of the connections has ended; never if there is none.
    pub(super) async fn ended(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(ended) => self.remove(ended),
            None => std::future::pending().await,
        }
    }

    /// Completes when all connections have ended.
    pub(super) async fn all_ended(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }

    fn remove(&mut self, ended: Result<(Id, ()), tokio::task::JoinError>) {
        let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
        self.open.remove(&id);
    }

    /// Closes a connection of the client that has the most, counting one more of the newcomer.
    fn close_one(&mut self, newcomer: IpAddr) {
        let mut counts = HashMap::from([(newcomer, 1)]);
        for connection in self.open.values() {
            *counts.entry(connection.client).or_insert(0_usize) += 1;
        }
        let idlest = self.open.iter().min_by_key(|(_, connection)| {
            (Reverse(counts.get(&connection.client)), connection.activity.get())
        });
        if let Some((&id, connection)) = idlest {
            tracing::debug!(client = %connection.client, "too many connections, closing the idlest");
            connection.task.abort();
            self.open.remove(&id);
        }
    }
}

/// The client that an address belongs to: in IPv6, a host has all addresses of its /64.
fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_an_ipv6_network_are_one_client() {
        let client = |address: &str| client_of(address.parse().unwrap()).to_string();
        assert_eq!(client("192.0.2.1"), "192.0.2.1");
        assert_eq!(client("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(client("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }

    #[tokio::test(start_paused = true)]
    async fn one_more_connection_closes_the_idlest_of_the_client_with_the_most() {
        let mut connections = Connections::default();
        let (many, few) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let mut activities = Vec::new();
        for number in 0..MAX_CONNECTIONS {
            connections.spawn(if number < 2 { few } else { many }, |activity| {
                activities.push(activity);
                std::future::pending()
            });
            tokio::time::advance(std::time::Duration::from_millis(1)).await;
        }
        activities[2].set(ConnectionState::Busy);
        activities[3].set(ConnectionState::Idle);
        let is_open = |connections: &Connections, number: usize| {
            connections.open.values().any(|open| Arc::ptr_eq(&open.activity, &activities[number]))
        };
        for client in [few, many] {
            connections.spawn(client, |_| std::future::pending());
            assert_eq!(connections.open.len(), MAX_CONNECTIONS);
            connections.ended().await;
        }
        let closed: Vec<usize> =
            (0..MAX_CONNECTIONS).filter(|number| !is_open(&connections, *number)).collect();
        assert_eq!(closed, [4, 5]);
    }
}
