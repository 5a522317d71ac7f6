//! What people do, sent to every place that listens.
//!
//! Owns what everybody is in the middle of, and how a place that wakes up joins in. Does not own when people do what.
//!
//! Real-time: O(1) per event and place, and a slice of people per quantum while a place wakes up.

use std::ops::Range;

use crate::grain::{GrainEvent, Stem};
use crate::mix::Slot;

use super::plan::MAX_PLACES;
use super::runner::Engine;

/// People who are moved into a newly woken place per quantum: bounds the work of a change of place.
const REHOME_PER_QUANTUM: usize = 1024;

/// What a person is in the middle of, so that a place that wakes up can join in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Playing {
    /// As it leaves the person.
    slot: Slot,
    /// First frame after the end, or after the fade of a stop.
    until: u64,
    /// Quantum in which it was ordered.
    ordered: u64,
    /// When it is to be stopped, and over how many frames.
    stop: Option<(u64, u32)>,
}

impl Playing {
    pub(crate) const NOTHING: Self = Self { slot: Slot::SILENT, until: 0, ordered: 0, stop: None };

    /// True if one of these grains is being played.
    pub(super) fn is_at(&self, grains: &Range<u32>, now: u64) -> bool {
        self.until > now && grains.contains(&self.slot.grain.0)
    }
}

impl Engine {
    /// Sends what a person does to every place that listens.
    pub(super) fn dispatch(&mut self, now: u64, fed: u32, event: GrainEvent) {
        match event {
            GrainEvent::Start { at, .. } if !self.window.holds(at) => {}
            GrainEvent::Start { person, grain, rate, at, gain, stem } => {
                let slot = Slot { at, grain, rate, gain, person, stem, ..Slot::SILENT };
                let until = at + rate.played(self.parts.grain_frames[grain.0 as usize]);
                if stem != Stem::Body {
                    self.playing[person as usize] = Playing { slot, until, ordered: now, stop: None };
                }
                if let Some(speaker) = self.parts.through[person as usize] {
                    for rig in &mut self.parts.rigs {
                        rig.speak(now, usize::from(speaker), slot);
                    }
                    return;
                }
                for place in places(fed) {
                    self.start_at(now, place, slot);
                }
            }
            GrainEvent::Stop { person, at, fade_frames } => {
                let playing = &mut self.playing[person as usize];
                playing.until = playing.until.min(at + u64::from(fade_frames));
                playing.stop = Some((at, fade_frames));
                // To all groups: a grain stays on the bus that it began on, wherever the person is heard now.
                self.parts.rigs.iter_mut().for_each(|rig| rig.stop(now, event, None));
            }
        }
    }

    /// Sends what leaves a person to one place.
    fn start_at(&mut self, now: u64, place: usize, said: Slot) {
        let route = self.parts.ears[place].route(said.person as usize);
        let Some(gain) = self.thin(place, said.person, said.at, said.gain, route.gain) else { return };
        let slot = Slot {
            at: said.at + route.delay_frames,
            gain,
            path: route.gain,
            delay_frames: route.delay_frames as u32,
            ..said
        };
        self.parts.rigs.iter_mut().for_each(|rig| rig.start(now, place, route, slot));
    }

    pub(super) fn wake(&mut self, now: u64, woken: u32) {
        for place in places(woken) {
            self.woken_at[place] = now;
            self.rehoming[place] = 0;
        }
    }

    /// Lets places that woke up join in what people are in the middle of, a slice of people per quantum.
    pub(super) fn rehome(&mut self, now: u64) {
        let people = self.playing.len() as u32;
        for place in 0..self.parts.ears.len() {
            let first = self.rehoming[place];
            if first == u32::MAX {
                continue;
            }
            let last = (first + REHOME_PER_QUANTUM as u32).min(people);
            for person in first..last {
                let Playing { slot, until, ordered, stop } = self.playing[person as usize];
                let silent = until == 0 || self.parts.through[person as usize].is_some();
                if silent || ordered >= self.woken_at[place] {
                    continue;
                }
                let route = self.parts.ears[place].route(person as usize);
                if until + route.delay_frames > now {
                    self.start_at(now, place, slot);
                    if let Some((at, fade_frames)) = stop {
                        let event = GrainEvent::Stop { person, at, fade_frames };
                        for rig in &mut self.parts.rigs {
                            rig.stop(now, event, Some(route.group));
                        }
                    }
                }
            }
            self.rehoming[place] = if last == people { u32::MAX } else { last };
        }
    }
}

/// The indices of the bits that are set, lowest first.
pub(super) fn places(mask: u32) -> impl Iterator<Item = usize> {
    (0..MAX_PLACES).filter(move |place| mask & (1 << place) != 0)
}
