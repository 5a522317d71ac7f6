//! Noise of narrow places: hiss and bursts.
//!
//! Owns the two noise peaks behind fricatives and bursts, made at the output rate so that S keeps its air
//! above the tract's band. Does not own when they sound. Amplitudes are RMS values.
//! Source: parallel branch of Klatt 1980, with each peak normalised by the exact variance of its filter.

use super::{noise::Noise, resample};
use crate::math;

/// The noise of one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Friction {
    /// RMS of the noise.
    pub level: f32,
    /// Centres of the two peaks, hertz.
    pub peaks_hz: [f32; 2],
    /// Their widths, hertz.
    pub widths_hz: [f32; 2],
    /// Share of the second peak in amplitude, 0..1.
    pub second: f32,
    /// How far the noise breathes with the voice, 0..1.
    pub gated: f32,
}

/// A band-pass with zeros at 0 and half the rate, unit variance for unit white noise in.
#[derive(Clone, Copy, Debug, Default)]
struct Peak {
    gain: f32,
    b: f32,
    c: f32,
    y1: f32,
    y2: f32,
}

impl Peak {
    fn tune(&mut self, hz: f32, width_hz: f32, rate_hz: f64) {
        let hz = f64::from(hz).clamp(100.0, rate_hz * 0.45);
        let r = math::exp(-math::PI * f64::from(width_hz).max(50.0) / rate_hz);
        let b = 2.0 * r * math::cos(math::TAU * hz / rate_hz);
        let c = r * r;
        // Variance of the recursive part, then of its difference over two samples.
        let ar = (1.0 + c) / ((1.0 - c) * ((1.0 + c) * (1.0 + c) - b * b));
        let rho1 = b / (1.0 + c);
        let rho2 = b * rho1 - c;
        let variance = ar * 2.0 * (1.0 - rho2);
        self.gain = (1.0 / variance.max(1e-9).sqrt()) as f32;
        self.b = b as f32;
        self.c = -c as f32;
    }

    #[inline]
    fn process(&mut self, difference: f32) -> f32 {
        let y = self.gain * difference + self.b * self.y1 + self.c * self.y2;
        self.y2 = self.y1;
        self.y1 = y;
        y
    }
}

/// Higher rates make the noise at a fraction of theirs near this one: the zeros at half the rate are part of its
/// colour, which shall be the same at every rate.
const USUAL_HZ: f64 = 48_000.0;

/// Adds the noise of all frames to `output` at `rate_hz`.
///
/// `frames` yields one [`Friction`], the pitch in hertz and whether the level jumps, per `frame_s`.
pub(crate) fn add<'a>(
    frames: impl Iterator<Item = (&'a Friction, f32, bool)>,
    frame_s: f64,
    key: u64,
    output: &mut [f32],
    rate_hz: f64,
) {
    let parts = (rate_hz / USUAL_HZ).round().max(1.0);
    if parts == 1.0 {
        return add_at(frames, frame_s, key, output, rate_hz);
    }
    let own_hz = rate_hz / parts;
    let mut noise = vec![0.0; (output.len() as f64 / parts).ceil() as usize];
    add_at(frames, frame_s, key, &mut noise, own_hz);
    resample::add(&noise, own_hz, output, rate_hz);
}

