//! How the listening side is built: which bus goes where in which layout, for the mix and for its stems.
//!
//! Owns the choice of filters, rooms and devices per place and the sizes of groups. Does not own people, scene or
//! master. May allocate.

use std::sync::Arc;

use crate::grain::{Bank, Stem as GrainStem};
use crate::mix::Hearing;
use crate::preset::Preset;
use crate::space::{
    Alignment, Ambience, AmbienceAround, BusFilter, BusSpec, Chain, ChannelLayout, FieldFilter, Gains,
    Layout, Panner, PartChain, PlaceConfig, Rendering, Resolution, Reverb, Room, Sphere, direction,
};
use crate::units::{SampleRate, Vec3};

use super::group::{GROUPS, Group, LAYERS, SPEAKER_LAYER, ShareSpec, Way};
use super::outputs::Stem;
use super::place::{Air, Device, Place, PlaceSound};
use super::plan::MAX_CHUNK;
use super::rig::{PEOPLE_PARTS, Rig};

/// Grains that may sound or wait at once, per person: people overlap themselves while sound is on its way.
const GRAINS_PER_PERSON: f64 = 1.6;

/// Fewest and most slots of one group: 100,000 grains take more than a core's time.
const SLOTS: (usize, usize) = (512, 100_000);

/// Quanta at a time where a quantum is wide: many channels or stems.
const WIDE_CHUNK: usize = 8;

/// Where `near` and `mid` end, metres from the listener: the edges of the rings of buses.
const NEAR_M: f64 = 15.0;
const MID_M: f64 = 45.0;

/// Left and right of a device among the channels of another layout, degrees from straight ahead.
const DEVICE_DEG: f64 = 30.0;

/// What the listening side is made from.
pub(crate) struct Hall<'a> {
    preset: &'a Preset,
    places: &'a [PlaceConfig],
    /// The buses of each place.
    pub(crate) layouts: Vec<Layout>,
    channels: &'a ChannelLayout,
    /// None for a pair of microphones.
    panner: Option<Panner>,
    slots: [usize; GROUPS],
    people: usize,
    rate: SampleRate,
}

impl<'a> Hall<'a> {
    /// Lays out the buses of all places for `sources`, of which the first `people` are people.
    pub(crate) fn new(
        preset: &'a Preset,
        places: &'a [PlaceConfig],
        sources: &[Vec3],
        people: usize,
        channels: &'a ChannelLayout,
        rate: SampleRate,
    ) -> Self {
        let panner = Panner::new(channels);
        let resolution = |place: &PlaceConfig| match channels.rendering {
            _ if is_device(place) => Resolution::PAIR,
            Rendering::Pair => Resolution::PAIR,
            Rendering::Binaural => Resolution::BINAURAL,
            Rendering::Ambisonics(_) | Rendering::Speakers => Resolution::FIELD,
        };
        let layouts: Vec<Layout> =
            places.iter().map(|p| Layout::resolved(&preset.space, p, sources, resolution(p), rate)).collect();
        let slots = slots(&layouts, people);
        Self { preset, places, layouts, channels, panner, slots, people, rate }
    }

    /// Most quanta that are worth planning at a time.
    pub(crate) fn chunk(&self, stems: bool) -> usize {
        if stems || self.panner.is_some() { WIDE_CHUNK } else { MAX_CHUNK }
    }

    /// What the levelling listens to.
    pub(crate) fn hearing(&self) -> Hearing {
        Hearing { shares: self.channels.level_shares(), programme_db: self.channels.programme_db() }
    }

