//! The built-in pronouncing dictionary: a packed, sorted table that is searched where it lies.
//!
//! Owns the reader of `data/cmudict.bin`. Does not own any rule about words that are not in it.
//! Nothing is unpacked at start; a look-up decodes two blocks of 16 words at most beyond the binary search.
//! Source: CMU Pronouncing Dictionary; `scripts/pronunciation.py` writes the table.

use super::sound::Sound;
use super::{Phone, Stress};

static DATA: &[u8] = include_bytes!("data/cmudict.bin");

const BLOCK: usize = 16;
const LETTERS: &[u8; 29] = b"'-.abcdefghijklmnopqrstuvwxyz";
#[rustfmt::skip]
const CONSONANTS: [Phone; 24] = [
    Phone::B, Phone::CH, Phone::D, Phone::DH, Phone::F, Phone::G, Phone::HH, Phone::JH, Phone::K, Phone::L, Phone::M,
    Phone::N, Phone::NG, Phone::P, Phone::R, Phone::S, Phone::SH, Phone::T, Phone::TH, Phone::V, Phone::W, Phone::Y,
    Phone::Z, Phone::ZH,
];
#[rustfmt::skip]
const VOWELS: [Phone; 15] = [
    Phone::AA, Phone::AE, Phone::AH, Phone::AO, Phone::AW, Phone::AY, Phone::EH, Phone::ER, Phone::EY, Phone::IH,
    Phone::IY, Phone::OW, Phone::OY, Phone::UH, Phone::UW,
];
const FIRST_SOUND_PAIR: u8 = 70;

/// The sound of a table code: consonants from 1, then each vowel with stress 0, 1, 2. AH0 becomes schwa.
pub(super) fn sound(code: u8) -> Option<Sound> {
    let i = usize::from(code.checked_sub(1)?);
    if let Some(&phone) = CONSONANTS.get(i) {
        return Some(Sound::new(phone, None));
    }
    let i = i - CONSONANTS.len();
    let phone = *VOWELS.get(i / 3)?;
    let stress = [Stress::None, Stress::Primary, Stress::Secondary][i % 3];
    let phone = if phone == Phone::AH && stress == Stress::None { Phone::AX } else { phone };
    Some(Sound::new(phone, Some(stress)))
}

fn u16_at(at: usize) -> usize {
    usize::from(DATA[at]) | usize::from(DATA[at + 1]) << 8
}

fn u32_at(at: usize) -> usize {
    u16_at(at) | u16_at(at + 2) << 16
}

/// Where the parts of the table begin.
struct Layout {
    words: usize,
    letter_pairs: usize,
    sound_pairs: usize,
    offsets: usize,
    blob: usize,
}

fn layout() -> Layout {
    // Header: magic, number of words, numbers of letter and sound pairs.
    let words = u32_at(4);
    let letter_pairs = 12;
    let sound_pairs = letter_pairs + 2 * u16_at(8);
    let offsets = sound_pairs + 2 * u16_at(10);
    Layout { words, letter_pairs, sound_pairs, offsets, blob: offsets + 4 * words.div_ceil(BLOCK) }
}

fn expand(code: u8, first_pair: u8, pairs: usize, out: &mut Vec<u8>) {
    if code < first_pair {
        out.push(code);
    } else {
        let at = pairs + 2 * usize::from(code - first_pair);
        expand(DATA[at], first_pair, pairs, out);
        expand(DATA[at + 1], first_pair, pairs, out);
    }
}

/// Walks the words of one block.
struct Walk {
    layout: Layout,
    at: usize,
    left: usize,
    word: Vec<u8>,
    sounds: std::ops::Range<usize>,
}

impl Walk {
    fn block(layout: Layout, block: usize) -> Self {
        let at = layout.blob + u32_at(layout.offsets + 4 * block);
        let left = (layout.words - block * BLOCK).min(BLOCK);
        Self { layout, at, left, word: Vec::with_capacity(32), sounds: 0..0 }
    }

    fn next(&mut self) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        let first = DATA[self.at];
        let (shared, letters, sounds) = if first & 0x80 != 0 {
            let both = DATA[self.at + 1];
            self.at += 2;
            (first & 0x7f, both >> 4, both & 15)
        } else {
            self.at += 3;
            (first, DATA[self.at - 2], DATA[self.at - 1])
        };
        self.word.truncate(usize::from(shared));
        let mut codes = Vec::with_capacity(32);
        for k in 0..usize::from(letters) {
            expand(DATA[self.at + k], 29, self.layout.letter_pairs, &mut codes);
        }
        self.word.extend(codes.iter().filter_map(|&c| LETTERS.get(usize::from(c))));
        self.at += usize::from(letters);
        self.sounds = self.at..self.at + usize::from(sounds);
        self.at = self.sounds.end;
        true
    }

    fn pronunciation(&self) -> Vec<Sound> {
        let mut codes = Vec::with_capacity(16);
        for &code in &DATA[self.sounds.clone()] {
            expand(code, FIRST_SOUND_PAIR, self.layout.sound_pairs, &mut codes);
        }
        codes.into_iter().filter_map(sound).collect()
    }
}

/// The first pronunciation of `word` (small letters, apostrophe, hyphen, full stop) in the dictionary.
pub(super) fn find(word: &str) -> Option<Vec<Sound>> {
    let key = word.as_bytes();
    let blocks = layout().words.div_ceil(BLOCK);
    // The last block whose first word is not greater than the key.
    let (mut low, mut high) = (0, blocks);
    while low < high {
        let middle = (low + high) / 2;
        let mut walk = Walk::block(layout(), middle);
        walk.next();
        if walk.word.as_slice() <= key {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let mut walk = Walk::block(layout(), low.checked_sub(1)?);
    while walk.next() {
        if walk.word == key {
            return Some(walk.pronunciation());
        }
    }
    None
}

/// Every word of the dictionary with its pronunciation, sorted.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = (String, Vec<Sound>)> {
    let blocks = layout().words.div_ceil(BLOCK);
    (0..blocks).flat_map(|block| {
        let mut walk = Walk::block(layout(), block);
        let mut rows = Vec::with_capacity(BLOCK);
        while walk.next() {
            rows.push((String::from_utf8_lossy(&walk.word).into_owned(), walk.pronunciation()));
        }
        rows
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_dictionary_is_found_again() {
        let mut n = 0;
        let mut last = String::new();
        for (word, sounds) in all() {
            assert!(word > last, "{word} after {last}");
            assert!(!sounds.is_empty(), "{word}");
            if n % 7 == 0 {
                assert_eq!(find(&word).as_ref(), Some(&sounds), "{word}");
            }
            last = word;
            n += 1;
        }
        assert!(n > 125_000, "{n}");
    }

    #[test]
    fn words_that_are_not_there_are_not_found() {
        for word in ["", "zzzzzzz", "\u{1}", "aaaaaaaaaaaaaaaaaaaaaaaaaaa", "~", "midoriya"] {
            assert_eq!(find(word), None, "{word}");
        }
    }
}
