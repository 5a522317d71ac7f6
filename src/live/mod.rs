//! The crowd played like an instrument: one list of actions, wherever they come from, and performances that can be
//! written down and given again.

mod action;
mod desk;
mod facts;
mod follow;
mod hearing;
pub mod midi;
pub mod osc;
mod performance;
mod school;

pub use action::{Action, ActionError, HELP, Level, Switch, Target};
pub use desk::{Desk, Edited, News, help};
pub use facts::Facts;
pub use follow::{FollowConfig, Followed, Follower, Heard, WINDOW_S};
pub use hearing::{Meters, RecordTo};
pub use performance::{
    Edition, EditionError, Event, Failed, OptionUsed, Performance, PerformanceError, Take, TakeOptions, What,
};
