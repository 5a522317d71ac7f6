//! What only shows when the parts of a preset are seen together: names that lead nowhere, words that
//! nobody can say, files that are not there.
//!
//! Owns these rules. Works on the tree, so that every message has its line.

use crate::text::{self, Language, Lexicon};

use super::{
    files::{BESIDE_LIMIT, Reach, read_text},
    path::Path,
    problem::{At, Problem, Source, nearest},
    tree::{Node, Value},
};

/// Lists whose entries have names of their own.
const NAMED: [&str; 5] = ["place", "beat", "line", "solo", "speaker"];

/// Adds everything that is wrong with names.
pub(crate) fn names(tree: &Node, sources: &[Source], problems: &mut Vec<Problem>) {
    let mut checker = Checker { tree, sources, problems };
    for list in NAMED {
        checker.names_differ(list);
    }
    checker.beats_name("place", "place", &[]);
    checker.beats_name("phrase", "line", &[]);
    checker.cues();
    for (list, key, names, also) in [("line", "by", "solo", &BY[..]), ("solo", "through", "speaker", &[])] {
        for (index, entry) in items(tree, list).iter().enumerate() {
            if let Some(node) = entry.get(key) {
                checker.name_of(node, Path::root().key(list).index(index).key(key), names, also);
            }
        }
    }
}

/// Adds what is missing altogether.
pub(crate) fn missing(tree: &Node, sources: &[Source], problems: &mut Vec<Problem>) {
    let mut checker = Checker { tree, sources, problems };
    let top = At { source: 0, span: 0..0 };
    if tree.get("phrase").is_none() {
        let message = "the key `phrase` is missing: what does the crowd chant?".into();
        checker.wrong(&top, Path::root(), message);
    }
    if tree.get("beat").is_none_or(|node| node.items().is_empty() && node.value != Value::Removed) {
        checker.wrong(&top, Path::root(), "there is no [[beat]]: nothing happens".into());
    }
}

/// Stands for a phrase that is wrong while the lines around it are checked; can be said in every language.
const SAYABLE: &str = "{AA1}";

/// Who may say a line, beside soloists.
const BY: [&str; 7] = ["woman", "man", "girl", "boy", "child", "adult", "leader"];

/// Adds every phrase that cannot be said.
pub(crate) fn phrases(
    tree: &Node,
    language: Language,
    lexicon: &Lexicon,
    sources: &[Source],
    problems: &mut Vec<Problem>,
) {
    let mut checker = Checker { tree, sources, problems };
    let main = tree.get("phrase").and_then(Node::text);
    let before = checker.problems.len();
    if let Some(node) = tree.get("phrase") {
        checker.phrase(node, Path::root().key("phrase"), None, language, lexicon);
    }
    // A phrase that cannot be said is told once, not again for every line that repeats it.
    let main = if checker.problems.len() > before { Some(SAYABLE) } else { main };
    for (index, line) in items(tree, "line").iter().enumerate() {
        if let Some(node) = line.get("text") {
            let path = Path::root().key("line").index(index).key("text");
            checker.phrase(node, path, main, language, lexicon);
        } else if matches!(line.value, Value::Table(_)) {
            let path = Path::root().key("line").index(index);
            checker.wrong(&line.at, path, "the key `text` is missing: what is said?".into());
        }
    }
}

/// A dictionary of a preset's own.
pub(crate) struct Dictionary {
    /// As the preset names it.
    pub name: String,
    /// What the file holds.
    pub text: String,
    /// The same, read.
    pub lexicon: Lexicon,
}

/// Reads the dictionary that a preset names; `None` if it names none or a wrong one.
pub(crate) fn dictionary(
    tree: &Node,
    reach: Reach<'_>,
    sources: &[Source],
    problems: &mut Vec<Problem>,
) -> Option<Dictionary> {
    let node = tree.get("dictionary")?;
    let name = node.text()?;
    let path = Path::root().key("dictionary");
    let text = match reach.find(name).and_then(|file| read_text(&file, BESIDE_LIMIT)) {
        Ok(text) => text,
        Err(error) => {
            let problem = Problem::new(sources, &node.at, path, error.to_string());
            problems.push(problem.hinted(error.hint()));
            return None;
        }
    };
    match Lexicon::with_user(name, &text) {
        Ok(lexicon) => Some(Dictionary { name: name.to_owned(), text, lexicon }),
        Err(error) => {
            problems.push(Problem::new(sources, &node.at, path, error.to_string()).hint(error.hint()));
            None
        }
    }
}

