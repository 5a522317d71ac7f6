//! A ring that is written and read a quantum at a time.
//!
//! Owns delays of whole frames, which keep every read one contiguous slice. Units: frames.

use crate::units::{Block, QUANTUM};

/// Remembers the last quanta of a signal.
#[derive(Clone, Debug)]
pub(crate) struct DelayLine {
    /// A power of two of frames, then a copy of the first quantum.
    buffer: Vec<f32>,
    mask: usize,
    write: usize,
}

impl DelayLine {
    /// Room for delays up to `longest_frames`.
    pub fn build(longest_frames: usize) -> Self {
        let frames = (longest_frames + 2 * QUANTUM).next_power_of_two();
        Self { buffer: vec![0.0; frames + QUANTUM], mask: frames - 1, write: 0 }
    }

    /// Frames that the line holds.
    pub fn frames(&self) -> usize {
        self.mask + 1
    }

    pub fn reset(&mut self) {
        self.buffer.fill(0.0);
        self.write = 0;
    }

    /// Appends a quantum.
    pub fn push(&mut self, block: &Block) {
        self.buffer[self.write..self.write + QUANTUM].copy_from_slice(block);
        if self.write == 0 {
            let end = self.mask + 1;
            self.buffer[end..end + QUANTUM].copy_from_slice(block);
        }
        self.write = (self.write + QUANTUM) & self.mask;
    }

    /// The quantum that was pushed last, `frames` earlier. 0 gives that quantum itself.
    pub fn read(&self, frames: usize) -> &Block {
        let start = self.write.wrapping_sub(QUANTUM + frames) & self.mask;
        let slice = &self.buffer[start..start + QUANTUM];
        // The slice has exactly QUANTUM frames; the other branch is never taken.
        slice.first_chunk::<QUANTUM>().unwrap_or(&[0.0; QUANTUM])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_late_by_whole_frames() {
        let mut line = DelayLine::build(500);
        let mut n = 0u32;
        for _ in 0..40 {
            let block: Block = std::array::from_fn(|i| (n + i as u32) as f32);
            line.push(&block);
            n += QUANTUM as u32;
            for delay in [0u32, 1, 63, 64, 65, 500] {
                if n > 600 {
                    let got = line.read(delay as usize);
                    assert_eq!(got[0], (n - QUANTUM as u32 - delay) as f32);
                    assert_eq!(got[QUANTUM - 1], (n - 1 - delay) as f32);
                }
            }
        }
    }
}
