//! Letter-to-sound: how a word that is in no dictionary is most probably said.
//!
//! Owns the search through the joint n-gram model in `data/letters.bin`. Does not own the model's training
//! (`scripts/pronunciation.py`), which leaves a tenth of the dictionary out so that a test can measure the result.
//! Source: Bisani and Ney 2008, *Joint-sequence models for grapheme-to-phoneme conversion*, with units of one letter.

use std::sync::OnceLock;

use super::sound::Sound;
use super::{Stress, packed};

static DATA: &[u8] = include_bytes!("data/letters.bin");

/// How many part-solutions live on at each letter.
const BEAM: usize = 24;
/// Words longer than this are cut into pieces before the search.
const MAX_LETTERS: usize = 40;
/// Cost step of the model file: a sixteenth of a bit.
const UNSEEN: u32 = 255;

/// One letter with the sounds it stands for.
struct Unit {
    letter: u8,
    sounds: Vec<u8>,
}

/// The n-grams of one order, in the order of their parents.
struct Level {
    unit: Vec<u16>,
    cost: Vec<u8>,
    back: Vec<u8>,
    first: Vec<u32>,
}

struct Model {
    units: Vec<Unit>,
    by_letter: Vec<Vec<u16>>,
    levels: Vec<Level>,
}

struct Reader {
    at: usize,
}

impl Reader {
    fn byte(&mut self) -> u8 {
        self.at += 1;
        DATA[self.at - 1]
    }

    fn short(&mut self) -> u16 {
        u16::from(self.byte()) | u16::from(self.byte()) << 8
    }

    fn long(&mut self) -> u32 {
        u32::from(self.short()) | u32::from(self.short()) << 16
    }
}

impl Model {
    fn load() -> Self {
        let mut r = Reader { at: 4 };
        let n = usize::from(r.short());
        let order = usize::from(r.byte());
        r.byte();
        let mut units = Vec::with_capacity(n);
        let mut by_letter = vec![Vec::new(); 256];
        for i in 0..n {
            let letter = r.byte();
            let len = r.byte();
            let sounds = (0..len).map(|_| r.byte()).collect();
            // Units are numbered from 2: 0 is the start of a word, 1 its end.
            by_letter[usize::from(letter)].push(u16::try_from(i + 2).unwrap_or(u16::MAX));
            units.push(Unit { letter, sounds });
        }
        let mut levels = Vec::with_capacity(order);
        for level in 0..order {
            let nodes = r.long() as usize;
            let mut unit = Vec::with_capacity(nodes);
            let mut cost = Vec::with_capacity(nodes);
            for _ in 0..nodes {
                unit.push(r.short());
                cost.push(r.byte());
            }
            let mut back = Vec::new();
            let mut first = Vec::new();
            if level + 1 < order {
                back = (0..nodes).map(|_| r.byte()).collect();
                first = Vec::with_capacity(nodes + 1);
                let mut sum = 0u32;
                first.push(0);
                for _ in 0..nodes {
                    sum += u32::from(r.short());
                    first.push(sum);
                }
            }
            levels.push(Level { unit, cost, back, first });
        }
        Self { units, by_letter, levels }
    }

    /// The node of `unit` under node `parent` of the level above (`None`: the root).
    fn child(&self, level: usize, parent: Option<u32>, unit: u16) -> Option<u32> {
        let here = self.levels.get(level)?;
        let (from, to) = match parent {
            None => (0, here.unit.len()),
            Some(p) => {
                let above = &self.levels[level - 1];
                (*above.first.get(p as usize)? as usize, *above.first.get(p as usize + 1)? as usize)
            }
        };
        let found = here.unit.get(from..to)?.binary_search(&unit).ok()?;
        u32::try_from(from + found).ok()
    }

