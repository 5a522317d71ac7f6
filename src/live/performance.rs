//! A performance that was written down: every control with its frame, good for the very same samples again.
//!
//! Owns the file of `--log-performance` and the script that gives it again. Does not own what commands do.
//!
//! Frames count from the start of the engine and are multiples of its quantum; a command that was given between two
//! of them was heard from the later one on, live and here.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

use crate::engine::{Command, Engine, EngineError, PrepareOptions, Script, Study};
use crate::grain::GrainError;
use crate::preset::{Loaded, PresetError, SourceKind, load_text};
use crate::units::{QUANTUM, SampleRate};

/// The version of the file that this program writes.
const VERSION: u32 = 1;

/// The most that is read, bytes: hours of the busiest hands.
const LIMIT_BYTES: usize = 64 << 20;

/// The longest performance, seconds: a day, and some.
const LIMIT_S: u64 = 100_000;

/// The last frame that there can be, at the highest rate.
const LIMIT_FRAMES: u64 = LIMIT_S * 192_000;

/// Frames that an edition is run unheard at a time.
const STEP_FRAMES: usize = 1 << 18;

/// A whole performance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Performance {
    /// Version of the file.
    pub version: u32,
    /// Version of uproar that wrote it; another one may sound different.
    pub uproar: String,
    /// The preset as it was named.
    pub preset: String,
    /// Fingerprint of the preset with all changes: whether it is still the same.
    pub fingerprint: String,
    /// Options that changed the preset: path and value, in order.
    pub options: Vec<OptionUsed>,
    /// One place was asked for on the command line: beats do not move on to others.
    #[serde(default)]
    pub stay: bool,
    /// Frames per second.
    pub rate_hz: u32,
    /// First frame that was heard.
    pub from_frame: u64,
    /// How many frames were heard.
    pub frames: u64,
    /// The scene was cut at its start and its end, which is faded.
    #[serde(default)]
    pub cut: [bool; 2],
    /// Everything that was done, in order of time.
    pub events: Vec<Event>,
}

/// A change to a preset that came from the command line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionUsed {
    /// As it was typed, for messages.
    pub option: String,
    /// Path of the key; `list[].key` is that key of every entry.
    pub path: String,
    /// The value.
    pub value: String,
    /// It is text whatever it looks like.
    pub literal: bool,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// First frame that it concerns.
    pub frame: u64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A command to the engine.
    Do(Command),
    /// New words were taken up.
    Phrase(String),
    /// A new tempo was taken up.
    Tempo {
        /// The line, the main one if absent.
        line: Option<u16>,
        /// Beats per minute.
        bpm: f64,
    },
    /// Another edition of the preset took over.
    Reload(Box<Edition>),
    /// Something that is not heard.
    Note(String),
}

/// An edition of a preset that took over from the one before, and how it was brought to that moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// The whole preset, as TOML.
    pub preset: String,
    /// Name and text of its dictionary.
    pub dictionary: Option<(String, String)>,
    /// It was run unheard from this frame ...
    pub from: u64,
    /// ... and this frame of the scene on ...
    pub scene_frame: u64,
    /// ... with these commands.
    pub entry: Vec<Command>,
}

impl Edition {
    /// An edition of a preset that is run from `from` and `scene_frame`.
    pub fn new(loaded: &Loaded, from: u64, scene_frame: u64, entry: Vec<Command>) -> Self {
        let mut preset = loaded.preset.clone();
        // Its words travel along; the file may be elsewhere by then.
        preset.dictionary = None;
        Self {
            // Whatever a preset file can say can be written again.
            preset: toml::to_string(&preset).unwrap_or_default(),
            dictionary: loaded.dictionary.clone(),
            from,
            scene_frame,
            entry,
        }
    }

