//! Scales and their marks: round numbers, times as people write them.

/// Steps of time between marks, seconds.
const TIME_STEPS_S: [f64; 22] = [
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0,
    1800.0, 3600.0, 7200.0, 14_400.0, 21_600.0,
];

/// A straight scale from values to pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub from: f64,
    pub to: f64,
    /// Pixels of both ends.
    pub start: f32,
    pub end: f32,
}

impl Scale {
    /// Pixels of a value; values outside are held at the ends.
    pub fn at(&self, value: f64) -> f32 {
        let share = ((value - self.from) / (self.to - self.from)).clamp(0.0, 1.0);
        self.start + share as f32 * (self.end - self.start)
    }
}

/// Times to mark between two others, at most `most`, with what to write there.
pub(crate) fn times(from_s: f64, to_s: f64, most: usize) -> Vec<(f64, String)> {
    let fits = |step: &&f64| (to_s - from_s) / **step <= most as f64;
    let step = TIME_STEPS_S.iter().find(fits).copied().unwrap_or(86_400.0);
    multiples(from_s, to_s, step).into_iter().map(|at| (at, time(at, step))).collect()
}

/// `12.5 s`, `1:30`, `1:00:00`.
fn time(at_s: f64, step_s: f64) -> String {
    if step_s < 1.0 {
        let decimals = if step_s < 0.1 { 2 } else { 1 };
        return format!("{at_s:.decimals$} s");
    }
    clock(at_s)
}

/// Minutes and seconds, and hours if there are any.
pub(crate) fn clock(at_s: f64) -> String {
    let whole = at_s.round().max(0.0) as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Round values between two others, at most about `most`.
pub(crate) fn round_values(from: f64, to: f64, most: usize) -> Vec<f64> {
    let rough = (to - from) / most.max(1) as f64;
    if !(rough.is_finite() && rough > 0.0) {
        return vec![from];
    }
    let power = crate::math::pow(10.0, crate::math::log10(rough).floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|f| f * power).into_iter().find(|s| *s >= rough * 0.999);
    multiples(from, to, step.unwrap_or(10.0 * power))
}

fn multiples(from: f64, to: f64, step: f64) -> Vec<f64> {
    let first = (from / step - 1e-9).ceil() as i64;
    let last = (to / step + 1e-9).floor() as i64;
    (first..=last).map(|n| n as f64 * step).collect()
}

/// For each of `pixels` pixels the mean of the values that fall into it, nothing where there are none.
///
/// The values stand `step` apart, each for the stretch that begins there; the pixels cover `span`.
pub(crate) fn means(values: &[f64], step: f64, span: f64, pixels: usize) -> Vec<Option<f64>> {
    spans(values.len(), step, span, pixels)
        .map(|range| {
            let part = values.get(range)?;
            let finite: Vec<f64> = part.iter().copied().filter(|v| v.is_finite()).collect();
            (!finite.is_empty()).then(|| finite.iter().sum::<f64>() / finite.len() as f64)
        })
        .collect()
}

/// For each pixel the indices of the stretches of length `step` that it shows: at least one while there are any.
pub(crate) fn spans(
    count: usize,
    step: f64,
    span: f64,
    pixels: usize,
) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..pixels).map(move |pixel| {
        let start = ((pixel as f64 * span / pixels as f64) / step + 1e-6) as usize;
        let end = (((pixel + 1) as f64 * span / pixels as f64) / step + 1e-6) as usize;
        start.min(count)..end.max(start + 1).min(count)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_round_and_few() {
        let marks = times(0.0, 218.0, 12);
        assert_eq!(marks.len(), 8);
        assert_eq!(marks[3], (90.0, "1:30".to_owned()));
        assert_eq!(times(10.0, 10.4, 8)[1].1, "10.1 s");
        assert_eq!(times(0.0, 86_400.0, 12).last().unwrap().1, "24:00:00");
    }

    #[test]
    fn values_are_round() {
        assert_eq!(round_values(0.0, 100.0, 4), [0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(round_values(-70.0, 0.0, 4), [-60.0, -40.0, -20.0, 0.0]);
        assert_eq!(round_values(0.0, 0.0, 4), [0.0]);
    }

    #[test]
    fn every_value_is_in_a_pixel_and_every_pixel_has_one() {
        let values: Vec<f64> = (0..1000).map(f64::from).collect();
        let few = means(&values, 0.1, 100.0, 10);
        assert_eq!(few[0], Some(49.5));
        assert_eq!(few[9], Some(949.5));
        assert!(means(&values[..20], 0.1, 2.0, 500).iter().all(Option::is_some));
    }
}
