//! Syllables into beats: one or two each, at the least cost.
//!
//! Owns the costs of a syllable on or off a beat and the search. Does not own rests between sentences or marks.

use super::phrase::{Phrase, Stress};
use super::read::Language;
use super::{Origin, Phone};

/// A syllable as the rhythm sees it.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    /// Index into the phrase's syllables.
    pub syllable: usize,
    /// 0 weak, 1 strong: how much it wants a beat.
    pub strength: f64,
    /// Beats beyond the first, from stretched letters.
    pub extra: f64,
    /// Takes a whole beat: a long Japanese syllable or a stretched one.
    pub alone: bool,
    /// A comma before it.
    pub after_comma: bool,
    /// Index of its word.
    pub word: usize,
}

/// Where a syllable falls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub chunk: usize,
    pub at: f64,
    pub beats: f64,
    pub accent: bool,
}

/// The syllables between two marks, placed.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub placed: Vec<Placed>,
    /// Whole beats that they take.
    pub beats: f64,
}

/// Words of one syllable that are rarely stressed.
#[rustfmt::skip]
const WEAK: &[&str] = &[
    "a", "am", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "does", "for", "from", "had", "has",
    "have", "he", "he's", "her", "him", "his", "i", "i'm", "i'll", "i've", "if", "in", "is", "it", "it's", "its", "me", "my", "of", "on", "or", "our",
    "shall", "she", "she's", "should", "so", "some", "than", "that", "the", "their", "them", "then", "there's", "they", "they're",
    "to", "us", "was", "we", "we'll", "we're", "we've", "were", "will", "with", "would", "you", "you'll", "you're", "you've", "your", "let's",
];
/// Words in between.
const MIDDLE: &[&str] = &[
    "do", "don't", "can't", "won't", "this", "these", "those", "there", "go", "got", "get", "up", "what",
    "when", "who", "how",
];

impl Chunk {
    /// `None` if the phrase has no such syllable.
    pub fn new(phrase: &Phrase, syllable: usize, language: Language) -> Option<Self> {
        let s = phrase.syllables.get(syllable)?;
        let word = phrase.words.get(s.word);
        let single = word.is_some_and(|w| w.syllables.len() == 1);
        let nucleus = s.segments.get(s.nucleus);
        let text = word.map(|w| w.text.to_lowercase().replace('’', "'")).unwrap_or_default();
        let reduced = nucleus.is_some_and(|n| n.phone == Phone::AX);
        let by_stress = match s.stress {
            Stress::Primary => 1.0,
            Stress::Secondary => 0.5,
            Stress::None => 0.0,
        };
        let japanese = language == Language::Japanese || word.is_some_and(|w| w.origin == Origin::Kana);
        let strength = match () {
            () if japanese => 0.5,
            () if reduced => 0.0,
            () if single && WEAK.contains(&text.as_str()) => 0.15,
            () if single && MIDDLE.contains(&text.as_str()) => 0.6,
            () => by_stress,
        };
        // A long vowel or a syllable closed by the moraic nasal is two morae.
        let heavy =
            japanese && (nucleus.is_some_and(|n| n.length >= 2.0) || s.segments.len() > s.nucleus + 1);
        let extra = f64::from(s.stretch - 1.0).max(0.0);
        let extra = if extra < 0.5 { 0.0 } else { extra.round().clamp(1.0, 7.0) };
        Some(Self {
            syllable,
            strength,
            extra,
            alone: heavy || extra > 0.0,
            after_comma: false,
            word: s.word,
        })
    }
}

/// Cycle length in beats for words that take `used` beats: a multiple of 4 with at least one beat of rest.
pub(super) fn fill(used: f64) -> f64 {
    ((used + 1.0) / 4.0 - 1e-9).ceil() * 4.0
}

/// Every syllable `step` beats (and more if it was stretched).
pub(super) fn even(chunks: &[Chunk], step: f64) -> Plan {
    let mut at = 0.0;
    let placed = chunks
        .iter()
        .enumerate()
        .map(|(chunk, c)| {
            let here = at;
            let beats = step * (1.0 + c.extra);
            at += beats;
            Placed { chunk, at: here, beats, accent: (here - here.round()).abs() < 1e-6 }
        })
        .collect();
    Plan { placed, beats: at }
}

/// Two syllables in a beat are a little worse than one.
const PAIR: f64 = 0.15;

/// Cost of chunk `i` alone in its beat.
fn alone_cost(chunks: &[Chunk], i: usize, japanese: bool) -> f64 {
    if japanese {
        return if chunks[i].alone { 0.0 } else { 0.15 };
    }
    1.3 * (1.0 - chunks[i].strength)
}

/// Cost of chunks `i` and `i + 1` in one beat; `None` if they cannot share it.
fn pair_cost(chunks: &[Chunk], i: usize, japanese: bool) -> Option<f64> {
    let (on, off) = (&chunks[i], chunks.get(i + 1)?);
    if on.alone || off.alone {
        return None;
    }
    let last = i + 2 == chunks.len();
    let comma = if off.after_comma { 2.0 } else { 0.0 };
    if japanese {
        let across = if on.word == off.word { 0.0 } else { 0.5 };
        return Some(PAIR / 4.0 + comma + across + if last { 0.35 } else { 0.0 });
    }
    let same_word = if on.word == off.word { -0.1 } else { 0.05 };
    let stressed = if off.strength >= 1.0 { 0.5 } else { 0.0 };
    let end = match last {
        true if off.strength >= 0.5 => 1.5,
        true => 0.8,
        false => 0.0,
    };
    Some(PAIR + (1.0 - on.strength) + 1.2 * off.strength + stressed + same_word + comma + end)
}

