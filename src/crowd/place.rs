//! Where people stand.
//!
//! Owns the map from a person's index to a point. Does not own who stands there. Units: metres.
//!
//! People fill a section in a low-discrepancy order (the additive recurrences of Roberts 2018, with the generalised
//! golden ratio), which keeps them apart as people keep apart, fills any share of the crowd evenly, and gives person
//! `i` the same place however many follow. Densities after Fruin and Still: 1 per m² free, 4 to 5 tight.

use super::config::{SectionConfig, SectionShape};
use crate::math;
use crate::rng::{self, Domain};
use crate::units::Vec3;

/// Height of a mouth above the ground, metres.
const MOUTH_M: f64 = 1.58;
/// Scatter of a person around the even grid, metres.
const JITTER_M: f64 = 0.15;
/// Most and fewest people per m² before an outline grows or shrinks.
const DENSITY: (f64, f64) = (5.0, 0.25);
/// Rows of a stand are this far apart, metres.
const ROW_M: f64 = 0.8;

/// The golden ratio chooses sections, the square root of 2 dispositions, the plastic number places in the plane.
const SECTION_STEP: f64 = 0.618_033_988_749_894_9;
const FIRE_STEP: f64 = 0.414_213_562_373_095_1;
const PLACE_STEPS: [f64; 2] = [0.754_877_666_246_692_8, 0.569_840_290_998_053_3];

/// The even numbers of a person, each in 0..1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Even {
    /// Chooses the section.
    pub section: f64,
    /// Place inside the section.
    pub a: f64,
    /// Place inside the section.
    pub b: f64,
    /// Chooses how soon the person catches fire.
    pub fire: f64,
}

/// The even numbers of person `i`.
pub(crate) fn even(seed: u64, i: u64) -> Even {
    let start = |k: u64| rng::unit_from(rng::key(seed, Domain::Position, u64::MAX, k));
    let step = |k: u64, alpha: f64| {
        let x = start(k) + (i % 0x1_0000_0000) as f64 * alpha;
        x - x.floor()
    };
    Even {
        section: step(0, SECTION_STEP),
        a: step(1, PLACE_STEPS[0]),
        b: step(2, PLACE_STEPS[1]),
        fire: step(3, FIRE_STEP),
    }
}

/// A section that is ready to place people.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    config: SectionConfig,
    /// Factor on the outline's length or area.
    scale: f64,
}

impl Section {
    /// Fits an outline to about `people` people.
    pub fn fit(config: &SectionConfig, people: f64) -> Self {
        let mut scale = 1.0;
        let area = area_m2(config);
        let fixed = config.shape == SectionShape::Ring;
        while people / (area * scale) > DENSITY.0 && !fixed {
            scale *= 2.0;
        }
        while people / (area * scale) < DENSITY.1 && area * scale > 8.0 {
            scale *= 0.5;
        }
        Self { config: config.clone(), scale }
    }

