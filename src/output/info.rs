//! What a file says of itself, beside its samples.
//!
//! Owns the facts and the words of short descriptions. How they are laid out in a file belongs to [`super::bext`],
//! [`super::ixml`] and [`super::tags`].

use crate::analysis::Loudness;
use crate::scene::FrameRate;

/// A named moment of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Frame of the file.
    pub frame: u64,
    /// What begins there.
    pub name: String,
}

/// Texts and facts that travel inside the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Info {
    /// Title of the piece.
    pub title: String,
    /// How it was made (preset, phrase, seed).
    pub comment: String,
    /// Name of the preset.
    pub preset: String,
    /// What the crowd chants.
    pub phrase: String,
    /// What everything random came from.
    pub seed: u64,
    /// Frames since midnight at which the file begins (TimeReference).
    pub start_frame: u64,
    /// How the picture that it belongs to counts its frames.
    pub picture: Option<FrameRate>,
    /// What begins when, in order.
    pub marks: Vec<Mark>,
    /// Everything that is needed to make the same samples again, and its digest.
    pub recipe: Option<String>,
    /// Ctrl-C came before the end: it is a part of what was asked for.
    pub interrupted: bool,
    /// The whole file is a loop: a `smpl` chunk says so.
    pub looped: bool,
    /// Loudness of the whole file, once it is known.
    pub loudness: Option<Loudness>,
    /// Digest of the bytes of all samples, once it is known: tells whether they were edited.
    pub sound: Option<String>,
}

/// Who wrote the file.
pub(crate) const SOFTWARE: &str = concat!("uproar ", env!("CARGO_PKG_VERSION"));

/// The longest recipe that a file holds, bytes: a comment of a FLAC has less than 16 MiB for everything.
pub const LONGEST_RECIPE: usize = 12 << 20;

/// Hexadecimal digits of a digest.
pub(crate) const DIGITS: usize = 64;

impl Info {
    /// Whether all of it is there, in a field of fixed length.
    pub(crate) fn state(&self) -> &'static str {
        if self.interrupted { "interrupted" } else { "whole      " }
    }

    /// What identifies this render among all others: a digest of its recipe, 64 hexadecimal digits.
    pub fn identity(&self) -> String {
        digest(self.recipe.as_deref().unwrap_or(&self.comment).as_bytes())
    }
}

/// The digest of some bytes, 64 hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
