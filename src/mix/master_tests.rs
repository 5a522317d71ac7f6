use super::*;
use crate::math;
use crate::rng::{Domain, Stream, stream};
use ebur128::{EbuR128, Mode};

const RATE: SampleRate = SampleRate::DEFAULT;

/// Runs `seconds` of a signal through a master; returns the interleaved output and the meters.
fn run(
    master: &mut Master,
    rate: SampleRate,
    seconds: f64,
    mut signal: impl FnMut(usize) -> [f32; 2],
) -> (Vec<f32>, Vec<Meter>) {
    let quanta = rate.frames(seconds) as usize / QUANTUM;
    let (mut out, mut meters) = (Vec::new(), Vec::new());
    for q in 0..quanta {
        let mut io = Stereo::SILENCE;
        for i in 0..QUANTUM {
            [io.left[i], io.right[i]] = signal(q * QUANTUM + i);
        }
        meters.push(master.process(&mut io));
        out.extend(io.left.iter().zip(&io.right).flat_map(|(&l, &r)| [l, r]));
    }
    (out, meters)
}

fn true_peak_db(out: &[f32], rate: SampleRate) -> f64 {
    let mut meter = EbuR128::new(2, rate.hz(), Mode::TRUE_PEAK | Mode::SAMPLE_PEAK).unwrap();
    meter.add_frames_f32(out).unwrap();
    db_from_gain((0..2).map(|c| meter.true_peak(c).unwrap()).fold(0.0, f64::max))
}

fn lufs(out: &[f32], rate: SampleRate) -> f64 {
    let mut meter = EbuR128::new(2, rate.hz(), Mode::I).unwrap();
    meter.add_frames_f32(out).unwrap();
    meter.loudness_global().unwrap()
}

fn pa_rms(db_spl: f64) -> f64 {
    SPL_REFERENCE_PA * gain_from_db(db_spl)
}

fn noise(random: &mut Stream, level: f64) -> [f32; 2] {
    [0, 1].map(|_| (random.range(-1.0, 1.0) * 3f64.sqrt() * level) as f32)
}

#[test]
fn the_true_peak_of_hostile_signals_stays_under_the_ceiling() {
    type Signal = Box<dyn FnMut(usize) -> [f32; 2]>;
    for hz in [44_100, 48_000, 96_000] {
        let rate = SampleRate::new(hz).unwrap();
        let sine = |f: f64, phase: f64, level: f64| -> Signal {
            Box::new(move |n| [(level * math::sin(math::TAU * (f * n as f64 + phase))) as f32; 2])
        };
        let mut random = stream(1, Domain::Test, 0, 0);
        let mut sparse = stream(2, Domain::Test, 0, 0);
        let mut coin = stream(3, Domain::Test, 0, 0);
        let cases: Vec<(&str, Signal)> = vec![
            ("noise", Box::new(move |_| noise(&mut random, 300.0))),
            ("impulses", Box::new(move |_| [if sparse.chance(0.002) { 900.0 } else { 0.0 }, 0.0])),
            ("coin", Box::new(move |_| [if coin.chance(0.5) { 90.0 } else { -90.0 }; 2])),
            ("direct current", Box::new(|_| [400.0, -400.0])),
            ("quarter of the rate", sine(0.25, 0.125, 200.0)),
            ("a third", sine(1.0 / 3.0, 0.1, 200.0)),
            ("near the top", sine(0.45, 0.05, 200.0)),
            ("low", sine(0.001, 0.0, 2_000.0)),
            ("square", Box::new(|n| [if n / 50 % 2 == 0 { 150.0 } else { -150.0 }; 2])),
            (
                "bursts",
                Box::new(|n| {
                    [if n / 4_000 % 2 == 0 { 0.0 } else { 500.0 * ((n % 97) as f32 / 48.0 - 1.0) }; 2]
                }),
            ),
        ];
        for (name, signal) in cases {
            let mut master = Master::new(&MasterConfig::default(), rate);
            let (out, meters) = run(&mut master, rate, 2.0, signal);
            let peak = true_peak_db(&out, rate);
            assert!(peak <= -1.0, "{name} at {hz}: {peak:.2} dBTP");
            assert!(peak > -6.0, "{name} at {hz}: only {peak:.2} dBTP");
            let clamped: u32 = meters.iter().map(|m| m.clamped_samples).sum();
            assert_eq!(clamped, 0, "{name} at {hz}: clamped instead of limited");
        }
    }
}

