//! Reads a catalog from the records of its zone, in whatever order they come (RFC 9432 section 4).

use std::collections::HashSet;
use std::mem;
use std::sync::Arc;

use super::properties::{Properties, max_unsorted};
use super::{Catalog, CatalogFault, CatalogVersion, Member};
use crate::dns::escape;
use crate::dns::name::Name;
use crate::dns::rtype::Rtype;
use crate::dns::wire::{CLASS_IN, Record};

/// The most bytes of a version that is not known.
const MAX_VERSION: usize = 64;

/// The most bytes of the value of a `group` property.
const MAX_GROUP: usize = 255;

/// The most different values of `group` that members share in memory. Catalogs have few of them.
const MAX_SHARED_GROUPS: usize = 4096;

/// Reads a catalog from the records of its zone.
///
/// Memory grows with the members and with the labels that have properties, up to the most members that are taken.
/// Nothing is looked up while records pass: all is sorted at the end.
#[derive(Debug)]
pub struct CatalogReader {
    zone: Name,
    max_members: usize,
    /// The first value of `version`, as it came.
    version: Option<Box<[u8]>>,
    has_several_versions: bool,
    /// The members, each with the properties that came right behind it.
    members: Vec<Member>,
    /// All other values of `group`.
    groups: Properties<Arc<str>>,
    /// All other values of `coo`.
    owners: Properties<Name>,
    shared_groups: HashSet<Arc<str>>,
    /// The number of properties that members of version 1 do not have.
    properties: u64,
    ignored: u64,
    /// Why no more members are taken.
    overflow: Option<CatalogFault>,
}

impl CatalogReader {
    /// Reads the catalog of this zone, with no more members than this.
    pub fn new(zone: Name, max_members: usize) -> Self {
        Self {
            zone,
            max_members,
            version: None,
            has_several_versions: false,
            members: Vec::new(),
            groups: Properties::new(max_members),
            owners: Properties::new(max_members),
            shared_groups: HashSet::new(),
            properties: 0,
            ignored: 0,
            overflow: None,
        }
    }

    /// Takes a record of the zone.
    pub fn add(&mut self, record: &Record<'_>) {
        let mut labels = [[].as_slice(); 4];
        let count = relative_labels(record.owner, &self.zone, &mut labels);
        let labels = count.and_then(|count| labels.get(..count)).filter(|_| record.class == CLASS_IN);
        let added = match (labels, record.rtype) {
            // What every zone has, and signers add.
            (Some([]), Rtype::SOA | Rtype::NS) => return,
            (_, rtype) if rtype.is_made_by_signers() => return,
            (Some([b"version"]), Rtype::TXT) => return self.add_version(record.rdata),
            (Some([id, b"zones"]), Rtype::PTR) => self.add_member(&label_text(id), record.rdata),
            (Some([b"group", id, b"zones"]), Rtype::TXT) => self.add_group(&label_text(id), record.rdata),
            (Some([b"coo", id, b"zones"]), Rtype::PTR) => self.add_owner(&label_text(id), record.rdata),
            _ => None,
        };
        if added.is_none() {
            self.ignored += 1;
        }
    }

    fn add_version(&mut self, rdata: &[u8]) {
        match &self.version {
            None => self.version = Some(rdata.into()),
            Some(version) => self.has_several_versions |= **version != *rdata,
        }
    }

    fn add_member(&mut self, id: &str, rdata: &[u8]) -> Option<()> {
        // A catalog cannot be a member of itself: consumers have it already.
        let zone = Name::from_wire(rdata).filter(|zone| *zone != self.zone)?;
        let is_same = |last: &Member| *last.id == *id && last.zone == zone;
        if self.overflow.is_some() || self.members.last().is_some_and(is_same) {
            return Some(());
        }
        self.members.push(Member { zone, id: id.into(), group: None, coo: None });
        if self.members.len() >= max_unsorted(self.max_members) {
            self.sort_members();
            self.note(self.check_count());
        }
        Some(())
    }

