//! Whistles, with fingers or lips.
//!
//! Owns a source of its own: a nearly pure tone blown by an unsteady jet, with the noise of that jet around
//! it. Finger whistles lie at 2 to 4 kHz and are the loudest thing a person can do with the mouth; lip
//! whistles are lower and softer. Levels are plausible values: about 105 dB and 80 dB at 1 m.

use super::super::{act::Performance, melody::Track, noise::Noise, person::Kind};
use super::perform::finish;
use super::sketch::{LEAD_S, SILENT_DB, Take};
use crate::{
    math,
    units::{self, SPL_REFERENCE_PA, SampleRate},
};

/// One whistle.
pub(super) fn perform(take: &mut Take<'_>, key: u64, rate: SampleRate) -> Performance {
    let skilled = take.habits.chance(0.6);
    let fingers = skilled && take.level > 0.45;
    let size = match take.voice.kind {
        Kind::Man => 1.0,
        Kind::Woman => 1.08,
        Kind::Girl | Kind::Boy => 1.2,
    };
    let own = math::exp(0.13 * take.habits.normal_within(2.0));
    let base_hz = size * own * if fingers { 2550.0 } else { 1550.0 };
    let level_db = if fingers { 84.0 + 21.0 * take.level } else { 58.0 + 22.0 * take.level };
    let level_db = level_db + 2.0 * take.habits.normal_within(2.0) + take.draw.normal_within(2.0);

    let mut pitch = Track::default();
    let mut level = Track::default();
    let end_s = shape(take, fingers, &mut pitch, &mut level);

    let hz = rate.hz_f64();
    let count = rate.frames(LEAD_S + end_s + 0.02) as usize;
    let mut noise = Noise::new(key);
    let mut jet = Jet::default();
    let (vibrato_hz, vibrato_st) = (take.habits.range(4.5, 7.0), take.draw.range(0.05, 0.25));
    let second = units::gain_from_db(take.draw.range(-34.0, -20.0));
    let third = second * 0.4;
    let air = units::gain_from_db(if fingers { -17.0 } else { -12.0 } + take.draw.range(-3.0, 3.0));
    let unsteady = if fingers { 0.22 } else { 0.12 } * take.voice.unsteady.min(2.0);
    let peak_pa = SPL_REFERENCE_PA * units::gain_from_db(level_db) * std::f64::consts::SQRT_2;
    let mut samples = Vec::with_capacity(count);
    let mut phase = 0.0;
    // Two slow walks: of the jet's speed (pitch) and of its grip on the tone (level).
    let (mut speed, mut grip) = (0.0, 0.0);
    let control = (0.002 * hz) as usize;
    let (mut tone_hz, mut loud, mut loud_next) = (base_hz, 0.0, 0.0);
    for i in 0..count {
        let at = i as f64 / hz - LEAD_S;
        if i % control == 0 {
            speed = 0.93 * speed + 0.36 * f64::from(noise.sample());
            grip = 0.95 * grip + 0.31 * f64::from(noise.sample());
            let vibrato = vibrato_st * math::sin(math::TAU * vibrato_hz * at);
            let st = pitch.read(at) + vibrato + unsteady * speed;
            tone_hz = (base_hz * units::ratio_from_semitones(st)).min(0.45 * hz);
            let db = level.read(at);
            loud = loud_next;
            loud_next = if db <= SILENT_DB { 0.0 } else { units::gain_from_db(db + 0.9 * grip) };
            jet.tune(tone_hz, hz);
        }
        let gain = math::lerp(loud, loud_next, (i % control) as f64 / control as f64);
        phase += math::TAU * tone_hz / hz;
        if phase > math::TAU {
            phase -= math::TAU;
        }
        let tone = math::sin(phase)
            + if 2.0 * tone_hz < 0.45 * hz { second * math::sin(2.0 * phase) } else { 0.0 }
            + if 3.0 * tone_hz < 0.45 * hz { third * math::sin(3.0 * phase) } else { 0.0 };
        let hiss = jet.process(f64::from(noise.sample()));
        // The jet hisses before the tone locks on and after it lets go: noise falls more slowly.
        let value = gain * tone + gain.sqrt() * air * hiss;
        samples.push((peak_pa * value) as f32);
    }
    finish(samples, 0.02, &[end_s], rate)
}

