//! What the crowd's behaviour costs per quantum.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use uproar::crowd::{Crowd, CrowdConfig, Line, LineConfig, Plan, PlanInput, Role};
use uproar::grain::GrainInfo;
use uproar::scene::{BeatConfig, IntensityConfig, Scene, SceneConfig};
use uproar::text::{Item, Mood, Phrase, Score, ScoreItem, Segment, Stress, Syllable};
use uproar::units::{QUANTUM, SampleRate};

fn line(role: Role) -> Line {
    let syllable = Syllable {
        segments: vec![Segment { phone: uproar::text::Phone::AA, length: 1.0 }],
        nucleus: 0,
        stress: Stress::Primary,
        word: 0,
        stretch: 1.0,
        emphasis: 0.0,
    };
    let phrase = Phrase {
        text: "ah".into(),
        words: Vec::new(),
        syllables: vec![syllable; 4],
        items: (0..4).map(Item::Syllable).collect(),
        mood: Mood::Exclamation,
        emphasis: 0.0,
        notes: Vec::new(),
    };
    let items = (0..4).map(|k| ScoreItem {
        at_beats: k as f64 * 0.75,
        beats: 0.75,
        item: Item::Syllable(k),
        accent: k == 0,
    });
    let score = Score { items: items.collect(), cycle_beats: 4.0, sounding_beats: 3.0 };
    let config = LineConfig { role, ..LineConfig::default() };
    Line { config, phrase: Arc::new(phrase), score: Arc::new(score), bpm: 104.0 }
}

fn steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("crowd/step");
    for (name, doing) in [("murmur", "murmur"), ("chant", "chant"), ("roar", "roar")] {
        for people in [1000, 10_000, 100_000] {
            for direct in [true, false] {
                let beat = BeatConfig {
                    seconds: Some(80_000.0),
                    intensity: IntensityConfig::Constant(if doing == "murmur" { 0.1 } else { 1.0 }),
                    doing: match doing {
                        "murmur" => uproar::scene::Activity::Murmur,
                        "chant" => uproar::scene::Activity::Chant,
                        _ => uproar::scene::Activity::Roar,
                    },
                    ..BeatConfig::default()
                };
                let Ok(scene) = Scene::build(&SceneConfig { beats: vec![beat], intensity: None }) else {
                    return;
                };
                let crowd = CrowdConfig { people, direct, ..CrowdConfig::default() };
                let lines = [line(Role::Chant), line(Role::Murmur), line(Role::Answer)];
                let Ok(plan) = Plan::new(&PlanInput {
                    seed: 7,
                    ..PlanInput::new(&crowd, &lines, &scene, SampleRate::DEFAULT)
                }) else {
                    return;
                };
                let info = GrainInfo {
                    frames: 80_000,
                    anchor_frames: 3000,
                    power_pa2: 1.0,
                    stops_frames: vec![20_000, 40_000, 60_000],
                };
                let mut crowd = Crowd::new(plan, |_| &info);
                let mut events = Vec::with_capacity(crowd.events_capacity());
                let mut now = 0;
                let path = if direct { "direct" } else { "free" };
                group.bench_function(BenchmarkId::new(format!("{name}/{path}"), people), |b| {
                    b.iter(|| {
                        let control = crowd.control(&scene, now);
                        now += QUANTUM as u64;
                        black_box(crowd.step(&control, &mut events))
                    });
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);
