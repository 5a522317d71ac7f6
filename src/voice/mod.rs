//! One person's voice.

mod act;

pub use act::{Act, BodySound, Delivery, Manner, Performance, Sound, Tune};
