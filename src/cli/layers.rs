//! `uproar render --loop`, `--one-shot` and `--layers`: sound for games and beds.
//!
//! Owns what is made, the names of its files and the manifest that says how a game plays them. Does not own how a
//! moment is held (see `engine::Looper`).

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::{
    engine::{Held, LoopLength, Looper, Piece},
    output::{Info, SoundWriter, write_file},
    preset::Loaded,
    scene::{Activity, CueAction, Scene},
    space::ChannelLayout,
    units::SampleRate,
};

use super::{
    about,
    arguments::{Common, Moment},
    failure::Failure,
    stage::{Purpose, length, moment_s, prepare_looper, summary},
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

/// Single sounds: name, cue, intensity.
const STINGERS: [(&str, CueAction, f32); 4] = [
    ("call", CueAction::Call, 0.6),
    ("cheer", CueAction::Cheer, 1.0),
    ("gasp", CueAction::Gasp, 0.8),
    ("roar", CueAction::Roar, 1.0),
];

/// Over which a game should go from one file to another, seconds.
const CROSSFADE_S: f64 = 0.05;

/// What all of these need.
pub(crate) struct Studio<'a> {
    /// The scene.
    pub loaded: &'a Loaded,
    /// Options.
    pub common: &'a Common,
    /// The channels.
    pub layout: &'a ChannelLayout,
}

impl Studio<'_> {
    fn rate(&self) -> SampleRate {
        self.common.rate.unwrap_or_default()
    }

    /// The moment that is held: `--from`, or where the longest beat is most intense.
    fn moment_s(&self) -> Result<f64, Failure> {
        let scene = Scene::build(&self.loaded.preset.scene()).map_err(|error| Failure::from_error(&error))?;
        match &self.common.from {
            Some(moment) => {
                let at_s = moment_s("--from", moment, &scene, self.loaded.preset.clock().as_ref())?;
                if at_s >= scene.seconds() {
                    let message = format!("--from {at_s} lies after the end of the scene");
                    return Err(Failure::usage(message));
                }
                // A beat by name: well into it, where it is what it is.
                match moment {
                    Moment::Beat(_) => Ok(most_intense_s(&scene, Some(at_s))),
                    Moment::Seconds(_) | Moment::Picture(_) => Ok(at_s),
                }
            }
            None => Ok(most_intense_s(&scene, None)),
        }
    }

    fn looper(&self, everything: bool) -> Result<Looper, Failure> {
        let purpose = Purpose::Files { layout: self.layout, stems: false, performed: false };
        prepare_looper(self.loaded, self.common, self.rate(), purpose, self.moment_s()?, everything)
    }

    /// Writes a loop.
    pub fn looped(&self, path: &Path, length: LoopLength) -> Result<(), Failure> {
        let mut looper = self.looper(false)?;
        let piece = looper.make(Held::default(), length).map_err(|error| loop_failure(&error))?;
        self.write(path, &piece, true)?;
        let beats =
            piece.beats.map_or(String::new(), |(bpm, beats)| format!(", {beats} beats at {bpm:.2} bpm"));
        let seconds = length_of(&piece, self.rate());
        self.say(&format!(
            "{}: a loop of {seconds} ({} frames){beats}, held at {} of the scene, seed {}",
            path.display(),
            piece.frames(),
            length_text(looper.at_s()),
            self.loaded.preset.seed
        ));
        Ok(())
    }

    /// Writes one sound of the crowd by itself.
    pub fn one_shot(&self, path: &Path, name: &str) -> Result<(), Failure> {
        let Some((_, action, intensity)) = STINGERS.iter().find(|s| s.0 == name) else {
            return Err(unknown_shot(name));
        };
        let mut looper = self.looper(true)?;
        let piece = looper.stinger(*action, *intensity).ok_or_else(|| {
            Failure::new(format!("{} makes no sound on the cue `{name}`", self.loaded.name))
                .hint("calls need a leader with a line; a crowd of nobody is silent")
        })?;
        self.write(path, &piece, false)?;
        self.say(&format!("{}: {}, {name}", path.display(), length_of(&piece, self.rate())));
        Ok(())
    }

    /// Writes the layers, transitions and stingers of a game's crowd and the manifest that says how to play them.
    pub fn layers(&self, folder: &Path, length: LoopLength) -> Result<(), Failure> {
        make_folder(folder)?;
        let mut looper = self.looper(true)?;
        let held = |name: &str| {
            let layer = LAYERS.iter().find(|layer| layer.0 == name);
            layer.map_or(Held::default(), |(_, _, activity, intensity)| Held {
                activity: Some(*activity),
                intensity: Some(*intensity),
            })
        };
        // The chant decides how long all of them are.
        let unison = looper.make(held("unison"), length).map_err(|error| loop_failure(&error))?;
        let frames = unison.frames() as u64;
        let (mut layers, mut gains) = (Vec::new(), Vec::new());
        for (index, (name, at, activity, intensity)) in LAYERS.iter().enumerate() {
            let seconds = LoopLength::Frames(frames);
            let piece = match *name {
                "unison" => unison.clone(),
                name => looper.make(held(name), seconds).map_err(|error| loop_failure(&error))?,
            };
            let file = format!("{:02}-{name}.wav", index + 1);
            self.write(&folder.join(&file), &piece, true)?;
            gains.push((*name, piece.levelling_db));
            let below = if index == 0 { Value::Null } else { json!(LAYERS[index - 1].1) };
            let above = LAYERS.get(index + 1).map_or(Value::Null, |layer| json!(layer.1));
            layers.push(json!({
                "name": name, "file": file, "loop": true, "frames": frames,
                "alone_at": at, "silent_below": below, "silent_above": above,
                "doing": activity, "crowd_intensity": f64::from((intensity * 1000.0).round()) / 1000.0,
                "chants": piece.beats.is_some(),
            }));
        }
        let gain = |name: &str| gains.iter().find(|g| g.0 == name).map_or(0.0, |g| g.1);
        let mut transitions = Vec::new();
        for (index, (name, from, to)) in TRANSITIONS.iter().enumerate() {
            let piece = looper.transition(held(from), held(to), frames, [gain(from), gain(to)]);
            let file = format!("{:02}-{name}.wav", LAYERS.len() + index + 1);
            self.write(&folder.join(&file), &piece, false)?;
            transitions.push(json!({ "name": name, "file": file, "from": from, "to": to, "frames": frames }));
        }
        let mut stingers = Vec::new();
        for (name, action, intensity) in STINGERS {
            // A scene without a leader has no call.
            let Some(piece) = looper.stinger(action, intensity) else { continue };
            let file = format!("stinger-{name}.wav");
            self.write(&folder.join(&file), &piece, false)?;
            stingers.push(json!({
                "name": name, "file": file, "cue": action, "frames": piece.frames(),
                "natural_gain_db": (piece.natural_gain_db * 10.0).round() / 10.0,
            }));
        }
        let rate = self.rate();
        let preset = &self.loaded.preset;
        let manifest = json!({
            "format": "uproar layers 1",
            "made_by": concat!("uproar ", env!("CARGO_PKG_VERSION")),
            "preset": self.loaded.name, "phrase": preset.phrase, "seed": preset.seed,
            "rate_hz": rate.hz(), "layout": self.layout.name,
            "channels": self.layout.channels.iter().map(|c| c.name.clone()).collect::<Vec<_>>(),
            "frames": frames, "seconds": rate.seconds(frames),
            "tempo_bpm": unison.beats.map(|b| b.0), "beats": unison.beats.map(|b| b.1),
            "crossfade_s": CROSSFADE_S,
            "how": HOW,
            "layers": layers, "transitions": transitions, "stingers": stingers,
        });
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
        Ok(())
    }

    fn write(&self, path: &Path, piece: &Piece, looped: bool) -> Result<(), Failure> {
        let format = about::format(self.common, self.layout, self.rate());
        let info = Info { looped, ..about::piece(self.loaded) };
        let frames = piece.frames() as u64;
        let seed = self.loaded.preset.seed;
        let mut writer = if path == Path::new("-") {
            let name = "the standard output".to_owned();
            SoundWriter::stream(Box::new(std::io::stdout()), name, format, &info, frames, seed)?
        } else {
            SoundWriter::create(path, format, &info, frames, seed)?
        };
        let channels: Vec<&[f32]> = piece.channels.iter().map(Vec::as_slice).collect();
        writer.write(&channels)?;
        writer.finish()?;
        Ok(())
    }

    fn say(&self, text: &str) {
        summary(self.common, text);
    }
}

