//! The response of a rigid sphere with two ears, exact, for headphones.
//!
//! Owns the directions that the response is worked out for, its series, and the convolution. Directions are in
//! the head's frame: x right, y ahead, z up. Units: metres, seconds, frames, linear.
//!
//! Source: the pressure of a plane wave on a rigid sphere (Rayleigh; Duda and Martens 1998), summed until terms
//! no longer count. The ears lie at 90 degrees. No pinna: ahead and behind differ by the treble that the buses of
//! people behind have lost already, what is above differs from what is ahead by the ears' delay and level.

use pulp::{Arch, Simd, WithSimd};

use super::pan::direction;
use crate::math;
use crate::units::{Block, QUANTUM, SampleRate, Vec3};

/// Radius of the head, metres.
const RADIUS_M: f64 = 0.0875;
/// Azimuth of the right ear, degrees.
const EAR_DEG: f64 = 90.0;
/// Length of a response, seconds: the way round the head and what follows.
const LENGTH_S: f64 = 0.0026;
/// Frames before the first sound at the nearer ear, so that its onset is whole.
const LEAD_FRAMES: f64 = 8.0;
/// Elevation in degrees and number of directions of each ring: 10 degrees apart where people mostly are.
const RINGS: [(f64, usize); 6] = [(0.0, 36), (30.0, 18), (-30.0, 18), (60.0, 8), (-60.0, 6), (90.0, 1)];

/// The directions that responses are known for.
pub(crate) fn directions() -> Vec<Vec3> {
    let ring = |(elevation, count): (f64, usize)| {
        (0..count).map(move |n| direction(360.0 * n as f64 / count as f64, elevation))
    };
    RINGS.into_iter().flat_map(ring).collect()
}

/// A complex number.
type Complex = (f64, f64);

fn product(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

/// Factors of the Legendre polynomials for a wave number times radius, such that their sum is the pressure at
/// the surface against that of the free field at the centre.
fn series(ka: f64) -> Vec<Complex> {
    let (sin, cos) = (math::sin(ka), math::cos(ka));
    // Spherical Hankel functions of the first kind, order 0 and 1.
    let mut before: Complex = (sin / ka, -cos / ka);
    let mut now: Complex = ((sin / ka - cos) / ka, (-cos / ka - sin) / ka);
    let mut factors = Vec::new();
    for m in 0..400u32 {
        let order = f64::from(m);
        // h'_0 = -h_1, h'_m = h_(m-1) - (m + 1) / x h_m.
        let slope = match m {
            0 => (-now.0, -now.1),
            _ => (before.0 - (order + 1.0) / ka * now.0, before.1 - (order + 1.0) / ka * now.1),
        };
        if m > 0 {
            let ratio = (2.0 * order + 1.0) / ka;
            let next = (ratio * now.0 - before.0, ratio * now.1 - before.1);
            (before, now) = (now, next);
        }
        let size = slope.0 * slope.0 + slope.1 * slope.1;
        let scale = (2.0 * order + 1.0) / (ka * ka * size);
        // i (-i)^m / h'_m; time goes as exp(-i w t), turned round by the caller.
        let turn = [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0)][m as usize % 4];
        let factor = product(turn, (slope.0 * scale, -slope.1 * scale));
        factors.push(factor);
        if order > ka && factor.0.abs().max(factor.1.abs()) < 1e-9 {
            break;
        }
    }
    factors
}

/// The sum of a series at the cosine of an angle of incidence.
fn pressure(factors: &[Complex], cosine: f64) -> Complex {
    let (mut before, mut now) = (1.0, cosine);
    let mut sum = (0.0, 0.0);
    for (m, factor) in factors.iter().enumerate() {
        let legendre = if m == 0 { 1.0 } else { now };
        sum = (sum.0 + factor.0 * legendre, sum.1 + factor.1 * legendre);
        if m > 0 {
            let order = m as f64;
            let next = ((2.0 * order + 1.0) * cosine * now - order * before) / (order + 1.0);
            (before, now) = (now, next);
        }
    }
    sum
}

