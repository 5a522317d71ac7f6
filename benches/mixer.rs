//! How many grains one core can mix: as they are, and each at a rate of its own.
//!
//! Throughput is in elements of one voice and one quantum; times 64 / 48000 that is voice-seconds per
//! second. `cargo bench --bench mixer`.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use uproar::grain::{Bank, BuildOptions, GrainId, Rate, Recipe, Stem};
use uproar::mix::{Master, MasterConfig, Pool, Slot};
use uproar::rng::{Domain, stream};
use uproar::units::{Block, QUANTUM, SampleRate, Stereo};
use uproar::voice::{Act, Manner, Performance, Sound};

const RATE: SampleRate = SampleRate::DEFAULT;

/// As many as a place has: rings of distance times directions.
const BUSES: usize = 84;

/// A bank of noises: 192 grains of 2.1 s are 39 MB, 64 speakers with 3 takes each.
fn bank(grains: u32, seconds: f64) -> Arc<Bank> {
    let manner = Manner { effort: 0.8, looseness_s: 0.0, take: 0, fatigue: 0.0 };
    let recipe = |speaker| Recipe { speaker, act: Act::Sound(Sound::Roar), manner };
    let recipes: Vec<Recipe> = (0..grains).map(recipe).collect();
    let cast: Vec<u32> = (0..grains).collect();
    let bank = Bank::build_with(&cast, &recipes, 1, RATE, &BuildOptions::default(), |&n, _| {
        let mut random = stream(1, Domain::Test, u64::from(n), 0);
        let samples: Vec<f32> = (0..RATE.frames(seconds)).map(|_| random.range(-1.0, 1.0) as f32).collect();
        Performance { anchor_frames: 0, stops_frames: vec![samples.len()], samples }
    });
    Arc::new(bank.expect("noise can be performed"))
}

/// A pool in which everybody has begun, after the fades in. `scatter_s`: how far apart they are in the grain;
/// `rates`: how far their rates are from one, as a share of it.
fn pool_of(bank: &Arc<Bank>, voices: u32, scatter_s: f64, rates: f64) -> Pool {
    let mut pool = Pool::new(bank.clone(), voices as usize, BUSES);
    let now = RATE.frames(4.0);
    for person in 0..voices {
        let mut random = stream(2, Domain::Test, u64::from(person), 0);
        let slot = Slot {
            at: now - RATE.frames(random.range(0.0, scatter_s)),
            grain: GrainId(random.below(bank.len()) as u32),
            rate: Rate::nearest(random.range(1.0 - rates, 1.0 + 1.25 * rates)),
            bus: random.below(BUSES) as u16,
            gain: random.range(0.5, 1.0) as f32,
            path: 0.1,
            person,
            stem: Stem::Chant,
            ..Slot::SILENT
        };
        let _ = pool.start(now, slot);
    }
    let mut buses = vec![[0.0; QUANTUM]; BUSES];
    for q in 0..WARM {
        pool.process(now + q * QUANTUM as u64, &mut buses);
    }
    pool
}

/// Half a second of everybody.
fn play(pool: &mut Pool, buses: &mut [Block]) {
    for q in WARM..WARM + QUANTA {
        buses.iter_mut().for_each(|bus| *bus = [0.0; QUANTUM]);
        black_box(pool.process(RATE.frames(4.0) + q * QUANTUM as u64, buses));
    }
}

/// Quanta of the fades in.
const WARM: u64 = 3;

/// Half a second.
const QUANTA: u64 = 375;

fn copy(c: &mut Criterion) {
    let bank = bank(192, 2.1);
    for (name, scatter_s) in [("unison", 0.12), ("scattered", 1.4)] {
        let mut group = c.benchmark_group(format!("copy/{name}"));
        group.sample_size(10);
        for voices in [100, 1_000, 10_000, 100_000] {
            group.throughput(Throughput::Elements(u64::from(voices) * QUANTA));
            group.bench_function(BenchmarkId::from_parameter(voices), |b| {
                let mut buses = vec![[0.0; QUANTUM]; BUSES];
                let warm = || pool_of(&bank, voices, scatter_s, 0.0);
                b.iter_batched_ref(warm, |pool| play(pool, &mut buses), BatchSize::PerIteration);
            });
        }
        group.finish();
    }
}

