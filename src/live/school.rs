//! Learning beside the sound: new words and tempos, on a thread of their own.
//!
//! Owns the thread, what is being learned and what was taught. Does not own how words are performed (the engine's
//! study) nor when the crowd takes them up.

use std::collections::HashMap;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use crate::engine::{Study, Uptake};
use crate::fault::caught;
use crate::output::step_back;

use super::performance::What;

/// What may be waited for at a time: to be learned, or to be taken up. The engine's ring has room for as many.
const MOST: usize = 4;

/// What a study is asked for.
pub(super) enum Job {
    Phrase(String),
    Tempo { line: Option<u16>, bpm: f64 },
}

/// What came of it.
pub(super) struct Learned {
    pub what: What,
    pub outcome: Result<Box<Uptake>, String>,
}

/// The thread and what it is asked for.
pub(super) struct School {
    jobs: Option<Sender<Job>>,
    learned: Receiver<Learned>,
    waiting: usize,
    /// What each uptake taught, until the engine says when it took it up.
    taught: HashMap<u32, What>,
}

impl School {
    /// For what learns, if anything does. The thread ends with the school.
    pub fn of(study: Option<Study>) -> Self {
        let (jobs, learned) = match study {
            Some(mut study) => {
                let (jobs, learned) = begin(move |job: &Job| match job {
                    Job::Phrase(words) => study.phrase(words).map_err(|error| error.to_string()),
                    Job::Tempo { line, bpm } => study.tempo(*line, *bpm).map_err(|error| error.to_string()),
                });
                (Some(jobs), learned)
            }
            None => (None, mpsc::channel().1),
        };
        Self { jobs, learned, waiting: 0, taught: HashMap::new() }
    }

    /// How much is being learned.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// Has something learned.
    ///
    /// # Errors
    /// One line, if that cannot be.
    pub fn ask(&mut self, job: Job) -> Result<(), String> {
        let jobs = self.jobs.as_ref().ok_or("this show cannot learn")?;
        if self.waiting + self.taught.len() >= MOST {
            return Err("still learning: wait a moment".into());
        }
        jobs.send(job).map_err(|_| "learning has ended".to_owned())?;
        self.waiting += 1;
        Ok(())
    }

    /// The next that is ready.
    pub fn ready(&mut self) -> Option<Learned> {
        let learned = self.learned.try_recv().ok()?;
        self.waiting = self.waiting.saturating_sub(1);
        Some(learned)
    }

    /// Keeps in mind what an uptake teaches.
    pub fn teaches(&mut self, number: u32, what: What) {
        self.taught.insert(number, what);
    }

    /// What an uptake taught that has been taken up.
    pub fn taught(&mut self, number: u32) -> Option<What> {
        self.taught.remove(&number)
    }
}

/// A thread that learns what it is asked to. It ends when nobody asks any more, and goes on after a fault.
fn begin(
    mut learn: impl FnMut(&Job) -> Result<Box<Uptake>, String> + Send + 'static,
) -> (Sender<Job>, Receiver<Learned>) {
    let (jobs, asked) = mpsc::channel();
    let (answer, learned) = mpsc::channel();
    let work = move || {
        step_back();
        while let Ok(job) = asked.recv() {
            let outcome =
                caught(|| learn(&job)).unwrap_or_else(|reason| Err(format!("learning failed: {reason}")));
            let what = match job {
                Job::Phrase(words) => What::Phrase(words),
                Job::Tempo { line, bpm } => What::Tempo { line, bpm },
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_while_learning_is_told_and_learning_goes_on() {
        let (jobs, learned) = begin(|job| match job {
            Job::Phrase(words) => panic!("{words}"),
            Job::Tempo { .. } => Err("too fast".into()),
        });
        let mut school = School { jobs: Some(jobs), learned, waiting: 0, taught: HashMap::new() };
        school.ask(Job::Phrase("GO".into())).unwrap();
        school.ask(Job::Tempo { line: None, bpm: 100.0 }).unwrap();
        let mut said = Vec::new();
        while said.len() < 2 {
            said.extend(school.ready().map(|learned| learned.outcome.err().unwrap()));
            thread::yield_now();
        }
        assert_eq!(said, ["learning failed: GO", "too fast"]);
        assert_eq!(school.waiting(), 0);
    }
}
