//! Pitch and effort over a phrase.
//!
//! Owns contours: declination, accents, final falls and rises, the deliveries, a chant's tune, and the
//! slow wobble of the voice. Does not own formants. Units: semitones re the person's pitch at the effort.
//! Sources: declination and accents after Klatt and Klatt 1990 and 't Hart, Collier and Cohen 1990; the
//! contours of calls, pleading, joy and fear follow Banse and Scherer 1996; sizes are ours.

use super::{
    act::{Delivery, Tune},
    person::{Kind, Voice},
    timing::Plan,
};
use crate::{
    math,
    rng::Stream,
    text::{Mood, Stress},
};

/// A line through points, straight between them, read from left to right.
#[derive(Clone, Debug, Default)]
pub(crate) struct Track {
    points: Vec<(f64, f64)>,
    cursor: usize,
}

impl Track {
    /// Adds a point; one that lies before the last is moved to just after it.
    pub(crate) fn push(&mut self, at_s: f64, value: f64) {
        let at_s = self.points.last().map_or(at_s, |last| at_s.max(last.0 + 1e-6));
        self.points.push((at_s, value));
    }

    /// The value at a time; times must not fall from call to call.
    pub(crate) fn read(&mut self, at_s: f64) -> f64 {
        let points = &self.points;
        let Some(&first) = points.first() else { return 0.0 };
        if at_s <= first.0 {
            return first.1;
        }
        while self.cursor + 1 < points.len() && points[self.cursor + 1].0 <= at_s {
            self.cursor += 1;
        }
        match (points.get(self.cursor), points.get(self.cursor + 1)) {
            (Some(a), Some(b)) => math::lerp(a.1, b.1, (at_s - a.0) / (b.0 - a.0)),
            (Some(a), None) => a.1,
            _ => 0.0,
        }
    }

    /// Starts reading from the left again.
    pub(crate) fn rewind(&mut self) {
        self.cursor = 0;
    }

    fn add(&mut self, value: f64) {
        for p in &mut self.points {
            p.1 += value;
        }
    }
}

/// How a delivery bends the melody.
#[derive(Clone, Copy, Debug)]
struct Shape {
    /// Semitones added throughout.
    lift: f64,
    /// Factor on accents.
    accent: f64,
    /// Movement over the last vowel: first half, second half.
    last: (f64, f64),
    /// Fall over the phrase.
    decline: f64,
}

fn shape(delivery: Delivery, mood: Mood, draw: &mut Stream) -> Shape {
    let fall = -draw.range(3.5, 6.0);
    let statement = Shape { lift: 0.0, accent: 1.0, last: (0.5, fall), decline: -1.5 };
    let punctuated = match mood {
        Mood::Statement => statement,
        Mood::Question => Shape { last: (-1.0, draw.range(4.0, 7.0)), decline: 0.0, ..statement },
        Mood::Exclamation => Shape { accent: 1.15, ..statement },
    };
    match delivery {
        Delivery::Plain => punctuated,
        // A tagger hears a crowd of level voices as a hum, and of lively ones as chatter.
        Delivery::Talk => {
            Shape { lift: 2.5 * draw.normal_within(2.0), accent: 1.7 * punctuated.accent, ..punctuated }
        }
        // A call hangs on its last vowel and drops a third at the very end.
        Delivery::Call => Shape { lift: 1.0, accent: 0.9, last: (1.0, -draw.range(1.5, 3.5)), decline: -0.5 },
        Delivery::Answer => Shape { accent: 1.1, last: (0.0, fall * 0.9), decline: -2.0, ..statement },
        Delivery::Question => Shape { last: (-1.0, draw.range(5.0, 8.0)), decline: 0.5, ..statement },
        Delivery::Pleading => {
            Shape { lift: 1.5, accent: 1.5, last: (2.0, -draw.range(4.0, 7.0)), decline: -0.5 }
        }
        Delivery::Joy => Shape { lift: 1.5, accent: 1.6, last: (1.5, fall * 0.8), decline: -0.5 },
        Delivery::Fear => Shape { lift: 3.0, accent: 0.6, last: (0.5, -1.0), decline: 0.5 },
    }
}

/// The pitch of a spoken phrase, semitones.
pub(crate) fn spoken(plan: &Plan, voice: &Voice, delivery: Delivery, mood: Mood, draw: &mut Stream) -> Track {
    let shape = shape(delivery, mood, draw);
    contour(plan, voice, &shape, draw)
}

