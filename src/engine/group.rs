//! One share of the mixing work: a fixed set of buses with the pool that fills them.
//!
//! Owns the buses of every place whose index falls to this group, their filters and their pool of
//! sounding grains. A group sees nothing of the other groups, so groups may run on different threads
//! and still give the same samples: partial sums are added in group order afterwards.
//!
//! Real-time: `run` neither allocates nor locks; orders beyond [`ORDERS`] are refused and counted.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::grain::{Bank, Stem};
use crate::mix::{Pool, Slot};
use crate::space::{BusFilter, FieldFilter, SENDS};
use crate::units::{Block, QUANTUM};

use super::plan::QuantumPlan;
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

/// The way of one bus to the listener.
#[allow(clippy::large_enum_variant, reason = "pairs are the rule, and their filters stay in one row")]
pub(crate) enum Way {
    /// A pair of microphones.
    Pair(BusFilter),
    /// The channels of another layout.
    Field(Box<FieldFilter>),
}

impl Way {
    fn process(&mut self, input: &Block, out: &mut [Block], sends: &mut [Block; SENDS]) {
        match (self, out) {
            (Self::Pair(filter), [left, right]) => filter.process_into(input, [left, right], sends),
            (Self::Field(filter), out) => filter.process(input, out, sends),
            // A pair always gets two channels.
            (Self::Pair(_), _) => {}
        }
    }
}

/// Layers of a bus that is kept apart by what sounds on it: the stems of grains, and loudspeakers.
pub(crate) const LAYERS: usize = Stem::Body as usize + 2;

/// The layer of what comes out of loudspeakers.
pub(crate) const SPEAKER_LAYER: usize = LAYERS - 1;

/// What a group is told of one place.
pub(crate) struct ShareSpec {
    /// The ways of the place's buses that fall to the group; with layers, those of the first layer, then of the next.
    pub(crate) ways: Vec<Way>,
    /// For each way, the part of the mix that it adds to.
    pub(crate) part: Vec<u8>,
    /// How many layers there are: 1, or [`LAYERS`].
    pub(crate) layers: usize,
    /// Channels of each part.
    pub(crate) channels: usize,
    /// Parts that the ways add to.
    pub(crate) parts: usize,
}

/// The buses of one place that belong to this group.
struct Share {
    /// First local bus.
    first: usize,
    spec: ShareSpec,
    /// Loudspeakers heard at this place through buses of this group.
    clusters: Vec<Cluster>,
    /// Where its sound stands among the blocks of a quantum.
    sound_at: usize,
}

impl Share {
    /// Buses of one layer.
    fn width(&self) -> usize {
        self.spec.ways.len() / self.spec.layers
    }

    fn blocks(&self) -> usize {
        self.spec.parts * self.spec.channels
    }
}

/// A group of buses.
pub(crate) struct Group {
    pool: Pool,
    buses: Vec<Block>,
    shares: Vec<Share>,
    orders: VecDeque<(u64, Order)>,
    /// Direct sound and early reflections: `[quantum in the chunk][place][part][channel]`.
    sound: Vec<Block>,
    sound_blocks: usize,
    /// Sends to the late reverb: `[quantum in the chunk][place]`.
    sends: Vec<[Block; SENDS]>,
    /// `[quantum in the chunk][speaker]`: what people say into each loudspeaker's microphone.
    spoken: Vec<Block>,
    speakers: usize,
    lost: u64,
}

impl Group {
    /// Builds a group from what falls to it of each place, to be run at most `chunk` quanta at a time.
    ///
    /// Local bus indices count through the places in order, then one bus for each loudspeaker.
    pub(crate) fn new(
        bank: Arc<Bank>,
        capacity: usize,
        specs: Vec<ShareSpec>,
        speakers: usize,
        chunk: usize,
    ) -> Self {
        let (mut first, mut sound_blocks) = (0, 0);
        let shares: Vec<Share> = specs
            .into_iter()
            .map(|spec| {
                let share = Share { first, spec, clusters: Vec::new(), sound_at: sound_blocks };
                first += share.spec.ways.len();
                sound_blocks += share.blocks();
                share
            })
            .collect();
        let buses = first + speakers;
        Self {
            pool: Pool::new(bank, capacity, buses),
            buses: vec![[0.0; QUANTUM]; buses],
            sound: vec![[0.0; QUANTUM]; chunk * sound_blocks],
            sound_blocks,
            sends: vec![[[0.0; QUANTUM]; SENDS]; chunk * shares.len()],
            spoken: vec![[0.0; QUANTUM]; chunk * speakers],
            shares,
            orders: VecDeque::with_capacity(ORDERS),
            speakers,
            lost: 0,
        }
    }

    /// Forgets all sound and all orders.
    pub(crate) fn reset(&mut self) {
        self.pool.reset();
        self.orders.clear();
        self.lost = 0;
        let ways = self.shares.iter_mut().flat_map(|share| &mut share.spec.ways);
        ways.for_each(|way| match way {
            Way::Pair(filter) => filter.reset(),
            Way::Field(filter) => filter.reset(),
        });
    }

    /// True if any of some grains sounds or is about to; `positions`: where they lie in the bank.
    pub(crate) fn holds(&self, grains: &Range<u32>, positions: &Range<u32>) -> bool {
        let ordered = |(_, order): &(u64, Order)| match order {
            Order::Start(slot) => grains.contains(&slot.grain.0),
            Order::Stop { .. } | Order::Leave { .. } => false,
        };
        self.pool.holds(positions) || self.orders.iter().any(ordered)
    }

    /// Plays from another bank from now on; see [`Pool::swap_bank`].
    pub(crate) fn swap_bank(&mut self, bank: &mut Arc<Bank>) {
        self.pool.swap_bank(bank);
    }

    /// The local bus of a place's bus, of the layer if there are several.
    pub(crate) fn local_bus(&self, place: usize, bus_in_share: usize, layer: usize) -> u16 {
        let share = &self.shares[place];
        let layer = if share.spec.layers == 1 { 0 } else { layer };
        (share.first + layer * share.width() + bus_in_share) as u16
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
                for c in &share.clusters {
                    feeds.add(
                        c.speaker,
                        plan.now,
                        c.delay_frames,
                        c.gain,
                        &mut self.buses[usize::from(c.bus)],
                    );
                }
                let sends = &mut self.sends[index * places + place];
                *sends = [[0.0; QUANTUM]; SENDS];
                let from = index * self.sound_blocks + share.sound_at;
                let sound = &mut self.sound[from..from + share.blocks()];
                sound.fill([0.0; QUANTUM]);
                let channels = share.spec.channels;
                let ways = share.spec.ways.iter_mut().zip(&share.spec.part);
                for ((way, part), bus) in ways.zip(&self.buses[share.first..]) {
                    let from = usize::from(*part) * channels;
                    way.process(bus, &mut sound[from..from + channels], sends);
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
                    let end = share.first + share.spec.ways.len();
                    self.pool.leave(share.first as u16..end as u16);
                }
            }
        }
    }

    /// What the group gives to a place in quantum `index` of the last chunk: direct sound and early reflections,
    /// part by part, and the sends to the late reverb.
    pub(crate) fn given(&self, index: usize, place: usize) -> (&[Block], &[Block; SENDS]) {
        let share = &self.shares[place];
        let from = index * self.sound_blocks + share.sound_at;
        (&self.sound[from..from + share.blocks()], &self.sends[index * self.shares.len() + place])
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
