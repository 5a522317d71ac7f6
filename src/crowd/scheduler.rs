//! The running crowd: from what is asked for to what every person does, one quantum at a time.
//!
//! Owns the round of visits. Everybody is visited once per [`LANES`] quanta (about 21 ms at 48 kHz), always in the
//! same quantum of the round, so that what a person does never depends on how many others there are. A visit finds
//! in most cases that nothing is due and costs a few nanoseconds. Sounds are planned to the frame and handed out just
//! before they begin.
//!
//! Real-time: [`Crowd::step`] does not allocate, lock or format.

use super::clock::{Clock, Cycle};
use super::contagion::Contagion;
use super::lead::Lead;
use super::map::{Counted, Map};
use super::people::{People, Traits};
use super::person::{DOINGS, Doing, NEVER, Person};
use super::plan::{LineFacts, Plan};
use super::rehearsal::More;
use super::repertoire::{Noise, Repertoire, Set};
use super::world::World;
use super::{COUNT_IN_S, Control, CrowdConfig, CrowdStats, Order, Orders, Voiced};
use crate::grain::{GrainEvent, GrainId, GrainInfo};
use crate::rng::{self, Domain, Stream};
use crate::scene::{Activity, Scene};
use crate::units::{self, QUANTUM, SampleRate, Vec3};

/// Rounds of visits, quanta: usual, and for crowds beyond [`MANY`].
const LANES: usize = 16;
const LANES_MANY: usize = 64;
const MANY: usize = 150_000;
/// Most events that one quantum may bring.
const MAX_EVENTS: usize = 8192;
/// Events that one visit can bring at most.
const EVENTS_PER_VISIT: usize = 4;

/// Lengths and stops of all grains, in flat tables.
pub(crate) struct Infos {
    pub frames: Vec<u32>,
    pub anchor: Vec<u32>,
    pub power: Vec<f32>,
    stops: Vec<u32>,
    first_stop: Vec<u32>,
}

impl Infos {
    pub fn new<'a>(count: usize, info: impl Fn(GrainId) -> &'a GrainInfo) -> Self {
        let mut infos = Self {
            frames: Vec::with_capacity(count),
            anchor: Vec::with_capacity(count),
            power: Vec::with_capacity(count),
            stops: Vec::new(),
            first_stop: vec![0],
        };
        for grain in 0..count as u32 {
            let info = info(GrainId(grain));
            infos.frames.push(info.frames);
            infos.anchor.push(info.anchor_frames);
            infos.power.push(info.power_pa2);
            infos.stops.extend_from_slice(&info.stops_frames);
            infos.first_stop.push(infos.stops.len() as u32);
        }
        infos
    }

    /// Places to stop a grain, frames from its start, rising.
    pub fn stops(&self, grain: u32) -> &[u32] {
        let grain = grain as usize;
        if grain + 1 >= self.first_stop.len() {
            return &[];
        }
        &self.stops[self.first_stop[grain] as usize..self.first_stop[grain + 1] as usize]
    }

    fn energy(&self, set: &Set) -> f64 {
        let grains = set.by_speaker.iter().flat_map(|t| t.first..t.first + t.count);
        let (mut sum, mut n) = (0.0, 0);
        for grain in grains {
            sum += f64::from(self.power[grain as usize]) * f64::from(self.frames[grain as usize]);
            n += 1;
        }
        if n == 0 { 0.0 } else { sum / f64::from(n) }
    }
}

/// Where events go, with an end.
pub(crate) struct Out<'a> {
    events: &'a mut Vec<GrainEvent>,
    end: usize,
}

impl Out<'_> {
    pub fn push(&mut self, event: GrainEvent) {
        if self.events.len() < self.end {
            self.events.push(event);
        }
    }

    fn has_room(&self) -> bool {
        self.events.len() + EVENTS_PER_VISIT <= self.end
    }
}

/// Factors that bring the bed to its level against the chant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BedGains {
    pub whoop: f32,
    pub roar: f32,
    pub clap: f32,
}

/// Onset scatter of the chant's cycle.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scatter {
    count: f64,
    sum: f64,
    squares: f64,
    pub last_ms: f32,
}

impl Scatter {
    /// Counts an onset, seconds against the beat.
    pub fn add(&mut self, onset_s: f64) {
        self.count += 1.0;
        self.sum += onset_s;
        self.squares += onset_s * onset_s;
    }

