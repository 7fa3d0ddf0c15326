//! Messages to the service manager, as of `sd_notify(3)`.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use sd_notify::NotifyState;

/// Notifies the service manager, if there is one.
pub(super) fn notify(states: &[NotifyState<'_>]) {
    let Some(socket) = env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty()) else { return };
    let message = states.iter().map(|state| format!("{state}\n")).collect::<Vec<_>>().concat();
    if let Err(error) = send(&socket, &message) {
        tracing::warn!(%error, "cannot notify the service manager");
    }
}

/// Notifies the service manager that a reload begins, and when: it may have asked for an earlier one.
pub(super) fn notify_reloading() {
    let now = NotifyState::monotonic_usec_now().ok();
    notify(&[NotifyState::Reloading].into_iter().chain(now).collect::<Vec<_>>());
}

fn send(socket: &OsStr, message: &str) -> io::Result<()> {
    UnixDatagram::unbound()?.send_to_addr(message.as_bytes(), &address(socket)?).map(drop)
}

/// The address of the socket: a path, or a name that begins with `@` in the abstract namespace of Linux.
fn address(socket: &OsStr) -> io::Result<SocketAddr> {
    match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => abstract_address(name),
        None => SocketAddr::from_pathname(socket),
    }
}

#[cfg(target_os = "linux")]
fn abstract_address(name: &[u8]) -> io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt as _;

    SocketAddr::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn abstract_address(_name: &[u8]) -> io::Result<SocketAddr> {
    Err(io::ErrorKind::Unsupported.into())
}
