//! The parts one by one, in CPU time of one core.
//!
//! Owns small settings of each part and the clock around them. `benches/` holds the same parts at more sizes.

use std::{hint::black_box, sync::Arc, time::Duration};

use cpu_time::ThreadTime;
use serde::{Deserialize, Serialize};

use crate::{
    crowd::{Crowd, CrowdConfig, Line, LineConfig, Plan, PlanInput, Role},
    grain::{Bank, BuildOptions, GrainId, GrainInfo, Rate, Recipe, Stem},
    mix::{Master, MasterConfig, Pool, Slot},
    rng::{Domain, stream},
    scene::{Activity, BeatConfig, IntensityConfig, Scene, SceneConfig},
    space::{BusFilter, Layout, PlaceConfig, Room, SENDS, SpaceConfig},
    text::{Language, Lexicon, Phrase, RhythmConfig, lay, read},
    units::{Block, QUANTUM, Stereo, Vec3},
    voice::{Act, Manner, Performance, PopulationConfig, Sound, Voice, perform},
};

use super::figures::RATE;
use crate::cli::failure::Failure;

/// What one core does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Parts {
    /// Grains that are mixed at once as they were performed, everybody within 120 ms.
    pub grains_copied: f64,
    /// The same, each at a rate of its own between .8 and 1.25.
    pub grains_at_own_rates: f64,
    /// The same without the processor's vector instructions.
    pub grains_at_own_rates_portable: f64,
    /// Seconds of voice performed per second.
    pub voices_performed: f64,
    /// Decisions of a thousand chanting people, microseconds per quantum.
    pub thousand_people_us: f64,
    /// Way of one bus to a pair of microphones in a street, microseconds per quantum.
    pub bus_us: f64,
    /// Late reverberation of a street, microseconds per quantum.
    pub room_us: f64,
    /// Levelling and limiter at work, microseconds per quantum.
    pub master_us: f64,
}

impl Parts {
    /// Measures each for about `time`.
    pub fn measure(time: Duration) -> Result<Self, Failure> {
        let phrase = read("COME ON, ALL MIGHT!", Language::English, &Lexicon::new());
        let phrase = Arc::new(phrase.map_err(|error| Failure::from_error(&error))?);
        let bank = bank()?;
        Ok(Self {
            grains_copied: mixer(&bank, time, 0.0, false),
            grains_at_own_rates: mixer(&bank, time, 0.2, false),
            grains_at_own_rates_portable: mixer(&bank, time, 0.2, true),
            voices_performed: voices(&phrase, time),
            thousand_people_us: crowd(&phrase, time)?,
            bus_us: bus(time),
            room_us: room(time),
            master_us: master(time),
        })
    }
}

/// CPU time of one call, microseconds.
fn each_us(time: Duration, mut call: impl FnMut()) -> f64 {
    let (begun, mut calls) = (ThreadTime::now(), 0u32);
    while begun.elapsed() < time {
        (0..50).for_each(|_| call());
        calls += 50;
    }
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
}

fn noise(level: f32) -> Block {
    let mut random = stream(2, Domain::Test, 0, 0);
    std::array::from_fn(|_| level * random.noise())
}

/// 192 noises of 2.1 seconds: 39 MB.
fn bank() -> Result<Arc<Bank>, Failure> {
    let manner = Manner { effort: 0.8, looseness_s: 0.0, take: 0, fatigue: 0.0 };
    let recipes: Vec<Recipe> =
        (0..192).map(|speaker| Recipe { speaker, act: Act::Sound(Sound::Roar), manner }).collect();
    let cast: Vec<u64> = (0..192).collect();
    let bank = Bank::build_with(&cast, &recipes, 1, RATE, &BuildOptions::default(), |n, _| {
        let mut random = stream(1, Domain::Test, *n, 0);
        let samples: Vec<f32> = (0..RATE.frames(2.1)).map(|_| random.noise()).collect();
        Performance { anchor_frames: 0, stops_frames: vec![samples.len()], samples }
    });
    bank.map(Arc::new).map_err(|error| Failure::from_error(&error))
}

