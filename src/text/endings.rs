//! Regular endings on words of the dictionary: 's, -s, -ed, -ing, -er, -ly, 'll, un- and their like.
//!
//! Owns the spelling changes (running, tried, loved) and the sound of the ending after each kind of sound. Does not own look-up.

use super::lexicon::{Lexicon, Said};
use super::sound::Sound;
use super::{Origin, Phone, Stress};

/// Spellings a stem may have had before the ending.
fn stems(stem: &str, doubled: bool, silent_e: bool, y: bool) -> Vec<String> {
    let mut out = Vec::with_capacity(4);
    if y && let Some(front) = stem.strip_suffix('i') {
        out.push(format!("{front}y"));
    }
    let bytes = stem.as_bytes();
    if doubled
        && bytes.len() >= 3
        && bytes[bytes.len() - 1] == bytes[bytes.len() - 2]
        && !b"aeiou".contains(&bytes[bytes.len() - 1])
    {
        out.push(stem.to_owned());
        out.push(stem[..stem.len() - 1].to_owned());
        return out;
    }
    if silent_e {
        out.push(format!("{stem}e"));
    }
    out.push(stem.to_owned());
    out
}

/// Says `word` as a dictionary word with a regular ending, if it is one.
pub(super) fn derive(word: &str, lexicon: &Lexicon) -> Option<Said> {
    if word.len() < 4 || !word.is_ascii() {
        return None;
    }
    let find = |stem: &str| (stem.len() >= 2).then(|| lexicon.find(stem)).flatten();
    let first = |candidates: Vec<String>| candidates.iter().find_map(|s| find(s));
    let said = |sounds: Vec<Sound>| Some(Said { sounds, origin: Origin::Derived });

    if let Some(stem) = word.strip_suffix("'s").or_else(|| word.strip_suffix("s'")) {
        let base = find(stem).or_else(|| find(&format!("{stem}s")))?;
        return said(sibilant(base.sounds));
    }
    for (ending, vowel, phones) in [
        ("'ll", Some(Phone::AX), &[Phone::L][..]),
        ("'ve", Some(Phone::AX), &[Phone::V]),
        ("'re", Some(Phone::ER), &[]),
        ("'d", None, &[Phone::D]),
    ] {
        if let Some(base) = word.strip_suffix(ending).and_then(find) {
            let mut sounds = base.sounds;
            if ending == "'d" {
                return said(past(sounds));
            }
            let after_vowel = sounds.last().is_some_and(Sound::is_nucleus);
            if let Some(vowel) = vowel.filter(|_| !after_vowel || phones.is_empty()) {
                sounds.push(Sound::vowel(vowel, Stress::None));
            }
            sounds.extend(phones.iter().map(|&p| Sound::consonant(p)));
            return said(sounds);
        }
    }
    if let Some(stem) = word.strip_suffix("n't").and_then(find) {
        let mut sounds = stem.sounds;
        sounds.extend([
            Sound::vowel(Phone::AX, Stress::None),
            Sound::consonant(Phone::N),
            Sound::consonant(Phone::T),
        ]);
        return said(sounds);
    }
    if let Some(stem) = word.strip_suffix("in'")
        && let Some(base) = first(stems(stem, true, true, false))
    {
        return said(with(base.sounds, &[(Phone::IH, true), (Phone::N, false)]));
    }
    if let Some(stem) = word.strip_suffix("ing")
        && let Some(base) = first(stems(stem, true, true, false))
    {
        return said(with(base.sounds, &[(Phone::IH, true), (Phone::NG, false)]));
    }
    if let Some(stem) = word.strip_suffix("ed")
        && let Some(base) = first(stems(stem, true, true, true))
    {
        return said(past(base.sounds));
    }
    if let Some(stem) = word.strip_suffix("es")
        && let Some(base) = first(stems(stem, false, true, true))
    {
        return said(sibilant(base.sounds));
    }
    if !word.ends_with("ss")
        && let Some(base) = word.strip_suffix('s').and_then(find)
    {
        return said(sibilant(base.sounds));
    }
    let vowel_endings: [(&str, &[(Phone, bool)]); 3] = [
        ("er", &[(Phone::ER, true)]),
        ("est", &[(Phone::AX, true), (Phone::S, false), (Phone::T, false)]),
        ("able", &[(Phone::AX, true), (Phone::B, false), (Phone::AX, true), (Phone::L, false)]),
    ];
    for (ending, phones) in vowel_endings {
        if let Some(stem) = word.strip_suffix(ending)
            && let Some(base) = first(stems(stem, true, true, true))
        {
            return said(with(base.sounds, phones));
        }
    }
    let plain_endings: [(&str, &[(Phone, bool)]); 5] = [
        ("ly", &[(Phone::L, false), (Phone::IY, true)]),
        ("ness", &[(Phone::N, false), (Phone::AX, true), (Phone::S, false)]),
        ("less", &[(Phone::L, false), (Phone::AX, true), (Phone::S, false)]),
        ("ful", &[(Phone::F, false), (Phone::AX, true), (Phone::L, false)]),
        ("ment", &[(Phone::M, false), (Phone::AX, true), (Phone::N, false), (Phone::T, false)]),
    ];
    for (ending, phones) in plain_endings {
        if let Some(stem) = word.strip_suffix(ending)
            && let Some(base) = first(stems(stem, false, false, true))
        {
            return said(with(base.sounds, phones));
        }
    }
    for (beginning, sounds) in
        [("un", [(Phone::AH, true), (Phone::N, false)]), ("re", [(Phone::R, false), (Phone::IY, true)])]
    {
        if let Some(base) = word.strip_prefix(beginning).filter(|s| s.len() >= 3).and_then(find) {
            let mut all: Vec<Sound> = sounds
                .iter()
                .map(
                    |&(phone, vowel)| {
                        if vowel { Sound::vowel(phone, Stress::Secondary) } else { Sound::consonant(phone) }
                    },
                )
                .collect();
            all.extend(base.sounds);
            return said(all);
        }
    }
    None
}

