//! What the whole crowd is asked for at the moment, and the news that people hear of.
//!
//! Owns activity, followed share, hush and roar that cues began, and a short memory of news. Does not own people.

use super::Control;
use crate::math;
use crate::scene::{Activity, CueAction};
use crate::units::SampleRate;

/// Fastest rise of the share of active people, per second: 10 % to 90 % in 0.8 s, a crowd breaking into a roar.
const RISE_PER_S: f64 = 1.0;
/// Reaction to a roar's cue before the first are heard, seconds.
const ROAR_REACTION_S: f64 = 0.15;
/// How long a roar holds, and the time constant of its decay, seconds.
const ROAR_HOLD_S: f64 = 6.0;
const ROAR_DECAY_S: f64 = 8.0;
/// News that is kept: more can never be pending between two visits of a person.
const NEWS: usize = 32;

/// Something that people hear or see.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum News {
    /// Another activity.
    Turn,
    /// The leader called.
    Call { amp: f32 },
    /// Something that strikes dumb.
    Hush,
    /// Something that takes the breath away.
    Gasp,
    /// Something to cheer.
    Cheer,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Cued {
    Hush,
    Roar { since: u64 },
}

/// What is asked for.
pub(crate) struct World {
    /// The activity; never `Auto`.
    pub activity: Activity,
    /// How excited the scene is.
    pub intensity: f64,
    /// Share of active people asked for.
    pub asked: f64,
    /// The same with a limited rise: what people follow.
    pub share: f64,
    /// Frame at which the activity last changed.
    pub changed_at: u64,
    /// Number of the latest news.
    pub epoch: u32,
    /// Clapping along is on.
    pub along: bool,
    /// Only so many people take part.
    pub limit: u32,
    /// Factor on the scatter of onsets.
    pub spread: f64,
    /// When and how far the leader last called.
    pub call: Option<(u64, f32)>,
    news: [(u64, News); NEWS],
    cued: Option<Cued>,
    beat: Option<u32>,
}

impl World {
    pub fn new() -> Self {
        Self {
            activity: Activity::Silent,
            intensity: 0.0,
            asked: 0.0,
            share: 0.0,
            changed_at: 0,
            epoch: 0,
            along: false,
            limit: u32::MAX,
            spread: 1.0,
            call: None,
            news: [(0, News::Turn); NEWS],
            cued: None,
            beat: None,
        }
    }

    /// Takes in one quantum's control. `leader_amp` is how far a call carries when its cue says nothing.
    pub fn update(&mut self, control: &Control, frames: u64, leader_amp: f32, rate: SampleRate) {
        let now = control.now;
        if self.beat != Some(control.beat) {
            self.beat = Some(control.beat);
            self.cued = None;
        }
        self.intensity = math::lerp(0.0, 1.0, f64::from(control.intensity).clamp(0.0, 1.0));
        self.spread = f64::from(control.spread);
        if self.limit != control.limit {
            self.limit = control.limit;
            self.tell(now, News::Turn);
        }
        for order in control.orders.iter() {
            match order.action {
                CueAction::Hush => {
                    self.cued = Some(Cued::Hush);
                    self.tell(now, News::Hush);
                }
                CueAction::Roar => self.cued = Some(Cued::Roar { since: now }),
                CueAction::Release => self.cued = None,
                CueAction::Gasp => self.tell(now, News::Gasp),
                CueAction::Cheer => self.tell(now, News::Cheer),
                CueAction::ClapStart => self.along = true,
                CueAction::ClapStop => self.along = false,
                CueAction::Call => {
                    let amp = order.amp.unwrap_or(leader_amp).clamp(0.0, 1.0);
                    self.call = Some((now, amp));
                    self.tell(now, News::Call { amp });
                }
                CueAction::Solo => {}
            }
        }
        let mut activity = control.activity.at(self.intensity);
        let mut asked = self.intensity;
        match self.cued {
            Some(Cued::Hush) => activity = Activity::Silent,
            Some(Cued::Roar { since }) => {
                let t = rate.seconds(now.saturating_sub(since));
                let level = math::exp(-(t - ROAR_HOLD_S).max(0.0) / ROAR_DECAY_S);
                let risen = ((t - ROAR_REACTION_S) * RISE_PER_S).clamp(0.0, 1.0);
                if level > 0.05 && level > self.intensity || activity == Activity::Roar {
                    asked = asked.max(level * risen);
                    self.intensity = self.intensity.max(level * risen);
                    activity = Activity::Roar;
                } else {
                    self.cued = None;
                }
            }
            None => {}
        }
        if activity != self.activity {
            self.activity = activity;
            self.changed_at = now;
            self.tell(now, News::Turn);
        }
        let active =
            matches!(activity, Activity::Shout | Activity::Chant | Activity::Roar | Activity::Applaud);
        self.asked = if active { asked } else { 0.0 };
        let step = RISE_PER_S * rate.seconds(frames);
        self.share = self.asked.min(self.share + step);
    }

    fn tell(&mut self, now: u64, news: News) {
        self.epoch += 1;
        self.news[self.epoch as usize % NEWS] = (now, news);
    }

    /// The news with a number, with its frame.
    pub fn news(&self, epoch: u32) -> (u64, News) {
        self.news[epoch as usize % NEWS]
    }

    /// The oldest news that is still known.
    pub fn oldest(&self) -> u32 {
        self.epoch.saturating_sub(NEWS as u32 - 1)
    }

    /// Share below which somebody who is not active becomes so, and above which an active person stops.
    pub fn thresholds(&self) -> (f32, f32) {
        let off = self.share + (0.05 * self.share).min(0.01);
        (self.share as f32, if self.share > 0.0 { off as f32 } else { -1.0 })
    }
}

/// How well the leader's call is heard, 0..1, at a distance.
///
/// A full shout is 89 dB at 1 m (100 dB of sound power); amp moves it by 15 dB either way. The surroundings make
/// 55 dB when they murmur and 95 dB when all of them shout.
pub(crate) fn audibility(away_m: f64, amp: f64, active: f64) -> f64 {
    let level_db = 89.0 + 30.0 * (amp - 0.5) - 20.0 * math::log10(away_m.max(1.0));
    let noise_db = 55.0 + 40.0 * active.clamp(0.0, 1.0).sqrt();
    ((level_db - noise_db + 5.0) / 20.0).clamp(0.0, 1.0)
}
