//! The control side of a show that is on: takes actions, gives them to the engine, keeps the log and the figures.
//!
//! Owns what a performer's words mean at this moment (the next beat, the other way round), learning of new words
//! beside the sound, the log of the performance, recordings and meters. Does not own keys, screens, ports or
//! devices, which hand in [`Action`]s and read [`Desk::now`].

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use rtrb::Consumer;

use crate::analysis::LoudnessMeter;
use crate::engine::{Command, Did, Engine, EngineError, EngineHandle, Reporter, Snapshot, Study, Uptake};
use crate::output::{Format, Info, OutputError, WavWriter};
use crate::scene::{Activity, CueAction};
use crate::units::{SampleRate, gain_from_db};

use super::action::{Action, Level, Switch, Target};
use super::facts::Facts;
use super::performance::{Edition, Performance, What};

/// Messages that are kept for the screen.
const MESSAGES: usize = 50;

/// Intensity at which a unison begins.
const UNISON: f32 = 0.9;

/// Commands that are handed on between two looks: an engine that is run takes them all; more than that is a flood.
const MOST_COMMANDS: usize = 128;

/// What a study is asked for.
enum Job {
    Phrase(String),
    Tempo { line: Option<u16>, bpm: f64 },
}

/// What came of it.
struct Learned {
    what: What,
    outcome: Result<Box<Uptake>, EngineError>,
}

/// A message for the performer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What.
    pub text: String,
    /// Something went wrong.
    pub wrong: bool,
}

/// An edition of the preset that is ready to take over.
pub struct Edited {
    /// The engine, run to the frame at which it takes over.
    pub engine: Box<Engine>,
    /// What learns new words for it, if anything does.
    pub study: Option<Study>,
    /// What can be named in it.
    pub facts: Facts,
    /// How it was made, for the log.
    pub edition: Edition,
}

/// An edition on its way.
struct Coming {
    at: u64,
    study: Option<Study>,
    facts: Facts,
    edition: Edition,
}

/// Where recordings go.
#[derive(Clone, Debug)]
pub struct RecordTo {
    /// The file; a number is put behind the name of the second and later ones.
    pub path: PathBuf,
    /// How samples are stored.
    pub format: Format,
    /// What is said about it in the file.
    pub info: Info,
    /// For the dither.
    pub seed: u64,
}

/// What is heard, measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meters {
    /// Highest sample of the last tenth of a second, left and right, linear.
    pub peak: [f32; 2],
    /// Highest sample so far, linear.
    pub top: f32,
    /// Loudness of the last 400 ms, LUFS.
    pub momentary_lufs: f64,
    /// Loudness of the last 3 s, LUFS.
    pub short_term_lufs: f64,
    /// Loudness so far, LUFS.
    pub integrated_lufs: f64,
}

/// The control side of a show.
pub struct Desk {
    handle: EngineHandle,
    facts: Facts,
    rate: SampleRate,
    now: Snapshot,
    sent: usize,
    swollen: Option<f32>,
    jobs: Option<Sender<Job>>,
    learned: Receiver<Learned>,
    learning: usize,
    /// What each uptake taught, until the engine says when it took it up.
    taught: HashMap<u32, What>,
    heard: Consumer<[f32; 2]>,
    frames: u64,
    loudness: Option<LoudnessMeter>,
    meters: Meters,
    window: u64,
    report: Option<Reporter>,
    log: Option<Performance>,
    record_to: RecordTo,
    recorder: Option<(WavWriter, String)>,
    recordings: usize,
    messages: VecDeque<String>,
    news: Vec<News>,
    coming: Option<Coming>,
    generation: u32,
    problem: Option<String>,
    missed: bool,
    quit: bool,
}

