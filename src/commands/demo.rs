//! `zoneprobe demo`: servers inside this process, broken on purpose, and the very same check.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Instant;

use anyhow::Context as _;
use clap::Parser as _;

use super::output::{columns, print};
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
pub(super) async fn run(demo: DemoCommand) -> anyhow::Result<u8> {
    let servers = start().await.context("cannot start servers on loopback")?;
    let arguments = arguments(&servers);
    if demo.serve {
        let text = configuration(&servers, demo.listen);
        print(&serving(&servers, demo.listen, &text), demo.color)?;
        return super::serve::demonstrate(text).await;
    }
    print(&opening(&servers, &arguments), demo.color)?;
    let begun = Instant::now();
    let zone = check(&arguments).await?;
    let view = RenderOptions { width: columns(), quiet: false, scope: RunScope::OneZone };
    let mut writer = ReportWriter::new(Format::Table, view);
    let mut text = writer.zone(&zone);
    text.push_str(&writer.end(super::check::run_ending(begun)));
    print(&text, demo.color)?;
    let astray = astray(&servers, &zone);
    print(&closing(&astray), demo.color)?;
    if demo.keep {
        print(&to_try(&arguments), demo.color)?;
        std::future::pending::<()>().await;
    }
    Ok(if astray.is_empty() { 0 } else { Severity::Critical.exit_code() })
}

/// The command line of the check.
fn arguments(servers: &DemoServers) -> Vec<String> {
    let mut arguments = vec!["zoneprobe".to_owned(), "check".to_owned(), ZONE.to_owned()];
    for server in servers.iter() {
        let flag = match server.spec.role {
            Role::Primary => "-p",
            Role::Secondary => "-s",
        };
        arguments.push(flag.to_owned());
        arguments.push(format!("{}={}", server.spec.name, server.address()));
    }
    arguments
}

async fn check(arguments: &[String]) -> anyhow::Result<ZoneReport> {
    let CliCommand::Check(check) = Cli::try_parse_from(arguments)?.command else {
        anyhow::bail!("`{}` is not a check", arguments.join(" "));
    };
    let args = check.args;
    let Setup { prober, terms } = Setup::new(args.servers, &args.rules, &args.limits)?;
    let zone: Name = ZONE.parse()?;
    let settings = terms.of(&zone)?;
    let CheckResult { evidence, judgement, .. } =
        prober.check(CheckRequest::all(zone, &settings, clock::now())).await?;
    Ok(zone_report(&evidence, &judgement))
}

fn introduction(servers: &DemoServers) -> String {
    let mut text = format!("Servers of {ZONE} were started inside this process, on loopback:\n\n");
    for server in servers.iter() {
        let spec = &server.spec;
        let _ = writeln!(text, "  {}  {:<16}  {}", spec.name, server.address().to_string(), spec.description);
    }
    text
}

/// The configuration with which the servers are watched.
fn configuration(servers: &DemoServers, listen: SocketAddr) -> String {
    let mut text = "probe: {interval: 5s}\nservers:\n".to_owned();
    for server in servers.iter() {
        let role = match server.spec.role {
            Role::Primary => ", role: primary",
            Role::Secondary => "",
        };
        let _ = writeln!(text, "  {}: {{address: \"{}\"{role}}}", server.spec.name, server.address());
    }
    let _ = writeln!(text, "zones: [{ZONE}]\nhttp: {{listen: \"{listen}\"}}");
    text
}

fn serving(servers: &DemoServers, listen: SocketAddr, configuration: &str) -> String {
    let mut text = introduction(servers);
    let _ = writeln!(
        text,
        "\nThey are watched with this configuration until you press Ctrl-C:\n\n{configuration}\n\
         For people     http://{listen}/\n\
         For Prometheus http://{listen}/metrics\n\
         For programs   http://{listen}/api/v1/zones/{ZONE}\n"
    );
    text
}

fn opening(servers: &DemoServers, arguments: &[String]) -> String {
    let mut text = introduction(servers);
    let _ =
        writeln!(text, "\nThe same check, from a shell, is\n\n  {}\n\nand it says:\n", command(arguments));
    text
}

/// The command as one types it, over several lines.
fn command(arguments: &[String]) -> String {
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

/// What the report says otherwise than was planted.
fn astray(servers: &DemoServers, zone: &ZoneReport) -> Vec<String> {
    let mut astray = Vec::new();
    for server in servers.iter() {
        let spec = &server.spec;
        let Some(report) = zone.servers.iter().find(|report| report.server == spec.name) else {
            astray.push(format!("{} is missing from the report", spec.name));
            continue;
        };
        if report.verdict != spec.verdict {
            let (planted, found) = (spec.verdict.code(), report.verdict.code());
            astray.push(format!("{} was planted {planted} and found {found}", spec.name));
        }
        let found = report.differences.iter().flat_map(|differences| &differences.rrsets);
        let found = found.map(|found| (found.owner.as_str(), found.rtype.as_str(), found.kind));
        let planted = spec.differences.iter().map(|planted| (planted.owner, planted.rtype, planted.kind));
        if !planted.eq(found) {
            astray.push(format!("the RRsets in which {} differs are not those planted", spec.name));
        }
    }
    astray
}

fn closing(astray: &[String]) -> String {
    match astray {
        [] => "\nEvery verdict, and every RRset that differs, is as planted.\n".to_owned(),
        some => format!("\nThis is not what was planted:\n  {}\n", some.join("\n  ")),
    }
}

fn to_try(arguments: &[String]) -> String {
    let command = command(arguments);
    format!(
        "\nThe servers stay up until you press Ctrl-C. In another shell, try\n\n  {command}\n\n\
         with `--format json`, `--format nagios`, `--ignore-type A` or `--fail-on critical` behind it,\n\
         and `zoneprobe explain diverged`.\n"
    )
}
