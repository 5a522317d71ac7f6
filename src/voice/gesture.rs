//! From sounds in time to the motion of the mouth: frames for the synthesizer.
//!
//! Owns formant motion (locus equations, held diphthongs, undershoot), the opening and closing of glottis,
//! velum and narrow places, and the levels of all of them. Does not own durations or melody.
//! Frames come out in pascals: a stressed vowel has the level of its effort at 1 m.
//! Sources: transitions Klatt 1980 and Stevens 1998; loci Sussman et al. 1991 and Jongman et al. 2000.

use super::{
    consonants::{Class, Consonant, Place},
    effort::Effort,
    friction::Friction,
    melody::{Flutter, Track},
    person::Voice,
    timing::{Plan, Unit},
    tract::{FRAME_S, Frame, Throat},
    vowels,
};
use crate::{
    math,
    rng::Stream,
    text::Phone,
    units::{self, SPL_REFERENCE_PA},
};

/// A stressed vowel lies this far over the long-term level of speech with its pauses, dB, in soft and in
/// shouted speech, where vowels are longer.
const VOWEL_OVER_SPEECH_DB: [f64; 2] = [2.0, 0.2];
/// Breath around the voice that no formant shapes, dB re the vowel; more of it hides close vowels.
const FLOOR_DB: f64 = -44.0;
/// Slow unsteadiness of the articulators: relative wander of F1..F3 (standard deviation, 50 ms). A held vowel
/// without it is taken for background by listeners that follow change.
const FORMANT_WANDER: f64 = 0.04;
/// Breath of HH, dB re the vowel.
const HH_DB: f64 = -13.0;
/// Breath between a burst and the voice, dB re the vowel.
const ASPIRATED_DB: f64 = -14.0;
/// Breath drawn in before speaking, dB re the vowel.
const INHALE_DB: f64 = -42.0;

type Formants = [f64; 4];

/// What a performance needs besides its sounds and their times.
pub(crate) struct Score<'a> {
    /// Who.
    pub voice: &'a Voice,
    /// The throat of `voice`.
    pub throat: &'a Throat,
    /// How hard.
    pub effort: &'a Effort,
    /// Change of level of each syllable, dB.
    pub syllable_db: &'a [f64],
    /// Pitch before melody, hertz.
    pub f0_hz: f64,
    /// Melody, semitones.
    pub melody: Track,
    /// 0 fresh, 1 and more tired.
    pub fatigue: f64,
    /// Seconds of breath drawn in before the first sound, 0 for none.
    pub inhale_s: f64,
}

/// A narrow place that hisses for a while.
struct Hiss {
    start_s: f64,
    end_s: f64,
    rise_s: f64,
    fall_s: f64,
    level: f64,
    burst: bool,
    sound: Friction,
}

impl Hiss {
    fn level_at(&self, at_s: f64) -> f64 {
        if at_s < self.start_s || at_s >= self.end_s {
            return 0.0;
        }
        let rise = if self.rise_s > 0.0 { (at_s - self.start_s) / self.rise_s } else { 1.0 };
        let fall = if self.fall_s > 0.0 { (self.end_s - at_s) / self.fall_s } else { 1.0 };
        self.level * rise.clamp(0.0, 1.0) * fall.clamp(0.0, 1.0)
    }
}

/// All motions of a performance, read frame by frame.
struct Motion<'a> {
    score: &'a Score<'a>,
    units: &'a [Unit],
    plan: &'a Plan,
    /// RMS of a stressed vowel, pascals.
    vowel_pa: f64,
    /// Strength of the source that gives the reference vowel this RMS.
    strength: f64,
    /// RMS of noise at the glottis that gives the reference vowel this RMS.
    breath: f64,
    reference_rms: f64,
}