/// The pitch of a chant, semitones re the person's own pitch `f0_hz`.
pub(crate) fn chanted(
    plan: &Plan,
    voice: &Voice,
    tune: Option<&Tune>,
    own_cents: f64,
    f0_hz: f64,
    draw: &mut Stream,
) -> Track {
    let shape = Shape { lift: 0.0, accent: 0.8, last: (0.6, -draw.range(1.5, 4.0)), decline: -1.0 };
    let mut track = contour(plan, voice, &shape, draw);
    let Some(tune) = tune else { return track };
    let pull = tune.pull.clamp(0.0, 1.0);
    let octave = if voice.kind == Kind::Man { 1.0 } else { 2.0 };
    let target = (tune.men_hz * octave).clamp(60.0, 1200.0);
    let note = 12.0 * math::log2(target / f0_hz.max(30.0)) + own_cents / 100.0;
    let last_from = plan.syllables.last().map_or(f64::MAX, |s| s.vowel_s - 0.06);
    for (at, st) in &mut track.points {
        let step = if *at >= last_from && plan.syllables.len() > 1 { tune.last_step_st } else { 0.0 };
        // Sung notes are flatter than spoken accents.
        let sung = note + step + 0.25 * *st;
        *st = math::lerp(*st, sung, pull);
    }
    track
}

fn contour(plan: &Plan, voice: &Voice, shape: &Shape, draw: &mut Stream) -> Track {
    let mut track = Track::default();
    let (from, to) = plan.span_s();
    let span = (to - from).max(0.2);
    let lively = voice.liveliness;
    let nuclear = plan.syllables.iter().rposition(|s| s.accent);
    for (i, s) in plan.syllables.iter().enumerate() {
        let base = shape.lift + shape.decline * (s.vowel_s - from) / span;
        let accent = match s.stress {
            _ if Some(i) == nuclear => 3.2,
            Stress::Primary => 2.4,
            Stress::Secondary => 1.2,
            Stress::None if s.accent => 1.0,
            Stress::None => 0.0,
        };
        let accent = (accent + 8.0 * s.emphasis) * shape.accent * lively + 0.5 * draw.normal_within(2.0);
        let length = s.vowel_end_s - s.vowel_s;
        let peak = base + accent;
        let start = base + 0.55 * accent;
        track.push(s.vowel_s, start);
        if s.last {
            // The melody of the end is told over the last vowel.
            let (rise, turn) = shape.last;
            track.push(s.vowel_s + 0.30 * length, peak + rise * lively * 0.5);
            track.push(s.vowel_s + 0.62 * length, peak + rise * lively);
            track.push(s.vowel_end_s.max(s.end_s - 0.03), peak + (rise + turn) * lively);
        } else {
            track.push(s.vowel_s + 0.45 * length, peak);
            track.push(s.vowel_end_s, base + 0.45 * accent);
        }
    }
    // The phrase as a whole keeps the person's pitch: the mean over its vowels is the lift alone.
    let (mut sum, mut weight) = (0.0, 0.0);
    for s in &plan.syllables {
        let n = 8;
        for k in 0..n {
            let at = math::lerp(s.vowel_s, s.vowel_end_s, (f64::from(k) + 0.5) / f64::from(n));
            let w = s.vowel_end_s - s.vowel_s;
            sum += track.read(at) * w;
            weight += w;
        }
    }
    track.rewind();
    if weight > 0.0 {
        track.add(shape.lift - sum / weight);
    }
    track
}

/// The slow wobble of the vocal folds at a time, relative (Klatt and Klatt 1990, FL = 25).
pub(crate) struct Flutter {
    rates_hz: [f64; 3],
    phases: [f64; 3],
    depth: f64,
}

impl Flutter {
    /// A wobble of this take.
    pub(crate) fn new(voice: &Voice, draw: &mut Stream) -> Self {
        let depth = 0.005 * (1.0 - 0.5 * voice.trained) * voice.unsteady.sqrt();
        Self { rates_hz: voice.flutter_hz, phases: [draw.unit(), draw.unit(), draw.unit()], depth }
    }

    /// Relative deviation of the pitch.
    pub(crate) fn at(&self, at_s: f64) -> f64 {
        let sum: f64 =
            (0..3).map(|i| math::sin(math::TAU * (self.rates_hz[i] * at_s + self.phases[i]))).sum();
        self.depth * sum
    }
}
