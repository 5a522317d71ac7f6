//! Loops, transitions, single sounds and takes: lengths to the frame, seams that nobody hears.

mod small;

use small::{QUICK, RATE, corner};
use uproar::analysis::measure;
use uproar::engine::{Engine, EngineError, Held, LoopLength, Looper, Piece, PrepareOptions};
use uproar::preset::Preset;
use uproar::scene::{Activity, CueAction};
use uproar::space::ChannelLayout;
use uproar::units::db_from_power;

/// The corner with wind and a television far off; at 1.5 s the crowd chants near by, at 2.5 s far off.
fn scene() -> Preset {
    let mut preset = corner(QUICK);
    preset.place[0].wind_db_spl = Some(62.0);
    preset.place[1].chain = uproar::space::ChainConfig::Named(uproar::space::ChainKind::Television);
    preset
}

fn looper(preset: &Preset, at_s: f64, everything: bool, layout: Option<&ChannelLayout>) -> Looper {
    let options = PrepareOptions { layout, ..PrepareOptions::default() };
    Looper::prepare(preset, at_s, everything, RATE, &options).unwrap()
}

fn level_db(x: &[f32]) -> f64 {
    db_from_power(x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / x.len() as f64)
}

/// `seconds` of a channel from `from` on, going round.
fn around(channel: &[f32], from: usize, seconds: f64) -> Vec<f32> {
    let frames = RATE.frames(seconds) as usize;
    (0..frames).map(|n| channel[(from + n) % channel.len()]).collect()
}

/// How far a stretch is from the other stretches of a loop as long: level and octaves, in steps of their own scatter.
fn check_seam(name: &str, piece: &Piece) {
    let second = 2.0;
    for channel in &piece.channels {
        if channel.iter().all(|x| *x == 0.0) {
            continue;
        }
        let frames = channel.len();
        let figures = |from: usize| {
            let part = around(channel, from, second);
            let octaves = measure(&[&part], RATE).unwrap().octaves;
            let mut all = vec![level_db(&part)];
            all.extend(octaves.iter().filter(|o| o.hz > 200.0 && o.hz < 5000.0).map(|o| o.level_db));
            all
        };
        // Stretches all the way round; the one whose middle is the seam against the rest.
        let seam = figures(frames - RATE.frames(second / 2.0) as usize);
        let rest: Vec<Vec<f64>> =
            (1..18).map(|n| figures(n * (frames - RATE.frames(2.0 * second) as usize) / 18)).collect();
        for (k, at_seam) in seam.iter().enumerate() {
            let low = rest.iter().map(|r| r[k]).fold(f64::INFINITY, f64::min);
            let high = rest.iter().map(|r| r[k]).fold(f64::NEG_INFINITY, f64::max);
            // A single voice may stand out in an octave, as it may anywhere.
            let more = if k == 0 { 2.0 } else { 4.0 };
            assert!(
                (low - more..=high + more).contains(at_seam),
                "{name}: figure {k} at the seam {at_seam:.1}, elsewhere {low:.1} to {high:.1}"
            );
        }
        // The waveform: the step over the seam is one as there are many.
        let step = |n: usize| f64::from(channel[(n + 1) % frames] - channel[n % frames]).abs();
        let usual = (0..frames).map(step).fold(0.0, f64::max);
        let near = (frames - 480..frames + 480).map(step).fold(0.0, f64::max);
        assert!(near <= usual && step(frames - 1) < 0.7 * usual, "{name}: a step of {}", step(frames - 1));
    }
}

#[test]
fn a_loop_of_a_chant_goes_round_whole_and_its_seam_is_like_any_other_place() {
    let preset = scene();
    let mut looper = looper(&preset, 1.5, false, None);
    let piece = looper.make(Held::default(), LoopLength::Auto).unwrap();
    let (bpm, beats) = piece.beats.unwrap();
    assert!((bpm - 132.0).abs() < 2.0, "{bpm}");
    let seconds = RATE.seconds(piece.frames() as u64);
    assert!((20.0..26.0).contains(&seconds), "{seconds}");
    assert!((beats * 60.0 / bpm - seconds).abs() < 1e-6 && beats.fract() < 1e-9);
    check_seam("chant", &piece);

    let exact = looper.make(Held::default(), LoopLength::Seconds(21.3)).unwrap();
    assert_eq!(exact.frames(), 1_022_400);
    check_seam("chant, to the second", &exact);
    assert!(exact.channels.iter().flatten().all(|x| x.abs() <= 1.0));
}