    /// The engine that took over at `at`.
    ///
    /// # Errors
    /// [`EditionError`], if the preset cannot be used.
    pub fn engine(
        &self,
        at: u64,
        rate: SampleRate,
        means: &TakeOptions,
    ) -> Result<Box<Engine>, EditionError> {
        let preset = load_text("edition", &self.preset, None, SourceKind::File, &[])?.preset;
        let dictionary = self.dictionary.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
        let options = PrepareOptions {
            live: true,
            on_one_thread: true,
            dictionary,
            cache: means.cache.as_deref(),
            threads: means.threads,
            cancel: means.cancel.as_deref(),
            memory_limit_bytes: means.memory_limit_bytes,
            ..PrepareOptions::default()
        };
        let mut engine = Box::new(Engine::prepare(&preset, rate, &options)?);
        let Some(steps) = self.steps(at) else { return Err(EditionError::Frame { from: self.from }) };
        engine.roll(self.from, self.scene_frame, self.from, &self.entry);
        for to in steps {
            if means.cancel.as_ref().is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
                return Err(EngineError::from(GrainError::Cancelled).into());
            }
            engine.roll_on(to);
        }
        Ok(engine)
    }

    /// The frames on the way to `at` where somebody may want to stop; `None` if it cannot get there.
    fn steps(&self, at: u64) -> Option<impl Iterator<Item = u64>> {
        let starts = self.from <= at && self.from.is_multiple_of(QUANTUM as u64);
        let parts = (self.from..at).step_by(STEP_FRAMES).skip(1).chain(std::iter::once(at));
        (starts && self.scene_frame <= LIMIT_FRAMES).then_some(parts)
    }
}

/// What the engines of a performance may use.
#[derive(Clone, Debug, Default)]
pub struct TakeOptions {
    /// Where performed voices are kept, if anywhere.
    pub cache: Option<PathBuf>,
    /// Threads that perform; one per core if absent.
    pub threads: Option<usize>,
    /// As in [`PrepareOptions`], for each engine.
    pub memory_limit_bytes: Option<u64>,
    /// Ends the work when it becomes true.
    pub cancel: Option<Arc<AtomicBool>>,
}

/// Why an edition cannot take over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditionError {
    /// The preset is wrong.
    #[error(transparent)]
    Preset(#[from] PresetError),
    /// The engine cannot be made.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// It was run from a frame that cannot be.
    #[error("a reload begins at frame {from}, which is not in front of it or not a multiple of 64")]
    Frame {
        /// The frame.
        from: u64,
    },
}

/// Why a performance cannot be given again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PerformanceError {
    /// Not the file that it should be.
    #[error("{name}, line {line}, column {column}: {reason}")]
    Syntax {
        /// The file.
        name: String,
        /// Line from 1.
        line: usize,
        /// Column from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// More than anybody can play.
    #[error("{name} is larger than {} MB", LIMIT_BYTES >> 20)]
    TooLarge {
        /// The file.
        name: String,
    },
    /// From another version.
    #[error("{name}: version {version} is not known; this program reads version {VERSION}")]
    Version {
        /// The file.
        name: String,
        /// Its version.
        version: u32,
    },
    /// An event at a frame that cannot be.
    #[error("{name}: event {number} is at frame {frame}, which {reason}")]
    Frame {
        /// The file.
        name: String,
        /// Number of the event from 1.
        number: usize,
        /// Its frame.
        frame: u64,
        /// Why that cannot be.
        reason: &'static str,
    },
    /// Longer than anything.
    #[error("{name}: from_frame and frames reach beyond a day")]
    Length {
        /// The file.
        name: String,
    },
    /// A rate that no file has.
    #[error("{name}: rate_hz is {rate_hz}; allowed: {} to {}", SampleRate::RANGE.start(), SampleRate::RANGE.end())]
    Rate {
        /// The file.
        name: String,
        /// The rate.
        rate_hz: u32,
    },
}

impl Performance {
    /// A performance of nothing yet.
    pub fn new(preset: &str, rate: SampleRate, from_frame: u64) -> Self {
        Self {
            version: VERSION,
            uproar: env!("CARGO_PKG_VERSION").into(),
            preset: preset.into(),
            fingerprint: String::new(),
            options: Vec::new(),
            stay: false,
            rate_hz: rate.hz(),
            from_frame,
            frames: 0,
            cut: [false; 2],
            events: Vec::new(),
        }
    }