/// Noise grains in a pool, everybody within 120 ms as in a chant. `rates`: how far down their rates reach from one.
fn mixer(bank: &Arc<Bank>, time: Duration, rates: f64, portable: bool) -> f64 {
    const VOICES: u32 = 4096;
    const BUSES: usize = 84;
    const QUANTA: u64 = 150;
    let mut buses = vec![[0.0f32; QUANTUM]; BUSES];
    let (mut played, mut spent) = (0.0, Duration::ZERO);
    let mut pool = Pool::new(bank.clone(), VOICES as usize, BUSES);
    if portable {
        pool = pool.portable();
    }
    while spent < time {
        pool.reset();
        let start = RATE.frames(1.0);
        for person in 0..VOICES {
            let mut random = stream(2, Domain::Test, u64::from(person), 0);
            let at = start - RATE.frames(random.range(0.0, 0.12));
            let (grain, bus) = (GrainId(random.below(bank.len()) as u32), random.below(BUSES) as u16);
            let rate = Rate::nearest(random.range(1.0 - rates, 1.0 + 1.25 * rates));
            let said = Slot { at, grain, rate, bus, gain: 0.5, path: 0.1, person, ..Slot::SILENT };
            let _ = pool.start(start, Slot { stem: Stem::Chant, ..said });
        }
        let begun = ThreadTime::now();
        for quantum in 0..QUANTA {
            let _ = pool.process(start + quantum * QUANTUM as u64, &mut buses);
        }
        spent += begun.elapsed();
        played += f64::from(VOICES) * RATE.seconds(QUANTA * QUANTUM as u64);
    }
    black_box(&buses);
    played / spent.as_secs_f64()
}

/// Shouted chants of random people, one after the other.
fn voices(phrase: &Arc<Phrase>, time: Duration) -> f64 {
    let rhythm = RhythmConfig::default();
    let score = Arc::new(lay(phrase, &rhythm));
    let act = Act::Chant { score, phrase: phrase.clone(), beat_s: rhythm.beat_s(), tune: None };
    let population = PopulationConfig::default();
    let manner = Manner { effort: 0.85, looseness_s: 0.02, take: 0, fatigue: 0.0 };
    let (begun, mut seconds, mut person) = (ThreadTime::now(), 0.0, 0);
    while begun.elapsed() < time {
        let voice = Voice::random(1, person, &population);
        seconds += RATE.seconds(perform(&voice, &act, &manner, 1, person, RATE).samples.len() as u64);
        person += 1;
    }
    seconds / begun.elapsed().as_secs_f64()
}

/// Ten thousand people who chant without end.
fn crowd(phrase: &Arc<Phrase>, time: Duration) -> Result<f64, Failure> {
    const PEOPLE: usize = 10_000;
    let failed = |error: &dyn std::error::Error| Failure::from_error(error);
    let beat = BeatConfig {
        seconds: Some(80_000.0),
        intensity: IntensityConfig::Constant(1.0),
        doing: Activity::Chant,
        ..BeatConfig::default()
    };
    let scene =
        Scene::build(&SceneConfig { beats: vec![beat], intensity: None }).map_err(|error| failed(&error))?;
    let rhythm = RhythmConfig::default();
    let line = Line {
        config: LineConfig { role: Role::Chant, ..LineConfig::default() },
        score: Arc::new(lay(phrase, &rhythm)),
        phrase: phrase.clone(),
        bpm: 60.0 / rhythm.beat_s(),
    };
    let crowd = CrowdConfig { people: PEOPLE, ..CrowdConfig::default() };
    let plan = Plan::new(&PlanInput { seed: 7, ..PlanInput::new(&crowd, &[line], &scene, RATE) });
    let plan = plan.map_err(|error| failed(&error))?;
    let frames = RATE.frames(1.7) as u32;
    let stops_frames = (1..=4).map(|k| frames * k / 4).collect();
    let info = GrainInfo { frames, anchor_frames: frames / 20, power_pa2: 1.0, stops_frames };
    let mut crowd = Crowd::new(plan, |_| &info);
    let mut events = Vec::with_capacity(crowd.events_capacity());
    let mut now = 0;
    let step = || {
        let control = crowd.control(&scene, now);
        now += QUANTUM as u64;
        black_box(crowd.step(&control, &mut events));
    };
    Ok(each_us(time, step) * 1000.0 / PEOPLE as f64)
}

fn bus(time: Duration) -> f64 {
    let people = [Vec3::new(3.0, 20.0, 1.6)];
    let layout = Layout::build(&SpaceConfig::default(), &PlaceConfig::default(), &people, RATE);
    let mut filters: Vec<BusFilter> = layout.buses.iter().map(|bus| BusFilter::new(bus, 1, RATE)).collect();
    let input = noise(0.1);
    let mut sends = [[0.0; QUANTUM]; SENDS];
    let count = filters.len() as f64;
    let all = || {
        let mut out = Stereo::SILENCE;
        filters.iter_mut().for_each(|filter| filter.process(&input, &mut out, &mut sends));
        black_box(out);
    };
    each_us(time, all) / count
}

fn room(time: Duration) -> f64 {
    let mut room = Room::new(&SpaceConfig::default(), RATE);
    let mut sends = [[0.0; QUANTUM]; SENDS];
    sends[0] = noise(0.1);
    each_us(time, || {
        let mut out = Stereo::SILENCE;
        room.process(&sends, &mut out);
        black_box(out);
    })
}

fn master(time: Duration) -> f64 {
    let mut master = Master::new(&MasterConfig::default(), RATE);
    let loud = noise(60.0);
    each_us(time, || {
        let mut io = Stereo { left: loud, right: loud };
        black_box(master.process(&mut io));
    })
}
