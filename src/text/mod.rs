//! Typed words to phonemes, syllables and beats.

mod phone;
mod phrase;

pub use phone::{Manner, Phone};
pub use phrase::{
    BodyMark, Item, Mood, Note, Origin, Phrase, Score, ScoreItem, Segment, Stress, Syllable, Word,
};
