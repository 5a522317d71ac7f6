//! Grains as the crowd and the mixer speak of them.
//!
//! Owns plain data. A *grain* is one performance (a chant, a murmured line, a whoop, a clap) of one
//! speaker, kept in the bank; a *recipe* is the order to perform it; an *event* starts or stops it.

use super::Rate;
use crate::voice::{Act, Manner};

/// Index of a grain in the bank; the same as the index of its recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrainId(pub u32);

/// An order for one performance.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Who performs: index into the cast of voices.
    pub speaker: u32,
    /// What.
    pub act: Act,
    /// How.
    pub manner: Manner,
}

/// What the crowd knows of a grain without hearing it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GrainInfo {
    /// Length in frames.
    pub frames: u32,
    /// Frame that falls on the beat; see [`crate::voice::Performance::anchor_frames`].
    pub anchor_frames: u32,
    /// Mean square over the sounding part, Pa² at 1 m.
    pub power_pa2: f32,
    /// Places to stop, frames, rising.
    pub stops_frames: Vec<u32>,
}

/// What a person does next, as the mixer hears of it. All frames are emission times at the person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GrainEvent {
    /// Starts a grain.
    Start {
        /// Who.
        person: u32,
        /// Which grain.
        grain: GrainId,
        /// How fast it is played.
        rate: Rate,
        /// Frame at which the first sample leaves the person; may not be in the past.
        at: u64,
        /// Linear factor on the performance: personal level and fine effort.
        gain: f32,
        /// Which stem it belongs to.
        stem: Stem,
    },
    /// Fades out whatever the person is doing.
    Stop {
        /// Who.
        person: u32,
        /// Frame at which the fade starts.
        at: u64,
        /// Length of the fade, frames.
        fade_frames: u32,
    },
}

/// The layer of the mix that a grain is heard in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Stem {
    /// The one who starts it, and other named soloists.
    Leader,
    /// Murmured and spoken lines.
    Murmur,
    /// Shouted and chanted words.
    Chant,
    /// Cheers, roars, whoops, gasps: sounds without words.
    Cheer,
    /// Claps, stomps and whistles.
    Body,
}