    fn add_group(&mut self, id: &str, rdata: &[u8]) -> Option<()> {
        let value = strings(rdata)?.concat();
        if value.len() > MAX_GROUP {
            return None;
        }
        self.properties += 1;
        if self.overflow.is_some() {
            return Some(());
        }
        let group = self.share(escape::text(&value));
        match self.members.last_mut() {
            Some(last) if *last.id == *id && last.group.is_none() => last.group = Some(group),
            _ => {
                let added = self.groups.add(id, group);
                self.note(added);
            }
        }
        Some(())
    }

    fn add_owner(&mut self, id: &str, rdata: &[u8]) -> Option<()> {
        let owner = Name::from_wire(rdata)?;
        self.properties += 1;
        if self.overflow.is_some() {
            return Some(());
        }
        match self.members.last_mut() {
            Some(last) if *last.id == *id && last.coo.is_none() => last.coo = Some(owner),
            _ => {
                let added = self.owners.add(id, owner);
                self.note(added);
            }
        }
        Some(())
    }

    /// The same text in the same memory, where many members have it.
    fn share(&mut self, group: String) -> Arc<str> {
        if let Some(shared) = self.shared_groups.get(group.as_str()) {
            return Arc::clone(shared);
        }
        let group: Arc<str> = group.into();
        if self.shared_groups.len() < MAX_SHARED_GROUPS {
            self.shared_groups.insert(Arc::clone(&group));
        }
        group
    }

    /// Gives up what was collected if it is too much.
    fn note(&mut self, added: Result<(), CatalogFault>) {
        if let Err(overflow) = added {
            self.overflow = Some(overflow);
            self.members = Vec::new();
            self.groups = Properties::new(self.max_members);
            self.owners = Properties::new(self.max_members);
        }
    }

    fn check_count(&self) -> Result<(), CatalogFault> {
        match self.max_members {
            max if self.members.len() > max => Err(CatalogFault::TooManyMembers(max)),
            _ => Ok(()),
        }
    }

    /// Sorts the members by their labels, and drops records that came twice.
    fn sort_members(&mut self) {
        let Self { members, groups, owners, .. } = self;
        members.sort_unstable_by(|one, other| (&one.id, &one.zone).cmp(&(&other.id, &other.zone)));
        let mut moved = Ok(());
        members.dedup_by(|next, kept| {
            let is_same = next.id == kept.id && next.zone == kept.zone;
            if is_same && moved.is_ok() {
                let group = next.group.take().map_or(Ok(()), |group| groups.add(&next.id, group));
                let owner = next.coo.take().map_or(Ok(()), |owner| owners.add(&next.id, owner));
                moved = group.and(owner);
            }
            is_same
        });
        self.note(moved);
    }

    /// Returns the catalog, after the last record.
    pub fn finish(mut self) -> Result<Catalog, CatalogFault> {
        let version = self.read_version()?;
        self.sort_members();
        if let Some(overflow) = self.overflow {
            return Err(overflow);
        }
        self.check_count()?;
        self.check_labels()?;
        match version {
            CatalogVersion::One => self.drop_properties(),
            CatalogVersion::Two => self.add_properties()?,
        }
        let mut members = self.members;
        members.sort_unstable_by(|one, other| (&one.zone, &one.id).cmp(&(&other.zone, &other.id)));
        let twice = members.array_windows().find(|[one, other]| one.zone == other.zone);
        if let Some([one, other]) = twice {
            let ids = [one.id.clone(), other.id.clone()];
            return Err(CatalogFault::MemberTwice { zone: one.zone.clone(), ids });
        }
        Ok(Catalog { version, members, ignored: self.ignored })
    }

