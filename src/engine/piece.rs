//! Finished pieces of sound in memory, and what is done to them as a whole.
//!
//! Owns folding of tails, going round a loop with something that remembers, and fades. Does not own where they come
//! from (see `looper`). Units: frames.

use crate::units::{Block, QUANTUM};

/// A finished piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// The channels of the layout, 1.0 = full scale.
    pub channels: Vec<Vec<f32>>,
    /// Tempo in beats per minute and number of beats, if there is a chant.
    pub beats: Option<(f64, f64)>,
    /// Gain from the levelling that was used throughout, dB.
    pub levelling_db: f64,
    /// Gain that makes it as loud as it is beside the loops, dB: single sounds are raised to be used by themselves.
    pub natural_gain_db: f64,
}

impl Piece {
    /// Its length, frames.
    pub fn frames(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }
}

/// Adds everything after the first `frames` to the start, as often as it goes round.
pub(super) fn fold(raw: &[Vec<f32>], frames: usize) -> Vec<Vec<f32>> {
    let one = |channel: &Vec<f32>| {
        let mut sum = vec![0.0f64; frames];
        for (n, x) in channel.iter().enumerate() {
            sum[n % frames] += f64::from(*x);
        }
        sum.into_iter().map(|x| x as f32).collect()
    };
    raw.iter().map(one).collect()
}

/// Sends a piece through `work`, quantum by quantum. With `warm` frames it goes round that long before it is kept, and
/// the end meets the start; without, silence follows it. `latency` is taken off.
pub(super) fn go(
    raw: &[Vec<f32>],
    channels: usize,
    latency: usize,
    warm: usize,
    mut work: impl FnMut(&[Block], &mut [Block]),
) -> Vec<Vec<f32>> {
    let frames = raw.first().map_or(0, Vec::len);
    let mut heard = vec![Vec::with_capacity(frames); channels];
    let (mut input, mut out) = (vec![[0.0; QUANTUM]; raw.len()], vec![[0.0; QUANTUM]; channels]);
    let first = warm + latency;
    for from in (0..first + frames).step_by(QUANTUM) {
        for (block, channel) in input.iter_mut().zip(raw) {
            for (n, x) in block.iter_mut().enumerate() {
                let at = from + n;
                *x = if warm > 0 { channel[at % frames] } else { channel.get(at).copied().unwrap_or(0.0) };
            }
        }
        out.fill([0.0; QUANTUM]);
        work(&input, &mut out);
        for (channel, block) in heard.iter_mut().zip(&out) {
            let skip = first.saturating_sub(from).min(QUANTUM);
            let take = (first + frames - from).min(QUANTUM);
            channel.extend_from_slice(&block[skip.min(take)..take]);
        }
    }
    heard
}

pub(super) fn peak(channels: &[Vec<f32>]) -> f32 {
    channels.iter().flatten().fold(0.0, |m, x| m.max(x.abs()))
}

pub(super) fn fade_ends(channel: &mut [f32], rise: usize, fall: usize) {
    let frames = channel.len();
    for (n, x) in channel.iter_mut().enumerate() {
        let from_end = frames - 1 - n;
        let up = (n as f32 / rise.max(1) as f32).min(1.0);
        let down = (from_end as f32 / fall.max(1) as f32).min(1.0);
        *x *= up * down;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_added_to_the_start_however_long_they_are() {
        let raw = vec![(0..25).map(|n| n as f32).collect::<Vec<f32>>()];
        let folded = fold(&raw, 10);
        assert_eq!(folded[0][0], 0.0 + 10.0 + 20.0);
        assert_eq!(folded[0][9], 9.0 + 19.0);
    }

    #[test]
    fn what_goes_round_meets_itself_and_latency_is_taken_off() {
        let raw = vec![(0..100).map(|n| n as f32).collect::<Vec<f32>>()];
        // A delay of 7 frames.
        for warm in [0, 300] {
            let mut past = std::collections::VecDeque::from(vec![0.0f32; 7]);
            let heard = go(&raw, 1, 7, warm, |input, out| {
                for (x, y) in input[0].iter().zip(out[0].iter_mut()) {
                    past.push_back(*x);
                    *y = past.pop_front().unwrap();
                }
            });
            assert_eq!(heard, raw, "warm {warm}");
        }
    }
}
