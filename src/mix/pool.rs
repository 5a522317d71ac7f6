//! The grains of one group of buses, mixed.
//!
//! Owns which grains sound when, on which bus and how loud, their fades, and what happens when there are
//! too many. Does not own the buses, propagation (a slot's frame has it included) or decisions of people.
//! Units: pascals on the buses, frames of the bank's rate.
//!
//! Order of sums: bus by bus, within a bus as the slots lie there, which follows from the order of calls
//! alone. The loops run at the processor's best level ([`pulp`]) and give the same bits at every level.

use std::sync::Arc;

use super::lanes::{Lanes, Place, Sounding};
use super::ledger::{Entry, Ledger, State};
#[cfg(target_arch = "x86_64")]
use super::resample::avx2::Shuffled;
use super::resample::{Patterns, Plain, Reader};
use super::slot::{MixStats, STEMS, Slot, Started};
use super::sum::Sum;
use super::wheel::{NONE, Wheel};
use crate::grain::{Bank, Stem};
use crate::math;
use crate::units::{Block, QUANTUM};

/// The shortest fade in or out, seconds.
const FADE_S: f64 = 0.002;

/// The fade of a grain that is replaced by a louder one, seconds.
const REPLACED_FADE_S: f64 = 0.005;

/// How long a change of path takes, quanta: 10.7 ms at 48 kHz.
const MOVE_QUANTA: u8 = 8;

/// Which instructions the mixer uses on this processor. The sound is the same with all.
pub fn instructions() -> &'static str {
    match math::arch() {
        #[cfg(target_arch = "x86_64")]
        pulp::Arch::V3(_) => "AVX2",
        _ => "portable",
    }
}

/// A fixed number of slots that play grains of a bank into one group of buses.
#[derive(Debug)]
pub struct Pool {
    bank: Arc<Bank>,
    patterns: &'static Patterns,
    arch: pulp::Arch,
    capacity: usize,
    ledger: Ledger,
    lanes: Lanes,
    wheel: Wheel,
    /// Slots whose first frame lies in the quantum being mixed.
    woken: Vec<u32>,
    /// Slots that ended in the quantum being mixed.
    ended: Vec<u32>,
    /// First frame that has not been mixed.
    now: u64,
    by_stem: [u32; STEMS],
    fade_frames: u32,
    replaced_frames: u32,
    stats: MixStats,
}

impl Pool {
    /// A silent pool for `capacity` grains at once on `buses` buses. Grains that fade out because they were
    /// replaced or moved do not count; there is room for as many again of those.
    pub fn new(bank: Arc<Bank>, capacity: usize, buses: usize) -> Self {
        let capacity = capacity.clamp(1, 1 << 30);
        let slots = 2 * capacity;
        let frames = |seconds| bank.rate().frames(seconds).max(1) as u32;
        let (fade_frames, replaced_frames) = (frames(FADE_S), frames(REPLACED_FADE_S));
        Self {
            bank,
            patterns: Patterns::shared(),
            arch: math::arch(),
            capacity,
            ledger: Ledger::new(slots),
            lanes: Lanes::new(slots, buses.min(usize::from(u16::MAX) + 1)),
            wheel: Wheel::new(slots),
            woken: Vec::with_capacity(slots),
            ended: Vec::with_capacity(slots),
            now: 0,
            by_stem: [0; STEMS],
            fade_frames,
            replaced_frames,
            stats: MixStats::default(),
        }
    }

    /// Plays from another bank from now on. It must begin with the very grains of the one before
    /// ([`Bank::with`]): what sounds goes on from there. `bank` becomes the old one.
    ///
    /// Real-time: two pointers change places.
    pub fn swap_bank(&mut self, bank: &mut Arc<Bank>) {
        std::mem::swap(&mut self.bank, bank);
    }

    /// Uses the portable loops even where the processor has better ones. The sound is the same.
    pub fn portable(mut self) -> Self {
        self.arch = pulp::Arch::Scalar;
        self
    }