#[test]
fn murmurs_roars_and_broadcasts_loop_too() {
    let preset = scene();
    let mut near = looper(&preset, 1.5, true, None);
    for (name, activity, intensity) in [("murmur", Activity::Murmur, 0.2), ("roar", Activity::Roar, 1.0)] {
        let held = Held { activity: Some(activity), intensity: Some(intensity) };
        let piece = near.make(held, LoopLength::Seconds(20.0)).unwrap();
        assert_eq!((piece.frames(), piece.beats), (960_000, None), "{name}");
        check_seam(name, &piece);
    }
    // 2.5 s is seen on television.
    let layout = ChannelLayout::named("5.1").unwrap();
    let mut far = looper(&preset, 2.5, false, Some(&layout));
    let piece = far.make(Held::default(), LoopLength::Auto).unwrap();
    assert_eq!(piece.channels.len(), 6);
    let behind: f32 = piece.channels[4].iter().map(|x| x.abs()).sum();
    assert!(behind == 0.0 && piece.channels[0].iter().any(|x| *x != 0.0), "a television is ahead");
    check_seam("television", &piece);
}

#[test]
fn the_same_loop_twice_is_the_same() {
    let preset = scene();
    let make = || looper(&preset, 1.5, false, None).make(Held::default(), LoopLength::Auto).unwrap();
    assert!(make() == make());
}

#[test]
fn lengths_that_a_chant_does_not_fit_into_are_refused_with_those_that_fit() {
    let preset = scene();
    let mut looper = looper(&preset, 1.5, false, None);
    let too_short = looper.make(Held::default(), LoopLength::Seconds(0.6)).unwrap_err();
    assert!(too_short.to_string().contains("too short"), "{too_short}");
    for bars in 1..=4 {
        match looper.make(Held::default(), LoopLength::Bars(bars)) {
            Ok(piece) => {
                let beats = piece.beats.unwrap().1;
                assert!((beats - 4.0 * f64::from(bars)).abs() < 1e-6, "{bars} bars are {beats} beats");
            }
            Err(EngineError::Loop { hint, .. }) => assert!(hint.contains("bars that fit"), "{hint}"),
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn transitions_are_as_long_as_loops_and_lead_from_one_level_to_the_other() {
    let preset = scene();
    let mut looper = looper(&preset, 1.5, true, None);
    let quiet = Held { activity: Some(Activity::Chant), intensity: Some(0.3) };
    let loud = Held { activity: Some(Activity::Roar), intensity: Some(1.0) };
    let a = looper.make(quiet, LoopLength::Auto).unwrap();
    let b = looper.make(loud, LoopLength::Frames(a.frames() as u64)).unwrap();
    let way = looper.transition(quiet, loud, a.frames() as u64, [a.levelling_db, b.levelling_db]);
    assert_eq!(way.frames(), a.frames());
    let end = |piece: &Piece| level_db(&piece.channels[0][piece.frames() - 96_000..]);
    let start = |piece: &Piece| level_db(&piece.channels[0][..96_000]);
    assert!((start(&way) - level_db(&a.channels[0])).abs() < 6.0, "{} {}", start(&way), start(&a));
    assert!((end(&way) - level_db(&b.channels[0])).abs() < 6.0, "{} {}", end(&way), end(&b));
}

#[test]
fn a_cheer_begins_at_once_and_dies_away() {
    let preset = scene();
    let mut looper = looper(&preset, 1.5, true, None);
    for cue in [CueAction::Cheer, CueAction::Roar, CueAction::Call] {
        let piece = looper.stinger(cue, 1.0).unwrap_or_else(|| panic!("{cue:?} is silent"));
        let channel = &piece.channels[0];
        let loudest = channel.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        let first = channel.iter().position(|x| x.abs() > 2e-3 * loudest).unwrap();
        assert!(first < RATE.frames(0.15) as usize, "{cue:?} begins after {first} frames");
        let end = &channel[channel.len() - 2400..];
        assert!(end.iter().all(|x| x.abs() < 0.01 * loudest), "{cue:?} is cut off");
    }
}

#[test]
fn another_performance_is_by_the_same_people_and_sounds_anew() {
    let preset = corner(QUICK);
    let play = |performance: u64, seed: u64| {
        let mut preset = preset.clone();
        (preset.performance, preset.seed) = (performance, seed);
        let mut engine = Engine::prepare(&preset, RATE, &PrepareOptions::default()).unwrap();
        small::play(&mut engine, RATE.frames(2.0) as usize, &[4096])
    };
    let (first, again, second, others) = (play(0, 11), play(0, 11), play(1, 11), play(0, 12));
    assert!(first == again);
    assert!(first != second && first != others && second != others);
    for other in [&second, &others] {
        let apart = level_db(&first[0][48_000..]) - level_db(&other[0][48_000..]);
        assert!(apart.abs() < 4.0, "{apart} dB apart");
    }
}
