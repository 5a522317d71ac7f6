//! A person performs an act once.
//!
//! Owns the way from an [`Act`] to samples: timing, melody, motion, synthesis. No two takes are alike; the
//! same seed, person, take and act give the same samples. Levels are pascals at 1 m.

use super::{
    act::{Act, Manner, Performance},
    effort::Effort,
    gesture, melody,
    person::Voice,
    sounds, timing,
    timing::Plan,
    tract,
};
use crate::{
    rng::{self, Domain, Stream},
    text::{Mood, Phrase, Stress},
    units::SampleRate,
};

/// Performs `act` once as `voice` would.
///
/// * `manner`: effort, scatter, take and tiredness; numbers out of range are clamped.
/// * `seed`, `person`: the key of all that is random, together with the take.
///
/// The anchor of a chant is beat 0 of its score, that of speech its first vowel. Claps and stomps inside a
/// score stay silent: they are grains of their own. Allocates; costs about 1/600 of the time it sounds.
///
/// An [`Act::Body`] belongs to the body layer, which knows hands and feet; the caller sends it there. Here
/// it asserts in debug builds and is silence otherwise.
pub fn perform(
    voice: &Voice,
    act: &Act,
    manner: &Manner,
    seed: u64,
    person: u64,
    rate: SampleRate,
) -> Performance {
    match act {
        Act::Speak { phrase, .. } => words(voice, act, phrase, manner, seed, person, rate),
        Act::Chant { phrase, .. } => words(voice, act, phrase, manner, seed, person, rate),
        Act::Sound(sound) => sounds::perform(voice, *sound, manner, seed, person, rate),
        Act::Body(_) => {
            debug_assert!(false, "hands and feet are performed by the body layer");
            silence(rate)
        }
    }
}

/// A performance in which nothing is heard.
fn silence(rate: SampleRate) -> Performance {
    Performance { samples: vec![0.0; rate.frames(0.01) as usize], anchor_frames: 0, stops_frames: Vec::new() }
}

fn words(
    voice: &Voice,
    act: &Act,
    phrase: &Phrase,
    manner: &Manner,
    seed: u64,
    person: u64,
    rate: SampleRate,
) -> Performance {
    let mut draw = rng::stream(seed, Domain::Performance, person, u64::from(manner.take));
    let fatigue = if manner.fatigue.is_finite() { manner.fatigue.clamp(0.0, 5.0) } else { 0.0 };
    // Nobody is equally loud twice: about 1 dB.
    let asked = manner.effort + f64::from(phrase.emphasis).clamp(0.0, 0.3) * 0.5;
    let level = (asked + voice.zeal * asked.clamp(0.0, 1.0) + 0.02 * draw.normal_within(2.0)).clamp(0.0, 1.0);
    let effort = Effort::at(level);
    let f0_hz = voice.f0_at(asked) * (1.0 + 0.015 * draw.normal_within(2.0));
    let (plan, melody) = match act {
        Act::Chant { score, beat_s, tune, .. } => {
            let plan = timing::chant(phrase, score, *beat_s, voice, manner, &effort, &mut draw);
            let own_cents = tune.map_or(0.0, |t| {
                // A person's place around the tune stays the same from take to take.
                t.spread_cents * rng::stream(seed, Domain::Traits, person, 2).normal_within(2.5)
            });
            let melody = melody::chanted(&plan, voice, tune.as_ref(), own_cents, f0_hz, &mut draw);
            (plan, melody)
        }
        Act::Speak { delivery, .. } => {
            let plan = timing::speak(phrase, voice, &effort, delivery.pace(), &mut draw);
            let melody = melody::spoken(&plan, voice, *delivery, phrase.mood, &mut draw);
            (plan, melody)
        }
        _ => return silence(rate),
    };
    if plan.units.is_empty() {
        return silence(rate);
    }
    let syllable_db = syllable_levels(&plan, phrase, &mut draw);
    let (first, last) = plan.span_s();
    let long = last - first > 0.8;
    let speaks = matches!(act, Act::Speak { .. });
    let inhale_s =
        if long && draw.chance(if speaks { 0.35 } else { 0.12 }) { draw.range(0.3, 0.5) } else { 0.0 };
    let throat = voice.throat();
    let score = gesture::Score {
        voice,
        throat: &throat,
        effort: &effort,
        syllable_db: &syllable_db,
        f0_hz,
        melody,
        fatigue,
        inhale_s,
    };
    let (frames, from_s) = gesture::frames(&plan, score, &mut draw);
    let key = rng::key(seed, Domain::Noise, person, u64::from(manner.take));
    let mut samples = tract::render(&frames, &throat, key, rate);
    fade(&mut samples, rate);
    let frame_of = |at_s: f64| rate.frames(at_s - from_s) as usize;
    let length = samples.len();
    Performance {
        samples,
        anchor_frames: frame_of(0.0).min(length),
        stops_frames: plan.syllables.iter().map(|s| frame_of(s.end_s).min(length)).collect(),
    }
}

/// Change of level of each syllable: emphasis, a slow fall, and chance.
fn syllable_levels(plan: &Plan, phrase: &Phrase, draw: &mut Stream) -> Vec<f64> {
    let count = plan.syllables.len().max(1) as f64;
    let rising = if phrase.mood == Mood::Exclamation { 0.5 } else { -1.0 };
    plan.syllables
        .iter()
        .enumerate()
        .map(|(i, s)| {
            let place = (i as f64 + 0.5) / count - 0.5;
            let accent = if s.accent && s.stress == Stress::Primary { 0.8 } else { 0.0 };
            rising * place + accent + 20.0 * s.emphasis + 0.7 * draw.normal_within(2.0)
        })
        .collect()
}

/// Takes both ends to exact silence over 3 ms.
fn fade(samples: &mut [f32], rate: SampleRate) {
    let count = (rate.frames(0.003) as usize).min(samples.len() / 2).max(1);
    let length = samples.len();
    for i in 0..count.min(length) {
        let gain = i as f32 / count as f32;
        samples[i] *= gain;
        samples[length - 1 - i] *= gain;
    }
}
