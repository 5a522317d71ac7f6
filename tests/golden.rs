//! What every built-in preset sounds like, as a digest: no change of sound goes unnoticed.
//!
//! Each preset plays four parts of one second, spread over its scene, with few people and few voices. After a
//! change that is meant to be heard:
//!
//! ```text
//! UPDATE_GOLDEN=1 cargo test --test golden -- --nocapture
//! ```
//!
//! prints the table and writes it to `tests/golden.txt`. Say first in the change log, under *Sound*, what is heard: the
//! table holds a digest of that text, and another sound with the same text is refused.

use std::fmt::Write as _;

use uproar::analysis::measure;
use uproar::engine::{Command, Engine, PrepareOptions};
use uproar::preset;
use uproar::units::SampleRate;

/// Parts of a scene that are played, one second each.
const PARTS: usize = 4;
/// How far an octave may be off on machines whose samples may differ in the last bits, dB.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
const TOLERANCE_DB: f64 = 0.1;
/// Octaves more than this under the loudest are not compared, dB.
const FLOOR_DB: f64 = 50.0;

/// One row of the table.
#[derive(Clone, Debug, PartialEq)]
struct Sound {
    name: String,
    /// BLAKE3 of left and right, interleaved, as little-endian floats.
    digest: String,
    /// Octave levels, 63 Hz and up, dB re full scale.
    octaves_db: Vec<f64>,
}

/// Four seconds of a preset.
fn sound(name: &str) -> Sound {
    let mut preset = preset::load(name, &[]).unwrap().preset;
    preset.crowd.people = 60;
    preset.crowd.speakers = 8;
    preset.crowd.takes = 1;
    preset.crowd.budget_s = 20.0;
    let rate = SampleRate::DEFAULT;
    let mut engine = Engine::prepare(&preset, rate, &PrepareOptions::default()).unwrap();
    let second = rate.hz() as usize;
    let (mut left, mut right) = (vec![0.0; PARTS * second], vec![0.0; PARTS * second]);
    let beats = engine.scene().beats().len();
    for (part, (l, r)) in left.chunks_exact_mut(second).zip(right.chunks_exact_mut(second)).enumerate() {
        // From the first beat to the last; a scene with fewer beats goes on where it is.
        let (beat, before) = ((part * beats) / PARTS, (part.saturating_sub(1) * beats) / PARTS);
        if beat != before {
            engine.command(Command::Beat(beat as u16));
        }
        engine.process(l, r);
    }
    assert!(left.iter().chain(&right).all(|x| x.abs() <= 1.0), "{name}: beyond full scale");
    let mut digest = blake3::Hasher::new();
    for (l, r) in left.iter().zip(&right) {
        digest.update(&l.to_le_bytes());
        digest.update(&r.to_le_bytes());
    }
    let octaves = measure(&[&left, &right], rate).unwrap().octaves;
    let octaves_db = octaves.iter().map(|band| band.level_db.max(-120.0)).collect();
    Sound { name: name.to_owned(), digest: digest.finalize().to_hex()[..32].to_owned(), octaves_db }
}

/// What the change log says under *Sound*, all versions, as one digest: it stands in the table, so that a table with
/// other sounds needs another text.
fn told() -> String {
    let log = include_str!("../CHANGELOG.md");
    let mut under = false;
    let mut told = String::new();
    for line in log.lines() {
        match line.strip_prefix('#') {
            Some(heading) => under = heading.trim_start_matches('#').trim() == "Sound",
            None if under && !line.trim().is_empty() => told += line.trim(),
            None => {}
        }
    }
    told
}

/// The digest of some rows.
fn digest_of(sounds: &[Sound]) -> String {
    let mut digest = blake3::Hasher::new();
    for sound in sounds {
        digest.update(format!("{} {}\n", sound.name, sound.digest).as_bytes());
    }
    digest.finalize().to_hex()[..16].to_owned()
}

/// How a line of the table that ties sounds and change log begins.
const TIED: &str = "# sounds and what the change log says under Sound: ";

fn tie(sounds: &[Sound], told: &str) -> String {
    format!("{} {}", digest_of(sounds), &blake3::hash(told.as_bytes()).to_hex()[..16])
}

/// What is wrong with a new table, seen from the old one: other sounds with nothing new in the change log.
fn untold(old: &str, sounds: &[Sound], told: &str) -> Option<String> {
    let before = old.lines().find_map(|line| line.strip_prefix(TIED))?;
    let (sounds_before, told_before) = before.split_once(' ')?;
    let now = tie(sounds, told);
    let (sounds_now, told_now) = now.split_once(' ')?;
    (sounds_before != sounds_now && told_before == told_now).then(|| {
        "presets sound different, and CHANGELOG.md says nothing new under Sound: say what is heard".into()
    })
}

