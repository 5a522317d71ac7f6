//! What is heard is what the scene asks for, when it asks for it; and the report says the truth about it.

mod small;

use std::sync::OnceLock;

use small::{QUICK, RATE, corner, engine, first_difference, play};
use uproar::analysis::{LoudnessMeter, Spectrum, rms_db};
use uproar::engine::{Command, Report, ReportFacts, Reporter, Snapshot};
use uproar::preset::Preset;
use uproar::scene::Activity;
use uproar::units::{db_from_gain, db_from_power};

/// Long enough that every beat settles.
const SCENE: &str = r#"
[[beat]]
name = "murmur"
seconds = 3
place = "near"
doing = "murmur"
intensity = 0.12
[[beat]]
name = "call"
seconds = 2
doing = "murmur"
intensity = 0.12
cues = [{ at = 0.2, do = "call", line = "spark" }]
[[beat]]
name = "chant"
seconds = 5
doing = "chant"
intensity = 1.0
[[beat]]
name = "far"
seconds = 4
place = "far"
fade_s = 0.2
doing = "chant"
intensity = 1.0
[[beat]]
name = "hush"
seconds = 5
place = "near"
fade_s = 0.1
doing = "chant"
intensity = 1.0
cues = [{ at = 2.0, do = "hush" }]
[[beat]]
name = "silence"
seconds = 5
doing = "silent"
intensity = 0.0
[[beat]]
name = "roar"
seconds = 4
doing = "roar"
intensity = 1.0
[[beat]]
name = "rest"
seconds = 5
doing = "silent"
intensity = 0.0
[[beat]]
name = "said"
seconds = 3
doing = "silent"
intensity = 0.0
cues = [{ at = 0.5, do = "solo", line = "turn", who = "hero" }]
"#;

/// A crowd that falls silent two seconds in.
const HUSH: &str = r#"
[[beat]]
name = "hush"
seconds = 6
place = "near"
doing = "chant"
intensity = 1.0
cues = [{ at = 2.0, do = "hush" }]
"#;

/// A scene that has been played.
struct Played {
    sound: [Vec<f32>; 2],
    snapshots: Vec<Snapshot>,
    report: Report,
}

/// The long scene, played once for all tests.
fn played() -> &'static Played {
    static PLAYED: OnceLock<Played> = OnceLock::new();
    PLAYED.get_or_init(|| play_all(&corner(SCENE), f64::INFINITY))
}

/// Plays a preset up to a time or to its end.
fn play_all(preset: &Preset, seconds: f64) -> Played {
    let (mut engine, mut handle) = engine(preset, 2, false);
    let mut reporter = Reporter::new(RATE, 0);
    let (mut snapshots, mut sound) = (Vec::new(), [Vec::new(), Vec::new()]);
    let mut remaining = RATE.frames(engine.seconds().min(seconds)) as usize;
    while remaining > 0 {
        let block = play(&mut engine, remaining.min(2048), &[2048]);
        while let Some(snapshot) = handle.snapshot() {
            reporter.note(snapshot);
            snapshots.push(snapshot);
        }
        reporter.hear(&block[0], &block[1]);
        remaining -= block[0].len();
        for (all, part) in sound.iter_mut().zip(block) {
            all.extend(part);
        }
    }
    let facts = ReportFacts { title: preset.title.clone(), seed: preset.seed, ..ReportFacts::default() };
    Played { sound, snapshots, report: reporter.finish(&engine, facts) }
}

impl Played {
    fn part(&self, channel: usize, from_s: f64, to_s: f64) -> &[f32] {
        &self.sound[channel][RATE.frames(from_s) as usize..RATE.frames(to_s) as usize]
    }

    /// Mean level of both channels, dBFS.
    fn level_db(&self, from_s: f64, to_s: f64) -> f64 {
        let both: Vec<f32> = (0..2).flat_map(|c| self.part(c, from_s, to_s).iter().copied()).collect();
        rms_db(&both)
    }

    /// First and last second at which there is anything but digital silence.
    fn sounding_s(&self, from_s: f64, to_s: f64) -> Option<(f64, f64)> {
        let (l, r) = (self.part(0, from_s, to_s), self.part(1, from_s, to_s));
        let sounds = |i: &usize| l[*i] != 0.0 || r[*i] != 0.0;
        let first = (0..l.len()).find(sounds)?;
        let last = (0..l.len()).rev().find(sounds)?;
        Some((from_s + RATE.seconds(first as u64), from_s + RATE.seconds(last as u64)))
    }
}

/// How much weaker 2 to 8 kHz are than 250 Hz to 1 kHz, dB.
fn dullness_db(sound: &[f32]) -> f64 {
    let spectrum = Spectrum::of_texture(sound, RATE);
    spectrum.level_between_db(250.0, 1000.0) - spectrum.level_between_db(2000.0, 8000.0)
}

