//! The engine at work: plans quanta, has the groups mix them, finishes them.
//!
//! Owns the order of things within a quantum and the remainder between blocks. Does not own a device, a
//! clock, a file or the making of its parts (see `prepare`).
//!
//! Real-time: `process` neither allocates, locks nor logs when no thread pool is set.

use crate::crowd::{Crowd, CrowdStats, Orders};
use crate::grain::GrainEvent;
use crate::mix::{Delay, Master, Meter};
use crate::scene::Scene;
use crate::space::Speaker;
use crate::units::{Block, QUANTUM, SampleRate, Vec3};

use super::command::{COMMANDS, Command, EngineHandle, Port, Snapshot};
use super::director::Director;
use super::dispatch::{Playing, places};
use super::ear::Ear;
use super::hits::Hits;
use super::memory::Memory;
use super::outputs::Outputs;
use super::perform::Script;
use super::plan::{MAX_CHUNK, MAX_PLACES, QuantumPlan};
use super::relay::Relay;
use super::rig::Rig;
use super::speaker::Feeds;
use super::study::Study;
use super::window::Window;

/// Cues that are taken from a performer in one quantum: as many again are left for the scene and for what is followed.
const CUES_PER_QUANTUM: usize = crate::crowd::MAX_ORDERS / 2;

/// Quanta between two snapshots: about 10 ms.
const SNAPSHOT_EVERY: u64 = 8;

/// The parts of an engine, as `prepare` makes them.
pub(crate) struct Parts {
    pub(crate) rate: SampleRate,
    pub(crate) director: Director,
    pub(crate) hits: Hits,
    pub(crate) crowd: Crowd,
    /// Length of every grain, frames.
    pub(crate) grain_frames: Vec<u32>,
    /// The mix, and its stems if they are asked for.
    pub(crate) rigs: Vec<Rig>,
    pub(crate) outputs: Outputs,
    /// Most quanta at a time.
    pub(crate) chunk: usize,
    pub(crate) ears: Vec<Ear>,
    pub(crate) speakers: Vec<Speaker>,
    pub(crate) feeds: Feeds,
    pub(crate) master: Master,
    /// For each person: the loudspeaker that carries the voice.
    pub(crate) through: Vec<Option<u8>>,
    /// People, then the clusters of all loudspeakers.
    pub(crate) sources: Vec<Vec3>,
    pub(crate) people: usize,
    /// For each place: the gain below which somebody is far.
    pub(crate) far: Vec<f32>,
    pub(crate) events: usize,
    pub(crate) line_of_name: Vec<Option<u16>>,
    pub(crate) lead_of_name: Vec<Option<u16>>,
    pub(crate) seconds: f64,
    pub(crate) threads: Option<rayon::ThreadPool>,
    pub(crate) port: Port,
    pub(crate) handle: Option<EngineHandle>,
    pub(crate) study: Option<Study>,
    pub(crate) memory: Memory,
}

/// A crowd that can be run: pull blocks from it, tell it what to do.
///
/// Built by [`super::prepare`].
pub struct Engine {
    pub(super) parts: Parts,
    pub(super) now: u64,
    plans: [QuantumPlan; MAX_CHUNK],
    notes: [QuantumNote; MAX_CHUNK],
    pub(super) events: Vec<GrainEvent>,
    pub(super) playing: Vec<Playing>,
    /// Jumps of the clock that have been seen.
    pub(super) turns: u32,
    /// Next person to be moved into each place that woke up; `u32::MAX` when done.
    pub(super) rehoming: [u32; MAX_PLACES],
    pub(super) woken_at: [u64; MAX_PLACES],
    pub(super) breathing: f32,
    /// Finished blocks, channel by channel within a quantum.
    pub(super) ready: Vec<Block>,
    pub(super) ready_from: usize,
    /// Brings the stems as late as the limiter is.
    pub(super) lag: Delay,
    before_limiter: Vec<Block>,
    handle: Option<EngineHandle>,
    pub(super) pending: Orders,
    pub(super) skip: usize,
    pub(super) meter: Meter,
    pub(super) grains: u32,
    pub(super) window: Window,
    /// What the crowd did in the quantum that was planned last.
    pub(super) last: CrowdStats,
    pub(super) thinned: u64,
    pub(super) study: Option<Study>,
    /// How long what was learned has waited for what it replaces to end, quanta.
    pub(super) uptake_waited: usize,
    pub(super) script: Option<Box<dyn Script>>,
    pub(super) relay: Option<Relay>,
    /// How many engines have taken over so far.
    pub(super) generation: u32,
    /// Grains that the engines before this one have lost.
    pub(super) lost_before: u64,
}

/// What is reported of a quantum once it has been mixed.
#[derive(Clone, Copy, Debug, Default)]
struct QuantumNote {
    scene_s: f64,
    beat: usize,
    place: usize,
    intensity: f32,
    crowd: CrowdStats,
    /// Level of the crowd's slow breathing at start and end of the quantum.
    breathing: [f32; 2],
}