    /// Reads a file's text; `name` stands in messages.
    ///
    /// # Errors
    /// [`PerformanceError`], naming the place.
    pub fn read(name: &str, text: &str) -> Result<Self, PerformanceError> {
        let name = name.to_owned();
        if text.len() > LIMIT_BYTES {
            return Err(PerformanceError::TooLarge { name });
        }
        let take: Self = serde_json::from_str(text).map_err(|error| {
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
            PerformanceError::Syntax {
                name: name.clone(),
                line: error.line(),
                column: error.column(),
                reason,
            }
        })?;
        take.checked(&name)
    }

    /// The same if it can be given; `name` stands in messages.
    ///
    /// # Errors
    /// [`PerformanceError`], naming the event.
    pub fn checked(self, name: &str) -> Result<Self, PerformanceError> {
        let name = name.to_owned();
        if self.version != VERSION {
            return Err(PerformanceError::Version { name, version: self.version });
        }
        if self.rate().is_none() {
            return Err(PerformanceError::Rate { name, rate_hz: self.rate_hz });
        }
        let limit = LIMIT_S * u64::from(self.rate_hz);
        if self.from_frame.checked_add(self.frames).is_none_or(|end| end > limit) {
            return Err(PerformanceError::Length { name });
        }
        let (mut last, mut rolled) = (0, 0u64);
        for (index, event) in self.events.iter().enumerate() {
            let mut unheard = 0;
            if let What::Reload(edition) = &event.what {
                unheard = event.frame.saturating_sub(edition.from);
            }
            rolled = rolled.saturating_add(unheard);
            let reason = if event.frame < last {
                "lies before the event in front of it"
            } else if matches!(&event.what, What::Reload(edition) if edition.steps(event.frame).is_none()) {
                "its edition of the preset cannot reach"
            } else if rolled > LIMIT_FRAMES {
                "is reached after more than a day of sound that nobody hears"
            } else if !event.frame.is_multiple_of(QUANTUM as u64) {
                "is not a multiple of 64"
            } else {
                last = event.frame;
                continue;
            };
            return Err(PerformanceError::Frame { name, number: index + 1, frame: event.frame, reason });
        }
        Ok(self)
    }

    /// The file's text.
    pub fn text(&self) -> String {
        // Nothing in it can fail to be written: no maps with odd keys, no numbers that JSON lacks.
        let head = Self { events: Vec::new(), ..self.clone() };
        let mut text = serde_json::to_string_pretty(&head).unwrap_or_default();
        // One line for each event: thousands of them stay readable.
        let lines: Vec<String> = self
            .events
            .iter()
            .map(|e| format!("    {}", serde_json::to_string(e).unwrap_or_default()))
            .collect();
        if !lines.is_empty() {
            let list = format!("\"events\": [\n{}\n  ]", lines.join(",\n"));
            text = text.replacen("\"events\": []", &list, 1);
        }
        text + "\n"
    }

    /// Frames per second, if they can be.
    pub fn rate(&self) -> Option<SampleRate> {
        SampleRate::new(self.rate_hz)
    }

    /// Adds something that was done.
    pub fn add(&mut self, frame: u64, what: What) {
        self.events.push(Event { frame, what });
    }
}

/// Gives a performance again: to be handed to [`Engine::follow`].
pub struct Take {
    events: Vec<Event>,
    next: usize,
    study: Option<Study>,
    means: TakeOptions,
    generation: u32,
    failed: Failed,
}

/// What went wrong while a performance was given again.
pub type Failed = Arc<Mutex<Option<EditionError>>>;

impl Take {
    /// From a performance, what learns its words, and what it may use. The second value tells what went wrong, should
    /// anything.
    pub fn new(performance: &Performance, study: Option<Study>, means: TakeOptions) -> (Self, Failed) {
        let failed = Arc::new(Mutex::new(None));
        let events =
            performance.events.iter().filter(|e| !matches!(e.what, What::Note(_))).cloned().collect();
        (Self { events, next: 0, study, means, generation: 0, failed: Arc::clone(&failed) }, failed)
    }

