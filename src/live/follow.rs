//! The crowd reacts to something else: the loudness of a sound drives the intensity.
//!
//! Owns the envelope follower and its way into commands at exact frames. Does not own files or inputs.
//! Units: dB re full scale (of a full-scale square wave), seconds.

use crate::engine::{Command, Engine, Script};
use crate::scene::CueAction;
use crate::units::{QUANTUM, SampleRate, db_from_power};

/// Length of a window whose level is looked at, seconds.
pub const WINDOW_S: f64 = 0.01;

/// The smallest change of intensity that is handed on.
const STEP: f64 = 0.01;

/// An onset rises above the envelope by this much, dB, and not sooner after the last than this, seconds.
const ONSET_DB: f64 = 9.0;
const ONSET_REST_S: f64 = 0.5;

/// How a sound is followed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FollowConfig {
    /// Time constant of a rise, seconds.
    pub attack_s: f64,
    /// Time constant of a fall, seconds.
    pub release_s: f64,
    /// Level at which the crowd begins to react, dB.
    pub threshold_db: f64,
    /// Range above it over which the intensity rises, dB.
    pub range_db: f64,
    /// Intensity below and above.
    pub intensity: [f64; 2],
    /// What an onset cues.
    pub onset: Option<CueAction>,
}

impl Default for FollowConfig {
    fn default() -> Self {
        Self {
            attack_s: 0.1,
            release_s: 1.5,
            threshold_db: -45.0,
            range_db: 30.0,
            intensity: [0.0, 1.0],
            onset: None,
        }
    }
}

/// What a window of sound asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Heard {
    /// Another intensity.
    pub intensity: Option<f32>,
    /// A cue.
    pub onset: Option<CueAction>,
}

/// Follows the level of a sound. Real-time: no allocation.
#[derive(Clone, Debug)]
pub struct Follower {
    config: FollowConfig,
    rate_hz: u32,
    /// Windows that are over.
    windows: u64,
    /// Frames so far.
    frames: u64,
    sum: f64,
    count: u32,
    power: f64,
    told: f64,
    rest_s: f64,
}

impl Follower {
    /// A follower of a sound with so many frames per second, in silence.
    pub fn new(config: FollowConfig, rate_hz: u32) -> Self {
        let (windows, frames, sum, count) = (0, 0, 0.0, 0);
        Self { config, rate_hz, windows, frames, sum, count, power: 0.0, told: -1.0, rest_s: ONSET_REST_S }
    }

    /// Takes a frame, all channels of it; answers at the end of each window.
    pub fn push(&mut self, frame: &[f32]) -> Option<Heard> {
        for x in frame {
            let x = f64::from(*x);
            if x.is_finite() {
                self.sum += (x * x).min(4.0) / frame.len() as f64;
            }
        }
        self.count += 1;
        self.frames += 1;
        // Windows need not be whole frames long: the next one makes up for it.
        let end_s = (self.windows + 1) as f64 * WINDOW_S;
        if (self.frames as f64) < (end_s * f64::from(self.rate_hz)).round() {
            return None;
        }
        self.windows += 1;
        let power = self.sum / f64::from(self.count);
        (self.sum, self.count) = (0.0, 0);
        Some(self.step(power))
    }

    fn step(&mut self, power: f64) -> Heard {
        let FollowConfig { attack_s, release_s, threshold_db, range_db, intensity, onset } = self.config;
        self.rest_s += WINDOW_S;
        let level_db = db_from_power(power.max(1e-20));
        let rises = level_db > db_from_power(self.power.max(1e-20)) + ONSET_DB && level_db > threshold_db;
        let onset = onset.filter(|_| rises && self.rest_s >= ONSET_REST_S);
        if onset.is_some() {
            self.rest_s = 0.0;
        }
        let time_s = if power > self.power { attack_s } else { release_s };
        self.power += (power - self.power) * (1.0 - (-WINDOW_S / time_s.max(1e-4)).exp());
        let share = (db_from_power(self.power.max(1e-20)) - threshold_db) / range_db.max(0.1);
        let wanted = intensity[0] + (intensity[1] - intensity[0]) * share.clamp(0.0, 1.0);
        let at_an_end = share <= 0.0 || share >= 1.0;
        let far = (wanted - self.told).abs() >= STEP || at_an_end && wanted != self.told;
        if far {
            self.told = wanted;
        }
        Heard { intensity: far.then_some(wanted as f32), onset }
    }
}

