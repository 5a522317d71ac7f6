//! Scalars with a unit: sample rates, decibels, gains, positions and the engine's quantum.
//!
//! Owns the few newtypes that cross layer borders. Does not own any signal processing.
//! Units: seconds, hertz, metres, decibels; sound pressure in pascals at 1 m from a mouth.

use serde::{Deserialize, Serialize};

use crate::math;

/// The engine's fixed block: every stage works on this many frames at a time.
///
/// 64 frames are 1.33 ms at 48 kHz: short enough for control, long enough for vectors.
pub const QUANTUM: usize = 64;

/// One channel of one quantum, linear.
pub type Block = [f32; QUANTUM];

/// Left and right of one quantum, linear.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stereo {
    /// Left channel.
    pub left: Block,
    /// Right channel.
    pub right: Block,
}

impl Stereo {
    /// A silent quantum.
    pub const SILENCE: Self = Self { left: [0.0; QUANTUM], right: [0.0; QUANTUM] };

    /// Adds `other` frame by frame.
    pub fn add(&mut self, other: &Self) {
        for (a, b) in self.left.iter_mut().zip(&other.left) {
            *a += b;
        }
        for (a, b) in self.right.iter_mut().zip(&other.right) {
            *a += b;
        }
    }
}

/// Reference of sound pressure level, pascals: 0 dB SPL.
pub const SPL_REFERENCE_PA: f64 = 20e-6;

/// Frames per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SampleRate(u32);

impl SampleRate {
    /// The lowest and highest rate that the engine runs at, hertz.
    pub const RANGE: std::ops::RangeInclusive<u32> = 22_050..=192_000;

    /// 48 kHz, the default everywhere.
    pub const DEFAULT: Self = Self(48_000);

    /// Accepts a rate inside [`SampleRate::RANGE`], else `None`.
    pub fn new(hz: u32) -> Option<Self> {
        Self::RANGE.contains(&hz).then_some(Self(hz))
    }

    /// Accepts the rate of a sound that is only measured, 1 to 768 kHz, else `None`.
    pub fn measured(hz: u32) -> Option<Self> {
        (1_000..=768_000).contains(&hz).then_some(Self(hz))
    }

    /// The rate in hertz.
    pub fn hz(self) -> u32 {
        self.0
    }

    /// The rate in hertz as a float, for coefficients.
    pub fn hz_f64(self) -> f64 {
        f64::from(self.0)
    }

    /// The frame nearest to a time; negative times give 0.
    pub fn frames(self, seconds: f64) -> u64 {
        (seconds * self.hz_f64()).round().max(0.0) as u64
    }

    /// The first frame that is not before a time; a millionth of a frame forgives sums of seconds that are not exact.
    pub fn first_frame(self, seconds: f64) -> u64 {
        (seconds * self.hz_f64() - 1e-6).ceil().max(0.0) as u64
    }

    /// The time of a frame in seconds.
    pub fn seconds(self, frames: u64) -> f64 {
        frames as f64 / self.hz_f64()
    }
}

impl Default for SampleRate {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Linear amplitude from decibels.
pub fn gain_from_db(level_db: f64) -> f64 {
    math::exp(level_db * (std::f64::consts::LN_10 / 20.0))
}

/// Decibels from a linear amplitude; 0 and below give -infinity.
pub fn db_from_gain(gain: f64) -> f64 {
    if gain <= 0.0 { f64::NEG_INFINITY } else { 20.0 * math::log10(gain) }
}

/// Decibels from a ratio of powers; 0 and below give -infinity.
pub fn db_from_power(power: f64) -> f64 {
    if power <= 0.0 { f64::NEG_INFINITY } else { 10.0 * math::log10(power) }
}

/// A frequency ratio from semitones.
pub fn ratio_from_semitones(semitones: f64) -> f64 {
    math::exp(semitones * (std::f64::consts::LN_2 / 12.0))
}

/// A point or direction in metres: x east, y north, z up from the street.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 3]", into = "[f64; 3]")]
pub struct Vec3 {
    /// East.
    pub x: f64,
    /// North.
    pub y: f64,
    /// Up.
    pub z: f64,
}

impl Vec3 {
    /// A point from its coordinates.
    pub const fn new(x: f64, y: f64, z: f64) -> Self {
        Self { x, y, z }
    }

    /// The straight way to another point, metres.
    pub fn distance_m(self, other: Self) -> f64 {
        (other - self).length_m()
    }

    /// The length of the vector, metres.
    pub fn length_m(self) -> f64 {
        (self.x * self.x + self.y * self.y + self.z * self.z).sqrt()
    }
}

impl std::ops::Sub for Vec3 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y, self.z - other.z)
    }
}

impl std::ops::Add for Vec3 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl std::ops::Mul<f64> for Vec3 {
    type Output = Self;
    fn mul(self, k: f64) -> Self {
        Self::new(self.x * k, self.y * k, self.z * k)
    }
}

impl From<[f64; 3]> for Vec3 {
    fn from([x, y, z]: [f64; 3]) -> Self {
        Self::new(x, y, z)
    }
}

impl From<Vec3> for [f64; 3] {
    fn from(v: Vec3) -> Self {
        [v.x, v.y, v.z]
    }
}

/// A number of bytes for people, counted in powers of 1024: `1.6 GiB`, `312 MiB`, `8 MiB`.
pub fn bytes_text(bytes: u64) -> String {
    let (mut value, mut unit) = (bytes as f64, "bytes");
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if value < 1024.0 {
            break;
        }
        (value, unit) = (value / 1024.0, larger);
    }
    if value < 10.0 && (value - value.round()).abs() >= 0.05 {
        format!("{value:.1} {unit}")
    } else {
        format!("{value:.0} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_and_gains_are_inverse() {
        for db in [-120.0, -6.0, 0.0, 3.0, 40.0] {
            assert!((db_from_gain(gain_from_db(db)) - db).abs() < 1e-9);
        }
        assert!((gain_from_db(-20.0) - 0.1).abs() < 1e-12);
        assert_eq!(db_from_gain(0.0), f64::NEG_INFINITY);
    }

    #[test]
    fn an_octave_is_twelve_semitones() {
        assert!((ratio_from_semitones(12.0) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn rates_outside_the_range_are_refused() {
        assert!(SampleRate::new(0).is_none());
        assert!(SampleRate::new(8_000).is_none());
        assert!(SampleRate::new(384_000).is_none());
        assert_eq!(SampleRate::new(44_100).map(SampleRate::hz), Some(44_100));
    }

    #[test]
    fn frames_round_to_the_nearest() {
        let rate = SampleRate::DEFAULT;
        assert_eq!(rate.frames(1.0), 48_000);
        assert_eq!(rate.frames(-1.0), 0);
        assert_eq!(rate.frames(0.5 / 48_000.0 + 1e-9), 1);
    }

    #[test]
    fn bytes_read_well() {
        let told =
            [1000, 1 << 20, 3 << 19, 327_000_000, 1 << 30, 1_717_986_918, 8_000_000_000].map(bytes_text);
        assert_eq!(told, ["1000 bytes", "1 MiB", "1.5 MiB", "312 MiB", "1 GiB", "1.6 GiB", "7.5 GiB"]);
    }
}
