//! Mixes people who make sounds over and over, without crowd, words or walls: the raw material of a roar.
//!
//! ```text
//! cargo run --release --example sound -- clap=1 300 12 applause.wav
//! ```
//!
//! Arguments: sounds with weights (`clap=1,roar=2`), people, seconds, file, and if wanted a seed. People stand
//! on a disc around the listener; nearer ones are louder (amplitude falls as r^-1.5) and come later the
//! farther they are. One person is heard alone at 1 m.

use std::error::Error;

use uproar::analysis::{LoudnessMeter, measure};
use uproar::body;
use uproar::rng::{Domain, stream};
use uproar::units::{SampleRate, gain_from_db};
use uproar::voice::{self, Act, BodySound, Manner, Performance, PopulationConfig, Sound, Voice};

const RATE: SampleRate = SampleRate::DEFAULT;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [sounds, people, seconds, file, rest @ ..] = args.as_slice() else {
        return Err("usage: sound clap=1,cheer=2,… PEOPLE SECONDS FILE.wav [SEED]".into());
    };
    let seed: u64 = rest.first().map_or(Ok(1), |s| s.parse())?;
    let (people, seconds): (u64, f64) = (people.parse()?, seconds.parse()?);
    let mut names = Vec::new();
    let mut weights = Vec::new();
    for part in sounds.split(',') {
        let (name, weight) = part.split_once('=').unwrap_or((part, "1"));
        names.push(name);
        weights.push(weight.parse()?);
    }

    let frames = RATE.frames(seconds) as usize;
    let mut stereo = [vec![0.0f32; frames], vec![0.0f32; frames]];
    for person in 0..people {
        let mut random = stream(seed, Domain::Scene, person, 0);
        let name = names[random.weighted(&weights).unwrap_or(0)];
        // A disc of 2 people per square metre around the listener, nobody nearer than 1.5 m.
        let radius = (people as f64 / 2.0 / std::f64::consts::PI).sqrt();
        let distance = if people == 1 { 1.0 } else { (1.5 * 1.5 + radius * radius * random.unit()).sqrt() };
        let angle = random.range(-1.5, 1.5);
        let gains = [(0.5 - 0.45 * angle / 1.5).sqrt(), (0.5 + 0.45 * angle / 1.5).sqrt()];
        let effort = random.range(0.85, 1.0);
        let mut at = distance / 343.2 + random.range(-1.5, 0.5);
        let pace = random.range(3.4, 4.6);
        for take in 0.. {
            if at >= seconds {
                break;
            }
            let sound = perform(name, effort, take, seed, person)?;
            for (out, gain) in stereo.iter_mut().zip(gains) {
                add(out, &sound, at, gain * distance.powf(-1.5));
            }
            at += match name {
                "clap" | "stomp" => (1.0 + 0.04 * random.normal()) / pace,
                _ => RATE.seconds(sound.samples.len() as u64) + random.range(0.1, 0.8),
            };
        }
    }

    let (left, right) = (&stereo[0], &stereo[1]);
    let mut meter = LoudnessMeter::new(2, RATE)?;
    meter.push(&[left, right])?;
    let gain = gain_from_db(-1.0 - meter.true_peak_dbtp()) as f32;
    let it = measure(&[left, right], RATE)?;
    println!("level at the listener {:.1} dB SPL, crest {:.1} dB", it.rms_db + 93.98, it.crest_db);
    println!("depth {:.1} dB, rise {:.1}, fall {:.1} dB/100 ms", it.depth_db, it.rise_db, it.fall_db);
    let bands = it.third_octaves.iter().filter(|b| (100.0..13_000.0).contains(&b.hz));
    let bands: Vec<String> = bands.map(|b| format!("{} {:.0}", b.hz, b.level_db - it.rms_db)).collect();
    println!("third octaves, dB re total: {}", bands.join(", "));

    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: RATE.hz(),
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(file, spec)?;
    for (l, r) in left.iter().zip(right) {
        wav.write_sample((l * gain * 32_767.0).round() as i16)?;
        wav.write_sample((r * gain * 32_767.0).round() as i16)?;
    }
    wav.finalize()?;
    Ok(())
}

/// One take of one person.
fn perform(
    name: &str,
    effort: f64,
    take: u32,
    seed: u64,
    person: u64,
) -> Result<Performance, Box<dyn Error>> {
    let quoted = serde_json::Value::from(name);
    if let Ok(sound) = serde_json::from_value::<BodySound>(quoted.clone()) {
        return Ok(body::perform(sound, effort, take, seed, person, RATE));
    }
    let act = Act::Sound(serde_json::from_value::<Sound>(quoted)?);
    let speaker = Voice::random(seed, person, &PopulationConfig::default());
    let manner = Manner { effort, looseness_s: 0.0, take, fatigue: 0.0 };
    Ok(voice::perform(&speaker, &act, &manner, seed, person, RATE))
}

/// Adds a performance whose anchor falls on `at_s`; what lies before the start is left out.
fn add(out: &mut [f32], sound: &Performance, at_s: f64, gain: f64) {
    let start = (at_s * RATE.hz_f64()).round() as i64 - sound.anchor_frames as i64;
    for (i, x) in sound.samples.iter().enumerate() {
        if let Some(y) = usize::try_from(start + i as i64).ok().and_then(|i| out.get_mut(i)) {
            *y += x * gain as f32;
        }
    }
}
