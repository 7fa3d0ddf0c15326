//! The command line: commands, options and their help. No logic.
//!
//! The first line of each help is the line of `-h`: it fits in 79 columns beside the name of the option. What
//! `--help` adds is the default, the unit, and what the option means for others.

mod caches;
mod check;
mod comparison;
mod completions;
mod config;
mod delegation;
mod demo;
mod diff;
mod explain;
mod format;
mod generated;
mod health;
mod init;
mod limits;
mod man;
mod notify;
mod output;
mod serve;
mod servers;
#[cfg(test)]
mod tests;
mod values;
mod verify;

use clap::{Parser, Subcommand};

pub use caches::CacheArgs;
pub use check::{CheckArgs, CheckCommand};
pub use comparison::ComparisonArgs;
pub use completions::CompletionsCommand;
pub use config::{ConfigCommand, ConfigFormat};
pub use delegation::DelegationArgs;
pub use demo::DemoCommand;
pub use diff::{DiffCommand, DiffOutput, SideArgs};
pub use explain::ExplainCommand;
pub use format::{requested_format, usage_error};
pub use generated::{ManualPage, UnknownCommand, completion_script, manual_page, manual_pages};
pub use health::HealthCommand;
pub use init::{InitCommand, InitServerArgs};
pub use limits::LimitArgs;
pub use man::ManCommand;
pub use notify::NotifyCommand;
pub use output::OutputArgs;
pub use serve::ServeCommand;
pub use servers::{ReachArgs, ServerArgs};
pub use values::{
    ByArg, Color, CompareArg, FailOn, GraceArg, LogFormat, MaxLagArg, ReportFile, SignatureArg,
};
pub use verify::{ExpectArgs, VerifyCommand};

/// Tells for every server of a DNS zone whether it is in sync, still propagating, or diverged for good.
#[derive(Debug, Parser)]
#[command(name = "zoneprobe", version, about, max_term_width = 80, propagate_version = true)]
pub struct Cli {
    /// The command to run.
    #[command(subcommand)]
    pub command: CliCommand,
}

impl Cli {
    /// Parses arguments, the first of which is the name of the program.
    pub fn from_arguments(arguments: &[String]) -> Result<Self, clap::Error> {
        Self::try_parse_from(arguments)
    }
}

