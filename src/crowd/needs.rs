//! What a scene will ask of its crowd: nothing else has to be performed in advance.

use super::{CrowdError, Line, Role};
use crate::scene::{Activity, CueAction, Scene};

/// Most variants (line and tempo) of a chant.
pub(crate) const MAX_CHANTS: usize = 32;

/// Chant lines that a performer has at hand: one for each figure key.
pub(crate) const MAX_KEYS: usize = 9;

/// A chant that the scene uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ChantNeed {
    pub line: usize,
    pub bpm: f64,
    /// Lowest and highest intensity it is chanted at.
    pub low: f64,
    pub high: f64,
}

impl ChantNeed {
    /// A chant for whatever intensity a performer asks for.
    pub fn all(line: usize, bpm: f64) -> Self {
        Self { line, bpm, low: 0.3, high: 1.0 }
    }
}

/// What the scene asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Needs {
    pub murmur: bool,
    pub answer: bool,
    pub shout: bool,
    pub roar: bool,
    pub applaud: bool,
    pub gasp: bool,
    pub hush: bool,
    pub cheer: bool,
    pub clap_along: bool,
    pub quiet: bool,
    pub chants: Vec<ChantNeed>,
}

impl Needs {
    /// Reads the needs off a scene.
    pub fn of(scene: &Scene, lines: &[Line]) -> Result<Self, CrowdError> {
        let mut needs = Self::default();
        for beat in scene.beats() {
            let (low, high) = scene.curve().range(beat.start_s, beat.start_s + beat.seconds - 1e-6);
            // An automatic activity passes through everything between its lowest and highest intensity.
            for step in 0..=32 {
                let intensity = low + (high - low) * f64::from(step) / 32.0;
                match beat.doing.at(intensity) {
                    Activity::Silent => needs.quiet |= intensity > 0.0,
                    Activity::Murmur => needs.murmur = true,
                    Activity::Answer => (needs.murmur, needs.answer) = (true, true),
                    Activity::Shout => (needs.shout, needs.murmur) = (true, needs.murmur || intensity < 0.5),
                    Activity::Roar => needs.roar = true,
                    Activity::Applaud => needs.applaud = true,
                    Activity::Chant => {
                        let line = match beat.phrase {
                            Some(name) => named(lines, &scene.names()[usize::from(name)])?,
                            None => main_chant(lines).ok_or(CrowdError::NothingToChant)?,
                        };
                        needs.chant(line, beat.bpm.unwrap_or(lines[line].bpm), intensity);
                    }
                    Activity::Auto => {}
                }
            }
        }
        for cue in scene.cues() {
            match cue.action {
                CueAction::Hush => (needs.hush, needs.gasp) = (true, true),
                CueAction::Gasp => needs.gasp = true,
                CueAction::Roar => needs.roar = true,
                CueAction::Cheer => needs.cheer = true,
                CueAction::ClapStart => needs.clap_along = true,
                CueAction::Call | CueAction::Solo | CueAction::ClapStop | CueAction::Release => {}
            }
        }
        if needs.chants.len() > MAX_CHANTS {
            let count = needs.chants.len();
            return Err(CrowdError::TooMany { what: "chants (line and tempo)", count, limit: MAX_CHANTS });
        }
        Ok(needs)
    }

    /// What a performer may ask for beyond these needs: every activity, and the first [`MAX_KEYS`] chant lines.
    pub fn beyond(&self, lines: &[Line]) -> Self {
        let mut needs = Self {
            murmur: true,
            answer: true,
            shout: true,
            roar: true,
            applaud: true,
            gasp: true,
            hush: true,
            cheer: true,
            clap_along: true,
            quiet: true,
            chants: Vec::new(),
        };
        let chants = lines.iter().enumerate().filter(|(_, l)| l.config.role == Role::Chant);
        for (index, line) in chants.take(MAX_KEYS) {
            let known = self.chants.iter().any(|c| c.line == index);
            if !known && self.chants.len() + needs.chants.len() < MAX_CHANTS {
                needs.chants.push(ChantNeed::all(index, line.bpm));
            }
        }
        needs
    }

    fn chant(&mut self, line: usize, bpm: f64, intensity: f64) {
        match self.chants.iter_mut().find(|c| c.line == line && c.bpm == bpm) {
            Some(c) => (c.low, c.high) = (c.low.min(intensity), c.high.max(intensity)),
            None => self.chants.push(ChantNeed { line, bpm, low: intensity, high: intensity }),
        }
    }
}

/// The line that is chanted when nothing is said: the one named "main", else the heaviest, the first among equals.
pub(crate) fn main_chant(lines: &[Line]) -> Option<usize> {
    let chants = || lines.iter().enumerate().filter(|(_, l)| l.config.role == Role::Chant);
    chants().find(|(_, l)| l.config.name == "main").map(|(i, _)| i).or_else(|| {
        let mut best: Option<(usize, f64)> = None;
        for (index, line) in chants() {
            if best.is_none_or(|(_, weight)| line.config.weight > weight) {
                best = Some((index, line.config.weight));
            }
        }
        best.map(|(index, _)| index)
    })
}

/// Finds a line by its name, or else by its text.
pub(crate) fn named(lines: &[Line], name: &str) -> Result<usize, CrowdError> {
    lines
        .iter()
        .position(|l| l.config.name == name)
        .or_else(|| lines.iter().position(|l| l.config.text == name))
        .ok_or_else(|| CrowdError::NoLine {
            name: name.into(),
            lines: lines
                .iter()
                .map(|l| if l.config.name.is_empty() { &l.config.text } else { &l.config.name })
                .cloned()
                .collect(),
        })
}