/// The table as it is kept.
fn written(sounds: &[Sound], told: &str) -> String {
    let mut table = String::from("# preset, BLAKE3 of its samples on x86-64 Linux, octave levels in dBFS\n");
    let _ = writeln!(table, "{TIED}{}", tie(sounds, told));
    for sound in sounds {
        let _ = write!(table, "{} {}", sound.name, sound.digest);
        for level in &sound.octaves_db {
            let _ = write!(table, " {level:.2}");
        }
        table.push('\n');
    }
    table
}

fn read(table: &str) -> Vec<Sound> {
    let rows = table.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    rows.map(|row| {
        let mut cells = row.split(' ');
        let (name, digest) = (cells.next().unwrap().to_owned(), cells.next().unwrap().to_owned());
        Sound { name, digest, octaves_db: cells.map(|cell| cell.parse().unwrap()).collect() }
    })
    .collect()
}

/// What is different to the ear, for the message: the octave that moved most.
fn furthest_db(now: &Sound, then: &Sound) -> f64 {
    let loudest = then.octaves_db.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
    let heard = now.octaves_db.iter().zip(&then.octaves_db);
    heard.filter(|(a, b)| a.max(**b) > loudest - FLOOR_DB).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn same(now: &Sound, then: &Sound) -> bool {
    now.digest == then.digest
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn same(now: &Sound, then: &Sound) -> bool {
    now.octaves_db.len() == then.octaves_db.len() && furthest_db(now, then) <= TOLERANCE_DB
}

#[test]
fn every_preset_sounds_as_it_did() {
    let now: Vec<Sound> = preset::built_ins().iter().map(|preset| sound(preset.name)).collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let old = include_str!("golden.txt");
        if let Some(wrong) = untold(old, &now, &told()) {
            panic!("{wrong}");
        }
        let table = written(&now, &told());
        println!("{table}");
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.txt"), table).unwrap();
        return;
    }
    let then = read(include_str!("golden.txt"));
    let mut changed = String::new();
    for sound in &now {
        match then.iter().find(|s| s.name == sound.name) {
            Some(old) if same(sound, old) => {}
            Some(old) => {
                let _ = writeln!(
                    changed,
                    "{}: octaves moved by up to {:.2} dB",
                    sound.name,
                    furthest_db(sound, old)
                );
            }
            None => {
                let _ = writeln!(changed, "{}: not in the table", sound.name);
            }
        }
    }
    for old in then.iter().filter(|old| !now.iter().any(|s| s.name == old.name)) {
        let _ = writeln!(changed, "{}: in the table, but no preset", old.name);
    }
    assert!(changed.is_empty(), "{changed}If this was meant: UPDATE_GOLDEN=1 cargo test --test golden");
}

#[test]
fn the_table_and_what_the_change_log_says_of_sounds_belong_together() {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        // The table that this program was built with is about to be replaced.
        return;
    }
    let table = include_str!("golden.txt");
    let tied =
        table.lines().find_map(|line| line.strip_prefix(TIED)).expect("the table is tied to the change log");
    let (sounds, text) = tied.split_once(' ').unwrap();
    assert_eq!(
        text,
        tie(&[], &told()).split_once(' ').unwrap().1,
        "what stands under Sound has changed: UPDATE_GOLDEN=1 cargo test --test golden, even if no sound has"
    );
    assert_eq!(
        sounds,
        digest_of(&read(table)),
        "rows were changed by hand: UPDATE_GOLDEN=1 cargo test --test golden"
    );
    let names: Vec<&str> = preset::built_ins().iter().map(|preset| preset.name).collect();
    let rows: Vec<String> = read(table).into_iter().map(|sound| sound.name).collect();
    assert_eq!(rows, names, "every preset has a row");
}

#[test]
fn other_sounds_without_a_word_in_the_change_log_are_noticed() {
    let sound =
        |digest: &str| Sound { name: "kamino".into(), digest: digest.into(), octaves_db: vec![-20.0] };
    let (before, after) = ([sound("aa")], [sound("bb")]);
    let table = written(&before, "* Warmer.");
    assert_eq!(read(&table), before);
    assert!(untold(&table, &after, "* Warmer.").is_some());
    assert!(untold(&table, &after, "* Warmer. * Brighter.").is_none());
    assert!(untold(&table, &before, "* Warmer. * Said later.").is_none(), "words alone are no sound");
    assert!(told().len() > 100, "the change log has a part on Sound");
}
