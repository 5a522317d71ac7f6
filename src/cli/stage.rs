//! From arguments to an engine that is ready: the way that chant, render and play share.
//!
//! Owns the options' order of precedence, the cache folder, the span of the scene and the errors of
//! preparing. Does not own what happens to the sound.

use std::{
    path::PathBuf,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use etcetera::BaseStrategy;

use crate::{
    engine::{DEFAULT_MEMORY_BYTES, Engine, EngineError, PrepareOptions, TAIL_S},
    fault::on_demand,
    grain::GrainError,
    output::check_writable,
    preset::{BESIDE_LIMIT, Change, Loaded, Sheet, load_allowing, nearest, read_text},
    scene::{PictureClock, Scene},
    space::ChannelLayout,
    units::SampleRate,
};

use super::{
    arguments::{Common, Moment},
    failure::Failure,
    recipe::{self, Made},
    terminal::{Progress, interrupt, print_error_list, remark},
};

/// The changes that the common options ask for, in order: named options, then `--set`.
pub(crate) fn changes(common: &Common) -> Result<Vec<Change>, Failure> {
    let mut changes = Vec::new();
    let named = [
        ("--phrase", "phrase", &common.phrase, true),
        ("--people", "crowd.people", &common.people, false),
        ("--seed", "seed", &common.seed, false),
    ];
    for (option, path, value, literal) in named {
        if let Some(value) = value {
            let change = Change::new(option, path, value, literal);
            changes.push(change.map_err(|error| Failure::from_error(&error))?);
        }
    }
    if let Some(name) = &common.place {
        changes.push(Change::every("--place", "beat", "place", name));
    }
    let picture =
        [("--fps", "fps", common.fps.map(|fps| fps.to_string())), ("--start", "start", common.start.clone())];
    let peak = common.peak.map(|peak| peak.to_string());
    let limiter = common.peak.map(|_| "true".to_owned());
    let last = [("--peak", "master.ceiling_dbtp", peak), ("--peak", "master.limiter", limiter)];
    for ((option, path, value), literal) in
        picture.into_iter().map(|p| (p, true)).chain(last.into_iter().map(|l| (l, false)))
    {
        if let Some(value) = value {
            let change = Change::new(option, path, &value, literal);
            changes.push(change.map_err(|error| Failure::from_error(&error))?);
        }
    }
    changes.extend(common.set.iter().cloned());
    // Subtitles first: they make the beats that the others speak of.
    let sheets =
        [(Sheet::Subtitles, &common.srt), (Sheet::Intensity, &common.intensity), (Sheet::Cues, &common.cues)];
    for (sheet, path) in sheets {
        if let Some(path) = path {
            let text = read_text(path, BESIDE_LIMIT)?;
            changes.push(Change::sheet(sheet, &path.display().to_string(), text));
        }
    }
    Ok(changes)
}

/// Finds out before any work whether the report can be written.
pub(crate) fn check_report(common: &Common, output: Option<&std::path::Path>) -> Result<(), Failure> {
    match &common.report {
        Some(path) if Some(path.as_path()) == output => {
            Err(Failure::usage("the report would replace the sound: give them different files"))
        }
        Some(path) => Ok(check_writable(path)?),
        None => Ok(()),
    }
}

/// A preset and the options that it is rendered with.
pub(crate) struct Piece {
    /// The preset.
    pub loaded: Loaded,
    /// Options of the command, and behind them those that a sound file had stored.
    pub common: Common,
    /// What a sound file holds beside the mix of its scene.
    pub made: Made,
}

/// Loads presets with the same changes; all that is wrong with any of them is told at once.
pub(crate) fn load_all(
    names: &[String],
    changes: &[Change],
    common: &Common,
    force: bool,
) -> Result<Vec<Piece>, Failure> {
    let mut pieces = Vec::new();
    let mut failures: Vec<Failure> = Vec::new();
    for name in names {
        let piece = if recipe::is_sound(name) {
            recipe::load(name, changes, common, force)
        } else {
            load_allowing(name, changes, &common.allow_files)
                .map(|loaded| Piece { loaded, common: common.clone(), made: Made::default() })
                .map_err(Failure::from)
        };
        match piece {
            Ok(mut piece) => {
                if piece.common.place.is_some() {
                    // One place was asked for: beats do not move on to others.
                    piece.loaded.preset.beat.iter_mut().for_each(|beat| beat.moves.clear());
                }
                pieces.push(piece);
            }
            Err(failure) => failures.push(failure),
        }
    }
    match failures.pop() {
        None => Ok(pieces),
        Some(last) => {
            print_error_list(&failures);
            Err(last)
        }
    }
}

/// A stretch of a scene, frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// First frame.
    pub from: u64,
    /// Frame after the last.
    pub to: u64,
    /// The scene goes on before or after; the cut is faded.
    pub cut: [bool; 2],
}