    /// The mix before the limiter and what adds up to it.
    pub(crate) fn stems(&self) -> Vec<Stem> {
        let airy = self.places.iter().any(|p| p.wind_db_spl.is_some() || p.floor_db_spl.is_some());
        let people = PEOPLE_PARTS.iter().map(|name| {
            let used = *name != "loudspeaker" || !self.preset.speaker.is_empty();
            ((*name).to_owned(), used)
        });
        let rooms = self
            .places
            .iter()
            .enumerate()
            .map(|(index, place)| (format!("reverb-{}", file_name(&place.name)), self.rings(index)));
        std::iter::once(("mix-before-limiter".to_owned(), true))
            .chain(people)
            .chain(std::iter::once(("ambience".to_owned(), airy)))
            .chain(rooms)
            .enumerate()
            .map(|(number, (name, used))| Stem { name: format!("{number:02}-{name}"), used })
            .collect()
    }

    /// True if something may be heard in the reverberation of a place.
    fn rings(&self, index: usize) -> bool {
        Reverb::of(&self.preset.space).is_some() || is_device(&self.places[index])
    }

    /// For each place: the gain of the way below which somebody is far. The nearest eighth of the people are not; they
    /// carry the sound.
    pub(crate) fn far(&self) -> Vec<f32> {
        let far = |layout: &Layout| {
            let mut gains: Vec<f32> = layout.paths.iter().take(self.people).map(|path| path.gain).collect();
            gains.sort_by(|a, b| b.total_cmp(a));
            gains.get(gains.len() / 8).copied().unwrap_or(0.0)
        };
        self.layouts.iter().map(far).collect()
    }

    /// The groups and places of the mix, or of its parts.
    pub(crate) fn rig(&self, bank: &Arc<Bank>, split: bool) -> Rig {
        let mut shares: Vec<Vec<ShareSpec>> = (0..GROUPS).map(|_| Vec::new()).collect();
        for index in 0..self.places.len() {
            for (group, of_group) in shares.iter_mut().enumerate() {
                of_group.push(self.share(index, group, split));
            }
        }
        let speakers = self.preset.speaker.len();
        let chunk = if split { WIDE_CHUNK } else { MAX_CHUNK.min(self.chunk(false)) };
        let groups: Vec<Group> = shares
            .into_iter()
            .zip(self.slots)
            .map(|(specs, slots)| Group::new(Arc::clone(bank), slots, specs, speakers, chunk))
            .collect();
        let parts = if split { PEOPLE_PARTS.len() } else { 1 };
        let place = |index: usize| Place::new(self.sound(index, split), parts, self.rings(index));
        let places = (0..self.places.len()).map(place);
        let width = self.panner.as_ref().map_or(2, Panner::width);
        let head = (self.channels.rendering == Rendering::Binaural)
            .then(|| Sphere::build(self.preset.space.air().speed_m_s(), self.rate));
        let speed_m_s = self.preset.space.air().speed_m_s();
        let mut rig = Rig::new(groups, places.collect(), width, head, split);
        rig.align(Alignment::of(self.channels, rig.parts(), speed_m_s, self.rate));
        rig
    }

    /// The panner of a place, unless it is heard by a pair of microphones.
    fn panner_of(&self, place: &PlaceConfig) -> Option<&Panner> {
        self.panner.as_ref().filter(|_| !is_device(place))
    }

    /// Each place has walls of its own: the seed differs, so that two places never wander in step.
    fn seed(&self, index: usize) -> u64 {
        self.preset.seed.wrapping_add(index as u64)
    }

    fn share(&self, index: usize, group: usize, split: bool) -> ShareSpec {
        let place = &self.places[index];
        let panner = self.panner_of(place);
        let layers = if split { LAYERS } else { 1 };
        let (mut ways, mut part) = (Vec::new(), Vec::new());
        for layer in 0..layers {
            for spec in self.layouts[index].buses.iter().skip(group).step_by(GROUPS) {
                let (seed, rate) = (self.seed(index), self.rate);
                ways.push(match panner {
                    None => Way::Pair(BusFilter::new(spec, seed, rate)),
                    Some(panner) => {
                        Way::Field(Box::new(FieldFilter::new(spec, panner, place.facing_deg, seed, rate)))
                    }
                });
                part.push(if split { part_of(layer, spec) } else { 0 });
            }
        }
        let parts = if split { PEOPLE_PARTS.len() } else { 1 };
        ShareSpec { ways, part, layers, channels: panner.map_or(2, Panner::width), parts }
    }