/// How a game plays the layers.
const HOW: &str = "Start all layers at the same frame and loop them; they stay in step. One parameter x from 0 to 1 \
    is the intensity. Find the two neighbouring layers whose alone_at lie around x, t = (x - a) / (b - a), and play \
    the lower at cos(t pi/2), the upper at sin(t pi/2), all others at 0. A transition is as long as a loop: start it \
    when its `from` loop begins, fade over crossfade_s from one to the other, and back into `to` when it ends. \
    Stingers are played over everything at any time; with natural_gain_db they are as loud as they are beside the \
    loops, without it they peak at -3 dBFS.";

fn length_of(piece: &Piece, rate: SampleRate) -> String {
    length_text(rate.seconds(piece.frames() as u64))
}

fn length_text(seconds: f64) -> String {
    length(seconds)
}

/// Where a beat (the one that begins at `start_s`, else the longest) is most intense, a little after that.
fn most_intense_s(scene: &Scene, start_s: Option<f64>) -> f64 {
    let beats = scene.beats();
    let chosen = match start_s {
        Some(start_s) => beats.iter().find(|beat| beat.start_s >= start_s - 1e-9),
        None => beats.iter().max_by(|a, b| a.seconds.total_cmp(&b.seconds)),
    };
    let Some(beat) = chosen else { return 0.0 };
    // Not at the very edges, where the place may still be changing.
    let moments = (2..=18).map(|n| beat.start_s + beat.seconds * f64::from(n) / 20.0);
    moments
        .max_by(|a, b| scene.state(*a).intensity.total_cmp(&scene.state(*b).intensity))
        .unwrap_or(beat.start_s)
}

/// What is wrong with a length.
fn loop_failure(error: &crate::engine::EngineError) -> Failure {
    let failure = Failure::from_error(error);
    match error {
        crate::engine::EngineError::Loop { hint, .. } => failure.hint(hint.clone()),
        _ => failure,
    }
}

/// Names of single sounds.
pub(crate) fn shot_names() -> String {
    STINGERS.map(|s| s.0).join(", ")
}

fn unknown_shot(name: &str) -> Failure {
    Failure::usage(format!("there is no single sound called `{name}`"))
        .hint(format!("there are: {}", shot_names()))
}

/// The files of several takes: `crowd.wav` becomes `crowd-1.wav` and so on.
pub(crate) fn take_path(path: &Path, take: u32, takes: u32) -> PathBuf {
    let digits = takes.to_string().len();
    let stem = path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    let ending = path.extension().map_or_else(String::new, |e| format!(".{}", e.to_string_lossy()));
    path.with_file_name(format!("{stem}-{take:0digits$}{ending}"))
}
