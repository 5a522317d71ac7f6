//! Cues, beats and intensity from files of markers, as sound editors write them.
//!
//! Reads three forms: a CSV with a heading (`time,do,line,who,amp`), the labels of Audacity (start, end and label
//! between tabs), and the region and marker list of Reaper (`#,Name,Start,End,Length`). Owns what a marker says and
//! where it goes in the tree. Does not own times (`scene`) or lines of a file ([`Page`]).

use crate::scene::{SceneError, Shape, parse_csv};

use super::{
    page::{Field, Page, spans},
    path::Path,
    problem::nearest,
    tree::{Node, Value, named},
};

/// What a cue can ask for.
const ACTIONS: [&str; 9] =
    ["call", "solo", "hush", "gasp", "roar", "cheer", "clap-start", "clap-stop", "release"];

/// Most markers of a file.
const MOST_MARKERS: usize = 10_000;

/// A marker.
struct Marker {
    time: Field,
    /// What it says.
    label: Field,
    line: Option<Field>,
    who: Option<Field>,
    amp: Option<Field>,
}

/// Lays a curve over the whole scene.
pub(crate) fn lay_intensity(page: &mut Page, tree: &mut Node) {
    match parse_csv(page.text, page.clock) {
        Ok(points) => {
            let span = 0..0;
            let point = |p: &crate::scene::Point| {
                let name = Shape::NAMES.iter().find(|(_, shape)| *shape == p.shape).map_or("linear", |n| n.0);
                let parts = [Value::Float(p.at_s), Value::Float(p.value), Value::String(name.to_owned())];
                page.node(Value::List(parts.map(|part| page.node(part, &span)).into()), &span)
            };
            let list = page.node(Value::List(points.iter().map(point).collect()), &span);
            // The top of a preset is a table: there is nothing to refuse.
            let _ = tree.set(&Path::root().key("intensity"), list);
        }
        Err(errors) => {
            let lines = page.lines();
            for error in errors {
                let SceneError::Csv { line, column, message } = error else {
                    page.wrong(&(0..0), error.to_string(), "");
                    continue;
                };
                let span = lines.get(line - 1).map_or(0..0, |field| {
                    let offset =
                        field.text.char_indices().nth(column - 1).map_or(field.text.len(), |(n, _)| n);
                    field.span.start + offset..field.span.end
                });
                page.wrong(&span, message, "a row is seconds,value or seconds,value,shape");
            }
        }
    }
}

/// Lays markers over a tree whose times are seconds.
pub(crate) fn lay(page: &mut Page, tree: &mut Node) {
    let markers = read(page);
    if markers.is_empty() && page.is_well() {
        page.wrong(&(0..0), "there is no marker in it", FORMS);
    }
    let mut points = Vec::new();
    let mut cues = Vec::new();
    for marker in markers {
        let Some(at_s) = page.time(&marker.time) else { continue };
        let label = marker.label.text.clone();
        let (word, rest) = label.split_once([' ', ':']).map_or((label.as_str(), ""), |(w, r)| (w, r.trim()));
        match word.to_lowercase().as_str() {
            "intensity" => match rest.trim_start_matches('=').trim().parse::<f64>() {
                Ok(value) if (0.0..=1.0).contains(&value) => points.push((at_s, value, marker.label.span)),
                _ => {
                    page.wrong(&marker.label.span, format!("`{rest}` is no intensity"), "write intensity 0.8")
                }
            },
            "beat" | "hit" => move_beat(page, tree, &marker, rest, word.eq_ignore_ascii_case("hit"), at_s),
            action if ACTIONS.contains(&action) => {
                cues.push((at_s, action.to_owned(), rest.to_owned(), marker))
            }
            _ if beat_named(tree, &label).is_some() => move_beat(page, tree, &marker, &label, false, at_s),
            _ => unknown(page, tree, &marker.label),
        }
    }
    for (at_s, action, rest, marker) in cues {
        add_cue(page, tree, at_s, &action, &rest, &marker);
    }
    if !points.is_empty() {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let point = |(at_s, value, span): &(f64, f64, std::ops::Range<usize>)| {
            let parts = [*at_s, *value].map(|x| page.node(Value::Float(x), span));
            page.node(Value::List(parts.into()), span)
        };
        let list = page.node(Value::List(points.iter().map(point).collect()), &(0..0));
        let _ = tree.set(&Path::root().key("intensity"), list);
    }
}

