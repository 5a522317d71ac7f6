//! A typed phrase into words, syllables, pauses and marks.
//!
//! Owns the way from tokens to a [`Phrase`]: which word is said how, how loud capitals and exclamation marks are, where the
//! pauses fall. Does not own the tokens, the dictionary or the beat.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::lexicon::{self, Lexicon, Said};
use super::phrase::{Item, Mood, Note, Origin, Phrase, Stress, Word};
use super::scan::{self, Kind, Token};
use super::sound::Sound;
use super::{
    MAX_CHARACTERS, MAX_STRETCH, MAX_WORDS, Phone, TextError, compound, kana, letters, syllables, weak,
};

/// What language a phrase is read in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// English; words in kana are said in Japanese.
    #[default]
    English,
    /// Japanese in kana or Latin letters; what is no Japanese is said in English.
    Japanese,
}

/// Added effort of a word in capitals.
const CAPITALS: f32 = 0.1;
/// Added effort of an exclamation mark, up to three.
const EXCLAMATION: f32 = 0.05;
/// Added effort of a stretched syllable.
const STRETCHED: f32 = 0.05;
/// The pause of a comma, in beats: a breath, not a rest of the chant.
pub(super) const COMMA_BEATS: f32 = 0.5;
/// The pause between two sentences, in beats.
pub(super) const SENTENCE_BEATS: f32 = 1.5;

/// How loud the letters of a word were typed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Capitals {
    /// Some small letters.
    No,
    /// One letter or none: as its neighbours.
    Either,
    /// All in capitals.
    Yes,
}

struct Unit {
    said: Said,
    text: String,
    span: Range<usize>,
    capitals: Capitals,
    exclamations: usize,
}

enum Part {
    Unit(usize),
    Item(Item),
}

struct Reader<'a> {
    lexicon: &'a Lexicon,
    language: Language,
    shouted: bool,
    units: Vec<Unit>,
    parts: Vec<Part>,
    notes: Vec<Note>,
    sentence: usize,
    mood: Mood,
}

/// Reads a typed phrase.
///
/// # Errors
/// [`TextError`] with the place in `text`: nothing to say, too long, unknown sounds or marks, brackets that do not close, kanji.
pub fn read(text: &str, language: Language, lexicon: &Lexicon) -> Result<Phrase, TextError> {
    check_size(text)?;
    let (tokens, notes) = scan::scan(text, language)?;
    let shouted = is_shouted(&tokens);
    let mut reader = Reader {
        lexicon,
        language,
        shouted,
        units: Vec::new(),
        parts: Vec::new(),
        notes,
        sentence: 0,
        mood: Mood::Statement,
    };
    for token in tokens {
        reader.token(token)?;
    }
    reader.finish(text)
}

fn check_size(text: &str) -> Result<(), TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Empty);
    }
    let words = text.split_whitespace().count();
    if words > MAX_WORDS {
        return Err(TextError::TooManyWords { words, limit: MAX_WORDS });
    }
    let characters = text.chars().count();
    if characters > MAX_CHARACTERS {
        return Err(TextError::TooManyCharacters { characters, limit: MAX_CHARACTERS });
    }
    Ok(())
}

/// How loud a word was typed.
pub(super) fn capitals(word: &str) -> Capitals {
    let letters = word.chars().filter(|c| c.is_uppercase()).count();
    if word.chars().any(char::is_lowercase) {
        Capitals::No
    } else if letters < 2 {
        Capitals::Either
    } else {
        Capitals::Yes
    }
}

/// Whether several words are typed and all of them in capitals.
fn is_shouted(tokens: &[Token]) -> bool {
    let words: Vec<Capitals> = tokens
        .iter()
        .filter_map(|t| match &t.kind {
            Kind::Word(w) => Some(capitals(w)),
            _ => None,
        })
        .filter(|c| *c != Capitals::Either)
        .collect();
    words.len() >= 2 && words.iter().all(|c| *c == Capitals::Yes)
}