    /// True if any grain that begins at one of these positions of the bank sounds or waits. O(capacity).
    pub(crate) fn holds(&self, positions: &std::ops::Range<u32>) -> bool {
        let used = |entry: &Entry| matches!(entry.state, State::Waiting | State::Sounding | State::Leaving);
        self.ledger.entries.iter().any(|entry| used(entry) && positions.contains(&entry.start))
    }

    /// Grains that are heard now, those that fade away included.
    pub fn sounding(&self) -> usize {
        self.by_stem.iter().sum::<u32>() as usize
    }

    /// True while anything is heard on a bus.
    pub fn is_sounding(&self, bus: usize) -> bool {
        bus < self.lanes.buses() && self.lanes.first(bus) != NONE
    }

    /// Forgets all grains at once, as after a jump in time.
    ///
    /// Real-time: no allocation; O(capacity).
    pub fn reset(&mut self) {
        self.ledger.reset();
        self.lanes.reset();
        self.wheel.reset();
        self.now = 0;
        self.by_stem = [0; STEMS];
        self.stats = MixStats::default();
    }

    /// Plays a grain. `now` is the first frame of the quantum that is mixed next.
    ///
    /// With the pool full the quietest grain (to 3 dB, the longest there among equals) is faded out and
    /// replaced; if the new one is quieter still, it is dropped.
    ///
    /// Real-time: O(1), no allocation.
    pub fn start(&mut self, now: u64, slot: Slot) -> Started {
        self.now = now;
        let bus = usize::from(slot.bus);
        let factors = slot.gain.is_finite() && slot.path.is_finite();
        let (Some(span), true) = (self.bank.span(slot.grain), factors && bus < self.lanes.buses()) else {
            return Started::Refused;
        };
        if now.saturating_sub(slot.at) >= slot.rate.played(span.end - span.start) {
            return Started::Over;
        }
        let entry = Entry {
            state: State::Waiting,
            person: slot.person,
            stem: slot.stem,
            bus: slot.bus,
            gain: slot.gain,
            path: slot.path,
            scale: span.scale,
            rms_pa: self.bank.power_pa2(slot.grain).sqrt(),
            at: slot.at,
            delay_frames: slot.delay_frames,
            start: span.start,
            end: span.end,
            rate: slot.rate,
            ..Entry::FREE
        };
        let mut started = Started::Yes;
        if self.ledger.live() >= self.capacity {
            match self.ledger.quietest() {
                Some((victim, loudness)) if loudness <= entry.loudness() && self.ledger.has_room() => {
                    started = Started::Replacing { person: self.ledger.entries[victim as usize].person };
                    self.stats.stolen += 1;
                    self.replace(victim);
                }
                _ => {
                    self.stats.dropped += 1;
                    return Started::Dropped;
                }
            }
        }
        let Some(id) = self.ledger.take(entry) else {
            self.stats.dropped += 1;
            return Started::Dropped;
        };
        if slot.at < now + QUANTUM as u64 {
            self.sound(id);
        } else {
            self.stats.waiting += 1;
            self.wheel.add(id, slot.at);
        }
        started
    }

    /// Fades out what a person's mouth is doing from frame `at` at the person on (from the next quantum if
    /// that is past), and calls off what would begin later. The fade lasts `fade_frames`, 2 ms at least. What
    /// hands and feet have begun rings on.
    ///
    /// Real-time: O(grains of the person), no allocation.
    pub fn stop(&mut self, person: u32, at: u64, fade_frames: u32) {
        let mut id = self.ledger.first_near(person);
        while id != NONE {
            let next = self.ledger.next_near(id);
            let entry = self.ledger.entries[id as usize];
            if entry.person == person && entry.stem != Stem::Body {
                let at = (at + u64::from(entry.delay_frames)).max(self.now);
                if entry.state == State::Waiting && entry.at >= at {
                    self.cancel(id);
                } else {
                    self.fade_out(id, at, fade_frames.max(self.fade_frames));
                }
            }
            id = next;
        }
    }

