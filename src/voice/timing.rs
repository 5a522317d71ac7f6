//! When each sound of a phrase starts and ends, in speech and on a beat.
//!
//! Owns durations, the fitting of syllables to a score and the scatter from take to take. Does not own
//! formants or melody. Units: seconds; 0 is the first vowel in speech and beat 0 in a chant.
//! Sources: duration rules Klatt 1976 and Allen, Hunnicutt and Klatt 1987; shouted durations Rostolland
//! 1982; voice onset times Zue 1976. In a chant a vowel, not its consonants, falls on the beat.

use super::{
    act::Manner,
    consonants::{Class, Consonant, consonant},
    effort::Effort,
    person::Voice,
    vowels,
};
use crate::{
    math,
    rng::Stream,
    text::{Item, Phone, Phrase, Score, Stress, Syllable},
};

/// A sound in its place in time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit {
    /// Which sound.
    pub phone: Phone,
    /// Its consonant, `None` for a vowel.
    pub consonant: Option<Consonant>,
    /// First moment: of the closure for a stop.
    pub start_s: f64,
    /// The burst of a stop; the same as `start_s` for all others.
    pub release_s: f64,
    /// Last moment: of the aspiration for a stop.
    pub end_s: f64,
    /// Index into [`Plan::syllables`].
    pub syllable: usize,
    /// It is the nucleus of its syllable.
    pub nucleus: bool,
    /// It comes after the nucleus.
    pub coda: bool,
    /// Silence before it.
    pub after_pause: bool,
    /// Silence after it.
    pub before_pause: bool,
}

/// A syllable in its place in time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beat {
    /// Its vowel starts.
    pub vowel_s: f64,
    /// Its vowel ends.
    pub vowel_end_s: f64,
    /// It ends.
    pub end_s: f64,
    /// Stress in its word.
    pub stress: Stress,
    /// Falls on a strong beat, or carries its phrase.
    pub accent: bool,
    /// Added effort.
    pub emphasis: f64,
    /// Last before a pause.
    pub last: bool,
}

/// All sounds of a performance in time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// Sounds in order.
    pub units: Vec<Unit>,
    /// Syllables in order.
    pub syllables: Vec<Beat>,
}

impl Plan {
    /// First and last moment.
    pub(crate) fn span_s(&self) -> (f64, f64) {
        match (self.units.first(), self.units.last()) {
            (Some(a), Some(b)) => (a.start_s, b.end_s),
            _ => (0.0, 0.0),
        }
    }
}

/// Length of a sound before it is placed: what is closed or held, and what follows a burst.
#[derive(Clone, Copy, Debug)]
struct Length {
    phone: Phone,
    consonant: Option<Consonant>,
    held_s: f64,
    onset_s: f64,
    nucleus: bool,
    coda: bool,
}

impl Length {
    fn total_s(&self) -> f64 {
        self.held_s + self.onset_s
    }
}

/// Everything that the length of a syllable's sounds depends on.
struct Context<'a> {
    effort: &'a Effort,
    voice: &'a Voice,
    last: bool,
    first: bool,
    next: Option<Phone>,
    chanted: bool,
}

fn lengths(syllable: &Syllable, context: &Context<'_>, draw: &mut Stream) -> Vec<Length> {
    let segments = &syllable.segments;
    let mut out = Vec::with_capacity(segments.len());
    for (i, segment) in segments.iter().enumerate() {
        let following = segments.get(i + 1).map(|s| s.phone).or(context.next);
        let own = consonant(segment.phone);
        let wobble = (1.0 + 0.06 * draw.normal_within(2.0)) * f64::from(segment.length).clamp(0.3, 6.0);
        let nucleus = i == syllable.nucleus;
        let coda = i > syllable.nucleus;
        let (held_s, onset_s) = match own {
            None => {
                let vowel = vowels::vowel(segment.phone).unwrap_or(&vowels::TABLE[0]);
                let held = vowel_s(vowel, syllable, following, context);
                (held * wobble * f64::from(syllable.stretch).clamp(0.5, 12.0), 0.0)
            }
            Some(c) => {
                let previous = i.checked_sub(1).map(|p| segments[p].phone);
                let (held, onset) = consonant_s(&c, syllable, previous, following, coda, context);
                let stretch = if nucleus { f64::from(syllable.stretch).clamp(0.5, 12.0) * 1.5 } else { 1.0 };
                (held * wobble * stretch, onset * wobble.clamp(0.8, 1.3))
            }
        };
        out.push(Length { phone: segment.phone, consonant: own, held_s, onset_s, nucleus, coda });
    }
    out
}

