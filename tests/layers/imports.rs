//! Which file of `src` uses which other: paths of modules, followed to the file that defines what they name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::tokens::{tokens, without_tests};

/// The code of the crate.
pub(super) static CODE: LazyLock<Crate> = LazyLock::new(Crate::read);

/// A `use` of one name.
#[derive(Debug)]
struct Use {
    path: Vec<String>,
    /// The name in this file.
    name: String,
    /// Whether the name can be used from other files.
    is_public: bool,
}

/// A file of `src` without its tests.
#[derive(Debug)]
pub(super) struct Source {
    /// Its path in `src`.
    pub(super) file: String,
    /// Its module: `["judge", "lag"]` for `judge/lag.rs` or `judge/lag/mod.rs`.
    module: Vec<String>,
    uses: Vec<Use>,
    /// The paths outside of `use`.
    paths: Vec<Vec<String>>,
    /// The tokens outside of `use` and attributes.
    pub(super) body: BTreeSet<String>,
}

/// All files below `src`, tests among them, with their text.
pub(super) fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut directories: Vec<PathBuf> = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

/// All files of `src` but tests, by module.
#[derive(Debug)]
pub(super) struct Crate(BTreeMap<Vec<String>, Source>);

/// What a path leads to.
enum Target {
    /// A module.
    Module(Vec<String>),
    /// An item that this module defines.
    ItemOf(Vec<String>),
}

impl Source {
    fn new(file: &str, text: &str) -> (Self, Vec<String>) {
        let (tokens, test_modules) = without_tests(&tokens(text));
        let (mut uses, mut paths, mut body) = (Vec::new(), Vec::new(), BTreeSet::new());
        let mut inline = InlineModules::default();
        let (mut at, mut attribute) = (0, 0);
        while at < tokens.len() {
            inline.enter_or_leave(&tokens[at..]);
            let is_use = tokens[at] == "use" && tokens.get(at + 1).is_some_and(|next| next != "<");
            if is_use {
                let is_public = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
                let end = at + tokens[at..].iter().position(|token| token == ";").unwrap();
                let mut names = Vec::new();
                add_uses(&tokens[at + 1..end], &[], is_public, &mut names);
                uses.extend(names.into_iter().map(|it| Use { path: inline.relative_to_file(it.path), ..it }));
                at = end + 1;
                continue;
            }
            paths.extend(path_at(&tokens, at).map(|path| inline.relative_to_file(path)));
            attribute = match tokens[at].as_str() {
                "[" if attribute > 0 || at > 0 && tokens[at - 1] == "#" => attribute + 1,
                "]" if attribute > 0 => attribute - 1,
                _ => attribute,
            };
            let is_declared = at > 0 && tokens[at - 1] == "mod";
            if attribute == 0 && !is_declared {
                body.insert(tokens[at].clone());
            }
            at += 1;
        }
        let module = file.trim_end_matches(".rs").trim_end_matches("/mod").split('/').map(str::to_owned);
        let module = if file == "lib.rs" { Vec::new() } else { module.collect() };
        (Self { file: file.to_owned(), module, uses, paths, body }, test_modules)
    }

    /// The folder or file below `src` that the file belongs to.
    pub(super) fn room(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    /// Whether a path of the file has these segments in a row.
    pub(super) fn names(&self, segments: &[&str]) -> bool {
        let paths = self.uses.iter().map(|it| &it.path).chain(&self.paths);
        paths.into_iter().any(|path| path.windows(segments.len()).any(|part| part.iter().eq(segments)))
    }
}

/// The modules within a file around the current token.
#[derive(Default)]
struct InlineModules {
    braces: usize,
    /// The number of braces around each of them.
    open: Vec<usize>,
}

impl InlineModules {
    fn enter_or_leave(&mut self, tokens: &[String]) {
        match tokens {
            [mod_, _, brace, ..] if mod_ == "mod" && brace == "{" => self.open.push(self.braces),
            [brace, ..] if brace == "{" => self.braces += 1,
            [brace, ..] if brace == "}" => {
                self.braces -= 1;
                self.open.pop_if(|around| *around == self.braces);
            }
            _ => {}
        }
    }

