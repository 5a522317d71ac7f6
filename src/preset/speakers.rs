//! Loudspeaker layouts from files.
//!
//! Owns the keys of such a file and what is allowed: `title` and a list `[[channel]]` of `name`, `azimuth_deg`
//! (clockwise from straight ahead), `elevation_deg`, `distance_m`, `speaker` (its place among the speakers of a WAV file) and
//! `lfe`. Does not own panning.

use std::path::Path as FilePath;

use crate::space::{Channel, ChannelLayout, LAYOUTS, MAX_CHANNELS, Rendering, SPEAKER_BITS};

use super::{
    files::{PRESET_LIMIT, read_text},
    load::{PresetError, Report, tidy},
    path::Path,
    problem::{At, Problem, Source, SourceKind, nearest},
    tree::{Entry, Node, Value},
};

/// The keys of a channel.
const KEYS: [&str; 6] = ["name", "azimuth_deg", "elevation_deg", "distance_m", "speaker", "lfe"];

/// How far a loudspeaker may stand from the listener, metres.
const DISTANCES_M: [f64; 2] = [0.3, 100.0];

/// Finds a layout: a built-in by its name, or a file by its path.
///
/// # Errors
/// [`PresetError`]; [`PresetError::Invalid`] names every mistake at once.
pub fn load_layout(what: &str) -> Result<ChannelLayout, PresetError> {
    if let Some(layout) = ChannelLayout::named(what) {
        return Ok(layout);
    }
    let path = FilePath::new(what);
    if !(what.ends_with(".toml") || what.contains(['/', '\\']) || path.is_file()) {
        let names = LAYOUTS.map(|(name, _)| name);
        return Err(PresetError::UnknownLayout {
            name: what.to_owned(),
            nearest: nearest(what, names).map(str::to_owned),
            names: names.join(", "),
        });
    }
    Ok(read_layout(what, &read_text(path, PRESET_LIMIT)?)?)
}

/// Reads a layout from its text; `name` stands in messages.
///
/// # Errors
/// Every mistake with its line and column.
pub fn read_layout(name: &str, text: &str) -> Result<ChannelLayout, Report> {
    let sources = [Source { name: name.to_owned(), text: text.to_owned(), kind: SourceKind::File }];
    let (tree, problems) = Node::parse(&sources, 0);
    let syntax = problems.len();
    let mut reader = Reader { sources: &sources, problems };
    let layout = reader.layout(name, &tree);
    match reader.problems.is_empty() {
        true => Ok(layout),
        false => Err(Report { name: name.to_owned(), problems: tidy(reader.problems, syntax) }),
    }
}

