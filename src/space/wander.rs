//! Slow random level: the coming and going of a far crowd.
//!
//! Owns keyed, smooth noise at control rate. Units: decibels, hertz.
//!
//! Source: level fluctuations of 2-4 dB RMS at 0.2-2 Hz over paths of 200 m and more in turbulent air.

use crate::math;
use crate::rng::{self, Domain};
use crate::units::{Block, QUANTUM, SampleRate, gain_from_db};

/// Smooth noise with a standard deviation of 1: normal points joined by flat-ended cubics.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SmoothNoise {
    seed: u64,
    who: u64,
    what: u64,
    step: f64,
    phase: f64,
    index: u64,
    points: [f64; 2],
}

/// Joining points by a cubic keeps 74 % of their variance: integral of w^2 + (1 - w)^2.
const JOINED: f64 = 0.862;

impl SmoothNoise {
    /// `hz` points per second; `calls_hz` calls of [`SmoothNoise::next`] per second.
    pub fn new(seed: u64, who: u64, what: u64, hz: f64, calls_hz: f64) -> Self {
        let mut noise = Self { seed, who, what, step: hz / calls_hz, phase: 0.0, index: 0, points: [0.0; 2] };
        noise.reset();
        noise
    }

    pub fn reset(&mut self) {
        (self.phase, self.index) = (0.0, 1);
        self.points = [self.point(0), self.point(1)];
    }

    fn point(&self, index: u64) -> f64 {
        rng::stream(self.seed, Domain::Space, self.who, self.what << 40 | index).normal_within(2.5) / JOINED
    }

    pub fn next(&mut self) -> f64 {
        self.phase += self.step;
        if self.phase >= 1.0 {
            self.phase -= 1.0;
            self.index += 1;
            self.points = [self.points[1], self.point(self.index)];
        }
        math::lerp(self.points[0], self.points[1], math::smoothstep(self.phase))
    }
}

/// A level that wanders, more in the treble.
#[derive(Clone, Debug)]
pub(crate) struct Wander {
    slow: SmoothNoise,
    fast: SmoothNoise,
    treble: SmoothNoise,
    rms_db: f64,
    gain: f32,
    next_gain: f32,
    treble_gain: f32,
    next_treble_gain: f32,
    pole: f32,
    low: f32,
}

/// Above this the level wanders more, hertz.
const TREBLE_HZ: f64 = 1500.0;

impl Wander {
    pub fn new(seed: u64, bus: u64, rms_db: f64, hz: f64, rate: SampleRate) -> Self {
        let calls_hz = rate.hz_f64() / QUANTUM as f64;
        Self {
            slow: SmoothNoise::new(seed, bus, 1, hz, calls_hz),
            fast: SmoothNoise::new(seed, bus, 2, 4.3 * hz, calls_hz),
            treble: SmoothNoise::new(seed, bus, 3, 2.1 * hz, calls_hz),
            rms_db,
            gain: 1.0,
            next_gain: 1.0,
            treble_gain: 1.0,
            next_treble_gain: 1.0,
            pole: math::exp(-math::TAU * TREBLE_HZ / rate.hz_f64()) as f32,
            low: 0.0,
        }
    }

    pub fn reset(&mut self) {
        self.slow.reset();
        self.fast.reset();
        self.treble.reset();
        (self.gain, self.next_gain, self.treble_gain, self.next_treble_gain) = (1.0, 1.0, 1.0, 1.0);
        self.low = 0.0;
    }

    /// Goes on by one quantum.
    pub fn advance(&mut self) {
        (self.gain, self.treble_gain) = (self.next_gain, self.next_treble_gain);
        // Two speeds, 2 : 1 in power; the mean power stays: -ln(10) / 20 sigma^2 dB.
        let mean_db = |rms: f64| -0.115 * rms * rms;
        let level = 0.816 * self.slow.next() + 0.577 * self.fast.next();
        self.next_gain = gain_from_db(self.rms_db * level + mean_db(self.rms_db)) as f32;
        let more = 0.7 * self.rms_db;
        self.next_treble_gain = gain_from_db(more * self.treble.next() + mean_db(more)) as f32;
    }

    /// Applies the level, times `flat`, to one quantum.
    pub fn apply(&mut self, io: &mut Block, flat: f32) {
        let k = 1.0 / QUANTUM as f32;
        let (step, treble_step) =
            ((self.next_gain - self.gain) * k, (self.next_treble_gain - self.treble_gain) * k);
        for (n, x) in io.iter_mut().enumerate() {
            let at = n as f32;
            self.low = self.pole * self.low + (1.0 - self.pole) * *x;
            let treble = (self.treble_gain + treble_step * at) * (*x - self.low);
            *x = flat * (self.gain + step * at) * (self.low + treble);
        }
        math::snap(&mut self.low);
    }
}
