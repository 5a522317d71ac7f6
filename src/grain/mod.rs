//! Performances of people, kept ready for the mixer.

mod bank;
mod build;
mod cache;
mod error;
mod estimate;
mod event;
mod key;
mod quantise;
mod rate;
mod store;

pub use bank::{Bank, MARGIN};
pub use build::BuildOptions;
pub use cache::DEFAULT_CACHE_BYTES;
pub use error::GrainError;
pub use event::{GrainEvent, GrainId, GrainInfo, Recipe, Stem};
pub use key::SOUND_VERSION;
pub use rate::Rate;
pub(crate) use store::Store;
