//! Sounds that come in fits: laughter, sobs and coughs.
//!
//! Laughter: bursts at about five a second, each an aspirated start and a short vowel, pitch about twice
//! that of speech and falling (after Bachorowski, Smoski and Owren 2001). Coughs: explosion, noisy middle,
//! sometimes a voiced end (after Korpáš, Sadloňová and Vrabec 1996). Sizes are plausible values.

use super::super::melody::Track;
use super::breaths::UNVOICED_HZ;
use super::sketch::{SILENT_DB, Sketch, Take, line};
use crate::{text::Phone, units};

/// "Ha-ha-ha".
pub(super) fn laugh(take: &mut Take<'_>) -> Sketch {
    let bursts = 3 + take.draw.below(5) + usize::from(take.level > 0.6);
    let pace = take.habits.range(0.175, 0.235);
    let breathy = take.habits.chance(0.25);
    let vowels = [Phone::AH, Phone::AA, Phone::EH, Phone::AX, Phone::IY];
    let phone = vowels[take.habits.weighted(&[0.35, 0.2, 0.2, 0.15, 0.1]).unwrap_or(0)];
    let high = take.habits.range(2.0, 9.0) + take.draw.range(-1.0, 2.0);
    let (mut voice, mut breath, mut pitch) = (Track::default(), Track::default(), Track::default());
    let mut stops = Vec::new();
    let mut at = 0.02;
    let mut first_vowel = 0.0;
    voice.push(0.0, SILENT_DB);
    breath.push(0.0, SILENT_DB);
    for i in 0..bursts {
        let step = pace * take.draw.range(0.88, 1.12) * (1.0 + 0.03 * i as f64);
        // The fit swells at first and then runs out of air.
        let fade = if i == 0 { -3.0 } else { -1.6 * (i as f64 - 1.0) } + take.draw.range(-1.5, 1.5);
        let puff = take.draw.range(0.05, 0.09) * if i == 0 { 1.3 } else { 1.0 };
        let vowel = (step - puff).max(0.06) * take.draw.range(0.6, 0.85);
        breath.push(at, SILENT_DB);
        breath.push(at + 0.015, fade - 15.0);
        breath.push(at + puff, fade - if breathy { 6.0 } else { 12.0 });
        breath.push(at + puff + vowel, fade - 18.0);
        if i == 0 {
            first_vowel = at + puff;
        }
        let loud = fade - if breathy { 14.0 } else { 0.0 };
        voice.push(at + puff - 0.012, SILENT_DB);
        voice.push(at + puff, loud - 14.0);
        voice.push(at + puff + 0.025, loud);
        voice.push(at + puff + 0.7 * vowel, loud - 3.0);
        voice.push(at + puff + vowel, loud - 20.0);
        voice.push(at + puff + vowel + 0.012, SILENT_DB);
        let top = high - 0.8 * i as f64 + take.draw.range(-1.0, 1.0);
        pitch.push(at + puff, top + 1.0);
        pitch.push(at + puff + vowel, top - 2.5);
        at += step;
        stops.push(at);
    }
    breath.push(at + 0.05, SILENT_DB);
    let mut s = Sketch::new(take, at + 0.05);
    s.level_db -= 2.0;
    s.base_hz = take.f0_hz;
    s.rd += 0.25;
    s.jitter += 0.01;
    let [open, close] = take.vowel(phone);
    s.mouth = vec![(0.0, open), (at, close)];
    s.loose.1 = 40.0;
    (s.voice_db, s.breath_db, s.pitch_st) = (voice, breath, pitch);
    s.anchor_s = first_vowel;
    s.stops_s = stops;
    s
}

