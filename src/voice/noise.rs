//! Cheap white noise for breath and hiss.
//!
//! Owns one small generator. Its seed comes from [`crate::rng::key`], so noise belongs to a person and a
//! take like every other draw. Source: xorshift, Marsaglia 2003.

/// White noise of unit variance.
#[derive(Clone, Debug)]
pub(crate) struct Noise(u32);

impl Noise {
    /// Opens the noise of a key.
    pub(crate) fn new(key: u64) -> Self {
        Self(((key ^ (key >> 32)) as u32).max(1))
    }

    /// The next value: uniform, variance 1.
    #[inline]
    pub(crate) fn sample(&mut self) -> f32 {
        // sqrt(3): variance of a uniform number in -1..1 is one third.
        const SCALE: f32 = 1.732_050_8 / 2_147_483_648.0;
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 as i32) as f32 * SCALE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_unit_variance_and_no_mean() {
        let mut noise = Noise::new(0x1234_5678_9abc);
        let x: Vec<f64> = (0..50_000).map(|_| f64::from(noise.sample())).collect();
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let var = x.iter().map(|v| v * v).sum::<f64>() / x.len() as f64;
        assert!(mean.abs() < 0.02 && (var - 1.0).abs() < 0.02, "{mean} {var}");
    }
}
