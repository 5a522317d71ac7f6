//! Stretched letters: "GOOOAL", "nooooo", "heyyy", "yesss".
//!
//! Owns finding the word behind them and which sound lasts longer. Does not own how long a syllable sounds.

use super::lexicon::{Lexicon, Said};
use super::sound::Sound;
use super::{Manner, Phone};

/// Added stretch for each letter beyond the word's own.
const PER_LETTER: f32 = 0.35;
/// The most that typing can stretch a vowel.
const LIMIT: f32 = 4.0;
/// More runs of letters than this are not tried in every combination.
const MAX_RUNS: usize = 5;

/// Words with a doubled letter that are likelier than their single twin.
#[rustfmt::skip]
const DOUBLED: &[&str] = &[
    "all", "ball", "bee", "bell", "been", "bill", "boo", "boom", "boot", "boss", "buzz", "call", "cheer", "cool", "cross", "deep",
    "door", "drill", "fall", "fee", "feel", "feet", "fell", "floor", "food", "fool", "foot", "free", "full", "gee", "gloom", "goof",
    "good", "grass", "green", "hall", "heel", "hell", "hill", "hiss", "hood", "hoop", "hooray", "keep", "kill", "kiss", "loss",
    "less", "loop", "loose", "mass", "meet", "mess", "miss", "moo", "mood", "moon", "need", "off", "ooh", "pass", "peep", "pool",
    "poor", "pull", "queen", "roll", "roof", "room", "root", "school", "see", "seen", "sell", "shoot", "sleep", "small", "smooth",
    "soon", "speed", "still", "street", "stuff", "sweet", "tall", "tell", "three", "too", "took", "tooth", "tree", "wall", "weed",
    "week", "weep", "well", "will", "woo", "wood", "yell", "yippee", "zoo", "zoom", "woohoo", "aah", "freedom", "shoo", "whoop",
    "woot", "wheel", "steel", "cheers", "agree", "degree", "knee", "wee", "whee", "brr", "hmm", "mmm", "grr", "shh",
    "egg", "add", "booyah", "noon", "spoon", "doom", "bloom", "groove", "choose", "pee", "look", "book", "cook", "hook", "shook",
];

/// The word behind stretched letters, said with the stretched sound made longer.
///
/// Only words with a letter three times in a row (or twice at the end) that are in no dictionary as typed come here.
pub(super) fn say(word: &str, lexicon: &Lexicon) -> Option<Said> {
    let runs = runs(word);
    let long: Vec<usize> = (0..runs.len()).filter(|&i| runs[i].1 >= 3).collect();
    // Two letters are a stretch only at the end ("yess"); inside a word they are spelling.
    let twice: Vec<usize> = (0..runs.len()).filter(|&i| i + 1 == runs.len() && runs[i].1 == 2).collect();
    if long.is_empty() && twice.is_empty() {
        return None;
    }
    let open: Vec<usize> =
        if long.is_empty() { &twice } else { &long }.iter().copied().take(MAX_RUNS).collect();
    let mut found: Option<(Vec<(char, usize)>, Said)> = None;
    for both in 0..1usize << open.len() {
        let mut candidate = runs.clone();
        for r in &mut candidate {
            if r.1 >= 3 {
                r.1 = 1;
            }
        }
        for (bit, &i) in open.iter().enumerate() {
            candidate[i].1 = if both >> bit & 1 == 1 { 2 } else { 1 };
        }
        let spelled: String = candidate.iter().flat_map(|&(c, n)| std::iter::repeat_n(c, n)).collect();
        if spelled == word {
            continue;
        }
        let Some(said) = lexicon.find(&spelled).or_else(|| super::endings::derive(&spelled, lexicon)) else {
            continue;
        };
        let preferred = DOUBLED.contains(&spelled.as_str());
        if found.is_none() || preferred {
            found = Some((candidate, said));
        }
        if preferred {
            break;
        }
    }
    let (base, mut said) = match found {
        Some(found) => found,
        // A name nobody knows: said by the rules in its short form, if something was clearly stretched.
        None if !long.is_empty() => {
            let mut base = runs.clone();
            base.iter_mut().filter(|r| r.1 >= 3).for_each(|r| r.1 = 1);
            let spelled: String = base.iter().flat_map(|&(c, n)| std::iter::repeat_n(c, n)).collect();
            let said = lexicon.say(&spelled, super::Language::English, true);
            (base, said)
        }
        None => return None,
    };
    for (i, (&(letter, typed), &(_, own))) in runs.iter().zip(&base).enumerate() {
        if typed > own {
            lengthen(&mut said.sounds, &base, i, letter, typed - own);
        }
    }
    Some(said)
}