/// What a whole sound asks for, at exact frames: the same live and offline.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    events: Vec<(u64, Command)>,
    next: usize,
}

impl Followed {
    /// Adds what the `window`-th window of the sound asked for. It is heard from the first quantum after the window.
    pub fn add(&mut self, window: u64, heard: Heard, rate: SampleRate) {
        let frame = rate.frames((window + 1) as f64 * WINDOW_S).next_multiple_of(QUANTUM as u64);
        self.events.extend(heard.intensity.map(|x| (frame, Command::Intensity(x))));
        self.events.extend(heard.onset.map(|cue| (frame, Command::Cue(cue))));
    }

    /// All commands with their frames, as a performance has them.
    pub fn events(&self) -> impl Iterator<Item = (u64, Command)> + '_ {
        self.events.iter().copied()
    }

    /// How many commands there are.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

impl Script for Followed {
    fn due(&self) -> Option<u64> {
        self.events.get(self.next).map(|event| event.0)
    }

    /// Real-time.
    fn act(&mut self, engine: &mut Engine) {
        engine.command(self.events[self.next].1);
        self.next += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;

    /// Follows a tone of an amplitude for a time; returns the last intensity, and when each change came.
    fn follow(follower: &mut Follower, amplitude: f32, seconds: f64) -> Vec<(f64, Heard)> {
        let mut changes = Vec::new();
        for k in 0..(seconds * f64::from(RATE)) as usize {
            let x = if k % 48 < 24 { amplitude } else { -amplitude };
            if let Some(heard) = follower.push(&[x, x]).filter(|h| *h != Heard::default()) {
                changes.push((k as f64 / f64::from(RATE), heard));
            }
        }
        changes
    }

    #[test]
    fn the_level_between_threshold_and_range_is_the_intensity() {
        let mut follower = Follower::new(FollowConfig::default(), RATE);
        assert_eq!(follow(&mut follower, 0.0, 0.5)[0].1.intensity, Some(0.0));
        // -30 dB: half way from -45 to -15.
        let changes = follow(&mut follower, 0.031_62, 2.0);
        let last = changes.last().unwrap().1.intensity.unwrap();
        assert!((last - 0.5).abs() < 0.011, "{last}");
        let changes = follow(&mut follower, 1.0, 1.0);
        assert_eq!(changes.last().unwrap().1.intensity, Some(1.0));
    }

    #[test]
    fn attack_and_release_take_their_time() {
        let config = FollowConfig { attack_s: 0.05, release_s: 1.0, ..FollowConfig::default() };
        let mut follower = Follower::new(config, RATE);
        let up = follow(&mut follower, 0.1778, 1.0);
        let reached = up.iter().find(|c| c.1.intensity.unwrap() > 0.9).unwrap().0;
        assert!((0.02..0.12).contains(&reached), "90 % after {reached} s");
        let down = follow(&mut follower, 0.0, 12.0);
        // 15 dB are 3.5 time constants of the power.
        let half = down.iter().find(|c| c.1.intensity.unwrap() < 0.5).unwrap().0;
        assert!((3.2..3.7).contains(&half), "half after {half} s");
        assert_eq!(down.last().unwrap().1.intensity, Some(0.0));
    }

    #[test]
    fn an_onset_cues_once() {
        let config = FollowConfig { onset: Some(CueAction::Cheer), ..FollowConfig::default() };
        let mut follower = Follower::new(config, RATE);
        follow(&mut follower, 0.005, 1.0);
        let changes = follow(&mut follower, 0.5, 0.4);
        assert_eq!(changes.iter().filter(|c| c.1.onset.is_some()).count(), 1);
    }

    #[test]
    fn windows_keep_time_at_rates_that_do_not_divide() {
        for rate_hz in [8_000, 11_025, 22_050, 44_100, 96_000] {
            let mut follower = Follower::new(FollowConfig::default(), rate_hz);
            let windows = (0..60 * rate_hz).filter(|_| follower.push(&[0.1]).is_some()).count();
            assert_eq!(windows as f64, (60.0 / WINDOW_S).round(), "at {rate_hz} Hz");
        }
    }

    #[test]
    fn not_even_broken_samples_upset_it() {
        let mut follower = Follower::new(FollowConfig::default(), RATE);
        for x in [f32::NAN, f32::INFINITY, 1e30] {
            follow(&mut follower, x, 0.05);
        }
        let changes = follow(&mut follower, 0.0, 20.0);
        assert_eq!(changes.last().unwrap().1.intensity, Some(0.0));
    }
}
