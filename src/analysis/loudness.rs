//! Programme loudness and true peak.
//!
//! Owns the streaming meter. Source: ITU-R BS.1770-4 and EBU R 128 / Tech 3342 as implemented by the
//! `ebur128` crate, which only this file names. Units: LUFS, LU, dBTP; 1.0 = 0 dBFS. A single channel
//! counts once (not as two), as the standard says.

use ebur128::{Channel, EbuR128, Mode};
use serde::Serialize;

use super::AnalysisError;
use super::error::common_frames;
use crate::units::{SampleRate, db_from_gain};

/// Loudness figures of a piece of sound. Silence is negative infinity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Loudness {
    /// Integrated (gated) loudness, LUFS.
    pub integrated_lufs: f64,
    /// Highest momentary loudness (400 ms), LUFS.
    pub momentary_max_lufs: f64,
    /// Highest short-term loudness (3 s), LUFS.
    pub short_term_max_lufs: f64,
    /// Loudness range, LU; 0 where there is too little sound.
    pub range_lu: f64,
    /// Highest true peak of any channel, dBTP.
    pub true_peak_dbtp: f64,
}

/// Measures loudness while a programme goes by.
///
/// Pushes cost one pass over the block with K-weighting and 4x oversampling; now and then the list of
/// gating blocks grows, so this belongs to the control side or to an output thread, not into a device
/// callback.
pub struct LoudnessMeter {
    meter: EbuR128,
    channels: usize,
    step_frames: usize,
    until_step: usize,
    momentary_max: f64,
    short_term_max: f64,
    last_step: [f64; 2],
}

impl LoudnessMeter {
    /// Builds a meter for planar blocks of `channels` channels at `rate`.
    ///
    /// # Errors
    /// [`AnalysisError::NoChannel`] for none, [`AnalysisError::Unsupported`] for more than 64.
    pub fn new(channels: usize, rate: SampleRate) -> Result<Self, AnalysisError> {
        Self::with(channels, rate, Mode::I | Mode::LRA | Mode::TRUE_PEAK)
    }

    /// A meter of integrated loudness alone (see [`LoudnessMeter::weighted`]), several times quicker: the other figures stay at nothing.
    ///
    /// # Errors
    /// As [`LoudnessMeter::new`].
    pub fn integrated(weights: &[f64], rate: SampleRate) -> Result<Self, AnalysisError> {
        Ok(Self::with(weights.len(), rate, Mode::I)?.weigh(weights))
    }

    fn with(channels: usize, rate: SampleRate, mode: Mode) -> Result<Self, AnalysisError> {
        if channels == 0 {
            return Err(AnalysisError::NoChannel);
        }
        let unsupported = || AnalysisError::Unsupported { channels, rate_hz: rate.hz() };
        let count = u32::try_from(channels).map_err(|_| unsupported())?;
        let meter = EbuR128::new(count, rate.hz(), mode).map_err(|_| unsupported())?;
        // Maxima are sampled every 100 ms, the step of the gating blocks of BS.1770.
        let step_frames = (rate.hz() / 10) as usize;
        Ok(Self {
            meter,
            channels,
            step_frames,
            until_step: step_frames,
            momentary_max: f64::NEG_INFINITY,
            short_term_max: f64::NEG_INFINITY,
            last_step: [f64::NEG_INFINITY; 2],
        })
    }

    /// Builds a meter whose channels count as BS.1770 says: a weight of 1 ahead and behind, 1.41 beside the
    /// listener, 0 for channels that are not counted. True peaks are found in all of them.
    ///
    /// # Errors
    /// As [`LoudnessMeter::new`].
    pub fn weighted(weights: &[f64], rate: SampleRate) -> Result<Self, AnalysisError> {
        Ok(Self::new(weights.len(), rate)?.weigh(weights))
    }

    fn weigh(mut self, weights: &[f64]) -> Self {
        for (number, weight) in weights.iter().enumerate() {
            let place = match *weight {
                0.0 => Channel::Unused,
                w if w > 1.2 => Channel::LeftSurround,
                _ => Channel::Left,
            };
            // There is such a channel: the meter was made for as many.
            let _ = self.meter.set_channel(number as u32, place);
        }
        self
    }

    /// Takes the next block, one slice per channel, all of one length (any length).
    ///
    /// # Errors
    /// [`AnalysisError::ChannelCount`] or [`AnalysisError::UnequalChannels`]; nothing is taken then.
    pub fn push(&mut self, block: &[&[f32]]) -> Result<(), AnalysisError> {
        if block.len() != self.channels {
            return Err(AnalysisError::ChannelCount { channels: block.len(), expected: self.channels });
        }
        let frames = common_frames(block)?;
        let mut part: Vec<&[f32]> = block.to_vec();
        let mut at = 0;
        while at < frames {
            let take = self.until_step.min(frames - at);
            for (piece, channel) in part.iter_mut().zip(block) {
                *piece = &channel[at..at + take];
            }
            // The count of channels was checked above, the only thing that can be refused here.
            let _ = self.meter.add_frames_planar_f32(&part);
            at += take;
            self.until_step -= take;
            if self.until_step == 0 {
                self.until_step = self.step_frames;
                self.last_step = [self.momentary_lufs(), self.short_term_lufs()];
                self.momentary_max = self.momentary_max.max(self.last_step[0]);
                self.short_term_max = self.short_term_max.max(self.last_step[1]);
            }
        }
        Ok(())
    }

    /// Momentary and short-term loudness at the end of the last whole 100 ms, LUFS.
    pub fn last_step_lufs(&self) -> [f64; 2] {
        self.last_step
    }