    /// Ends a cycle.
    fn close(&mut self) {
        if self.count > 1.0 {
            let variance = (self.squares - self.sum * self.sum / self.count) / (self.count - 1.0);
            self.last_ms = (1000.0 * variance.max(0.0).sqrt()) as f32;
        }
        (self.count, self.sum, self.squares) = (0.0, 0.0, 0.0);
    }
}

/// A crowd that is on stage.
pub struct Crowd {
    pub(crate) config: CrowdConfig,
    pub(crate) rate: SampleRate,
    pub(crate) seed: u64,
    pub(crate) mouths: Vec<Vec3>,
    pub(crate) traits: Vec<Traits>,
    pub(crate) lines: Vec<LineFacts>,
    pub(crate) repertoire: Repertoire,
    pub(crate) infos: Infos,
    pub(crate) bed: BedGains,
    pub(crate) leads: Vec<Lead>,
    /// What a performer may ask for beyond the scene, and whether anybody has.
    pub(crate) more: Option<More>,
    alight: Counted,
    pub(crate) open: bool,
    /// It has learned something since.
    pub(crate) taught: bool,
    /// Longest lead-in of a hit, frames: hits are planned that much ahead.
    pub(crate) hit_lead: u64,
    pub(crate) world: World,
    pub(crate) clock: Clock,
    pub(crate) fire: Option<Contagion>,
    pub(crate) persons: Vec<Person>,
    pub(crate) counts: [u32; DOINGS],
    pub(crate) scatter: Scatter,
    pub(crate) now: u64,
    pub(crate) look: u64,
    pub(crate) answer_at: u64,
    pub(crate) answers: u64,
    pub(crate) answer_line: u16,
    // In the order of visits: lane by lane.
    rank: Vec<f32>,
    pub(crate) wake: Vec<u32>,
    pub(crate) doing: Vec<Doing>,
    pub(crate) heard: Vec<u32>,
    lanes: usize,
    lane_length: usize,
    behind: Option<(usize, usize)>,
    breath: (f64, f64),
    scene_lines: Vec<Option<u16>>,
    scene_leads: Vec<Option<u16>>,
    main: Option<u16>,
}