#[test]
fn levels_come_out_where_the_curve_puts_them() {
    for (db_spl, wanted) in [(40.0, -56.0), (50.0, -46.0), (75.0, -30.0), (85.0, -24.0), (95.0, -18.0)] {
        let mut master = Master::new(&MasterConfig::default(), RATE);
        let level = pa_rms(db_spl) * 2f64.sqrt();
        let tone = |n: usize| [(level * math::sin(n as f64 * math::TAU * 997.0 / 48_000.0)) as f32; 2];
        run(&mut master, RATE, 30.0, tone);
        let (out, meters) = run(&mut master, RATE, 5.0, tone);
        let got = lufs(&out, RATE);
        // The detector hears a 997 Hz tone with the weighting's +0.69 dB, in input and output alike.
        let expected = if db_spl <= 50.0 { wanted + 0.69 } else { wanted + 0.69 * 0.6 };
        assert!((got - expected).abs() < 0.4, "{db_spl} dB SPL: {got:.2} LUFS for {expected:.2}");
        let meter = meters[meters.len() - 1];
        assert!((f64::from(meter.level_db_spl) - db_spl.max(50.0)).abs() < 1.2, "{}", meter.level_db_spl);
    }
}

#[test]
fn without_levelling_the_calibration_alone_counts() {
    let config = MasterConfig { levelling: false, limiter: false, gain_db: 6.0, ..Default::default() };
    let mut master = Master::new(&config, RATE);
    assert_eq!(master.latency_frames(), 0);
    let level = pa_rms(102.0) as f32;
    let (out, _) = run(&mut master, RATE, 0.5, |n| [if n % 2 == 0 { level } else { -level }; 2]);
    let db = db_from_gain(f64::from(out[out.len() - 1].abs()));
    assert!((db + 14.0).abs() < 0.01, "{db}");
}

#[test]
fn syllables_do_not_pump() {
    let mut master = Master::new(&MasterConfig::default(), RATE);
    let mut random = stream(1, Domain::Test, 0, 0);
    // Bursts of 90 dB SPL, 0.2 s on and 0.2 s off by 20 dB: a chant on 2.5 syllables per second.
    let mut syllables = |n: usize| {
        let level = if (n / 9_600).is_multiple_of(2) { 90.0 } else { 70.0 };
        noise(&mut random, pa_rms(level))
    };
    run(&mut master, RATE, 10.0, &mut syllables);
    let (_, meters) = run(&mut master, RATE, 4.0, &mut syllables);
    let gains = || meters.iter().map(|m| m.levelling_db);
    let swing = gains().fold(f32::MIN, f32::max) - gains().fold(f32::MAX, f32::min);
    assert!(swing < 0.6, "the gain moves by {swing:.2} dB");
}

#[test]
fn a_burst_out_of_a_hush_is_caught_within_half_a_second_and_never_clips() {
    let mut master = Master::new(&MasterConfig::default(), RATE);
    let mut random = stream(1, Domain::Test, 0, 0);
    run(&mut master, RATE, 20.0, |_| noise(&mut random, pa_rms(45.0)));
    let (out, meters) = run(&mut master, RATE, 2.0, |_| noise(&mut random, pa_rms(105.0)));
    assert!(true_peak_db(&out, RATE) <= -1.0);
    let end = meters[meters.len() - 1].levelling_db;
    let settled = meters.iter().position(|m| (m.levelling_db - end).abs() < 1.0).unwrap();
    let seconds = settled as f64 * QUANTUM as f64 / 48_000.0;
    assert!(seconds < 0.5, "{seconds:.2} s");
}

#[test]
fn a_hush_after_a_roar_is_followed_in_seconds() {
    let mut master = Master::new(&MasterConfig::default(), RATE);
    let mut random = stream(1, Domain::Test, 0, 0);
    run(&mut master, RATE, 3.0, |_| noise(&mut random, pa_rms(105.0)));
    let (_, meters) = run(&mut master, RATE, 12.0, |_| noise(&mut random, pa_rms(60.0)));
    let at = |seconds: f64| meters[(seconds * 750.0) as usize].levelling_db;
    let whole = at(11.9) - at(0.0);
    let part = (at(4.0) - at(0.0)) / whole;
    assert!(whole > 10.0 && (0.4..0.85).contains(&part), "{part:.2} of {whole:.1} dB after 4 s");
}

