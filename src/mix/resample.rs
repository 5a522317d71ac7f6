//! Grains played at a rate of their own: four-point interpolation.
//!
//! Owns a read position in fixed point and the loops that fetch four neighbours per frame. On AVX2 eight
//! samples are loaded in a row and permuted, two taps of four frames at once; elsewhere each frame fetches
//! its own. Both make the same sums in the same order, hence the same bits.
//!
//! The cubic is Lagrange's through the four neighbours. All its errors together, images included, are 100 dB
//! under a tone of 500 Hz at a rate of 48 kHz, 98 at 1 kHz, 82 at 2 kHz and 58 at 4 kHz. Costs several times
//! a plain copy: bake pitch into the bank where that is possible.

use pulp::{Arch, Simd, WithSimd};

use crate::units::{Block, QUANTUM};

/// Bits behind the point of a position: with 4 more for the frames of a step they fit a float exactly.
const BITS: u32 = 20;

/// A position one frame further.
const ONE: u32 = 1 << BITS;

/// What a quantum can reach: 64 frames at the highest rate, the neighbours, and the load that is ahead.
const REACH: usize = 136;

/// Which instructions the loops use. The sound is the same at every level.
#[derive(Clone, Copy, Debug)]
pub struct Level(Arch);

impl Level {
    /// The best that this processor has.
    pub fn best() -> Self {
        Self(Arch::new())
    }

    /// What every processor has.
    pub fn portable() -> Self {
        Self(Arch::Scalar)
    }

    /// Its name, for reports.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Arch::V3(_) => "avx2",
            _ => "portable",
        }
    }
}

/// Where a grain is read, and how fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    position: u64,
    step: u32,
}

impl Reader {
    /// The rates that can be read, frames per frame; others are clamped.
    pub const RATES: std::ops::RangeInclusive<f64> = 0.25..=1.33;

    /// Reads from a frame on.
    pub fn new(frame: u32, rate: f64) -> Self {
        let rate = rate.clamp(*Self::RATES.start(), *Self::RATES.end());
        Self { position: u64::from(frame) << BITS, step: (rate * f64::from(ONE)).round() as u32 }
    }

    /// The frame that is read next, without its fraction.
    pub fn frame(self) -> u64 {
        self.position >> BITS
    }

    /// The rate as it is, rounded to 2^-20.
    pub fn rate(self) -> f64 {
        f64::from(self.step) / f64::from(ONE)
    }
}

/// Adds one quantum of `data` read at the reader's rate, and moves the reader. Outside is silence.
///
/// * `gain`: pascals per step of the grain.
///
/// Real-time: no allocation.
pub fn add_resampled(level: Level, bus: &mut Block, data: &[i16], reader: &mut Reader, gain: f32) {
    // The neighbour before the first frame comes along.
    let first = reader.frame().checked_sub(1).and_then(|frame| usize::try_from(frame).ok());
    let window = first.and_then(|first| data.get(first..)?.first_chunk::<REACH>());
    let copy;
    let window = match window {
        Some(window) => window,
        None => {
            copy = edge(data, reader.frame());
            &copy
        }
    };
    let fraction = (reader.position & u64::from(ONE - 1)) as u32;
    let work = Work { window, fraction, step: reader.step, gain, bus };
    match level.0 {
        #[cfg(target_arch = "x86_64")]
        Arch::V3(simd) => simd.vectorize(avx2::Permuted { simd, work }),
        other => other.dispatch(Plain(work)),
    }
    reader.position += u64::from(reader.step) * QUANTUM as u64;
}

/// The window at the ends of the data, filled up with silence.
#[cold]
fn edge(data: &[i16], frame: u64) -> [i16; REACH] {
    std::array::from_fn(|k| {
        let at = (frame + k as u64).checked_sub(1).and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| data.get(at)).copied().unwrap_or(0)
    })
}

/// One quantum of one grain.
struct Work<'a> {
    window: &'a [i16; REACH],
    fraction: u32,
    step: u32,
    gain: f32,
    bus: &'a mut Block,
}

/// Lagrange's cubic as polynomials of the fraction, one row per tap, highest power first.
const CUBIC: [[f32; 4]; 4] = [
    [-1.0 / 6.0, 0.5, -1.0 / 3.0, 0.0],
    [0.5, -1.0, -0.5, 1.0],
    [-0.5, 0.5, 1.0, 0.0],
    [1.0 / 6.0, 0.0, -1.0 / 6.0, 0.0],
];

/// Frame by frame.
struct Plain<'a>(Work<'a>);

