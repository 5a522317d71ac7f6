//! Loudspeakers in the scene: a street screen, a megaphone, a row of delay towers.
//!
//! Owns the chain and how late each tower is. The towers' positions are people to the layout.
//! Units: pascals at 1 m, metres, milliseconds.

use serde::{Deserialize, Serialize};

use super::chain::{Chain, ChainConfig, ChainKind};
use super::error::{SpaceError, within};
use crate::units::{Block, QUANTUM, SampleRate, Stereo, Vec3, gain_from_db};

/// Most positions of one loudspeaker system.
pub const TOWERS: usize = 8;

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

impl SpeakerConfig {
    /// Frames from the microphone to the cones of a tower, without the way through the air.
    ///
    /// `speed_m_s` aligns towers along the row when that is asked for.
    pub fn tower_delay_frames(&self, tower: usize, speed_m_s: f64, rate: SampleRate) -> u64 {
        let mut delay_s = self.delay_ms / 1000.0;
        if let (true, Some(at), Some(first)) = (self.aligned, self.at.get(tower), self.at.first()) {
            let way_m = at.distance_m(*first);
            // The first tower leads by 10 ms, so that ears point to it (precedence).
            delay_s += way_m / speed_m_s + if way_m > 1.0 { 0.010 } else { 0.0 };
        }
        rate.frames(delay_s)
    }
}

/// What a running loudspeaker system does to sound. Delays are the caller's, since every place hears every
/// tower with a delay of its own.
#[derive(Clone, Debug)]
pub struct Speaker {
    chain: Chain,
    gain: f32,
    quiet_quanta: usize,
}

/// After this much silence the chain's memory is cleared and it costs nothing.
const RINGS_OUT_QUANTA: usize = 2000;

impl Speaker {
    /// Makes the system.
    pub fn new(config: &SpeakerConfig, rate: SampleRate) -> Self {
        Self {
            chain: Chain::new(&config.chain, rate),
            gain: gain_from_db(config.level_db) as f32,
            quiet_quanta: RINGS_OUT_QUANTA,
        }
    }

    /// Forgets all sound.
    pub fn reset(&mut self) {
        self.chain.reset();
        self.quiet_quanta = RINGS_OUT_QUANTA;
    }

    /// Turns one quantum of a close microphone's signal (pascals at 1 m) into what every tower gives
    /// (pascals at 1 m).
    ///
    /// Real-time: no allocation; one pass of the chain, nothing in silence.
    pub fn process(&mut self, input: &Block) -> Block {
        if input.iter().any(|x| *x != 0.0) {
            self.quiet_quanta = 0;
        } else if self.quiet_quanta < RINGS_OUT_QUANTA {
            self.quiet_quanta += 1;
            if self.quiet_quanta == RINGS_OUT_QUANTA {
                self.chain.reset();
            }
        }
        if self.quiet_quanta == RINGS_OUT_QUANTA {
            return [0.0; QUANTUM];
        }
        // Both channels of the chain carry the same.
        let mut io = Stereo { left: *input, right: *input };
        self.chain.process(&mut io);
        io.left.map(|x| x * self.gain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligned_towers_wait_for_the_sound_of_the_first() {
        let mut config = SpeakerConfig {
            at: vec![Vec3::new(0.0, 0.0, 5.0), Vec3::new(0.0, 34.32, 5.0)],
            delay_ms: 100.0,
            ..SpeakerConfig::default()
        };
        let delay =
            |config: &SpeakerConfig, tower| config.tower_delay_frames(tower, 343.2, SampleRate::DEFAULT);
        assert_eq!([delay(&config, 0), delay(&config, 1)], [4800, 4800]);
        config.aligned = true;
        assert_eq!([delay(&config, 0), delay(&config, 1)], [4800, 4800 + 4800 + 480]);
    }

    #[test]
    fn silence_after_sound_is_exact_and_sound_wakes_it() {
        let config = SpeakerConfig { at: vec![Vec3::default()], ..SpeakerConfig::default() };
        let mut speaker = Speaker::new(&config, SampleRate::DEFAULT);
        let mut loud = [0.0; QUANTUM];
        loud[0] = 1.0;
        let heard = |b: &Block| b.iter().any(|x| *x != 0.0);
        let mut any = heard(&speaker.process(&loud));
        for _ in 0..4 {
            any |= heard(&speaker.process(&[0.0; QUANTUM]));
        }
        assert!(any, "a click must come out");
        for _ in 0..RINGS_OUT_QUANTA {
            speaker.process(&[0.0; QUANTUM]);
        }
        assert_eq!(speaker.process(&[0.0; QUANTUM]), [0.0; QUANTUM]);
    }
}
