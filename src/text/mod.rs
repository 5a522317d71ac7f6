//! Typed words to phonemes, syllables and beats.

mod beats;
mod compound;
mod endings;
mod error;
mod inline;
mod kana;
mod letters;
mod lexicon;
mod notation;
mod numbers;
mod packed;
mod phone;
mod phrase;
mod read;
mod rhythm;
mod scan;
mod sound;
mod stretched;
mod syllables;
#[cfg(test)]
mod tests;
mod user;
mod weak;

pub use error::{TextError, locate};
pub use lexicon::Lexicon;
pub use notation::{Row, describe, ipa, notation, origin_name};
pub use phone::{Manner, Phone};
pub use phrase::{
    BodyMark, Item, Mood, Note, Origin, Phrase, Score, ScoreItem, Segment, Stress, Syllable, Word,
};
pub use read::{Language, read};
pub use rhythm::{RhythmConfig, lay};
pub use weak::weaken;

/// The longest phrase, in words: what a crowd says in one go.
pub const MAX_WORDS: usize = 500;
/// The longest phrase, in characters.
pub const MAX_CHARACTERS: usize = 8_000;
/// The least that `(x…)` may ask for.
pub const MIN_STRETCH: f32 = 0.5;
/// The most that a syllable is stretched.
pub const MAX_STRETCH: f32 = 8.0;
