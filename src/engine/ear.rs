//! A listening place at work: where each person is heard, and what the place adds.
//!
//! Owns the layout of one place, its late reverb and its loudspeaker or broadcast chain. Does not own
//! the buses: those are dealt to the groups.

use crate::space::{Ambience, Chain, Layout, PlaceConfig, Room, SENDS};
use crate::units::{Block, QUANTUM, Stereo, Vec3};

use super::group::{GROUPS, Group};

/// People whose way to a moving listener is worked out again each quantum: 10,000 people take 50 ms.
const FOLLOW_PER_QUANTUM: usize = 256;

/// One place.
pub(crate) struct Ear {
    layout: Layout,
    /// Where the listener is over time, if he moves.
    path: Option<PlaceConfig>,
    next: usize,
    room: Room,
    ambience: Ambience,
    chain: Chain,
    sends: [Block; SENDS],
}

/// What a place adds to the sound of its people.
pub(crate) struct EarSound {
    /// The late reverb.
    pub(crate) room: Room,
    /// Wind and the city's floor.
    pub(crate) ambience: Ambience,
    /// The loudspeaker or broadcast that it is heard through.
    pub(crate) chain: Chain,
}

/// Where a grain of one person goes at one place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) group: usize,
    pub(crate) bus_in_share: usize,
    pub(crate) gain: f32,
    pub(crate) delay_frames: u64,
}

impl Ear {
    /// Puts a place to work.
    pub(crate) fn new(layout: Layout, place: &PlaceConfig, sound: EarSound) -> Self {
        let path = place.moves().then(|| place.clone());
        let EarSound { room, ambience, chain } = sound;
        Self { layout, path, next: 0, room, ambience, chain, sends: [[0.0; QUANTUM]; SENDS] }
    }

    /// Follows a moving listener: works out the ways of a slice of `sources` again. Grains that sound
    /// already keep the way they started with.
    ///
    /// Real-time: bounded by [`FOLLOW_PER_QUANTUM`]; nothing for a listener who stands still.
    pub(crate) fn follow(&mut self, scene_s: f64, sources: &[Vec3]) {
        let Some(path) = &self.path else { return };
        self.layout.update(path.ears_at(scene_s), sources, self.next, FOLLOW_PER_QUANTUM);
        self.next += FOLLOW_PER_QUANTUM;
        if self.next >= sources.len() {
            self.next = 0;
        }
    }

    /// Where a person (or, behind the people, a loudspeaker's cluster) is heard.
    pub(crate) fn route(&self, source: usize) -> Route {
        let path = &self.layout.paths[source];
        let bus = usize::from(path.bus);
        Route {
            group: bus % GROUPS,
            bus_in_share: bus / GROUPS,
            gain: path.gain,
            delay_frames: u64::from(path.delay_frames),
        }
    }

    /// Adds up what the groups made of one quantum and sends it through room and chain.
    ///
    /// Real-time: O(groups + room).
    pub(crate) fn finish(&mut self, groups: &[Group], index: usize, place: usize) -> Stereo {
        let mut out = Stereo::SILENCE;
        self.sends = [[0.0; QUANTUM]; SENDS];
        for group in groups {
            let partial = group.partial(index, place);
            out.add(&partial.direct);
            for (sum, part) in self.sends.iter_mut().zip(&partial.sends) {
                for (a, b) in sum.iter_mut().zip(part) {
                    *a += b;
                }
            }
        }
        self.room.process(&self.sends, &mut out);
        self.ambience.process(&mut out);
        self.chain.process(&mut out);
        out
    }
}