    /// For each suffix of `history`, longest first: its level and node.
    fn contexts(&self, history: &[u16]) -> Vec<(usize, u32)> {
        let mut out = Vec::with_capacity(history.len());
        for skip in 0..history.len() {
            let mut node = None;
            for (level, &unit) in history[skip..].iter().enumerate() {
                node = self.child(level, node, unit);
                if node.is_none() {
                    break;
                }
            }
            if let Some(node) = node {
                out.push((history.len() - skip - 1, node));
            }
        }
        out
    }

    /// Cost of `unit` after a history whose contexts are given.
    fn cost(&self, contexts: &[(usize, u32)], unit: u16) -> u32 {
        let mut cost = 0;
        for &(level, node) in contexts {
            if let Some(child) = self.child(level + 1, Some(node), unit) {
                return cost + u32::from(self.levels[level + 1].cost[child as usize]);
            }
            cost += u32::from(self.levels[level].back[node as usize]);
        }
        match self.child(0, None, unit) {
            Some(node) => cost + u32::from(self.levels[0].cost[node as usize]),
            None => cost + UNSEEN,
        }
    }
}

fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(Model::load)
}

#[derive(Clone)]
struct Partial {
    cost: u32,
    history: Vec<u16>,
    sounds: Vec<u8>,
    primaries: u8,
    vowels: u8,
}

/// The most probable sounds of `word` (small letters a-z and apostrophes; everything else is skipped).
///
/// Of the candidates the cheapest with exactly one primary stress wins; a word may come out without a vowel if it
/// has none ("pst"). Bounded: O(letters × beam).
pub(super) fn guess(word: &str) -> Vec<Sound> {
    let letters: Vec<u8> = word.bytes().filter(|b| b.is_ascii_lowercase() || *b == b'\'').collect();
    let mut out = Vec::new();
    for piece in letters.chunks(MAX_LETTERS) {
        out.extend(search(piece));
    }
    out
}

fn search(letters: &[u8]) -> Vec<Sound> {
    let model = model();
    let keep = model.levels.len().saturating_sub(1).max(1);
    let start = Partial { cost: 0, history: vec![0], sounds: Vec::new(), primaries: 0, vowels: 0 };
    let mut beam = vec![start];
    for &letter in letters {
        let mut next: Vec<Partial> = Vec::with_capacity(beam.len() * 12);
        for partial in &beam {
            let contexts = model.contexts(&partial.history);
            for &unit in &model.by_letter[usize::from(letter)] {
                let mut grown = partial.clone();
                grown.cost += model.cost(&contexts, unit);
                extend(model, &mut grown, unit, keep);
                next.push(grown);
            }
        }
        next.sort_by(|a, b| a.cost.cmp(&b.cost).then_with(|| a.sounds.cmp(&b.sounds)));
        // Two part-solutions with the same recent history will always go on alike: the cheaper one is enough,
        // unless they differ in whether the word has its stress already.
        let mut kept: Vec<Partial> = Vec::with_capacity(BEAM);
        for partial in next {
            if kept.len() == BEAM {
                break;
            }
            if !kept.iter().any(|k| k.history == partial.history && k.primaries == partial.primaries) {
                kept.push(partial);
            }
        }
        if !kept.is_empty() {
            beam = kept;
        }
    }
    for partial in &mut beam {
        let contexts = model.contexts(&partial.history);
        partial.cost += model.cost(&contexts, 1);
        if partial.vowels > 0 && partial.primaries != 1 {
            // A word has one primary stress: four bits against any other.
            partial.cost += 64;
        }
    }
    let best = beam.into_iter().min_by(|a, b| a.cost.cmp(&b.cost).then_with(|| a.sounds.cmp(&b.sounds)));
    let mut sounds: Vec<Sound> =
        best.map(|b| b.sounds.iter().filter_map(|&c| packed::sound(c)).collect()).unwrap_or_default();
    one_primary(&mut sounds);
    sounds
}