fn with(mut sounds: Vec<Sound>, ending: &[(Phone, bool)]) -> Vec<Sound> {
    sounds.extend(ending.iter().map(|&(phone, vowel)| {
        if vowel { Sound::vowel(phone, Stress::None) } else { Sound::consonant(phone) }
    }));
    sounds
}

/// The ending of plurals and owners: IH Z after a hiss, S after a voiceless sound, else Z.
fn sibilant(mut sounds: Vec<Sound>) -> Vec<Sound> {
    match sounds.last().map(|s| s.phone) {
        Some(Phone::S | Phone::Z | Phone::SH | Phone::ZH | Phone::CH | Phone::JH) => {
            with(sounds, &[(Phone::IH, true), (Phone::Z, false)])
        }
        Some(p) if !p.is_voiced() => {
            sounds.push(Sound::consonant(Phone::S));
            sounds
        }
        _ => {
            sounds.push(Sound::consonant(Phone::Z));
            sounds
        }
    }
}

/// The ending of the past: IH D after T and D, T after a voiceless sound, else D.
fn past(mut sounds: Vec<Sound>) -> Vec<Sound> {
    match sounds.last().map(|s| s.phone) {
        Some(Phone::T | Phone::D) => with(sounds, &[(Phone::IH, true), (Phone::D, false)]),
        Some(p) if !p.is_voiced() => {
            sounds.push(Sound::consonant(Phone::T));
            sounds
        }
        _ => {
            sounds.push(Sound::consonant(Phone::D));
            sounds
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::packed;

    #[test]
    fn endings_agree_with_the_dictionary_where_it_has_the_word() {
        let lexicon = Lexicon::new();
        let (mut right, mut all) = (0, 0);
        for (word, truth) in packed::all()
            .filter(|(w, _)| w.ends_with("ing") || w.ends_with("'s") || w.ends_with("ed"))
            .step_by(3)
        {
            let Some(said) = derive(&word, &lexicon) else { continue };
            // The dictionary itself wavers between IH and schwa in these endings.
            let weak = |p: Phone| if p == Phone::AX { Phone::IH } else { p };
            let plain = |s: &[Sound]| s.iter().map(|x| weak(x.phone)).collect::<Vec<_>>();
            all += 1;
            right += usize::from(plain(&said.sounds) == plain(&truth));
        }
        assert!(all > 1000, "{all}");
        assert!(right as f64 > 0.92 * all as f64, "{right} of {all}");
    }
}
