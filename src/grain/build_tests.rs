use std::sync::{Arc, Mutex};

use super::*;
use crate::grain::GrainId;
use crate::rng::{Domain, stream};
use crate::text::{Mood, Phrase, Score};
use crate::voice::{Manner, Sound};

const RATE: SampleRate = SampleRate::DEFAULT;
const MANNER: Manner = Manner { effort: 0.8, looseness_s: 0.0, take: 0, fatigue: 0.0 };

pub(crate) fn sound_recipe(speaker: u32, sound: Sound) -> Recipe {
    Recipe { speaker, act: Act::Sound(sound), manner: MANNER }
}

pub(crate) fn chant(speaker: u32, beat_s: f64) -> Recipe {
    let phrase = Arc::new(Phrase {
        text: "HEY".to_owned(),
        words: vec![],
        syllables: vec![],
        items: vec![],
        mood: Mood::Statement,
        emphasis: 0.0,
        notes: vec![],
    });
    let score = Arc::new(Score { items: vec![], cycle_beats: 8.0, sounding_beats: 7.0 });
    Recipe { speaker, act: Act::Chant { phrase, score, beat_s, tune: None }, manner: MANNER }
}

/// Noise of a length and level that depend on speaker and take only.
fn noise(voice: &f64, recipe: &Recipe) -> Performance {
    let mut random = stream(5, Domain::Test, u64::from(recipe.speaker), u64::from(recipe.manner.take));
    let frames = 500 + random.below(5000);
    let samples = (0..frames).map(|_| (voice * random.range(-1.0, 1.0)) as f32).collect();
    Performance { samples, anchor_frames: 10, stops_frames: vec![frames / 2, frames] }
}

fn recipes(count: usize) -> Vec<Recipe> {
    (0..count)
        .map(|i| {
            let mut recipe = sound_recipe((i % 7) as u32, Sound::Cheer);
            recipe.manner.take = (i / 7) as u32;
            recipe
        })
        .collect()
}

const CAST: [f64; 7] = [0.1, 1.0, 5.0, 0.01, 2.0, 30.0, 0.7];

fn built(recipes: &[Recipe], options: &BuildOptions<'_>) -> Result<Bank, GrainError> {
    Bank::build_with(&CAST, recipes, 7, RATE, options, noise)
}

#[test]
fn the_bank_is_the_same_for_any_number_of_threads() {
    let recipes = recipes(300);
    let with = |threads| built(&recipes, &BuildOptions { threads: Some(threads), ..Default::default() });
    let one = with(1).unwrap();
    assert_eq!(one.len(), 300);
    for threads in [2, 3, 8] {
        assert!(with(threads).unwrap() == one, "{threads} threads differ");
    }
}

#[test]
fn grains_sound_as_they_were_performed() {
    let recipes = recipes(20);
    let bank = built(&recipes, &BuildOptions::default()).unwrap();
    for (i, recipe) in recipes.iter().enumerate() {
        let performed = noise(&CAST[recipe.speaker as usize], recipe);
        let (samples, scale) = bank.samples(GrainId(i as u32));
        let peak = performed.samples.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        for (&q, &x) in samples.iter().zip(&performed.samples) {
            assert!((f32::from(q) * scale - x).abs() <= peak / 60_000.0);
        }
        let info = bank.info(GrainId(i as u32));
        assert_eq!(info.anchor_frames, 10);
        assert!(performed.samples.len() - info.frames as usize <= 2);
    }
}

#[test]
fn progress_counts_every_grain_once() {
    let seen = Mutex::new(Vec::new());
    let progress = |done, all| seen.lock().unwrap().push((done, all));
    let options = BuildOptions { progress: Some(&progress), threads: Some(3), ..Default::default() };
    built(&recipes(150), &options).unwrap();
    let mut seen = seen.into_inner().unwrap();
    seen.sort_unstable();
    assert_eq!(seen, (1..=150).map(|n| (n, 150)).collect::<Vec<_>>());
}

#[test]
fn cancelling_stops_the_work() {
    let cancel = AtomicBool::new(false);
    let count = AtomicUsize::new(0);
    let progress = |done, _| {
        count.fetch_max(done, Ordering::Relaxed);
        cancel.store(done >= 5, Ordering::Relaxed);
    };
    let options = BuildOptions {
        progress: Some(&progress),
        cancel: Some(&cancel),
        threads: Some(2),
        ..Default::default()
    };
    assert!(matches!(built(&recipes(1000), &options), Err(GrainError::Cancelled)));
    assert!(count.into_inner() < 100);
}