/// Draws the lines of one whistle: semitones and dB; returns its length in seconds.
fn shape(take: &mut Take<'_>, fingers: bool, pitch: &mut Track, level: &mut Track) -> f64 {
    let kind = take.draw.weighted(&if fingers { [0.45, 0.25, 0.3] } else { [0.3, 0.5, 0.2] }).unwrap_or(0);
    level.push(0.0, SILENT_DB);
    match kind {
        // One long blast that slides up into its note and drops off.
        0 => {
            let end = take.seconds(0.75, 0.3, 1.6);
            let (from, off) = (take.draw.range(2.0, 9.0), take.draw.range(0.5, 6.0));
            let rise = take.draw.range(0.05, 0.14);
            pitch.push(0.0, -from);
            pitch.push(rise, take.draw.range(-0.3, 0.5));
            pitch.push(0.8 * end, take.draw.range(-0.5, 1.0));
            pitch.push(end, -off);
            level.push(0.012, -24.0);
            level.push(0.06, -3.0);
            level.push(0.6 * end, 0.0);
            level.push(end - 0.04, -4.0);
            level.push(end - 0.005, -34.0);
            level.push(end, SILENT_DB);
            end
        }
        // "Wheet-whew": up, a gap, then over the top and down.
        1 => {
            let (a, b) = (take.draw.range(0.14, 0.3), take.draw.range(0.28, 0.6));
            let gap = take.draw.range(0.03, 0.09);
            let top = take.draw.range(3.0, 6.0);
            let from = a + gap;
            let end = from + b;
            pitch.push(0.0, -6.0);
            pitch.push(a, top);
            pitch.push(from, -4.0);
            pitch.push(from + 0.3 * b, top - 1.0);
            pitch.push(end, -take.draw.range(6.0, 11.0));
            level.push(0.012, -24.0);
            level.push(0.05, -3.0);
            level.push(0.8 * a, 0.0);
            level.push(a, -34.0);
            level.push(a + 0.006, SILENT_DB);
            level.push(from, SILENT_DB);
            level.push(from + 0.01, -24.0);
            level.push(from + 0.05, -2.0);
            level.push(from + 0.5 * b, 0.0);
            level.push(end - 0.03, -9.0);
            level.push(end, SILENT_DB);
            end
        }
        // Two to four short pips.
        _ => {
            let mut at = 0.0;
            for _ in 0..2 + take.draw.below(3) {
                let length = take.draw.range(0.09, 0.2);
                pitch.push(at, -take.draw.range(1.0, 6.0));
                pitch.push(at + 0.35 * length, take.draw.range(0.0, 1.5));
                pitch.push(at + length, -take.draw.range(0.0, 3.0));
                level.push(at, SILENT_DB);
                level.push(at + 0.008, -22.0);
                level.push(at + 0.03, -1.0);
                level.push(at + 0.75 * length, -1.0);
                level.push(at + length, -36.0);
                level.push(at + length + 0.005, SILENT_DB);
                at += length + take.draw.range(0.04, 0.1);
            }
            at
        }
    }
}

/// The noise of the jet: a wide resonance around the tone, unit variance in and about unit variance out.
#[derive(Default)]
struct Jet {
    b: f64,
    c: f64,
    gain: f64,
    y: [f64; 2],
    x: [f64; 2],
}

impl Jet {
    fn tune(&mut self, tone_hz: f64, rate_hz: f64) {
        let r = math::exp(-math::PI * 0.45 * tone_hz / rate_hz);
        self.b = 2.0 * r * math::cos(math::TAU * tone_hz / rate_hz);
        self.c = -r * r;
        // Variance of the two-pole and its difference over two samples; see the friction filter.
        let (c, b) = (r * r, self.b);
        let ar = (1.0 + c) / ((1.0 - c) * ((1.0 + c) * (1.0 + c) - b * b));
        let rho1 = b / (1.0 + c);
        let rho2 = b * rho1 - c;
        self.gain = 1.0 / (ar * 2.0 * (1.0 - rho2)).max(1e-9).sqrt();
    }

    fn process(&mut self, x: f64) -> f64 {
        let y = self.gain * (x - self.x[1]) + self.b * self.y[0] + self.c * self.y[1];
        self.x = [x, self.x[0]];
        self.y = [y, self.y[0]];
        y
    }
}
