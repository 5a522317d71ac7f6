//! A sound on its way from a word to a syllable.
//!
//! Owns the intermediate form that every source of pronunciations gives. Does not own syllables.

use super::{Manner, Phone, Stress};

/// One sound of a pronunciation before it has been put into a syllable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sound {
    pub phone: Phone,
    /// Given for what can carry a syllable.
    pub stress: Option<Stress>,
    /// Relative length of the sound.
    pub length: f32,
    /// How far the syllable of this vowel is stretched.
    pub stretch: f32,
    /// A syllable begins here, whatever the rules say.
    pub breaks: bool,
}

impl Sound {
    pub fn new(phone: Phone, stress: Option<Stress>) -> Self {
        Self { phone, stress, length: 1.0, stretch: 1.0, breaks: false }
    }

    pub fn vowel(phone: Phone, stress: Stress) -> Self {
        Self::new(phone, Some(stress))
    }

    pub fn consonant(phone: Phone) -> Self {
        Self::new(phone, None)
    }

    /// Whether it carries a syllable.
    pub fn is_nucleus(&self) -> bool {
        self.stress.is_some()
    }

    /// Whether a syllable could be made of it alone ("shh", "mm"); a stop only lets go.
    pub fn can_sound(&self) -> bool {
        !matches!(self.phone.manner(), Manner::Stop | Manner::Affricate | Manner::Tap)
    }
}
