//! Voiced calls on open vowels: cheers, roars, whoops, screams, boos, groans, ohs and hums.
//!
//! Sources: lengths and glides of roars are design values (bursts of 0.8 to 2.5 s, four semitones up, then
//! seven down); pitch of screams after Schwartz, Engelberg and Gouzoules 2019; their roughness, amplitude
//! modulation at 30 to 150 Hz, after Arnal et al. 2015. What a shouting throat adds in breath is by ear
//! against recordings of stadiums.

use super::super::{act::Sound, person::Kind};
use super::sketch::{Mouth, SILENT_DB, Sketch, Take, line};
use crate::{math, text::Phone, units};

/// Men's formants of the glides that cries begin with.
const Y: Mouth = [270.0, 2070.0, 3020.0, 3500.0];
const W: Mouth = [310.0, 640.0, 2150.0, 3300.0];

/// What is common to all voiced cries: lines over 0..1 of the length.
struct Cry<'a> {
    seconds: f64,
    /// Seconds of the rise and of the fall.
    attack_s: f64,
    release_s: f64,
    /// Semitones.
    pitch: &'a [(f64, f64)],
    /// dB between attack and release.
    level: &'a [(f64, f64)],
    mouth: Vec<(f64, Mouth)>,
    /// Noise in the voice, dB.
    breath_db: f64,
}

impl Cry<'_> {
    fn sketch(self, take: &mut Take<'_>) -> Sketch {
        let end = self.seconds;
        let mut s = Sketch::new(take, end);
        s.pitch_st = line(&self.pitch.iter().map(|(t, st)| (t * end, *st)).collect::<Vec<_>>());
        let release = (end - self.release_s).max(self.attack_s + 0.02);
        let inner: Vec<(f64, f64)> = self
            .level
            .iter()
            .map(|(t, db)| (t * end, *db))
            .filter(|(t, _)| *t > self.attack_s && *t < release)
            .collect();
        let first = self.level.first().map_or(0.0, |p| p.1);
        let last = self.level.last().map_or(0.0, |p| p.1);
        let mut voice = vec![(0.0, SILENT_DB), (0.004, first - 26.0), (self.attack_s, first)];
        voice.extend(&inner);
        voice.extend([(release, last), (end - 0.01, last - 24.0), (end, SILENT_DB)]);
        // Breath starts a little before the voice and outlasts it.
        let air = self.breath_db;
        let mut breath = vec![(-0.004, SILENT_DB), (0.0, air - 12.0 + first), (self.attack_s, air + first)];
        breath.extend(inner.iter().map(|(t, db)| (*t, db + air)));
        breath.extend([(release, last + air + 1.0), (end, last + air - 14.0), (end + 0.03, SILENT_DB)]);
        s.voice_db = line(&voice);
        s.breath_db = line(&breath);
        s.mouth = self.mouth.into_iter().map(|(t, m)| (t * end, m)).collect();
        s.anchor_s = 0.6 * self.attack_s;
        s
    }
}

/// How hard the throat works beyond loudness: 0 at a call, 1 at a full shout.
fn strain(take: &Take<'_>) -> f64 {
    ((take.level - 0.6) / 0.35).clamp(0.0, 1.0)
}

/// Breath in a shout, dB: a shouting throat is never clean, and some are mostly noise.
fn shout_breath_db(take: &mut Take<'_>) -> f64 {
    let habit = 2.5 * take.habits.normal_within(2.0);
    let hard = strain(take);
    -32.0 + 8.0 * hard + habit + 0.5 * take.voice.breath_db + 2.0 * take.draw.normal_within(2.0)
}

/// Roughens a shout: depth, rate, jitter and creaking stretches, by person and take.
fn roughen(s: &mut Sketch, take: &mut Take<'_>, depth: f64) {
    let habit = take.habits.range(0.3, 1.0);
    let depth = depth * habit * strain(take) * take.draw.range(0.5, 1.3) + 0.35 * take.voice.rough;
    s.rough_hz = take.voice.rough_hz * take.draw.range(0.8, 1.35);
    let (a, b) = (take.draw.range(0.1, 0.5), take.draw.range(0.6, 1.0));
    let end = s.end_s;
    s.rough = line(&[(0.0, 0.4 * depth), (a * end, depth), (b * end, 0.6 * depth), (end, 1.2 * depth)]);
    s.jitter += 0.022 * depth * take.voice.unsteady.min(2.0);
    // Now and then the folds fall into a double period for a while.
    if take.draw.chance(0.25 * strain(take) + 0.3 * take.voice.rough) {
        let from = take.draw.range(0.1, 0.7) * end;
        let to = (from + take.draw.range(0.1, 0.4)).min(end);
        let deep = take.draw.range(0.2, 0.65);
        s.creak = line(&[(from, 0.0), (from + 0.02, deep), (to, deep), (to + 0.03, 0.0)]);
    }
}

