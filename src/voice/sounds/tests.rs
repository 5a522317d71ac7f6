//! What sounds must be like, measured.

use super::super::{Kind, Manner, Performance, PopulationConfig, Sound, TraitsConfig, Voice};
use super::perform;
use crate::{
    analysis::{Envelope, Spectrum, pitch, rms_db},
    units::{SPL_REFERENCE_PA, SampleRate, db_from_gain},
};

const RATE: SampleRate = SampleRate::DEFAULT;

const ALL: [Sound; 16] = [
    Sound::Cheer,
    Sound::Roar,
    Sound::Whoop,
    Sound::Scream,
    Sound::Whistle,
    Sound::Gasp,
    Sound::Boo,
    Sound::Hiss,
    Sound::Laugh,
    Sound::Sob,
    Sound::Groan,
    Sound::Ooh,
    Sound::Aah,
    Sound::Hum,
    Sound::Breath,
    Sound::Cough,
];

fn one(sound: Sound, effort: f64, take: u32, person: u64) -> Performance {
    let voice = Voice::random(3, person, &PopulationConfig::default());
    perform(&voice, sound, &manner(effort, take), 3, person, RATE)
}

fn manner(effort: f64, take: u32) -> Manner {
    Manner { effort, looseness_s: 0.0, take, fatigue: 0.0 }
}

