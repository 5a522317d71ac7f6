//! The two filters that struck things need: a resonance and a gentle slope.
//!
//! Offline, in `f64`. Sources: constant-peak band-pass of R. Bristow-Johnson's audio EQ cookbook; one-pole
//! low-pass by the impulse-invariant rule.

use crate::math;

/// A resonance with peak gain 1.
pub(super) struct Resonance {
    b0: f64,
    a1: f64,
    a2: f64,
    x: [f64; 2],
    y: [f64; 2],
}

impl Resonance {
    /// A resonance at `hz`, `bandwidth_hz` wide; kept below 45 % of the rate.
    pub(super) fn new(hz: f64, bandwidth_hz: f64, rate_hz: f64) -> Self {
        let hz = hz.clamp(10.0, 0.45 * rate_hz);
        let w = math::TAU * hz / rate_hz;
        let alpha = math::sin(w) * bandwidth_hz / (2.0 * hz);
        let a0 = 1.0 + alpha;
        Self {
            b0: alpha / a0,
            a1: -2.0 * math::cos(w) / a0,
            a2: (1.0 - alpha) / a0,
            x: [0.0; 2],
            y: [0.0; 2],
        }
    }

    pub(super) fn next(&mut self, input: f64) -> f64 {
        let out = self.b0 * (input - self.x[1]) - self.a1 * self.y[0] - self.a2 * self.y[1];
        self.x = [input, self.x[0]];
        self.y = [out, self.y[0]];
        out
    }
}

/// A one-pole low-pass: 6 dB per octave above its corner.
pub(super) struct LowPass {
    keep: f64,
    state: f64,
}

impl LowPass {
    pub(super) fn new(hz: f64, rate_hz: f64) -> Self {
        Self { keep: math::exp(-math::TAU * hz / rate_hz), state: 0.0 }
    }

    pub(super) fn next(&mut self, input: f64) -> f64 {
        self.state = input + self.keep * (self.state - input);
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resonance_passes_its_own_frequency_unchanged() {
        let mut resonance = Resonance::new(1000.0, 100.0, 48_000.0);
        let mut peak = 0.0f64;
        for i in 0..48_000 {
            let y = resonance.next(math::sin(math::TAU * 1000.0 * f64::from(i) / 48_000.0));
            if i > 40_000 {
                peak = peak.max(y.abs());
            }
        }
        assert!((peak - 1.0).abs() < 0.01, "{peak}");
    }

    #[test]
    fn a_low_pass_keeps_a_constant() {
        let mut low = LowPass::new(500.0, 48_000.0);
        let last = (0..2000).map(|_| low.next(1.0)).last();
        assert!((last.unwrap_or(0.0) - 1.0).abs() < 1e-6);
    }
}
