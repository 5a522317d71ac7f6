//! Who decides what this quantum is: the scene, unless a performer has taken over.
//!
//! Owns the scene's clock, the overrides and the choice of places. Does not own people or sound.
//!
//! Real-time: O(places) per quantum, no allocation.

use crate::math;
use crate::scene::{Activity, Beat, Scene, SceneState};
use crate::units::{self, QUANTUM, SampleRate};

use super::command::{Command, Hands};
use super::plan::{MAX_PLACES, MAX_THIN, PlaceFade, QuantumPlan};

/// A place is woken this long before the scene moves there, so that its tail has built up.
const WARM_S: f64 = 1.5;

/// Time in which a mute closes and opens, seconds.
const MUTE_S: f64 = 0.02;

/// Clocks of two editions of a scene that differ by less have not jumped, seconds.
const SAME_MOMENT_S: f64 = 0.05;

/// An intensity on its way.
#[derive(Clone, Copy, Debug)]
struct Swell {
    from: f64,
    to: f64,
    /// Quanta in all and so far.
    quanta: u64,
    done: u64,
}

/// The director's state.
pub(crate) struct Director {
    scene: Scene,
    rate: SampleRate,
    places: usize,
    /// Index of the engine's place for each of the scene's place names.
    place_of: Vec<u16>,
    tails_frames: Vec<u64>,
    // clock
    scene_frame: u64,
    /// Where on the clock the last quantum began.
    last_frame: u64,
    held: bool,
    looped: bool,
    /// Jumps and repeats of the clock so far: a beat that comes again is another one to the crowd.
    turns: u32,
    // overrides
    intensity: Option<f32>,
    swell: Option<Swell>,
    activity: Option<Activity>,
    place: Option<(u16, f32)>,
    pub(crate) line: Option<u16>,
    pub(crate) bpm: Option<f32>,
    pub(crate) amp: Option<f32>,
    pub(crate) spread: f32,
    pub(crate) limit: u32,
    pub(crate) thin: u8,
    // places
    to: usize,
    from: usize,
    progress: f64,
    step: f64,
    heard_before: bool,
    fed: u32,
    drain_until: [u64; MAX_PLACES],
    // output
    master_gain_db: f64,
    gain: f64,
    fade_step: f64,
    fade: f64,
    muted: bool,
    /// Silenced until the crowd is asked for something.
    dead: bool,
    open: f64,
}

/// What the director decided.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Direction {
    pub(crate) plan: QuantumPlan,
    /// What the scene says, with overrides applied.
    pub(crate) state: SceneState,
    /// Scene clock at the start and end of the quantum, frames.
    pub(crate) clock: [u64; 2],
    /// How often the clock has jumped.
    pub(crate) turns: u32,
    /// Places that hear new grains.
    pub(crate) fed: u32,
    /// Places that hear new grains now and did not a quantum ago.
    pub(crate) woken: u32,
    /// Places that nobody listens at any more.
    pub(crate) left: u32,
}

impl Director {
    pub(crate) fn new(
        scene: Scene,
        place_of: Vec<u16>,
        tails_frames: Vec<u64>,
        master_gain_db: f64,
        rate: SampleRate,
    ) -> Self {
        let mut director = Self {
            places: tails_frames.len(),
            scene,
            rate,
            place_of,
            tails_frames,
            scene_frame: 0,
            last_frame: 0,
            held: false,
            looped: false,
            turns: 0,
            intensity: None,
            swell: None,
            activity: None,
            place: None,
            line: None,
            bpm: None,
            amp: None,
            spread: 1.0,
            limit: u32::MAX,
            thin: 0,
            to: 0,
            from: 0,
            progress: 1.0,
            step: 0.0,
            heard_before: false,
            fed: 0,
            drain_until: [0; MAX_PLACES],
            master_gain_db,
            gain: 1.0,
            fade_step: 0.0,
            fade: 1.0,
            muted: false,
            dead: false,
            open: 1.0,
        };
        director.reset();
        director
    }

