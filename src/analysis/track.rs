//! Level and loudness over time, for pictures.
//!
//! Owns the course of both in steps of 100 ms or, for long sounds, of a multiple of that. Units: dB re full scale,
//! LUFS, seconds. Source of the loudness: see [`LoudnessMeter`].

use super::columns::{Columns, Merge};
use super::{AnalysisError, Loudness, LoudnessMeter};
use crate::units::{SampleRate, db_from_gain, db_from_power};

/// Most steps.
const STEPS: usize = 4800;

/// Sums of a step.
#[derive(Clone, Copy, Debug)]
struct Sums {
    power: f64,
    frames: f64,
    peak: f32,
    momentary: f64,
    short_term: f64,
}

impl Merge for Sums {
    fn merge(&mut self, next: Self) {
        self.power += next.power;
        self.frames += next.frames;
        self.peak = self.peak.max(next.peak);
        self.momentary = self.momentary.max(next.momentary);
        self.short_term = self.short_term.max(next.short_term);
    }
}

/// One step of a [`Track`]. Silence is negative infinity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackStep {
    /// Mean level over all channels, dB re full scale.
    pub level_db: f64,
    /// Highest sample, dB re full scale.
    pub peak_db: f64,
    /// Loudness of the 400 ms before its end, LUFS (the highest, in merged steps).
    pub momentary_lufs: f64,
    /// Loudness of the 3 s before its end, LUFS (the highest, in merged steps).
    pub short_term_lufs: f64,
}

/// Collects level and loudness while sound goes by. Not real-time.
pub struct Track {
    rate: SampleRate,
    meter: LoudnessMeter,
    step_frames: usize,
    frames: u64,
    now: Sums,
    columns: Columns<Sums>,
}

impl Track {
    /// Starts one for `channels` channels.
    ///
    /// # Errors
    /// As [`LoudnessMeter::new`].
    pub fn new(channels: usize, rate: SampleRate) -> Result<Self, AnalysisError> {
        Ok(Self {
            rate,
            meter: LoudnessMeter::new(channels, rate)?,
            step_frames: (rate.hz() / 10).max(1) as usize,
            frames: 0,
            now: EMPTY,
            columns: Columns::new(STEPS),
        })
    }

    /// Takes the next block, one slice per channel, all of one length.
    ///
    /// # Errors
    /// As [`LoudnessMeter::push`].
    pub fn push(&mut self, block: &[&[f32]]) -> Result<(), AnalysisError> {
        let frames = super::error::common_frames(block)?;
        let mut at = 0;
        while at < frames {
            let take = (self.step_frames - self.now.frames as usize).min(frames - at);
            let part: Vec<&[f32]> = block.iter().map(|c| &c[at..at + take]).collect();
            self.meter.push(&part)?;
            for channel in &part {
                let power: f64 = channel.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
                self.now.power += power / part.len() as f64;
                self.now.peak = channel.iter().fold(self.now.peak, |peak, x| peak.max(x.abs()));
            }
            self.now.frames += take as f64;
            self.frames += take as u64;
            at += take;
            if self.now.frames as usize == self.step_frames {
                [self.now.momentary, self.now.short_term] = self.meter.last_step_lufs();
                self.columns.push(std::mem::replace(&mut self.now, EMPTY));
            }
        }
        Ok(())
    }

    /// The steps so far, whole ones only.
    pub fn steps(&self) -> Vec<TrackStep> {
        let step = |s: &Sums| TrackStep {
            level_db: db_from_power(s.power / s.frames),
            peak_db: db_from_gain(f64::from(s.peak)),
            momentary_lufs: s.momentary,
            short_term_lufs: s.short_term,
        };
        self.columns.list().iter().map(step).collect()
    }

    /// Length of a step, seconds.
    pub fn step_s(&self) -> f64 {
        self.columns.slices_per_column() as f64 * self.rate.seconds(self.step_frames as u64)
    }

    /// Length of all that was heard, seconds.
    pub fn seconds(&self) -> f64 {
        self.rate.seconds(self.frames)
    }

    /// Figures of the whole.
    pub fn loudness(&self) -> Loudness {
        self.meter.loudness()
    }
}

const EMPTY: Sums =
    Sums { power: 0.0, frames: 0.0, peak: 0.0, momentary: f64::NEG_INFINITY, short_term: f64::NEG_INFINITY };

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;

    #[test]
    fn level_peak_and_loudness_follow_the_sound() {
        // One second at -20 dBFS, one of silence.
        let tone: Vec<f32> =
            (0..48_000).map(|n| (0.1 * math::sin(math::TAU * 997.0 * n as f64 / 48_000.0)) as f32).collect();
        let mut track = Track::new(2, SampleRate::DEFAULT).unwrap();
        for part in tone.chunks(777) {
            track.push(&[part, part]).unwrap();
        }
        track.push(&[&[0.0; 48_000], &[0.0; 48_000]]).unwrap();
        let steps = track.steps();
        assert_eq!((steps.len(), track.step_s(), track.seconds()), (20, 0.1, 2.0));
        assert!((steps[5].level_db + 23.01).abs() < 0.05, "{:?}", steps[5]);
        assert!((steps[5].peak_db + 20.0).abs() < 0.05, "{:?}", steps[5]);
        assert!((steps[9].momentary_lufs + 20.0).abs() < 0.1, "{:?}", steps[9]);
        assert_eq!(steps[15].level_db, f64::NEG_INFINITY);
    }
}
