//! From physics to programme: a slow gain that follows how loud the place is.
//!
//! Owns the loudness detector and the curve. A crowd spans 60 dB from a murmur to a roar and more with the
//! hush before; a programme spans 35. The curve says which loudness a sound pressure level shall have; its
//! gain follows over seconds, so that syllables do not pump. Below the first point of the curve the gain
//! stays what it is there: nothing is ever drawn up out of silence.
//!
//! Units: pascals in, dB SPL (K-weighted, as [`Hearing`] weighs the channels), LUFS. Sources: ITU-R BS.1770-5 for the
//! weighting and the measure; filter design for any rate after De Man, "Evaluation of implementations of
//! the EBU R128 loudness measurement", AES 2018.

use super::config::MasterConfig;
use super::master::Hearing;
use crate::math;
use crate::units::{Block, QUANTUM, SPL_REFERENCE_PA, SampleRate, db_from_power};

/// Offset of the BS.1770 measure, dB.
const LOUDNESS_OFFSET_DB: f64 = -0.691;

/// Mean squares are taken over about this long before anything else, seconds: longer than a pitch period.
const MEAN_S: f64 = 0.050;

/// The gain itself moves with this time constant at least, seconds: by ear, no zipper.
const GAIN_S: f64 = 0.020;

/// Detector and curve.
#[derive(Clone, Debug)]
pub(super) struct Levelling {
    curve: Option<Vec<(f64, f64)>>,
    full_scale_db_spl: f64,
    /// One per channel that is listened to, with its share of the level.
    channels: Vec<(Weighting, f64)>,
    programme_db: f64,
    mean: Follower,
    attack: f64,
    release: f64,
    glide: f64,
    start_db_spl: f64,
    floor_db_spl: f64,
    /// Slow power, Pa².
    power: f64,
    /// Where the gain is now, dB.
    gain_db: f64,
}

/// A one-pole mean.
#[derive(Clone, Debug)]
struct Follower {
    value: f64,
    step: f64,
}

fn step_of(time_s: f64, rate: SampleRate) -> f64 {
    1.0 - math::exp(-(QUANTUM as f64) / (time_s.max(1e-3) * rate.hz_f64()))
}

fn power_of_db_spl(db: f64) -> f64 {
    SPL_REFERENCE_PA * SPL_REFERENCE_PA * math::exp(db * (std::f64::consts::LN_10 / 10.0))
}

impl Levelling {
    pub fn new(config: &MasterConfig, hearing: &Hearing, rate: SampleRate) -> Self {
        let curve: Vec<(f64, f64)> = config.curve.iter().map(|p| (p[0], p[1])).collect();
        let curve = (config.levelling && !curve.is_empty()).then_some(curve);
        let floor_db_spl = curve.as_ref().map_or(0.0, |curve| curve[0].0);
        let mut levelling = Self {
            curve,
            full_scale_db_spl: config.full_scale_db_spl,
            channels: hearing.shares.iter().map(|share| (Weighting::new(rate), *share)).collect(),
            programme_db: hearing.programme_db,
            mean: Follower { value: 0.0, step: step_of(MEAN_S, rate) },
            attack: step_of(config.levelling_attack_s, rate),
            release: step_of(config.levelling_release_s, rate),
            glide: step_of(GAIN_S, rate),
            start_db_spl: config.start_db_spl,
            floor_db_spl,
            power: 0.0,
            gain_db: 0.0,
        };
        levelling.reset();
        levelling
    }

    pub fn reset(&mut self) {
        self.channels.iter_mut().for_each(|(weighting, _)| weighting.reset());
        self.mean.value = 0.0;
        self.power = power_of_db_spl(self.start_db_spl.max(self.floor_db_spl));
        self.gain_db = self.curve_gain_db();
    }

    /// Hears one quantum of finite pascals and returns the gain at its end, dB.
    pub fn process(&mut self, input: &[Block]) -> f64 {
        let mut power = 0.0;
        for ((weighting, share), signal) in self.channels.iter_mut().zip(input) {
            if *share > 0.0 {
                power += *share * weighting.power(signal);
            }
        }
        self.mean.value += (power - self.mean.value) * self.mean.step;
        // Rises with the power, so a crowd that bursts out of silence is found within a syllable; falls
        // with the level, so gaps between words hardly move it and a long hush is followed in seconds.
        let floor = power_of_db_spl(self.floor_db_spl);
        if self.mean.value > self.power {
            self.power += (self.mean.value - self.power) * self.attack;
        } else {
            let fall = math::ln(self.mean.value.max(floor) / self.power);
            self.power = (self.power * math::exp(fall * self.release)).max(floor);
        }
        self.gain_db += (self.curve_gain_db() - self.gain_db) * self.glide;
        self.gain_db
    }

    /// The gain at the end of the last quantum, dB.
    pub fn gain_db(&self) -> f64 {
        self.gain_db
    }

    /// The slow level that the gain follows, dB SPL.
    pub fn level_db_spl(&self) -> f64 {
        db_from_power(self.power / (SPL_REFERENCE_PA * SPL_REFERENCE_PA))
    }

