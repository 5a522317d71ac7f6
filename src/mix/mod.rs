//! Grains summed to buses, and the last stage before a file or a device.

mod config;
mod finish;
pub mod kernel;
mod lanes;
mod ledger;
mod levelling;
mod limiter;
mod master;
mod pool;
mod resample;
mod slot;
mod sum;
mod true_peak;
mod wheel;

pub use config::{MasterConfig, MixError};
pub use finish::{Finish, Hear};
pub use limiter::Delay;
pub use master::{Hearing, Lift, Master, Meter};
pub use pool::{Pool, instructions};
pub use slot::{MixStats, STEMS, Slot, Started};