/// Plays a plan through a throat: frames from `from_s` on, one per [`FRAME_S`], the last one silent.
///
/// Returns the frames and the time of the first one.
pub(crate) fn frames(plan: &Plan, mut score: Score<'_>, draw: &mut Stream) -> (Vec<Frame>, f64) {
    let (start_s, end_s) = plan.span_s();
    let lead_s = if score.inhale_s > 0.0 { score.inhale_s + 0.08 } else { 0.02 };
    let from_s = ((start_s - lead_s) / FRAME_S).floor() * FRAME_S;
    let count = ((end_s + 0.16 - from_s) / FRAME_S).ceil() as usize + 1;
    let melody = std::mem::take(&mut score.melody);
    let motion = Motion::new(plan, &score);
    let mut frames = motion.still(count);
    motion.pitch(&mut frames, from_s, melody, draw);
    motion.formants(&mut frames, from_s, draw);
    motion.voicing(&mut frames, from_s, draw);
    motion.hisses(&mut frames, from_s);
    motion.inhale(&mut frames, from_s, start_s);
    if let Some(last) = frames.last_mut() {
        (last.voice, last.aspiration, last.floor, last.friction.level) = (0.0, 0.0, 0.0, 0.0);
    }
    (frames, from_s)
}

fn ratio(db: f64) -> f64 {
    units::gain_from_db(db)
}

impl<'a> Motion<'a> {
    fn new(plan: &'a Plan, score: &'a Score<'a>) -> Self {
        let tired_db = -3.0 * (1.0 - math::exp(-score.fatigue.max(0.0)));
        let loud = ((score.effort.level_db - 45.0) / 40.0).clamp(0.0, 1.0);
        let over_db = math::lerp(VOWEL_OVER_SPEECH_DB[0], VOWEL_OVER_SPEECH_DB[1], loud);
        let level_db = score.effort.level_db + score.voice.level_db + tired_db + over_db;
        let vowel_pa = SPL_REFERENCE_PA * ratio(level_db);
        let mut reference = Frame::REST;
        reference.f0_hz = score.f0_hz as f32;
        reference.rd = (score.effort.rd + score.voice.rd).max(0.28) as f32;
        reference.tilt_db = score.effort.tilt_db as f32;
        let open = score.voice.vowel_hz(Phone::AH).unwrap_or([[620.0, 1200.0, 2550.0, 3550.0]; 2])[0];
        reference.formants_hz = open.map(|f| f as f32);
        reference.bandwidths_hz = bandwidths(&open, score.effort.bandwidth).map(|b| b as f32);
        let reference_rms = score.throat.voiced_rms(&reference).max(1e-6);
        let breath_rms = score.throat.breath_rms(&reference).max(1e-6);
        Self {
            score,
            units: &plan.units,
            plan,
            vowel_pa,
            strength: vowel_pa / reference_rms,
            breath: vowel_pa / breath_rms,
            reference_rms,
        }
    }

    fn still(&self, count: usize) -> Vec<Frame> {
        let (e, v) = (self.score.effort, self.score.voice);
        let tired = 1.0 - math::exp(-self.score.fatigue.max(0.0));
        let frame = Frame {
            rd: (e.rd + v.rd + 0.2 * tired).max(0.28) as f32,
            tilt_db: e.tilt_db as f32,
            jitter: (e.jitter * v.unsteady * (1.0 + tired)) as f32,
            shimmer_db: (e.shimmer_db * v.unsteady * (1.0 + 0.5 * tired)) as f32,
            rough: (e.rough * (0.3 + 0.7 * v.unsteady.min(2.0))
                + 0.35 * v.rough * (0.4 + 0.6 * tired.max(0.4)))
            .min(0.7) as f32,
            rough_hz: v.rough_hz as f32,
            nasal_zero_hz: (450.0 * v.kind.ratios()[0] * v.tract) as f32,
            ..Frame::REST
        };
        vec![frame; count]
    }

