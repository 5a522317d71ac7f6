//! Two microphones in one point: the stereo default.
//!
//! Owns what each microphone of the pair gets of a direction. Does not own panning laws of other layouts or
//! headphones (see `sphere`). Units: degrees, linear gains.
//!
//! A coincident pair has no differences of time, so that its sum is as good as either channel: nothing is lost when a
//! programme is folded down to mono. Two spaced microphones, or two ears, cancel each other there: with 18 cm between
//! them, the vowels of whoever stands at the side.

use crate::math;
use crate::units::Vec3;

/// Where the microphones point, degrees to the left and to the right.
const ASIDE_DEG: f64 = 45.0;
/// Share of the pattern that hears all around; the rest is a figure of eight. A wide cardioid: 14 dB down behind.
const ROUND: f64 = 0.6;

/// What both microphones get of a direction, linear.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Left and right.
    pub gain: [f32; 2],
}

impl Pair {
    /// The microphones for a direction (any length), with the middle between them at `facing_deg`.
    ///
    /// Sound that comes from all around in the plane is as loud in each as in a single round microphone. No direction
    /// (the source is where the pair is) is the same as straight ahead.
    pub fn towards(direction: Vec3, facing_deg: f64) -> Self {
        let length = direction.length_m();
        let gain = |aside_deg: f64| {
            let axis = (facing_deg + aside_deg).to_radians();
            let along = match length {
                l if l < 1e-9 => math::cos(aside_deg.to_radians()),
                l => (direction.x * math::sin(axis) + direction.y * math::cos(axis)) / l,
            };
            let around = (ROUND * ROUND + 0.5 * (1.0 - ROUND) * (1.0 - ROUND)).sqrt();
            ((ROUND + (1.0 - ROUND) * along) / around) as f32
        };
        Self { gain: [gain(-ASIDE_DEG), gain(ASIDE_DEG)] }
    }

    /// How alike the channels are in a diffuse field, 0 independent to 1 the same: as the patterns overlap.
    pub(crate) fn coherence() -> f64 {
        let (round, eight) = (ROUND * ROUND, (1.0 - ROUND) * (1.0 - ROUND) / 3.0);
        (round + eight * math::cos((2.0 * ASIDE_DEG).to_radians())) / (round + eight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::direction;

    #[test]
    fn the_side_is_heard_9_db_louder_in_its_own_microphone_and_the_middle_alike() {
        let [left, right] = Pair::towards(Vec3::new(5.0, 0.0, 0.0), 0.0).gain;
        let db = 20.0 * f64::from(right / left).log10();
        assert!((8.0..10.0).contains(&db), "{db}");
        let ahead = Pair::towards(Vec3::new(0.0, 3.0, 0.0), 0.0);
        assert_eq!(ahead.gain[0], ahead.gain[1]);
        assert_eq!(ahead, Pair::towards(Vec3::default(), 0.0));
    }

    #[test]
    fn mirrored_directions_swap_the_microphones_and_facing_turns_them() {
        let a = Pair::towards(Vec3::new(1.0, 2.0, 0.5), 0.0).gain;
        let b = Pair::towards(Vec3::new(-1.0, 2.0, 0.5), 0.0).gain;
        assert!((a[0] - b[1]).abs() < 1e-6 && (a[1] - b[0]).abs() < 1e-6);
        let north = Pair::towards(Vec3::new(0.0, 1.0, 0.0), 90.0).gain;
        assert!(north[0] > north[1], "facing east puts the north on the left");
    }

    #[test]
    fn from_all_around_each_is_as_loud_as_a_round_microphone_and_nothing_cancels() {
        let mut power = [0.0, 0.0];
        for degree in 0..360 {
            // The frame of directions is the head's: azimuth clockwise, straight ahead first.
            let d = direction(f64::from(degree), 0.0);
            let gain = Pair::towards(Vec3::new(d.x, d.y, 0.0), 0.0).gain.map(f64::from);
            assert!(gain[0] > 0.0 && gain[1] > 0.0, "{degree}: {gain:?}");
            (power[0], power[1]) =
                (power[0] + gain[0] * gain[0] / 360.0, power[1] + gain[1] * gain[1] / 360.0);
        }
        assert!((power[0] - 1.0).abs() < 1e-3 && (power[1] - 1.0).abs() < 1e-3, "{power:?}");
        assert!((0.7..0.9).contains(&Pair::coherence()), "{}", Pair::coherence());
    }
}
