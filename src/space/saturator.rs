//! Distortion without aliases: four times oversampled wave shaping.
//!
//! Owns the shapes and the polyphase filters around them. Units: 1.0 is where the shape is full.
//!
//! Sources: Kaiser-windowed sinc, polyphase form; the soft shape is the Padé approximant of tanh.

use crate::math;
use crate::units::{Block, QUANTUM};

/// Oversampling.
pub(crate) const TIMES: usize = 4;
/// Taps per phase.
const PER_PHASE: usize = 16;
const TAPS: usize = TIMES * PER_PHASE;

/// Kind of edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Clipped at 1.
    Hard,
    /// Bent from about 0.5 on, 1 at most.
    Soft,
}

/// A wave shaper with its filters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Saturator {
    shape: Shape,
    taps: [f32; TAPS],
    input: [f32; PER_PHASE],
    shaped: [f32; TAPS],
}

impl Saturator {
    pub const LATENCY_FRAMES: usize = PER_PHASE;

    pub fn build(shape: Shape) -> Self {
        // Cut-off at 0.45 of the lower rate, about 80 dB down at its image.
        let mut taps = [0.0f64; TAPS];
        let centre = (TAPS - 1) as f64 / 2.0;
        for (i, tap) in taps.iter_mut().enumerate() {
            let t = i as f64 - centre;
            let x = math::PI * 0.9 * t / TIMES as f64;
            let r = t / (centre + 1.0);
            *tap = math::sin(x) / x * bessel(8.0 * (1.0 - r * r).sqrt());
        }
        let sum: f64 = taps.iter().sum();
        let taps = taps.map(|t| (t / sum) as f32);
        Self { shape, taps, input: [0.0; PER_PHASE], shaped: [0.0; TAPS] }
    }

    pub fn reset(&mut self) {
        (self.input, self.shaped) = ([0.0; PER_PHASE], [0.0; TAPS]);
    }

    pub fn process(&mut self, io: &mut Block) {
        let (shape, mut raised) = (self.shape, self.raise(io));
        for x in &mut raised {
            *x = match shape {
                Shape::Hard => x.clamp(-1.0, 1.0),
                Shape::Soft => {
                    let x = x.clamp(-3.0, 3.0);
                    x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
                }
            };
        }
        self.lower(&raised, io);
    }

    /// The factors by which the shape would change this quantum at the higher rate. To be called instead of
    /// [`Saturator::process`], never in turns with it.
    pub fn gains(&mut self, input: &Block) -> [f32; TIMES * QUANTUM] {
        let shape = self.shape;
        self.raise(input).map(|x| match shape {
            Shape::Hard => 1.0 / x.abs().max(1.0),
            Shape::Soft => {
                let held = x.abs().min(3.0);
                let gain = (27.0 + held * held) / (27.0 + 9.0 * held * held);
                // Beyond 3 the shape stays where it is.
                if x.abs() <= 3.0 { gain } else { gain * held / x.abs() }
            }
        })
    }

    /// Applies factors that were found for another sound.
    pub fn process_with(&mut self, gains: &[f32; TIMES * QUANTUM], io: &mut Block) {
        let mut raised = self.raise(io);
        raised.iter_mut().zip(gains).for_each(|(x, gain)| *x *= gain);
        self.lower(&raised, io);
    }

    /// The quantum at four times the rate.
    fn raise(&mut self, io: &Block) -> [f32; TIMES * QUANTUM] {
        // History first, the quantum behind it, so that every sum is one contiguous pass.
        let mut input = [0.0; PER_PHASE + QUANTUM];
        input[..PER_PHASE].copy_from_slice(&self.input);
        input[PER_PHASE..].copy_from_slice(io);
        let mut raised = [0.0; TIMES * QUANTUM];
        for n in 0..QUANTUM {
            for phase in 0..TIMES {
                let mut sum = 0.0;
                for k in 0..PER_PHASE {
                    sum += self.taps[k * TIMES + phase] * input[PER_PHASE + n - k];
                }
                raised[n * TIMES + phase] = TIMES as f32 * sum;
            }
        }
        self.input.copy_from_slice(&input[QUANTUM..]);
        raised
    }

    /// Back to the rate of the quantum.
    fn lower(&mut self, raised: &[f32; TIMES * QUANTUM], io: &mut Block) {
        let mut shaped = [0.0; TAPS + TIMES * QUANTUM];
        shaped[..TAPS].copy_from_slice(&self.shaped);
        shaped[TAPS..].copy_from_slice(raised);
        for (n, out) in io.iter_mut().enumerate() {
            let mut sum = 0.0;
            for (k, tap) in self.taps.iter().enumerate() {
                sum += tap * shaped[TAPS + n * TIMES - k];
            }
            *out = sum;
        }
        self.shaped.copy_from_slice(&shaped[TIMES * QUANTUM..]);
    }
}

/// Modified Bessel function of order 0 by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..40 {
        let half = x / (2.0 * f64::from(k));
        term *= half * half;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(saturator: &mut Saturator, hz: f64, level: f64) -> Vec<f64> {
        let mut out = Vec::new();
        for q in 0..75 {
            let mut block: Block = std::array::from_fn(|n| {
                let t = (q * QUANTUM + n) as f64 / 48_000.0;
                (level * math::sin(math::TAU * hz * t)) as f32
            });
            saturator.process(&mut block);
            out.extend(block.map(f64::from));
        }
        out
    }

    fn level_at(x: &[f64], hz: f64) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, v) in x.iter().enumerate() {
            let w = math::TAU * hz * n as f64 / 48_000.0;
            re += v * math::cos(w);
            im += v * math::sin(w);
        }
        2.0 * (re * re + im * im).sqrt() / x.len() as f64
    }

    #[test]
    fn small_signals_pass_unchanged_in_level() {
        for hz in [100.0, 1000.0, 10_000.0] {
            let out = tone(&mut Saturator::build(Shape::Soft), hz, 0.01);
            let level = level_at(&out[2400..4800], hz);
            assert!((20.0 * math::log10(level / 0.01)).abs() < 0.2, "{hz} Hz: {level}");
        }
    }

    #[test]
    fn harmonics_beyond_the_band_do_not_come_back_as_aliases() {
        // The third harmonic of 9 kHz is 27 kHz; plain shaping would put it at 21 kHz.
        let out = tone(&mut Saturator::build(Shape::Soft), 9000.0, 1.0);
        let alias = level_at(&out[2400..4800], 21_000.0) / level_at(&out[2400..4800], 9000.0);
        assert!(20.0 * math::log10(alias) < -50.0, "{alias}");
    }

    #[test]
    fn hard_clipping_is_rich_in_harmonics() {
        let out = tone(&mut Saturator::build(Shape::Hard), 500.0, 4.0);
        let third = level_at(&out[2400..4800], 1500.0) / level_at(&out[2400..4800], 500.0);
        assert!(third > 0.2, "{third}");
    }
}
