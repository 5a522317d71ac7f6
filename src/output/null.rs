//! A device that nobody hears, for tests, for machines without a sound card, and for the time until a card that has
//! vanished comes back.
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

/// A source that is pulled block by block by whoever owns it.
pub struct NullPlayer {
    pump: Pump,
    counters: Arc<Counters>,
    block: Vec<f32>,
    clock: Clock,
    rate: SampleRate,
    start: Instant,
}

impl NullPlayer {
    /// Starts a clock for `source`.
    pub fn new(source: Box<dyn Source>, rate: SampleRate, block_frames: usize, clock: Clock) -> Self {
        let counters = Arc::new(Counters::default());
        Self {
            pump: Pump::new(source, rate, 2, counters.clone()),
            counters,
            block: vec![0.0; 2 * block_frames.max(1)],
            clock,
            rate,
            start: Instant::now(),
        }
    }

    /// The clock began at `start`: what should have been played since then is caught up with as fast as can be.
    #[must_use]
    pub fn since(mut self, start: Instant) -> Self {
        self.start = start;
        self
    }

    /// What happens meanwhile.
    pub fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }

    /// Plays a block if one is due; returns how long nothing is due.
    pub fn step(&mut self) -> Duration {
        if self.counters.ended() {
            return Duration::from_millis(10);
        }
        if self.clock == Clock::RealTime {
            let due = Duration::from_secs_f64(self.rate.seconds(self.counters.frames()));
            if let Some(wait) = due.checked_sub(self.start.elapsed()) {
                return wait;
            }
        }
        self.pump.fill(&mut self.block);
        Duration::ZERO
    }
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
    let mut player = NullPlayer::new(source, rate, block_frames, clock);
    let counters = Arc::clone(player.counters());
    while !counters.ended() {
        match player.step() {
            Duration::ZERO => watch(&counters),
            wait => std::thread::sleep(wait),
        }
    }
    counters
}