/// The noise at one rate.
fn add_at<'a>(
    frames: impl Iterator<Item = (&'a Friction, f32, bool)>,
    frame_s: f64,
    key: u64,
    output: &mut [f32],
    rate_hz: f64,
) {
    let mut noise = Noise::new(key);
    let mut peaks = [Peak::default(); 2];
    let (mut x1, mut x2) = (0.0f32, 0.0f32);
    let mut level = 0.0f32;
    let mut phase = 0.0f32;
    for (index, (friction, f0_hz, jump)) in frames.enumerate() {
        let start = ((index as f64 * frame_s * rate_hz) as usize).min(output.len());
        let end = (((index + 1) as f64 * frame_s * rate_hz) as usize).min(output.len());
        let target = friction.level;
        if (level <= 0.0 && target <= 0.0) || start == end {
            level = target;
            continue;
        }
        if friction.level > 0.0 {
            for (peak, (&hz, &width)) in
                peaks.iter_mut().zip(friction.peaks_hz.iter().zip(&friction.widths_hz))
            {
                peak.tune(hz, width, rate_hz);
            }
        }
        if jump {
            level = target;
        }
        let slope = (target - level) / (end - start) as f32;
        let turn = f0_hz / rate_hz as f32;
        // Two independent-looking peaks of one noise: powers add.
        let norm = 1.0 / (1.0 + friction.second * friction.second).sqrt();
        for out in &mut output[start..end] {
            let white = noise.sample();
            let difference = white - x2;
            x2 = x1;
            x1 = white;
            let hiss = peaks[0].process(difference) + friction.second * peaks[1].process(difference);
            phase += turn;
            phase -= phase as i32 as f32;
            let gate = if phase < 0.5 { 1.0 } else { 1.0 - friction.gated };
            *out += level * norm * gate * hiss;
            level += slope;
        }
        level = target;
        for peak in &mut peaks {
            math::snap(&mut peak.y1);
            math::snap(&mut peak.y2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hiss_has_the_same_colour_at_every_rate() {
        let hiss = Friction {
            level: 0.1,
            peaks_hz: [7000.0, 4200.0],
            widths_hz: [7000.0, 2000.0],
            second: 0.5,
            gated: 0.0,
        };
        // Power around a frequency, dB: the mean over stretches of 20 ms.
        let band = |rate: f64, hz: f64| {
            let mut out = vec![0.0f32; rate as usize];
            add(vec![(&hiss, 0.0, false); 200].into_iter(), 0.005, 77, &mut out, rate);
            let powers = out[1000..].chunks_exact((rate / 50.0) as usize).map(|chunk| {
                let turn = math::TAU * hz / rate;
                let part = |f: fn(f64) -> f64| {
                    chunk.iter().enumerate().map(|(n, x)| f64::from(*x) * f(turn * n as f64)).sum::<f64>()
                };
                (part(math::cos).powi(2) + part(math::sin).powi(2)) / (rate * rate)
            });
            let powers: Vec<f64> = powers.collect();
            10.0 * math::log10(powers.iter().sum::<f64>() / powers.len() as f64)
        };
        // Many lines around each frequency, so that chance averages out.
        let around =
            |rate: f64, hz: f64| (0..8).map(|k| band(rate, hz + 50.0 * f64::from(k))).sum::<f64>() / 8.0;
        for hz in [5000.0, 9000.0, 12_000.0, 14_500.0] {
            let usual = around(48_000.0, hz);
            for rate in [96_000.0, 192_000.0] {
                let other = around(rate, hz);
                assert!((other - usual).abs() < 0.8, "{rate} at {hz} Hz: {other} against {usual} dB");
            }
        }
    }

    #[test]
    fn hiss_has_the_level_asked_for_at_every_rate() {
        let hiss = Friction {
            level: 0.1,
            peaks_hz: [6300.0, 2900.0],
            widths_hz: [2600.0, 900.0],
            second: 0.0,
            gated: 0.0,
        };
        for rate in [22_050.0, 48_000.0, 192_000.0] {
            let frames = vec![(&hiss, 0.0, false); 200];
            let mut out = vec![0.0f32; rate as usize];
            add(frames.into_iter(), 0.005, 77, &mut out, rate);
            let power =
                out.iter().skip(1000).map(|v| f64::from(v * v)).sum::<f64>() / (out.len() - 1000) as f64;
            let db = 20.0 * math::log10(power.sqrt() / 0.1);
            assert!(db.abs() < 0.7, "{rate}: {db} dB");
        }
    }
}