    /// The mouth of a person with these even numbers.
    pub fn mouth(&self, seed: u64, person: u64, even: &Even) -> Vec3 {
        let mut draw = rng::stream(seed, Domain::Position, person, 0);
        let (jx, jy) = (draw.normal_within(2.0) * JITTER_M, draw.normal_within(2.0) * JITTER_M);
        let up = Vec3::new(jx, jy, MOUTH_M + 0.08 * draw.normal_within(2.5));
        let c = &self.config;
        let ground = match c.shape {
            SectionShape::Street => {
                let way = c.to - c.from;
                let length = way.length_m();
                let side = Vec3::new(way.y / length, -way.x / length, 0.0);
                c.from + way * (even.a * self.scale) + side * ((even.b - 0.5) * c.width_m)
            }
            SectionShape::Box => {
                let grow = self.scale.sqrt();
                let x = (even.a - 0.5) * c.size_m[0] * grow;
                c.at + Vec3::new(x, (even.b - 0.5) * c.size_m[1] * grow, 0.0)
            }
            SectionShape::Disc => {
                let inner = c.inner_m * c.inner_m;
                let outer = inner + (c.radius_m * c.radius_m - inner) * self.scale;
                let r = math::lerp(inner, outer, even.a).sqrt();
                let angle = math::TAU * even.b;
                c.at + Vec3::new(r * math::cos(angle), r * math::sin(angle), 0.0)
            }
            SectionShape::Ring => {
                let (rows, depth) = ((c.depth_m / ROW_M).max(1.0).floor(), c.depth_m);
                // Area grows with radius: more people in the back rows.
                let r0 = 0.5 * (c.size_m[0] + c.size_m[1]);
                let back = ((r0 * r0 + even.a * (2.0 * r0 * depth + depth * depth)).sqrt() - r0) / depth;
                let row = (back * rows).floor() / rows;
                let half = c.arc_deg.to_radians() * self.scale.min(1.0);
                let angle = c.toward_deg.to_radians() + (even.b - 0.5) * half;
                let (east, north) = (c.size_m[0] + row * depth, c.size_m[1] + row * depth);
                c.at + Vec3::new(east * math::sin(angle), north * math::cos(angle), row * c.rise_m)
            }
        };
        ground + up
    }
}

fn area_m2(c: &SectionConfig) -> f64 {
    match c.shape {
        SectionShape::Street => c.from.distance_m(c.to) * c.width_m,
        SectionShape::Box => c.size_m[0] * c.size_m[1],
        SectionShape::Disc => math::PI * (c.radius_m * c.radius_m - c.inner_m * c.inner_m),
        SectionShape::Ring => {
            let r0 = 0.5 * (c.size_m[0] + c.size_m[1]);
            c.arc_deg.to_radians() * (r0 + 0.5 * c.depth_m) * c.depth_m
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand(config: SectionConfig, people: u64) -> Vec<Vec3> {
        let section = Section::fit(&config, people as f64);
        (0..people).map(|i| section.mouth(7, i, &even(7, i))).collect()
    }

    #[test]
    fn a_street_is_filled_evenly() {
        let people = stand(SectionConfig::default(), 3000);
        for tenth in 0..10 {
            let (low, high) = (29.0 * f64::from(tenth), 29.0 * f64::from(tenth + 1));
            let count = people.iter().filter(|p| p.y >= low && p.y < high).count();
            assert!((270..330).contains(&count), "{tenth}: {count}");
        }
        assert!(people.iter().all(|p| p.x.abs() < 9.6 && (1.3..1.9).contains(&p.z)));
    }

    #[test]
    fn people_keep_apart() {
        let people =
            stand(SectionConfig { radius_m: 20.0, shape: SectionShape::Disc, ..Default::default() }, 1250);
        let close = people
            .iter()
            .enumerate()
            .filter(|(i, a)| people[i + 1..].iter().any(|b| a.distance_m(*b) < 0.25))
            .count();
        assert!(close < 40, "{close} of 1250 stand inside each other at 1 per m²");
    }

    #[test]
    fn few_people_gather_and_many_need_more_street() {
        let few = stand(SectionConfig::default(), 50);
        assert!(few.iter().all(|p| p.y < 25.0));
        let many = stand(SectionConfig::default(), 60_000);
        assert!(many.iter().any(|p| p.y > 700.0));
    }

    #[test]
    fn a_stadium_rises_towards_its_back_rows() {
        let ring = SectionConfig { shape: SectionShape::Ring, size_m: [60.0, 45.0], ..Default::default() };
        let people = stand(ring, 20_000);
        let top = people.iter().map(|p| p.z).fold(0.0, f64::max);
        assert!((14.0..18.0).contains(&top), "{top}");
        assert!(people.iter().all(|p| (p.x / 58.5).hypot(p.y / 43.5) > 1.0), "nobody on the pitch");
        let back = people.iter().filter(|p| p.z > 9.0).count();
        assert!(back > 10_000, "{back} in the back half");
    }
}