impl WithSimd for Plain<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Work { window, fraction, step, gain, bus } = self.0;
        let mut position = fraction;
        for out in bus.iter_mut() {
            // Always inside: 64 * 1.33 + 1; the mask tells the compiler so.
            let at = (position >> BITS) as usize & 127;
            let f = (position & (ONE - 1)) as f32 * (1.0 / ONE as f32);
            let tap = |k: usize| {
                let [a, b, c, d] = CUBIC[k];
                (((a * f + b) * f + c) * f + d) * f32::from(window[at + k])
            };
            *out += ((tap(0) + tap(2)) + (tap(1) + tap(3))) * gain;
            position += step;
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{__m128, __m128i, __m256, __m256i};

    use bytemuck::cast;
    use pulp::{NullaryFnOnce, x86::V3};

    use super::{BITS, CUBIC, ONE, QUANTUM, Work};

    /// Four frames at a time: their sixteen neighbours lie within eight samples.
    pub struct Permuted<'a> {
        pub simd: V3,
        pub work: Work<'a>,
    }

    /// Coefficients of one power for two taps of four frames.
    const fn pair(tap: usize, power: usize) -> [f32; 8] {
        let (a, b) = (CUBIC[tap][power], CUBIC[tap + 1][power]);
        [a, a, a, a, b, b, b, b]
    }

    /// The coefficients of two taps.
    #[inline(always)]
    fn cubic(simd: V3, tap: usize, f: __m256) -> __m256 {
        let avx = simd.avx;
        let c = avx._mm256_add_ps(avx._mm256_mul_ps(cast(pair(tap, 0)), f), cast(pair(tap, 1)));
        let c = avx._mm256_add_ps(avx._mm256_mul_ps(c, f), cast(pair(tap, 2)));
        avx._mm256_add_ps(avx._mm256_mul_ps(c, f), cast(pair(tap, 3)))
    }

    impl NullaryFnOnce for Permuted<'_> {
        type Output = ();
        #[inline(always)]
        fn call(self) {
            let Self { simd, work } = self;
            let Work { window, fraction, step, gain, bus } = work;
            let s = step.cast_signed();
            let frames: __m256i = cast([0, s, 2 * s, 3 * s, 0, s, 2 * s, 3 * s]);
            let mask: __m256i = cast([(ONE - 1).cast_signed(); 8]);
            let taps_01: __m256i = cast([0, 0, 0, 0, 1, 1, 1, 1]);
            let taps_23: __m256i = cast([2, 2, 2, 2, 3, 3, 3, 3]);
            let unit: __m256 = cast([1.0 / ONE as f32; 8]);
            let gain: __m128 = cast([gain; 4]);
            let (bus, _) = bus.as_chunks_mut::<4>();
            let mut position = fraction;
            for out in bus.iter_mut().take(QUANTUM / 4) {
                let at = (position >> BITS) as usize & 127;
                let mut near = [0i16; 8];
                near.copy_from_slice(&window[at..at + 8]);
                let near: __m128i = cast(near);
                let near = simd.avx._mm256_cvtepi32_ps(simd.avx2._mm256_cvtepi16_epi32(near));
                let start = (position & (ONE - 1)).cast_signed();
                let at = simd.avx2._mm256_add_epi32(simd.avx._mm256_set1_epi32(start), frames);
                let f = simd.avx._mm256_cvtepi32_ps(simd.avx2._mm256_and_si256(at, mask));
                let f = simd.avx._mm256_mul_ps(f, unit);
                let whole = simd.avx2._mm256_srli_epi32::<{ BITS as i32 }>(at);
                let x01 = simd.avx2._mm256_add_epi32(whole, taps_01);
                let x23 = simd.avx2._mm256_add_epi32(whole, taps_23);
                let x01 = simd.avx2._mm256_permutevar8x32_ps(near, x01);
                let x23 = simd.avx2._mm256_permutevar8x32_ps(near, x23);
                let sum = simd.avx._mm256_add_ps(
                    simd.avx._mm256_mul_ps(cubic(simd, 0, f), x01),
                    simd.avx._mm256_mul_ps(cubic(simd, 2, f), x23),
                );
                let low = simd.avx._mm256_castps256_ps128(sum);
                let high = simd.avx._mm256_extractf128_ps::<1>(sum);
                let sum = simd.sse._mm_mul_ps(simd.sse._mm_add_ps(low, high), gain);
                *out = cast(simd.sse._mm_add_ps(cast(*out), sum));
                position += 4 * step;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;
    use crate::rng::{Domain, stream};
    use crate::units::db_from_power;

    /// As the description says, with every product and sum on its own.
    fn slow(bus: &mut Block, data: &[i16], reader: &mut Reader, gain: f32) {
        for out in bus {
            let f = (reader.position & u64::from(ONE - 1)) as f32 / ONE as f32;
            let at = reader.frame() as i64;
            let mut taps = [0.0f32; 4];
            for (k, tap) in taps.iter_mut().enumerate() {
                let x = usize::try_from(at + k as i64 - 1).ok().and_then(|at| data.get(at)).copied();
                let mut c = 0.0f32;
                for coefficient in CUBIC[k] {
                    c = std::hint::black_box(c * f) + coefficient;
                }
                *tap = std::hint::black_box(c * f32::from(x.unwrap_or(0)));
            }
            let sum = std::hint::black_box((taps[0] + taps[2]) + (taps[1] + taps[3]));
            *out += std::hint::black_box(sum * gain);
            reader.position += u64::from(reader.step);
        }
    }

    #[test]
    fn every_processor_level_and_the_slow_twin_give_the_same_bits() {
        let mut random = stream(1, Domain::Test, 0, 0);
        let data: Vec<i16> = (0..3_000).map(|_| random.range(-32_768.0, 32_768.0) as i16).collect();
        for trial in 0..200 {
            let rate = if trial == 0 { 1.33 } else { random.range(0.25, 1.33) };
            let start = Reader::new(random.below(2_900) as u32, rate);
            let (mut a, mut b, mut c) = ([0.5; QUANTUM], [0.5; QUANTUM], [0.5; QUANTUM]);
            let (mut ra, mut rb, mut rc) = (start, start, start);
            for _ in 0..4 {
                add_resampled(Level::best(), &mut a, &data, &mut ra, 1.3e-4);
                add_resampled(Level::portable(), &mut b, &data, &mut rb, 1.3e-4);
                slow(&mut c, &data, &mut rc, 1.3e-4);
            }
            let bits = |x: &Block| x.map(f32::to_bits);
            assert_eq!(bits(&a), bits(&c), "{} at {start:?}", Level::best().name());
            assert_eq!(bits(&b), bits(&c), "portable at {start:?}");
            assert_eq!((ra, rb), (rc, rc));
        }
    }

    /// Everything but the tone itself, dB relative to it.
    fn error_db(hz: f64, rate: f64) -> f64 {
        let w = math::TAU * hz / 48_000.0;
        let data: Vec<i16> =
            (0..40_000).map(|n| (32_000.0 * math::sin(w * n as f64)).round() as i16).collect();
        let mut reader = Reader::new(100, rate);
        let (mut error, mut power) = (0.0, 0.0);
        let mut frame = 100.0;
        for _ in 0..300 {
            let mut bus = [0.0; QUANTUM];
            add_resampled(Level::best(), &mut bus, &data, &mut reader, 1.0 / 32_000.0);
            for y in bus {
                let x = math::sin(w * frame);
                error += (f64::from(y) - x).powi(2);
                power += x * x;
                frame += reader.rate();
            }
        }
        db_from_power(error / power)
    }

    #[test]
    fn images_and_errors_of_voiced_sound_stay_low() {
        // Signal in the bank's tone against the ideal: images, droop and rounding together. A cubic errs
        // with the fourth power of frequency, 24 dB per octave; shouted vowels are 20 dB and more down at 4 kHz.
        for (hz, limit) in [(500.0, -95.0), (1_000.0, -95.0), (2_000.0, -80.0), (4_000.0, -56.0)] {
            for rate in [0.8, 0.97, 1.011, 1.25] {
                let db = error_db(hz, rate);
                assert!(db < limit, "{hz} Hz at {rate}: {db:.1} dB");
            }
        }
    }

    #[test]
    fn a_rate_of_one_is_a_copy() {
        let data: Vec<i16> = (0..500).map(|n| (n * 37 % 1001) as i16).collect();
        let mut bus = [0.0; QUANTUM];
        add_resampled(Level::best(), &mut bus, &data, &mut Reader::new(40, 1.0), 1.0);
        assert!(bus.iter().zip(&data[40..]).all(|(&y, &x)| y == f32::from(x)));
    }

    #[test]
    fn beyond_the_ends_is_silence() {
        let mut bus = [0.0; QUANTUM];
        add_resampled(Level::best(), &mut bus, &[900; 50], &mut Reader::new(60, 1.0), 1.0);
        assert_eq!(bus, [0.0; QUANTUM]);
        let mut reader = Reader::new(0, 1.25);
        add_resampled(Level::best(), &mut bus, &[900; 50], &mut reader, 1.0);
        assert!((bus[10] - 900.0).abs() < 0.1 && bus[60] == 0.0);
        assert_eq!(reader.frame(), 80);
    }
}
