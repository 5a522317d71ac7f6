//! What every built-in preset sounds like, as a digest: no change of sound goes unnoticed.
//!
//! Each preset plays four parts of one second, spread over its scene, with few people and few voices. After a
//! change that is meant to be heard:
//!
//! ```text
//! UPDATE_GOLDEN=1 cargo test --test golden -- --nocapture
//! ```
//!
//! prints the table and writes it to `tests/golden.txt`; say in the change log what is heard.

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

/// The table as it is kept.
fn written(sounds: &[Sound]) -> String {
    let mut table = String::from("# preset, BLAKE3 of its samples on x86-64 Linux, octave levels in dBFS\n");
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
        let table = written(&now);
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