#[test]
fn too_large_is_found_before_the_work_where_it_can_be() {
    let performed = AtomicUsize::new(0);
    let many: Vec<Recipe> = (0..100).map(|_| chant(0, 1.0)).collect();
    let options = BuildOptions { limit_bytes: 100 * 48_000 * 2 * 5, ..Default::default() };
    let result = Bank::build_with(&CAST, &many, 7, RATE, &options, |voice, recipe| {
        performed.fetch_add(1, Ordering::Relaxed);
        noise(voice, recipe)
    });
    assert!(matches!(result, Err(GrainError::TooLarge { grains: 100, .. })), "{result:?}");
    assert_eq!(performed.into_inner(), 0);
}

#[test]
fn too_large_is_found_during_the_work_where_it_cannot_be_known() {
    let options = BuildOptions { limit_bytes: 300_000, ..Default::default() };
    match built(&recipes(1000), &options) {
        Err(GrainError::TooLarge { needed_bytes, limit_bytes, .. }) => {
            assert!(needed_bytes > limit_bytes && limit_bytes == 300_000);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_silent_or_broken_performance_is_named() {
    let of = |samples: Vec<f32>| Performance { samples, anchor_frames: 0, stops_frames: vec![] };
    let bad = |what: &'static str| {
        Bank::build_with(&CAST, &recipes(10), 7, RATE, &BuildOptions::default(), |voice, recipe| {
            if (recipe.speaker, recipe.manner.take) != (2, 1) {
                return noise(voice, recipe);
            }
            match what {
                "silent" => of(vec![0.0; 999]),
                "nan" => of(vec![f32::NAN; 999]),
                _ => panic!("out of breath"),
            }
        })
    };
    assert_eq!(
        bad("silent").unwrap_err().to_string(),
        "performance 9 (cheer, speaker 2, effort 0.8, take 1) is silent"
    );
    assert!(matches!(bad("nan"), Err(GrainError::NotFinite { recipe: 9, .. })));
    match bad("panic") {
        Err(GrainError::Broken { recipe: 9, reason, .. }) => assert_eq!(reason, "out of breath"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_speaker_outside_the_cast_is_refused() {
    let result = built(&[sound_recipe(7, Sound::Boo)], &BuildOptions::default());
    assert!(matches!(result, Err(GrainError::NoSpeaker { speaker: 7, cast: 7, .. })));
}

#[test]
fn no_recipes_make_an_empty_bank() {
    assert!(built(&[], &BuildOptions::default()).unwrap().is_empty());
}

#[test]
fn the_second_build_comes_from_the_cache_and_a_corrupt_one_is_rebuilt() {
    let folder = tempfile::tempdir().unwrap();
    let performed = AtomicUsize::new(0);
    let recipes = recipes(30);
    let options = BuildOptions { cache: Some(folder.path()), ..Default::default() };
    let run = |seed| {
        let bank = Bank::build_with(&CAST, &recipes, seed, RATE, &options, |voice, recipe| {
            performed.fetch_add(1, Ordering::Relaxed);
            noise(voice, recipe)
        });
        (bank.unwrap(), performed.swap(0, Ordering::Relaxed))
    };
    let (first, count) = run(7);
    assert_eq!(count, 30);
    let (second, count) = run(7);
    assert_eq!((count, second == first), (0, true));
    assert_eq!(run(8).1, 30, "another seed must not find it");

    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    let (rebuilt, count) = run(7);
    assert_eq!((count, rebuilt == first), (30, true));
    assert_eq!(run(7).1, 0, "the rebuilt bank is kept");
}

#[test]
fn real_people_clap_and_cheer_into_a_bank() {
    let population = crate::voice::PopulationConfig::default();
    let cast: Vec<Voice> = (0..2).map(|person| Voice::random(3, person, &population)).collect();
    let clap = Recipe { speaker: 0, act: Act::Body(crate::voice::BodySound::Clap), manner: MANNER };
    let bank = Bank::build(&cast, &[clap, sound_recipe(1, Sound::Cheer)], 3, RATE, &BuildOptions::default())
        .unwrap();
    let seconds = |id| RATE.seconds(u64::from(bank.info(GrainId(id)).frames));
    assert!((0.003..0.5).contains(&seconds(0)), "clap of {} s", seconds(0));
    assert!((0.2..2.0).contains(&seconds(1)), "cheer of {} s", seconds(1));
    // A shout at 1 m is some 80 to 105 dB SPL.
    let db = crate::units::db_from_power(f64::from(bank.info(GrainId(1)).power_pa2)) + 94.0;
    assert!((75.0..110.0).contains(&db), "{db:.0} dB SPL");
}