    fn learn(&mut self, what: &What) -> Option<Result<Box<crate::engine::Uptake>, EngineError>> {
        if self.means.cancel.as_ref().is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
            return Some(Err(GrainError::Cancelled.into()));
        }
        let study = self.study.as_mut()?;
        match what {
            What::Phrase(words) => Some(study.phrase(words)),
            What::Tempo { line, bpm } => Some(study.tempo(*line, *bpm)),
            What::Do(_) | What::Note(_) | What::Reload(_) => None,
        }
    }

    fn reload(&mut self, edition: &Edition, at: u64, engine: &mut Engine) -> Result<(), EditionError> {
        let mut next = edition.engine(at, engine.rate(), &self.means)?;
        self.generation += 1;
        self.study = next.study().map(|study| study.after(self.generation, 0));
        // One that is too late was not heard either.
        let _ = engine.succeed(next);
        Ok(())
    }

    fn fail(&self, error: EditionError) {
        if let Ok(mut failed) = self.failed.lock() {
            failed.get_or_insert(error);
        }
    }
}

impl Script for Take {
    fn due(&self) -> Option<u64> {
        self.events.get(self.next).map(|event| event.frame)
    }

    fn act(&mut self, engine: &mut Engine) {
        let Event { frame, what } = self.events[self.next].clone();
        self.next += 1;
        match &what {
            What::Do(command) => return engine.command(*command),
            What::Reload(edition) => {
                if let Err(error) = self.reload(edition, frame, engine) {
                    self.fail(error);
                }
                return;
            }
            _ => {}
        }
        match self.learn(&what) {
            Some(Ok(mut uptake)) => engine.take_up(&mut uptake),
            Some(Err(error)) => self.fail(error.into()),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Activity, CueAction};

    fn performance() -> Performance {
        let mut take = Performance::new("kamino", SampleRate::DEFAULT, 0);
        take.frames = 48_000;
        take.add(0, What::Do(Command::Intensity(0.1)));
        take.add(64, What::Do(Command::Cue(CueAction::Hush)));
        take.add(64, What::Do(Command::Place { place: 2, fade_s: 0.3 }));
        take.add(128, What::Do(Command::Activity(Activity::Chant)));
        take.add(640, What::Phrase("WE \"WANT\"\nMORE".into()));
        take.add(640, What::Tempo { line: None, bpm: 120.5 });
        take.add(704, What::Do(Command::Panic));
        take.add(704, What::Note("record on".into()));
        take
    }

    #[test]
    fn what_is_written_is_read_back() {
        let take = performance();
        let text = take.text();
        assert_eq!(Performance::read("take.json", &text).unwrap(), take, "{text}");
        assert!(text.contains("\n    {\"frame\":64,\"do\":{\"cue\":\"hush\"}},\n"), "{text}");
        let empty = Performance::new("x", SampleRate::DEFAULT, 64);
        assert_eq!(Performance::read("take.json", &empty.text()).unwrap(), empty);
    }

    #[test]
    fn wrong_files_are_refused_with_the_place() {
        let good = performance().text();
        let fail = |text: &str| Performance::read("take.json", text).unwrap_err().to_string();
        assert!(fail("{").starts_with("take.json, line 1, column 1:"), "{}", fail("{"));
        assert!(fail(&good.replace("\"version\": 1", "\"version\": 7")).contains("version 7"));
        assert!(fail(&good.replace("\"frame\":704", "\"frame\":3")).contains("event 7 is at frame 3"));
        assert!(fail(&good.replace("\"frame\":704", "\"frame\":705")).contains("not a multiple of 64"));
        assert!(fail(&good.replace("48000,", "5,")).contains("rate_hz is 5"));
        assert!(
            fail(&good.replace("panic", "pan")).contains("unknown variant `pan`"),
            "{}",
            fail(&good.replace("panic", "pan"))
        );
    }
}
