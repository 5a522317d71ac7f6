//! The files of stems.
//!
//! Owns their folder, names and format: 32-bit float, so that their sum is the mix to the last bits. Does not own
//! what is in them.

use std::path::{Path, PathBuf};

use crate::{
    engine::Outputs,
    output::{Bits, Format, Info, OutputError, WavWriter},
};

use super::{about, failure::Failure, recipe::Recipe};

/// The stems that are being written.
pub(crate) struct StemFiles {
    /// For each stem of the engine its file, or none where nothing can ever be heard.
    writers: Vec<Option<WavWriter>>,
    channels: usize,
    folder: PathBuf,
}

impl StemFiles {
    /// Starts a file for every stem of `outputs` in `folder`, which is made if need be.
    pub fn create(
        folder: &Path,
        outputs: &Outputs,
        format: Format,
        info: &Info,
        recipe: &Recipe,
        frames: u64,
    ) -> Result<Self, Failure> {
        make_folder(folder)?;
        let format = Format { bits: Bits::Float, ..format };
        let writer = |name: &str| {
            let info = about::stem(info, recipe, name, Bits::Float);
            // Floats are not dithered: the seed does not matter.
            WavWriter::create(&folder.join(format!("{name}.wav")), format, &info, frames, 0)
        };
        let writers = outputs
            .stems
            .iter()
            .map(|stem| if stem.used { writer(&stem.name).map(Some) } else { Ok(None) })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { writers, channels: outputs.mix_channels(), folder: folder.to_owned() })
    }

    /// Appends the frames of all stems, channel by channel.
    pub fn write(&mut self, channels: &[&[f32]]) -> Result<(), Failure> {
        for (writer, part) in self.writers.iter_mut().zip(channels.chunks_exact(self.channels)) {
            if let Some(writer) = writer {
                writer.write(part)?;
            }
        }
        Ok(())
    }

    /// Says in all files that Ctrl-C came after so many frames.
    pub fn cut_short(&mut self, outputs: &Outputs, recipe: &Recipe, frames: u64) {
        for (writer, stem) in self.writers.iter_mut().zip(&outputs.stems) {
            if let Some(writer) = writer {
                writer.cut_short(recipe.of_stem(&stem.name, Bits::Float).interrupted(frames));
            }
        }
    }

    /// Completes all files; says where they are.
    pub fn finish(self) -> Result<String, Failure> {
        let mut count = 0;
        for writer in self.writers.into_iter().flatten() {
            writer.finish()?;
            count += 1;
        }
        Ok(format!("{count} stems in {}", self.folder.display()))
    }
}

/// Makes a folder and those above it.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Failure> {
    if folder.exists() && !folder.is_dir() {
        return Err(OutputError::NotFolder { name: folder.display().to_string() }.into());
    }
    std::fs::create_dir_all(folder)
        .map_err(|source| OutputError::Create { name: folder.display().to_string(), source })?;
    Ok(())
}
