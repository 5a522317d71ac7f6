//! Whether a sound repeats itself.
//!
//! Owns the normalised autocorrelation of a whole sound. A loop or a grain used twice shows as a peak at the
//! distance of the two copies; a crowd should show none above 0.1 beyond half a second.
//! Source: Wiener-Khinchin by a zero-padded transform.

use rustfft::{FftPlanner, num_complex::Complex};

use crate::units::SampleRate;

/// The strongest self-similarity of a sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Repetition {
    /// Distance of the copies, seconds.
    pub lag_s: f64,
    /// Normalised correlation of the overlapping parts, -1 to 1.
    pub correlation: f64,
}

/// Finds the highest peak of the normalised autocorrelation between two lags.
///
/// Lags at which less than a quarter of the sound overlaps are not considered. `None` for silence or
/// when no lag is left.
pub fn repetition(samples: &[f32], rate: SampleRate, min_s: f64, max_s: f64) -> Option<Repetition> {
    let n = samples.len();
    let first = (rate.frames(min_s) as usize).max(1);
    let last = (rate.frames(max_s) as usize).min(n - n / 4);
    if n < 8 || first >= last {
        return None;
    }
    let raw = autocorrelation(samples);
    // Energy of the first n - lag and the last n - lag samples, from running sums.
    let mut sums = Vec::with_capacity(n + 1);
    sums.push(0.0);
    for x in samples {
        sums.push(sums[sums.len() - 1] + f64::from(*x) * f64::from(*x));
    }
    let mut best: Option<(usize, f64)> = None;
    for (lag, value) in raw.iter().enumerate().take(last + 1).skip(first) {
        let norm = (sums[n - lag] * (sums[n] - sums[lag])).sqrt();
        if norm > 1e-9 * sums[n] && best.is_none_or(|(_, b)| value / norm > b) {
            best = Some((lag, value / norm));
        }
    }
    best.map(|(lag, correlation)| Repetition { lag_s: rate.seconds(lag as u64), correlation })
}

/// Raw autocorrelation for lags 0 to `samples.len() - 1`.
pub(super) fn autocorrelation(samples: &[f32]) -> Vec<f64> {
    let size = (2 * samples.len()).next_power_of_two().max(2);
    let mut buffer: Vec<Complex<f64>> = samples.iter().map(|x| Complex::new(f64::from(*x), 0.0)).collect();
    buffer.resize(size, Complex::default());
    let mut planner = FftPlanner::new();
    planner.plan_fft_forward(size).process(&mut buffer);
    for bin in &mut buffer {
        *bin = Complex::new(bin.norm_sqr() / size as f64, 0.0);
    }
    planner.plan_fft_inverse(size).process(&mut buffer);
    buffer.iter().take(samples.len()).map(|c| c.re).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Domain, stream};

    fn noise(frames: usize) -> Vec<f32> {
        let mut random = stream(5, Domain::Test, 0, 0);
        (0..frames).map(|_| random.noise()).collect()
    }

    #[test]
    fn a_loop_is_found_at_its_length() {
        let once = noise(20_000);
        let twice = [once.as_slice(), &once].concat();
        let found = repetition(&twice, SampleRate::DEFAULT, 0.1, 2.0).unwrap();
        assert!((found.lag_s - 20_000.0 / 48_000.0).abs() < 1e-9);
        assert!(found.correlation > 0.999, "{found:?}");
    }

    #[test]
    fn noise_does_not_repeat() {
        let found = repetition(&noise(96_000), SampleRate::DEFAULT, 0.1, 1.0).unwrap();
        assert!(found.correlation < 0.05, "{found:?}");
    }

    #[test]
    fn silence_and_scraps_have_no_answer() {
        assert_eq!(repetition(&[0.0; 9600], SampleRate::DEFAULT, 0.01, 1.0), None);
        assert_eq!(repetition(&[1.0; 4], SampleRate::DEFAULT, 0.01, 1.0), None);
        assert_eq!(repetition(&noise(1000), SampleRate::DEFAULT, 1.0, 2.0), None);
    }
}
