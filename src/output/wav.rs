//! WAV files and streams.
//!
//! Owns writing of samples under their header. A file is written beside its final name and renamed
//! when it is whole, so that no broken file ever stands under that name. Does not own the sound.

use std::{
    io::{self, Seek, SeekFrom, Write},
    path::Path,
};

use crate::analysis::Loudness;
use crate::units::SampleRate;

use super::{
    error::OutputError,
    format::{Bits, Encoder},
    header::{header, is_long},
    info::Info,
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
    /// Speakers of the channels for WAVE_FORMAT_EXTENSIBLE, a bit each; 0: those of mono and stereo, else none.
    pub speakers: u32,
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
    info: Info,
    /// Bytes before the samples.
    header_bytes: u64,
    /// Lengths may pass 4 GiB.
    long: bool,
    encoder: Encoder,
    bytes: Vec<u8>,
    digest: blake3::Hasher,
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
    /// beyond 4 GiB become RF64, in a file even if they were not announced. `seed` decides the dither.
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
        let bytes = header(format, info, frames, 0);
        let mut writer = Self {
            long: is_long(&bytes) || matches!(sink, Sink::File(_)),
            sink,
            name,
            format,
            info: info.clone(),
            header_bytes: bytes.len() as u64,
            encoder: Encoder::new(format.bits, format.channels, seed),
            bytes: Vec::new(),
            digest: blake3::Hasher::new(),
            frames: 0,
        };
        writer.put(&bytes)?;
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
        let data = (self.frames + frames as u64).saturating_mul(self.format.frame_bytes());
        if !self.long && data.saturating_add(self.header_bytes) > u64::from(u32::MAX) {
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

    /// Says that the sound ends before its time. `recipe` has to be as long as the one at the start.
    pub fn cut_short(&mut self, recipe: Option<String>) {
        (self.info.recipe, self.info.interrupted) = (recipe, true);
    }

    /// Tells the loudness of all that was written, to be stored in the file; streams have gone by already.
    pub fn set_loudness(&mut self, loudness: Loudness) {
        self.info.loudness = Some(loudness);
    }

    /// Completes the file and gives it its name; returns the number of frames.
    ///
    /// Also the way to keep a shorter file when a render is interrupted.
    ///
    /// # Errors
    /// As [`WavWriter::write`]; a file that cannot be completed is removed.
    pub fn finish(mut self) -> Result<u64, OutputError> {
        self.flush()?;
        if (self.frames * self.format.frame_bytes()) % 2 == 1 {
            self.put(&[0])?;
        }
        self.info.sound = Some(self.digest.finalize().to_hex().to_string());
        let frames = self.frames;
        self.info.marks.retain(|mark| mark.frame < frames.max(1));
        match self.sink {
            Sink::File(mut part) => {
                let bytes = header(self.format, &self.info, self.frames, self.header_bytes as usize);
                part.file()
                    .seek(SeekFrom::Start(0))
                    .and_then(|_| part.file().write_all(&bytes))
                    .map_err(|error| OutputError::write(&self.name, error))?;
                part.commit()?;
            }
            Sink::Stream(mut sink) => sink.flush().map_err(|error| OutputError::write(&self.name, error))?,
        }
        Ok(self.frames)
    }

    /// Hands over the samples that have been encoded.
    fn flush(&mut self) -> Result<(), OutputError> {
        let bytes = std::mem::take(&mut self.bytes);
        self.digest.update(&bytes);
        self.put(&bytes)?;
        self.bytes = bytes;
        self.bytes.clear();
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        let outcome: io::Result<()> = match &mut self.sink {
            Sink::File(part) => part.file().write_all(bytes),
            Sink::Stream(sink) => sink.write_all(bytes),
        };
        outcome.map_err(|error| OutputError::write(&self.name, error))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::output::Mark;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn format(bits: Bits, channels: u16) -> Format {
        Format { rate: SampleRate::DEFAULT, channels, bits, speakers: 0 }
    }

    fn stream(bits: Bits, channels: u16, frames: u64) -> (Memory, WavWriter) {
        let memory = Memory::default();
        let info = Info { title: "Odd".into(), comment: "seed 7".into(), ..Info::default() };
        let sink = Box::new(memory.clone());
        let writer = WavWriter::stream(sink, "memory".into(), format(bits, channels), &info, frames, 7);
        (memory, writer.unwrap())
    }

    #[test]
    fn every_format_is_read_by_others_as_it_was_written() {
        let samples: Vec<f32> = (0..5001).map(|n| (n as f32 * 0.01).sin() * 0.5).collect();
        for bits in [Bits::Sixteen, Bits::TwentyFour, Bits::Float] {
            for channels in [1, 2] {
                let (memory, mut writer) = stream(bits, channels, samples.len() as u64);
                let all = vec![&samples[..]; usize::from(channels)];
                writer.write(&all).unwrap();
                assert_eq!(writer.finish().unwrap(), samples.len() as u64);
                let bytes = memory.0.lock().unwrap().clone();
                assert_eq!(bytes.len() % 2, 0, "chunks are padded to even length");
                let riff = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
                assert_eq!(riff as usize, bytes.len() - 8);
                let reader = hound::WavReader::new(&bytes[..]).unwrap();
                assert_eq!(reader.duration() as usize, samples.len());
                let full = (1 << (8 * bits.bytes() - 1).min(23)) as f32;
                let read: Vec<f32> = if bits == Bits::Float {
                    reader.into_samples::<f32>().map(Result::unwrap).collect()
                } else {
                    reader.into_samples::<i32>().map(|s| s.unwrap() as f32 / full).collect()
                };
                for (n, frame) in read.chunks_exact(usize::from(channels)).enumerate() {
                    assert!((frame[0] - samples[n]).abs() <= 2.0 / full, "{bits} {n}");
                }
            }
        }
    }

    #[test]
    fn channel_masks_and_loop_points_stand_in_the_header() {
        let memory = Memory::default();
        let info = Info { looped: true, ..Info::default() };
        let format = Format { speakers: 0x3f, ..format(Bits::Float, 6) };
        let sink = Box::new(memory.clone());
        let mut writer = WavWriter::stream(sink, "memory".into(), format, &info, 100, 7).unwrap();
        writer.write(&[&[0.5; 100][..]; 6]).unwrap();
        writer.finish().unwrap();
        let bytes = memory.0.lock().unwrap().clone();
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        // Before it, room for the lengths of RF64.
        let fmt = bytes.windows(4).position(|w| w == b"fmt ").unwrap();
        assert_eq!((bytes[fmt + 8], bytes[fmt + 9], word(fmt + 28)), (0xfe, 0xff, 0x3f));
        let at = bytes.windows(4).position(|w| w == b"smpl").unwrap();
        // 36 bytes of header and one loop of 24.
        assert_eq!((word(at + 4), word(at + 8 + 28)), (60, 1));
        assert_eq!(word(at + 8 + 8), 1_000_000_000 / 48_000, "nanoseconds of a frame");
        assert_eq!((word(at + 8 + 44), word(at + 8 + 48)), (0, 99), "first and last frame");
        assert_eq!(hound::WavReader::new(&bytes[..]).unwrap().duration(), 100);
    }

    #[test]
    fn a_shorter_file_than_announced_is_valid() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("short.wav");
        let mut writer =
            WavWriter::create(&path, format(Bits::Sixteen, 2), &Info::default(), 48_000, 1).unwrap();
        writer.write(&[&[0.1; 100], &[0.1; 100]]).unwrap();
        writer.finish().unwrap();
        assert_eq!(hound::WavReader::open(&path).unwrap().duration(), 100);
    }

    #[test]
    fn a_shorter_file_drops_marks_that_it_does_not_reach() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("short.wav");
        let mark = |frame| Mark { frame, name: "mark".into() };
        let info = Info { marks: vec![mark(0), mark(90), mark(5000)], ..Info::default() };
        let mut writer = WavWriter::create(&path, format(Bits::TwentyFour, 1), &info, 48_000, 1).unwrap();
        writer.write(&[&[0.5; 100]]).unwrap();
        writer.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let at = bytes.windows(4).position(|w| w == b"cue ").unwrap();
        assert_eq!(bytes[at + 8], 2);
        let reader = hound::WavReader::open(&path).unwrap();
        assert!(reader.into_samples::<i32>().all(|s| (s.unwrap() - (1 << 22)).abs() < 3));
    }

    #[test]
    fn more_than_four_gibibytes_become_rf64_with_true_lengths() {
        let frames = 800_000_000u64;
        let (memory, writer) = stream(Bits::TwentyFour, 2, frames);
        drop(writer);
        let bytes = memory.0.lock().unwrap().clone();
        assert_eq!(&bytes[..4], b"RF64");
        assert_eq!(bytes[4..8], [0xff; 4]);
        assert_eq!(&bytes[12..16], b"ds64");
        let long = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        assert_eq!(long(28), frames * 6, "data");
        assert_eq!(long(36), frames, "frames");
        assert_eq!(long(20), frames * 6 + bytes.len() as u64 - 8, "riff");
        assert_eq!(bytes[bytes.len() - 4..], [0xff; 4]);
    }

    #[test]
    fn a_file_that_outgrows_four_gibibytes_becomes_rf64_and_a_stream_refuses() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.wav");
        let four = format(Bits::Float, 2);
        let mut writer = WavWriter::create(&path, four, &Info::default(), 10, 1).unwrap();
        let before = writer.header_bytes;
        // Pretend that almost 4 GiB have gone by.
        writer.frames = u64::from(u32::MAX) / 8;
        writer.write(&[&[0.25; 9], &[0.25; 9]]).unwrap();
        let frames = writer.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!((&bytes[..4], &bytes[12..16]), (&b"RF64"[..], &b"ds64"[..]));
        assert_eq!(bytes[36..44], frames.to_le_bytes());
        assert_eq!(bytes.len() as u64, before + 72);
        let (_, mut writer) = stream(Bits::Float, 2, 10);
        writer.frames = u64::from(u32::MAX) / 8;
        assert!(matches!(writer.write(&[&[0.0; 9], &[0.0; 9]]), Err(OutputError::TooLong { .. })));
    }
}
