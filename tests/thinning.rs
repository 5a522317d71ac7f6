//! Leaving out far people to save time is not heard: bands keep their level, nothing clicks, and it is counted.

mod small;

use small::RATE;
use uproar::analysis::measure;
use uproar::engine::{Command, Engine, PrepareOptions};
use uproar::preset::{self, SourceKind};

/// Three thousand people in a street, heard from the roof at its near end; few voices, so that they are made quickly.
const STREET: &str = r#"
version = 1
title = "Street"
about = "For thinning"
phrase = "COME ON, ALL MIGHT!"
[crowd]
people = 3000
speakers = 24
takes = 1
budget_s = 60
[[crowd.section]]
name = "street"
shape = "street"
from = [0, 3, 0]
to = [0, 123, 0]
width_m = 16
[[line]]
text = "What's he doing?"
as = "murmur"
[space]
kind = "street"
length_m = 150
center = [0, 60]
[[place]]
name = "roof"
at = [0, -2, 12]
[[beat]]
name = "now"
seconds = 60
place = "roof"
doing = "chant"
intensity = 0.7
[master]
gain_db = -12
"#;

/// Half of the scene's time in which the crowd has settled, and the time that is compared, seconds.
const SETTLED_S: f64 = 4.0;
const HEARD_S: f64 = 10.0;

/// The street, and how many grains were left out; `levels`: how far it is thinned, from which second on.
fn street(levels: &[(f64, u8)]) -> ([Vec<f32>; 2], u64) {
    let preset = preset::load_text("street", STREET, None, SourceKind::File, &[]).unwrap().preset;
    let cache = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let options = PrepareOptions { live: true, cache: Some(&cache), ..PrepareOptions::default() };
    let mut engine = Engine::prepare(&preset, RATE, &options).unwrap();
    let mut handle = engine.handle().unwrap();
    let frames = RATE.frames(SETTLED_S + HEARD_S) as usize / 256 * 256;
    let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
    let (mut next, mut thinned) = (0, 0);
    for at in (0..frames).step_by(256) {
        while levels.get(next).is_some_and(|level| RATE.frames(level.0) as usize <= at) {
            handle.send(Command::Thin(levels[next].1)).unwrap();
            next += 1;
        }
        engine.process(&mut left[at..at + 256], &mut right[at..at + 256]);
        while let Some(snapshot) = handle.snapshot() {
            thinned = snapshot.thinned;
        }
    }
    ([left, right], thinned)
}

/// Levels of the octaves in which shouting voices are, after the crowd has settled, dB.
fn octaves(sound: &[Vec<f32>; 2]) -> Vec<(f64, f64)> {
    let from = RATE.frames(SETTLED_S) as usize;
    let bands = measure(&[&sound[0][from..], &sound[1][from..]], RATE).unwrap().octaves;
    let voiced = bands.iter().filter(|band| (250.0..=8500.0).contains(&band.hz));
    voiced.map(|band| (band.hz, band.level_db)).collect()
}

/// The largest bend of the wave: what a click is.
fn bend(sound: &[Vec<f32>; 2]) -> f32 {
    let from = RATE.frames(SETTLED_S) as usize;
    let bends = sound.iter().flat_map(|channel| channel[from..].windows(3));
    bends.fold(0.0, |most, w| most.max((w[2] - 2.0 * w[1] + w[0]).abs()))
}

#[test]
fn no_step_of_thinning_changes_an_octave_by_half_a_decibel() {
    let (whole, none) = street(&[]);
    assert_eq!(none, 0);
    let octaves_of_all = octaves(&whole);
    for level in 1..=4 {
        let (thin, left_out) = street(&[(0.0, level)]);
        assert!(left_out > 3000, "{left_out} grains are left out at step {level}");
        for ((hz, all_db), (_, thin_db)) in octaves_of_all.iter().zip(octaves(&thin)) {
            let change = thin_db - all_db;
            assert!(change.abs() < 0.5, "step {level}: {hz} Hz changes by {change:.2} dB");
        }
    }
}

#[test]
fn stepping_up_and_down_does_not_click() {
    let (whole, _) = street(&[]);
    let steps: Vec<(f64, u8)> = (0..30).map(|n| (SETTLED_S + f64::from(n) * 0.3, n as u8 % 3)).collect();
    let (stepped, left_out) = street(&steps);
    assert!(left_out > 1000, "{left_out} grains are left out");
    let (before, after) = (bend(&whole), bend(&stepped));
    assert!(after < 1.3 * before, "the sharpest bend grows from {before} to {after}");
}
