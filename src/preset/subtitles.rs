//! Subtitles as a timeline: who says what when, from an SRT file.
//!
//! Every subtitle becomes a phrase at its time. A name before a colon says whose it is: `CROWD:` (also `ALL:`,
//! `EVERYBODY:`, or no name) the crowd's, which chants it until the subtitle ends; a soloist's name that soloist's;
//! `LEADER:` or one other name, such as `KYOUKA:`, the leader's. A subtitle that is only `[hush]`, `[gasp]`,
//! `[roar]`, `[cheer]` or `[release]` is that cue. Between its lines the crowd murmurs. The beats of the preset are
//! replaced; its people, places and other lines stay.
//!
//! Owns reading SRT and building beats, lines and cues. Does not own how they sound.

use std::ops::Range;

use crate::scene::LEAST_LEAD_S;

use super::{
    markers::push,
    page::{Field, Page},
    path::Path,
    tree::{Node, Value, named},
};

/// Names that mean the crowd.
const CROWD: [&str; 7] = ["crowd", "all", "everybody", "everyone", "people", "chorus", "street"];

/// Cues that a subtitle may be.
const CUES: [&str; 5] = ["hush", "gasp", "roar", "cheer", "release"];

/// Most subtitles of a file.
const MOST: usize = 4000;

/// Gaps shorter than this belong to the line before them, seconds.
const SHORTEST_GAP_S: f64 = 0.05;

/// The scene goes on after the last line, seconds.
const AFTER_S: f64 = 3.0;

/// How excited the crowd is while it murmurs, and while it chants.
const MURMUR: f64 = 0.1;
const CHANT: f64 = 0.95;

/// What one subtitle says.
struct Said {
    from_s: f64,
    to_s: f64,
    /// Where its time and its words stand.
    time: Range<usize>,
    words: Field,
    who: Who,
}

#[derive(Clone, PartialEq)]
enum Who {
    Crowd,
    Leader,
    Solo(String),
    Cue(&'static str),
}

/// Lays subtitles over a tree.
pub(crate) fn lay(page: &mut Page, tree: &mut Node) {
    let mut said = read(page, tree);
    if said.is_empty() && page.is_well() {
        page.wrong(&(0..0), "there is no subtitle in it", FORM);
    }
    if !page.is_well() {
        return;
    }
    said.sort_by(|a, b| a.from_s.total_cmp(&b.from_s));
    shift(page, &mut said);
    for one in said.iter().filter(|one| one.from_s < LEAST_LEAD_S && !matches!(one.who, Who::Cue(_))) {
        let message = "nobody can be heard in the first second of a scene: breath is drawn first";
        page.wrong(&one.time, message, "from 00:00:01,000 on, counted from the start");
    }
    if page.is_well() {
        build(page, tree, &said);
    }
}

/// How a subtitle is written.
const FORM: &str =
    "a subtitle is a number, a line such as 00:00:01,000 --> 00:00:03,500, its words, and an empty line";

fn read(page: &mut Page, tree: &Node) -> Vec<Said> {
    let lines = page.lines();
    let solos: Vec<String> = tree
        .get("solo")
        .map_or(&[][..], Node::items)
        .iter()
        .filter_map(|solo| solo.get("name").and_then(Node::text).map(str::to_owned))
        .collect();
    let mut leader: Option<String> = None;
    let mut said: Vec<Said> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = &lines[at];
        if line.text.trim().is_empty() {
            at += 1;
            continue;
        }
        if !line.text.contains("-->") && line.text.trim().bytes().all(|b| b.is_ascii_digit()) {
            at += 1;
        }
        let Some(line) = lines.get(at).filter(|line| line.text.contains("-->")) else {
            page.wrong(
                &lines[at.min(lines.len() - 1)].span,
                "the times of a subtitle should stand here",
                FORM,
            );
            // On to the next one.
            while lines.get(at).is_some_and(|line| !line.text.trim().is_empty()) {
                at += 1;
            }
            continue;
        };
        at += 1;
        let words: Vec<&Field> = lines[at..].iter().take_while(|line| !line.text.trim().is_empty()).collect();
        at += words.len();
        let Some((from_s, to_s)) = times(page, line) else { continue };
        if words.is_empty() {
            page.wrong(&line.span, "this subtitle says nothing", FORM);
        }
        // Several people may speak in one subtitle, a line each.
        let mut first = true;
        for words in words {
            let (name, words) = speaker(words);
            match (name, said.last_mut()) {
                (None, Some(last)) if !first => {
                    last.words.text = format!("{} {}", last.words.text, words.text).trim().to_owned();
                    last.words.span.end = words.span.end;
                }
                (name, _) => {
                    let who = who(page, name.as_ref(), &solos, &mut leader);
                    said.push(Said { from_s, to_s, time: line.span.clone(), words, who });
                }
            }
            first = false;
        }
        if said.len() > MOST {
            page.wrong(&line.span, format!("more than {MOST} subtitles"), "render parts of it");
            return said;
        }
    }
    for one in &mut said {
        let bare = one.words.text.trim_start_matches('[').trim_end_matches(']').to_lowercase();
        if let Some(cue) = CUES.iter().find(|cue| one.words.text.starts_with('[') && **cue == bare) {
            one.who = Who::Cue(cue);
        } else if one.words.text.is_empty() {
            page.wrong(&one.words.span, "there are no words after the name", FORM);
        }
    }
    said
}

