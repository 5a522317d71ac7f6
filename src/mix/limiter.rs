//! A look-ahead limiter that holds a true-peak ceiling.
//!
//! Owns the gain that keeps peaks between the samples under the ceiling. For every frame the needed gain is
//! found by [`super::true_peak`], held over the look-ahead, released exponentially, and smoothed by two
//! running means, so that it has arrived before the peak does; the signal is delayed to match. Gains are
//! integers of 2^-30, so the running means never drift and a gain of 1 changes no bit of the signal.
//!
//! A frame that must not be heard asks for gain 0: it is faded out and in again.

use pulp::Arch;

use super::true_peak::{DELAY, Interpolator, TruePeak};
use crate::math;
use crate::units::{Block, QUANTUM, SampleRate};

/// Integer of gain 1.
const ONE: u32 = 1 << 30;

/// Half the width of the soft knee, relative to the ceiling: limiting begins 1.2 dB under it.
const KNEE: f32 = 0.13;

/// Kept free under the ceiling for what a gain in motion and points between the points add: 0.4 dB.
const MARGIN: f32 = 0.955;

/// Neighbours on either side that an interpolated peak is made of, and that must be turned down with it.
const NEIGHBOURS: usize = DELAY;

/// One limiter for all channels together.
#[derive(Clone, Debug)]
pub(super) struct Limiter {
    arch: Arch,
    ceiling: f32,
    filter: Interpolator,
    peaks: Vec<TruePeak>,
    hold: Hold,
    released: f64,
    release: f64,
    means: [Mean; 2],
    delay: Delay,
    muted_left: usize,
}

impl Limiter {
    /// * `ceiling`: linear true peak.
    pub fn new(channels: usize, ceiling: f64, look_ahead_s: f64, release_s: f64, rate: SampleRate) -> Self {
        let look_ahead = (rate.frames(look_ahead_s) as usize).max(4);
        let (first, second) = (look_ahead / 2 + 1, look_ahead - look_ahead / 2 + 1);
        Self {
            arch: math::arch(),
            ceiling: ceiling as f32 * MARGIN,
            filter: Interpolator::new(),
            peaks: vec![TruePeak::new(); channels],
            hold: Hold::new(look_ahead + 1 + 2 * NEIGHBOURS),
            released: 1.0,
            release: 1.0 - math::exp(-1.0 / (release_s.max(1e-4) * rate.hz_f64())),
            means: [Mean::new(first), Mean::new(second)],
            delay: Delay::new(channels, look_ahead + DELAY + NEIGHBOURS),
            muted_left: 0,
        }
    }

    /// Frames between input and output.
    pub fn latency_frames(&self) -> usize {
        self.delay.frames()
    }

    /// Limits one quantum; frames marked in `muted` are faded around. Returns the lowest gain applied.
    pub fn process(&mut self, io: &mut [Block], muted: u64) -> f32 {
        let mut peaks = [0.0; QUANTUM];
        for (channel, signal) in self.peaks.iter_mut().zip(&*io) {
            channel.raise(self.arch, &self.filter, signal, &mut peaks);
        }
        let mut gains = [1.0; QUANTUM];
        let mut lowest = 1.0f32;
        for i in 0..QUANTUM {
            if muted >> i & 1 == 1 {
                // Peaks come later than their samples: cover both.
                self.muted_left = 2 * DELAY;
            }
            let needed = match self.muted_left {
                0 => needed_gain(peaks[i] / self.ceiling),
                _ => 0.0,
            };
            self.muted_left = self.muted_left.saturating_sub(1);
            let held = self.hold.lowest(needed);
            // Down at once, up slowly; close to 1 is 1, so that the signal is untouched again.
            self.released = match f64::from(held) {
                held if held <= self.released => held,
                held => self.released + (held - self.released) * self.release,
            };
            if self.released > 1.0 - 1e-6 {
                self.released = 1.0;
            }
            let steps = (self.released * f64::from(ONE)) as u32;
            let [first, second] = &mut self.means;
            gains[i] = second.push(first.push(steps)) as f32 / ONE as f32;
            lowest = lowest.min(gains[i]);
        }
        self.delay.swap(io);
        io.iter_mut().for_each(|signal| apply(signal, &gains));
        lowest
    }

    pub fn reset(&mut self) {
        self.peaks.fill(TruePeak::new());
        self.hold.reset();
        self.released = 1.0;
        self.means.iter_mut().for_each(Mean::reset);
        self.delay.reset();
        self.muted_left = 0;
    }
}

fn apply(signal: &mut Block, gains: &Block) {
    for (x, gain) in signal.iter_mut().zip(gains) {
        *x *= gain;
    }
}

/// The gain for a peak relative to the ceiling: 1 below the knee, a parabola through it, the ceiling above.
fn needed_gain(peak: f32) -> f32 {
    let over = peak - (1.0 - KNEE);
    if over <= 0.0 {
        1.0
    } else if peak < 1.0 + KNEE {
        (peak - over * over / (4.0 * KNEE)) / peak
    } else {
        1.0 / peak
    }
}

/// The smallest of the last `frames` values (Lemire 2006: a queue of candidates).
#[derive(Clone, Debug)]
struct Hold {
    frames: u64,
    now: u64,
    values: Vec<f32>,
    times: Vec<u64>,
    first: usize,
    count: usize,
}

