//! One quantum of all sounding slots, bus by bus.
//!
//! Owns the walk through the lanes and the choice of kernel for each slot. Everything is inlined into the
//! caller's processor level.

use pulp::NullaryFnOnce;

use super::kernel::{self, BATCH, RISE};
use super::lanes::{CHUNK, Chunk, Lanes};
use super::ledger::Entry;
use super::resample::{BEFORE, Interpolate, Patterns, Reader};
use super::wheel::NONE;
use crate::grain::Store;
use crate::units::{Block, QUANTUM};

/// The work of one quantum, to be dispatched.
pub(super) struct Sum<'a, I> {
    pub now: u64,
    pub data: &'a Store,
    pub patterns: &'a Patterns,
    /// How this processor interpolates.
    pub interpolate: I,
    pub lanes: &'a mut Lanes,
    pub entries: &'a [Entry],
    /// Slots that are over after this quantum.
    pub ended: &'a mut Vec<u32>,
    pub buses: &'a mut [Block],
}

impl<I: Interpolate> NullaryFnOnce for Sum<'_, I> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        add_all(self);
    }
}

#[inline(always)]
fn add_all<I: Interpolate>(mut sum: Sum<'_, I>) {
    for bus in 0..sum.lanes.buses().min(sum.buses.len()) {
        let mut at = sum.lanes.first(bus);
        while at != NONE {
            let next = sum.lanes.after(at);
            add_chunk(&mut sum, at, bus);
            at = next;
        }
    }
}

#[inline(always)]
fn add_chunk<I: Interpolate>(sum: &mut Sum<'_, I>, at: u32, bus: usize) {
    let (now, data, patterns, entries) = (sum.now, sum.data, sum.patterns, sum.entries);
    let chunk = &mut sum.lanes.chunks[at as usize];
    let bus = &mut sum.buses[bus];
    let len = usize::from(chunk.len).min(CHUNK);
    let mut k = 0;
    while k < len {
        let plain = |k: usize| (chunk.special | chunk.bent) >> k & 1 == 0 && chunk.ramp[k] == 0;
        if k + BATCH <= len && (k..k + BATCH).all(plain) {
            let grains = std::array::from_fn(|j| data.window(chunk.read[k + j]));
            kernel::add_batch(bus, grains, std::array::from_fn(|j| chunk.gain[k + j]));
            k += BATCH;
            continue;
        }
        if chunk.bent >> k & 1 == 1 {
            let window = data.window(chunk.read[k].wrapping_sub(BEFORE));
            let grain = sum.interpolate.interpolate(patterns, window, chunk.rate[k], chunk.turn[k]);
            add_one(now, bus, &grain, chunk, k, entries);
        } else {
            add_one(now, bus, data.window(chunk.read[k]), chunk, k, entries);
        }
        k += 1;
    }
    for k in 0..len {
        if chunk.bent >> k & 1 == 1 {
            let mut reader = Reader { frame: chunk.read[k], turn: chunk.turn[k] };
            reader.advance(chunk.rate[k]);
            (chunk.read[k], chunk.turn[k]) = (reader.frame, reader.turn);
        } else {
            chunk.read[k] += QUANTUM as u32;
        }
        if chunk.ramp[k] > 0 {
            chunk.ramp[k] -= 1;
            chunk.gain[k] += chunk.step[k];
            if chunk.ramp[k] == 0 {
                // Exactly where it was sent, whatever the rounding of the steps.
                chunk.gain[k] = entries[chunk.slot[k] as usize].total_gain();
            }
        }
        if chunk.read[k] >= chunk.end[k] {
            sum.ended.push(chunk.slot[k]);
        }
    }
}

/// One slot with whatever moves its gain.
#[inline(always)]
fn add_one<T: Copy + Into<f32>>(
    now: u64,
    bus: &mut Block,
    grain: &[T; QUANTUM],
    chunk: &mut Chunk,
    k: usize,
    entries: &[Entry],
) {
    let (gain, step) = (chunk.gain[k], if chunk.ramp[k] == 0 { 0.0 } else { chunk.step[k] });
    if chunk.special >> k & 1 == 1 {
        let entry = &entries[chunk.slot[k] as usize];
        kernel::add_shaped(bus, grain, &shape(entry, now, gain, step));
        settle(now + QUANTUM as u64, chunk, k, entry);
    } else if step != 0.0 {
        kernel::add_ramp(bus, grain, gain, step);
    } else {
        kernel::add(bus, grain, gain);
    }
}

/// Gain of each frame: the ramp times fade-in times fade-out.
#[inline(always)]
fn shape(entry: &Entry, now: u64, gain: f32, step: f32) -> Block {
    // Frames since a fade began, before the first frame of the quantum. Far away is far enough: 2^23 frames
    // are exact in a float and beyond every fade that is heard as one.
    let since = |from: u64| {
        const FAR: i64 = 1 << 23;
        now.cast_signed().saturating_sub(from.min(1 << 62).cast_signed()).clamp(-FAR, FAR) as f32
    };
    let (rise_since, rise_frames) = match entry.fade_in_frames {
        0 => (1.0, 1.0),
        frames => (since(entry.fade_in_at), frames as f32),
    };
    let (fall_since, fall_frames) = match entry.stop_at {
        u64::MAX => (-(QUANTUM as f32), 1.0),
        at => (since(at), entry.stop_frames.max(1) as f32),
    };
    let mut shape = [0.0; QUANTUM];
    for i in 0..QUANTUM {
        // The first frame of a fade has moved already, the last has arrived.
        let frame = RISE[i] * QUANTUM as f32;
        let rise = ((rise_since + frame) / rise_frames).clamp(0.0, 1.0);
        let fall = ((fall_since + frame) / fall_frames).clamp(0.0, 1.0);
        shape[i] = (gain + step * RISE[i]) * (rise * (1.0 - fall));
    }
    shape
}

/// After a quantum that ends before `end`: a finished fade-in is plain again, a finished fade-out is over.
#[inline(always)]
fn settle(end: u64, chunk: &mut Chunk, k: usize, entry: &Entry) {
    if entry.stop_at != u64::MAX {
        if end >= entry.stop_at.saturating_add(u64::from(entry.stop_frames)) {
            chunk.end[k] = chunk.end[k].min(chunk.read[k]);
        }
    } else if end >= entry.fade_in_at.saturating_add(u64::from(entry.fade_in_frames)) {
        chunk.special &= !(1 << k);
    }
}