    fn pitch(&self, frames: &mut [Frame], from_s: f64, mut melody: Track, draw: &mut Stream) {
        let flutter = Flutter::new(self.score.voice, draw);
        let mut drift = 0.0;
        let mut bends = Track::default();
        bends.push(from_s, 0.0);
        for unit in self.units {
            // Voiceless consonants raise the pitch of what follows, voiced ones lower their own.
            match unit.consonant {
                Some(c) if !c.voiced && !unit.before_pause => {
                    bends.push(unit.end_s - 0.005, 0.7);
                    bends.push(unit.end_s + 0.07, 0.0);
                }
                Some(c)
                    if c.voiced && matches!(c.class, Class::Stop | Class::Fricative | Class::Affricate) =>
                {
                    bends.push(unit.start_s, 0.0);
                    bends.push(0.5 * (unit.start_s + unit.end_s), -0.8);
                    bends.push(unit.end_s + 0.04, 0.0);
                }
                _ => {}
            }
        }
        for (i, frame) in frames.iter_mut().enumerate() {
            let at = from_s + i as f64 * FRAME_S;
            drift = 0.985 * drift + 0.02 * draw.normal_within(2.0);
            let st = melody.read(at) + bends.read(at) + drift;
            let hz = self.score.f0_hz * units::ratio_from_semitones(st) * (1.0 + flutter.at(at));
            frame.f0_hz = hz.clamp(40.0, 2000.0) as f32;
        }
    }

    /// The formants that a sound aims at: at its start and at its end.
    fn targets(&self, unit: &Unit) -> Option<[Formants; 2]> {
        let voice = self.score.voice;
        if let Some(mut ends) = voice.vowel_hz(unit.phone) {
            let syllable = self.plan.syllables.get(unit.syllable);
            let weak = syllable.is_some_and(|s| s.stress == crate::text::Stress::None) && unit.nucleus;
            let rest = voice.formants_hz([500.0, 1450.0, 2500.0, 3500.0]);
            let shift = self.score.effort.f1_shift_hz * voice.kind.ratios()[0];
            let whisper = 1.0 - self.score.effort.voiced;
            if unit.phone == Phone::AX {
                // Schwa has no place of its own: it goes where its neighbours are.
                let i = self.units.iter().position(|u| u.start_s == unit.start_s).unwrap_or(0);
                let near = |u: Option<&Unit>| {
                    u.and_then(|u| u.consonant).filter(is_locus).filter(|c| c.place != Place::Throat)
                };
                let (a, b) = (near(i.checked_sub(1).map(|p| &self.units[p])), near(self.units.get(i + 1)));
                for c in [a, b].into_iter().flatten() {
                    let pull = self.locus(&c, &ends[0])[1] - ends[0][1];
                    for end in &mut ends {
                        end[1] += 0.9 * pull;
                        end[0] *= 0.95;
                    }
                }
            }
            if unit.phone == Phone::UW && !unit.after_pause {
                // English "oo" is fronted after Y and sounds of the ridge: "you", "do", "lose".
                let i = self.units.iter().position(|u| u.start_s == unit.start_s).unwrap_or(0);
                let before = i.checked_sub(1).and_then(|p| self.units[p].consonant);
                if before.is_some_and(|c| {
                    matches!(c.place, Place::Ridge | Place::Palate | Place::Teeth)
                        || c.formants_hz[1] > 2050.0
                }) {
                    ends[0][1] *= 1.30;
                    ends[1][1] *= 1.18;
                }
            }
            for end in &mut ends {
                for i in 0..3 {
                    if weak {
                        end[i] = math::lerp(end[i], rest[i], 0.12);
                    }
                }
                // The jaw opens more for open vowels; close ones keep their place.
                end[0] = (end[0] + shift * (end[0] / 650.0).min(1.3)) * (1.0 + 0.25 * whisper);
                end[1] *= 1.0 + 0.07 * whisper;
            }
            return Some(ends);
        }
        let c = unit.consonant?;
        match c.class {
            Class::Glide | Class::Nasal => {
                let mut hz = [c.formants_hz[0], c.formants_hz[1], c.formants_hz[2], 3400.0];
                if unit.phone == Phone::L && unit.coda {
                    // Dark L after a vowel.
                    hz = [430.0, 880.0, 2750.0, 3400.0];
                }
                if unit.phone == Phone::R && unit.coda {
                    hz = [430.0, 1250.0, 1650.0, 3300.0];
                }
                let own = voice.formants_hz(hz);
                Some([own, own])
            }
            _ => None,
        }
    }

