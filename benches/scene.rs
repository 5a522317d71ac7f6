//! Cost of the whole engine per quantum of 64 frames, on one thread as in a device callback.
//!
//! Beside criterion's mean it prints what a device cares about: the median, the 99th percentile and the worst
//! of 3000 quanta against the 1.33 ms that one lasts, and how many times faster than real time that is.

use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use uproar::engine::{Command, Engine, PrepareOptions};
use uproar::preset::{self, Preset, SourceKind};
use uproar::scene::Activity;
use uproar::units::{QUANTUM, SampleRate};

const RATE: SampleRate = SampleRate::DEFAULT;

/// A street with few voices, so that its bank is made quickly: the cost of mixing does not depend on them.
const STREET: &str = r#"
version = 1
title = "Street"
about = "For measuring"
phrase = "COME ON, ALL MIGHT!"
[crowd]
speakers = 8
takes = 1
budget_s = 20
rate_per_s = 2.0
front_m_s = 300
[leader]
at = [0, 0, 20]
[[line]]
text = "What's he doing?"
as = "murmur"
[space]
kind = "street"
length_m = 300
center = [0, 150]
[[place]]
name = "roof"
at = [0, -2, 22]
[[beat]]
name = "now"
seconds = 60
place = "roof"
doing = "murmur"
intensity = 0.12
"#;

fn street(people: usize) -> Preset {
    let mut preset = preset::load_text("street", STREET, None, SourceKind::File, &[])
        .unwrap_or_else(|error| panic!("{error}"))
        .preset;
    preset.crowd.people = people;
    preset
}

/// Prints the spread of the cost of single quanta.
fn spread(name: &str, mut quantum: impl FnMut()) {
    let mut times_ms: Vec<f64> = (0..3000)
        .map(|_| {
            let begun = Instant::now();
            quantum();
            1000.0 * begun.elapsed().as_secs_f64()
        })
        .collect();
    let mean = times_ms.iter().sum::<f64>() / times_ms.len() as f64;
    times_ms.sort_by(f64::total_cmp);
    let at = |share: f64| times_ms[((times_ms.len() - 1) as f64 * share) as usize];
    let lasts = 1000.0 * QUANTUM as f64 / RATE.hz_f64();
    println!(
        "{name}: median {:.3} ms, 99 % {:.3} ms, worst {:.3} ms of {lasts:.2} ms; {:.1} times real time",
        at(0.5),
        at(0.99),
        at(1.0),
        lasts / mean,
    );
}

fn scene(c: &mut Criterion) {
    let options = PrepareOptions { threads: Some(1), live: true, ..PrepareOptions::default() };
    let doings =
        [("murmur", Activity::Murmur, 0.12), ("unison", Activity::Chant, 1.0), ("roar", Activity::Roar, 1.0)];
    for people in [1000, 5000, 10_000] {
        let mut engine = Engine::prepare(&street(people), RATE, &options).expect("the street is sound");
        engine.command(Command::Hold(true));
        let (mut left, mut right) = ([0.0; QUANTUM], [0.0; QUANTUM]);
        for (name, activity, intensity) in doings {
            engine.command(Command::Activity(activity));
            engine.command(Command::Intensity(intensity));
            // Until everybody has joined in: 4 s.
            for _ in 0..3000 {
                engine.process(&mut left, &mut right);
            }
            let name = format!("quantum, {people} people, {name}");
            spread(&name, || engine.process(&mut left, &mut right));
            c.bench_function(&name, |b| b.iter(|| engine.process(&mut left, &mut right)));
        }
    }
}

criterion_group!(benches, scene);
criterion_main!(benches);