impl Reader<'_> {
    fn token(&mut self, token: Token) -> Result<(), TextError> {
        let span = token.span;
        match token.kind {
            Kind::Word(typed) => self.word(&typed, span)?,
            Kind::Read(words) => {
                for word in words {
                    let mut said = self.lexicon.say(&word, Language::English, true);
                    said.origin = Origin::Number;
                    self.unit(said, word, span.clone(), Capitals::Either);
                }
            }
            Kind::Initials(typed) => {
                let small = lexicon::fold(&typed);
                let plain: String = small.chars().filter(|c| *c != '.').collect();
                let known = self.lexicon.find(&small).or_else(|| self.lexicon.find(&format!("{small}.")));
                let sounds = known.map_or_else(|| lexicon::spell(&plain), |said| said.sounds);
                let said = Said { sounds, origin: Origin::Letters };
                self.unit(said, typed, span, Capitals::Either);
            }
            Kind::Kana(typed) => {
                let word = lexicon::fold(&typed);
                let user = self.lexicon.find(&word).filter(|s| s.origin == Origin::User);
                let said =
                    user.unwrap_or_else(|| Said { sounds: kana::sounds(&typed), origin: Origin::Kana });
                self.unit(said, typed, span, Capitals::Either);
            }
            Kind::Inline(inline) => {
                let loud = if inline.loud { Capitals::Yes } else { Capitals::Either };
                let said = Said { sounds: inline.sounds, origin: Origin::Inline };
                self.unit(said, String::new(), span, loud);
            }
            Kind::Marks(marks) => {
                for (mark, beats) in marks {
                    self.parts.push(Part::Item(match mark {
                        Some(mark) => Item::Body { mark, beats },
                        None => Item::Pause { beats },
                    }));
                }
            }
            Kind::Stretch(factor) => {
                let last = match self.parts.last() {
                    Some(Part::Unit(i)) => self.units.get_mut(*i),
                    _ => None,
                };
                let wrong = || TextError::WrongStretch { span: span.clone(), text: format!("(x{factor})") };
                let unit = last.ok_or_else(wrong)?;
                let stressed = unit.said.sounds.iter_mut().max_by_key(|s| s.stress);
                let sound = stressed.filter(|s| s.is_nucleus()).ok_or_else(wrong)?;
                sound.stretch = (sound.stretch * factor).clamp(super::MIN_STRETCH, MAX_STRETCH);
                unit.span.end = span.end;
            }
            Kind::Comma => self.pause(COMMA_BEATS),
            Kind::Rest => self.parts.push(Part::Item(Item::Pause { beats: 1.0 })),
            Kind::End { exclamations, question } => {
                for unit in &mut self.units[self.sentence..] {
                    unit.exclamations = exclamations.min(3);
                }
                if self.sentence < self.units.len() {
                    self.mood = match (question, exclamations) {
                        (true, _) => Mood::Question,
                        (false, 0) => Mood::Statement,
                        _ => Mood::Exclamation,
                    };
                }
                self.sentence = self.units.len();
                self.pause(SENTENCE_BEATS);
            }
        }
        Ok(())
    }

    /// A pause of punctuation: never first, and never two in a row.
    fn pause(&mut self, beats: f32) {
        match self.parts.last_mut() {
            None => {}
            Some(Part::Item(Item::Pause { beats: before })) => {
                // A rest that was asked for stays as it is.
                if before.fract() != 0.0 {
                    *before = before.max(beats);
                }
            }
            _ => self.parts.push(Part::Item(Item::Pause { beats })),
        }
    }

    fn word(&mut self, typed: &str, span: Range<usize>) -> Result<(), TextError> {
        let foreign = typed.chars().find(|c| c.is_alphabetic() && !lexicon::fold(&c.to_string()).is_ascii());
        if let Some(character) = foreign {
            let at = span.start + typed.find(character).unwrap_or(0);
            return Err(TextError::Script { span: at..at + character.len_utf8(), character });
        }
        let parts: Vec<&str> = typed.split('-').collect();
        let words = match parts.as_slice() {
            [one] => vec![self.lexicon.say(one, self.language, self.shouted)],
            _ => compound::say(&parts, self.language, self.shouted, self.lexicon),
        };
        let several = words.len() > 1 && words.len() == parts.len();
        for (i, said) in words.into_iter().enumerate() {
            let text = if several { parts[i] } else { typed };
            let loud = if said.origin == Origin::Letters { Capitals::Either } else { capitals(text) };
            if said.origin == Origin::Rules && !said.sounds.is_empty() {
                let message = format!("{text} is in no dictionary and said by rule");
                self.notes.push(Note { span: span.clone(), message });
            }
            self.unit(said, text.to_owned(), span.clone(), loud);
        }
        Ok(())
    }

    fn unit(&mut self, said: Said, text: String, span: Range<usize>, capitals: Capitals) {
        if said.sounds.is_empty() {
            let message = format!("{text} has no sound and is left out");
            self.notes.push(Note { span, message });
            return;
        }
        self.parts.push(Part::Unit(self.units.len()));
        self.units.push(Unit { said, text, span, capitals, exclamations: 0 });
    }

    fn finish(mut self, text: &str) -> Result<Phrase, TextError> {
        if let Some(Part::Item(Item::Pause { beats })) = self.parts.last()
            && beats.fract() != 0.0
        {
            self.parts.pop();
        }
        let sounding = self.parts.iter().any(|p| !matches!(p, Part::Item(Item::Pause { .. })));
        if !sounding {
            let shown = text.trim().chars().take(40).collect();
            return Err(TextError::NothingToSay { span: 0..text.len(), text: shown });
        }
        self.look_back();
        let any_small = self.units.iter().any(|u| u.capitals == Capitals::No);
        let typed_loud = |u: &Unit| u.capitals == Capitals::Yes && u.said.origin != Origin::Inline;
        let any_loud = self.units.iter().any(typed_loud);
        let mut phrase = Phrase {
            text: text.to_owned(),
            words: Vec::with_capacity(self.units.len()),
            syllables: Vec::new(),
            items: Vec::with_capacity(self.parts.len()),
            mood: self.mood,
            emphasis: 0.0,
            notes: self.notes,
        };
        for part in self.parts {
            let unit = match part {
                Part::Item(item) => {
                    phrase.items.push(item);
                    continue;
                }
                Part::Unit(i) => &self.units[i],
            };
            let loud = match unit.capitals {
                Capitals::Yes => true,
                Capitals::No => false,
                Capitals::Either => any_loud && !any_small,
            };
            let effort = if loud { CAPITALS } else { 0.0 } + EXCLAMATION * unit.exclamations as f32;
            let from = phrase.syllables.len();
            for mut syllable in syllables::group(&unit.said.sounds, phrase.words.len()) {
                syllable.emphasis = effort + if syllable.stretch > 1.2 { STRETCHED } else { 0.0 };
                phrase.items.push(Item::Syllable(phrase.syllables.len()));
                phrase.syllables.push(syllable);
            }
            let shown =
                if unit.text.is_empty() { text.get(unit.span.clone()).unwrap_or("") } else { &unit.text };
            phrase.words.push(Word {
                text: shown.to_owned(),
                span: unit.span.clone(),
                syllables: from..phrase.syllables.len(),
                origin: unit.said.origin,
            });
        }
        share_emphasis(&mut phrase);
        Ok(phrase)
    }

    /// What depends on a neighbour: "the" before a vowel is DH IY, "lives" after "our" is L AY V Z.
    fn look_back(&mut self) {
        for i in 1..self.units.len() {
            let vowel = self.units[i].said.sounds.first().is_some_and(Sound::is_nucleus);
            let word = lexicon::fold(&self.units[i].text);
            if self.units[i].said.origin == Origin::Dictionary
                && let Some(said) = weak::after(&lexicon::fold(&self.units[i - 1].text), &word)
            {
                self.units[i].said = said;
            }
            let before = &mut self.units[i - 1];
            let the = before.said.origin == Origin::Dictionary && before.text.eq_ignore_ascii_case("the");
            if the
                && vowel
                && let Some(s) = before.said.sounds.last_mut()
            {
                s.phone = Phone::IY;
            }
        }
        for unit in &mut self.units {
            // Words of several syllables have one main stress, whatever their source; typed sounds stay as typed.
            let vowels = unit.said.sounds.iter().filter(|s| s.is_nucleus()).count();
            let stressed = unit.said.sounds.iter().any(|s| s.stress == Some(Stress::Primary));
            if vowels > 1 && !stressed && unit.said.origin != Origin::Inline {
                letters::one_primary(&mut unit.said.sounds);
            }
        }
    }
}

/// What all syllables have in common goes to the phrase, so that the sum of both is a syllable's emphasis.
fn share_emphasis(phrase: &mut Phrase) {
    let common = phrase.syllables.iter().map(|s| s.emphasis).fold(f32::INFINITY, f32::min);
    if common.is_finite() {
        phrase.emphasis = common;
        for syllable in &mut phrase.syllables {
            syllable.emphasis -= common;
        }
    }
}
