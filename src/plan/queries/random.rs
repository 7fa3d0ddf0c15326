//! Names that no zone has.

use super::draw::hash;
use crate::dns::Name;

/// The length of a random label.
const LABEL_LEN: u8 = 16;

/// Makes a child of a name, with a label that nobody can guess without the key; `None` if the name is too long.
pub(super) fn random_child(key: [u8; 16], parent: &Name) -> Option<Name> {
    let label = format!("{:016x}", hash(key, parent));
    let wire = [&[LABEL_LEN], label.as_bytes(), parent.as_wire()].concat();
    Name::from_wire(&wire)
}