/// Both ears for all [`directions`], running.
#[derive(Clone, Debug)]
pub struct Sphere {
    arch: Arch,
    /// Left and right response of each direction, newest sample first.
    taps: Vec<[Vec<f32>; 2]>,
    past: Vec<Vec<f32>>,
    quiet_quanta: Vec<usize>,
}

impl Sphere {
    /// Works out the responses: about 50 ms.
    pub fn build(speed_m_s: f64, rate: SampleRate) -> Self {
        // Whole quanta of 16 keep the loops even.
        let length = (rate.frames(LENGTH_S) as usize).next_multiple_of(16);
        let size = 2 * length;
        let lag_s = RADIUS_M / speed_m_s + LEAD_FRAMES / rate.hz_f64();
        let omega = |k: usize| math::TAU * rate.hz_f64() * k as f64 / size as f64;
        let all: Vec<Vec<Complex>> = (1..=length).map(|k| series(omega(k) * RADIUS_M / speed_m_s)).collect();
        let turns: Vec<f64> = (0..size).map(|n| math::cos(math::TAU * n as f64 / size as f64)).collect();
        let ears = [-EAR_DEG, EAR_DEG].map(|azimuth| direction(azimuth, 0.0));
        let response = |d: Vec3, ear: Vec3| -> Vec<f32> {
            let cosine = d.x * ear.x + d.y * ear.y + d.z * ear.z;
            let spectrum: Vec<Complex> = all
                .iter()
                .enumerate()
                .map(|(n, factors)| {
                    let (re, im) = pressure(factors, cosine);
                    let late = omega(n + 1) * lag_s;
                    product((re, -im), (math::cos(late), -math::sin(late)))
                })
                .collect();
            (0..length).map(|n| tap(&spectrum, &turns, n)).collect()
        };
        let taps: Vec<[Vec<f32>; 2]> =
            directions().into_iter().map(|d| ears.map(|ear| response(d, ear))).collect();
        let count = taps.len();
        Self {
            arch: math::arch(),
            taps,
            past: vec![vec![0.0; length + QUANTUM]; count],
            quiet_quanta: vec![usize::MAX; count],
        }
    }

    /// Forgets all sound. Real-time: no allocation.
    pub fn reset(&mut self) {
        self.past.iter_mut().for_each(|past| past.fill(0.0));
        self.quiet_quanta.fill(usize::MAX);
    }

    /// Adds what both ears hear of one block per direction.
    ///
    /// Real-time: no allocation; about a microsecond per direction that sounds.
    pub fn process(&mut self, input: &[Block], out: &mut [Block; 2]) {
        for (n, block) in input.iter().enumerate().take(self.taps.len()) {
            let length = self.taps[n][0].len();
            let quiet = &mut self.quiet_quanta[n];
            *quiet = if block.iter().all(|x| *x == 0.0) { quiet.saturating_add(1) } else { 0 };
            if *quiet > length / QUANTUM + 1 {
                continue;
            }
            let past = &mut self.past[n];
            past.copy_within(QUANTUM.., 0);
            past[length..].copy_from_slice(block);
            for (taps, out) in self.taps[n].iter().zip(out.iter_mut()) {
                self.arch.dispatch(Convolve { taps, past, out });
            }
        }
    }
}

/// One tap of the response that belongs to a spectrum without its zeroth bin, which is 1.
fn tap(spectrum: &[Complex], turns: &[f64], n: usize) -> f32 {
    let (length, size) = (spectrum.len(), turns.len());
    let mut sum = 1.0;
    for (bin, (re, im)) in spectrum.iter().enumerate() {
        let k = bin + 1;
        let (cos, sin) = (turns[k * n % size], turns[(k * n + size - size / 4) % size]);
        sum += if k == length { *re * cos } else { 2.0 * (re * cos - im * sin) };
    }
    // The last eighth fades out.
    let left = (length - n) as f64 / (length as f64 / 8.0);
    (sum / size as f64 * math::smoothstep(left.min(1.0))) as f32
}

