//! The command line: arguments, progress, messages, exit codes.

mod arguments;
mod batch;
mod bench;
mod chant;
mod check;
mod devices;
mod failure;
mod layers;
mod layouts;
mod manual;
mod names;
mod perform;
mod phonemes;
mod play;
mod plot;
mod presets;
mod render;
mod report;
mod run;
mod say;
mod stage;
mod stems;
mod terminal;

pub use arguments::Arguments;
pub use run::run;
