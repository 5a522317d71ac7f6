//! How long and how loud a space rings, from its dimensions and surfaces.
//!
//! Owns absorption tables and statistical room acoustics. Does not own the sound of the tail (see
//! `room`). Units: metres, seconds, octaves 125 Hz to 4 kHz.
//!
//! Sources: Eyring's formula with open sides as full absorbers; absorption of audiences, asphalt and
//! walls as in Vorländer, *Auralization*; typical times of stadiums, arenas, halls and gymnasiums.

use super::config::{Kind, ReverbTime, SpaceConfig};
use crate::math;

/// Octave midbands of every table here, hertz.
pub const OCTAVES_HZ: [f64; 6] = [125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0];

/// A whole front with windows, shops and balconies.
const FACADE: [f64; 6] = [0.12, 0.10, 0.09, 0.09, 0.10, 0.12];
/// Asphalt, as rubber tile on concrete.
const ASPHALT: [f64; 6] = [0.02, 0.03, 0.03, 0.03, 0.03, 0.02];
/// Two people per square metre.
const AUDIENCE: [f64; 6] = [0.26, 0.46, 0.87, 0.99, 0.99, 0.99];
/// Hard walls.
const HARD: [f64; 6] = [0.02, 0.02, 0.03, 0.03, 0.04, 0.05];
/// Roof with acoustic lining, banners and lighting rigs, as arenas have.
const LINED: [f64; 6] = [0.25, 0.30, 0.35, 0.35, 0.35, 0.35];
/// Plaster and wood of a concert hall.
const PLASTER: [f64; 6] = [0.14, 0.10, 0.07, 0.06, 0.06, 0.06];

/// Empty stands: seats, gangways and openings.
const STANDS: [f64; 6] = [0.30, 0.25, 0.20, 0.20, 0.20, 0.20];
/// The top of a bowl: open over the pitch, light roofs over the stands.
const BOWL_TOP: [f64; 6] = [0.80, 0.75, 0.65, 0.60, 0.60, 0.60];

/// What statistical acoustics says about a space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reverb {
    /// Reverberation time per octave of [`OCTAVES_HZ`], seconds.
    pub rt_s: [f64; 6],
    /// Amplitude of the reverberation of a source whose direct sound is 1 at 1 m.
    pub gain: f64,
    /// Distance beyond which the reverberation falls too (long streets), metres.
    pub reach_m: f64,
}

impl Reverb {
    /// Works out the reverberation; `None` where there is none (field, dry).
    pub fn of(space: &SpaceConfig) -> Option<Self> {
        let [w, h, l] = space.dimensions_m();
        let (floor, ceiling, roof, ends) = (w * l, w * l, 2.0 * h * l, 2.0 * w * h);
        // Surface, absorption per octave: ground, walls, top, ends.
        let (ground, wall, top, end) = match space.kind {
            Kind::Field | Kind::Dry => return None,
            Kind::Street | Kind::City => (ASPHALT, FACADE, [1.0; 6], [1.0; 6]),
            Kind::Stadium => (ASPHALT, STANDS, BOWL_TOP, STANDS),
            Kind::Arena => (HARD, HARD, LINED, HARD),
            Kind::Hall => (HARD, PLASTER, PLASTER, PLASTER),
            // A light roof on trusses, windows and wall bars.
            Kind::Gym => (HARD, FACADE, [0.25; 6], FACADE),
        };
        // Stands are part of what a crowd covers in a bowl.
        let covers_walls = matches!(space.kind, Kind::Stadium | Kind::Arena);
        let on_ground = space.packed
            * match space.kind {
                // Nobody stands on the pitch; the lower rows and the track count.
                Kind::Stadium => 0.3,
                Kind::Arena => 0.7,
                _ => 1.0,
            };
        let mixed = |bare: f64, octave: usize, share: f64| math::lerp(bare, AUDIENCE[octave], share);
        let scale = space.wall_absorption.map_or(1.0, |a| a / wall[3]);
        let air = space.air();
        let mut rt_s = [0.0; 6];
        let mut constant = 0.0;
        for octave in 0..6 {
            let walls = mixed(wall[octave], octave, if covers_walls { 0.7 * space.packed } else { 0.0 });
            let walls = (walls * scale).min(0.99);
            let total = floor + ceiling + roof + ends;
            let mean = (floor * mixed(ground[octave], octave, on_ground)
                + ceiling * top[octave]
                + roof * walls
                + ends * if covers_walls { walls } else { end[octave] })
                / total;
            let volume = w * h * l;
            let m = air.absorption_db_per_m(OCTAVES_HZ[octave]) / (10.0 * std::f64::consts::LOG10_E);
            rt_s[octave] = 0.161 * volume / (-total * math::ln(1.0 - mean) + 4.0 * m * volume);
            if OCTAVES_HZ[octave] == 1000.0 {
                constant = total * mean / (1.0 - mean);
            }
        }
        if space.kind == Kind::City {
            // Measured over a whole city: about 7 s below 1 kHz, independent of one street's size.
            rt_s = [7.0, 7.0, 6.5, 6.0, 4.5, 2.5];
        }
        match space.rt_s {
            Some(ReverbTime::Octaves(all)) => rt_s = all,
            Some(ReverbTime::Broadband(s)) => {
                for (rt, hz) in rt_s.iter_mut().zip(OCTAVES_HZ) {
                    // 60 dB of air loss at c t: 1 / RT adds up.
                    let air_rate = air.absorption_db_per_m(hz) * air.speed_m_s() / 60.0;
                    let mid_rate = air.absorption_db_per_m(500.0) * air.speed_m_s() / 60.0;
                    *rt = 1.0 / (1.0 / s + (air_rate - mid_rate).max(0.0));
                }
            }
            None => {}
        }
        // Diffuse field over direct field at 1 m: 16 pi / R. A street keeps its sound near the source:
        // the distance of equal levels is about half the width where the formula says 0.8.
        let focus = if space.kind == Kind::Street { 1.5 } else { 1.0 };
        let gain = match space.kind {
            // -15 dB under a street's own reverberation.
            Kind::City => 0.02,
            _ => focus * (16.0 * math::PI / constant).sqrt(),
        };
        let reach_m = match space.kind {
            Kind::Street => w,
            Kind::City => 200.0,
            _ => w.max(l),
        };
        Some(Self { rt_s, gain: gain * crate::units::gain_from_db(space.reverb_db), reach_m })
    }

