//! `uproar render --loop` and `--one-shot`, and the files of both and of `--layers`.
//!
//! Owns which moment is held, how loud a piece becomes, its file and its report. Does not own how a moment is held (see
//! `engine::Looper`) or what a game's layers are (see `layers`).

use std::{
    path::{Path, PathBuf},
    sync::atomic::Ordering,
    time::Instant,
};

use crate::{
    engine::{BeatReport, EngineError, Held, LoopLength, Looper, Piece, Report, ReportFacts, Reporter},
    grain::GrainError,
    mix::MasterConfig,
    output::{Info, SoundWriter},
    preset::Loaded,
    scene::{Beat, CueAction, Scene},
    space::ChannelLayout,
    units::SampleRate,
};

use super::{
    about,
    arguments::{Common, Moment},
    failure::Failure,
    loudness,
    mixdown::stream_of,
    recipe::{Making, Recipe},
    report::{Rendered, listener},
    stage::{Purpose, Span, length, moment_s, summary, with_options},
    terminal::interrupt,
};

/// Single sounds: name, cue, intensity.
pub(crate) const STINGERS: [(&str, CueAction, f32); 4] = [
    ("call", CueAction::Call, 0.6),
    ("cheer", CueAction::Cheer, 1.0),
    ("gasp", CueAction::Gasp, 0.8),
    ("roar", CueAction::Roar, 1.0),
];

/// The first gain that is tried on the way to a loudness, dB: far from the limiter.
const FIRST_DB: f64 = -40.0;

/// What all pieces need.
pub(crate) struct Studio<'a> {
    /// The scene.
    pub loaded: &'a Loaded,
    /// Options.
    pub common: &'a Common,
    /// The channels.
    pub layout: &'a ChannelLayout,
    /// The moment that a file has stored, seconds; `--from` goes before it.
    pub stored_s: Option<f64>,
}

/// A looper and when its preparation began.
pub(crate) struct Stand {
    /// Ready to make pieces.
    pub looper: Looper,
    /// When its preparation began.
    pub start: Instant,
}

/// What a piece is called and made of, for its file.
pub(crate) struct Told<'t> {
    /// What it is, behind the title of the scene; nothing for the piece of a file of its own.
    pub part: Option<&'t str>,
    /// How it is made again.
    pub making: Making,
    /// It is a loop.
    pub looped: bool,
}