impl Span {
    /// The stretch that `--from`, `--to` and `--seconds` ask for.
    pub(crate) fn of(
        common: &Common,
        loaded: &Loaded,
        scene: &Scene,
        rate: SampleRate,
    ) -> Result<Self, Failure> {
        if let Some(span) = common.span {
            return Ok(span);
        }
        let seconds = scene.seconds() + TAIL_S;
        let clock = loaded.preset.clock();
        let moment_s = |option: &str, moment: &Moment| moment_s(option, moment, scene, clock.as_ref());
        let from_s = common.from.as_ref().map_or(Ok(0.0), |moment| moment_s("--from", moment))?;
        let to_s = match (&common.to, common.seconds) {
            (Some(moment), _) => moment_s("--to", moment)?,
            (None, Some(length)) => from_s + length,
            (None, None) => seconds,
        };
        if from_s >= seconds {
            let message =
                format!("--from {from_s} lies after the end of the scene, which is {seconds:.1} s long");
            return Err(Failure::usage(message));
        }
        if to_s <= from_s {
            return Err(Failure::usage(format!(
                "--to ({to_s:.1} s) does not lie after --from ({from_s:.1} s)"
            )));
        }
        let to_s = to_s.min(seconds);
        let (from, to) = (rate.first_frame(from_s), rate.first_frame(to_s));
        Ok(Self { from, to: to.max(from + 1), cut: [from_s > 0.0, to_s < seconds] })
    }

    /// Frames.
    pub fn frames(&self) -> u64 {
        self.to - self.from
    }
}

pub(crate) fn moment_s(
    option: &str,
    moment: &Moment,
    scene: &Scene,
    clock: Option<&PictureClock>,
) -> Result<f64, Failure> {
    match moment {
        Moment::Seconds(seconds) => Ok(*seconds),
        Moment::Picture(text) => {
            PictureClock::read(clock, text).map_err(|why| Failure::usage(format!("{option}: {why}")))
        }
        Moment::Beat(name) => {
            let names = || scene.beats().iter().map(|beat| beat.name.as_str());
            let found = scene.beats().iter().find(|beat| beat.name == *name);
            found.map(|beat| beat.start_s).ok_or_else(|| {
                let all: Vec<&str> = names().filter(|n| !n.is_empty()).collect();
                let failure = Failure::usage(format!("{option}: there is no beat called `{name}`"));
                match nearest(name, names()) {
                    Some(near) => failure.hint(format!("did you mean `{near}`?")),
                    None => failure.hint(format!("beats are: {}; or give a time in seconds", all.join(", "))),
                }
            })
        }
    }
}

/// An engine that is ready, and how long that took.
pub(crate) struct Stage {
    /// Ready to be pulled.
    pub engine: Engine,
    /// Time spent, seconds.
    pub prepare_s: f64,
}

/// Where performances are kept between runs; `None` if they are not.
pub(crate) fn cache_folder(common: &Common) -> Option<PathBuf> {
    if common.no_cache {
        return None;
    }
    let folder = etcetera::choose_base_strategy().ok()?.cache_dir().join("uproar");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder)
}

