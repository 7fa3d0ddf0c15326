//! The zones to check: from the command line, then from a file, read as they are needed.

use std::fs::File;
use std::io::{BufReader, Read, stdin};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::sync::{Mutex, mpsc};

use super::catalog::CatalogMembers;
use super::line_settings::LineSettings;
use super::list_lines::LineReader;
use crate::config::{LineServers, UnreadableLine, ZoneLine};
use crate::dns::Name;
use crate::plan::{CatalogLag, LineId, Membership, Shard, ZoneSettings};
use crate::report::UnreadLine;

/// The most members of a catalog that are reported in order. More are checked on all cores, and reported as they come.
const MAX_ORDERED_MEMBERS: usize = 1000;

/// The most zones that are handed over at once.
const MAX_BATCH: usize = 128;

/// How many batches are read ahead.
const READ_AHEAD: usize = 4;

/// Zones in the order in which they were given.
pub(super) struct ZoneInput {
    named: std::vec::IntoIter<Name>,
    file: Option<ZoneListFile>,
    settings: InputSettings,
    /// The part of the lines that is read; all others are skipped.
    shard: Option<Shard>,
}

/// Where the settings of the zones come from.
enum InputSettings {
    /// From the command line, the configuration and the lines of the file.
    Lines(Box<LineSettings>),
    /// From the catalog that lists them.
    Members(Arc<CatalogMembers>),
}

/// A zone to check.
#[derive(Debug)]
pub(super) struct InputZone {
    pub(super) zone: Name,
    pub(super) settings: Arc<ZoneSettings>,
    pub(super) id: Option<Arc<LineId>>,
    /// The line that names the zone, if it is from a file.
    pub(super) line: Option<Arc<InputLine>>,
    /// Why it is checked, if a catalog lists it.
    pub(super) membership: Option<Membership>,
    /// The servers that lag behind at that catalog.
    pub(super) catalog_lags: Arc<[CatalogLag]>,
}

impl InputZone {
    /// A zone that was named by itself.
    pub(super) fn new(zone: Name, settings: Arc<ZoneSettings>) -> Self {
        let catalog_lags = Arc::default();
        Self { zone, settings, id: None, line: None, membership: None, catalog_lags }
    }
}

/// A line of a file, as errors show it.
#[derive(Debug)]
pub(super) struct InputLine {
    path: Arc<Path>,
    number: u64,
    text: Box<[u8]>,
    id: Option<Arc<LineId>>,
}

/// Why a zone is not checked.
#[derive(Debug)]
pub(super) enum InputError {
    /// Its line cannot be read, or used.
    Line(Arc<InputLine>, anyhow::Error),
    /// The program cannot do its work; the line that it does not do it for, if there is one.
    Failed(Option<Arc<InputLine>>, anyhow::Error),
}

/// A file with a zone on each line.
struct ZoneListFile {
    path: Arc<Path>,
    lines: LineReader<BufReader<Box<dyn Read + Send>>>,
    /// Whether reading has failed; it is not tried again.
    has_failed: bool,
}

/// A line, and what it says.
type ReadLine = (Arc<InputLine>, Result<ZoneLine, UnreadableLine>);

impl InputLine {
    /// What the report has of the line, which has an error.
    pub(super) fn unread(&self, error: &anyhow::Error) -> UnreadLine {
        let error = format!("{error:#}").replace("\nhint: ", "; ");
        UnreadLine::new(self.number, &self.text, &error, self.id.clone())
    }

    /// Where the line is, for an error message.
    pub(super) fn context(&self) -> String {
        cannot_read(&self.path, self.number)
    }
}

impl InputError {
    /// The error, whatever it is about.
    pub(super) fn into_error(self) -> anyhow::Error {
        match self {
            Self::Line(_, error) | Self::Failed(_, error) => error,
        }
    }
}

impl ZoneInput {
    /// The zones that were named, then those of a file, if there is one.
    pub(super) fn new(named: Vec<Name>, path: Option<&Path>, settings: LineSettings) -> anyhow::Result<Self> {
        let file = path.map(ZoneListFile::open).transpose()?;
        Ok(Self {
            named: named.into_iter(),
            file,
            settings: InputSettings::Lines(Box::new(settings)),
            shard: None,
        })
    }

    /// Leaves out the lines of a file that are not in a shard.
    pub(super) fn of_shard(self, shard: Option<Shard>) -> Self {
        Self { shard, ..self }
    }

