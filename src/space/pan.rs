//! From a direction to the gains of channels.
//!
//! Owns amplitude panning among loudspeakers, spherical harmonics, and the choice among the directions that a
//! head's response is known for. Gains of loudspeakers have a power of 1; ambisonic gains are SN3D, so that the
//! first channel is the pressure itself. Directions are in the head's frame: x right, y ahead, z up.
//!
//! Sources: Pulkki (1997), vector base amplitude panning, with imaginary loudspeakers where real ones are
//! missing (Zotter and Frank 2012); AmbiX for the harmonics.

use super::channels::{ChannelLayout, Rendering};
use super::sphere;
use crate::math;
use crate::units::Vec3;

/// Gains of a direction: channel and linear gain, zeros left out.
pub type Gains = Vec<(u16, f32)>;

/// Turns directions into gains.
#[derive(Clone, Debug)]
pub struct Panner {
    law: Law,
    width: usize,
}

/// Most channels that what comes from all around is given one by one.
const APART: usize = 12;

#[derive(Clone, Debug)]
enum Law {
    Harmonics(u8),
    Ring(Ring),
    Hull(Hull),
    Nearest(Vec<Vec3>),
}

impl Panner {
    /// The panner of a layout; `None` for [`Rendering::Pair`], which has filters of its own.
    pub fn new(layout: &ChannelLayout) -> Option<Self> {
        let law = match layout.rendering {
            Rendering::Pair => return None,
            Rendering::Binaural => Law::Nearest(sphere::directions()),
            Rendering::Ambisonics(order) => Law::Harmonics(order),
            Rendering::Speakers => {
                let speakers: Vec<(u16, Vec3)> = layout
                    .channels
                    .iter()
                    .enumerate()
                    .filter_map(|(n, c)| c.direction_deg.map(|[a, e]| (n as u16, direction(a, e))))
                    .collect();
                if speakers.iter().all(|(_, d)| d.z.abs() < 0.05) {
                    Law::Ring(Ring::new(&speakers))
                } else {
                    Law::Hull(Hull::new(&speakers))
                }
            }
        };
        let width = match &law {
            Law::Nearest(directions) => directions.len(),
            _ => layout.channels.len(),
        };
        Some(Self { law, width })
    }

    /// How many channels come out: those of the layout, or the directions of a head's response.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The gains of something that needs no exact direction but channels of its own: with loudspeakers the nearest
    /// alone, so that what comes from all around stays apart; else as [`Panner::gains`].
    pub fn apart(&self, towards: Vec3) -> Gains {
        let gains = self.gains(towards);
        let few = self.width <= APART && matches!(self.law, Law::Ring(_) | Law::Hull(_));
        match gains.iter().max_by(|a, b| a.1.total_cmp(&b.1)) {
            Some((channel, _)) if few => vec![(*channel, 1.0)],
            _ => gains,
        }
    }

    /// The gains of a direction of any length; none at all is straight ahead.
    pub fn gains(&self, towards: Vec3) -> Gains {
        let length = towards.length_m();
        let d = if length < 1e-9 { Vec3::new(0.0, 1.0, 0.0) } else { towards * (1.0 / length) };
        let mut gains = vec![0.0; self.width];
        match &self.law {
            Law::Harmonics(order) => harmonics(*order, d, &mut gains),
            Law::Ring(ring) => ring.pan(d, &mut gains),
            Law::Hull(hull) => hull.pan(d, &mut gains),
            Law::Nearest(directions) => {
                let near = |v: &Vec3| dot(*v, d);
                let best = (0..directions.len())
                    .max_by(|&a, &b| near(&directions[a]).total_cmp(&near(&directions[b])));
                if let Some(best) = best {
                    gains[best] = 1.0;
                }
            }
        }
        let heard = gains.iter().enumerate().filter(|(_, g)| f64::abs(**g) > 1e-5);
        heard.map(|(n, g)| (n as u16, *g as f32)).collect()
    }
}

/// A unit vector in the head's frame.
pub(crate) fn direction(azimuth_deg: f64, elevation_deg: f64) -> Vec3 {
    let (a, e) = (azimuth_deg.to_radians(), elevation_deg.to_radians());
    Vec3::new(math::sin(a) * math::cos(e), math::cos(a) * math::cos(e), math::sin(e))
}

/// A direction of the world as the head that looks to `facing_deg` has it.
pub(crate) fn in_head_frame(world: Vec3, facing_deg: f64) -> Vec3 {
    let facing = facing_deg.to_radians();
    let (sin, cos) = (math::sin(facing), math::cos(facing));
    Vec3::new(world.x * cos - world.y * sin, world.x * sin + world.y * cos, world.z)
}