    /// Fades out everything on a range of buses and calls off what would begin there: nobody listens any more.
    ///
    /// Real-time: O(capacity), no allocation.
    pub fn leave(&mut self, buses: std::ops::Range<u16>) {
        for id in 0..self.ledger.entries.len() as u32 {
            let entry = self.ledger.entries[id as usize];
            if !buses.contains(&entry.bus) {
                continue;
            }
            match entry.state {
                State::Waiting => self.cancel(id),
                State::Sounding => self.fade_out(id, self.now, self.fade_frames),
                _ => {}
            }
        }
    }

    /// Asks for the bus and path factor of the person of every grain, and moves there: gains run straight
    /// and buses cross-fade over 10 ms.
    ///
    /// Real-time: O(capacity), no allocation. While all spare slots are taken by earlier moves a change of
    /// bus is left out and counted in [`MixStats::deferred`]; the next call catches up.
    pub fn reroute(&mut self, mut f: impl FnMut(u32) -> (u16, f32)) {
        for id in 0..self.ledger.entries.len() as u32 {
            let entry = self.ledger.entries[id as usize];
            if !matches!(entry.state, State::Waiting | State::Sounding) {
                continue;
            }
            let (bus, path) = f(entry.person);
            if usize::from(bus) >= self.lanes.buses() || !path.is_finite() {
                continue;
            }
            if entry.state == State::Waiting {
                self.set_path(id, bus, path);
            } else if bus != entry.bus {
                self.change_bus(id, bus, path);
            } else if path != entry.path {
                self.set_path(id, bus, path);
                let target = self.ledger.entries[id as usize].total_gain();
                self.lanes.ramp(entry.place, target, MOVE_QUANTA);
            }
        }
    }

    /// Adds every sounding grain to its bus for one quantum.
    ///
    /// * `now`: first frame of the quantum.
    /// * `buses`: one block per bus of the group, pascals. Adds, never clears.
    ///
    /// Real-time: no allocation, lock or I/O; O(sounding grains).
    ///
    /// # Panics
    /// In debug builds, if there are fewer blocks than buses. In release builds the missing ones are left out.
    pub fn process(&mut self, now: u64, buses: &mut [Block]) -> MixStats {
        debug_assert!(buses.len() >= self.lanes.buses());
        self.now = now;
        self.wheel.wake(now + QUANTUM as u64, &mut self.woken);
        for k in 0..self.woken.len() {
            self.wake(self.woken[k]);
        }
        self.woken.clear();

        match self.arch {
            #[cfg(target_arch = "x86_64")]
            pulp::Arch::V3(simd) => simd.vectorize(self.sum(now, Shuffled(simd), buses)),
            arch => arch.dispatch(self.sum(now, Plain, buses)),
        }
        let (sounding, by_stem) = (self.sounding() as u32, self.by_stem);

        self.stats.ended += self.ended.len() as u32;
        for k in 0..self.ended.len() {
            self.end(self.ended[k]);
        }
        self.ended.clear();
        self.now = now + QUANTUM as u64;
        let waiting = self.stats.waiting;
        let stats = MixStats { sounding, by_stem, ..self.stats };
        self.stats = MixStats { waiting, ..MixStats::default() };
        stats
    }

    fn sum<'a, I>(&'a mut self, now: u64, interpolate: I, buses: &'a mut [Block]) -> Sum<'a, I> {
        Sum {
            now,
            data: self.bank.store(),
            patterns: self.patterns,
            interpolate,
            lanes: &mut self.lanes,
            entries: &self.ledger.entries,
            ended: &mut self.ended,
            buses,
        }
    }

    fn wake(&mut self, id: u32) {
        self.stats.waiting -= 1;
        if self.ledger.entries[id as usize].state == State::Cancelled {
            self.ledger.release(id);
        } else {
            self.sound(id);
        }
    }