impl Engine {
    pub(crate) fn assemble(mut parts: Parts) -> Self {
        let handle = parts.handle.take();
        Self {
            now: 0,
            plans: [QuantumPlan::default(); MAX_CHUNK],
            notes: [QuantumNote::default(); MAX_CHUNK],
            events: Vec::with_capacity(parts.events),
            playing: vec![Playing::NOTHING; parts.people],
            turns: 0,
            rehoming: [u32::MAX; MAX_PLACES],
            woken_at: [0; MAX_PLACES],
            breathing: 1.0,
            ready: Vec::with_capacity(parts.chunk * parts.outputs.channels()),
            ready_from: 0,
            lag: Delay::new(parts.outputs.stem_channels(), parts.master.latency_frames()),
            before_limiter: Vec::with_capacity(parts.outputs.mix_channels()),
            handle,
            pending: Orders::default(),
            skip: parts.master.latency_frames(),
            meter: Meter::default(),
            grains: 0,
            window: Window::ALL,
            last: CrowdStats::default(),
            thinned: 0,
            study: parts.study.take(),
            uptake_waited: 0,
            script: None,
            relay: None,
            generation: 0,
            lost_before: 0,
            parts,
        }
    }

    /// The control side, once: it can be sent to another thread.
    pub fn handle(&mut self) -> Option<EngineHandle> {
        self.handle.take()
    }

    /// Frames per second of everything that comes out.
    pub fn rate(&self) -> SampleRate {
        self.parts.rate
    }

    /// Length of the scene with its last tail, seconds.
    pub fn seconds(&self) -> f64 {
        self.parts.seconds
    }

    /// The scene that is played.
    pub fn scene(&self) -> &Scene {
        self.parts.director.scene()
    }

    /// How many people there are, the leader and soloists included.
    pub fn people(&self) -> usize {
        self.playing.len()
    }

    /// What people, places and performances take in memory: an estimate.
    pub fn memory(&self) -> Memory {
        self.parts.memory
    }

    /// What comes out beside the mix, and the channels of each.
    pub fn outputs(&self) -> &Outputs {
        &self.parts.outputs
    }

    /// The most that the stems of any place have lacked of its mix by rounding so far, pascals, before the room's
    /// stem was given it; 0 without stems. Far below hearing, else something is wrong.
    pub fn stem_rounding_pa(&self) -> f32 {
        self.parts.rigs.get(1).map_or(0.0, Rig::lacking)
    }