impl Desk {
    /// A desk for an engine whose control side and study are handed in.
    ///
    /// * `heard`: what is heard, frame by frame, from `from_frame` on.
    pub fn new(
        handle: EngineHandle,
        study: Option<Study>,
        facts: Facts,
        rate: SampleRate,
        heard: Consumer<[f32; 2]>,
        record_to: RecordTo,
    ) -> Self {
        let (jobs, learned) = study.map_or_else(
            || (None, mpsc::channel().1),
            |study| {
                let (jobs, learned) = school(study);
                (Some(jobs), learned)
            },
        );
        Self {
            handle,
            facts,
            rate,
            now: Snapshot::default(),
            sent: 0,
            swollen: None,
            jobs,
            learned,
            learning: 0,
            taught: HashMap::new(),
            heard,
            frames: 0,
            loudness: LoudnessMeter::new(2, rate).ok(),
            meters: Meters::default(),
            window: 0,
            report: None,
            log: None,
            record_to,
            recorder: None,
            recordings: 0,
            messages: VecDeque::new(),
            news: Vec::new(),
            coming: None,
            generation: 0,
            problem: None,
            missed: false,
            quit: false,
        }
    }

    /// Collects a report as well.
    pub fn report(&mut self, reporter: Reporter) {
        self.report = Some(reporter);
    }

    /// Writes down what is done.
    pub fn log(&mut self, performance: Performance) {
        self.log = Some(performance);
    }

    /// What is known of the show.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The engine a moment ago.
    pub fn now(&self) -> &Snapshot {
        &self.now
    }

    /// What is heard.
    pub fn meters(&self) -> &Meters {
        &self.meters
    }

