//! Small recursive filters and the fit of shelving filters to a curve.
//!
//! Owns coefficients of first- and second-order sections, a cascade that runs eight sections side by
//! side, and the least-squares fit of a row of first-order shelves to a gain curve. Coefficients are
//! computed in `f64`; samples and states are `f32`. Units: hertz, decibels, frames.
//!
//! Sources: bilinear transform; peaking equalizer after R. Bristow-Johnson's *Audio EQ cookbook*; the
//! fit follows the interaction-matrix idea of Välimäki and Liski (2017).

use crate::math;
use crate::units::{Block, SampleRate, db_from_power, gain_from_db};

/// A section `(b0 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Section {
    pub b: [f64; 3],
    pub a: [f64; 2],
}

impl Section {
    pub const THROUGH: Self = Self { b: [1.0, 0.0, 0.0], a: [0.0, 0.0] };

    /// A first-order high shelf: unity at 0 Hz, `gain_db` far above `corner_hz`, half of it there.
    pub fn high_shelf(corner_hz: f64, gain_db: f64, rate: SampleRate) -> Self {
        let k = warp(corner_hz, rate);
        let g = gain_from_db(gain_db / 2.0);
        first_order(k + g, k - g, k + 1.0 / g, k - 1.0 / g)
    }

    /// A first-order low-pass, -3 dB at `corner_hz`.
    pub fn one_pole(corner_hz: f64, rate: SampleRate) -> Self {
        let k = warp(corner_hz, rate);
        first_order(k, k, k + 1.0, k - 1.0)
    }

    /// A first-order high-pass, -3 dB at `corner_hz`.
    pub fn high_pass_1(corner_hz: f64, rate: SampleRate) -> Self {
        let k = warp(corner_hz, rate);
        first_order(1.0, -1.0, k + 1.0, k - 1.0)
    }

    /// A second-order low-pass with quality `q`.
    pub fn low_pass(corner_hz: f64, q: f64, rate: SampleRate) -> Self {
        let k = warp(corner_hz, rate);
        let (k2, d) = (k * k, k / q);
        second_order([k2, 2.0 * k2, k2], [1.0 + d + k2, 2.0 * (k2 - 1.0), 1.0 - d + k2])
    }

    /// A second-order high-pass with quality `q`.
    pub fn high_pass(corner_hz: f64, q: f64, rate: SampleRate) -> Self {
        let k = warp(corner_hz, rate);
        let (k2, d) = (k * k, k / q);
        second_order([1.0, -2.0, 1.0], [1.0 + d + k2, 2.0 * (k2 - 1.0), 1.0 - d + k2])
    }

    /// A peak or dip of `gain_db` at `centre_hz` with quality `q`.
    pub fn peak(centre_hz: f64, gain_db: f64, q: f64, rate: SampleRate) -> Self {
        let w = math::TAU * centre_hz.min(0.45 * rate.hz_f64()) / rate.hz_f64();
        let a = gain_from_db(gain_db / 2.0);
        let alpha = math::sin(w) / (2.0 * q);
        let c = -2.0 * math::cos(w);
        second_order([1.0 + alpha * a, c, 1.0 - alpha * a], [1.0 + alpha / a, c, 1.0 - alpha / a])
    }

    /// The bilinear image of an analogue all-pole pair `re ± j im` (radians per second, `re` < 0) with
    /// unity gain at 0 Hz.
    pub fn pole_pair(re: f64, im: f64, rate: SampleRate) -> Self {
        let c = 2.0 * rate.hz_f64();
        let (sum, product) = (-2.0 * re * c, re * re + im * im);
        let c2 = c * c;
        second_order(
            [product, 2.0 * product, product],
            [c2 + sum + product, 2.0 * (product - c2), c2 - sum + product],
        )
    }

    /// Two first-order sections as one second-order section.
    pub fn times(self, other: Self) -> Self {
        debug_assert!(self.b[2] == 0.0 && other.b[2] == 0.0 && self.a[1] == 0.0 && other.a[1] == 0.0);
        let product = |x0: f64, x1: f64, y0: f64, y1: f64| [x0 * y0, x0 * y1 + x1 * y0, x1 * y1];
        let [_, a1, a2] = product(1.0, self.a[0], 1.0, other.a[0]);
        Self { b: product(self.b[0], self.b[1], other.b[0], other.b[1]), a: [a1, a2] }
    }

    /// Gain at a frequency, decibels.
    pub fn gain_db(&self, hz: f64, rate: SampleRate) -> f64 {
        let w = math::TAU * hz / rate.hz_f64();
        let (c1, c2) = (math::cos(w), math::cos(2.0 * w));
        let power = |p: [f64; 3]| {
            p[0] * p[0]
                + p[1] * p[1]
                + p[2] * p[2]
                + 2.0 * (p[0] * p[1] + p[1] * p[2]) * c1
                + 2.0 * p[0] * p[2] * c2
        };
        db_from_power(power(self.b).max(1e-300) / power([1.0, self.a[0], self.a[1]]).max(1e-300))
    }
}

