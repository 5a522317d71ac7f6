//! From a checked preset to an engine that can be run.
//!
//! Owns the order of building: words, scene, crowd, bank, places. May allocate, take seconds and use all
//! cores. Does not own files other than the bank's cache.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::crowd::{Crowd, Line, LineConfig, Plan, PlanInput, Rehearsal, Role};
use crate::grain::{Bank, BuildOptions};
use crate::mix::Master;
use crate::preset::Preset;
use crate::scene::Scene;
use crate::space::{ChannelLayout, PlaceConfig, Room, Speaker};
use crate::text::{self, Lexicon};
use crate::units::{SampleRate, Vec3};

use super::command::rings;
use super::director::Director;
use super::ear::Ear;
use super::error::EngineError;
use super::group::GROUPS;
use super::hall::Hall;
use super::hits::Hits;
use super::memory::{DEFAULT_MEMORY_BYTES, Memory};
use super::outputs::Outputs;
use super::plan::MAX_PLACES;
use super::rig::Rig;
use super::runner::{Engine, Parts};
use super::speaker::{Feeds, SHORTEST_FRAMES};
use super::study::{Study, StudyInput};

/// Sound goes on this long after the last beat, seconds, so that the street can answer once more.
pub const TAIL_S: f64 = 2.5;

/// How an engine is prepared.
#[derive(Clone, Copy, Default)]
pub struct PrepareOptions<'a> {
    /// Worker threads for the bank and for offline mixing, one per processor when absent. 1 keeps
    /// everything on the calling thread.
    pub threads: Option<usize>,
    /// Told while the bank is performed: how many grains are done, of how many.
    pub progress: Option<&'a (dyn Fn(usize, usize) + Sync)>,
    /// Set it from elsewhere to stop early.
    pub cancel: Option<&'a AtomicBool>,
    /// Folder in which banks are kept between runs, none when absent.
    pub cache: Option<&'a Path>,
    /// Text of the user's dictionary with its name, for messages.
    pub dictionary: Option<(&'a str, &'a str)>,
    /// Points of a CSV file that replace the drawn intensity.
    pub intensity: Option<&'a [crate::scene::Point]>,
    /// Prepares for everything a performer may ask for, not only for what the scene asks for.
    pub live: bool,
    /// Mixes on the calling thread alone, as an audio callback must: no pool, no lock. The bank is still
    /// performed by `threads`.
    pub on_one_thread: bool,
    /// Most memory for people, places and performances together, bytes; [`DEFAULT_MEMORY_BYTES`] when absent. What they
    /// need is estimated before any work.
    ///
    /// [`DEFAULT_MEMORY_BYTES`]: super::DEFAULT_MEMORY_BYTES
    pub memory_limit_bytes: Option<u64>,
    /// The channels of the mix; a stereo pair when absent.
    pub layout: Option<&'a ChannelLayout>,
    /// Keeps the stems of the mix apart too; see [`super::Outputs`].
    pub stems: bool,
}

impl Engine {
    /// Builds the engine of a preset.
    ///
    /// # Errors
    /// [`EngineError`], naming the layer: words that cannot be said, a scene or crowd that contradicts
    /// itself, a bank that does not fit, or a cancelled build.
    pub fn prepare(
        preset: &Preset,
        rate: SampleRate,
        options: &PrepareOptions<'_>,
    ) -> Result<Self, EngineError> {
        let (Score { scene, lexicon, places, plan, rehearsal }, memory) =
            Score::within(preset, rate, options)?;
        // What single performances are longer than usual has room as well, but not much of it.
        let limit_bytes = limit_of(options) - memory.people_bytes - memory.places_bytes;
        let limit_bytes = usize::try_from(limit_bytes).unwrap_or(usize::MAX);
        let bank = Arc::new(Bank::build(
            &plan.cast,
            &plan.recipes,
            preset.performance_seed(),
            rate,
            &BuildOptions {
                threads: options.threads,
                progress: options.progress,
                cancel: options.cancel,
                limit_bytes,
                cache: options.cache,
                ..BuildOptions::default()
            },
        )?);
        let study = rehearsal.map(|rehearsal| {
            Study::new(StudyInput {
                rehearsal,
                bank: Arc::clone(&bank),
                language: preset.language,
                lexicon,
                rhythm: preset.rhythm.clone(),
                phrase: preset.phrase.clone(),
                seed: preset.performance_seed(),
                rate,
                cache: options.cache.map(Path::to_owned),
                limit_bytes,
            })
        });
        let parts = assemble(preset, rate, options, scene, plan, bank, &places)?;
        Ok(Self::assemble(Parts { study, memory, ..parts }))
    }

