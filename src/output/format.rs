//! Sample formats of files, and the way from float to integer.
//!
//! Owns rounding and dither. Does not own headers or files. Input: linear, 1.0 = full scale.
//!
//! Source: Lipshitz, Wannamaker and Vanderkooy, "Quantization and dither: a theoretical survey",
//! J. Audio Eng. Soc. 40 (1992): triangular dither of two steps peak to peak leaves an error whose
//! mean and power do not depend on the signal.

use std::{fmt, str::FromStr};

use crate::rng::{self, Domain, Stream};

/// How a sample is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Bits {
    /// 16 bit integer, dithered.
    Sixteen,
    /// 24 bit integer, dithered.
    #[default]
    TwentyFour,
    /// 32 bit float.
    Float,
}

impl Bits {
    /// Bytes of one sample.
    pub fn bytes(self) -> u16 {
        match self {
            Self::Sixteen => 2,
            Self::TwentyFour => 3,
            Self::Float => 4,
        }
    }
}

impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sixteen => "16",
            Self::TwentyFour => "24",
            Self::Float => "32f",
        })
    }
}

impl FromStr for Bits {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "16" => Ok(Self::Sixteen),
            "24" => Ok(Self::TwentyFour),
            "32f" | "32" | "float" => Ok(Self::Float),
            _ => Err("allowed: 16, 24, 32f".into()),
        }
    }
}

/// Turns frames into bytes, with dither that belongs to a seed.
#[derive(Clone, Debug)]
pub struct Encoder {
    bits: Bits,
    dither: Vec<Stream>,
}

impl Encoder {
    /// An encoder of `channels` channels. The same seed dithers in the same way.
    pub fn new(bits: Bits, channels: u16, seed: u64) -> Self {
        let dither = (0..u64::from(channels)).map(|c| rng::stream(seed, Domain::Output, c, 0)).collect();
        Self { bits, dither }
    }

    /// Appends the frames of planar `channels`, interleaved, little-endian, to `bytes`.
    ///
    /// Exact zeros stay exact zeros: digital silence is not dithered. NaN becomes 0; values beyond
    /// full scale are held there (floats are kept).
    pub fn encode(&mut self, channels: &[&[f32]], bytes: &mut Vec<u8>) {
        let frames = channels.iter().map(|c| c.len()).min().unwrap_or(0);
        bytes.reserve(frames * channels.len() * usize::from(self.bits.bytes()));
        for frame in 0..frames {
            for (channel, dither) in channels.iter().zip(&mut self.dither) {
                let sample = channel[frame];
                match self.bits {
                    Bits::Sixteen => {
                        let n = quantize(sample, 32_768.0, dither);
                        bytes.extend_from_slice(&n.to_le_bytes()[..2]);
                    }
                    Bits::TwentyFour => {
                        let n = quantize(sample, 8_388_608.0, dither);
                        bytes.extend_from_slice(&n.to_le_bytes()[..3]);
                    }
                    Bits::Float => {
                        let sample = if sample.is_nan() { 0.0 } else { sample };
                        bytes.extend_from_slice(&sample.to_le_bytes());
                    }
                }
            }
        }
    }
}

fn quantize(sample: f32, full: f64, dither: &mut Stream) -> i32 {
    if sample == 0.0 || sample.is_nan() {
        return 0;
    }
    // Two uniform numbers from one draw: 32 bits each are far below a step of 24 bits.
    let draw = dither.bits();
    let step = 1.0 / 4_294_967_296.0;
    let noise = ((draw >> 32) as f64 - (draw & 0xffff_ffff) as f64) * step;
    (f64::from(sample) * full + noise).round().clamp(-full, full - 1.0) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sixteen(samples: &[f32]) -> Vec<i16> {
        let mut bytes = Vec::new();
        Encoder::new(Bits::Sixteen, 1, 7).encode(&[samples], &mut bytes);
        bytes.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect()
    }

    #[test]
    fn silence_stays_silent_and_full_scale_does_not_wrap() {
        assert_eq!(sixteen(&[0.0, -0.0, f32::NAN]), [0, 0, 0]);
        assert_eq!(sixteen(&[2.0, f32::INFINITY]), [32_767, 32_767]);
        assert_eq!(sixteen(&[-2.0, f32::NEG_INFINITY]), [-32_768, -32_768]);
    }

    #[test]
    fn dither_keeps_the_mean_of_a_signal_below_one_step() {
        let quiet = vec![0.3 / 32_768.0; 40_000];
        let mean = sixteen(&quiet).iter().map(|n| f64::from(*n)).sum::<f64>() / 40_000.0;
        assert!((mean - 0.3).abs() < 0.015, "mean {mean} steps");
    }

    #[test]
    fn dither_noise_is_three_twelfths_of_a_step_squared() {
        // Uniform rounding error 1/12 + triangular dither 2/12, whatever the signal.
        for offset in [0.1, 0.5, 0.9] {
            let level = (100.0 + offset) / 32_768.0;
            let out = sixteen(&vec![level; 40_000]);
            let power = out.iter().map(|n| (f64::from(*n) - 100.0 - f64::from(offset)).powi(2)).sum::<f64>();
            let power = power / 40_000.0;
            assert!((power - 0.25).abs() < 0.01, "{offset}: {power}");
        }
    }

    #[test]
    fn the_split_into_calls_does_not_matter() {
        let samples: Vec<f32> = (0..100).map(|n| (n as f32 * 0.37).sin() * 0.1).collect();
        let mut whole = Vec::new();
        Encoder::new(Bits::TwentyFour, 1, 1).encode(&[&samples], &mut whole);
        let mut encoder = Encoder::new(Bits::TwentyFour, 1, 1);
        let mut parts = Vec::new();
        for part in samples.chunks(7) {
            encoder.encode(&[part], &mut parts);
        }
        assert_eq!(whole, parts);
    }

    #[test]
    fn floats_pass_unchanged() {
        let mut bytes = Vec::new();
        Encoder::new(Bits::Float, 1, 7).encode(&[&[0.123, 1.5]], &mut bytes);
        assert_eq!(bytes[..4], 0.123f32.to_le_bytes());
        assert_eq!(bytes[4..], 1.5f32.to_le_bytes());
    }
}
