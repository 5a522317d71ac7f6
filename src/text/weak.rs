//! Weak forms of function words, for speech, and words whose sound depends on their neighbours.
//!
//! Owns two small tables. A crowd that chants says every word in full: weak forms are for a single person who speaks.
//! Source: Gimson 2008, *Pronunciation of English*, weak forms; CMUdict's further pronunciations.

use super::inline;
use super::lexicon::Said;
use super::phrase::{Item, Origin, Phrase};
use super::sound::Sound;
use super::syllables;

/// Word, weak form.
#[rustfmt::skip]
const WEAK: &[(&str, &str)] = &[
    ("a", "AH0"), ("am", "AH0 M"), ("an", "AH0 N"), ("and", "AH0 N D"), ("are", "ER0"), ("as", "AH0 Z"), ("at", "AH0 T"),
    ("but", "B AH0 T"), ("can", "K AH0 N"), ("could", "K AH0 D"), ("do", "D AH0"), ("does", "D AH0 Z"), ("for", "F ER0"),
    ("from", "F R AH0 M"), ("had", "HH AH0 D"), ("has", "HH AH0 Z"), ("have", "HH AH0 V"), ("her", "HH ER0"), ("him", "HH IH0 M"),
    ("his", "HH IH0 Z"), ("must", "M AH0 S T"), ("of", "AH0 V"), ("or", "ER0"), ("our", "AA0 R"), ("shall", "SH AH0 L"),
    ("should", "SH AH0 D"), ("some", "S AH0 M"), ("than", "DH AH0 N"), ("that", "DH AH0 T"), ("them", "DH AH0 M"), ("to", "T AH0"),
    ("us", "AH0 S"), ("was", "W AH0 Z"), ("were", "W ER0"), ("will", "W AH0 L"), ("would", "W AH0 D"), ("you", "Y UH0"), ("your", "Y ER0"),
];

/// The phrase as one person says it in speech: function words inside it in their weak form.
///
/// Words in capitals, stretched, marked loud, last before a pause, or typed as sounds stay in full.
pub fn weaken(phrase: &Phrase) -> Phrase {
    let mut out = phrase.clone();
    for w in 0..out.words.len() {
        let word = &out.words[w];
        let [i] = word.syllables.clone().collect::<Vec<_>>()[..] else { continue };
        if !matches!(word.origin, Origin::Dictionary) || !followed(phrase, i) {
            continue;
        }
        let small = word.text.to_lowercase();
        let plain = out.syllables.get(i).is_some_and(|s| s.stretch == 1.0 && s.emphasis == 0.0);
        let Some((_, form)) = WEAK.iter().find(|row| row.0 == small).filter(|_| plain) else { continue };
        // "to" and "you" keep their vowel before another vowel.
        let before_vowel = phrase.syllables.get(i + 1).is_some_and(|s| s.nucleus == 0);
        if before_vowel && matches!(small.as_str(), "to" | "you" | "do") {
            continue;
        }
        let Some(mut said) = parse(form) else { continue };
        for s in said.iter_mut().filter(|s| s.is_nucleus()) {
            s.stress = Some(super::Stress::None);
        }
        if let (Some(syllable), Some(place)) = (syllables::group(&said, w).pop(), out.syllables.get_mut(i)) {
            syllable.clone_into(place);
        }
    }
    out
}

/// Whether another syllable follows at once.
fn followed(phrase: &Phrase, syllable: usize) -> bool {
    let mut items =
        phrase.items.iter().skip_while(|item| !matches!(item, Item::Syllable(i) if *i == syllable));
    items.next();
    matches!(items.next(), Some(Item::Syllable(_)))
}

/// Only the tables of this file are read here, and a test reads all of them.
fn parse(form: &str) -> Option<Vec<Sound>> {
    inline::arpabet(form, 0).ok().map(|i| i.sounds)
}

/// Word, the words before it that change it, its sounds then. The usual sounds are in the dictionary.
#[rustfmt::skip]
const AFTER: &[(&str, &[&str], &str)] = &[
    ("read", &["have", "has", "had", "he's", "we've", "i've", "you've", "they've", "was", "were", "been"], "R EH1 D"),
    ("live", &["a", "the", "go", "going", "it's", "we're", "is", "are"], "L AY1 V"),
    ("lives", &["our", "their", "your", "his", "her", "my", "black", "all", "the"], "L AY1 V Z"),
    ("use", &["no", "the", "any", "what", "of", "in"], "Y UW1 S"),
    ("close", &["so", "too", "very", "that", "this", "how", "stay", "is", "it's"], "K L OW1 S"),
    ("record", &["a", "the", "world", "new", "our", "your", "his", "her", "this"], "R EH1 K ER0 D"),
    ("tears", &["no", "the", "my", "your", "in", "of", "our", "these"], "T IH1 R Z"),
    ("lead", &["the", "of", "in"], "L IY1 D"),
    ("wound", &["a", "the", "his", "her"], "W UW1 N D"),
    ("project", &["a", "the", "this", "our"], "P R AA1 JH EH0 K T"),
    ("object", &["we", "i", "they", "to"], "AH0 B JH EH1 K T"),
    ("present", &["to", "we", "i", "they"], "P R IY0 Z EH1 N T"),
    ("protest", &["we", "to", "i", "they"], "P R AH0 T EH1 S T"),
    ("rebel", &["we", "to", "they"], "R IH0 B EH1 L"),
    ("house", &["to", "we"], "HH AW1 Z"),
    ("bow", &["a", "the", "and"], "B OW1"),
    ("minute", &["a", "one", "last", "every", "each", "this", "the", "any"], "M IH1 N AH0 T"),
];

/// What a word sounds like after `before`, if that is not what the dictionary says.
pub(super) fn after(before: &str, word: &str) -> Option<Said> {
    let (_, _, form) = AFTER.iter().find(|row| row.0 == word && row.1.contains(&before))?;
    parse(form).map(|sounds| Said { sounds, origin: Origin::Dictionary })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Language, Lexicon, read};

    fn sounds(p: &Phrase) -> String {
        let one = |s: &crate::text::Syllable| {
            s.segments.iter().map(|x| x.phone.arpabet()).collect::<Vec<_>>().join(" ")
        };
        p.syllables.iter().map(one).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn every_form_of_the_tables_can_be_read() {
        for form in WEAK.iter().map(|r| r.1).chain(AFTER.iter().map(|r| r.2)) {
            assert!(parse(form).is_some(), "{form}");
        }
    }

    #[test]
    fn weak_forms_stand_inside_a_phrase_only() {
        let p = read("give it to him and for whom it was", Language::English, &Lexicon::new()).unwrap();
        assert_eq!(
            sounds(&weaken(&p)),
            "G IH V | IH T | T AX | HH IH M | AX N D | F ER | HH UW M | IH T | W AA Z"
        );
        let loud = read("give it TO him", Language::English, &Lexicon::new()).unwrap();
        assert!(sounds(&weaken(&loud)).contains("T UW"));
    }

    #[test]
    fn neighbours_decide_between_two_words_of_one_spelling() {
        for (text, end) in [
            ("we live", "L IH V"),
            ("go live", "L AY V"),
            ("Black Lives Matter", "L AY V Z | M AE | T ER"),
            ("a new record", "R EH | K ER D"),
        ] {
            let p = read(text, Language::English, &Lexicon::new()).unwrap();
            assert!(sounds(&p).ends_with(end), "{text}: {}", sounds(&p));
        }
    }
}