impl Crowd {
    /// Puts a planned crowd on stage. `info` tells length, anchor, power and stops of each grain of the plan.
    pub fn new<'a>(plan: Plan, info: impl Fn(GrainId) -> &'a GrainInfo) -> Self {
        let Plan { config, people, leads, repertoire, lines, recipes, seed, rate, .. } = plan;
        let infos = Infos::new(recipes.len(), info);
        let n = people.mouths.len();
        let lanes = if n > MANY { LANES_MANY } else { LANES };
        let lane_length = n.div_ceil(lanes);
        let step_s = rate.seconds((lanes * QUANTUM) as u64);
        let fire = (!config.direct).then(|| Contagion::new(&config, &people, step_s, seed));
        let hit_lead = hit_lead(&repertoire, &infos);
        let bed = bed_gains(&config, &repertoire, &infos);
        let more = plan.more.map(|repertoire| More {
            bed: bed_gains(&config, &repertoire, &infos),
            hit_lead: self::hit_lead(&repertoire, &infos),
            repertoire,
        });
        let People { mut mouths, traits, .. } = people;
        let leads: Vec<Lead> =
            leads.into_iter().enumerate().map(|(k, lead)| Lead::new((n + k) as u32, lead)).collect();
        let slot = |person: usize| (person % lanes) * lane_length + person / lanes;
        let alight = Counted::new(&mouths, lanes * lane_length, slot);
        mouths.extend(leads.iter().map(|l| l.plan.at));
        let mut crowd = Self {
            alight,
            more,
            open: false,
            taught: false,
            rank: vec![2.0; lanes * lane_length],
            wake: vec![0; lanes * lane_length],
            doing: vec![Doing::Idle; lanes * lane_length],
            heard: vec![0; lanes * lane_length],
            persons: vec![Person::new(); n],
            clock: Clock::new(seed),
            world: World::new(),
            counts: [0; DOINGS],
            scatter: Scatter::default(),
            now: 0,
            look: ((lanes + 2) * QUANTUM) as u64,
            answer_at: 0,
            answers: 0,
            answer_line: u16::MAX,
            behind: None,
            breath: (0.0, 0.0),
            scene_lines: plan.scene_lines,
            scene_leads: plan.scene_leads,
            main: plan.main,
            lanes,
            lane_length,
            hit_lead,
            config,
            rate,
            seed,
            mouths,
            traits,
            lines,
            repertoire,
            infos,
            bed,
            leads,
            fire,
        };
        for i in 0..n {
            let slot = crowd.slot(i);
            crowd.rank[slot] = crowd.traits[i].rank;
        }
        crowd.counts[Doing::Idle as usize] = n as u32;
        crowd
    }

    /// Everybody's mouth, metres: the people, then the leader and the soloists.
    pub fn people(&self) -> &[Vec3] {
        &self.mouths
    }

    /// Where people are alight.
    pub fn map(&self) -> &Map {
        self.alight.map()
    }

    /// How many leaders and soloists there are; they come after the crowd's own people.
    pub fn leads(&self) -> usize {
        self.leads.len()
    }

    /// Which of them says a line: who is asked for, else whose line it is, else the first.
    pub(crate) fn lead_for(&self, who: Option<u16>, line: Option<u16>) -> usize {
        let by = line.and_then(|l| self.lines.get(usize::from(l))).and_then(|l| l.by);
        usize::from(who.or(by).unwrap_or(0))
    }

    /// How many events a quantum can bring: the capacity that the vector of [`Crowd::step`] should have.
    pub fn events_capacity(&self) -> usize {
        (self.persons.len() / 4 + 4 * self.leads.len() + 64).min(MAX_EVENTS)
    }

    /// What a scene asks for in the quantum that begins at `now` (frame 0 is the scene's start).
    ///
    /// Real-time: no allocation.
    pub fn control(&self, scene: &Scene, now: u64) -> Control {
        let state = scene.state(self.rate.seconds(now));
        let line = match state.phrase {
            Some(name) => self.scene_lines.get(usize::from(name)).copied().flatten(),
            None => self.main,
        };
        let mut orders = Orders::default();
        let (from, to) = (now, now + QUANTUM as u64);
        // A little wider in seconds, then exact in frames: no cue is lost or heard twice.
        for cue in scene.cues_between(self.rate.seconds(from) - 1e-3, self.rate.seconds(to) + 1e-3) {
            let at = self.rate.frames(cue.at_s);
            if (from..to).contains(&at) {
                orders.push(Order {
                    action: cue.action,
                    line: cue.line.and_then(|n| self.scene_lines.get(usize::from(n)).copied().flatten()),
                    who: cue.who.and_then(|n| self.scene_leads.get(usize::from(n)).copied().flatten()),
                    amp: cue.amp,
                    voiced: Voiced::Now,
                });
            }
        }
        Control {
            now,
            intensity: state.intensity as f32,
            activity: state.activity,
            beat: state.beat as u32,
            line,
            bpm: state.bpm.map(|b| b as f32),
            limit: u32::MAX,
            spread: 1.0,
            steady: false,
            hit: None,
            until: None,
            orders,
        }
    }

    /// Lets one quantum pass.
    ///
    /// * `events`: is emptied and filled with what begins or ends soon, in no particular order. It never grows: give
    ///   it [`Crowd::events_capacity`]. People for whom there is no room are served in the next quantum.
    ///
    /// Real-time: no allocation, lock or I/O; a fixed number of people is visited.
    pub fn step(&mut self, control: &Control, events: &mut Vec<GrainEvent>) -> CrowdStats {
        events.clear();
        let end = events.capacity().min(MAX_EVENTS);
        let mut out = Out { events, end };
        self.now = control.now;
        let leader_amp = self.leads.first().filter(|l| l.plan.is_leader).map_or(0.6, |l| l.plan.amp);
        self.world.update(control, QUANTUM as u64, leader_amp, self.rate);
        self.steer_clock(control);
        self.step_leads(control, &mut out);
        self.step_answers();
        let lane = (self.now / QUANTUM as u64) as usize % self.lanes;
        if let Some(fire) = &mut self.fire {
            fire.tick(lane, self.lanes, self.now, self.world.call, self.rate);
        }
        // Whoever was left over comes first.
        if let Some((lane, from)) = self.behind.take() {
            self.behind = self.visit(lane, from, &mut out);
        }
        if self.behind.is_none() {
            self.behind = self.visit(lane, 0, &mut out);
        }
        let events = out.events.len() as u32;
        self.stats(events)
    }

    /// Fits the chant into a grid: so many cycles in so many frames. `None` lets it go at its own pace.
    pub fn set_grid(&mut self, grid: Option<(u64, u32)>) {
        self.clock.set_grid(grid);
    }

    /// The chant's cycle that is being prepared or has just begun; `None` while nobody chants.
    pub fn cycle(&self) -> Option<Cycle> {
        self.clock.cycle(&self.repertoire.chants, self.rate)
    }

    /// Back to the state before the first quantum; what was learned since is kept.
    pub fn reset(&mut self) {
        self.close_again();
        let n = self.persons.len();
        self.persons.fill(Person::new());
        self.wake.fill(0);
        self.doing.fill(Doing::Idle);
        self.alight.clear();
        self.heard.fill(0);
        self.world = World::new();
        self.clock = Clock::new(self.seed);
        self.counts = [0; DOINGS];
        self.counts[Doing::Idle as usize] = n as u32;
        self.scatter = Scatter::default();
        (self.answer_at, self.answers, self.answer_line) = (0, 0, u16::MAX);
        self.behind = None;
        self.breath = (0.0, 0.0);
        for lead in &mut self.leads {
            lead.reset();
        }
        if let Some(fire) = &mut self.fire {
            fire.reset();
        }
    }

    /// Stops everybody at once: what sounds is the mixer's to end, what was planned is forgotten.
    ///
    /// Real-time: no allocation; O(people).
    pub fn fall_dead(&mut self) {
        for (i, person) in self.persons.iter_mut().enumerate() {
            let slot = (i % self.lanes) * self.lane_length + i / self.lanes;
            *person = Person { draws: person.draws, cycle: person.cycle, ..Person::new() };
            (self.doing[slot], self.wake[slot]) = (Doing::Idle, 0);
        }
        self.counts = [0; DOINGS];
        self.counts[Doing::Idle as usize] = self.persons.len() as u32;
        self.alight.clear();
        self.leads.iter_mut().for_each(Lead::fall_silent);
        self.clock.running = false;
        self.behind = None;
    }

    /// Visits a lane from its `from`-th person; tells where it had to break off.
    fn visit(&mut self, lane: usize, from: usize, out: &mut Out) -> Option<(usize, usize)> {
        let quantum = (self.now / QUANTUM as u64) as u32;
        let epoch = self.world.epoch;
        let (on, off) = self.world.thresholds();
        let limit = self.world.limit as usize;
        let length = (self.persons.len() + self.lanes - 1 - lane) / self.lanes;
        let base = lane * self.lane_length;
        for k in from..length {
            let slot = base + k;
            let person = k * self.lanes + lane;
            let active = self.doing[slot].is_active();
            let lit = person < limit
                && match &mut self.fire {
                    Some(fire) if self.world.asked > 0.0 => fire.visit(person),
                    Some(_) => false,
                    None => self.rank[slot] < if active { off } else { on },
                };
            if lit == active && self.wake[slot] > quantum && self.heard[slot] == epoch {
                continue;
            }
            if !out.has_room() {
                return Some((lane, k));
            }
            self.attend(slot, person, lit, out);
        }
        None
    }

    /// Position of a person in the order of visits.
    pub(crate) fn slot(&self, person: usize) -> usize {
        (person % self.lanes) * self.lane_length + person / self.lanes
    }

    /// A fresh stream for a person's next decision.
    pub(crate) fn dice(&mut self, person: usize) -> Stream {
        let draws = self.persons[person].draws;
        self.persons[person].draws += 1;
        rng::stream(self.seed, Domain::Decision, person as u64, u64::from(draws))
    }

    /// Frames in a time; at least 0.
    pub(crate) fn frames(&self, seconds: f64) -> u64 {
        self.rate.frames(seconds)
    }

    /// Moves somebody from one activity to another.
    pub(crate) fn set_doing(&mut self, slot: usize, doing: Doing) {
        self.counts[self.doing[slot] as usize] -= 1;
        self.counts[doing as usize] += 1;
        if self.doing[slot].is_active() != doing.is_active() {
            self.alight.turn(slot, doing.is_active());
        }
        self.doing[slot] = doing;
    }

    /// Share of people who are active.
    pub(crate) fn active_share(&self) -> f64 {
        let active: u32 = self.counts[Doing::Shout as usize..].iter().sum();
        f64::from(active) / self.persons.len() as f64
    }

    fn steer_clock(&mut self, control: &Control) {
        let chanting = self.world.activity == Activity::Chant && !self.repertoire.chants.is_empty();
        if !chanting {
            self.clock.running = false;
            return;
        }
        let chant = self.chant_for(control);
        self.clock.until = control.until;
        let (chants, config, steady) = (&self.repertoire.chants, &self.config, control.steady);
        let hit = control.hit.filter(|hit| *hit > self.now && self.clock.hit != Some(*hit));
        if hit.is_some() || !self.clock.running {
            self.clock.hit = hit.or(self.clock.hit);
            let at = hit.unwrap_or_else(|| self.now + self.rate.frames(COUNT_IN_S));
            self.clock.start(at, chant, chants, config, steady, self.rate);
        } else if self.clock.advance(self.now, chant, chants, config, steady, self.rate) {
            self.scatter.close();
        }
    }

    /// The performed chant nearest to the line and tempo asked for.
    fn chant_for(&self, control: &Control) -> usize {
        let line = control.line.or(self.main).map(usize::from);
        let mut best = (f64::INFINITY, 0);
        for (index, chant) in self.repertoire.chants.iter().enumerate() {
            if chant.is_forgotten() {
                continue;
            }
            let other = if Some(chant.need.line) == line { 0.0 } else { 1e6 };
            let apart = control.bpm.map_or(0.0, |bpm| (f64::from(bpm) - chant.need.bpm).abs());
            if other + apart < best.0 {
                best = (other + apart, index);
            }
        }
        best.1
    }

    fn stats(&mut self, events: u32) -> CrowdStats {
        let count = |d: Doing| self.counts[d as usize];
        let murmuring = count(Doing::Murmur);
        let chanting = count(Doing::Chant) + count(Doing::Shout) + count(Doing::Answer);
        let roaring = count(Doing::Roar) + count(Doing::Applaud);
        let active = self.active_share();
        CrowdStats {
            asked: self.world.asked as f32,
            active: active as f32,
            murmuring,
            chanting,
            roaring,
            silent: self.persons.len() as u32 - murmuring - chanting - roaring,
            spread_ms: self.scatter.last_ms,
            tempo_bpm: self.clock.bpm(&self.repertoire.chants, self.rate),
            cycle_at: if self.clock.running { self.clock.at } else { 0 },
            cycle: if self.clock.running { self.clock.age } else { 0 },
            breathing: self.breathe(active),
            events,
            full: self.behind.is_some(),
        }
    }

    /// A slow random walk around 0 dB, deeper the more people are active.
    fn breathe(&mut self, active: f64) -> f32 {
        const TAU_S: f64 = 0.5;
        let hold = self.frames(0.25).max(1) / QUANTUM as u64;
        let quantum = self.now / QUANTUM as u64;
        if quantum.is_multiple_of(hold.max(1)) {
            let mut draw = rng::stream(self.seed, Domain::Scene, quantum, 2);
            self.breath.1 = draw.normal_within(2.0) * self.config.breathing_db;
        }
        self.breath.0 += (self.breath.1 - self.breath.0) * self.rate.seconds(QUANTUM as u64) / TAU_S;
        units::gain_from_db(self.breath.0 * active) as f32
    }
}

