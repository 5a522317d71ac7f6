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
    /// Highest sample of the first two channels at the output, linear.
    pub peak: [f32; 2],
    /// Root mean square of the first two channels at the output, linear.
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

/// How the channels of a programme are heard: what the levelling measures.
#[derive(Clone, Debug, PartialEq)]
pub struct Hearing {
    /// Share of each channel's power in the power at the listener, 0 and up.
    pub shares: Vec<f64>,
    /// How much louder the programme measures (BS.1770) than that power, dB.
    pub programme_db: f64,
}

impl Hearing {
    /// A pair of channels: the level is their mean, and two channels of equal power measure 3 dB more than one.
    pub fn pair() -> Self {
        Self { shares: vec![0.5; 2], programme_db: 3.010_299_956_639_812 }
    }
}

/// Calibration, levelling, limiter and meters for one programme.
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
    levelling_db: f64,
}

/// What was done to a quantum before the limiter, so that parts of it can be treated alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lift {
    /// Gain before its first frame.
    start: f32,
    /// Gain at its last frame.
    end: f32,
    /// Frames that were silenced, a bit per frame.
    muted: u64,
}

impl Lift {
    /// Does the same to one channel of a part.
    pub fn apply(&self, signal: &mut Block) {
        let step = (self.end - self.start) / QUANTUM as f32;
        for (i, x) in signal.iter_mut().enumerate() {
            *x *= self.start + step * (i + 1) as f32;
            if self.muted >> i & 1 == 1 {
                *x = 0.0;
            }
        }
    }
}

impl Master {
    /// A silent master of a stereo programme. The configuration should have passed [`MasterConfig::check`].
    pub fn new(config: &MasterConfig, rate: SampleRate) -> Self {
        Self::hearing(config, &Hearing::pair(), rate)
    }

    /// A silent master of a programme with other channels.
    pub fn hearing(config: &MasterConfig, hearing: &Hearing, rate: SampleRate) -> Self {
        let ceiling = gain_from_db(config.ceiling_dbtp.min(0.0));
        let (look_ahead_s, release_s) = (config.look_ahead_s.min(1.0), config.limiter_release_s);
        let limiter = config
            .limiter
            .then(|| Limiter::new(hearing.shares.len(), ceiling, look_ahead_s, release_s, rate));
        let mut master = Self {
            levelling: Levelling::new(config, hearing, rate),
            ceiling: if limiter.is_some() { ceiling as f32 } else { 1.0 },
            limiter,
            calibration: 1.0 / (SPL_REFERENCE_PA * gain_from_db(config.full_scale_db_spl)),
            gain_db: config.gain_db,
            gain: 0.0,
            levelling_db: 0.0,
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

    /// The gain that the levelling has come to, dB.
    pub fn levelling_db(&self) -> f64 {
        self.levelling_db
    }

    /// Forgets the past: the next quantum comes out as the first.
    pub fn reset(&mut self) {
        self.levelling.reset();
        if let Some(limiter) = &mut self.limiter {
            limiter.reset();
        }
        // Begins where the levelling begins, without a ramp.
        self.levelling_db = self.levelling.gain_db();
        self.gain = self.gain_of(self.levelling_db);
    }

    /// Turns one quantum from pascals into programme, in place.
    ///
    /// Real-time: no allocation, lock or I/O; constant cost, about 5 µs.
    pub fn process(&mut self, io: &mut Stereo) -> Meter {
        let mut channels = [io.left, io.right];
        let lift = self.lift(&mut channels);
        let meter = self.limit(&mut channels, &lift);
        [io.left, io.right] = channels;
        meter
    }

    /// The first half of [`Master::process`]: guard, levelling and gain, for any number of channels.
    ///
    /// Real-time: no allocation, lock or I/O.
    pub fn lift(&mut self, io: &mut [Block]) -> Lift {
        let muted = guard(io);
        self.levelling_db = self.levelling.process(io);
        let gain = self.gain_of(self.levelling_db);
        let lift = Lift { start: self.gain, end: gain, muted };
        let step = (gain - self.gain) / QUANTUM as f32;
        for signal in io {
            for (i, x) in signal.iter_mut().enumerate() {
                *x *= self.gain + step * (i + 1) as f32;
            }
        }
        self.gain = gain;
        lift
    }

    /// The second half: limiter, clamp and meters.
    ///
    /// Real-time: no allocation, lock or I/O.
    pub fn limit(&mut self, io: &mut [Block], lift: &Lift) -> Meter {
        let lowest = self.limiter.as_mut().map_or(1.0, |limiter| limiter.process(io, lift.muted));
        let clamped_samples = io.iter_mut().map(|signal| clamp(signal, self.ceiling)).sum();
        let (first, second) = (io.first(), io.get(1).or(io.first()));
        let of = |measure: fn(&Block) -> f32| [first, second].map(|signal| signal.map_or(0.0, measure));
        Meter {
            peak: of(peak),
            rms: of(rms),
            reduction_db: -db_from_gain(f64::from(lowest).max(1e-10)) as f32,
            levelling_db: self.levelling_db as f32,
            level_db_spl: self.levelling.level_db_spl() as f32,
            muted_frames: lift.muted.count_ones(),
            clamped_samples,
        }
    }

    fn gain_of(&self, levelling_db: f64) -> f32 {
        (self.calibration * gain_from_db(self.gain_db + levelling_db)) as f32
    }
}

/// Silences frames that cannot be sound and marks them, a bit per frame.
fn guard(io: &mut [Block]) -> u64 {
    let mut muted = 0;
    for signal in io.iter() {
        for (i, x) in signal.iter().enumerate() {
            // Also true for NaN and infinities.
            if x.is_nan() || x.abs() > ABSURD_PA {
                muted |= 1 << i;
            }
        }
    }
    if muted != 0 {
        for signal in io {
            for (i, x) in signal.iter_mut().enumerate() {
                if muted >> i & 1 == 1 {
                    *x = 0.0;
                }
            }
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
