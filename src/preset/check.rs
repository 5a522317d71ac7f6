//! What only shows when the parts of a preset are seen together: names that lead nowhere, times out of
//! order, words that nobody can say.
//!
//! Owns these rules. Works on the tree, so that every message has its line, and on the configs.

use std::path::Path as FilePath;

use super::{
    path::Path,
    problem::{Problem, Source, nearest},
    schema::Preset,
    tree::Node,
};

/// Adds everything that is wrong.
pub(crate) fn check(
    _preset: &Preset,
    tree: &Node,
    _folder: Option<&FilePath>,
    sources: &[Source],
    problems: &mut Vec<Problem>,
) {
    let mut checker = Checker { tree, sources, problems };
    for list in ["place", "beat"] {
        checker.names_differ(list);
    }
    checker.beats_name_places();
}

struct Checker<'c> {
    tree: &'c Node,
    sources: &'c [Source],
    problems: &'c mut Vec<Problem>,
}

impl Checker<'_> {
    fn wrong(&mut self, node: &Node, path: Path, message: String) -> &mut Problem {
        self.problems.push(Problem::new(self.sources, &node.at, path, message));
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    fn names_differ(&mut self, list: &str) {
        let Some(items) = self.tree.get(list) else { return };
        let mut seen: Vec<&str> = Vec::new();
        for (index, item) in items.items().iter().enumerate() {
            let Some(name) = item.get("name") else { continue };
            let Some(text) = name.text() else { continue };
            let path = Path::root().key(list).index(index).key("name");
            if text.is_empty() {
                self.wrong(name, path, "the name is empty".into());
            } else if seen.contains(&text) {
                self.wrong(name, path, format!("another {list} is called `{text}` already"));
            }
            seen.push(text);
        }
    }

    fn beats_name_places(&mut self) {
        let names: Vec<&str> = self
            .tree
            .get("place")
            .map_or(&[][..], Node::items)
            .iter()
            .filter_map(|p| p.get("name").and_then(Node::text))
            .collect();
        let Some(beats) = self.tree.get("beat") else { return };
        for (index, beat) in beats.items().iter().enumerate() {
            let Some(place) = beat.get("place") else { continue };
            let Some(text) = place.text() else { continue };
            if !names.contains(&text) {
                let path = Path::root().key("beat").index(index).key("place");
                let hint = nearest(text, names.iter().copied()).map(|n| format!("did you mean `{n}`?"));
                let problem = self.wrong(place, path, format!("there is no place called `{text}`"));
                problem.allowed = Some(names.join(", "));
                problem.hint = hint;
            }
        }
    }
}
