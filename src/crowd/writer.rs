//! Orders for the grain bank: who performs what how often, within a budget.
//!
//! Owns the numbers of speakers and takes per purpose and the efforts. Lengths are estimates; the bank knows better.

use super::casting::kinds;
use super::needs::{ChantNeed, Needs};
use super::plan::{LeadPlan, LineFacts, PlanInput};
use super::repertoire::{Chant, Level, Mark, NOISES, Noise, Repertoire, Said, Set, Takes};
use super::{Line, Role};
use crate::grain::Recipe;
use crate::math;
use crate::rng::{self, Domain};
use crate::scene::{CueAction, Scene};
use crate::text::{BodyMark, Item};
use crate::voice::{Act, BodySound, Delivery, Kind, Manner, Sound, Tune};

/// Effort of a chant at an intensity: a loud call at little, a full shout at the top.
pub(crate) fn chant_effort(intensity: f64) -> f64 {
    math::interpolate(&[(0.0, 0.58), (0.3, 0.68), (0.85, 0.90), (1.0, 0.95)], intensity)
}

/// Effort of murmured lines: in a street full of talk people speak up (Lombard), from under the breath to raised.
const MURMUR_EFFORT: f64 = 0.42;
/// How far murmured efforts scatter against others'.
const MURMUR_SCATTER: f64 = 5.0;
/// Effort of answers and of words shouted in disorder.
const SHOUT_EFFORT: f64 = 0.82;
/// A speaker's efforts scatter by this, standard deviation.
const EFFORT_SD: f64 = 0.025;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Purpose {
    Chant { chant: usize, need: ChantNeed, effort: f64 },
    Murmur { line: usize },
    Shout { line: usize },
    Noise { noise: Noise, effort: f64 },
}

/// So many takes by so many of the speakers in `pool`.
#[derive(Clone, Debug)]
struct Order {
    purpose: Purpose,
    /// Length of one performance, seconds.
    seconds: f64,
    speakers: usize,
    takes: usize,
    least: (usize, usize),
    pool: Vec<u16>,
}

impl Order {
    fn total_s(&self) -> f64 {
        self.seconds * (self.speakers * self.takes) as f64
    }

    fn shrink(&mut self) -> bool {
        if self.speakers > self.least.0 {
            self.speakers = (self.speakers * 3 / 4).max(self.least.0);
        } else if self.takes > self.least.1 {
            self.takes -= 1;
        } else {
            return false;
        }
        true
    }

    /// The speakers, spread evenly through the pool.
    fn chosen(&self) -> impl Iterator<Item = u16> + '_ {
        (0..self.speakers).map(|k| self.pool[k * self.pool.len() / self.speakers])
    }
}

/// Collects orders and turns them into recipes.
pub(crate) struct Writer<'a> {
    input: &'a PlanInput<'a>,
    kinds: Vec<Kind>,
    orders: Vec<Order>,
    /// Number of the first recipe: grains that exist already come before.
    first: u32,
    /// The finished orders.
    pub recipes: Vec<Recipe>,
    /// About how long all of them are together.
    pub seconds: f64,
}

impl<'a> Writer<'a> {
    pub fn new(input: &'a PlanInput<'a>, kinds: Vec<Kind>) -> Self {
        Self { input, kinds, orders: Vec::new(), first: 0, recipes: Vec::new(), seconds: 0.0 }
    }

    /// The same for a crowd that has this many grains already.
    pub fn behind(mut self, grains: u32) -> Self {
        self.first = grains;
        self
    }

    fn all(&self) -> Vec<u16> {
        (0..self.kinds.len() as u16).collect()
    }

    /// Speakers who may say a line: those of its kind, or everybody if the cast has none of it.
    fn allowed(&self, line: &Line) -> Vec<u16> {
        let wanted = line.config.by.as_deref().and_then(kinds);
        let pool: Vec<u16> = match wanted {
            Some(wanted) => {
                self.all().into_iter().filter(|s| wanted.contains(&self.kinds[usize::from(*s)])).collect()
            }
            None => self.all(),
        };
        if pool.is_empty() { self.all() } else { pool }
    }

    fn add(
        &mut self,
        purpose: Purpose,
        seconds: f64,
        (speakers, takes): (usize, usize),
        least: (usize, usize),
        pool: Vec<u16>,
    ) {
        let speakers = speakers.min(pool.len());
        let least = (least.0.min(speakers), least.1.min(takes));
        self.orders.push(Order { purpose, seconds, speakers, takes, least, pool });
    }

