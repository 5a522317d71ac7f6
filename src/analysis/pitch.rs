//! The pitch of one voice.
//!
//! Owns a plain estimate of the fundamental: the first strong peak of the normalised autocorrelation of a
//! Hann-windowed frame, divided by the window's own (Boersma 1993). Good for one clean voice, not for crowds.

use super::repetition::autocorrelation;
use crate::math;
use crate::units::SampleRate;

/// An estimate of the fundamental.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pitch {
    /// Fundamental frequency, hertz.
    pub f0_hz: f64,
    /// Height of the peak: 1 for a perfectly periodic sound, near 0 for noise.
    pub clarity: f64,
}

/// Estimates the fundamental of a short piece (best 3 to 6 periods) between two frequencies.
///
/// Returns `None` for silence, for pieces shorter than two of the longest periods, or where no peak
/// stands out.
pub fn pitch(samples: &[f32], rate: SampleRate, low_hz: f64, high_hz: f64) -> Option<Pitch> {
    let n = samples.len();
    let first = (rate.hz_f64() / high_hz).floor().max(2.0) as usize;
    let last = (rate.hz_f64() / low_hz).ceil() as usize;
    if n < 2 * last || first >= last {
        return None;
    }
    let mean = samples.iter().map(|x| f64::from(*x)).sum::<f64>() / n as f64;
    let window: Vec<f32> =
        (0..n).map(|i| (0.5 - 0.5 * math::cos(math::TAU * (i as f64 + 0.5) / n as f64)) as f32).collect();
    let windowed: Vec<f32> =
        samples.iter().zip(&window).map(|(x, w)| ((f64::from(*x) - mean) as f32) * w).collect();
    let (sound, shape) = (autocorrelation(&windowed), autocorrelation(&window));
    if sound[0] <= 0.0 {
        return None;
    }
    let value = |lag: usize| sound[lag] / sound[0] * shape[0] / shape[lag];
    // Octave cost: of two peaks of nearly equal height the shorter period wins (Boersma's 0.01 per octave).
    let mut best: Option<(usize, f64, f64)> = None;
    for lag in first..=last.min(n - 2) {
        let (a, b, c) = (value(lag - 1), value(lag), value(lag + 1));
        if b > a && b >= c && b > 0.2 {
            let cost = b - 0.02 * math::log2(lag as f64 / first as f64);
            if best.is_none_or(|(_, _, previous)| cost > previous) {
                best = Some((lag, b, cost));
            }
        }
    }
    let (lag, height, _) = best?;
    let (a, b, c) = (value(lag - 1), value(lag), value(lag + 1));
    let shift = (0.5 * (a - c) / (a - 2.0 * b + c)).clamp(-0.5, 0.5);
    Some(Pitch { f0_hz: rate.hz_f64() / (lag as f64 + shift), clarity: height.min(1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Domain, stream};

    #[test]
    fn the_fundamental_of_a_pulse_train_is_found_not_its_octaves() {
        for f0 in [90.0, 233.0, 420.0, 1100.0] {
            let wave: Vec<f32> = (0..2400)
                .map(|i| {
                    let phase = math::TAU * f0 * f64::from(i) / 48_000.0;
                    (1..=8).map(|k| math::sin(phase * f64::from(k)) / f64::from(k)).sum::<f64>() as f32
                })
                .collect();
            let found = pitch(&wave, SampleRate::DEFAULT, 60.0, 2000.0).unwrap();
            assert!((found.f0_hz / f0 - 1.0).abs() < 0.005, "{f0}: {found:?}");
            assert!(found.clarity > 0.9);
        }
    }

    #[test]
    fn noise_is_not_clear_and_silence_has_no_pitch() {
        let mut random = stream(2, Domain::Test, 0, 0);
        let noise: Vec<f32> = (0..4800).map(|_| random.noise()).collect();
        assert!(pitch(&noise, SampleRate::DEFAULT, 100.0, 1000.0).is_none_or(|p| p.clarity < 0.4));
        assert_eq!(pitch(&[0.0; 4800], SampleRate::DEFAULT, 100.0, 1000.0), None);
        assert_eq!(pitch(&noise[..100], SampleRate::DEFAULT, 100.0, 1000.0), None);
    }
}
