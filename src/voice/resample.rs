//! Brings a signal from the tract's own rate to the rate asked for.
//!
//! Owns a windowed-sinc interpolator for any ratio of 1 and up. Does not own down-sampling.
//! Source: Smith and Gossett 1984 (band-limited interpolation); Kaiser window.

use crate::math;

/// Input samples that each output sample is made of.
const TAPS: usize = 24;
/// Positions between two input samples that have a table row.
const PHASES: usize = 256;
/// Shape of the Kaiser window: -80 dB.
const BETA: f64 = 7.9;
/// Corner re the input's Nyquist frequency.
const CORNER: f64 = 0.93;

static TABLE: std::sync::LazyLock<Vec<[f32; TAPS]>> = std::sync::LazyLock::new(build);

fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..40 {
        term *= (x / (2.0 * f64::from(k))) * (x / (2.0 * f64::from(k)));
        sum += term;
    }
    sum
}

fn build() -> Vec<[f32; TAPS]> {
    let half = TAPS as f64 / 2.0;
    (0..=PHASES)
        .map(|phase| {
            let mut row = [0.0f64; TAPS];
            for (tap, value) in row.iter_mut().enumerate() {
                let t = tap as f64 - (half - 1.0) - phase as f64 / PHASES as f64;
                let x = math::PI * t * CORNER;
                let sinc = if x.abs() < 1e-9 { 1.0 } else { math::sin(x) / x };
                let w = (1.0 - (t / half) * (t / half)).max(0.0).sqrt();
                *value = CORNER * sinc * bessel_i0(BETA * w) / bessel_i0(BETA);
            }
            // Equal gain at DC in every row, or the phases would modulate the sound.
            let sum: f64 = row.iter().sum();
            row.map(|v| (v / sum) as f32)
        })
        .collect()
}

/// Adds `input` (at `from_hz`) to `output` (at `to_hz`); both start at the same moment.
///
/// Frequencies above 0.93 of the input's Nyquist frequency fade out. No delay is added.
pub(crate) fn add(input: &[f32], from_hz: f64, output: &mut [f32], to_hz: f64) {
    let mut padded = vec![0.0f32; input.len() + 2 * TAPS];
    padded[TAPS..TAPS + input.len()].copy_from_slice(input);
    // Wider vectors where the processor has them; the order of the sums is fixed, so the bits are the same.
    math::arch().dispatch(Add { table: &TABLE, padded: &padded, output, step: from_hz / to_hz });
}

/// The work of [`add`], to be dispatched.
struct Add<'a> {
    table: &'a [[f32; TAPS]],
    padded: &'a [f32],
    output: &'a mut [f32],
    step: f64,
}

impl pulp::NullaryFnOnce for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { table, padded, output, step } = self;
        for (n, out) in output.iter_mut().enumerate() {
            let at = n as f64 * step;
            let whole = at as usize;
            let row = &table[((at - whole as f64) * PHASES as f64 + 0.5) as usize];
            let start = whole + TAPS - (TAPS / 2 - 1);
            let Some(window) = padded.get(start..start + TAPS) else { break };
            let mut sums = [0.0f32; 8];
            for (w, r) in window.chunks_exact(8).zip(row.chunks_exact(8)) {
                for i in 0..8 {
                    sums[i] += w[i] * r[i];
                }
            }
            // Halves first, as vectors add up: another order costs a dozen shuffles.
            let fours: [f32; 4] = std::array::from_fn(|i| sums[i] + sums[i + 4]);
            let twos = [fours[0] + fours[2], fours[1] + fours[3]];
            *out += twos[0] + twos[1];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_keeps_its_level_phase_and_purity() {
        for (from, to) in [(16_000.0, 48_000.0), (18_720.0, 44_100.0), (16_300.0, 192_000.0)] {
            for hz in [200.0, 1000.0, 4000.0, 6000.0] {
                let tone = |rate: f64, n: usize| math::sin(math::TAU * hz * n as f64 / rate);
                let input: Vec<f32> = (0..8000).map(|n| tone(from, n) as f32).collect();
                let mut output = vec![0.0; (7000.0 * to / from) as usize];
                add(&input, from, &mut output, to);
                let worst = (1000..output.len())
                    .map(|n| (f64::from(output[n]) - tone(to, n)).abs())
                    .fold(0.0, f64::max);
                // Nearest of 256 rows: at 6 kHz within a 16 kHz rate about 0.5 %.
                assert!(worst < 0.012, "{from} -> {to}, {hz} Hz: {worst}");
            }
        }
    }
}
