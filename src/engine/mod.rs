//! Everything assembled: a preset goes in, blocks of sound come out, live and offline alike.

mod command;
mod director;
mod ear;
mod error;
mod group;
mod plan;
mod prepare;
mod report;
mod runner;
mod speaker;

pub use command::{Command, EngineHandle, Snapshot};
pub use error::EngineError;
pub use plan::MAX_PLACES;
pub use prepare::{PrepareOptions, TAIL_S};
pub use report::{BeatReport, Moment, Report, ReportFacts, Reporter};
pub use runner::Engine;