/// Crying: quick breaths in, then a wail that trembles and falls.
pub(super) fn sob(take: &mut Take<'_>) -> Sketch {
    let (mut voice, mut breath, mut pitch) = (Track::default(), Track::default(), Track::default());
    let mut stops = Vec::new();
    let mut at = 0.0;
    voice.push(0.0, SILENT_DB);
    breath.push(0.0, SILENT_DB);
    for _ in 0..1 + take.draw.below(4) {
        let length = take.draw.range(0.06, 0.12);
        breath.push(at, SILENT_DB);
        breath.push(at + 0.008, -28.0);
        breath.push(at + 0.7 * length, take.draw.range(-16.0, -9.0));
        breath.push(at + length, -34.0);
        breath.push(at + length + 0.008, SILENT_DB);
        if take.draw.chance(0.4) {
            pitch.push(at + 0.2 * length, 6.0);
            voice.push(at + 0.2 * length, SILENT_DB);
            voice.push(at + 0.6 * length, -15.0);
            voice.push(at + length, SILENT_DB);
        }
        at += length + take.draw.range(0.05, 0.11);
    }
    stops.push(at);
    let start = at + take.draw.range(0.03, 0.15);
    let wail = take.seconds(1.0, 0.45, 1.8);
    let end = start + wail;
    let top = take.draw.range(2.0, 7.0);
    pitch.push(start, top - 2.0);
    pitch.push(start + 0.2 * wail, top);
    pitch.push(start + 0.6 * wail, top - 3.0);
    pitch.push(end, top - take.draw.range(6.0, 10.0));
    voice.push(start, SILENT_DB);
    voice.push(start + 0.01, -24.0);
    voice.push(start + 0.08, -2.0);
    voice.push(start + 0.3 * wail, 0.0);
    voice.push(start + 0.75 * wail, -7.0);
    voice.push(end - 0.02, -28.0);
    voice.push(end, SILENT_DB);
    breath.push(start, SILENT_DB);
    breath.push(start + 0.02, -20.0);
    breath.push(start + 0.4 * wail, -13.0);
    breath.push(end, -20.0);
    breath.push(end + 0.12, -36.0);
    breath.push(end + 0.14, SILENT_DB);
    let mut s = Sketch::new(take, end + 0.14);
    s.level_db = 52.0 + 26.0 * take.level + 0.7 * take.voice.level_db;
    s.tremor = [take.draw.range(5.0, 8.0), take.draw.range(0.4, 1.1), take.draw.range(1.0, 3.5)];
    s.rd += 0.3;
    s.jitter += 0.012;
    s.wander_st = 0.5;
    let (a, b) = (take.vowel(Phone::AH)[0], take.vowel(Phone::AX)[0]);
    s.mouth = vec![(0.0, b), (start, a), (end, b)];
    s.loose.1 = 50.0;
    // Crying goes through the nose as well.
    s.nasal = line(&[(0.0, 0.0), (start, 0.15), (end, 0.45)]);
    if take.draw.chance(0.5) {
        let from = start + take.draw.range(0.5, 0.85) * wail;
        s.creak = line(&[(from, 0.0), (from + 0.05, 0.5), (end, 0.6)]);
    }
    (s.voice_db, s.breath_db, s.pitch_st) = (voice, breath, pitch);
    s.anchor_s = start;
    s.stops_s = stops;
    s
}

/// One to three coughs.
pub(super) fn cough(take: &mut Take<'_>) -> Sketch {
    let count = 1 + take.draw.weighted(&[0.35, 0.45, 0.2]).unwrap_or(0);
    let (mut voice, mut breath, mut pitch) = (Track::default(), Track::default(), Track::default());
    let mut stops = Vec::new();
    let mut at = 0.0;
    voice.push(0.0, SILENT_DB);
    breath.push(0.0, SILENT_DB);
    for i in 0..count {
        let gain = -2.5 * i as f64 + take.draw.range(-2.0, 1.0);
        let bang = take.draw.range(0.025, 0.05);
        let middle = take.draw.range(0.08, 0.2);
        breath.push(at, SILENT_DB);
        breath.push(at + 0.002, gain - 6.0);
        breath.push(at + 0.008, gain + 2.0);
        breath.push(at + bang, gain - 5.0);
        breath.push(at + bang + 0.6 * middle, gain - 11.0);
        breath.push(at + bang + middle, gain - 30.0);
        breath.push(at + bang + middle + 0.01, SILENT_DB);
        // The folds slam open and shut again around a noisy middle.
        pitch.push(at, take.draw.range(2.0, 6.0));
        pitch.push(at + bang + middle, take.draw.range(-6.0, -2.0));
        voice.push(at + 0.002, SILENT_DB);
        voice.push(at + 0.008, gain - 4.0);
        voice.push(at + bang, gain - 12.0);
        if take.draw.chance(0.5) {
            voice.push(at + bang + 0.7 * middle, gain - 10.0);
        }
        voice.push(at + bang + middle, gain - 34.0);
        voice.push(at + bang + middle + 0.008, SILENT_DB);
        at += bang + middle + take.draw.range(0.06, 0.22);
        stops.push(at);
    }
    let mut s = Sketch::new(take, at);
    s.level_db = 60.0 + 18.0 * take.level + 0.7 * take.voice.level_db;
    s.base_hz =
        take.f0_hz.clamp(UNVOICED_HZ, 330.0) * units::ratio_from_semitones(take.habits.range(-2.0, 2.0));
    s.rough = line(&[(0.0, 0.5)]);
    s.jitter = 0.05;
    s.rd = 0.7;
    s.loose = (1.4, 120.0);
    let (a, b) = (take.vowel(Phone::AH)[0], take.vowel(Phone::AX)[0]);
    s.mouth = vec![(0.0, a), (at, b)];
    (s.voice_db, s.breath_db, s.pitch_st) = (voice, breath, pitch);
    s.stops_s = stops;
    s
}