#[test]
fn digital_silence_stays_digital_silence_and_tails_end() {
    let mut master = Master::new(&MasterConfig::default(), RATE);
    let (out, _) = run(&mut master, RATE, 1.0, |_| [0.0; 2]);
    assert!(out.iter().all(|&x| x == 0.0));
    run(&mut master, RATE, 1.0, |n| [(n % 200) as f32 - 100.0; 2]);
    let latency = master.latency_frames();
    let (out, _) = run(&mut master, RATE, 1.0, |_| [0.0; 2]);
    assert!(out[2 * latency..].iter().all(|&x| x == 0.0), "something after {latency} frames");
}

#[test]
fn a_faint_noise_is_not_drawn_up() {
    let mut master = Master::new(&MasterConfig::default(), RATE);
    let mut random = stream(1, Domain::Test, 0, 0);
    let (out, meters) = run(&mut master, RATE, 20.0, |_| noise(&mut random, pa_rms(10.0)));
    assert!(meters.iter().all(|m| m.levelling_db < 25.0));
    let peak = out.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    assert!(db_from_gain(f64::from(peak)) < -80.0);
}

#[test]
fn numbers_that_are_not_finite_are_faded_around_and_counted() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 3e38, -1e7] {
        let config = MasterConfig { levelling: false, ..Default::default() };
        let mut master = Master::new(&config, RATE);
        let tone = |n: usize| (math::sin(n as f64 * 0.03) * 2.0) as f32;
        let (out, meters) = run(&mut master, RATE, 1.0, |n| {
            if (10_000..10_003).contains(&n) { [tone(n), bad] } else { [tone(n); 2] }
        });
        assert!(out.iter().all(|x| x.is_finite()));
        assert_eq!(meters.iter().map(|m| m.muted_frames).sum::<u32>(), 3);
        let at = 10_000 + master.latency_frames();
        assert!(out[2 * at..2 * (at + 3)].iter().all(|&x| x == 0.0));
        let loudest = out.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        let steps = out.chunks(2).collect::<Vec<_>>();
        let click = steps.windows(2).map(|w| (w[1][1] - w[0][1]).abs()).fold(0.0f32, f32::max);
        assert!(click < loudest * 0.06, "a click of {click} beside {loudest}");
        assert!(out[out.len() - 2000..].iter().any(|x| x.abs() > loudest * 0.5), "it does not come back");
    }
}

#[test]
fn reset_gives_the_first_samples_again() {
    let mut master = Master::new(&MasterConfig::default(), RATE);
    let make = || {
        let mut random = stream(1, Domain::Test, 0, 0);
        move |_| noise(&mut random, 30.0)
    };
    let (first, _) = run(&mut master, RATE, 1.0, make());
    master.reset();
    let (again, _) = run(&mut master, RATE, 1.0, make());
    assert!(first == again);
}

#[test]
fn latency_is_what_is_reported() {
    let mut master = Master::new(&MasterConfig::default(), RATE);
    let latency = master.latency_frames();
    assert!((240..=320).contains(&latency), "{latency}");
    let (out, _) = run(&mut master, RATE, 0.1, |n| [if n == 777 { 0.1 } else { 0.0 }; 2]);
    let loudest = (0..out.len() / 2).max_by(|&a, &b| out[2 * a].abs().total_cmp(&out[2 * b].abs())).unwrap();
    assert_eq!(loudest, 777 + latency);
}

#[test]
fn the_limiter_is_transparent_on_a_roar() {
    // Noise with a crest of 12 dB, 6 dB over the ceiling at its peaks: distortion stays far below.
    let config = MasterConfig { levelling: false, ..Default::default() };
    let mut master = Master::new(&config, RATE);
    let mut random = stream(1, Domain::Test, 0, 0);
    let level = 2.0 * pa_rms(122.0) * gain_from_db(-12.0);
    let (_, meters) =
        run(&mut master, RATE, 4.0, |_| [0, 1].map(|_| (random.normal_within(4.0) * level) as f32));
    let reductions: Vec<f32> = meters[100..].iter().map(|m| m.reduction_db).collect();
    let mean = reductions.iter().sum::<f32>() / reductions.len() as f32;
    let wobble = reductions.iter().map(|r| (r - mean).powi(2)).sum::<f32>() / reductions.len() as f32;
    assert!(mean > 3.0 && mean < 9.0, "mean {mean:.1} dB");
    assert!(wobble.sqrt() < 1.5, "gain wobbles by {:.2} dB", wobble.sqrt());
}
