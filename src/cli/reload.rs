//! A preset that is edited while it plays.
//!
//! Owns looking after its files, and bringing a new edition to the moment at which it can take over, in a thread of
//! its own. Does not own the taking over.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::SyncSender,
    },
    thread,
    time::{Duration, SystemTime},
};

use crate::{
    engine::{Command, Engine, PrepareOptions, Snapshot},
    fault::caught,
    live::{Edited, Edition, Facts},
    output::step_back,
    preset::{Loaded, load_allowing},
    units::{QUANTUM, SampleRate},
};

use super::{
    arguments::Common,
    play::Input,
    run::broken,
    stage::{cache_folder, changes, memory_limit},
    take::fingerprint,
};

/// How often the files are looked at. What has changed is read when it has not changed for as long again: an editor
/// may write a file piece by piece.
const LOOK: Duration = Duration::from_millis(120);

/// A new crowd is run unheard for this long, so that it is in the middle of things, seconds.
const ROLL_S: f64 = 8.0;

/// How far ahead of the sound a new edition is handed over, and the least of that that must be left, seconds.
const AHEAD_S: f64 = 1.0;
const LEFT_S: f64 = 0.5;

/// Attempts to catch up with the sound.
const TRIES: usize = 200;

/// What the thread needs to know.
pub(crate) struct Watched {
    /// The preset as the user named it: a file, or a built-in that options lay files over.
    pub name: String,
    /// Options of the command line.
    pub common: Common,
    /// Frames per second.
    pub rate: SampleRate,
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

/// When a file was written and how long it is; nothing while it is away.
type Stamp = Option<(SystemTime, u64)>;

/// The files that a show is made of, as they were last seen.
struct Files {
    seen: Vec<(PathBuf, Stamp)>,
}

impl Files {
    /// The preset itself if it is a file, what it is made of, and what options lay over it.
    fn of(watched: &Watched, loaded: &Loaded) -> Self {
        let own = loaded.folder.as_ref().map(|_| PathBuf::from(&watched.name));
        let Common { srt, cues, intensity, .. } = &watched.common;
        let sheets = [srt, cues, intensity].into_iter().flatten();
        let paths = own.into_iter().chain(loaded.files.iter().cloned()).chain(sheets.cloned());
        Self { seen: paths.map(|path| (path.clone(), stamp(&path))).collect() }
    }

    /// True if any has changed since the last look.
    fn look(&mut self) -> bool {
        let mut changed = false;
        for (path, seen) in &mut self.seen {
            let now = stamp(path);
            changed |= std::mem::replace(seen, now) != now;
        }
        changed
    }

    /// Takes over which files there are. What was seen before it was read stays: a change since then is still one.
    fn become_those(&mut self, mut now: Self) {
        for (path, stamp) in &mut now.seen {
            if let Some((_, before)) = self.seen.iter().find(|(seen, _)| seen == path) {
                *stamp = *before;
            }
        }
        *self = now;
    }

    /// True if all are there.
    fn are_there(&self) -> bool {
        self.seen.iter().all(|(_, stamp)| stamp.is_some_and(|(_, bytes)| bytes > 0))
    }
}

fn stamp(path: &Path) -> Stamp {
    let facts = path.metadata().ok()?;
    Some((facts.modified().ok()?, facts.len()))
}

/// All that an edition is made of, for telling whether a new one would be another.
fn identity(loaded: &Loaded) -> String {
    let words = loaded.dictionary.as_ref().map_or("", |(_, text)| text);
    format!("{} {}", fingerprint(&loaded.preset), blake3::hash(words.as_bytes()))
}

/// Looks after the files of `playing` until the show is over.
pub(crate) fn watch(watched: Watched, playing: &Loaded, inputs: SyncSender<Input>) {
    let mut files = Files::of(&watched, playing);
    if files.seen.is_empty() {
        return;
    }
    let mut known = identity(playing);
    let work = move || {
        step_back();
        // What was saved between the reading for the show and the first look counts too.
        let mut unread = true;
        while !watched.over.load(Ordering::Relaxed) {
            thread::sleep(LOOK);
            if watched.again.swap(false, Ordering::Relaxed) {
                known.clear();
                unread = true;
            }
            if files.look() {
                unread = true;
                continue;
            }
            // An editor that empties or replaces a file is given another moment.
            if !unread || !files.are_there() {
                continue;
            }
            unread = false;
            let made = caught(|| edit(&watched, &mut files, &mut known));
            let made = made.unwrap_or_else(|reason| Err(broken(&reason).to_string()));
            let input = match made {
                Ok(Some(edited)) => Input::Edited(Box::new(edited)),
                Ok(None) => Input::Unchanged,
                Err(message) => Input::Refused(message),
            };
            if inputs.send(input).is_err() {
                return;
            }
        }
    };
    // Without a thread the preset stays as it is.
    let _ = thread::Builder::new().name("reload".into()).spawn(work);
}

/// Makes the new edition, unless nothing has changed that matters.
fn edit(watched: &Watched, files: &mut Files, known: &mut String) -> Result<Option<Edited>, String> {
    let changes = changes(&watched.common).map_err(|failure| failure.to_string())?;
    let mut loaded = load_allowing(&watched.name, &changes, &watched.common.allow_files)
        .map_err(|error| error.to_string())?;
    files.become_those(Files::of(watched, &loaded));
    if watched.common.place.is_some() {
        loaded.preset.beat.iter_mut().for_each(|beat| beat.moves.clear());
    }
    let identity = identity(&loaded);
    if *known == identity {
        return Ok(None);
    }
    let cache = cache_folder(&watched.common);
    let dictionary = loaded.dictionary.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
    let options = PrepareOptions {
        threads: watched.common.threads.map(usize::from).or(Some(1)),
        cancel: Some(&watched.over),
        cache: cache.as_deref(),
        dictionary,
        live: true,
        on_one_thread: true,
        memory_limit_bytes: Some(memory_limit(watched.common.max_memory)),
        ..PrepareOptions::default()
    };
    let engine = Engine::prepare(&loaded.preset, watched.rate, &options);
    let mut engine = Box::new(engine.map_err(|error| error.to_string())?);
    let now = watched.now.lock().map(|now| *now).unwrap_or_default();
    let edition = roll(watched, &loaded, &mut engine, &now)?;
    *known = identity;
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