fn warp(hz: f64, rate: SampleRate) -> f64 {
    let hz = hz.clamp(1.0, 0.45 * rate.hz_f64());
    math::tan(math::PI * hz / rate.hz_f64())
}

fn first_order(b0: f64, b1: f64, a0: f64, a1: f64) -> Section {
    Section { b: [b0 / a0, b1 / a0, 0.0], a: [a1 / a0, 0.0] }
}

fn second_order(b: [f64; 3], a: [f64; 3]) -> Section {
    Section { b: b.map(|x| x / a[0]), a: [a[1] / a[0], a[2] / a[0]] }
}

/// A Butterworth low-pass or high-pass of even order as a list of quality factors.
pub(crate) fn butterworth_q(order: usize, section: usize) -> f64 {
    let angle = math::PI * (2 * section + 1) as f64 / (2 * order) as f64;
    1.0 / (2.0 * math::sin(angle))
}

/// Fits first-order high shelves at `corners_hz` and a flat gain so that their sum follows
/// `target_db` at `at_hz`; returns the gain of each shelf and the flat gain, decibels.
///
/// `weights` says how much each point counts; gains stay within `limit_db`.
pub(crate) fn fit_shelves<const K: usize>(
    corners_hz: [f64; K],
    at_hz: &[f64],
    target_db: &[f64],
    weights: &[f64],
    limit_db: f64,
    rate: SampleRate,
) -> ([f64; K], f64) {
    let mut gains = [0.0; K];
    let mut flat = 0.0;
    for _ in 0..4 {
        // Normal equations of the linearised problem, solved in place; index K is the flat gain.
        let mut m = [[0.0; 10]; 9];
        for ((&hz, &want), &weight) in at_hz.iter().zip(target_db).zip(weights) {
            let mut row = [0.0; 9];
            let mut have = flat;
            for (k, &corner) in corners_hz.iter().enumerate() {
                let now = Section::high_shelf(corner, gains[k], rate).gain_db(hz, rate);
                let step = Section::high_shelf(corner, gains[k] + 0.5, rate).gain_db(hz, rate);
                row[k] = (step - now) / 0.5;
                have += now;
            }
            row[K] = 1.0;
            for i in 0..=K {
                for j in 0..=K {
                    m[i][j] += weight * row[i] * row[j];
                }
                m[i][9] += weight * row[i] * (want - have);
            }
        }
        for (i, row) in m.iter_mut().enumerate().take(K + 1) {
            // A little damping keeps neighbouring shelves from fighting each other.
            row[i] += 1e-3;
        }
        let step = solve(&mut m, K + 1);
        for k in 0..K {
            gains[k] = (gains[k] + step[k]).clamp(-limit_db, limit_db);
        }
        flat += step[K];
    }
    (gains, flat)
}

/// Gaussian elimination of a symmetric positive system; column 9 is the right-hand side.
fn solve(m: &mut [[f64; 10]; 9], n: usize) -> [f64; 9] {
    for i in 0..n {
        let pivot = m[i];
        for row in m.iter_mut().take(n).skip(i + 1) {
            let f = row[i] / pivot[i];
            for (x, p) in row.iter_mut().zip(&pivot) {
                *x -= f * p;
            }
        }
    }
    let mut x = [0.0; 9];
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| m[i][j] * x[j]).sum();
        x[i] = (m[i][9] - known) / m[i][i];
    }
    x
}

/// Number of sections of a [`Cascade`].
pub(crate) const SECTIONS: usize = 8;

/// Eight second-order sections in series, run side by side: section `k` works on the sample that
/// section `k - 1` finished one frame before, so that all eight are one vector operation.
///
/// The price is a delay of [`Cascade::LATENCY_FRAMES`].
#[derive(Clone, Debug)]
pub(crate) struct Cascade {
    b0: [f32; SECTIONS],
    b1: [f32; SECTIONS],
    b2: [f32; SECTIONS],
    a1: [f32; SECTIONS],
    a2: [f32; SECTIONS],
    s1: [f32; SECTIONS],
    s2: [f32; SECTIONS],
    y: [f32; SECTIONS],
}

impl Cascade {
    pub const LATENCY_FRAMES: usize = SECTIONS - 1;

    pub fn new(sections: &[Section; SECTIONS]) -> Self {
        let pick = |f: fn(&Section) -> f64| std::array::from_fn(|k| f(&sections[k]) as f32);
        Self {
            b0: pick(|s| s.b[0]),
            b1: pick(|s| s.b[1]),
            b2: pick(|s| s.b[2]),
            a1: pick(|s| s.a[0]),
            a2: pick(|s| s.a[1]),
            s1: [0.0; SECTIONS],
            s2: [0.0; SECTIONS],
            y: [0.0; SECTIONS],
        }
    }

