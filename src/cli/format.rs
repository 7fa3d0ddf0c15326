//! The format that bad usage asks for: programs that read JSON get JSON even if the other arguments are wrong.

use std::ffi::OsString;

use clap::ValueEnum as _;

use crate::report::Format;

/// The short options with a value, of the commands that print reports; a test holds them against the parser.
const SHORT_WITH_VALUE: &str = "cfpsz";

/// The format in the arguments of a command that prints reports, as far as they can be understood; the last one counts.
pub fn requested_format(arguments: impl Iterator<Item = OsString>) -> Option<Format> {
    let mut arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
    if !matches!(arguments.next()?.as_str(), "check" | "verify" | "notify") {
        return None;
    }
    let mut format = None;
    while let Some(argument) = arguments.next() {
        let value = match argument.as_str() {
            "--" => break,
            "--format" => arguments.next(),
            long if long.starts_with("--") => long.strip_prefix("--format=").map(str::to_owned),
            other => match other.strip_prefix('-').and_then(short_with_value) {
                Some(('f', "")) => arguments.next(),
                Some(('f', value)) => Some(value.strip_prefix('=').unwrap_or(value).to_owned()),
                Some(_) | None => None,
            },
        };
        format = value.and_then(|value| Format::from_str(&value, false).ok()).or(format);
    }
    format
}

/// The option with a value among short options in one argument, and what follows it there.
fn short_with_value(options: &str) -> Option<(char, &str)> {
    let (at, option) = options.char_indices().find(|(_, option)| SHORT_WITH_VALUE.contains(*option))?;
    Some((option, options.get(at + option.len_utf8()..).unwrap_or_default()))
}

/// The text of an error in the arguments, without the usage behind it.
pub fn usage_error(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.split("\n\nUsage:").next().unwrap_or_default();
    text.trim_start_matches("error: ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_short_option_with_a_value_is_known() {
        for name in ["check", "verify", "notify"] {
            let command = Cli::command().find_subcommand(name).unwrap().clone();
            let with_value = command.get_arguments().filter(|argument| argument.get_action().takes_values());
            let mut short: Vec<char> = with_value.filter_map(clap::Arg::get_short).collect();
            short.sort_unstable();
            assert_eq!(short.into_iter().collect::<String>(), SHORT_WITH_VALUE, "{name}");
        }
    }

    #[test]
    fn the_format_is_recognized_beside_bad_arguments() {
        for (arguments, format) in [
            ("check -f json --bogus", Some(Format::Json)),
            ("check --format=ndjson", Some(Format::Ndjson)),
            ("verify --format json a b c", Some(Format::Json)),
            ("check -fjson", Some(Format::Json)),
            ("check -qf=json", Some(Format::Json)),
            ("check -qvf ndjson x", Some(Format::Ndjson)),
            ("check -f table -f json", Some(Format::Json)),
            ("check -f json -f bogus", Some(Format::Json)),
            ("check -cf json", None),
            ("check -- -f json", None),
            ("check -f", None),
            ("serve -f json", None),
            ("", None),
        ] {
            let words = arguments.split_whitespace().map(OsString::from);
            assert_eq!(requested_format(words), format, "{arguments}");
        }
    }
}
