//! What a file of ours says about how it was made, read back.
//!
//! Owns finding the recipe in WAV, RF64, FLAC and Ogg Vorbis files and telling whether recipe or samples were changed since.
//! Files come from strangers: every length is checked against the file, nothing is read whole that may be large, and
//! no number of chunks keeps us for ever.

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use crate::preset::plain_io;

use super::{
    flac::hexadecimal,
    info::digest,
    ixml::tagged,
    pages::notes,
    tags::{RECIPE, RECIPE_DIGEST, SOUND_DIGEST, value},
};

/// The longest recipe that is read, bytes.
const LONGEST: u64 = 16 << 20;

/// Most chunks of a file.
const MOST_CHUNKS: usize = 10_000;

/// A recipe as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// How the sound was made.
    pub recipe: String,
    /// Something of it was changed since: "recipe" or "sound".
    pub edited: Option<&'static str>,
    /// The file's length in frames, where that is all that tells whether something is missing.
    pub frames: Option<u64>,
}

/// Why a file tells nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// The system refused.
    #[error("cannot read {name}: {}", plain_io(.source))]
    Io {
        /// As the user wrote it.
        name: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A pipe, a device or a folder.
    #[error("{name} is not a regular file")]
    Special {
        /// As the user wrote it.
        name: String,
    },
    /// Neither WAV nor FLAC nor Ogg.
    #[error("{name} is neither a WAV nor a FLAC nor an Ogg file")]
    Foreign {
        /// As the user wrote it.
        name: String,
    },
    /// A broken file.
    #[error("{name} is damaged: {what}")]
    Damaged {
        /// As the user wrote it.
        name: String,
        /// What, and at which byte.
        what: String,
    },
    /// A sound file of somebody else, or one whose notes an editor has dropped.
    #[error(
        "{name} does not say how it was made: it is not a file of uproar, or an editor has dropped its notes"
    )]
    Silent {
        /// As the user wrote it.
        name: String,
    },
}

/// Reads how a file was made.
///
/// # Errors
/// [`StoredError`], with the name as given.
pub fn read_stored(path: &Path) -> Result<Stored, StoredError> {
    let name = path.display().to_string();
    let io = |source| StoredError::Io { name: name.clone(), source };
    // Looked at before it is opened: a pipe that nobody writes to would be waited for.
    if !path.metadata().map_err(io)?.is_file() {
        return Err(StoredError::Special { name });
    }
    read_stored_from(BufReader::new(File::open(path).map_err(io)?), &name)
}

/// Reads how a file that is anywhere was made, in memory for example; `name` stands in messages.
///
/// # Errors
/// As [`read_stored`].
pub fn read_stored_from(mut file: impl Read + Seek, name: &str) -> Result<Stored, StoredError> {
    let name = name.to_owned();
    let io = |source| StoredError::Io { name: name.clone(), source };
    let length = file.seek(SeekFrom::End(0)).map_err(io)?;
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    let mut reader = Reader { file, name: name.clone(), at: 0, length };
    let mut magic = [0; 4];
    if length < 12 {
        return Err(StoredError::Foreign { name });
    }
    reader.read(&mut magic)?;
    match &magic {
        b"RIFF" | b"RF64" | b"BW64" => reader.wav(),
        b"fLaC" => reader.flac(),
        b"OggS" => reader.ogg(),
        _ => Err(StoredError::Foreign { name }),
    }
}

struct Reader<R> {
    file: R,
    name: String,
    at: u64,
    length: u64,
}