    pub fn reset(&mut self) {
        (self.s1, self.s2, self.y) = ([0.0; SECTIONS], [0.0; SECTIONS], [0.0; SECTIONS]);
    }

    pub fn process(&mut self, io: &mut Block) {
        let Self { b0, b1, b2, a1, a2, .. } = *self;
        let (mut s1, mut s2, mut y) = (self.s1, self.s2, self.y);
        for sample in io.iter_mut() {
            let mut x = [*sample; SECTIONS];
            x[1..].copy_from_slice(&y[..SECTIONS - 1]);
            for k in 0..SECTIONS {
                y[k] = b0[k] * x[k] + s1[k];
                s1[k] = b1[k] * x[k] + s2[k] - a1[k] * y[k];
                s2[k] = b2[k] * x[k] - a2[k] * y[k];
            }
            *sample = y[SECTIONS - 1];
        }
        for state in [&mut s1, &mut s2, &mut y] {
            state.iter_mut().for_each(math::snap);
        }
        (self.s1, self.s2, self.y) = (s1, s2, y);
    }
}

/// Zero for what lies far below hearing, as [`math::snap`] does for states.
pub(crate) fn flush(x: f32) -> f32 {
    if x.abs() < 1e-20 { 0.0 } else { x }
}

/// One section with its state, for places where a single filter is enough.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filter {
    b: [f32; 3],
    a: [f32; 2],
    s: [f32; 2],
}

impl Filter {
    pub fn new(section: Section) -> Self {
        Self { b: section.b.map(|x| x as f32), a: section.a.map(|x| x as f32), s: [0.0; 2] }
    }

    pub fn reset(&mut self) {
        self.s = [0.0; 2];
    }

    pub fn tick(&mut self, x: f32) -> f32 {
        let y = self.b[0] * x + self.s[0];
        self.s[0] = self.b[1] * x + self.s[1] - self.a[0] * y;
        self.s[1] = self.b[2] * x - self.a[1] * y;
        y
    }

    pub fn process(&mut self, io: &mut [f32]) {
        let mut filter = *self;
        for sample in io {
            *sample = filter.tick(*sample);
        }
        filter.s.iter_mut().for_each(math::snap);
        *self = filter;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::QUANTUM;

    const RATE: SampleRate = SampleRate::DEFAULT;

    #[test]
    fn a_shelf_has_half_its_decibels_at_the_corner() {
        let shelf = Section::high_shelf(1000.0, -12.0, RATE);
        assert!(shelf.gain_db(5.0, RATE).abs() < 0.01);
        assert!((shelf.gain_db(1000.0, RATE) + 6.0).abs() < 0.01);
        assert!((shelf.gain_db(23_000.0, RATE) + 12.0).abs() < 0.1);
    }

    #[test]
    fn low_and_high_passes_lose_3_db_at_the_corner() {
        let root_half = 0.5f64.sqrt();
        for section in [
            Section::one_pole(700.0, RATE),
            Section::high_pass_1(700.0, RATE),
            Section::low_pass(700.0, root_half, RATE),
            Section::high_pass(700.0, root_half, RATE),
        ] {
            assert!((section.gain_db(700.0, RATE) + 3.01).abs() < 0.01);
        }
    }

    #[test]
    fn the_fit_follows_a_smooth_curve() {
        let at: Vec<f64> = (0..24).map(|i| 63.0 * math::pow(2.0, f64::from(i) / 3.0)).collect();
        let target: Vec<f64> = at.iter().map(|f| -1.0 - f / 2000.0).collect();
        let corners = [300.0, 1200.0, 4000.0, 9000.0];
        let (gains, flat) = fit_shelves(corners, &at, &target, &[1.0; 24], 15.0, RATE);
        for (hz, want) in at.iter().zip(&target) {
            let have: f64 = corners
                .iter()
                .zip(gains)
                .map(|(&c, g)| Section::high_shelf(c, g, RATE).gain_db(*hz, RATE))
                .sum::<f64>()
                + flat;
            assert!((have - want).abs() < 0.5, "{hz} Hz: {have} for {want}");
        }
    }

    #[test]
    fn the_cascade_equals_single_sections_in_series() {
        let sections: [Section; SECTIONS] =
            std::array::from_fn(|k| Section::low_pass(400.0 + 900.0 * k as f64, 0.6, RATE));
        let mut cascade = Cascade::new(&sections);
        let mut singles = sections.map(Filter::new);
        let mut fast = Vec::new();
        let mut slow = vec![0.0; Cascade::LATENCY_FRAMES];
        for quantum in 0..4 {
            let mut block = [0.0; QUANTUM];
            block[0] = if quantum == 0 { 1.0 } else { 0.0 };
            let mut plain = block;
            cascade.process(&mut block);
            for s in &mut singles {
                s.process(&mut plain);
            }
            fast.extend(block);
            slow.extend(plain);
        }
        assert!(fast.iter().zip(&slow).all(|(a, b)| (a - b).abs() < 1e-7));
    }
}
