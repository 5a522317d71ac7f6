//! Level over time: onsets, rises, decays, depth.
//!
//! Owns a level curve at a fixed step and what can be read off it, and the plain statistics of samples.
//! Units: dB re 1.0, seconds.

use crate::units::{SampleRate, db_from_gain, db_from_power};

/// Root mean square; 0 for nothing.
pub fn rms(samples: &[f32]) -> f64 {
    if samples.is_empty() {
        return 0.0;
    }
    (samples.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>() / samples.len() as f64).sqrt()
}

/// Root mean square, dB re 1.0.
pub fn rms_db(samples: &[f32]) -> f64 {
    db_from_gain(rms(samples))
}

/// Peak over RMS, dB; 0 for silence.
pub fn crest_db(samples: &[f32]) -> f64 {
    let peak = samples.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    if peak > 0.0 { db_from_gain(f64::from(peak)) - rms_db(samples) } else { 0.0 }
}

/// Fourth moment over squared variance: 3 for a Gaussian, 1.5 for a sine; 0 for silence.
pub fn kurtosis(samples: &[f32]) -> f64 {
    let n = samples.len().max(1) as f64;
    let mean = samples.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
    let (mut second, mut fourth) = (0.0, 0.0);
    for x in samples {
        let square = (f64::from(*x) - mean) * (f64::from(*x) - mean);
        second += square;
        fourth += square * square;
    }
    if second > 0.0 { fourth * n / (second * second) } else { 0.0 }
}

/// RMS level in consecutive windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// Mean square of each window.
    power: Vec<f64>,
    /// Seconds between windows.
    step_s: f64,
}

impl Envelope {
    /// Measures windows of `step_s` seconds without overlap; a last part-window counts as its own.
    pub fn of(samples: &[f32], rate: SampleRate, step_s: f64) -> Self {
        let frames = (rate.frames(step_s) as usize).max(1);
        let power = samples
            .chunks(frames)
            .map(|w| {
                let level = rms(w);
                level * level
            })
            .collect();
        Self { power, step_s: rate.seconds(frames as u64) }
    }

    /// Measures the mean power of several channels, like [`Envelope::of`].
    pub fn mean(channels: &[&[f32]], rate: SampleRate, step_s: f64) -> Self {
        let all: Vec<Self> = channels.iter().map(|c| Self::of(c, rate, step_s)).collect();
        let windows = all.iter().map(|e| e.power.len()).max().unwrap_or(0);
        let at = |e: &Self, i: usize| e.power.get(i).copied().unwrap_or(0.0);
        let count = all.len().max(1) as f64;
        let power = (0..windows).map(|i| all.iter().map(|e| at(e, i)).sum::<f64>() / count).collect();
        let step_s = all.first().map_or(step_s, |e| e.step_s);
        Self { power, step_s }
    }

    /// Levels, dB re 1.0, one per window.
    pub fn levels_db(&self) -> Vec<f64> {
        self.power.iter().map(|p| db_from_power(*p)).collect()
    }

    /// Seconds from one level to the next.
    pub fn step_s(&self) -> f64 {
        self.step_s
    }

    /// Mean-square values, one per window.
    pub fn power(&self) -> &[f64] {
        &self.power
    }

    /// Time and level of the loudest window; `None` for silence.
    pub fn peak(&self) -> Option<(f64, f64)> {
        let best = (0..self.power.len()).max_by(|a, b| self.power[*a].total_cmp(&self.power[*b]))?;
        (self.power[best] > 0.0).then(|| (best as f64 * self.step_s, db_from_power(self.power[best])))
    }

    /// Time of the first window within `below_db` of the loudest, seconds.
    pub fn onset_s(&self, below_db: f64) -> Option<f64> {
        let (_, peak) = self.peak()?;
        let first = self.power.iter().position(|p| db_from_power(*p) >= peak - below_db)?;
        Some(first as f64 * self.step_s)
    }

    /// Seconds from `below_db` under the loudest window up to it.
    pub fn rise_s(&self, below_db: f64) -> Option<f64> {
        Some(self.peak()?.0 - self.onset_s(below_db)?)
    }

