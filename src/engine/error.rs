//! Why an engine cannot be built.

use crate::crowd::CrowdError;
use crate::grain::GrainError;
use crate::scene::SceneError;
use crate::text::TextError;
use crate::units::bytes_text;

use super::memory::Memory;

/// What went wrong while an engine was prepared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// Words that cannot be said.
    #[error("{field}: {source}")]
    Text {
        /// Field of the preset.
        field: String,
        /// What is wrong with them.
        source: TextError,
    },
    /// A scene that contradicts itself.
    #[error(transparent)]
    Scene(#[from] SceneError),
    /// A crowd that contradicts itself.
    #[error(transparent)]
    Crowd(#[from] CrowdError),
    /// A bank that could not be made.
    #[error(transparent)]
    Grain(#[from] GrainError),
    /// A beat is heard from a place that does not exist.
    #[error("there is no place \"{name}\"; places are: {}", .places.join(", "))]
    NoPlace {
        /// The name asked for.
        name: String,
        /// The names there are.
        places: Vec<String>,
    },
    /// A soloist speaks through a loudspeaker that does not exist.
    #[error("there is no loudspeaker \"{name}\"; loudspeakers are: {}", .speakers.join(", "))]
    NoSpeaker {
        /// The name asked for.
        name: String,
        /// The names there are.
        speakers: Vec<String>,
    },
    /// More places than the engine carries.
    #[error("{places} places are too many (at most {limit})")]
    TooManyPlaces {
        /// How many there are.
        places: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// More memory than allowed.
    #[error(
        "the scene needs about {} of memory, and {} are allowed: {needed}",
        bytes_text(needed.bytes()), bytes_text(*limit_bytes)
    )]
    Memory {
        /// What it needs.
        needed: Memory,
        /// What is allowed.
        limit_bytes: u64,
    },
    /// A loop that cannot be as long as asked for.
    #[error("{message}")]
    Loop {
        /// Why.
        message: String,
        /// What to ask for instead.
        hint: String,
    },
    /// A hit is asked for before sound can have come from a mouth to the ears.
    #[error("the hit of beat \"{beat}\" comes too soon: breath and the way of the sound take {least_s:.2} s")]
    TooSoon {
        /// Name of the beat.
        beat: String,
        /// The first time of the scene at which it can be heard, seconds.
        least_s: f64,
    },
    /// The worker threads could not be started.
    #[error("no worker threads for mixing")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}