    /// Orders what the needs ask for, in the numbers one would like to have.
    pub fn order(&mut self, needs: &Needs) {
        let crowd = self.input.crowd;
        let (n, takes) = (crowd.speakers, crowd.takes);
        for (chant, need) in needs.chants.iter().enumerate() {
            let line = &self.input.lines[need.line];
            let seconds = line.score.sounding_beats * 60.0 / need.bpm + 0.3;
            let pool = self.allowed(line);
            let efforts = efforts(need);
            let top = efforts.len() - 1;
            for (level, effort) in efforts.into_iter().enumerate() {
                let (wish, least) = if level == top { ((n, takes), (48, 2)) } else { ((n / 2, 2), (24, 1)) };
                self.add(Purpose::Chant { chant, need: *need, effort }, seconds, wish, least, pool.clone());
            }
        }
        let said = |role| {
            let lines = self.input.lines.iter().enumerate();
            lines.filter(move |(_, l)| l.config.role == role).map(|(i, _)| i).collect::<Vec<_>>()
        };
        if needs.murmur {
            let lines = said(Role::Murmur);
            // Every speaker knows about six lines.
            let each = (6 * n / lines.len().max(1)).clamp(8, n);
            for line in lines {
                let (seconds, pool) =
                    (spoken_s(&self.input.lines[line]), self.allowed(&self.input.lines[line]));
                self.add(Purpose::Murmur { line }, seconds, (each, 1), (12, 1), pool);
            }
        }
        if needs.answer || needs.shout {
            let mut lines = said(Role::Answer);
            if lines.is_empty() {
                lines = said(Role::Chant);
            } else if needs.shout {
                lines.extend(said(Role::Chant).into_iter().take(2));
            }
            let known = if needs.shout { 4 } else { 2 };
            let each = (known * n / lines.len().max(1)).clamp(8, n);
            for line in lines {
                let (seconds, pool) =
                    (spoken_s(&self.input.lines[line]) * 1.15, self.allowed(&self.input.lines[line]));
                self.add(Purpose::Shout { line }, seconds, (each, 1), (8, 1), pool);
            }
        }
        self.order_noises(needs);
    }

    fn order_noises(&mut self, needs: &Needs) {
        let loud = !needs.chants.is_empty() || needs.shout || needs.cheer || needs.roar;
        let high: Vec<u16> =
            self.all().into_iter().filter(|s| self.kinds[usize::from(*s)] != Kind::Man).collect();
        let high = if high.is_empty() { self.all() } else { high };
        let all = self.all();
        let mut add = |noise, effort, seconds, wish, least, pool: &[u16]| {
            self.add(Purpose::Noise { noise, effort }, seconds, wish, least, pool.to_vec());
        };
        if loud {
            // They stand out: each is heard as somebody's own, and told again if it comes twice.
            add(Noise::Cheer, 0.86, 0.9, (32, 2), (16, 1), &all);
            add(Noise::Whoop, 0.84, 0.9, (64, 3), (32, 2), &all);
            let wish = if needs.roar { (48, 2) } else { (40, 2) };
            add(Noise::Roar, 0.92, 2.0, wish, (12, 1), &all);
            add(Noise::Breath, 0.5, 0.7, (12, 1), (6, 1), &all);
        }
        if needs.roar {
            add(Noise::Scream, 0.97, 1.5, (12, 2), (8, 1), &high);
            add(Noise::Whistle, 0.8, 0.9, (8, 2), (4, 1), &all);
        }
        if needs.gasp || needs.hush {
            add(Noise::Gasp, 0.5, 0.5, (24, 1), (12, 1), &all);
        }
        if needs.murmur {
            add(Noise::Laugh, 0.3, 1.0, (6, 1), (2, 1), &all);
            add(Noise::Cough, 0.35, 0.5, (6, 1), (2, 1), &all);
        }
        if needs.quiet {
            add(Noise::Sob, 0.15, 1.2, (4, 1), (2, 1), &high);
            if !loud {
                add(Noise::Breath, 0.3, 0.7, (12, 1), (4, 1), &all);
            }
            if !needs.murmur {
                add(Noise::Cough, 0.35, 0.5, (6, 1), (2, 1), &all);
            }
        }
        let marks = needs.chants.iter().flat_map(|c| marks(&self.input.lines[c.line]));
        let marked: Vec<Noise> = marks.map(|m| m.noise).collect();
        let mut add = |noise, effort, seconds, wish, least| {
            self.add(Purpose::Noise { noise, effort }, seconds, wish, least, all.clone());
        };
        if needs.clap_along || needs.applaud || needs.roar || marked.contains(&Noise::Clap) {
            add(Noise::Clap, 0.8, 0.12, (32, 4), (16, 3));
        }
        if marked.contains(&Noise::Stomp) {
            add(Noise::Stomp, 0.8, 0.2, (24, 3), (12, 2));
        }
        if marked.contains(&Noise::Whistle) && !needs.roar {
            add(Noise::Whistle, 0.8, 0.9, (8, 2), (4, 1));
        }
    }