    /// Amplitude of the reverberation against the direct sound of a source `distance_m` away.
    pub fn send(&self, distance_m: f64) -> f64 {
        let beyond = distance_m / self.reach_m;
        // Beyond its reach the field falls by about 4.5 dB per doubling and 0.05 dB per metre.
        let fall = math::pow(1.0 + beyond * beyond, -0.375)
            * crate::units::gain_from_db(-0.05 * (distance_m - self.reach_m).max(0.0));
        self.gain * distance_m.max(1.0) * fall
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn street(width: f64, height: f64, packed: f64) -> SpaceConfig {
        SpaceConfig {
            width_m: Some(width),
            height_m: Some(height),
            length_m: Some(300.0),
            packed,
            ..SpaceConfig::default()
        }
    }

    #[test]
    fn streets_have_the_reverberation_times_of_eyrings_formula() {
        let table = [
            (6.0, 12.0, 0.0, [1.1, 1.1, 1.1, 1.1, 1.0, 0.9]),
            (10.0, 10.0, 0.0, [1.0, 1.0, 1.0, 1.0, 1.0, 0.8]),
            (10.0, 20.0, 0.0, [1.7, 1.8, 1.8, 1.8, 1.6, 1.3]),
            (15.0, 20.0, 0.0, [1.8, 1.9, 1.9, 1.8, 1.7, 1.4]),
            (20.0, 20.0, 0.0, [1.9, 1.9, 1.9, 1.9, 1.7, 1.4]),
            (20.0, 40.0, 0.0, [3.1, 3.2, 3.2, 3.1, 2.7, 2.0]),
            (30.0, 60.0, 0.0, [4.2, 4.3, 4.3, 4.1, 3.6, 2.5]),
            (40.0, 100.0, 0.0, [5.8, 5.9, 5.8, 5.5, 4.6, 2.9]),
            (20.0, 20.0, 1.0, [1.5, 1.4, 1.0, 1.0, 0.9, 0.8]),
            (30.0, 60.0, 1.0, [3.7, 3.4, 2.7, 2.6, 2.3, 1.8]),
        ];
        for (w, h, packed, want) in table {
            let have = Reverb::of(&street(w, h, packed)).unwrap().rt_s;
            for octave in 0..6 {
                assert!(
                    (have[octave] - want[octave]).abs() <= 0.051 + 0.02 * want[octave],
                    "{w} x {h}, {} Hz: {:.2} for {}",
                    OCTAVES_HZ[octave],
                    have[octave],
                    want[octave]
                );
            }
        }
    }

    #[test]
    fn every_kind_rings_as_such_rooms_do() {
        let mid = |kind, packed| {
            let space = SpaceConfig { kind, packed, ..SpaceConfig::default() };
            Reverb::of(&space).map(|r| (r.rt_s[2] + r.rt_s[3]) / 2.0)
        };
        let check = |kind, packed, low: f64, high: f64| {
            let rt = mid(kind, packed).unwrap();
            assert!((low..=high).contains(&rt), "{kind:?}: {rt:.2} s");
        };
        check(Kind::Stadium, 1.0, 1.8, 4.0);
        check(Kind::Arena, 1.0, 1.5, 3.0);
        check(Kind::Hall, 0.8, 1.6, 2.4);
        check(Kind::Gym, 0.0, 2.0, 5.0);
        check(Kind::City, 1.0, 5.0, 7.0);
        assert_eq!(mid(Kind::Field, 0.0), None);
        assert_eq!(mid(Kind::Dry, 0.0), None);
    }

    #[test]
    fn in_an_empty_street_direct_and_reverberant_are_equal_at_half_its_width() {
        let reverb = Reverb::of(&street(20.0, 20.0, 0.0)).unwrap();
        let equal = (1..400).map(|d| f64::from(d) / 10.0).find(|&d| reverb.send(d) >= 1.0).unwrap();
        assert!((8.0..=13.0).contains(&equal), "{equal} m");
    }
}
