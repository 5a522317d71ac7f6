//! Who is heard through which bus: people gathered by direction and distance.
//!
//! Owns the grid of rings and sectors around a listener, the paths of people through it, and the
//! description of each bus. Does not own filters (see `bus`). Units: metres, frames, linear gains.
//!
//! A ring is so narrow that one air filter serves all in it (error at most 1.5 dB up to 4 kHz, or
//! where 30 dB are lost already); near rings have finer sectors. The cost is O(N) per listener.

use super::air::{Air, fit_loss};
use super::config::SpaceConfig;
use super::early::{self, Image, TAPS, Tap};
use super::filter::{SECTIONS, Section};
use super::grid::{Grid, Resolution};
use super::level;
use super::pair::Pair;
use super::place::{DelayMode, Facing, PlaceConfig};
use super::reverb::Reverb;
use crate::math;
use crate::rng::{self, Domain};
use crate::units::{SampleRate, Vec3, gain_from_db};

/// Inputs of the room: each line of the tail has its own.
pub const SENDS: usize = 16;

/// Most buses of one place.
pub const MAX_BUSES: usize = 96;

/// The walls are the same for every seed: the taps into the tail depend on the bus only.
const WALL_SEED: u64 = 0x0005_7233_7377_616c;

/// How a person reaches the ears.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PersonPath {
    /// Bus that carries the person.
    pub bus: u16,
    /// Linear gain from pascals at 1 m to pascals at the ears, before the filters of the bus.
    pub gain: f32,
    /// Propagation delay, frames.
    pub delay_frames: u32,
}

/// One input of the tail from a bus.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Send {
    /// Delay against the direct sound, frames.
    pub delay_frames: u32,
    /// Linear gain, with sign.
    pub gain: f32,
}

/// All that makes one bus sound as it does.
#[derive(Clone, Debug, PartialEq)]
pub struct BusSpec {
    /// Index among the buses of the layout.
    pub index: u16,
    /// From the ears to the middle of the people, metres.
    pub offset: Vec3,
    /// Distance that the air filter stands for, metres.
    pub distance_m: f64,
    /// The pair of microphones for that direction.
    pub pair: Pair,
    /// First reflections at both microphones.
    pub taps: [Tap; TAPS],
    /// First reflections by direction.
    pub images: [Image; TAPS],
    /// Inputs of the tail.
    pub sends: [Send; SENDS],
    /// Level wander by turbulence, decibels RMS.
    pub wander_db: f64,
    /// How quickly it wanders, hertz.
    pub wander_hz: f64,
    pub(crate) sections: [Section; SECTIONS],
    pub(crate) flat: f64,
}

/// The listening place as the mixer sees it.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The buses, at most [`MAX_BUSES`]; never empty.
    pub buses: Vec<BusSpec>,
    /// One path per person, in the order given to [`Layout::build`].
    pub paths: Vec<PersonPath>,
    space: SpaceConfig,
    place: PlaceConfig,
    air: Air,
    grid: Grid,
    rate: SampleRate,
    nearest_m: f64,
}

impl Layout {
    /// Gathers `people` into buses around the ears of `place`.
    ///
    /// Loudspeakers and leaders are people like others. With nobody there is one silent bus. A moving
    /// place is built for all of its path and starts at the path's beginning.
    pub fn build(space: &SpaceConfig, place: &PlaceConfig, people: &[Vec3], rate: SampleRate) -> Self {
        Self::resolved(space, place, people, Resolution::PAIR, rate)
    }

    /// The same with finer directions, or without what the listener's own head will do.
    pub fn resolved(
        space: &SpaceConfig,
        place: &PlaceConfig,
        people: &[Vec3],
        resolution: Resolution,
        rate: SampleRate,
    ) -> Self {
        let air = space.air();
        let stops: Vec<Vec3> = if place.moves() {
            let (first, last) = (place.path[0][0], place.path[place.path.len() - 1][0]);
            (0..PATH_STOPS)
                .map(|i| place.ears_at(math::lerp(first, last, i as f64 / (PATH_STOPS - 1) as f64)))
                .collect()
        } else {
            vec![place.ears_at(0.0)]
        };
        let (grid, cells) = Grid::build(&stops, place, people, &air, resolution);
        let ears = stops[0];
        let nearest_m = people.iter().map(|p| p.distance_m(ears)).fold(f64::INFINITY, f64::min);
        let reverb = Reverb::of(space);
        let mut curves: Vec<(u64, ([Section; SECTIONS], f64))> = Vec::new();
        let buses = cells
            .iter()
            .enumerate()
            .map(|(index, cell)| {
                let context =
                    Context { space, place, air: &air, reverb: &reverb, pinna: resolution.pinna, rate };
                context.bus(index, cell.offset, cell.distance_m, &mut curves)
            })
            .collect();
        let mut layout = Self {
            buses,
            paths: vec![PersonPath::default(); people.len()],
            space: space.clone(),
            place: place.clone(),
            air,
            grid,
            rate,
            nearest_m: if nearest_m.is_finite() { nearest_m } else { 0.0 },
        };
        layout.update(ears, people, 0, people.len());
        layout
    }

