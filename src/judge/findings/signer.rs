//! A server that signs the zone itself, and so has records and serials that the reference has not.

use std::time::{Duration, UNIX_EPOCH};

use super::server::ServerContext;
use crate::advice;
use crate::dns::Serial;
use crate::judge::evidence::Responses;
use crate::judge::verdict::Verdict;
use crate::judge::verdict::reference::ReferenceKind;
use crate::plan::{Link, Role, Serials, SignatureComparison, Target};

/// A serial that is a Unix time is at most so far from now. Serials that are dates are further off.
const MAX_AGE: Duration = Duration::from_hours(3 * 365 * 24);

impl ServerContext<'_> {
    /// Returns what to say of a server that seems to sign the zone, instead of how to mend its serial.
    pub(crate) fn signer_hint(self) -> Option<(String, Vec<String>)> {
        let by_reference = matches!(
            self.decision.verdict,
            Verdict::Ahead
                | Verdict::Incomparable
                | Verdict::Diverged
                | Verdict::Stuck
                | Verdict::Behind
                | Verdict::Propagating
        );
        let is_in_chain = self.evidence.link != Link::Whole;
        if !by_reference || is_in_chain || !self.may_be_signer() {
            return None;
        }
        let rules = &self.evidence.plan.rules;
        let flags = [
            ("--dnssec ignore", rules.content.dnssec != SignatureComparison::Ignore),
            ("--independent-serials", rules.serials == Serials::Shared),
        ];
        let missing: Vec<&str> =
            flags.iter().filter(|(_, missing)| *missing).map(|(flag, _)| *flag).collect();
        if missing.is_empty() {
            return None;
        }
        let hint = "it seems to sign the zone itself, and a signer counts its own serials";
        let without = format!("compare without what a signer adds: {}", missing.join(" "));
        let advice = match self.named_as_signer() {
            Some(named) => vec![format!("# {named}"), format!("# or {without}")],
            None => vec![format!("# {without}")],
        };
        Some((hint.to_owned(), advice))
    }

    /// How to name this server as the signer, if there is something that it signs: the zone file or a primary.
    fn named_as_signer(self) -> Option<String> {
        let instead = match self.target.role {
            Role::Primary => "-p",
            Role::Secondary => "-s",
            Role::Signer => return None,
        };
        match self.reference?.kind {
            ReferenceKind::ZoneFile | ReferenceKind::Primary => {}
            ReferenceKind::Signer | ReferenceKind::Mname | ReferenceKind::Newest => return None,
        }
        let Target { server, address, key, .. } = self.target;
        let key =
            key.as_ref().map(|key| format!(",key={}", key.name().without_final_dot())).unwrap_or_default();
        let named = if *server == address.ip().to_string() {
            format!("{address}{key}")
        } else {
            format!("{server}={address}{key}")
        };
        Some(format!("name it the signer: --signer {}, not {instead}", advice::shell_word(&named)))
    }

    /// Whether its copy is signed and the reference's is not; or, where a copy is not known, its serial is a Unix time
    /// and the reference's is not.
    pub(crate) fn may_be_signer(self) -> bool {
        let Some(reference) = self.reference.and_then(|it| self.evidence.responses(it.source)) else {
            return false;
        };
        let is_signed = |responses: &Responses| Some(responses.copy()?.digest.is_signed());
        match (is_signed(self.responses), is_signed(reference)) {
            (Some(own), Some(reference)) => own && !reference,
            _ => {
                let serial = |responses: &Responses| responses.latest().map(|latest| latest.serial);
                let is_time = |serial: Option<Serial>| serial.is_some_and(|serial| self.is_unix_time(serial));
                is_time(serial(self.responses)) && !is_time(serial(reference))
            }
        }
    }

    fn is_unix_time(self, serial: Serial) -> bool {
        let now = self.evidence.start_time().duration_since(UNIX_EPOCH).unwrap_or_default();
        Duration::from_secs(serial.0.into()).abs_diff(now) < MAX_AGE
    }
}
