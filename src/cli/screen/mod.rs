//! The terminal screen of a show.
//!
//! Owns the terminal while the screen is up and gives it back as it was, after a panic too. Does not own what keys do
//! to the show.

mod draw;
mod keys;
mod terminal;

pub(crate) use draw::Status;
pub(crate) use keys::{Keys, Press, SHOWN};
pub(crate) use terminal::*;