    /// Frames heard so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// The last messages, oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.messages.iter().map(String::as_str)
    }

    /// The file that is being recorded.
    pub fn recording(&self) -> Option<&str> {
        self.recorder.as_ref().map(|(_, name)| name.as_str())
    }

    /// How many phrases or tempos are being learned.
    pub fn learning(&self) -> usize {
        self.learning
    }

    /// True once the end has been asked for.
    pub fn is_quitting(&self) -> bool {
        self.quit
    }

    /// What is wrong with the edited preset, until the next edition.
    pub fn problem(&mut self, problem: Option<String>) {
        self.problem = problem;
    }

    /// True once after an edited preset came too late to take over.
    pub fn take_missed(&mut self) -> bool {
        std::mem::take(&mut self.missed)
    }

    /// What is wrong with the edited preset.
    pub fn problems(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Lets an edited preset take over.
    ///
    /// # Errors
    /// One line, if another one is on its way.
    pub fn succeed(&mut self, edited: Edited) -> Result<(), String> {
        let Edited { engine, study, facts, edition } = edited;
        let at = engine.planned();
        if self.coming.is_some() || self.handle.succeed(engine).is_err() {
            return Err("another edition of the preset is on its way: save it once more".into());
        }
        self.coming = Some(Coming { at, study, facts, edition });
        Ok(())
    }

    /// The edition that was waited for has taken over, or has come too late.
    fn take_over(&mut self, took: bool) {
        let Some(Coming { at, study, facts, edition }) = self.coming.take() else { return };
        if !took {
            self.missed = true;
            self.say("the edited preset came too late: once more");
            return;
        }
        self.problem = None;
        self.generation += 1;
        (self.jobs, self.learned) = match study {
            Some(study) => {
                let (jobs, learned) = school(study.after(self.generation, 0));
                (Some(jobs), learned)
            }
            None => (None, mpsc::channel().1),
        };
        (self.learning, self.facts) = (0, facts);
        self.taught.clear();
        if let Some(log) = &mut self.log {
            log.add(at, What::Reload(Box::new(edition)));
        }
        self.say("the edited preset plays");
    }

    /// Keeps a message for the screen.
    pub fn say(&mut self, message: impl Into<String>) {
        self.tell(message.into(), false);
    }

    /// Keeps a message about something that went wrong.
    pub fn complain(&mut self, message: impl Into<String>) {
        self.tell(message.into(), true);
    }

    fn tell(&mut self, text: String, wrong: bool) {
        if text.is_empty() {
            return;
        }
        if self.messages.len() == MESSAGES {
            self.messages.pop_front();
        }
        self.messages.push_back(text.clone());
        if self.news.len() < MESSAGES {
            self.news.push(News { text, wrong });
        }
    }

    /// The messages since the last call.
    pub fn news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    /// Does what a performer asks; returns what there is to say about it.
    ///
    /// # Errors
    /// One line, if it cannot be done.
    pub fn act(&mut self, action: Action) -> Result<String, String> {
        // What was asked for is an answer, not a message.
        let asked = matches!(action, Action::State | Action::Help);
        let said = self.perform(action);
        match &said {
            Ok(text) if !asked => self.say(text.clone()),
            Ok(_) => {}
            Err(text) => self.complain(text.clone()),
        }
        said
    }

    fn perform(&mut self, action: Action) -> Result<String, String> {
        let hands = self.now.hands;
        match action {
            Action::Intensity(level) => {
                let from = self.swollen.unwrap_or(self.now.intensity);
                let to = match level {
                    Level::To(to) => to,
                    Level::By(by) => from + by,
                };
                // Two steps within one look add up.
                let to = to.clamp(0.0, 1.0);
                self.swollen = Some(to);
                self.send(Command::Intensity(to))?;
                Ok(format!("intensity {to:.2}"))
            }
            Action::Swell { to, seconds } => {
                self.send(Command::Swell { to, seconds })?;
                Ok(format!("swell to {to} within {seconds} s"))
            }
            Action::Unison => {
                let intensity = self.now.intensity.max(UNISON);
                self.send(Command::Intensity(intensity))?;
                self.send(Command::Activity(Activity::Chant))?;
                Ok("unison".into())
            }
            Action::Cue(cue) => {
                self.send(Command::Cue(cue))?;
                Ok(cue_name(cue).into())
            }
            Action::Activity(activity) => {
                self.send(Command::Activity(activity))?;
                Ok(format!("{activity:?}").to_lowercase())
            }
            Action::Scene => {
                self.send(Command::FollowScene)?;
                Ok("back to the scene".into())
            }
            Action::Beat(target) => self.beat(&target),
            Action::Hold(switch) => {
                let on = switch.after(hands.hold);
                self.send(Command::Hold(on))?;
                Ok(if on { "the scene holds" } else { "the scene goes on" }.into())
            }
            Action::Loop(switch) => {
                let on = switch.after(hands.looped);
                self.send(Command::Loop(on))?;
                Ok(if on { "this beat repeats" } else { "the scene goes on" }.into())
            }
            Action::Place { place, fade_s } => self.place(&place, fade_s),
            Action::Line(n) => {
                let chant = self.facts.chants.get(usize::from(n) - 1);
                let (line, words) = chant.cloned().ok_or_else(|| self.no_line(n))?;
                self.send(Command::Line(line))?;
                Ok(format!("from the next repeat: {words}"))
            }
            Action::Phrase(words) => self.study(Job::Phrase(words.clone()), format!("learning: {words}")),
            Action::Call(name) => self.call(name.as_deref()),
            Action::Amp(amp) => self.send(Command::Amp(amp)).map(|()| format!("amp {amp:.2}")),
            Action::Spread(spread) => {
                self.send(Command::Spread(spread)).map(|()| format!("spread {spread:.2}"))
            }
            Action::People(people) => self.send(Command::People(people)).map(|()| format!("{people} people")),
            Action::Tempo(None) => self.send(Command::Tempo(0.0)).map(|()| "the scene's tempo".into()),
            Action::Tempo(Some(bpm)) => {
                let line = hands.line;
                self.study(Job::Tempo { line, bpm: f64::from(bpm) }, format!("{bpm:.1} beats per minute"))
            }
            Action::Gain(db) => {
                self.send(Command::Gain(gain_from_db(f64::from(db)) as f32))?;
                Ok(format!("gain {db:+.1} dB"))
            }
            Action::Mute(switch) => {
                let on = switch.after(hands.mute);
                self.send(Command::Mute(on))?;
                Ok(if on { "mute" } else { "mute off" }.into())
            }
            Action::Panic => {
                self.send(Command::Panic)?;
                Ok("panic: everything stops; `scene` goes on".into())
            }
            Action::Record(switch) => self.record(switch).map_err(|error| error.to_string()),
            Action::State => Ok(self.state()),
            Action::Help => Ok(help()),
            Action::Quit(seconds) => {
                self.quit = true;
                self.send(Command::FadeOut { seconds })?;
                Ok(format!("fading out over {seconds} s"))
            }
        }
    }

    fn send(&mut self, command: Command) -> Result<(), String> {
        self.sent += 1;
        let busy = || "too much at once: left out".to_owned();
        if self.sent > MOST_COMMANDS && !matches!(command, Command::FadeOut { .. } | Command::Panic) {
            return Err(busy());
        }
        self.handle.send(command).map_err(|_| busy())
    }

    fn beat(&mut self, target: &Target) -> Result<String, String> {
        let last = self.facts.beats.len() - 1;
        let beat = match target {
            Target::Next if self.now.beat == last => return Err("this is the last beat".into()),
            Target::Next => self.now.beat + 1,
            Target::Previous => self.now.beat.saturating_sub(1),
            Target::Scene => self.now.beat,
            Target::Named(name) => usize::from(self.facts.beat(name)?),
        };
        // The next of the next within one look.
        self.now.beat = beat;
        self.send(Command::Beat(beat as u16))?;
        Ok(format!("beat {}: {}", beat + 1, self.facts.beats[beat].0))
    }

    fn place(&mut self, target: &Target, fade_s: f32) -> Result<String, String> {
        let count = self.facts.places.len();
        let place = match target {
            Target::Scene => {
                self.send(Command::FollowPlace)?;
                return Ok("heard from where the scene is".into());
            }
            Target::Next => (self.now.place + 1) % count,
            Target::Previous => (self.now.place + count - 1) % count,
            Target::Named(name) => usize::from(self.facts.place(name)?),
        };
        self.now.place = place;
        self.send(Command::Place { place: place as u16, fade_s })?;
        Ok(format!("heard from: {}", self.facts.places[place]))
    }

    fn call(&mut self, name: Option<&str>) -> Result<String, String> {
        if !self.facts.leader {
            return Err("nobody leads this crowd: the preset has no leader".into());
        }
        match name {
            None => self.send(Command::Cue(CueAction::Call))?,
            Some(name) => {
                let line = self.facts.call(name)?;
                self.send(Command::Call(line))?;
            }
        }
        Ok("the leader calls".into())
    }

    fn no_line(&self, n: u8) -> String {
        let lines = self.facts.chants.iter().take(9).enumerate();
        let all: Vec<String> = lines.map(|(k, (_, words))| format!("{} {words}", k + 1)).collect();
        format!("there is no phrase {n}; there are: {}", all.join(", "))
    }

    fn study(&mut self, job: Job, said: String) -> Result<String, String> {
        let jobs = self.jobs.as_ref().ok_or("this show cannot learn")?;
        if self.learning >= 4 {
            return Err("still learning: wait a moment".into());
        }
        jobs.send(job).map_err(|_| "learning has ended".to_owned())?;
        self.learning += 1;
        Ok(said)
    }

    fn record(&mut self, switch: Switch) -> Result<String, OutputError> {
        let on = switch.after(self.recorder.is_some());
        match (on, self.recorder.take()) {
            (true, Some(running)) => {
                let said = format!("recording {} already", running.1);
                self.recorder = Some(running);
                Ok(said)
            }
            (true, None) => {
                let RecordTo { path, format, info, seed } = &self.record_to;
                let path = numbered(path, self.recordings);
                // The length is unknown: an hour decides the kind of header.
                let writer = WavWriter::create(&path, *format, info, format.rate.frames(3600.0), *seed)?;
                self.recordings += 1;
                let name = path.display().to_string();
                let said = format!("recording {name}");
                self.note(&said);
                self.recorder = Some((writer, name));
                Ok(said)
            }
            (false, Some((writer, name))) => {
                let frames = writer.finish()?;
                let said = format!("{name}: {:.1} s", self.rate.seconds(frames));
                self.note(&said);
                Ok(said)
            }
            (false, None) => Ok("nothing is being recorded".into()),
        }
    }

    fn note(&mut self, text: &str) {
        let frame = self.now.frame;
        if let Some(log) = &mut self.log {
            // Behind what is there already: snapshots are a little older than deeds.
            let frame = log.events.last().map_or(frame, |e| frame.max(e.frame));
            log.add(frame, What::Note(text.to_owned()));
        }
    }

    /// One line about how it stands.
    pub fn state(&self) -> String {
        let now = &self.now;
        let beat = self.facts.beats.get(now.beat).map_or("", |b| b.0.as_str());
        let place = self.facts.places.get(now.place).map_or("", String::as_str);
        let crowd = &now.crowd;
        format!(
            "at {:.1} s, beat {} ({beat}), from {place}, intensity {:.2}; {} murmur, {} chant, {} roar, {} silent; \
             {:.1} LUFS",
            now.scene_s,
            now.beat + 1,
            now.intensity,
            crowd.murmuring,
            crowd.chanting,
            crowd.roaring,
            crowd.silent,
            self.meters.momentary_lufs
        )
    }

    /// Looks after everything: reads what the engine says, writes it down, records, measures, hands over what was
    /// learned. To be called every 50 ms or sooner.
    ///
    /// # Errors
    /// [`OutputError`], if a recording cannot be written; it ends then, and the show goes on.
    pub fn look(&mut self) -> Result<(), OutputError> {
        (self.sent, self.swollen) = (0, None);
        while let Some(snapshot) = self.handle.snapshot() {
            if let Some(report) = &mut self.report {
                report.note(snapshot);
            }
            self.now = snapshot;
        }
        self.take_learned();
        while let Some(deed) = self.handle.deed() {
            let what = match deed.what {
                Did::Command(command) => Some(What::Do(command)),
                Did::TookUp(number) => self.taught.remove(&number),
                Did::TookOver => {
                    self.take_over(true);
                    None
                }
            };
            if let (Some(log), Some(what)) = (&mut self.log, what) {
                let frame = log.events.last().map_or(deed.frame, |e| deed.frame.max(e.frame));
                log.add(frame, what);
            }
        }
        let second = u64::from(self.rate.hz());
        if self.coming.as_ref().is_some_and(|coming| self.now.frame > coming.at + second) {
            self.take_over(false);
        }
        self.hear()
    }

    fn take_learned(&mut self) {
        while let Ok(Learned { what, outcome }) = self.learned.try_recv() {
            self.learning -= 1;
            match outcome {
                Ok(uptake) => {
                    if let (What::Phrase(words), Some(line)) = (&what, uptake.line()) {
                        self.facts.chants.push((line, words.clone()));
                        let key = self.facts.chants.len();
                        let key = if key <= 9 { format!(" (key {key})") } else { String::new() };
                        self.say(format!("from the next repeat: {words}{key}"));
                    }
                    self.taught.insert(uptake.number(), what);
                    if self.handle.take_up(uptake).is_err() {
                        self.complain("nobody takes up what was learned");
                    }
                }
                Err(error) => self.complain(error.to_string()),
            }
        }
    }

    fn hear(&mut self) -> Result<(), OutputError> {
        let mut outcome = Ok(());
        let count = self.heard.slots();
        let Ok(chunk) = self.heard.read_chunk(count) else { return Ok(()) };
        let (a, b) = chunk.as_slices();
        for part in [a, b] {
            for block in part.chunks(1024) {
                let (mut left, mut right) = ([0.0; 1024], [0.0; 1024]);
                for ((l, r), frame) in left.iter_mut().zip(&mut right).zip(block) {
                    (*l, *r) = (frame[0], frame[1]);
                }
                let (left, right) = (&left[..block.len()], &right[..block.len()]);
                if let Some((writer, _)) = &mut self.recorder
                    && let Err(error) = writer.write(&[left, right])
                {
                    self.recorder = None;
                    outcome = Err(error);
                }
                if let Some(report) = &mut self.report {
                    report.hear(left, right);
                }
                if let Some(loudness) = &mut self.loudness {
                    let _ = loudness.push(&[left, right]);
                }
                let peak = [left, right].map(|c| c.iter().fold(0.0f32, |m, x| m.max(x.abs())));
                if self.window >= u64::from(self.rate.hz() / 10) {
                    (self.window, self.meters.peak) = (0, [0.0; 2]);
                }
                self.window += block.len() as u64;
                for (held, peak) in self.meters.peak.iter_mut().zip(peak) {
                    *held = held.max(peak);
                    self.meters.top = self.meters.top.max(peak);
                }
                self.frames += block.len() as u64;
            }
        }
        chunk.commit_all();
        if let (true, Some(loudness)) = (count > 0, &self.loudness) {
            self.meters.momentary_lufs = loudness.momentary_lufs();
            self.meters.short_term_lufs = loudness.short_term_lufs();
            self.meters.integrated_lufs = loudness.integrated_lufs();
        }
        outcome
    }

    /// Ends everything: the recording gets its name, the log its length of `frames`.
    ///
    /// # Errors
    /// [`OutputError`], if the recording cannot be finished.
    pub fn finish(mut self, frames: u64) -> Result<(Option<Reporter>, Option<Performance>), OutputError> {
        let looked = self.look();
        if let Some((writer, name)) = self.recorder.take() {
            let frames = writer.finish()?;
            self.note(&format!("{name}: {:.1} s", self.rate.seconds(frames)));
        }
        looked?;
        if let Some(log) = &mut self.log {
            log.frames = frames;
        }
        Ok((self.report, self.log))
    }
}