    /// The formants at the edge of an obstruent or nasal against a neighbour that aims at `next`.
    fn locus(&self, c: &Consonant, next: &Formants) -> Formants {
        let ratios = self.score.voice.kind.ratios();
        let scale: Formants = std::array::from_fn(|i| ratios[i] * self.score.voice.tract);
        let men: Formants = std::array::from_fn(|i| next[i] / scale[i]);
        let f1 = match (c.class, c.voiced) {
            (Class::Breath, _) => men[0],
            _ if c.place == Place::Throat => men[0],
            (Class::Nasal, _) => 0.6 * men[0] + 0.4 * 350.0,
            (_, true) => 0.3 * men[0] + 0.7 * c.formants_hz[0],
            (_, false) => 0.5 * men[0] + 0.5 * c.formants_hz[0],
        };
        let f2 = c.place.f2_locus_hz(men[1]);
        let f3 = c.place.f3_locus_hz(men[1], men[2]).max(f2 + 250.0);
        [f1 * scale[0], f2 * scale[1], f3 * scale[2], next[3]]
    }

    fn formants(&self, frames: &mut [Frame], from_s: f64, draw: &mut Stream) {
        let points = self.formant_points();
        let mut cursor = 0;
        let mut smooth: Vec<Formants> = Vec::with_capacity(frames.len());
        for i in 0..frames.len() {
            let at = from_s + i as f64 * FRAME_S;
            while cursor + 1 < points.len() && points[cursor + 1].0 <= at {
                cursor += 1;
            }
            smooth.push(match (points.get(cursor), points.get(cursor + 1)) {
                (Some(a), Some(b)) if at > a.0 => {
                    let t = math::smoothstep((at - a.0) / (b.0 - a.0));
                    std::array::from_fn(|k| math::lerp(a.1[k], b.1[k], t))
                }
                (Some(a), _) => a.1,
                _ => self.score.voice.formants_hz([500.0, 1450.0, 2500.0, 3500.0]),
            });
        }
        let mut wander = [0.0f64; 3];
        for (i, frame) in frames.iter_mut().enumerate() {
            for w in &mut wander {
                *w = 0.9 * *w + 0.436 * draw.normal_within(2.5);
            }
            let (a, b) = (smooth[i.saturating_sub(1)], smooth[(i + 1).min(smooth.len() - 1)]);
            let mut hz: Formants = std::array::from_fn(|k| 0.25 * a[k] + 0.5 * smooth[i][k] + 0.25 * b[k]);
            for k in 0..3 {
                hz[k] *= 1.0 + FORMANT_WANDER * wander[k];
            }
            hz[1] = hz[1].max(hz[0] + 150.0);
            hz[2] = hz[2].max(hz[1] + 180.0);
            hz[3] = hz[3].max(hz[2] + 300.0);
            frame.formants_hz = hz.map(|f| f as f32);
            frame.bandwidths_hz = bandwidths(&hz, self.score.effort.bandwidth).map(|b| b as f32);
        }
    }

