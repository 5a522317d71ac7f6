//! How many grains one core can mix: copied through the pool, and interpolated at a rate of their own.
//!
//! Throughput is in elements of one voice and one quantum; times 64 / 48000 that is voice-seconds per
//! second. `cargo bench --bench mixer`.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use uproar::grain::{Bank, BuildOptions, GrainId, Recipe, Stem};
use uproar::mix::{Master, MasterConfig, Pool, Slot, kernel};
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

/// A pool in which everybody has just begun. `scatter_s`: how far apart they are in the grain.
fn pool_of(bank: &Arc<Bank>, voices: u32, scatter_s: f64) -> Pool {
    let mut pool = Pool::new(bank.clone(), voices as usize, BUSES);
    let now = RATE.frames(4.0);
    for person in 0..voices {
        let mut random = stream(2, Domain::Test, u64::from(person), 0);
        let slot = Slot {
            at: now - RATE.frames(random.range(0.0, scatter_s)),
            grain: GrainId(random.below(bank.len()) as u32),
            bus: random.below(BUSES) as u16,
            gain: random.range(0.5, 1.0) as f32,
            path: 0.1,
            delay_frames: 0,
            person,
            stem: Stem::Chant,
        };
        let _ = pool.start(now, slot);
    }
    pool
}

/// Half a second of everybody, after their fades in.
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
                let warm = || {
                    let mut pool = pool_of(&bank, voices, scatter_s);
                    let mut buses = vec![[0.0; QUANTUM]; BUSES];
                    for q in 0..3 {
                        pool.process(RATE.frames(4.0) + q * QUANTUM as u64, &mut buses);
                    }
                    pool
                };
                let run = |pool: &mut Pool| {
                    for q in 3..3 + QUANTA {
                        buses.iter_mut().for_each(|bus| *bus = [0.0; QUANTUM]);
                        black_box(pool.process(RATE.frames(4.0) + q * QUANTUM as u64, &mut buses));
                    }
                };
                b.iter_batched_ref(warm, run, BatchSize::PerIteration);
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
                        delay_frames: 0,
                        person,
                        stem: Stem::Chant,
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

fn interpolate(c: &mut Criterion) {
    let bank = bank(64, 1.2);
    let arch = kernel::Level::best();
    let mut group = c.benchmark_group("interpolate");
    group.sample_size(10);
    for voices in [1_000u64, 5_000, 100_000] {
        let readers: Vec<(usize, kernel::Reader, f32)> = (0..voices)
            .map(|voice| {
                let mut random = stream(3, Domain::Test, voice, 0);
                let at = RATE.frames(random.range(0.0, 0.9)) as u32;
                let reader = kernel::Reader::new(at, random.range(0.8, 1.25));
                (random.below(64), reader, random.range(0.1, 1.0) as f32)
            })
            .collect();
        for (name, level) in [("best", arch), ("portable", kernel::Level::portable())] {
            group.throughput(Throughput::Elements(voices * 100));
            group.bench_function(BenchmarkId::new(name, voices), |b| {
                let run = |readers: &mut Vec<(usize, kernel::Reader, f32)>| {
                    let mut bus: Block = [0.0; QUANTUM];
                    for _ in 0..100 {
                        for (grain, reader, gain) in readers.iter_mut() {
                            let (samples, _) = bank.samples(GrainId(*grain as u32));
                            kernel::add_resampled(level, &mut bus, samples, reader, *gain);
                        }
                    }
                    bus
                };
                b.iter_batched_ref(|| readers.clone(), run, BatchSize::PerIteration);
            });
        }
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

criterion_group!(benches, copy, start, interpolate, master);
criterion_main!(benches);
