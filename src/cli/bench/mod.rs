//! `uproar bench`.
//!
//! Owns what is measured and how it is said. All but the scene is CPU time of one core; the scene is the time on the
//! clock with all threads, which other programs that run meanwhile lengthen.

mod blocks;
mod compare;
mod figures;
mod machine;
mod parts;

pub(crate) use figures::bench;
