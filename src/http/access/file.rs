//! The file of the web configuration, and the files that it names.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper::header::{HeaderName, HeaderValue};
use rustls::ServerConfig;
use zeroize::Zeroizing;

use super::password::Users;
use super::rate_limit::RateLimiter;
use super::tls::{TlsFiles, provider, server_config};
use super::{Access, ClientDemands};
use crate::config::{
    ConfigError, PasswordHash, PemSetting, PemSource, TlsServerSettings, WebConfig, read_web_config,
};
use crate::net::pem::{self, PairError};

/// The most bytes of the web configuration, and of each file that it names.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// A web configuration, and the files that it was read from; none, without one.
#[derive(Clone, Debug, Default)]
pub struct AccessFile {
    path: Option<PathBuf>,
    /// The files that were read, each as it was then.
    read: Vec<FileState>,
    /// The files as they were when they were last looked at, if they had changed.
    changed: Option<Vec<FileState>>,
    access: Arc<Access>,
    /// What the web configuration says, for people.
    facts: Facts,
}

/// What a web configuration says, for people.
#[derive(Clone, Debug, Default)]
struct Facts {
    secret_file: Option<PathBuf>,
    warnings: Vec<String>,
}

/// A file as it was at some time; nothing if it could not be opened.
type FileState = (PathBuf, Option<FileIdentity>);

/// What is different once a file was written or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileIdentity {
    device_and_inode: (u64, u64),
    length: u64,
    /// Seconds and nanoseconds of the last change of the content.
    modified: (i64, i64),
    /// The same of the last change of anything, which no program sets back.
    changed: (i64, i64),
}