fn extend(model: &Model, partial: &mut Partial, unit: u16, keep: usize) {
    if let Some(u) = model.units.get(usize::from(unit).wrapping_sub(2)) {
        debug_assert!(u.letter != 0);
        for &code in &u.sounds {
            if let Some(stress) = packed::sound(code).and_then(|s| s.stress) {
                partial.vowels = partial.vowels.saturating_add(1);
                partial.primaries = partial.primaries.saturating_add(u8::from(stress == Stress::Primary));
            }
            partial.sounds.push(code);
        }
    }
    partial.history.push(unit);
    if partial.history.len() > keep {
        partial.history.remove(0);
    }
}

/// Makes the stress regular: the first primary stays, others become secondary; without one the first vowel gets it.
pub(super) fn one_primary(sounds: &mut [Sound]) {
    let mut seen = false;
    for s in sounds.iter_mut() {
        if s.stress == Some(Stress::Primary) {
            if seen {
                s.stress = Some(Stress::Secondary);
            }
            seen = true;
        }
    }
    if !seen {
        let full = sounds
            .iter()
            .position(|s| s.stress == Some(Stress::Secondary))
            .or_else(|| sounds.iter().position(|s| s.is_nucleus() && s.phone != super::Phone::AX))
            .or_else(|| sounds.iter().position(Sound::is_nucleus));
        if let Some(s) = full.and_then(|i| sounds.get_mut(i)) {
            s.stress = Some(Stress::Primary);
            if s.phone == super::Phone::AX {
                s.phone = super::Phone::AH;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Phone;

    fn fnv(word: &str) -> u64 {
        word.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3))
    }

    fn distance(a: &[Phone], b: &[Phone]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut corner = row[0];
            row[0] = i + 1;
            for (j, y) in b.iter().enumerate() {
                let up = row[j + 1];
                row[j + 1] = (corner + usize::from(x != y)).min(up + 1).min(row[j] + 1);
                corner = up;
            }
        }
        row[b.len()]
    }

    fn plain(sounds: &[Sound]) -> Vec<Phone> {
        // Schwa is AH without stress in CMUdict.
        sounds.iter().map(|s| if s.phone == Phone::AX { Phone::AH } else { s.phone }).collect()
    }

    /// (phoneme error, word error, words whose stress pattern is right) over every `step`th held-out word.
    fn measure(step: usize) -> (f64, f64, f64, usize) {
        let (mut errors, mut phones, mut wrong, mut stress, mut words) = (0, 0, 0, 0, 0);
        let held =
            packed::all().filter(|(w, _)| fnv(w).is_multiple_of(10)).filter(|(w, _)| !w.contains(['-', '.']));
        for (word, truth) in held.step_by(step) {
            let guess = guess(&word);
            let d = distance(&plain(&guess), &plain(&truth));
            errors += d;
            phones += truth.len();
            wrong += usize::from(d > 0);
            let pattern = |s: &[Sound]| {
                s.iter().filter_map(|s| s.stress).map(|s| s == Stress::Primary).collect::<Vec<_>>()
            };
            stress += usize::from(pattern(&guess) == pattern(&truth));
            words += 1;
        }
        let n = words as f64;
        (errors as f64 / phones as f64, wrong as f64 / n, stress as f64 / n, words)
    }

    #[test]
    fn held_out_tenth_of_the_dictionary_has_at_most_ten_percent_phoneme_errors() {
        let step = if cfg!(debug_assertions) { 8 } else { 1 };
        let (phone_error, word_error, stress_right, words) = measure(step);
        println!(
            "{words} words: phoneme error {phone_error:.4}, word error {word_error:.3}, stress right {stress_right:.3}"
        );
        assert!(words > 1000);
        assert!(phone_error < 0.10, "{phone_error}");
        assert!(stress_right > 0.75, "{stress_right}");
    }

    #[test]
    fn guess_has_one_primary_stress_and_never_fails() {
        for word in ["", "'", "pst", "blorfing", "xqzzy", &"ab".repeat(500)] {
            let sounds = guess(word);
            let primaries = sounds.iter().filter(|s| s.stress == Some(Stress::Primary)).count();
            if word.len() < MAX_LETTERS && sounds.iter().any(Sound::is_nucleus) {
                assert_eq!(primaries, 1, "{word}");
            }
        }
    }
}
