//! The chain by which a zone gets from where it is edited to the servers that users ask.
//!
//! Without a signer it is one link: secondaries must have what the primaries have. A signer takes the zone, adds what a
//! signer makes, and numbers the versions by itself. It makes two links of one: what it serves is held against the
//! primaries or the zone file, and what the secondaries serve against the signer.

use super::rules::{ComparisonRules, ContentRules, SignatureComparison};
use super::server::Server;
use super::target::Role;

/// A link of the chain: servers that have the zone, and servers that get it from these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// From the primaries to the secondaries, where no server signs in between.
    Whole,
    /// From the primaries, or the zone file, to the signers.
    ToSigner,
    /// From the signers to the secondaries.
    FromSigner,
}

impl Link {
    /// Returns the first link of a chain of servers with these roles.
    pub fn first(mut roles: impl Iterator<Item = Role>) -> Self {
        if roles.any(|role| role == Role::Signer) { Self::ToSigner } else { Self::Whole }
    }

    /// The role of the servers from which the others get the zone.
    pub fn origin(self) -> Role {
        match self {
            Self::Whole | Self::ToSigner => Role::Primary,
            Self::FromSigner => Role::Signer,
        }
    }

    /// Whether servers of a role are part of the link.
    pub fn has(self, role: Role) -> bool {
        match self {
            Self::Whole => true,
            Self::ToSigner => role != Role::Secondary,
            Self::FromSigner => role != Role::Primary,
        }
    }

    /// Whether servers of a role are part of this link and of none before it.
    pub fn introduces(self, role: Role) -> bool {
        self.has(role) && (self, role) != (Self::FromSigner, Role::Signer)
    }

    /// Whether servers of a role number the versions that they get by this link anew.
    pub fn renumbers(self, role: Role) -> bool {
        self == Self::ToSigner && role == Role::Signer
    }

    /// The rules of the zone, without what is not yet part of the zone on this link.
    #[must_use]
    pub fn rules(self, rules: ComparisonRules) -> ComparisonRules {
        match self {
            Self::Whole | Self::FromSigner => rules,
            Self::ToSigner => {
                // Signatures and keys are compared and verified on the link that begins at the signer.
                let dnssec = SignatureComparison::Ignore;
                let content = ContentRules { dnssec, multi_signer: false, ..rules.content };
                ComparisonRules { content, validation: None, delegation: None, ..rules }
            }
        }
    }
}

/// Why servers make no chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A signer has nothing to sign.
    #[error("the signer `{}` has nothing to sign: there is no primary", .0.escape_debug())]
    NothingToSign(String),
    /// A signer has another role too.
    #[error(
        "`{}` and `{}` are one server, which cannot be a signer and more than that",
        .0.escape_debug(),
        .1.escape_debug()
    )]
    TwoRoles(String, String),
}

/// Checks that the signers among servers have something to sign, and no other role.
pub fn check_chain(servers: &[(Role, Server)], has_zone_file: bool) -> Result<(), ChainError> {
    let with_role = |role| servers.iter().filter(move |(other, _)| *other == role);
    let has_source = has_zone_file || with_role(Role::Primary).next().is_some();
    for (_, signer) in with_role(Role::Signer) {
        if !has_source {
            return Err(ChainError::NothingToSign(signer.name.clone()));
        }
        let mut others = servers.iter().filter(|(role, _)| *role != Role::Signer);
        if let Some((_, other)) = others.find(|(_, other)| other.is_same_place(signer)) {
            return Err(ChainError::TwoRoles(signer.name.clone(), other.name.clone()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signer_makes_two_links_of_one() {
        let roles = [Role::Primary, Role::Signer, Role::Secondary];
        let members = |link: Link| roles.map(|role| link.has(role));
        assert_eq!(Link::first(roles.into_iter()), Link::ToSigner);
        assert_eq!(Link::first([Role::Primary, Role::Secondary].into_iter()), Link::Whole);
        assert_eq!(members(Link::ToSigner), [true, true, false]);
        assert_eq!(members(Link::FromSigner), [false, true, true]);
    }

    #[test]
    fn a_signer_has_something_to_sign_and_no_other_role() {
        let server = |role, text: &str| (role, text.parse().unwrap());
        let signer = || server(Role::Signer, "sig=192.0.2.2");
        let check = |other, has_zone_file| check_chain(&[other, signer()], has_zone_file);
        assert_eq!(check(server(Role::Primary, "192.0.2.1"), false), Ok(()));
        let secondary = || server(Role::Secondary, "192.0.2.3");
        assert_eq!(check(secondary(), true), Ok(()));
        assert_eq!(check(secondary(), false), Err(ChainError::NothingToSign("sig".to_owned())));
        let both = ChainError::TwoRoles("sig".to_owned(), "ns2".to_owned());
        for role in [Role::Primary, Role::Secondary] {
            assert_eq!(check(server(role, "ns2=192.0.2.2"), true), Err(both.clone()));
            // Another key may select another view.
            assert_eq!(check(server(role, "ns2=192.0.2.2,key=plain"), true), Ok(()));
        }
    }
}
