//! What holds for any way of playing: stopping, starting again, looking at a part, any processor, one person more.
//! Splits into blocks and threads are in `partition`.
//!
//! `UPROAR_CASES=50` tries fifty times as many cases; `scripts/properties` does.

mod program;
mod small;

use std::sync::{Arc, OnceLock};

use program::{path_in, succeeds, tiny, uproar};
use proptest::prelude::*;
use small::{QUICK, RATE, cases, corner, first_difference, frames, play};
use uproar::crowd::{
    Crowd, CrowdConfig, Line, LineConfig, Plan, PlanInput, Role, SectionConfig, SectionShape,
};
use uproar::engine::{Command, Engine, PrepareOptions};
use uproar::grain::{GrainEvent, GrainInfo};
use uproar::preset::{self, Preset};
use uproar::rng::{self, Domain};
use uproar::scene::{Activity, CueAction, Scene, SceneConfig};
use uproar::space::ChannelLayout;
use uproar::text::{self, Language, Lexicon, RhythmConfig};
use uproar::units::{QUANTUM, Vec3};

fn engine(preset: &Preset, live: bool) -> Engine {
    let cache = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let options = PrepareOptions { threads: Some(1), live, cache: Some(&cache), ..PrepareOptions::default() };
    Engine::prepare(preset, RATE, &options).unwrap()
}

/// The whole corner, played straight on.
fn straight() -> &'static [Vec<f32>; 2] {
    static STRAIGHT: OnceLock<[Vec<f32>; 2]> = OnceLock::new();
    STRAIGHT.get_or_init(|| {
        let mut engine = engine(&corner(QUICK), true);
        let frames = frames(&engine);
        play(&mut engine, frames, &[4096])
    })
}

/// Whatever a performer may do to a crowd.
fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        (0.0f32..=1.0).prop_map(Command::Intensity),
        (0.0f32..=1.0, 0.0f32..3.0).prop_map(|(to, seconds)| Command::Swell { to, seconds }),
        prop::sample::select(vec![Activity::Chant, Activity::Roar, Activity::Silent, Activity::Applaud])
            .prop_map(Command::Activity),
        prop::sample::select(vec![CueAction::Call, CueAction::Hush, CueAction::Roar, CueAction::ClapStart])
            .prop_map(Command::Cue),
        (0u16..6).prop_map(Command::Call),
        (0u16..6).prop_map(Command::Line),
        (40.0f32..240.0).prop_map(Command::Tempo),
        (0u16..3, 0.0f32..1.0).prop_map(|(place, fade_s)| Command::Place { place, fade_s }),
        (0.0f32..=1.0).prop_map(Command::Amp),
        (0.0f32..4.0).prop_map(Command::Spread),
        (0u32..200).prop_map(Command::People),
        (0.0f32..4.0).prop_map(Command::Gain),
        any::<bool>().prop_map(Command::Mute),
        any::<bool>().prop_map(Command::Hold),
        any::<bool>().prop_map(Command::Loop),
        (0u16..6).prop_map(Command::Beat),
        (-3i16..4).prop_map(Command::Step),
        (0u8..5).prop_map(Command::Thin),
        Just(Command::Panic),
        (0.0f32..2.0).prop_map(|seconds| Command::FadeOut { seconds }),
    ]
}

proptest! {
    #![proptest_config(cases(4))]

    #[test]
    fn after_a_reset_the_scene_is_played_as_by_a_fresh_engine(
        acts in prop::collection::vec((command(), 1usize..30_000), 0..12),
        again in prop::collection::vec(1usize..60_000, 0..3),
    ) {
        let mut engine = engine(&corner(QUICK), true);
        for (command, frames) in acts {
            engine.command(command);
            play(&mut engine, frames, &[700]);
        }
        for frames in again {
            engine.reset();
            play(&mut engine, frames, &[64]);
        }
        engine.reset();
        let frames = straight()[0].len();
        prop_assert_eq!(first_difference(&play(&mut engine, frames, &[1000]), straight()), None);
    }

    #[test]
    fn pauses_of_any_length_on_any_thread_change_nothing(
        stops in prop::collection::vec(0usize..60_000, 1..8),
    ) {
        let mut engine = engine(&corner(QUICK), true);
        let frames = straight()[0].len();
        let mut heard = [Vec::new(), Vec::new()];
        for stop in stops.into_iter().chain([frames]) {
            let now = stop.min(frames - heard[0].len());
            // Paused: somebody else plays meanwhile, and another thread goes on.
            let part;
            (engine, part) = std::thread::spawn(move || {
                let part = play(&mut engine, now, &[333]);
                engine.process(&mut [], &mut []);
                (engine, part)
            })
            .join()
            .unwrap();
            heard[0].extend(&part[0]);
            heard[1].extend(&part[1]);
        }
        prop_assert_eq!(first_difference(&heard, straight()), None);
    }
}

