//! From a sound's name to its samples.

use super::super::{
    act::{Manner, Performance, Sound},
    effort::Effort,
    person::Voice,
    tract,
};
use super::{
    breaths, cries,
    sketch::{LEAD_S, Take},
    spasms, whistle,
};
use crate::{
    math,
    rng::{self, Domain, stream},
    units::SampleRate,
};

/// Performs a sound once; the anchor is its first vowel or hit.
///
/// Effort runs from the softest to the hardest way to make the sound: a sob at 1 is loud for a sob.
/// Every person has habits (a word to cheer with, a vowel to laugh in) and every take is new.
pub(crate) fn perform(
    voice: &Voice,
    sound: Sound,
    manner: &Manner,
    seed: u64,
    person: u64,
    rate: SampleRate,
) -> Performance {
    let asked = if manner.effort.is_nan() { 0.5 } else { manner.effort.clamp(0.0, 1.0) };
    let fatigue = if manner.fatigue.is_finite() { manner.fatigue.clamp(0.0, 5.0) } else { 0.0 };
    // Words use index 0..2^32 for their takes, each sound its own 2^32.
    let index = (number(sound) << 32) + u64::from(manner.take);
    let mut draw = stream(seed, Domain::Performance, person, index);
    let level = (asked + voice.zeal * asked + 0.02 * draw.normal_within(2.0)).clamp(0.0, 1.0);
    let mut take = Take {
        voice,
        sound,
        level,
        effort: Effort::at(level),
        f0_hz: voice.f0_at(asked),
        tired: 1.0 - math::exp(-fatigue),
        habits: stream(seed, Domain::Traits, person, 1000 + number(sound)),
        draw,
    };
    let key = rng::key(seed, Domain::Noise, person, index);
    let sketch = match sound {
        Sound::Whistle => return whistle::perform(&mut take, key, rate),
        Sound::Cheer => cries::cheer(&mut take),
        Sound::Roar => cries::roar(&mut take),
        Sound::Whoop => cries::whoop(&mut take),
        Sound::Scream => cries::scream(&mut take),
        Sound::Boo => cries::boo(&mut take),
        Sound::Groan => cries::groan(&mut take),
        Sound::Ooh => cries::ooh(&mut take),
        Sound::Aah => cries::aah(&mut take),
        Sound::Hum => cries::hum(&mut take),
        Sound::Laugh => spasms::laugh(&mut take),
        Sound::Sob => spasms::sob(&mut take),
        Sound::Gasp => breaths::gasp(&mut take),
        Sound::Hiss => breaths::hiss(&mut take),
        Sound::Breath => breaths::breath(&mut take),
        Sound::Cough => spasms::cough(&mut take),
    };
    let (anchor_s, mut stops_s, end_s) = (sketch.anchor_s, sketch.stops_s.clone(), sketch.end_s);
    // A fit of coughing ends where its last cough does.
    stops_s.retain(|s| *s < end_s - 0.01);
    stops_s.push(end_s);
    let throat = voice.throat();
    let frames = sketch.frames(&mut take, &throat);
    let samples = tract::render(&frames, &throat, key, rate);
    finish(samples, anchor_s, &stops_s, rate)
}

/// Fades both ends and sets the marks; times are from the start of the sound.
pub(super) fn finish(mut samples: Vec<f32>, anchor_s: f64, stops_s: &[f64], rate: SampleRate) -> Performance {
    let length = samples.len();
    let fade = (rate.frames(0.003) as usize).min(length / 2).max(1);
    for i in 0..fade.min(length) {
        let gain = i as f32 / fade as f32;
        samples[i] *= gain;
        samples[length - 1 - i] *= gain;
    }
    let frame_of = |at_s: f64| (rate.frames(at_s + LEAD_S) as usize).min(length);
    Performance {
        samples,
        anchor_frames: frame_of(anchor_s),
        stops_frames: stops_s.iter().map(|s| frame_of(*s)).collect(),
    }
}

/// A fixed number per sound: part of the key of its chance, never to be changed.
fn number(sound: Sound) -> u64 {
    match sound {
        Sound::Cheer => 1,
        Sound::Roar => 2,
        Sound::Whoop => 3,
        Sound::Scream => 4,
        Sound::Whistle => 5,
        Sound::Gasp => 6,
        Sound::Boo => 7,
        Sound::Hiss => 8,
        Sound::Laugh => 9,
        Sound::Sob => 10,
        Sound::Groan => 11,
        Sound::Ooh => 12,
        Sound::Aah => 13,
        Sound::Hum => 14,
        Sound::Breath => 15,
        Sound::Cough => 16,
    }
}
