//! Words with hyphens: letters, syllables chanted apart, stutters, compounds.
//!
//! Owns what a hyphen means. Does not own how a single word is said.

use super::lexicon::{self, Lexicon, Said};
use super::sound::Sound;
use super::{Language, Origin, Phone, Stress, stretched};

/// Says `parts`, which were typed with hyphens between them, as one word or several.
pub(super) fn say(parts: &[&str], language: Language, shouted: bool, lexicon: &Lexicon) -> Vec<Said> {
    let folded: Vec<String> = parts.iter().map(|p| lexicon::fold(p)).collect();
    if let Some(said) = lexicon.find(&folded.join("-")) {
        return vec![said];
    }
    // M-V-P, J-E-T-S
    if folded.iter().all(|p| p.chars().count() == 1) {
        return vec![Said { sounds: lexicon::spell(&folded.concat()), origin: Origin::Letters }];
    }
    let joined = folded.concat();
    if let Some(said) = lexicon.find(&joined) {
        let nuclei = said.sounds.iter().filter(|s| s.is_nucleus()).count();
        if nuclei == parts.len() {
            return vec![Said { sounds: apart(&said.sounds, &folded), origin: said.origin }];
        }
    }
    if let Some(words) = stutter(parts, &folded, language, shouted, lexicon) {
        return words;
    }
    // GO-O-O-OAL
    if folded.iter().any(|p| p.chars().count() == 1) {
        let known = lexicon
            .find(&joined)
            .or_else(|| stretched::say(&joined, lexicon).filter(|s| s.origin != Origin::Rules));
        if let Some(said) = known {
            return vec![said];
        }
    }
    let one = |(typed, folded): (&&str, &String)| {
        if folded.chars().count() == 1 && !matches!(folded.as_str(), "a" | "i" | "o") {
            Said { sounds: lexicon::spell(folded), origin: Origin::Letters }
        } else {
            lexicon.say(typed, language, shouted)
        }
    };
    parts.iter().zip(&folded).map(one).filter(|s| !s.sounds.is_empty()).collect()
}

/// "Y-yeah", "N-no", "Wh-what": the beginning of the word, tried once or twice with a weak vowel.
fn stutter(
    parts: &[&str],
    folded: &[String],
    language: Language,
    shouted: bool,
    lexicon: &Lexicon,
) -> Option<Vec<Said>> {
    let (last, tries) = folded.split_last()?;
    let starts = |t: &String| t.chars().count() <= 2 && last.starts_with(t.as_str()) && t.len() < last.len();
    if !tries.iter().all(starts) {
        return None;
    }
    let word = lexicon.say(parts.last()?, language, shouted);
    let first_vowel = word.sounds.iter().position(Sound::is_nucleus)?;
    let mut attempt = word.sounds[..first_vowel].to_vec();
    // A word that begins with its vowel repeats the vowel: "I-I".
    let vowel = if first_vowel == 0 { word.sounds[0].phone } else { Phone::AX };
    attempt.push(Sound::vowel(vowel, Stress::None));
    let attempt = Said { sounds: attempt, origin: word.origin };
    Some(tries.iter().map(|_| attempt.clone()).chain([word.clone()]).collect())
}

/// Every syllable on its own, with a full vowel: "DE-FENSE", "VIC-TO-RY".
fn apart(sounds: &[Sound], parts: &[String]) -> Vec<Sound> {
    let mut out: Vec<Sound> = Vec::with_capacity(sounds.len() + 1);
    let mut part = 0;
    for s in sounds {
        let mut s = *s;
        if s.stress.is_some() {
            let letters = parts.get(part).map_or("", String::as_str);
            let reduced =
                s.stress == Some(Stress::None) && matches!(s.phone, Phone::AX | Phone::IH | Phone::AH);
            s.stress = Some(Stress::Primary);
            if s.phone == Phone::ER && !letters.contains('r') {
                // The r is written in the next part: "TO-RY" is T AO . R IY.
                s.phone = full_vowel(letters);
                out.push(s);
                out.push(Sound { breaks: true, ..Sound::consonant(Phone::R) });
                part += 1;
                continue;
            }
            if reduced {
                s.phone = full_vowel(letters);
            }
            part += 1;
        }
        out.push(s);
    }
    out
}

fn full_vowel(letters: &str) -> Phone {
    let open = letters.ends_with(['a', 'e', 'i', 'o', 'u', 'y']);
    match letters.chars().rev().find(|c| "aeiouy".contains(*c)) {
        Some('a') => Phone::AA,
        Some('e') if open && letters.len() <= 2 => Phone::IY,
        Some('e') => Phone::EH,
        Some('o') if open => Phone::AO,
        Some('o') => Phone::AA,
        Some('i') => Phone::IH,
        Some('y') => Phone::IY,
        _ => Phone::AH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spell(text: &str) -> String {
        let parts: Vec<&str> = text.split('-').collect();
        let words = say(&parts, Language::English, false, &Lexicon::new());
        let one = |w: &Said| w.sounds.iter().map(|s| s.phone.arpabet()).collect::<Vec<_>>().join(" ");
        words.iter().map(one).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn hyphens_mean_what_crowds_mean() {
        for (typed, expected) in [
            ("DE-FENSE", "D IY F EH N S"),
            ("VIC-TO-RY", "V IH K T AO R IY"),
            ("M-V-P", "EH M V IY P IY"),
            ("Y-yeah", "Y AX | Y AE"),
            ("t-shirt", "T IY SH ER T"),
            ("all-star", "AO L S T AA R"),
            ("GO-O-O-OAL", "G OW L"),
            ("hero-san", "HH IH R OW | S AE N"),
        ] {
            assert_eq!(spell(typed), expected, "{typed}");
        }
    }
}
