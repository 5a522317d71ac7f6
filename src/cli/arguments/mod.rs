//! Commands and options, as the user types them.
//!
//! Owns their names, their help texts and the reading of single values. Does not own what they do.

mod play;
mod program;
mod render;
mod tools;
mod values;

pub use play::*;
pub use program::*;
pub use render::*;
pub use tools::*;
pub(crate) use values::*;
pub use values::{Moment, Target};