fn runs(word: &str) -> Vec<(char, usize)> {
    let mut out: Vec<(char, usize)> = Vec::new();
    for c in word.chars() {
        match out.last_mut() {
            Some((last, n)) if *last == c => *n += 1,
            _ => out.push((c, 1)),
        }
    }
    out
}

fn is_vowel_letter(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'w' | 'h')
}

/// Makes the sound that belongs to run `at` longer by `extra` letters.
fn lengthen(sounds: &mut [Sound], base: &[(char, usize)], at: usize, letter: char, extra: usize) {
    let more = PER_LETTER * extra as f32;
    // Which group of vowel letters the run is in, counted in the word.
    let pure = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let mut group = 0usize;
    let mut inside = false;
    for &(c, _) in &base[..=at] {
        if pure(c) && !inside {
            group += 1;
        }
        inside = pure(c) || (inside && matches!(c, 'w' | 'h'));
    }
    let nuclei: Vec<usize> = (0..sounds.len()).filter(|&i| sounds[i].is_nucleus()).collect();
    if !is_vowel_letter(letter)
        && let Some(held) = held_consonant(sounds, letter, nuclei.get(group.saturating_sub(1)).copied())
    {
        sounds[held].length = (sounds[held].length + more).min(LIMIT);
        return;
    }
    let k = group.saturating_sub(1).min(nuclei.len().saturating_sub(1));
    match nuclei.get(k) {
        Some(&i) => {
            sounds[i].stretch = (sounds[i].stretch + more).min(LIMIT);
            fill_out(&mut sounds[i], letter);
        }
        None => {
            // "shhhh", "hmmmm": the sound that carries the cry.
            if let Some(s) = sounds.iter_mut().rev().find(|s| s.phone.manner() != Manner::Stop) {
                s.length = (s.length + more).min(LIMIT);
            }
        }
    }
}

/// A weak vowel that is held becomes the full one of its letter: "ULTRAAA".
fn fill_out(sound: &mut Sound, letter: char) {
    if sound.phone == Phone::AX {
        sound.phone = match letter {
            'a' => Phone::AA,
            'e' => Phone::EH,
            'i' | 'y' => Phone::IY,
            'o' => Phone::OW,
            _ => Phone::AH,
        };
        sound.stress = sound.stress.max(Some(super::Stress::Secondary));
    }
}

/// The consonant after the vowel that can be held and is written with `letter`.
fn held_consonant(sounds: &[Sound], letter: char, vowel: Option<usize>) -> Option<usize> {
    let from = vowel.map_or(0, |v| v + 1);
    let fits = |p: Phone| match letter {
        's' => matches!(p, Phone::S | Phone::Z | Phone::SH),
        'z' => p == Phone::Z,
        'm' => p == Phone::M,
        'n' => matches!(p, Phone::N | Phone::NG),
        'f' => p == Phone::F,
        'v' => p == Phone::V,
        'l' => p == Phone::L,
        _ => false,
    };
    (from..sounds.len())
        .find(|&i| fits(sounds[i].phone))
        .or_else(|| (0..sounds.len()).find(|&i| fits(sounds[i].phone)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretched_words_are_found_and_the_right_sound_is_long() {
        let lexicon = Lexicon::new();
        for (typed, sounds, long) in [
            ("goooal", "G OW L", "OW"),
            ("nooooo", "N OW", "OW"),
            ("heyyy", "HH EY", "EY"),
            ("yesss", "Y EH S", "S"),
            ("coooool", "K UW L", "UW"),
            ("winnnn", "W IH N", "N"),
            ("miiiight", "M AY T", "AY"),
            ("alllll", "AO L", "L"),
            ("helloooo", "HH AX L OW", "OW"),
            ("freeeee", "F R IY", "IY"),
            ("shhhhh", "SH", "SH"),
            ("ultraaa", "AH L T R AA", "AA"),
        ] {
            let said = say(typed, &lexicon).unwrap_or_else(|| panic!("{typed}"));
            let phones = said.sounds.iter().map(|s| s.phone.arpabet()).collect::<Vec<_>>().join(" ");
            assert_eq!(phones, sounds, "{typed}");
            let longest = said
                .sounds
                .iter()
                .max_by(|a, b| (a.stretch * a.length).total_cmp(&(b.stretch * b.length)))
                .unwrap();
            assert_eq!(longest.phone.arpabet(), long, "{typed}");
            assert!(longest.stretch * longest.length > 1.3, "{typed}");
        }
    }
}
