//! Performs hands and feet: common to claps and stomps.

use super::{clap, stomp};
use crate::rng::{Domain, Stream, stream};
use crate::units::{SPL_REFERENCE_PA, SampleRate, gain_from_db};
use crate::voice::{BodySound, Performance};

/// Silence before the hit, seconds, so that its first edge is never cut.
pub(super) const LEAD_S: f64 = 0.002;

/// Fade at the very end, seconds.
const FADE_S: f64 = 0.003;

/// Performs one clap or one stomp of one person, sound pressure at 1 m.
///
/// * `effort`: 0 the lightest, 1 as hard as the person can; values outside are clamped.
/// * `take`: every take of a person differs, in strength, position and shape.
///
/// The anchor is the hit. Stomps are on the street; [`super::Floor`] says what else there is.
/// Allocates the result; costs about as long as it sounds divided by 500.
///
/// ```
/// use uproar::{body, units::SampleRate, voice::BodySound};
/// let clap = body::perform(BodySound::Clap, 0.7, 0, 1, 42, SampleRate::DEFAULT);
/// assert!(clap.samples.len() < 9600 && clap.samples.iter().all(|x| x.is_finite()));
/// ```
pub fn perform(
    sound: BodySound,
    effort: f64,
    take: u32,
    seed: u64,
    person: u64,
    rate: SampleRate,
) -> Performance {
    perform_on(stomp::Floor::Street, sound, effort, take, seed, person, rate)
}

/// Performs like [`perform`] on a chosen floor; claps do not depend on it.
pub fn perform_on(
    floor: stomp::Floor,
    sound: BodySound,
    effort: f64,
    take: u32,
    seed: u64,
    person: u64,
    rate: SampleRate,
) -> Performance {
    let effort = if effort.is_nan() { 0.5 } else { effort.clamp(0.0, 1.0) };
    // Index 0 of each sound is the person, the others the takes.
    let kind = match sound {
        BodySound::Clap => 0,
        BodySound::Stomp => 1u64 << 40,
    };
    let mut habits = stream(seed, Domain::Body, person, kind);
    let mut moment = stream(seed, Domain::Body, person, kind + 1 + u64::from(take));
    // Noise has a stream of its own: how much of it is drawn depends on the rate, how a hit goes does not.
    let mut grit = stream(seed, Domain::Noise, person, kind + 1 + u64::from(take));
    let samples = match sound {
        BodySound::Clap => clap::Hands::of(&mut habits).clap(effort, &mut moment, &mut grit, rate),
        BodySound::Stomp => stomp::Foot::of(&mut habits).stomp(floor, effort, &mut moment, &mut grit, rate),
    };
    finish(samples, rate)
}

/// Fades the end and turns pressure into a performance.
fn finish(samples: Vec<f64>, rate: SampleRate) -> Performance {
    let fade = (rate.frames(FADE_S) as usize).max(1);
    let frames = samples.len();
    let samples: Vec<f32> = samples
        .into_iter()
        .enumerate()
        .map(|(i, x)| (x * (((frames - 1 - i) as f64) / fade as f64).min(1.0)) as f32)
        .collect();
    Performance { samples, anchor_frames: rate.frames(LEAD_S) as usize, stops_frames: vec![frames] }
}

/// Scales a hit so that its loudest 10 ms have an RMS level of `level_db` SPL.
pub(super) fn set_level(samples: &mut [f64], level_db: f64, rate: SampleRate) {
    let window = (rate.frames(0.010) as usize).min(samples.len()).max(1);
    let mut sum: f64 = samples[..window.min(samples.len())].iter().map(|x| x * x).sum();
    let mut best = sum;
    for i in window..samples.len() {
        sum += samples[i] * samples[i] - samples[i - window] * samples[i - window];
        best = best.max(sum);
    }
    if best > 0.0 {
        let gain = SPL_REFERENCE_PA * gain_from_db(level_db) / (best / window as f64).sqrt();
        samples.iter_mut().for_each(|x| *x *= gain);
    }
}