    fn sound(&self, index: usize, split: bool) -> PlaceSound {
        let (place, space, rate) = (&self.places[index], &self.preset.space, self.rate);
        let seed = self.seed(index);
        let panner = self.panner_of(place);
        // The people's parts, the air and the room all pass the device.
        let device = match split {
            true => PartChain::new(&place.chain, PEOPLE_PARTS.len() + 2, rate).map(Device::Parts),
            false => is_device(place).then(|| Device::Whole(Chain::new(&place.chain, rate))),
        };
        PlaceSound {
            channels: panner.map_or(2, Panner::width),
            room: match panner {
                None => Room::new(space, rate),
                Some(panner) => Room::surround(space, panner, rate),
            },
            air: match panner {
                None => Air::Pair(Ambience::new(space, place, seed, rate)),
                Some(panner) => Air::Around(AmbienceAround::new(space, place, panner, seed, rate)),
            },
            device: device.unwrap_or(Device::None),
            spread: self.panner.as_ref().filter(|_| is_device(place)).map(|panner| spread(place, panner)),
        }
    }
}

/// True if a place is heard through a loudspeaker or a broadcast: then two microphones hear it.
pub(crate) fn is_device(place: &PlaceConfig) -> bool {
    place.chain.settings().is_some()
}

/// Where left and right of a device are heard: both straight ahead if it has only one channel.
pub(crate) fn spread(place: &PlaceConfig, panner: &Panner) -> [Gains; 2] {
    let ahead = |azimuth_deg: f64, gain: f32| {
        let mut gains = panner.gains(direction(azimuth_deg, 0.0));
        gains.iter_mut().for_each(|(_, g)| *g *= gain);
        gains
    };
    if place.chain.settings().is_some_and(|s| s.width == 0.0) {
        return [ahead(0.0, 1.0), Vec::new()];
    }
    // Both together are as loud as each of the two microphones hears them.
    [-DEVICE_DEG, DEVICE_DEG].map(|azimuth_deg| ahead(azimuth_deg, std::f32::consts::FRAC_1_SQRT_2))
}

/// The part of the mix that a layer of a bus adds to.
fn part_of(layer: usize, spec: &BusSpec) -> u8 {
    const LEADER: usize = GrainStem::Leader as usize;
    const MURMUR: usize = GrainStem::Murmur as usize;
    const CHEER: usize = GrainStem::Cheer as usize;
    const BODY: usize = GrainStem::Body as usize;
    match layer {
        LEADER => 0,
        MURMUR => 4,
        CHEER => 5,
        BODY => 6,
        SPEAKER_LAYER => 7,
        _ if spec.distance_m <= NEAR_M => 1,
        _ if spec.distance_m <= MID_M => 2,
        _ => 3,
    }
}

/// A name that every file system takes.
fn file_name(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
    let name: String = name.chars().map(plain).take(40).collect();
    if name.is_empty() { "here".to_owned() } else { name }
}

/// Slots that each group needs: for the people whom it carries at the two places that load it most, since
/// two places sound during a change.
fn slots(layouts: &[Layout], people: usize) -> [usize; GROUPS] {
    let mut most = [[0usize; 2]; GROUPS];
    for layout in layouts {
        let mut carried = [0; GROUPS];
        for path in layout.paths.iter().take(people) {
            carried[usize::from(path.bus) % GROUPS] += 1;
        }
        for (most, carried) in most.iter_mut().zip(carried) {
            *most = [most[0].max(carried), most[1].max(carried.min(most[0]))];
        }
    }
    most.map(|[a, b]| (((a + b) as f64 * GRAINS_PER_PERSON) as usize).clamp(SLOTS.0, SLOTS.1))
}
