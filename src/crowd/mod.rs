//! People: where they stand, who they are, and what each of them does next.

mod act;
mod attend;
mod casting;
mod clock;
mod conduct;
mod config;
mod contagion;
mod control;
mod error;
mod lead;
mod lines;
mod map;
mod needs;
mod people;
mod person;
mod place;
mod plan;
mod rehearsal;
mod repertoire;
mod scheduler;
mod world;
mod writer;

pub(crate) use clock::COUNT_IN_S;
pub use clock::Cycle;
pub use conduct::Conduct;
pub use config::{
    BedConfig, CrowdConfig, LeaderConfig, MAX_PEOPLE, SectionConfig, SectionShape, SoloConfig, TuneConfig,
};
pub use control::{Control, CrowdStats, MAX_ORDERS, Order, Orders, Voiced};
pub use error::CrowdError;
pub use lines::{Line, LineConfig, Role};
pub use map::{MAP_COLUMNS, MAP_ROWS, Map};
pub(crate) use needs::MAX_KEYS;
pub use plan::{Plan, PlanInput};
pub use rehearsal::{Learnt, Lesson, Rehearsal};
pub use scheduler::Crowd;

#[cfg(test)]
mod tests;