    /// Points that the formants pass through.
    fn formant_points(&self) -> Vec<(f64, Formants)> {
        let units = self.units;
        let targets: Vec<Option<[Formants; 2]>> = units.iter().map(|u| self.targets(u)).collect();
        // The formants at the border between unit i and the next.
        let border = |i: usize| -> Option<Formants> {
            let (a, b) = (units.get(i)?, units.get(i + 1)?);
            if b.after_pause {
                return None;
            }
            match (a.consonant.filter(is_locus), b.consonant.filter(is_locus)) {
                (Some(_), Some(_)) => None,
                (Some(c), None) => targets[i + 1].map(|t| self.locus(&c, &t[0])),
                (None, Some(c)) => targets[i].map(|t| self.locus(&c, &t[1])),
                (None, None) => {
                    let (x, y) = (targets[i]?[1], targets[i + 1]?[0]);
                    // Glides hold their own more than vowels do.
                    let t = match (a.consonant.is_some(), b.consonant.is_some()) {
                        (true, false) => 0.45,
                        (false, true) => 0.55,
                        _ => 0.5,
                    };
                    Some(std::array::from_fn(|k| math::lerp(x[k], y[k], t)))
                }
            }
        };
        let mut points: Vec<(f64, Formants)> = Vec::new();
        let mut push = |at: f64, hz: Formants| {
            let at = points.last().map_or(at, |p| at.max(p.0 + 1e-6));
            points.push((at, hz));
        };
        for (i, unit) in units.iter().enumerate() {
            let before = if unit.after_pause { None } else { i.checked_sub(1).and_then(border) };
            let after = border(i);
            let previous = i.checked_sub(1).and_then(|p| units[p].consonant);
            let next = units.get(i + 1).and_then(|u| u.consonant);
            match (unit.consonant, targets[i]) {
                (None, Some([start, end])) => {
                    // The motion begins at the release of the consonant, not at the voice.
                    let from = match i.checked_sub(1) {
                        Some(p) if !unit.after_pause && units[p].release_s > units[p].start_s => {
                            units[p].release_s
                        }
                        _ => unit.start_s,
                    };
                    let length = unit.end_s - from;
                    let mut enter = previous.map_or(0.05, |c| transition_s(&c));
                    let mut leave = next.map_or(0.05, |c| transition_s(&c));
                    if before.is_none() {
                        enter = 0.0;
                    }
                    if after.is_none() {
                        leave = 0.0;
                    }
                    let fit = (0.85 * length / (enter + leave).max(1e-6)).min(1.0);
                    enter *= fit;
                    leave *= fit;
                    if let Some(b) = before {
                        push(from, b);
                    }
                    push(from + enter, start);
                    let diphthong = vowels::vowel(unit.phone).is_some_and(|v| v.diphthong);
                    let free = (length - enter - leave).max(0.0);
                    if diphthong {
                        // A stretched diphthong holds its first vowel and glides late.
                        let glide = (0.5 * length).min(0.11 + 0.12 * free);
                        let arrive = unit.end_s - leave * 0.8;
                        push((arrive - glide).max(from + enter), start);
                        push(arrive, end);
                    } else {
                        push(from + enter + 0.25 * free, start);
                        push(unit.end_s - leave, end);
                    }
                    if let Some(b) = after {
                        push(unit.end_s, b);
                    }
                }
                (Some(_), Some([own, _])) => {
                    let length = unit.end_s - unit.start_s;
                    let edge = (0.4 * length).min(0.035);
                    if let Some(b) = before {
                        push(unit.start_s, b);
                    }
                    push(unit.start_s + edge, own);
                    push(unit.end_s - edge, own);
                    if let Some(b) = after {
                        push(unit.end_s, b);
                    }
                }
                (Some(c), None) => {
                    let release = if unit.release_s > unit.start_s { unit.release_s } else { unit.end_s };
                    if let Some(b) = before {
                        push(unit.start_s, b);
                        if c.voiced && c.class != Class::Breath {
                            push(unit.start_s + 0.012, with_f1(b, self.own_f1(&c)));
                        }
                    }
                    if let Some(b) = after {
                        if c.voiced && c.class != Class::Breath {
                            push((release - 0.010).max(unit.start_s), with_f1(b, self.own_f1(&c)));
                        }
                        push(release, b);
                    }
                }
                (None, None) => {}
            }
        }
        points
    }

    fn own_f1(&self, c: &Consonant) -> f64 {
        c.formants_hz[0] * self.score.voice.kind.ratios()[0] * self.score.voice.tract
    }

