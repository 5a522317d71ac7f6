//! Sounds of the mouth that are not words.
//!
//! Owns the performance of every [`Sound`]. Does not own the synthesizer: a sound is a list of
//! [`super::tract::Frame`]s in pascals (see [`super::gesture`] for how levels are found), rendered by
//! [`super::tract::render`] through [`super::person::Voice::throat`].

use std::sync::Arc;

use super::{
    act::{Act, Delivery, Manner, Performance, Sound},
    perform as perform_act,
    person::Voice,
};
use crate::{
    text::{Item, Mood, Origin, Phone, Phrase, Segment, Stress, Syllable, Word},
    units::SampleRate,
};

/// Performs a sound; the anchor is its first vowel or hit.
pub(crate) fn perform(
    voice: &Voice,
    sound: Sound,
    manner: &Manner,
    seed: u64,
    person: u64,
    rate: SampleRate,
) -> Performance {
    let (phones, nucleus, stretch): (&[Phone], usize, f32) = match sound {
        Sound::Whoop | Sound::Whistle => (&[Phone::W, Phone::UW], 1, 2.0),
        Sound::Boo => (&[Phone::B, Phone::UW], 1, 4.0),
        Sound::Hiss => (&[Phone::S], 0, 5.0),
        Sound::Ooh => (&[Phone::UW], 0, 4.0),
        Sound::Hum => (&[Phone::M], 0, 6.0),
        Sound::Groan => (&[Phone::OW], 0, 3.0),
        Sound::Breath | Sound::Gasp | Sound::Cough => (&[Phone::HH, Phone::AH], 1, 1.0),
        Sound::Cheer => (&[Phone::Y, Phone::AE], 1, 2.5),
        Sound::Laugh | Sound::Sob => (&[Phone::HH, Phone::AH], 1, 1.0),
        Sound::Roar | Sound::Scream | Sound::Aah => (&[Phone::AA], 0, 4.0),
    };
    let segments = phones.iter().map(|&phone| Segment { phone, length: 1.0 }).collect();
    let phrase = Phrase {
        text: String::new(),
        words: vec![Word { text: String::new(), span: 0..0, syllables: 0..1, origin: Origin::Inline }],
        syllables: vec![Syllable {
            segments,
            nucleus,
            stress: Stress::Primary,
            word: 0,
            stretch,
            emphasis: 0.0,
        }],
        items: vec![Item::Syllable(0)],
        mood: Mood::Exclamation,
        emphasis: 0.0,
        notes: Vec::new(),
    };
    let act = Act::Speak { phrase: Arc::new(phrase), delivery: Delivery::Joy };
    perform_act::perform(voice, &act, manner, seed, person, rate)
}