impl Studio<'_> {
    /// Frames per second.
    pub fn rate(&self) -> SampleRate {
        self.common.rate.unwrap_or_default()
    }

    /// The moment that is held: `--from`, else what a file says, else where the longest beat is most intense.
    fn moment_s(&self) -> Result<f64, Failure> {
        let scene = Scene::build(&self.loaded.preset.scene()).map_err(|error| Failure::from_error(&error))?;
        let at_s = match (&self.common.from, self.stored_s) {
            (Some(moment), _) => moment_s("--from", moment, &scene, self.loaded.preset.clock().as_ref())?,
            (None, Some(at_s)) => at_s,
            (None, None) => return Ok(most_intense_s(&scene, None)),
        };
        if !(0.0..scene.seconds()).contains(&at_s) {
            return Err(Failure::usage(format!("--from {at_s} lies after the end of the scene")));
        }
        // A beat by name: well into it, where it is what it is.
        match &self.common.from {
            Some(Moment::Beat(_)) => Ok(most_intense_s(&scene, Some(at_s))),
            _ => Ok(at_s),
        }
    }

    /// Prepares the moment.
    pub fn looper(&self, everything: bool) -> Result<Stand, Failure> {
        let start = Instant::now();
        let purpose = Purpose::Files { layout: self.layout, stems: false, performed: false };
        let at_s = self.moment_s()?;
        let mut looper = with_options(self.loaded, self.common, purpose, |options| {
            Looper::prepare(&self.loaded.preset, at_s, everything, self.rate(), options)
        })?;
        looper.cancel_with(interrupt());
        Ok(Stand { looper, start })
    }

    /// A loop as loud as asked for, and the gain that made it so.
    pub fn make(&self, looper: &mut Looper, held: Held, length: LoopLength) -> Result<(Piece, f64), Failure> {
        let levelled = looper.level(held, length).map_err(|error| loop_failure(&error))?;
        let Some(lufs) = self.common.target_lufs() else { return Ok((looper.finish(&levelled, 0.0), 0.0)) };
        let gain_db = loudness::search(&self.loaded.preset.master, lufs, FIRST_DB, &mut |_, gain_db| {
            self.measure(&looper.finish(&levelled, gain_db).channels)
        })?;
        Ok((looper.finish(&levelled, gain_db), gain_db))
    }

    fn measure(&self, channels: &[Vec<f32>]) -> Result<f64, Failure> {
        loudness::of_piece(channels, &self.layout.loudness_weights(), self.rate())
    }

    /// Writes a loop.
    pub fn looped(&self, path: &Path, length: LoopLength) -> Result<Rendered, Failure> {
        let mut held = self.looper(false)?;
        let (piece, _) = self.make(&mut held.looper, Held::default(), length)?;
        let at_s = held.looper.at_s();
        let making = Making::Loop { at_s, length };
        let rendered = self.write(path, &piece, &held, &Told { part: None, making, looped: true })?;
        let beats =
            piece.beats.map_or(String::new(), |(bpm, beats)| format!(", {beats} beats at {bpm:.2} bpm"));
        self.say(&format!(
            "{}: a loop of {} ({} frames){beats}, held at {} of the scene{}, seed {}",
            name_of(path),
            self.length(&piece),
            piece.frames(),
            super::stage::length(at_s),
            loudness_text(&rendered.report),
            self.loaded.preset.seed
        ));
        Ok(rendered)
    }

    /// Writes one sound of the crowd by itself.
    pub fn one_shot(&self, path: &Path, name: &str) -> Result<Rendered, Failure> {
        let (action, intensity) = is_shot(name)?;
        let mut held = self.looper(true)?;
        let mut piece = held.looper.stinger(action, intensity).ok_or_else(|| {
            Failure::new(format!("{} makes no sound on the cue `{name}`", self.loaded.name))
                .hint("calls need a leader with a line; a crowd of nobody is silent")
        })?;
        if let Some(lufs) = self.common.target_lufs() {
            let rate = self.rate();
            let finished = |master: &MasterConfig, gain_db: f64| {
                loudness::finished(&piece.channels, master, gain_db, rate)
            };
            let master = &self.loaded.preset.master;
            let gain_db = loudness::search(master, lufs, FIRST_DB, &mut |master, gain_db| {
                self.measure(&finished(master, gain_db))
            })?;
            piece.channels = finished(master, gain_db);
        }
        let making = Making::OneShot { at_s: held.looper.at_s(), cue: name.to_owned() };
        let rendered = self.write(path, &piece, &held, &Told { part: None, making, looped: false })?;
        let loudness = loudness_text(&rendered.report);
        self.say(&format!("{}: {}, {name}{loudness}", name_of(path), self.length(&piece)));
        Ok(rendered)
    }

    /// Writes a piece into its file and puts its report together.
    pub fn write(
        &self,
        path: &Path,
        piece: &Piece,
        held: &Stand,
        told: &Told<'_>,
    ) -> Result<Rendered, Failure> {
        if interrupt().load(Ordering::SeqCst) {
            return Err(Failure::Interrupted { left: None });
        }
        let rate = self.rate();
        let format = about::format(self.common, self.layout, rate);
        let frames = piece.frames() as u64;
        let span = Span { from: 0, to: frames, cut: [false; 2] };
        let recipe = Recipe::new(self.loaded, self.common, self.layout, span, rate)?
            .of_piece(told.making.clone(), frames);
        let plain = about::piece(self.loaded);
        let title = match told.part {
            Some(part) => format!("{} - {part}", plain.title),
            None => plain.title.clone(),
        };
        let info = Info { looped: told.looped, recipe: recipe.text(), title: title.clone(), ..plain };
        let seed = self.loaded.preset.seed;
        let stream = path == Path::new("-");
        let mut writer = match stream {
            true => stream_of(format, &info, frames, seed)?,
            false => SoundWriter::create(path, format, &info, frames, seed)?,
        };
        let channels: Vec<&[f32]> = piece.channels.iter().map(Vec::as_slice).collect();
        let mut subject = listener(self.common, self.loaded, channels.len(), 0.0, rate)?;
        let mut reporter = Reporter::of(self.layout, rate, 0);
        held.looper.said().take_while(|said| said.frame < frames).for_each(|said| reporter.note(said));
        reporter.hear_channels(&channels);
        if let Some(subject) = &mut subject {
            subject.title = title.clone();
            subject.hear(&channels).map_err(|error| Failure::from_error(&error))?;
        }
        writer.write(&channels)?;
        reporter.loudness().into_iter().for_each(|loudness| writer.set_loudness(loudness));
        writer.finish()?;
        let facts = ReportFacts {
            title,
            phrase: self.loaded.preset.phrase.clone(),
            seed,
            prepare_s: 0.0,
            render_s: held.start.elapsed().as_secs_f64(),
        };
        let mut report = reporter.finish(held.looper.engine(), facts);
        // Counted from the engine's start.
        let before = held.looper.said().next().map_or(0, |said| said.stolen);
        report.stolen_grains = report.stolen_grains.saturating_sub(before);
        report.beats = self.beat(&report, held.looper.at_s());
        Ok(Rendered::new(self.loaded, report, subject, (!stream).then(|| path.to_owned())))
    }

    /// The beat whose moment is held, as long as the piece.
    fn beat(&self, report: &Report, at_s: f64) -> Vec<BeatReport> {
        let Ok(scene) = Scene::build(&self.loaded.preset.scene()) else { return Vec::new() };
        let held = scene.beats().iter().rfind(|beat| beat.start_s <= at_s);
        let place = |beat: &Beat| beat.place.map_or("", |place| scene.places()[usize::from(place)].as_str());
        held.map(|beat| report.as_one_beat(&beat.name, place(beat))).into_iter().collect()
    }

    /// The length of a piece for people.
    pub fn length(&self, piece: &Piece) -> String {
        length(self.rate().seconds(piece.frames() as u64))
    }

    /// Says something unless told to be quiet.
    pub fn say(&self, text: &str) {
        summary(self.common, text);
    }
}