struct Reader<'s> {
    sources: &'s [Source],
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn layout(&mut self, name: &str, tree: &Node) -> ChannelLayout {
        self.unknown_keys(tree, &Path::root(), &["title", "channel"]);
        let title = match tree.get("title") {
            None => FilePath::new(name).file_stem().map_or(name.into(), |s| s.to_string_lossy().into_owned()),
            Some(node) => match node.text() {
                Some(text) if (1..=60).contains(&text.chars().count()) => text.to_owned(),
                _ => {
                    self.wrong(&node.at, Path::root().key("title"), "this is no title", "1 to 60 characters");
                    String::new()
                }
            },
        };
        let list = Path::root().key("channel");
        let items = tree.get("channel").map(Node::items).unwrap_or_default();
        if !(1..=MAX_CHANNELS).contains(&items.len()) {
            let at = tree.get("channel").map_or(&tree.at, |node| &node.at);
            let message = format!("a layout has channels, not {}", items.len());
            self.wrong(at, list.clone(), &message, &format!("1 to {MAX_CHANNELS} tables [[channel]]"));
        }
        let mut channels = Vec::new();
        for (index, node) in items.iter().enumerate() {
            channels.push(self.channel(node, &list.index(index)));
        }
        self.compare(&channels, items, &list);
        ChannelLayout { name: title, rendering: Rendering::Speakers, channels }
    }

    fn channel(&mut self, node: &Node, path: &Path) -> Channel {
        if !matches!(node.value, Value::Table(_)) {
            self.wrong(
                &node.at,
                path.clone(),
                "a channel is a table",
                "[[channel]] with a name and an azimuth_deg",
            );
            let (name, direction_deg) = (String::new(), None);
            return Channel { name, direction_deg, distance_m: None, lfe: false, speaker_bit: 0 };
        }
        self.unknown_keys(node, path, &KEYS);
        let name = match node.get("name") {
            Some(named) => match named.text() {
                Some(text) if (1..=20).contains(&text.chars().count()) => text.to_owned(),
                _ => {
                    self.wrong(&named.at, path.key("name"), "this is no name", "1 to 20 characters");
                    String::new()
                }
            },
            None => {
                self.wrong(&node.at, path.clone(), "the channel has no name", "name = \"Ls\", for example");
                String::new()
            }
        };
        let lfe = match node.get("lfe").map(|n| (&n.value, &n.at)) {
            None => false,
            Some((Value::Boolean(lfe), _)) => *lfe,
            Some((_, at)) => {
                self.wrong(at, path.key("lfe"), "this is neither true nor false", "true or false");
                false
            }
        };
        let azimuth = self.number(node, path, "azimuth_deg", [-360.0, 360.0], "angle");
        let elevation = self.number(node, path, "elevation_deg", [-90.0, 90.0], "angle");
        let distance_m = self.number(node, path, "distance_m", DISTANCES_M, "distance");
        if azimuth.is_none() && !lfe && node.get("azimuth_deg").is_none() {
            let message = "the channel has no direction";
            self.wrong(
                &node.at,
                path.clone(),
                message,
                "azimuth_deg, clockwise from straight ahead; or lfe = true",
            );
        }
        let speaker_bit = match node.get("speaker") {
            None => 0,
            Some(node) => self.speaker(node, path.key("speaker")),
        };
        let direction_deg = azimuth.filter(|_| !lfe).map(|a| [a, elevation.unwrap_or(0.0)]);
        Channel { name, direction_deg, distance_m: distance_m.filter(|_| !lfe), lfe, speaker_bit }
    }

    fn number(
        &mut self,
        node: &Node,
        path: &Path,
        key: &str,
        [low, high]: [f64; 2],
        what: &str,
    ) -> Option<f64> {
        let node = node.get(key)?;
        let number = node.number().filter(|x| (low..=high).contains(x));
        if number.is_none() {
            self.wrong(
                &node.at,
                path.key(key),
                &format!("this is no such {what}"),
                &format!("{low} to {high}"),
            );
        }
        number
    }

    fn speaker(&mut self, node: &Node, path: Path) -> u32 {
        let names = SPEAKER_BITS.map(|(name, _)| name);
        let typed = node.text().unwrap_or_default();
        if let Some((_, bit)) = SPEAKER_BITS.iter().find(|(name, _)| *name == typed) {
            return *bit;
        }
        self.wrong(&node.at, path, "there is no such speaker", &names.join(", "));
        if let (Some(near), Some(problem)) = (nearest(typed, names), self.problems.last_mut()) {
            problem.hint = Some(format!("did you mean `{near}`?"));
        }
        0
    }

    /// What no channel shows by itself: names twice, speakers out of order, nothing to hear.
    fn compare(&mut self, channels: &[Channel], items: &[Node], list: &Path) {
        for (index, (channel, node)) in channels.iter().zip(items).enumerate() {
            let before = &channels[..index];
            if !channel.name.is_empty() && before.iter().any(|c| c.name == channel.name) {
                let at = node.get("name").map_or(&node.at, |n| &n.at);
                let message = format!("`{}` names two channels", channel.name);
                self.wrong(at, list.index(index).key("name"), &message, "a name of its own for each channel");
            }
            let highest = before.iter().map(|c| c.speaker_bit).max().unwrap_or(0);
            if channel.speaker_bit != 0 && channel.speaker_bit <= highest {
                let at = node.get("speaker").map_or(&node.at, |n| &n.at);
                let order: Vec<&str> = SPEAKER_BITS.iter().map(|(name, _)| *name).collect();
                let message = "speakers of a WAV file stand in a fixed order, and each once";
                self.wrong(at, list.index(index).key("speaker"), message, &order.join(", "));
            }
        }
        let some = channels.iter().filter(|c| c.speaker_bit != 0).count();
        if some > 0 && some < channels.len() {
            let at = channels.iter().zip(items).find(|(c, _)| c.speaker_bit == 0).map(|(_, node)| &node.at);
            if let Some(at) = at {
                let message = "some channels have a speaker and this one has not";
                self.wrong(at, list.clone(), message, "a speaker for every channel, or for none");
            }
        }
        let far = |c: &Channel| c.lfe || c.distance_m.is_some();
        if channels.iter().any(|c| c.distance_m.is_some())
            && let Some(index) =
                (0..channels.len()).find(|&k| !far(&channels[k]) && items[k].get("distance_m").is_none())
        {
            let message = "some channels have a distance and this one has not";
            self.wrong(
                &items[index].at,
                list.index(index),
                message,
                "a distance_m for every channel, or for none",
            );
        }
        if !channels.is_empty() && channels.iter().all(|c| c.lfe) {
            let message = "there is no channel that a crowd could be heard in";
            self.wrong(&items[0].at, list.clone(), message, "at least one channel with an azimuth_deg");
        }
    }

    fn unknown_keys(&mut self, node: &Node, path: &Path, keys: &[&str]) {
        let Value::Table(entries) = &node.value else { return };
        for Entry { key, at, .. } in entries.iter().filter(|e| !keys.contains(&e.key.as_str())) {
            self.wrong(at, path.clone(), &format!("there is no key `{key}`"), &keys.join(", "));
            if let (Some(near), Some(problem)) =
                (nearest(key, keys.iter().copied()), self.problems.last_mut())
            {
                problem.hint = Some(format!("did you mean `{near}`?"));
            }
        }
    }

    fn wrong(&mut self, at: &At, path: Path, message: &str, allowed: &str) {
        self.problems.push(Problem::new(self.sources, at, path, message.to_owned()).allowed(allowed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUAD: &str = r#"
title = "Quad"
[[channel]]
name = "FL"
azimuth_deg = -45
speaker = "front-left"
[[channel]]
name = "FR"
azimuth_deg = 45
speaker = "front-right"
[[channel]]
name = "BL"
azimuth_deg = -135
speaker = "back-left"
[[channel]]
name = "BR"
azimuth_deg = 135
speaker = "back-right"
"#;

    #[test]
    fn a_layout_is_read_as_written() {
        let quad = read_layout("quad.toml", QUAD).unwrap();
        assert_eq!((quad.name.as_str(), quad.channels.len(), quad.speaker_mask()), ("Quad", 4, 0x33));
        assert_eq!(quad.channels[2].direction_deg, Some([-135.0, 0.0]));
    }

    #[test]
    fn every_mistake_is_named_with_line_and_column() {
        let wrong = QUAD
            .replace("azimuth_deg = 45", "azimuth_deg = 450")
            .replace("\"back-left\"", "\"back-lefd\"")
            .replace("name = \"BR\"", "name = \"FL\"\nheight = 3");
        let report = read_layout("quad.toml", &wrong).unwrap_err();
        let at: Vec<_> = report.problems.iter().map(|p| p.at.unwrap()).collect();
        assert_eq!(at, [(9, 15), (11, 1), (14, 11), (16, 8), (17, 1)], "{report}");
        assert!(report.to_string().contains("did you mean `back-left`?"), "{report}");
    }

    #[test]
    fn distances_are_for_all_loudspeakers_or_for_none() {
        let far = QUAD.replace("name =", "distance_m = 2.5\nname =");
        let quad = read_layout("quad.toml", &far).unwrap();
        assert!(quad.channels.iter().all(|c| c.distance_m == Some(2.5)));
        let told = |text: &str| read_layout("quad.toml", text).unwrap_err().to_string();
        assert!(told(&far.replacen("distance_m = 2.5\n", "", 1)).contains("this one has not"));
        assert!(told(&far.replacen("2.5", "0", 1)).contains("0.3 to 100"));
    }

    #[test]
    fn speakers_out_of_order_and_layouts_of_nothing_are_refused() {
        let swapped = QUAD
            .replace("front-left", "x")
            .replace("front-right", "front-left")
            .replace("\"x\"", "\"front-right\"");
        assert!(read_layout("q", &swapped).unwrap_err().to_string().contains("fixed order"));
        assert!(read_layout("q", "").unwrap_err().to_string().contains("1 to 64"));
        let silent = "[[channel]]\nname = \"LFE\"\nlfe = true\n";
        assert!(read_layout("q", silent).unwrap_err().to_string().contains("could be heard"));
        assert!(read_layout("q", "channel = 3").unwrap_err().to_string().contains("1 to 64"));
        assert!(read_layout("q", "[[channel").is_err());
    }
}
