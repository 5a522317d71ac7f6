//! Reads WAV files that anybody may have made, frame by frame.
//!
//! Owns RIFF, RF64 and BW64 files with integer samples of 8 to 32 bits or floats of 32 or 64, files cut short, and
//! the markers in them. Nothing a file says is believed: memory does not depend on it, lengths are held against the
//! file's own, and what is not finite is silence. Output: planar, 1.0 = full scale. Does not own other formats.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use crate::units::SampleRate;

/// Most chunks that are looked at, most channels, most bytes of a chunk of texts, most markers.
const CHUNKS: usize = 10_000;
const CHANNELS: u16 = 64;
const TEXTS: u64 = 1 << 20;
const MARKERS: usize = 1000;

/// Frames that are handed out at once.
pub const READ_FRAMES: usize = 4096;

/// Why a sound file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {message}{}", .byte.map_or(String::new(), |byte| format!(" (byte {byte})")))]
pub struct ReadError {
    /// The file, as the user wrote it.
    pub name: String,
    /// Where in the file.
    pub byte: Option<u64>,
    /// What is wrong.
    pub message: String,
    /// What to try.
    pub hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sample {
    U8,
    I16,
    I24,
    I32,
    F32,
    F64,
}

impl Sample {
    fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::I16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::U8 => "8 bit",
            Self::I16 => "16 bit",
            Self::I24 => "24 bit",
            Self::I32 => "32 bit",
            Self::F32 => "32 bit float",
            Self::F64 => "64 bit float",
        }
    }

    fn decode(self, b: &[u8]) -> f32 {
        let value = match self {
            Self::U8 => (f32::from(b[0]) - 128.0) / 128.0,
            Self::I16 => f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0,
            Self::I24 => (i32::from_le_bytes([0, b[0], b[1], b[2]]) >> 8) as f32 / 8_388_608.0,
            Self::I32 => i32::from_le_bytes([b[0], b[1], b[2], b[3]]) as f32 / 2_147_483_648.0,
            Self::F32 => f32::from_le_bytes([b[0], b[1], b[2], b[3]]),
            Self::F64 => f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]) as f32,
        };
        // A thousand times full scale is no sound any more and would only spoil the sums.
        if value.is_finite() { value.clamp(-1000.0, 1000.0) } else { 0.0 }
    }
}

/// A sound file being read.
#[derive(Debug)]
pub struct WavReader<R = BufReader<File>> {
    source: R,
    name: String,
    rate: SampleRate,
    channels: usize,
    sample: Sample,
    data_at: u64,
    frames: u64,
    read: u64,
    missing: u64,
    length: u64,
    bytes: Vec<u8>,
}

impl WavReader<BufReader<File>> {
    /// Opens a file and reads up to its first frame.
    ///
    /// # Errors
    /// [`ReadError`]: not there, not WAV, compressed, or a header that contradicts itself.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let name = path.display().to_string();
        let io = |error: io::Error| {
            fail(&name, None, format!("cannot be read: {}", crate::preset::plain_io(&error)))
        };
        let kind = path.metadata().map_err(io)?;
        if !kind.is_file() {
            return Err(fail(&name, None, "is not a regular file".into()));
        }
        Self::new(BufReader::new(File::open(path).map_err(io)?), &name)
    }
}

