//! Values of options, from what people write.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use crate::plan::{Grace, MaxLag, ParseDuration, duration};
use crate::report::Format;

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The mildest severity that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Only what is critical.
    Critical,
    /// That, and what could not be told.
    Unknown,
    /// Those, and warnings.
    Warning,
}

/// `auto`, or a duration.
#[derive(Clone, Copy, Debug)]
pub struct GraceArg(pub Grace);

impl std::str::FromStr for GraceArg {
    type Err = ParseDuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        auto_or(text, Grace::Auto, Grace::Fixed).map(Self)
    }
}

/// `auto`, or a duration.
#[derive(Clone, Copy, Debug)]
pub struct MaxLagArg(pub MaxLag);

impl std::str::FromStr for MaxLagArg {
    type Err = ParseDuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        auto_or(text, MaxLag::Auto, MaxLag::Fixed).map(Self)
    }
}

fn auto_or<T>(text: &str, auto: T, fixed: impl FnOnce(Duration) -> T) -> Result<T, ParseDuration> {
    if text == "auto" { Ok(auto) } else { duration(text).map(fixed) }
}

/// A format and the file to write it to.
#[derive(Clone, Debug)]
pub struct ReportFile {
    /// The format.
    pub format: Format,
    /// The file.
    pub path: PathBuf,
}

impl std::str::FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("write FORMAT=FILE, as in json=report.json")?;
        let format = Format::from_str(format, true).map_err(|_| {
            let known: Vec<&str> = Format::value_variants().iter().map(|format| format.name()).collect();
            format!("`{}` is not a format; write one of {}", format.escape_debug(), known.join(", "))
        })?;
        if path.is_empty() {
            return Err("no file is given; write FORMAT=FILE, as in json=report.json".to_owned());
        }
        Ok(Self { format, path: path.into() })
    }
}