#[test]
fn a_reset_forgets_in_every_layout_with_stems_and_a_moving_listener() {
    let mut preset = corner(QUICK);
    preset.place[0].path = vec![[0.0, 0.0, 9.0, 1.7], [3.0, 4.0, 14.0, 1.7], [5.0, -4.0, 9.0, 1.7]];
    preset.place[1].wind_db_spl = Some(60.0);
    preset.place[1].floor_db_spl = Some(40.0);
    preset.crowd.people = 40;
    for (layout, stems) in [("binaural", false), ("5.1", true)] {
        let layout: ChannelLayout = preset::load_layout(layout).unwrap();
        let options = PrepareOptions { layout: Some(&layout), stems, ..PrepareOptions::default() };
        let mut engine = Engine::prepare(&preset, RATE, &options).unwrap();
        let mut whole = || {
            let mut out = vec![vec![0.0f32; 100_000]; engine.outputs().channels()];
            engine.process_channels(&mut out.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>());
            engine.reset();
            out
        };
        let (first, second) = (whole(), whole());
        let sounding = first.iter().filter(|channel| channel.iter().any(|x| *x != 0.0)).count();
        assert!(sounding >= if stems { 12 } else { 2 }, "{sounding} channels sound");
        for (channel, (a, b)) in first.iter().zip(&second).enumerate() {
            let other = a.iter().zip(b).position(|(a, b)| a.to_bits() != b.to_bits());
            assert_eq!(other, None, "channel {channel} of {}", layout.name);
        }
    }
}

fn samples(path: &str) -> Vec<u32> {
    hound::WavReader::open(path).unwrap().samples::<f32>().map(|x| x.unwrap().to_bits()).collect()
}

proptest! {
    #![proptest_config(cases(3))]

    #[test]
    fn a_part_of_a_scene_from_any_moment_has_the_samples_of_the_whole(
        from in 0.001f64..4.5,
        seconds in 0.02f64..1.0,
        threads in 1usize..3,
    ) {
        static WHOLE: OnceLock<Vec<u32>> = OnceLock::new();
        let folder = tempfile::tempdir().unwrap();
        let whole = WHOLE.get_or_init(|| {
            let file = path_in(&folder, "whole.wav");
            succeeds(&["render", &tiny(), "--bits", "32f", "-o", &file]);
            samples(&file)
        });
        let file = path_in(&folder, "part.wav");
        let (from_text, seconds) = (format!("{from}"), format!("{seconds}"));
        let threads = threads.to_string();
        succeeds(&[
            "render", &tiny(), "--bits", "32f", "--from", &from_text, "--seconds", &seconds,
            "--threads", &threads, "-o", &file,
        ]);
        let part = samples(&file);
        let first = 2 * (from * 48_000.0).ceil() as usize;
        // 3 ms of fade at both cuts.
        let fade = 2 * 144;
        prop_assert!(part.len() > 2 * fade);
        let last = (first + part.len()).min(whole.len());
        prop_assert_eq!(last - first, part.len());
        let inside = fade..part.len() - fade;
        prop_assert!(part[inside.clone()] == whole[first + inside.start..first + inside.end]);
    }
}

#[test]
fn the_portable_loops_make_the_same_file_as_the_best_of_the_processor() {
    let folder = tempfile::tempdir().unwrap();
    for (rate, layout) in [("48000", "stereo"), ("44100", "binaural"), ("22050", "7.1.4")] {
        let file = |name: &str| path_in(&folder, &format!("{name}-{rate}.wav"));
        let (best, portable) = (file("best"), file("portable"));
        for (file, set) in [(&best, ""), (&portable, "1")] {
            let preset = tiny();
            let arguments = [
                "render",
                &preset,
                "-o",
                file,
                "--no-cache",
                "--rate",
                rate,
                "--layout",
                layout,
                "--bits",
                "32f",
            ];
            let output = uproar(&arguments).env("UPROAR_PORTABLE", set).output().unwrap();
            assert!(output.status.success(), "{}", program::stderr(&output));
        }
        assert!(std::fs::read(best).unwrap() == std::fs::read(portable).unwrap(), "{rate} {layout}");
    }
}