impl<R: Read + Seek> Reader<R> {
    fn damaged(&self, what: String) -> StoredError {
        StoredError::Damaged { name: self.name.clone(), what }
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result<(), StoredError> {
        let outcome = self.file.read_exact(bytes);
        outcome.map_err(|source| StoredError::Io { name: self.name.clone(), source })?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    fn skip_to(&mut self, at: u64) -> Result<(), StoredError> {
        let outcome = self.file.seek(SeekFrom::Start(at));
        outcome.map_err(|source| StoredError::Io { name: self.name.clone(), source })?;
        self.at = at;
        Ok(())
    }

    /// Reads what a chunk holds; its length has been checked against the file.
    fn content(&mut self, length: u64, what: &str) -> Result<Vec<u8>, StoredError> {
        if length > LONGEST {
            return Err(self.damaged(format!("{what} claims {length} bytes")));
        }
        let mut bytes = vec![0; length as usize];
        self.read(&mut bytes)?;
        Ok(bytes)
    }

    fn wav(mut self) -> Result<Stored, StoredError> {
        let mut form = [0; 8];
        self.read(&mut form)?;
        if &form[4..] != b"WAVE" {
            return Err(StoredError::Foreign { name: self.name });
        }
        let (mut xml, mut data, mut long) = (None, None, None);
        for count in 0.. {
            // A byte that fills the last chunk up may be missing.
            if self.length.saturating_sub(self.at) < 8 {
                break;
            }
            if count == MOST_CHUNKS {
                return Err(self.damaged(format!("it has more than {MOST_CHUNKS} chunks")));
            }
            let start = self.at;
            let mut head = [0; 8];
            self.read(&mut head)?;
            let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
            let kind = String::from_utf8_lossy(&head[..4]).escape_default().to_string();
            let left = self.length - self.at;
            let size = match (&head[..4], size, long) {
                (b"data", u32::MAX, Some(long)) => long,
                // A stream that could not go back to say how long it became.
                (b"data", u32::MAX, None) => left,
                _ => u64::from(size),
            };
            if size > left {
                let what =
                    format!("chunk `{kind}` at byte {start} claims {size} bytes, and {left} are there");
                return Err(self.damaged(what));
            }
            let end = self.at + size;
            match &head[..4] {
                b"ds64" if size >= 16 => {
                    let bytes = self.content(size, "ds64")?;
                    let long_bytes: [u8; 8] = std::array::from_fn(|i| bytes[8 + i]);
                    long = Some(u64::from_le_bytes(long_bytes));
                }
                b"iXML" => xml = Some(self.content(size, "iXML")?),
                b"data" => data = Some((self.at, size)),
                _ => {}
            }
            self.skip_to((end + end % 2).min(self.length))?;
        }
        let xml = xml.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let Some(recipe) = tagged(&xml, "RECIPE") else {
            return Err(StoredError::Silent { name: self.name });
        };
        let edited_recipe =
            tagged(&xml, "RECIPE_DIGEST").is_none_or(|known| known != digest(recipe.as_bytes()));
        let sound = tagged(&xml, "SOUND_DIGEST").filter(|known| !known.starts_with('-'));
        let edited_sound = match (sound, data) {
            (Some(known), Some((at, size))) => self.digest(at, size)? != known,
            (Some(_), None) => true,
            // A stream does not know its sound beforehand.
            (None, _) => false,
        };
        Ok(Stored { recipe, edited: edited(edited_recipe, edited_sound), frames: None })
    }

    fn digest(&mut self, at: u64, size: u64) -> Result<String, StoredError> {
        self.skip_to(at)?;
        let mut hasher = blake3::Hasher::new();
        let mut bytes = vec![0; 1 << 16];
        let mut left = size;
        while left > 0 {
            let now = left.min(bytes.len() as u64) as usize;
            self.read(&mut bytes[..now])?;
            hasher.update(&bytes[..now]);
            left -= now as u64;
        }
        Ok(hasher.finalize().to_hex().to_string())
    }

    fn flac(mut self) -> Result<Stored, StoredError> {
        let (mut sound, mut comments) = (None, None);
        for count in 0.. {
            let mut head = [0; 4];
            if count == MOST_CHUNKS || self.length - self.at < 4 {
                return Err(self.damaged("its notes do not end".into()));
            }
            let start = self.at;
            self.read(&mut head)?;
            let size = u64::from(u32::from_be_bytes([0, head[1], head[2], head[3]]));
            let left = self.length - self.at;
            if size > left {
                let what = format!("the block at byte {start} claims {size} bytes, and {left} are there");
                return Err(self.damaged(what));
            }
            let end = self.at + size;
            match head[0] & 0x7f {
                0 if size >= 34 => sound = Some(hexadecimal(&self.content(size, "the head")?[18..34])),
                4 => comments = Some(self.content(size, "the comment")?),
                _ => {}
            }
            self.skip_to(end)?;
            if head[0] & 0x80 != 0 {
                break;
            }
        }
        let comments = comments.unwrap_or_default();
        let Some(recipe) = value(&comments, RECIPE) else {
            return Err(StoredError::Silent { name: self.name });
        };
        let edited_recipe =
            value(&comments, RECIPE_DIGEST).is_none_or(|known| known != digest(recipe.as_bytes()));
        let known = value(&comments, SOUND_DIGEST).map(|known| known.trim_end_matches('-').to_owned());
        let edited_sound = known.is_some_and(|known| !known.is_empty() && Some(known) != sound);
        Ok(Stored { recipe, edited: edited(edited_recipe, edited_sound), frames: None })
    }

    fn ogg(mut self) -> Result<Stored, StoredError> {
        let (comments, frames) =
            notes(&mut self.file, self.length, LONGEST as usize).map_err(|what| self.damaged(what))?;
        let Some(recipe) = value(&comments, RECIPE) else {
            return Err(StoredError::Silent { name: self.name });
        };
        // The notes are written before the sound is known.
        let edited_recipe =
            value(&comments, RECIPE_DIGEST).is_none_or(|known| known != digest(recipe.as_bytes()));
        Ok(Stored { recipe, edited: edited(edited_recipe, false), frames })
    }
}

fn edited(recipe: bool, sound: bool) -> Option<&'static str> {
    if recipe { Some("recipe") } else { sound.then_some("sound") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Bits, Format, Info, SoundWriter};
    use crate::units::SampleRate;

    fn file(folder: &tempfile::TempDir, name: &str) -> std::path::PathBuf {
        let path = folder.path().join(name);
        let format = Format { rate: SampleRate::DEFAULT, channels: 2, bits: Bits::Sixteen, speakers: 0 };
        let info = Info { recipe: Some("{\"a\": \"<&>\"}".into()), ..Info::default() };
        let mut writer = SoundWriter::create(&path, format, &info, 1000, 1).unwrap();
        writer.write(&[&[0.25; 1000], &[-0.25; 1000]]).unwrap();
        writer.finish().unwrap();
        path
    }

    #[test]
    fn what_was_stored_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        for (name, frames) in [("a.wav", None), ("a.flac", None), ("a.ogg", Some(1000))] {
            let stored = read_stored(&file(&folder, name)).unwrap();
            let recipe = "{\"a\": \"<&>\"}".into();
            assert_eq!(stored, Stored { recipe, edited: None, frames }, "{name}");
        }
    }