    /// A path as it would be written outside of these modules.
    fn relative_to_file(&self, path: Vec<String>) -> Vec<String> {
        let up = path.iter().take(self.open.len()).take_while(|segment| *segment == "super").count();
        match up {
            0 => path,
            _ => [vec!["self".to_owned()], path[up..].to_vec()].concat(),
        }
    }
}

/// The path that begins at a token: at least two segments.
fn path_at(tokens: &[String], at: usize) -> Option<Vec<String>> {
    let is_inside = at > 0 && (tokens[at - 1] == "::" || tokens[at - 1] == ".");
    let is_name = |token: &String| token.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    if is_inside || !is_name(&tokens[at]) {
        return None;
    }
    let mut path = vec![tokens[at].clone()];
    for pair in tokens[at + 1..].chunks(2) {
        match pair {
            [colons, name] if colons == "::" && is_name(name) => path.push(name.clone()),
            _ => break,
        }
    }
    (path.len() > 1).then_some(path)
}

/// Adds the names of a tree: `a::b`, `a::{b, c as d}`, `a::*`.
fn add_uses(tree: &[String], before: &[String], is_public: bool, uses: &mut Vec<Use>) {
    let end = tree.iter().position(|token| token == "{" || token == "as").unwrap_or(tree.len());
    let own = tree[..end].iter().filter(|token| *token != "::").cloned();
    let path: Vec<String> = before.iter().cloned().chain(own).collect();
    if tree.get(end).is_some_and(|token| token == "{") {
        let mut depth = 0;
        let inside = &tree[end + 1..tree.len() - 1];
        let branches = inside.split(|token| {
            depth += i32::from(token == "{") - i32::from(token == "}");
            depth == 0 && token == ","
        });
        branches.filter(|tree| !tree.is_empty()).for_each(|tree| add_uses(tree, &path, is_public, uses));
        return;
    }
    // `a::{self}` is `a`.
    let path = match path.split_last() {
        Some((last, front)) if last == "self" && !front.is_empty() => front.to_vec(),
        _ => path,
    };
    let name = tree.get(end + 1).or(path.last()).cloned().unwrap();
    uses.push(Use { path, name, is_public });
}

impl Crate {
    fn read() -> Self {
        let files = files();
        Self::of(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
    }

    pub(super) fn of<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let mut sources = BTreeMap::new();
        let mut tests: Vec<Vec<String>> = Vec::new();
        for (file, text) in files {
            let (source, test_modules) = Source::new(file, text);
            tests.extend(test_modules.into_iter().map(|name| [source.module.clone(), vec![name]].concat()));
            sources.insert(source.module.clone(), source);
        }
        sources.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        Self(sources)
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.0.values()
    }

    /// The files that a file uses.
    pub(super) fn used_by(&self, source: &Source) -> BTreeSet<&Source> {
        let is_reexport = |it: &&Use| it.is_public && !source.body.contains(&it.name);
        let uses = source.uses.iter().filter(|it| !is_reexport(it)).map(|it| &it.path);
        let used = uses.chain(&source.paths).filter_map(|path| self.follow(&source.module, path, 0));
        let items = used.filter_map(|target| match target {
            // What is used of a module is a path of its own.
            Target::Module(_) => None,
            Target::ItemOf(module) => self.0.get(&module),
        });
        items.filter(|it| it.file != source.file).collect()
    }

    /// Follows a path from a module; `None` if it leads to another crate, or to nothing but a local name.
    fn follow(&self, from: &[String], path: &[String], depth: usize) -> Option<Target> {
        assert!(depth < 20, "{path:?} in {from:?} leads to itself");
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" | "zoneprobe" => Vec::new(),
            "self" => from.to_vec(),
            "super" => from[..from.len() - 1].to_vec(),
            name => match self.member(from, name, depth)? {
                Target::Module(module) => module,
                item @ Target::ItemOf(_) => return Some(item),
            },
        };
        let mut module = start;
        for name in rest {
            match self.member(&module, name, depth) {
                Some(Target::Module(inner)) => module = inner,
                Some(item) => return Some(item),
                None => return Some(Target::ItemOf(module)),
            }
        }
        Some(Target::Module(module))
    }

    /// What a name is in a module, if it is a module in it or is in one of its `use`s.
    fn member(&self, module: &[String], name: &str, depth: usize) -> Option<Target> {
        let inner = [module, &[name.to_owned()]].concat();
        if self.0.contains_key(&inner) {
            return Some(Target::Module(inner));
        }
        let source = self.0.get(module)?;
        // Not the names that a module within the file takes from around it.
        let is_own = |it: &&Use| it.path == [name] || it.path == ["self", name];
        let named = source.uses.iter().find(|it| it.name == name && !is_own(it))?;
        self.follow(module, &named.path, depth + 1)
    }

    /// For each room the rooms that it uses.
    pub(super) fn rooms(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut rooms: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for source in self.sources() {
            let used = self.used_by(source).into_iter().map(Source::room);
            let used = used.filter(|room| *room != source.room());
            rooms.entry(source.room()).or_default().extend(used);
        }
        rooms
    }

    /// The largest groups of files in which each uses each, if only through others.
    pub(super) fn circles(&self) -> Vec<BTreeSet<&str>> {
        let direct: BTreeMap<&str, BTreeSet<&str>> = self
            .sources()
            .map(|source| {
                (source.file.as_str(), self.used_by(source).iter().map(|it| it.file.as_str()).collect())
            })
            .collect();
        let reached = |from: &str| {
            let mut reached: BTreeSet<&str> = BTreeSet::new();
            let mut next: Vec<&str> = direct[from].iter().copied().collect();
            while let Some(file) = next.pop() {
                if reached.insert(file) {
                    next.extend(&direct[file]);
                }
            }
            reached
        };
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            direct.keys().map(|file| (*file, reached(file))).collect();
        let circle = |file: &&str| -> BTreeSet<&str> {
            reached[file].iter().copied().filter(|other| reached[other].contains(file)).collect()
        };
        let circles: BTreeSet<BTreeSet<&str>> = direct.keys().map(circle).collect();
        circles.into_iter().filter(|circle| !circle.is_empty()).collect()
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file
    }
}

impl Eq for Source {}

impl PartialOrd for Source {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Source {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.file.cmp(&other.file)
    }
}