impl<R: Read + Seek> WavReader<R> {
    /// Reads up to the first frame of a file that is anywhere, in memory for example; `name` stands in messages.
    ///
    /// # Errors
    /// As [`WavReader::open`].
    pub fn new(mut source: R, name: &str) -> Result<Self, ReadError> {
        let name = name.to_owned();
        let io = |error: io::Error| {
            fail(&name, None, format!("cannot be read: {}", crate::preset::plain_io(&error)))
        };
        let length = source.seek(SeekFrom::End(0)).map_err(io)?;
        source.seek(SeekFrom::Start(0)).map_err(io)?;
        let mut head = [0; 12];
        let got = read_up_to(&mut source, &mut head).map_err(io)?;
        check_head(&name, &head[..got])?;
        let (mut format, mut long_data) = (None, None);
        let mut at = 12;
        for _ in 0..CHUNKS {
            let mut chunk = [0; 8];
            if read_up_to(&mut source, &mut chunk).map_err(io)? < 8 {
                return Err(fail(&name, Some(at), "ends before any sound: there is no data chunk".into()));
            }
            let size = u64::from(u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]));
            let rest = length.saturating_sub(at + 8);
            match &chunk[..4] {
                b"data" => {
                    let Some((rate, channels, sample)) = format else {
                        return Err(fail(&name, Some(at), "the sound comes before its format (fmt )".into()));
                    };
                    let told = if size == u64::from(u32::MAX) { long_data.unwrap_or(rest) } else { size };
                    // Writers into pipes leave 0; then the sound goes on to the end.
                    let told = if told == 0 { rest } else { told };
                    let frame = (channels * Sample::bytes(sample)) as u64;
                    let (frames, missing) =
                        (told.min(rest) / frame, told.saturating_sub(rest).div_ceil(frame));
                    let bytes = vec![0; READ_FRAMES * frame as usize];
                    let (data_at, read) = (at + 8, 0);
                    return Ok(Self {
                        source,
                        name,
                        rate,
                        channels,
                        sample,
                        data_at,
                        frames,
                        read,
                        missing,
                        length,
                        bytes,
                    });
                }
                b"fmt " => {
                    let mut body = [0; 40];
                    let wanted = size.min(40) as usize;
                    let got = read_up_to(&mut source, &mut body[..wanted]).map_err(io)?;
                    format = Some(read_format(&name, at, &body[..got])?);
                }
                b"ds64" => {
                    let mut body = [0; 16];
                    if read_up_to(&mut source, &mut body).map_err(io)? == 16 {
                        long_data = body[8..].try_into().ok().map(u64::from_le_bytes);
                    }
                }
                _ => {}
            }
            // Chunks have an even length.
            at = at.saturating_add(8 + size + size % 2);
            source.seek(SeekFrom::Start(at)).map_err(io)?;
        }
        Err(fail(&name, Some(at), format!("more than {CHUNKS} chunks and no sound")))
    }

    /// Frames per second.
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Frames that are there.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Frames that the header promises and the file does not hold.
    pub fn missing_frames(&self) -> u64 {
        self.missing
    }

    /// How samples are stored: `24 bit`.
    pub fn sample_name(&self) -> &'static str {
        self.sample.name()
    }

    /// Goes to a frame.
    ///
    /// # Errors
    /// [`ReadError`] if the system refuses.
    pub fn seek(&mut self, frame: u64) -> Result<(), ReadError> {
        self.read = frame.min(self.frames);
        let at = self.data_at + self.read * (self.channels * self.sample.bytes()) as u64;
        self.source.seek(SeekFrom::Start(at)).map(drop).map_err(|error| self.io(&error))
    }

    /// Reads the next frames, at most [`READ_FRAMES`], into one vector per channel; the number read, 0 at the end.
    ///
    /// # Errors
    /// [`ReadError`] if the system refuses.
    pub fn read(&mut self, channels: &mut Vec<Vec<f32>>) -> Result<usize, ReadError> {
        channels.resize_with(self.channels, Vec::new);
        channels.iter_mut().for_each(Vec::clear);
        let width = self.sample.bytes();
        let frame = width * self.channels;
        let wanted = (self.frames - self.read).min(READ_FRAMES as u64) as usize;
        let got = read_up_to(&mut self.source, &mut self.bytes[..wanted * frame]).map_err(|e| self.io(&e))?;
        let frames = got / frame;
        for bytes in self.bytes[..frames * frame].chunks_exact(frame) {
            for (channel, bytes) in channels.iter_mut().zip(bytes.chunks_exact(width)) {
                channel.push(self.sample.decode(bytes));
            }
        }
        // A file that shrinks while it is read is over.
        self.read = if frames < wanted { self.frames } else { self.read + frames as u64 };
        Ok(frames)
    }

    /// Markers behind the sound: frame and name, in order of time. A damaged list is as good as none.
    pub fn markers(&mut self) -> Vec<(u64, String)> {
        let mut at = self.data_at + self.frames * (self.channels * self.sample.bytes()) as u64;
        at += at % 2;
        let mut cues: Vec<(u32, u64)> = Vec::new();
        let mut names: Vec<(u32, String)> = Vec::new();
        // Some writers put them before the sound.
        for start in [12, at] {
            at = start;
            for _ in 0..CHUNKS {
                let Some((name, body, next)) = self.chunk(at) else { break };
                match &name {
                    b"data" => break,
                    b"cue " => cues.extend(
                        body.get(4..)
                            .unwrap_or(&[])
                            .chunks_exact(24)
                            .map(|c| (word(&c[..4]), u64::from(word(&c[20..24])))),
                    ),
                    b"LIST" if body.starts_with(b"adtl") => names.extend(labels(&body[4..])),
                    _ => {}
                }
                cues.truncate(MARKERS);
                names.truncate(MARKERS);
                at = next;
            }
        }
        let name = |id| names.iter().find(|(n, _)| *n == id).map_or(String::new(), |(_, name)| name.clone());
        let mut markers: Vec<(u64, String)> =
            cues.into_iter().filter(|(_, at)| *at < self.frames).map(|(id, at)| (at, name(id))).collect();
        markers.sort();
        markers
    }

    /// Name and contents of the chunk at a byte (empty if too large), and where the next one begins.
    fn chunk(&mut self, at: u64) -> Option<([u8; 4], Vec<u8>, u64)> {
        if at + 8 > self.length {
            return None;
        }
        self.source.seek(SeekFrom::Start(at)).ok()?;
        let mut head = [0; 8];
        self.source.read_exact(&mut head).ok()?;
        let size = u64::from(word(&head[4..]));
        let mut body = Vec::new();
        if size <= TEXTS && &head[..4] != b"data" {
            (&mut self.source).take(size).read_to_end(&mut body).ok()?;
        }
        Some(([head[0], head[1], head[2], head[3]], body, at.checked_add(8 + size + size % 2)?))
    }

    fn io(&self, error: &io::Error) -> ReadError {
        fail(&self.name, None, format!("cannot be read: {}", crate::preset::plain_io(error)))
    }
}

