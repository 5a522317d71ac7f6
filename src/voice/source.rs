//! The voice source: one period of the derivative of glottal flow, free of aliasing.
//!
//! Owns tables of the LF model [source shape x number of harmonics], made once per process from the exact
//! Fourier integrals of the model and read by interpolation. Does not own pitch or amplitude.
//! Sources: Fant, Liljencrants and Lin 1985; the shape number Rd from Fant 1995.
//!
//! Real-time: reading allocates nothing; making the tables takes a few milliseconds, once.

use std::sync::LazyLock;

use crate::math;

/// Samples of one period in a table; one more is kept for interpolation.
pub(crate) const PERIOD: usize = 512;
/// Most harmonics a table can hold.
const MAX_HARMONICS: usize = 192;
/// Fewest.
const MIN_HARMONICS: usize = 3;
/// Neighbouring tables differ by this factor in their number of harmonics.
const LEVEL_RATIO: f64 = 0.88;
/// Source shapes that have tables.
const SHAPES: [f64; 12] = [0.28, 0.34, 0.41, 0.50, 0.61, 0.75, 0.92, 1.15, 1.45, 1.85, 2.30, 2.70];

/// The shape of one period: times in periods.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lf {
    /// Growth of the open phase, 1/period.
    alpha: f64,
    /// Angular frequency of the open phase.
    omega: f64,
    /// Moment of closure.
    pub closure: f64,
    /// Decay of the return phase, 1/period.
    epsilon: f64,
    /// Time constant of the return phase.
    return_phase: f64,
}

