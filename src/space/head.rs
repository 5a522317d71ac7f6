//! Two ears on a sphere.
//!
//! Owns the delay and the shadow that a head gives to each ear. Does not own panning laws of other
//! layouts. Units: radians, seconds, metres.
//!
//! Source: Brown and Duda (1998), structural model for binaural sound synthesis: one pole and one zero
//! per ear, Woodworth's delay.

use super::filter::Section;
use crate::math;
use crate::units::{SampleRate, Vec3};

/// Radius of the head, metres.
const RADIUS_M: f64 = 0.0875;

/// What one ear gets of a direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ear {
    /// Delay against the head's nearest point, seconds, 0 to 0.66 ms.
    pub delay_s: f64,
    /// Gain of high frequencies against low ones, linear, 0.1 to 2.
    pub treble: f64,
}

/// Both ears for a direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Head {
    /// Left ear.
    pub left: Ear,
    /// Right ear.
    pub right: Ear,
}

impl Head {
    /// The ears for a direction (any length) heard with the nose at `facing_deg`.
    ///
    /// No direction (the source is inside the head) is the same as straight ahead.
    pub fn towards(direction: Vec3, facing_deg: f64, speed_m_s: f64) -> Self {
        let facing = facing_deg.to_radians();
        let (sin, cos) = (math::sin(facing), math::cos(facing));
        let length = direction.length_m();
        // The right ear's axis: facing north it points east.
        let lateral = if length < 1e-9 { 0.0 } else { (direction.x * cos - direction.y * sin) / length };
        Self { left: ear(-lateral, speed_m_s), right: ear(lateral, speed_m_s) }
    }

    /// Share of the direction that lies behind, 0 (ahead) to 1.
    pub fn behind(direction: Vec3, facing_deg: f64) -> f64 {
        let facing = facing_deg.to_radians();
        let ahead = direction.x * math::sin(facing) + direction.y * math::cos(facing);
        let length = direction.length_m();
        if length < 1e-9 { 0.0 } else { 0.5 - 0.5 * ahead / length }
    }
}

/// One ear; `cosine` is that of the angle between its axis and the direction.
fn ear(cosine: f64, speed_m_s: f64) -> Ear {
    let angle = math::acos(cosine.clamp(-1.0, 1.0));
    let quarter = math::PI / 2.0;
    let path = if angle < quarter { -cosine } else { angle - quarter };
    let alpha = 1.05 + 0.95 * math::cos(angle * 180.0 / 150.0);
    Ear { delay_s: (path + 1.0) * RADIUS_M / speed_m_s, treble: alpha.max(0.1) }
}

impl Ear {
    /// The shadow filter of the ear: (1 + j w alpha / 2 w0) / (1 + j w / 2 w0), w0 = c / radius.
    pub(crate) fn shadow(&self, speed_m_s: f64, rate: SampleRate) -> Section {
        let corner = 2.0 * speed_m_s / RADIUS_M;
        let c = 2.0 * rate.hz_f64() / corner;
        let (b0, b1, a0, a1) = (1.0 + c * self.treble, 1.0 - c * self.treble, 1.0 + c, 1.0 - c);
        Section { b: [b0 / a0, b1 / a0, 0.0], a: [a1 / a0, 0.0] }
    }

    /// Broadband gain that stands for the shadow where one number must do, linear.
    pub(crate) fn gain(&self) -> f64 {
        // The middle between the bass (1) and the treble in energy.
        (0.5 + 0.5 * self.treble * self.treble).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const C: f64 = 343.2;

    #[test]
    fn at_90_degrees_the_ears_are_two_thirds_of_a_millisecond_apart() {
        let head = Head::towards(Vec3::new(5.0, 0.0, 0.0), 0.0, C);
        let itd = head.left.delay_s - head.right.delay_s;
        // Woodworth: a / c (sin 90 + pi / 2).
        assert!((itd - 0.0875 / C * (1.0 + math::PI / 2.0)).abs() < 1e-9);
        assert!((itd * 1e3 - 0.656).abs() < 0.01, "{itd}");
    }

    #[test]
    fn ahead_both_ears_agree_and_mirrored_directions_swap_them() {
        let ahead = Head::towards(Vec3::new(0.0, 3.0, 0.0), 0.0, C);
        assert_eq!(ahead.left, ahead.right);
        let a = Head::towards(Vec3::new(1.0, 2.0, 0.5), 0.0, C);
        let b = Head::towards(Vec3::new(-1.0, 2.0, 0.5), 0.0, C);
        assert_eq!((a.left, a.right), (b.right, b.left));
    }

    #[test]
    fn facing_east_puts_the_north_on_the_left() {
        let head = Head::towards(Vec3::new(0.0, 1.0, 0.0), 90.0, C);
        assert!(head.left.delay_s < head.right.delay_s);
        assert!(head.left.treble > head.right.treble);
        assert!(Head::behind(Vec3::new(0.0, -1.0, 0.0), 0.0) > 0.99);
    }
}