struct Convolve<'a> {
    taps: &'a [f32],
    past: &'a [f32],
    out: &'a mut Block,
}

impl WithSimd for Convolve<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { taps, past, out } = self;
        let length = taps.len();
        let mut sum = [0.0f32; QUANTUM];
        for (k, tap) in taps.iter().enumerate() {
            let samples = &past[length - k..length - k + QUANTUM];
            for (s, x) in sum.iter_mut().zip(samples) {
                *s += tap * x;
            }
        }
        for (o, s) in out.iter_mut().zip(&sum) {
            *o += s;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::db_from_gain;

    const RATE: SampleRate = SampleRate::DEFAULT;
    const SPEED: f64 = 343.2;

    fn responses(azimuth_deg: f64) -> [Vec<f64>; 2] {
        static SPHERE: std::sync::OnceLock<Sphere> = std::sync::OnceLock::new();
        let sphere = SPHERE.get_or_init(|| Sphere::build(SPEED, RATE));
        let d = direction(azimuth_deg, 0.0);
        let near = |v: &Vec3| v.x * d.x + v.y * d.y + v.z * d.z;
        let all = directions();
        let n = (0..all.len()).max_by(|&a, &b| near(&all[a]).total_cmp(&near(&all[b]))).unwrap();
        sphere.taps[n].clone().map(|taps| taps.into_iter().map(f64::from).collect())
    }

    fn level_db(taps: &[f64], hz: f64) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, x) in taps.iter().enumerate() {
            let w = math::TAU * hz * n as f64 / RATE.hz_f64();
            (re, im) = (re + x * math::cos(w), im - x * math::sin(w));
        }
        db_from_gain((re * re + im * im).sqrt())
    }

    /// Delay of the far ear behind the near one by the largest cross-correlation of the waves below 1 kHz.
    fn delay_ms(near: &[f64], far: &[f64]) -> f64 {
        let lag = |lag: usize| -> f64 { (0..near.len() - lag).map(|n| near[n] * far[n + lag]).sum() };
        let best = (0..60).max_by(|&a, &b| lag(a).total_cmp(&lag(b))).unwrap();
        1e3 * best as f64 / RATE.hz_f64()
    }

    #[test]
    fn the_far_ear_is_two_thirds_of_a_millisecond_late_and_in_shadow() {
        let [left, right] = responses(90.0);
        let late = delay_ms(&right, &left);
        assert!((0.6..=0.85).contains(&late), "{late} ms");
        // Exactly opposite there is a bright spot; the shadow lies beside it.
        let [shade, lit] = responses(60.0);
        let (near, far) = (level_db(&lit, 5000.0), level_db(&shade, 5000.0));
        assert!((4.5..=6.5).contains(&near) && (-30.0..=-4.0).contains(&far), "{near:.1} {far:.1} dB");
        let (near, far) = (level_db(&right, 100.0), level_db(&left, 100.0));
        assert!(near.abs() < 1.5 && far.abs() < 1.5, "bass at both: {near:.1} {far:.1} dB");
    }

    #[test]
    fn differences_between_the_ears_grow_towards_the_side_and_mirror() {
        let mut last = -0.01;
        for azimuth in [0.0, 30.0, 60.0, 90.0] {
            let [left, right] = responses(azimuth);
            let late = delay_ms(&right, &left);
            assert!(late > last, "{azimuth}: {late} after {last}");
            last = late;
            let [mirrored_left, mirrored_right] = responses(-azimuth);
            let same = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
            assert!(same(&left, &mirrored_right) && same(&right, &mirrored_left), "{azimuth}");
        }
    }

    /// Phase of a response at a frequency, radians.
    fn phase(taps: &[f64], hz: f64) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, x) in taps.iter().enumerate() {
            let w = math::TAU * hz * n as f64 / RATE.hz_f64();
            (re, im) = (re + x * math::cos(w), im - x * math::sin(w));
        }
        im.atan2(re)
    }

    #[test]
    fn delays_between_the_ears_are_those_of_the_literature_in_every_direction() {
        let unit_us = 1e6 * RADIUS_M / SPEED;
        for azimuth in (10..=170).step_by(10).map(f64::from) {
            let [left, right] = responses(azimuth);
            // Low frequencies (Kuhn 1977): 3 a / c sin, by the phase.
            let late = (phase(&right, 250.0) - phase(&left, 250.0)).rem_euclid(math::TAU);
            let have_us = 1e6 * late / (math::TAU * 250.0);
            let want_us = 3.0 * unit_us * math::sin(azimuth.to_radians());
            assert!((have_us / want_us - 1.0).abs() < 0.06, "{azimuth}: {have_us:.0} us for {want_us:.0}");
            // The first sound (Woodworth): the straight way to the near ear, round the head to the far one.
            let first = |taps: &[f64]| {
                let most = taps.iter().fold(0.0f64, |m, x| m.max(x.abs()));
                taps.iter().position(|x| x.abs() > 0.25 * most).unwrap() as f64
            };
            let aside = azimuth.min(180.0 - azimuth).to_radians();
            let have_us = 1e6 * (first(&left) - first(&right)) / RATE.hz_f64();
            let want_us = unit_us * (aside + math::sin(aside));
            // Two frames of 21 us, and what the shadow takes away of a front.
            assert!(
                (have_us - want_us).abs() < 42.0 + 0.08 * want_us,
                "{azimuth}: {have_us:.0} for {want_us:.0}"
            );
        }
    }

    #[test]
    fn levels_between_the_ears_grow_with_frequency_as_measured_on_people() {
        for azimuth in [20.0, 40.0, 60.0, 120.0, 140.0, 160.0f64] {
            let [left, right] = responses(azimuth);
            let mut before = -1.0;
            for octave_hz in [250.0, 500.0, 1000.0, 2000.0, 4000.0] {
                let band = |taps: &[f64]| {
                    let at = (0..9).map(|n| octave_hz * math::pow(2.0, (f64::from(n) - 4.0) / 9.0));
                    at.map(|hz| math::pow(10.0, level_db(taps, hz) / 10.0)).sum::<f64>()
                };
                let have = crate::units::db_from_power(band(&right) / band(&left));
                // 0.18 sqrt(f) sin(azimuth) dB: the mean of people (Van Opstal 2016, after Shaw 1974).
                let want = 0.18 * octave_hz.sqrt() * math::sin(azimuth.to_radians());
                assert!((have - want).abs() < 3.0, "{azimuth}, {octave_hz} Hz: {have:.1} dB for {want:.1}");
                assert!(have > before - 1.0, "{azimuth}, {octave_hz} Hz: {have:.1} dB after {before:.1}");
                before = have;
            }
        }
    }

    #[test]
    fn blocks_are_convolved_and_silence_ends() {
        let mut sphere = Sphere::build(SPEED, RATE);
        let mut input = vec![[0.0; QUANTUM]; directions().len()];
        input[3][5] = 1.0;
        let mut heard = Vec::new();
        for quantum in 0..6 {
            let mut out = [[0.0; QUANTUM]; 2];
            sphere.process(&input, &mut out);
            heard.extend(out[1]);
            input[3] = [0.0; QUANTUM];
            assert!(quantum < 4 || out == [[0.0; QUANTUM]; 2]);
        }
        let taps = &sphere.taps[3][1];
        assert!(taps.iter().zip(&heard[5..]).all(|(a, b)| (a - b).abs() < 1e-7));
    }
}