impl Hold {
    fn new(frames: usize) -> Self {
        let size = frames + 1;
        let (values, times) = (vec![1.0; size], vec![0; size]);
        Self { frames: frames as u64, now: 0, values, times, first: 0, count: 0 }
    }

    fn reset(&mut self) {
        self.now = 0;
        self.count = 0;
    }

    fn at(&self, k: usize) -> usize {
        let at = self.first + k;
        if at >= self.values.len() { at - self.values.len() } else { at }
    }

    fn lowest(&mut self, value: f32) -> f32 {
        self.now += 1;
        if self.count > 0 && self.times[self.first] + self.frames <= self.now {
            self.first = self.at(1);
            self.count -= 1;
        }
        while self.count > 0 && self.values[self.at(self.count - 1)] >= value {
            self.count -= 1;
        }
        let end = self.at(self.count);
        self.values[end] = value;
        self.times[end] = self.now;
        self.count += 1;
        self.values[self.first]
    }
}

/// A running mean of integers, exact for ever.
#[derive(Clone, Debug)]
struct Mean {
    past: Vec<u32>,
    at: usize,
    sum: u64,
}

impl Mean {
    fn new(frames: usize) -> Self {
        let mut mean = Self { past: vec![ONE; frames], at: 0, sum: 0 };
        mean.reset();
        mean
    }

    fn reset(&mut self) {
        self.past.fill(ONE);
        self.sum = u64::from(ONE) * self.past.len() as u64;
    }

    fn push(&mut self, value: u32) -> u32 {
        let old = std::mem::replace(&mut self.past[self.at], value);
        self.sum = self.sum + u64::from(value) - u64::from(old);
        self.at = if self.at + 1 == self.past.len() { 0 } else { self.at + 1 };
        (self.sum / self.past.len() as u64) as u32
    }
}

/// All channels, some frames later.
#[derive(Clone, Debug)]
pub struct Delay {
    past: Vec<Vec<f32>>,
    frames: usize,
    at: usize,
}

impl Delay {
    /// A delay of `frames` frames, which may be none.
    pub fn new(channels: usize, frames: usize) -> Self {
        Self { past: vec![vec![0.0; frames]; channels], frames, at: 0 }
    }

    fn frames(&self) -> usize {
        self.frames
    }

    /// Forgets all sound.
    pub fn reset(&mut self) {
        self.past.iter_mut().for_each(|past| past.fill(0.0));
    }

    /// Puts a quantum in and takes the delayed one out. Real-time.
    pub fn swap(&mut self, io: &mut [Block]) {
        if self.frames == 0 {
            return;
        }
        let mut end = self.at;
        for (past, signal) in self.past.iter_mut().zip(io) {
            let mut at = self.at;
            for x in signal {
                std::mem::swap(&mut past[at], x);
                at = if at + 1 == self.frames { 0 } else { at + 1 };
            }
            end = at;
        }
        self.at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_hold_is_the_minimum_of_the_window(
            values in prop::collection::vec(0.0f32..1.0, 1..300),
            frames in 1usize..50,
        ) {
            let mut hold = Hold::new(frames);
            for i in 0..values.len() {
                let slow = values[(i + 1).saturating_sub(frames)..=i].iter().fold(9.0f32, |m, &x| m.min(x));
                prop_assert_eq!(hold.lowest(values[i]), slow);
            }
        }
    }

    #[test]
    fn the_knee_is_smooth_and_ends_at_the_ceiling() {
        let mut last = 0.0;
        for k in 0..4000 {
            let peak = k as f32 * 1e-3;
            let out = peak * needed_gain(peak);
            assert!(out <= 1.0 + 1e-6, "{peak} gives {out}");
            assert!(out + 1e-6 >= last && out - last < 1.1e-3, "not smooth at {peak}");
            last = out;
        }
    }

    #[test]
    fn below_the_knee_not_a_bit_is_changed() {
        let mut limiter = Limiter::new(2, 0.9, 0.005, 0.08, SampleRate::DEFAULT);
        let latency = limiter.latency_frames();
        let signal = |n: usize| (math::sin(n as f64 * 0.05) * 0.6) as f32;
        for quantum in 0..50 {
            let x: Block = std::array::from_fn(|i| signal(quantum * QUANTUM + i));
            let mut io = [x, x];
            assert_eq!(limiter.process(&mut io, 0), 1.0);
            for i in 0..QUANTUM {
                let n = quantum * QUANTUM + i;
                let expected = if n < latency { 0.0 } else { signal(n - latency) };
                assert_eq!(io[0][i], expected);
            }
        }
    }

    #[test]
    fn gain_moves_no_faster_than_the_look_ahead() {
        let mut limiter = Limiter::new(2, 0.9, 0.005, 0.08, SampleRate::DEFAULT);
        let mut before = 1.0;
        for quantum in 0..60 {
            let level = if (20..30).contains(&quantum) { 90.0 } else { 0.5 };
            let mut io = [[level; QUANTUM]; 2];
            let gain = limiter.process(&mut io, 0);
            // A fall by 40 dB takes the 5 ms: at most 64 / 120 of it in a quantum.
            assert!(gain >= before - 0.6, "fell from {before} to {gain}");
            before = gain;
        }
        assert!(before > 0.3 && before < 1.0, "released to {before} in 40 ms");
    }
}