    /// What everybody in the crowd does, leader and soloists excepted: distance from the leader, metres, and
    /// conduct. For onlookers, not for the audio thread: O(people).
    pub fn conducts(&self) -> impl Iterator<Item = (f32, crate::crowd::Conduct)> + '_ {
        self.parts.crowd.conducts()
    }

    /// Fills both channels with the next frames, 1.0 = full scale: the first two of the layout, or one twice.
    ///
    /// * `left`, `right`: same length, any length.
    ///
    /// Real-time when prepared with `on_one_thread`, for stereo and without stems: no allocation, lock or I/O;
    /// O(people / 16 + sounding grains + buses) per quantum. Otherwise it shares longer blocks among worker threads
    /// and waits for them.
    pub fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        if self.parts.outputs.mix_channels() > 1 {
            self.process_channels(&mut [left, right]);
        } else {
            self.process_channels(&mut [&mut *left]);
            right.copy_from_slice(left);
        }
    }

    /// Fills as many channels as are given with the next frames: those of the mix, then those of each stem, as
    /// [`Engine::outputs`] lists them.
    ///
    /// * `out`: one slice per channel, all of the same length, any length.
    ///
    /// Real-time as [`Engine::process`].
    pub fn process_channels(&mut self, out: &mut [&mut [f32]]) {
        let frames = out.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let channels = self.parts.outputs.channels();
        let mut done = 0;
        while done < frames {
            let held = self.ready.len() / channels * QUANTUM;
            if self.ready_from == held {
                let quanta = (frames - done + self.skip).div_ceil(QUANTUM).min(self.parts.chunk);
                let quanta = quanta.min(self.act());
                let quanta = quanta.min(self.relay());
                self.run(quanta);
                continue;
            }
            let held = held - self.ready_from;
            if self.skip > 0 {
                // The limiter's look-ahead: dropped, so that frame 0 is the start of the scene.
                let drop = self.skip.min(held);
                self.skip -= drop;
                self.ready_from += drop;
                continue;
            }
            let offset = self.ready_from % QUANTUM;
            let take = (QUANTUM - offset).min(frames - done);
            let quantum = &self.ready[self.ready_from / QUANTUM * channels..];
            for (target, block) in out.iter_mut().zip(quantum.iter().take(channels)) {
                target[done..done + take].copy_from_slice(&block[offset..offset + take]);
            }
            self.ready_from += take;
            done += take;
        }
    }

    /// Takes what was asked for and makes `quanta` quanta.
    fn run(&mut self, quanta: usize) {
        let mut cues = 0;
        for _ in 0..COMMANDS {
            let Some(command) = self.parts.port.take() else { break };
            self.command(command);
            cues += usize::from(matches!(command, Command::Cue(_) | Command::Call(_)));
            if cues == CUES_PER_QUANTUM {
                // What is left waits for the next quantum: none is lost.
                break;
            }
        }
        self.take_next_up(quanta);
        self.run_quanta(quanta);
        self.relay_quanta(quanta);
    }

    /// Plans, mixes and finishes `quanta` quanta into `ready`.
    pub(super) fn run_quanta(&mut self, quanta: usize) {
        self.ready.clear();
        self.ready_from = 0;
        for index in 0..quanta {
            self.plan(index);
        }
        let Parts { rigs, feeds, threads, .. } = &mut self.parts;
        for rig in rigs {
            rig.run(&self.plans[..quanta], feeds, threads.as_ref());
        }
        for index in 0..quanta {
            self.finish(index);
        }
        self.now += (quanta * QUANTUM) as u64;
    }

    /// Decides what happens in one quantum and tells the groups.
    fn plan(&mut self, index: usize) {
        let now = self.now + (index * QUANTUM) as u64;
        let direction = self.parts.director.direct(now);
        let control = self.control(now, &direction);
        self.events.clear();
        let stats = self.parts.crowd.step(&control, &mut self.events);
        self.wake(now, direction.woken);
        for place in places(direction.left) {
            self.rehoming[place] = u32::MAX;
            self.parts.rigs.iter_mut().for_each(|rig| rig.leave(now, place));
        }
        for i in 0..self.events.len() {
            let event = self.events[i];
            self.dispatch(now, direction.fed, event);
        }
        self.rehome(now);
        let scene_s = self.parts.rate.seconds(direction.clock[0]);
        for place in places(direction.fed) {
            self.parts.ears[place].follow(scene_s, &self.parts.sources);
        }
        let breathing = [self.breathing, stats.breathing];
        self.breathing = stats.breathing;
        self.last = stats;
        self.plans[index] = QuantumPlan { air: self.window.air(now), ..direction.plan };
        self.notes[index] = QuantumNote {
            scene_s,
            beat: direction.state.beat,
            place: self.parts.director.place(),
            intensity: direction.state.intensity as f32,
            crowd: stats,
            breathing,
        };
    }

    /// Adds up a mixed quantum, sends it through rooms, chains and master, and puts it among what is ready.
    fn finish(&mut self, index: usize) {
        let plan = self.plans[index];
        let note = self.notes[index];
        let Parts { rigs, speakers, feeds, master, port, director, crowd, .. } = &mut self.parts;
        let Some((rig, stems)) = rigs.split_first_mut() else { return };
        for (s, speaker) in speakers.iter_mut().enumerate() {
            let block: Block = speaker.process(rig.spoken(index, s));
            feeds.write(s, plan.now, &block);
        }
        let mix = rig.finish(index, &plan, None);
        if self.window.bare {
            self.ready.extend_from_slice(mix);
        } else {
            ramp(mix, note.breathing);
            master.set_gain_db(plan.gain_db);
            let lift = master.lift(mix);
            if !stems.is_empty() {
                self.before_limiter.clear();
                self.before_limiter.extend_from_slice(mix);
            }
            self.meter = master.limit(mix, &lift);
            ramp(mix, plan.out);
            self.ready.extend_from_slice(mix);
            for stems in stems {
                // What the stems add up to comes first.
                let from = self.ready.len();
                self.ready.extend_from_slice(&self.before_limiter);
                let parts = stems.finish(index, &plan, Some(rig));
                ramp(parts, note.breathing);
                parts.iter_mut().for_each(|block| lift.apply(block));
                self.ready.extend_from_slice(parts);
                let all = &mut self.ready[from..];
                self.lag.swap(all);
                ramp(all, plan.out);
            }
        }
        if (plan.now / QUANTUM as u64).is_multiple_of(SNAPSHOT_EVERY) {
            let (grains, stolen) = rig.grains();
            self.grains = grains;
            port.report(Snapshot {
                frame: plan.now,
                scene_s: note.scene_s,
                beat: note.beat,
                place: note.place,
                intensity: note.intensity,
                crowd: note.crowd,
                map: *crowd.map(),
                grains,
                stolen: self.lost_before + stolen,
                meter: self.meter,
                hands: director.hands(),
                thinned: self.thinned,
                unlogged: port.unlogged(),
            });
        }
    }
}

/// Multiplies with a gain that moves linearly over the quantum.
fn ramp(blocks: &mut [Block], gain: [f32; 2]) {
    if gain == [1.0, 1.0] {
        return;
    }
    let step = (gain[1] - gain[0]) / QUANTUM as f32;
    for block in blocks {
        for (i, x) in block.iter_mut().enumerate() {
            *x *= gain[0] + step * i as f32;
        }
    }
}