/// The two times of a subtitle.
fn times(page: &mut Page, line: &Field) -> Option<(f64, f64)> {
    let arrow = line.text.find("-->")?;
    // Players put positions behind the second time.
    let rest = line.part(arrow + 3..line.text.len());
    let end = rest.text.split_whitespace().next().map_or(0, str::len);
    let sides = [line.part(0..arrow), rest.part(0..end)];
    let mut seconds = [0.0; 2];
    for (side, seconds) in sides.iter().zip(&mut seconds) {
        match time(&side.text) {
            Some(value) => *seconds = value,
            None => {
                let span = if side.span.is_empty() { &line.span } else { &side.span };
                page.wrong(span, format!("`{}` is no time of a subtitle", side.text), "such as 00:01:02,500");
                return None;
            }
        }
    }
    if seconds[1] <= seconds[0] {
        page.wrong(&line.span, "the subtitle ends before it begins", "exchange its times");
        return None;
    }
    Some((seconds[0], seconds[1]))
}

/// Hours, minutes, seconds and milliseconds, as a time in seconds.
fn time(text: &str) -> Option<f64> {
    let (whole, thousandths) = text.split_once([',', '.']).unwrap_or((text, "0"));
    let number = |text: &str, most: usize| {
        let digits = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if digits { text.parse::<u32>().ok() } else { None }
    };
    let fields: Vec<&str> = whole.split(':').collect();
    let [hours, minutes, seconds] = fields[..] else { return None };
    let (hours, minutes, seconds) = (number(hours, 2)?, number(minutes, 2)?, number(seconds, 2)?);
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let part = f64::from(number(thousandths, 3)?) / 10f64.powi(thousandths.len() as i32);
    Some(f64::from(hours * 3600 + minutes * 60 + seconds) + part)
}

/// Parts `NAME: words`, without marks of layout.
fn speaker(line: &Field) -> (Option<Field>, Field) {
    let start = line.text.len() - line.text.trim_start_matches(['-', '–', ' ']).len();
    let mut field = line.part(start..line.text.len());
    field.text = without_tags(&field.text);
    let Some((name, words)) = field.text.split_once(':') else { return (None, field) };
    // A name is short and is not itself speech or a mark.
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '\''));
    // A time of day is no name: "AT 12:30".
    let digit = |c: char| c.is_ascii_digit();
    let time = name.ends_with(digit) && words.starts_with(digit);
    let named = plain && !time && !name.trim().is_empty() && name.split_whitespace().count() <= 3;
    if !named {
        return (None, field);
    }
    let name = Field { text: name.trim().to_owned(), span: field.span.clone() };
    let words = Field { text: words.trim().to_owned(), span: field.span };
    (Some(name), words)
}

/// The words without `<i>` and `{\an8}`.
fn without_tags(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['<', '{']) {
        let (open, close) = if rest[at..].starts_with('<') { ("<", '>') } else { ("{\\", '}') };
        let end = rest[at..].find(close).filter(|_| rest[at..].starts_with(open));
        match end {
            Some(end) => {
                out += &rest[..at];
                rest = &rest[at + end + 1..];
            }
            None => {
                out += &rest[..at + 1];
                rest = &rest[at + 1..];
            }
        }
    }
    (out + rest).trim().to_owned()
}

