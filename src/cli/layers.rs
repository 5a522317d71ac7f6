//! `uproar render --layers`: a crowd for games.
//!
//! Owns what the layers, transitions and single sounds are, the names of their files and the manifest that says how a
//! game plays them. Does not own how a moment is held (see `engine::Looper`) or how a piece is written (see `pieces`).

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    engine::{Held, LoopLength, Piece},
    output::write_file,
    scene::Activity,
};

use super::{
    failure::Failure,
    pieces::{STINGERS, Stand, Studio, Told, loop_failure},
    recipe::Making,
    report::Rendered,
    stage::length as length_text,
    stems::make_folder,
};

/// The layers of a game's crowd: name, where on the way of the intensity each is heard alone, what the crowd does and
/// how hard.
const LAYERS: [(&str, f64, Activity, f32); 6] = [
    ("murmur", 0.0, Activity::Murmur, 0.15),
    ("low", 0.2, Activity::Chant, 0.3),
    ("mid", 0.4, Activity::Chant, 0.55),
    ("high", 0.6, Activity::Chant, 0.8),
    ("unison", 0.8, Activity::Chant, 1.0),
    ("roar", 1.0, Activity::Roar, 1.0),
];

/// Ways between layers: name, from, to.
const TRANSITIONS: [(&str, &str, &str); 4] = [
    ("rise", "low", "unison"),
    ("fall", "unison", "low"),
    ("erupt", "unison", "roar"),
    ("calm", "roar", "murmur"),
];

/// Over which a game should go from one file to another, seconds.
const CROSSFADE_S: f64 = 0.05;

/// One file of a crowd for games.
struct Part {
    /// Its name without the ending.
    name: String,
    piece: Piece,
    looped: bool,
    /// Its entry in the manifest, but for the file's name, and the list that it belongs to.
    entry: Value,
    list: &'static str,
}

