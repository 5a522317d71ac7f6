//! FLAC files.
//!
//! Owns the stream's head (RFC 9639, 8) and the way of samples to the encoder, `flacenc`, which only this file
//! names. Samples are those of a WAV of the same format, dither included. Does not own sound.

use std::{
    io::{Seek, SeekFrom, Write},
    path::Path,
};

use flacenc::{
    bitsink::ByteSink,
    component::{BitRepr, StreamInfo},
    config,
    error::{Verified, Verify},
    source::{Context, Fill, FrameBuf},
};

use crate::analysis::Loudness;

use super::{
    error::OutputError,
    format::Encoder,
    info::Info,
    part::Part,
    tags::{block, late_tags, tags},
    wav::Format,
};

/// Frames of a block.
const BLOCK: usize = 4096;

/// The highest rate that the encoder knows, hertz; above it blocks refer to the stream's head for the rate.
const HIGHEST_KNOWN_HZ: u32 = 96_000;

/// A FLAC being written.
pub struct FlacWriter {
    part: Part,
    name: String,
    format: Format,
    info: Info,
    config: Verified<config::Encoder>,
    stream: StreamInfo,
    encoder: Encoder,
    /// Samples that do not fill a block yet, as little-endian bytes.
    bytes: Vec<u8>,
    block: FrameBuf,
    context: Context,
    blocks: usize,
    /// Smallest and largest block, bytes.
    sizes: [usize; 2],
    frames: u64,
}

impl std::fmt::Debug for FlacWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FlacWriter").field("name", &self.name).field("frames", &self.frames).finish()
    }
}

impl FlacWriter {
    /// Starts a file at `path`. `seed` decides the dither.
    ///
    /// # Errors
    /// [`OutputError`] if nothing can be written there, or the format does not fit.
    pub fn create(path: &Path, format: Format, info: &Info, seed: u64) -> Result<Self, OutputError> {
        let name = path.display().to_string();
        let refused = |error: &dyn std::fmt::Display| OutputError::Refused {
            name: path.display().to_string(),
            what: format!("the FLAC encoder says: {error}"),
        };
        let channels = usize::from(format.channels);
        let bits = usize::from(format.bits.bytes()) * 8;
        let known = format.rate.hz().min(HIGHEST_KNOWN_HZ) as usize;
        let config = config::Encoder::default().into_verified().map_err(|(_, error)| refused(&error))?;
        let mut writer = Self {
            part: Part::create(path)?,
            name,
            format,
            info: info.clone(),
            config,
            stream: StreamInfo::new(known, channels, bits).map_err(|error| refused(&error))?,
            encoder: Encoder::new(format.bits, format.channels, seed),
            bytes: Vec::new(),
            block: FrameBuf::with_size(channels, BLOCK).map_err(|error| refused(&error))?,
            context: Context::new(bits, channels),
            blocks: 0,
            sizes: [usize::MAX, 0],
            frames: 0,
        };
        let head = writer.head();
        writer.put(&head)?;
        Ok(writer)
    }

    /// Frames written so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Says that the sound ends before its time. `recipe` has to be as long as the one at the start.
    pub fn cut_short(&mut self, recipe: Option<String>) {
        (self.info.recipe, self.info.interrupted) = (recipe, true);
    }

    /// Tells the loudness of all that was written.
    pub fn set_loudness(&mut self, loudness: Loudness) {
        self.info.loudness = Some(loudness);
    }

    /// Appends frames, one slice per channel, all of one length.
    ///
    /// # Errors
    /// [`OutputError::Write`], such as a full disk.
    pub fn write(&mut self, channels: &[&[f32]]) -> Result<(), OutputError> {
        let frames = channels.iter().map(|c| c.len()).min().unwrap_or(0);
        let whole = BLOCK * self.format.frame_bytes() as usize;
        // Block by block: what waits is moved on each time, and stays short.
        for from in (0..frames).step_by(BLOCK) {
            let to = (from + BLOCK).min(frames);
            let part: Vec<&[f32]> = channels.iter().map(|c| &c[from..to]).collect();
            self.encoder.encode(&part, &mut self.bytes);
            while self.bytes.len() >= whole {
                self.write_block(whole)?;
            }
        }
        Ok(())
    }

    /// Encodes the first `length` bytes that wait.
    fn write_block(&mut self, length: usize) -> Result<(), OutputError> {
        let rest = self.bytes.split_off(length);
        let samples = std::mem::replace(&mut self.bytes, rest);
        let width = usize::from(self.format.bits.bytes());
        let failed = |error: &dyn std::fmt::Display| OutputError::Refused {
            name: self.name.clone(),
            what: format!("the FLAC encoder says: {error}"),
        };
        let both = (&mut self.block, &mut self.context);
        both.0.fill_le_bytes(&samples, width).map_err(|error| failed(&error))?;
        both.1.fill_le_bytes(&samples, width).map_err(|error| failed(&error))?;
        let frame = flacenc::encode_fixed_size_frame(&self.config, &self.block, self.blocks, &self.stream)
            .map_err(|error| failed(&error))?;
        let mut sink = ByteSink::new();
        frame.write(&mut sink).map_err(|error| failed(&error))?;
        let mut bytes = sink.into_inner();
        if self.format.rate.hz() > HIGHEST_KNOWN_HZ {
            refer_to_head(&mut bytes);
        }
        self.sizes = [self.sizes[0].min(bytes.len()), self.sizes[1].max(bytes.len())];
        self.blocks += 1;
        self.frames += (length / self.format.frame_bytes() as usize) as u64;
        self.put(&bytes)
    }

