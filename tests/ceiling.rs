//! Levels: energy follows the number of people, and nothing passes the ceiling whatever comes in.

mod small;

use proptest::prelude::*;
use rustfft::{FftPlanner, num_complex::Complex};
use small::{RATE, cases, play};
use uproar::engine::{Engine, PrepareOptions};
use uproar::math;
use uproar::mix::{Master, MasterConfig};
use uproar::preset::{self, SourceKind};
use uproar::rng::{self, Domain};
use uproar::units::{QUANTUM, Stereo};

/// How many times the meter oversamples.
const TIMES: usize = 8;

/// Share of the rate up to which everything passes the meter: 20 kHz of 48, as in converters. Above, it rolls off until
/// half the rate; without that, what begins or ends abruptly there would have no largest value at all.
const PASSES: f64 = 20.0 / 48.0;

/// The largest value of a signal between its samples too: its spectrum, with silence above. Apart from the program's own
/// meters, which interpolate with a short filter.
fn true_peak(signal: &[f32]) -> f64 {
    // Silence around it, so that the end does not meet the beginning.
    let frames = (signal.len() + 2048).next_power_of_two();
    let mut bins: Vec<Complex<f64>> = vec![Complex::default(); frames];
    for (bin, x) in bins[1024..].iter_mut().zip(signal) {
        bin.re = f64::from(*x);
    }
    let mut planner = FftPlanner::new();
    planner.plan_fft_forward(frames).process(&mut bins);
    for n in 0..=frames / 2 {
        let over = ((n as f64 / frames as f64 - PASSES) / (0.5 - PASSES)).clamp(0.0, 1.0);
        let passes = 0.5 + 0.5 * math::cos(std::f64::consts::PI * over);
        bins[n] *= passes;
        if n > 0 && n < frames / 2 {
            bins[frames - n] *= passes;
        }
    }
    let mut fine = vec![Complex::default(); TIMES * frames];
    fine[..frames / 2].copy_from_slice(&bins[..frames / 2]);
    fine[TIMES * frames - frames / 2 + 1..].copy_from_slice(&bins[frames / 2 + 1..]);
    planner.plan_fft_inverse(TIMES * frames).process(&mut fine);
    fine.iter().map(|x| x.re.abs() / frames as f64).fold(0.0, f64::max)
}

/// The true peak as another program measures it (ITU-R BS.1770-5).
fn standard_peak(signal: &[f32]) -> f64 {
    let mut meter = ebur128::EbuR128::new(1, RATE.hz(), ebur128::Mode::TRUE_PEAK).unwrap();
    meter.add_frames_f32(signal).unwrap();
    meter.true_peak(0).unwrap()
}

#[test]
fn the_meter_finds_a_peak_between_two_samples() {
    // A quarter of the rate at 45 degrees: samples of 0.707, peaks of 1.
    let wave: Vec<f32> = (0..4096)
        .map(|n| {
            let fade = math::sin(std::f64::consts::PI * f64::from(n) / 4096.0);
            (fade * math::sin(std::f64::consts::TAU * (0.25 * f64::from(n) + 0.125))) as f32
        })
        .collect();
    let samples = wave.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    assert!(samples < 0.71 && (true_peak(&wave) - 1.0).abs() < 0.001, "{samples} {}", true_peak(&wave));
}

/// What may come out of something that is broken upstream.
#[derive(Clone, Debug)]
enum Hostile {
    Noise(f32),
    Impulses(f32, usize),
    Direct(f32),
    Alternating(f32),
    Tone(f32, f64),
    Steps(f32, usize),
    Burst(f32),
}

impl Hostile {
    fn sample(&self, n: usize, draw: u64) -> f32 {
        let noise = (draw >> 40) as f32 / (1u64 << 23) as f32 - 1.0;
        match *self {
            Self::Noise(level) => level * noise,
            Self::Impulses(level, every) => {
                let sign = if noise > 0.0 { level } else { -level };
                if n.is_multiple_of(every) { sign } else { 0.0 }
            }
            Self::Direct(level) => level,
            Self::Alternating(level) => {
                if n.is_multiple_of(2) {
                    level
                } else {
                    -level
                }
            }
            Self::Tone(level, share) => {
                (f64::from(level) * math::sin(std::f64::consts::TAU * share * n as f64 + 0.785)) as f32
            }
            Self::Steps(level, every) => {
                if (n / every).is_multiple_of(2) {
                    level
                } else {
                    -level
                }
            }
            Self::Burst(level) => {
                if (2000..2100).contains(&(n % 4000)) {
                    level * noise
                } else {
                    0.0
                }
            }
        }
    }
}

fn hostile() -> impl Strategy<Value = Hostile> {
    // Pascals, up to 194 dB SPL: more than full scale by far.
    let level = prop_oneof![Just(1.0f32), Just(1e5), 0.001f32..1e5];
    prop_oneof![
        level.clone().prop_map(Hostile::Noise),
        (level.clone(), 1usize..3000).prop_map(|(level, every)| Hostile::Impulses(level, every)),
        level.clone().prop_map(Hostile::Direct),
        level.clone().prop_map(Hostile::Alternating),
        (level.clone(), 0.001f64..0.4999).prop_map(|(level, share)| Hostile::Tone(level, share)),
        (level.clone(), 1usize..500).prop_map(|(level, every)| Hostile::Steps(level, every)),
        level.prop_map(Hostile::Burst),
    ]
}