    /// Loudness of a vowel's own formants evened out half way, as speakers do.
    fn evened(&self, unit: &Unit) -> f64 {
        let Some([hz, _]) = self.targets(unit) else { return 1.0 };
        let mut frame = Frame::REST;
        frame.f0_hz = self.score.f0_hz as f32;
        frame.rd = (self.score.effort.rd + self.score.voice.rd).max(0.28) as f32;
        frame.tilt_db = self.score.effort.tilt_db as f32;
        frame.formants_hz = hz.map(|f| f as f32);
        frame.bandwidths_hz = bandwidths(&hz, self.score.effort.bandwidth).map(|b| b as f32);
        let own = self.score.throat.voiced_rms(&frame).max(1e-9);
        (self.reference_rms / own).sqrt().clamp(0.5, 2.5)
    }

    fn voicing(&self, frames: &mut [Frame], from_s: f64, draw: &mut Stream) {
        let effort = self.score.effort;
        let voiced = effort.voiced;
        let mut voice = Steps::default();
        let mut breath = Steps::default();
        let mut nose = Steps::default();
        let mut throat_open = Steps::default();
        let whisper = 1.0 - voiced;
        for (i, unit) in self.units.iter().enumerate() {
            let syllable = self.plan.syllables.get(unit.syllable);
            let stress = match syllable.map(|s| s.stress) {
                Some(crate::text::Stress::Primary) => 0.0,
                Some(crate::text::Stress::Secondary) => -1.0,
                _ => -2.0,
            };
            let gain = ratio(stress + self.score.syllable_db.get(unit.syllable).copied().unwrap_or(0.0));
            let after_voiceless =
                !unit.after_pause && i > 0 && self.units[i - 1].consonant.is_some_and(|c| !c.voiced);
            match unit.consonant {
                None => {
                    let level = gain * self.evened(unit);
                    let rise = match (unit.after_pause, after_voiceless) {
                        (true, _) => 0.030,
                        (_, true) => 0.012,
                        _ => 0.024,
                    };
                    let at = if unit.after_pause { unit.start_s + 0.4 * rise } else { unit.start_s };
                    voice.step(at, voiced * level, rise);
                    breath.step(unit.start_s, level * whisper * ratio(-1.0), 0.02);
                    let length = unit.end_s - unit.start_s;
                    if unit.before_pause || length > 0.3 {
                        // A long vowel is not held like an organ pipe.
                        let fade = ratio(-2.0 - 2.0 * draw.unit());
                        voice.slope(unit.start_s + 0.55 * length, unit.end_s - 0.03, fade);
                    }
                    throat_open.step(unit.start_s, 0.0, 0.03);
                }
                Some(c) => {
                    let own = gain * c.voice;
                    let fall = if c.voiced { 0.024 } else { 0.020 };
                    match c.class {
                        Class::Breath => {
                            voice.step(unit.start_s, 0.0, 0.03);
                            breath.step(unit.start_s + 0.01, gain * ratio(HH_DB) * (1.0 + whisper), 0.03);
                            throat_open.step(unit.start_s, 1.0, 0.03);
                            breath.step(unit.end_s + 0.005, 0.0, 0.02);
                        }
                        Class::Stop | Class::Affricate => {
                            voice.step(unit.start_s, voiced * own, fall);
                            breath.step(unit.start_s, 0.0, 0.015);
                            if !c.voiced && unit.end_s > unit.release_s && c.class == Class::Stop {
                                let level = if unit.before_pause { ASPIRATED_DB - 8.0 } else { ASPIRATED_DB };
                                breath.step(
                                    unit.release_s + 0.004,
                                    gain * ratio(level) * (1.0 + whisper),
                                    0.006,
                                );
                                throat_open.step(unit.release_s, 0.7, 0.01);
                                breath.step(unit.end_s, 0.0, 0.024);
                                throat_open.step(unit.end_s, 0.0, 0.03);
                            }
                        }
                        _ => {
                            voice.step(unit.start_s, voiced * own, fall);
                            breath.step(unit.start_s, own * whisper, 0.02);
                        }
                    }
                }
            }
            let open = f64::from(unit.consonant.is_some_and(|c| c.class == Class::Nasal));
            nose.step(unit.start_s, open, 0.045);
            if unit.before_pause {
                let fall = if unit.consonant.is_none_or(|c| c.voiced) { 0.07 } else { 0.02 };
                voice.step(unit.end_s, 0.0, fall);
                breath.step(unit.end_s, 0.0, fall);
                nose.step(unit.end_s + 0.05, 0.0, 0.05);
            }
        }
        let aspiration = ratio(effort.aspiration_db + self.score.voice.breath_db);
        let floor = ratio(FLOOR_DB + 0.5 * self.score.voice.breath_db);
        for (i, frame) in frames.iter_mut().enumerate() {
            let at = from_s + i as f64 * FRAME_S;
            let level = voice.read(at);
            let air = breath.read(at);
            let open = nose.read(at);
            frame.voice = (self.strength * level) as f32;
            frame.aspiration = (self.breath * (level * aspiration + air)) as f32;
            frame.floor = (self.vowel_pa * floor * (level + 0.7 * air)) as f32;
            frame.nasality = open as f32;
            let wide = throat_open.read(at) * (1.0 - whisper);
            frame.bandwidths_hz[0] += (180.0 * wide + 40.0 * open) as f32;
            frame.bandwidths_hz[1] += (60.0 * wide + 40.0 * open) as f32;
        }
    }

