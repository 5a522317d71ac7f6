//! The command line: arguments, progress, messages, exit codes.

mod arguments;
mod check;
mod devices;
mod failure;
mod manual;
mod presets;
mod run;
mod terminal;

pub use arguments::Arguments;
pub use run::run;
