//! What a performer does to an engine: commands, uptakes, scripts, and who is left out to save time.
//!
//! Owns how a command reaches the parts and is written down. Does not own the rings nor what the parts make of it.
//!
//! Real-time: everything but scripts.

use crate::crowd::{Order, Orders, Voiced};
use crate::grain::GrainEvent;
use crate::rng;
use crate::scene::CueAction;
use crate::units::QUANTUM;

use super::command::{Command, Deed, Did};
use super::dispatch::Playing;
use super::plan::{MAX_CHUNK, MAX_THIN};
use super::runner::{Engine, Parts};
use super::study::{Study, Uptake};

/// New words wait at most so long for old ones to end, seconds: longer than any phrase.
const UPTAKE_WAITS_S: f64 = 60.0;

/// How often it is looked whether they have ended, seconds: looking goes through all that sounds.
const UPTAKE_LOOKS_S: f64 = 0.05;

/// What those who are left of a thinned crowd gain: 2^(level/2).
const THIN_GAIN: [f32; MAX_THIN as usize + 1] =
    [1.0, std::f32::consts::SQRT_2, 2.0, 2.0 * std::f32::consts::SQRT_2, 4.0];

/// Acts on an engine at exact frames: a performance that was written down.
pub trait Script: Send {
    /// The frame of the next act, a multiple of the quantum.
    fn due(&self) -> Option<u64>;

    /// Does what is due next. [`Script::due`] must name a later act afterwards, or none.
    fn act(&mut self, engine: &mut Engine);
}

impl Engine {
    /// What learns new words for this engine, once; `None` if it was not prepared for a live performance.
    pub fn study(&mut self) -> Option<Study> {
        self.study.take()
    }

    /// Has a script act at exact frames from now on. Not for an audio callback: scripts may allocate.
    pub fn follow(&mut self, script: Box<dyn Script>) {
        self.script = Some(script);
    }

    /// Lets the script do what is due; returns how many quanta there are until it wants to act again.
    pub(super) fn act(&mut self) -> usize {
        let Some(mut script) = self.script.take() else { return MAX_CHUNK };
        while script.due().is_some_and(|frame| frame <= self.now) {
            script.act(self);
        }
        let quanta = script.due().map_or(u64::MAX, |frame| (frame - self.now).div_ceil(QUANTUM as u64));
        self.script = Some(script);
        quanta.min(MAX_CHUNK as u64) as usize
    }

    /// Acts on a command at the next quantum. [`super::EngineHandle::send`] does the same from another thread.
    pub fn command(&mut self, command: Command) {
        let command = command.plain();
        self.parts.port.note(Deed { frame: self.now, what: Did::Command(command) });
        self.obey(command);
        self.tell_next(command);
    }

    /// Acts on a command without a word about it.
    pub(super) fn obey(&mut self, command: Command) {
        if command.opens_up() {
            self.parts.crowd.open_up();
        }
        self.parts.director.command(command);
        let (action, line) = match command {
            Command::Cue(action) => (action, None),
            Command::Call(line) => (CueAction::Call, Some(line)),
            Command::Panic => return self.fall_dead(),
            _ => return,
        };
        // With no room left the cue is dropped: [`super::EngineHandle`] hands on no more than there is room for.
        let amp = self.parts.director.amp;
        self.pending.push(Order { action, line, who: None, amp, voiced: Voiced::Now });
    }

    /// Takes up what was learned, at the next quantum. [`super::EngineHandle::take_up`] does the same from another thread.
    ///
    /// Real-time: pointers change hands; `uptake` holds what was replaced.
    pub fn take_up(&mut self, uptake: &mut Uptake) {
        if uptake.generation != self.generation {
            // Learned for a crowd that has gone.
            return;
        }
        self.parts.port.note(Deed { frame: self.now, what: Did::TookUp(uptake.number) });
        self.parts.crowd.take_up(&mut uptake.lesson);
        let mut banks = uptake.banks.iter_mut();
        for rig in &mut self.parts.rigs {
            rig.swap_banks(&mut banks);
        }
        std::mem::swap(&mut self.parts.grain_frames, &mut uptake.grain_frames);
        let director = &mut self.parts.director;
        director.line = uptake.line.or(director.line);
        director.bpm = uptake.bpm.or(director.bpm);
    }