    /// Takes from the longest orders until all fit into `budget_s` seconds, or nothing can be spared.
    pub fn fit(&mut self, budget_s: f64) {
        loop {
            let total: f64 = self.orders.iter().map(Order::total_s).sum();
            let mut longest: Vec<usize> = (0..self.orders.len()).collect();
            longest.sort_by(|a, b| self.orders[*b].total_s().total_cmp(&self.orders[*a].total_s()));
            if total <= budget_s || !longest.into_iter().any(|k| self.orders[k].shrink()) {
                return;
            }
        }
    }

    /// Writes every order's recipes and returns the tables that lead to them.
    pub fn write(&mut self, needs: &Needs) -> Repertoire {
        let n = self.kinds.len();
        let mut repertoire = Repertoire {
            chants: needs.chants.iter().map(|need| self.chant(need)).collect(),
            murmurs: vec![Vec::new(); n],
            shouts: vec![Vec::new(); n],
            noises: vec![Set::default(); NOISES],
            ..Repertoire::default()
        };
        for order in std::mem::take(&mut self.orders) {
            let mut own: Vec<(u16, Takes)> = Vec::with_capacity(order.speakers);
            for speaker in order.chosen() {
                let first = self.first + self.recipes.len() as u32;
                for take in 0..order.takes {
                    self.perform(&order, speaker, take as u32);
                }
                own.push((speaker, Takes { first, count: order.takes as u32 }));
            }
            match order.purpose {
                Purpose::Chant { chant, effort, .. } => {
                    repertoire.chants[chant].levels.push(Level { effort, set: self.share(&own) });
                }
                Purpose::Noise { noise, .. } => repertoire.noises[noise as usize] = self.share(&own),
                Purpose::Murmur { line } => self.teach(&mut repertoire.murmurs, line, &own),
                Purpose::Shout { line } => self.teach(&mut repertoire.shouts, line, &own),
            }
        }
        self.fill(&mut repertoire.murmurs);
        self.fill(&mut repertoire.shouts);
        repertoire
    }

    fn chant(&self, need: &ChantNeed) -> Chant {
        let line = &self.input.lines[need.line];
        let beats = line.score.cycle_beats.floor() as usize;
        Chant {
            need: *need,
            beat_s: 60.0 / need.bpm,
            cycle_beats: line.score.cycle_beats,
            sounding_beats: line.score.sounding_beats,
            marks: marks(line),
            along: (0..beats).map(|k| Mark { at_beats: k as f64, noise: Noise::Clap }).collect(),
            levels: Vec::new(),
        }
    }

    fn teach(&self, book: &mut [Vec<Said>], line: usize, own: &[(u16, Takes)]) {
        let weight = (self.input.lines[line].config.weight.clamp(0.0, 60.0) * 1000.0) as u16;
        for (speaker, takes) in own {
            book[usize::from(*speaker)].push(Said {
                grain: takes.first,
                line: line as u16,
                weight: weight.max(1),
            });
        }
    }

    /// Speakers who know no line learn those of the nearest speaker of their kind.
    fn fill(&self, book: &mut [Vec<Said>]) {
        let known: Vec<u16> = (0..book.len() as u16).filter(|s| !book[usize::from(*s)].is_empty()).collect();
        for speaker in 0..book.len() {
            if let Some(alike) = self.alike(speaker as u16, &known).filter(|_| book[speaker].is_empty()) {
                book[speaker] = book[usize::from(alike)].clone();
            }
        }
    }

    /// Lets every speaker use the takes of the nearest speaker alike who has some.
    fn share(&self, own: &[(u16, Takes)]) -> Set {
        let who: Vec<u16> = own.iter().map(|o| o.0).collect();
        let by_speaker = (0..self.kinds.len() as u16)
            .map(|speaker| {
                let alike = self.alike(speaker, &who);
                own.iter().find(|o| Some(o.0) == alike).map(|o| o.1).unwrap_or_default()
            })
            .collect();
        Set { by_speaker }
    }

