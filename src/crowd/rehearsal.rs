//! What a crowd can learn while it is on stage: new words, and old words at another tempo.
//!
//! Owns what is known so far and the way from words to recipes and to the tables that the running crowd takes up.
//! Does not perform; lives beside the audio thread and may allocate and take its time.

use std::ops::Range;

use super::config::{CrowdConfig, LeaderConfig, SoloConfig};
use super::needs::{ChantNeed, MAX_KEYS, Needs, main_chant};
use super::person::NEVER;
use super::plan::{LeadPlan, LineFacts, Plan, PlanInput};
use super::repertoire::Repertoire;
use super::scheduler::{BedGains, Crowd, Infos, bed_gains, hit_lead};
use super::writer::Writer;
use super::{Line, Role};
use crate::grain::{GrainId, GrainInfo, Recipe};
use crate::scene::Scene;
use crate::units::SampleRate;
use crate::voice::Voice;

/// Seconds of performances that one new line may take: about a second of one processor's time.
const LESSON_S: f64 = 400.0;

/// Phrases, and tempos, that stay known although no key leads to them: those that may still sound when the next is taken
/// up, and some.
const LOOSE: usize = 4;

/// Something that may be forgotten.
#[derive(Clone)]
struct Loose {
    line: usize,
    /// New words, not a known line at another tempo.
    phrase: bool,
    chant: usize,
    grains: Range<u32>,
}

/// What has to be done for a crowd to know something new.
pub struct Learnt {
    /// Index of the line.
    pub line: u16,
    /// Number of the first grain that is to be performed.
    pub first: u32,
    /// What is to be performed.
    pub recipes: Vec<Recipe>,
    /// Grains that are forgotten for it.
    pub gone: Vec<Range<u32>>,
}

/// The crowd's memory outside of the audio thread.
#[derive(Clone)]
pub struct Rehearsal {
    crowd: CrowdConfig,
    leader: Option<LeaderConfig>,
    soloists: Vec<SoloConfig>,
    scene: Scene,
    lines: Vec<Line>,
    facts: Vec<LineFacts>,
    leads: Vec<LeadPlan>,
    cast: Vec<Voice>,
    repertoire: Repertoire,
    grains: u32,
    /// Numbers below that which stand for nothing.
    free: Vec<Range<u32>>,
    /// What may be forgotten, oldest first.
    loose: Vec<Loose>,
    /// The index of a line that has been forgotten.
    free_line: Option<usize>,
    seed: u64,
    rate: SampleRate,
}

impl Rehearsal {
    /// Remembers a plan and what it was made from.
    pub fn of(plan: &Plan, input: &PlanInput<'_>) -> Self {
        Self {
            crowd: input.crowd.clone(),
            leader: input.leader.cloned(),
            soloists: input.soloists.to_vec(),
            scene: input.scene.clone(),
            lines: input.lines.to_vec(),
            facts: plan.lines.clone(),
            leads: plan.leads.clone(),
            cast: plan.cast.clone(),
            repertoire: plan.more.clone().unwrap_or_else(|| plan.repertoire.clone()),
            grains: plan.recipes.len() as u32,
            free: Vec::new(),
            loose: Vec::new(),
            free_line: None,
            seed: input.seed,
            rate: input.rate,
        }
    }

    /// The voices.
    pub fn cast(&self) -> &[Voice] {
        &self.cast
    }

    /// The lines that are known.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Index of the line that is chanted when nothing is said.
    pub fn main(&self) -> Option<u16> {
        main_chant(&self.lines).map(|index| index as u16)
    }

    /// Grains so far.
    pub fn grains(&self) -> u32 {
        self.grains
    }

