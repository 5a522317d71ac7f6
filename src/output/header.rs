//! Headers of WAV files.
//!
//! Owns the bytes before the samples: RIFF/WAVE (Microsoft 1991, WAVE_FORMAT_EXTENSIBLE 2001) and
//! RF64 (EBU Tech 3306, ITU-R BS.2088) for data beyond 4 GiB. Does not own files or samples.

use super::{format::Bits, wav::Format};

/// Texts that travel inside the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Title of the piece: INAM.
    pub title: String,
    /// How it was made (preset, phrase, seed): ICMT.
    pub comment: String,
    /// The whole file is a loop: a `smpl` chunk says so.
    pub looped: bool,
}

/// A header and where its lengths stand.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    /// Everything up to the first sample.
    pub bytes: Vec<u8>,
    large: bool,
    riff_at: usize,
    fact_at: Option<usize>,
    /// Where the last frame of the loop stands.
    loop_end_at: Option<usize>,
    data_at: usize,
}

/// Frames that make a plain RIFF impossible are counted in the header as this.
const UNKNOWN: u32 = u32::MAX;

impl Header {
    /// A header for `frames` frames; `None` if the length is not known (plain streams only).
    pub fn new(format: Format, info: &Info, frames: Option<u64>) -> Self {
        let list = list(info);
        // 512 bytes cover every chunk but the data and the list.
        let total = frames.map_or(0, |n| n.saturating_mul(format.frame_bytes()) + list.len() as u64 + 512);
        let large = total > u64::from(u32::MAX);
        let mut bytes = Vec::new();
        bytes.extend_from_slice(if large { b"RF64" } else { b"RIFF" });
        bytes.extend_from_slice(&UNKNOWN.to_le_bytes());
        bytes.extend_from_slice(b"WAVE");
        let riff_at = if large {
            chunk(&mut bytes, b"ds64", &[0; 28]);
            bytes.len() - 28
        } else {
            4
        };
        chunk(&mut bytes, b"fmt ", &fmt(format));
        let fact_at = (format.bits == Bits::Float).then(|| {
            chunk(&mut bytes, b"fact", &UNKNOWN.to_le_bytes());
            bytes.len() - 4
        });
        bytes.extend_from_slice(&list);
        let loop_end_at = info.looped.then(|| {
            chunk(&mut bytes, b"smpl", &smpl(format));
            bytes.len() - 12
        });
        bytes.extend_from_slice(b"data");
        bytes.extend_from_slice(&UNKNOWN.to_le_bytes());
        let data_at = bytes.len() - 4;
        let mut header = Self { bytes, large, riff_at, fact_at, loop_end_at, data_at };
        if let Some(frames) = frames {
            header.set_frames(format, frames);
        }
        header
    }

    /// True if `frames` fit the kind of header that was chosen.
    pub fn fits(&self, format: Format, frames: u64) -> bool {
        let data = frames.saturating_mul(format.frame_bytes());
        self.large || data.saturating_add(self.bytes.len() as u64) <= u64::from(u32::MAX)
    }

    /// Writes the lengths for `frames` frames into the bytes.
    pub fn set_frames(&mut self, format: Format, frames: u64) {
        let data = frames * format.frame_bytes();
        if let Some(at) = self.loop_end_at {
            self.put(at, &clip(frames.saturating_sub(1)));
        }
        let riff = data + data % 2 + self.bytes.len() as u64 - 8;
        if self.large {
            self.put(self.riff_at, &riff.to_le_bytes());
            self.put(self.riff_at + 8, &data.to_le_bytes());
            self.put(self.riff_at + 16, &frames.to_le_bytes());
        } else {
            self.put(self.riff_at, &clip(riff));
            self.put(self.data_at, &clip(data));
            if let Some(at) = self.fact_at {
                self.put(at, &clip(frames));
            }
        }
    }

    fn put(&mut self, at: usize, value: &[u8]) {
        self.bytes[at..at + value.len()].copy_from_slice(value);
    }
}

fn clip(n: u64) -> [u8; 4] {
    u32::try_from(n).unwrap_or(UNKNOWN).to_le_bytes()
}

fn chunk(bytes: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(&(content.len() as u32).to_le_bytes());
    bytes.extend_from_slice(content);
    if content.len() % 2 == 1 {
        bytes.push(0);
    }
}

fn list(info: &Info) -> Vec<u8> {
    let mut content = b"INFO".to_vec();
    let software = concat!("uproar ", env!("CARGO_PKG_VERSION"));
    for (name, text) in [(b"INAM", info.title.as_str()), (b"ICMT", &info.comment), (b"ISFT", software)] {
        if !text.is_empty() {
            // Texts end in a zero; more than a few lines would not be read by anybody.
            let mut text: Vec<u8> = text.chars().take(1000).collect::<String>().into_bytes();
            text.push(0);
            chunk(&mut content, name, &text);
        }
    }
    let mut bytes = Vec::new();
    chunk(&mut bytes, b"LIST", &content);
    bytes
}

/// One loop, forward, without end, from the first frame to the last (which is filled in later). The note is middle
/// C, for a sampler has to be told one.
fn smpl(format: Format) -> Vec<u8> {
    const MIDDLE_C: u32 = 60;
    let nanoseconds = 1_000_000_000 / format.rate.hz();
    // Maker, product, period, note, fraction, SMPTE format and offset, loops, bytes of the maker.
    let sampler = [0, 0, nanoseconds, MIDDLE_C, 0, 0, 0, 1, 0];
    // Name, kind (0: forward), first and last frame, fraction, times (0: for ever).
    let around = [0, 0, 0, UNKNOWN, 0, 0];
    sampler.into_iter().chain(around).flat_map(u32::to_le_bytes).collect()
}

/// Format tags.
const PCM: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xfffe;

/// Bytes 4 to 15 of the sub-format of WAVE_FORMAT_EXTENSIBLE.
const SUBFORMAT: [u8; 14] =
    [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];

fn fmt(format: Format) -> Vec<u8> {
    let frame = format.frame_bytes() as u16;
    let rate = format.rate.hz();
    let bits = format.bits.bytes() * 8;
    // More than 16 bits or two channels call for the extensible form.
    let extensible = format.bits == Bits::TwentyFour || format.channels > 2;
    let tag = if format.bits == Bits::Float { FLOAT } else { PCM };
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&(if extensible { EXTENSIBLE } else { tag }).to_le_bytes());
    bytes.extend_from_slice(&format.channels.to_le_bytes());
    bytes.extend_from_slice(&rate.to_le_bytes());
    bytes.extend_from_slice(&(rate * u32::from(frame)).to_le_bytes());
    bytes.extend_from_slice(&frame.to_le_bytes());
    bytes.extend_from_slice(&bits.to_le_bytes());
    if extensible {
        bytes.extend_from_slice(&22u16.to_le_bytes());
        bytes.extend_from_slice(&bits.to_le_bytes());
        // One speaker: front centre; two: front left and right; more: as the layout says.
        let speakers: u32 = match format.channels {
            1 => 0x4,
            2 => 0x3,
            _ => format.speakers,
        };
        bytes.extend_from_slice(&speakers.to_le_bytes());
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&SUBFORMAT);
    } else if tag == FLOAT {
        bytes.extend_from_slice(&0u16.to_le_bytes());
    }
    bytes
}
