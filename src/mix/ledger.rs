//! Who holds which slot, and who is the quietest.
//!
//! Owns the facts of each slot that the mixing loop does not need every quantum, the slots of each person
//! and the slots of each loudness (steps of 3 dB), all as lists through fixed arrays: every operation is
//! O(1) apart from walking one person's few slots. Nothing is allocated after `new`.

use super::lanes::Place;
use super::wheel::NONE;
use crate::grain::{Rate, Stem};

/// What a slot is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing.
    Free,
    /// Its first frame is still to come.
    Waiting,
    /// Called off while waiting: free as soon as the wheel lets go of it.
    Cancelled,
    /// Heard, and the person's own.
    Sounding,
    /// Heard, but only to the end of a short fade: replaced or moved to another bus.
    Leaving,
}

/// One slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub state: State,
    pub person: u32,
    pub stem: Stem,
    pub bus: u16,
    /// Factor of the performance, linear.
    pub gain: f32,
    /// Factor of the way to the listener, linear.
    pub path: f32,
    /// Pascals per step of the grain.
    pub scale: f32,
    /// Root of the grain's mean square, pascals at 1 m.
    pub rms_pa: f32,
    pub at: u64,
    pub delay_frames: u32,
    pub start: u32,
    pub end: u32,
    pub rate: Rate,
    /// Frame at which a fade-in begins, and its length; length 0 without one.
    pub fade_in_at: u64,
    pub fade_in_frames: u32,
    /// Frame at which a fade-out begins; `u64::MAX` without one.
    pub stop_at: u64,
    pub stop_frames: u32,
    pub place: Place,
    pub(super) bucket: u8,
    pub(super) louder: Link,
    pub(super) own: Link,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    next: u32,
    previous: u32,
}

const UNLINKED: Link = Link { next: NONE, previous: NONE };

impl Entry {
    pub const FREE: Self = Self {
        state: State::Free,
        person: 0,
        stem: Stem::Murmur,
        bus: 0,
        gain: 0.0,
        path: 0.0,
        scale: 0.0,
        rms_pa: 0.0,
        at: 0,
        delay_frames: 0,
        start: 0,
        end: 0,
        rate: Rate::ONE,
        fade_in_at: 0,
        fade_in_frames: 0,
        stop_at: u64::MAX,
        stop_frames: 0,
        place: Place::NOWHERE,
        bucket: 0,
        louder: UNLINKED,
        own: UNLINKED,
    };

    /// Gain of the bank's integers on the bus, pascals per step.
    pub fn total_gain(&self) -> f32 {
        self.gain * self.path * self.scale
    }

    /// How loud it is on its bus, in steps of 3 dB.
    pub fn loudness(&self) -> u8 {
        bucket_of(self.gain * self.path * self.rms_pa)
    }
}

/// Steps of 3 dB from 2^-24 Pa (-50 dB SPL) up to 2^8 Pa (142 dB SPL).
const BUCKETS: usize = 64;

/// Exponent and highest bit of the mantissa number steps of about 3 dB.
fn bucket_of(level_pa: f32) -> u8 {
    const LOWEST: u32 = (127 - 24) << 1;
    let step = level_pa.abs().to_bits() >> 22;
    step.saturating_sub(LOWEST).min(BUCKETS as u32 - 1) as u8
}

#[derive(Clone, Copy, Debug)]
struct List {
    first: u32,
    last: u32,
}

const EMPTY: List = List { first: NONE, last: NONE };

/// All slots.
#[derive(Debug)]
pub(super) struct Ledger {
    pub entries: Vec<Entry>,
    free: Vec<u32>,
    /// Slots that belong to somebody: waiting or sounding.
    live: usize,
    /// By loudness; the longest there first.
    buckets: [List; BUCKETS],
    /// Bit per bucket that is not empty.
    filled: u64,
    /// By a hash of the person.
    people: Vec<u32>,
}

impl Ledger {
    pub fn new(slots: usize) -> Self {
        let mut ledger = Self {
            entries: vec![Entry::FREE; slots],
            free: Vec::with_capacity(slots),
            live: 0,
            buckets: [EMPTY; BUCKETS],
            filled: 0,
            people: vec![NONE; (slots * 2).next_power_of_two()],
        };
        ledger.reset();
        ledger
    }

    pub fn reset(&mut self) {
        self.entries.fill(Entry::FREE);
        self.free.clear();
        self.free.extend((0..self.entries.len() as u32).rev());
        self.live = 0;
        self.buckets = [EMPTY; BUCKETS];
        self.filled = 0;
        self.people.fill(NONE);
    }

    pub fn live(&self) -> usize {
        self.live
    }

    pub fn has_room(&self) -> bool {
        !self.free.is_empty()
    }

    /// Takes a free slot for somebody.
    pub fn take(&mut self, entry: Entry) -> Option<u32> {
        let slot = self.free.pop()?;
        self.entries[slot as usize] = Entry { bucket: entry.loudness(), ..entry };
        self.live += 1;
        self.link_bucket(slot);
        self.link_person(slot);
        Some(slot)
    }

    /// The slot is nobody's any more, but is not free yet.
    pub fn disown(&mut self, slot: u32, state: State) {
        self.unlink_bucket(slot);
        self.unlink_person(slot);
        self.entries[slot as usize].state = state;
        self.live -= 1;
    }

