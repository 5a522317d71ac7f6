//! Headers of WAV files.
//!
//! Owns the order of chunks before the samples: RIFF/WAVE (Microsoft 1991, WAVE_FORMAT_EXTENSIBLE 2001) and
//! RF64 (EBU Tech 3306, ITU-R BS.2088) for data beyond 4 GiB. Does not own files or samples.

use super::{
    bext::{bext, chunk, cues, even},
    format::Bits,
    info::{Info, SOFTWARE},
    ixml::ixml,
    wav::Format,
};

/// Lengths that stand elsewhere (RF64), or are not known, are counted as this.
const UNKNOWN: u32 = u32::MAX;

/// Bytes of the chunk that holds long lengths. It is reserved in every file, so that a file may grow beyond 4 GiB.
const LONG: usize = 28;

/// Everything up to the first sample, for `frames` frames, `least` bytes or more.
///
/// Its length does not depend on `frames`, nor on the parts of `info` that become known at the end; where marks are
/// gone, `least` keeps it.
pub(crate) fn header(format: Format, info: &Info, frames: u64, least: usize) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WAVE".to_vec();
    chunk(&mut bytes, b"JUNK", &[0; LONG]);
    chunk(&mut bytes, b"bext", &bext(format, info));
    chunk(&mut bytes, b"fmt ", &fmt(format));
    let fact_at = (format.bits == Bits::Float).then(|| {
        chunk(&mut bytes, b"fact", &clip(frames));
        bytes.len() - 4
    });
    if let Some((points, labels)) = cues(info) {
        chunk(&mut bytes, b"cue ", &points);
        chunk(&mut bytes, b"LIST", &labels);
    }
    chunk(&mut bytes, b"LIST", &texts(info));
    let mut xml = ixml(format, info).into_bytes();
    even(&mut xml, b'\n');
    chunk(&mut bytes, b"iXML", &xml);
    if info.looped {
        chunk(&mut bytes, b"smpl", &smpl(format, frames));
    }
    if let Some(gap) = least.checked_sub(bytes.len() + 2 * CHUNK_HEAD) {
        chunk(&mut bytes, b"JUNK", &vec![0; gap]);
    }
    bytes.extend_from_slice(b"data");
    let data = frames.saturating_mul(format.frame_bytes());
    bytes.extend_from_slice(&clip(data));
    let data_at = bytes.len() - 4;
    let riff = data.saturating_add(data % 2 + bytes.len() as u64 - 8);
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    if riff > u64::from(u32::MAX) {
        put(0, b"RF64");
        put(4, &UNKNOWN.to_le_bytes());
        put(12, b"ds64");
        put(20, &riff.to_le_bytes());
        put(28, &data.to_le_bytes());
        put(36, &frames.to_le_bytes());
        put(data_at, &UNKNOWN.to_le_bytes());
        if let Some(at) = fact_at {
            put(at, &UNKNOWN.to_le_bytes());
        }
    } else {
        put(4, &clip(riff));
    }
    bytes
}

/// Name and length of a chunk, bytes.
const CHUNK_HEAD: usize = 8;

/// True if a header says that lengths are long.
pub(crate) fn is_long(header: &[u8]) -> bool {
    header.starts_with(b"RF64")
}

fn clip(n: u64) -> [u8; 4] {
    u32::try_from(n).unwrap_or(UNKNOWN).to_le_bytes()
}

fn texts(info: &Info) -> Vec<u8> {
    let mut content = b"INFO".to_vec();
    for (name, text) in [(b"INAM", info.title.as_str()), (b"ICMT", &info.comment), (b"ISFT", SOFTWARE)] {
        if !text.is_empty() {
            // Texts end in a zero; more than a few lines would not be read by anybody.
            let mut text: Vec<u8> = text.chars().take(1000).collect::<String>().into_bytes();
            text.push(0);
            chunk(&mut content, name, &text);
        }
    }
    content
}

/// One loop, forward, without end, from the first frame to the last. The note is middle C, for a sampler has to be told one.
fn smpl(format: Format, frames: u64) -> Vec<u8> {
    const MIDDLE_C: u32 = 60;
    let nanoseconds = 1_000_000_000 / format.rate.hz();
    // Maker, product, period, note, fraction, SMPTE format and offset, loops, bytes of the maker.
    let sampler = [0, 0, nanoseconds, MIDDLE_C, 0, 0, 0, 1, 0];
    // Name, kind (0: forward), first and last frame, fraction, times (0: for ever).
    let last = u32::try_from(frames.saturating_sub(1)).unwrap_or(UNKNOWN);
    let around = [0, 0, 0, last, 0, 0];
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
    let usual = match format.channels {
        1 => 0x4,
        2 => 0x3,
        _ => 0,
    };
    let odd = format.channels <= 2 && format.speakers != 0 && format.speakers != usual;
    let extensible = format.bits == Bits::TwentyFour || format.channels > 2 || odd;
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
        // Unless told otherwise one speaker is front centre, two are front left and right.
        let speakers: u32 = if format.speakers == 0 { usual } else { format.speakers };
        bytes.extend_from_slice(&speakers.to_le_bytes());
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&SUBFORMAT);
    } else if tag == FLOAT {
        bytes.extend_from_slice(&0u16.to_le_bytes());
    }
    bytes
}