fn vowel_s(
    vowel: &vowels::Vowel,
    syllable: &Syllable,
    following: Option<Phone>,
    context: &Context<'_>,
) -> f64 {
    let mut share = match syllable.stress {
        Stress::Primary => 1.0,
        Stress::Secondary => 0.85,
        Stress::None => 0.62,
    };
    share *= if context.last { 1.3 } else { 0.88 };
    if let Some(c) = following.and_then(consonant) {
        let whole = match (c.class, c.voiced) {
            (Class::Fricative, true) => 1.35,
            (Class::Stop | Class::Affricate, true) => 1.15,
            (Class::Stop | Class::Affricate, false) => 0.78,
            (Class::Nasal, _) => 0.92,
            _ => 1.0,
        };
        // Away from the end of a phrase the following sound counts half.
        share *= if context.last { whole } else { 0.5 + 0.5 * whole };
    }
    let spoken = vowel.shortest_s + (vowel.inherent_s - vowel.shortest_s) * share;
    let last = if context.last { context.effort.last_vowel } else { 1.0 };
    spoken * context.effort.vowel * last / context.voice.rate
}

fn consonant_s(
    c: &Consonant,
    syllable: &Syllable,
    previous: Option<Phone>,
    following: Option<Phone>,
    coda: bool,
    context: &Context<'_>,
) -> (f64, f64) {
    let share = match (syllable.stress, coda) {
        (Stress::None, _) => 0.6,
        (_, true) => 0.75,
        _ => 1.0,
    };
    let spoken = c.shortest_s + (c.inherent_s - c.shortest_s) * share;
    let mut held = spoken * context.effort.consonant / context.voice.rate.sqrt();
    let after = following.and_then(consonant);
    let mut onset = 0.0;
    if matches!(c.class, Class::Stop | Class::Affricate) && c.noise.is_some() {
        if context.first && previous.is_none() {
            held = held.min(0.045);
        }
        let sonorant = following.is_some()
            && after.is_none_or(|a| matches!(a.class, Class::Glide | Class::Nasal | Class::Breath));
        let after_s = previous == Some(Phone::S) && !coda;
        onset = if c.class == Class::Affricate {
            c.onset_s * if coda { 1.0 } else { 0.9 }
        } else if !sonorant {
            // Before a pause or an obstruent: a burst and a breath.
            if following.is_none() { c.burst_s + 0.035 } else { c.burst_s + 0.012 }
        } else if after_s {
            0.018
        } else {
            let glide = if after.is_some_and(|a| a.class == Class::Glide) { 1.2 } else { 1.0 };
            let weak = if syllable.stress == Stress::None || coda { 0.55 } else { 1.0 };
            let onset = c.onset_s * glide * weak;
            if context.chanted { onset * 0.9 } else { onset }
        };
    }
    if c.class == Class::Fricative && coda && following.is_none() {
        held *= 1.25;
    }
    (held, onset)
}

/// Lays the sounds of a phrase out in speech timing, `pace` times as quick as careful speech.
pub(crate) fn speak(phrase: &Phrase, voice: &Voice, effort: &Effort, pace: f64, draw: &mut Stream) -> Plan {
    let mut plan = Plan::default();
    let mut now = 0.0;
    let mut after_pause = true;
    let tempo = draw.log_normal(1.0, 1.04);
    // Quick speakers shorten their vowels most.
    let (vowels, consonants) = (tempo / pace, tempo / math::pow(pace, 0.6));
    for (i, item) in phrase.items.iter().enumerate() {
        let index = match *item {
            Item::Syllable(index) => index,
            Item::Pause { beats } | Item::Body { beats, .. } => {
                now += 0.3 * f64::from(beats).clamp(0.1, 8.0) / (voice.rate * pace);
                after_pause = true;
                continue;
            }
        };
        let Some(syllable) = phrase.syllables.get(index) else { continue };
        let next = match phrase.items.get(i + 1) {
            Some(Item::Syllable(n)) => phrase.syllables.get(*n),
            _ => None,
        };
        let context = Context {
            effort,
            voice,
            last: next.is_none(),
            first: after_pause,
            next: next.and_then(|s| s.segments.first()).map(|s| s.phone),
            chanted: false,
        };
        let parts = lengths(syllable, &context, draw);
        let start = now;
        let mut vowel = None;
        for part in &parts {
            let held = part.held_s * if part.nucleus { vowels } else { consonants };
            if part.nucleus {
                vowel = Some((now, now + held));
            }
            push(&mut plan, part, now, held, part.onset_s, after_pause && now == start);
            now += held + part.onset_s;
        }
        let vowel = vowel.unwrap_or((start, now));
        finish_syllable(&mut plan, syllable, vowel, now, next.is_none());
        after_pause = false;
        if next.is_none()
            && let Some(unit) = plan.units.last_mut()
        {
            unit.before_pause = true;
        }
    }
    let anchor = plan.syllables.first().map_or(0.0, |s| s.vowel_s);
    shift(&mut plan, -anchor);
    plan
}

