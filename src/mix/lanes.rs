//! Sounding slots, bus by bus, in memory order.
//!
//! Owns what the mixing loop reads each quantum: for every bus a chain of chunks of sixteen slots, so that
//! all grains of a bus are added while its block stays in the nearest cache and slots are read in line.
//! Adding and removing are O(1): the last slot of the bus fills the gap. Nothing is allocated after `new`.

use super::resample::Reader;
use super::wheel::NONE;
use crate::grain::Rate;

/// Slots in a chunk.
pub(super) const CHUNK: usize = 16;

/// Where a sounding slot lies: chunk and place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub chunk: u32,
    pub index: u8,
}

impl Place {
    pub const NOWHERE: Self = Self { chunk: NONE, index: 0 };
}

/// Sixteen slots of one bus.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    /// Who they are in the ledger.
    pub slot: [u32; CHUNK],
    /// Position in the bank of the next quantum's first frame; may lie in the silence before the grain.
    pub read: [u32; CHUNK],
    /// Where in its pattern of fractions the rate is, quanta modulo 8.
    pub turn: [u8; CHUNK],
    /// How fast it is played.
    pub rate: [Rate; CHUNK],
    /// Position after the last frame.
    pub end: [u32; CHUNK],
    /// Pascals per step at the end of the last quantum.
    pub gain: [f32; CHUNK],
    /// What the gain grows by in each quantum of a ramp; 0 without one.
    pub step: [f32; CHUNK],
    /// Quanta of the ramp that are left.
    pub ramp: [u8; CHUNK],
    /// Bit per slot: a fade may touch it; the ledger knows.
    pub special: u16,
    /// Bit per slot: played at another rate than it was performed.
    pub bent: u16,
    /// How many slots are used.
    pub len: u8,
    next: u32,
    previous: u32,
}

const BLANK: Chunk = Chunk {
    slot: [NONE; CHUNK],
    read: [0; CHUNK],
    turn: [0; CHUNK],
    rate: [Rate::ONE; CHUNK],
    end: [0; CHUNK],
    gain: [0.0; CHUNK],
    step: [0.0; CHUNK],
    ramp: [0; CHUNK],
    special: 0,
    bent: 0,
    len: 0,
    next: NONE,
    previous: NONE,
};

/// What is needed to sound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sounding {
    pub slot: u32,
    pub reader: Reader,
    pub rate: Rate,
    pub end: u32,
    pub gain: f32,
    pub special: bool,
}

/// The chains of all buses.
#[derive(Debug)]
pub(super) struct Lanes {
    pub chunks: Vec<Chunk>,
    free: Vec<u32>,
    first: Vec<u32>,
    last: Vec<u32>,
}

impl Lanes {
    /// Room for `slots` on `buses`.
    pub fn new(slots: usize, buses: usize) -> Self {
        // Each bus may have one chunk that is partly used.
        let chunks = slots.div_ceil(CHUNK) + buses;
        let mut lanes = Self {
            chunks: vec![BLANK; chunks],
            free: Vec::with_capacity(chunks),
            first: vec![NONE; buses],
            last: vec![NONE; buses],
        };
        lanes.reset();
        lanes
    }

    pub fn reset(&mut self) {
        self.first.fill(NONE);
        self.last.fill(NONE);
        self.free.clear();
        self.free.extend((0..self.chunks.len() as u32).rev());
    }

    pub fn buses(&self) -> usize {
        self.first.len()
    }

    /// The first chunk of a bus.
    pub fn first(&self, bus: usize) -> u32 {
        self.first[bus]
    }

    /// The chunk after this one on its bus.
    pub fn after(&self, chunk: u32) -> u32 {
        self.chunks[chunk as usize].next
    }

    /// Adds a slot at the end of a bus. `None` only if more slots are added than there is room for.
    pub fn push(&mut self, bus: usize, sounding: Sounding) -> Option<Place> {
        let mut at = self.last[bus];
        if at == NONE || usize::from(self.chunks[at as usize].len) == CHUNK {
            let fresh = self.free.pop()?;
            self.chunks[fresh as usize] = Chunk { previous: at, ..BLANK };
            if at == NONE {
                self.first[bus] = fresh;
            } else {
                self.chunks[at as usize].next = fresh;
            }
            self.last[bus] = fresh;
            at = fresh;
        }
        let chunk = &mut self.chunks[at as usize];
        let index = chunk.len;
        let k = usize::from(index);
        chunk.slot[k] = sounding.slot;
        (chunk.read[k], chunk.turn[k]) = (sounding.reader.frame, sounding.reader.turn);
        chunk.rate[k] = sounding.rate;
        chunk.end[k] = sounding.end;
        chunk.gain[k] = sounding.gain;
        chunk.step[k] = 0.0;
        chunk.ramp[k] = 0;
        chunk.special = chunk.special & !(1 << k) | u16::from(sounding.special) << k;
        chunk.bent = chunk.bent & !(1 << k) | u16::from(sounding.rate != Rate::ONE) << k;
        chunk.len += 1;
        Some(Place { chunk: at, index })
    }

    /// Removes a slot; the last of the bus takes its place and is named.
    pub fn remove(&mut self, bus: usize, place: Place) -> Option<(u32, Place)> {
        let tail = self.last[bus] as usize;
        let from = usize::from(self.chunks[tail].len) - 1;
        let to = usize::from(place.index);
        let last = self.chunks[tail].clone();
        let moved = (tail, from) != (place.chunk as usize, to);
        if moved {
            let chunk = &mut self.chunks[place.chunk as usize];
            chunk.slot[to] = last.slot[from];
            chunk.read[to] = last.read[from];
            (chunk.turn[to], chunk.rate[to]) = (last.turn[from], last.rate[from]);
            chunk.end[to] = last.end[from];
            chunk.gain[to] = last.gain[from];
            chunk.step[to] = last.step[from];
            chunk.ramp[to] = last.ramp[from];
            chunk.special = chunk.special & !(1 << to) | (last.special >> from & 1) << to;
            chunk.bent = chunk.bent & !(1 << to) | (last.bent >> from & 1) << to;
        }
        let chunk = &mut self.chunks[tail];
        chunk.special &= !(1 << from);
        chunk.len -= 1;
        if chunk.len == 0 {
            self.last[bus] = last.previous;
            match last.previous {
                NONE => self.first[bus] = NONE,
                previous => self.chunks[previous as usize].next = NONE,
            }
            self.free.push(tail as u32);
        }
        moved.then_some((last.slot[from], place))
    }

    /// Marks a slot as touched by a fade.
    pub fn mark(&mut self, place: Place) {
        self.chunks[place.chunk as usize].special |= 1 << place.index;
    }

    /// Lets the gain of a slot run to `target` over some quanta.
    pub fn ramp(&mut self, place: Place, target: f32, quanta: u8) {
        let chunk = &mut self.chunks[place.chunk as usize];
        let k = usize::from(place.index);
        chunk.ramp[k] = quanta;
        chunk.step[k] = (target - chunk.gain[k]) / f32::from(quanta);
    }
}
