//! Spectrum over time, for pictures.
//!
//! Owns short-time spectra on a logarithmic scale of frequency. Hann windows of about 43 ms that overlap by half;
//! power is per octave, so that pink noise is even from bottom to top. Memory is bounded: long sounds get wider
//! columns. Units: dB re full scale, hertz, seconds.

use std::sync::Arc;

use rustfft::{Fft, FftPlanner, num_complex::Complex};

use super::columns::{Columns, Merge};
use crate::math;
use crate::units::{SampleRate, db_from_power};

/// Bands from bottom to top.
pub const BANDS: usize = 144;
/// Lowest and highest frequency, hertz; the highest is less at low rates.
const RANGE_HZ: (f64, f64) = (50.0, 16_000.0);
/// Length of a window, seconds; the next power of two is taken.
const WINDOW_S: f64 = 0.03;
/// Most columns.
const COLUMNS: usize = 2400;

/// Power in each band.
struct Column {
    power: Vec<f32>,
    count: f32,
}

impl Merge for Column {
    fn merge(&mut self, next: Self) {
        for (sum, power) in self.power.iter_mut().zip(next.power) {
            *sum += power;
        }
        self.count += next.count;
    }
}

/// Collects a spectrogram while sound goes by. Not real-time.
pub struct Spectrogram {
    rate: SampleRate,
    fft: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
    /// Two channels at a time: one is the real part, the other the imaginary.
    waiting: Vec<Vec<Complex<f32>>>,
    buffer: Vec<Complex<f32>>,
    bands: Vec<(f64, f64)>,
    columns: Columns<Column>,
    channels: usize,
}

impl Spectrogram {
    /// Starts one for `channels` channels.
    pub fn new(channels: usize, rate: SampleRate) -> Self {
        let size = ((WINDOW_S * rate.hz_f64()) as usize).next_power_of_two().max(64);
        let step = math::TAU / size as f64;
        let top_hz = RANGE_HZ.1.min(0.47 * rate.hz_f64());
        let ratio = top_hz / RANGE_HZ.0;
        let edge = |band: usize| RANGE_HZ.0 * math::pow(ratio, band as f64 / BANDS as f64);
        Self {
            rate,
            fft: FftPlanner::new().plan_fft_forward(size),
            window: (0..size).map(|i| (0.5 - 0.5 * math::cos(step * i as f64)) as f32).collect(),
            waiting: vec![Vec::with_capacity(2 * size); channels.div_ceil(2)],
            buffer: vec![Complex::default(); size],
            bands: (0..BANDS).map(|band| (edge(band), edge(band + 1))).collect(),
            columns: Columns::new(COLUMNS),
            channels,
        }
    }

    /// Takes the next block, one slice per channel, all of one length.
    pub fn push(&mut self, block: &[&[f32]]) {
        let frames = block.iter().map(|c| c.len()).min().unwrap_or(0);
        let size = self.window.len();
        // In parts: what waits is moved on after each window, and stays short.
        for from in (0..frames).step_by(size) {
            let to = (from + size).min(frames);
            for (pair, waiting) in block.chunks(2).zip(&mut self.waiting) {
                let second = |n: usize| pair.get(1).map_or(0.0, |c| c[n]);
                waiting.extend((from..to).map(|n| Complex::new(pair[0][n], second(n))));
            }
            while self.waiting.first().is_some_and(|w| w.len() >= size) {
                self.transform();
                for waiting in &mut self.waiting {
                    waiting.drain(..size / 2);
                }
            }
        }
    }

    fn transform(&mut self) {
        let size = self.window.len();
        let mut bins = vec![0.0f64; size / 2 + 1];
        for waiting in &self.waiting {
            for ((slot, x), w) in self.buffer.iter_mut().zip(waiting).zip(&self.window) {
                *slot = x * w;
            }
            self.fft.process(&mut self.buffer);
            // Both halves together hold the power of both channels.
            for (k, bin) in bins.iter_mut().enumerate() {
                let other = (size - k) % size;
                *bin += f64::from(self.buffer[k].norm_sqr() + self.buffer[other].norm_sqr());
            }
        }
        // A full-scale sine in every channel comes to -3 dB in its band, as its mean square does.
        let energy: f64 = self.window.iter().map(|w| f64::from(*w) * f64::from(*w)).sum();
        let scale = 1.0 / (energy * size as f64 * self.channels.max(1) as f64);
        let bin_hz = self.rate.hz_f64() / size as f64;
        let power = self.bands.iter().map(|&(low, high)| {
            let density = density(&bins, low / bin_hz, high / bin_hz) / bin_hz;
            // Per octave: a bandwidth of ln 2 times the frequency.
            (density * scale * 0.5 * (low + high) * std::f64::consts::LN_2) as f32
        });
        let column = Column { power: power.collect(), count: 1.0 };
        self.columns.push(column);
    }

