//! Whole engines: a scene as fast as it goes, blocks as a device asks for them, and how many people that carries.

use std::time::Instant;

use cpu_time::ThreadTime;
use serde::{Deserialize, Serialize};

use crate::{
    engine::{Engine, PrepareOptions},
    preset::{Change, load},
};

use super::figures::RATE;
use crate::cli::failure::Failure;
use crate::cli::stage::not_prepared;

/// The share of a core that live playing may take: the rest is for the system and for surprises.
const LIVE_SHARE: f64 = 0.7;

/// When the intensity of `chant` is at its highest, after the chant has begun.
const FULL_AFTER_S: f64 = 8.0;

/// Frames of a device's block.
const BLOCKS: [usize; 4] = [128, 256, 512, 1024];

/// A whole scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SceneFigures {
    pub preset: String,
    pub people: usize,
    /// How much of it was rendered.
    pub seconds: f64,
    /// Reading, planning and performing all voices, seconds.
    pub prepare_s: f64,
    pub render_s: f64,
    pub times_real_time: f64,
}

/// How long blocks take, as shares of their own length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct BlockFigures {
    pub people: usize,
    pub block_frames: usize,
    pub blocks: usize,
    pub median: f64,
    pub p99: f64,
    pub p999: f64,
    pub most: f64,
}

/// People that one core plays in time, with a reserve of 30 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct LiveFigures {
    pub block_frames: usize,
    pub people: u64,
    /// True if more would go than the program allows.
    pub more: bool,
}

fn engine(
    preset: &str,
    settings: &[(&str, String)],
    options: &PrepareOptions<'_>,
) -> Result<(Engine, f64), Failure> {
    let change = |(key, value): &(&str, String)| Change::new("bench", key, value, false);
    let changes: Result<Vec<_>, _> = settings.iter().map(change).collect();
    let loaded = load(preset, &changes.map_err(|error| Failure::from_error(&error))?)?;
    let begun = Instant::now();
    let engine = Engine::prepare(&loaded.preset, RATE, options).map_err(|error| not_prepared(&error))?;
    Ok((engine, begun.elapsed().as_secs_f64()))
}

fn people_of(people: usize) -> (&'static str, String) {
    ("crowd.people", people.to_string())
}

/// Time that `frames` take in blocks of `block`, and this thread's CPU time for each block as a share of its
/// length, rising: other programs on the machine do not count.
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
    loads.sort_by(f64::total_cmp);
    (begun.elapsed().as_secs_f64(), loads)
}

fn percentile(rising: &[f64], share: f64) -> f64 {
    let at = (rising.len() as f64 * share) as usize;
    rising.get(at.min(rising.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

/// Renders a scene with all threads.
pub(super) fn scene(quick: bool, options: &PrepareOptions<'_>) -> Result<SceneFigures, Failure> {
    let preset = if quick { "chant" } else { "kamino" };
    let (mut engine, prepare_s) = engine(preset, &[people_of(5000)], options)?;
    let seconds = if quick { 8.0 } else { engine.seconds() };
    let (render_s, _) = run(&mut engine, RATE.frames(seconds), 2048);
    let (preset, people) = (preset.to_string(), engine.people());
    Ok(SceneFigures { preset, people, seconds, prepare_s, render_s, times_real_time: seconds / render_s })
}

/// A chant on one thread, played up to where all shout and go on for `seconds`.
fn loudest(people: usize, seconds: f64, options: &PrepareOptions<'_>) -> Result<Engine, Failure> {
    let settings = [people_of(people), ("beat.chant.seconds", (FULL_AFTER_S + seconds).to_string())];
    let (mut engine, _) = engine("chant", &settings, &PrepareOptions { threads: Some(1), ..*options })?;
    let chant = engine.scene().beats().iter().find(|beat| beat.name == "chant");
    let chant = chant.ok_or_else(|| Failure::new("the preset `chant` has no beat `chant`"))?;
    let before = RATE.frames(chant.start_s + FULL_AFTER_S);
    run(&mut engine, before, 2048);
    Ok(engine)
}

/// Blocks of 128 frames in a crowd of ten thousand (four thousand if it must be quick), and how many people that and
/// few people make likely at each size of a block: a line through both.
pub(super) fn live(
    quick: bool,
    options: &PrepareOptions<'_>,
) -> Result<(BlockFigures, Vec<LiveFigures>), Failure> {
    let (sizes, seconds, long) = if quick { ([500, 4000], 1.0, 3.0) } else { ([1000, 10_000], 6.0, 30.0) };
    // A second to spare, for blocks that do not divide the time.
    let whole = seconds * BLOCKS.len() as f64 + long + 1.0;
    let mut engines = [loudest(sizes[0], whole, options)?, loudest(sizes[1], whole, options)?];
    let frames = RATE.frames(seconds);
    let [small, large] = &mut engines;
    let mut live = Vec::new();
    for block_frames in BLOCKS {
        let low = percentile(&run(small, frames, block_frames).1, 0.5);
        let (_, loads) = run(large, frames, block_frames);
        let high = percentile(&loads, 0.5);
        // The line goes through what is usual, which is steady; the slow blocks must fit too.
        let share = LIVE_SHARE * high / percentile(&loads, 0.99).max(1e-9);
        let slope = ((high - low) / (sizes[1] - sizes[0]) as f64).max(1e-9);
        let most = crate::preset::MOST_PEOPLE;
        let estimate = sizes[0] as f64 + (share - low) / slope;
        let people = (estimate.clamp(0.0, most as f64) as u64) / 100 * 100;
        live.push(LiveFigures { block_frames, people, more: estimate > most as f64 });
    }
    let (_, loads) = run(large, RATE.frames(long), BLOCKS[0]);
    let blocks = BlockFigures {
        people: sizes[1],
        block_frames: BLOCKS[0],
        blocks: loads.len(),
        median: percentile(&loads, 0.5),
        p99: percentile(&loads, 0.99),
        p999: percentile(&loads, 0.999),
        most: percentile(&loads, 1.0),
    };
    Ok((blocks, live))
}
