//! Measures of whole performances: level, pitch, formants, timing, differences between takes.

use std::sync::Arc;

use super::{
    Act, Delivery, Kind, Manner, Performance, PopulationConfig, Sound, TraitsConfig, Tune, Voice, perform,
};
use crate::{
    math,
    text::{self, Language, Lexicon, Phrase, Score},
    units::SampleRate,
};

const RATE: SampleRate = SampleRate::DEFAULT;
const SEED: u64 = 11;

fn read(words: &str) -> Arc<Phrase> {
    Arc::new(text::read(words, Language::English, &Lexicon::new()).unwrap())
}

fn plain(kind: Kind) -> Voice {
    let mut voice = Voice::pinned(SEED, 0, &TraitsConfig { kind: Some(kind), ..Default::default() });
    voice.vowels.iter_mut().for_each(|v| *v = [1.0; 3]);
    (voice.tract, voice.rough, voice.zeal, voice.level_db, voice.trained) = (1.0, 0.0, 0.0, 0.0, 0.0);
    (voice.rate, voice.liveliness, voice.unsteady) = (1.0, 1.0, 1.0);
    voice
}

fn manner(effort: f64, take: u32) -> Manner {
    Manner { effort, looseness_s: 0.0, take, fatigue: 0.0 }
}

fn say(voice: &Voice, words: &str, effort: f64, take: u32) -> Performance {
    let act = Act::Speak { phrase: read(words), delivery: Delivery::Plain };
    perform(voice, &act, &manner(effort, take), SEED, 0, RATE)
}

/// One syllable a beat; the last held for two.
fn grid(phrase: &Phrase) -> Score {
    let count = phrase.syllables.len();
    let items = (0..count)
        .map(|i| text::ScoreItem {
            at_beats: i as f64,
            beats: if i + 1 == count { 2.0 } else { 1.0 },
            item: text::Item::Syllable(i),
            accent: true,
        })
        .collect();
    Score { items, cycle_beats: count as f64 + 2.0, sounding_beats: count as f64 + 1.0 }
}

fn chant(voice: &Voice, words: &str, beat_s: f64, tune: Option<Tune>, manner: &Manner) -> Performance {
    let phrase = read(words);
    let score = Arc::new(grid(&phrase));
    perform(voice, &Act::Chant { phrase, score, beat_s, tune }, manner, SEED, 0, RATE)
}

fn level_db(samples: &[f32]) -> f64 {
    let power = samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len() as f64;
    10.0 * math::log10(power / 4e-10)
}

/// Pitch of a piece by its autocorrelation, hertz.
fn pitch_hz(piece: &[f32], low_hz: f64, high_hz: f64) -> f64 {
    let rate = RATE.hz_f64();
    let at = |lag: usize| -> f64 {
        let n = piece.len() - lag;
        let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
        for i in 0..n {
            let (x, y) = (f64::from(piece[i]), f64::from(piece[i + lag]));
            xy += x * y;
            xx += x * x;
            yy += y * y;
        }
        xy / (xx * yy).sqrt().max(1e-30)
    };
    let lags = (rate / high_hz) as usize..(rate / low_hz) as usize;
    let best = lags.clone().map(at).fold(0.0, f64::max);
    // The first lag near the best: longer ones are whole numbers of periods.
    let mut found = 0;
    for lag in lags {
        if at(lag) > 0.94 * best {
            found = lag;
            while at(found + 1) > at(found) {
                found += 1;
            }
            break;
        }
    }
    rate / found as f64
}

/// Power of a piece at a frequency, Hann window.
fn power_at(piece: &[f32], hz: f64) -> f64 {
    let n = piece.len() as f64;
    let (mut re, mut im) = (0.0, 0.0);
    for (i, s) in piece.iter().enumerate() {
        let w = 0.5 - 0.5 * math::cos(math::TAU * i as f64 / n);
        let a = math::TAU * hz * i as f64 / RATE.hz_f64();
        re += f64::from(*s) * w * math::cos(a);
        im += f64::from(*s) * w * math::sin(a);
    }
    re * re + im * im
}

