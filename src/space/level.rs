//! Gains of one person at one listening place.
//!
//! Owns the laws of distance, direction of the mouth, zoom and shadow. Units: metres, radians, hertz,
//! linear gains.
//!
//! Sources: measured horizontal voice directivity as distributed with room simulators (a rear shelf of
//! 6 dB at 500 Hz to 20 dB at 4 kHz, between with (1 - cos) / 2); line of sight loss of ISO 9613-2.

use super::place::{Facing, PlaceConfig, ZoomConfig};
use crate::math;
use crate::rng::{self, Domain};
use crate::units::{Vec3, gain_from_db};

/// Corner of the low-pass of buildings in between, hertz.
pub(crate) const OCCLUSION_HZ: f64 = 700.0;

/// Gain against 1 m.
pub(crate) fn by_distance(distance_m: f64, place: &PlaceConfig) -> f64 {
    math::pow(distance_m.max(place.nearest_m), -place.falloff)
}

/// How far a face at `mouth` that looks at `target` is turned away from the ears, 0 to 1.
pub(crate) fn turned_away(mouth: Vec3, ears: Vec3, target: Vec3) -> f64 {
    let (a, b) = (target - mouth, ears - mouth);
    let lengths = a.length_m() * b.length_m();
    if lengths < 1e-9 { 0.0 } else { 0.5 - 0.5 * dot(a, b) / lengths }
}

/// Broadband gain of a voice that looks elsewhere.
pub(crate) fn by_facing(person: usize, mouth: Vec3, ears: Vec3, facing: Facing) -> f64 {
    // Speech loses about 5 dB(A) behind the speaker beyond what the filter of the bus takes.
    match facing {
        Facing::Listener => 1.0,
        Facing::Random => {
            let unit = rng::unit_from(rng::key(0, Domain::Space, person as u64, 7));
            gain_from_db(-9.0 * (0.5 - 0.5 * math::cos(math::TAU * unit)))
        }
        Facing::Point(target) => gain_from_db(-5.0 * turned_away(mouth, ears, target)),
    }
}

/// Gain of sharpened hearing: full inside half the width, gone at its edge.
pub(crate) fn by_zoom(offset: Vec3, ears: Vec3, zoom: Option<ZoomConfig>) -> f64 {
    let Some(zoom) = zoom else { return 1.0 };
    let aim = zoom.at - ears;
    let lengths = aim.length_m() * offset.length_m();
    if lengths < 1e-9 {
        return gain_from_db(zoom.gain_db);
    }
    let angle_deg = math::acos((dot(aim, offset) / lengths).clamp(-1.0, 1.0)).to_degrees();
    let inside = 1.0 - math::smoothstep(2.0 * angle_deg / zoom.width_deg - 0.5);
    gain_from_db(math::lerp(zoom.rest_db, zoom.gain_db, inside))
}

/// A soft step from 0 below `corner_hz` to 1 above it.
pub(crate) fn shelf(hz: f64, corner_hz: f64) -> f64 {
    let x = hz / corner_hz;
    x * x / (1.0 + x * x)
}

/// Share of a direction that lies behind a nose at `facing_deg`, 0 (ahead) to 1.
pub(crate) fn behind(direction: Vec3, facing_deg: f64) -> f64 {
    let facing = facing_deg.to_radians();
    let ahead = direction.x * math::sin(facing) + direction.y * math::cos(facing);
    let length = direction.length_m();
    if length < 1e-9 { 0.0 } else { 0.5 - 0.5 * ahead / length }
}

/// What a voice loses straight backwards beyond its broadband loss, decibels.
pub(crate) fn directivity_loss_db(hz: f64) -> f64 {
    const REAR: [(f64, f64); 7] =
        [(6.97, 0.0), (7.97, 0.5), (8.97, 1.5), (9.97, 3.0), (10.97, 8.0), (11.97, 15.0), (12.97, 21.0)];
    math::interpolate(&REAR, math::log2(hz))
}

fn dot(a: Vec3, b: Vec3) -> f64 {
    a.x * b.x + a.y * b.y + a.z * b.z
}

/// Loss behind an edge that makes the way longer by `detour_m` (Maekawa), decibels, at most 25.
pub fn edge_loss_db(detour_m: f64, hz: f64, speed_m_s: f64) -> f64 {
    let fresnel = 2.0 * detour_m.max(0.0) * hz / speed_m_s;
    (10.0 * math::log10(3.0 + 20.0 * fresnel)).min(25.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressure_halves_with_each_doubling_of_distance() {
        let place = PlaceConfig::default();
        for r in [1.0, 5.0, 100.0] {
            assert!((by_distance(r, &place) / by_distance(2.0 * r, &place) - 2.0).abs() < 1e-9);
        }
        assert_eq!(by_distance(0.1, &place), 1.0);
    }

    #[test]
    fn zoom_lifts_the_cone_and_lowers_the_rest() {
        let zoom = ZoomConfig { at: Vec3::new(0.0, 10.0, 0.0), ..ZoomConfig::default() };
        let gain = |x, y| by_zoom(Vec3::new(x, y, 0.0), Vec3::default(), Some(zoom));
        assert!((gain(0.0, 30.0) - gain_from_db(12.0)).abs() < 1e-9);
        assert!((gain(30.0, 0.0) - gain_from_db(-12.0)).abs() < 1e-9);
        assert!((gain(0.0, -30.0) - gain_from_db(-12.0)).abs() < 1e-9);
    }

    #[test]
    fn faces_turned_away_are_softer() {
        let (mouth, ears) = (Vec3::new(0.0, 5.0, 1.6), Vec3::new(0.0, 0.0, 1.6));
        let away = by_facing(0, mouth, ears, Facing::Point(Vec3::new(0.0, 50.0, 1.6)));
        let towards = by_facing(0, mouth, ears, Facing::Point(Vec3::new(0.0, -50.0, 1.6)));
        assert!((towards - 1.0).abs() < 1e-9 && away < 0.6, "{towards} {away}");
    }

    #[test]
    fn an_edge_shadows_high_frequencies_more() {
        assert!((edge_loss_db(0.0, 1000.0, 343.0) - 4.77).abs() < 0.01);
        assert!(edge_loss_db(0.2, 2000.0, 343.0) > edge_loss_db(0.2, 250.0, 343.0) + 5.0);
        assert_eq!(edge_loss_db(50.0, 4000.0, 343.0), 25.0);
    }
}