    /// Works out the paths of `count` people from `first` on for ears that have moved to `ears`.
    ///
    /// A moving listener is followed by calling this with a small count each quantum, round and round.
    /// People hop between buses that stay where they are around the head.
    ///
    /// Real-time: no allocation; about 150 ns per person.
    pub fn update(&mut self, ears: Vec3, people: &[Vec3], first: usize, count: usize) {
        let end = first.saturating_add(count).min(people.len()).min(self.paths.len());
        let level = gain_from_db(self.place.level_db - self.place.occlusion_db);
        let frames_per_m = self.rate.hz_f64() / self.air.speed_m_s();
        for person in first.min(end)..end {
            let offset = people[person] - ears;
            let distance_m = offset.length_m();
            let gain = level
                * level::by_distance(distance_m, &self.place)
                * level::by_facing(person, people[person], ears, self.place.facing)
                * level::by_zoom(offset, ears, self.place.zoom);
            let way = match self.place.delay {
                DelayMode::Relative => (distance_m - self.nearest_m).max(0.0),
                DelayMode::Physical => distance_m,
                DelayMode::None => 0.0,
            };
            self.paths[person] = PersonPath {
                bus: self.grid.bus(offset),
                gain: gain as f32,
                delay_frames: (way * frames_per_m).round() as u32,
            };
        }
    }

    /// Works out the reflections of one bus again for ears that have moved; hand the result to
    /// `BusFilter::retune`.
    ///
    /// Real-time: no allocation, about 3 microseconds.
    pub fn retune(&mut self, bus: usize, ears: Vec3) {
        if let Some(spec) = self.buses.get_mut(bus) {
            let source = ears + spec.offset;
            spec.taps = early::taps(&self.space, source, ears, self.place.facing_deg, self.rate);
        }
    }
}

/// Positions along a path that the grid is made for.
const PATH_STOPS: usize = 8;

struct Context<'a> {
    space: &'a SpaceConfig,
    place: &'a PlaceConfig,
    air: &'a Air,
    reverb: &'a Option<Reverb>,
    pinna: bool,
    rate: SampleRate,
}

impl Context<'_> {
    fn bus(
        &self,
        index: usize,
        offset: Vec3,
        distance_m: f64,
        curves: &mut Vec<(u64, ([Section; SECTIONS], f64))>,
    ) -> BusSpec {
        let Self { space, place, air, reverb, pinna, rate } = *self;
        let ears = place.ears_at(place.path.first().map_or(0.0, |p| p[0]));
        // The back of the head and the pinnae take treble from behind; three steps are enough.
        let behind = if pinna { (2.0 * level::behind(offset, place.facing_deg)).round() / 2.0 } else { 0.0 };
        let turned = match place.facing {
            Facing::Point(target) => level::turned_away(ears + offset, ears, target),
            Facing::Listener | Facing::Random => 0.0,
        };
        let turned = (4.0 * turned).round() / 4.0;
        let rows_m = if ears.z - (ears + offset).z < 0.27 * distance_m { distance_m } else { 0.0 };
        let heads_db = (0.07 * rows_m * space.packed).min(10.0);
        let key = (distance_m * 4.0).round() as u64 * 64
            + (behind * 2.0) as u64 * 16
            + (turned * 4.0) as u64 * 2
            + u64::from(rows_m > 0.0);
        let (mut sections, flat) = match curves.iter().find(|(k, _)| *k == key) {
            Some((_, found)) => *found,
            None => {
                let fitted = fit_loss(
                    |hz| {
                        air.absorption_db_per_m(hz) * distance_m
                            + heads_db * level::shelf(hz, 1000.0)
                            + 3.0 * behind * level::shelf(hz, 3000.0)
                            + turned * level::directivity_loss_db(hz)
                    },
                    rate,
                );
                curves.push((key, fitted));
                fitted
            }
        };
        if place.occlusion_db > 0.0 {
            sections[SECTIONS - 1] = Section::one_pole(level::OCCLUSION_HZ, rate);
        }
        let far = ((distance_m - 60.0) / 140.0).clamp(0.0, 1.0);
        BusSpec {
            index: index as u16,
            offset,
            distance_m,
            pair: Pair::towards(offset, place.facing_deg),
            taps: early::taps(space, ears + offset, ears, place.facing_deg, rate),
            images: early::images(space, ears + offset, ears),
            sends: self.sends(index, distance_m, reverb),
            wander_db: space.turbulence_db * far,
            wander_hz: 0.25 + 0.03 * space.wind_m_s,
            sections,
            flat,
        }
    }

    fn sends(&self, index: usize, distance_m: f64, reverb: &Option<Reverb>) -> [Send; SENDS] {
        let Some(reverb) = reverb else { return [Send::default(); SENDS] };
        let share = gain_from_db(self.place.reverb_db) * reverb.send(distance_m);
        let [w, ..] = self.space.dimensions_m();
        // The first scattered sound arrives after half a width; each line at a time of its own.
        let spread_s = (0.5 * w / self.air.speed_m_s()).clamp(0.008, 0.06);
        let mut stream = rng::stream(WALL_SEED, Domain::Space, index as u64, 0);
        std::array::from_fn(|_| {
            let sign = if stream.chance(0.5) { 1.0 } else { -1.0 };
            Send {
                delay_frames: self.rate.frames(spread_s * stream.range(0.15, 1.6)) as u32,
                gain: (sign * share * stream.range(0.6, 1.4) / (SENDS as f64).sqrt()) as f32,
            }
        })
    }
}