    /// Learns a new line as a chant. Those before it that no key leads to are forgotten, but for the last few.
    pub fn learn(&mut self, line: Line) -> Learnt {
        let chants = self.facts.iter().filter(|facts| facts.role == Role::Chant).count();
        let keyed = chants < MAX_KEYS;
        let mut gone = Vec::new();
        if !keyed && self.loose.iter().filter(|loose| loose.phrase).count() >= LOOSE {
            gone = self.forget_phrase();
        }
        let bpm = line.bpm;
        let facts = LineFacts { role: line.config.role, by: None };
        let index = self.free_line.take().unwrap_or(self.lines.len());
        if index == self.lines.len() {
            self.lines.push(line);
            self.facts.push(facts);
        } else {
            (self.lines[index], self.facts[index]) = (line, facts);
        }
        let (first, recipes) = self.rehearse(index, bpm, !keyed, true);
        Learnt { line: index as u16, first, recipes, gone }
    }

    /// Learns to chant a known line at another tempo; nothing to perform if it knows that already. Tempos learned
    /// before are forgotten, but for the last few.
    pub fn learn_tempo(&mut self, line: u16, bpm: f64) -> Learnt {
        let line = usize::from(line).min(self.lines.len() - 1);
        let known = |c: &super::repertoire::Chant| {
            c.need.line == line && (c.need.bpm - bpm).abs() < 0.01 && !c.is_forgotten()
        };
        if let Some(chant) = self.repertoire.chants.iter().position(known) {
            // It is chanted next, so it is the last to be forgotten.
            if let Some(at) = self.loose.iter().position(|loose| loose.chant == chant) {
                let used = self.loose.remove(at);
                self.loose.push(used);
            }
            return Learnt { line: line as u16, first: self.grains, recipes: Vec::new(), gone: Vec::new() };
        }
        let mut gone = Vec::new();
        if self.loose.iter().filter(|loose| !loose.phrase).count() >= LOOSE {
            let oldest = self.loose.iter().position(|loose| !loose.phrase);
            gone.extend(oldest.map(|oldest| self.forget(oldest)));
        }
        let (first, recipes) = self.rehearse(line, bpm, true, false);
        Learnt { line: line as u16, first, recipes, gone }
    }

    /// Forgets the oldest phrase that no key leads to, and its tempos.
    fn forget_phrase(&mut self) -> Vec<Range<u32>> {
        let Some(line) = self.loose.iter().find(|loose| loose.phrase).map(|loose| loose.line) else {
            return Vec::new();
        };
        let mut gone = Vec::new();
        while let Some(index) = self.loose.iter().position(|loose| loose.line == line) {
            gone.push(self.forget(index));
        }
        self.free_line = Some(line);
        gone
    }

    /// Forgets something; returns the grains that nobody needs any more.
    fn forget(&mut self, index: usize) -> Range<u32> {
        let Loose { line, phrase, chant, grains } = self.loose.remove(index);
        self.repertoire.forget(chant, phrase.then_some(line));
        self.free.push(grains.clone());
        self.free.sort_by_key(|range| range.start);
        // Neighbours become one.
        let all = std::mem::take(&mut self.free);
        for range in all {
            match self.free.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => self.free.push(range),
            }
        }
        grains
    }

    /// The first of so many numbers that stand for no grain.
    fn numbers(&mut self, count: u32) -> u32 {
        if let Some(range) = self.free.iter_mut().find(|range| range.len() as u32 >= count) {
            let first = range.start;
            range.start += count;
            self.free.retain(|range| !range.is_empty());
            return first;
        }
        let first = self.grains;
        self.grains += count;
        first
    }

    /// Works out what has to be performed, and knows it from then on. `loose`: it may be forgotten again.
    fn rehearse(&mut self, line: usize, bpm: f64, loose: bool, phrase: bool) -> (u32, Vec<Recipe>) {
        // Once to count, and once with the numbers.
        let count = self.write(line, bpm, 0, &mut self.repertoire.clone()).0.len() as u32;
        let first = self.numbers(count);
        let mut repertoire = std::mem::take(&mut self.repertoire);
        let before = repertoire.wordless();
        let (recipes, chant) = self.write(line, bpm, first, &mut repertoire);
        // What others will use too, such as stomps, is kept.
        let shared = repertoire.wordless() != before;
        self.repertoire = repertoire;
        if loose && !shared {
            self.loose.push(Loose { line, phrase, chant, grains: first..first + count });
        }
        (first, recipes)
    }

    fn write(&self, line: usize, bpm: f64, first: u32, repertoire: &mut Repertoire) -> (Vec<Recipe>, usize) {
        let needs = Needs { chants: vec![ChantNeed::all(line, bpm)], ..Needs::default() };
        let input = PlanInput {
            leader: self.leader.as_ref(),
            soloists: &self.soloists,
            everything: true,
            seed: self.seed,
            ..PlanInput::new(&self.crowd, &self.lines, &self.scene, self.rate)
        };
        let kinds = self.cast[..self.cast.len() - self.leads.len()].iter().map(|v| v.kind).collect();
        let mut writer = Writer::new(&input, kinds).behind(first);
        writer.order(&needs);
        writer.drop_known(repertoire);
        writer.fit(LESSON_S.min(self.crowd.budget_s));
        let mut taught = writer.write(&needs);
        let chant = repertoire.place(taught.chants.remove(0));
        repertoire.join(taught);
        writer.write_leads(repertoire, &self.leads, &self.facts, true);
        (writer.recipes, chant)
    }

    /// The tables that the running crowd needs to know all this; `info` tells of every grain.
    pub fn lesson<'a>(&self, info: impl Fn(GrainId) -> &'a GrainInfo) -> Lesson {
        let infos = Infos::new(self.grains as usize, info);
        let repertoire = self.repertoire.clone();
        Lesson {
            bed: bed_gains(&self.crowd, &repertoire, &infos),
            hit_lead: hit_lead(&repertoire, &infos),
            lines: self.facts.clone(),
            repertoire,
            infos,
        }
    }
}

