//! Keyed randomness: every draw belongs to a seed, a domain, a person and an index.
//!
//! Owns the mapping from keys to random numbers. Nobody shares a generator, so adding a person or a
//! draw never changes another person. Only `u64`s are taken from the generator crate; the mapping to
//! floats is ours and is pinned by tests with literal values.
//!
//! Sources: xoshiro256++ (Blackman and Vigna 2021) through `rand`; SplitMix64 finalizer (Steele, Lea
//! and Flood 2014) to spread keys.

use rand::{Rng, SeedableRng, rngs::Xoshiro256PlusPlus};

use crate::math;

/// What a stream of random numbers is used for. Streams of different domains are independent.
///
/// The numbers are part of the sound: never renumber, only append.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u64)]
pub enum Domain {
    /// Traits of a person's throat and habits.
    Traits = 1,
    /// One performed utterance.
    Performance = 2,
    /// Noise inside an utterance.
    Noise = 3,
    /// Claps, stomps and whistles.
    Body = 4,
    /// Where people stand.
    Position = 5,
    /// Dispositions: threshold, zeal, timing.
    Disposition = 6,
    /// Decisions of a person while the scene runs.
    Decision = 7,
    /// Onset scatter of a repetition.
    Timing = 8,
    /// Choice of speaker and take.
    Casting = 9,
    /// Walls, tails and wind.
    Space = 10,
    /// Dither and other last steps.
    Output = 11,
    /// Events of the whole scene.
    Scene = 12,
    /// Tests and benches.
    Test = 13,
    /// How fast a performance is played.
    Speed = 14,
}

/// A private stream of random numbers.
#[derive(Clone, Debug)]
pub struct Stream(Xoshiro256PlusPlus);

/// Opens the stream that belongs to a key. The same key always gives the same numbers.
///
/// Real-time: no allocation, about 20 ns.
pub fn stream(seed: u64, domain: Domain, person: u64, index: u64) -> Stream {
    Stream(Xoshiro256PlusPlus::seed_from_u64(key(seed, domain, person, index)))
}

/// One well-mixed number for a key, where a whole stream would be too much.
pub fn key(seed: u64, domain: Domain, person: u64, index: u64) -> u64 {
    let a = mix(seed ^ 0x9e37_79b9_7f4a_7c15);
    let b = mix(a ^ (domain as u64).wrapping_mul(0xd1b5_4a32_d192_ed03));
    let c = mix(b ^ person.wrapping_mul(0xaef1_7502_108e_f2d9));
    mix(c ^ index.wrapping_mul(0xf135_7aea_2e62_a9c5))
}

/// A uniform number in 0..1 from the 53 high bits of `bits`.
pub fn unit_from(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Stream {
    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in 0..1, 1 excluded.
    pub fn unit(&mut self) -> f64 {
        unit_from(self.bits())
    }

    /// Uniform in `low..high`.
    pub fn range(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform index below `n`; 0 for an empty range.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// Normal with mean 0 and standard deviation 1 (Box and Muller 1958, the cosine half).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * math::ln(1.0 - self.unit())).sqrt();
        radius * math::cos(math::TAU * self.unit())
    }

    /// Normal, clipped to `limit` standard deviations either side.
    pub fn normal_within(&mut self, limit: f64) -> f64 {
        self.normal().clamp(-limit, limit)
    }

    /// Log-normal by its median and geometric standard deviation.
    pub fn log_normal(&mut self, median: f64, gsd: f64) -> f64 {
        median * math::exp(math::ln(gsd) * self.normal_within(3.0))
    }

    /// Exponential with the given mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * math::ln(1.0 - self.unit())
    }

    /// Index drawn in proportion to `weights`; `None` if they are empty or sum to nothing.
    pub fn weighted(&mut self, weights: &[f64]) -> Option<usize> {
        let total: f64 = weights.iter().sum();
        if total.is_nan() || total <= 0.0 {
            return None;
        }
        let mut left = self.unit() * total;
        for (index, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return Some(index);
            }
        }
        weights.iter().rposition(|w| *w > 0.0)
    }

    /// White noise in -1..1 as `f32`.
    pub fn noise(&mut self) -> f32 {
        // The 24 high bits: exactly representable, so the mapping cannot round differently.
        (self.bits() >> 40) as f32 * (2.0 / (1u32 << 24) as f32) - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_values_are_pinned() {
        let mut s = stream(7, Domain::Test, 3, 1);
        let bits: Vec<u64> = (0..2).map(|_| s.bits()).collect();
        assert_eq!(bits, PINNED_BITS);
        assert_eq!(unit_from(u64::MAX), 1.0 - 1.0 / (1u64 << 53) as f64);
    }

    #[test]
    fn neighbours_are_independent() {
        let n = 4000;
        let a: Vec<f64> = (0..n).map(|p| stream(1, Domain::Test, p, 0).unit()).collect();
        let mean = a.iter().sum::<f64>() / n as f64;
        let lag: f64 = a.windows(2).map(|w| (w[0] - mean) * (w[1] - mean)).sum::<f64>() / n as f64;
        assert!((mean - 0.5).abs() < 0.02, "mean {mean}");
        assert!(lag.abs() < 0.005, "lag-one covariance {lag}");
    }

    #[test]
    fn normal_has_unit_variance() {
        let mut s = stream(1, Domain::Test, 0, 0);
        let x: Vec<f64> = (0..20_000).map(|_| s.normal()).collect();
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let var = x.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / x.len() as f64;
        assert!(mean.abs() < 0.03 && (var - 1.0).abs() < 0.04, "{mean} {var}");
    }

    #[test]
    fn weights_are_respected() {
        let mut s = stream(1, Domain::Test, 0, 9);
        let mut counts = [0; 3];
        for _ in 0..3000 {
            counts[s.weighted(&[1.0, 0.0, 2.0]).unwrap()] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((counts[2] as f64 / counts[0] as f64 - 2.0).abs() < 0.3, "{counts:?}");
        assert_eq!(s.weighted(&[]), None);
        assert_eq!(s.weighted(&[0.0]), None);
    }

    #[test]
    fn below_never_reaches_its_bound() {
        let mut s = stream(1, Domain::Test, 0, 2);
        assert!((0..1000).all(|_| s.below(3) < 3));
        assert_eq!(s.below(0), 0);
    }

    const PINNED_BITS: [u64; 2] = [7_029_730_676_642_628_815, 6_970_437_101_365_869_656];
}