#[test]
fn levels_follow_the_effort() {
    for (effort, expected_db) in
        [(0.15, 52.0), (0.35, 62.35), (0.5, 68.34), (0.65, 74.85), (0.8, 82.3), (0.92, 89.0)]
    {
        let mut sum = 0.0;
        for kind in [Kind::Man, Kind::Woman] {
            for take in 0..3 {
                let out = say(&plain(kind), "come on all might", effort, take);
                sum += level_db(&out.samples) / 6.0;
            }
        }
        assert!((sum - expected_db).abs() < 3.0, "effort {effort}: {sum} dB, expected {expected_db}");
    }
}

#[test]
fn a_whisper_has_no_pitch_and_a_shout_has() {
    let periodicity = |effort: f64| {
        let out = say(&plain(Kind::Man), "all", effort, 0);
        let piece = &out.samples[out.anchor_frames + 3000..out.anchor_frames + 8000];
        (40..600)
            .map(|lag| {
                let n = piece.len() - lag;
                let xy: f64 = (0..n).map(|i| f64::from(piece[i] * piece[i + lag])).sum();
                let xx: f64 = (0..n).map(|i| f64::from(piece[i] * piece[i])).sum();
                if lag < 150 { 0.0 } else { xy / xx }
            })
            .fold(0.0, f64::max)
    };
    assert!(periodicity(0.0) < 0.5, "whisper {}", periodicity(0.0));
    assert!(periodicity(0.8) > 0.8, "shout {}", periodicity(0.8));
}

#[test]
fn the_pitch_asked_for_is_the_pitch_heard() {
    for (kind, hz) in [(Kind::Man, 120.0), (Kind::Woman, 300.0), (Kind::Boy, 450.0)] {
        let voice = plain(kind).pitched(hz, 0.8);
        let out = chant(&voice, "all all all", 0.5, None, &manner(0.8, 0));
        let mut sum = 0.0;
        for beat in 0..3 {
            let start = out.anchor_frames + RATE.frames(0.5 * f64::from(beat) + 0.1) as usize;
            sum += pitch_hz(&out.samples[start..start + 6000], hz * 0.6, hz * 1.7) / 3.0;
        }
        let cents = 1200.0 * math::log2(sum / hz);
        assert!(cents.abs() < 200.0, "{kind:?}: {sum} Hz, asked for {hz}");
    }
}

#[test]
fn vowels_have_the_formants_of_the_table() {
    // A low pitch samples the spectrum finely; the peak of the smoothed envelope is the formant.
    for (word, f1, f2) in [("{AA1}", 768.0, 1333.0), ("{EH1}", 580.0, 1799.0), ("{IY1}", 342.0, 2322.0)] {
        let voice = plain(Kind::Man).pitched(62.0, 0.35);
        let takes: Vec<Performance> = (0..6).map(|take| say(&voice, word, 0.35, take)).collect();
        let peak = |low: f64, high: f64| {
            let mut best = (0.0, 0.0);
            let mut hz = low;
            while hz < high {
                // The source falls by 6 dB an octave: taken out, or every peak would seem low.
                let power: f64 = takes
                    .iter()
                    .map(|out| {
                        let start = out.anchor_frames + 2000;
                        let piece = &out.samples[start..start + 4800];
                        (-2..=2).map(|k| power_at(piece, hz + 15.0 * f64::from(k))).sum::<f64>() * hz * hz
                    })
                    .sum();
                if power > best.0 {
                    best = (power, hz);
                }
                hz += 10.0;
            }
            best.1
        };
        let (a, b) = (peak(f1 * 0.75, f1 * 1.25), peak(f2 * 0.88, f2 * 1.12));
        assert!((a / f1 - 1.0).abs() < 0.09, "{word}: F1 {a}, expected {f1}");
        assert!((b / f2 - 1.0).abs() < 0.06, "{word}: F2 {b}, expected {f2}");
    }
}

#[test]
fn vowels_fall_on_the_beat() {
    // After a voiceless stop the voice starts with the vowel: the rise is sharp and can be measured.
    let out = chant(&plain(Kind::Woman), "top top top", 0.6, None, &manner(0.8, 0));
    for beat in 0..3 {
        let expected = out.anchor_frames + RATE.frames(0.6 * f64::from(beat)) as usize;
        // Energy below 1 kHz, where bursts have little: a crude low-pass.
        let mut low = 0.0f32;
        let smooth: Vec<f32> = out
            .samples
            .iter()
            .map(|s| {
                low += 0.05 * (s - low);
                low
            })
            .collect();
        let energy = |at: usize| -> f64 { smooth[at..at + 480].iter().map(|s| f64::from(s * s)).sum() };
        let top = (expected..expected + 7200).step_by(120).map(energy).fold(0.0, f64::max);
        // A vowel stays; a puff of breath does not.
        let lasts = |at: usize| (0..6).all(|k| energy(at + 240 * k) > 0.3 * top);
        let onset = (expected - 3600..expected + 7200).step_by(48).find(|&at| lasts(at)).unwrap();
        let late_ms = (onset as f64 + 240.0 - expected as f64) / 48.0;
        assert!(late_ms.abs() < 15.0, "beat {beat}: {late_ms} ms");
    }
}