impl Lf {
    /// Solves the two implicit equations of the model for a shape number.
    pub(crate) fn new(rd: f64) -> Self {
        let rd = rd.clamp(SHAPES[0], SHAPES[SHAPES.len() - 1]);
        let ra = (-1.0 + 4.8 * rd) / 100.0;
        let rk = (22.4 + 11.8 * rd) / 100.0;
        let rg = rk * (0.5 + 1.2 * rk) / (0.44 * rd - 4.0 * ra * (0.5 + 1.2 * rk));
        let peak = 1.0 / (2.0 * rg);
        let closure = peak * (1.0 + rk);
        let omega = math::PI / peak;
        let rest = 1.0 - closure;
        // epsilon x Ta = 1 - exp(-epsilon x rest): a fixed point reached from above.
        let mut epsilon = 1.0 / ra;
        for _ in 0..60 {
            epsilon = (1.0 - math::exp(-epsilon * rest)) / ra;
        }
        let tail = math::exp(-epsilon * rest);
        let return_area = -((1.0 - tail) / epsilon - rest * tail) / (epsilon * ra);
        let open_area = |alpha: f64| {
            let (s, c) = (math::sin(omega * closure), math::cos(omega * closure));
            let gain = -1.0 / s;
            gain * ((alpha * s - omega * c) + omega * math::exp(-alpha * closure))
                / (alpha * alpha + omega * omega)
        };
        // Net flow over a period is zero; the open area falls as alpha grows.
        let (mut low, mut high) = (-60.0, 400.0);
        for _ in 0..80 {
            let middle = 0.5 * (low + high);
            if open_area(middle) + return_area > 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        Self { alpha: 0.5 * (low + high), omega, closure, epsilon, return_phase: ra }
    }

    /// Real and imaginary part of harmonic `k` for a closure peak of -1.
    fn harmonic(&self, k: usize) -> (f64, f64) {
        let w = math::TAU * k as f64;
        let te = self.closure;
        // Open phase: (-1 / sin(omega te)) exp(alpha (t - te)) sin(omega t).
        let gain = -1.0 / math::sin(self.omega * te);
        let scale = math::exp(-self.alpha * te);
        let part = |omega: f64| {
            // Integral of exp((alpha + i(omega - w)) t) from 0 to te, times exp(-alpha te).
            let (re, im) = (self.alpha, omega - w);
            let (c, s) = (math::cos(im * te), math::sin(im * te));
            let (nr, ni) = (c - scale, s);
            let d = re * re + im * im;
            ((nr * re + ni * im) / d, (ni * re - nr * im) / d)
        };
        let (a, b) = (part(self.omega), part(-self.omega));
        // sin = (e^{iwt} - e^{-iwt}) / 2i
        let (open_re, open_im) = (gain * 0.5 * (a.1 - b.1), -gain * 0.5 * (a.0 - b.0));
        // Return phase, t' from 0 to 1 - te: -(exp(-eps t') - tail) / (eps Ta).
        let rest = 1.0 - te;
        let tail = math::exp(-self.epsilon * rest);
        let (c, s) = (math::cos(w * rest), -math::sin(w * rest));
        let d = self.epsilon * self.epsilon + w * w;
        let (nr, ni) = (1.0 - tail * c, -tail * s);
        let (er, ei) = ((nr * self.epsilon + ni * w) / d, (ni * self.epsilon - nr * w) / d);
        // Integral of exp(-i w t') = (1 - e^{-iw rest}) / (i w)
        let (fr, fi) = (-s / w * tail, -(1.0 - c) / w * tail);
        let k = -1.0 / (self.epsilon * self.return_phase);
        let (rr, ri) = (k * (er - fr), k * (ei - fi));
        let (pc, ps) = (math::cos(w * te), -math::sin(w * te));
        (open_re + rr * pc - ri * ps, open_im + rr * ps + ri * pc)
    }
}

struct Tables {
    /// Numbers of harmonics, falling.
    levels: Vec<usize>,
    /// `[shape][level][PERIOD + 1]`, flat.
    samples: Vec<f32>,
    closures: [f32; SHAPES.len()],
    /// Power of harmonics 1.. of each shape, `[shape][MAX_HARMONICS]`.
    powers: Vec<f64>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::build);

impl Tables {
    fn build() -> Self {
        let mut levels = vec![MAX_HARMONICS];
        while let Some(&last) = levels.last() {
            if last <= MIN_HARMONICS {
                break;
            }
            levels.push(((last as f64 * LEVEL_RATIO) as usize).min(last - 1).max(MIN_HARMONICS));
        }
        let sine: Vec<f64> = (0..PERIOD).map(|i| math::sin(math::TAU * i as f64 / PERIOD as f64)).collect();
        let mut samples = vec![0.0f32; SHAPES.len() * levels.len() * (PERIOD + 1)];
        let mut closures = [0.0; SHAPES.len()];
        let mut powers = vec![0.0; SHAPES.len() * MAX_HARMONICS];
        for (shape, &rd) in SHAPES.iter().enumerate() {
            let lf = Lf::new(rd);
            closures[shape] = lf.closure as f32;
            let mut sum = [0.0f64; PERIOD];
            let mut done = 0;
            for level in (0..levels.len()).rev() {
                for k in done + 1..=levels[level] {
                    let (re, im) = lf.harmonic(k);
                    powers[shape * MAX_HARMONICS + k - 1] = 2.0 * (re * re + im * im);
                    for (n, s) in sum.iter_mut().enumerate() {
                        let at = (k * n) % PERIOD;
                        *s += 2.0 * (re * sine[(at + PERIOD / 4) % PERIOD] - im * sine[at]);
                    }
                }
                done = levels[level];
                let start = (shape * levels.len() + level) * (PERIOD + 1);
                for (n, s) in sum.iter().enumerate() {
                    samples[start + n] = *s as f32;
                }
                samples[start + PERIOD] = sum[0] as f32;
            }
        }
        Self { levels, samples, closures, powers }
    }
}

/// The two neighbouring shapes of an `rd` and the weight of the second.
fn shapes_of(rd: f32) -> (usize, f32) {
    let rd = f64::from(rd).clamp(SHAPES[0], SHAPES[SHAPES.len() - 1]);
    let after = SHAPES.partition_point(|&s| s <= rd).clamp(1, SHAPES.len() - 1);
    (after - 1, ((rd - SHAPES[after - 1]) / (SHAPES[after] - SHAPES[after - 1])) as f32)
}

/// A period ready to be read: two tables and their weights.
#[derive(Clone, Copy)]
pub(crate) struct Pulse {
    a: &'static [f32],
    b: &'static [f32],
    weight: f32,
    /// Moment of closure in periods.
    pub closure: f32,
}

impl Pulse {
    /// The period of shape `rd` with all harmonics below `harmonics`.
    pub(crate) fn new(rd: f32, harmonics: f32) -> Self {
        let tables: &'static Tables = &TABLES;
        let level = tables.levels.partition_point(|&k| k as f32 > harmonics).min(tables.levels.len() - 1);
        let (shape, weight) = shapes_of(rd);
        let read = |shape: usize| {
            let start = (shape * tables.levels.len() + level) * (PERIOD + 1);
            &tables.samples[start..start + PERIOD + 1]
        };
        let closure = tables.closures[shape] * (1.0 - weight) + tables.closures[shape + 1] * weight;
        Self { a: read(shape), b: read(shape + 1), weight, closure }
    }

