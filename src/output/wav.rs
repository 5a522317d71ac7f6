//! WAV files and streams.
//!
//! Owns writing of samples under their header. A file is written beside its final name and renamed
//! when it is whole, so that no broken file ever stands under that name. Does not own the sound.

use std::{
    io::{self, Seek, SeekFrom, Write},
    path::Path,
};

use crate::units::SampleRate;

use super::{
    error::OutputError,
    format::{Bits, Encoder},
    header::{Header, Info},
    part::Part,
};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// Frames per second.
    pub rate: SampleRate,
    /// Channels.
    pub channels: u16,
    /// How a sample is stored.
    pub bits: Bits,
}

impl Format {
    /// Bytes of one frame.
    pub fn frame_bytes(self) -> u64 {
        u64::from(self.channels) * u64::from(self.bits.bytes())
    }
}

/// Frames that are encoded before they are handed to the system.
const CHUNK_FRAMES: usize = 4096;

/// A WAV being written to a file, a pipe or any other byte sink.
pub struct WavWriter {
    sink: Sink,
    name: String,
    format: Format,
    header: Header,
    encoder: Encoder,
    bytes: Vec<u8>,
    frames: u64,
}

enum Sink {
    File(Part),
    Stream(Box<dyn Write + Send>),
}

impl std::fmt::Debug for WavWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WavWriter").field("name", &self.name).field("frames", &self.frames).finish()
    }
}

impl WavWriter {
    /// Starts a file of `frames` frames at `path`; it may end up shorter, not much longer.
    ///
    /// Pipes and devices (`/dev/null`) are written straight; regular files beside their name. Lengths
    /// beyond 4 GiB become RF64. `seed` decides the dither.
    ///
    /// # Errors
    /// [`OutputError`] if nothing can be written there; then nothing has been left behind.
    pub fn create(
        path: &Path,
        format: Format,
        info: &Info,
        frames: u64,
        seed: u64,
    ) -> Result<Self, OutputError> {
        let name = path.display().to_string();
        if path.metadata().is_ok_and(|m| !m.is_file() && !m.is_dir()) {
            let file = std::fs::OpenOptions::new().write(true).open(path);
            let file = file.map_err(|source| OutputError::Create { name: name.clone(), source })?;
            return Self::stream(Box::new(file), name, format, info, frames, seed);
        }
        let part = Part::create(path)?;
        Self::start(Sink::File(part), name, format, info, frames, seed)
    }

    /// Starts a stream of `frames` frames, written in order without seeking.
    ///
    /// # Errors
    /// [`OutputError::Closed`] if nobody reads; [`OutputError::Write`] otherwise.
    pub fn stream(
        sink: Box<dyn Write + Send>,
        name: String,
        format: Format,
        info: &Info,
        frames: u64,
        seed: u64,
    ) -> Result<Self, OutputError> {
        Self::start(Sink::Stream(sink), name, format, info, frames, seed)
    }

    fn start(
        sink: Sink,
        name: String,
        format: Format,
        info: &Info,
        frames: u64,
        seed: u64,
    ) -> Result<Self, OutputError> {
        let header = Header::new(format, info, Some(frames));
        let encoder = Encoder::new(format.bits, format.channels, seed);
        let bytes = header.bytes.clone();
        let mut writer = Self { sink, name, format, header, encoder, bytes, frames: 0 };
        writer.flush()?;
        Ok(writer)
    }

    /// What the file holds.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Frames written so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Appends frames, one slice per channel, all of one length.
    ///
    /// # Errors
    /// [`OutputError::Closed`] if the reader of a pipe has gone; [`OutputError::TooLong`] if more is
    /// written than the header can say; [`OutputError::Write`] for anything else, such as a full disk.
    pub fn write(&mut self, channels: &[&[f32]]) -> Result<(), OutputError> {
        let frames = channels.iter().map(|c| c.len()).min().unwrap_or(0);
        if !self.header.fits(self.format, self.frames + frames as u64) {
            return Err(OutputError::TooLong { name: self.name.clone() });
        }
        let mut from = 0;
        while from < frames {
            let to = (from + CHUNK_FRAMES).min(frames);
            // Two channels are the rule: no allocation for them.
            if let [left, right] = channels {
                self.encoder.encode(&[&left[from..to], &right[from..to]], &mut self.bytes);
            } else {
                let part: Vec<&[f32]> = channels.iter().map(|c| &c[from..to]).collect();
                self.encoder.encode(&part, &mut self.bytes);
            }
            self.frames += (to - from) as u64;
            from = to;
            if self.bytes.len() >= CHUNK_FRAMES * 4 {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Completes the file and gives it its name; returns the number of frames.
    ///
    /// Also the way to keep a shorter file when a render is interrupted.
    ///
    /// # Errors
    /// As [`WavWriter::write`]; a file that cannot be completed is removed.
    pub fn finish(mut self) -> Result<u64, OutputError> {
        if (self.frames * self.format.frame_bytes()) % 2 == 1 {
            self.bytes.push(0);
        }
        self.flush()?;
        self.header.set_frames(self.format, self.frames);
        match self.sink {
            Sink::File(mut part) => {
                part.file()
                    .seek(SeekFrom::Start(0))
                    .and_then(|_| part.file().write_all(&self.header.bytes))
                    .map_err(|error| OutputError::write(&self.name, error))?;
                part.commit()?;
            }
            Sink::Stream(mut sink) => sink.flush().map_err(|error| OutputError::write(&self.name, error))?,
        }
        Ok(self.frames)
    }

    fn flush(&mut self) -> Result<(), OutputError> {
        let outcome: io::Result<()> = match &mut self.sink {
            Sink::File(part) => part.file().write_all(&self.bytes),
            Sink::Stream(sink) => sink.write_all(&self.bytes),
        };
        self.bytes.clear();
        outcome.map_err(|error| OutputError::write(&self.name, error))
    }
}