    /// Columns in order of time; each holds the level per octave of each band, lowest first, dB re full scale.
    pub fn levels_db(&self) -> Vec<Vec<f32>> {
        let level = |power: f32, count: f32| db_from_power(f64::from(power / count)) as f32;
        self.columns.list().iter().map(|c| c.power.iter().map(|p| level(*p, c.count)).collect()).collect()
    }

    /// Length of a column, seconds.
    pub fn column_s(&self) -> f64 {
        self.columns.slices_per_column() as f64 * self.rate.seconds(self.window.len() as u64 / 2)
    }

    /// Lower edge of the lowest band and upper edge of the highest, hertz.
    pub fn range_hz(&self) -> [f64; 2] {
        [self.bands[0].0, self.bands[BANDS - 1].1]
    }
}

/// Mean power per bin between two places among the bins, each bin reaching half a bin to both sides.
fn density(bins: &[f64], low: f64, high: f64) -> f64 {
    let last = bins.len() - 1;
    if high - low < 1.0 {
        // Narrower than a bin: the straight line between the two nearest.
        let at = (0.5 * (low + high)).clamp(0.0, last as f64);
        let k = (at as usize).min(last.saturating_sub(1));
        let part = at - k as f64;
        return bins[k] * (1.0 - part) + bins[(k + 1).min(last)] * part;
    }
    let (first, end) = ((low + 0.5).floor() as usize, ((high + 0.5).floor() as usize).min(last));
    let mut sum = 0.0;
    for (bin, power) in bins.iter().enumerate().take(end + 1).skip(first) {
        let left = (bin as f64 - 0.5).max(low);
        let right = (bin as f64 + 0.5).min(high);
        sum += power * (right - left).max(0.0);
    }
    sum / (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(hz: f64, rate: SampleRate, channels: usize) -> Spectrogram {
        let sine: Vec<f32> =
            (0..96_000).map(|n| math::sin(math::TAU * hz * n as f64 / rate.hz_f64()) as f32).collect();
        let mut spectrogram = Spectrogram::new(channels, rate);
        for part in sine.chunks(1000) {
            spectrogram.push(&vec![part; channels]);
        }
        spectrogram
    }

    #[test]
    fn a_tone_stands_in_its_band_whatever_the_channels() {
        let rate = SampleRate::DEFAULT;
        for channels in [1, 2, 3, 6] {
            let spectrogram = of(1000.0, rate, channels);
            let [low, high] = spectrogram.range_hz();
            let levels = spectrogram.levels_db();
            let column = &levels[levels.len() / 2];
            let best = (0..BANDS).max_by(|a, b| column[*a].total_cmp(&column[*b])).unwrap();
            let hz = low * math::pow(high / low, (best as f64 + 0.5) / BANDS as f64);
            assert!((hz / 1000.0 - 1.0).abs() < 0.05, "{channels}: {hz}");
            assert!(column[BANDS - 1] < column[best] - 60.0, "{channels}");
        }
    }

    #[test]
    fn columns_cover_the_sound_and_stay_few() {
        let spectrogram = of(440.0, SampleRate::DEFAULT, 1);
        let seconds = spectrogram.levels_db().len() as f64 * spectrogram.column_s();
        assert!((seconds - 2.0).abs() < 0.1, "{seconds}");
        let mut long = Spectrogram::new(1, SampleRate::DEFAULT);
        for _ in 0..100 {
            long.push(&[&[0.1; 48_000]]);
        }
        assert!((COLUMNS / 2..=COLUMNS).contains(&long.levels_db().len()));
        assert!((long.levels_db().len() as f64 * long.column_s() - 100.0).abs() < 0.2);
    }

    #[test]
    fn opposite_channels_do_not_cancel() {
        let wave: Vec<f32> = (0..9600).map(|n| math::sin(0.1 * f64::from(n)) as f32).collect();
        let other: Vec<f32> = wave.iter().map(|x| -x).collect();
        let mut spectrogram = Spectrogram::new(2, SampleRate::DEFAULT);
        spectrogram.push(&[&wave, &other]);
        let loudest = spectrogram.levels_db()[1].iter().copied().fold(f32::MIN, f32::max);
        assert!(loudest > -10.0, "{loudest}");
    }
}
