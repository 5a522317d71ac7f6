//! The crowd as a whole, against what the acoustics and the curve ask for.

mod fire;
mod stage;
mod steadiness;
mod timing;