    pub(crate) fn reset(&mut self) {
        (self.scene_frame, self.last_frame) = (0, 0);
        (self.held, self.looped, self.turns) = (false, false, 0);
        (self.intensity, self.activity, self.place, self.line, self.amp) = (None, None, None, None, None);
        (self.swell, self.bpm, self.spread, self.limit, self.thin) = (None, None, 1.0, u32::MAX, 0);
        (self.muted, self.dead, self.open) = (false, false, 1.0);
        (self.progress, self.step, self.heard_before) = (1.0, 0.0, false);
        self.to = self.scene_place(&self.scene.state(0.0));
        self.from = self.to;
        self.fed = 0;
        self.drain_until = [0; MAX_PLACES];
        (self.gain, self.fade, self.fade_step) = (1.0, 1.0, 0.0);
    }

    pub(crate) fn scene(&self) -> &Scene {
        &self.scene
    }

    pub(crate) fn place(&self) -> usize {
        self.to
    }

    pub(crate) fn scene_s(&self) -> f64 {
        self.rate.seconds(self.scene_frame)
    }

    fn scene_place(&self, state: &SceneState) -> usize {
        state.place.map_or(0, |p| usize::from(self.place_of[usize::from(p)]))
    }

    /// Moves the scene's clock.
    pub(crate) fn seek(&mut self, scene_s: f64) {
        self.scene_frame = self.first_frame(scene_s);
        self.last_frame = self.scene_frame;
    }

    /// The first frame that is not before a time of the scene.
    pub(crate) fn first_frame(&self, at_s: f64) -> u64 {
        self.rate.first_frame(at_s)
    }

    /// True while a performer decides what the crowd does.
    pub(crate) fn overridden(&self) -> bool {
        self.intensity.is_some() || self.activity.is_some()
    }

    /// True while the clock does not go on to the next beat.
    pub(crate) fn stays(&self) -> bool {
        self.held || self.looped
    }

    /// Moves the scene's clock to a frame.
    pub(crate) fn begin_at(&mut self, scene_frame: u64) {
        self.scene_frame = scene_frame;
        self.last_frame = self.scene_frame;
    }

    /// Takes over from a director of another edition of the scene: the clock, and what the performer holds.
    pub(crate) fn adopt(&mut self, other: &Self) {
        // Where it has been run to the same moment, its crowd has been through all this.
        if self.scene_frame.abs_diff(other.scene_frame) > self.rate.frames(SAME_MOMENT_S) {
            self.turns = self.turns.max(other.turns) + 1;
        }
        (self.scene_frame, self.last_frame) = (other.scene_frame, other.last_frame);
        (self.held, self.looped) = (other.held, other.looped);
        (self.intensity, self.swell, self.activity) = (other.intensity, other.swell, other.activity);
        self.place = other.place.filter(|(place, _)| usize::from(*place) < self.places);
        (self.bpm, self.amp, self.spread) = (other.bpm, other.amp, other.spread);
        (self.limit, self.thin) = (other.limit, other.thin);
        (self.gain, self.fade, self.fade_step) = (other.gain, other.fade, other.fade_step);
        (self.muted, self.dead, self.open) = (other.muted, other.dead, other.open);
    }

    /// What a performer has taken over.
    pub(crate) fn hands(&self) -> Hands {
        Hands {
            crowd: self.overridden(),
            activity: self.activity,
            line: self.line,
            place: self.place.is_some(),
            hold: self.held,
            looped: self.looped,
            mute: self.muted || self.dead,
            thin: self.thin,
            fading: self.fade_step > 0.0,
        }
    }

    /// The frame (of an engine that is at `now`) at which the scene's clock reaches `scene_end`, if it ever does.
    ///
    /// `led`: a performer who has taken the crowd over is to end it.
    pub(crate) fn ends_at(&self, now: u64, scene_end: u64, led: bool) -> u64 {
        if self.held || self.looped || led && self.overridden() {
            return u64::MAX;
        }
        // May lie before `now`, which is ahead of the output by the look-ahead.
        (now + scene_end).saturating_sub(self.scene_frame)
    }

    /// True once the final fade is over.
    pub(crate) fn faded(&self) -> bool {
        self.fade == 0.0
    }

    fn jump(&mut self, beat: usize) {
        if let Some(beat) = self.scene.beats().get(beat) {
            self.scene_frame = self.first_frame(beat.start_s);
            self.last_frame = self.scene_frame;
            self.turns += 1;
        }
    }