    fn hisses(&self, frames: &mut [Frame], from_s: f64) {
        let kind = self.score.voice.kind.ratios()[2] * self.score.voice.tract;
        let size = 1.0 + 0.6 * (kind - 1.0);
        let mut hisses: Vec<Hiss> = Vec::new();
        for (i, unit) in self.units.iter().enumerate() {
            let Some(c) = unit.consonant else { continue };
            let Some(noise) = c.noise else { continue };
            let gain = self.vowel_pa
                * ratio(
                    noise.level_db + 0.6 * self.score.syllable_db.get(unit.syllable).copied().unwrap_or(0.0),
                );
            let mut sound = Friction {
                level: 0.0,
                peaks_hz: noise.peaks_hz.map(|f| (f * size) as f32),
                widths_hz: noise.widths_hz.map(|w| (w * size) as f32),
                second: noise.second as f32,
                gated: if c.voiced { 0.6 } else { 0.0 },
            };
            match c.class {
                Class::Fricative => hisses.push(Hiss {
                    start_s: unit.start_s - 0.008,
                    end_s: unit.end_s + 0.008,
                    rise_s: 0.025,
                    fall_s: 0.022,
                    level: gain,
                    burst: false,
                    sound,
                }),
                Class::Stop | Class::Affricate => {
                    let same_place =
                        self.units.get(i + 1).filter(|n| !n.after_pause).and_then(|n| n.consonant);
                    if same_place.is_some_and(|n| {
                        n.place == c.place && n.class != Class::Breath && n.class != Class::Nasal
                    }) && c.class == Class::Stop
                    {
                        // Two closures at one place have one release.
                        continue;
                    }
                    if c.place == Place::Velum
                        && let Some(hz) = self.velar_burst_hz(i)
                    {
                        sound.peaks_hz[0] = hz as f32;
                    }
                    let weak = if unit.before_pause { ratio(-4.0) } else { 1.0 };
                    let burst_end = unit.release_s + c.burst_s.max(0.006) + 0.008;
                    hisses.push(Hiss {
                        start_s: unit.release_s,
                        end_s: burst_end,
                        rise_s: 0.0,
                        fall_s: 0.012,
                        level: gain * weak,
                        burst: true,
                        sound,
                    });
                    if c.class == Class::Affricate {
                        hisses.push(Hiss {
                            start_s: unit.release_s,
                            end_s: unit.end_s + 0.005,
                            rise_s: 0.012,
                            fall_s: 0.030,
                            level: gain,
                            burst: false,
                            sound,
                        });
                    }
                }
                _ => {}
            }
        }
        for (i, frame) in frames.iter_mut().enumerate() {
            // A frame's hiss fills the step that ends at it.
            let (a, b) = (from_s + (i as f64 - 1.0) * FRAME_S, from_s + i as f64 * FRAME_S);
            for hiss in &hisses {
                let at = if hiss.burst { 0.5 * (a + b) } else { b };
                let level = hiss.level_at(at);
                if level as f32 > frame.friction.level {
                    frame.friction = hiss.sound;
                    frame.friction.level = level as f32;
                    frame.burst = hiss.burst && hiss.level_at(at - FRAME_S) == 0.0;
                }
            }
        }
    }

