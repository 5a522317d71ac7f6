//! The last stage: pascals at the listener become a programme that never exceeds its ceiling.
//!
//! Owns calibration, levelling, gain, limiter, the guard against numbers that are not finite, and the
//! meters. Does not own dither or whole-programme loudness, which belong to the output.
//!
//! Units: pascals in; linear out, 1.0 = 0 dBFS. Digital silence in gives digital silence out once the
//! look-ahead has run through.

use super::config::MasterConfig;
use super::levelling::Levelling;
use super::limiter::Limiter;
use crate::units::{Block, QUANTUM, SPL_REFERENCE_PA, SampleRate, Stereo, db_from_gain, gain_from_db};

/// More than any sound can be, pascals: 214 dB SPL at the ear. Larger numbers come from a fault.
const ABSURD_PA: f32 = 1e6;

/// What the last stage measured in one quantum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meter {
    /// Highest sample of left and right at the output, linear.
    pub peak: [f32; 2],
    /// Root mean square of left and right at the output, linear.
    pub rms: [f32; 2],
    /// Most that the limiter took away, dB, 0 or more.
    pub reduction_db: f32,
    /// Gain of the levelling curve, dB.
    pub levelling_db: f32,
    /// Slow level at the listener that the levelling follows, dB SPL.
    pub level_db_spl: f32,
    /// Frames muted because a number was not finite or absurd.
    pub muted_frames: u32,
    /// Samples that had to be clamped after the limiter.
    pub clamped_samples: u32,
}

/// Calibration, levelling, limiter and meters for one stereo programme.
#[derive(Clone, Debug)]
pub struct Master {
    levelling: Levelling,
    limiter: Option<Limiter>,
    /// Programme units per pascal, before the levelling.
    calibration: f64,
    gain_db: f64,
    /// Gain at the end of the last quantum, linear, all in one.
    gain: f32,
    ceiling: f32,
}

impl Master {
    /// A silent master. The configuration should have passed [`MasterConfig::check`].
    pub fn new(config: &MasterConfig, rate: SampleRate) -> Self {
        let ceiling = gain_from_db(config.ceiling_dbtp.min(0.0));
        let limiter = config
            .limiter
            .then(|| Limiter::new(ceiling, config.look_ahead_s.min(1.0), config.limiter_release_s, rate));
        let mut master = Self {
            levelling: Levelling::new(config, rate),
            ceiling: if limiter.is_some() { ceiling as f32 } else { 1.0 },
            limiter,
            calibration: 1.0 / (SPL_REFERENCE_PA * gain_from_db(config.full_scale_db_spl)),
            gain_db: config.gain_db,
            gain: 0.0,
        };
        master.reset();
        master
    }

    /// Frames between input and output.
    pub fn latency_frames(&self) -> usize {
        self.limiter.as_ref().map_or(0, Limiter::latency_frames)
    }

    /// Changes the gain before the limiter, smoothed over the next quantum.
    pub fn set_gain_db(&mut self, gain_db: f64) {
        self.gain_db = gain_db.clamp(-200.0, 60.0);
    }

    /// Forgets the past: the next quantum comes out as the first.
    pub fn reset(&mut self) {
        self.levelling.reset();
        if let Some(limiter) = &mut self.limiter {
            limiter.reset();
        }
        // Begins where the levelling begins, without a ramp.
        self.gain = self.gain_of(self.levelling.gain_db());
    }

    /// Turns one quantum from pascals into programme, in place.
    ///
    /// Real-time: no allocation, lock or I/O; constant cost, about 5 µs.
    pub fn process(&mut self, io: &mut Stereo) -> Meter {
        let muted = guard(io);
        let levelling_db = self.levelling.process(io);
        let gain = self.gain_of(levelling_db);
        let step = (gain - self.gain) / QUANTUM as f32;
        for i in 0..QUANTUM {
            let gain = self.gain + step * (i + 1) as f32;
            io.left[i] *= gain;
            io.right[i] *= gain;
        }
        self.gain = gain;
        let lowest = self.limiter.as_mut().map_or(1.0, |limiter| limiter.process(io, muted));
        let clamped_samples = clamp(&mut io.left, self.ceiling) + clamp(&mut io.right, self.ceiling);
        Meter {
            peak: [peak(&io.left), peak(&io.right)],
            rms: [rms(&io.left), rms(&io.right)],
            reduction_db: -db_from_gain(f64::from(lowest).max(1e-10)) as f32,
            levelling_db: levelling_db as f32,
            level_db_spl: self.levelling.level_db_spl() as f32,
            muted_frames: muted.count_ones(),
            clamped_samples,
        }
    }

    fn gain_of(&self, levelling_db: f64) -> f32 {
        (self.calibration * gain_from_db(self.gain_db + levelling_db)) as f32
    }
}

/// Silences frames that cannot be sound and marks them, a bit per frame.
fn guard(io: &mut Stereo) -> u64 {
    // Also true for NaN and infinities.
    let absurd = |x: f32| x.is_nan() || x.abs() > ABSURD_PA;
    let mut muted = 0;
    for (i, (left, right)) in io.left.iter_mut().zip(&mut io.right).enumerate() {
        if absurd(*left) || absurd(*right) {
            (*left, *right) = (0.0, 0.0);
            muted |= 1 << i;
        }
    }
    muted
}

/// The last word: nothing beyond the ceiling, nothing that is not a number.
fn clamp(signal: &mut Block, ceiling: f32) -> u32 {
    let mut count = 0;
    for x in signal {
        if x.is_nan() {
            *x = 0.0;
            count += 1;
        } else if x.abs() > ceiling {
            *x = x.clamp(-ceiling, ceiling);
            count += 1;
        }
    }
    count
}

fn peak(signal: &Block) -> f32 {
    signal.iter().fold(0.0, |m, x| m.max(x.abs()))
}

fn rms(signal: &Block) -> f32 {
    (signal.iter().map(|x| x * x).sum::<f32>() / QUANTUM as f32).sqrt()
}

#[cfg(test)]
#[path = "master_tests.rs"]
mod tests;
