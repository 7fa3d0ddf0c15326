//! The interfaces of this host, which link-local addresses are behind (RFC 4007).

use nix::net::if_::if_nameindex;

/// Returns the index of an interface that is given by its name or its index.
pub fn interface_index(interface: &str) -> Option<u32> {
    let interfaces = if_nameindex().ok()?;
    let find = |is_it: &dyn Fn(&nix::net::if_::Interface) -> bool| {
        interfaces.iter().find(|known| is_it(known)).map(nix::net::if_::Interface::index)
    };
    let index = interface.parse::<u32>().ok();
    find(&|known| known.name().to_bytes() == interface.as_bytes())
        .or_else(|| find(&|known| Some(known.index()) == index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_has_a_name_and_an_index() {
        let index = interface_index("lo").unwrap();
        assert_eq!(interface_index(&index.to_string()), Some(index));
        for unknown in ["no-such-interface", "4000000000", "0", "-1", ""] {
            assert_eq!(interface_index(unknown), None, "{unknown}");
        }
    }
}
