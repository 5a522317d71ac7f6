//! How much faster than real time one voice performs: words by effort and rate, and sounds without words.
//!
//! Criterion reports seconds of sound per second of one core as elements: "600 elem/s" is 600 times real time.

use std::{hint::black_box, sync::Arc};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use uproar::{
    text::{self, Language, Lexicon, RhythmConfig},
    units::SampleRate,
    voice::{Act, Delivery, Kind, Manner, Sound, TraitsConfig, Voice, perform},
};

fn voices(c: &mut Criterion) {
    let phrase = match text::read("COME ON, ALL MIGHT!", Language::English, &Lexicon::new()) {
        Ok(phrase) => Arc::new(phrase),
        Err(error) => panic!("the flagship phrase cannot be read: {error}"),
    };
    let rhythm = RhythmConfig::default();
    let score = Arc::new(text::lay(&phrase, &rhythm));
    let chant = Act::Chant { phrase: phrase.clone(), score, beat_s: rhythm.beat_s(), tune: None };
    let speech = Act::Speak { phrase, delivery: Delivery::Plain };
    let mut group = c.benchmark_group("voice");
    for (name, kind) in [("man", Kind::Man), ("woman", Kind::Woman), ("girl", Kind::Girl)] {
        let voice = Voice::pinned(7, 0, &TraitsConfig { kind: Some(kind), ..Default::default() });
        for (what, act, effort) in [
            ("shouted chant", &chant, 0.85),
            ("murmured speech", &speech, 0.15),
            ("roar", &Act::Sound(Sound::Roar), 0.95),
        ] {
            for hz in [48_000, 96_000] {
                let Some(rate) = SampleRate::new(hz) else { continue };
                let manner = Manner { effort, looseness_s: 0.02, take: 0, fatigue: 0.0 };
                let seconds = perform(&voice, act, &manner, 7, 0, rate).samples.len() as f64 / rate.hz_f64();
                group.throughput(Throughput::Elements(seconds.round().max(1.0) as u64));
                group.bench_function(format!("{what}, {name}, {hz} Hz, {seconds:.1} s"), |b| {
                    b.iter(|| perform(black_box(&voice), act, &manner, 7, 0, rate));
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, voices);
criterion_main!(benches);
