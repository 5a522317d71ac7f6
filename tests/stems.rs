//! Stems: they add up to the mix, each holds what its name says, and asking for them changes nothing.

mod small;

use small::{QUICK, RATE, corner};
use uproar::engine::{Engine, Outputs, PrepareOptions};
use uproar::preset::Preset;
use uproar::space::{ChainConfig, ChainKind, ChannelLayout};
use uproar::units::db_from_power;

/// The quick scene with wind at one place and a television at the other.
fn scene() -> Preset {
    let mut preset = corner(QUICK);
    preset.place[0].wind_db_spl = Some(60.0);
    preset.place[1].chain = ChainConfig::Named(ChainKind::Television);
    preset
}

fn channels(engine: &mut Engine, count: usize, seconds: f64) -> Vec<Vec<f32>> {
    let frames = RATE.frames(engine.seconds().min(seconds)) as usize;
    let mut channels = vec![vec![0.0f32; frames]; count];
    let mut done = 0;
    // Odd blocks, so that quanta are cut anywhere.
    for block in [1usize, 63, 64, 1000, 4097].iter().cycle() {
        let end = (done + block).min(frames);
        let mut out: Vec<&mut [f32]> = channels.iter_mut().map(|c| &mut c[done..end]).collect();
        engine.process_channels(&mut out);
        done = end;
        if done == frames {
            break;
        }
    }
    channels
}

fn with_stems(preset: &Preset, layout: &ChannelLayout, seconds: f64) -> (Outputs, Vec<Vec<f32>>, f32) {
    let options = PrepareOptions { stems: true, layout: Some(layout), ..PrepareOptions::default() };
    let mut engine = Engine::prepare(preset, RATE, &options).unwrap();
    let outputs = engine.outputs().clone();
    let all = channels(&mut engine, outputs.channels(), seconds);
    (outputs, all, engine.stem_rounding_pa())
}

fn power(x: &[f32]) -> f64 {
    x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / x.len() as f64
}

#[test]
fn stems_add_up_to_the_mix_before_the_limiter_within_minus_120_db() {
    for name in ["stereo", "5.1", "ambix1", "binaural"] {
        let layout = ChannelLayout::named(name).unwrap();
        // 2.0 to 2.3 s goes over to the television.
        let seconds = if name == "stereo" { 60.0 } else { 2.6 };
        let (outputs, all, rounding_pa) = with_stems(&scene(), &layout, seconds);
        let width = outputs.mix_channels();
        // Rounding that had to be settled: less than 30 dB SPL while the street shouts at 80 and more.
        assert!(rounding_pa < 6e-4, "{name}: {rounding_pa} Pa");
        let before = &all[width..2 * width];
        for (channel, mix) in before.iter().enumerate() {
            let mut rest = 0.0;
            for n in 0..mix.len() {
                let sum: f64 =
                    all[2 * width..].iter().skip(channel).step_by(width).map(|x| f64::from(x[n])).sum();
                rest += (sum - f64::from(mix[n])).powi(2);
            }
            if power(mix) == 0.0 {
                assert_eq!(rest, 0.0, "{name} {channel}");
                continue;
            }
            let null_db = db_from_power(rest / mix.len() as f64 / power(mix));
            assert!(null_db < -120.0, "{name} channel {channel}: {null_db:.1} dB");
        }
    }
}

#[test]
fn the_stems_that_are_written_add_up_where_nothing_rings() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny.toml");
    let preset = uproar::preset::load(path, &[]).unwrap().preset;
    let (outputs, all, _) = with_stems(&preset, &ChannelLayout::stereo(), 60.0);
    assert!(outputs.stems.iter().any(|stem| !stem.used), "nothing is left out");
    let stems = || outputs.stems.iter().zip(all[2..].chunks(2)).filter(|(stem, _)| stem.used).skip(1);
    let before = &all[2];
    let rest: f64 = (0..before.len())
        .map(|n| {
            let sum: f64 = stems().map(|(_, channels)| f64::from(channels[0][n])).sum();
            (sum - f64::from(before[n])).powi(2)
        })
        .sum();
    let null_db = db_from_power(rest / before.len() as f64 / power(before));
    assert!(null_db < -120.0, "{null_db:.1} dB");
}

