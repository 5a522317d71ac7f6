//! What a phrase is once it has been read: sounds in syllables, words, pauses and marks.
//!
//! Owns plain data shared by the reader, the rhythm and the voice. Does not own any rule.

use std::ops::Range;

use super::phone::Phone;

/// How strongly a syllable is stressed inside its word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stress {
    /// ARPAbet 0.
    #[default]
    None,
    /// ARPAbet 2.
    Secondary,
    /// ARPAbet 1.
    Primary,
}

/// One sound in its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Which sound.
    pub phone: Phone,
    /// Length relative to the sound's own duration: 1 as usual, 2 a Japanese long vowel or a geminate.
    pub length: f32,
}

/// A syllable (or mora) of a word.
#[derive(Clone, Debug, PartialEq)]
pub struct Syllable {
    /// Sounds in order.
    pub segments: Vec<Segment>,
    /// Index of the vowel (or syllabic nasal) in `segments`.
    pub nucleus: usize,
    /// Stress inside the word.
    pub stress: Stress,
    /// Index into [`Phrase::words`].
    pub word: usize,
    /// How far the typist stretched it: 1 as usual, "GOOOAL" more.
    pub stretch: f32,
    /// Effort added to [`Phrase::emphasis`] for this syllable: its own CAPS, exclamation marks and stretched letters; the
    /// sum of both is 0..0.3.
    pub emphasis: f32,
}

/// Where the pronunciation of a word comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The built-in pronouncing dictionary.
    Dictionary,
    /// The user's own dictionary.
    User,
    /// A regular ending added to a dictionary word.
    Derived,
    /// Letter-to-sound rules.
    Rules,
    /// Japanese in Latin letters.
    Romaji,
    /// Hiragana or katakana.
    Kana,
    /// Figures read out.
    Number,
    /// Letter names: "MVP".
    Letters,
    /// Typed as phonemes: `{AO1 L}` or `/ɔːl/`.
    Inline,
}

/// A word as typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// The letters as typed; for figures and signs the word that is said.
    pub text: String,
    /// Byte range in [`Phrase::text`].
    pub span: Range<usize>,
    /// Its syllables in [`Phrase::syllables`].
    pub syllables: Range<usize>,
    /// Why it is said so.
    pub origin: Origin,
}

/// What hands and feet do inside a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyMark {
    /// `[clap]`
    Clap,
    /// `[stomp]`
    Stomp,
    /// `[whistle]`
    Whistle,
}

/// One item of a phrase in the order of speaking.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item {
    /// Index into [`Phrase::syllables`].
    Syllable(usize),
    /// A silence: comma, full stop, `|` or `[rest]`; `beats` when chanted, about 0.3 s a beat when spoken.
    Pause {
        /// Length in beats of a chant.
        beats: f32,
    },
    /// A clap, stomp or whistle lasting `beats`.
    Body {
        /// Which one.
        mark: BodyMark,
        /// Length in beats.
        beats: f32,
    },
}

/// The melody that the punctuation asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mood {
    /// Full stop or nothing.
    #[default]
    Statement,
    /// "?"
    Question,
    /// "!"
    Exclamation,
}

/// Something the reader wants to tell the typist (an emoji was left out, a word was guessed).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Byte range in the typed text.
    pub span: Range<usize>,
    /// One sentence, lower-case, no full stop.
    pub message: String,
}

/// A phrase that has been read and can be spoken or chanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Phrase {
    /// As typed.
    pub text: String,
    /// Words in order.
    pub words: Vec<Word>,
    /// All syllables in order.
    pub syllables: Vec<Syllable>,
    /// Syllables, pauses and marks in the order of speaking.
    pub items: Vec<Item>,
    /// From the last punctuation mark.
    pub mood: Mood,
    /// Added effort that all syllables have in common, 0..0.3, from CAPS and exclamation marks.
    pub emphasis: f32,
    /// What the typist should know.
    pub notes: Vec<Note>,
}

/// One item laid on the beat grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreItem {
    /// Where its vowel (or hit) falls, in beats from the start of the cycle.
    pub at_beats: f64,
    /// How long it may last, in beats.
    pub beats: f64,
    /// What sounds.
    pub item: Item,
    /// Falls on a strong beat: everybody meets again here.
    pub accent: bool,
}

/// A phrase on a beat grid: one cycle of a chant.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Syllables and marks in order of time; pauses are implied by the gaps.
    pub items: Vec<ScoreItem>,
    /// Length of the whole cycle including the closing rest, in beats.
    pub cycle_beats: f64,
    /// Where the last item ends, in beats.
    pub sounding_beats: f64,
}