    /// Repeats the beat, if that is asked for and its end has come.
    fn turn_back(&mut self) {
        if self.looped && !self.held {
            // The beat that the last quantum began in, or that the clock was moved to.
            let begun =
                self.scene.beats().partition_point(|b| self.first_frame(b.start_s) <= self.last_frame);
            let beat = begun.saturating_sub(1);
            let Beat { start_s, seconds, .. } = self.scene.beats()[beat];
            if self.scene_frame >= self.first_frame(start_s + seconds) {
                self.jump(beat);
            }
        }
    }

    /// Takes a command that concerns direction. Cues are the crowd's and are ignored here.
    pub(crate) fn command(&mut self, command: Command) {
        if command.opens_up() || command == Command::FollowScene {
            self.dead = false;
        }
        match command {
            Command::Intensity(value) => (self.intensity, self.swell) = (Some(unit(value)), None),
            Command::Swell { to, seconds } => {
                let from =
                    self.intensity.map_or_else(|| self.scene.state(self.scene_s()).intensity, f64::from);
                let seconds = if seconds.is_finite() { f64::from(seconds).clamp(0.0, 600.0) } else { 0.0 };
                let quanta = (self.rate.frames(seconds) / QUANTUM as u64).max(1);
                self.swell = Some(Swell { from, to: f64::from(unit(to)), quanta, done: 0 });
                self.intensity = Some(from as f32);
            }
            Command::Activity(activity) => self.activity = Some(activity),
            Command::FollowScene => {
                (self.intensity, self.swell, self.activity) = (None, None, None);
                (self.line, self.bpm) = (None, None);
            }
            Command::Line(line) => self.line = Some(line),
            Command::Tempo(bpm) => self.bpm = (bpm.is_finite() && bpm > 0.0).then_some(bpm),
            Command::Spread(factor) if factor.is_finite() => self.spread = factor.clamp(0.0, 4.0),
            Command::People(people) => self.limit = people,
            Command::Thin(level) => self.thin = level.min(MAX_THIN),
            Command::Mute(muted) => self.muted = muted,
            Command::Loop(looped) => self.looped = looped,
            Command::Step(step) => {
                let beat = self.scene.state(self.scene_s()).beat as i64 + i64::from(step);
                self.jump(beat.clamp(0, self.scene.beats().len() as i64 - 1) as usize);
            }
            Command::Panic => {
                (self.intensity, self.swell, self.activity) = (Some(0.0), None, Some(Activity::Silent));
                self.dead = true;
            }
            Command::Place { place, fade_s } if usize::from(place) < self.places => {
                self.place = Some((place, if fade_s.is_finite() { fade_s.clamp(0.0, 60.0) } else { 0.0 }));
            }
            Command::FollowPlace => self.place = None,
            Command::Amp(value) => self.amp = Some(unit(value)),
            Command::Gain(gain) if gain.is_finite() => self.gain = f64::from(gain.clamp(0.0, 4.0)),
            Command::Hold(held) => self.held = held,
            Command::Beat(beat) => self.jump(usize::from(beat)),
            Command::FadeOut { seconds } => {
                let seconds = if seconds.is_finite() { f64::from(seconds).clamp(0.002, 60.0) } else { 0.002 };
                self.fade_step = QUANTUM as f64 / (seconds * self.rate.hz_f64());
            }
            Command::Cue(_) | Command::Call(_) | Command::Place { .. } => {}
            Command::Gain(_) | Command::Spread(_) => {}
        }
    }

    /// Decides the quantum that starts at `now` and moves the scene's clock on.
    pub(crate) fn direct(&mut self, now: u64) -> Direction {
        self.turn_back();
        self.swell();
        let mut state = self.scene.state(self.scene_s());
        let wanted = self.place.map_or_else(|| self.scene_place(&state), |(p, _)| usize::from(p));
        if let Some(intensity) = self.intensity {
            state.intensity = f64::from(intensity);
            // An `auto` beat does what suits the performer's intensity, not the drawn one.
            state.activity = self.scene.beats()[state.beat].doing.at(state.intensity);
        }
        if let Some(activity) = self.activity {
            state.activity = activity.at(state.intensity);
        }
        if self.line.is_some() {
            state.phrase = self.line;
        }
        let (from, to) = self.fade_places(now, wanted, &state);
        let (fed, woken, left) = self.wake(from, to);
        let active = self.active(now, fed);
        let clock = [self.scene_frame, self.scene_frame + if self.held { 0 } else { QUANTUM as u64 }];
        (self.last_frame, self.scene_frame) = (clock[0], clock[1]);
        let gain_db = self.master_gain_db + units::db_from_gain(self.gain);
        let plan = QuantumPlan { now, active, from, to, gain_db, out: self.fade_out(), air: [1.0, 1.0] };
        Direction { plan, state, clock, turns: self.turns, fed, woken, left }
    }