/// The command to run.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Check zones once, and report
    ///
    /// Queries every server directly, reads each server's copy of the zone by
    /// transfer, or by queries where that is refused, compares serials and
    /// records, and reports a verdict for each address. The exit code is the severity: 0 ok, 1 warning, 2 critical, 3
    /// unknown or bad usage.
    ///
    /// SERVER is `[NAME=][tls://]HOST[:PORT][,key=KEYNAME][,source=ADDRESS][,hidden]`.
    /// HOST is an address, or a name, all of whose addresses are checked. Write
    /// an IPv6 address with a port in brackets, and a link-local one with its
    /// interface: `[fe80::1%eth0]:53`. Queries to a server with `,key=none` are
    /// never signed. No user asks a server with `,hidden`: it is a warning that
    /// it is unreachable, and it counts in no ratio.
    ///
    /// A server at `tls://HOST` is asked over TLS alone, at port 853 unless it has
    /// another. Its certificate must be for HOST or `,tls-name=NAME`, and be issued
    /// by an authority of `,tls-ca=FILE`, else of the system; or its key must have
    /// `,tls-pin=PIN`. `,tls-cert=FILE,tls-key=FILE` is presented to the server.
    /// Example:
    ///
    /// `zoneprobe check example.com -p ns0=192.0.2.1 -s ns1=[2001:db8::2]:53`
    #[command(verbatim_doc_comment)]
    Check(Box<CheckCommand>),
    /// Wait until a change is everywhere, or report what prevents it
    ///
    /// Checks the zone until every server is in sync and meets the expectations,
    /// or until the time of --wait has passed. Then compares the records once
    /// more, and reports as `check` does. An expectation that is not met in the
    /// end is a critical finding, so the exit code is 2. Example:
    ///
    /// `zoneprobe verify example.com -p ns0=192.0.2.1 -s ns1=192.0.2.2 --wait 60s`
    /// `    --serial 2026112201+ --expect 'www 300 A 192.0.2.7'`
    #[command(verbatim_doc_comment)]
    Verify(Box<VerifyCommand>),
    /// Tell the secondaries that lag that there is a newer version
    ///
    /// Checks the serials, and sends NOTIFY (RFC 1996) to each secondary that is
    /// behind, or that has no copy to serve. Says which of them took it, and which
    /// refused it and how to allow it. Waits until those that took it have the
    /// newer version, then compares the records and reports as `check` does.
    ///
    /// Most servers take NOTIFY from their primary alone, so run it there, or allow
    /// the address of this host. NOTIFY is signed only where a server names a key
    /// itself (`,key=KEYNAME`). If no server lags, none is sent. Example:
    ///
    /// `zoneprobe notify example.com -p ns0=192.0.2.1 -s ns1=192.0.2.2`
    #[command(verbatim_doc_comment)]
    Notify(Box<NotifyCommand>),
    /// Print what makes a server's records equal to another's
    ///
    /// Compares one server with a reference, a server or a zone file, and prints
    /// every record that must go and come: as text, as a script for `nsupdate`, as
    /// commands for `knotc`, or as a zone file. It changes nothing by itself.
    /// The SOA, what a signer makes, and an NS set that would be empty are never
    /// among the changes. The exit code is 0 if the records are equal, 1 if they
    /// differ, 3 if that is unknown. Examples:
    ///
    /// `zoneprobe diff example.com -p ns0=192.0.2.1 -s ns1=192.0.2.2`
    /// `zoneprobe diff example.com -z example.com.zone -s 192.0.2.2 -o nsupdate |`
    /// `    nsupdate -k update.key`
    #[command(verbatim_doc_comment)]
    Diff(Box<DiffCommand>),
    /// Check zones on a schedule, and serve metrics, a page and an API
    ///
    /// Reads zones, servers and keys from a configuration. Queries every server
    /// for its serial at each interval, and compares records after a change and
    /// from time to time. Remembers what it saw, and serves metrics for
    /// Prometheus. SIGHUP reloads the configuration. Example:
    ///
    /// `zoneprobe serve -c zoneprobe.yaml`
    #[command(verbatim_doc_comment)]
    Serve(ServeCommand),
    /// Write a configuration for a zone, from what its servers answer
    ///
    /// Finds the servers of the zone and asks each address for the SOA and for a
    /// transfer, of which it reads the first message only. Writes a configuration
    /// with what it found, and says what to change. The exit code is 0 if a server
    /// answers for the zone, and 1 if none does. Examples:
    ///
    /// `zoneprobe init example.com -o zoneprobe.yaml`
    /// `zoneprobe init example.com -p ns0=192.0.2.1 -s ns1=192.0.2.2`
    #[command(verbatim_doc_comment)]
    Init(Box<InitCommand>),
    /// Check a configuration file, or print its schema or an example
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Explain a verdict or finding, and what to do about it
    Explain(ExplainCommand),
    /// Start servers on loopback, break them, and show the report
    ///
    /// The primary and the secondaries run inside this process, on free ports of 127.0.0.1, and are checked
    /// over real sockets. One secondary is in sync; the others are behind, diverged at the same serial, ahead,
    /// and lame. The exit code is 0 if the report shows that.
    Demo(DemoCommand),
    /// Ask a running `serve` whether it is alive
    ///
    /// For the health check of a container, in which nothing else can ask. The exit code is 0 if it answers within 5
    /// seconds, be it that it wants a password, and 3 if it does not.
    Health(HealthCommand),
    /// Print a script that completes commands and options in a shell
    ///
    /// Packages install it. Without one, in bash:
    ///
    /// `zoneprobe completions bash > ~/.local/share/bash-completion/completions/zoneprobe`
    #[command(verbatim_doc_comment)]
    Completions(CompletionsCommand),
    /// Print the manual page of a command
    ///
    /// Packages install the pages for `man`. Without one, this reads a page:
    ///
    /// `zoneprobe man check | man -l -`
    #[command(verbatim_doc_comment)]
    Man(ManCommand),
}