#[test]
fn a_chant_lasts_as_long_as_its_score() {
    let out = chant(&plain(Kind::Man), "come on all might", 0.5, None, &manner(0.8, 0));
    let seconds = (out.samples.len() - out.anchor_frames) as f64 / RATE.hz_f64();
    assert!((2.2..2.9).contains(&seconds), "{seconds}");
    assert!(out.stops_frames.windows(2).all(|w| w[0] < w[1]) && out.stops_frames.len() == 4);
}

#[test]
fn a_tune_draws_men_and_women_an_octave_apart() {
    let tune = Tune { men_hz: 200.0, pull: 1.0, spread_cents: 0.0, last_step_st: 0.0 };
    for (kind, hz) in [(Kind::Man, 200.0), (Kind::Woman, 400.0)] {
        let out = chant(&plain(kind), "all all", 0.6, Some(tune), &manner(0.7, 0));
        let start = out.anchor_frames + RATE.frames(0.15) as usize;
        let heard = pitch_hz(&out.samples[start..start + 6000], hz * 0.7, hz * 1.5);
        assert!((1200.0 * math::log2(heard / hz)).abs() < 150.0, "{kind:?}: {heard}");
    }
}

#[test]
fn the_same_take_has_the_same_bits_and_another_take_differs() {
    let voice = Voice::random(SEED, 4, &PopulationConfig::default());
    let (a, b, c) =
        (say(&voice, "beat him", 0.8, 0), say(&voice, "beat him", 0.8, 0), say(&voice, "beat him", 0.8, 1));
    assert_eq!(a, b);
    assert_ne!(a.samples, c.samples);
    assert_ne!(a.samples.len(), c.samples.len());
}

#[test]
fn performances_are_finite_and_end_in_silence_for_any_pitch_effort_and_rate() {
    for hz in [60.0, 900.0] {
        for effort in [0.0, 0.1, 0.5, 1.0, f64::NAN, 9.0] {
            for rate in [22_050, 192_000] {
                let rate = SampleRate::new(rate).unwrap();
                let voice = Voice::random(SEED, 2, &PopulationConfig::default()).pitched(hz, effort);
                let act = Act::Speak { phrase: read("just this judge shows"), delivery: Delivery::Fear };
                let out = perform(&voice, &act, &manner(effort, 0), SEED, 1, rate);
                assert!(out.samples.iter().all(|s| s.is_finite() && s.abs() < 100.0), "{hz} {effort}");
                assert_eq!((out.samples[0], out.samples[out.samples.len() - 1]), (0.0, 0.0));
                assert!(out.anchor_frames < out.samples.len());
            }
        }
    }
}

#[test]
fn nothing_clicks_inside_a_vowel() {
    // A step of the waveform is a burst at high frequencies: compare single frames with their neighbours.
    let out = say(&plain(Kind::Woman), "all", 0.5, 0);
    let piece = &out.samples[out.anchor_frames + 2000..out.anchor_frames + 9000];
    let second: Vec<f64> = piece.windows(3).map(|w| f64::from(w[2] - 2.0 * w[1] + w[0]).abs()).collect();
    let mean = second.iter().sum::<f64>() / second.len() as f64;
    let worst = second.iter().copied().fold(0.0, f64::max);
    assert!(worst < 25.0 * mean, "{worst} against {mean}");
}

#[test]
fn every_sound_and_every_phone_is_heard() {
    let voice = plain(Kind::Woman);
    for words in ["zoo measure church judge thin then yes wrong", "boy how they go", "sing hang van fan hat"]
    {
        let out = say(&voice, words, 0.6, 0);
        assert!(level_db(&out.samples) > 60.0, "{words}");
    }
    let out = perform(&voice, &Act::Sound(Sound::Cheer), &manner(0.8, 0), SEED, 0, RATE);
    assert!(level_db(&out.samples) > 60.0);
}