    /// The zones that a catalog lists, or those of them that are in a shard.
    pub(super) fn of_catalog(members: Arc<CatalogMembers>, shard: Option<Shard>) -> Self {
        let mut zones = members.zones();
        zones.retain(|zone| shard.is_none_or(|shard| shard.has(zone)));
        let settings = InputSettings::Members(members);
        Self { named: zones.into_iter(), file: None, settings, shard }
    }

    /// The catalog that lists the zones, if one does.
    pub(super) fn members(&self) -> Option<&Arc<CatalogMembers>> {
        match &self.settings {
            InputSettings::Lines(_) => None,
            InputSettings::Members(members) => Some(members),
        }
    }

    /// Whether the zones are checked in their order: those of a file and of a large catalog are not.
    pub(super) fn is_ordered(&self) -> bool {
        let max = self.members().map_or(usize::MAX, |_| MAX_ORDERED_MEMBERS);
        self.file.is_none() && self.named.len() <= max
    }

    /// The zones that are not in a file.
    pub(super) fn named(&self) -> &[Name] {
        self.named.as_slice()
    }

    /// Whether there is exactly one zone.
    pub(super) fn is_one(&self) -> bool {
        self.file.is_none() && self.named.len() == 1
    }

    /// Whether there may be no zone.
    pub(super) fn is_list(&self) -> bool {
        self.file.is_some() || self.shard.is_some()
    }

    /// How many zones there are, if that is known.
    pub(super) fn known_count(&self) -> Option<u64> {
        self.file.is_none().then_some(self.named.len() as u64)
    }

    /// How many zones there will be, for the display of progress: those of a file that can be read twice are counted.
    pub(super) fn expected_count(&self) -> Option<u64> {
        if self.shard.is_some() && self.file.is_some() {
            return None;
        }
        let in_file = self.file.as_ref().map_or(Some(0), |file| count_zones(&file.path))?;
        Some(self.named.len() as u64 + in_file)
    }

    /// Reads the zones on a thread of their own, which may wait for a pipe.
    pub(super) fn batches(mut self) -> ZoneBatches {
        let (sender, receiver) = mpsc::channel(READ_AHEAD);
        // Not a thread of the runtime: the program would wait for the pipe when a signal ends it.
        let errors = sender.clone();
        let read = move || {
            let mut batch = Vec::new();
            while let Some(zone) = self.next() {
                batch.push(zone);
                let is_full = batch.len() == MAX_BATCH || !self.is_next_ready();
                if is_full && sender.blocking_send(std::mem::take(&mut batch)).is_err() {
                    return;
                }
            }
            // If the receiver is gone, the command has ended already.
            let _ = sender.blocking_send(batch);
        };
        if let Err(error) = std::thread::Builder::new().spawn(read) {
            let error = anyhow::Error::new(error).context("cannot start a thread");
            // There is room: nothing was sent.
            let _ = errors.try_send(vec![Err(InputError::Failed(None, error))]);
        }
        ZoneBatches(Arc::new(Mutex::new(receiver)))
    }

    /// Whether the next zone can be read without waiting.
    fn is_next_ready(&self) -> bool {
        self.named.len() > 0
            || self.file.as_ref().is_some_and(|file| file.lines.reader().buffer().contains(&b'\n'))
    }
}

/// Zones in batches; clones share them.
#[derive(Clone, Debug)]
pub(super) struct ZoneBatches(Arc<Mutex<mpsc::Receiver<Batch>>>);

/// Zones that are handed over at once.
type Batch = Vec<Result<InputZone, InputError>>;

impl ZoneBatches {
    /// The zones that no other clone takes.
    pub(super) fn stream(self) -> impl Stream<Item = Result<InputZone, InputError>> {
        stream::unfold(self, async |batches| {
            let batch = batches.0.lock().await.recv().await?;
            Some((batch, batches))
        })
        .flat_map(stream::iter)
    }
}

impl Iterator for ZoneInput {
    type Item = Result<InputZone, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(zone) = self.named.next() {
            let input = self.settings.named(zone);
            return Some(input.map_err(|error| InputError::Failed(None, error)));
        }
        let (line, parsed) = match self.next_line()? {
            Ok(read) => read,
            Err(error) => return Some(Err(InputError::Failed(None, error))),
        };
        let input = parsed.map_err(|unreadable| unreadable.error.into()).and_then(|parsed| {
            let ZoneLine { zone, servers, id } = parsed;
            let settings = self.settings.of_line(&zone, &servers)?;
            Ok(InputZone { id, line: Some(Arc::clone(&line)), ..InputZone::new(zone, settings) })
        });
        Some(input.map_err(|error| InputError::Line(line, error)))
    }
}