/// "Yeah!", "woo!", "hey!", "yay!", "whoa!", "aah!".
pub(super) fn cheer(take: &mut Take<'_>) -> Sketch {
    debug_assert_eq!(take.sound, Sound::Cheer);
    let weights: [f64; 6] =
        [0.34, 0.20, 0.10, 0.08, 0.10, 0.18].map(|w| w * math::exp(0.9 * take.habits.normal_within(2.0)));
    let word = take.draw.weighted(&weights).unwrap_or(0);
    let seconds = take.seconds(0.72, 0.38, 1.7);
    let glide = (0.09 / seconds).min(0.25);
    let of = |phone: Phone, take: &Take<'_>| take.vowel(phone);
    let mouth = match word {
        0 => {
            let (eh, ae) = (of(Phone::EH, take)[0], of(Phone::AE, take));
            vec![(0.0, take.mouth(Y)), (glide, eh), (0.45, ae[0]), (0.9, take.vowel(Phone::AH)[0])]
        }
        1 => vec![(0.0, take.mouth(W)), (glide * 1.3, of(Phone::UW, take)[0]), (1.0, of(Phone::UW, take)[1])],
        2 => hold(of(Phone::EY, take), 0.1),
        3 => {
            let [start, end] = of(Phone::EY, take);
            vec![(0.0, take.mouth(Y)), (glide, start), (0.7, start), (1.0, end)]
        }
        4 => {
            let [start, end] = of(Phone::OW, take);
            vec![(0.0, take.mouth(W)), (glide, start), (0.6, start), (1.0, end)]
        }
        _ => hold(of(if take.draw.chance(0.6) { Phone::AA } else { Phone::AE }, take), 0.0),
    };
    let high = word == 1 && take.draw.chance(0.6);
    let lift = 2.4 * take.draw.normal_within(2.0) + if high { take.draw.range(4.0, 9.0) } else { 1.0 };
    let lively = take.voice.liveliness;
    let (peak, fall) = (take.draw.range(2.0, 5.0) * lively, take.draw.range(3.0, 8.0) * lively);
    let turn = take.draw.range(0.15, 0.45);
    let breath_db = shout_breath_db(take) + if high { 2.0 } else { 0.0 };
    let mut s = Cry {
        seconds,
        attack_s: take.draw.range(0.025, 0.07),
        release_s: take.draw.range(0.08, 0.2).min(0.4 * seconds),
        pitch: &[
            (0.0, lift - 3.0),
            (turn, lift + peak),
            (0.65, lift + 0.5 * peak),
            (1.0, lift + peak - fall),
        ],
        level: &[(0.0, -2.0), (turn, 0.0), (0.7, -1.0), (1.0, -5.0)],
        mouth,
        breath_db,
    }
    .sketch(take);
    roughen(&mut s, take, if high { 0.15 } else { 0.5 });
    if high {
        // Falsetto: lax, without the low register's grit.
        s.rd = (s.rd + 0.25).max(0.6);
    }
    s
}

/// A vowel or diphthong that holds its start and then moves to its end, after an opening of `opening`.
fn hold([start, end]: [Mouth; 2], opening: f64) -> Vec<(f64, Mouth)> {
    let mut shut = start;
    shut[0] *= 0.8;
    vec![(0.0, shut), (opening.max(0.05), start), (0.65, start), (1.0, end)]
}