    /// Moves an intensity on its way.
    fn swell(&mut self) {
        let Some(swell) = &mut self.swell else { return };
        swell.done += 1;
        let t = swell.done as f64 / swell.quanta as f64;
        self.intensity = Some((swell.from + (swell.to - swell.from) * t.min(1.0)) as f32);
        if swell.done >= swell.quanta {
            self.swell = None;
        }
    }

    /// Moves the cross-fade on and starts a new one when another place is wanted and none is running.
    fn fade_places(&mut self, now: u64, wanted: usize, state: &SceneState) -> (PlaceFade, PlaceFade) {
        if !self.heard_before {
            // The first quantum: nothing to fade from.
            (self.to, self.from, self.progress, self.heard_before) = (wanted, wanted, 1.0, true);
        }
        if wanted != self.to && self.progress >= 1.0 {
            let fade_s = match self.place {
                Some((_, fade_s)) => f64::from(fade_s),
                None => state.fade_s,
            };
            (self.from, self.to, self.progress) = (self.to, wanted, 0.0);
            // At least 2 ms, so that no change of place clicks.
            self.step = QUANTUM as f64 / (fade_s.max(0.002) * self.rate.hz_f64());
        }
        let start = self.progress;
        self.progress = (self.progress + self.step).min(1.0);
        let weight = |p: f64| {
            let angle = p * (math::PI / 2.0);
            (math::cos(angle) as f32, math::sin(angle) as f32)
        };
        let (a, b) =
            if start >= 1.0 { ((0.0, 1.0), (0.0, 1.0)) } else { (weight(start), weight(self.progress)) };
        if start < 1.0 && self.progress >= 1.0 {
            self.drain_until[self.from] = now + self.tails_frames[self.from];
        }
        (
            PlaceFade { place: self.from, start: a.0, end: if self.progress >= 1.0 { 0.0 } else { b.0 } },
            PlaceFade { place: self.to, start: a.1, end: if self.progress >= 1.0 { 1.0 } else { b.1 } },
        )
    }

    /// Which places hear new grains: the one heard, the one being left, and the one that comes next.
    fn wake(&mut self, from: PlaceFade, to: PlaceFade) -> (u32, u32, u32) {
        let mut fed = 1 << to.place;
        if from.start > 0.0 {
            fed |= 1 << from.place;
        }
        if self.place.is_none() && !self.held {
            let soon = self.scene.state(self.scene_s() + WARM_S);
            fed |= 1 << self.scene_place(&soon);
        }
        let (woken, left) = (fed & !self.fed, self.fed & !fed);
        self.fed = fed;
        (fed, woken, left)
    }

    fn active(&mut self, now: u64, fed: u32) -> u32 {
        let mut active = fed;
        for place in 0..self.places {
            if fed & (1 << place) != 0 {
                // Should it be dropped before it was heard, it still has to ring out.
                self.drain_until[place] = now + self.tails_frames[place];
            } else if self.drain_until[place] > now {
                active |= 1 << place;
            }
        }
        active
    }

    /// The final fade and the mute at the start and the end of the quantum.
    fn fade_out(&mut self) -> [f32; 2] {
        let start = self.fade * self.open;
        self.fade = (self.fade - self.fade_step).max(0.0);
        let step = QUANTUM as f64 / (MUTE_S * self.rate.hz_f64());
        let step = if self.muted || self.dead { -step } else { step };
        self.open = (self.open + step).clamp(0.0, 1.0);
        [start as f32, (self.fade * self.open) as f32]
    }
}

/// Into 0..1; anything that is not a number becomes 0.
fn unit(value: f32) -> f32 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) }
}
