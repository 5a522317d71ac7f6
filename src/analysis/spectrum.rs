//! Power spectra and band levels.
//!
//! Owns the spectrum of a whole event (exact energy) and of a texture (averaged), and their sums in octave
//! and third-octave bands. Units: power in units of the squared sample, so levels are dB re 1.0 (dBFS for
//! full-scale sound, dB re 1 Pa for performances). Sources: Welch 1967 for averaging; IEC 61260-1:2014
//! for band edges (base 10), with ideal edges instead of filter skirts.

use rustfft::{FftPlanner, num_complex::Complex};
use serde::Serialize;

use crate::math;
use crate::units::{SampleRate, db_from_power};

/// One band of a spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Band {
    /// Nominal centre, hertz.
    pub hz: f64,
    /// Mean-square level, dB re 1.0.
    pub level_db: f64,
}

/// Mean power per bin from 0 Hz to half the rate.
#[derive(Clone, Debug)]
pub struct Spectrum {
    /// Mean-square value that falls into each bin; they sum to the mean square of the sound.
    power: Vec<f64>,
    bin_hz: f64,
}

/// Frames of a texture's analysis window: 6 Hz bins at 48 kHz.
const WINDOW_FRAMES: usize = 8192;

impl Spectrum {
    /// Spectrum of a whole short event: no window, so all its energy counts wherever it lies.
    ///
    /// The power is the mean over the event's length. Meant for sound that starts and ends in silence.
    pub fn of_event(samples: &[f32], rate: SampleRate) -> Self {
        let size = samples.len().next_power_of_two().max(2);
        let mut buffer: Vec<Complex<f64>> =
            samples.iter().map(|x| Complex::new(f64::from(*x), 0.0)).collect();
        buffer.resize(size, Complex::default());
        FftPlanner::new().plan_fft_forward(size).process(&mut buffer);
        let scale = 1.0 / (size as f64 * samples.len().max(1) as f64);
        Self { power: fold(&buffer, scale), bin_hz: rate.hz_f64() / size as f64 }
    }

    /// Average spectrum of a long sound by overlapping Hann windows of 8192 frames.
    ///
    /// Sounds shorter than one window are treated as an event.
    pub fn of_texture(samples: &[f32], rate: SampleRate) -> Self {
        if samples.len() < WINDOW_FRAMES {
            return Self::of_event(samples, rate);
        }
        let size = WINDOW_FRAMES;
        let window: Vec<f64> =
            (0..size).map(|i| 0.5 - 0.5 * math::cos(math::TAU * i as f64 / size as f64)).collect();
        let energy: f64 = window.iter().map(|w| w * w).sum();
        let fft = FftPlanner::new().plan_fft_forward(size);
        let mut total = vec![0.0; size / 2 + 1];
        let mut count = 0;
        let mut buffer = vec![Complex::default(); size];
        for start in (0..=samples.len() - size).step_by(size / 2) {
            for ((slot, x), w) in buffer.iter_mut().zip(&samples[start..]).zip(&window) {
                *slot = Complex::new(f64::from(*x) * w, 0.0);
            }
            fft.process(&mut buffer);
            for (sum, p) in total.iter_mut().zip(fold(&buffer, 1.0 / (size as f64 * energy))) {
                *sum += p;
            }
            count += 1;
        }
        for sum in &mut total {
            *sum /= f64::from(count);
        }
        Self { power: total, bin_hz: rate.hz_f64() / size as f64 }
    }

    /// The mean of several spectra of sounds of one length and rate; empty for none.
    pub fn mean(spectra: &[Self]) -> Self {
        let Some(first) = spectra.first() else {
            return Self { power: vec![0.0; 2], bin_hz: 1.0 };
        };
        let share = 1.0 / spectra.len() as f64;
        let power =
            (0..first.power.len()).map(|i| spectra.iter().map(|s| s.power[i]).sum::<f64>() * share).collect();
        Self { power, bin_hz: first.bin_hz }
    }

    /// Mean-square value between two frequencies; bins on an edge count by the part inside.
    pub fn power_between(&self, low_hz: f64, high_hz: f64) -> f64 {
        let last = self.power.len() as f64 - 0.5;
        let low = (low_hz / self.bin_hz).clamp(-0.5, last);
        let high = (high_hz / self.bin_hz).clamp(-0.5, last);
        let (first_bin, last_bin) = ((low + 0.5).floor() as usize, (high + 0.5).floor() as usize);
        let mut sum = 0.0;
        for bin in first_bin..=last_bin.min(self.power.len() - 1) {
            let left = (bin as f64 - 0.5).max(low);
            let right = (bin as f64 + 0.5).min(high);
            sum += self.power[bin] * (right - left).max(0.0);
        }
        sum
    }

    /// Level between two frequencies, dB re 1.0.
    pub fn level_between_db(&self, low_hz: f64, high_hz: f64) -> f64 {
        db_from_power(self.power_between(low_hz, high_hz))
    }

    /// Level of the whole sound, dB re 1.0.
    pub fn level_db(&self) -> f64 {
        db_from_power(self.power.iter().sum())
    }

    /// Octave bands 63 Hz to 16 kHz, those that lie wholly below half the rate.
    pub fn octaves(&self) -> Vec<Band> {
        let nominal = [63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16_000.0];
        self.bands(&nominal, 10.0 / 3.0, -4)
    }

    /// Third-octave bands 50 Hz to 16 kHz, those that lie wholly below half the rate.
    pub fn third_octaves(&self) -> Vec<Band> {
        let nominal = [
            50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0, 630.0, 800.0, 1000.0,
            1250.0, 1600.0, 2000.0, 2500.0, 3150.0, 4000.0, 5000.0, 6300.0, 8000.0, 10_000.0, 12_500.0,
            16_000.0,
        ];
        self.bands(&nominal, 10.0, -13)
    }

