//! The common beat of a chant.
//!
//! Owns when each cycle begins, how blocks of people drift and re-lock, how the scatter tightens, and the creep of
//! the tempo. Does not own who chants. Units: frames for times, seconds for offsets.
//!
//! Closed form of the tightening that 300 simulated people with phase and period correction (Repp 2005) show: the
//! scatter falls with a time constant of 1.5 cycles. Groups rush (Thomson et al. 2018): each cycle is a little shorter.

use super::CrowdConfig;
use super::people::MAX_BLOCKS;
use super::repertoire::Chant;
use crate::math;
use crate::rng::{self, Domain};
use crate::units::SampleRate;

/// Time constant of the tightening, cycles.
const TIGHTEN_CYCLES: f64 = 1.5;
/// A newcomer to a running chant finds the beat within this many cycles.
const NEWCOMER_CYCLES: f64 = 0.75;
/// Step of a block's drift per cycle, seconds, and how much of the drift survives a cycle.
const DRIFT_S: f64 = 0.006;
const DRIFT_KEPT: f64 = 0.85;
/// How much quicker a chant may become in all.
const CREEP_LIMIT: f64 = 0.12;
/// Time between the order to chant and the first beat, seconds.
pub(crate) const COUNT_IN_S: f64 = 0.75;
/// Share of a cycle after which the next one is prepared.
const OPENS: f64 = 0.45;

/// The clock of the chant.
pub(crate) struct Clock {
    /// Whether anybody chants.
    pub running: bool,
    /// Index of the chant.
    pub chant: usize,
    /// Number of the cycle that is being prepared or has just begun; never repeats.
    pub cycle: u32,
    /// First beat of that cycle, frame.
    pub at: u64,
    /// Length of that cycle, frames.
    pub length: u64,
    /// Cycles since the chant began.
    pub age: u32,
    /// Drift of each block, seconds.
    pub drift_s: [f32; MAX_BLOCKS],
    /// Slow level of each block, linear.
    pub level: [f32; MAX_BLOCKS],
    /// So many cycles last so many frames, whatever the words ask for.
    grid: Option<(u64, u32)>,
    /// The beat that was asked for to the frame, once the clock has been set to it.
    pub hit: Option<u64>,
    /// No repetition begins that would mostly lie behind this frame.
    pub until: Option<u64>,
    seed: u64,
}

/// One cycle of a chant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cycle {
    /// Its first beat, frame.
    pub at: u64,
    /// Its length, frames.
    pub frames: u64,
    /// Its length, beats.
    pub beats: f64,
    /// The shortest that its words and a breath fit into, frames.
    pub least_frames: u64,
}

impl Clock {
    pub fn new(seed: u64) -> Self {
        Self {
            running: false,
            chant: 0,
            cycle: 0,
            at: 0,
            length: 0,
            age: 0,
            drift_s: [0.0; MAX_BLOCKS],
            level: [1.0; MAX_BLOCKS],
            grid: None,
            hit: None,
            until: None,
            seed,
        }
    }

    /// Begins a chant whose first beat falls on a frame, which should lie [`COUNT_IN_S`] ahead.
    pub fn start(
        &mut self,
        at: u64,
        chant: usize,
        chants: &[Chant],
        config: &CrowdConfig,
        steady: bool,
        rate: SampleRate,
    ) {
        self.running = true;
        self.chant = chant;
        self.age = 0;
        self.at = at;
        self.cycle += 1;
        self.prepare(chants, config, steady, rate);
    }

    /// True while the coming beat is the one that was asked for: nobody cheers into it.
    pub fn is_hit(&self) -> bool {
        self.hit == Some(self.at)
    }

    /// Prepares the next cycle when it is time; `true` if it did.
    pub fn advance(
        &mut self,
        now: u64,
        chant: usize,
        chants: &[Chant],
        config: &CrowdConfig,
        steady: bool,
        rate: SampleRate,
    ) -> bool {
        if !self.running || now < self.at + (self.length as f64 * OPENS) as u64 {
            return false;
        }
        self.at += self.length;
        if let Some(until) = self.until.filter(|until| self.at + self.length / 2 > *until) {
            // Too late for another one: wait for what comes then.
            self.at = self.at.max(until) + rate.frames(COUNT_IN_S);
        }
        self.cycle += 1;
        // New words: not quite as tight as the old ones.
        self.age = if chant == self.chant { self.age + 1 } else { self.age.min(1) };
        self.chant = chant;
        self.prepare(chants, config, steady, rate);
        true
    }

    fn prepare(&mut self, chants: &[Chant], config: &CrowdConfig, steady: bool, rate: SampleRate) {
        let mut draw = rng::stream(self.seed, Domain::Scene, u64::from(self.cycle), 1);
        if let Some(chant) = chants.get(self.chant) {
            let creep = (config.tempo_creep * f64::from(self.age)).min(CREEP_LIMIT);
            let jitter = config.tempo_jitter * draw.normal_within(2.0);
            let (creep, jitter) = if steady { (0.0, 0.0) } else { (creep, jitter) };
            let nominal = chant.cycle_beats * chant.beat_s;
            self.length = rate.frames((nominal * (1.0 - creep + jitter)).max(least_s(chant)));
            if let Some((frames, cycles)) = self.grid {
                // Any `cycles` cycles in a row last exactly `frames`.
                let n = u64::from(self.cycle % cycles.max(1));
                let edge = |n: u64| n * frames / u64::from(cycles.max(1));
                self.length = edge(n + 1) - edge(n);
            }
        }
        for (drift, level) in self.drift_s.iter_mut().zip(&mut self.level) {
            *drift = (DRIFT_KEPT * f64::from(*drift) + DRIFT_S * draw.normal_within(2.5)) as f32;
            *level = crate::units::gain_from_db(0.4 * config.breathing_db * draw.normal_within(2.0)) as f32;
        }
    }

    /// Scatter of onsets in the present cycle, seconds, for somebody who has chanted for `own_age` cycles.
    pub fn spread_s(&self, config: &CrowdConfig, own_age: u32) -> f64 {
        let loose = math::exp(-f64::from(self.age) / TIGHTEN_CYCLES)
            .max(0.6 * math::exp(-f64::from(own_age) / NEWCOMER_CYCLES));
        1e-3 * math::lerp(config.spread_ms[1], config.spread_ms[0], loose)
    }

    /// Fits cycles from the next one on into a grid, or lets them go.
    pub fn set_grid(&mut self, grid: Option<(u64, u32)>) {
        self.grid = grid;
    }

    /// The cycle that is being prepared or has just begun.
    pub fn cycle(&self, chants: &[Chant], rate: SampleRate) -> Option<Cycle> {
        let chant = chants.get(self.chant).filter(|_| self.running && self.length > 0)?;
        let least_frames = rate.frames(least_s(chant));
        Some(Cycle { at: self.at, frames: self.length, beats: chant.cycle_beats, least_frames })
    }

    /// Tempo, beats per minute.
    pub fn bpm(&self, chants: &[Chant], rate: SampleRate) -> f32 {
        match chants.get(self.chant) {
            Some(chant) if self.running && self.length > 0 => {
                (60.0 * chant.cycle_beats / rate.seconds(self.length)) as f32
            }
            _ => 0.0,
        }
    }
}

/// The shortest cycle, seconds: words keep their tempo and rests give way, but there must be time to draw breath.
fn least_s(chant: &Chant) -> f64 {
    (chant.sounding_beats * chant.beat_s + 0.15).max(0.6)
}
