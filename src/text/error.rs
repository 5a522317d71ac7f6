//! What can be wrong with typed text, and where.
//!
//! Owns the error of the text layer and the line and column of a byte. Does not print anything.

use std::ops::Range;

/// The text cannot be spoken as typed.
///
/// Every variant about a place in the text carries the byte range in the text as typed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Nothing was typed.
    #[error("the text is empty")]
    Empty,
    /// There are signs, but nothing that can be said, clapped or stomped.
    #[error("there is nothing to say in {text:?}")]
    NothingToSay {
        /// Where.
        span: Range<usize>,
        /// What was typed there.
        text: String,
    },
    /// More words than [`super::MAX_WORDS`].
    #[error("the text has {words} words; the limit is {limit}")]
    TooManyWords {
        /// How many there are.
        words: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// More characters than [`super::MAX_CHARACTERS`].
    #[error("the text has {characters} characters; the limit is {limit}")]
    TooManyCharacters {
        /// How many there are.
        characters: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// A control character other than tab and newline.
    #[error("control character U+{code:04X} in the text")]
    Control {
        /// Where.
        span: Range<usize>,
        /// Its number in Unicode.
        code: u32,
    },
    /// A kanji.
    #[error("kanji {character:?} cannot be read")]
    Kanji {
        /// Where.
        span: Range<usize>,
        /// The first one.
        character: char,
    },
    /// A letter of a script that is not spoken.
    #[error("letter {character:?} is of a script that cannot be read")]
    Script {
        /// Where.
        span: Range<usize>,
        /// The first one.
        character: char,
    },
    /// A brace, bracket or slash that is never closed.
    #[error("{opening:?} is never closed by {closing:?}")]
    Unclosed {
        /// Where it was opened.
        span: Range<usize>,
        /// What was opened.
        opening: char,
        /// What is missing.
        closing: char,
    },
    /// A closing brace or bracket without an opening one.
    #[error("{closing:?} closes nothing")]
    Unopened {
        /// Where.
        span: Range<usize>,
        /// What was found.
        closing: char,
    },
    /// A sound that is not in the inventory.
    #[error("unknown phoneme {phoneme:?}")]
    UnknownPhoneme {
        /// Where.
        span: Range<usize>,
        /// As typed.
        phoneme: String,
        /// Sounds with a similar name.
        near: Vec<String>,
    },
    /// A consonant with a stress figure, or another figure than 0, 1 or 2.
    #[error("wrong stress figure in {phoneme:?}")]
    WrongStress {
        /// Where.
        span: Range<usize>,
        /// As typed.
        phoneme: String,
    },
    /// Phonemes without a vowel cannot be a syllable.
    #[error("no vowel in {phonemes:?}")]
    NoVowel {
        /// Where.
        span: Range<usize>,
        /// As typed.
        phonemes: String,
    },
    /// `(x…)` without a number in its range, or after nothing that can be stretched.
    #[error("{text:?} cannot stretch anything")]
    WrongStretch {
        /// Where.
        span: Range<usize>,
        /// As typed.
        text: String,
    },
    /// Something else than clap, stomp, whistle or rest in brackets.
    #[error("unknown mark {mark:?}")]
    UnknownMark {
        /// Where.
        span: Range<usize>,
        /// As typed, without brackets.
        mark: String,
    },
    /// A line of a user's dictionary is wrong.
    #[error("{file}:{line}:{column}: {problem}")]
    Dictionary {
        /// Name of the file.
        file: String,
        /// Line from 1.
        line: usize,
        /// Column from 1, in characters.
        column: usize,
        /// What is wrong, with what is allowed.
        problem: String,
    },
}

impl TextError {
    /// The place in the text as typed, in bytes; `None` if it is about the whole text or another file.
    pub fn span(&self) -> Option<Range<usize>> {
        match self {
            Self::Empty
            | Self::TooManyWords { .. }
            | Self::TooManyCharacters { .. }
            | Self::Dictionary { .. } => None,
            Self::NothingToSay { span, .. }
            | Self::Control { span, .. }
            | Self::Kanji { span, .. }
            | Self::Script { span, .. }
            | Self::Unclosed { span, .. }
            | Self::Unopened { span, .. }
            | Self::UnknownPhoneme { span, .. }
            | Self::WrongStress { span, .. }
            | Self::NoVowel { span, .. }
            | Self::WrongStretch { span, .. }
            | Self::UnknownMark { span, .. } => Some(span.clone()),
        }
    }

    /// What is allowed instead, as one sentence without a full stop.
    pub fn hint(&self) -> String {
        match self {
            Self::Empty => "type a phrase, for example \"COME ON, ALL MIGHT!\"".into(),
            Self::NothingToSay { .. } => {
                "type at least one word, sounds in braces {AO1 L}, or a mark: [clap] [stomp] [whistle]".into()
            }
            Self::TooManyWords { .. } | Self::TooManyCharacters { .. } => {
                "a phrase is what a crowd says in one go; split a longer text into several phrases".into()
            }
            Self::Control { .. } => "remove it; tabs and newlines are allowed".into(),
            Self::Kanji { .. } => "write it in kana: がんばれ, オールマイト".into(),
            Self::Script { .. } => {
                "write it in Latin letters or kana, or as sounds: {AO1 L M AY1 T} or /ɔːl maɪt/".into()
            }
            Self::Unclosed { opening, closing, .. } => match opening {
                '{' => "sounds stand in braces like {AO1 L M AY1 T}".into(),
                '[' => "marks stand in brackets like [clap]".into(),
                '/' => "IPA stands between slashes like /ɔːl maɪt/".into(),
                _ => format!("add {closing:?}"),
            },
            Self::Unopened { closing, .. } => format!("remove {closing:?} or open it before"),
            Self::UnknownPhoneme { near, .. } if !near.is_empty() => format!("did you mean {}?", near.join(" or ")),
            Self::UnknownPhoneme { .. } => {
                "vowels: AA AE AH AO AW AX AY EH ER EY IH IY OW OY UH UW (with stress 0, 1 or 2); consonants: B CH D DH \
                 DX F G HH JH K L M N NG P R S SH T TH V W Y Z ZH; Japanese: JA JI JU JE JO PH TS JR NN; glottal stop: Q"
                    .into()
            }
            Self::WrongStress { .. } => "a vowel may end in 0 (none), 1 (primary) or 2 (secondary); a consonant in nothing".into(),
            Self::NoVowel { .. } => "add a vowel: {M AY1 T}".into(),
            Self::WrongStretch { .. } => {
                format!("write (x2) after a word or a sound; from (x{}) to (x{})", super::MIN_STRETCH, super::MAX_STRETCH)
            }
            Self::UnknownMark { .. } => {
                "marks are [clap] [stomp] [whistle] [rest], [rest 2] for two beats, [clap-clap-clap] for three in one beat".into()
            }
            Self::Dictionary { .. } => "a line is a word, spaces and its sounds: KYOUKA  K Y OW1 K AH0".into(),
        }
    }

    /// Line and column (from 1, in characters) of the start of the place in `text`.
    pub fn place(&self, text: &str) -> Option<(usize, usize)> {
        self.span().map(|span| locate(text, span.start))
    }
}

/// Line and column (from 1, in characters) of a byte of `text`; a byte beyond the end is the end.
pub fn locate(text: &str, byte: usize) -> (usize, usize) {
    let mut line = 1;
    let mut column = 1;
    for (at, c) in text.char_indices() {
        if at >= byte {
            break;
        }
        if c == '\n' {
            line += 1;
            column = 1;
        } else {
            column += 1;
        }
    }
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_and_column_count_characters_from_one() {
        assert_eq!(locate("abc", 0), (1, 1));
        assert_eq!(locate("é\nab", 4), (2, 2));
        assert_eq!(locate("ab", 99), (1, 3));
    }
}
