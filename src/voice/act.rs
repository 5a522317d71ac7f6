//! What a voice can be asked to perform, and what comes back.
//!
//! Owns plain data shared by the voice, the grain bank and the crowd.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::text::{Phrase, Score};

/// A sound of the mouth that is not a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sound {
    /// "Yeah!", "woo!": a short open shout.
    Cheer,
    /// A long open-mouthed shout without words.
    Roar,
    /// Rising "whoo".
    Whoop,
    /// High, rough, long.
    Scream,
    /// A whistle with fingers or lips.
    Whistle,
    /// Sharp breath in.
    Gasp,
    /// Long low "boo".
    Boo,
    /// "sss".
    Hiss,
    /// Laughter.
    Laugh,
    /// Crying.
    Sob,
    /// Disappointed "oh".
    Groan,
    /// "ooh": wonder.
    Ooh,
    /// "aah": relief.
    Aah,
    /// Closed-mouth hum.
    Hum,
    /// Breath in and out.
    Breath,
    /// A cough.
    Cough,
}

/// What hands and feet do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodySound {
    /// One clap of two hands.
    Clap,
    /// One foot on the ground.
    Stomp,
}

/// The melody and colour of a spoken line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// As the punctuation says.
    #[default]
    Plain,
    /// Talk among friends: as the punctuation says, but quick, lively and in any key.
    Talk,
    /// A call across a street.
    Call,
    /// A reply to a call.
    Answer,
    /// Rising.
    Question,
    /// High and falling again and again.
    Pleading,
    /// Wide and bright.
    Joy,
    /// Tight, quick, high.
    Fear,
}

impl Delivery {
    /// How much quicker than careful speech it is. Talk among friends runs at 5 to 6 syllables a second,
    /// words that are meant to be understood at 4.
    pub(crate) fn pace(self) -> f64 {
        match self {
            Self::Talk => 1.5,
            Self::Fear => 1.15,
            _ => 1.0,
        }
    }
}

/// The common tune of a half-sung chant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tune {
    /// Pitch class that men are drawn to, hertz; women and children sing the octave above.
    pub men_hz: f64,
    /// How far a person is drawn from the own pitch to the tune, 0 spoken to 1 sung.
    pub pull: f64,
    /// Scatter of people around the tune, cents.
    pub spread_cents: f64,
    /// Step of the last syllables in semitones: -3 is the falling minor third of crowds.
    pub last_step_st: f64,
}

/// What one person performs once.
#[derive(Clone, Debug)]
pub enum Act {
    /// Spoken in speech timing.
    Speak {
        /// The words.
        phrase: Arc<Phrase>,
        /// Melody and colour.
        delivery: Delivery,
    },
    /// On a beat grid. Claps and stomps in the score are not performed here: they are grains of their own.
    Chant {
        /// The words.
        phrase: Arc<Phrase>,
        /// When each syllable falls.
        score: Arc<Score>,
        /// Seconds per beat.
        beat_s: f64,
        /// Half-sung, or spoken shout when absent.
        tune: Option<Tune>,
    },
    /// A sound without words.
    Sound(Sound),
    /// Hands or feet.
    Body(BodySound),
}

/// How an act is performed this time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Manner {
    /// 0 whisper, 0.15 murmur, 0.35 normal, 0.5 raised, 0.65 loud, 0.8 shout, 0.92 full shout, 1 scream.
    pub effort: f64,
    /// Scatter of each syllable around its beat, seconds (standard deviation).
    pub looseness_s: f64,
    /// Which take of this act by this person: no two takes are alike.
    pub take: u32,
    /// Seconds shouted so far divided by the time constant of tiring, 0 fresh, 1 and more tired.
    pub fatigue: f64,
}

/// A finished performance: sound pressure at 1 m in front of the mouth (or hands).
#[derive(Clone, Debug, PartialEq)]
pub struct Performance {
    /// Pascals at 1 m. Starts and ends at silence (faded over at least 2 ms).
    pub samples: Vec<f32>,
    /// The frame that must fall on the beat (chant: beat 0 of the score) or on the moment of speaking
    /// (speech and sounds: first vowel or hit). Frames before it are lead-in.
    pub anchor_frames: usize,
    /// First frame after each syllable, rising: where a person can stop without cutting a vowel.
    pub stops_frames: Vec<usize>,
}
