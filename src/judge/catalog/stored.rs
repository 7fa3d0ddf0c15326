//! How lists of members are stored.

/// Lists that are shared, written as sequences.
pub(super) mod list {
    use std::collections::HashSet;
    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::judge::catalog::ListedMember;

    pub(in crate::judge::catalog) fn serialize<S: Serializer>(
        list: &Arc<[ListedMember]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        list.as_ref().serialize(serializer)
    }

    /// Reads a list. Members of one group share its text.
    pub(in crate::judge::catalog) fn deserialize<'d, D: Deserializer<'d>>(
        deserializer: D,
    ) -> Result<Arc<[ListedMember]>, D::Error> {
        let mut list = Vec::<ListedMember>::deserialize(deserializer)?;
        let mut groups: HashSet<Arc<str>> = HashSet::new();
        for group in list.iter_mut().filter_map(|member| member.group.as_mut()) {
            match groups.get(group) {
                Some(known) => *group = Arc::clone(known),
                None => drop(groups.insert(Arc::clone(group))),
            }
        }
        Ok(list.into())
    }
}

/// The value of a `group` property, which is shared, written as text.
pub(super) mod group {
    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    #[expect(clippy::ref_option, reason = "serde asks for it")]
    pub(in crate::judge::catalog) fn serialize<S: Serializer>(
        group: &Option<Arc<str>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        group.as_deref().serialize(serializer)
    }

    pub(in crate::judge::catalog) fn deserialize<'d, D: Deserializer<'d>>(
        deserializer: D,
    ) -> Result<Option<Arc<str>>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Arc::from))
    }
}
