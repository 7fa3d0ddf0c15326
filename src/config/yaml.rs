//! Parses YAML into a tree of nodes that know where they are in the file.
//!
//! In: the text of a file. Out: mappings, sequences and scalars. A scalar stays the string that is written
//! (`no` is `no`): the key that it belongs to decides its type. Tags, aliases and further documents are
//! refused.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span, options};

use super::error::ConfigErrorKind;

/// How deeply sequences and mappings may be nested: a configuration needs five levels.
const MAX_NESTING: usize = 16;

/// A stretch of one line, which an error message marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The line, counted from 1.
    pub(super) line: usize,
    /// The character it begins with, counted from 0.
    pub(super) start: usize,
    /// The character after its end.
    pub(super) end: usize,
}

/// A value and its place in the file.
#[derive(Debug)]
pub(super) struct Node<'t> {
    pub(super) mark: Mark,
    pub(super) value: Value<'t>,
}

/// The value of a node.
#[derive(Debug)]
pub(super) enum Value<'t> {
    /// A scalar, as it is written.
    Scalar(Cow<'t, str>),
    /// No value, as after `zones:` with no zones below it.
    Null,
    /// A sequence.
    Sequence(Vec<Node<'t>>),
    /// A mapping; no key is in it twice.
    Mapping(Vec<(MappingKey<'t>, Node<'t>)>),
}

impl Value<'_> {
    /// Returns the kind of value in the words of error messages, with its article.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Scalar(_) => "a string",
            Self::Null => "nothing",
            Self::Sequence(_) => "a list",
            Self::Mapping(_) => "a map",
        }
    }
}

/// A key of a mapping.
#[derive(Debug)]
pub(super) struct MappingKey<'t> {
    pub(super) mark: Mark,
    pub(super) name: Cow<'t, str>,
}

/// What is wrong, and where.
pub(super) type MarkedError = (Mark, ConfigErrorKind);

/// Parses a text; there is no tree where the rest of the text could not be parsed.
pub(super) fn parse(text: &str) -> (Option<Node<'_>>, Vec<MarkedError>) {
    let options = options! {
        disallow_directives: true,
        flow_nesting_limit: MAX_NESTING,
        block_nesting_limit: MAX_NESTING,
    };
    let mut builder =
        TreeBuilder { text, parser: Parser::new_from_str_with_options(text, options), errors: Vec::new() };
    match builder.document() {
        Ok(node) => (Some(node), builder.errors),
        Err(error) => {
            builder.errors.push(error);
            (None, builder.errors)
        }
    }
}

/// Builds the tree from the events of the parser.
struct TreeBuilder<'t> {
    text: &'t str,
    parser: Parser<'t, granit_parser::StrInput<'t>>,
    /// The errors after which the rest of the text could still be parsed.
    errors: Vec<MarkedError>,
}

impl<'t> TreeBuilder<'t> {
    fn next_event(&mut self) -> Result<(Event<'t>, Span), MarkedError> {
        match self.parser.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let mark = mark_at(*error.marker());
                // An address like `[::1]:53`: YAML ends a sequence at the bracket, and stops at the colon.
                let is_after_bracket =
                    self.text.lines().nth(mark.line.saturating_sub(1)).is_some_and(|line| {
                        let mut around = line.chars().skip(mark.start.saturating_sub(1));
                        around.next() == Some(']') && around.next() == Some(':')
                    });
                let kind = if is_after_bracket {
                    ConfigErrorKind::UnquotedBrackets
                } else {
                    ConfigErrorKind::Yaml(error.info())
                };
                Err((mark, kind))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    /// Parses the only document; a text without one is null.
    fn document(&mut self) -> Result<Node<'t>, MarkedError> {
        let mut root = None;
        loop {
            let (event, span) = self.next_event()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(..) if root.is_some() => {
                    return Err((mark(span), ConfigErrorKind::SecondDocument));
                }
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event => root = Some(self.node(event, span)?),
            }
        }
        let start = Mark { line: 1, start: 0, end: 0 };
        Ok(root.unwrap_or(Node { mark: start, value: Value::Null }))
    }

    /// Parses the node that an event begins.
    fn node(&mut self, event: Event<'t>, span: Span) -> Result<Node<'t>, MarkedError> {
        let mark = mark(span);
        if event.tag().is_some() {
            self.errors.push((mark, ConfigErrorKind::Tag));
        }
        let value = match event {
            Event::Scalar(_, ScalarStyle::Plain, ..) if span.start == span.end => Value::Null,
            Event::Scalar(text, ..) => Value::Scalar(text),
            Event::SequenceStart(..) => Value::Sequence(self.sequence()?),
            Event::MappingStart(..) => Value::Mapping(self.mapping()?),
            _ => return Err((mark, ConfigErrorKind::Alias)),
        };
        Ok(Node { mark, value })
    }

    fn sequence(&mut self) -> Result<Vec<Node<'t>>, MarkedError> {
        let mut nodes = Vec::new();
        loop {
            match self.next_event()? {
                (Event::SequenceEnd, _) => return Ok(nodes),
                (event, span) => nodes.push(self.node(event, span)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<Vec<(MappingKey<'t>, Node<'t>)>, MarkedError> {
        let mut entries = Vec::new();
        let mut lines: HashMap<String, usize> = HashMap::new();
        loop {
            let (event, span) = self.next_event()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(entries);
            }
            let Node { mark, value } = self.node(event, span)?;
            let (event, span) = self.next_event()?;
            let node = self.node(event, span)?;
            let name = match value {
                Value::Scalar(name) => name,
                Value::Sequence(_) => {
                    self.errors.push((mark, ConfigErrorKind::UnquotedBrackets));
                    continue;
                }
                Value::Mapping(_) | Value::Null => {
                    self.errors.push((mark, ConfigErrorKind::KeyNotString(value.kind())));
                    continue;
                }
            };
            match lines.get(name.as_ref()) {
                Some(&line) => {
                    self.errors.push((mark, ConfigErrorKind::DuplicateKey { key: name.into_owned(), line }));
                }
                None => {
                    lines.insert(name.to_string(), mark.line);
                    entries.push((MappingKey { mark, name }, node));
                }
            }
        }
    }
}

fn mark_at(marker: Marker) -> Mark {
    Mark { line: marker.line(), start: marker.col(), end: marker.col() }
}

fn mark(span: Span) -> Mark {
    let start = mark_at(span.start);
    // Of a value over several lines, the first character is marked.
    let end = if span.end.line() == start.line { span.end.col() } else { start.start };
    Mark { end, ..start }
}