fn dot(a: Vec3, b: Vec3) -> f64 {
    a.x * b.x + a.y * b.y + a.z * b.z
}

fn cross(a: Vec3, b: Vec3) -> Vec3 {
    Vec3::new(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

/// Real spherical harmonics in ACN order with SN3D weights.
fn harmonics(order: u8, d: Vec3, gains: &mut [f64]) {
    // AmbiX: x ahead, y left, z up.
    let (x, y, z) = (d.y, -d.x, d.z);
    let root = f64::sqrt;
    let all = [
        1.0,
        y,
        z,
        x,
        root(3.0) * x * y,
        root(3.0) * y * z,
        0.5 * (3.0 * z * z - 1.0),
        root(3.0) * x * z,
        0.5 * root(3.0) * (x * x - y * y),
        root(5.0 / 8.0) * y * (3.0 * x * x - y * y),
        root(15.0) * x * y * z,
        root(3.0 / 8.0) * y * (5.0 * z * z - 1.0),
        0.5 * z * (5.0 * z * z - 3.0),
        root(3.0 / 8.0) * x * (5.0 * z * z - 1.0),
        0.5 * root(15.0) * z * (x * x - y * y),
        root(5.0 / 8.0) * x * (x * x - 3.0 * y * y),
    ];
    let count = (usize::from(order) + 1).pow(2);
    gains[..count].copy_from_slice(&all[..count]);
}

/// Gaps wider than this get an imaginary loudspeaker in their middle, degrees.
const GAP_DEG: f64 = 150.0;

/// Loudspeakers all at the height of the ears.
#[derive(Clone, Debug)]
struct Ring {
    /// Azimuth in radians, rising from -pi, and channel; `None` for imaginary ones.
    spots: Vec<(f64, Option<u16>)>,
}

impl Ring {
    fn new(speakers: &[(u16, Vec3)]) -> Self {
        let mut spots: Vec<(f64, Option<u16>)> =
            speakers.iter().map(|(n, d)| (math::atan2(d.x, d.y), Some(*n))).collect();
        spots.sort_by(|a, b| a.0.total_cmp(&b.0));
        let real = spots.clone();
        for (k, (from, _)) in real.iter().enumerate() {
            let gap = gap_after(&real, k);
            let gap_deg = gap.to_degrees();
            // As many as it takes, so that no pair is far apart.
            let count = (gap_deg / GAP_DEG) as usize;
            for i in 0..count {
                let at = from + gap * (i + 1) as f64 / (count + 1) as f64;
                spots.push((if at > math::PI { at - math::TAU } else { at }, None));
            }
        }
        spots.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { spots }
    }

    fn pan(&self, d: Vec3, gains: &mut [f64]) {
        let flat = (d.x * d.x + d.y * d.y).sqrt();
        // What is above or below is heard from all around.
        let spread = d.z * d.z;
        let mut power = vec![0.0; gains.len()];
        let azimuth = math::atan2(d.x, d.y);
        let count = self.spots.len();
        let first = self.spots.partition_point(|(at, _)| *at <= azimuth).checked_sub(1).unwrap_or(count - 1);
        let (from, to) = (self.spots[first], self.spots[(first + 1) % count]);
        if flat > 1e-6 {
            let gap = gap_after(&self.spots, first);
            let way = (azimuth - from.0).rem_euclid(math::TAU);
            let (a, b) =
                if count == 1 { (1.0, 0.0) } else { (math::sin((gap - way).max(0.0)), math::sin(way)) };
            let norm = (a * a + b * b).sqrt();
            for ((_, channel), g) in [(from, a / norm), (to, b / norm)] {
                match channel {
                    Some(n) => power[usize::from(n)] += (1.0 - spread) * g * g,
                    None => self.share(first, (1.0 - spread) * g * g, &mut power),
                }
            }
        }
        let real = self.spots.iter().filter_map(|(_, n)| *n);
        let each = if flat > 1e-6 { spread } else { 1.0 } / real.clone().count() as f64;
        real.for_each(|n| power[usize::from(n)] += each);
        finish(&power, gains);
    }

    /// Gives what an imaginary loudspeaker near `at` would play to its nearest real neighbours.
    fn share(&self, at: usize, amount: f64, power: &mut [f64]) {
        let count = self.spots.len();
        let before = (0..count).find_map(|k| self.spots[(at + count - k) % count].1);
        let after = (1..=count).find_map(|k| self.spots[(at + k) % count].1);
        for n in [before, after].into_iter().flatten() {
            power[usize::from(n)] += 0.5 * amount;
        }
    }
}

fn gap_after(spots: &[(f64, Option<u16>)], k: usize) -> f64 {
    match spots.get(k + 1) {
        Some((next, _)) => next - spots[k].0,
        None => spots[0].0 + math::TAU - spots[k].0,
    }
}

/// Loudspeakers at several heights: triangles of their convex hull.
#[derive(Clone, Debug)]
struct Hull {
    spots: Vec<(Option<u16>, Vec3)>,
    /// Corners and the rows of the inverse of their directions.
    faces: Vec<([usize; 3], [Vec3; 3])>,
    /// For imaginary loudspeakers: the real ones that they share a face with.
    neighbours: Vec<Vec<u16>>,
}

impl Hull {
    fn new(speakers: &[(u16, Vec3)]) -> Self {
        let mut spots: Vec<(Option<u16>, Vec3)> = speakers.iter().map(|(n, d)| (Some(*n), *d)).collect();
        // Where nothing is within 80 degrees, an imaginary loudspeaker closes the hull.
        let axes = [[0.0, -90.0], [0.0, 90.0], [180.0, 0.0], [0.0, 0.0], [90.0, 0.0], [-90.0, 0.0]];
        for [azimuth, elevation] in axes {
            let d = direction(azimuth, elevation);
            if !spots.iter().any(|(_, s)| dot(*s, d) > math::cos(80f64.to_radians())) {
                spots.push((None, d));
            }
        }
        let count = spots.len();
        let mut faces = Vec::new();
        let mut neighbours = vec![Vec::new(); count];
        for i in 0..count {
            for j in i + 1..count {
                for k in j + 1..count {
                    let [a, b, c] = [spots[i].1, spots[j].1, spots[k].1];
                    let normal = cross(b - a, c - a);
                    let (size, plane) = (normal.length_m(), dot(normal, a));
                    // Flat or seen edge-on: no triangle to pan in.
                    if size < 1e-6 || plane.abs() < 1e-6 {
                        continue;
                    }
                    let outside = |s: &(Option<u16>, Vec3)| (dot(normal, s.1) - plane) * plane > 1e-7;
                    if spots.iter().any(outside) {
                        continue;
                    }
                    let volume = 1.0 / dot(a, cross(b, c));
                    faces.push((
                        [i, j, k],
                        [cross(b, c) * volume, cross(c, a) * volume, cross(a, b) * volume],
                    ));
                    for corner in [i, j, k] {
                        for other in [i, j, k] {
                            if let Some(n) = spots[other].0.filter(|n| !neighbours[corner].contains(n)) {
                                neighbours[corner].push(n);
                            }
                        }
                    }
                }
            }
        }
        Self { spots, faces, neighbours }
    }

    fn pan(&self, d: Vec3, gains: &mut [f64]) {
        let mut power = vec![0.0; gains.len()];
        // Four loudspeakers in a plane make overlapping triangles: all that hold the direction take part.
        for (corners, rows) in &self.faces {
            let g = rows.map(|row| dot(row, d));
            if g.iter().any(|g| *g < -1e-7) {
                continue;
            }
            let norm: f64 = g.iter().map(|g| g * g).sum();
            for (corner, g) in corners.iter().zip(g) {
                let share = g * g / norm;
                match self.spots[*corner].0 {
                    Some(n) => power[usize::from(n)] += share,
                    None => {
                        let near = &self.neighbours[*corner];
                        near.iter().for_each(|n| power[usize::from(*n)] += share / near.len() as f64);
                    }
                }
            }
        }
        if power.iter().all(|p| *p <= 0.0) {
            // A layout that does not surround at all: the nearest loudspeaker.
            let near = |s: &(Option<u16>, Vec3)| dot(s.1, d);
            let real = self.spots.iter().filter(|s| s.0.is_some());
            if let Some((Some(n), _)) = real.max_by(|a, b| near(a).total_cmp(&near(b))) {
                power[usize::from(*n)] = 1.0;
            }
        }
        finish(&power, gains);
    }
}

/// Gains from powers, their sum made 1.
fn finish(power: &[f64], gains: &mut [f64]) {
    let sum: f64 = power.iter().sum();
    for (gain, power) in gains.iter_mut().zip(power) {
        *gain = (power / sum.max(1e-12)).sqrt();
    }
}

#[cfg(test)]
#[path = "pan_tests.rs"]
mod tests;
