//! Sounds of air without voice: gasps, breathing, hissing.
//!
//! Owns noise that passes the open glottis inward or outward. Inhaled noise is shaped by the same tract; a
//! wide glottis widens its first formant and lifts it (Stevens 1998). Levels are plausible values.

use super::super::melody::Track;
use super::sketch::{Hiss, SILENT_DB, Sketch, Take, line};
use crate::{math, text::Phone};

/// A pitch so low that the turbulence is not heard to pulse.
pub(super) const UNVOICED_HZ: f64 = 20.0;

/// Turns a sketch into one of a wide open throat without voice.
fn open_throat(s: &mut Sketch, level_db: f64) {
    s.level_db = level_db;
    s.base_hz = UNVOICED_HZ;
    s.wander_st = 0.0;
    s.loose = (1.5, 160.0);
    s.floor_db = -12.0;
}

/// A sharp breath in, at times with a squeak of voice.
pub(super) fn gasp(take: &mut Take<'_>) -> Sketch {
    let seconds = take.seconds(0.32, 0.2, 0.5);
    let level_db = 50.0 + 22.0 * take.level + 0.5 * take.voice.level_db + 1.5 * take.draw.normal_within(2.0);
    let squeak = take.habits.chance(0.35) && take.draw.chance(0.4 + 0.4 * take.level);
    let mut s = Sketch::new(take, seconds);
    let (pitch_hz, voice_rough) = (take.f0_hz * take.draw.range(1.1, 1.9), take.draw.range(0.2, 0.6));
    open_throat(&mut s, level_db);
    // Air rushes in ever faster and stops at once when the chest is full.
    let (peak, stop) = (take.draw.range(0.45, 0.8) * seconds, seconds - take.draw.range(0.02, 0.06));
    s.breath_db = line(&[
        (0.0, SILENT_DB),
        (0.01, -24.0),
        (peak, 0.0),
        (stop, -3.0),
        (seconds, -30.0),
        (seconds + 0.02, SILENT_DB),
    ]);
    let phone = if take.draw.chance(0.6) { Phone::AH } else { Phone::AA };
    let neutral = take.vowel(phone)[0];
    let lift = |k: f64| [neutral[0] * 1.15 * k, neutral[1] * 1.05 * k, neutral[2], neutral[3]];
    s.mouth = vec![(0.0, lift(0.82)), (peak, lift(1.0)), (seconds, lift(1.05))];
    // The narrowest place, at lips and palate, adds its own hiss.
    let sound = take.friction([3200.0, 5200.0], [2400.0, 3000.0], 0.6);
    let air = take.draw.range(-17.0, -9.0);
    s.hisses.push(Hiss {
        level_db: line(&[
            (0.0, SILENT_DB),
            (0.02, air - 16.0),
            (peak, air),
            (stop, air - 4.0),
            (seconds, SILENT_DB),
        ]),
        sound,
    });
    if squeak {
        s.base_hz = pitch_hz;
        s.rough = line(&[(0.0, voice_rough)]);
        s.jitter = 0.03;
        let (from, to) = (0.3 * seconds, 0.92 * seconds);
        s.pitch_st = line(&[(from, -3.0), (to, 3.0)]);
        s.voice_db = line(&[(from, SILENT_DB), (from + 0.03, -14.0), (to - 0.03, -7.0), (to, SILENT_DB)]);
    }
    s
}

/// Breath in, a rest, breath out.
pub(super) fn breath(take: &mut Take<'_>) -> Sketch {
    let pace = 1.25 - 0.6 * take.level;
    let inward = take.seconds(0.8, 0.4, 1.4) * pace;
    let rest = take.draw.range(0.05, 0.25) * pace;
    let outward = take.seconds(0.95, 0.5, 1.8) * pace;
    let total = inward + rest + outward;
    let level_db = 32.0 + 24.0 * take.level + 1.5 * take.draw.normal_within(2.0);
    let mut s = Sketch::new(take, total);
    open_throat(&mut s, level_db);
    let out = inward + rest;
    let peak = out + take.draw.range(0.15, 0.35) * outward;
    s.breath_db = line(&[
        (0.0, SILENT_DB),
        (0.05, -26.0),
        (0.55 * inward, -1.0),
        (0.85 * inward, -4.0),
        (inward, -34.0),
        (inward + 0.02, SILENT_DB),
        (out, SILENT_DB),
        (out + 0.02, -24.0),
        (peak, 0.0),
        (out + 0.7 * outward, -9.0),
        (total, -30.0),
        (total + 0.02, SILENT_DB),
    ]);
    // In through a half-open mouth, out through rounder lips.
    let (a, b) = (take.vowel(Phone::AX)[0], take.vowel(Phone::UH)[0]);
    s.mouth = vec![(0.0, a), (inward, a), (out, b), (total, b)];
    let sound = take.friction([2600.0, 4800.0], [2000.0, 2600.0], 0.5);
    let air = take.draw.range(-18.0, -12.0);
    s.hisses.push(Hiss {
        level_db: line(&[(0.0, SILENT_DB), (0.06, air - 14.0), (0.55 * inward, air), (inward, SILENT_DB)]),
        sound,
    });
    s.stops_s.push(inward);
    s
}

/// "Sss".
pub(super) fn hiss(take: &mut Take<'_>) -> Sketch {
    let seconds = take.seconds(1.5, 0.6, 2.8);
    let level_db = 48.0 + 26.0 * take.level + 0.5 * take.voice.level_db + 1.5 * take.draw.normal_within(2.0);
    let mut s = Sketch::new(take, seconds);
    open_throat(&mut s, level_db);
    // S for most, SH for some; nobody's tongue lies in the same place twice.
    let hushed = take.habits.chance(0.25);
    let place = math::exp(0.06 * take.habits.normal_within(2.0) + 0.03 * take.draw.normal_within(2.0));
    let (peaks, widths, second) = if hushed {
        ([3800.0 * place, 6000.0 * place], [1500.0, 2600.0], 0.5)
    } else {
        ([6800.0 * place, 9500.0 * place], [2400.0, 3500.0], 0.6)
    };
    let sound = take.friction(peaks, widths, second);
    let mut level = Track::default();
    level.push(0.0, SILENT_DB);
    level.push(0.01, -26.0);
    level.push(take.draw.range(0.06, 0.15), 0.0);
    // The breath behind it is never even.
    let mut at = 0.25;
    let end = seconds - take.draw.range(0.08, 0.25);
    while at < end {
        level.push(at, -3.0 * at / seconds + 1.2 * take.draw.normal_within(2.0));
        at += take.draw.range(0.12, 0.3);
    }
    level.push(end, -4.0);
    level.push(seconds, -32.0);
    level.push(seconds + 0.02, SILENT_DB);
    s.hisses.push(Hiss { level_db: level, sound });
    s
}
