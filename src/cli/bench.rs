//! `uproar bench`.
//!
//! Owns what is measured and how it is said. Mixer, voices and live load are CPU time of one core; the scene is
//! the time on the clock with all threads, which other programs that run meanwhile lengthen.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use cpu_time::ThreadTime;
use serde::Serialize;

use crate::{
    engine::{Engine, PrepareOptions},
    grain::{Bank, BuildOptions, GrainId, Recipe, Stem},
    mix::{Pool, Slot},
    preset::{Change, load},
    rng::{Domain, stream},
    text::{Language, Lexicon, RhythmConfig, lay, read},
    units::{QUANTUM, SampleRate},
    voice::{Act, Manner, Performance, PopulationConfig, Sound, Voice, perform},
};

use super::{
    arguments::Bench,
    failure::Failure,
    terminal::{Progress, print},
};

const RATE: SampleRate = SampleRate::DEFAULT;

/// The share of a core that live playing may take: the rest is for the system and for surprises.
const LIVE_SHARE: f64 = 0.7;

/// Frames of a device block in the live measurement.
const LIVE_BLOCK: usize = 256;

/// Everything that is measured.
#[derive(Debug, Serialize)]
struct Figures {
    /// Version of uproar.
    version: &'static str,
    /// Processors that this program may use.
    processors: usize,
    /// Grains that one core can mix at once, copied from the bank.
    mixer_grains_per_core: f64,
    /// Seconds of voice that one core performs in a second.
    voice_seconds_per_second: f64,
    /// A whole scene.
    scene: SceneFigures,
    /// What one core carries live.
    live: LiveFigures,
    /// Most memory that this program has used, megabytes; absent where the system does not say.
    peak_memory_mb: Option<f64>,
}

#[derive(Debug, Serialize)]
struct SceneFigures {
    preset: &'static str,
    people: usize,
    seconds: f64,
    /// Reading, planning and performing all voices, seconds.
    prepare_s: f64,
    render_s: f64,
    times_real_time: f64,
}

#[derive(Debug, Serialize)]
struct LiveFigures {
    /// People that one core plays in time, with a reserve of 30 %.
    people: u64,
    /// True if the measurement says more than the program allows.
    more: bool,
    /// Load of the slowest hundredth of the blocks, by number of people.
    load_by_people: Vec<(usize, f64)>,
    block_frames: usize,
}

/// Measures this machine.
pub(crate) fn bench(options: &Bench) -> Result<(), Failure> {
    let bar = Progress::new("measuring", 100, false);
    let time = Duration::from_secs_f64(if options.quick { 0.5 } else { 3.0 });
    let mixer_grains_per_core = mixer(time)?;
    bar.set(15, 100);
    let voice_seconds_per_second = voices(time)?;
    bar.set(30, 100);
    let scene = scene(options.quick, options.threads.map(usize::from))?;
    bar.set(70, 100);
    let live = live(options.quick)?;
    drop(bar);
    let figures = Figures {
        version: env!("CARGO_PKG_VERSION"),
        processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        mixer_grains_per_core,
        voice_seconds_per_second,
        scene,
        live,
        peak_memory_mb: peak_memory_mb(),
    };
    if options.json {
        let text = serde_json::to_string_pretty(&figures).map_err(|error| Failure::from_error(&error))?;
        return print(&text);
    }
    print(&say(&figures))
}

fn say(figures: &Figures) -> String {
    let Figures { scene, live, .. } = figures;
    let mut text = format!("mixer   {:>8.0} grains at once on one core\n", figures.mixer_grains_per_core);
    text += &format!("voices  {:>8.0} times real time on one core\n", figures.voice_seconds_per_second);
    text += &format!(
        "scene   {:>8.1} times real time: {} ({:.0} s, {} people) in {:.1} s + {:.1} s of preparing, {} processors\n",
        scene.times_real_time,
        scene.preset,
        scene.seconds,
        scene.people,
        scene.render_s,
        scene.prepare_s,
        figures.processors
    );
    if let Some(mb) = figures.peak_memory_mb {
        text += &format!("memory  {mb:>8.0} MB at most\n");
    }
    let more = if live.more { " or more" } else { "" };
    text += &format!("\nThis machine plays about {} people{more} live.", live.people);
    text
}

/// Noise grains in a pool, everybody within 120 ms as in a chant.
fn mixer(time: Duration) -> Result<f64, Failure> {
    const VOICES: u32 = 4096;
    const BUSES: usize = 84;
    let manner = Manner { effort: 0.8, looseness_s: 0.0, take: 0, fatigue: 0.0 };
    let recipes: Vec<Recipe> =
        (0..192).map(|speaker| Recipe { speaker, act: Act::Sound(Sound::Roar), manner }).collect();
    let cast: Vec<u64> = (0..192).collect();
    let bank = Bank::build_with(&cast, &recipes, 1, RATE, &BuildOptions::default(), |n, _| {
        let mut random = stream(1, Domain::Test, *n, 0);
        let samples: Vec<f32> = (0..RATE.frames(2.1)).map(|_| random.noise()).collect();
        Performance { anchor_frames: 0, stops_frames: vec![samples.len()], samples }
    });
    let bank = Arc::new(bank.map_err(|error| Failure::from_error(&error))?);
    let mut buses = vec![[0.0f32; QUANTUM]; BUSES];
    let (mut played, mut spent) = (0.0, Duration::ZERO);
    let mut pool = Pool::new(bank.clone(), VOICES as usize, BUSES);
    while spent < time {
        pool.reset();
        let start = RATE.frames(1.0);
        for person in 0..VOICES {
            let mut random = stream(2, Domain::Test, u64::from(person), 0);
            let at = start - RATE.frames(random.range(0.0, 0.12));
            let (grain, bus) = (GrainId(random.below(bank.len()) as u32), random.below(BUSES) as u16);
            let _ = pool.start(
                start,
                Slot { at, grain, bus, gain: 0.5, path: 0.1, person, stem: Stem::Chant, ..Slot::SILENT },
            );
        }
        let begun = ThreadTime::now();
        for quantum in 0..750 {
            let _ = pool.process(start + quantum * QUANTUM as u64, &mut buses);
        }
        spent += begun.elapsed();
        played += f64::from(VOICES) * RATE.seconds(750 * QUANTUM as u64);
    }
    std::hint::black_box(&buses);
    Ok(played / spent.as_secs_f64())
}

