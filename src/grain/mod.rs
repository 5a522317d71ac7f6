//! Performances of people, kept ready for the mixer.

mod event;

pub use event::{GrainEvent, GrainId, GrainInfo, Recipe, Stem};
