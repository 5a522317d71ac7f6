//! One engine takes over from another while both sound: a preset that was edited while it plays.
//!
//! Owns the way of the new engine to the moment at which it takes over, and the cross-fade. Both count the same
//! frames, so that everything that happens afterwards keeps its place in time.
//!
//! Real-time: everything but [`Engine::roll`], which is meant for another thread.

use crate::math;
use crate::units::QUANTUM;

use super::command::{Command, Deed, Did};
use super::plan::MAX_CHUNK;
use super::runner::Engine;

/// Length of the cross-fade, seconds: long against a syllable, short against a phrase.
const FADE_S: f64 = 0.4;

/// A new engine that waits for its frame, or fades in.
pub(super) struct Relay {
    next: Box<Engine>,
    /// Quanta of the cross-fade so far; `None` until it begins.
    faded: Option<u32>,
    quanta: u32,
}

impl Relay {
    /// The engine that was to take over.
    pub(super) fn into_next(self) -> Box<Engine> {
        self.next
    }
}

impl Engine {
    /// Runs a fresh engine unheard up to the quantum that begins at `to`, from the scene's frame `scene_frame` at frame
    /// `from`: when it takes over, its crowd is in the middle of things.
    ///
    /// Both frames are multiples of the quantum. Not for an audio callback.
    pub fn roll(&mut self, from: u64, scene_frame: u64, to: u64, entry: &[Command]) {
        self.now = from;
        self.parts.director.begin_at(scene_frame);
        entry.iter().for_each(|command| self.obey(*command));
        self.roll_on(to);
    }

    /// Runs on unheard up to the quantum that begins at `to`.
    pub fn roll_on(&mut self, to: u64) {
        while self.now < to {
            let quanta = ((to - self.now) / QUANTUM as u64).min(MAX_CHUNK as u64) as usize;
            if quanta == 0 {
                break;
            }
            self.run_quanta(quanta);
        }
        // What was rolled is over, and with it the look-ahead.
        self.skip = 0;
        self.ready.clear();
        self.ready_from = 0;
    }

    /// Lets `next` take over at the frame that it has been rolled to. Gives it back if that is past, or if another one
    /// is about to take over.
    pub fn succeed(&mut self, next: Box<Engine>) -> Result<(), Box<Engine>> {
        if self.relay.is_some() || next.now < self.now {
            return Err(next);
        }
        let quanta = (self.parts.rate.frames(FADE_S) / QUANTUM as u64).max(1) as u32;
        self.relay = Some(Relay { next, faded: None, quanta });
        Ok(())
    }

    /// Takes what has arrived, hands over what has faded in, and tells how many quanta may be run at once.
    pub(super) fn relay(&mut self) -> usize {
        if let Some(next) = self.parts.port.take_arrival()
            && let Err(late) = self.succeed(next)
        {
            self.parts.port.depart(late);
        }
        let Some(relay) = &mut self.relay else { return MAX_CHUNK };
        match relay.faded {
            None if relay.next.now > self.now => {
                ((relay.next.now - self.now) / QUANTUM as u64).clamp(1, MAX_CHUNK as u64) as usize
            }
            None => {
                relay.next.parts.director.adopt(&self.parts.director);
                if self.parts.crowd.open {
                    relay.next.parts.crowd.open_up();
                }
                relay.faded = Some(0);
                let deed = Deed { frame: self.now, what: Did::TookOver };
                self.parts.port.note(deed);
                (relay.quanta as usize).min(MAX_CHUNK)
            }
            Some(faded) if faded < relay.quanta => ((relay.quanta - faded) as usize).min(MAX_CHUNK),
            Some(_) => {
                self.hand_over();
                MAX_CHUNK
            }
        }
    }

    /// The new engine becomes this one; the old one travels back to be dropped.
    fn hand_over(&mut self) {
        let Some(Relay { mut next, .. }) = self.relay.take() else { return };
        std::mem::swap(self, &mut next);
        // What belongs to the show, not to the crowd, stays.
        std::mem::swap(&mut self.parts.port, &mut next.parts.port);
        std::mem::swap(&mut self.script, &mut next.script);
        std::mem::swap(&mut self.ready, &mut next.ready);
        self.ready_from = next.ready_from;
        self.thinned = next.thinned;
        self.generation = next.generation + 1;
        self.lost_before = next.lost_before + next.parts.rigs.first().map_or(0, |rig| rig.grains().1);
        self.parts.port.depart(next);
    }

    /// Gives a command to an engine that is fading in as well.
    pub(super) fn tell_next(&mut self, command: Command) {
        if let Some(relay) = self.relay.as_mut().filter(|relay| relay.faded.is_some()) {
            relay.next.obey(command);
        }
    }

    /// Runs the engine that fades in for the quanta that have just been run, and mixes both.
    pub(super) fn relay_quanta(&mut self, quanta: usize) {
        let Some(relay) = &mut self.relay else { return };
        let Some(faded) = &mut relay.faded else { return };
        relay.next.run_quanta(quanta);
        let channels = self.parts.outputs.channels();
        let blocks = self.ready.chunks_mut(channels).zip(relay.next.ready.chunks(channels));
        for (mine, theirs) in blocks {
            let part = |quantum: u32| {
                let angle = f64::from(quantum) / f64::from(relay.quanta) * math::PI / 2.0;
                (math::cos(angle) as f32, math::sin(angle) as f32)
            };
            let (from, to) = (part(*faded), part(*faded + 1));
            for i in 0..QUANTUM {
                let t = (i + 1) as f32 / QUANTUM as f32;
                let (out, within) = (from.0 + t * (to.0 - from.0), from.1 + t * (to.1 - from.1));
                for (mine, theirs) in mine.iter_mut().zip(theirs) {
                    mine[i] = out * mine[i] + within * theirs[i];
                }
            }
            *faded += 1;
        }
    }
}