impl From<&Metadata> for FileIdentity {
    fn from(metadata: &Metadata) -> Self {
        Self {
            device_and_inode: (metadata.dev(), metadata.ino()),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// Why a web configuration is not in force.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The file cannot be read.
    #[error("cannot read the web configuration `{}`: {reason}", path.display())]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// There are mistakes in it, or in the files that it names.
    #[error("cannot use the web configuration\n{}", lines(.0))]
    Mistakes(Vec<ConfigError>),
    /// rustls refuses the settings of TLS.
    #[error("cannot speak TLS by the web configuration `{}`: {reason}", path.display())]
    Tls {
        /// Its path.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// What kept clients out is gone.
    #[error("the web configuration has lost {0}, which ends by a reload of the configuration alone")]
    Weaker(&'static str),
}

fn lines(errors: &[ConfigError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl AccessFile {
    /// Reads the web configuration at this path, and the certificates and keys that it names.
    pub fn load(path: &Path) -> Result<Self, AccessError> {
        let mut reader = FilesReader::new(path);
        let (access, facts) = reader.load()?;
        let access = Arc::new(access);
        Ok(Self { path: Some(path.to_owned()), read: reader.read, changed: None, access, facts })
    }

    /// The path and what keeps clients out, in words; nothing without a web configuration.
    pub fn summary(&self) -> Option<(&Path, String)> {
        self.path.as_deref().map(|path| (path, self.access.summary()))
    }

    /// Whether connections are over TLS.
    pub fn has_tls(&self) -> bool {
        self.access.tls.is_some()
    }

    /// The file with the private key, if there is one.
    pub fn secret_file(&self) -> Option<&Path> {
        self.facts.secret_file.as_deref()
    }

    /// What can be used, and does not do what may be expected.
    pub fn warnings(&self) -> &[String] {
        &self.facts.warnings
    }

    /// Who may connect, and whose requests are answered.
    pub(in crate::http) fn access(&self) -> &Arc<Access> {
        &self.access
    }

    /// Whether there are no files that could change.
    pub(in crate::http) fn is_fixed(&self) -> bool {
        self.path.is_none()
    }

    /// Looks at the files. They are read once they have changed and are the same at two looks: nobody is writing them.
    pub(super) fn look(&self) -> Look {
        let Some(path) = &self.path else { return Look::Unchanged };
        let now: Vec<FileState> = self.read.iter().map(|(path, _)| (path.clone(), identity(path))).collect();
        let changed = (now != self.read).then_some(now);
        if changed != self.changed {
            return Look::Noted(Self { changed, ..self.clone() });
        }
        if changed.is_none() {
            return Look::Unchanged;
        }
        let mut reader = FilesReader::new(path);
        let loaded = reader.load().and_then(|(access, facts)| match self.access.lost_with(&access) {
            Some(lost) => Err(AccessError::Weaker(lost)),
            None => Ok((Arc::new(access), facts)),
        });
        let (access, facts, outcome) = match loaded {
            Ok((access, facts)) => (access, facts, Ok(())),
            Err(error) => (Arc::clone(&self.access), self.facts.clone(), Err(error)),
        };
        let next = Self { path: Some(path.clone()), read: reader.read, changed: None, access, facts };
        Look::Read(next, outcome)
    }
}

/// What a look at the files has shown.
#[derive(Debug)]
pub(super) enum Look {
    /// There is nothing new.
    Unchanged,
    /// They have changed since, or have changed back: what was read stays in force.
    Noted(AccessFile),
    /// They were read; after an error, what was read before stays in force.
    Read(AccessFile, Result<(), AccessError>),
}

fn client_demands(tls: &TlsServerSettings) -> ClientDemands {
    ClientDemands { auth: tls.client_auth, has_names: !tls.client_names.is_empty() }
}

/// What can be used, and does not do what may be expected.
fn warnings(path: &Path, tls: Option<&TlsServerSettings>, users: &[(String, PasswordHash)]) -> Vec<String> {
    let file = path.display();
    let unavailable = tls.into_iter().flat_map(|tls| &tls.unavailable);
    let unavailable =
        unavailable.map(|name| format!("{file} allows `{name}`, which zoneprobe does not have"));
    let slow = users.iter().filter(|(_, hash)| hash.is_slow()).map(|(user, _)| {
        let user = user.escape_debug();
        format!(
            "{file}: the hash of `{user}` has a cost at which one comparison takes many seconds, and all others wait"
        )
    });
    unavailable.chain(slow).collect()
}

fn identity(path: &Path) -> Option<FileIdentity> {
    std::fs::metadata(path).ok().map(|metadata| FileIdentity::from(&metadata))
}

/// Reads the files of a web configuration, and notes each as it was.
struct FilesReader {
    path: PathBuf,
    read: Vec<FileState>,
    /// What cannot be used of the files that are named.
    mistakes: Vec<ConfigError>,
}

impl FilesReader {
    fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), read: Vec::new(), mistakes: Vec::new() }
    }

    fn load(&mut self) -> Result<(Access, Facts), AccessError> {
        let path = self.path.clone();
        let unreadable = |reason: String| AccessError::Unreadable { path: path.clone(), reason };
        let bytes = self.read(&path).map_err(|error| unreadable(error.to_string()))?;
        let text = std::str::from_utf8(&bytes).map_err(|error| unreadable(error.to_string()))?;
        let config = read_web_config(&path.display().to_string(), text).map_err(AccessError::Mistakes)?;
        let WebConfig { tls, headers, users, rate_limit } = config;
        let warnings = warnings(&path, tls.as_ref(), &users);
        let server = tls.as_ref().map(|settings| self.server_config(settings)).transpose()?;
        let headers = headers.into_iter().filter_map(|(name, value)| {
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(&value).ok()?))
        });
        let access = Access {
            tls: server.map(Arc::new),
            clients: tls.as_ref().map(client_demands).unwrap_or_default(),
            headers: headers.collect(),
            users: Users::new(users),
            limiter: rate_limit.map(RateLimiter::new),
        };
        let secret_file = tls.as_ref().map(|tls| match &tls.key.source {
            PemSource::File(key) => self.beside(key),
            PemSource::Text(_) => path,
        });
        Ok((access, Facts { secret_file, warnings }))
    }

    fn server_config(&mut self, settings: &TlsServerSettings) -> Result<ServerConfig, AccessError> {
        let chain = self.pem(&settings.certificate, pem::certificates);
        let key = self.pem(&settings.key, pem::private_key);
        let client_roots = settings.client_ca.as_ref().and_then(|ca| self.pem(ca, pem::roots));
        let provider = provider(settings);
        let certified = chain.zip(key).map(|(chain, key)| pem::certified_key(chain, key, &provider));
        let certified = certified.transpose().unwrap_or_else(|error| {
            self.mistakes.push(match error {
                PairError::Certificate(reason) => settings.certificate.error(reason),
                PairError::Key(reason) => settings.key.error(reason),
                PairError::Mismatch => settings.key.error("it is not the key of the certificate".to_owned()),
            });
            None
        });
        let Some(certified) = certified.filter(|_| self.mistakes.is_empty()) else {
            return Err(AccessError::Mistakes(std::mem::take(&mut self.mistakes)));
        };
        let built = server_config(settings, provider, TlsFiles { certified, client_roots });
        built.map_err(|reason| AccessError::Tls { path: self.path.clone(), reason })
    }

    /// Reads a certificate or a key, in place or in a file; notes why it cannot be used.
    fn pem<T>(&mut self, setting: &PemSetting, parse: impl FnOnce(&[u8]) -> Result<T, String>) -> Option<T> {
        let parsed = match &setting.source {
            PemSource::Text(text) => parse(text.as_bytes()),
            PemSource::File(path) => {
                let path = self.beside(path);
                let bytes = self.read(&path).map_err(|error| error.to_string());
                let parsed = bytes.and_then(|bytes| parse(&bytes));
                parsed.map_err(|reason| format!("`{}`: {reason}", path.display()))
            }
        };
        parsed.map_err(|reason| self.mistakes.push(setting.error(reason))).ok()
    }

    /// A path in the web configuration, which is relative to its folder.
    fn beside(&self, path: &str) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    fn read(&mut self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        let opened = File::open(path).and_then(|file| Ok((FileIdentity::from(&file.metadata()?), file)));
        let identity = opened.as_ref().ok().map(|(identity, _)| *identity);
        self.read.push((path.to_owned(), identity));
        let (_, file) = opened?;
        let mut bytes = Zeroizing::new(Vec::new());
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(io::Error::other(format!("it has more than {MAX_FILE_BYTES} bytes")));
        }
        Ok(bytes)
    }
}