/// Lays the sounds of a phrase on the beats of a score.
pub(crate) fn chant(
    phrase: &Phrase,
    score: &Score,
    beat_s: f64,
    voice: &Voice,
    manner: &Manner,
    effort: &Effort,
    draw: &mut Stream,
) -> Plan {
    let beat_s = if beat_s.is_finite() { beat_s.clamp(0.1, 10.0) } else { 0.5 };
    let looseness = if manner.looseness_s.is_finite() { manner.looseness_s.clamp(0.0, 0.3) } else { 0.0 };
    // Vowel times: scattered, but everybody meets again at the accents.
    let mut sung: Vec<(usize, f64, f64, bool)> = Vec::new();
    let mut deviation = 0.0;
    for item in &score.items {
        let Item::Syllable(index) = item.item else { continue };
        if index >= phrase.syllables.len() {
            continue;
        }
        let fresh = looseness * draw.normal_within(2.5);
        deviation = if item.accent { fresh } else { 0.5 * deviation + 0.87 * fresh };
        let at = item.at_beats * beat_s;
        let room = 0.25 * item.beats * beat_s;
        sung.push((index, at + deviation.clamp(-room, room), item.beats * beat_s, item.accent));
    }
    let mut plan = Plan::default();
    let count = sung.len();
    let connected = |i: usize| i + 1 < count && sung[i].1 + sung[i].2 + 0.12 > sung[i + 1].1;
    let parts: Vec<Vec<Length>> = (0..count)
        .map(|i| {
            let linked = connected(i);
            let next = if linked { phrase.syllables[sung[i + 1].0].segments.first() } else { None };
            let context = Context {
                effort,
                voice,
                last: !linked,
                first: i == 0 || !connected(i - 1),
                next: next.map(|s| s.phone),
                chanted: true,
            };
            lengths(&phrase.syllables[sung[i].0], &context, draw)
        })
        .collect();
    let side = |i: usize, coda: bool| -> f64 {
        parts[i].iter().filter(|p| !p.nucleus && p.coda == coda).map(Length::total_s).sum()
    };
    // Factor on the consonants between vowel i and the next, so that a vowel keeps its share.
    let mut squeeze_onset = 1.0;
    for i in 0..count {
        let (index, vowel_s, beats_s, accent) = sung[i];
        let syllable = &phrase.syllables[index];
        let linked = connected(i);
        let (coda_s, onset_s) = (side(i, true), if linked { side(i + 1, false) } else { 0.0 });
        let room = if linked {
            (sung[i + 1].1 - vowel_s).max(0.06)
        } else {
            // A held syllable lets go a little early, never twice the same.
            (beats_s * (0.93 + 0.05 * draw.normal_within(2.0))).max(0.08)
        };
        // Consonants take at most half of the time between two vowels.
        let wanted = coda_s + onset_s;
        let squeeze = if wanted > 0.0 { (0.52 * room / wanted).clamp(0.35, 1.0) } else { 1.0 };
        let held = (room - wanted * squeeze).max(0.03);
        let start = vowel_s - side(i, false) * squeeze_onset;
        let mut now = start;
        for part in &parts[i] {
            let factor = match (part.nucleus, part.coda) {
                (true, _) => 1.0,
                (false, false) => squeeze_onset,
                (false, true) => squeeze,
            };
            let held_s = if part.nucleus { held } else { part.held_s * factor };
            let first = now == start && (i == 0 || !connected(i - 1));
            push(&mut plan, part, now, held_s, part.onset_s * factor, first);
            now += held_s + part.onset_s * factor;
        }
        finish_syllable(&mut plan, syllable, (vowel_s, vowel_s + held), now, !linked);
        if let Some(beat) = plan.syllables.last_mut() {
            beat.accent = accent || beat.stress == Stress::Primary;
        }
        if !linked && let Some(unit) = plan.units.last_mut() {
            unit.before_pause = true;
        }
        squeeze_onset = squeeze;
        if !linked {
            squeeze_onset = 1.0;
        }
    }
    plan
}

fn push(plan: &mut Plan, part: &Length, start_s: f64, held_s: f64, onset_s: f64, after_pause: bool) {
    let stop = part.consonant.is_some_and(|c| matches!(c.class, Class::Stop | Class::Affricate));
    plan.units.push(Unit {
        phone: part.phone,
        consonant: part.consonant,
        start_s,
        release_s: if stop { start_s + held_s } else { start_s },
        end_s: start_s + held_s + onset_s,
        syllable: plan.syllables.len(),
        nucleus: part.nucleus,
        coda: part.coda,
        after_pause,
        before_pause: false,
    });
}

fn finish_syllable(plan: &mut Plan, syllable: &Syllable, vowel: (f64, f64), end_s: f64, last: bool) {
    plan.syllables.push(Beat {
        vowel_s: vowel.0,
        vowel_end_s: vowel.1,
        end_s,
        stress: syllable.stress,
        accent: syllable.stress == Stress::Primary,
        emphasis: f64::from(syllable.emphasis).clamp(0.0, 0.4),
        last,
    });
}

fn shift(plan: &mut Plan, by_s: f64) {
    for unit in &mut plan.units {
        unit.start_s += by_s;
        unit.release_s += by_s;
        unit.end_s += by_s;
    }
    for beat in &mut plan.syllables {
        beat.vowel_s += by_s;
        beat.vowel_end_s += by_s;
        beat.end_s += by_s;
    }
}
