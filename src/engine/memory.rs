//! How much memory a scene takes, known before any of it is made.
//!
//! Owns an estimate: what people, places and performances need is counted by what there is of them, with sizes that were
//! measured (`tests/memory.rs` compares both). Does not own what a program needs besides: some 30 MB.

use std::fmt;

use crate::preset::Preset;
use crate::space::{ChannelLayout, MAX_BUSES, Rendering};
use crate::units::{SampleRate, bytes_text};

use super::error::EngineError;

/// What a scene may take unless told otherwise, bytes.
pub const DEFAULT_MEMORY_BYTES: u64 = 4 << 30;

/// What a scene takes, bytes: an estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// How many people there are.
    pub people: u64,
    /// How many places it is heard from.
    pub places: u64,
    /// How many performances there are, 0 while that is not known.
    pub performances: u64,
    /// For people and what is known of each at every place.
    pub people_bytes: u64,
    /// For the walls, the air and the reverberation of the places.
    pub places_bytes: u64,
    /// For the sound of the performances.
    pub performances_bytes: u64,
}

/// A person: body, voice, habits, what it does now, and what the mixer keeps ready for it.
const PERSON_BYTES: u64 = 1350;

/// The way from a person to a place.
const PATH_BYTES: u64 = 125;

/// The walls and the reverberation of a place that a pair of microphones hears, and what each frame of a second adds.
const PAIR_BYTES: (u64, u64) = (1_500_000, 22);

/// The filters of one of its directions; there are as many as people come from, up to [`MAX_BUSES`].
const BUS_BYTES: u64 = 40_000;

/// The same for every other layout: each direction has a filter of its own.
const FIELD_BYTES: (u64, u64) = (5_000_000, 40);

/// Two ears need more directions.
const EARS_BYTES: u64 = 1_500_000;

/// With stems a place is held so often.
const STEMS: u64 = 5;

impl Memory {
    /// What people and places of a preset take; its performances are not counted.
    ///
    /// * `stems`: the parts of the mix are kept apart too.
    pub fn of(preset: &Preset, layout: &ChannelLayout, stems: bool, rate: SampleRate) -> Self {
        let people =
            preset.crowd.people as u64 + preset.solo.len() as u64 + u64::from(preset.leader.is_some());
        let places = preset.place.len().max(1) as u64;
        let each = PERSON_BYTES + places * PATH_BYTES;
        Self {
            people,
            places,
            people_bytes: people * each,
            places_bytes: places * place_bytes(people, layout, stems, rate),
            ..Self::default()
        }
    }

    /// All of it, bytes.
    pub fn bytes(&self) -> u64 {
        self.people_bytes + self.places_bytes + self.performances_bytes
    }

    /// The same, unless it is more than allowed.
    ///
    /// # Errors
    /// [`EngineError::Memory`].
    pub(crate) fn within(self, limit_bytes: u64) -> Result<Self, EngineError> {
        match self.bytes() > limit_bytes {
            true => Err(EngineError::Memory { needed: self, limit_bytes }),
            false => Ok(self),
        }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = |n: u64, one: &str, more: &str| format!("{n} {}", if n == 1 { one } else { more });
        if self.performances > 0 {
            let what = many(self.performances, "performance of its words", "performances of its words");
            write!(f, "{} for {what}, ", bytes_text(self.performances_bytes))?;
        }
        let (people, places) = (many(self.people, "person", "people"), many(self.places, "place", "places"));
        write!(
            f,
            "{} for {people}, {} for {places}",
            bytes_text(self.people_bytes),
            bytes_text(self.places_bytes)
        )
    }
}

/// What a place takes in a layout.
fn place_bytes(people: u64, layout: &ChannelLayout, stems: bool, rate: SampleRate) -> u64 {
    let (fixed, each) = match layout.rendering {
        Rendering::Pair => {
            let buses = (8 + people / 10).min(MAX_BUSES as u64);
            (PAIR_BYTES.0 + buses * BUS_BYTES, PAIR_BYTES.1)
        }
        Rendering::Binaural => (FIELD_BYTES.0 + EARS_BYTES, FIELD_BYTES.1),
        Rendering::Ambisonics(_) | Rendering::Speakers => FIELD_BYTES,
    };
    let once = fixed + each * u64::from(rate.hz());
    if stems { (1 + STEMS) * once } else { once }
}