#[test]
fn asking_for_stems_changes_no_bit_of_the_mix_and_the_limiter_alone_lies_between() {
    let preset = scene();
    let layout = ChannelLayout::stereo();
    let (_, all, _) = with_stems(&preset, &layout, 60.0);
    let mut plain = Engine::prepare(&preset, RATE, &PrepareOptions::default()).unwrap();
    let mix = channels(&mut plain, 2, 60.0);
    assert!(mix[0] == all[0] && mix[1] == all[1], "the mix has changed");
    let mut open = preset.clone();
    open.master.limiter = false;
    open.master.gain_db = -30.0;
    let mut unlimited = Engine::prepare(&open, RATE, &PrepareOptions::default()).unwrap();
    let quiet = channels(&mut unlimited, 2, 60.0);
    let gain = 10f64.powf(1.5) as f32;
    let rest: Vec<f32> = quiet[0].iter().zip(&all[2]).map(|(a, b)| a * gain - b).collect();
    let null_db = db_from_power(power(&rest) / power(&all[2]));
    assert!(null_db < -100.0, "the mix before the limiter: {null_db:.1} dB");
}

#[test]
fn every_stem_holds_what_its_name_says() {
    let preset = scene();
    let (outputs, all, _) = with_stems(&preset, &ChannelLayout::stereo(), 60.0);
    let names: Vec<&str> = outputs.stems.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "00-mix-before-limiter",
            "01-leader",
            "02-near",
            "03-mid",
            "04-far",
            "05-murmur",
            "06-cheers",
            "07-body",
            "08-loudspeaker",
            "09-ambience",
            "10-reverb-near",
            "11-reverb-far",
        ]
    );
    assert!(outputs.stems.iter().all(|s| s.used));
    let at = |name: &str| names.iter().position(|n| n.contains(name)).unwrap();
    let level = |name: &str, from_s: f64, to_s: f64| {
        let channel = &all[2 + 2 * at(name)];
        db_from_power(power(&channel[RATE.frames(from_s) as usize..RATE.frames(to_s) as usize]))
    };
    // The leader calls at 0.1 s; the crowd chants from 0.7 s on; all roar from 4 s on; from 2 s to 2.8 s it is far.
    assert!(level("leader", 0.1, 0.7) > -60.0);
    assert!(level("ambience", 0.1, 0.5) > -90.0);
    assert!(level("-mid", 1.5, 2.0) > level("-mid", 0.0, 0.4) + 10.0);
    assert!(level("cheers", 4.3, 5.0) > level("cheers", 0.0, 0.6) + 10.0);
    let (there, before) = (level("04-far", 2.4, 2.8), level("04-far", 0.3, 1.2));
    assert!(there > -110.0 && there > before + 20.0, "{there:.1} dB far off, {before:.1} dB before");
    assert!(level("reverb-far", 2.4, 2.8) > -120.0 && level("reverb-near", 1.5, 2.0) > -70.0);
    let unwired = small::corner(QUICK);
    let mut without = unwired;
    without.speaker.clear();
    without.solo.clear();
    without.beat[1].cues.clear();
    without.line.retain(|line| line.by.is_none());
    let options = PrepareOptions { stems: true, ..PrepareOptions::default() };
    let engine = Engine::prepare(&without, RATE, &options).unwrap();
    let unused: Vec<&str> =
        engine.outputs().stems.iter().filter(|s| !s.used).map(|s| s.name.as_str()).collect();
    assert_eq!(unused, ["08-loudspeaker", "09-ambience"]);
}
