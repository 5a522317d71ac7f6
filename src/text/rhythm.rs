//! A phrase on a beat grid: how a crowd chants it.
//!
//! Owns which syllable falls on which beat, the closing rest and the length of the last syllable. Does not own tempo changes,
//! timing scatter or melody. Units: beats.
//!
//! The rule: one or two syllables a beat, stressed ones on beats, the last one on a beat of its own, and at least one beat of
//! rest, so that the cycle is 4 or 8 beats (a multiple of 4). Up to three syllables get a beat each ("ONE MORE TIME"), a single
//! syllable a cycle of two beats ("WIN!"). Words before claps fill a bar of four when they do not fit into one together.
//! Sources: inventory of chants on Language Log, 2018 ("DE-FENSE", "Let's go NAME", "M-V-P"): nearly always 4 or 8 beats with
//! at least one beat of rest, clap or drum. The costs are by ear, on the phrases of the tests.

use serde::{Deserialize, Serialize};

use super::beats::{self, Chunk, Placed};
use super::phrase::{Item, Phrase, Score, ScoreItem};
use super::read::{COMMA_BEATS, Language, SENTENCE_BEATS};

/// How a phrase is laid on beats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RhythmConfig {
    /// Beats per minute, 40 to 240.
    pub bpm: f64,
    /// Silence after the phrase in beats, 0 to 32; absent: what fills 4 or 8 beats.
    pub rest_beats: Option<f64>,
    /// The same length for every syllable in beats, 0.25 to 8; absent: stressed syllables on beats, at most two a beat.
    pub beats_per_syllable: Option<f64>,
    /// Length of the last syllable relative to a beat, 0.5 to 8.
    pub last_stretch: f64,
    /// The language whose rhythm it is: English by stress, Japanese by morae.
    pub language: Language,
}

impl Default for RhythmConfig {
    fn default() -> Self {
        // 104 a minute: most chants are between 95 and 125.
        Self {
            bpm: 104.0,
            rest_beats: None,
            beats_per_syllable: None,
            last_stretch: 1.5,
            language: Language::English,
        }
    }
}

impl RhythmConfig {
    /// Seconds a beat.
    pub fn beat_s(&self) -> f64 {
        60.0 / self.safe(self.bpm, 40.0, 240.0, 104.0)
    }

    fn safe(&self, value: f64, low: f64, high: f64, otherwise: f64) -> f64 {
        if value.is_finite() { value.clamp(low, high) } else { otherwise }
    }
}

/// The least time of a shouted syllable, seconds: faster, and two no longer share a beat.
///
/// People shout 1.5 to 3.5, at most 4 syllables a second.
const SHORTEST_S: f64 = 0.24;
/// Beats of a bar.
const BAR: f64 = 4.0;
/// Silence before the next cycle that even a stretched last syllable leaves.
const BREATH_BEATS: f64 = 0.5;

/// What stands in a row between two sentence ends.
enum Block {
    Words(Vec<Chunk>),
    Marks(Vec<(Item, f64)>),
    Rest(f64),
}

/// Lays a phrase on beats: one cycle of a chant.
///
/// Values out of range are taken as the nearest allowed one.
pub fn lay(phrase: &Phrase, rhythm: &RhythmConfig) -> Score {
    let mut items = Vec::with_capacity(phrase.items.len());
    let mut at = 0.0;
    let mut sounding = 0.0;
    let sentences = sentences(phrase, rhythm.language);
    let count = sentences.len();
    for (i, blocks) in sentences.into_iter().enumerate() {
        let last = i + 1 == count;
        let end = sentence(&blocks, at, rhythm, last, &mut items);
        sounding = end.sounding;
        at = end.cycle;
    }
    if count > 1 && rhythm.rest_beats.is_none() {
        at = (at / BAR).ceil() * BAR;
    }
    if let Some(rest) = rhythm.rest_beats {
        at = sounding + rhythm.safe(rest, 0.0, 32.0, 1.0);
    }
    let mut score = Score { items, cycle_beats: at.max(0.25), sounding_beats: sounding };
    hold_last(phrase, rhythm, &mut score);
    score
}

fn sentences(phrase: &Phrase, language: Language) -> Vec<Vec<Block>> {
    let mut out: Vec<Vec<Block>> = vec![Vec::new()];
    let mut comma = false;
    for item in &phrase.items {
        let blocks = match out.last_mut() {
            Some(blocks) => blocks,
            None => break,
        };
        match *item {
            Item::Syllable(i) => {
                let Some(mut chunk) = Chunk::new(phrase, i, language) else { continue };
                chunk.after_comma = std::mem::take(&mut comma);
                match blocks.last_mut() {
                    Some(Block::Words(words)) => words.push(chunk),
                    _ => blocks.push(Block::Words(vec![chunk])),
                }
            }
            Item::Body { beats, .. } => match blocks.last_mut() {
                Some(Block::Marks(marks)) => marks.push((*item, f64::from(beats))),
                _ => blocks.push(Block::Marks(vec![(*item, f64::from(beats))])),
            },
            Item::Pause { beats } if beats == COMMA_BEATS => comma = true,
            Item::Pause { beats } if beats == SENTENCE_BEATS => {
                comma = false;
                if !blocks.is_empty() {
                    out.push(Vec::new());
                }
            }
            Item::Pause { beats } => blocks.push(Block::Rest(f64::from(beats).max(0.0))),
        }
    }
    out.retain(|blocks| !blocks.is_empty());
    out
}

