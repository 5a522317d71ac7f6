//! What comes out of an engine: the mix and, if asked for, its stems.
//!
//! Owns names and channel counts. Does not own sound.

use crate::space::ChannelLayout;

/// One thing that comes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stem {
    /// Its name, fit for a file: `01-leader`.
    pub name: String,
    /// False if nothing in the scene can ever be heard in it.
    pub used: bool,
}

/// The channels that [`super::Engine::process_channels`] fills, in order: the mix; then, with stems, the mix before
/// the limiter and each stem, all in the same layout.
#[derive(Clone, Debug, PartialEq)]
pub struct Outputs {
    /// The layout of each of them.
    pub layout: ChannelLayout,
    /// The mix before the limiter, then what adds up to it. Empty without stems.
    pub stems: Vec<Stem>,
}

impl Outputs {
    /// Channels of the mix, and of each stem.
    pub fn mix_channels(&self) -> usize {
        self.layout.channels.len()
    }

    /// Channels of all stems together.
    pub fn stem_channels(&self) -> usize {
        self.stems.len() * self.mix_channels()
    }

    /// All channels.
    pub fn channels(&self) -> usize {
        self.mix_channels() + self.stem_channels()
    }
}