/// How good it is to use `n` beats: the rest that is left, in a cycle that is not too long.
fn length_cost(n: usize, syllables: usize, alone: bool, free_rest: bool) -> f64 {
    let n_beats = n as f64;
    if free_rest {
        // The rest is given: about three syllables in two beats.
        return 0.5 * (n_beats - 0.72 * syllables as f64).abs();
    }
    if !alone {
        // Marks follow: a bar, or half of one, or a beat a syllable.
        return if n.is_multiple_of(4) || n == 2 { 0.0 } else { 0.5 };
    }
    let rest = fill(n_beats) - n_beats;
    match rest {
        r if r <= 1.0 => 0.0,
        r if r <= 2.0 => 0.5,
        r if r <= 3.0 => 1.0,
        _ => 1.5,
    }
}

/// Beyond this many syllables the length is not searched but follows from a price per beat.
const SEARCHED: usize = 48;

/// Places `chunks` on beats.
///
/// * `pairs`: whether two syllables may share a beat at this tempo.
/// * `alone`: nothing else is in the sentence, so that a rest must follow.
/// * `free_rest`: the rest is given and need not fill a cycle.
pub(super) fn place(chunks: &[Chunk], pairs: bool, alone: bool, free_rest: bool, language: Language) -> Plan {
    let japanese = language == Language::Japanese || chunks.iter().all(|c| c.strength == 0.5);
    let n = chunks.len();
    let few = n <= 3;
    let groups = if !pairs || few {
        vec![1; n]
    } else if n > SEARCHED {
        cheapest_long(chunks, japanese)
    } else {
        cheapest(chunks, alone, free_rest, japanese)
    };
    let mut plan = Plan::default();
    let mut i = 0;
    let mut at = 0.0;
    for (beat, size) in groups.into_iter().enumerate() {
        let c = &chunks[i];
        let accent = c.strength >= 0.5 || beat % 2 == 0 || few;
        if size == 2 {
            plan.placed.push(Placed { chunk: i, at, beats: 0.5, accent });
            plan.placed.push(Placed { chunk: i + 1, at: at + 0.5, beats: 0.5, accent: false });
            at += 1.0;
        } else {
            plan.placed.push(Placed { chunk: i, at, beats: 1.0 + c.extra, accent });
            at += 1.0 + c.extra;
        }
        i += size;
    }
    plan.beats = at;
    plan
}

/// Sizes (1 or 2) of the beats, for the best of all numbers of beats.
fn cheapest(chunks: &[Chunk], alone: bool, free_rest: bool, japanese: bool) -> Vec<usize> {
    let n = chunks.len();
    let extra: f64 = chunks.iter().map(|c| c.extra).sum();
    // best[i][k]: first i chunks in k beats; with the size of the last beat.
    let mut best = vec![vec![(f64::INFINITY, 0usize); n + 1]; n + 1];
    best[0][0] = (0.0, 0);
    for i in 0..n {
        for k in 0..n {
            let (cost, _) = best[i][k];
            if !cost.is_finite() {
                continue;
            }
            let one = cost + alone_cost(chunks, i, japanese);
            if one < best[i + 1][k + 1].0 {
                best[i + 1][k + 1] = (one, 1);
            }
            if let Some(pair) = pair_cost(chunks, i, japanese)
                && cost + pair < best[i + 2][k + 1].0
            {
                best[i + 2][k + 1] = (cost + pair, 2);
            }
        }
    }
    let total = |k: usize| best[n][k].0 + length_cost(k + extra as usize, n, alone, free_rest);
    let mut k = (1..=n).min_by(|&a, &b| total(a).total_cmp(&total(b))).unwrap_or(n);
    let mut out = Vec::with_capacity(k);
    let mut i = n;
    while i > 0 && k > 0 {
        let size = best[i][k].1.max(1);
        out.push(size);
        i -= size;
        k -= 1;
    }
    out.reverse();
    out
}

fn cheapest_long(chunks: &[Chunk], japanese: bool) -> Vec<usize> {
    let n = chunks.len();
    let mut best = vec![(f64::INFINITY, 0usize); n + 1];
    best[0] = (0.0, 0);
    for i in 0..n {
        let cost = best[i].0 + 0.35;
        let one = cost + alone_cost(chunks, i, japanese);
        if one < best[i + 1].0 {
            best[i + 1] = (one, 1);
        }
        if let Some(pair) = pair_cost(chunks, i, japanese)
            && cost + pair < best[i + 2].0
        {
            best[i + 2] = (cost + pair, 2);
        }
    }
    let mut out = Vec::new();
    let mut i = n;
    while i > 0 {
        let size = best[i].1.max(1);
        out.push(size);
        i -= size.min(i);
    }
    out.reverse();
    out
}
