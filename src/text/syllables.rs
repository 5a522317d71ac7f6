//! Sounds into syllables: as many consonants as English allows go to the vowel that follows.
//!
//! Owns the maximal onset principle and the list of onsets. Does not own stress.
//! Source: Kahn 1976, *Syllable-based generalizations in English phonology*; onsets of Hammond 1999, *The Phonology of English*.

use super::phrase::{Segment, Stress, Syllable};
use super::sound::Sound;
use super::{Manner, Phone};

/// Groups the sounds of one word; `word` is its index in the phrase.
///
/// A syllable has one nucleus. A word without any gets its most sonorous sound as nucleus ("hmm", "shh").
pub(super) fn group(sounds: &[Sound], word: usize) -> Vec<Syllable> {
    let mut nuclei: Vec<usize> = (0..sounds.len()).filter(|&i| sounds[i].is_nucleus()).collect();
    if nuclei.is_empty() {
        let loudest = (0..sounds.len()).max_by_key(|&i| (sonority(sounds[i].phone), std::cmp::Reverse(i)));
        nuclei.extend(loudest);
    }
    let mut out = Vec::with_capacity(nuclei.len());
    let mut from = 0;
    for (k, &nucleus) in nuclei.iter().enumerate() {
        let to = nuclei.get(k + 1).map_or(sounds.len(), |&next| boundary(sounds, nucleus, next));
        let part = &sounds[from..to];
        out.push(Syllable {
            segments: part.iter().map(|s| Segment { phone: s.phone, length: s.length }).collect(),
            nucleus: nucleus - from,
            stress: sounds[nucleus].stress.unwrap_or(Stress::Primary),
            word,
            stretch: sounds[nucleus].stretch,
            emphasis: 0.0,
        });
        from = to;
    }
    out
}

/// Where the syllable of the nucleus at `next` begins.
fn boundary(sounds: &[Sound], nucleus: usize, next: usize) -> usize {
    if let Some(forced) = (nucleus + 1..=next).find(|&i| sounds[i].breaks) {
        return forced;
    }
    let mut from = next;
    while from > nucleus + 1 && legal_onset(&sounds[from - 1..next]) {
        from -= 1;
    }
    from
}

fn legal_onset(onset: &[Sound]) -> bool {
    use Phone::*;
    let phones: Vec<Phone> = onset.iter().map(|s| s.phone).collect();
    match phones.as_slice() {
        [one] => !matches!(one, NG | NN),
        // Stop or fricative with a liquid or glide.
        [P | B | K | G | F | V | PH, Y] => true,
        [M | N | HH | SH | T | D | JR | CH | JH, Y] => true,
        [P | B | K | G | F, L | R] | [T | D | TH | SH, R] | [S, L | W | M | N | P | T | K | F] => true,
        [T | D | K | G | TH | HH, W] => true,
        [T, S] => false,
        [S, P, L | R | Y] | [S, T, R] | [S, K, L | R | W | Y] => true,
        _ => false,
    }
}

/// Whether the notation may give the sound a stress figure: vowels, and what can carry a syllable without one.
pub(super) fn is_syllabic(phone: Phone) -> bool {
    matches!(phone.manner(), Manner::Vowel | Manner::Nasal | Manner::Approximant)
}

fn sonority(phone: Phone) -> u8 {
    match phone.manner() {
        Manner::Vowel => 5,
        Manner::Approximant => 4,
        Manner::Nasal => 3,
        Manner::Fricative => 2,
        Manner::Tap => 2,
        Manner::Affricate => 1,
        Manner::Stop => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::packed;

    fn spell(word: &str) -> String {
        let sounds = packed::find(word).unwrap();
        let syllables = group(&sounds, 0);
        let one = |s: &Syllable| s.segments.iter().map(|x| x.phone.arpabet()).collect::<Vec<_>>().join(" ");
        syllables.iter().map(one).collect::<Vec<_>>().join(" . ")
    }

    #[test]
    fn consonants_go_to_the_following_vowel_where_english_allows() {
        assert_eq!(spell("defense"), "D IH . F EH N S");
        assert_eq!(spell("extra"), "EH K . S T R AX");
        assert_eq!(spell("hungry"), "HH AH NG . G R IY");
        assert_eq!(spell("singer"), "S IH NG . ER");
        assert_eq!(spell("victory"), "V IH K . T ER . IY");
        assert_eq!(spell("atlas"), "AE T . L AX S");
        assert_eq!(spell("mighty"), "M AY . T IY");
    }

    #[test]
    fn every_sound_of_every_word_is_in_exactly_one_syllable() {
        for (word, sounds) in packed::all().step_by(11) {
            let syllables = group(&sounds, 0);
            let back: Vec<Phone> =
                syllables.iter().flat_map(|s| s.segments.iter().map(|x| x.phone)).collect();
            let there: Vec<Phone> = sounds.iter().map(|s| s.phone).collect();
            assert_eq!(back, there, "{word}");
            for s in &syllables {
                assert!(s.nucleus < s.segments.len(), "{word}");
            }
        }
    }
}
