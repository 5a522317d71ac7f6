//! Everything between the orders to the mixer and the channels of a layout: one for the mix, one more for its stems.
//!
//! Owns the groups, the places and the cross-fades between them. Does not own decisions or the master.
//!
//! Real-time with one part and without a pool: no allocation, no lock.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::grain::{Bank, GrainEvent};
use crate::mix::Slot;
use crate::space::{Alignment, Gains, Sphere};
use crate::units::{Block, QUANTUM};

use super::ear::Route;
use super::group::{Group, Order, SPEAKER_LAYER};
use super::place::Place;
use super::plan::{PlaceFade, QuantumPlan};
use super::speaker::{Cluster, Feeds};

/// Parts of a mix that people and loudspeakers add to, in the order of the files. After them come the air and the
/// room of each place.
pub(crate) const PEOPLE_PARTS: [&str; 8] =
    ["leader", "near", "mid", "far", "murmur", "cheers", "body", "loudspeaker"];

/// A set of groups and places.
pub(crate) struct Rig {
    groups: Vec<Group>,
    places: Vec<Place>,
    /// Parts that come out: 1, or people's parts, the air and the room of each place.
    parts: usize,
    /// Channels of each part before the head, if there is one.
    width: usize,
    heads: Vec<Sphere>,
    alignment: Option<Alignment>,
    sum: Vec<Block>,
    out: Vec<Block>,
    /// The most that the parts of a place lacked before they were settled, pascals.
    lacking: f32,
}

impl Rig {
    /// Puts groups and places together; `split` tells that they keep parts apart.
    pub(crate) fn new(
        groups: Vec<Group>,
        places: Vec<Place>,
        width: usize,
        head: Option<Sphere>,
        split: bool,
    ) -> Self {
        let parts = if split { PEOPLE_PARTS.len() + 1 + places.len() } else { 1 };
        let channels = if head.is_some() { 2 } else { width };
        Self {
            groups,
            places,
            parts,
            width,
            heads: head.map_or_else(Vec::new, |head| vec![head; parts]),
            alignment: None,
            sum: vec![[0.0; QUANTUM]; parts * width],
            out: vec![[0.0; QUANTUM]; parts * channels],
            lacking: 0.0,
        }
    }

    /// Parts that come out, side by side.
    pub(crate) fn parts(&self) -> usize {
        self.parts
    }

    /// Makes up for the distances of loudspeakers.
    pub(crate) fn align(&mut self, alignment: Option<Alignment>) {
        self.alignment = alignment;
    }

    /// Forgets all sound and all orders.
    pub(crate) fn reset(&mut self) {
        self.groups.iter_mut().for_each(Group::reset);
        self.places.iter_mut().for_each(Place::reset);
        self.heads.iter_mut().for_each(Sphere::reset);
        self.alignment.iter_mut().for_each(Alignment::reset);
        self.lacking = 0.0;
    }

    /// Takes the devices of all places away.
    pub(crate) fn bare(&mut self) {
        self.places.iter_mut().for_each(Place::bare);
    }

    /// Lets a loudspeaker be heard at a place.
    pub(crate) fn connect(&mut self, place: usize, route: Route, speaker: usize, delay_frames: u64) {
        let group = &mut self.groups[route.group];
        let bus = group.local_bus(place, route.bus_in_share, SPEAKER_LAYER);
        group.add_cluster(place, Cluster { speaker, bus, gain: route.gain, delay_frames });
    }

