//! Sounds of the mouth that are not words.
//!
//! Owns the performance of every [`super::Sound`]: cheers, roars and screams, laughter and sobs, gasps and
//! coughs, whistles. Does not own the synthesizer: a sound is drawn as a [`sketch::Sketch`], a set of lines
//! over time, which becomes the same frames as words do; whistles alone have a source of their own.
//! Units: pascals at 1 m, seconds, hertz, semitones.

mod breaths;
mod cries;
mod perform;
mod sketch;
mod spasms;
#[cfg(test)]
mod tests;
mod whistle;

pub(crate) use perform::perform;
