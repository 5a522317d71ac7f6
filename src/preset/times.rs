//! Times that are written as a picture counts them: `at = "01:00:10:12"`, `at = "250f"`.
//!
//! Owns their way into seconds, before anybody else looks at the tree. The arithmetic is the scene's.

use crate::scene::{FrameRate, PictureClock};

use super::{
    path::Path,
    problem::{Problem, Source},
    tree::{Node, Value},
};

/// What may stand where a time stands.
const ALLOWED: &str = "seconds, or in quotation marks: \"1:30\", frames \"250f\", a timecode \"01:00:10:12\"";

/// The clock of a preset; what is wrong with `fps` and `start` becomes a problem.
pub(crate) fn clock(
    tree: &mut Node,
    sources: &[Source],
    problems: &mut Vec<Problem>,
) -> Option<PictureClock> {
    let root = Path::root();
    let rate = tree.get("fps").and_then(|node| match node.value {
        Value::Integer(n) => Some(n.to_string()),
        Value::Float(x) => Some(x.to_string()),
        _ => node.text().map(str::to_owned),
    });
    // A wrong rate is told when the preset is read.
    let rate: Option<FrameRate> = rate.and_then(|text| text.parse().ok());
    let Some(node) = tree.get("start") else { return rate.map(|rate| PictureClock { rate, start: 0 }) };
    let (at, path) = (node.at.clone(), root.key("start"));
    let text = node.text()?.to_owned();
    let problem = match rate.map(|rate| (rate, rate.parse(&text))) {
        Some((rate, Ok(start))) => return Some(PictureClock { rate, start }),
        Some((_, Err(error))) => Problem::new(sources, &at, path.clone(), error.to_string()),
        None if tree.get("fps").is_some() => return None,
        None => {
            Problem::new(sources, &at, path.clone(), "a start needs the picture's frame rate as well".into())
                .allowed(format!("fps, one of {}", FrameRate::names()))
                .hint("say --fps 25, or write fps = \"25\" in the preset")
        }
    };
    problems.push(problem);
    tree.remove(&path);
    None
}

/// Turns every time that is written as text into seconds; returns where each beat starts, as far as that is known.
pub(crate) fn resolve(
    tree: &mut Node,
    clock: Option<&PictureClock>,
    sources: &[Source],
    problems: &mut Vec<Problem>,
) -> Vec<f64> {
    let mut resolver = Resolver { clock, sources, problems };
    let root = Path::root();
    let beats = tree.get("beat").map_or(0, |node| node.items().len());
    let mut starts = Vec::with_capacity(beats);
    let mut end_s = 0.0;
    for index in 0..beats {
        let beat = root.key("beat").index(index);
        resolver.time(tree, &beat.key("at"), Kind::Scene);
        resolver.time(tree, &beat.key("seconds"), Kind::Length);
        let number = |key: &str| tree.find(&beat.key(key)).and_then(Node::number);
        let start_s = number("at").unwrap_or(end_s);
        end_s = start_s + number("seconds").unwrap_or(0.0);
        starts.push(start_s);
    }
    for (index, start_s) in starts.iter().enumerate() {
        let beat = root.key("beat").index(index);
        resolver.time(tree, &beat.key("hit"), Kind::Beat(*start_s));
        for list in ["cues", "moves"] {
            let path = beat.key(list);
            for number in 0..tree.find(&path).map_or(0, |node| node.items().len()) {
                resolver.time(tree, &path.index(number).key("at"), Kind::Beat(*start_s));
            }
        }
        resolver.points(tree, &beat.key("intensity"), Kind::Beat(*start_s));
    }
    resolver.points(tree, &root.key("intensity"), Kind::Scene);
    starts
}

/// What a time counts from.
#[derive(Clone, Copy)]
enum Kind {
    /// The start of the scene.
    Scene,
    /// The start of a beat, which lies there; a timecode means the picture all the same.
    Beat(f64),
    /// Nothing: it is a length.
    Length,
}

struct Resolver<'r> {
    clock: Option<&'r PictureClock>,
    sources: &'r [Source],
    problems: &'r mut Vec<Problem>,
}

impl Resolver<'_> {
    fn points(&mut self, tree: &mut Node, path: &Path, kind: Kind) {
        for number in 0..tree.find(path).map_or(0, |node| node.items().len()) {
            self.time(tree, &path.index(number).index(0), kind);
        }
    }

    fn time(&mut self, tree: &mut Node, path: &Path, kind: Kind) {
        let Some(node) = tree.find(path).filter(|node| node.number().is_none()) else { return };
        let Some(text) = node.text().map(str::to_owned) else { return };
        let at = node.at.clone();
        match self.seconds(&text, kind) {
            // The path was found a moment ago.
            Ok(seconds) => drop(tree.set(path, Node::new(Value::Float(seconds), at))),
            Err(message) => {
                let problem = Problem::new(self.sources, &at, path.clone(), message);
                self.problems.push(problem.allowed(ALLOWED));
                tree.remove(path);
            }
        }
    }

    fn seconds(&self, text: &str, kind: Kind) -> Result<f64, String> {
        let timecode = text.matches([':', ';']).count() == 3;
        let seconds = match kind {
            // A length has no start to count from.
            Kind::Length => {
                let clock = self.clock.map(|clock| PictureClock { start: 0, ..*clock });
                PictureClock::read(clock.as_ref(), text)?
            }
            _ => PictureClock::read(self.clock, text)?,
        };
        match kind {
            Kind::Beat(start_s) if timecode && seconds < start_s - 1e-9 => {
                let label = self.clock.map_or(String::new(), |clock| clock.label_at(start_s));
                Err(format!("{text} comes before the beat, which begins at {label}"))
            }
            Kind::Beat(start_s) if timecode => Ok((seconds - start_s).max(0.0)),
            _ => Ok(seconds),
        }
    }
}