struct End {
    /// Where the last sound ends.
    sounding: f64,
    /// Where the next sentence or cycle may begin.
    cycle: f64,
}

fn sentence(
    blocks: &[Block],
    from: f64,
    rhythm: &RhythmConfig,
    last: bool,
    items: &mut Vec<ScoreItem>,
) -> End {
    let mut at = from;
    let mut sounding = from;
    let pairs = rhythm.beat_s() / 2.0 >= SHORTEST_S;
    let alone = blocks.len() == 1;
    for (b, block) in blocks.iter().enumerate() {
        match block {
            Block::Words(chunks) => {
                let fixed = rhythm.beats_per_syllable.map(|x| rhythm.safe(x, 0.25, 8.0, 1.0));
                let plan = match fixed {
                    Some(step) => beats::even(chunks, step),
                    None => beats::place(
                        chunks,
                        pairs,
                        alone,
                        alone && last && rhythm.rest_beats.is_some(),
                        rhythm.language,
                    ),
                };
                for &Placed { chunk, at: offset, beats, accent } in &plan.placed {
                    let item = Item::Syllable(chunks[chunk].syllable);
                    items.push(ScoreItem { at_beats: at + offset, beats, item, accent });
                }
                at += plan.beats;
                sounding = at;
                let following: f64 = blocks[b + 1..].iter().map(length).sum();
                let marks_follow = matches!(blocks.get(b + 1), Some(Block::Marks(_)));
                // "Let's go" clap clap clap-clap-clap: four beats of words, four of claps.
                if marks_follow
                    && fixed.is_none()
                    && at - from + following > BAR
                    && following <= BAR
                    && at - from < BAR
                {
                    at = from + BAR;
                }
            }
            Block::Marks(marks) => {
                for &(item, beats) in marks {
                    let on_beat = (at - at.round()).abs() < 1e-6;
                    items.push(ScoreItem { at_beats: at, beats, item, accent: on_beat });
                    at += beats;
                }
                // Three thirds make a whole again.
                if (at - at.round()).abs() < 1e-4 {
                    at = at.round();
                }
                sounding = at;
            }
            Block::Rest(beats) => at += beats,
        }
    }
    let words_only = !blocks.iter().any(|b| matches!(b, Block::Marks(_) | Block::Rest(_)));
    let used = at - from;
    let cycle = match blocks {
        // One shouted syllable: every second beat.
        [Block::Words(chunks)] if chunks.len() == 1 && used <= 1.0 => 2.0,
        _ if words_only => beats::fill(used),
        _ => (used / BAR - 1e-9).ceil() * BAR,
    };
    End { sounding, cycle: from + cycle }
}

fn length(block: &Block) -> f64 {
    match block {
        Block::Words(chunks) => chunks.len() as f64,
        Block::Marks(marks) => marks.iter().map(|m| m.1).sum(),
        Block::Rest(beats) => *beats,
    }
}

/// Stretches each sentence's last syllable, as far as the silence after it allows.
fn hold_last(phrase: &Phrase, rhythm: &RhythmConfig, score: &mut Score) {
    let wanted = rhythm.safe(rhythm.last_stretch, 0.5, 8.0, 1.5);
    let starts: Vec<f64> = score.items.iter().map(|i| i.at_beats).collect();
    for k in 0..score.items.len() {
        let next = starts.get(k + 1).copied();
        let item = score.items[k];
        if !matches!(item.item, Item::Syllable(_)) {
            continue;
        }
        let end = item.at_beats + item.beats;
        let free = match next {
            Some(next) if next > end + 1e-6 => next - item.at_beats,
            Some(_) => continue,
            None => score.cycle_beats - item.at_beats,
        };
        let room = (free - BREATH_BEATS).max(item.beats.min(free));
        // A long silence is shared: half of it belongs to the voice.
        let patient = if free >= 4.0 { wanted * 4.0 / 3.0 } else { wanted };
        score.items[k].beats = (item.beats.max(1.0) * patient).min(room).max(item.beats.min(free));
    }
    score.sounding_beats = score.items.iter().map(|i| i.at_beats + i.beats).fold(0.0, f64::max);
    if rhythm.rest_beats.is_some_and(|r| r < BREATH_BEATS) {
        score.sounding_beats = score.sounding_beats.min(score.cycle_beats);
    }
    debug_assert!(score.items.iter().all(|i| match i.item {
        Item::Syllable(s) => s < phrase.syllables.len(),
        _ => true,
    }));
}
