//! Elementary functions whose last bit is the same on every machine.
//!
//! Owns the functions that anything on the way to the output must use: the platform's own differ in
//! the last bits. Source: `libm`, a port of musl's mathematics to plain Rust. Not owned: square roots,
//! rounding and the four operations, which IEEE 754 fixes already.
//!
//! Real-time: pure arithmetic, no table is built, nothing is allocated.

pub use std::f64::consts::{PI, TAU};

/// The instructions that inner loops use: the best that this processor has, or what every processor has if
/// `UPROAR_PORTABLE` is set. The sound is the same with both; for finding out whether it is, and for bench.
///
/// Reads the environment at the first call, which must not be on the audio thread.
pub(crate) fn arch() -> pulp::Arch {
    static ARCH: std::sync::OnceLock<pulp::Arch> = std::sync::OnceLock::new();
    *ARCH.get_or_init(|| match std::env::var_os("UPROAR_PORTABLE") {
        Some(value) if !value.is_empty() => pulp::Arch::Scalar,
        _ => pulp::Arch::new(),
    })
}

/// Sine of an angle in radians.
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Cosine of an angle in radians.
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// Tangent of an angle in radians.
pub fn tan(x: f64) -> f64 {
    libm::tan(x)
}

/// Angle of a point, radians, -pi to pi.
pub fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

/// Arc sine, radians.
pub fn asin(x: f64) -> f64 {
    libm::asin(x)
}

/// Arc cosine, radians.
pub fn acos(x: f64) -> f64 {
    libm::acos(x)
}

/// e to the power `x`.
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// Natural logarithm.
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// Logarithm to base 10.
pub fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// Logarithm to base 2.
pub fn log2(x: f64) -> f64 {
    libm::log2(x)
}

/// `x` to the power `y`.
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// Hyperbolic tangent.
pub fn tanh(x: f64) -> f64 {
    libm::tanh(x)
}

/// Hyperbolic tangent in single precision, for wave shapers.
pub fn tanh_f32(x: f32) -> f32 {
    libm::tanhf(x)
}

/// e to the power `x` in single precision.
pub fn exp_f32(x: f32) -> f32 {
    libm::expf(x)
}

/// Sine in single precision.
pub fn sin_f32(x: f32) -> f32 {
    libm::sinf(x)
}

/// Linear interpolation: `a` at 0, `b` at 1.
pub fn lerp(a: f64, b: f64, t: f64) -> f64 {
    a + (b - a) * t
}

/// A cubic from 0 to 1 with flat ends; arguments outside 0..1 are clamped.
pub fn smoothstep(t: f64) -> f64 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Sets filter state that has decayed below hearing and above denormals to zero.
///
/// Call once per quantum on every recursive state. 1e-20 is -400 dB.
pub fn snap(state: &mut f32) {
    if state.abs() < 1e-20 {
        *state = 0.0;
    }
}

/// Looks up `x` in a table of rising `(x, y)` points, straight between them, constant beyond the ends.
///
/// # Panics
/// If `points` is empty.
pub fn interpolate(points: &[(f64, f64)], x: f64) -> f64 {
    let after = points.partition_point(|p| p.0 <= x);
    if after == 0 {
        return points[0].1;
    }
    if after == points.len() {
        return points[after - 1].1;
    }
    let (a, b) = (points[after - 1], points[after]);
    lerp(a.1, b.1, (x - a.0) / (b.0 - a.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_have_the_expected_bits() {
        // Literal bits: a change of the mathematics would change every render.
        assert_eq!(sin(1.0).to_bits(), 0x3fea_ed54_8f09_0cee);
        assert_eq!(exp(1.0).to_bits(), 0x4005_bf0a_8b14_576a);
        assert_eq!(ln(10.0).to_bits(), 0x4002_6bb1_bbb5_5516);
    }

    #[test]
    fn interpolation_holds_its_ends() {
        let table = [(0.0, 1.0), (1.0, 3.0), (2.0, 0.0)];
        assert_eq!(interpolate(&table, -1.0), 1.0);
        assert_eq!(interpolate(&table, 0.5), 2.0);
        assert_eq!(interpolate(&table, 1.5), 1.5);
        assert_eq!(interpolate(&table, 9.0), 0.0);
    }

    #[test]
    fn snap_clears_only_what_is_inaudible() {
        let (mut tiny, mut small) = (1e-21, 1e-19);
        snap(&mut tiny);
        snap(&mut small);
        assert_eq!((tiny, small), (0.0, 1e-19));
    }
}
