//! How much a bank will hold, before anybody has opened a mouth.
//!
//! Owns the usual length of every act, from measured performances: means over many people. Single performances are up to
//! a third shorter or longer; a bank of hundreds is within a tenth.

use crate::text::Item;
use crate::units::SampleRate;
use crate::voice::{Act, BodySound, Sound};

use super::bank::Bank;
use super::build::batch;
use super::event::Recipe;

/// A chant sounds this long beyond its beats, seconds: the breath in front of it and the end of the last syllable.
const AROUND_CHANT_S: f64 = 0.35;

/// A syllable, and a pause of one beat, of speech, seconds at an even pace; and what is around it.
const SYLLABLE_S: f64 = 0.38;
const PAUSE_S: f64 = 0.4;
const AROUND_SPEECH_S: f64 = 0.32;

impl Bank {
    /// About how many bytes the bank of these recipes takes.
    pub fn about_bytes(recipes: &[Recipe], rate: SampleRate) -> u64 {
        // Whole banks of long phrases came out 1.3 times as large: those are spoken and called more slowly than short ones.
        let about: u64 = recipes.iter().map(|recipe| Self::bytes_of(rate.frames(about_s(&recipe.act)))).sum();
        about + about * 2 / 5
    }

    /// About how many bytes it takes to fill that bank: some performances wait beside it until they are put in.
    pub fn about_peak_bytes(recipes: &[Recipe], rate: SampleRate, threads: usize) -> u64 {
        let about = Self::about_bytes(recipes, rate);
        let (waiting, all) = (batch(threads).min(recipes.len()) as u64, recipes.len().max(1) as u64);
        about + about / all * waiting
    }
}

/// How long an act lasts as a rule, seconds.
fn about_s(act: &Act) -> f64 {
    match act {
        Act::Chant { score, beat_s, .. } => score.sounding_beats.max(0.0) * beat_s.max(0.0) + AROUND_CHANT_S,
        Act::Speak { phrase, delivery } => {
            let pauses: f32 = phrase
                .items
                .iter()
                .map(|item| if let Item::Pause { beats } = item { *beats } else { 0.0 })
                .sum();
            let spoken = SYLLABLE_S * phrase.syllables.len() as f64 + PAUSE_S * f64::from(pauses);
            AROUND_SPEECH_S + spoken / delivery.pace()
        }
        Act::Sound(sound) => sound_s(*sound),
        Act::Body(sound) => body_s(*sound),
    }
}

fn sound_s(sound: Sound) -> f64 {
    match sound {
        Sound::Gasp => 0.4,
        Sound::Cough => 0.65,
        Sound::Cheer | Sound::Whoop | Sound::Whistle => 0.8,
        Sound::Scream | Sound::Laugh | Sound::Groan | Sound::Ooh | Sound::Aah => 1.3,
        Sound::Roar | Sound::Boo | Sound::Hiss => 1.65,
        Sound::Sob | Sound::Breath => 1.8,
        Sound::Hum => 2.0,
    }
}

fn body_s(sound: BodySound) -> f64 {
    match sound {
        BodySound::Clap => 0.07,
        BodySound::Stomp => 0.24,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::{Manner, PopulationConfig, Voice, perform};
    use std::sync::Arc;

    fn mean_s(act: &Act) -> f64 {
        let rate = SampleRate::new(22_050).unwrap();
        let count = 10;
        let one = |person: u64| {
            let voice = Voice::random(1, person, &PopulationConfig::default());
            let manner =
                Manner { effort: 0.3 + 0.06 * person as f64, looseness_s: 0.03, take: 0, fatigue: 0.0 };
            let samples = match act {
                Act::Body(sound) => crate::body::perform(*sound, manner.effort, 0, 1, person, rate).samples,
                _ => perform(&voice, act, &manner, 1, person, rate).samples,
            };
            rate.seconds(samples.len() as u64)
        };
        (0..count).map(one).sum::<f64>() / count as f64
    }

    #[test]
    fn acts_are_as_long_as_is_said_of_them() {
        use crate::text::{Language, Lexicon, RhythmConfig, lay, read};
        use crate::voice::Delivery;
        let mut acts: Vec<Act> = Vec::new();
        for words in ["GO!", "COME ON, ALL MIGHT!", "we want more and we want it now, right now. all of it"] {
            let phrase = Arc::new(read(words, Language::English, &Lexicon::new()).unwrap());
            let rhythm = RhythmConfig::default();
            let score = Arc::new(lay(&phrase, &rhythm));
            acts.push(Act::Chant { phrase: Arc::clone(&phrase), score, beat_s: rhythm.beat_s(), tune: None });
            acts.extend(
                [Delivery::Plain, Delivery::Talk, Delivery::Fear]
                    .map(|delivery| Act::Speak { phrase: Arc::clone(&phrase), delivery }),
            );
        }
        use Sound::{
            Aah, Boo, Breath, Cheer, Cough, Gasp, Groan, Hiss, Hum, Laugh, Ooh, Roar, Scream, Sob, Whistle,
            Whoop,
        };
        let sounds = [
            Cheer, Roar, Whoop, Scream, Whistle, Gasp, Boo, Hiss, Laugh, Sob, Groan, Ooh, Aah, Hum, Breath,
            Cough,
        ];
        acts.extend(sounds.map(Act::Sound));
        acts.extend([BodySound::Clap, BodySound::Stomp].map(Act::Body));
        for act in acts {
            let (said, is) = (about_s(&act), mean_s(&act));
            assert!((0.75..1.25).contains(&(is / said)), "{said:.2} s are said, and it is {is:.2}: {act:?}");
        }
    }
}
