//! The command line: arguments, progress, messages, exit codes.

mod about;
mod arguments;
mod batch;
mod bench;
mod chant;
mod check;
mod controls;
mod devices;
mod failure;
mod following;
mod layers;
mod layouts;
mod loudness;
mod manual;
mod names;
mod outlet;
mod perform;
mod phonemes;
mod play;
mod plot;
mod ports;
mod presets;
mod recipe;
mod reload;
mod render;
mod report;
mod run;
mod say;
mod screen;
mod show;
mod stage;
mod stems;
mod take;
mod terminal;

pub use arguments::Arguments;
pub use run::run;