    /// Seconds from the loudest window until the level stays more than `below_db` under it.
    pub fn decay_s(&self, below_db: f64) -> Option<f64> {
        let (at, peak) = self.peak()?;
        let last = self.power.iter().rposition(|p| db_from_power(*p) >= peak - below_db)?;
        Some((last + 1) as f64 * self.step_s - at)
    }

    /// Seconds between the first and the last window within `below_db` of the loudest.
    pub fn sounding_s(&self, below_db: f64) -> f64 {
        match (self.onset_s(below_db), self.peak(), self.decay_s(below_db)) {
            (Some(onset), Some((at, _)), Some(decay)) => at + decay - onset,
            _ => 0.0,
        }
    }

    /// Steepest rise and steepest fall over `span_s`, dB, both positive; levels more than `floor_db` under
    /// the loudest count as that floor.
    pub fn steepest_db(&self, span_s: f64, floor_db: f64) -> (f64, f64) {
        let Some((_, peak)) = self.peak() else { return (0.0, 0.0) };
        let levels: Vec<f64> = self.levels_db().iter().map(|l| l.max(peak - floor_db)).collect();
        let span = ((span_s / self.step_s).round() as usize).max(1);
        levels.windows(span + 1).fold((0.0, 0.0), |(rise, fall): (f64, f64), w| {
            (rise.max(w[span] - w[0]), fall.max(w[0] - w[span]))
        })
    }

    /// Level that `share` of the windows stay under, dB: 0 the lowest, 0.5 the median, 1 the highest.
    pub fn quantile_db(&self, share: f64) -> f64 {
        let mut levels = self.levels_db();
        levels.sort_by(f64::total_cmp);
        let last = levels.len().saturating_sub(1) as f64;
        levels.get((share.clamp(0.0, 1.0) * last).round() as usize).copied().unwrap_or(f64::NEG_INFINITY)
    }

    /// Depth of the envelope: the 95 % level minus the 10 % level, dB.
    pub fn depth_db(&self) -> f64 {
        let high = self.quantile_db(0.95);
        if high.is_finite() { high - self.quantile_db(0.10) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;

    #[test]
    fn a_sine_has_the_textbook_statistics() {
        let wave: Vec<f32> = (0..48_000).map(|i| math::sin(math::TAU * f64::from(i) / 48.0) as f32).collect();
        assert!((rms_db(&wave) + 3.0103).abs() < 1e-3);
        assert!((crest_db(&wave) - 3.0103).abs() < 1e-3);
        assert!((kurtosis(&wave) - 1.5).abs() < 1e-3);
        assert_eq!((rms(&[]), crest_db(&[]), kurtosis(&[])), (0.0, 0.0, 0.0));
    }

    #[test]
    fn an_exponential_decay_is_timed() {
        // 60 dB per second, after 0.2 s of silence.
        let wave: Vec<f32> = (0..48_000)
            .map(|i| {
                let t = f64::from(i) / 48_000.0 - 0.2;
                if t < 0.0 { 0.0 } else { (math::pow(10.0, -3.0 * t) * (1 - 2 * (i % 2)) as f64) as f32 }
            })
            .collect();
        let envelope = Envelope::of(&wave, SampleRate::DEFAULT, 0.005);
        assert!((envelope.onset_s(20.0).unwrap() - 0.2).abs() < 0.006);
        assert!((envelope.decay_s(20.0).unwrap() - 1.0 / 3.0).abs() < 0.01);
        assert!(envelope.rise_s(20.0).unwrap() < 0.006);
        let (_, fall) = envelope.steepest_db(0.1, 40.0);
        assert!((fall - 6.0).abs() < 0.2, "{fall}");
    }

    #[test]
    fn silence_has_no_onset() {
        let envelope = Envelope::of(&[0.0; 4800], SampleRate::DEFAULT, 0.01);
        assert_eq!(envelope.onset_s(20.0), None);
        assert_eq!(envelope.sounding_s(20.0), 0.0);
        assert_eq!(envelope.steepest_db(0.1, 40.0), (0.0, 0.0));
        assert_eq!(Envelope::of(&[], SampleRate::DEFAULT, 0.01).depth_db(), 0.0);
    }
}
