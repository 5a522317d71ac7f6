//! Loudspeakers in the scene: a street screen, a megaphone, a row of delay towers.
//!
//! Owns the chain and the delay of each tower. The towers' positions are people to the layout.
//! Units: pascals at 1 m, metres, milliseconds.

use serde::{Deserialize, Serialize};

use super::chain::{Chain, ChainConfig, ChainKind};
use super::delay::DelayLine;
use super::error::{SpaceError, within};
use super::layout::PersonPath;
use crate::units::{Block, SampleRate, Stereo, Vec3, gain_from_db};

/// Most positions of one loudspeaker system.
pub const TOWERS: usize = 8;

/// Longest way from a tower to an ear that is still delayed in full, seconds: about 1.4 km.
const LONGEST_WAY_S: f64 = 4.0;

/// A loudspeaker system: table `[[speaker]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpeakerConfig {
    /// Its name.
    pub name: String,
    /// Where its clusters or delay towers stand, metres, 1 to 8 of them.
    pub at: Vec<Vec3>,
    /// What it does to sound.
    pub chain: ChainConfig,
    /// Delay of the whole system, milliseconds, 0 to 6000: 40-200 is local, seconds are satellites.
    pub delay_ms: f64,
    /// Gain from what the microphone hears at 1 m to what each tower gives at 1 m, decibels.
    pub level_db: f64,
    /// Delays each tower so that its sound falls in with the first one's along the row.
    pub aligned: bool,
}

impl Default for SpeakerConfig {
    fn default() -> Self {
        Self {
            name: "screen".to_owned(),
            at: Vec::new(),
            chain: ChainConfig::Named(ChainKind::StreetScreen),
            delay_ms: 60.0,
            level_db: 20.0,
            aligned: false,
        }
    }
}

impl SpeakerConfig {
    /// Checks every number.
    ///
    /// # Errors
    /// [`SpaceError::NoPosition`], or [`SpaceError::OutOfRange`] for the first wrong number.
    pub fn validate(&self) -> Result<(), SpaceError> {
        let t = &self.name;
        if self.at.is_empty() {
            return Err(SpaceError::NoPosition { name: self.name.clone() });
        }
        within(t, "at (positions)", self.at.len() as f64, 1.0, TOWERS as f64)?;
        for p in &self.at {
            [p.x, p.y, p.z].into_iter().try_for_each(|x| within(t, "at", x, -1e5, 1e5))?;
        }
        within(t, "delay_ms", self.delay_ms, 0.0, 6000.0)?;
        within(t, "level_db", self.level_db, -60.0, 60.0)?;
        self.chain.validate(t)
    }
}

/// A running loudspeaker system for one listening place.
#[derive(Clone, Debug)]
pub struct Speaker {
    chain: Chain,
    line: DelayLine,
    towers: usize,
    delay_frames: [usize; TOWERS],
    gain: f32,
    quiet_quanta: usize,
}

impl Speaker {
    /// Makes the system; `speed_m_s` aligns towers along the row.
    pub fn new(config: &SpeakerConfig, speed_m_s: f64, rate: SampleRate) -> Self {
        let system = rate.frames(config.delay_ms / 1000.0) as usize;
        let mut delay_frames = [system; TOWERS];
        if config.aligned {
            for (delay, at) in delay_frames.iter_mut().zip(&config.at) {
                // The first tower leads by 10 ms, so that ears point to it (precedence).
                let way = at.distance_m(config.at[0]);
                let late_s = way / speed_m_s + if way > 1.0 { 0.010 } else { 0.0 };
                *delay += rate.frames(late_s) as usize;
            }
        }
        let longest = delay_frames.iter().copied().max().unwrap_or(0) + rate.frames(LONGEST_WAY_S) as usize;
        Self {
            chain: Chain::new(&config.chain, rate),
            line: DelayLine::build(longest),
            towers: config.at.len().min(TOWERS),
            delay_frames,
            gain: gain_from_db(config.level_db) as f32,
            quiet_quanta: usize::MAX,
        }
    }

    /// Number of towers: as many paths does [`Speaker::process`] want.
    pub fn towers(&self) -> usize {
        self.towers
    }

    /// Forgets all sound.
    pub fn reset(&mut self) {
        self.chain.reset();
        self.line.reset();
        self.quiet_quanta = usize::MAX;
    }

    /// Plays one quantum of a close microphone's signal (pascals at 1 m) from all towers: adds to
    /// `buses` as the towers' `paths` say.
    ///
    /// Ways longer than 4 s are cut to 4 s. Real-time: no allocation; one chain and one pass per tower.
    pub fn process(&mut self, input: &Block, paths: &[PersonPath], buses: &mut [Block]) {
        if input.iter().all(|x| *x == 0.0) {
            self.quiet_quanta = self.quiet_quanta.saturating_add(1);
        } else {
            self.quiet_quanta = 0;
        }
        if self.quiet_quanta > self.line.frames() / input.len() + 200 {
            if self.quiet_quanta != usize::MAX {
                self.reset();
            }
            return;
        }
        // Both channels of the chain carry the same.
        let mut io = Stereo { left: *input, right: *input };
        self.chain.process(&mut io);
        self.line.push(&io.left);
        let longest = self.line.frames() - 2 * input.len();
        for (path, delay) in paths.iter().zip(self.delay_frames).take(self.towers) {
            let Some(bus) = buses.get_mut(usize::from(path.bus)) else { continue };
            let source = self.line.read((delay + path.delay_frames as usize).min(longest));
            let gain = self.gain * path.gain;
            for (b, s) in bus.iter_mut().zip(source) {
                *b += gain * s;
            }
        }
    }
}
