//! A stage for tests: a crowd with a bank of grains that nobody has performed.

use std::sync::Arc;

use super::super::*;
use crate::grain::{GrainEvent, GrainInfo};
use crate::scene::{Scene, SceneConfig};
use crate::text::{BodyMark, Item, Mood, Origin, Phrase, Score, ScoreItem, Segment, Stress, Syllable, Word};
use crate::units::{QUANTUM, SampleRate};
use crate::voice::Act;

pub(super) const RATE: SampleRate = SampleRate::DEFAULT;

/// A line of `syllables` syllables, one per beat, four beats and more to the cycle.
pub(super) fn line(name: &str, role: Role, syllables: usize, claps: &[f64]) -> Line {
    let syllable = |_| Syllable {
        segments: vec![Segment { phone: crate::text::Phone::AA, length: 1.0 }],
        nucleus: 0,
        stress: Stress::Primary,
        word: 0,
        stretch: 1.0,
        emphasis: 0.0,
    };
    let phrase = Phrase {
        text: name.into(),
        words: vec![Word {
            text: name.into(),
            span: 0..name.len(),
            syllables: 0..syllables,
            origin: Origin::User,
        }],
        syllables: (0..syllables).map(syllable).collect(),
        items: (0..syllables).map(Item::Syllable).collect(),
        mood: Mood::Exclamation,
        emphasis: 0.0,
        notes: Vec::new(),
    };
    let sung = (0..syllables).map(|k| ScoreItem {
        at_beats: k as f64 * 0.75,
        beats: 0.75,
        item: Item::Syllable(k),
        accent: k == 0,
    });
    let hits = claps.iter().map(|at| ScoreItem {
        at_beats: *at,
        beats: 0.5,
        item: Item::Body { mark: BodyMark::Clap, beats: 0.5 },
        accent: false,
    });
    let score = Score {
        items: sung.chain(hits).collect(),
        cycle_beats: 4.0,
        sounding_beats: 0.75 * syllables as f64,
    };
    let config = LineConfig { name: name.into(), text: name.into(), role, ..Default::default() };
    Line { config, phrase: Arc::new(phrase), score: Arc::new(score), bpm: 104.0 }
}

pub(super) fn lines() -> Vec<Line> {
    vec![
        line("main", Role::Chant, 4, &[]),
        line("what is he doing", Role::Murmur, 5, &[]),
        line("he can not lose", Role::Murmur, 4, &[]),
        line("is that him", Role::Murmur, 3, &[]),
        line("beat him", Role::Answer, 2, &[]),
        line("get up", Role::Answer, 2, &[]),
        line("you got this", Role::Answer, 3, &[]),
        line("spark", Role::Leader, 6, &[]),
    ]
}

/// A crowd, its scene and everything it has said.
pub(super) struct Stage {
    pub crowd: Crowd,
    pub scene: Scene,
    pub infos: Vec<GrainInfo>,
    pub acts: Vec<Act>,
    pub seconds: f64,
}

/// One sound from its first to its last frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sounding {
    pub person: u32,
    pub grain: u32,
    pub from: u64,
    pub to: u64,
    pub stem: crate::grain::Stem,
}

pub(super) fn scene(text: &str) -> Scene {
    Scene::build(&toml::from_str::<SceneConfig>(text).unwrap()).unwrap()
}

pub(super) fn stage(
    config: &CrowdConfig,
    leader: Option<&LeaderConfig>,
    lines: &[Line],
    text: &str,
) -> Stage {
    let scene = scene(text);
    let plan =
        Plan::new(&PlanInput { leader, seed: 7, ..PlanInput::new(config, lines, &scene, RATE) }).unwrap();
    let infos: Vec<GrainInfo> = plan
        .recipes
        .iter()
        .map(|r| {
            let seconds = match &r.act {
                Act::Speak { phrase, .. } => 0.3 + 0.2 * phrase.syllables.len() as f64,
                Act::Chant { score, beat_s, .. } => score.sounding_beats * beat_s + 0.2,
                Act::Sound(crate::voice::Sound::Roar) => 2.0,
                Act::Sound(_) => 0.8,
                Act::Body(_) => 0.1,
            };
            let step = 0.3;
            let stops = (1..).map(|k| f64::from(k) * step).take_while(|s| *s < seconds - 0.1);
            GrainInfo {
                frames: RATE.frames(seconds) as u32,
                anchor_frames: RATE.frames(0.06) as u32,
                power_pa2: 1.0,
                stops_frames: stops.map(|s| RATE.frames(s) as u32).collect(),
            }
        })
        .collect();
    let acts = plan.recipes.iter().map(|r| r.act.clone()).collect();
    let seconds = plan.seconds;
    let crowd = Crowd::new(plan, |id| &infos[id.0 as usize]);
    Stage { crowd, scene, infos, acts, seconds }
}

impl Stage {
    /// Plays a stretch of the scene; `watch` sees each quantum.
    pub fn play(&mut self, to_s: f64, mut watch: impl FnMut(u64, &CrowdStats)) -> Vec<GrainEvent> {
        let mut all = Vec::new();
        let mut events = Vec::with_capacity(self.crowd.events_capacity());
        let capacity = events.capacity();
        let mut now = 0;
        while now < RATE.frames(to_s) {
            let control = self.crowd.control(&self.scene, now);
            let stats = self.crowd.step(&control, &mut events);
            assert_eq!(events.capacity(), capacity, "the vector grew");
            for event in &events {
                let (GrainEvent::Start { at, .. } | GrainEvent::Stop { at, .. }) = event;
                assert!(*at >= now, "an event {} frames in the past", now - at);
            }
            watch(now, &stats);
            all.extend_from_slice(&events);
            now += QUANTUM as u64;
        }
        all
    }

    /// Sounds of the voice (not of the hands), cut where they are stopped.
    pub fn soundings(&self, events: &[GrainEvent]) -> Vec<Sounding> {
        let mut list: Vec<Sounding> = Vec::new();
        let mut open = std::collections::HashMap::new();
        for event in events {
            match *event {
                GrainEvent::Start { person, grain, at, stem, .. } => {
                    if !matches!(self.acts[grain.0 as usize], Act::Body(_)) {
                        open.insert(person, list.len());
                    }
                    let to = at + u64::from(self.infos[grain.0 as usize].frames);
                    list.push(Sounding { person, grain: grain.0, from: at, to, stem });
                }
                GrainEvent::Stop { person, at, fade_frames } => {
                    if let Some(k) = open.get(&person) {
                        let s: &mut Sounding = &mut list[*k];
                        s.to = s.to.min(at + u64::from(fade_frames)).max(s.from);
                    }
                }
            }
        }
        list
    }

    pub fn is_chant(&self, s: &Sounding) -> bool {
        matches!(self.acts[s.grain as usize], Act::Chant { .. })
    }
}

/// How many of `people` make a sound at a frame.
pub(super) fn sounding_at(list: &[Sounding], frame: u64) -> usize {
    let mut who: Vec<u32> =
        list.iter().filter(|s| s.from <= frame && frame < s.to).map(|s| s.person).collect();
    who.sort_unstable();
    who.dedup();
    who.len()
}
