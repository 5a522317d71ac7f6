//! `uproar batch`: a table of variations, or many presets, to many files.

mod budget;
mod manifest;
mod naming;
mod options;
mod rows;
mod run;
mod summary;
mod table;

pub use options::Batch;
pub(crate) use run::batch;