fn who(page: &mut Page, name: Option<&Field>, solos: &[String], leader: &mut Option<String>) -> Who {
    let Some(field) = name else { return Who::Crowd };
    let lower = field.text.to_lowercase();
    if CROWD.contains(&lower.as_str()) {
        return Who::Crowd;
    }
    if let Some(solo) = solos.iter().find(|solo| solo.to_lowercase() == lower) {
        return Who::Solo(solo.clone());
    }
    if lower == "leader" || leader.as_ref().is_none_or(|known| *known == lower) {
        if lower != "leader" {
            *leader = Some(lower);
        }
        return Who::Leader;
    }
    let known = leader.as_deref().unwrap_or("").to_uppercase();
    let mut names = vec!["CROWD".to_owned(), format!("{known} (the leader)")];
    names.extend(solos.iter().cloned());
    let message = format!("nobody is called `{}`", field.text);
    let hint = format!("known are {}; a [[solo]] of the preset can have that name", names.join(", "));
    page.wrong(&field.span, message, hint);
    Who::Crowd
}

/// Takes the start of the picture from times that count from it.
fn shift(page: &mut Page, said: &mut [Said]) {
    let Some(clock) = page.clock else { return };
    let start_s = clock.rate.seconds(clock.start);
    let early: Vec<&Said> = said.iter().filter(|one| one.from_s < start_s - 1e-9).collect();
    if early.len() == said.len() {
        // All of them count from the beginning of the scene.
        return;
    }
    if let Some(one) = early.first() {
        let label = clock.rate.label(clock.start);
        let message = format!("this comes before the start, {label}, and others come after it");
        page.wrong(
            &one.time.clone(),
            message,
            "all times count from 0, or all from midnight as the start does",
        );
        return;
    }
    for one in said {
        one.from_s -= start_s;
        one.to_s -= start_s;
    }
}