/// Level of the loudest 100 ms, dB SPL at 1 m.
fn level_db(p: &Performance) -> f64 {
    Envelope::of(&p.samples, RATE, 0.1).peak().unwrap().1 - db_from_gain(SPL_REFERENCE_PA)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn median_of(people: u64, f: impl Fn(u64) -> f64) -> f64 {
    median((0..people).map(f).collect())
}

#[test]
fn every_sound_is_finite_and_starts_and_ends_in_silence_at_any_effort_and_rate() {
    for sound in ALL {
        for (i, effort) in [0.0, 0.3, 0.7, 1.0, f64::NAN, 9.0].into_iter().enumerate() {
            let voice = Voice::random(1, i as u64, &PopulationConfig::default());
            let rate = SampleRate::new([22_050, 48_000, 96_000][i % 3]).unwrap();
            let p = perform(&voice, sound, &manner(effort, 1), 1, i as u64, rate);
            assert!(p.samples.iter().all(|x| x.is_finite()), "{sound:?}");
            assert_eq!((p.samples[0], p.samples[p.samples.len() - 1]), (0.0, 0.0), "{sound:?}");
            assert!(rms_db(&p.samples) > -75.0, "{sound:?} at {effort} is silent");
            assert!(p.anchor_frames < p.samples.len());
            assert!(p.stops_frames.windows(2).all(|w| w[0] < w[1]), "{sound:?} {:?}", p.stops_frames);
            assert!(p.stops_frames.last().is_some_and(|f| *f <= p.samples.len()));
        }
    }
}

#[test]
fn the_same_take_is_the_same_and_another_take_or_person_is_not() {
    for sound in ALL {
        let a = one(sound, 0.8, 4, 11);
        assert_eq!(a, one(sound, 0.8, 4, 11));
        assert_ne!(a.samples, one(sound, 0.8, 5, 11).samples);
        assert_ne!(a.samples, one(sound, 0.8, 4, 12).samples);
        let lengths: Vec<usize> = (0..4).map(|take| one(sound, 0.8, take, 11).samples.len()).collect();
        assert!(lengths.windows(2).any(|w| w[0] != w[1]), "{sound:?} always lasts {lengths:?}");
    }
}

#[test]
fn lengths_are_those_of_real_sounds() {
    for (sound, low, high) in [
        (Sound::Cheer, 0.35, 1.9),
        (Sound::Roar, 0.75, 2.7),
        (Sound::Whoop, 0.3, 1.7),
        (Sound::Scream, 0.5, 2.6),
        (Sound::Whistle, 0.25, 1.7),
        (Sound::Gasp, 0.2, 0.6),
        (Sound::Boo, 0.8, 3.0),
        (Sound::Hiss, 0.6, 3.0),
        (Sound::Laugh, 0.5, 3.2),
        (Sound::Sob, 0.6, 3.5),
        (Sound::Groan, 0.6, 2.2),
        (Sound::Ooh, 0.5, 2.0),
        (Sound::Aah, 0.6, 2.2),
        (Sound::Hum, 0.8, 3.7),
        (Sound::Breath, 0.6, 4.5),
        (Sound::Cough, 0.1, 1.8),
    ] {
        for person in 0..12 {
            let p = one(sound, 0.9, 0, person);
            let s = RATE.seconds(p.samples.len() as u64);
            assert!((low..high).contains(&s), "{sound:?} of person {person}: {s} s");
        }
    }
}

#[test]
fn roars_rise_and_then_fall_in_pitch() {
    // A smooth grown man, so that the pitch can be followed.
    let traits = TraitsConfig { kind: Some(Kind::Man), rough: Some(0.0), ..TraitsConfig::default() };
    let (mut ups, mut downs) = (Vec::new(), Vec::new());
    for person in 0..24 {
        let voice = Voice::pinned(1, person, &traits);
        let p = perform(&voice, Sound::Roar, &manner(0.85, 0), 1, person, RATE);
        let end = p.stops_frames[0];
        let f0 = |share: f64| {
            let at = (share * end as f64) as usize;
            let piece = &p.samples[at.saturating_sub(960)..(at + 960).min(p.samples.len())];
            pitch(piece, RATE, 110.0, 900.0).filter(|p| p.clarity > 0.6).map(|p| p.f0_hz)
        };
        if let (Some(start), Some(top), Some(last)) = (f0(0.06), f0(0.27), f0(0.93)) {
            ups.push(12.0 * (top / start).log2());
            downs.push(12.0 * (last / top).log2());
        }
    }
    assert!(ups.len() >= 10, "only {} of 24 roars could be followed", ups.len());
    let (up, down) = (median(ups), median(downs));
    assert!((0.8..6.0).contains(&up) && (-9.0..-2.5).contains(&down), "{up} up, {down} down");
}

#[test]
fn screams_are_high_and_rough() {
    let traits = TraitsConfig { kind: Some(Kind::Woman), ..TraitsConfig::default() };
    let mut pitches = Vec::new();
    let mut modulated = Vec::new();
    for person in 0..20 {
        let voice = Voice::pinned(1, person, &traits);
        let p = perform(&voice, Sound::Scream, &manner(1.0, 0), 1, person, RATE);
        let spectrum = Spectrum::of_texture(&p.samples, RATE);
        pitches.push(spectrum.peak_hz(500.0, 1900.0).unwrap());
        // Envelope at 1 ms: share of its modulation at 30 to 150 Hz against all of it.
        let middle = &p.samples[p.samples.len() / 4..p.samples.len() * 3 / 4];
        let power: Vec<f32> =
            Envelope::of(middle, RATE, 0.001).power().iter().map(|x| x.sqrt() as f32).collect();
        let mean = power.iter().sum::<f32>() / power.len() as f32;
        let ac: Vec<f32> = power.iter().map(|x| x / mean - 1.0).collect();
        let thousand = Spectrum::of_event(&ac, SampleRate::new(22_050).unwrap());
        // The event is sampled at 1 kHz; the analysis believes 22.05 kHz.
        modulated.push(thousand.power_between(30.0 * 22.05, 150.0 * 22.05).sqrt());
    }
    let (hz, depth) = (median(pitches), median(modulated));
    assert!((800.0..1600.0).contains(&hz), "{hz} Hz");
    assert!(depth > 0.12, "modulation {depth}");
}

#[test]
fn whistles_are_pure_tones_between_one_and_five_kilohertz_and_fingers_are_loud() {
    let mut loudest: f64 = 0.0;
    for person in 0..30 {
        let p = one(Sound::Whistle, 0.95, 0, person);
        let spectrum = Spectrum::of_texture(&p.samples, RATE);
        let hz = spectrum.peak_hz(500.0, 8000.0).unwrap();
        assert!((1000.0..5000.0).contains(&hz), "person {person}: {hz}");
        let around = spectrum.level_between_db(hz / 1.6, hz * 1.6) - spectrum.level_db();
        assert!(around > -1.5, "person {person}: {around} dB of all near the tone");
        loudest = loudest.max(level_db(&p));
    }
    assert!(loudest > 100.0, "{loudest}");
}

#[test]
fn effort_makes_shouts_louder_and_levels_lie_where_people_shout() {
    for sound in [Sound::Cheer, Sound::Roar, Sound::Boo, Sound::Scream] {
        let at = |effort| median_of(13, |p| level_db(&one(sound, effort, 0, p)));
        let (low, high) = (at(0.5), at(1.0));
        assert!(high - low > 15.0, "{sound:?}: {low} to {high}");
        assert!((88.0..104.0).contains(&high), "{sound:?}: {high} dB");
    }
}

#[test]
fn breath_is_soft_and_has_no_pitch() {
    for (sound, low, high) in
        [(Sound::Breath, 34.0, 58.0), (Sound::Gasp, 56.0, 74.0), (Sound::Hiss, 55.0, 78.0)]
    {
        let level = median_of(15, |p| level_db(&one(sound, 0.6, 0, p)));
        assert!((low..high).contains(&level), "{sound:?}: {level} dB");
    }
    let clear = (0..20)
        .filter(|p| {
            let b = one(Sound::Breath, 0.6, 0, *p);
            let at = b.samples.len() / 4;
            pitch(&b.samples[at..at + 2400], RATE, 90.0, 600.0).is_some_and(|p| p.clarity > 0.6)
        })
        .count();
    assert!(clear <= 1, "{clear} of 20 breaths have a pitch");
}

#[test]
fn hisses_lie_high_hums_low() {
    let centre = |sound| {
        median_of(20, |p| Spectrum::of_texture(&one(sound, 0.5, 0, p).samples, RATE).centroid_hz().unwrap())
    };
    let (hiss, hum, cheer) = (centre(Sound::Hiss), centre(Sound::Hum), centre(Sound::Cheer));
    assert!(hiss > 4500.0 && hum < 600.0, "hiss {hiss}, hum {hum}");
    assert!((400.0..2000.0).contains(&cheer), "cheer {cheer}");
}

#[test]
fn laughter_comes_in_about_five_bursts_a_second() {
    let rate = median_of(20, |p| {
        let laugh = one(Sound::Laugh, 0.7, 0, p);
        let span = RATE.seconds(*laugh.stops_frames.last().unwrap() as u64);
        (laugh.stops_frames.len() - 1) as f64 / span
    });
    assert!((3.8..6.0).contains(&rate), "{rate}");
}

#[test]
fn a_shouting_mass_has_the_spectrum_of_shouted_voices() {
    // ANSI S3.5-1997, shout, octaves re the whole: 500 -7, 1k -3, 2k -6, 4k -13 dB. Roars sit higher than words.
    let mut power = [0.0; 4];
    let mut total = 0.0;
    for person in 0..40 {
        let p = one(Sound::Roar, 0.92, 0, person);
        let spectrum = Spectrum::of_texture(&p.samples, RATE);
        for (sum, hz) in power.iter_mut().zip([500.0, 1000.0, 2000.0, 4000.0]) {
            *sum += spectrum.power_between(hz / 1.4125, hz * 1.4125);
        }
        total += spectrum.power_between(20.0, 20_000.0);
    }
    let db = power.map(|p| crate::units::db_from_power(p / total));
    for (band, (low, high)) in db.iter().zip([(-13.0, -5.0), (-5.5, -1.0), (-10.0, -4.0), (-19.0, -9.0)]) {
        assert!((low..high).contains(band), "{db:?}");
    }
}