    /// What [`Engine::prepare`] would take in memory: an estimate that costs a hundredth of the work.
    ///
    /// # Errors
    /// As [`Engine::prepare`], of what is known before anybody performs.
    pub fn estimate(
        preset: &Preset,
        rate: SampleRate,
        options: &PrepareOptions<'_>,
    ) -> Result<Memory, EngineError> {
        Score::within(preset, rate, options).map(|(_, memory)| memory)
    }
}

/// Everything that is decided before anybody performs.
struct Score {
    scene: Scene,
    lexicon: Lexicon,
    places: Vec<PlaceConfig>,
    plan: Plan,
    rehearsal: Option<Rehearsal>,
}

/// Most memory that may be taken, bytes.
fn limit_of(options: &PrepareOptions<'_>) -> u64 {
    options.memory_limit_bytes.unwrap_or(DEFAULT_MEMORY_BYTES)
}

impl Score {
    /// The same, and what all of it will take in memory: asked before people and places are laid out, and again when it
    /// is known what is performed.
    fn within(
        preset: &Preset,
        rate: SampleRate,
        options: &PrepareOptions<'_>,
    ) -> Result<(Self, Memory), EngineError> {
        let memory = memory_of(preset, rate, options).within(limit_of(options))?;
        let score = Self::of(preset, rate, options)?;
        let memory =
            with_performances(memory, &score.plan, rate, options.threads).within(limit_of(options))?;
        Ok((score, memory))
    }

    fn of(preset: &Preset, rate: SampleRate, options: &PrepareOptions<'_>) -> Result<Self, EngineError> {
        let mut scene = Scene::build(&preset.scene())?;
        if let Some(points) = options.intensity {
            scene = scene.with_intensity(points.to_vec())?;
        }
        let lexicon = lexicon(options)?;
        let lines = read_lines(preset, &lexicon)?;
        let places = places(preset)?;
        let listeners: Vec<Vec3> = places.iter().map(|p| p.ears_at(0.0)).collect();
        let input = PlanInput {
            crowd: &preset.crowd,
            leader: preset.leader.as_ref(),
            soloists: &preset.solo,
            lines: &lines,
            scene: &scene,
            listeners: &listeners,
            everything: options.live,
            seed: preset.seed,
            rate,
        };
        let mut plan = Plan::new(&input)?;
        let rehearsal = options.live.then(|| Rehearsal::of(&plan, &input));
        // Who they are is decided; what they do with it is up to the performance.
        plan.seed = preset.performance_seed();
        Ok(Self { scene, lexicon, places, plan, rehearsal })
    }
}

fn lexicon(options: &PrepareOptions<'_>) -> Result<Lexicon, EngineError> {
    match options.dictionary {
        Some((name, contents)) => Lexicon::with_user(name, contents)
            .map_err(|source| EngineError::Text { field: "dictionary".into(), source }),
        None => Ok(Lexicon::new()),
    }
}

/// What people and places take.
fn memory_of(preset: &Preset, rate: SampleRate, options: &PrepareOptions<'_>) -> Memory {
    let stereo = ChannelLayout::stereo();
    Memory::of(preset, options.layout.unwrap_or(&stereo), options.stems, rate)
}

fn with_performances(memory: Memory, plan: &Plan, rate: SampleRate, threads: Option<usize>) -> Memory {
    let threads = threads.unwrap_or_else(processors);
    let performances_bytes = Bank::about_peak_bytes(&plan.recipes, rate, threads);
    Memory { performances: plan.recipes.len() as u64, performances_bytes, ..memory }
}