fn start(c: &mut Criterion) {
    let bank = bank(192, 2.1);
    let mut group = c.benchmark_group("start");
    group.sample_size(10);
    for (name, capacity) in [("all at once", 10_000), ("into a full pool", 5_000)] {
        group.throughput(Throughput::Elements(10_000));
        group.bench_function(name, |b| {
            let start_all = |pool: &mut Pool| {
                for person in 0..10_000u32 {
                    let slot = Slot {
                        at: u64::from(person % 9_000),
                        grain: GrainId(person % 192),
                        bus: (person % 84) as u16,
                        gain: 1.0 + person as f32 * 1e-3,
                        path: 0.1,
                        person,
                        ..Slot::SILENT
                    };
                    let _ = black_box(pool.start(0, slot));
                }
            };
            let empty = || Pool::new(bank.clone(), capacity, BUSES);
            b.iter_batched_ref(empty, start_all, BatchSize::PerIteration);
        });
    }
    group.finish();
}

/// Everybody at a rate of their own from the whole range, at the processor's best level and in portable code.
fn rates(c: &mut Criterion) {
    let bank = bank(192, 1.2);
    let mut group = c.benchmark_group("rates");
    group.sample_size(10);
    for voices in [100, 1_000, 5_000, 100_000] {
        group.throughput(Throughput::Elements(u64::from(voices) * QUANTA));
        for name in ["best", "portable"] {
            group.bench_function(BenchmarkId::new(name, voices), |b| {
                let warm = || {
                    let pool = pool_of(&bank, voices, 0.12, 0.2);
                    if name == "best" { pool } else { pool.portable() }
                };
                let mut buses = vec![[0.0; QUANTUM]; BUSES];
                b.iter_batched_ref(warm, |pool| play(pool, &mut buses), BatchSize::PerIteration);
            });
        }
    }
    group.finish();
}

/// What reading the samples costs alone: the mixer cannot be faster than this.
fn loads(c: &mut Criterion) {
    let bank = bank(192, 1.2);
    let mut group = c.benchmark_group("loads");
    group.sample_size(10);
    for voices in [5_000u64, 100_000] {
        group.throughput(Throughput::Elements(voices * QUANTA));
        let readers = || -> Vec<(GrainId, usize)> {
            (0..voices)
                .map(|person| {
                    let mut random = stream(2, Domain::Test, person, 0);
                    (GrainId(random.below(bank.len()) as u32), RATE.frames(random.range(0.0, 0.12)) as usize)
                })
                .collect()
        };
        let read = |readers: &mut Vec<(GrainId, usize)>| {
            let mut sum = [0i16; QUANTUM];
            for _ in 0..QUANTA {
                for (grain, at) in readers.iter_mut() {
                    let (samples, _) = bank.samples(*grain);
                    sum.iter_mut().zip(&samples[*at..]).for_each(|(sum, x)| *sum ^= x);
                    *at += QUANTUM;
                }
            }
            sum
        };
        group.bench_function(BenchmarkId::from_parameter(voices), |b| {
            b.iter_batched_ref(readers, read, BatchSize::PerIteration);
        });
    }
    group.finish();
}

fn master(c: &mut Criterion) {
    let mut group = c.benchmark_group("master");
    group.throughput(Throughput::Elements(QUANTUM as u64));
    for (name, level) in [("untouched", 0.1f32), ("limiting", 60.0)] {
        group.bench_function(name, |b| {
            let mut master = Master::new(&MasterConfig::default(), RATE);
            let mut random = stream(1, Domain::Test, 0, 0);
            let noise: Block = std::array::from_fn(|_| level * random.range(-1.0, 1.0) as f32);
            b.iter(|| {
                let mut io = Stereo { left: noise, right: noise };
                black_box(master.process(&mut io))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, copy, start, rates, loads, master);
criterion_main!(benches);