    /// Bands whose centres are 1000 Hz times steps of `10^(3 / (10 * fraction))`, octave ratio 10^0.3.
    fn bands(&self, nominal: &[f64], per_decade: f64, first: i32) -> Vec<Band> {
        let half = math::pow(10.0, 0.5 / per_decade);
        let top = self.bin_hz * (self.power.len() - 1) as f64;
        nominal
            .iter()
            .zip(first..)
            .map(|(hz, step)| (*hz, 1000.0 * math::pow(10.0, f64::from(step) / per_decade)))
            .take_while(|(_, exact)| exact * half <= top)
            .map(|(hz, exact)| Band { hz, level_db: self.level_between_db(exact / half, exact * half) })
            .collect()
    }

    /// Frequency of the strongest bin between two frequencies, refined by a parabola through its
    /// neighbours in dB. `None` where there is no power.
    pub fn peak_hz(&self, low_hz: f64, high_hz: f64) -> Option<f64> {
        let first = (low_hz / self.bin_hz).ceil().max(1.0) as usize;
        let last = ((high_hz / self.bin_hz).floor() as usize).min(self.power.len().saturating_sub(2));
        let best = (first..=last).max_by(|a, b| self.power[*a].total_cmp(&self.power[*b]))?;
        if self.power[best] <= 0.0 {
            return None;
        }
        let [a, b, c] = [best - 1, best, best + 1].map(|i| db_from_power(self.power[i]).max(-400.0));
        let bend = a - 2.0 * b + c;
        let shift = if bend < 0.0 { (0.5 * (a - c) / bend).clamp(-0.5, 0.5) } else { 0.0 };
        Some((best as f64 + shift) * self.bin_hz)
    }

    /// The same spectrum averaged over a band of `fraction` of an octave around each bin: what is left is
    /// the envelope, without harmonics.
    #[must_use]
    pub fn smoothed(&self, fraction: f64) -> Self {
        let half = math::pow(2.0, fraction / 2.0);
        let power = (0..self.power.len())
            .map(|bin| {
                let hz = bin as f64 * self.bin_hz;
                let (low, high) = (hz / half, hz * half);
                if high - low < self.bin_hz {
                    return self.power[bin];
                }
                self.power_between(low, high) * self.bin_hz / (high - low)
            })
            .collect();
        Self { power, bin_hz: self.bin_hz }
    }

    /// Power-weighted mean frequency, hertz; `None` for silence.
    pub fn centroid_hz(&self) -> Option<f64> {
        let total: f64 = self.power.iter().sum();
        let weighted: f64 = self.power.iter().enumerate().map(|(i, p)| i as f64 * self.bin_hz * p).sum();
        (total > 0.0).then(|| weighted / total)
    }
}

/// One-sided power of a transform of real samples.
fn fold(bins: &[Complex<f64>], scale: f64) -> Vec<f64> {
    let half = bins.len() / 2;
    (0..=half).map(|i| bins[i].norm_sqr() * scale * if i == 0 || i == half { 1.0 } else { 2.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Domain, stream};

    fn sine(hz: f64, frames: usize) -> Vec<f32> {
        (0..frames).map(|i| math::sin(math::TAU * hz * i as f64 / 48_000.0) as f32).collect()
    }

    #[test]
    fn a_sine_has_its_power_in_its_own_band() {
        for hz in [250.0, 1000.0, 4000.0] {
            let spectrum = Spectrum::of_texture(&sine(hz, 96_000), SampleRate::DEFAULT);
            for band in spectrum.octaves() {
                if band.hz == hz {
                    assert!((band.level_db + 3.01).abs() < 0.05, "{band:?}");
                } else {
                    assert!(band.level_db < -60.0, "{hz}: {band:?}");
                }
            }
            assert!((spectrum.peak_hz(50.0, 20_000.0).unwrap() - hz).abs() < 1.0);
        }
    }

    #[test]
    fn white_noise_rises_one_decibel_per_third_octave() {
        let mut random = stream(1, Domain::Test, 0, 0);
        let noise: Vec<f32> = (0..480_000).map(|_| random.noise()).collect();
        let bands = Spectrum::of_texture(&noise, SampleRate::DEFAULT).third_octaves();
        let at = |hz: f64| bands.iter().find(|b| b.hz == hz).unwrap().level_db;
        assert!((at(10_000.0) - at(1000.0) - 10.0).abs() < 0.5);
        // Power 1/3 over 24 kHz: a third octave at 1 kHz is 231 Hz wide.
        assert!((at(1000.0) - db_from_power(231.0 / 24_000.0 / 3.0)).abs() < 0.5);
    }

    #[test]
    fn an_event_keeps_its_energy_wherever_it_lies() {
        let mut click = vec![0.0f32; 1000];
        click[3] = 0.5;
        let spectrum = Spectrum::of_event(&click, SampleRate::DEFAULT);
        assert!((spectrum.level_db() - db_from_power(0.25 / 1000.0)).abs() < 1e-9);
        let halves = spectrum.power_between(0.0, 5000.0) + spectrum.power_between(5000.0, 24_000.0);
        assert!((db_from_power(halves) - spectrum.level_db()).abs() < 0.05);
    }

    #[test]
    fn empty_and_silent_sounds_have_no_peak() {
        let spectrum = Spectrum::of_texture(&[], SampleRate::DEFAULT);
        assert_eq!(spectrum.peak_hz(0.0, 24_000.0), None);
        assert_eq!(Spectrum::of_texture(&[0.0; 20_000], SampleRate::DEFAULT).centroid_hz(), None);
    }
}