    /// Puts a slot whose frame has come on its bus.
    fn sound(&mut self, id: u32) {
        let now = self.now;
        let entry = &mut self.ledger.entries[id as usize];
        let frame = if entry.at >= now {
            // Less than a quantum: the silence before the grain is longer.
            entry.start - entry.rate.performed(entry.at - now) as u32
        } else {
            entry.fade_in_at = now;
            entry.fade_in_frames = self.fade_frames;
            (u64::from(entry.start) + entry.rate.performed(now - entry.at)).min(u64::from(entry.end)) as u32
        };
        entry.state = State::Sounding;
        self.place(id, Reader { frame, turn: 0 });
        self.stats.began += 1;
    }

    fn place(&mut self, id: u32, reader: Reader) {
        let entry = &mut self.ledger.entries[id as usize];
        let special = entry.fade_in_frames > 0 || entry.stop_at != u64::MAX;
        let (end, rate, gain) = (entry.end, entry.rate, entry.total_gain());
        let sounding = Sounding { slot: id, reader, rate, end, gain, special };
        // There are as many places as slots, so this never fails.
        if let Some(place) = self.lanes.push(usize::from(entry.bus), sounding) {
            entry.place = place;
            self.by_stem[entry.stem as usize] += 1;
        }
    }

    /// Takes a slot off its bus and frees it.
    fn end(&mut self, id: u32) {
        let entry = self.ledger.entries[id as usize];
        if let Some((moved, place)) = self.lanes.remove(usize::from(entry.bus), entry.place) {
            self.ledger.entries[moved as usize].place = place;
        }
        self.by_stem[entry.stem as usize] -= 1;
        if entry.state == State::Sounding {
            self.ledger.disown(id, State::Leaving);
        }
        self.ledger.release(id);
    }

    fn cancel(&mut self, id: u32) {
        self.ledger.disown(id, State::Cancelled);
    }

    fn replace(&mut self, id: u32) {
        if self.ledger.entries[id as usize].state == State::Waiting {
            self.cancel(id);
        } else {
            self.fade_out(id, self.now, self.replaced_frames);
            self.ledger.disown(id, State::Leaving);
        }
    }

    /// The earlier fade wins; one that has begun is never changed.
    fn fade_out(&mut self, id: u32, at: u64, frames: u32) {
        let now = self.now;
        let entry = &mut self.ledger.entries[id as usize];
        if entry.stop_at < now || entry.stop_at <= at {
            return;
        }
        entry.stop_at = at;
        entry.stop_frames = frames;
        if entry.state != State::Waiting {
            self.lanes.mark(entry.place);
        }
    }

    fn set_path(&mut self, id: u32, bus: u16, path: f32) {
        let entry = &mut self.ledger.entries[id as usize];
        entry.bus = bus;
        entry.path = path;
        self.ledger.weigh(id);
    }

    /// A twin fades in on the new bus while the old slot fades out: together they are always one.
    fn change_bus(&mut self, id: u32, bus: u16, path: f32) {
        if !self.ledger.has_room() {
            self.stats.deferred += 1;
            return;
        }
        let old = self.ledger.entries[id as usize];
        let (chunk, k) = (&self.lanes.chunks[old.place.chunk as usize], usize::from(old.place.index));
        let reader = Reader { frame: chunk.read[k], turn: chunk.turn[k] };
        let frames = u32::from(MOVE_QUANTA) * QUANTUM as u32;
        // A fade-out that runs already ends both; a fade-in that runs already is carried on by its product.
        let stopping = old.stop_at <= self.now;
        if stopping {
            return;
        }
        let twin = Entry { bus, path, fade_in_at: self.now, fade_in_frames: frames, ..old };
        self.ledger.entries[id as usize].stop_at = self.now;
        self.ledger.entries[id as usize].stop_frames = frames;
        self.lanes.mark(old.place);
        self.ledger.disown(id, State::Leaving);
        if let Some(twin) = self.ledger.take(Entry { place: Place::NOWHERE, ..twin }) {
            self.place(twin, reader);
        }
    }
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