/// Everything that can be typed.
pub fn help() -> String {
    let widest = super::action::HELP.iter().map(|(words, _)| words.len()).max().unwrap_or(0);
    let lines = super::action::HELP.iter().map(|(words, what)| format!("{words:widest$}  {what}"));
    lines.collect::<Vec<_>>().join("\n")
}

fn cue_name(cue: CueAction) -> &'static str {
    match cue {
        CueAction::Call => "call",
        CueAction::Solo => "solo",
        CueAction::Hush => "hush",
        CueAction::Gasp => "gasp",
        CueAction::Roar => "roar",
        CueAction::Cheer => "cheer",
        CueAction::ClapStart => "clapping along",
        CueAction::ClapStop => "no more clapping",
        CueAction::Release => "back to what the beat asks for",
    }
}

/// `take.wav`, `take-2.wav`, `take-3.wav`.
fn numbered(path: &std::path::Path, before: usize) -> PathBuf {
    if before == 0 {
        return path.to_owned();
    }
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let ending = path.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}-{}{ending}", before + 1))
}

/// A thread that learns what it is asked to. It ends when nobody asks any more.
fn school(mut study: Study) -> (Sender<Job>, Receiver<Learned>) {
    let (jobs, asked) = mpsc::channel();
    let (answer, learned) = mpsc::channel();
    let work = move || {
        while let Ok(job) = asked.recv() {
            let (what, outcome) = match job {
                Job::Phrase(words) => {
                    let outcome = study.phrase(&words);
                    (What::Phrase(words), outcome)
                }
                Job::Tempo { line, bpm } => {
                    let outcome = study.tempo(line, bpm);
                    (What::Tempo { line, bpm }, outcome)
                }
            };
            if answer.send(Learned { what, outcome }).is_err() {
                return;
            }
        }
    };
    // Without a thread nothing is learned, and whoever asks is told so.
    let _ = thread::Builder::new().name("study".into()).spawn(work);
    (jobs, learned)
}