/// Reads all lines of a preset; the first is the phrase itself.
fn read_lines(preset: &Preset, lexicon: &Lexicon) -> Result<Vec<Line>, EngineError> {
    let main = LineConfig { text: preset.phrase.clone(), role: Role::Chant, ..LineConfig::default() };
    let named = preset.line.iter().enumerate().map(|(i, l)| (format!("line[{i}].text"), l));
    std::iter::once(("phrase".to_owned(), &main))
        .chain(named)
        .map(|(field, config)| {
            let words = config.text.replace("$phrase", &preset.phrase);
            let phrase = text::read(&words, preset.language, lexicon)
                .map_err(|source| EngineError::Text { field, source })?;
            let score = text::lay(&phrase, &preset.rhythm);
            Ok(Line {
                config: config.clone(),
                phrase: Arc::new(phrase),
                score: Arc::new(score),
                bpm: preset.rhythm.bpm,
            })
        })
        .collect()
}

/// The places of a preset; without any, one in front of the crowd.
fn places(preset: &Preset) -> Result<Vec<PlaceConfig>, EngineError> {
    if preset.place.len() > MAX_PLACES {
        return Err(EngineError::TooManyPlaces { places: preset.place.len(), limit: MAX_PLACES });
    }
    Ok(if preset.place.is_empty() { vec![PlaceConfig::default()] } else { preset.place.clone() })
}

/// Where each of the scene's place names is among the preset's places.
fn place_indices(scene: &Scene, places: &[PlaceConfig]) -> Result<Vec<u16>, EngineError> {
    scene
        .places()
        .iter()
        .map(|name| {
            places.iter().position(|p| &p.name == name).map(|i| i as u16).ok_or_else(|| {
                EngineError::NoPlace {
                    name: name.clone(),
                    places: places.iter().map(|p| p.name.clone()).collect(),
                }
            })
        })
        .collect()
}

fn assemble(
    preset: &Preset,
    rate: SampleRate,
    options: &PrepareOptions<'_>,
    scene: Scene,
    plan: Plan,
    bank: Arc<Bank>,
    places: &[PlaceConfig],
) -> Result<Parts, EngineError> {
    let place_of = place_indices(&scene, places)?;
    let grain_frames: Vec<u32> =
        (0..bank.len()).map(|i| bank.info(crate::grain::GrainId(i as u32)).frames).collect();
    let (line_of_name, lead_of_name) = (plan.scene_lines.clone(), plan.scene_leads.clone());
    let through = through(preset, &plan)?;
    let crowd = Crowd::new(plan, |id| bank.info(id));
    let people = crowd.people().len();

    let clusters: Vec<Vec3> = preset.speaker.iter().flat_map(|s| s.at.iter().copied()).collect();
    let mut sources = crowd.people().to_vec();
    sources.extend(&clusters);
    let layout = options.layout.cloned().unwrap_or_else(ChannelLayout::stereo);
    let hall = Hall::new(preset, places, &sources, people, &layout, rate);
    let mut rigs = vec![hall.rig(&bank, false)];
    if options.stems {
        rigs.push(hall.rig(&bank, true));
    }
    let stems = if options.stems { hall.stems() } else { Vec::new() };
    let outputs = Outputs { stems, layout: layout.clone() };
    let (hearing, chunk) = (hall.hearing(), hall.chunk(options.stems));
    let far = hall.far();

    let tails_frames = vec![rate.frames(Room::rings_s(&preset.space)); places.len()];
    let ears: Vec<Ear> =
        hall.layouts.into_iter().zip(places).map(|(layout, place)| Ear::new(layout, place)).collect();

    let members = people - crowd.leads();
    let place_at = |at_s: f64| scene.state(at_s).place.map_or(0, |p| usize::from(place_of[usize::from(p)]));
    let crowd_delays: Vec<u64> = ears.iter().map(|ear| crowd_delay(ear, members)).collect();
    let lead_delay = |cue: usize| {
        let cue = &scene.cues()[cue];
        let name = |n: Option<u16>, of: &[Option<u16>]| n.and_then(|n| of[usize::from(n)]);
        let line = name(cue.line, &line_of_name);
        let lead = crowd.lead_for(name(cue.who, &lead_of_name), line);
        let person = members + lead.min(crowd.leads().saturating_sub(1));
        let ear = &ears[place_at(cue.at_s)];
        match through.get(person).copied().flatten() {
            Some(speaker) => speaker_delay(preset, usize::from(speaker), ear, people, rate),
            None if person < people => {
                ear.route(person).delay_frames + crate::space::BusFilter::LATENCY_FRAMES as u64
            }
            None => 0,
        }
    };
    let hits = Hits::build(&scene, rate, |at_s| crowd_delays[place_at(at_s)], lead_delay)?;

    let longest = connect_speakers(preset, rate, &ears, people, &mut rigs);
    let speakers: Vec<Speaker> = preset.speaker.iter().map(|s| Speaker::new(s, rate)).collect();
    let threads = match options.threads {
        _ if options.on_one_thread => None,
        Some(1) => None,
        threads => Some(
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads.unwrap_or_else(processors).min(GROUPS))
                .build()
                .map_err(EngineError::Threads)?,
        ),
    };
    let seconds = scene.seconds() + TAIL_S;
    let (handle, port) = rings();
    Ok(Parts {
        rate,
        hits,
        director: Director::new(scene, place_of, tails_frames, preset.master.gain_db, rate),
        events: crowd.events_capacity(),
        crowd,
        grain_frames,
        rigs,
        outputs,
        chunk,
        ears,
        feeds: Feeds::new(speakers.len(), longest),
        speakers,
        master: Master::hearing(&preset.master, &hearing, rate),
        through,
        sources,
        people,
        far,
        line_of_name,
        lead_of_name,
        seconds,
        threads,
        port,
        handle: Some(handle),
        study: None,
        memory: Memory::default(),
    })
}

