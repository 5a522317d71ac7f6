//! Intensity curves that a preset keeps in CSV files beside it.
//!
//! Owns finding and reading them, and putting their points where the name stood. The format is the scene's.

use crate::scene::{PictureClock, SceneError, Shape, parse_csv};

use super::{
    files::{BESIDE_LIMIT, Reach, read_text},
    path::Path,
    problem::{At, Problem, Source, SourceKind},
    tree::{Node, Value},
};

/// Where a preset may name a curve: over the whole scene, and in each beat.
pub(super) fn places(tree: &Node) -> Vec<Path> {
    let root = Path::root();
    let beats = tree.get("beat").map_or(0, |node| node.items().len());
    let of_beats = (0..beats).map(|index| root.key("beat").index(index).key("intensity"));
    std::iter::once(root.key("intensity")).chain(of_beats).collect()
}

/// Replaces every name of a CSV file by the points that it holds.
pub(crate) fn read_curves(
    tree: &mut Node,
    reach: Reach<'_>,
    clock: Option<&PictureClock>,
    sources: &mut Vec<Source>,
    problems: &mut Vec<Problem>,
) {
    for path in places(tree) {
        let Some((name, at)) =
            tree.find(&path).and_then(|node| Some((node.text()?.to_owned(), node.at.clone())))
        else {
            continue;
        };
        // Bare text on the command line may be a number.
        if tree.find(&path).is_some_and(|node| node.number().is_some()) {
            continue;
        }
        // Points of a beat count from its start, which no clock shows.
        let clock = clock.filter(|_| path.steps().len() == 1);
        match read_curve(&name, &at, reach, clock, sources) {
            Ok(points) => {
                // The path was found a moment ago.
                let _ = tree.set(&path, points);
            }
            Err(found) => {
                problems.extend(found.into_iter().map(|problem| Problem { path: path.clone(), ..problem }));
                tree.remove(&path);
            }
        }
    }
}

fn read_curve(
    name: &str,
    at: &At,
    reach: Reach<'_>,
    clock: Option<&PictureClock>,
    sources: &mut Vec<Source>,
) -> Result<Node, Vec<Problem>> {
    let wrong = |message: String| Problem::new(sources, at, Path::root(), message);
    if !name.to_lowercase().ends_with(".csv") {
        let problem = wrong(format!("`{name}` is no curve"));
        return Err(vec![problem.allowed("a number 0 to 1, points, or the name of a .csv file")]);
    }
    let text = reach.find(name).and_then(|file| read_text(&file, BESIDE_LIMIT));
    let text = text.map_err(|error| vec![wrong(error.to_string()).hinted(error.hint())])?;
    sources.push(Source { name: name.to_owned(), text: text.clone(), kind: SourceKind::File });
    let source = sources.len() - 1;
    match parse_csv(&text, clock) {
        Ok(points) => {
            let number = |x: f64| Node::new(Value::Float(x), at.clone());
            let point = |p: &crate::scene::Point| {
                let name = Shape::NAMES.iter().find(|(_, shape)| *shape == p.shape).map_or("linear", |n| n.0);
                let shape = Value::String(name.to_owned());
                let parts = vec![number(p.at_s), number(p.value), Node::new(shape, at.clone())];
                Node::new(Value::List(parts), at.clone())
            };
            Ok(Node::new(Value::List(points.iter().map(point).collect()), at.clone()))
        }
        Err(errors) => {
            let problem = |error: SceneError| match error {
                SceneError::Csv { line, column, message } => {
                    let start = text.split_inclusive('\n').take(line - 1).map(str::len).sum::<usize>();
                    let rest = text.get(start..).unwrap_or("");
                    let offset = rest.char_indices().nth(column - 1).map_or(rest.len(), |(n, _)| n);
                    let at = At { source, span: start + offset..start + offset };
                    Problem::new(sources, &at, Path::root(), message)
                }
                other => Problem::new(sources, at, Path::root(), other.to_string()),
            };
            Err(errors.into_iter().map(problem).collect())
        }
    }
}
