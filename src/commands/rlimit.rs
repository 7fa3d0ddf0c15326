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
