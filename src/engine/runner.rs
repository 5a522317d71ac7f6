//! The engine at work: plans quanta, has the groups mix them, finishes them.
//!
//! Owns the order of things within a quantum and the remainder between blocks. Does not own a device, a
//! clock, a file or the making of its parts (see `prepare`).
//!
//! Real-time: `process` neither allocates, locks nor logs when no thread pool is set.

use rayon::prelude::*;

use crate::crowd::{Control, Crowd, CrowdStats, Orders};
use crate::grain::{GrainEvent, GrainId, Stem};
use crate::mix::{Master, Meter, Slot};
use crate::scene::Scene;
use crate::space::Speaker;
use crate::units::{Block, QUANTUM, SampleRate, Stereo, Vec3};

use super::command::{COMMANDS, Command, EngineHandle, Port, Snapshot};
use super::director::{Direction, Director};
use super::ear::Ear;
use super::group::{Group, Order};
use super::plan::{MAX_CHUNK, MAX_PLACES, QuantumPlan};
use super::speaker::Feeds;

/// People who are moved into a newly woken place per quantum: bounds the work of a change of place.
const REHOME_PER_QUANTUM: usize = 1024;

/// Quanta between two snapshots: about 10 ms.
const SNAPSHOT_EVERY: u64 = 8;

/// What a person is in the middle of, so that a place that wakes up can join in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Playing {
    grain: GrainId,
    /// First frame at the mouth.
    at: u64,
    /// First frame after the end, or after the fade of a stop.
    until: u64,
    gain: f32,
    stem: Stem,
    /// Quantum in which it was ordered.
    ordered: u64,
    /// When it is to be stopped, and over how many frames.
    stop: Option<(u64, u32)>,
}

impl Playing {
    pub(crate) const NOTHING: Self =
        Self { grain: GrainId(0), at: 0, until: 0, gain: 0.0, stem: Stem::Chant, ordered: 0, stop: None };
}

/// The parts of an engine, as `prepare` makes them.
pub(crate) struct Parts {
    pub(crate) rate: SampleRate,
    pub(crate) director: Director,
    pub(crate) crowd: Crowd,
    /// Length of every grain, frames.
    pub(crate) grain_frames: Vec<u32>,
    pub(crate) groups: Vec<Group>,
    pub(crate) ears: Vec<Ear>,
    pub(crate) speakers: Vec<Speaker>,
    pub(crate) feeds: Feeds,
    pub(crate) master: Master,
    /// For each person: the loudspeaker that carries the voice.
    pub(crate) through: Vec<Option<u8>>,
    /// People, then the clusters of all loudspeakers.
    pub(crate) sources: Vec<Vec3>,
    pub(crate) people: usize,
    pub(crate) events: usize,
    pub(crate) line_of_name: Vec<Option<u16>>,
    pub(crate) lead_of_name: Vec<Option<u16>>,
    pub(crate) seconds: f64,
    pub(crate) threads: Option<rayon::ThreadPool>,
    pub(crate) port: Port,
    pub(crate) handle: Option<EngineHandle>,
}

/// A crowd that can be run: pull blocks from it, tell it what to do.
///
/// Built by [`super::prepare`].
pub struct Engine {
    parts: Parts,
    now: u64,
    plans: [QuantumPlan; MAX_CHUNK],
    notes: [QuantumNote; MAX_CHUNK],
    events: Vec<GrainEvent>,
    playing: Vec<Playing>,
    /// Next person to be moved into each place that woke up; `u32::MAX` when done.
    rehoming: [u32; MAX_PLACES],
    woken_at: [u64; MAX_PLACES],
    breathing: f32,
    ready: Vec<Stereo>,
    ready_from: usize,
    handle: Option<EngineHandle>,
    pending: Orders,
    skip: usize,
    meter: Meter,
    grains: u32,
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
            rehoming: [u32::MAX; MAX_PLACES],
            woken_at: [0; MAX_PLACES],
            breathing: 1.0,
            ready: Vec::with_capacity(MAX_CHUNK),
            ready_from: 0,
            handle,
            pending: Orders::default(),
            skip: parts.master.latency_frames(),
            meter: Meter::default(),
            grains: 0,
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

