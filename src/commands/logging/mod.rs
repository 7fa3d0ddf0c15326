//! What is logged to standard error.

mod line;

use std::env;
use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;

use humantime::format_rfc3339_micros;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{DefaultFields, Format, Full, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent};
use tracing_subscriber::registry::LookupSpan;

use self::line::LogLine;
use crate::cli::LogFormat;
use crate::clock;

/// Sets up the log of a command, which logs nothing unless it was asked to.
pub(super) fn for_command(verbose: u8) {
    let directives = match verbose {
        0 => return,
        1 => "zoneprobe=info",
        2 => "zoneprobe=debug",
        _ => "debug",
    };
    start(directives, LogFormat::Text);
}

/// Sets up the log of a service, which always logs what has changed.
pub(super) fn for_service(verbose: u8, format: LogFormat) {
    let directives = match verbose {
        0 => "warn,zoneprobe::monitor=info,zoneprobe::commands=info,zoneprobe::http::access=info",
        1 => "info",
        2 => "info,zoneprobe=debug",
        _ => "debug",
    };
    start(directives, format);
}

fn start(directives: &str, format: LogFormat) {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(directives))
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .event_format(LogWriter { format, is_journal: is_journal() })
        .init();
}

/// Whether standard error goes to the journal of systemd, by `JOURNAL_STREAM` (`systemd.exec(5)`).
///
/// The variable is inherited by programs whose standard error goes elsewhere.
fn is_journal() -> bool {
    let Ok(stream) = env::var("JOURNAL_STREAM") else { return false };
    let file = io::stderr().as_fd().try_clone_to_owned().map(File::from);
    let metadata = file.and_then(|file| file.metadata());
    metadata.is_ok_and(|metadata| stream == format!("{}:{}", metadata.dev(), metadata.ino()))
}

/// Writes what is logged.
struct LogWriter {
    format: LogFormat,
    /// The journal knows the time of a line, and reads its priority from the beginning.
    is_journal: bool,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, DefaultFields> for LogWriter {
    fn format_event(
        &self,
        context: &FmtContext<'_, S, DefaultFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let time = || (!self.is_journal).then(|| format_rfc3339_micros(clock::now()).to_string());
        let text = match self.format {
            LogFormat::Text if self.is_journal => {
                let mut text = String::new();
                let format: Format<Full, ()> = Format::default().without_time();
                format.format_event(context, Writer::new(&mut text), event)?;
                text
            }
            LogFormat::Text => return Format::default().format_event(context, writer, event),
            LogFormat::Json => LogLine::new(event, time()).json(),
            LogFormat::Logfmt => LogLine::new(event, time()).logfmt(),
        };
        let priority = self.is_journal.then(|| priority(*event.metadata().level()));
        for line in text.lines() {
            if let Some(priority) = priority {
                write!(writer, "<{priority}>")?;
            }
            writeln!(writer, "{line}")?;
        }
        Ok(())
    }
}

/// The priority of syslog, as `sd-daemon(3)` has it.
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}
