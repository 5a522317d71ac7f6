//! From the beginning again.
//!
//! Owns what of an engine is forgotten. Does not own how the parts forget.

use crate::crowd::{CrowdStats, Orders};
use crate::mix::Meter;
use crate::space::Speaker;

use super::dispatch::Playing;
use super::plan::MAX_PLACES;
use super::runner::Engine;

impl Engine {
    /// Goes back to the start of the scene: the next frames are those of a fresh engine, to the bit.
    ///
    /// Forgotten are all sound, the scene's clock, what everybody was doing, everything that a performer has taken
    /// over, and counts such as grains lost. An edition that was on its way is sent back. What the crowd has learned it
    /// keeps, and with it knows more than at its first start: then the samples may be others. Commands and uptakes that
    /// wait take effect at the first quantum, and a script goes on where it is.
    ///
    /// Real-time: no allocation, lock or I/O, but O(people + all delay lines): some milliseconds in which a callback
    /// would be late. For between two shows.
    pub fn reset(&mut self) {
        if let Some(relay) = self.relay.take() {
            // There is room for it: it was asked for when it came.
            self.parts.port.depart(relay.into_next());
        }
        let parts = &mut self.parts;
        parts.director.reset();
        parts.crowd.reset();
        parts.rigs.iter_mut().for_each(|rig| rig.reset());
        parts.ears.iter_mut().for_each(|ear| ear.reset());
        parts.speakers.iter_mut().for_each(Speaker::reset);
        parts.feeds.reset();
        parts.master.reset();
        self.skip = if self.window.bare { 0 } else { parts.master.latency_frames() };
        (self.now, self.turns, self.uptake_waited) = (0, 0, 0);
        self.events.clear();
        self.playing.fill(Playing::NOTHING);
        self.rehoming = [u32::MAX; MAX_PLACES];
        self.woken_at = [0; MAX_PLACES];
        self.breathing = 1.0;
        self.ready.clear();
        self.ready_from = 0;
        self.lag.reset();
        self.pending = Orders::default();
        self.meter = Meter::default();
        self.grains = 0;
        self.last = CrowdStats::default();
        (self.thinned, self.lost_before) = (0, 0);
    }
}
