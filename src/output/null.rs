//! A device that nobody hears, for tests and for machines without a sound card.
//!
//! Owns a clock that pulls blocks as a sound card would, in real time or as fast as it can.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::units::SampleRate;

use super::{
    device::{Counters, Pump},
    source::Source,
};

/// How the null device keeps time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// As a sound card does.
    RealTime,
    /// As fast as the machine can.
    Free,
}

/// Pulls `source` to its end in blocks of `block_frames`; `watch` is called after each block and may
/// call [`Counters::stop`].
pub fn play_null(
    source: Box<dyn Source>,
    rate: SampleRate,
    block_frames: usize,
    clock: Clock,
    mut watch: impl FnMut(&Counters),
) -> Arc<Counters> {
    let counters = Arc::new(Counters::default());
    let mut pump = Pump::new(source, rate, 2, counters.clone());
    let mut block = vec![0.0f32; 2 * block_frames.max(1)];
    let start = Instant::now();
    while !counters.ended() {
        pump.fill(&mut block);
        watch(&counters);
        if clock == Clock::RealTime {
            let due = Duration::from_secs_f64(rate.seconds(counters.frames()));
            if let Some(wait) = due.checked_sub(start.elapsed()) {
                std::thread::sleep(wait);
            }
        }
    }
    counters
}
