//! What a crowd can learn while it is on stage: new words, and old words at another tempo.
//!
//! Owns what is known so far and the way from words to recipes and to the tables that the running crowd takes up.
//! Does not perform; lives beside the audio thread and may allocate and take its time.

use super::Line;
use super::config::{CrowdConfig, LeaderConfig, SoloConfig};
use super::needs::{ChantNeed, Needs, main_chant};
use super::plan::{LeadPlan, LineFacts, Plan, PlanInput};
use super::repertoire::Repertoire;
use super::scheduler::{BedGains, Crowd, Infos, bed_gains, hit_lead};
use super::writer::Writer;
use crate::grain::{GrainId, GrainInfo, Recipe};
use crate::scene::Scene;
use crate::units::SampleRate;
use crate::voice::Voice;

/// Seconds of performances that one new line may take: about a second of one processor's time.
const LESSON_S: f64 = 400.0;

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

    /// Learns a new line as a chant; returns its index and what has to be performed for it.
    pub fn learn(&mut self, line: Line) -> (u16, Vec<Recipe>) {
        let (index, bpm) = (self.lines.len(), line.bpm);
        self.facts.push(LineFacts { role: line.config.role, by: None });
        self.lines.push(line);
        (index as u16, self.rehearse(index, bpm))
    }

    /// Learns to chant a known line at another tempo; nothing to perform if it knows that already.
    pub fn learn_tempo(&mut self, line: u16, bpm: f64) -> Vec<Recipe> {
        let line = usize::from(line).min(self.lines.len() - 1);
        let known = |c: &super::repertoire::Chant| c.need.line == line && (c.need.bpm - bpm).abs() < 0.01;
        if self.repertoire.chants.iter().any(known) { Vec::new() } else { self.rehearse(line, bpm) }
    }

    fn rehearse(&mut self, line: usize, bpm: f64) -> Vec<Recipe> {
        let need = ChantNeed::all(line, bpm);
        let needs = Needs { chants: vec![need], ..Needs::default() };
        let input = PlanInput {
            crowd: &self.crowd,
            leader: self.leader.as_ref(),
            soloists: &self.soloists,
            lines: &self.lines,
            scene: &self.scene,
            listeners: &[],
            everything: true,
            seed: self.seed,
            rate: self.rate,
        };
        let kinds = self.cast[..self.cast.len() - self.leads.len()].iter().map(|v| v.kind).collect();
        let mut writer = Writer::new(&input, kinds).behind(self.grains);
        writer.order(&needs);
        writer.drop_known(&self.repertoire);
        writer.fit(LESSON_S.min(self.crowd.budget_s));
        self.repertoire.join(writer.write(&needs));
        writer.write_leads(&mut self.repertoire, &self.leads, &self.facts, true);
        self.grains += writer.recipes.len() as u32;
        writer.recipes
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
    /// Takes up a lesson. What is being said goes on.
    ///
    /// Real-time: a few pointers change hands.
    pub fn take_up(&mut self, lesson: &mut Lesson) {
        std::mem::swap(&mut self.repertoire, &mut lesson.repertoire);
        std::mem::swap(&mut self.infos, &mut lesson.infos);
        std::mem::swap(&mut self.lines, &mut lesson.lines);
        std::mem::swap(&mut self.bed, &mut lesson.bed);
        std::mem::swap(&mut self.hit_lead, &mut lesson.hit_lead);
        self.open = true;
    }

    /// From now on the crowd does whatever a performer asks, not only what the scene prepared. Once is enough.
    ///
    /// Real-time: a few pointers change hands.
    pub fn open_up(&mut self) {
        if std::mem::replace(&mut self.open, true) {
            return;
        }
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
