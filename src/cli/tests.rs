use clap::{Arg, Command, CommandFactory as _};

use super::*;

/// All commands, from `zoneprobe` to `zoneprobe config check`.
fn commands() -> Vec<Command> {
    let mut commands = Vec::new();
    let mut rest = vec![Cli::command()];
    while let Some(command) = rest.pop() {
        rest.extend(command.get_subcommands().cloned());
        commands.push(command);
    }
    assert!(commands.len() > 10);
    commands
}

#[test]
fn the_definition_of_the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_option_is_one_line_of_short_help_that_fits_in_79_columns() {
    for mut command in commands() {
        let name = command.get_name().to_owned();
        let help = command.render_help().to_string();
        for line in help.lines() {
            assert!(line.chars().count() <= 79, "{name}: {line}");
        }
        let options: Vec<&str> = help.lines().filter(|line| line.trim_start().starts_with('-')).collect();
        let count = command.get_opts().chain(command.get_arguments().filter(|arg| is_switch(arg))).count();
        assert_eq!(options.len(), count, "{name}\n{help}");
        for line in options {
            let described = line.trim_start().split_once("  ").is_some_and(|(_, help)| !help.is_empty());
            assert!(described, "{name}: {line}");
        }
        let continued = help.lines().filter(|line| line.starts_with("          ")).count();
        assert_eq!(continued, 0, "{name}\n{help}");
    }
}

fn is_switch(arg: &Arg) -> bool {
    !arg.is_positional() && !arg.get_action().takes_values()
}

#[test]
fn values_that_short_help_leaves_out_are_named_in_long_help() {
    for command in commands() {
        for arg in command.get_arguments().filter(|arg| arg.is_hide_possible_values_set()) {
            let help = arg.get_long_help().expect("it has a long help").to_string();
            for value in arg.get_possible_values() {
                assert!(help.contains(value.get_name()), "{}: {}", arg.get_id(), value.get_name());
            }
        }
    }
}

#[test]
fn one_line_helps_end_without_a_full_stop_and_long_ones_with_one() {
    for command in commands() {
        for arg in command.get_arguments().filter(|arg| !["help", "version"].contains(&arg.get_id().as_str()))
        {
            let short = arg.get_help().expect("it has a help").to_string();
            assert!(!short.ends_with('.'), "{}: {short}", arg.get_id());
            if let Some(long) = arg.get_long_help() {
                assert!(long.to_string().ends_with('.'), "{}: {long}", arg.get_id());
            }
        }
    }
}

/// Switches are off unless they are given, and what must be given has no default.
fn needs_no_default(arg: &Arg) -> bool {
    let is_shown = !arg.get_default_values().is_empty() && !arg.is_hide_default_value_set();
    is_shown || arg.is_required_set() || !arg.get_action().takes_values()
}

#[test]
fn every_help_says_what_holds_without_the_option() {
    for command in commands().iter().filter(|command| command.get_name() != "help") {
        for arg in command.get_arguments().filter(|arg| !needs_no_default(arg)) {
            let help = arg.get_long_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Default"), "{} {}: {help}", command.get_name(), arg.get_id());
        }
    }
}

#[test]
fn every_command_has_a_manual_page_with_all_of_its_options() {
    let pages = manual_pages();
    for command in commands().iter().filter(|command| command.get_name() != "help") {
        let name = command.get_name();
        let is_its = |page: &&ManualPage| page.file.trim_end_matches(".1").ends_with(name);
        let page = pages.iter().find(is_its).unwrap_or_else(|| panic!("{name} has no page"));
        for option in command.get_opts().filter_map(Arg::get_long) {
            let option = option.replace('-', "\\-");
            assert!(page.text.contains(&format!("\\-\\-{option}")), "{name}: {option}\n{}", page.text);
        }
    }
    assert_eq!(pages.len(), commands().iter().filter(|command| command.get_name() != "help").count());
}

#[test]
fn a_manual_page_is_found_by_the_words_of_its_command() {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    for (command, file) in
        [("", "zoneprobe.1"), ("check", "zoneprobe-check.1"), ("config check", "zoneprobe-config-check.1")]
    {
        let page = manual_page(&words(command)).unwrap();
        assert_eq!(page.file, file);
        let title = format!(".TH {} 1", file.trim_end_matches(".1"));
        assert!(page.text.lines().any(|line| line.starts_with(&title)), "{}", page.text);
    }
    for command in ["chek", "check zone", "config help"] {
        let unknown = manual_page(&words(command)).unwrap_err();
        assert_eq!(unknown.to_string(), format!("there is no command `{command}`"));
    }
}

#[test]
fn a_manual_page_names_the_others() {
    let page = manual_page(&["check".to_owned()]).unwrap();
    let others = page.text.split(".SH \"SEE ALSO\"").nth(1).unwrap();
    assert!(
        others.contains("zoneprobe\\-config\\-check") && !others.contains("zoneprobe\\-check"),
        "{others}"
    );
}