    /// Fills both channels with the next frames, 1.0 = full scale.
    ///
    /// * `left`, `right`: same length, any length.
    ///
    /// Real-time when prepared with `on_one_thread`: no allocation, lock or I/O; O(people / 16 + sounding
    /// grains + buses) per quantum. Otherwise it shares longer blocks among worker threads and waits for them.
    pub fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len().min(right.len());
        let mut done = 0;
        while done < frames {
            if self.ready_from == self.ready.len() * QUANTUM {
                let quanta = (frames - done + self.skip).div_ceil(QUANTUM).min(MAX_CHUNK);
                self.run(quanta);
                continue;
            }
            let held = self.ready.len() * QUANTUM - self.ready_from;
            if self.skip > 0 {
                // The limiter's look-ahead: dropped, so that frame 0 is the start of the scene.
                let drop = self.skip.min(held);
                self.skip -= drop;
                self.ready_from += drop;
                continue;
            }
            let offset = self.ready_from % QUANTUM;
            let take = (QUANTUM - offset).min(frames - done);
            let quantum = &self.ready[self.ready_from / QUANTUM];
            left[done..done + take].copy_from_slice(&quantum.left[offset..offset + take]);
            right[done..done + take].copy_from_slice(&quantum.right[offset..offset + take]);
            self.ready_from += take;
            done += take;
        }
    }

    /// Acts on a command at the next quantum. [`EngineHandle::send`] does the same from another thread.
    pub fn command(&mut self, command: Command) {
        self.parts.director.command(command);
        if let Command::Cue(action) = command {
            // With no room left the cue is dropped: eight within one call are more than a hand can play.
            let amp = self.parts.director.amp;
            self.pending.push(crate::crowd::Order { action, line: None, who: None, amp });
        }
    }

    /// Plans, mixes and finishes `quanta` quanta into `ready`.
    fn run(&mut self, quanta: usize) {
        self.ready.clear();
        self.ready_from = 0;
        for _ in 0..COMMANDS {
            let Some(command) = self.parts.port.take() else { break };
            self.command(command);
        }
        for index in 0..quanta {
            self.plan(index);
        }
        let Parts { groups, feeds, threads, .. } = &mut self.parts;
        let plans = &self.plans[..quanta];
        let feeds = &*feeds;
        match threads {
            Some(pool) if quanta > 1 => {
                pool.install(|| groups.par_iter_mut().for_each(|group| group.run(plans, feeds)));
            }
            _ => groups.iter_mut().for_each(|group| group.run(plans, feeds)),
        }
        for index in 0..quanta {
            let out = self.finish(index);
            self.ready.push(out);
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
            for group in &mut self.parts.groups {
                group.order(now, Order::Leave { place });
            }
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
        self.plans[index] = direction.plan;
        self.notes[index] = QuantumNote {
            scene_s,
            beat: direction.state.beat,
            place: self.parts.director.place(),
            intensity: direction.state.intensity as f32,
            crowd: stats,
            breathing,
        };
    }

    fn control(&mut self, now: u64, direction: &Direction) -> Control {
        let Parts { director, line_of_name, lead_of_name, .. } = &self.parts;
        let mut orders = std::mem::take(&mut self.pending);
        let cues = director.scene().cues();
        let first = cues.partition_point(|cue| director.first_frame(cue.at_s) < direction.clock[0]);
        for cue in cues[first..].iter().take_while(|cue| director.first_frame(cue.at_s) < direction.clock[1])
        {
            orders.push(crate::crowd::Order {
                action: cue.action,
                line: cue.line.and_then(|n| line_of_name[usize::from(n)]),
                who: cue.who.and_then(|n| lead_of_name[usize::from(n)]),
                amp: director.amp.or(cue.amp),
            });
        }
        let state = &direction.state;
        let ended = state.ended && !director.overridden();
        Control {
            now,
            intensity: if ended { 0.0 } else { state.intensity as f32 },
            activity: if ended { crate::scene::Activity::Silent } else { state.activity },
            beat: state.beat as u32,
            line: match director.line {
                Some(line) => Some(line),
                None => state.phrase.and_then(|n| line_of_name[usize::from(n)]),
            },
            bpm: state.bpm.map(|b| b as f32),
            orders,
        }
    }

    /// Sends what a person does to every place that listens.
    fn dispatch(&mut self, now: u64, fed: u32, event: GrainEvent) {
        match event {
            GrainEvent::Start { person, grain, at, gain, stem } => {
                let until = at + u64::from(self.parts.grain_frames[grain.0 as usize]);
                if stem != Stem::Body {
                    self.playing[person as usize] =
                        Playing { grain, at, until, gain, stem, ordered: now, stop: None };
                }
                if let Some(speaker) = self.parts.through[person as usize] {
                    let group = &mut self.parts.groups[0];
                    let bus = group.speaker_bus(usize::from(speaker));
                    group.order(
                        now,
                        Order::Start(Slot { at, grain, bus, gain, path: 1.0, delay_frames: 0, person, stem }),
                    );
                    return;
                }
                for place in places(fed) {
                    self.start_at(now, place, person, grain, at, gain, stem);
                }
            }
            GrainEvent::Stop { person, at, fade_frames } => {
                let playing = &mut self.playing[person as usize];
                playing.until = playing.until.min(at + u64::from(fade_frames));
                playing.stop = Some((at, fade_frames));
                // To all groups: a grain stays on the bus that it began on, wherever the person is heard now.
                for group in &mut self.parts.groups {
                    group.order(now, Order::Stop { person, at, fade_frames });
                }
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of one event")]
    fn start_at(
        &mut self,
        now: u64,
        place: usize,
        person: u32,
        grain: GrainId,
        at: u64,
        gain: f32,
        stem: Stem,
    ) {
        let route = self.parts.ears[place].route(person as usize);
        let group = &mut self.parts.groups[route.group];
        let slot = Slot {
            at: at + route.delay_frames,
            grain,
            bus: group.local_bus(place, route.bus_in_share),
            gain,
            path: route.gain,
            delay_frames: route.delay_frames as u32,
            person,
            stem,
        };
        group.order(now, Order::Start(slot));
    }

    fn wake(&mut self, now: u64, woken: u32) {
        for place in places(woken) {
            self.woken_at[place] = now;
            self.rehoming[place] = 0;
        }
    }

    /// Lets places that woke up join in what people are in the middle of, a slice of people per quantum.
    fn rehome(&mut self, now: u64) {
        let people = self.playing.len() as u32;
        for place in 0..self.parts.ears.len() {
            let first = self.rehoming[place];
            if first == u32::MAX {
                continue;
            }
            let last = (first + REHOME_PER_QUANTUM as u32).min(people);
            for person in first..last {
                let Playing { grain, at, until, gain, stem, ordered, stop } = self.playing[person as usize];
                let silent = until == 0 || self.parts.through[person as usize].is_some();
                if silent || ordered >= self.woken_at[place] {
                    continue;
                }
                let route = self.parts.ears[place].route(person as usize);
                if until + route.delay_frames > now {
                    self.start_at(now, place, person, grain, at, gain, stem);
                    if let Some((at, fade_frames)) = stop {
                        let group = &mut self.parts.groups[route.group];
                        group.order(now, Order::Stop { person, at, fade_frames });
                    }
                }
            }
            self.rehoming[place] = if last == people { u32::MAX } else { last };
        }
    }

    /// Adds up a mixed quantum, sends it through rooms, chains and master.
    fn finish(&mut self, index: usize) -> Stereo {
        let plan = self.plans[index];
        let note = self.notes[index];
        let Parts { groups, ears, speakers, feeds, master, port, .. } = &mut self.parts;
        for (s, speaker) in speakers.iter_mut().enumerate() {
            let block: Block = speaker.process(groups[0].spoken(index, s));
            feeds.write(s, plan.now, &block);
        }
        let mut mix = Stereo::SILENCE;
        for (place, ear) in ears.iter_mut().enumerate() {
            if !plan.is_active(place) {
                continue;
            }
            let sound = ear.finish(groups, index, place);
            // `from` is silent when no cross-fade runs, and then it names the same place as `to`.
            for fade in [plan.from, plan.to] {
                if fade.place == place && (fade.start > 0.0 || fade.end > 0.0) {
                    add_faded(&mut mix, &sound, [fade.start, fade.end]);
                }
            }
        }
        ramp(&mut mix, note.breathing);
        master.set_gain_db(plan.gain_db);
        self.meter = master.process(&mut mix);
        ramp(&mut mix, plan.out);
        if (plan.now / QUANTUM as u64).is_multiple_of(SNAPSHOT_EVERY) {
            self.grains = groups.iter().map(|g| g.sounding() as u32).sum();
            port.report(Snapshot {
                frame: plan.now,
                scene_s: note.scene_s,
                beat: note.beat,
                place: note.place,
                intensity: note.intensity,
                crowd: note.crowd,
                grains: self.grains,
                stolen: groups.iter().map(Group::lost).sum(),
                meter: self.meter,
            });
        }
        mix
    }
}

/// The indices of the bits that are set, lowest first.
fn places(mask: u32) -> impl Iterator<Item = usize> {
    (0..MAX_PLACES).filter(move |place| mask & (1 << place) != 0)
}

/// Adds `sound` with a gain that moves linearly over the quantum.
fn add_faded(mix: &mut Stereo, sound: &Stereo, gain: [f32; 2]) {
    let step = (gain[1] - gain[0]) / QUANTUM as f32;
    for i in 0..QUANTUM {
        let g = gain[0] + step * i as f32;
        mix.left[i] += g * sound.left[i];
        mix.right[i] += g * sound.right[i];
    }
}

/// Multiplies with a gain that moves linearly over the quantum.
fn ramp(mix: &mut Stereo, gain: [f32; 2]) {
    if gain == [1.0, 1.0] {
        return;
    }
    let step = (gain[1] - gain[0]) / QUANTUM as f32;
    for i in 0..QUANTUM {
        let g = gain[0] + step * i as f32;
        mix.left[i] *= g;
        mix.right[i] *= g;
    }
}
