//! The control side of a show that is on: takes actions, gives them to the engine, keeps the log and the messages.
//!
//! Owns what a performer's words mean at this moment (the next beat, the other way round), the log of the performance
//! and editions that take over. Does not own keys, screens, ports or devices, which hand in [`Action`]s and read
//! [`Desk::now`]; nor learning (see `school`) and what is heard (see `hearing`).

mod acts;

use std::collections::VecDeque;

use rtrb::Consumer;

use crate::crowd::MAX_KEYS;
use crate::engine::{Did, Engine, EngineHandle, Reporter, Snapshot, Study};
use crate::output::OutputError;
use crate::units::SampleRate;

use super::action::Action;
use super::facts::Facts;
use super::hearing::{Hearing, Meters, RecordTo};
use super::performance::{Edition, Performance, What};
use super::school::{Learned, School};

pub use acts::help;

/// Messages that are kept for the screen.
const MESSAGES: usize = 50;

/// Intensity at which a unison begins.
const UNISON: f32 = 0.9;

/// Commands that are handed on between two looks: an engine that is run takes them all; more than that is a flood.
const MOST_COMMANDS: usize = 128;

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

/// The control side of a show.
pub struct Desk {
    handle: EngineHandle,
    facts: Facts,
    rate: SampleRate,
    now: Snapshot,
    sent: usize,
    swollen: Option<f32>,
    school: School,
    hearing: Hearing,
    report: Option<Reporter>,
    log: Option<Performance>,
    unlogged: u64,
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
        Self {
            handle,
            facts,
            rate,
            now: Snapshot::default(),
            sent: 0,
            swollen: None,
            school: School::of(study),
            hearing: Hearing::new(heard, rate, record_to),
            report: None,
            log: None,
            unlogged: 0,
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
        self.hearing.meters()
    }

    /// The last messages, oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.messages.iter().map(String::as_str)
    }

    /// The file that is being recorded.
    pub fn recording(&self) -> Option<&str> {
        self.hearing.recording()
    }

    /// How many phrases or tempos are being learned.
    pub fn learning(&self) -> usize {
        self.school.waiting()
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
            // What was saved last has to play in the end.
            self.missed = true;
            return Err("another edition of the preset is on its way: this one is made once more".into());
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
        self.school = School::of(study.map(|study| study.after(self.generation, 0)));
        self.facts = facts;
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

    fn note(&mut self, text: &str) {
        let frame = self.now.frame;
        if let Some(log) = &mut self.log {
            // Behind what is there already: snapshots are a little older than deeds.
            let frame = log.events.last().map_or(frame, |e| frame.max(e.frame));
            log.add(frame, What::Note(text.to_owned()));
        }
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
                Did::TookUp(number) => self.school.taught(number),
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
        if self.log.is_some() && self.now.unlogged > self.unlogged {
            let missed = self.now.unlogged - std::mem::replace(&mut self.unlogged, self.now.unlogged);
            self.complain(format!("the log misses {missed} commands: it will not give the same sound"));
        }
        let heard = self.hearing.hear(&mut self.report);
        if self.hearing.take_held_up() && (self.recording().is_some() || self.report.is_some()) {
            self.complain("what is recorded has a gap: this program was held up for more than ten seconds");
        }
        heard
    }

    fn take_learned(&mut self) {
        while let Some(Learned { what, outcome }) = self.school.ready() {
            match outcome {
                Ok(uptake) => {
                    if let (What::Phrase(words), Some(line)) = (&what, uptake.line()) {
                        // Behind those with keys only the last one is named: the others are forgotten by and by.
                        self.facts.chants.truncate(MAX_KEYS);
                        self.facts.chants.push((line, words.clone()));
                        let key = self.facts.chants.len();
                        let key = if key <= MAX_KEYS { format!(" (key {key})") } else { String::new() };
                        self.say(format!("from the next repeat: {words}{key}"));
                    }
                    self.school.teaches(uptake.number(), what);
                    if self.handle.take_up(uptake).is_err() {
                        self.complain("nobody takes up what was learned");
                    }
                }
                Err(error) => self.complain(error),
            }
        }
    }

    /// Ends everything: the recording gets its name, the log its length of `frames`. The last value tells whether the
    /// recording could be finished; report and log are there all the same.
    pub fn finish(mut self, frames: u64) -> (Option<Reporter>, Option<Performance>, Result<(), OutputError>) {
        let looked = self.look();
        let finished = self.hearing.finish();
        if let Ok(Some(said)) = &finished {
            self.note(said);
        }
        if let Some(log) = &mut self.log {
            log.frames = frames;
        }
        (self.report, self.log, looked.and(finished.map(|_| ())))
    }
}
