//! What the crowd is told each quantum, and what it tells back.
//!
//! Plain `Copy` data: the scene, a game loop and a performer steer the crowd through the same struct.

use crate::scene::{Activity, CueAction};

/// Most orders that one quantum can carry.
pub const MAX_ORDERS: usize = 8;

/// One thing to do now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order {
    /// What.
    pub action: CueAction,
    /// Index into the plan's lines, for calls and solos.
    pub line: Option<u16>,
    /// Which leader or soloist: 0 is the leader if there is one; see [`super::Plan::lead_named`].
    pub who: Option<u16>,
    /// How far the call carries, 0..1, instead of the leader's own amp.
    pub amp: Option<f32>,
    /// When a call or solo is voiced.
    pub voiced: Voiced,
}

/// When the voice of a call or solo is to be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Voiced {
    /// It starts now.
    #[default]
    Now,
    /// Its first vowel is to leave the mouth at this frame.
    At(u64),
    /// It has been ordered already: only the news of it spreads now.
    Already,
}

/// Orders of one quantum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Orders {
    list: [Option<Order>; MAX_ORDERS],
}

impl Orders {
    /// Adds an order; `false` if there is no room.
    pub fn push(&mut self, order: Order) -> bool {
        match self.list.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => {
                *slot = Some(order);
                true
            }
            None => false,
        }
    }

    /// The orders, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Order> {
        self.list.iter().flatten()
    }
}

/// What is asked of the crowd in one quantum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Control {
    /// First frame of the quantum.
    pub now: u64,
    /// How excited the scene is, 0..1.
    pub intensity: f32,
    /// What the crowd does.
    pub activity: Activity,
    /// Index of the beat; a change ends what a hush or roar cue began.
    pub beat: u32,
    /// Index into the plan's lines of what is chanted; `None` for the main line.
    pub line: Option<u16>,
    /// Tempo, beats per minute; `None` for the line's own. The nearest performed tempo is taken.
    pub bpm: Option<f32>,
    /// Only so many people take part, the leader and soloists apart.
    pub limit: u32,
    /// Factor on the scatter of onsets; 1 leaves it as the crowd has it.
    pub spread: f32,
    /// The tempo is somebody else's: repetitions neither creep nor jitter.
    pub steady: bool,
    /// Frame at which the first onset of this beat's chant is to leave the mouths, if it was asked for.
    pub hit: Option<u64>,
    /// Frame at which such a beat ends: a repetition that would mostly lie behind it is not begun.
    pub until: Option<u64>,
    /// Things to do now.
    pub orders: Orders,
}

/// What the crowd did in one quantum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CrowdStats {
    /// Share of active people asked for, 0..1.
    pub asked: f32,
    /// Share of active people (shouting, chanting, roaring, applauding), 0..1.
    pub active: f32,
    /// People in conversation, between lines included.
    pub murmuring: u32,
    /// People shouting or chanting words, rests between repetitions included.
    pub chanting: u32,
    /// People roaring or applauding.
    pub roaring: u32,
    /// Everybody else.
    pub silent: u32,
    /// Onset scatter of the last complete cycle of the chant, standard deviation in ms; 0 before the first.
    pub spread_ms: f32,
    /// Tempo of the chant, beats per minute; 0 when nobody chants.
    pub tempo_bpm: f32,
    /// Where the chant's present cycle began or will begin, frames.
    pub cycle_at: u64,
    /// Number of that cycle since the chant began.
    pub cycle: u32,
    /// Linear factor for everything the crowd does: its slow movement of level. To be smoothed over the quantum.
    pub breathing: f32,
    /// Events of this quantum.
    pub events: u32,
    /// Whether somebody had to wait because the events had no room.
    pub full: bool,
}