/// Puts beats, lines and cues in the place of the preset's own.
fn build(page: &Page, tree: &mut Node, said: &[Said]) {
    let root = Path::root();
    let text = |text: &str| Value::String(text.to_owned());
    let place = tree.find(&root.key("beat").index(0).key("place")).and_then(Node::text).map(str::to_owned);
    let whole = 0..0;
    let mut lines: Vec<(&Who, &str, String)> = Vec::new();
    let mut line_of = Vec::new();
    for one in said {
        let known = lines.iter().find(|(who, words, _)| **who == one.who && *words == one.words.text);
        let name = match (&one.who, known) {
            (Who::Cue(_), _) => String::new(),
            (_, Some((.., name))) => name.clone(),
            (who, None) => {
                let number = lines.len() + 1;
                let name = free_name(tree, "line", "line", number);
                let mut entries = vec![("name", text(&name)), ("text", text(&one.words.text))];
                entries.push((
                    "as",
                    text(match who {
                        Who::Leader => "leader",
                        Who::Solo(_) => "solo",
                        _ => "chant",
                    }),
                ));
                if let Who::Solo(solo) = who {
                    entries.push(("by", text(solo)));
                }
                push(page, tree, &root.key("line"), page.table(entries, &one.words.span));
                lines.push((who, &one.words.text, name.clone()));
                name
            }
        };
        line_of.push(name);
    }
    if said.iter().any(|one| one.who == Who::Leader) && tree.get("leader").is_none() {
        let _ = tree.set(&root.key("leader"), page.table(Vec::new(), &whole));
    }
    // The scene's own curve was drawn for the beats that go.
    tree.remove_key("intensity");
    let mut beats: Vec<(f64, f64, Node)> = Vec::new();
    let beat = |name: String, from_s: f64, to_s: f64, more: Vec<(&str, Value)>, span: &Range<usize>| {
        let mut entries = vec![("name", Value::String(name)), ("seconds", Value::Float(to_s - from_s))];
        entries.extend(more);
        (from_s, to_s, page.table(entries, span))
    };
    let murmur = |from_s: f64, to_s: f64, number: usize| {
        let more = vec![("doing", text("murmur")), ("intensity", Value::Float(MURMUR))];
        beat(format!("between {number}"), from_s, to_s, more, &whole)
    };
    let mut now_s = 0.0;
    let chants: Vec<(&Said, &String)> =
        said.iter().zip(&line_of).filter(|(one, _)| one.who == Who::Crowd).collect();
    for (n, (one, line)) in chants.iter().enumerate() {
        // Two at once: the later one wins.
        if beats.len() > 1 && beats.last().is_some_and(|last| one.from_s - last.0 < SHORTEST_GAP_S) {
            beats.pop();
            now_s = beats.last().map_or(0.0, |last| last.1);
        }
        if one.from_s - now_s >= SHORTEST_GAP_S {
            beats.push(murmur(now_s, one.from_s, n + 1));
        } else if let Some(last) = beats.last_mut() {
            let _ = last.2.set(&root.key("seconds"), page.node(Value::Float(one.from_s - last.0), &whole));
            last.1 = one.from_s;
        }
        let next_s = chants.get(n + 1).map_or(f64::INFINITY, |(next, _)| next.from_s);
        // Where they overlap the later one wins when it comes.
        let to_s = one.to_s.min(next_s).max(one.from_s + SHORTEST_GAP_S);
        let more = vec![
            ("doing", text("chant")),
            ("phrase", text(line)),
            ("intensity", Value::Float(CHANT)),
            ("hit", Value::Float(0.0)),
        ];
        beats.push(beat(format!("crowd {}", n + 1), one.from_s, to_s, more, &one.time));
        now_s = to_s;
    }
    let last_s = said.iter().map(|one| one.to_s).fold(now_s, f64::max);
    beats.push(murmur(now_s, last_s + AFTER_S, chants.len() + 1));
    if let (Some(place), Some(first)) = (place, beats.first_mut()) {
        let _ = first.2.set(&root.key("place"), page.node(Value::String(place), &whole));
    }
    for (one, line) in said.iter().zip(&line_of) {
        let action = match &one.who {
            Who::Crowd => continue,
            Who::Leader => "call",
            Who::Solo(_) => "solo",
            Who::Cue(cue) => cue,
        };
        let Some(at) = beats.iter().rposition(|(from_s, ..)| *from_s <= one.from_s + 1e-9) else { continue };
        let mut entries =
            vec![("at", Value::Float((one.from_s - beats[at].0).max(0.0))), ("do", text(action))];
        if !matches!(one.who, Who::Cue(_)) {
            entries.push(("line", text(line)));
            entries.push(("hit", Value::Boolean(true)));
        }
        if let Who::Solo(solo) = &one.who {
            entries.push(("who", text(solo)));
        }
        push(page, &mut beats[at].2, &root.key("cues"), page.table(entries, &one.time));
    }
    let beats = beats.into_iter().map(|(.., node)| node).collect();
    let _ = tree.set(&root.key("beat"), page.node(Value::List(beats), &whole));
}

/// A name that no entry of the list has yet.
fn free_name(tree: &Node, list: &str, stem: &str, number: usize) -> String {
    let items = tree.get(list).map_or(&[][..], Node::items);
    let mut name = format!("{stem} {number}");
    while named(items, &name).is_some() {
        name.push('\'');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_subtitles_are_read_and_others_are_not() {
        assert_eq!(time("01:02:03,500"), Some(3723.5));
        assert_eq!(time("0:00:01.25"), Some(1.25));
        for wrong in ["1:02", "00:60:00,000", "00:00:61,000", "aa:00:00,0", "00:00:01,0000", "-1:00:00,0", ""]
        {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_before_a_colon_are_told_from_words() {
        let line = |text: &str| {
            let (name, words) = speaker(&Field { text: text.into(), span: 0..text.len() });
            (name.map(|n| n.text), words.text)
        };
        assert_eq!(line("KYOUKA: COME ON!"), (Some("KYOUKA".into()), "COME ON!".into()));
        assert_eq!(line("- <i>CROWD: All Might!</i>"), (Some("CROWD".into()), "All Might!".into()));
        assert_eq!(line("{\\an8}get up"), (None, "get up".into()));
        assert_eq!(line("{AO1 L} go"), (None, "{AO1 L} go".into()));
        assert_eq!(line("what is this thing, now: go"), (None, "what is this thing, now: go".into()));
    }
}
