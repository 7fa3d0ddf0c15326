//! The limits that the system sets for a process (`ulimit`).

/// The least address space that is enough: the allocator and the stacks of threads reserve far more than they use.
#[cfg(target_os = "linux")]
const MIN_ADDRESS_SPACE: u64 = 1 << 30;

/// Whether so little address space is allowed (`ulimit -v`) that an allocation might abort the program.
#[cfg(target_os = "linux")]
pub fn is_address_space_short() -> bool {
    use nix::sys::resource::{Resource, getrlimit};
    getrlimit(Resource::RLIMIT_AS).is_ok_and(|(allowed, _)| allowed < MIN_ADDRESS_SPACE)
}

/// Whether so little address space is allowed (`ulimit -v`) that an allocation might abort the program.
#[cfg(not(target_os = "linux"))]
pub fn is_address_space_short() -> bool {
    false
}

/// How many files a process may open, when it has raised that to what the system allows.
pub(super) fn max_open_files() -> u64 {
    use nix::sys::resource::{Resource, getrlimit};
    getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(_, allowed)| allowed)
}

/// Raises the number of files that this process may open to what the system allows: services start with 1,024.
pub(super) fn raise_open_files() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    if let Ok((current, allowed)) = getrlimit(Resource::RLIMIT_NOFILE)
        && current < allowed
    {
        // Where it fails, what was allowed before still is.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, allowed, allowed);
    }
}
