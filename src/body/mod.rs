//! What one person's hands and feet do: claps and stomps.
//!
//! Owns the percussive sounds of a body, each take different. Does not own rhythm (the crowd's) nor
//! whistles (a sound of the mouth: the voice's). Units: pascals at 1 m, seconds, hertz.

mod clap;
mod filter;
mod perform;
mod stomp;

pub use perform::{perform, perform_on};
pub use stomp::Floor;
