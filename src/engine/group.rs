//! One share of the mixing work: a fixed set of buses with the pool that fills them.
//!
//! Owns the buses of every place whose index falls to this group, their filters and their pool of
//! sounding grains. A group sees nothing of the other groups, so groups may run on different threads
//! and still give the same samples: partial sums are added in group order afterwards.
//!
//! Real-time: `run` neither allocates nor locks; orders beyond [`ORDERS`] are refused and counted.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::grain::Bank;
use crate::mix::{Pool, Slot};
use crate::space::{BusFilter, SENDS};
use crate::units::{Block, QUANTUM, Stereo};

use super::plan::{MAX_CHUNK, QuantumPlan};
use super::speaker::{Cluster, Feeds};

/// Into how many groups the buses are dealt. Fixed, because it fixes the order of summation.
pub(crate) const GROUPS: usize = 8;

/// Orders that may wait in a group until their quantum is mixed.
pub(crate) const ORDERS: usize = 1 << 15;

/// What the mixer of a group is told to do at a quantum.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    /// Start a grain.
    Start(Slot),
    /// Fade out a person.
    Stop {
        /// Who.
        person: u32,
        /// When the fade starts, at the person.
        at: u64,
        /// How long it lasts.
        fade_frames: u32,
    },
    /// Nobody listens at a place any more.
    Leave {
        /// Index of the place.
        place: usize,
    },
}

/// The buses of one place that belong to this group.
struct Share {
    /// First local bus.
    first: usize,
    filters: Vec<BusFilter>,
    /// Loudspeakers heard at this place through buses of this group.
    clusters: Vec<Cluster>,
}

/// What a group hands over for one place and one quantum.
#[derive(Clone)]
pub(crate) struct PartialMix {
    /// Direct sound and early reflections.
    pub(crate) direct: Stereo,
    /// Sends to the late reverb.
    pub(crate) sends: [Block; SENDS],
}

impl PartialMix {
    const SILENCE: Self = Self { direct: Stereo::SILENCE, sends: [[0.0; QUANTUM]; SENDS] };
}

/// A group of buses.
pub(crate) struct Group {
    pool: Pool,
    buses: Vec<Block>,
    shares: Vec<Share>,
    orders: VecDeque<(u64, Order)>,
    /// `[quantum in the chunk][place]`.
    partial: Vec<PartialMix>,
    /// `[quantum in the chunk][speaker]`: what people say into each loudspeaker's microphone.
    spoken: Vec<Block>,
    speakers: usize,
    lost: u64,
}

impl Group {
    /// Builds a group from the filters of each place that fall to it.
    ///
    /// `filters[p]` are the filters of place `p`; local bus indices count through the places in order,
    /// then one bus for each loudspeaker.
    pub(crate) fn new(
        bank: Arc<Bank>,
        capacity: usize,
        filters: Vec<Vec<BusFilter>>,
        speakers: usize,
    ) -> Self {
        let mut first = 0;
        let shares: Vec<Share> = filters
            .into_iter()
            .map(|filters| {
                let share = Share { first, filters, clusters: Vec::new() };
                first += share.filters.len();
                share
            })
            .collect();
        let buses = first + speakers;
        Self {
            pool: Pool::new(bank, capacity, buses),
            buses: vec![[0.0; QUANTUM]; buses],
            partial: vec![PartialMix::SILENCE; MAX_CHUNK * shares.len()],
            spoken: vec![[0.0; QUANTUM]; MAX_CHUNK * speakers],
            shares,
            orders: VecDeque::with_capacity(ORDERS),
            speakers,
            lost: 0,
        }
    }

    /// The local bus of a place's bus.
    pub(crate) fn local_bus(&self, place: usize, bus_in_share: usize) -> u16 {
        (self.shares[place].first + bus_in_share) as u16
    }

    /// The local bus that feeds a loudspeaker.
    pub(crate) fn speaker_bus(&self, speaker: usize) -> u16 {
        (self.buses.len() - self.speakers + speaker) as u16
    }

    /// Lets a loudspeaker be heard at a place through a bus of this group.
    pub(crate) fn add_cluster(&mut self, place: usize, cluster: Cluster) {
        self.shares[place].clusters.push(cluster);
    }

    /// Queues an order for the quantum that starts at `now`. Orders must come in order of time.
    pub(crate) fn order(&mut self, now: u64, order: Order) {
        if self.orders.len() < ORDERS {
            self.orders.push_back((now, order));
        } else {
            self.lost += 1;
        }
    }

    /// Mixes a chunk of quanta.
    ///
    /// Real-time: O(sounding grains + buses) per quantum.
    pub(crate) fn run(&mut self, chunk: &[QuantumPlan], feeds: &Feeds) {
        let places = self.shares.len();
        for (index, plan) in chunk.iter().enumerate() {
            self.take_orders(plan.now);
            for bus in &mut self.buses {
                *bus = [0.0; QUANTUM];
            }
            let stats = self.pool.process(plan.now, &mut self.buses);
            self.lost += u64::from(stats.stolen) + u64::from(stats.dropped);
            let speaker_first = self.buses.len() - self.speakers;
            for s in 0..self.speakers {
                self.spoken[index * self.speakers + s] = self.buses[speaker_first + s];
            }
            for (place, share) in self.shares.iter_mut().enumerate() {
                if !plan.is_active(place) {
                    continue;
                }
                let partial = &mut self.partial[index * places + place];
                *partial = PartialMix::SILENCE;
                for c in &share.clusters {
                    feeds.add(
                        c.speaker,
                        plan.now,
                        c.delay_frames,
                        c.gain,
                        &mut self.buses[usize::from(c.bus)],
                    );
                }
                for (filter, bus) in share.filters.iter_mut().zip(&self.buses[share.first..]) {
                    filter.process(bus, &mut partial.direct, &mut partial.sends);
                }
            }
        }
    }

    fn take_orders(&mut self, now: u64) {
        while let Some(&(at, order)) = self.orders.front() {
            if at > now {
                break;
            }
            self.orders.pop_front();
            match order {
                Order::Start(slot) => {
                    // What became of it is counted by the pool.
                    let _ = self.pool.start(now, slot);
                }
                Order::Stop { person, at, fade_frames } => self.pool.stop(person, at, fade_frames),
                Order::Leave { place } => {
                    let share = &self.shares[place];
                    let end = share.first + share.filters.len();
                    self.pool.leave(share.first as u16..end as u16);
                }
            }
        }
    }

    /// The group's part of a place in quantum `index` of the last chunk.
    pub(crate) fn partial(&self, index: usize, place: usize) -> &PartialMix {
        &self.partial[index * self.shares.len() + place]
    }

    /// What people said into loudspeaker `speaker` in quantum `index` of the last chunk.
    pub(crate) fn spoken(&self, index: usize, speaker: usize) -> &Block {
        &self.spoken[index * self.speakers + speaker]
    }

    /// Grains sounding after the last quantum.
    pub(crate) fn sounding(&self) -> usize {
        self.pool.sounding()
    }

    /// Grains that were cut short or left out so far because too many sounded at once.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }
}