fn fail(name: &str, byte: Option<u64>, message: String) -> ReadError {
    ReadError { name: name.to_owned(), byte, message, hint: None }
}

fn word(bytes: &[u8]) -> u32 {
    bytes.get(..4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

/// `labl` entries of a list: number and text.
fn labels(mut list: &[u8]) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    while list.len() >= 8 && found.len() < MARKERS {
        let size = word(&list[4..]) as usize;
        let body = list.get(8..8usize.saturating_add(size)).unwrap_or(&list[8..]);
        if list.starts_with(b"labl") && body.len() > 4 {
            let text = body[4..].split(|b| *b == 0).next().unwrap_or(&[]);
            let text: String =
                String::from_utf8_lossy(text).chars().filter(|c| !c.is_control()).take(100).collect();
            found.push((word(body), text));
        }
        list = list.get(8usize.saturating_add(size + size % 2)..).unwrap_or(&[]);
    }
    found
}

fn read_up_to(source: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < bytes.len() {
        match source.read(&mut bytes[got..]) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

/// Beginnings of other files that people have sound in.
const OTHERS: [(&[u8], &str); 7] = [
    (b"fLaC", "FLAC"),
    (b"OggS", "Ogg"),
    (b"ID3", "MP3"),
    (b"\xff\xfb", "MP3"),
    (b"FORM", "AIFF"),
    (b"caff", "CAF"),
    (b"RIFX", "big-endian WAV"),
];

fn check_head(name: &str, head: &[u8]) -> Result<(), ReadError> {
    let riff = [b"RIFF", b"RF64", b"BW64"].iter().any(|magic| head.starts_with(*magic));
    if riff && head.get(8..12) == Some(b"WAVE") {
        return Ok(());
    }
    let other = OTHERS.iter().find(|(magic, _)| head.starts_with(magic));
    let message = match other {
        Some((_, kind)) => format!("is not a WAV file but {kind}"),
        None if head.is_empty() => "is empty".into(),
        None => "is not a WAV file: it does not begin with RIFF and WAVE".into(),
    };
    let hint =
        (!head.is_empty()).then(|| "make a WAV of it first, for example: ffmpeg -i SOUND sound.wav".into());
    Err(ReadError { hint, ..fail(name, Some(0), message) })
}

fn read_format(name: &str, at: u64, body: &[u8]) -> Result<(SampleRate, usize, Sample), ReadError> {
    let wrong = |offset: u64, message: String| fail(name, Some(at + 8 + offset), message);
    if body.len() < 16 {
        return Err(wrong(0, "the format (fmt ) is cut short".into()));
    }
    let half = |n: usize| u16::from_le_bytes([body[n], body[n + 1]]);
    let (channels, hz, frame) = (half(2), word(&body[4..]), half(12));
    // The extensible form has the true tag further on.
    let tag = if half(0) == 0xfffe && body.len() >= 26 { half(24) } else { half(0) };
    if channels == 0 || channels > CHANNELS {
        return Err(wrong(2, format!("{channels} channels: 1 to {CHANNELS} can be read")));
    }
    let rate = SampleRate::measured(hz)
        .ok_or_else(|| wrong(4, format!("{hz} frames per second: 1000 to 768000 can be read")))?;
    if frame % channels != 0 {
        return Err(wrong(
            12,
            format!("{frame} bytes of a frame are not shared evenly by {channels} channels"),
        ));
    }
    let sample = match (tag, frame / channels) {
        (1, 1) => Sample::U8,
        (1, 2) => Sample::I16,
        (1, 3) => Sample::I24,
        (1, 4) => Sample::I32,
        (3, 4) => Sample::F32,
        (3, 8) => Sample::F64,
        (1 | 3, bytes) => return Err(wrong(12, format!("samples of {bytes} bytes cannot be read"))),
        (tag, _) => {
            let hint = "make a plain WAV of it first: ffmpeg -i SOUND sound.wav".to_owned();
            let message = format!("the sound is compressed (format {tag})");
            return Err(ReadError { hint: Some(hint), ..wrong(0, message) });
        }
    };
    Ok((rate, usize::from(channels), sample))
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
