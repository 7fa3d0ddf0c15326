//! `zoneprobe serve`: check zones on a schedule, and serve the results over HTTP.

mod http_thread;
mod passed_socket;
mod scheduler_task;
mod service;
mod service_manager;
mod source;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;

use self::service::Service;
use self::source::{ConfigSource, ConfigText};
use crate::blocking;
use crate::cli::ServeCommand;
use crate::commands::config::{named_or_default, relative_to};
use crate::commands::rlimit::raise_open_files;
use crate::commands::signals::until_termination;
use crate::digest::HashKey;
use crate::plan::Resolver;
use crate::resolve::{Families, Finder};
use crate::store::Store;

/// Runs the command and returns its exit code.
pub(super) async fn run(command: ServeCommand) -> anyhow::Result<u8> {
    raise_open_files();
    let path = named_or_default(command.config);
    let text = ConfigText::File(path.clone());
    let source = ConfigSource { text, shard: command.shard, vantage: command.vantage };
    let finder = Finder::new(Families::Both, command.resolver.as_ref().map(|Resolver(address)| *address));
    let loaded = source.clone();
    let open = move || {
        let loaded = loaded.load()?;
        let config = &loaded.config;
        let listener = listener(command.listen.unwrap_or(config.http.listen))?;
        let configured_state = config.state.as_ref().map(|state| relative_to(&path, state));
        let store = open_store(command.state.or(configured_state).as_deref())?;
        Ok((loaded, listener, store))
    };
    // A file may be a pipe, which waits for its writer.
    let (loaded, listener, (store, key)) = match until_termination(blocking::run(open)).await? {
        Ok(opened) => opened,
        Err(signal) => return Ok(signal.exit_code_of_service()),
    };
    Service::new(source, &loaded.config, finder, key)?.run(loaded, listener, store).await
}

/// Serves by a configuration in memory, without a state file.
pub(super) async fn run_text(text: String) -> anyhow::Result<u8> {
    let source = ConfigSource { text: ConfigText::Memory(text), shard: None, vantage: None };
    let loaded = source.load()?;
    let listener = bind(loaded.config.http.listen)?;
    let (store, key) = open_store(None)?;
    let finder = Finder::new(Families::Both, None);
    Service::new(source, &loaded.config, finder, key)?.run(loaded, listener, store).await
}

/// The socket that the service manager has opened, else one at this address.
fn listener(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let Some(passed) = passed_socket::take()? else { return bind(address) };
    passed.set_nonblocking(true).context("cannot serve at the socket of the service manager")?;
    tracing::info!("listening on the socket that the service manager has opened");
    Ok(passed)
}

fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).with_context(|| format!("cannot serve at `{address}`"))?;
    listener.set_nonblocking(true).with_context(|| format!("cannot serve at `{address}`"))?;
    Ok(listener)
}

/// Opens the state file, if there is one, and returns the secret of the fingerprints.
fn open_store(path: Option<&Path>) -> anyhow::Result<(Option<Arc<Store>>, HashKey)> {
    let new_key = HashKey(rand::random());
    let Some(path) = path else {
        tracing::warn!("no state file is configured: all history is lost when the program ends");
        return Ok((None, new_key));
    };
    let store = Store::open(path, &new_key, "zoneprobe serve")?;
    for notice in store.take_notices() {
        tracing::warn!("{}", notice.trim_end());
    }
    let key = store.key();
    Ok((Some(Arc::new(store)), key))
}