/// Everything that a crowd of so many does in a scene of twenty seconds, by person.
fn doings(people: usize, direct: bool, seed: u64) -> (Vec<Vec3>, Vec<Vec<GrainEvent>>) {
    let section = SectionConfig { shape: SectionShape::Disc, radius_m: 12.0, ..SectionConfig::default() };
    let config = CrowdConfig {
        people,
        direct,
        speakers: 16,
        takes: 2,
        budget_s: 60.0,
        sections: vec![section],
        ..CrowdConfig::default()
    };
    let (lexicon, rhythm) = (Lexicon::new(), RhythmConfig::default());
    let lines: Vec<Line> = [
        ("COME ON, ALL MIGHT! [clap] [clap]", Role::Chant),
        ("What's he doing?", Role::Murmur),
        ("Get up!", Role::Answer),
    ]
    .into_iter()
    .map(|(words, role)| {
        let phrase = text::read(words, Language::English, &lexicon).unwrap();
        Line {
            config: LineConfig { text: words.into(), role, ..LineConfig::default() },
            score: Arc::new(text::lay(&phrase, &rhythm)),
            phrase: Arc::new(phrase),
            bpm: rhythm.bpm,
        }
    })
    .collect();
    let scene: SceneConfig = toml::from_str(
        "[[beat]]\nseconds = 4\ndoing = 'murmur'\nintensity = 0.2\n\
         [[beat]]\nseconds = 8\ndoing = 'chant'\nintensity = [[0, 0.2], [1, 1.0]]\n\
         cues = [{ at = 5, do = 'clap-start' }]\n\
         [[beat]]\nseconds = 4\ndoing = 'shout'\nintensity = 0.7\ncues = [{ at = 2, do = 'hush' }]\n\
         [[beat]]\nseconds = 4\ndoing = 'roar'\nintensity = 0.9\n",
    )
    .unwrap();
    let scene = Scene::build(&scene).unwrap();
    let input = PlanInput { seed, ..PlanInput::new(&config, &lines, &scene, RATE) };
    let plan = Plan::new(&input).unwrap();
    // Nobody performs: each grain has some length.
    let infos: Vec<GrainInfo> = (0..plan.recipes.len())
        .map(|n| {
            let frames = 20_000 + (rng::key(1, Domain::Test, n as u64, 0) % 60_000) as u32;
            GrainInfo { frames, anchor_frames: frames / 10, power_pa2: 0.01, stops_frames: vec![frames / 2] }
        })
        .collect();
    let mut crowd = Crowd::new(plan, |id| &infos[id.0 as usize]);
    let mut events = Vec::with_capacity(crowd.events_capacity());
    let mut by_person = vec![Vec::new(); crowd.people().len()];
    for now in (0..RATE.frames(20.0)).step_by(QUANTUM) {
        let stats = crowd.step(&crowd.control(&scene, now), &mut events);
        assert!(!stats.full, "more happens than a quantum can hold");
        for event in &events {
            let (GrainEvent::Start { person, .. } | GrainEvent::Stop { person, .. }) = event;
            by_person[*person as usize].push(*event);
        }
    }
    (crowd.people().to_vec(), by_person)
}

proptest! {
    #![proptest_config(cases(6))]

    /// With a drawn intensity. Where people catch fire from their neighbours, one more neighbour is heard.
    #[test]
    fn one_more_person_changes_neither_place_nor_sounds_of_anybody(people in 60usize..400, seed in 0u64..1000) {
        let (fewer, more) = (doings(people, true, seed), doings(people + 1, true, seed));
        prop_assert_eq!(&fewer.0[..], &more.0[..people]);
        for (person, (a, b)) in fewer.1.iter().zip(&more.1).enumerate() {
            prop_assert_eq!(a, b, "person {}", person);
        }
        let sounds: usize = fewer.1.iter().map(Vec::len).sum();
        prop_assert!(sounds > 4 * people, "{} events", sounds);
        prop_assert!(!more.1[people].is_empty(), "the new one does something");
    }
}

/// The corner without whatever acts on the sum of everybody: levelling, limiter, breathing of the whole crowd.
fn linear(people: usize) -> Preset {
    let mut preset = corner(
        "[[beat]]\nname = \"now\"\nseconds = 4\nplace = \"near\"\ndoing = \"murmur\"\nintensity = 0.3\n",
    );
    preset.crowd.people = people;
    preset.crowd.direct = true;
    preset.crowd.breathing_db = 0.0;
    preset.master.levelling = false;
    preset.master.limiter = false;
    preset
}

#[test]
fn what_one_more_person_adds_is_that_person_alone() {
    let heard = |people: usize| {
        let mut engine = engine(&linear(people), false);
        let frames = frames(&engine);
        play(&mut engine, frames, &[4096])
    };
    let (fewer, more) = (heard(120), heard(121));
    // Rounding of sums in another order: 100 dB under the murmur.
    let quiet = 3e-6;
    let added: Vec<f32> = fewer[0].iter().zip(&more[0]).map(|(a, b)| (b - a).abs()).collect();
    let peak = fewer[0].iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    assert!(peak > 300.0 * quiet, "the murmur peaks at {peak}");
    let silent = added.chunks(480).filter(|part| part.iter().all(|x| *x < quiet)).count();
    let parts = added.len() / 480;
    // Nobody talks all the time: in between, the sum of all others is what it was.
    assert!(silent * 10 > parts * 3 && silent < parts, "{silent} of {parts} hundredths are as they were");
}
