//! What can go wrong while a bank is built. A cache that fails is not an error: the bank is built anew.

use thiserror::Error;

use crate::units::bytes_text;

/// Why there is no bank.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GrainError {
    /// The bank would need more memory than allowed.
    #[error(
        "{grains} performances need {} of memory or more, and {} are left for them",
        bytes_text(*needed_bytes), bytes_text(*limit_bytes)
    )]
    TooLarge {
        /// How many grains were asked for.
        grains: usize,
        /// What they need at least.
        needed_bytes: u64,
        /// What is allowed.
        limit_bytes: u64,
    },
    /// A performance came out without sound.
    #[error("performance {recipe} ({what}) is silent")]
    Silent {
        /// Index of the recipe.
        recipe: usize,
        /// What was to be performed.
        what: String,
    },
    /// A performance holds a sample that is not a finite number.
    #[error("performance {recipe} ({what}) holds a sample that is not finite")]
    NotFinite {
        /// Index of the recipe.
        recipe: usize,
        /// What was to be performed.
        what: String,
    },
    /// A recipe names a speaker outside the cast.
    #[error("performance {recipe} asks for speaker {speaker} of a cast of {cast}")]
    NoSpeaker {
        /// Index of the recipe.
        recipe: usize,
        /// The speaker that it names.
        speaker: u32,
        /// How many there are.
        cast: usize,
    },
    /// The synthesis of a performance broke down.
    #[error("performance {recipe} ({what}) broke down: {reason}")]
    Broken {
        /// Index of the recipe.
        recipe: usize,
        /// What was to be performed.
        what: String,
        /// What the synthesizer said.
        reason: String,
    },
    /// Somebody asked to stop.
    #[error("building the grains was cancelled")]
    Cancelled,
    /// The worker threads could not be started.
    #[error("no worker threads for building the grains")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}