/// What an engine is prepared for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose<'a> {
    /// An audio callback.
    Live {
        /// Somebody performs: it knows more than the scene needs.
        performed: bool,
    },
    /// Files with these channels.
    Files {
        /// The channels.
        layout: &'a ChannelLayout,
        /// Stems too.
        stems: bool,
        /// A performance is given again, or a sound is followed.
        performed: bool,
    },
}

/// Performs all voices and assembles the engine, with a bar.
pub(crate) fn prepare(
    loaded: &Loaded,
    common: &Common,
    rate: SampleRate,
    purpose: Purpose<'_>,
) -> Result<Stage, Failure> {
    let start = Instant::now();
    let engine =
        with_options(loaded, common, purpose, |options| Engine::prepare(&loaded.preset, rate, options))?;
    Ok(Stage { engine, prepare_s: start.elapsed().as_secs_f64() })
}

/// Has something prepared with the options of the command line, with a bar.
pub(crate) fn with_options<T>(
    loaded: &Loaded,
    common: &Common,
    purpose: Purpose<'_>,
    work: impl FnOnce(&PrepareOptions<'_>) -> Result<T, EngineError>,
) -> Result<T, Failure> {
    let bar = Progress::new("voices", 1, common.quiet);
    let progress = |done: usize, total: usize| {
        on_demand("voices");
        bar.set(done as u64, total as u64);
    };
    let cancel = interrupt();
    let cache = cache_folder(common);
    let dictionary = loaded.dictionary.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
    let options = PrepareOptions {
        threads: common.threads.map(usize::from),
        progress: Some(&progress),
        cancel: Some(&*cancel),
        cache: cache.as_deref(),
        dictionary,
        on_one_thread: matches!(purpose, Purpose::Live { .. }),
        live: matches!(purpose, Purpose::Live { performed: true } | Purpose::Files { performed: true, .. }),
        layout: match purpose {
            Purpose::Live { .. } => None,
            Purpose::Files { layout, .. } => Some(layout),
        },
        stems: matches!(purpose, Purpose::Files { stems: true, .. }),
        memory_limit_bytes: Some(memory_limit(common.max_memory)),
        ..PrepareOptions::default()
    };
    work(&options).map_err(|error| {
        if cancel.load(Ordering::SeqCst) || matches!(error, EngineError::Grain(GrainError::Cancelled)) {
            return Failure::Interrupted { left: None };
        }
        not_prepared(&error)
    })
}

/// Why nothing can be prepared, and what helps.
pub(crate) fn not_prepared(error: &EngineError) -> Failure {
    let failure = Failure::from_error(error);
    match error {
        EngineError::Memory { .. } | EngineError::Grain(GrainError::TooLarge { .. }) => failure.hint(
            "--max-memory allows more; a shorter phrase, fewer people or smaller crowd.takes and crowd.speakers need \
             less",
        ),
        _ => failure,
    }
}

/// What a scene may take, bytes: what was asked for, else [`DEFAULT_MEMORY_BYTES`] or half of the machine's memory where
/// that is less.
pub(crate) fn memory_limit(asked: Option<u64>) -> u64 {
    let half = || machine_bytes().map_or(DEFAULT_MEMORY_BYTES, |all| (all / 2).min(DEFAULT_MEMORY_BYTES));
    asked.unwrap_or_else(half)
}

/// The machine's memory, where the system tells it.
fn machine_bytes() -> Option<u64> {
    let facts = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = facts.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kib| kib << 10)
}

/// Says something about a finished piece of work, unless told to be quiet.
pub(crate) fn summary(common: &Common, text: &str) {
    if !common.quiet {
        remark(text);
    }
}

/// A length for people: `3:32` or `4.5 s`.
pub(crate) fn length(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    let whole = Duration::from_secs_f64(seconds.round()).as_secs();
    format!("{}:{:02}", whole / 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_well() {
        assert_eq!(length(4.52), "4.5 s");
        assert_eq!(length(211.6), "3:32");
    }
}
