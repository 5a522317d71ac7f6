//! A value over time, drawn with points and shapes.
//!
//! Owns points, shapes and their evaluation. Does not own what the value means.
//! Units: seconds; values are whatever the curve is of (intensity: 0..1).

use serde::{Deserialize, Serialize};

use crate::math;

/// How the curve arrives at a point from the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// A straight line.
    #[default]
    Linear,
    /// A cubic with flat ends: 3u² - 2u³.
    Smooth,
    /// Equal ratios in equal times, of the value plus [`EXPONENTIAL_OFFSET`] so that 0 can be reached.
    Exponential,
    /// The old value to the last moment, then a step.
    Hold,
}

impl Shape {
    /// All shapes with the names they have in files.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("linear", Self::Linear),
        ("smooth", Self::Smooth),
        ("exponential", Self::Exponential),
        ("hold", Self::Hold),
    ];

    /// Finds a shape by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(n, _)| *n == name).map(|(_, shape)| *shape)
    }
}

/// What is added to values before an exponential segment takes their ratio: one hundredth of full intensity.
pub const EXPONENTIAL_OFFSET: f64 = 0.01;

/// A point of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Seconds.
    pub at_s: f64,
    /// Value.
    pub value: f64,
    /// How the curve gets here from the point before.
    pub shape: Shape,
}

/// A value over time; constant before its first and after its last point. By default always zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    points: Vec<Point>,
}

impl Default for Curve {
    fn default() -> Self {
        Self::constant(0.0)
    }
}

impl Curve {
    /// A curve through points whose times do not fall. Two points at one time make a step.
    ///
    /// Returns `None` if there is no point, a number is not finite, or the times fall.
    pub fn new(points: Vec<Point>) -> Option<Self> {
        let finite = points.iter().all(|p| p.at_s.is_finite() && p.value.is_finite());
        let rising = points.windows(2).all(|w| w[0].at_s <= w[1].at_s);
        (!points.is_empty() && finite && rising).then_some(Self { points })
    }

    /// A curve that always has the same value.
    pub fn constant(value: f64) -> Self {
        Self { points: vec![Point { at_s: 0.0, value, shape: Shape::Hold }] }
    }

    /// The points, in order of time.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The value at a time.
    ///
    /// Real-time: no allocation; a binary search among the points.
    pub fn at(&self, t_s: f64) -> f64 {
        let after = self.points.partition_point(|p| p.at_s <= t_s);
        let last = self.points.len() - 1;
        if after == 0 {
            return self.points[0].value;
        }
        if after > last {
            return self.points[last].value;
        }
        let (a, b) = (self.points[after - 1], self.points[after]);
        let u = (t_s - a.at_s) / (b.at_s - a.at_s);
        match b.shape {
            Shape::Linear => math::lerp(a.value, b.value, u),
            Shape::Smooth => math::lerp(a.value, b.value, math::smoothstep(u)),
            Shape::Hold => a.value,
            Shape::Exponential => {
                let (low, high) = (a.value + EXPONENTIAL_OFFSET, b.value + EXPONENTIAL_OFFSET);
                if low <= 0.0 || high <= 0.0 {
                    return math::lerp(a.value, b.value, u);
                }
                low * math::pow(high / low, u) - EXPONENTIAL_OFFSET
            }
        }
    }

    /// The lowest and the highest value between two times. Every shape is monotonic between its points.
    pub fn range(&self, from_s: f64, to_s: f64) -> (f64, f64) {
        let ends = [self.at(from_s), self.at(to_s)];
        let inside = self.points.iter().filter(|p| p.at_s >= from_s && p.at_s <= to_s).map(|p| p.value);
        ends.into_iter()
            .chain(inside)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(shape: Shape) -> Curve {
        Curve::new(vec![
            Point { at_s: 1.0, value: 0.2, shape: Shape::Linear },
            Point { at_s: 5.0, value: 0.8, shape },
        ])
        .unwrap()
    }

    #[test]
    fn shapes_follow_their_closed_forms() {
        for k in 0..=40 {
            let t = 1.0 + f64::from(k) * 0.1;
            let u = (t - 1.0) / 4.0;
            assert!((curve(Shape::Linear).at(t) - (0.2 + 0.6 * u)).abs() < 1e-12);
            let smooth = 0.2 + 0.6 * (3.0 * u * u - 2.0 * u * u * u);
            assert!((curve(Shape::Smooth).at(t) - smooth).abs() < 1e-12);
            let exponential = 0.21 * (0.81f64 / 0.21).powf(u) - 0.01;
            assert!((curve(Shape::Exponential).at(t) - exponential).abs() < 1e-9);
            let hold = if t < 5.0 { 0.2 } else { 0.8 };
            assert_eq!(curve(Shape::Hold).at(t), hold);
        }
    }

    #[test]
    fn curve_holds_its_ends_and_steps_where_two_points_meet() {
        let c = curve(Shape::Linear);
        assert_eq!((c.at(-3.0), c.at(99.0)), (0.2, 0.8));
        let step = Curve::new(vec![
            Point { at_s: 0.0, value: 0.0, shape: Shape::Linear },
            Point { at_s: 2.0, value: 0.5, shape: Shape::Linear },
            Point { at_s: 2.0, value: 0.9, shape: Shape::Linear },
            Point { at_s: 3.0, value: 1.0, shape: Shape::Linear },
        ])
        .unwrap();
        assert!((step.at(1.999_999) - 0.5).abs() < 1e-5);
        assert_eq!(step.at(2.0), 0.9);
        assert!((step.at(2.5) - 0.95).abs() < 1e-12);
    }

    #[test]
    fn exponential_reaches_and_leaves_zero() {
        let c = Curve::new(vec![
            Point { at_s: 0.0, value: 0.0, shape: Shape::Linear },
            Point { at_s: 1.0, value: 1.0, shape: Shape::Exponential },
            Point { at_s: 2.0, value: 0.0, shape: Shape::Exponential },
        ])
        .unwrap();
        assert_eq!(c.at(0.0), 0.0);
        assert!((c.at(1.0) - 1.0).abs() < 1e-12 && c.at(2.0).abs() < 1e-12);
        assert!((c.at(0.5) - c.at(1.5)).abs() < 1e-12);
    }

    #[test]
    fn bad_points_are_refused() {
        let p = |at_s, value| Point { at_s, value, shape: Shape::Linear };
        assert_eq!(Curve::new(vec![]), None);
        assert_eq!(Curve::new(vec![p(1.0, 0.0), p(0.5, 0.0)]), None);
        assert_eq!(Curve::new(vec![p(0.0, f64::NAN)]), None);
    }

    #[test]
    fn range_sees_peaks_between_its_ends() {
        let p = |at_s, value| Point { at_s, value, shape: Shape::Linear };
        let c = Curve::new(vec![p(0.0, 0.1), p(1.0, 0.9), p(2.0, 0.2)]).unwrap();
        assert_eq!(c.range(0.0, 2.0), (0.1, 0.9));
        let (low, high) = c.range(1.5, 2.0);
        assert!((low - 0.2).abs() < 1e-12 && (high - 0.55).abs() < 1e-12);
    }
}
