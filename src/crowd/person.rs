//! What one person is doing at the moment.

use crate::grain::{Rate, Stem};

/// A time that never comes.
pub(crate) const NEVER: u64 = u64::MAX;

/// What somebody is doing. Those from `Shout` on are active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Doing {
    /// Standing there.
    Idle,
    /// Struck silent.
    Still,
    /// In conversation.
    Murmur,
    /// Shouting a single answer.
    Answer,
    /// Shouting own words.
    Shout,
    /// Chanting.
    Chant,
    /// Roaring.
    Roar,
    /// Clapping.
    Applaud,
}

/// How many kinds of [`Doing`] there are.
pub(crate) const DOINGS: usize = 8;

impl Doing {
    pub fn is_active(self) -> bool {
        self >= Self::Shout
    }
}

/// What the hands are following.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hands {
    Still,
    /// The hits written in the line.
    Line,
    /// Every beat.
    Along,
    /// An own pace.
    Free,
}

/// One person's present and next sounds. Times are frames.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// The next sound: when, which, how loud, which stem. `NEVER` if none is planned.
    pub voice_at: u64,
    pub voice_grain: u32,
    pub voice_rate: Rate,
    pub voice_gain: f32,
    pub voice_stem: Stem,
    /// The next sound is a reaction (gasp, cheer, answer) that a change of activity does not cancel.
    pub reaction: bool,
    /// The sound that is being made.
    pub busy_at: u64,
    pub busy_until: u64,
    pub busy_grain: u32,
    pub busy_rate: Rate,
    /// When to break it off, and how long to fade.
    pub stop_at: u64,
    pub stop_fade: u32,
    /// When to make up the mind again.
    pub think_at: u64,
    /// When to fall silent.
    pub hush_at: u64,
    /// The next hit of the hands.
    pub clap_at: u64,
    pub clap_base: u64,
    pub clap_next: u16,
    pub last_clap: u32,
    pub hands: Hands,
    /// Decisions so far.
    pub draws: u32,
    /// Last cycle of the chant that was decided on.
    pub cycle: u32,
    /// Things done in the present activity.
    pub age: u32,
    /// Rested in the last cycle.
    pub rested: bool,
    /// Last grain of the voice.
    pub last: u32,
}

impl Person {
    pub fn new() -> Self {
        Self {
            voice_at: NEVER,
            voice_grain: 0,
            voice_rate: Rate::ONE,
            voice_gain: 1.0,
            voice_stem: Stem::Murmur,
            reaction: false,
            busy_at: 0,
            busy_until: 0,
            busy_grain: u32::MAX,
            busy_rate: Rate::ONE,
            stop_at: NEVER,
            stop_fade: 0,
            think_at: 0,
            hush_at: NEVER,
            clap_at: NEVER,
            clap_base: 0,
            clap_next: 0,
            last_clap: u32::MAX,
            hands: Hands::Still,
            draws: 0,
            cycle: 0,
            age: 0,
            rested: false,
            last: u32::MAX,
        }
    }
}
