//! What servers replied to NOTIFY, in the report of their zone.

use std::fmt;
use std::net::IpAddr;

use crate::advice;
use crate::dns::Name;
use crate::dns::message::{FORMERR, NOTAUTH, NOTIMP, NXDOMAIN, REFUSED, SERVFAIL, rcode_name};
use crate::judge::{Code, Finding, Severity, Verdict};
use crate::observe::NotifyReply;
use crate::plan::{Role, Target};
use crate::report::model::{FindingReport, ServerReport, ZoneReport};

/// A server that was told by NOTIFY that the zone has a newer version.
#[derive(Clone, Debug)]
pub(crate) struct Notified {
    /// The address that the NOTIFY was sent to.
    pub(crate) target: Target,
    /// The address that it was sent from, if that is known.
    pub(crate) source: Option<IpAddr>,
    /// What came back.
    pub(crate) reply: NotifyReply,
}

/// Describes the reply, as in `ns1 took the NOTIFY`.
impl fmt::Display for Notified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reply {
            NotifyReply::Taken => f.write_str("took the NOTIFY"),
            NotifyReply::Refused(rcode) => write!(f, "refused the NOTIFY ({})", rcode_name(*rcode)),
            NotifyReply::Untrusted(error) => {
                write!(f, "gave no trusted reply to the signed NOTIFY: {error}")
            }
            NotifyReply::Unusable(failure) => write!(f, "gave no usable reply to the NOTIFY: {failure}"),
        }
    }
}

/// Whether NOTIFY may bring a server to a newer version: its own is older than the reference's, or it has none to serve.
pub(crate) fn needs_notify(server: &ServerReport) -> bool {
    let is_unloaded = || server.answer.as_ref().is_some_and(|answer| answer.rcode == rcode_name(SERVFAIL));
    let lags = match server.verdict {
        Verdict::Stuck | Verdict::Behind | Verdict::Propagating => true,
        Verdict::Lame => is_unloaded(),
        Verdict::Unreachable
        | Verdict::Mixed
        | Verdict::Incomparable
        | Verdict::Ahead
        | Verdict::Diverged
        | Verdict::Unknown
        | Verdict::InSync => false,
    };
    lags && server.address.is_some() && server.role != Role::Primary
}

/// Adds a finding for each NOTIFY: what the server replied, and whether it has a current version in the end.
pub(crate) fn add_notified(report: &mut ZoneReport, notified: &[Notified]) {
    for notified in notified {
        let finding = finding(report, notified);
        let Some(server) = report.servers.iter_mut().find(|server| notified.is_of(server)) else { continue };
        let place = server.findings.iter().position(|other| other.severity > finding.severity);
        server.findings.insert(place.unwrap_or(server.findings.len()), FindingReport::from(&finding));
        server.severity = server.severity.worse(finding.severity);
        report.severity = report.severity.worse(finding.severity);
    }
}

fn finding(report: &ZoneReport, notified: &Notified) -> Finding {
    let server = report.servers.iter().find(|server| notified.is_of(server));
    let lags = server.is_some_and(needs_notify);
    let serial = server.and_then(|server| server.serial);
    let (code, remark) = match (&notified.reply, serial) {
        (NotifyReply::Taken, _) if lags => {
            (Code::NotifyTaken, "; it has no current version by now, and its log says why".to_owned())
        }
        (NotifyReply::Taken, Some(serial)) => (Code::NotifyTaken, format!(", and has serial {serial} now")),
        (NotifyReply::Taken, None) => (Code::NotifyTaken, String::new()),
        (NotifyReply::Refused(rcode), _) => (Code::NotifyRefused, reason(*rcode).to_owned()),
        (NotifyReply::Untrusted(_), _) => (Code::NotifyRefused, String::new()),
        (NotifyReply::Unusable(_), _) => (Code::NotifyUnanswered, String::new()),
    };
    let finding = Finding::new(code, format!("it {notified}{remark}"));
    if !lags {
        // If it did not take it, it was told by somebody else, or it asked by itself.
        return Finding { severity: Severity::Ok, ..finding };
    }
    let zone: Option<Name> = report.zone.parse().ok();
    let advice = zone.map(|zone| advice_for(report, &zone, notified));
    finding.advise(advice.unwrap_or_default())
}

