//! First reflections from image sources.
//!
//! Owns the geometry of fronts, walls, roof and ground and turns a source and a listener into a few
//! taps. Does not own the filters of the reflections (see `bus`). Units: metres, frames, linear gains.
//!
//! Sources: image-source method; scattering and absorption taken off at each hit; a hit above the edge
//! of a front counts a quarter.

use super::config::{Kind, SpaceConfig};
use super::pair::Pair;
use crate::math;
use crate::units::{SampleRate, Vec3};

/// Most taps of one bus.
pub(crate) const TAPS: usize = 10;
/// Highest order of reflection.
pub(crate) const ORDERS: usize = 4;

/// One reflection at both microphones of a pair.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tap {
    /// How much later than the direct sound, frames.
    pub delay_frames: u32,
    /// Gain against the direct sound, linear, left and right.
    pub gain: [f32; 2],
    /// How many surfaces it has hit, 1 to 4; 0 for an unused tap.
    pub order: u8,
}

/// One reflection before any microphone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Image {
    /// Where it comes from, any length, in the world's directions.
    pub direction: Vec3,
    /// How much later than the direct sound, seconds.
    pub late_s: f64,
    /// Gain against the direct sound, linear.
    pub gain: f64,
    /// How many surfaces it has hit, 1 to 4; 0 for an unused one.
    pub order: u8,
}

/// Most reflections that are looked at.
const IMAGES: usize = 24;

/// The taps of a source at `source` for ears at `ears`, strongest first.
pub(crate) fn taps(
    space: &SpaceConfig,
    source: Vec3,
    ears: Vec3,
    facing_deg: f64,
    rate: SampleRate,
) -> [Tap; TAPS] {
    let (images, count) = reflections(space, source, ears);
    let mut all = images.map(|image| {
        if image.order == 0 {
            return Tap::default();
        }
        Tap {
            delay_frames: rate.frames(image.late_s.max(0.0)) as u32,
            gain: Pair::towards(image.direction, facing_deg).gain.map(|g| (image.gain * f64::from(g)) as f32),
            order: image.order,
        }
    });
    let used = &mut all[..count];
    used.sort_unstable_by(|a, b| (b.gain[0] + b.gain[1]).total_cmp(&(a.gain[0] + a.gain[1])));
    std::array::from_fn(|i| all[i])
}

/// The reflections themselves, strongest first.
pub(crate) fn images(space: &SpaceConfig, source: Vec3, ears: Vec3) -> [Image; TAPS] {
    let (mut all, count) = reflections(space, source, ears);
    all[..count].sort_by(|a, b| b.gain.total_cmp(&a.gain));
    std::array::from_fn(|i| all[i])
}

