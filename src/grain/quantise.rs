//! One performance turned into a grain: 16-bit samples with a scale, and what the crowd wants to know.
//!
//! Units: pascals at 1 m in; integers out, `sample * scale` is pascals again. Each grain is normalised to
//! its own peak, so the error stays 98 dB below it (half a step of 1/32767) whatever the level: no dither
//! is needed under a voice whose own breath noise is 60 dB louder.

use super::event::GrainInfo;
use crate::units::SampleRate;
use crate::voice::Performance;

/// The quietest peak that counts as sound, pascals: 0 dB SPL, the threshold of hearing at 1 kHz.
const SILENCE_PA: f32 = 20e-6;

/// The window in which level is looked at to find the sounding part, seconds.
const WINDOW_S: f64 = 0.010;

/// Windows that are this far below the loudest (in power) are gaps, not sound: -30 dB.
const GAP_POWER: f64 = 1e-3;

/// A performance as the bank keeps it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grain {
    /// Peak-normalised samples; silence at the end is cut off.
    pub samples: Vec<i16>,
    /// Pascals per step.
    pub scale: f32,
    /// Facts for the crowd.
    pub info: GrainInfo,
}

impl Grain {
    /// A grain of one silent frame.
    pub(super) fn rest() -> Self {
        Self { samples: vec![0], scale: 1.0, info: GrainInfo { frames: 1, ..GrainInfo::default() } }
    }
}

/// Why a performance cannot become a grain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Nothing to hear.
    Silent,
    /// NaN or infinity inside.
    NotFinite,
}

/// Turns pascals into a grain.
pub(super) fn quantise(performance: &Performance, rate: SampleRate) -> Result<Grain, Flaw> {
    let sound = &performance.samples;
    let mut peak = 0.0f32;
    for &x in sound {
        if !x.is_finite() {
            return Err(Flaw::NotFinite);
        }
        peak = peak.max(x.abs());
    }
    if peak < SILENCE_PA {
        return Err(Flaw::Silent);
    }
    let scale = peak / f32::from(i16::MAX);
    // Half away from zero by truncation: `round` is a call into the library for every sample.
    let mut samples: Vec<i16> = sound
        .iter()
        .map(|&x| {
            let steps = x / scale;
            (steps + 0.5f32.copysign(steps)).clamp(-32_767.0, 32_767.0) as i16
        })
        .collect();
    let sounding = samples.iter().rposition(|&x| x != 0).map_or(0, |last| last + 1);
    samples.truncate(sounding);
    samples.shrink_to_fit();
    let frames = samples.len() as u32;
    let inside = |frame: usize| u32::try_from(frame).unwrap_or(u32::MAX).min(frames);
    let mut stops_frames: Vec<u32> = performance.stops_frames.iter().map(|&f| inside(f)).collect();
    stops_frames.dedup();
    let info = GrainInfo {
        frames,
        anchor_frames: inside(performance.anchor_frames),
        power_pa2: sounding_power(sound, rate) as f32,
        stops_frames,
    };
    Ok(Grain { samples, scale, info })
}

/// Mean square over the windows that sound.
fn sounding_power(sound: &[f32], rate: SampleRate) -> f64 {
    let window = (rate.frames(WINDOW_S) as usize).max(1);
    let power = |w: &[f32]| w.iter().map(|&x| x * x).sum::<f32>() / w.len() as f32;
    let powers: Vec<f64> = sound.chunks(window).map(|w| f64::from(power(w))).collect();
    let loudest = powers.iter().copied().fold(0.0, f64::max);
    let (mut sum, mut frames) = (0.0, 0usize);
    for (w, p) in sound.chunks(window).zip(powers) {
        if p > loudest * GAP_POWER {
            sum += p * w.len() as f64;
            frames += w.len();
        }
    }
    if frames == 0 { 0.0 } else { sum / frames as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;
    use crate::units::db_from_power;

    fn tone(peak: f64, frames: usize) -> Performance {
        let samples = (0..frames).map(|i| (peak * math::sin(i as f64 * 0.07)) as f32).collect();
        Performance { samples, anchor_frames: 100, stops_frames: vec![500, 900_000] }
    }

    #[test]
    fn quantising_error_stays_95_db_under_the_grain_at_any_level() {
        for peak in [2e-4, 0.02, 2.0, 60.0] {
            let sound = tone(peak, 4800);
            let grain = quantise(&sound, SampleRate::DEFAULT).unwrap();
            let (mut error, mut power) = (0.0, 0.0);
            for (&q, &x) in grain.samples.iter().zip(&sound.samples) {
                error += (f64::from(q) * f64::from(grain.scale) - f64::from(x)).powi(2);
                power += f64::from(x).powi(2);
            }
            let db = db_from_power(error / power);
            assert!(db < -95.0, "error {db:.1} dB at peak {peak} Pa");
        }
    }

    #[test]
    fn power_is_that_of_the_sounding_part_only() {
        let mut sound = tone(1.0, 4800);
        sound.samples.extend(vec![0.0; 48_000]);
        let grain = quantise(&sound, SampleRate::DEFAULT).unwrap();
        assert!((grain.info.power_pa2 - 0.5).abs() < 0.02, "{}", grain.info.power_pa2);
        assert!(grain.samples.len() <= 4800, "the silent end is kept: {}", grain.samples.len());
    }

    #[test]
    fn places_to_stop_stay_inside_the_grain() {
        let grain = quantise(&tone(1.0, 4800), SampleRate::DEFAULT).unwrap();
        assert_eq!(grain.info.anchor_frames, 100);
        assert_eq!(grain.info.stops_frames, vec![500, grain.info.frames]);
    }

    #[test]
    fn silence_and_numbers_that_are_not_finite_are_refused() {
        let of = |samples| Performance { samples, anchor_frames: 0, stops_frames: vec![] };
        let rate = SampleRate::DEFAULT;
        assert_eq!(quantise(&of(vec![]), rate), Err(Flaw::Silent));
        assert_eq!(quantise(&of(vec![1e-6; 99]), rate), Err(Flaw::Silent));
        assert_eq!(quantise(&of(vec![0.1, f32::NAN]), rate), Err(Flaw::NotFinite));
        assert_eq!(quantise(&of(vec![f32::INFINITY, 0.1]), rate), Err(Flaw::NotFinite));
    }
}