    /// Integrated loudness so far, LUFS; negative infinity before anything passed the gate.
    pub fn integrated_lufs(&self) -> f64 {
        self.meter.loudness_global().unwrap_or(f64::NEG_INFINITY)
    }

    /// Loudness of the last 400 ms, LUFS.
    pub fn momentary_lufs(&self) -> f64 {
        self.meter.loudness_momentary().unwrap_or(f64::NEG_INFINITY)
    }

    /// Loudness of the last 3 s, LUFS.
    pub fn short_term_lufs(&self) -> f64 {
        self.meter.loudness_shortterm().unwrap_or(f64::NEG_INFINITY)
    }

    /// Loudness range so far, LU. Not meaningful under 60 s (EBU Tech 3342).
    pub fn range_lu(&self) -> f64 {
        self.meter.loudness_range().unwrap_or(0.0)
    }

    /// Highest true peak so far of any channel, linear.
    pub fn true_peak(&self) -> f64 {
        (0..self.channels as u32).filter_map(|c| self.meter.true_peak(c).ok()).fold(0.0, f64::max)
    }

    /// Highest true peak so far of any channel, dBTP.
    pub fn true_peak_dbtp(&self) -> f64 {
        db_from_gain(self.true_peak())
    }

    /// All figures so far.
    pub fn loudness(&self) -> Loudness {
        Loudness {
            integrated_lufs: self.integrated_lufs(),
            momentary_max_lufs: self.momentary_max.max(self.momentary_lufs()),
            short_term_max_lufs: self.short_term_max.max(self.short_term_lufs()),
            range_lu: self.range_lu(),
            true_peak_dbtp: self.true_peak_dbtp(),
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.meter.reset();
        self.until_step = self.step_frames;
        self.momentary_max = f64::NEG_INFINITY;
        self.short_term_max = f64::NEG_INFINITY;
        self.last_step = [f64::NEG_INFINITY; 2];
    }
}

impl std::fmt::Debug for LoudnessMeter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoudnessMeter").field("channels", &self.channels).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;

    fn sine(hz: f64, level: f64, frames: usize) -> Vec<f32> {
        (0..frames).map(|i| (level * math::sin(math::TAU * hz * i as f64 / 48_000.0)) as f32).collect()
    }

    #[test]
    fn a_stereo_997_hz_tone_at_minus_23_dbfs_is_minus_23_lufs() {
        // EBU Tech 3341, test signal 1 (1 kHz, -23 dBFS peak per channel, both channels).
        let tone = sine(997.0, 10f64.powf(-23.0 / 20.0), 48_000 * 20);
        let mut meter = LoudnessMeter::new(2, SampleRate::DEFAULT).unwrap();
        for block in tone.chunks(777) {
            meter.push(&[block, block]).unwrap();
        }
        let figures = meter.loudness();
        for lufs in [figures.integrated_lufs, figures.momentary_max_lufs, figures.short_term_max_lufs] {
            assert!((lufs + 23.0).abs() < 0.1, "{figures:?}");
        }
        assert!(figures.range_lu < 0.1);
        assert!((figures.true_peak_dbtp + 23.0).abs() < 0.2, "{figures:?}");
    }

    #[test]
    fn surrounds_count_a_decibel_and_a_half_more_and_effects_nothing() {
        let tone = sine(997.0, 0.1, 48_000 * 5);
        let silence = vec![0.0; tone.len()];
        let lufs = |number: usize| {
            let mut meter =
                LoudnessMeter::weighted(&[1.0, 1.0, 1.0, 0.0, 1.41, 1.41], SampleRate::DEFAULT).unwrap();
            let block: Vec<&[f32]> = (0..6).map(|n| if n == number { &tone[..] } else { &silence }).collect();
            meter.push(&block).unwrap();
            (meter.integrated_lufs(), meter.true_peak_dbtp())
        };
        assert!((lufs(4).0 - lufs(0).0 - 1.49).abs() < 0.02);
        assert_eq!(lufs(3).0, f64::NEG_INFINITY);
        assert!((lufs(3).1 + 20.0).abs() < 0.2, "peaks count in every channel");
    }

    #[test]
    fn true_peaks_between_samples_are_found() {
        // A quarter of the rate, sampled at 45 degrees: samples at 0.707, the wave reaches 1.
        let wave: Vec<f32> =
            (0..4800).map(|i| math::sin(math::PI * (f64::from(i) / 2.0 + 0.25)) as f32).collect();
        let mut meter = LoudnessMeter::new(1, SampleRate::DEFAULT).unwrap();
        meter.push(&[&wave]).unwrap();
        assert!(meter.true_peak_dbtp().abs() < 0.4, "{}", meter.true_peak_dbtp());
    }

    #[test]
    fn silence_has_no_loudness_and_reset_forgets() {
        let mut meter = LoudnessMeter::new(1, SampleRate::DEFAULT).unwrap();
        meter.push(&[&sine(500.0, 0.5, 48_000)]).unwrap();
        assert!(meter.integrated_lufs() > -20.0);
        meter.reset();
        meter.push(&[&vec![0.0; 48_000]]).unwrap();
        assert_eq!(meter.integrated_lufs(), f64::NEG_INFINITY);
        assert_eq!(meter.true_peak_dbtp(), f64::NEG_INFINITY);
    }

    #[test]
    fn wrong_blocks_are_refused() {
        let mut meter = LoudnessMeter::new(2, SampleRate::DEFAULT).unwrap();
        assert_eq!(meter.push(&[&[0.0]]), Err(AnalysisError::ChannelCount { channels: 1, expected: 2 }));
        assert!(matches!(meter.push(&[&[0.0], &[0.0, 0.0]]), Err(AnalysisError::UnequalChannels { .. })));
        assert!(LoudnessMeter::new(0, SampleRate::DEFAULT).is_err());
    }
}