    /// Gives a disowned slot back.
    pub fn release(&mut self, slot: u32) {
        self.entries[slot as usize].state = State::Free;
        self.free.push(slot);
    }

    /// Sorts a slot anew after its path changed.
    pub fn weigh(&mut self, slot: u32) {
        let bucket = self.entries[slot as usize].loudness();
        if bucket != self.entries[slot as usize].bucket {
            self.unlink_bucket(slot);
            self.entries[slot as usize].bucket = bucket;
            self.link_bucket(slot);
        }
    }

    /// The quietest slot, the longest there among equals, with its loudness.
    pub fn quietest(&self) -> Option<(u32, u8)> {
        let bucket = self.filled.trailing_zeros() as usize;
        self.buckets.get(bucket).map(|list| (list.first, bucket as u8))
    }

    /// The first slot in the list that holds a person's, `NONE` without; others may share the list.
    pub fn first_near(&self, person: u32) -> u32 {
        self.people[self.hash(person)]
    }

    pub fn next_near(&self, slot: u32) -> u32 {
        self.entries[slot as usize].own.next
    }

    fn hash(&self, person: u32) -> usize {
        // Fibonacci hashing: the high bits of a product with 2^32 / golden ratio (Knuth 6.4).
        let mixed = u64::from(person.wrapping_mul(0x9e37_79b9));
        ((mixed * self.people.len() as u64) >> 32) as usize
    }

    fn link_person(&mut self, slot: u32) {
        let list = self.hash(self.entries[slot as usize].person);
        let first = std::mem::replace(&mut self.people[list], slot);
        self.entries[slot as usize].own = Link { next: first, previous: NONE };
        if first != NONE {
            self.entries[first as usize].own.previous = slot;
        }
    }

    fn unlink_person(&mut self, slot: u32) {
        let list = self.hash(self.entries[slot as usize].person);
        let Link { next, previous } = self.entries[slot as usize].own;
        match previous {
            NONE => self.people[list] = next,
            _ => self.entries[previous as usize].own.next = next,
        }
        if next != NONE {
            self.entries[next as usize].own.previous = previous;
        }
    }

    fn link_bucket(&mut self, slot: u32) {
        let bucket = usize::from(self.entries[slot as usize].bucket);
        let last = std::mem::replace(&mut self.buckets[bucket].last, slot);
        self.entries[slot as usize].louder = Link { next: NONE, previous: last };
        match last {
            NONE => self.buckets[bucket].first = slot,
            _ => self.entries[last as usize].louder.next = slot,
        }
        self.filled |= 1 << bucket;
    }

    fn unlink_bucket(&mut self, slot: u32) {
        let bucket = usize::from(self.entries[slot as usize].bucket);
        let Link { next, previous } = self.entries[slot as usize].louder;
        match previous {
            NONE => self.buckets[bucket].first = next,
            _ => self.entries[previous as usize].louder.next = next,
        }
        match next {
            NONE => self.buckets[bucket].last = previous,
            _ => self.entries[next as usize].louder.previous = previous,
        }
        if self.buckets[bucket].first == NONE {
            self.filled &= !(1 << bucket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loud(person: u32, level: f32) -> Entry {
        Entry { person, state: State::Sounding, gain: level, path: 1.0, rms_pa: 1.0, ..Entry::FREE }
    }

    #[test]
    fn the_quietest_is_found_to_3_db_and_the_oldest_among_equals() {
        let mut ledger = Ledger::new(8);
        let slots: Vec<u32> = [0.5, 0.01, 0.0101, 2.0, 1e-9, 0.0]
            .iter()
            .enumerate()
            .map(|(person, &level)| ledger.take(loud(person as u32, level)).unwrap())
            .collect();
        let mut order = Vec::new();
        while let Some((slot, _)) = ledger.quietest() {
            ledger.disown(slot, State::Leaving);
            ledger.release(slot);
            order.push(slots.iter().position(|&s| s == slot).unwrap());
        }
        assert_eq!(order, [4, 5, 1, 2, 0, 3]);
        assert_eq!(ledger.live(), 0);
    }

    #[test]
    fn steps_of_loudness_are_about_3_db() {
        for (db, steps) in [(6.03, 2), (-6.03, -2), (-60.3, -20)] {
            let there = bucket_of(crate::units::gain_from_db(db) as f32 * 1.1);
            assert_eq!(i32::from(there) - i32::from(bucket_of(1.1)), steps, "{db} dB");
        }
    }

    #[test]
    fn a_person_is_found_among_many_and_gone_after_release() {
        let mut ledger = Ledger::new(500);
        let slots: Vec<u32> = (0..500).map(|n| ledger.take(loud(n % 100, 1.0)).unwrap()).collect();
        assert!(ledger.take(loud(1, 1.0)).is_none());
        let of = |ledger: &Ledger, person: u32| {
            let mut found = 0;
            let mut slot = ledger.first_near(person);
            while slot != NONE {
                found += usize::from(ledger.entries[slot as usize].person == person);
                slot = ledger.next_near(slot);
            }
            found
        };
        assert!((0..100).all(|person| of(&ledger, person) == 5));
        for (n, &slot) in slots.iter().enumerate() {
            if n % 100 == 42 {
                ledger.disown(slot, State::Leaving);
                ledger.release(slot);
            }
        }
        assert_eq!(of(&ledger, 42), 0);
        assert!((0..100).filter(|&p| p != 42).all(|person| of(&ledger, person) == 5));
    }
}