    fn curve_gain_db(&self) -> f64 {
        self.gain_db_at(self.level_db_spl())
    }

    /// The gain for a level that stays as it is, dB.
    pub fn gain_db_at(&self, level: f64) -> f64 {
        let Some(curve) = &self.curve else { return 0.0 };
        let level = level.max(self.floor_db_spl);
        let unlevelled = level + LOUDNESS_OFFSET_DB + self.programme_db - self.full_scale_db_spl;
        wanted_lufs(curve, level) - unlevelled
    }
}

/// The curve: straight between its points, as steep as its last piece above them, gain constant below.
fn wanted_lufs(curve: &[(f64, f64)], level: f64) -> f64 {
    let (first, last) = (curve[0], curve[curve.len() - 1]);
    if level < first.0 {
        return first.1 + level - first.0;
    }
    if level > last.0 && curve.len() > 1 {
        let before = curve[curve.len() - 2];
        return last.1 + (level - last.0) * (last.1 - before.1) / (last.0 - before.0);
    }
    math::interpolate(curve, level)
}

/// The K-weighting of one channel: a shelf for the head, a high-pass for the ear.
#[derive(Clone, Debug)]
struct Weighting {
    shelf: Biquad,
    high_pass: Biquad,
}

impl Weighting {
    fn new(rate: SampleRate) -> Self {
        Self { shelf: shelf(rate), high_pass: high_pass(rate) }
    }

    fn reset(&mut self) {
        self.shelf.reset();
        self.high_pass.reset();
    }

    /// Mean square of the weighted quantum.
    fn power(&mut self, input: &Block) -> f64 {
        let mut sum = 0.0;
        for &x in input {
            let y = self.high_pass.next(self.shelf.next(f64::from(x)));
            sum += y * y;
        }
        self.shelf.snap();
        self.high_pass.snap();
        sum / QUANTUM as f64
    }
}

/// A second-order section, transposed direct form II.
#[derive(Clone, Debug)]
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    fn next(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.state[0];
        self.state[0] = self.b[1] * x - self.a[0] * y + self.state[1];
        self.state[1] = self.b[2] * x - self.a[1] * y;
        y
    }

    fn snap(&mut self) {
        for state in &mut self.state {
            if state.abs() < 1e-20 {
                *state = 0.0;
            }
        }
    }

    fn reset(&mut self) {
        self.state = [0.0; 2];
    }
}

fn shelf(rate: SampleRate) -> Biquad {
    const CORNER_HZ: f64 = 1_681.974_450_955_532;
    const GAIN_DB: f64 = 3.999_843_853_97;
    const Q: f64 = 0.707_175_236_955_419_3;
    let k = math::tan(math::PI * CORNER_HZ / rate.hz_f64());
    let high = math::pow(10.0, GAIN_DB / 20.0);
    let band = math::pow(high, 0.499_666_774_154_541_6);
    let a0 = 1.0 + k / Q + k * k;
    Biquad {
        b: [
            (high + band * k / Q + k * k) / a0,
            2.0 * (k * k - high) / a0,
            (high - band * k / Q + k * k) / a0,
        ],
        a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / Q + k * k) / a0],
        state: [0.0; 2],
    }
}

fn high_pass(rate: SampleRate) -> Biquad {
    const CORNER_HZ: f64 = 38.135_470_876_024_44;
    const Q: f64 = 0.500_327_037_323_877_3;
    let k = math::tan(math::PI * CORNER_HZ / rate.hz_f64());
    let a0 = 1.0 + k / Q + k * k;
    Biquad { b: [1.0, -2.0, 1.0], a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / Q + k * k) / a0], state: [0.0; 2] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weighting_at_48_khz_is_that_of_the_standard() {
        let (shelf, pass) = (shelf(SampleRate::DEFAULT), high_pass(SampleRate::DEFAULT));
        let near = |got: &[f64], printed: &[f64]| {
            assert!(got.iter().zip(printed).all(|(a, b)| (a - b).abs() < 1e-6), "{got:?} {printed:?}");
        };
        near(&shelf.b, &[1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85]);
        near(&shelf.a, &[-1.690_659_293_182_41, 0.732_480_774_215_85]);
        near(&pass.a, &[-1.990_047_454_833_98, 0.990_072_250_366_21]);
    }

    #[test]
    fn the_curve_is_continued_but_never_upward_from_nothing() {
        let curve = [(50.0, -46.0), (75.0, -30.0), (95.0, -18.0), (110.0, -10.0)];
        assert_eq!(wanted_lufs(&curve, 75.0), -30.0);
        assert_eq!(wanted_lufs(&curve, 85.0), -24.0);
        assert_eq!(wanted_lufs(&curve, 30.0), -66.0);
        assert!((wanted_lufs(&curve, 125.0) + 2.0).abs() < 1e-9);
        assert_eq!(wanted_lufs(&[(50.0, -46.0)], 60.0), -46.0);
    }
}
