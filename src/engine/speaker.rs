//! Loudspeakers of the scene: what goes in, what comes out later.
//!
//! Owns the delay between a loudspeaker's microphone and its cones. A loudspeaker is fed by people who
//! speak through it and, if asked, by what is heard at a place (the camera's microphone). Its output
//! joins the buses of every place as one point source for each cluster.
//!
//! Real-time: `write` and `add` are O(frames); nothing is allocated after `new`.

use crate::units::{Block, QUANTUM};

use super::plan::MAX_CHUNK;

/// The shortest way from microphone to cone, frames: one chunk of offline planning, so that chunks of
/// any length give the same samples.
pub(crate) const SHORTEST_FRAMES: u64 = (MAX_CHUNK * QUANTUM) as u64;

/// The recent past of every loudspeaker's output.
pub(crate) struct Feeds {
    rings: Vec<Vec<f32>>,
    mask: usize,
}

impl Feeds {
    /// Rings for `speakers` loudspeakers that can be read up to `longest_frames` back.
    pub(crate) fn new(speakers: usize, longest_frames: u64) -> Self {
        let frames = (longest_frames as usize + 2 * MAX_CHUNK * QUANTUM).next_power_of_two();
        Self { rings: vec![vec![0.0; frames]; speakers], mask: frames - 1 }
    }

    /// Forgets all sound.
    pub(crate) fn reset(&mut self) {
        self.rings.iter_mut().for_each(|ring| ring.fill(0.0));
    }

    /// Stores what left a loudspeaker in the quantum that starts at `now`.
    pub(crate) fn write(&mut self, speaker: usize, now: u64, block: &Block) {
        let start = now as usize & self.mask;
        self.rings[speaker][start..start + QUANTUM].copy_from_slice(block);
    }

    /// Adds what left a loudspeaker `delay_frames` before the quantum that starts at `now`.
    pub(crate) fn add(&self, speaker: usize, now: u64, delay_frames: u64, gain: f32, out: &mut Block) {
        let ring = &self.rings[speaker];
        // Before the start of the scene the ring still holds zeros, so wrapping below zero is silence.
        let start = now.wrapping_sub(delay_frames) as usize;
        for (i, sample) in out.iter_mut().enumerate() {
            *sample += gain * ring[start.wrapping_add(i) & self.mask];
        }
    }
}

/// One cluster of a loudspeaker as heard from a place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cluster {
    /// Which loudspeaker.
    pub(crate) speaker: usize,
    /// The local bus of the group that it sounds in.
    pub(crate) bus: u16,
    /// Linear gain on the way.
    pub(crate) gain: f32,
    /// Delay of the chain and of the way, frames; at least [`SHORTEST_FRAMES`].
    pub(crate) delay_frames: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_comes_out_exactly_its_delay_later() {
        let mut feeds = Feeds::new(1, 5000);
        let mut block = [0.0; QUANTUM];
        block[3] = 1.0;
        feeds.write(0, 640, &block);
        for q in 11..100u64 {
            feeds.write(0, q * 64, &[0.0; QUANTUM]);
        }
        let delay = 4101;
        let mut heard = Vec::new();
        for q in 10..100u64 {
            let mut out = [0.0; QUANTUM];
            feeds.add(0, q * 64, delay, 0.5, &mut out);
            heard.extend(
                out.iter().enumerate().filter(|(_, v)| **v != 0.0).map(|(i, v)| (q * 64 + i as u64, *v)),
            );
        }
        assert_eq!(heard, vec![(643 + delay, 0.5)]);
    }

    #[test]
    fn before_the_beginning_there_is_silence() {
        let feeds = Feeds::new(1, 5000);
        let mut out = [0.0; QUANTUM];
        feeds.add(0, 64, 4000, 1.0, &mut out);
        assert_eq!(out, [0.0; QUANTUM]);
    }
}
