//! What every output pulls from.
//!
//! Owns the one trait between engine and outputs, so that neither knows the other.

/// Something that makes sound, block by block.
pub trait Source: Send {
    /// Fills both channels, linear, 1.0 = full scale; returns the frames that belong to the programme.
    /// Fewer than asked for means that it has ended; the rest is silence.
    ///
    /// Real-time: no allocation, lock or I/O. Both slices have the same length, which may be any.
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) -> usize;
}
