//! `zoneprobe notify`: tell the secondaries that lag, and wait for those that listen.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::num::NonZeroU32;
use std::time::Instant;

use futures_util::future::join_all;

use super::console::print_message;
use super::outcome::end_run;
use super::output::ReportOutput;
use super::signals::{Termination, until_termination};
use super::store::HistoryStore;
use super::verify::{VerifyRun, conclude, prepare};
use crate::cli::{ExpectArgs, NotifyCommand, VerifyCommand};
use crate::dns::Rtype;
use crate::dns::whole::QueryKind;
use crate::expect::{Notified, add_notified, needs_notify};
use crate::judge::Severity;
use crate::net::SingleQuery;
use crate::observe::NotifyReply;
use crate::plan::Target;
use crate::report::{ZoneReport, server_label};

/// Runs the command and returns its exit code.
pub(super) async fn run(command: NotifyCommand) -> u8 {
    let began = Instant::now();
    let output = command.args.output.clone();
    let mut reports = None;
    let prepared = prepare(verification(command), "zoneprobe notify", &mut reports, began);
    let ended = match until_termination(prepared).await {
        Ok(Ok((run, store))) => Box::pin(notify(run, store, &mut reports)).await,
        Ok(Err(signal)) => Ok(Err(signal)),
        Err(error) => Err(error),
    };
    end_run(ended, reports, &output, began)
}

/// The command that waits for the same servers, and expects nothing but the reference's version.
fn verification(command: NotifyCommand) -> VerifyCommand {
    let NotifyCommand { zone, wait, warn_only, args } = command;
    let expect = ExpectArgs {
        wait,
        serial: None,
        expect: Vec::new(),
        contains: Vec::new(),
        absent: Vec::new(),
        only_changed: Vec::new(),
        baseline: None,
        stable: NonZeroU32::MIN,
        fail_fast: false,
        warn_only,
    };
    VerifyCommand { zone, expect, args }
}

/// Notifies the servers that lag, waits for those that took it, and reports what the last check has shown.
async fn notify(
    mut run: VerifyRun,
    store: Option<HistoryStore>,
    reports: &mut Option<ReportOutput>,
) -> anyhow::Result<Result<Severity, Termination>> {
    let mut notified = Vec::new();
    let waited = async {
        let report = run.check_serials().await?;
        notified = notify_lagging(&run, &report).await;
        let took_it = notified.iter().filter(|notified| notified.reply == NotifyReply::Taken);
        run.wait_for(took_it.map(|notified| notified.target.clone()).collect());
        run.run().await
    };
    let ended = until_termination(waited).await?;
    let report = run.final_report().map(|mut report| {
        add_notified(&mut report, &notified);
        report
    });
    conclude((run, report), store, reports).await?;
    Ok(ended.map(|()| Severity::Ok))
}

/// Sends NOTIFY to the servers that lag by a report, and says what each replied.
async fn notify_lagging(run: &VerifyRun, report: &ZoneReport) -> Vec<Notified> {
    let lagging: Vec<&str> = report
        .servers
        .iter()
        .filter(|server| needs_notify(server))
        .filter_map(|it| it.id.as_deref())
        .collect();
    let targets = run.plan.targets.iter().filter(|target| lagging.contains(&target.id().as_str()));
    let notified = join_all(targets.map(|target| send(run, target))).await;
    let zone = run.zone.without_final_dot();
    if notified.is_empty() {
        print_message(&format!("{zone}: no server is known to lag, so no NOTIFY was sent\n"));
    }
    for reply in &notified {
        let server = server_label(&reply.target.server, &reply.target.address.to_string());
        print_message(&format!("{zone}: {server} {reply}\n"));
    }
    notified
}

/// Sends NOTIFY to an address. It is signed only by a key that the server names itself: most servers take it for what
/// address it comes from, and some refuse it if it is signed.
async fn send(run: &VerifyRun, target: &Target) -> Notified {
    let key = target.key.clone().filter(|_| run.settings.servers.is_key_named(target));
    let recipient = Target { key, ..target.clone() };
    let query =
        SingleQuery { qname: run.zone.clone(), qtype: Rtype::SOA, kind: QueryKind::Notify, dnssec: false };
    let response = run.checker.client.single(&recipient, &query).await;
    let reply = NotifyReply::from(response.map(|(response, _)| response.rcode));
    Notified { target: target.clone(), source: source_address(target), reply }
}

/// The address that this host sends from to a target.
fn source_address(target: &Target) -> Option<IpAddr> {
    let any = match target.address {
        address if address.is_ipv4() => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        _ => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind((target.source.unwrap_or(any), 0)).ok()?;
    // Nothing is sent: the system chooses the address.
    socket.connect(target.address).ok()?;
    Some(socket.local_addr().ok()?.ip())
}
