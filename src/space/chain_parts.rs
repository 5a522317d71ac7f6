//! A chain that treats the parts of a sound as it treats their sum.
//!
//! Owns filters for every part, steered by one levelling and one saturation that listen to the sum: whatever
//! gain the chain has at a moment, all parts get it, so that what comes out of the parts adds up to what comes out
//! of the sum. Units as in `chain`.
//!
//! Not for the audio thread's stereo path: parts cost as much as a chain each.

use super::chain::{ChainConfig, FILTERS, Running};
use super::filter::Filter;
use super::saturator::{Saturator, TIMES};
use crate::units::{Block, QUANTUM, SampleRate, Stereo};

/// What one part passes through on its own.
#[derive(Clone, Debug)]
struct Part {
    before: [[Filter; FILTERS]; 2],
    saturators: [Saturator; 2],
    after: [[Filter; 2]; 2],
}

/// A chain for a sound that comes in parts.
#[derive(Clone, Debug)]
pub struct PartChain {
    sum: Running,
    parts: Vec<Part>,
}

impl PartChain {
    /// Makes the chain for `parts` parts; `None` if there is no chain.
    pub fn new(config: &ChainConfig, parts: usize, rate: SampleRate) -> Option<Self> {
        let sum = Running::build(&config.settings()?, rate);
        let part = Part { before: sum.before, saturators: sum.saturators, after: sum.after };
        Some(Self { sum, parts: vec![part; parts] })
    }

    /// Forgets all sound.
    pub fn reset(&mut self) {
        self.sum.reset();
        for part in &mut self.parts {
            part.before.iter_mut().flatten().for_each(Filter::reset);
            part.after.iter_mut().flatten().for_each(Filter::reset);
            part.saturators.iter_mut().for_each(Saturator::reset);
        }
    }

    /// Sends one quantum of every part through the chain: left and right of the first, then of the next.
    pub fn process(&mut self, parts: &mut [Block]) {
        let mut key = Stereo::SILENCE;
        for pair in parts.chunks_exact_mut(2) {
            let [left, right] = pair else { continue };
            self.sum.narrow(left, right);
        }
        for (part, pair) in self.parts.iter_mut().zip(parts.chunks_exact_mut(2)) {
            for (block, filters) in pair.iter_mut().zip(&mut part.before) {
                filters.iter_mut().for_each(|f| f.process(block));
            }
            key.add(&Stereo { left: pair[0], right: pair[1] });
        }
        let [start, end] = self.sum.level.follow(&key);
        let ramp = |block: &mut Block| {
            let step = (end - start) / QUANTUM as f32;
            block.iter_mut().enumerate().for_each(|(n, x)| *x *= start + step * (n + 1) as f32);
        };
        for (channel, block) in [&mut key.left, &mut key.right].into_iter().enumerate() {
            ramp(block);
            block.iter_mut().for_each(|x| *x *= self.sum.into);
            let gains: [f32; TIMES * QUANTUM] = self.sum.saturators[channel].gains(block);
            for (part, pair) in self.parts.iter_mut().zip(parts.chunks_exact_mut(2)) {
                let block = &mut pair[channel];
                ramp(block);
                block.iter_mut().for_each(|x| *x *= self.sum.into);
                part.saturators[channel].process_with(&gains, block);
                part.after[channel].iter_mut().for_each(|f| f.process(block));
                block.iter_mut().for_each(|x| *x *= self.sum.out_of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;
    use crate::space::{Chain, ChainKind};

    #[test]
    fn parts_add_up_to_the_whole_even_when_it_distorts() {
        for kind in [ChainKind::Television, ChainKind::Phone, ChainKind::Megaphone, ChainKind::StreetScreen] {
            let config = ChainConfig::Named(kind);
            let mut whole = Chain::new(&config, SampleRate::DEFAULT);
            let mut parts = PartChain::new(&config, 3, SampleRate::DEFAULT).unwrap();
            let (mut error, mut power, mut grown) = (0.0f64, 0.0f64, 0.0f64);
            for quantum in 0..400 {
                let tone = |n: usize, hz: f64, level: f64| -> Block {
                    std::array::from_fn(|i| {
                        let t = (quantum * QUANTUM + i) as f64 / 48_000.0;
                        (level * math::sin(math::TAU * hz * t + n as f64)) as f32
                    })
                };
                // Loud enough to be clipped: 120 dB SPL and more.
                let mut blocks = [
                    tone(0, 500.0, 20.0),
                    tone(1, 510.0, 9.0),
                    tone(2, 1700.0, 12.0),
                    tone(3, 800.0, 3.0),
                    tone(4, 3100.0, 6.0),
                    tone(5, 3100.0, 6.0),
                ];
                let mut sum = Stereo::SILENCE;
                for pair in blocks.chunks_exact(2) {
                    sum.add(&Stereo { left: pair[0], right: pair[1] });
                }
                let plain = sum;
                whole.process(&mut sum);
                parts.process(&mut blocks);
                for n in 0..QUANTUM {
                    let added = f64::from(blocks[0][n]) + f64::from(blocks[2][n]) + f64::from(blocks[4][n]);
                    error += (added - f64::from(sum.left[n])).powi(2);
                    power += f64::from(sum.left[n]).powi(2);
                    grown += f64::from(plain.left[n]).powi(2);
                }
            }
            assert!(grown > 0.0 && power > 0.0);
            let null_db = 10.0 * math::log10(error / power);
            // What remains is the rounding of low high-passes in single precision.
            assert!(null_db < -80.0, "{kind:?}: {null_db:.1} dB");
        }
    }
}