#[test]
fn beats_begin_where_the_scene_puts_them() {
    let p = played();
    let starts = [0.0, 3.0, 5.0, 10.0, 14.0, 19.0, 24.0, 28.0, 33.0];
    for snapshot in &p.snapshots {
        let at_s = RATE.seconds(snapshot.frame);
        assert!((snapshot.scene_s - at_s).abs() < 1e-9);
        assert_eq!(snapshot.beat, starts.iter().filter(|s| **s <= at_s).count() - 1, "at {at_s} s");
    }
    for (beat, start) in p.report.beats.iter().zip(starts) {
        assert_eq!(beat.start_s, start, "{}", beat.name);
    }
    // Doing follows: what one hears in a beat is not there before it.
    let murmur = p.level_db(1.0, 3.0);
    let call = p.level_db(3.3, 4.2);
    let chant = p.level_db(6.0, 10.0);
    assert!(murmur > -60.0, "the murmur is heard: {murmur} dBFS");
    // The levelling keeps talk and call near each other; a shout stands out where talk has little.
    let bright =
        |from_s, to_s| Spectrum::of_texture(p.part(0, from_s, to_s), RATE).level_between_db(1000.0, 4000.0);
    let (talk, shout) = (bright(1.0, 3.0), bright(3.3, 4.2));
    assert!(call > murmur && shout > talk + 5.0, "call {shout}, murmur {talk} dBFS from 1 to 4 kHz");
    assert!(chant > murmur + 8.0, "chant {chant}, murmur {murmur} dBFS");
    assert!(chant > p.level_db(4.5, 5.0) + 6.0);
}

#[test]
fn a_silent_beat_is_digital_zero_after_the_tail() {
    let p = played();
    // At 19 s the last stragglers of the hush, at 29.3 s the last who roared; then 130 dB of the
    // reverberation (0.6 s for 60 dB) and the longest echo.
    assert_eq!(p.sounding_s(21.5, 24.0), None);
    assert_eq!(p.sounding_s(32.0, 33.5), None);
    // Not before: the walls answer.
    assert!(p.sounding_s(19.1, 21.0).is_some_and(|(_, last)| last > 19.6));
}

#[test]
fn a_roar_out_of_silence_rises_within_a_second() {
    let p = played();
    let (first, _) = p.sounding_s(22.0, 28.0).unwrap();
    assert!((24.0..24.4).contains(&first), "first sound at {first} s");
    let loudest = (0..36)
        .map(|i| p.level_db(24.0 + 0.1 * f64::from(i), 24.4 + 0.1 * f64::from(i)))
        .fold(-200.0, f64::max);
    assert!(p.level_db(24.6, 25.0) > loudest - 6.0, "{} of {loudest} dBFS", p.level_db(24.6, 25.0));
    let moment = p.report.moments.iter().find(|m| m.at_s >= 24.95).unwrap();
    assert!(moment.roaring >= 80, "{} of 120 roar after a second", moment.roaring);
}

#[test]
fn a_hush_silences_nineteen_of_twenty_within_a_second_and_a_half() {
    let mut preset = corner(HUSH);
    // Enough that the few stragglers are close to their expected number.
    preset.crowd.people = 1000;
    let p = play_all(&preset, 3.9);
    let at = |s: f64| p.report.moments.iter().find(|m| m.at_s >= s - 1e-6).unwrap();
    let (before, after) = (at(1.9), at(3.5));
    let all = after.silent + after.murmuring + after.chanting + after.roaring;
    assert!(before.chanting > 800, "{} chanted", before.chanting);
    assert!(f64::from(after.silent) >= 0.95 * f64::from(all), "{} of {all} are silent", after.silent);
    let (chant, hushed) = (p.level_db(1.0, 2.0), p.level_db(3.5, 3.9));
    // One in twenty is 13 dB less; some of them may stand near.
    assert!(hushed < chant - 10.0, "{chant} before, {hushed} dBFS after");
}

#[test]
fn a_far_place_is_duller_than_a_near_one() {
    let p = played();
    let near = dullness_db(p.part(0, 6.0, 10.0));
    let far = dullness_db(p.part(0, 11.0, 14.0));
    assert!(far > near + 6.0, "near {near}, far {far} dB");
}

#[test]
fn a_voice_through_the_screen_is_heard_after_its_delay() {
    let p = played();
    let (first, _) = p.sounding_s(33.0, 36.0).unwrap();
    // The cue at 33.5 s, 60 ms of the screen.
    assert!((33.56..34.3).contains(&first), "first sound at {first} s");
    assert!(p.level_db(first, first + 0.5) > -60.0);
}

