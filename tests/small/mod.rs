//! A street corner with few people and few voices, and ways to play it: shared by the tests of the engine.
#![allow(dead_code, reason = "each test program uses a part")]

use proptest::test_runner::{Config, RngSeed};
use uproar::engine::{Engine, EngineHandle, PrepareOptions};
use uproar::preset::{self, Preset, SourceKind};
use uproar::units::SampleRate;

/// Frames per second in all these tests.
pub const RATE: SampleRate = SampleRate::DEFAULT;

/// Everything once, in five seconds: a cross-fade there and back, a call, a solo through the screen, a hush, a roar.
pub const QUICK: &str = r#"
[[beat]]
name = "murmur"
seconds = 0.7
place = "near"
doing = "murmur"
intensity = 0.12
cues = [{ at = 0.1, do = "call", line = "spark" }]
[[beat]]
name = "chant"
seconds = 1.3
doing = "chant"
intensity = [[0, 0.6], [1, 1.0, "smooth"]]
cues = [{ at = 0.2, do = "solo", line = "turn", who = "hero" }]
[[beat]]
name = "far"
seconds = 0.8
place = "far"
fade_s = 0.3
doing = "chant"
phrase = "name"
intensity = 1.0
[[beat]]
name = "hush"
seconds = 1.2
place = "near"
fade_s = 0.05
doing = "chant"
intensity = 1.0
cues = [{ at = 0.4, do = "hush" }]
[[beat]]
name = "roar"
seconds = 1.0
doing = "roar"
intensity = 1.0
"#;

/// The corner with these beats.
pub fn corner(beats: &str) -> Preset {
    let text = format!("{}\n{beats}", include_str!("corner.toml"));
    preset::load_text("corner", &text, None, SourceKind::File, &[]).unwrap().preset
}

/// An engine and its control side.
pub fn engine(preset: &Preset, threads: usize, live: bool) -> (Engine, EngineHandle) {
    let options = PrepareOptions { threads: Some(threads), live, ..PrepareOptions::default() };
    let mut engine = Engine::prepare(preset, RATE, &options).unwrap();
    let handle = engine.handle().unwrap();
    (engine, handle)
}

/// The next `frames` frames, asked for in blocks whose lengths repeat.
pub fn play(engine: &mut Engine, frames: usize, blocks: &[usize]) -> [Vec<f32>; 2] {
    let (mut left, mut right) = (vec![f32::NAN; frames], vec![f32::NAN; frames]);
    let mut done = 0;
    for block in blocks.iter().cycle() {
        if done == frames {
            break;
        }
        let end = (done + block).min(frames);
        engine.process(&mut left[done..end], &mut right[done..end]);
        done = end;
    }
    [left, right]
}

/// How many frames the whole scene has.
pub fn frames(engine: &Engine) -> usize {
    engine.rate().frames(engine.seconds()) as usize
}

/// The first frame whose bits differ, with both values.
pub fn first_difference(a: &[Vec<f32>; 2], b: &[Vec<f32>; 2]) -> Option<(usize, [f32; 2], [f32; 2])> {
    assert_eq!((a[0].len(), a[1].len()), (b[0].len(), b[1].len()));
    let same = |c: usize, i: usize| a[c][i].to_bits() == b[c][i].to_bits();
    (0..a[0].len()).find(|&i| !same(0, i) || !same(1, i)).map(|i| (i, [a[0][i], a[1][i]], [b[0][i], b[1][i]]))
}

/// So many cases, always the same ones; or, with `UPROAR_CASES=n`, n times as many, drawn anew.
pub fn cases(few: u32) -> Config {
    let asked: Option<u32> = std::env::var("UPROAR_CASES").ok().and_then(|n| n.parse().ok());
    Config {
        cases: few * asked.unwrap_or(1),
        rng_seed: asked.map_or(RngSeed::Fixed(8), |_| RngSeed::Random),
        failure_persistence: None,
        max_shrink_iters: 60,
        ..Config::default()
    }
}