/// A long open shout.
pub(super) fn roar(take: &mut Take<'_>) -> Sketch {
    let weights: [f64; 6] =
        [0.30, 0.24, 0.12, 0.12, 0.10, 0.12].map(|w| w * math::exp(0.7 * take.habits.normal_within(2.0)));
    let seconds = take.seconds(1.45, 0.8, 2.5);
    let glide = 0.1 / seconds;
    let mouth = match take.draw.weighted(&weights).unwrap_or(0) {
        // "yeaaah", "aaah", "ohhh", "waaah", "hey", a vowel between AE and AA.
        0 => vec![
            (0.0, take.mouth(Y)),
            (glide, take.vowel(Phone::EH)[0]),
            (0.35, take.vowel(Phone::AE)[0]),
            (1.0, take.vowel(Phone::AA)[0]),
        ],
        1 => hold(take.vowel(Phone::AA), 0.05),
        2 => hold(take.vowel(Phone::OW), 0.08),
        3 => vec![(0.0, take.mouth(W)), (glide, take.vowel(Phone::AO)[0]), (0.5, take.vowel(Phone::AA)[0])],
        4 => hold(take.vowel(Phone::EY), 0.06),
        _ => {
            let (a, b) = (take.vowel(Phone::AE)[0], take.vowel(Phone::AA)[0]);
            let t = take.draw.unit();
            vec![(0.0, std::array::from_fn(|k| math::lerp(a[k], b[k], t))), (1.0, take.vowel(Phone::AH)[0])]
        }
    };
    let lift = 2.0 * take.habits.normal_within(2.0) + 1.8 * take.draw.normal_within(2.0) + 0.5;
    let up = take.draw.range(2.5, 5.5) * take.voice.liveliness;
    let down = take.draw.range(4.5, 9.0) * take.voice.liveliness;
    let (turn, late) = (take.draw.range(0.12, 0.35), take.draw.range(0.55, 0.8));
    let mut pitch =
        vec![(0.0, lift), (turn, lift + up), (late, lift + up - 0.3 * down), (1.0, lift + up - down)];
    if take.draw.chance(0.22 * strain(take)) {
        // The voice breaks: it jumps by a fifth or so and comes back, or not.
        let at = take.draw.range(turn, late);
        let jump = take.draw.range(4.0, 8.0) * if take.draw.chance(0.7) { 1.0 } else { -1.0 };
        let here = math::interpolate(&pitch, at);
        let back = (at + take.draw.range(0.1, 0.3)).min(0.97);
        let there = math::interpolate(&pitch, back);
        pitch.retain(|p| p.0 < at || p.0 > back);
        pitch.extend([(at, here), (at + 0.01, here + jump), (back, there + jump), (back + 0.01, there)]);
        pitch.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    let swell = take.draw.range(-3.0, 1.0);
    let breath_db = shout_breath_db(take) + 2.0;
    let mut s = Cry {
        seconds,
        attack_s: take.draw.range(0.03, 0.12),
        release_s: take.draw.range(0.12, 0.35),
        pitch: &pitch,
        level: &[(0.0, swell), (turn, 0.0), (late, -1.0), (1.0, -6.0)],
        mouth,
        breath_db,
    }
    .sketch(take);
    s.level_db += 1.5;
    s.wander_st = 0.5;
    roughen(&mut s, take, 0.8);
    s
}

/// "Whoo!": rising, often in falsetto; sometimes "woo-hoo".
pub(super) fn whoop(take: &mut Take<'_>) -> Sketch {
    let seconds = take.seconds(0.55, 0.3, 1.0);
    let [start, end] = take.vowel(Phone::UW);
    let rise = take.draw.range(5.0, 12.0);
    let lift = take.draw.range(-2.0, 4.0) + 2.0 * take.habits.normal_within(2.0);
    let drop = if take.draw.chance(0.5) { take.draw.range(2.0, 7.0) } else { 0.0 };
    let two = take.draw.chance(0.25);
    let peak = take.draw.range(0.45, 0.75);
    let pitch: Vec<(f64, f64)> = if two {
        vec![
            (0.0, lift),
            (0.35, lift + 2.0),
            (0.5, lift + rise),
            (0.8, lift + rise),
            (1.0, lift + rise - drop),
        ]
    } else {
        vec![(0.0, lift - 3.0), (peak, lift + rise), (1.0, lift + rise - drop)]
    };
    let level: &[(f64, f64)] = if two {
        &[(0.0, -3.0), (0.38, -2.0), (0.43, -22.0), (0.49, 0.0), (1.0, -3.0)]
    } else {
        &[(0.0, -5.0), (0.3, -1.0), (0.7, 0.0), (1.0, -4.0)]
    };
    let breath_db = shout_breath_db(take) + 1.0;
    let mut s = Cry {
        seconds: if two { seconds * 1.5 } else { seconds },
        attack_s: 0.05,
        release_s: take.draw.range(0.05, 0.12),
        pitch: &pitch,
        level,
        mouth: vec![(0.0, take.mouth(W)), (0.25, start), (1.0, end)],
        breath_db,
    }
    .sketch(take);
    roughen(&mut s, take, 0.12);
    s.rd = (s.rd + 0.2).max(0.5);
    s
}

/// High, rough, long.
pub(super) fn scream(take: &mut Take<'_>) -> Sketch {
    let (low_hz, high_hz): (f64, f64) = match take.voice.kind {
        Kind::Man => (560.0, 1050.0),
        Kind::Woman => (820.0, 1500.0),
        Kind::Girl => (950.0, 1800.0),
        Kind::Boy => (880.0, 1600.0),
    };
    let place = (0.65 * take.habits.unit() + 0.35 * take.draw.unit()).clamp(0.0, 1.0);
    let top = low_hz * math::pow(high_hz / low_hz, place);
    let seconds = take.seconds(1.15, 0.5, 2.4);
    let phone = match take.draw.below(4) {
        0 => Phone::EH,
        1 => Phone::AA,
        _ => Phone::AE,
    };
    let mouth = hold(take.vowel(phone), 0.04);
    let (rise, fall) = (take.draw.range(2.0, 7.0), take.draw.range(2.0, 9.0));
    let arch = take.draw.range(0.5, 2.5);
    let (turn, late) = (take.draw.range(0.08, 0.2), take.draw.range(0.7, 0.9));
    let breath_db = shout_breath_db(take) + 1.0;
    let depth = take.draw.range(0.3, 0.75) * take.habits.range(0.5, 1.1) * (0.3 + 0.7 * strain(take));
    let mut s = Cry {
        seconds,
        attack_s: take.draw.range(0.02, 0.06),
        release_s: take.draw.range(0.06, 0.2),
        pitch: &[(0.0, -rise), (turn, 0.0), (0.45, arch), (late, 0.0), (1.0, -fall)],
        level: &[(0.0, -3.0), (turn, 0.0), (late, -0.5), (1.0, -5.0)],
        mouth,
        breath_db,
    }
    .sketch(take);
    // A scream below full effort is lower, not only softer.
    s.base_hz = top * units::ratio_from_semitones(9.0 * (take.level - 1.0)) * (1.0 - 0.1 * take.tired);
    s.level_db += 3.5;
    s.wander_st = 0.4;
    s.rough_hz = take.draw.range(38.0, 125.0);
    let end = s.end_s;
    let (a, b) = (take.draw.range(0.0, 0.3) * end, take.draw.range(0.6, 1.0) * end);
    s.rough = line(&[(0.0, 0.5 * depth), (a, depth), (b, depth), (end, 1.2 * depth)]);
    s.jitter += 0.015 * depth;
    if take.draw.chance(0.3) {
        let from = take.draw.range(0.2, 0.8) * end;
        let deep = take.draw.range(0.3, 0.8);
        s.creak = line(&[(from, 0.0), (from + 0.01, deep), (from + 0.25, deep), (from + 0.27, 0.0)]);
    }
    s
}

/// "Boo": low, long, slowly falling.
pub(super) fn boo(take: &mut Take<'_>) -> Sketch {
    let seconds = take.seconds(1.6, 0.8, 2.8);
    let [start, end] = if take.draw.chance(0.7) { take.vowel(Phone::UW) } else { take.vowel(Phone::OW) };
    // The lips are shut for the first 70 ms and a murmur is heard through the cheeks.
    let shut = 0.07 / seconds;
    let closed = take.mouth([200.0, 900.0, 2150.0, 3300.0]);
    let lift = -3.5 + 1.5 * take.habits.normal_within(2.0) + take.draw.normal_within(2.0);
    let fall = take.draw.range(0.5, 3.5);
    let breath_db = shout_breath_db(take) - 3.0;
    let mut s = Cry {
        seconds,
        attack_s: 0.02,
        release_s: take.draw.range(0.12, 0.35),
        pitch: &[(0.0, lift - 1.0), (0.15, lift + 1.0), (0.6, lift), (1.0, lift - fall)],
        level: &[(0.0, -16.0), (shut, -14.0), (shut * 1.25, -1.0), (0.4, 0.0), (1.0, -4.0)],
        mouth: vec![(0.0, closed), (shut, closed), (shut * 1.7, start), (1.0, end)],
        breath_db,
    }
    .sketch(take);
    s.level_db -= 2.0;
    s.anchor_s = shut * seconds;
    roughen(&mut s, take, 0.3);
    s
}

/// "Ohhh": a crowd that saw it miss.
pub(super) fn groan(take: &mut Take<'_>) -> Sketch {
    let seconds = take.seconds(1.1, 0.6, 2.0);
    let (ow, uh) = (take.vowel(Phone::OW), take.vowel(Phone::UH)[0]);
    let ah = take.vowel(Phone::AA)[0];
    let mouth = if take.draw.chance(0.7) {
        vec![(0.0, ow[0]), (0.6, ow[1]), (1.0, uh)]
    } else {
        vec![(0.0, ah), (0.3, ow[0]), (1.0, ow[1])]
    };
    let lift = take.draw.range(-2.0, 3.0);
    let fall = take.draw.range(4.0, 9.0) * take.voice.liveliness;
    let breath_db = shout_breath_db(take) - 1.0;
    let mut s = Cry {
        seconds,
        attack_s: take.draw.range(0.04, 0.09),
        release_s: take.draw.range(0.15, 0.35).min(0.4 * seconds),
        pitch: &[(0.0, lift), (0.12, lift + 1.5), (0.5, lift - 0.4 * fall), (1.0, lift - fall)],
        level: &[(0.0, -1.0), (0.2, 0.0), (0.6, -3.0), (1.0, -8.0)],
        mouth,
        breath_db,
    }
    .sketch(take);
    s.level_db -= 2.0;
    roughen(&mut s, take, 0.2);
    if take.draw.chance(0.4) {
        let end = s.end_s;
        s.creak = line(&[(0.6 * end, 0.0), (0.85 * end, 0.5), (end, 0.7)]);
    }
    s
}

/// "Ooh": wonder, up and down again.
pub(super) fn ooh(take: &mut Take<'_>) -> Sketch {
    let seconds = take.seconds(1.0, 0.5, 1.8);
    let mouth =
        hold(if take.draw.chance(0.75) { take.vowel(Phone::UW) } else { take.vowel(Phone::OW) }, 0.08);
    let lift = 1.5 * take.draw.normal_within(2.0);
    let (up, down) = (take.draw.range(2.0, 5.0), take.draw.range(3.0, 7.0));
    let turn = take.draw.range(0.25, 0.5);
    let breath_db = -19.0 + take.voice.breath_db + 1.5 * take.draw.normal_within(2.0);
    let mut s = Cry {
        seconds,
        attack_s: take.draw.range(0.06, 0.14),
        release_s: take.draw.range(0.15, 0.3).min(0.4 * seconds),
        pitch: &[(0.0, lift - 1.0), (turn, lift + up), (1.0, lift + up - down)],
        level: &[(0.0, -4.0), (turn, 0.0), (1.0, -8.0)],
        mouth,
        breath_db,
    }
    .sketch(take);
    s.level_db -= 1.5;
    s.rd += 0.15;
    s
}

/// "Aah": relief, breath in it.
pub(super) fn aah(take: &mut Take<'_>) -> Sketch {
    let seconds = take.seconds(1.2, 0.6, 2.0);
    let mouth = hold(if take.draw.chance(0.6) { take.vowel(Phone::AA) } else { take.vowel(Phone::AH) }, 0.1);
    let lift = 1.5 * take.draw.normal_within(2.0);
    let (up, down) = (take.draw.range(0.5, 2.5), take.draw.range(3.0, 7.0));
    let breath_db = -15.0 + take.voice.breath_db + 2.0 * take.draw.normal_within(2.0);
    let mut s = Cry {
        seconds,
        attack_s: take.draw.range(0.06, 0.16),
        release_s: take.draw.range(0.2, 0.4).min(0.4 * seconds),
        pitch: &[(0.0, lift), (0.2, lift + up), (1.0, lift + up - down)],
        level: &[(0.0, -3.0), (0.2, 0.0), (0.6, -3.0), (1.0, -10.0)],
        mouth,
        breath_db,
    }
    .sketch(take);
    s.level_db -= 1.5;
    s.rd += 0.25;
    s
}

/// A hum with closed lips.
pub(super) fn hum(take: &mut Take<'_>) -> Sketch {
    let seconds = take.seconds(1.8, 0.8, 3.5);
    let lips = take.mouth([280.0, 1100.0, 2150.0, 3300.0]);
    let lift = -2.0 + 1.5 * take.draw.normal_within(2.0);
    let drift = take.draw.range(-1.5, 1.0);
    let mut s = Cry {
        seconds,
        attack_s: take.draw.range(0.08, 0.2),
        release_s: take.draw.range(0.15, 0.4),
        pitch: &[(0.0, lift - 0.7), (0.15, lift), (1.0, lift + drift)],
        level: &[(0.0, -3.0), (0.3, 0.0), (1.0, -4.0)],
        mouth: vec![(0.0, lips)],
        breath_db: -34.0 + take.voice.breath_db,
    }
    .sketch(take);
    // Lips and cheeks keep about 10 dB inside.
    s.level_db -= 10.0;
    s.nasal = line(&[(0.0, 1.0)]);
    s.loose.1 = 60.0;
    s.tremor = [take.habits.range(4.5, 6.0), 0.12 + 0.2 * take.voice.trained, 0.3];
    s
}