    /// The speaker itself, else one of its kind, else anybody of `who`; different speakers find different ones.
    fn alike(&self, speaker: u16, who: &[u16]) -> Option<u16> {
        if who.contains(&speaker) || who.is_empty() {
            return who.contains(&speaker).then_some(speaker);
        }
        let kind = self.kinds[usize::from(speaker)];
        let same: Vec<u16> = who.iter().copied().filter(|w| self.kinds[usize::from(*w)] == kind).collect();
        let from = if same.is_empty() { who } else { &same };
        Some(from[usize::from(speaker) % from.len()])
    }

    fn perform(&mut self, order: &Order, speaker: u16, take: u32) {
        let crowd = self.input.crowd;
        let index = u64::from(self.first) + self.recipes.len() as u64;
        let mut draw = rng::stream(self.input.seed, Domain::Casting, 1 << 41 | u64::from(speaker), index);
        let vary = EFFORT_SD * draw.normal_within(2.0);
        let line = |line: usize| &self.input.lines[line];
        let spoken = |at: usize, usual: Delivery| Act::Speak {
            phrase: line(at).phrase.clone(),
            delivery: line(at).config.delivery.unwrap_or(usual),
        };
        let (act, effort, looseness_s) = match order.purpose {
            Purpose::Chant { need, effort, .. } => {
                let tune = crowd.tune.as_ref().filter(|t| {
                    // Whether a speaker is musical does not change from take to take.
                    let key = rng::key(self.input.seed, Domain::Casting, 1 << 42 | u64::from(speaker), 1);
                    rng::unit_from(key) < t.share
                });
                let act = Act::Chant {
                    phrase: line(need.line).phrase.clone(),
                    score: line(need.line).score.clone(),
                    beat_s: 60.0 / need.bpm,
                    tune: tune.map(|t| Tune {
                        men_hz: t.men_hz,
                        pull: t.pull,
                        spread_cents: t.spread_cents,
                        last_step_st: t.last_step_st,
                    }),
                };
                (act, effort + vary, 0.6e-3 * crowd.spread_ms[1])
            }
            Purpose::Murmur { line } => {
                (spoken(line, Delivery::Talk), MURMUR_EFFORT + MURMUR_SCATTER * vary, 0.0)
            }
            Purpose::Shout { line } => (spoken(line, Delivery::Answer), SHOUT_EFFORT + vary, 0.0),
            Purpose::Noise { noise, effort } => (noise_act(noise), effort + vary, 0.0),
        };
        let fatigue = 0.1 * f64::from(take);
        let manner = Manner { effort: effort.clamp(0.05, 1.0), looseness_s, take, fatigue };
        self.seconds += order.seconds;
        self.recipes.push(Recipe { speaker: u32::from(speaker), act, manner });
    }

    /// Forgets orders for what a repertoire has already.
    pub fn drop_known(&mut self, known: &Repertoire) {
        let taught = |book: &[Vec<Said>]| book.iter().any(|said| !said.is_empty());
        let (murmurs, shouts) = (taught(&known.murmurs), taught(&known.shouts));
        self.orders.retain(|order| match order.purpose {
            Purpose::Chant { .. } => true,
            Purpose::Murmur { .. } => !murmurs,
            Purpose::Shout { .. } => !shouts,
            Purpose::Noise { noise, .. } => known.noises[noise as usize].is_empty(),
        });
    }

    /// Adds what the leader and the soloists say, by their own voices: all that is not there yet.
    ///
    /// `all`: they know whatever suits them, not only what the scene's cues ask for.
    pub fn write_leads(
        &mut self,
        repertoire: &mut Repertoire,
        leads: &[LeadPlan],
        lines: &[LineFacts],
        all: bool,
    ) {
        let input = self.input;
        let leader_effort = input.leader.map(|leader| leader.effort);
        repertoire.lead_lines.resize_with(leads.len(), Vec::new);
        repertoire.lead_chants.resize_with(leads.len(), Vec::new);
        for (index, lead) in leads.iter().enumerate() {
            let speaker = (self.kinds.len() + index) as u32;
            let solo =
                index.checked_sub(usize::from(leader_effort.is_some())).and_then(|k| input.soloists.get(k));
            let effort = if lead.is_leader { leader_effort } else { solo.map(|s| s.effort) }.unwrap_or(0.9);
            let mut add = |act: Act, takes: u32, seconds: f64| {
                let first = self.first + self.recipes.len() as u32;
                for take in 0..takes {
                    let manner = Manner { effort, looseness_s: 0.008, take, fatigue: 0.0 };
                    self.recipes.push(Recipe { speaker, act: act.clone(), manner });
                    self.seconds += seconds;
                }
                Takes { first, count: takes }
            };
            let said = &mut repertoire.lead_lines[index];
            said.resize(lines.len(), Takes::default());
            for (number, (line, facts)) in input.lines.iter().zip(lines).enumerate() {
                let suits = all && may_say(lead, index, facts);
                if said[number].count == 0 && (suits || speaks(lead, index, facts, input.lines, input.scene))
                {
                    let usual = if lead.is_leader { Delivery::Call } else { Delivery::Answer };
                    let delivery = line.config.delivery.unwrap_or(usual);
                    let act = Act::Speak { phrase: line.phrase.clone(), delivery };
                    said[number] = add(act, 2, 1.2 * spoken_s(line));
                }
            }
            let chanted = &mut repertoire.lead_chants[index];
            chanted.resize(repertoire.chants.len(), Takes::default());
            if lead.chants {
                for (number, chant) in repertoire.chants.iter().enumerate() {
                    if chanted[number].count > 0 || chant.is_forgotten() {
                        continue;
                    }
                    let line = &input.lines[chant.need.line];
                    let act = Act::Chant {
                        phrase: line.phrase.clone(),
                        score: line.score.clone(),
                        beat_s: chant.beat_s,
                        tune: None,
                    };
                    chanted[number] = add(act, 3, chant.sounding_beats * chant.beat_s + 0.3);
                }
            }
        }
    }
}