fn name_of(path: &Path) -> String {
    if path == Path::new("-") { "rendered".into() } else { path.display().to_string() }
}

fn loudness_text(report: &Report) -> String {
    match (report.integrated_lufs, report.true_peak_dbtp) {
        (Some(lufs), Some(peak)) => format!(", {lufs:.1} LUFS, peak {peak:.1} dBTP"),
        (None, Some(peak)) => format!(", peak {peak:.1} dBTP"),
        _ => ", silence".into(),
    }
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
pub(crate) fn loop_failure(error: &EngineError) -> Failure {
    let failure = Failure::from_error(error);
    match error {
        EngineError::Loop { hint, .. } => failure.hint(hint.clone()),
        EngineError::Grain(GrainError::Cancelled) => Failure::Interrupted { left: None },
        _ => failure,
    }
}

/// What the crowd does for a single sound, and how intensely.
///
/// # Errors
/// The names that there are, if it has none of them.
pub(crate) fn is_shot(name: &str) -> Result<(CueAction, f32), Failure> {
    let found = STINGERS.iter().find(|(known, ..)| *known == name);
    found.map(|(_, action, intensity)| (*action, *intensity)).ok_or_else(|| {
        let names = STINGERS.map(|s| s.0).join(", ");
        Failure::usage(format!("there is no single sound called `{name}`"))
            .hint(format!("there are: {names}"))
    })
}

/// The files of several takes: `crowd.wav` becomes `crowd-1.wav` and so on.
pub(crate) fn take_path(path: &Path, take: u32, takes: u32) -> PathBuf {
    let digits = takes.to_string().len();
    let stem = path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    let ending = path.extension().map_or_else(String::new, |e| format!(".{}", e.to_string_lossy()));
    path.with_file_name(format!("{stem}-{take:0digits$}{ending}"))
}