    /// Plays from other banks from now on, one for each group; see [`crate::mix::Pool::swap_bank`].
    pub(crate) fn swap_banks<'b>(&mut self, banks: &mut impl Iterator<Item = &'b mut Arc<Bank>>) {
        for (group, bank) in self.groups.iter_mut().zip(banks) {
            group.swap_bank(bank);
        }
    }

    /// True if any of some grains sounds or is about to.
    pub(crate) fn holds(&self, grains: &Range<u32>, positions: &Range<u32>) -> bool {
        self.groups.iter().any(|group| group.holds(grains, positions))
    }

    /// Starts a grain on its way to a place.
    pub(crate) fn start(&mut self, now: u64, place: usize, route: Route, slot: Slot) {
        let group = &mut self.groups[route.group];
        let bus = group.local_bus(place, route.bus_in_share, slot.stem as usize);
        group.order(now, Order::Start(Slot { bus, ..slot }));
    }

    /// Starts a grain in front of a loudspeaker's microphone.
    pub(crate) fn speak(&mut self, now: u64, speaker: usize, slot: Slot) {
        let group = &mut self.groups[0];
        let bus = group.speaker_bus(speaker);
        group.order(now, Order::Start(Slot { bus, ..slot }));
    }

    /// Stops a person: to all groups, or to one.
    pub(crate) fn stop(&mut self, now: u64, event: GrainEvent, group: Option<usize>) {
        let GrainEvent::Stop { person, at, fade_frames } = event else { return };
        for (index, member) in self.groups.iter_mut().enumerate() {
            if group.is_none_or(|only| only == index) {
                member.order(now, Order::Stop { person, at, fade_frames });
            }
        }
    }

    /// Nobody listens at a place any more.
    pub(crate) fn leave(&mut self, now: u64, place: usize) {
        self.groups.iter_mut().for_each(|group| group.order(now, Order::Leave { place }));
    }

    /// Mixes a chunk of quanta.
    pub(crate) fn run(&mut self, chunk: &[QuantumPlan], feeds: &Feeds, pool: Option<&rayon::ThreadPool>) {
        let groups = &mut self.groups;
        match pool {
            Some(pool) if chunk.len() > 1 => {
                pool.install(|| groups.par_iter_mut().for_each(|group| group.run(chunk, feeds)));
            }
            _ => groups.iter_mut().for_each(|group| group.run(chunk, feeds)),
        }
    }

    /// What people said into a loudspeaker in quantum `index` of the last chunk.
    pub(crate) fn spoken(&self, index: usize, speaker: usize) -> &Block {
        self.groups[0].spoken(index, speaker)
    }

    /// Grains sounding, and grains lost so far.
    pub(crate) fn grains(&self) -> (u32, u64) {
        let sounding = self.groups.iter().map(|g| g.sounding() as u32).sum();
        (sounding, self.groups.iter().map(Group::lost).sum())
    }

    /// The most that parts lacked of the whole by rounding, pascals.
    pub(crate) fn lacking(&self) -> f32 {
        self.lacking
    }

    /// Adds up quantum `index` of the last chunk: a block per channel, part by part. Parts are made to add up to
    /// what `whole` has made of the quantum already.
    pub(crate) fn finish(&mut self, index: usize, plan: &QuantumPlan, whole: Option<&Self>) -> &mut [Block] {
        let Self { groups, places, parts, width, heads, alignment, sum, out, lacking } = self;
        sum.fill([0.0; QUANTUM]);
        for (number, place) in places.iter_mut().enumerate() {
            if !plan.is_active(number) {
                continue;
            }
            place.finish(groups, index, number, plan.air);
            if let Some(whole) = whole.and_then(|whole| whole.places.get(number)) {
                *lacking = lacking.max(place.settle(whole.heard()));
            }
            // `from` is silent when no cross-fade runs, and then it names the same place as `to`.
            for fade in [plan.from, plan.to] {
                if fade.place == number && (fade.start > 0.0 || fade.end > 0.0) {
                    for (part, blocks) in place.heard().chunks_exact(place.channels()).enumerate() {
                        // The room is a part of its own at every place.
                        let part = if part > PEOPLE_PARTS.len() { part + number } else { part };
                        let target = &mut sum[part * *width..(part + 1) * *width];
                        match place.spread() {
                            Some(spread) => spread_out(target, blocks, spread, fade),
                            None => {
                                for (target, block) in target.iter_mut().zip(blocks) {
                                    add_faded(target, block, 1.0, fade);
                                }
                            }
                        }
                    }
                }
            }
        }
        if heads.is_empty() {
            out.copy_from_slice(sum);
        } else {
            for part in 0..*parts {
                let mut ears = [[0.0; QUANTUM]; 2];
                heads[part].process(&sum[part * *width..(part + 1) * *width], &mut ears);
                out[2 * part..2 * part + 2].copy_from_slice(&ears);
            }
        }
        if let Some(alignment) = alignment {
            alignment.process(out);
        }
        out
    }
}

/// Adds left and right of a device where they are heard.
fn spread_out(target: &mut [Block], blocks: &[Block], spread: &[Gains; 2], fade: PlaceFade) {
    for (gains, block) in spread.iter().zip(blocks) {
        for (channel, gain) in gains {
            if let Some(target) = target.get_mut(usize::from(*channel)) {
                add_faded(target, block, *gain, fade);
            }
        }
    }
}

/// Adds `sound` with a gain that moves linearly over the quantum.
fn add_faded(mix: &mut Block, sound: &Block, gain: f32, fade: PlaceFade) {
    let (start, end) = (gain * fade.start, gain * fade.end);
    let step = (end - start) / QUANTUM as f32;
    for (i, (m, s)) in mix.iter_mut().zip(sound).enumerate() {
        *m += (start + step * i as f32) * s;
    }
}