/// White noise whose power per hertz does not depend on the rate.
pub(super) fn noise(random: &mut Stream, rate: SampleRate) -> f64 {
    f64::from(random.noise()) * (rate.hz_f64() / 48_000.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::Floor;
    use super::*;
    use crate::analysis::{Envelope, Spectrum};
    use crate::units::db_from_gain;

    const RATE: SampleRate = SampleRate::DEFAULT;

    fn one(sound: BodySound, effort: f64, take: u32, person: u64) -> Performance {
        perform(sound, effort, take, 7, person, RATE)
    }

    /// Level of the loudest 10 ms, dB SPL.
    fn level_db(p: &Performance) -> f64 {
        let envelope = Envelope::of(&p.samples, RATE, 0.010);
        envelope.peak().unwrap().1 - db_from_gain(SPL_REFERENCE_PA)
    }

    fn median(mut values: Vec<f64>) -> f64 {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }

    #[test]
    fn claps_reach_75_to_90_decibels_with_effort() {
        for (effort, low, high) in [(0.0, 68.0, 78.0), (0.5, 76.0, 86.0), (1.0, 84.0, 93.0)] {
            let level = median((0..60).map(|p| level_db(&one(BodySound::Clap, effort, 0, p))).collect());
            assert!((low..high).contains(&level), "effort {effort}: {level}");
        }
    }

    #[test]
    fn clap_spectra_peak_between_half_and_three_kilohertz_and_differ_by_hands() {
        let peaks: Vec<f64> = (0..80)
            .map(|p| {
                let clap = one(BodySound::Clap, 0.7, 0, p);
                Spectrum::of_event(&clap.samples, RATE).smoothed(0.33).peak_hz(100.0, 20_000.0).unwrap()
            })
            .collect();
        let inside = peaks.iter().filter(|hz| (450.0..3500.0).contains(*hz)).count();
        assert!(inside >= 76, "{inside} of 80: {peaks:?}");
        let spread =
            peaks.iter().fold(0.0f64, |m, x| m.max(*x)) / peaks.iter().fold(1e9f64, |m, x| m.min(*x));
        assert!(spread > 3.0, "{spread}");
    }

    #[test]
    fn claps_are_short_with_a_sharp_edge() {
        for person in 0..20 {
            let clap = one(BodySound::Clap, 0.8, 1, person);
            let envelope = Envelope::of(&clap.samples, RATE, 0.001);
            let decay = envelope.decay_s(30.0).unwrap();
            assert!((0.004..0.045).contains(&decay), "person {person}: {decay}");
            let onset = envelope.onset_s(20.0).unwrap();
            assert!((onset - LEAD_S).abs() <= 0.0035, "person {person}: {onset}");
        }
    }

    #[test]
    fn stomps_thump_between_60_and_150_hertz() {
        for person in 0..30 {
            let stomp = one(BodySound::Stomp, 0.8, 0, person);
            let peak = Spectrum::of_event(&stomp.samples, RATE).peak_hz(20.0, 20_000.0).unwrap();
            assert!((50.0..165.0).contains(&peak), "person {person}: {peak}");
            assert!((70.0..95.0).contains(&level_db(&stomp)), "{}", level_db(&stomp));
        }
    }

    #[test]
    fn wood_rings_longer_than_the_street() {
        let decay = |floor| {
            median(
                (0..30)
                    .map(|p| {
                        let s = perform_on(floor, BodySound::Stomp, 0.8, 0, 7, p, RATE).samples;
                        Envelope::of(&s, RATE, 0.005).decay_s(30.0).unwrap()
                    })
                    .collect(),
            )
        };
        let (street, wood) = (decay(Floor::Street), decay(Floor::Wood));
        assert!(wood > 1.4 * street, "{street} {wood}");
    }

    #[test]
    fn the_same_key_gives_the_same_samples_and_another_take_does_not() {
        for sound in [BodySound::Clap, BodySound::Stomp] {
            assert_eq!(one(sound, 0.6, 3, 9), one(sound, 0.6, 3, 9));
            let (a, b) = (one(sound, 0.6, 3, 9), one(sound, 0.6, 4, 9));
            assert_ne!(a.samples, b.samples);
            assert_ne!(a.samples, one(sound, 0.6, 3, 10).samples);
            assert!((level_db(&a) - level_db(&b)).abs() > 1e-6);
        }
    }

    #[test]
    fn every_rate_and_effort_gives_finite_sound_that_ends_in_silence() {
        for hz in [22_050, 44_100, 96_000, 192_000] {
            let rate = SampleRate::new(hz).unwrap();
            for sound in [BodySound::Clap, BodySound::Stomp] {
                for effort in [-1.0, 0.0, 0.5, 1.0, 2.0, f64::NAN] {
                    let p = perform(sound, effort, 0, 1, 5, rate);
                    assert!(p.samples.iter().all(|x| x.is_finite()));
                    assert_eq!(p.samples.last(), Some(&0.0));
                    assert!(p.anchor_frames < p.samples.len());
                }
            }
        }
    }

    #[test]
    fn the_rate_does_not_change_the_sound() {
        let bands = |hz| {
            let rate = SampleRate::new(hz).unwrap();
            let mut sum = [0.0; 4];
            for person in 0..150 {
                let p = perform(BodySound::Clap, 0.7, 0, 1, person, rate);
                let spectrum = Spectrum::of_event(&p.samples, rate);
                for (slot, hz) in sum.iter_mut().zip([500.0, 1000.0, 2000.0, 4000.0]) {
                    *slot += spectrum.power_between(hz * 0.707, hz * 1.414);
                }
            }
            sum.map(crate::units::db_from_power)
        };
        for (a, b) in bands(44_100).into_iter().zip(bands(96_000)) {
            assert!((a - b).abs() < 1.5, "{a} {b}");
        }
    }
}