/// The three forms, for messages.
const FORMS: &str =
    "a CSV with the heading time,do,line,who,amp; labels of Audacity; markers of Reaper as CSV";

/// Every marker of a file in any of the forms.
fn read(page: &mut Page) -> Vec<Marker> {
    let lines: Vec<Field> = page
        .lines()
        .into_iter()
        .filter(|line| !line.text.trim().is_empty() && !line.text.trim_start().starts_with("# "))
        .collect();
    let Some(first) = lines.first() else { return Vec::new() };
    if lines.len() > MOST_MARKERS {
        page.wrong(&lines[MOST_MARKERS].span, format!("more than {MOST_MARKERS} markers"), "");
        return Vec::new();
    }
    if first.text.contains('\t') && !first.text.contains(',') {
        return lines.iter().filter_map(|line| label(page, line)).collect();
    }
    let heading: Vec<String> = first.split(',').iter().map(|f| f.text.to_lowercase()).collect();
    let column = |names: &[&str]| heading.iter().position(|h| names.contains(&h.as_str()));
    let (time, what) = (column(&["time", "at", "start"]), column(&["do", "name", "label", "cue"]));
    let (Some(time), Some(what)) = (time, what) else {
        page.wrong(&first.span, "this is no heading of markers", FORMS);
        return Vec::new();
    };
    let (line, who, amp) = (column(&["line"]), column(&["who"]), column(&["amp"]));
    let mut markers = Vec::new();
    for row in &lines[1..] {
        let fields = row.split(',');
        let field =
            |index: Option<usize>| index.and_then(|i| fields.get(i)).filter(|f| !f.text.is_empty()).cloned();
        match (field(Some(time)), field(Some(what))) {
            (Some(time), Some(label)) => {
                markers.push(Marker { time, label, line: field(line), who: field(who), amp: field(amp) });
            }
            (None, _) => page.wrong(&row.span, "the time is missing", "write it where the heading says"),
            (_, None) => {
                page.wrong(
                    &row.span,
                    "nothing is said about what happens",
                    "such as hush, or the name of a beat",
                );
            }
        }
    }
    markers
}

/// One label of Audacity; `None` for the line of frequencies that may follow one.
fn label(page: &mut Page, line: &Field) -> Option<Marker> {
    if line.text.starts_with('\\') {
        return None;
    }
    let fields = line.split('\t');
    match &fields[..] {
        [time, _, label] if !label.text.is_empty() => {
            Some(Marker { time: time.clone(), label: label.clone(), line: None, who: None, amp: None })
        }
        _ => {
            page.wrong(&line.span, "a label is start, end and text between tabs", FORMS);
            None
        }
    }
}

fn beat_named(tree: &Node, name: &str) -> Option<usize> {
    named(tree.get("beat").map_or(&[], Node::items), name)
}

fn names<'t>(tree: &'t Node, list: &str) -> Vec<&'t str> {
    let items = tree.get(list).map_or(&[][..], Node::items);
    items.iter().filter_map(|item| item.get("name").and_then(Node::text)).collect()
}

fn unknown(page: &mut Page, tree: &Node, label: &Field) {
    let beats = names(tree, "beat");
    let known = || ACTIONS.into_iter().chain(["intensity 0.8", "hit BEAT"]).chain(beats.iter().copied());
    let message = format!("nobody knows what `{}` means", label.text);
    let hint = match nearest(&label.text, known()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("known are: {}", known().collect::<Vec<_>>().join(", ")),
    };
    page.wrong(&label.span, message, hint);
}