    /// The burst of K and G lies where the tongue meets the palate: near F2 of the neighbour.
    fn velar_burst_hz(&self, i: usize) -> Option<f64> {
        let next =
            self.units.get(i + 1).filter(|u| !u.after_pause).and_then(|u| self.targets(u)).map(|t| t[0]);
        let previous = i.checked_sub(1).and_then(|p| self.targets(&self.units[p])).map(|t| t[1]);
        let hz = next.or(previous)?;
        let c = self.units[i].consonant?;
        let at = self.locus(&c, &hz);
        // Front: between F2 and F3; back: on F2.
        Some(if at[1] > 1700.0 * self.score.voice.kind.ratios()[1] {
            0.5 * (at[1] + at[2])
        } else {
            at[1] * 1.05
        })
    }

    fn inhale(&self, frames: &mut [Frame], from_s: f64, start_s: f64) {
        let length = self.score.inhale_s;
        if length <= 0.0 {
            return;
        }
        let begin = start_s - 0.06 - length;
        for (i, frame) in frames.iter_mut().enumerate() {
            let t = (from_s + i as f64 * FRAME_S - begin) / length;
            if (0.0..1.0).contains(&t) {
                let swell = math::sin(math::PI * t.sqrt());
                frame.aspiration += (self.breath * ratio(INHALE_DB) * swell.max(0.0)) as f32;
                frame.bandwidths_hz[0] += 250.0;
            }
        }
    }
}

fn with_f1(mut hz: Formants, f1_hz: f64) -> Formants {
    hz[0] = f1_hz.min(hz[0]);
    hz
}

/// Sounds whose formants are told by their neighbour through a locus.
fn is_locus(c: &Consonant) -> bool {
    !matches!(c.class, Class::Glide)
}

fn transition_s(c: &Consonant) -> f64 {
    match c.class {
        Class::Glide => 0.080,
        Class::Tap => 0.025,
        _ => c.place.transition_s(),
    }
}

/// Bandwidths of formants: about 6 % of the frequency, at least 60 Hz (Barreda 2015), F1 wider with effort.
fn bandwidths(hz: &Formants, factor: f64) -> [f64; 4] {
    // The upper ones at the narrow end of what Kent and Vorperian 2018 list: the 2 kHz octave needs it.
    const SHARE: [f64; 4] = [0.06, 0.055, 0.045, 0.05];
    std::array::from_fn(|i| {
        let factor = if i == 0 { factor } else { 1.0 + 0.4 * (factor - 1.0) };
        (SHARE[i] * hz[i]).max(60.0) * factor
    })
}

/// Levels that step from one to the next over ramps.
#[derive(Default)]
struct Steps {
    track: Track,
    level: f64,
}

impl Steps {
    /// From `at_s` on the level is `value`; the ramp of `over_s` is centred there.
    fn step(&mut self, at_s: f64, value: f64, over_s: f64) {
        if value == self.level {
            return;
        }
        self.track.push(at_s - 0.5 * over_s, self.level);
        self.track.push(at_s + 0.5 * over_s, value);
        self.level = value;
    }

    /// Lets the level glide by a factor between two times.
    fn slope(&mut self, from_s: f64, to_s: f64, factor: f64) {
        self.track.push(from_s, self.level);
        self.level *= factor;
        self.track.push(to_s, self.level);
    }

    fn read(&mut self, at_s: f64) -> f64 {
        self.track.read(at_s)
    }
}
