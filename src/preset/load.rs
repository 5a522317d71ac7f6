//! From a name to a preset that can be played, or to a list of all that is wrong with it.
//!
//! Owns finding, reading, laying over a base, changes from the command line, and the order of checks.

use std::{
    fmt,
    path::{Path as FilePath, PathBuf},
};

use crate::text::Lexicon;

use super::{
    built_in::{built_in, nearest_built_in},
    change::Change,
    check, curves,
    files::{FileError, PRESET_LIMIT, Reach, read_text},
    layers,
    path::Path,
    problem::{At, Problem, Source, SourceKind, printable},
    ranges, read,
    schema::{Preset, VERSION},
    times,
    tree::{Entry, Node, Value},
};

/// A preset and where it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The preset, complete and checked.
    pub preset: Preset,
    /// Name of the built-in or of the file without its ending; good for file names and titles.
    pub name: String,
    /// The folder that named files are looked for in; `None` for built-ins.
    pub folder: Option<PathBuf>,
    /// The preset's own text, as written.
    pub text: String,
    /// Name and text of the preset's own dictionary, which has been checked.
    pub dictionary: Option<(String, String)>,
    /// Other files of the folder that it was made of: bases, curves, the dictionary.
    pub files: Vec<PathBuf>,
}

/// Every mistake of one preset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// As the user named it.
    pub name: String,
    /// At least one.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = printable(&self.name);
        match self.problems.len() {
            1 => write!(f, "{name} has a problem")?,
            n if n >= read::MOST_PROBLEMS => write!(f, "{name} has {n} problems or more")?,
            n => write!(f, "{name} has {n} problems")?,
        }
        for problem in &self.problems {
            write!(f, "\n\n{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}

/// Why a preset cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PresetError {
    /// Neither a built-in nor a file.
    #[error("there is no preset called `{}`", printable(.name))]
    Unknown {
        /// As the user wrote it.
        name: String,
        /// The built-in that was probably meant.
        nearest: Option<&'static str>,
    },
    /// Neither a channel layout nor a file.
    #[error("there is no layout called `{}`; layouts are: {names}, or the path of a .toml file", printable(.name))]
    UnknownLayout {
        /// As the user wrote it.
        name: String,
        /// The layout that was probably meant.
        nearest: Option<String>,
        /// What there is.
        names: String,
    },
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It can be read and is wrong.
    #[error(transparent)]
    Invalid(#[from] Report),
}

/// How many presets may lie over one another.
const BASE_DEPTH: usize = 4;

/// Loads a built-in by its name or a file by its path, applies `changes` and checks everything.
///
/// # Errors
/// [`PresetError`]; [`PresetError::Invalid`] names every mistake at once.
pub fn load(what: &str, changes: &[Change]) -> Result<Loaded, PresetError> {
    load_allowing(what, changes, &[])
}

/// The same with folders beside the preset's own in which files that it names may lie.
///
/// # Errors
/// As [`load`].
pub fn load_allowing(what: &str, changes: &[Change], allowed: &[PathBuf]) -> Result<Loaded, PresetError> {
    if let Some(preset) = built_in(what) {
        let reach = Reach { folder: None, allowed };
        return load_text_within(what, preset.text, reach, SourceKind::BuiltIn, changes);
    }
    let path = FilePath::new(what);
    let file_like = what.ends_with(".toml") || what.contains(['/', '\\']);
    if !file_like && !path.is_file() {
        let nearest = nearest_built_in(what);
        return Err(PresetError::Unknown { name: what.to_owned(), nearest });
    }
    let text = read_text(path, PRESET_LIMIT)?;
    let reach = Reach { folder: Some(path.parent().unwrap_or(FilePath::new(""))), allowed };
    load_text_within(what, &text, reach, SourceKind::File, changes)
}

/// Loads a preset from its text; `name` stands in messages.
///
/// # Errors
/// As [`load`].
pub fn load_text(
    name: &str,
    text: &str,
    folder: Option<PathBuf>,
    kind: SourceKind,
    changes: &[Change],
) -> Result<Loaded, PresetError> {
    load_text_within(name, text, Reach { folder: folder.as_deref(), allowed: &[] }, kind, changes)
}

/// The same with other folders than its own in which files that it names may lie.
///
/// # Errors
/// As [`load`].
pub fn load_text_within(
    name: &str,
    text: &str,
    reach: Reach<'_>,
    kind: SourceKind,
    changes: &[Change],
) -> Result<Loaded, PresetError> {
    let mut sources = vec![Source { name: name.to_owned(), text: text.to_owned(), kind }];
    let mut problems = Vec::new();
    let mut tree = parse_with_bases(&mut sources, 0, "", reach, &mut problems, BASE_DEPTH);
    let syntax = problems.len();
    for change in changes {
        change.apply(&mut tree, &mut sources, &mut problems);
    }
    let clock = times::clock(&mut tree, &sources, &mut problems);
    times::resolve(&mut tree, clock.as_ref(), &sources, &mut problems);
    for change in changes {
        change.lay(&mut tree, clock.as_ref(), &mut sources, &mut problems);
    }
    ranges::check(&mut tree, &sources, &mut problems);
    check::names(&tree, &sources, &mut problems);
    // After a mistake of syntax, or without the base, what seems missing may well be there.
    if syntax == 0 {
        check::missing(&tree, &sources, &mut problems);
    }
    let dictionary = check::dictionary(&tree, reach, &sources, &mut problems);
    let lexicon = dictionary.as_ref().map_or_else(Lexicon::new, |d| d.lexicon.clone());
    curves::read_curves(&mut tree, reach, clock.as_ref(), &mut sources, &mut problems);
    let preset = read_and_check(&mut tree, &sources, &mut problems);
    let language = preset.as_ref().map(|p| p.language).unwrap_or_default();
    check::phrases(&tree, language, &lexicon, &sources, &mut problems);
    let name = FilePath::new(name).file_stem().map_or(name.into(), |s| s.to_string_lossy().into_owned());
    match preset {
        Some(preset) if problems.is_empty() => Ok(Loaded {
            preset,
            name,
            files: named_files(&sources, changes, reach, dictionary.as_ref().map(|d| &*d.name)),
            folder: reach.folder.map(FilePath::to_owned),
            text: text.to_owned(),
            dictionary: dictionary.map(|d| (d.name, d.text)),
        }),
        _ => {
            let problems = tidy(problems, syntax);
            // Where all of it stands in one file, that file is what is wrong, not the preset that it was laid over.
            let one = problems.first().filter(|p| p.at.is_some()).map(|p| &p.source);
            let laid = |name: &str| changes.iter().any(|c| c.option == name);
            let one = one.filter(|one| laid(one) && problems.iter().all(|p| p.source == **one));
            let name = one.unwrap_or(&sources[0].name).clone();
            Err(Report { name, problems }.into())
        }
    }
}

/// The files that a preset names, and those that its bases name.
fn named_files(
    sources: &[Source],
    changes: &[Change],
    reach: Reach<'_>,
    dictionary: Option<&str>,
) -> Vec<PathBuf> {
    let beside = |source: &&Source| {
        // Files that options name lie anywhere.
        source.kind == SourceKind::File && !changes.iter().any(|change| change.option == source.name)
    };
    let sources = sources.iter().skip(1).filter(beside).map(|source| source.name.as_str());
    sources.chain(dictionary).filter_map(|name| reach.find(name).ok()).collect()
}

/// Reads the preset and lets every layer check it, again and again without what was wrong, until nothing
/// more is found.
fn read_and_check(tree: &mut Node, sources: &[Source], problems: &mut Vec<Problem>) -> Option<Preset> {
    loop {
        let preset: Preset = read::read(tree, sources, problems)?;
        let Some(wrong) = layers::first_wrong(&preset) else { return Some(preset) };
        let mut path = Path::parse(&wrong.path).unwrap_or_default();
        // A default that is refused, or a key that stands nowhere, is blamed on what is above it.
        while tree.find(&path).is_none() {
            path = path.parent()?;
        }
        let node = tree.find_near(&path);
        if node.value != Value::Removed {
            let mut problem = Problem::new(sources, &node.at, path.clone(), wrong.message);
            problem.allowed = wrong.allowed;
            problems.push(problem);
        }
        if problems.len() >= read::MOST_PROBLEMS || !tree.remove(&path) {
            return Some(preset);
        }
    }
}

/// Puts problems into the order of the files and drops echoes: what follows from a mistake of syntax in
/// the same line (the first `syntax` problems), and the same complaint about one option twice.
pub(super) fn tidy(problems: Vec<Problem>, syntax: usize) -> Vec<Problem> {
    let mut kept: Vec<Problem> = Vec::new();
    for (n, problem) in problems.into_iter().enumerate() {
        let line = |p: &Problem| (p.source.clone(), p.at.map(|at| at.0));
        let echo = match problem.at {
            Some(_) => n >= syntax && kept.iter().take(syntax).any(|p| line(p) == line(&problem)),
            None => kept.iter().any(|p| p.source == problem.source && p.message == problem.message),
        };
        if !echo {
            kept.push(problem);
        }
    }
    kept.truncate(read::MOST_PROBLEMS);
    kept.sort_by_key(|problem| (problem.at.is_none(), problem.at));
    kept
}

/// A name that a base in `folder` uses, seen from the first preset: beside that base if such a file is there.
fn from_base(folder: &str, name: &str, reach: Reach<'_>) -> String {
    let beside = format!("{folder}/{name}");
    if !folder.is_empty() && reach.find(&beside).is_ok() { beside } else { name.to_owned() }
}

/// The files that a base in `folder` names, seen from the first preset.
fn name_from_base(tree: &mut Node, folder: &str, reach: Reach<'_>) {
    let mut paths = curves::places(tree);
    paths.push(Path::root().key("dictionary"));
    for path in paths {
        let Some(node) = tree.find(&path) else { continue };
        let Some(name) = node.text() else { continue };
        let named = Node::new(Value::String(from_base(folder, name, reach)), node.at.clone());
        // The path was found a moment ago.
        let _ = tree.set(&path, named);
    }
}

/// Parses a source that lies in `folder` and lays it over its base, and that over its own.
fn parse_with_bases(
    sources: &mut Vec<Source>,
    source: usize,
    folder: &str,
    reach: Reach<'_>,
    problems: &mut Vec<Problem>,
    depth: usize,
) -> Node {
    let (mut tree, mistakes) = Node::parse(sources, source);
    let syntax = !mistakes.is_empty();
    problems.extend(mistakes);
    check_version(&tree, sources, source, syntax, problems);
    if !folder.is_empty() {
        name_from_base(&mut tree, folder, reach);
    }
    let Value::Table(entries) = &mut tree.value else { return tree };
    let Some(index) = entries.iter().position(|e| e.key == "base") else { return tree };
    let Entry { node, .. } = entries.remove(index);
    let path = Path::root().key("base");
    let Some(name) = node.text() else {
        let problem = Problem::new(sources, &node.at, path, "the base is not a name".into());
        problems.push(problem.allowed("the name of a built-in preset, or a file beside this one"));
        return tree;
    };
    let name = &*from_base(folder, name, reach);
    let base = if depth == 0 {
        Err((format!("more than {BASE_DEPTH} presets lie over one another"), None))
    } else if let Some(preset) = built_in(name) {
        Ok((preset.text.to_owned(), SourceKind::BuiltIn))
    } else if !name.ends_with(".toml") {
        let hint = nearest_built_in(name);
        Err((format!("there is no preset called `{name}`"), hint.map(|n| format!("did you mean `{n}`?"))))
    } else {
        let text = reach.find(name).and_then(|path| read_text(&path, PRESET_LIMIT));
        let told = |error: FileError| (error.to_string(), error.hint().map(str::to_owned));
        text.map(|text| (text, SourceKind::File)).map_err(told)
    };
    match base {
        Ok((text, kind)) => {
            sources.push(Source { name: name.to_owned(), text, kind });
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            let below = parse_with_bases(sources, sources.len() - 1, folder, reach, problems, depth - 1);
            tree.over(below)
        }
        Err((message, hint)) => {
            let mut problem = Problem::new(sources, &node.at, path, message);
            problem.hint = hint;
            problems.push(problem);
            tree
        }
    }
}

fn check_version(tree: &Node, sources: &[Source], source: usize, syntax: bool, problems: &mut Vec<Problem>) {
    let path = Path::root().key("version");
    match tree.get("version").map(|node| (&node.value, &node.at)) {
        None if !syntax => {
            let at = At { source, span: 0..0 };
            let problem = Problem::new(sources, &at, Path::root(), "the key `version` is missing".into());
            problems.push(problem.hint(format!("write `version = {VERSION}` at the top")));
        }
        Some((Value::Integer(n), at)) if *n > i64::from(VERSION) => {
            let message = format!("version {n} is newer than this program");
            let problem = Problem::new(sources, at, path, message).allowed(VERSION.to_string());
            problems.push(problem.hint("a newer uproar can read it"));
        }
        Some((Value::Integer(n), at)) if *n < i64::from(VERSION) => {
            let problem = Problem::new(sources, at, path, format!("there is no version {n}"));
            problems.push(problem.allowed(VERSION.to_string()));
        }
        _ => {}
    }
}