    /// Takes up the next of what was learned, as soon as nothing sounds any more that is forgotten for it.
    pub(super) fn take_next_up(&mut self, quanta: usize) {
        let Some(uptake) = self.parts.port.next_uptake(self.generation) else { return };
        let Parts { crowd, rigs, rate, .. } = &self.parts;
        let every = rate.frames(UPTAKE_LOOKS_S) as usize / QUANTUM;
        let looked = self.uptake_waited / every;
        if self.uptake_waited > 0 && (self.uptake_waited + quanta) / every == looked {
            self.uptake_waited += quanta;
            return;
        }
        let sounds = uptake.generation == self.generation
            && uptake.gone.iter().any(|gone| {
                self.playing.iter().any(|playing| playing.is_at(&gone.grains, self.now))
                    || crowd.plans(&gone.grains)
                    || rigs.iter().any(|rig| rig.holds(&gone.grains, &gone.positions))
            });
        if sounds && self.uptake_waited < rate.frames(UPTAKE_WAITS_S) as usize / QUANTUM {
            self.uptake_waited += quanta;
            return;
        }
        self.uptake_waited = 0;
        if let Some(mut uptake) = self.parts.port.take_uptake() {
            self.take_up(&mut uptake);
            self.parts.port.give_back(uptake);
        }
    }

    /// The output frame at which the scene's clock reaches frame `scene_end`; never while a performer holds it or
    /// repeats a beat, nor, if the show is `led`, while somebody has taken the crowd over.
    pub fn ends_at(&self, scene_end: u64, led: bool) -> u64 {
        self.parts.director.ends_at(self.now, scene_end, led)
    }

    /// The first frame that a command given now takes effect at, look-ahead included: see [`Deed::frame`].
    pub fn planned(&self) -> u64 {
        self.now
    }

    /// True once a final fade has ended in silence.
    pub fn faded(&self) -> bool {
        self.parts.director.faded()
    }

    /// Ends every sound: grains fade within 2 ms, people and leaders stop where they are.
    fn fall_dead(&mut self) {
        self.parts.crowd.fall_dead();
        for rig in &mut self.parts.rigs {
            for place in 0..self.parts.ears.len() {
                rig.leave(self.now, place);
            }
        }
        let (now, Parts { rigs, through, .. }) = (self.now, &mut self.parts);
        for (person, _) in (0u32..).zip(&*through).filter(|(_, speaker)| speaker.is_some()) {
            // Who speaks through a loudspeaker is on no place's bus.
            let event = GrainEvent::Stop { person, at: now, fade_frames: 0 };
            rigs.iter_mut().for_each(|rig| rig.stop(now, event, Some(0)));
        }
        self.playing.fill(Playing::NOTHING);
        self.pending = Orders::default();
    }

    /// The gain of somebody's sound at a place after thinning, or nothing if it is left out.
    ///
    /// Only those far away are left out, by chance and each sound anew; those who remain of them make up for the
    /// energy.
    pub(super) fn thin(&mut self, place: usize, person: u32, at: u64, gain: f32, path: f32) -> Option<f32> {
        let level = self.parts.director.thin;
        if level == 0 || path >= self.parts.far[place] {
            return Some(gain);
        }
        let key = rng::key(0, rng::Domain::Decision, u64::from(person), at | 1 << 62);
        if key >> (64 - u32::from(level)) == 0 {
            // 2^(level/2): energies add.
            return Some(gain * THIN_GAIN[usize::from(level)]);
        }
        self.thinned += 1;
        None
    }
}
