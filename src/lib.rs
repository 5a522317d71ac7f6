//! uproar turns typed words into a crowd that shouts them.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod analysis;
pub mod body;
pub(crate) mod claim;
pub mod cli;
pub mod crowd;
pub mod engine;
pub(crate) mod fault;
pub mod grain;
pub mod live;
pub mod math;
pub mod mix;
pub mod output;
pub mod plot;
pub mod preset;
pub mod rng;
pub mod scene;
pub mod space;
pub mod text;
pub mod units;
pub mod voice;