fn config() -> impl Strategy<Value = MasterConfig> {
    let ceiling = prop_oneof![Just(-1.0), Just(0.0), -24.0f64..0.0];
    (ceiling, 0.0005f64..0.05, 0.001f64..1.0, any::<bool>(), -20.0f64..60.0).prop_map(
        |(ceiling_dbtp, look_ahead_s, limiter_release_s, levelling, gain_db)| MasterConfig {
            ceiling_dbtp,
            look_ahead_s,
            limiter_release_s,
            levelling,
            gain_db,
            ..MasterConfig::default()
        },
    )
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn no_signal_passes_the_ceiling_between_samples_either(
        config in config(),
        signals in prop::collection::vec((hostile(), hostile(), 1usize..60), 1..4),
        poison in prop::collection::vec((0usize..200, 0usize..64, 0usize..5), 0..4),
        seed in any::<u64>(),
    ) {
        config.check().unwrap();
        let mut master = Master::new(&config, RATE);
        let mut heard = [Vec::new(), Vec::new()];
        let mut frame = 0;
        let mut pass = |master: &mut Master, quantum: usize, left: &dyn Fn(usize) -> f32, right: &dyn Fn(usize) -> f32| {
            let mut io = Stereo::SILENCE;
            for i in 0..QUANTUM {
                (io.left[i], io.right[i]) = (left(frame + i), right(frame + i));
            }
            for (at, i, kind) in &poison {
                if *at == quantum {
                    let poison = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN_POSITIVE];
                    io.left[*i] = poison[*kind];
                }
            }
            frame += QUANTUM;
            let _ = master.process(&mut io);
            heard[0].extend(io.left);
            heard[1].extend(io.right);
        };
        let mut quantum = 0;
        let draw = |n: usize, side: u64| rng::key(seed, Domain::Test, n as u64, side);
        for (left, right, quanta) in &signals {
            for _ in 0..*quanta {
                pass(&mut master, quantum, &|n| left.sample(n, draw(n, 0)), &|n| right.sample(n, draw(n, 1)));
                quantum += 1;
            }
        }
        // It rings out.
        for _ in 0..50 {
            pass(&mut master, quantum, &|_| 0.0, &|_| 0.0);
            quantum += 1;
        }
        let ceiling = 10f64.powf(config.ceiling_dbtp / 20.0);
        for channel in &heard {
            prop_assert!(channel.iter().all(|x| x.is_finite()));
            let sample = channel.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
            prop_assert!(f64::from(sample) <= ceiling * 1.000_001, "a sample of {sample} at a ceiling of {ceiling}");
            let meters = [
                ("spectrum", true_peak(channel), SPECTRUM_DB),
                ("standard", standard_peak(channel), STANDARD_DB),
            ];
            for (meter, peak, tolerance_db) in meters {
                let over_db = 20.0 * math::log10(peak / ceiling);
                prop_assert!(over_db <= tolerance_db, "{meter}: {over_db:.2} dB above a ceiling of {ceiling}");
            }
        }
    }
}

/// What a finer meter may find of full-scale noise that begins at once, with the gain at its fastest.
const SPECTRUM_DB: f64 = 0.1;
const STANDARD_DB: f64 = 0.02;

/// People in a field, heard from half a kilometre away, so that nobody is nearer than others; their energy.
fn energy(people: usize, doing: &str, seed: u64) -> f64 {
    let text = format!(
        r#"
version = 1
title = "Field"
phrase = "COME ON, ALL MIGHT!"
seed = {seed}
[crowd]
people = {people}
direct = true
breathing_db = 0
speakers = 24
takes = 2
budget_s = 100
[[crowd.section]]
name = "field"
shape = "disc"
radius_m = 20
[space]
kind = "dry"
turbulence_db = 0
[[place]]
name = "far"
at = [0, -500, 2]
level_db = 40
[[beat]]
name = "now"
seconds = 14
place = "far"
doing = "{doing}"
intensity = 1.0
[master]
levelling = false
limiter = false
"#
    );
    let preset = preset::load_text("field", &text, None, SourceKind::File, &[]).unwrap().preset;
    let cache = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let options = PrepareOptions { cache: Some(&cache), ..PrepareOptions::default() };
    let mut engine = Engine::prepare(&preset, RATE, &options).unwrap();
    play(&mut engine, RATE.frames(4.0) as usize, &[4096]);
    let heard = play(&mut engine, RATE.frames(10.0) as usize, &[4096]);
    assert!(heard[0].iter().all(|x| x.abs() < 1.0), "clipped: not linear");
    heard.iter().flatten().map(|x| f64::from(*x) * f64::from(*x)).sum()
}

#[test]
fn ten_times_the_people_have_ten_times_the_energy_within_one_decibel() {
    for doing in ["chant", "roar"] {
        let (few, many) = (energy(150, doing, 3), energy(1500, doing, 3));
        let step_db = 10.0 * math::log10(many / few);
        assert!((step_db - 10.0).abs() < 1.0, "{doing}: ten times the people are {step_db:.2} dB more");
    }
}