/// All reflections that count, and how many there are.
fn reflections(space: &SpaceConfig, source: Vec3, ears: Vec3) -> ([Image; IMAGES], usize) {
    let [w, h, l] = space.dimensions_m();
    // Into the coordinates of the space: u across, v along, z up.
    let axis = space.axis_deg.to_radians();
    let (sin, cos) = (math::sin(axis), math::cos(axis));
    let inward = |p: Vec3| {
        let (x, y) = (p.x - space.center[0], p.y - space.center[1]);
        Vec3::new(x * cos - y * sin, x * sin + y * cos, p.z)
    };
    let outward = |p: Vec3| Vec3::new(p.x * cos + p.y * sin, -p.x * sin + p.y * cos, p.z);
    let (s, e) = (inward(source), inward(ears));
    let wall = space.wall_absorption.unwrap_or(0.1);
    let hit = ((1.0 - wall) * (1.0 - space.scattering)).sqrt();
    let (fronts, ends, ceiling) = match space.kind {
        Kind::Street => (ORDERS, 0, 0.0),
        Kind::Stadium | Kind::Arena => (1, 1, if space.kind == Kind::Arena { 0.6 } else { 0.0 }),
        Kind::Hall => (2, 1, 0.9),
        Kind::Gym => (ORDERS, 1, 0.95),
        Kind::City | Kind::Field => (0, 0, 0.0),
        Kind::Dry => return ([Image::default(); IMAGES], 0),
    };
    let direct = s.distance_m(e).max(1.0);
    let speed = space.air().speed_m_s();
    let mut all = [Image::default(); IMAGES];
    let mut count = 0;
    let mut add = |image: Vec3, order: usize, gain: f64| {
        let way = image.distance_m(e);
        let gain = gain * direct / way.max(1.0);
        let late_s = (way - s.distance_m(e)) / speed;
        // Later than half a second it is an echo, which the room makes; weaker than -50 dB is nothing.
        if late_s > LONGEST_S || gain < 0.003 || count == IMAGES {
            return;
        }
        all[count] = Image { direction: outward(image - e), late_s, gain, order: order as u8 };
        count += 1;
    };
    let inside = s.x.abs() < w / 2.0 && e.x.abs() < w / 2.0;
    for order in 1..=fronts {
        for side in [-1.0, 1.0] {
            if !inside {
                break;
            }
            let mirrored = if order % 2 == 1 { -s.x } else { s.x };
            let image = Vec3::new(side * w * order as f64 + mirrored, s.y, s.z);
            // Height at which the last front is hit, on the straight way from image to ear.
            let t = (image.x - side * w / 2.0) / (image.x - e.x);
            let height = s.z + (e.z - s.z) * t;
            let edge = if height <= h { 1.0 } else { 0.25 };
            add(image, order, math::pow(hit, order as f64) * edge);
        }
    }
    if ends > 0 && s.y.abs() < l / 2.0 && e.y.abs() < l / 2.0 {
        for side in [-1.0, 1.0] {
            add(Vec3::new(s.x, side * l - s.y, s.z), 1, hit);
        }
    }
    if ceiling > 0.0 && s.z < h && e.z < h {
        add(Vec3::new(s.x, s.y, 2.0 * h - s.z), 1, hit * ceiling);
    }
    // People on the ground swallow its reflection; so does grass.
    let ground = if space.kind == Kind::Field { 0.5 } else { 0.95 } * (1.0 - 0.85 * space.packed);
    add(Vec3::new(s.x, s.y, -s.z), 1, ground);
    (all, count)
}

/// Reflections later than this are left to the room, seconds.
pub(crate) const LONGEST_S: f64 = 0.45;

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::DEFAULT;

    #[test]
    fn in_the_middle_of_the_street_the_fronts_answer_every_58_ms() {
        let space = SpaceConfig { packed: 1.0, ..SpaceConfig::default() };
        let here = Vec3::new(0.0, 0.0, 1.6);
        let taps = taps(&space, here + Vec3::new(0.0, 0.5, 0.0), here, 0.0, RATE);
        for order in 1..=4u8 {
            let of: Vec<_> = taps.iter().filter(|t| t.order == order && t.delay_frames > 1000).collect();
            assert_eq!(of.len(), 2, "order {order}");
            for tap in of {
                let slap_ms = 1000.0 * f64::from(tap.delay_frames) / 48_000.0;
                let want = 58.3 * f64::from(order);
                assert!((slap_ms - want).abs() < 2.0, "order {order}: {slap_ms} ms");
            }
        }
    }

    #[test]
    fn higher_orders_are_weaker() {
        let space = SpaceConfig::default();
        let here = Vec3::new(0.0, 0.0, 1.6);
        let taps = taps(&space, Vec3::new(0.0, 20.0, 1.6), here, 0.0, RATE);
        let level =
            |order| taps.iter().filter(|t| t.order == order).map(|t| t.gain[0]).fold(0.0f32, f32::max);
        assert!(level(1) > level(2) && level(2) > level(3) && level(3) > level(4) && level(4) > 0.0);
    }

    #[test]
    fn a_field_has_only_its_ground_and_free_field_nothing() {
        let count = |kind| {
            let space = SpaceConfig { kind, packed: 0.0, ..SpaceConfig::default() };
            let (s, e) = (Vec3::new(3.0, 20.0, 1.6), Vec3::new(0.0, 0.0, 1.6));
            taps(&space, s, e, 0.0, RATE).iter().filter(|t| t.order > 0).count()
        };
        assert_eq!((count(Kind::Field), count(Kind::Dry)), (1, 0));
    }
}