impl ZoneInput {
    /// Reads the next line of the file that is in the shard.
    fn next_line(&mut self) -> Option<anyhow::Result<ReadLine>> {
        let file = self.file.as_mut()?;
        loop {
            let read = file.next()?;
            let zone = match &read {
                Ok((_, Ok(parsed))) => Some(&parsed.zone),
                Ok((_, Err(unreadable))) => unreadable.zone.as_ref(),
                Err(_) => return Some(read),
            };
            if self.shard.is_none_or(|shard| shard.has_line(zone)) {
                return Some(read);
            }
        }
    }
}

impl InputSettings {
    /// How a zone is checked that stands in no file.
    fn named(&mut self, zone: Name) -> anyhow::Result<InputZone> {
        match self {
            Self::Lines(lines) => {
                let settings = lines.get(&zone, &LineServers::default())?;
                let id = lines.id(&zone);
                Ok(InputZone { id, ..InputZone::new(zone, settings) })
            }
            Self::Members(members) => {
                let (settings, membership) = members.get(&zone)?;
                let catalog_lags = Arc::clone(members.lags());
                Ok(InputZone { membership, catalog_lags, ..InputZone::new(zone, settings) })
            }
        }
    }

    fn of_line(&mut self, zone: &Name, servers: &LineServers) -> anyhow::Result<Arc<ZoneSettings>> {
        match self {
            Self::Lines(lines) => lines.get(zone, servers),
            Self::Members(members) => Ok(members.get(zone)?.0),
        }
    }
}

impl ZoneListFile {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let reader: Box<dyn Read + Send> = if path == Path::new("-") {
            Box::new(stdin())
        } else {
            let file =
                File::open(path).with_context(|| format!("cannot read zones from `{}`", path.display()))?;
            Box::new(file)
        };
        let lines = LineReader::new(BufReader::new(reader));
        Ok(Self { path: path.into(), lines, has_failed: false })
    }

    /// Reads the next line that is not empty and not a comment.
    fn next(&mut self) -> Option<anyhow::Result<ReadLine>> {
        while !self.has_failed {
            let line = match self.lines.next() {
                Ok(line) => line?,
                Err(error) => {
                    self.has_failed = true;
                    return Some(Err(error.context(cannot_read(&self.path, self.lines.number()))));
                }
            };
            let parsed = match line.parse() {
                Ok(None) => continue,
                Ok(Some(parsed)) => Ok(parsed),
                Err(unreadable) => Err(unreadable),
            };
            let id = match &parsed {
                Ok(parsed) => parsed.id.clone(),
                Err(unreadable) => unreadable.id.clone(),
            };
            let text = UnreadLine::shown(line.bytes.trim_ascii_end()).into();
            let line = InputLine { path: Arc::clone(&self.path), number: line.number, text, id };
            return Some(Ok((Arc::new(line), parsed)));
        }
        None
    }
}

fn cannot_read(path: &Path, line_number: u64) -> String {
    format!("cannot read zones from `{}`, line {line_number}", path.display())
}

