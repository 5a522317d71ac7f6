//! A listening place at work: what it adds to the sound of its people.
//!
//! Owns the sums of the groups, the late reverb, the wind and the loudspeaker or broadcast chain of one place, for
//! a whole mix or for the parts of one. Does not own the buses or where people are heard.

use crate::space::{Ambience, AmbienceAround, Chain, Gains, PartChain, Room, SENDS};
use crate::units::{Block, QUANTUM, Stereo};

use super::group::Group;

/// Wind and the city's floor, for two microphones or from all around.
#[allow(clippy::large_enum_variant, reason = "one per place")]
pub(crate) enum Air {
    /// A pair of microphones.
    Pair(Ambience),
    /// The channels of another layout.
    Around(AmbienceAround),
}

impl Air {
    fn process(&mut self, out: &mut [Block]) {
        match (self, out) {
            (Self::Pair(air), [left, right]) => {
                let mut both = Stereo { left: *left, right: *right };
                air.process(&mut both);
                (*left, *right) = (both.left, both.right);
            }
            (Self::Around(air), out) => air.process(out),
            // A pair always gets two channels.
            (Self::Pair(_), _) => {}
        }
    }
}

/// What the sound of a place passes last.
pub(crate) enum Device {
    /// Nothing.
    None,
    /// A chain for the whole.
    Whole(Chain),
    /// A chain for the parts of a mix.
    Parts(PartChain),
}

/// What a place is made of.
pub(crate) struct PlaceSound {
    /// Channels of each part.
    pub(crate) channels: usize,
    /// The late reverb.
    pub(crate) room: Room,
    /// Wind and the city's floor.
    pub(crate) air: Air,
    /// The loudspeaker or broadcast that it is heard through.
    pub(crate) device: Device,
    /// Where left and right of the device are heard, if it is one among the channels of another layout.
    pub(crate) spread: Option<[Gains; 2]>,
}

/// The part that settles the parts of a place without reverberation: the people at medium distance, who are always
/// written.
const DRY_SETTLED: usize = 2;

/// A place that is heard.
pub(crate) struct Place {
    sound: PlaceSound,
    sends: [Block; SENDS],
    /// Parts that people add to; 1 for a whole mix, which room and air are part of then.
    parts: usize,
    /// The part that is given what all of them lack of the whole by rounding.
    settled: usize,
    blocks: Vec<Block>,
    /// Wind and city while they fade.
    faded: Vec<Block>,
}

impl Place {
    /// Puts a place to work. With several `parts` the air and the room come as two more; what they lack of the whole by
    /// rounding is given to the room, or to one of the people's parts if nothing `rings` in it.
    pub(crate) fn new(sound: PlaceSound, parts: usize, rings: bool) -> Self {
        let count = if parts == 1 { 1 } else { parts + 2 };
        let blocks = vec![[0.0; QUANTUM]; count * sound.channels];
        let faded = vec![[0.0; QUANTUM]; sound.channels];
        let settled = if rings { parts + 1 } else { DRY_SETTLED };
        Self { sound, sends: [[0.0; QUANTUM]; SENDS], parts, settled, blocks, faded }
    }

    /// Forgets all sound.
    pub(crate) fn reset(&mut self) {
        self.sound.room.reset();
        match &mut self.sound.air {
            Air::Pair(air) => air.reset(),
            Air::Around(air) => air.reset(),
        }
        match &mut self.sound.device {
            Device::None => {}
            Device::Whole(chain) => chain.reset(),
            Device::Parts(chain) => chain.reset(),
        }
    }

    /// Takes the device away: what it is heard through comes later.
    pub(crate) fn bare(&mut self) {
        self.sound.device = Device::None;
    }

    /// Channels of each part.
    pub(crate) fn channels(&self) -> usize {
        self.sound.channels
    }

    /// Where left and right of a device are heard.
    pub(crate) fn spread(&self) -> Option<&[Gains; 2]> {
        self.sound.spread.as_ref()
    }

    /// What the last [`Place::finish`] made: the parts of the people, then air and room, each a block per channel;
    /// a whole mix in one.
    pub(crate) fn heard(&self) -> &[Block] {
        &self.blocks
    }

    /// Adds up what the groups made of one quantum and sends it through room and device.
    ///
    /// Real-time: O(groups + room).
    pub(crate) fn finish(&mut self, groups: &[Group], index: usize, place: usize, air: [f32; 2]) {
        self.blocks.fill([0.0; QUANTUM]);
        self.sends = [[0.0; QUANTUM]; SENDS];
        for group in groups {
            let (sound, sends) = group.given(index, place);
            add(&mut self.blocks, sound);
            add(&mut self.sends, sends);
        }
        let channels = self.sound.channels;
        let (air_at, room_at) = match self.parts {
            1 => (0, 0),
            parts => (parts * channels, (parts + 1) * channels),
        };
        self.sound.room.process_into(&self.sends, &mut self.blocks[room_at..room_at + channels]);
        let target = &mut self.blocks[air_at..air_at + channels];
        if air == [1.0, 1.0] {
            self.sound.air.process(target);
        } else {
            self.faded.fill([0.0; QUANTUM]);
            self.sound.air.process(&mut self.faded);
            let step = (air[1] - air[0]) / QUANTUM as f32;
            for (target, block) in target.iter_mut().zip(&self.faded) {
                for (n, (t, x)) in target.iter_mut().zip(block).enumerate() {
                    *t += (air[0] + step * n as f32) * x;
                }
            }
        }
        match (&mut self.sound.device, &mut self.blocks[..]) {
            (Device::Whole(chain), [left, right]) => {
                let mut both = Stereo { left: *left, right: *right };
                chain.process(&mut both);
                (*left, *right) = (both.left, both.right);
            }
            (Device::Parts(chain), blocks) => chain.process(blocks),
            _ => {}
        }
    }
}

impl Place {
    /// Gives one part what the parts lack of `whole`: the filters of a device and of the room round each part
    /// for itself, and their rounding is heard in the whole too. Returns the most that was lacking, pascals.
    pub(crate) fn settle(&mut self, whole: &[Block]) -> f32 {
        let channels = self.sound.channels;
        let mut most = 0.0f32;
        for (channel, whole) in whole.iter().enumerate() {
            let settled = self.settled * channels + channel;
            for (n, whole) in whole.iter().enumerate() {
                // In double precision: what is lacking is far smaller than the parts.
                let parts = self.blocks.iter().skip(channel).step_by(channels);
                let lacking = f64::from(*whole) - parts.map(|part| f64::from(part[n])).sum::<f64>();
                let given = &mut self.blocks[settled][n];
                *given = (f64::from(*given) + lacking) as f32;
                most = most.max(lacking.abs() as f32);
            }
        }
        most
    }
}

fn add(sum: &mut [Block], part: &[Block]) {
    for (a, b) in sum.iter_mut().flatten().zip(part.iter().flatten()) {
        *a += b;
    }
}