    fn read_version(&self) -> Result<CatalogVersion, CatalogFault> {
        let rdata = self.version.as_deref().ok_or(CatalogFault::NoVersion)?;
        if self.has_several_versions {
            return Err(CatalogFault::SeveralVersions);
        }
        match strings(rdata).as_deref() {
            Some([b"1"]) => Ok(CatalogVersion::One),
            Some([b"2"]) => Ok(CatalogVersion::Two),
            Some([_, _, ..]) => Err(CatalogFault::SeveralVersions),
            Some([version]) => Err(unknown_version(version)),
            Some([]) | None => Err(unknown_version(rdata)),
        }
    }

    /// No label may list two zones (RFC 9432 section 4.2).
    fn check_labels(&self) -> Result<(), CatalogFault> {
        match self.members.array_windows().find(|[one, other]| one.id == other.id) {
            Some([one, other]) => {
                let zones = [one.zone.clone(), other.zone.clone()];
                Err(CatalogFault::SeveralMembers { id: one.id.clone(), zones })
            }
            None => Ok(()),
        }
    }

    /// Drops the properties that version 1 does not have: it is older than they are.
    fn drop_properties(&mut self) {
        self.ignored += self.properties;
        for member in &mut self.members {
            member.group = None;
            member.coo = None;
        }
    }

    /// Adds the properties to their members.
    fn add_properties(&mut self) -> Result<(), CatalogFault> {
        let Self { members, groups, owners, ignored, max_members, .. } = self;
        mem::replace(groups, Properties::new(*max_members)).distribute(members, |member, values| {
            match (member, values) {
                (None, _) => *ignored += values.len() as u64,
                (Some(member), [(_, value)]) if member.group.as_ref().is_none_or(|own| own == value) => {
                    member.group = Some(Arc::clone(value));
                }
                (Some(member), _) => member.group = None,
            }
            Ok(())
        })?;
        mem::replace(owners, Properties::new(*max_members)).distribute(members, |member, values| {
            let own = member.as_ref().and_then(|member| member.coo.clone());
            let mut all: Vec<Name> =
                own.into_iter().chain(values.iter().map(|(_, owner)| owner.clone())).collect();
            all.sort_unstable();
            all.dedup();
            match (all.as_slice(), values, member) {
                ([one, other, ..], [(id, _), ..], _) => {
                    let catalogs = [one.clone(), other.clone()];
                    return Err(CatalogFault::SeveralOwners { id: id.clone(), catalogs });
                }
                ([owner], _, Some(member)) => member.coo = Some(owner.clone()),
                _ => *ignored += values.len() as u64,
            }
            Ok(())
        })
    }
}

/// Splits the labels of a name that stand left of the zone into `labels`; returns their number, unless the name is
/// not in the zone or has more of them.
fn relative_labels<'o>(owner: &'o [u8], zone: &Name, labels: &mut [&'o [u8]; 4]) -> Option<usize> {
    let zone = zone.as_wire();
    let (mut rest, mut count) = (owner, 0);
    while rest.len() > zone.len() {
        let (&length, tail) = rest.split_first()?;
        let (label, parent) = tail.split_at_checked(usize::from(length))?;
        *labels.get_mut(count)? = label;
        count += 1;
        rest = parent;
    }
    (rest == zone).then_some(count)
}

fn label_text(label: &[u8]) -> String {
    let mut text = String::with_capacity(label.len());
    escape::push_label(&mut text, label);
    text
}

/// Splits the RDATA of a TXT record into its strings (RFC 1035 section 3.3.14); `None` if it is not that.
fn strings(rdata: &[u8]) -> Option<Vec<&[u8]>> {
    let (mut strings, mut rest) = (Vec::new(), rdata);
    while let Some((&length, tail)) = rest.split_first() {
        let (string, next) = tail.split_at_checked(usize::from(length))?;
        strings.push(string);
        rest = next;
    }
    Some(strings)
}

fn unknown_version(version: &[u8]) -> CatalogFault {
    let version = version.get(..MAX_VERSION).unwrap_or(version);
    CatalogFault::UnknownVersion(escape::text(version).into())
}