    /// The value at a phase of 0..1.
    #[inline]
    pub(crate) fn read(&self, phase: f32) -> f32 {
        let x = phase * PERIOD as f32;
        let i = (x as usize).min(PERIOD - 1);
        let f = x - i as f32;
        let a = self.a[i] + f * (self.a[i + 1] - self.a[i]);
        let b = self.b[i] + f * (self.b[i + 1] - self.b[i]);
        a + self.weight * (b - a)
    }
}

/// Mean power of harmonic `k` (from 1) of a period of shape `rd` with a closure peak of -1.
pub(crate) fn harmonic_power(rd: f64, k: usize) -> f64 {
    if k == 0 || k > MAX_HARMONICS {
        return 0.0;
    }
    let (shape, weight) = shapes_of(rd as f32);
    let at = |s: usize| TABLES.powers[s * MAX_HARMONICS + k - 1];
    math::lerp(at(shape), at(shape + 1), f64::from(weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmonics_agree_with_a_slow_transform_of_the_closed_form() {
        for rd in [0.3, 0.7, 1.7] {
            let lf = Lf::new(rd);
            let gain = -1.0 / math::sin(lf.omega * lf.closure);
            let rest = 1.0 - lf.closure;
            let tail = math::exp(-lf.epsilon * rest);
            let n = 20_000;
            let wave = |t: f64| {
                if t < lf.closure {
                    gain * math::exp(lf.alpha * (t - lf.closure)) * math::sin(lf.omega * t)
                } else {
                    -(math::exp(-lf.epsilon * (t - lf.closure)) - tail) / (lf.epsilon * lf.return_phase)
                }
            };
            let mean: f64 = (0..n).map(|i| wave((i as f64 + 0.5) / n as f64)).sum::<f64>() / n as f64;
            assert!(mean.abs() < 1e-4, "net flow {mean} at Rd {rd}");
            for k in [1, 2, 5, 20] {
                let (mut re, mut im) = (0.0, 0.0);
                for i in 0..n {
                    let t = (i as f64 + 0.5) / n as f64;
                    re += wave(t) * math::cos(math::TAU * k as f64 * t) / n as f64;
                    im -= wave(t) * math::sin(math::TAU * k as f64 * t) / n as f64;
                }
                let (r, i) = lf.harmonic(k);
                assert!((r - re).abs() < 3e-4 && (i - im).abs() < 3e-4, "Rd {rd} k {k}: {r} {i} / {re} {im}");
            }
        }
    }

    #[test]
    fn soft_voices_have_a_strong_first_harmonic() {
        // H1-H2 = -7.6 + 11.1 Rd dB (Fant 1995), here within 2.5 dB over the range of speech.
        for rd in [0.5, 1.0, 1.7] {
            let h = 10.0 * math::log10(harmonic_power(rd, 1) / harmonic_power(rd, 2));
            // The rule is for flow; the derivative adds 6 dB to the second.
            let rule = -7.6 + 11.1 * rd;
            assert!(
                (h + 0.0 - rule).abs() < 4.0 || (h + 6.0 - rule).abs() < 4.0,
                "Rd {rd}: {h} against {rule}"
            );
        }
        let h = |rd| harmonic_power(rd, 1) / harmonic_power(rd, 2);
        assert!(h(0.4) < h(1.0) && h(1.0) < h(2.0));
    }
}