impl Studio<'_> {
    /// Writes the layers, transitions and stingers of a game's crowd and the manifest that says how to play them, in
    /// files that end in `ending`.
    pub fn layers(&self, folder: &Path, length: LoopLength, ending: &str) -> Result<Vec<Rendered>, Failure> {
        make_folder(folder)?;
        let mut done = Vec::new();
        let mut lists = json!({ "layers": [], "transitions": [], "stingers": [] });
        let mut beats = None;
        let mut complete = Vec::new();
        let made = self.parts(length, &mut |stand, part| {
            let file = format!("{}.{ending}", part.name);
            let making = Making::Layer { at_s: stand.looper.at_s(), length, part: part.name.clone() };
            let told = Told { part: Some(&part.name), making, looped: part.looped };
            done.push(self.write(&folder.join(&file), &part.piece, stand, &told)?);
            if part.entry["name"] == "unison" {
                beats = part.piece.beats;
            }
            let mut entry = part.entry;
            complete.push(file.clone());
            entry["file"] = file.into();
            if let Some(list) = lists[part.list].as_array_mut() {
                list.push(entry);
            }
            Ok(true)
        });
        let frames = made.map_err(|failure| {
            let missing: Vec<String> = names().map(|name| format!("{name}.{ending}")).collect();
            let missing: Vec<String> = missing
                .into_iter()
                .filter(|name| !complete.contains(name))
                .chain(["layers.json".into()])
                .collect();
            failure.halfway(&complete, &missing)
        })?;
        let rate = self.rate();
        let preset = &self.loaded.preset;
        let mut manifest = json!({
            "format": "uproar layers 1",
            "made_by": concat!("uproar ", env!("CARGO_PKG_VERSION")),
            "preset": self.loaded.name, "phrase": preset.phrase, "seed": preset.seed,
            "rate_hz": rate.hz(), "layout": self.layout.name,
            "channels": self.layout.channels.iter().map(|c| c.name.clone()).collect::<Vec<_>>(),
            "frames": frames, "seconds": rate.seconds(frames),
            "tempo_bpm": beats.map(|b| b.0), "beats": beats.map(|b| b.1),
            "crossfade_s": CROSSFADE_S,
            "how": HOW,
        });
        for list in ["layers", "transitions", "stingers"] {
            manifest[list] = lists[list].take();
        }
        let text = serde_json::to_string_pretty(&manifest).map_err(|error| Failure::from_error(&error))?;
        write_file(&folder.join("layers.json"), (text + "\n").as_bytes())?;
        self.say(&format!(
            "{}: {} layers and {} transitions of {}, {} stingers, layers.json",
            folder.display(),
            LAYERS.len(),
            TRANSITIONS.len(),
            length_text(rate.seconds(frames)),
            manifest["stingers"].as_array().map_or(0, Vec::len)
        ));
        Ok(done)
    }

    /// Writes one of these files again.
    pub fn layer(&self, path: &Path, length: LoopLength, name: &str) -> Result<Rendered, Failure> {
        let mut written = None;
        self.parts(length, &mut |stand, part| {
            if part.name != name {
                return Ok(true);
            }
            let making = Making::Layer { at_s: stand.looper.at_s(), length, part: part.name.clone() };
            let told = Told { part: Some(&part.name), making, looped: part.looped };
            written = Some(self.write(path, &part.piece, stand, &told)?);
            Ok(false)
        })?;
        let rendered = written.ok_or_else(|| Failure::new(format!("there is no layer called `{name}`")))?;
        self.say(&format!("{}: the layer {name}", path.display()));
        Ok(rendered)
    }

    /// Makes one part after the other, always in this order, for as long as `take` wants more; returns the length of
    /// the loops, frames.
    fn parts(
        &self,
        length: LoopLength,
        take: &mut dyn FnMut(&Stand, Part) -> Result<bool, Failure>,
    ) -> Result<u64, Failure> {
        let mut stand = self.looper(true)?;
        let held = |name: &str| {
            let layer = LAYERS.iter().find(|layer| layer.0 == name);
            layer.map_or(Held::default(), |(_, _, activity, intensity)| Held {
                activity: Some(*activity),
                intensity: Some(*intensity),
            })
        };
        // The chant decides how long all of them are, and how loud.
        let (unison, gain_db) = self.make(&mut stand.looper, held("unison"), length)?;
        let said_of_unison = stand.looper.said().collect::<Vec<_>>();
        let frames = unison.frames() as u64;
        let mut gains = Vec::new();
        for (index, (name, at, activity, intensity)) in LAYERS.iter().enumerate() {
            let piece = match *name {
                "unison" => {
                    stand.looper.say_again(said_of_unison.clone());
                    unison.clone()
                }
                name => {
                    let levelled = stand.looper.level(held(name), LoopLength::Frames(frames));
                    stand.looper.finish(&levelled.map_err(|error| loop_failure(&error))?, gain_db)
                }
            };
            gains.push((*name, piece.levelling_db));
            let below = if index == 0 { Value::Null } else { json!(LAYERS[index - 1].1) };
            let above = LAYERS.get(index + 1).map_or(Value::Null, |layer| json!(layer.1));
            let entry = json!({
                "name": name, "loop": true, "frames": frames,
                "alone_at": at, "silent_below": below, "silent_above": above,
                "doing": activity, "crowd_intensity": f64::from((intensity * 1000.0).round()) / 1000.0,
                "chants": piece.beats.is_some(),
            });
            let name = format!("{:02}-{name}", index + 1);
            if !take(&stand, Part { name, piece, looped: true, entry, list: "layers" })? {
                return Ok(frames);
            }
        }
        let gain = |name: &str| gains.iter().find(|g| g.0 == name).map_or(0.0, |g| g.1);
        for (index, (name, from, to)) in TRANSITIONS.iter().enumerate() {
            let piece = stand.looper.transition(held(from), held(to), frames, [gain(from), gain(to)]);
            let entry = json!({ "name": name, "from": from, "to": to, "frames": frames });
            let name = format!("{:02}-{name}", LAYERS.len() + index + 1);
            if !take(&stand, Part { name, piece, looped: false, entry, list: "transitions" })? {
                return Ok(frames);
            }
        }
        for (name, action, intensity) in STINGERS {
            // A scene without a leader has no call.
            let Some(piece) = stand.looper.stinger(action, intensity) else { continue };
            let natural_gain_db = ((piece.natural_gain_db + gain_db) * 10.0).round() / 10.0;
            let entry = json!({
                "name": name, "cue": action, "frames": piece.frames(), "natural_gain_db": natural_gain_db,
            });
            let name = format!("stinger-{name}");
            if !take(&stand, Part { name, piece, looped: false, entry, list: "stingers" })? {
                break;
            }
        }
        Ok(frames)
    }
}

/// The names of all files, without their endings, in the order in which they are made.
fn names() -> impl Iterator<Item = String> {
    let ways = LAYERS.map(|layer| layer.0).into_iter().chain(TRANSITIONS.map(|way| way.0)).enumerate();
    let ways = ways.map(|(index, name)| format!("{:02}-{name}", index + 1));
    ways.chain(STINGERS.map(|stinger| format!("stinger-{}", stinger.0)))
}

/// How a game plays the layers.
const HOW: &str = "Start all layers at the same frame and loop them; they stay in step. One parameter x from 0 to 1 \
    is the intensity. Find the two neighbouring layers whose alone_at lie around x, t = (x - a) / (b - a), and play \
    the lower at cos(t pi/2), the upper at sin(t pi/2), all others at 0. A transition is as long as a loop: start it \
    when its `from` loop begins, fade over crossfade_s from one to the other, and back into `to` when it ends. \
    Stingers are played over everything at any time; with natural_gain_db they are as loud as they are beside the \
    loops, without it they peak at -3 dBFS.";