#[test]
fn the_report_agrees_with_the_samples() {
    let p = played();
    let (report, [left, right]) = (&p.report, &p.sound);
    assert_eq!((report.rate_hz, report.people, report.seed, report.stolen_grains), (48_000, 122, 11, 0));
    assert!((report.span_s[1] - RATE.seconds(left.len() as u64)).abs() < 1e-9);

    let peak = left.iter().chain(right).fold(0.0f32, |m, x| m.max(x.abs()));
    assert_eq!(report.sample_peak_dbfs, Some(db_from_gain(f64::from(peak))));
    let mut meter = LoudnessMeter::new(2, RATE).unwrap();
    meter.push(&[left, right]).unwrap();
    let near = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-6, "{a:?} {b}");
    near(report.integrated_lufs, meter.integrated_lufs());
    near(report.true_peak_dbtp, meter.true_peak_dbtp());
    assert!(report.true_peak_dbtp.unwrap() <= -0.9, "ceiling of -1 dBTP: {:?}", report.true_peak_dbtp);

    let power = |l: &[f32], r: &[f32]| {
        let squares = l.iter().chain(r).map(|x| f64::from(*x) * f64::from(*x));
        squares.sum::<f64>() / (2 * l.len()) as f64
    };
    assert_eq!(report.moments.len(), left.len().div_ceil(4800));
    for (moment, (l, r)) in report.moments.iter().zip(left.chunks(4800).zip(right.chunks(4800))) {
        let level = db_from_power(power(l, r));
        match moment.level_dbfs {
            Some(db) => assert!((db - level).abs() < 1e-3, "{db} {level} at {} s", moment.at_s),
            None => assert_eq!(level, f64::NEG_INFINITY, "at {} s", moment.at_s),
        }
    }
    for beat in &report.beats {
        let (from, to) = (beat.start_s, beat.start_s + beat.seconds);
        let level = db_from_power(power(p.part(0, from, to), p.part(1, from, to)));
        near(beat.level_dbfs, level);
    }
    let named: Vec<&str> = report.beats.iter().map(|b| b.place.as_str()).collect();
    assert_eq!(named[2..5], ["near", "far", "near"]);
    // The engine's own meter measures the same samples, a look-ahead earlier in its count.
    for snapshot in &p.snapshots {
        assert!(snapshot.meter.peak.iter().all(|x| *x <= peak));
        assert_eq!((snapshot.meter.muted_frames, snapshot.meter.clamped_samples), (0, 0));
    }
}

#[test]
fn a_report_does_not_change_the_samples() {
    let preset = corner(QUICK);
    let (mut plain, _unread) = engine(&preset, 1, false);
    let expected = play(&mut plain, 96_000, &[1000]);
    let (mut reported, mut handle) = engine(&preset, 1, false);
    let mut reporter = Reporter::new(RATE, 0);
    let mut sound = [Vec::new(), Vec::new()];
    for _ in 0..96 {
        let block = play(&mut reported, 1000, &[1000]);
        while let Some(snapshot) = handle.snapshot() {
            reporter.note(snapshot);
        }
        reporter.hear(&block[0], &block[1]);
        sound.iter_mut().zip(block).for_each(|(all, part)| all.extend(part));
    }
    assert_eq!(first_difference(&sound, &expected), None);
}

#[test]
fn a_live_change_of_place_is_heard_and_can_be_taken_back() {
    let preset = corner(QUICK);
    let play_with = |place: Option<u16>| {
        let (mut engine, mut handle) = engine(&preset, 1, true);
        handle.send(Command::Hold(true)).unwrap();
        handle.send(Command::Activity(Activity::Chant)).unwrap();
        handle.send(Command::Intensity(1.0)).unwrap();
        let before = play(&mut engine, 96_000, &[512]);
        if let Some(place) = place {
            handle.send(Command::Place { place, fade_s: 0.1 }).unwrap();
        }
        let during = play(&mut engine, 144_000, &[512]);
        let heard_from = handle.latest();
        handle.send(Command::FollowPlace).unwrap();
        let after = play(&mut engine, 96_000, &[512]);
        (before, during, after, heard_from)
    };
    let stayed = play_with(None);
    let went = play_with(Some(1));
    assert_eq!(first_difference(&stayed.0, &went.0), None);
    assert!(first_difference(&stayed.1, &went.1).is_some_and(|(frame, ..)| frame < 1024));
    let late = |sound: &[Vec<f32>; 2]| dullness_db(&sound[0][48_000..]);
    assert!(late(&went.1) > late(&stayed.1) + 6.0, "{} {}", late(&went.1), late(&stayed.1));
    assert!((late(&went.2) - late(&stayed.2)).abs() < 3.0, "{} {}", late(&went.2), late(&stayed.2));
    assert!(went.3.is_some());
}
