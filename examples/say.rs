//! One dry voice says or chants a phrase into a WAV file; no device is needed.
//!
//! ```sh
//! cargo run --release --example say -- "beat him" woman.wav --kind woman --effort 0.85 --beat 0.4 --seed 3
//! ```
//!
//! Options: `--kind woman|man|girl|boy`, `--f0 HZ` (pitch at that effort), `--effort 0..1`, `--beat SECONDS`
//! (0: speech timing), `--take N`, `--seed N`. The file holds 32-bit floats, 1.0 = 1 Pa at 1 m times 0.25.

use std::{error::Error, sync::Arc};

use uproar::{
    text::{self, Item, Language, Lexicon, Score, ScoreItem},
    units::SampleRate,
    voice::{Act, Delivery, Kind, Manner, PopulationConfig, TraitsConfig, Voice, perform},
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|i| arguments.get(i + 1)).map(String::as_str)
    };
    let number = |name: &str, default: f64| option(name).map_or(Ok(default), str::parse);
    let (Some(words), Some(path)) = (arguments.first(), arguments.get(1)) else {
        return Err("usage: say PHRASE FILE.wav [--kind woman] [--effort 0.8] [--beat 0.4] [--f0 300]".into());
    };
    let (seed, effort, beat_s) =
        (number("--seed", 1.0)? as u64, number("--effort", 0.8)?, number("--beat", 0.0)?);
    let kind = match option("--kind") {
        Some("woman") => Some(Kind::Woman),
        Some("man") => Some(Kind::Man),
        Some("girl") => Some(Kind::Girl),
        Some("boy") => Some(Kind::Boy),
        _ => None,
    };
    let mut voice = match kind {
        Some(_) => Voice::pinned(seed, 0, &TraitsConfig { kind, ..TraitsConfig::default() }),
        None => Voice::random(seed, 0, &PopulationConfig::default()),
    };
    let f0_hz = number("--f0", 0.0)?;
    if f0_hz > 0.0 {
        voice = voice.pitched(f0_hz, effort);
    }
    let phrase = Arc::new(text::read(words, Language::English, &Lexicon::new())?);
    let act = if beat_s > 0.0 {
        // One syllable on every beat, the last one a little longer.
        let count = phrase.syllables.len();
        let items = (0..count)
            .map(|i| ScoreItem {
                at_beats: i as f64,
                beats: if i + 1 == count { 1.3 } else { 1.0 },
                item: Item::Syllable(i),
                accent: true,
            })
            .collect();
        let score = Score { items, cycle_beats: count as f64 + 1.0, sounding_beats: count as f64 };
        Act::Chant { phrase, score: Arc::new(score), beat_s, tune: None }
    } else {
        Act::Speak { phrase, delivery: Delivery::Plain }
    };
    let rate = SampleRate::DEFAULT;
    let manner = Manner { effort, looseness_s: 0.0, take: number("--take", 0.0)? as u32, fatigue: 0.0 };
    let performance = perform(&voice, &act, &manner, seed, 0, rate);
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate.hz(),
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut file = hound::WavWriter::create(path, spec)?;
    for sample in &performance.samples {
        file.write_sample(0.25 * sample)?;
    }
    file.finalize()?;
    println!(
        "{:?} at {:.0} Hz, {:.2} s, beat 0 at {:.3} s",
        voice.kind,
        voice.f0_at(effort),
        rate.seconds(performance.samples.len() as u64),
        rate.seconds(performance.anchor_frames as u64)
    );
    Ok(())
}