/// Why servers reply to NOTIFY with an RCODE.
fn reason(rcode: u16) -> &'static str {
    match rcode {
        REFUSED => ": servers take it from their primary, and from the addresses that they are told to",
        NOTAUTH => ": no rule of it allows NOTIFY from this host, as Knot says it, or it lacks the zone",
        NXDOMAIN => ": it has no such zone, as NSD says it",
        FORMERR | NOTIMP => ": it does not know NOTIFY (RFC 1996)",
        _ => "",
    }
}

/// What to do where a server that was notified still lags.
fn advice_for(report: &ZoneReport, zone: &Name, notified: &Notified) -> Vec<String> {
    let server = notified.target.server.as_str();
    let upstream = upstream(report, notified.target.role);
    let from_upstream = upstream.map(|upstream| advice::notify(zone, upstream)).unwrap_or_default();
    match &notified.reply {
        NotifyReply::Taken => vec![advice::read_log(zone, server)],
        NotifyReply::Refused(REFUSED | NOTAUTH) => {
            [from_upstream, advice::accept_notify(server, notified.source)].concat()
        }
        NotifyReply::Refused(_) | NotifyReply::Untrusted(_) | NotifyReply::Unusable(_) => from_upstream,
    }
}

/// The server that a server of this role gets the zone from, as far as that is known.
fn upstream(report: &ZoneReport, role: Role) -> Option<&str> {
    let signer = report.secondaries_reference.as_ref().filter(|_| role == Role::Secondary);
    let reference = signer.or(report.reference.as_ref()).filter(|reference| reference.address.is_some());
    let primary = || report.servers.iter().find(|server| server.role == Role::Primary);
    reference
        .map(|reference| reference.server.as_str())
        .or_else(|| primary().map(|primary| primary.server.as_str()))
}

