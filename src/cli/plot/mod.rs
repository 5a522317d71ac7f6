//! `uproar plot`.

mod draw;
mod options;

pub(crate) use draw::plot;
pub use options::Plot;