/// Whether a line suits a leader or soloist whom a performer asks to say something.
fn may_say(lead: &LeadPlan, index: usize, facts: &LineFacts) -> bool {
    match (facts.by, facts.role) {
        (Some(by), _) => usize::from(by) == index,
        (None, Role::Leader | Role::Chant) => lead.is_leader,
        (None, Role::Solo) => !lead.is_leader,
        (None, Role::Answer | Role::Murmur) => false,
    }
}

/// Whether a leader or soloist has to know a line.
fn speaks(lead: &LeadPlan, index: usize, facts: &LineFacts, lines: &[Line], scene: &Scene) -> bool {
    if let Some(by) = facts.by {
        return usize::from(by) == index;
    }
    match facts.role {
        Role::Leader => lead.is_leader,
        Role::Solo => true,
        // Cues may have the leader call a chant or an answer.
        Role::Chant | Role::Answer => {
            let has_own = lines.iter().any(|l| l.config.role == Role::Leader);
            let called = scene.cues().iter().any(|c| matches!(c.action, CueAction::Call | CueAction::Solo));
            called && (!lead.is_leader || !has_own || scene.cues().iter().any(|c| c.line.is_some()))
        }
        Role::Murmur => false,
    }
}

/// One effort where the intensity hardly moves, two where it swells.
fn efforts(need: &ChantNeed) -> Vec<f64> {
    let (low, high) = (chant_effort(need.low), chant_effort(need.high));
    if high - low < 0.12 {
        vec![0.3 * low + 0.7 * high]
    } else {
        vec![low + 0.25 * (high - low), high - 0.02]
    }
}

/// About how long a line takes to say, seconds.
fn spoken_s(line: &Line) -> f64 {
    let phrase = &line.phrase;
    let syllables: f64 =
        phrase.syllables.iter().map(|s| 0.17 + 0.1 * (f64::from(s.stretch) - 1.0).max(0.0)).sum();
    let pauses: f64 = phrase
        .items
        .iter()
        .map(|item| if let Item::Pause { beats } = item { 0.3 * f64::from(*beats) } else { 0.0 })
        .sum();
    0.3 + syllables + pauses
}

/// The hands and feet written in a line.
fn marks(line: &Line) -> Vec<Mark> {
    let hit = |item: &crate::text::ScoreItem| match item.item {
        Item::Body { mark, .. } => {
            let noise = match mark {
                BodyMark::Clap => Noise::Clap,
                BodyMark::Stomp => Noise::Stomp,
                BodyMark::Whistle => Noise::Whistle,
            };
            Some(Mark { at_beats: item.at_beats, noise })
        }
        _ => None,
    };
    line.score.items.iter().filter_map(hit).collect()
}

fn noise_act(noise: Noise) -> Act {
    Act::Sound(match noise {
        Noise::Cheer => Sound::Cheer,
        Noise::Roar => Sound::Roar,
        Noise::Whoop => Sound::Whoop,
        Noise::Scream => Sound::Scream,
        Noise::Whistle => Sound::Whistle,
        Noise::Gasp => Sound::Gasp,
        Noise::Breath => Sound::Breath,
        Noise::Laugh => Sound::Laugh,
        Noise::Cough => Sound::Cough,
        Noise::Sob => Sound::Sob,
        Noise::Clap => return Act::Body(BodySound::Clap),
        Noise::Stomp => return Act::Body(BodySound::Stomp),
    })
}
