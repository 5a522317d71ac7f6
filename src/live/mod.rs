//! The crowd played like an instrument: one list of actions, wherever they come from, and performances that can be
//! written down and given again.

mod action;
mod desk;
mod facts;
mod follow;
pub mod midi;
pub mod osc;
mod performance;

pub use action::{Action, ActionError, HELP, Level, Switch, Target};
pub use desk::{Desk, Edited, Meters, News, RecordTo, help};
pub use facts::Facts;
pub use follow::{FollowConfig, Followed, Follower, Heard, WINDOW_S};
pub use performance::{
    Edition, EditionError, Event, Failed, OptionUsed, Performance, PerformanceError, Take, What,
};