/// Shouted chants of random people, one after the other.
fn voices(time: Duration) -> Result<f64, Failure> {
    let phrase = read("COME ON, ALL MIGHT!", Language::English, &Lexicon::new());
    let phrase = Arc::new(phrase.map_err(|error| Failure::from_error(&error))?);
    let rhythm = RhythmConfig::default();
    let act =
        Act::Chant { score: Arc::new(lay(&phrase, &rhythm)), phrase, beat_s: rhythm.beat_s(), tune: None };
    let population = PopulationConfig::default();
    let manner = Manner { effort: 0.85, looseness_s: 0.02, take: 0, fatigue: 0.0 };
    let (begun, mut seconds, mut person) = (ThreadTime::now(), 0.0, 0);
    while begun.elapsed() < time {
        let voice = Voice::random(1, person, &population);
        seconds += RATE.seconds(perform(&voice, &act, &manner, 1, person, RATE).samples.len() as u64);
        person += 1;
    }
    Ok(seconds / begun.elapsed().as_secs_f64())
}

fn engine(preset: &str, people: usize, threads: Option<usize>) -> Result<(Engine, f64), Failure> {
    let change = Change::new("--people", "crowd.people", &people.to_string(), false);
    let loaded = load(preset, &[change.map_err(|error| Failure::from_error(&error))?])?;
    let begun = Instant::now();
    let options = PrepareOptions { threads, ..PrepareOptions::default() };
    let engine =
        Engine::prepare(&loaded.preset, RATE, &options).map_err(|error| Failure::from_error(&error))?;
    Ok((engine, begun.elapsed().as_secs_f64()))
}

/// Time that `frames` take in blocks of `block`, and this thread's CPU time for each block as a share of its
/// length: other programs on the machine do not count.
fn run(engine: &mut Engine, frames: u64, block: usize) -> (f64, Vec<f64>) {
    let (mut left, mut right) = (vec![0.0; block], vec![0.0; block]);
    let mut loads = Vec::new();
    let begun = Instant::now();
    let mut done = 0;
    while done < frames {
        let start = ThreadTime::now();
        engine.process(&mut left, &mut right);
        loads.push(start.elapsed().as_secs_f64() / RATE.seconds(block as u64));
        done += block as u64;
    }
    (begun.elapsed().as_secs_f64(), loads)
}

fn scene(quick: bool, threads: Option<usize>) -> Result<SceneFigures, Failure> {
    let preset = if quick { "chant" } else { "kamino" };
    let (mut engine, prepare_s) = engine(preset, 5000, threads)?;
    let seconds = engine.seconds();
    let (render_s, _) = run(&mut engine, RATE.frames(seconds), 2048);
    let people = engine.people();
    Ok(SceneFigures { preset, people, seconds, prepare_s, render_s, times_real_time: seconds / render_s })
}

/// Measures the loudest beat of the chant with few and with many people on one thread, and draws a line.
fn live(quick: bool) -> Result<LiveFigures, Failure> {
    let sizes = if quick { [250, 2000] } else { [1000, 8000] };
    let seconds = if quick { 3.0 } else { 8.0 };
    let mut load_by_people = Vec::new();
    for people in sizes {
        let (mut engine, _) = engine("chant", people, Some(1))?;
        let start_s = engine.scene().beats().last().map_or(0.0, |beat| beat.start_s);
        run(&mut engine, RATE.frames(start_s), 2048);
        let (_, mut loads) = run(&mut engine, RATE.frames(seconds), LIVE_BLOCK);
        loads.sort_by(f64::total_cmp);
        load_by_people.push((people, loads.get(loads.len() * 99 / 100).copied().unwrap_or(0.0)));
    }
    let [(few, low), (many, high)] = [load_by_people[0], load_by_people[1]];
    let slope = ((high - low) / (many - few) as f64).max(1e-9);
    let most = crate::preset::MOST_PEOPLE;
    let estimate = few as f64 + (LIVE_SHARE - low) / slope;
    let people = (estimate.clamp(0.0, most as f64) as u64) / 100 * 100;
    Ok(LiveFigures { people, more: estimate > most as f64, load_by_people, block_frames: LIVE_BLOCK })
}

/// The high-water mark of memory, from Linux's own count.
fn peak_memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse::<f64>().ok().map(|kb| kb / 1024.0)
}
