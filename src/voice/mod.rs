//! One person's voice.

mod act;
mod consonants;
mod effort;
mod friction;
mod gesture;
mod melody;
mod noise;
mod perform;
mod person;
mod population;
mod resample;
mod sounds;
mod source;
mod timing;
mod tract;
mod vowels;

#[cfg(test)]
mod tests;

pub use act::{Act, BodySound, Delivery, Manner, Performance, Sound, Tune};
pub use perform::perform;
pub use person::{Kind, Voice};
pub use population::{PopulationConfig, TraitsConfig};