impl Notified {
    /// Whether a report is that of the address.
    fn is_of(&self, server: &ServerReport) -> bool {
        server.server == self.target.server && server.id == Some(self.target.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::tsig::{Algorithm, TsigError};
    use crate::observe::Failure;
    use crate::report::tests::samples;

    /// A NOTIFY to the server of the sample at an address, with its reply.
    fn notified(server: &str, address: &str, reply: NotifyReply) -> Notified {
        let target = Target::at(server, address.parse().unwrap());
        Notified { target, source: Some("192.0.2.9".parse().unwrap()), reply }
    }

    /// The finding at the server that lags for an unknown time, and the severity of that server.
    fn added(reply: NotifyReply) -> (FindingReport, Severity) {
        let mut report = samples::lagging();
        add_notified(&mut report, &[notified("ns2.example.net", "192.0.2.2:53", reply)]);
        let server = report.servers.iter().find(|server| server.server == "ns2.example.net").unwrap();
        let [finding] = server.findings.as_slice() else { panic!("{:?}", server.findings) };
        (finding.clone(), server.severity)
    }

    #[test]
    fn servers_that_lag_or_have_nothing_to_serve_need_notify() {
        let report = samples::lagging();
        let needing: Vec<&str> =
            report.servers.iter().filter(|it| needs_notify(it)).map(|it| it.server.as_str()).collect();
        assert_eq!(needing, ["ns1.example.net", "ns2.example.net", "ns3.example.net"]);
        for report in [samples::in_sync(), samples::diverged(), samples::ahead(), samples::mixed()] {
            assert!(!report.servers.iter().any(needs_notify), "{report:?}");
        }
        let mut report = samples::in_sync();
        let server = &mut report.servers[1];
        server.verdict = Verdict::Lame;
        assert!(!needs_notify(server));
        server.answer.as_mut().unwrap().rcode = "SERVFAIL".into();
        assert!(needs_notify(server));
        server.role = Role::Primary;
        assert!(!needs_notify(server));
    }

    #[test]
    fn a_refusal_names_the_rcode_and_what_to_do_for_each_software() {
        let (finding, severity) = added(NotifyReply::Refused(REFUSED));
        assert_eq!((finding.code, severity), ("notify_refused", Severity::Warning));
        let message = "it refused the NOTIFY (REFUSED): servers take it from their primary, and from the addresses \
                       that they are told to";
        assert_eq!(finding.message, message);
        assert_eq!(finding.advice[0], "rndc notify example.com  # on ns0.example.net, if it runs BIND");
        let allow = "# on ns2.example.net, if it runs BIND: allow-notify { 192.0.2.9; };";
        assert_eq!((finding.advice[4].as_str(), finding.advice.len()), (allow, 8));
        for (rcode, part) in [
            (NOTAUTH, "(NOTAUTH): no rule of it allows NOTIFY"),
            (NXDOMAIN, "(NXDOMAIN): it has no such zone"),
            (NOTIMP, "(NOTIMP): it does not know NOTIFY"),
            (SERVFAIL, "(SERVFAIL)"),
        ] {
            let (finding, _) = added(NotifyReply::Refused(rcode));
            assert!(finding.message.contains(part), "{}", finding.message);
        }
    }

    #[test]
    fn a_signature_that_is_rejected_and_silence_are_told_apart() {
        let key = "xfr".parse().unwrap();
        let error = TsigError::BadKey { key, algorithm: Algorithm::Sha256 };
        let (finding, _) = added(NotifyReply::Untrusted(Box::new(error)));
        assert_eq!(finding.code, "notify_refused");
        assert!(
            finding.message.contains("the signed NOTIFY: the server does not know the key `xfr` (BADKEY)")
        );
        let (finding, severity) = added(NotifyReply::Unusable(Failure::Timeout));
        assert_eq!((finding.code, severity), ("notify_unanswered", Severity::Warning));
        assert_eq!(finding.message, "it gave no usable reply to the NOTIFY: no answer before the deadline");
        assert_eq!(finding.advice.len(), 4);
    }

    #[test]
    fn a_notify_that_was_taken_is_told_from_one_that_brought_the_zone() {
        let (finding, severity) = added(NotifyReply::Taken);
        assert_eq!((finding.code, finding.severity), ("notify_taken", Severity::Ok));
        assert_eq!(severity, Severity::Warning, "it still lags");
        let message = "it took the NOTIFY; it has no current version by now, and its log says why";
        assert_eq!(finding.message, message);
        assert!(finding.advice[0].starts_with("journalctl "), "{:?}", finding.advice);
        let mut report = samples::in_sync();
        let replies = [
            notified("ns1", "127.0.0.1:5302", NotifyReply::Taken),
            notified("ns1", "[::1]:5302", NotifyReply::Refused(REFUSED)),
            notified("ns7", "127.0.0.1:5307", NotifyReply::Taken),
        ];
        add_notified(&mut report, &replies);
        assert_eq!(
            report.servers[1].findings[0].message,
            "it took the NOTIFY, and has serial 2026112201 now"
        );
        // It has the zone all the same.
        let refused = &report.servers[2].findings[0];
        assert_eq!((refused.code, refused.severity), ("notify_refused", Severity::Ok));
        assert_eq!(report.severity, Severity::Ok);
        assert!(refused.advice.is_empty());
    }

    #[test]
    fn it_stands_behind_findings_that_are_worse() {
        let mut report = samples::lagging();
        let refused = notified("ns1.example.net", "192.0.2.1:53", NotifyReply::Refused(REFUSED));
        add_notified(&mut report, &[refused]);
        let codes: Vec<&str> = report.servers[1].findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["stuck", "notify_refused"]);
        assert_eq!(report.servers[1].severity, Severity::Critical);
    }

    #[test]
    fn secondaries_behind_a_signer_are_notified_by_it() {
        let mut report = samples::lagging();
        let mut signer = report.reference.clone().unwrap();
        signer.server = "sig".to_owned();
        report.secondaries_reference = Some(signer);
        assert_eq!(upstream(&report, Role::Secondary), Some("sig"));
        assert_eq!(upstream(&report, Role::Signer), Some("ns0.example.net"));
        let file = report.reference.as_mut().unwrap();
        (file.address, file.server) = (None, "example.com.zone".to_owned());
        assert_eq!(upstream(&report, Role::Signer), Some("ns0.example.net"));
        report.servers.clear();
        assert_eq!(upstream(&report, Role::Signer), None);
    }
}
