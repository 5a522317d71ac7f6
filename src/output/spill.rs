//! Sound that is kept aside until the whole of it is known.
//!
//! Owns a hidden file of floats that is gone when it is no longer needed. Does not own what is done with the sound.

use std::{
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
};

use crate::mix::Hear;

use super::{error::OutputError, part::Part};

/// Frames that are read at a time.
const BLOCK: usize = 4096;

/// Channels of floats in a file of their own.
#[derive(Debug)]
pub struct Spill {
    part: Part,
    name: String,
    channels: usize,
    bytes: Vec<u8>,
    frames: u64,
}

impl Spill {
    /// Starts one of `channels` channels beside `path`, or where the system keeps such files if `path` is a stream or a device.
    ///
    /// # Errors
    /// [`OutputError`] if nothing can be written there.
    pub fn create(path: &Path, channels: usize) -> Result<Self, OutputError> {
        let stream = path == Path::new("-") || path.metadata().is_ok_and(|m| !m.is_file() && !m.is_dir());
        let part = if stream {
            Part::create(&std::env::temp_dir().join("uproar-stream"))?
        } else {
            Part::create(path)?
        };
        let name = format!("what is kept aside for {}", path.display());
        Ok(Self { part, name, channels, bytes: Vec::new(), frames: 0 })
    }

    /// Frames kept so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Channels of a frame.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Appends frames, a slice per channel of one length.
    ///
    /// # Errors
    /// [`OutputError::Write`], such as a full disk.
    pub fn write(&mut self, channels: &[&[f32]]) -> Result<(), OutputError> {
        let frames = channels.iter().map(|c| c.len()).min().unwrap_or(0);
        for frame in 0..frames {
            for channel in channels {
                self.bytes.extend_from_slice(&channel[frame].to_le_bytes());
            }
        }
        self.frames += frames as u64;
        if self.bytes.len() >= BLOCK * 4 * self.channels { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), OutputError> {
        let outcome = self.part.file().write_all(&self.bytes);
        self.bytes.clear();
        outcome.map_err(|error| OutputError::write(&self.name, error))
    }

    /// Reads everything from the start, block by block.
    ///
    /// # Errors
    /// [`OutputError::Write`] if the file cannot be read back, and whatever `hear` fails with.
    pub fn read<E: From<OutputError>>(&mut self, hear: &mut Hear<'_, E>) -> Result<(), E> {
        self.flush()?;
        let failed = |error| OutputError::write(&self.name, error);
        self.part.file().seek(SeekFrom::Start(0)).map_err(failed)?;
        let width = 4 * self.channels;
        let mut bytes = vec![0; BLOCK * width];
        let mut sound = vec![vec![0.0f32; BLOCK]; self.channels];
        let mut frames = self.frames;
        while frames > 0 {
            let now = frames.min(BLOCK as u64) as usize;
            self.part.file().read_exact(&mut bytes[..now * width]).map_err(failed)?;
            for (n, sample) in bytes[..now * width].chunks_exact(4).enumerate() {
                let value = f32::from_le_bytes([sample[0], sample[1], sample[2], sample[3]]);
                sound[n % self.channels][n / self.channels] = value;
            }
            let block: Vec<&[f32]> = sound.iter().map(|channel| &channel[..now]).collect();
            hear(&block)?;
            frames -= now as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back_more_than_once_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::create(&folder.path().join("a.wav"), 2).unwrap();
        let sound: Vec<f32> = (0..10_001).map(|n| n as f32).collect();
        for block in sound.chunks(777) {
            spill.write(&[block, block]).unwrap();
        }
        for _ in 0..2 {
            let mut back = Vec::new();
            let mut hear = |channels: &[&[f32]]| {
                assert_eq!(channels[0], channels[1]);
                back.extend_from_slice(channels[0]);
                Ok::<(), OutputError>(())
            };
            spill.read(&mut hear).unwrap();
            assert_eq!(back, sound);
        }
        drop(spill);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
