//! YAML as a tree in which everything has its place.
//!
//! In: the text of a file. Out: lists, maps and scalars that stay the text they are (`no` is `no`), each with
//! where it stands. What YAML has beyond that (tags, aliases, several documents) is refused.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span, options};

use super::error::Fault;

/// Lists and maps within each other: the file needs five.
const DEEPEST: usize = 16;

/// A stretch of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The line, counted from 1.
    pub(super) line: usize,
    /// The character where it begins, counted from 0.
    pub(super) from: usize,
    /// The character behind its end.
    pub(super) to: usize,
}

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Node<'t> {
    pub(super) place: Place,
    pub(super) value: Value<'t>,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Value<'t> {
    /// A scalar, whatever it looks like.
    Text(Cow<'t, str>),
    /// Nothing, as behind `zones:` with no zones below it.
    Nothing,
    /// A list.
    List(Vec<Node<'t>>),
    /// A map; no key is in it twice.
    Map(Vec<(Key<'t>, Node<'t>)>),
}

impl Value<'_> {
    /// Returns what it is, with its article.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Nothing => "nothing",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

/// A key of a map.
#[derive(Debug)]
pub(super) struct Key<'t> {
    pub(super) place: Place,
    pub(super) name: Cow<'t, str>,
}

/// What is wrong, and where.
pub(super) type Wrong = (Place, Fault);

/// Reads a text; without a tree only what is wrong can be told.
pub(super) fn parse(text: &str) -> (Option<Node<'_>>, Vec<Wrong>) {
    let options = options! {
        disallow_directives: true,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    let mut builder =
        Builder { text, parser: Parser::new_from_str_with_options(text, options), wrong: Vec::new() };
    match builder.document() {
        Ok(node) => (Some(node), builder.wrong),
        Err(wrong) => {
            builder.wrong.push(wrong);
            (None, builder.wrong)
        }
    }
}

/// Makes a tree of what the parser tells.
struct Builder<'t> {
    text: &'t str,
    parser: Parser<'t, granit_parser::StrInput<'t>>,
    /// What is wrong without keeping the rest from being read.
    wrong: Vec<Wrong>,
}

impl<'t> Builder<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Wrong> {
        match self.parser.next() {
            Some(Ok(told)) => Ok(told),
            Some(Err(error)) => {
                let place = at(*error.marker());
                let brackets = self.text.lines().nth(place.line.saturating_sub(1)).is_some_and(|line| {
                    let mut around = line.chars().skip(place.from.saturating_sub(1));
                    around.next() == Some(']') && around.next() == Some(':')
                });
                let fault = if brackets { Fault::Brackets } else { Fault::Yaml(error.info()) };
                Err((place, fault))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    /// Reads the only document; a text without any is nothing.
    fn document(&mut self) -> Result<Node<'t>, Wrong> {
        let mut read = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(..) if read.is_some() => {
                    return Err((place(span), Fault::SecondDocument));
                }
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event => read = Some(self.node(event, span)?),
            }
        }
        let start = Place { line: 1, from: 0, to: 0 };
        Ok(read.unwrap_or(Node { place: start, value: Value::Nothing }))
    }

    /// Reads the value that begins with an event.
    fn node(&mut self, event: Event<'t>, span: Span) -> Result<Node<'t>, Wrong> {
        let place = place(span);
        if event.tag().is_some() {
            self.wrong.push((place, Fault::Tag));
        }
        let value = match event {
            Event::Scalar(_, ScalarStyle::Plain, ..) if span.start == span.end => Value::Nothing,
            Event::Scalar(text, ..) => Value::Text(text),
            Event::SequenceStart(..) => Value::List(self.list()?),
            Event::MappingStart(..) => Value::Map(self.map()?),
            _ => return Err((place, Fault::Alias)),
        };
        Ok(Node { place, value })
    }

    fn list(&mut self) -> Result<Vec<Node<'t>>, Wrong> {
        let mut list = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(list),
                (event, span) => list.push(self.node(event, span)?),
            }
        }
    }

    fn map(&mut self) -> Result<Vec<(Key<'t>, Node<'t>)>, Wrong> {
        let mut map = Vec::new();
        let mut lines: HashMap<String, usize> = HashMap::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(map);
            }
            let key = self.node(event, span)?;
            let (event, span) = self.next()?;
            let node = self.node(event, span)?;
            let name = match key.value {
                Value::Text(name) => name,
                Value::List(_) => {
                    self.wrong.push((key.place, Fault::Brackets));
                    continue;
                }
                Value::Map(_) | Value::Nothing => {
                    self.wrong.push((key.place, Fault::KeyKind(key.value.kind())));
                    continue;
                }
            };
            match lines.get(name.as_ref()) {
                Some(&line) => self.wrong.push((key.place, Fault::KeyTwice { key: name.into_owned(), line })),
                None => {
                    lines.insert(name.to_string(), key.place.line);
                    map.push((Key { place: key.place, name }, node));
                }
            }
        }
    }
}

fn at(marker: Marker) -> Place {
    Place { line: marker.line(), from: marker.col(), to: marker.col() }
}

fn place(span: Span) -> Place {
    let start = at(span.start);
    // Of a text over several lines, the first character is shown.
    let to = if span.end.line() == start.line { span.end.col() } else { start.from };
    Place { to, ..start }
}
