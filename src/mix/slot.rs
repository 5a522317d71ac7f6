//! A grain to be played, and what is said of it.
//!
//! Owns no sound: see [`super::Pool`]. Linear gains; frames of the bank's rate.

use crate::grain::{GrainId, Rate, Stem};

/// How many stems there are.
pub const STEMS: usize = Stem::Body as usize + 1;

/// A grain to be played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// Frame at the bus of the grain's first sample, propagation included. May lie in the past: then the
    /// grain is faded in where it would be by now.
    pub at: u64,
    /// Which grain.
    pub grain: GrainId,
    /// How fast it is played. At [`Rate::ONE`] the first sample is at `at` exactly, else up to a frame of the grain later.
    pub rate: Rate,
    /// Which bus of the group.
    pub bus: u16,
    /// Linear factor of the performance, as the crowd asked for it.
    pub gain: f32,
    /// Linear factor of the way to the listener; [`Pool::reroute`] replaces it.
    pub path: f32,
    /// How much of `at` is the way from the person to the bus, frames: stops are ordered by the person's time.
    pub delay_frames: u32,
    /// Who.
    pub person: u32,
    /// Which layer of the mix.
    pub stem: Stem,
}

impl Slot {
    /// Nobody's, at full gain, right at the bus: what the fields that are not named are filled up with.
    pub const SILENT: Self = Self {
        at: 0,
        grain: GrainId(0),
        rate: Rate::ONE,
        bus: 0,
        gain: 0.0,
        path: 1.0,
        delay_frames: 0,
        person: 0,
        stem: Stem::Murmur,
    };
}

/// What became of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Started {
    /// It sounds from the next quantum on, or waits for its frame.
    Yes,
    /// The same, in place of a quieter grain.
    Replacing {
        /// Whose grain is faded out.
        person: u32,
    },
    /// The pool is full of louder grains: not played.
    Dropped,
    /// The grain would be over already: not played.
    Over,
    /// No such bus or grain in this pool, or a gain that is not a number: not played.
    Refused,
}

/// What a quantum did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MixStats {
    /// Grains heard in this quantum, those that fade away included.
    pub sounding: u32,
    /// The same by stem, in the order of [`Stem`].
    pub by_stem: [u32; STEMS],
    /// Grains that wait for their first frame.
    pub waiting: u32,
    /// Grains that began in this quantum.
    pub began: u32,
    /// Grains that ended in this quantum.
    pub ended: u32,
    /// Grains replaced by louder ones since the last quantum.
    pub stolen: u32,
    /// Grains not played because all others are louder, since the last quantum.
    pub dropped: u32,
    /// Moves between buses put off because every slot is in use, since the last quantum.
    pub deferred: u32,
}

impl MixStats {
    /// Adds the figures of another group.
    pub fn add(&mut self, other: &Self) {
        self.sounding += other.sounding;
        for (mine, theirs) in self.by_stem.iter_mut().zip(&other.by_stem) {
            *mine += theirs;
        }
        self.waiting += other.waiting;
        self.began += other.began;
        self.ended += other.ended;
        self.stolen += other.stolen;
        self.dropped += other.dropped;
        self.deferred += other.deferred;
    }
}
