//! A preset that is edited while it plays.
//!
//! Owns looking after the file, and bringing a new edition to the moment at which it can take over, in a thread of
//! its own. Does not own the taking over.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::SyncSender,
    },
    thread,
    time::Duration,
};

use crate::{
    engine::{Command, Engine, PrepareOptions, Snapshot},
    live::{Edited, Edition, Facts},
    preset::{Change, Loaded, PRESET_LIMIT, load, read_text},
    units::{QUANTUM, SampleRate},
};

use super::{play::Input, take::fingerprint};

/// How often the file is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// A new crowd is run unheard for this long, so that it is in the middle of things, seconds.
const ROLL_S: f64 = 8.0;

/// How far ahead of the sound a new edition is handed over, and the least of that that must be left, seconds.
const AHEAD_S: f64 = 1.0;
const LEFT_S: f64 = 0.5;

/// Attempts to catch up with the sound.
const TRIES: usize = 200;

/// What the thread needs to know.
pub(crate) struct Watched {
    /// The file.
    pub file: PathBuf,
    /// The preset as the user named it.
    pub name: String,
    /// Changes from the command line.
    pub changes: Vec<Change>,
    /// One place was asked for.
    pub stay: bool,
    /// Frames per second.
    pub rate: SampleRate,
    /// Where performances are kept.
    pub cache: Option<PathBuf>,
    /// Threads for performing.
    pub threads: Option<usize>,
    /// The engine a moment ago.
    pub now: Arc<Mutex<Snapshot>>,
    /// First frame that was heard, and how many since.
    pub from: u64,
    /// Frames heard.
    pub heard: Arc<AtomicU64>,
    /// Set when an edition came too late: it is made once more.
    pub again: Arc<AtomicBool>,
    /// Set when the show is over.
    pub over: Arc<AtomicBool>,
}

/// Looks after a file until the show is over; `playing` is what plays.
pub(crate) fn watch(watched: Watched, playing: &Loaded, inputs: SyncSender<Input>) {
    let mut known = fingerprint(&playing.preset);
    let work = move || {
        let mut text = read_text(&watched.file, PRESET_LIMIT).ok();
        while !watched.over.load(Ordering::Relaxed) {
            thread::sleep(LOOK);
            let Ok(now) = read_text(&watched.file, PRESET_LIMIT) else { continue };
            // An editor that empties the file before it writes is given another moment.
            let again = watched.again.swap(false, Ordering::Relaxed);
            if again {
                known.clear();
            }
            if text.as_deref() == Some(&*now) && !again || now.trim().is_empty() {
                continue;
            }
            text = Some(now);
            let outcome = match edit(&watched, &mut known) {
                Ok(Some(edited)) => inputs.send(Input::Edited(Box::new(edited))),
                Ok(None) => Ok(()),
                Err(message) => inputs.send(Input::Refused(message)),
            };
            if outcome.is_err() {
                return;
            }
        }
    };
    // Without a thread the preset stays as it is.
    let _ = thread::Builder::new().name("reload".into()).spawn(work);
}

/// Makes the new edition, unless nothing has changed that matters.
fn edit(watched: &Watched, known: &mut String) -> Result<Option<Edited>, String> {
    let mut loaded = load(&watched.name, &watched.changes).map_err(|error| error.to_string())?;
    if watched.stay {
        loaded.preset.beat.iter_mut().for_each(|beat| beat.moves.clear());
    }
    let fingerprint = fingerprint(&loaded.preset);
    if *known == fingerprint {
        return Ok(None);
    }
    let dictionary = loaded.dictionary.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
    let options = PrepareOptions {
        threads: watched.threads.or(Some(1)),
        cancel: Some(&watched.over),
        cache: watched.cache.as_deref(),
        dictionary,
        live: true,
        on_one_thread: true,
        ..PrepareOptions::default()
    };
    let engine = Engine::prepare(&loaded.preset, watched.rate, &options);
    let mut engine = Box::new(engine.map_err(|error| error.to_string())?);
    let now = watched.now.lock().map(|now| *now).unwrap_or_default();
    let edition = roll(watched, &loaded, &mut engine, &now)?;
    *known = fingerprint;
    let facts = Facts::of(&loaded.preset, &engine);
    Ok(Some(Edited { study: engine.study(), facts, edition, engine }))
}

/// Runs a new engine unheard until it is a little ahead of the sound.
fn roll(watched: &Watched, loaded: &Loaded, engine: &mut Engine, now: &Snapshot) -> Result<Edition, String> {
    let quantum = QUANTUM as u64;
    let whole = |frames: u64| frames / quantum * quantum;
    let scene_frame = watched.rate.frames(now.scene_s);
    let back = whole(watched.rate.frames(ROLL_S).min(scene_frame).min(now.frame));
    let (from, scene_frame) = (whole(now.frame) - back, scene_frame - back);
    let mut entry = Vec::new();
    if now.hands.crowd {
        entry.push(Command::Intensity(now.intensity));
        entry.extend(now.hands.activity.map(Command::Activity));
    }
    if now.hands.place {
        entry.push(Command::Place { place: now.place as u16, fade_s: 0.0 });
    }
    let edition = Edition::new(loaded, from, scene_frame, entry);
    let heard = || watched.from + watched.heard.load(Ordering::Relaxed);
    engine.roll(edition.from, edition.scene_frame, whole(now.frame), &edition.entry);
    for _ in 0..TRIES {
        engine.roll_on(whole(heard() + watched.rate.frames(AHEAD_S)));
        if heard() + watched.rate.frames(LEFT_S) <= engine.planned() {
            return Ok(edition);
        }
        if watched.over.load(Ordering::Relaxed) {
            break;
        }
    }
    Err("the edited preset is too much for this machine beside the one that plays".into())
}
