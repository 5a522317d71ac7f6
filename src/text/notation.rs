//! A phrase written as sounds that can be typed back in, and as rows for people.
//!
//! Owns the writing of the inline notation. Does not own its reading.

use std::fmt::Write as _;

use super::phrase::{Item, Origin, Phrase, Score, Stress, Syllable};
use super::read::{Capitals, capitals};
use super::{Phone, syllables::is_syllabic};

/// Writes `phrase` with every word as sounds in braces; punctuation, rests and marks stay as typed.
///
/// Reading the result gives the same syllables, pauses and marks.
pub fn notation(phrase: &Phrase) -> String {
    let mut out = String::with_capacity(4 * phrase.text.len());
    let mut done = 0;
    let mut w = 0;
    while w < phrase.words.len() {
        let span = phrase.words[w].span.clone();
        // Words that were typed as one ("100%", "Y-yeah") stand for it together.
        let together = phrase.words[w..].iter().take_while(|x| x.span == span).count();
        out.push_str(phrase.text.get(done..span.start).unwrap_or(""));
        for (i, word) in phrase.words[w..w + together].iter().enumerate() {
            if i > 0 {
                out.push(' ');
            }
            let loud = is_loud(phrase, &word.text, word.origin);
            word_notation(phrase.syllables.get(word.syllables.clone()).unwrap_or(&[]), loud, &mut out);
        }
        done = span.end;
        w += together;
    }
    out.push_str(phrase.text.get(done..).unwrap_or(""));
    out
}

/// Whether the word was read as loud: in capitals, as sounds with "!", or among capitals.
fn is_loud(phrase: &Phrase, text: &str, origin: Origin) -> bool {
    let own = match origin {
        Origin::Inline if text.trim_start_matches('{').trim_start().starts_with('!') => Capitals::Yes,
        Origin::Inline | Origin::Number | Origin::Letters | Origin::Kana => Capitals::Either,
        _ => capitals(text),
    };
    match own {
        Capitals::Yes => true,
        Capitals::No => false,
        Capitals::Either => all_capitals(phrase),
    }
}

/// Whether words without case are as loud as their neighbours: some in capitals and none in small letters.
fn all_capitals(phrase: &Phrase) -> bool {
    let mut loud = false;
    for word in &phrase.words {
        match word.origin {
            Origin::Inline | Origin::Number | Origin::Letters | Origin::Kana => {}
            _ => match capitals(&word.text) {
                Capitals::No => return false,
                Capitals::Yes => loud = true,
                Capitals::Either => {}
            },
        }
    }
    loud
}

fn word_notation(syllables: &[Syllable], loud: bool, out: &mut String) {
    out.push('{');
    if loud {
        out.push_str("! ");
    }
    for (i, s) in syllables.iter().enumerate() {
        if i > 0 {
            out.push_str(" - ");
        }
        out.push_str(&syllable_notation(s));
    }
    out.push('}');
}

/// The sounds of a syllable in the inline notation, without braces.
pub(super) fn syllable_notation(s: &Syllable) -> String {
    let mut out = String::new();
    for (i, segment) in s.segments.iter().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        let nucleus = i == s.nucleus;
        // AH0 is how schwa is written; a full AH without stress has no figure.
        let bare = segment.phone == Phone::AH && s.stress == Stress::None;
        out.push_str(if segment.phone == Phone::AX && s.stress == Stress::None {
            "AH"
        } else {
            segment.phone.arpabet()
        });
        if nucleus && is_syllabic(segment.phone) && !bare {
            out.push(match s.stress {
                Stress::None => '0',
                Stress::Primary => '1',
                Stress::Secondary => '2',
            });
        }
        if segment.length == 2.0 {
            out.push(':');
        } else if segment.length != 1.0 {
            // Writing into a string cannot fail.
            let _ = write!(out, ":{}", segment.length);
        }
        if nucleus && s.stretch != 1.0 {
            let _ = write!(out, "(x{})", s.stretch);
        }
    }
    out
}

/// One word of a phrase explained: a row of `uproar phonemes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// As typed (figures: the word that is said).
    pub word: String,
    /// Where its pronunciation comes from, in words.
    pub origin: &'static str,
    /// Its sounds in the inline notation.
    pub phonemes: String,
    /// Its sounds in the International Phonetic Alphabet.
    pub ipa: String,
    /// How many syllables it has.
    pub syllables: usize,
    /// The beats on which its syllables fall, counted from 1: "1 1.5".
    pub beats: String,
}

/// Explains every word of `phrase`, chanted as `score`; marks have rows of their own.
pub fn describe(phrase: &Phrase, score: &Score) -> Vec<Row> {
    let beat_of = |wanted: &dyn Fn(Item) -> bool| {
        let beats: Vec<String> =
            score.items.iter().filter(|i| wanted(i.item)).map(|i| format_beat(i.at_beats + 1.0)).collect();
        beats.join(" ")
    };
    phrase
        .words
        .iter()
        .map(|word| {
            let syllables = phrase.syllables.get(word.syllables.clone()).unwrap_or(&[]);
            let phonemes: Vec<String> = syllables.iter().map(syllable_notation).collect();
            let range = word.syllables.clone();
            Row {
                word: word.text.clone(),
                origin: origin_name(word.origin),
                phonemes: phonemes.join(" - "),
                ipa: ipa(syllables),
                syllables: syllables.len(),
                beats: beat_of(&|item| matches!(item, Item::Syllable(i) if range.contains(&i))),
            }
        })
        .collect()
}

fn format_beat(beat: f64) -> String {
    let text = format!("{beat:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Where a pronunciation comes from, in words.
pub fn origin_name(origin: Origin) -> &'static str {
    match origin {
        Origin::Dictionary => "dictionary",
        Origin::User => "your dictionary",
        Origin::Derived => "dictionary word with an ending",
        Origin::Rules => "letter-to-sound rules",
        Origin::Romaji => "Japanese in Latin letters",
        Origin::Kana => "kana",
        Origin::Number => "figures or signs",
        Origin::Letters => "letter names",
        Origin::Inline => "typed as sounds",
    }
}

/// The syllables of a word in the International Phonetic Alphabet.
pub fn ipa(syllables: &[Syllable]) -> String {
    let mut out = String::new();
    let several = syllables.len() > 1;
    for (i, s) in syllables.iter().enumerate() {
        match s.stress {
            Stress::Primary if several => out.push('ˈ'),
            Stress::Secondary if several => out.push('ˌ'),
            _ if i > 0 => out.push('.'),
            _ => {}
        }
        for segment in &s.segments {
            let unstressed_er = segment.phone == Phone::ER && s.stress == Stress::None;
            out.push_str(if unstressed_er { "ɚ" } else { segment.phone.ipa() });
            if segment.length >= 1.5 {
                out.push('ː');
            }
        }
    }
    out
}
