//! The peak between the samples, by four-fold oversampling (ITU-R BS.1770-5, annex 2).
//!
//! Owns one channel's interpolators, 24 taps per phase (the standard asks for 12 or more): a windowed sinc, and a filter
//! that ends at half the rate as those of converters do, since what is taken from noise and clicks there can make the
//! rest higher. Linear units of whatever comes in.

use pulp::{Arch, Simd, WithSimd};

use crate::math;
use crate::units::{Block, QUANTUM};

/// Interpolated values per frame, the frame itself included.
const PHASES: usize = 4;

/// Taps of each phase.
const TAPS: usize = 24;

/// Share of the rate up to which a converter passes everything: 20 kHz of 48.
const PASSES: f64 = 20.0 / 48.0;

/// How many frames the peaks come after the samples they belong to.
pub(super) const DELAY: usize = TAPS / 2;

/// The interpolating filters, a row each: values between the samples as meters find them, whose filters pass all, and at
/// and between the samples as converters make them, whose filters end at half the rate.
#[derive(Clone, Debug)]
pub(super) struct Interpolator([[f32; TAPS]; 2 * PHASES - 1]);

impl Interpolator {
    pub fn new() -> Self {
        Self(std::array::from_fn(|row| {
            let converter = row >= PHASES - 1;
            let part = if converter { row + 1 - PHASES } else { row + 1 } as f64 / PHASES as f64;
            // Tap k weighs the sample k frames before the newest; the value lies `DELAY` frames back, plus a part.
            let taps: [f64; TAPS] = std::array::from_fn(|k| {
                let x = k as f64 - DELAY as f64 + part;
                // Hann window over the whole reach.
                let window = 0.5 + 0.5 * math::cos(math::PI * x / DELAY as f64);
                if converter { window.sqrt() * rolled_off(x) } else { window * sinc(x) }
            });
            let sum: f64 = taps.iter().sum();
            taps.map(|tap| (tap / sum) as f32)
        }))
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { math::sin(math::PI * x) / (math::PI * x) }
}

/// The response of a filter that passes all up to [`PASSES`] and falls like a cosine up to half the rate.
fn rolled_off(x: f64) -> f64 {
    let edge = 2.0 * (0.5 - PASSES) * x;
    // At an edge of 1 both sides vanish.
    let roll = if (edge.abs() - 1.0).abs() < 1e-9 {
        math::PI / 4.0
    } else {
        math::cos(0.5 * math::PI * edge) / (1.0 - edge * edge)
    };
    roll * sinc((PASSES + 0.5) * x)
}

/// One channel's past.
#[derive(Clone, Copy, Debug)]
pub(super) struct TruePeak {
    past: [f32; TAPS],
}

impl TruePeak {
    pub const fn new() -> Self {
        Self { past: [0.0; TAPS] }
    }

    /// Raises `peaks[i]` to the largest value around the sample [`DELAY`] frames before `input[i]`.
    pub fn raise(&mut self, arch: Arch, filter: &Interpolator, input: &Block, peaks: &mut Block) {
        let mut line = [0.0; TAPS + QUANTUM];
        line[..TAPS].copy_from_slice(&self.past);
        line[TAPS..].copy_from_slice(input);
        self.past.copy_from_slice(&line[QUANTUM..]);
        arch.dispatch(Raise { filter, line: &line, peaks });
    }
}

struct Raise<'a> {
    filter: &'a Interpolator,
    line: &'a [f32; TAPS + QUANTUM],
    peaks: &'a mut Block,
}

impl WithSimd for Raise<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { filter, line, peaks } = self;
        for taps in &filter.0 {
            let mut sum = [0.0f32; QUANTUM];
            for (k, tap) in taps.iter().enumerate() {
                let samples = &line[TAPS - k..TAPS - k + QUANTUM];
                for (s, x) in sum.iter_mut().zip(samples) {
                    *s += tap * x;
                }
            }
            for (peak, s) in peaks.iter_mut().zip(&sum) {
                *peak = peak.max(s.abs());
            }
        }
        for (peak, x) in peaks.iter_mut().zip(&line[TAPS - DELAY..]) {
            *peak = peak.max(x.abs());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::db_from_gain;

    fn peak_of(signal: impl Fn(usize) -> f64, arch: Arch) -> f64 {
        let (filter, mut channel) = (Interpolator::new(), TruePeak::new());
        let mut highest = 0.0f32;
        for quantum in 0..40 {
            let input = std::array::from_fn(|i| signal(quantum * QUANTUM + i) as f32);
            let mut peaks = [0.0; QUANTUM];
            channel.raise(arch, &filter, &input, &mut peaks);
            if quantum > 0 {
                highest = peaks.iter().fold(highest, |m, &x| m.max(x));
            }
        }
        f64::from(highest)
    }

    #[test]
    fn sines_between_the_samples_read_within_a_fifth_of_a_decibel() {
        for (f, phase) in [(0.01, 0.3), (0.1, 0.1), (0.25, 0.125), (0.25, 0.0), (0.3, 0.2), (0.4, 0.7)] {
            let read = peak_of(|n| math::sin(math::TAU * (f * n as f64 + phase)), Arch::new());
            let db = db_from_gain(read);
            // Four points per frame miss the top of a sine at 0.4 of the rate by up to 0.4 dB.
            let missed = -db_from_gain(math::cos(math::PI * f / PHASES as f64));
            assert!(db < 0.1 && db > -missed - 0.1, "f {f}: {db:.2} dB");
        }
    }

    #[test]
    fn constant_input_reads_as_it_is() {
        assert!((peak_of(|_| 0.5, Arch::new()) - 0.5).abs() < 0.06, "with its onset");
    }

    #[test]
    fn every_processor_level_reads_the_same_bits() {
        let signal = |n: usize| math::sin((n * n) as f64 * 0.001);
        assert_eq!(peak_of(signal, Arch::new()).to_bits(), peak_of(signal, Arch::Scalar).to_bits());
    }
}