    /// Completes the file and gives it its name; returns the number of frames.
    ///
    /// # Errors
    /// As [`FlacWriter::write`]; a file that cannot be completed is removed.
    pub fn finish(mut self) -> Result<u64, OutputError> {
        if !self.bytes.is_empty() {
            self.write_block(self.bytes.len())?;
        }
        self.info.sound = Some(hexadecimal(&self.context.md5_digest()));
        let head = self.head();
        self.part.file().seek(SeekFrom::Start(0)).map_err(|error| OutputError::write(&self.name, error))?;
        self.put(&head)?;
        self.part.commit()?;
        Ok(self.frames)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        self.part.file().write_all(bytes).map_err(|error| OutputError::write(&self.name, error))
    }

    /// Everything before the first block, of the same length at the start and at the end.
    fn head(&self) -> Vec<u8> {
        let mut bytes = b"fLaC".to_vec();
        metadata(&mut bytes, 0, false, &self.stream_info());
        let mut all = tags(self.format, &self.info);
        all.extend(late_tags(&self.info));
        metadata(&mut bytes, 4, true, &block(&all));
        bytes
    }

    fn stream_info(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(34);
        bytes.extend_from_slice(&[(BLOCK as u16).to_be_bytes(); 2].concat());
        for size in self.sizes {
            // 0 stands for unknown.
            let size = if self.blocks == 0 { 0 } else { size as u32 };
            bytes.extend_from_slice(&size.to_be_bytes()[1..]);
        }
        let (channels, bits) = (u64::from(self.format.channels), u64::from(self.format.bits.bytes()) * 8);
        let packed = u64::from(self.format.rate.hz()) << 44
            | (channels - 1) << 41
            | (bits - 1) << 36
            | (self.frames & 0xf_ffff_ffff);
        bytes.extend_from_slice(&packed.to_be_bytes());
        bytes.extend_from_slice(&self.context.md5_digest());
        bytes
    }
}

/// Writes a metadata block.
fn metadata(bytes: &mut Vec<u8>, kind: u8, last: bool, content: &[u8]) {
    bytes.push(kind | if last { 0x80 } else { 0 });
    bytes.extend_from_slice(&(content.len() as u32).to_be_bytes()[1..]);
    bytes.extend_from_slice(content);
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes a block take its rate from the stream's head (RFC 9639, 9.1.2), and its checksums right again.
fn refer_to_head(bytes: &mut [u8]) {
    // Synchronisation, sizes and channels; the number of the block as in UTF-8; the size of an odd block.
    let number = match bytes[4].leading_ones() {
        0 => 1,
        ones => ones as usize,
    };
    let size = match bytes[2] >> 4 {
        6 => 1,
        7 => 2,
        _ => 0,
    };
    bytes[2] &= 0xf0;
    let head = 4 + number + size;
    bytes[head] = checksum(&bytes[..head], 8, 0x07) as u8;
    let end = bytes.len() - 2;
    let sum = checksum(&bytes[..end], 16, 0x8005);
    bytes[end..].copy_from_slice(&sum.to_be_bytes());
}

/// A cyclic redundancy check of `width` bits.
fn checksum(bytes: &[u8], width: u32, polynomial: u16) -> u16 {
    let top = 1u32 << (width - 1);
    let mut sum = 0u32;
    for byte in bytes {
        sum ^= u32::from(*byte) << (width - 8);
        for _ in 0..8 {
            let carry = sum & top != 0;
            sum <<= 1;
            if carry {
                sum ^= u32::from(polynomial);
            }
        }
    }
    (sum & ((1 << width) - 1)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Bits;
    use crate::units::SampleRate;

    #[test]
    fn checksums_have_their_known_values() {
        // "123456789": CRC-8 (poly 7) is f4, CRC-16/UMTS (poly 8005) is fee8.
        assert_eq!(checksum(b"123456789", 8, 0x07), 0xf4);
        assert_eq!(checksum(b"123456789", 16, 0x8005), 0xfee8);
    }

    #[test]
    fn a_file_is_as_long_as_what_went_in_and_smaller_than_a_wav() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flac");
        let rate = SampleRate::new(192_000).unwrap();
        let format = Format { rate, channels: 2, bits: Bits::Sixteen, speakers: 0 };
        let info = Info { recipe: Some("r".repeat(100)), ..Info::default() };
        let mut writer = FlacWriter::create(&path, format, &info, 1).unwrap();
        let sound: Vec<f32> = (0..10_001).map(|n| 0.2 * (n as f32 * 0.01).sin()).collect();
        for part in sound.chunks(1000) {
            writer.write(&[part, part]).unwrap();
        }
        assert_eq!(writer.finish().unwrap(), 10_001);
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(&bytes[..4], b"fLaC");
        let packed = u64::from_be_bytes(bytes[18..26].try_into().unwrap());
        assert_eq!((packed >> 44, packed & 0xf_ffff_ffff), (192_000, 10_001));
        assert!(bytes.len() < 30_000, "{}", bytes.len());
    }
}