/// The zones in a regular file; of a pipe they are not known before they are read.
fn count_zones(path: &Path) -> Option<u64> {
    if path == Path::new("-") || !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut lines = LineReader::new(BufReader::new(File::open(path).ok()?));
    let mut count = 0;
    while let Some(line) = lines.next().ok()? {
        let text = line.bytes.trim_ascii_start();
        count += u64::from(!text.is_empty() && !text.starts_with(b"#"));
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::cli::{Cli, CliCommand};
    use crate::commands::setup::Setup;
    use crate::config::MAX_LINE_BYTES;

    fn input(named: Vec<Name>, path: &Path) -> ZoneInput {
        let arguments = ["zoneprobe", "check", "example.com"].map(str::to_owned);
        let CliCommand::Check(command) = Cli::from_arguments(&arguments).unwrap().command else { panic!() };
        let args = command.args;
        let Setup { settings, lines, .. } = Setup::new(args.servers, &args.rules, &args.limits).unwrap();
        ZoneInput::new(named, Some(path), LineSettings::new(settings, lines)).unwrap()
    }

    fn file(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    /// The zones, or the line and the error.
    fn read(content: &[u8]) -> Vec<Result<String, (u64, String)>> {
        let file = file(content);
        let zones = input(Vec::new(), file.path());
        let read = zones.map(|zone| {
            zone.map(|zone| zone.zone.to_string()).map_err(|error| match error {
                InputError::Line(line, error) => {
                    let unread = line.unread(&error);
                    (unread.line, unread.error)
                }
                InputError::Failed(_, error) => (0, format!("{error:#}")),
            })
        });
        read.collect()
    }

    #[test]
    fn the_rest_of_a_long_line_is_skipped() {
        let long = "x".repeat(1_000_000);
        let lines =
            read(format!("#{long}\nexample.com\n{long}\nexample.net #{long}\nexample.org").as_bytes());
        assert_eq!(lines[0], Ok("example.com.".to_owned()));
        assert_eq!(lines[1], Err((3, "the line has more than 65536 bytes".to_owned())));
        assert_eq!(lines[2..], ["example.net.", "example.org."].map(|zone| Ok(zone.to_owned())));
    }

    #[test]
    fn a_line_may_have_as_many_bytes_as_is_said() {
        for (spaces, is_read) in [(MAX_LINE_BYTES - 22, true), (MAX_LINE_BYTES - 21, false)] {
            let line = format!("{{\"zone\":\"example.com\"{}}}\r\n", " ".repeat(spaces));
            assert_eq!(read(line.as_bytes())[0].is_ok(), is_read, "{spaces}");
        }
    }

    #[test]
    fn the_zones_of_a_regular_file_are_counted_before_they_are_read() {
        let comment = "#".repeat(100_000);
        let content = format!("# ours\nexample.com\n\n{comment}\n  example.net # theirs\n{{}}\nexample.org");
        let file = file(content.as_bytes());
        let zones = input(vec!["given.example".parse().unwrap()], file.path());
        assert_eq!((zones.expected_count(), zones.known_count()), (Some(5), None));
        assert_eq!(zones.count(), 5);
        let pipe = input(Vec::new(), Path::new("-"));
        assert_eq!(pipe.expected_count(), None);
        assert_eq!(input(Vec::new(), Path::new("/dev/null")).expected_count(), None);
    }

    #[test]
    fn reading_ends_at_the_first_error() {
        let directory = tempfile::tempdir().unwrap();
        let zones = input(Vec::new(), directory.path());
        assert_eq!(zones.take(3).filter(Result::is_err).count(), 1);
    }

    #[test]
    fn comments_and_empty_lines_are_skipped_and_errors_name_their_line() {
        let file = file(b"# ours\nexample.com\n\n  example.net.  # theirs\nnot a zone\nexample.org");
        let zones = input(vec!["given.example".parse().unwrap()], file.path());
        let zones: Vec<_> = zones.collect();
        let names = |range: &[Result<InputZone, InputError>]| -> Vec<String> {
            range.iter().map(|zone| zone.as_ref().unwrap().zone.to_string()).collect()
        };
        assert_eq!(names(&zones[..3]), ["given.example.", "example.com.", "example.net."]);
        let Err(InputError::Line(line, _)) = &zones[3] else { panic!("{:?}", zones[3]) };
        assert!(line.context().ends_with(", line 5"), "{}", line.context());
        assert_eq!(names(&zones[4..]), ["example.org."]);
    }

    #[test]
    fn lines_of_every_kind_are_read_or_named() {
        let content = b"\xef\xbb\xbfexample.com\r\n{\"zone\":\"example.net\"}\r\na\0b\nx\xff\n\n{\"zone\":\n";
        let lines = read(content);
        assert_eq!(lines[..2], ["example.com.", "example.net."].map(|zone| Ok(zone.to_owned())));
        let numbers: Vec<u64> = lines[2..].iter().map(|line| line.clone().unwrap_err().0).collect();
        assert_eq!(numbers, [3, 4, 6]);
        assert_eq!(read(b""), []);
        assert_eq!(read(b"\n# nothing\n"), []);
        // Not UTF-16: the zeros are on one line alone.
        assert_eq!(read(b"\0example.com\nexample.net\n")[1], Ok("example.net.".to_owned()));
        assert!(matches!(&read(b"a\0.\0b\0\n\0")[..], [Err((0, error))] if error.contains("UTF-16")));
    }
}
