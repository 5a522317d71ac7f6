//! One way to write sound, whatever the file is.
//!
//! Owns the choice of a container by the ending of a name. Does not own any container.

use std::path::Path;

use crate::analysis::Loudness;

use super::{
    error::OutputError,
    flac::FlacWriter,
    format::Bits,
    info::Info,
    ogg::OggWriter,
    wav::{Format, WavWriter},
};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// WAV, RF64 beyond 4 GiB.
    Wav,
    /// FLAC: the same samples in about half the space.
    Flac,
    /// Ogg Vorbis: lossy, for game engines.
    Ogg,
}

/// Endings that are WAV.
const WAV: [&str; 4] = ["wav", "wave", "bwf", "rf64"];

impl Container {
    /// The container that the ending of a name asks for. A name without an ending, a stream or a device is WAV.
    ///
    /// # Errors
    /// [`OutputError::Ending`] for any other.
    pub fn of(path: &Path) -> Result<Self, OutputError> {
        let device = path.metadata().is_ok_and(|m| !m.is_file() && !m.is_dir());
        let Some(ending) = path.extension().filter(|_| !device) else { return Ok(Self::Wav) };
        match ending.to_string_lossy().to_lowercase().as_str() {
            ending if WAV.contains(&ending) => Ok(Self::Wav),
            "flac" => Ok(Self::Flac),
            "ogg" | "oga" => Ok(Self::Ogg),
            ending => {
                Err(OutputError::Ending { name: path.display().to_string(), ending: ending.to_owned() })
            }
        }
    }

    /// True if a name looks like sound rather than like a preset.
    pub fn is_named_by(path: &Path) -> bool {
        path.extension().is_some() && Self::of(path).is_ok()
    }

    /// Finds out whether a format fits.
    ///
    /// # Errors
    /// [`OutputError::Refused`], naming what the container can hold.
    pub fn check(self, path: &Path, format: Format) -> Result<(), OutputError> {
        let refused = |what: String| Err(OutputError::Refused { name: path.display().to_string(), what });
        match self {
            Self::Flac if format.bits == Bits::Float => {
                refused("FLAC holds whole numbers: --bits 16 or 24, or a .wav for 32f".into())
            }
            Self::Flac if format.channels > 8 => {
                refused(format!("FLAC holds up to 8 channels, not {}: write a .wav", format.channels))
            }
            Self::Ogg if format.channels > 8 => refused(format!(
                "Vorbis has places for up to 8 channels, not {}: write a .wav",
                format.channels
            )),
            _ => Ok(()),
        }
    }
}

/// Sound on its way into a file of any kind.
#[derive(Debug)]
pub enum SoundWriter {
    /// Into a WAV.
    Wav(Box<WavWriter>),
    /// Into a FLAC.
    Flac(Box<FlacWriter>),
    /// Into an Ogg Vorbis.
    Ogg(Box<OggWriter>),
}

impl SoundWriter {
    /// Starts the file that the ending of `path` asks for; the arguments are those of [`WavWriter::create`].
    ///
    /// # Errors
    /// [`OutputError`]; nothing has been left behind.
    pub fn create(
        path: &Path,
        format: Format,
        info: &Info,
        frames: u64,
        seed: u64,
    ) -> Result<Self, OutputError> {
        let container = Container::of(path)?;
        container.check(path, format)?;
        Ok(match container {
            Container::Wav => Self::Wav(Box::new(WavWriter::create(path, format, info, frames, seed)?)),
            Container::Flac => Self::Flac(Box::new(FlacWriter::create(path, format, info, seed)?)),
            Container::Ogg => Self::Ogg(Box::new(OggWriter::create(path, format, info, seed)?)),
        })
    }

    /// Frames written so far.
    pub fn frames(&self) -> u64 {
        match self {
            Self::Wav(writer) => writer.frames(),
            Self::Flac(writer) => writer.frames(),
            Self::Ogg(writer) => writer.frames(),
        }
    }

    /// Appends frames, one slice per channel, all of one length.
    ///
    /// # Errors
    /// As [`WavWriter::write`].
    pub fn write(&mut self, channels: &[&[f32]]) -> Result<(), OutputError> {
        match self {
            Self::Wav(writer) => writer.write(channels),
            Self::Flac(writer) => writer.write(channels),
            Self::Ogg(writer) => writer.write(channels),
        }
    }

    /// Tells the loudness of all that was written, to be stored where there is room for it afterwards.
    pub fn set_loudness(&mut self, loudness: Loudness) {
        match self {
            Self::Wav(writer) => writer.set_loudness(loudness),
            Self::Flac(writer) => writer.set_loudness(loudness),
            Self::Ogg(_) => {}
        }
    }

    /// Says that the sound ends before its time; a file of Vorbis has told its notes already. `recipe` has to be as
    /// long as the one at the start.
    pub fn cut_short(&mut self, recipe: Option<String>) {
        match self {
            Self::Wav(writer) => writer.cut_short(recipe),
            Self::Flac(writer) => writer.cut_short(recipe),
            Self::Ogg(_) => {}
        }
    }

    /// Completes the file and gives it its name; returns the number of frames.
    ///
    /// # Errors
    /// As [`WavWriter::finish`].
    pub fn finish(self) -> Result<u64, OutputError> {
        match self {
            Self::Wav(writer) => writer.finish(),
            Self::Flac(writer) => writer.finish(),
            Self::Ogg(writer) => writer.finish(),
        }
    }
}

impl From<WavWriter> for SoundWriter {
    fn from(writer: WavWriter) -> Self {
        Self::Wav(Box::new(writer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_choose_and_unknown_ones_are_refused() {
        for (name, container) in [
            ("a.wav", Container::Wav),
            ("a.WAV", Container::Wav),
            ("a", Container::Wav),
            ("-", Container::Wav),
            ("a.flac", Container::Flac),
            ("b/a.ogg", Container::Ogg),
        ] {
            assert_eq!(Container::of(Path::new(name)).unwrap(), container, "{name}");
        }
        for name in ["a.mp3", "a.toml", "a.wav.opus"] {
            assert!(matches!(Container::of(Path::new(name)), Err(OutputError::Ending { .. })), "{name}");
        }
    }
}
