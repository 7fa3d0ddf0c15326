//! `zoneprobe demo`: servers inside this process, broken on purpose, and an ordinary check of them.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Instant;

use anyhow::Context as _;

use super::console::{columns, print_stdout};
use super::outcome::run_summary;
use super::setup::Setup;
use crate::check::{CheckRequest, CheckResult};
use crate::cli::{Cli, CliCommand, DemoCommand};
use crate::clock;
use crate::demo::{DemoServers, ZONE, start};
use crate::dns::Name;
use crate::judge::Severity;
use crate::plan::Role;
use crate::report::{Format, RenderOptions, ReportWriter, RunScope, ZoneReport, zone_report};

/// Runs the command and returns its exit code.
pub(super) async fn run(command: DemoCommand) -> anyhow::Result<u8> {
    let servers = start().await.context("cannot start servers on loopback")?;
    if command.serve { serve(&servers, &command).await } else { check_once(&servers, &command).await }
}

/// Monitors the servers until a signal ends it.
async fn serve(servers: &DemoServers, command: &DemoCommand) -> anyhow::Result<u8> {
    let config = configuration(servers, command.listen);
    print_stdout(&serve_introduction(servers, command.listen, &config), command.color)?;
    super::serve::run_text(config).await
}

/// Checks the servers, and compares the report with what is wrong with them.
async fn check_once(servers: &DemoServers, command: &DemoCommand) -> anyhow::Result<u8> {
    let arguments = arguments(servers);
    print_stdout(&check_introduction(servers, &arguments), command.color)?;
    let began = Instant::now();
    let zone = check(&arguments).await?;
    print_stdout(&table(&zone, began), command.color)?;
    let mismatches = mismatches(servers, &zone);
    print_stdout(&conclusion(&mismatches), command.color)?;
    if command.keep {
        print_stdout(&suggestions(&arguments), command.color)?;
        std::future::pending::<()>().await;
    }
    Ok(if mismatches.is_empty() { 0 } else { Severity::Critical.exit_code() })
}

fn table(zone: &ZoneReport, began: Instant) -> String {
    let options = RenderOptions { width: columns(), quiet: false, scope: RunScope::OneZone };
    let mut writer = ReportWriter::new(Format::Table, options);
    let mut text = writer.zone(zone);
    text.push_str(&writer.end(run_summary(began)));
    text
}

/// The command line of the check.
fn arguments(servers: &DemoServers) -> Vec<String> {
    let mut arguments = vec!["zoneprobe".to_owned(), "check".to_owned(), ZONE.to_owned()];
    for server in servers.iter() {
        let flag = match server.spec.role {
            Role::Primary => "-p",
            Role::Signer => "--signer",
            Role::Secondary => "-s",
        };
        arguments.push(flag.to_owned());
        arguments.push(format!("{}={}", server.spec.name, server.address()));
    }
    arguments
}

async fn check(arguments: &[String]) -> anyhow::Result<ZoneReport> {
    let CliCommand::Check(command) = Cli::from_arguments(arguments)?.command else {
        anyhow::bail!("`{}` is not a check", arguments.join(" "));
    };
    let args = command.args;
    let Setup { checker, settings, .. } = Setup::new(args.servers, &args.rules, &args.limits)?;
    let zone: Name = ZONE.parse()?;
    let settings = settings.get(&zone)?;
    let CheckResult { evidence, judgement, caches, statuses, .. } =
        checker.check(CheckRequest::all(zone, &settings, clock::now())).await?;
    Ok(zone_report(&evidence, &judgement, &caches, &statuses))
}

fn introduction(servers: &DemoServers) -> String {
    let mut text = format!("Servers of {ZONE} were started inside this process, on loopback:\n\n");
    for server in servers.iter() {
        let spec = &server.spec;
        let _ = writeln!(text, "  {}  {:<16}  {}", spec.name, server.address().to_string(), spec.description);
    }
    text
}

/// The configuration by which the servers are monitored.
fn configuration(servers: &DemoServers, listen: SocketAddr) -> String {
    let mut text = "probe: {interval: 5s}\nservers:\n".to_owned();
    for server in servers.iter() {
        let role = match server.spec.role {
            Role::Primary => ", role: primary",
            Role::Signer => ", role: signer",
            Role::Secondary => "",
        };
        let _ = writeln!(text, "  {}: {{address: \"{}\"{role}}}", server.spec.name, server.address());
    }
    let _ = writeln!(text, "zones: [{ZONE}]\nhttp: {{listen: \"{listen}\"}}");
    text
}

fn serve_introduction(servers: &DemoServers, listen: SocketAddr, configuration: &str) -> String {
    let mut text = introduction(servers);
    let _ = writeln!(
        text,
        "\nThey are checked with this configuration until you press Ctrl-C:\n\n{configuration}\n\
         For people     http://{listen}/\n\
         For Prometheus http://{listen}/metrics\n\
         For programs   http://{listen}/api/v1/zones/{ZONE}\n"
    );
    text
}

fn check_introduction(servers: &DemoServers, arguments: &[String]) -> String {
    let mut text = introduction(servers);
    let _ = writeln!(
        text,
        "\nThe same check, from a shell, is\n\n  {}\n\nand it says:\n",
        shell_command(arguments)
    );
    text
}

/// The command line as people type it, over several lines.
fn shell_command(arguments: &[String]) -> String {
    let mut text = String::new();
    for argument in arguments {
        if argument.starts_with('-') {
            text.push_str("\\\n     ");
        }
        text.push_str(argument);
        text.push(' ');
    }
    text.trim_end().to_owned()
}

/// Where the report differs from what was planted.
fn mismatches(servers: &DemoServers, zone: &ZoneReport) -> Vec<String> {
    let mut mismatches = Vec::new();
    for server in servers.iter() {
        let spec = &server.spec;
        let Some(report) = zone.servers.iter().find(|report| report.server == spec.name) else {
            mismatches.push(format!("{} is missing from the report", spec.name));
            continue;
        };
        if report.verdict != spec.verdict {
            let (planted, found) = (spec.verdict.code(), report.verdict.code());
            mismatches.push(format!("{} was planted {planted} and found {found}", spec.name));
        }
        let found = report.differences.iter().flat_map(|differences| &differences.rrsets);
        let found = found.map(|found| (found.owner.as_str(), found.rtype.as_str(), found.kind));
        let planted = spec.differences.iter().map(|planted| (planted.owner, planted.rtype, planted.kind));
        if !planted.eq(found) {
            mismatches.push(format!("the RRsets in which {} differs are not those planted", spec.name));
        }
    }
    mismatches
}

fn conclusion(mismatches: &[String]) -> String {
    match mismatches {
        [] => "\nEvery verdict, and every RRset that differs, is as planted.\n".to_owned(),
        some => format!("\nThis is not what was planted:\n  {}\n", some.join("\n  ")),
    }
}

fn suggestions(arguments: &[String]) -> String {
    let command = shell_command(arguments);
    format!(
        "\nThe servers stay up until you press Ctrl-C. In another shell, try\n\n  {command}\n\n\
         with `--format json`, `--format nagios`, `--ignore-type A` or `--fail-on critical` behind it,\n\
         and `zoneprobe explain diverged`.\n"
    )
}