/// How late the crowd is heard at a place, frames: the mean over everybody's power there.
fn crowd_delay(ear: &Ear, members: usize) -> u64 {
    let (mut late, mut power) = (0.0, 0.0);
    for person in 0..members {
        let route = ear.route(person);
        let weight = f64::from(route.gain) * f64::from(route.gain);
        late += weight * route.delay_frames as f64;
        power += weight;
    }
    let mean = if power > 0.0 { late / power } else { 0.0 };
    mean.round() as u64 + crate::space::BusFilter::LATENCY_FRAMES as u64
}

/// How late a loudspeaker's first tower is heard at a place, frames.
fn speaker_delay(preset: &Preset, speaker: usize, ear: &Ear, people: usize, rate: SampleRate) -> u64 {
    let speed_m_s = preset.space.air().speed_m_s();
    let first = people + preset.speaker[..speaker].iter().map(|s| s.at.len()).sum::<usize>();
    let config = &preset.speaker[speaker];
    let late = (0..config.at.len()).map(|tower| {
        let way = ear.route(first + tower).delay_frames;
        (config.tower_delay_frames(tower, speed_m_s, rate) + way).max(SHORTEST_FRAMES)
    });
    late.min().unwrap_or(0) + crate::space::BusFilter::LATENCY_FRAMES as u64
}

/// How many threads this machine runs at once.
fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get())
}

/// For each person, the loudspeaker that carries the voice.
fn through(preset: &Preset, plan: &Plan) -> Result<Vec<Option<u8>>, EngineError> {
    let mut through = vec![None; plan.people()];
    for solo in &preset.solo {
        let Some(name) = &solo.through else { continue };
        let speaker =
            preset.speaker.iter().position(|s| &s.name == name).ok_or_else(|| EngineError::NoSpeaker {
                name: name.clone(),
                speakers: preset.speaker.iter().map(|s| s.name.clone()).collect(),
            })?;
        if let Some(person) = plan.person_of_lead(&solo.name) {
            through[person as usize] = Some(speaker as u8);
        }
    }
    Ok(through)
}

/// Lets every place hear every cluster of every loudspeaker; returns the longest delay, frames.
fn connect_speakers(preset: &Preset, rate: SampleRate, ears: &[Ear], people: usize, rigs: &mut [Rig]) -> u64 {
    let speed_m_s = preset.space.air().speed_m_s();
    let mut longest = SHORTEST_FRAMES;
    let mut source = people;
    for (speaker, config) in preset.speaker.iter().enumerate() {
        for tower in 0..config.at.len() {
            for (place, ear) in ears.iter().enumerate() {
                let route = ear.route(source);
                let delay_frames = (config.tower_delay_frames(tower, speed_m_s, rate) + route.delay_frames)
                    .max(SHORTEST_FRAMES);
                longest = longest.max(delay_frames);
                for rig in rigs.iter_mut() {
                    rig.connect(place, route, speaker, delay_frames);
                }
            }
            source += 1;
        }
    }
    longest
}
