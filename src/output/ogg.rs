//! Ogg Vorbis files, for game engines.
//!
//! Owns the way of frames to the encoder, `vorbis_rs`, which only this file names. The sound is not the same sample
//! by sample; what it was made from stands in the comments. Does not own sound.

use std::{
    fs::File,
    num::{NonZeroU8, NonZeroU32},
    path::Path,
};

use vorbis_rs::{VorbisBitrateManagementStrategy, VorbisEncoder, VorbisEncoderBuilder, VorbisError};

use super::{error::OutputError, info::Info, part::Part, tags::tags, wav::Format};

/// Quality of the encoder, -0.2 to 1: about 190 kbit/s for stereo at 48 kHz, transparent for crowds.
const QUALITY: f32 = 0.6;

/// Frames that the encoder takes at a time.
const BLOCK: usize = 8192;

/// Where each channel of a WAV stands among those of Vorbis (Vorbis I, 4.3.9), for 3 to 8 channels in the order of
/// WAVE_FORMAT_EXTENSIBLE.
const ORDERS: [&[usize]; 6] = [
    &[0, 2, 1],
    &[0, 1, 2, 3],
    &[0, 2, 1, 3, 4],
    &[0, 2, 1, 4, 5, 3],
    &[0, 2, 1, 5, 6, 4, 3],
    &[0, 2, 1, 6, 7, 4, 5, 3],
];

/// An Ogg Vorbis being written.
pub struct OggWriter {
    part: Part,
    name: String,
    encoder: VorbisEncoder<File>,
    order: Vec<usize>,
    frames: u64,
}

impl std::fmt::Debug for OggWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OggWriter").field("name", &self.name).field("frames", &self.frames).finish()
    }
}

impl OggWriter {
    /// Starts a file at `path`. `seed` becomes the serial number of the stream, which is otherwise drawn by lot.
    ///
    /// # Errors
    /// [`OutputError`] if nothing can be written there, or the format does not fit.
    pub fn create(path: &Path, format: Format, info: &Info, seed: u64) -> Result<Self, OutputError> {
        let name = path.display().to_string();
        let mut part = Part::create(path)?;
        let file = part.file().try_clone().map_err(|error| OutputError::write(&name, error))?;
        let channels = u8::try_from(format.channels).ok().and_then(NonZeroU8::new);
        let (Some(channels), Some(rate)) = (channels, NonZeroU32::new(format.rate.hz())) else {
            return Err(OutputError::Refused { name, what: "no such number of channels".into() });
        };
        let failed = |error| failure(&name, error);
        let mut builder = VorbisEncoderBuilder::new_with_serial(rate, channels, file, seed as i32);
        builder.bitrate_management_strategy(VorbisBitrateManagementStrategy::QualityVbr {
            target_quality: QUALITY,
        });
        for (tag, value) in tags(format, info) {
            builder.comment_tag(tag, value.replace('\0', " ")).map_err(failed)?;
        }
        let encoder = builder.build().map_err(failed)?;
        let order = match usize::from(format.channels) {
            n @ 3..=8 => ORDERS[n - 3].to_vec(),
            n => (0..n).collect(),
        };
        Ok(Self { part, name, encoder, order, frames: 0 })
    }

    /// Frames written so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Appends frames, one slice per channel, all of one length.
    ///
    /// # Errors
    /// [`OutputError::Write`], such as a full disk.
    pub fn write(&mut self, channels: &[&[f32]]) -> Result<(), OutputError> {
        let frames = channels.iter().map(|c| c.len()).min().unwrap_or(0);
        let mut from = 0;
        while from < frames {
            let to = (from + BLOCK).min(frames);
            let block: Vec<&[f32]> = self.order.iter().map(|c| &channels[*c][from..to]).collect();
            self.encoder.encode_audio_block(&block).map_err(|error| failure(&self.name, error))?;
            from = to;
        }
        self.frames += frames as u64;
        Ok(())
    }

    /// Completes the file and gives it its name; returns the number of frames.
    ///
    /// # Errors
    /// As [`OggWriter::write`]; a file that cannot be completed is removed.
    pub fn finish(self) -> Result<u64, OutputError> {
        self.encoder.finish().map_err(|error| failure(&self.name, error))?;
        self.part.commit()?;
        Ok(self.frames)
    }
}

fn failure(name: &str, error: VorbisError) -> OutputError {
    match error {
        VorbisError::Io(error) => OutputError::write(name, error),
        error => {
            OutputError::Refused { name: name.to_owned(), what: format!("the Vorbis encoder says: {error}") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Bits;
    use crate::units::SampleRate;

    #[test]
    fn the_same_sound_and_seed_make_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let format = Format { rate: SampleRate::DEFAULT, channels: 2, bits: Bits::Float, speakers: 0 };
        let sound: Vec<f32> = (0..30_000).map(|n| 0.2 * (n as f32 * 0.03).sin()).collect();
        let make = |name: &str| {
            let path = folder.path().join(name);
            let info = Info { title: "Tone".into(), ..Info::default() };
            let mut writer = OggWriter::create(&path, format, &info, 7).unwrap();
            for part in sound.chunks(999) {
                writer.write(&[part, part]).unwrap();
            }
            assert_eq!(writer.finish().unwrap(), 30_000);
            std::fs::read(path).unwrap()
        };
        let bytes = make("a.ogg");
        assert_eq!(&bytes[..4], b"OggS");
        assert!(bytes.len() < 60_000);
        assert!(bytes == make("b.ogg"));
    }

    #[test]
    fn orders_name_every_channel_once() {
        for (n, order) in ORDERS.iter().enumerate() {
            let mut sorted = order.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..n + 3).collect::<Vec<_>>());
        }
    }
}