/// What a crowd takes up in one step, without allocating; afterwards it holds what the crowd knew before.
pub struct Lesson {
    repertoire: Repertoire,
    infos: Infos,
    lines: Vec<LineFacts>,
    bed: BedGains,
    hit_lead: u64,
}

impl Crowd {
    /// Takes up a lesson. What is being said goes on; a chant that is forgotten for it ends.
    ///
    /// Real-time: a few pointers change hands.
    pub fn take_up(&mut self, lesson: &mut Lesson) {
        let playing = |repertoire: &Repertoire| {
            let chant = repertoire.chants.get(self.clock.chant).filter(|chant| !chant.is_forgotten());
            chant.map(|chant| (chant.need.line, chant.need.bpm))
        };
        if playing(&self.repertoire) != playing(&lesson.repertoire) {
            self.clock.running = false;
        }
        std::mem::swap(&mut self.repertoire, &mut lesson.repertoire);
        std::mem::swap(&mut self.infos, &mut lesson.infos);
        std::mem::swap(&mut self.lines, &mut lesson.lines);
        std::mem::swap(&mut self.bed, &mut lesson.bed);
        std::mem::swap(&mut self.hit_lead, &mut lesson.hit_lead);
        (self.open, self.taught) = (true, true);
    }

    /// True if somebody is about to make any of these sounds. Real-time: O(people).
    pub(crate) fn plans(&self, grains: &Range<u32>) -> bool {
        self.persons.iter().any(|person| {
            person.voice_at != NEVER && grains.contains(&person.voice_grain)
                || person.busy_until > self.now && grains.contains(&person.busy_grain)
        })
    }

    /// From now on the crowd does whatever a performer asks, not only what the scene prepared. Once is enough.
    ///
    /// Real-time: a few pointers change hands.
    pub fn open_up(&mut self) {
        if std::mem::replace(&mut self.open, true) {
            return;
        }
        self.swap_more();
    }

    /// Does only what the scene prepared again, unless it has learned something since.
    pub(super) fn close_again(&mut self) {
        if self.open && !self.taught {
            self.open = false;
            self.swap_more();
        }
    }

    fn swap_more(&mut self) {
        if let Some(more) = &mut self.more {
            std::mem::swap(&mut self.repertoire, &mut more.repertoire);
            std::mem::swap(&mut self.bed, &mut more.bed);
            std::mem::swap(&mut self.hit_lead, &mut more.hit_lead);
        }
    }
}

/// All that a performer may ask for, until somebody does.
pub(crate) struct More {
    pub repertoire: Repertoire,
    pub bed: BedGains,
    pub hit_lead: u64,
}