/// The longest lead-in of anything that hands, feet and whistlers do on the beat, frames.
pub(crate) fn hit_lead(repertoire: &Repertoire, infos: &Infos) -> u64 {
    let hits = [Noise::Clap, Noise::Stomp, Noise::Whistle].map(|n| &repertoire.noises[n as usize]);
    let takes = hits.into_iter().flat_map(|set| &set.by_speaker);
    let lead_in = takes.flat_map(|t| t.first..t.first + t.count).map(|g| infos.anchor[g as usize]).max();
    u64::from(lead_in.unwrap_or(0))
}

pub(crate) fn bed_gains(config: &CrowdConfig, repertoire: &Repertoire, infos: &Infos) -> BedGains {
    let chant = repertoire.chants.first();
    let words = chant.and_then(|c| c.levels.last()).map_or(0.0, |l| infos.energy(&l.set));
    let gain = |noise: Noise, level_db: f64, times: f64| {
        let energy = infos.energy(&repertoire.noises[noise as usize]);
        if words <= 0.0 || energy <= 0.0 || times <= 0.0 {
            return 1.0;
        }
        let power = 10.0 * crate::math::log10(words / (energy * times));
        // Nobody is more than 10 dB louder than by nature, or more than 30 dB softer.
        units::gain_from_db((level_db + power).clamp(-30.0, 10.0)) as f32
    };
    let bed = &config.bed;
    let beats = chant.map_or(4.0, |c| c.along.len() as f64);
    BedGains {
        whoop: gain(Noise::Whoop, bed.whoop_db, bed.whoop_share),
        roar: gain(Noise::Roar, bed.roar_db, bed.roar_share),
        clap: gain(Noise::Clap, bed.clap_db, config.claps * beats),
    }
}

/// The frame of a time, or `NEVER`, as a quantum to be woken in.
pub(crate) fn quantum_of(frame: u64) -> u32 {
    if frame == NEVER { u32::MAX } else { (frame / QUANTUM as u64).min(u64::from(u32::MAX - 1)) as u32 }
}
