//! Everything assembled: a preset goes in, blocks of sound come out, live and offline alike.

mod command;
mod device;
mod director;
mod ear;
mod error;
mod group;
mod hall;
mod hits;
mod looper;
mod outputs;
mod perform;
mod piece;
mod place;
mod plan;
mod prepare;
mod relay;
mod report;
mod reset;
mod rig;
mod runner;
mod speaker;
mod spreading;
mod study;
mod window;

pub use command::{Command, Deed, Did, EngineHandle, Hands, Snapshot};
pub use error::EngineError;
pub use looper::{BAR_BEATS, Held, LEAST_LOOP_S, Levelled, LoopLength, Looper};
pub use outputs::{Outputs, Stem};
pub use perform::Script;
pub use piece::Piece;
pub use plan::MAX_PLACES;
pub use prepare::{PrepareOptions, TAIL_S};
pub use report::{BeatReport, Moment, Report, ReportFacts, Reporter};
pub use runner::Engine;
pub use spreading::{SPREADING_ROWS, Spreading};
pub use study::{Study, TEMPOS, Uptake};