/// Moves the start of a beat, or the first onset of its chant, to a time.
fn move_beat(page: &mut Page, tree: &mut Node, marker: &Marker, name: &str, hit: bool, at_s: f64) {
    let span = &marker.label.span;
    let Some(index) = beat_named(tree, name) else {
        let all = names(tree, "beat").join(", ");
        page.wrong(span, format!("there is no beat called `{name}`"), format!("beats are: {all}"));
        return;
    };
    let root = Path::root().key("beat");
    let before = spans(tree);
    let (start_s, length_s) = before[index];
    if hit {
        // Only a time inside the beat can be its own; others are told by the scene.
        let value = page.node(Value::Float(at_s - start_s), span);
        let _ = tree.set(&root.index(index).key("hit"), value);
        return;
    }
    if index == 0 && at_s > 0.0 {
        page.wrong(span, "the first beat begins with the scene, at 0", "move the beats after it");
        return;
    }
    if index > 0 && at_s <= before[index - 1].0 {
        let message = format!("`{name}` would begin at {at_s} s, before the beat that comes before it");
        page.wrong(span, message, "markers of beats stand in the order of the beats");
        return;
    }
    let _ = tree.set(&root.index(index).key("at"), page.node(Value::Float(at_s), span));
    if index > 0 {
        let (start_s, old_s) = before[index - 1];
        stretch(page, tree, index - 1, old_s, at_s - start_s, span);
    }
    // What has no length of its own ends where it ended.
    let has_seconds = tree.find(&root.index(index).key("seconds")).is_some();
    if !has_seconds && index + 1 == before.len() {
        let _ = tree.set(&root.index(index).key("seconds"), page.node(Value::Float(length_s.max(1.0)), span));
    }
}

/// Gives a beat another length; points of its intensity move along.
fn stretch(
    page: &Page,
    tree: &mut Node,
    index: usize,
    old_s: f64,
    new_s: f64,
    span: &std::ops::Range<usize>,
) {
    let beat = Path::root().key("beat").index(index);
    let _ = tree.set(&beat.key("seconds"), page.node(Value::Float(new_s), span));
    let curve = beat.key("intensity");
    let count = tree.find(&curve).map_or(0, |node| node.items().len());
    for point in 0..count {
        let path = curve.index(point).index(0);
        if let Some(at_s) = tree.find(&path).and_then(Node::number).filter(|_| old_s > 0.0) {
            let _ = tree.set(&path, page.node(Value::Float(at_s / old_s * new_s), span));
        }
    }
}

/// Adds a cue to the beat in which its time lies.
fn add_cue(page: &mut Page, tree: &mut Node, at_s: f64, action: &str, rest: &str, marker: &Marker) {
    let spans = spans(tree);
    let end_s = spans.last().map_or(0.0, |(start, length)| start + length);
    let Some(index) = spans.iter().rposition(|(start, _)| *start <= at_s + 1e-9).filter(|_| at_s <= end_s)
    else {
        let message = format!("{at_s} s lies after the end of the scene, at {end_s} s");
        page.wrong(&marker.time.span, message, "");
        return;
    };
    let mut entries = vec![
        ("at", Value::Float((at_s - spans[index].0).max(0.0))),
        ("do", Value::String(action.to_owned())),
    ];
    // `solo boy-left win`, `call spark`.
    let (mut who, mut line) = (None, None);
    if action == "solo" {
        (who, line) = match rest.split_once([' ', ':']) {
            Some((who, line)) => (Some(who.to_owned()), Some(line.trim().to_owned())),
            None => (Some(rest.to_owned()), None),
        };
    } else if action == "call" {
        line = Some(rest.to_owned());
    } else if !rest.is_empty() {
        page.wrong(&marker.label.span, format!("`{action}` takes nothing after it, not `{rest}`"), "");
    }
    let text = |field: &Option<Field>, other: Option<String>| {
        field.as_ref().map(|f| f.text.clone()).or(other).filter(|text| !text.is_empty())
    };
    let (who, line) = (text(&marker.who, who), text(&marker.line, line));
    entries.extend(who.map(|who| ("who", Value::String(who))));
    entries.extend(line.map(|line| ("line", Value::String(line))));
    if let Some(amp) = &marker.amp {
        match amp.text.parse::<f64>() {
            Ok(value) => entries.push(("amp", Value::Float(value))),
            Err(_) => page.wrong(&amp.span, format!("amp: `{}` is not a number", amp.text), "0 to 1"),
        }
    }
    let cue = page.table(entries, &marker.label.span);
    push(page, tree, &Path::root().key("beat").index(index).key("cues"), cue);
}

/// Adds an entry to a list, which is made if it is not there.
pub(crate) fn push(page: &Page, tree: &mut Node, path: &Path, entry: Node) {
    let span = entry.at.span.clone();
    let mut items = tree.find(path).map_or(Vec::new(), |node| node.items().to_vec());
    items.push(entry);
    let _ = tree.set(path, page.node(Value::List(items), &span));
}
