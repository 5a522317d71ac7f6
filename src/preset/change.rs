//! Changes to a preset from outside: `--set crowd.people=200` and the options that stand for one.
//!
//! Owns their notation and their way into the tree. Does not own what keys mean.

use crate::scene::PictureClock;

use super::{
    markers,
    page::Page,
    path::{Path, PathError},
    problem::{At, Problem, Source, SourceKind},
    subtitles,
    tree::{Node, SetError, Value},
};

/// What a change reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One key.
    One(Path),
    /// A key of every entry of a list.
    Every {
        /// The list.
        list: String,
        /// The key.
        key: String,
    },
    /// The timeline, by a file that is laid over it.
    Sheet(Sheet),
}

/// What a file that is laid over a timeline holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// The intensity over the whole scene: CSV.
    Intensity,
    /// Cues, beats and points of the intensity at their times: CSV, a list of markers or of labels.
    Cues,
    /// What the leader and the crowd say when: SRT.
    Subtitles,
}

/// A change to a preset from outside, such as `--set crowd.people=200`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// How the user asked for it, for messages: `--people 200`.
    pub option: String,
    /// What is changed.
    pub target: Target,
    /// The value as typed: TOML, or bare text.
    pub value: String,
    /// True if the value is text whatever it looks like.
    pub literal: bool,
}

impl Change {
    /// Reads `KEY=VALUE`.
    ///
    /// # Errors
    /// A message that says what is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((key, value)) = text.split_once('=') else {
            return Err("there is no `=`: write KEY=VALUE, such as crowd.people=200".into());
        };
        let path = Path::parse(key).map_err(|error| error.to_string())?;
        let option = format!("--set {text}");
        Ok(Self { option, target: Target::One(path), value: value.to_owned(), literal: false })
    }

    /// A change made by an option with a name of its own.
    ///
    /// # Errors
    /// As [`Path::parse`].
    pub fn new(option: &str, path: &str, value: &str, literal: bool) -> Result<Self, PathError> {
        let target = Target::One(Path::parse(path)?);
        Ok(Self { option: format!("{option} {value}"), target, value: value.to_owned(), literal })
    }

    /// A text for a key of every entry of a list.
    pub fn every(option: &str, list: &str, key: &str, value: &str) -> Self {
        Self {
            option: format!("{option} {value}"),
            target: Target::Every { list: list.to_owned(), key: key.to_owned() },
            value: value.to_owned(),
            literal: true,
        }
    }

    /// A file that is laid over the timeline once all other changes have been made; `name` stands in messages.
    pub fn sheet(sheet: Sheet, name: &str, text: String) -> Self {
        Self { option: name.to_owned(), target: Target::Sheet(sheet), value: text, literal: true }
    }

    /// Lays a file over the timeline; other changes do nothing here.
    pub(crate) fn lay(
        &self,
        tree: &mut Node,
        clock: Option<&PictureClock>,
        sources: &mut Vec<Source>,
        problems: &mut Vec<Problem>,
    ) {
        let Target::Sheet(sheet) = self.target else { return };
        let source = sources.len();
        let (name, text) = (self.option.clone(), self.value.clone());
        sources.push(Source { name, text, kind: SourceKind::File });
        let mut page = Page::new(&self.value, source, clock);
        match sheet {
            Sheet::Intensity => markers::lay_intensity(&mut page, tree),
            Sheet::Cues => markers::lay(&mut page, tree),
            Sheet::Subtitles => subtitles::lay(&mut page, tree),
        }
        problems.extend(page.problems(sources));
    }

    /// Applies the change; what is wrong with it becomes a problem.
    pub(crate) fn apply(&self, tree: &mut Node, sources: &mut Vec<Source>, problems: &mut Vec<Problem>) {
        if matches!(self.target, Target::Sheet(_)) {
            return;
        }
        let source = sources.len();
        let (name, text) = (self.option.clone(), self.value.clone());
        sources.push(Source { name, text, kind: SourceKind::Option });
        let at = At { source, span: 0..self.value.len() };
        let value = if self.literal {
            Node::new(Value::String(self.value.clone()), at.clone())
        } else {
            Node::parse_value(&self.value, source)
        };
        match &self.target {
            Target::Sheet(_) => {}
            Target::One(path) if FIXED.contains(&path.to_string().as_str()) => {
                let message = format!("`{path}` belongs to the file that is read and cannot be set");
                problems.push(Problem::new(sources, &at, path.clone(), message));
            }
            Target::One(path) => {
                if let Err(error) = tree.set(path, value) {
                    problems.push(refused(sources, &at, error));
                }
            }
            Target::Every { list, key } => {
                let count = tree.get(list).map_or(0, |node| node.items().len());
                for index in 0..count {
                    let path = Path::root().key(list).index(index).key(key);
                    if let Err(error) = tree.set(&path, value.clone()) {
                        problems.push(refused(sources, &at, error));
                    }
                }
            }
        }
    }
}

/// Keys that say how the file itself is to be read.
const FIXED: [&str; 2] = ["version", "base"];

fn refused(sources: &[Source], at: &At, error: SetError) -> Problem {
    let mut problem = Problem::new(sources, at, error.path, error.message);
    problem.allowed = error.allowed;
    problem.hint = error.hint;
    problem
}