    #[test]
    fn edits_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder, "a.wav");
        let whole = std::fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        let last = bytes.len() - 3;
        bytes[last] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(read_stored(&path).unwrap().edited, Some("sound"));
        let mut bytes = whole;
        let at = bytes.windows(5).position(|w| w == b"&lt;&").unwrap();
        bytes[at + 1] = b'g';
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(read_stored(&path).unwrap().edited, Some("recipe"));
    }

    #[test]
    fn strangers_and_damaged_files_are_told_and_never_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.wav");
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read_stored(&path)
        };
        assert!(matches!(read(b""), Err(StoredError::Foreign { .. })));
        assert!(matches!(read(b"MThd12345678"), Err(StoredError::Foreign { .. })));
        assert!(matches!(read(b"RIFF\0\0\0\0AVI "), Err(StoredError::Foreign { .. })));
        assert!(matches!(read(b"RIFF\0\0\0\0WAVE"), Err(StoredError::Silent { .. })));
        let huge = read(b"RIFF\0\0\0\0WAVEiXML\xff\xff\xff\x7fabc").unwrap_err().to_string();
        assert!(huge.contains("claims 2147483647 bytes, and 3 are there"), "{huge}");
        let endless = [&b"RIFF\0\0\0\0WAVE"[..], &b"junk\0\0\0\0".repeat(MOST_CHUNKS + 1)].concat();
        assert!(matches!(read(&endless), Err(StoredError::Damaged { .. })));
        assert!(matches!(read(b"fLaC\x04\xff\xff\xff________"), Err(StoredError::Damaged { .. })));
        assert!(matches!(read_stored(folder.path()), Err(StoredError::Special { .. })));
        // None panics, and a WAV that ends too early is noticed; of a FLAC only the head is read.
        for name in ["b.wav", "b.flac"] {
            let bytes = std::fs::read(file(&folder, name)).unwrap();
            for end in (0..bytes.len()).step_by(7) {
                let noticed = read(&bytes[..end]).map_or(true, |stored| stored.edited.is_some());
                assert!(noticed || name == "b.flac", "{name} {end}");
            }
        }
    }
}
