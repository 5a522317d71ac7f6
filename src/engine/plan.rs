//! What is decided for one quantum before it is mixed.

/// How many quanta are planned ahead of mixing when nobody waits for them (offline).
///
/// Longer chunks cost less hand-over between threads; the loudspeakers' shortest delay must cover one.
pub(crate) const MAX_CHUNK: usize = 32;

/// Most places that a scene may have; one bit each in [`QuantumPlan`].
pub const MAX_PLACES: usize = 32;

/// The furthest that a crowd is thinned: one in 16 of the far people is left.
pub(crate) const MAX_THIN: u8 = 4;

/// One quantum, planned.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct QuantumPlan {
    /// First frame.
    pub(crate) now: u64,
    /// Which places are processed.
    pub(crate) active: u32,
    /// Cross-fade weights at the start and the end of the quantum: the place that is left and the one that is heard.
    pub(crate) from: PlaceFade,
    /// The place that is heard.
    pub(crate) to: PlaceFade,
    /// Gain before the limiter, dB.
    pub(crate) gain_db: f64,
    /// Final fade at the start and the end of the quantum, linear.
    pub(crate) out: [f32; 2],
    /// Level of wind and city at the start and the end of the quantum, linear; not 1 only around a loop.
    pub(crate) air: [f32; 2],
}

/// One place's weight over a quantum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PlaceFade {
    /// Index of the place.
    pub(crate) place: usize,
    /// Linear gain at the first frame.
    pub(crate) start: f32,
    /// Linear gain after the last frame.
    pub(crate) end: f32,
}

impl QuantumPlan {
    pub(crate) fn is_active(&self, place: usize) -> bool {
        self.active & (1 << place) != 0
    }
}
