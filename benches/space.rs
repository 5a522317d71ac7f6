//! Cost of the space per quantum of 64 frames: one bus, 84 buses, the tail, a chain, a layout.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use uproar::rng::{self, Domain};
use uproar::space::{
    BusFilter, Chain, ChainConfig, ChainKind, Layout, PlaceConfig, Room, SENDS, SpaceConfig,
};
use uproar::units::{Block, QUANTUM, SampleRate, Stereo, Vec3};

const RATE: SampleRate = SampleRate::DEFAULT;

fn crowd(people: u64) -> Vec<Vec3> {
    (0..people)
        .map(|p| {
            let mut s = rng::stream(1, Domain::Test, p, 0);
            Vec3::new(s.range(-9.0, 9.0), s.range(-100.0, 290.0), 1.6)
        })
        .collect()
}

fn space(c: &mut Criterion) {
    let (street, place) = (SpaceConfig::default(), PlaceConfig::default());
    let people = crowd(5000);
    let layout = Layout::build(&street, &place, &people, RATE);
    let mut stream = rng::stream(2, Domain::Test, 0, 0);
    let input: Block = std::array::from_fn(|_| stream.noise());
    let mut filters: Vec<BusFilter> = layout.buses.iter().map(|b| BusFilter::new(b, 1, RATE)).collect();
    let mut sends = [[0.0; QUANTUM]; SENDS];

    c.bench_function("bus, one", |b| {
        b.iter(|| {
            let mut out = Stereo::SILENCE;
            filters[0].process(black_box(&input), &mut out, &mut sends);
            out
        })
    });
    let all = format!("buses, all {} of a street", filters.len());
    c.bench_function(&all, |b| {
        b.iter(|| {
            let mut out = Stereo::SILENCE;
            sends = [[0.0; QUANTUM]; SENDS];
            for filter in &mut filters {
                filter.process(black_box(&input), &mut out, &mut sends);
            }
            out
        })
    });
    let mut room = Room::new(&street, RATE);
    sends[0] = input;
    c.bench_function("room", |b| {
        b.iter(|| {
            let mut out = Stereo::SILENCE;
            room.process(black_box(&sends), &mut out);
            out
        })
    });
    let mut chain = Chain::new(&ChainConfig::Named(ChainKind::Television), RATE);
    c.bench_function("chain, television", |b| {
        b.iter(|| {
            let mut out = Stereo { left: input, right: input };
            chain.process(&mut out);
            out
        })
    });
    let mut group = c.benchmark_group("layout");
    group.sample_size(10);
    for n in [5000, 100_000] {
        let people = crowd(n);
        group.bench_function(format!("{n} people"), |b| {
            b.iter(|| Layout::build(&street, &place, black_box(&people), RATE))
        });
    }
    group.finish();
}

criterion_group!(benches, space);
criterion_main!(benches);