fn items<'t>(tree: &'t Node, list: &str) -> &'t [Node] {
    tree.get(list).map_or(&[], Node::items)
}

struct Checker<'c> {
    tree: &'c Node,
    sources: &'c [Source],
    problems: &'c mut Vec<Problem>,
}

impl Checker<'_> {
    fn wrong(&mut self, at: &At, path: Path, message: String) -> &mut Problem {
        self.problems.push(Problem::new(self.sources, at, path, message));
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    fn names_differ(&mut self, list: &str) {
        let mut seen: Vec<&str> = Vec::new();
        for (index, item) in items(self.tree, list).iter().enumerate() {
            let Some((node, name)) = item.get("name").and_then(|n| Some((n, n.text()?))) else { continue };
            let path = Path::root().key(list).index(index).key("name");
            if name.is_empty() {
                self.wrong(&node.at, path, "the name is empty".into());
            } else if seen.contains(&name) {
                self.wrong(&node.at, path, format!("another {list} is called `{name}` already"));
            }
            seen.push(name);
        }
    }

    /// The names of a list's entries.
    fn names_of(&self, list: &str) -> Vec<&str> {
        items(self.tree, list).iter().filter_map(|p| p.get("name").and_then(Node::text)).collect()
    }

    /// Checks that `key` of every beat is a name from `list` or one of `also`.
    fn beats_name(&mut self, key: &str, list: &str, also: &[&str]) {
        for (index, beat) in items(self.tree, "beat").iter().enumerate() {
            if let Some(node) = beat.get(key) {
                self.name_of(node, Path::root().key("beat").index(index).key(key), list, also);
            }
        }
    }

    fn name_of(&mut self, node: &Node, path: Path, list: &str, also: &[&str]) {
        let Some(name) = node.text() else { return };
        let mut names = self.names_of(list);
        names.extend(also);
        if names.contains(&name) {
            return;
        }
        let hint = nearest(name, names.iter().copied()).map(|n| format!("did you mean `{n}`?"));
        let allowed =
            if names.is_empty() { format!("none: there is no [[{list}]]") } else { names.join(", ") };
        let problem = self.wrong(&node.at, path, format!("there is no {list} called `{name}`"));
        problem.allowed = Some(allowed);
        problem.hint = hint;
    }

    /// Checks the words of cues and moves: lines, soloists and places that do not exist.
    fn cues(&mut self) {
        for (index, beat) in items(self.tree, "beat").iter().enumerate() {
            if let Some(moves) = beat.get("moves") {
                for (number, step) in moves.items().iter().enumerate() {
                    if let Some(node) = step.get("place") {
                        let path = Path::root().key("beat").index(index).key("moves").index(number);
                        self.name_of(node, path.key("place"), "place", &[]);
                    }
                }
            }
            let Some(cues) = beat.get("cues") else { continue };
            for (number, cue) in cues.items().iter().enumerate() {
                let path = Path::root().key("beat").index(index).key("cues").index(number);
                if let Some(node) = cue.get("line") {
                    self.name_of(node, path.key("line"), "line", &[]);
                }
                if let Some(node) = cue.get("who") {
                    self.name_of(node, path.key("who"), "solo", &["leader"]);
                }
            }
        }
    }

    /// Reads words; `main` is what `$phrase` stands for in them.
    fn phrase(&mut self, node: &Node, path: Path, main: Option<&str>, language: Language, lexicon: &Lexicon) {
        let Some(typed) = node.text() else { return };
        let words = typed.replace("$phrase", main.unwrap_or("$phrase"));
        let Err(error) = text::read(&words, language, lexicon) else { return };
        let span = error.span().filter(|_| words == typed);
        let at = span.and_then(|span| self.within(node, typed, span)).unwrap_or(node.at.clone());
        let hint = error.hint();
        self.wrong(&at, path, error.to_string()).hint = Some(hint);
    }

    /// Where a part of a string stands, if the string is written without escapes.
    fn within(&self, node: &Node, words: &str, span: std::ops::Range<usize>) -> Option<At> {
        if !matches!(node.value, Value::String(_)) {
            return None;
        }
        let written = self.sources.get(node.at.source)?.text.get(node.at.span.clone())?;
        let start = node.at.span.start + written.find(words)?;
        let plain = written.trim_matches(['"', '\'']) == words;
        plain.then(|| At { source: node.at.source, span: start + span.start..start + span.end })
    }
}
