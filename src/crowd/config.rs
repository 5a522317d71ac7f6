//! The crowd's tables of a preset.
//!
//! Numbers without another source are starting values after: Mann et al. 2013 (applause as contagion), Neda et al.
//! 2000 (clapping rates), Farkas et al. 2002 (speed of stadium waves), Granovetter 1978 (thresholds), Thomson et
//! al. 2018 (groups rush), Repp 2005 and Rasch 1979 (timing scatter).

use serde::{Deserialize, Serialize};

use super::CrowdError;
use crate::units::Vec3;
use crate::voice::{PopulationConfig, TraitsConfig};

/// Most people that a crowd may have.
pub const MAX_PEOPLE: usize = 1_000_000;
/// Most sections of a crowd.
pub(crate) const MAX_SECTIONS: usize = 64;
/// Most soloists, the leader included.
pub(crate) const MAX_LEADS: usize = 64;

/// The crowd as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CrowdConfig {
    /// How many people, 1..1,000,000. The leader and soloists are extra.
    pub people: usize,
    /// Who they are.
    pub population: PopulationConfig,
    /// Where they stand. Without any: a street 18 m wide, 290 m long.
    #[serde(rename = "section", skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<SectionConfig>,
    /// True: the drawn intensity decides how many are active, contagion decides who and where.
    /// False: contagion decides all of it.
    pub direct: bool,
    /// How fast people catch fire, per second; 10 % to 90 % takes 4.4 divided by it, 0.01..10.
    pub rate_per_s: f64,
    /// How fast it spreads away from the leader, metres per second, 0.5..343.
    pub front_m_s: f64,
    /// Share of active people around that the average person needs to see before joining, 0..1 (not direct).
    pub threshold: f64,
    /// Scatter of that threshold, 0..0.5 (not direct).
    pub threshold_sd: f64,
    /// Distance over which neighbours count, metres, 1..100 (not direct).
    pub reach_m: f64,
    /// Onset scatter of a chant (standard deviation) at first and after it has tightened, milliseconds, 0..500.
    pub spread_ms: [f64; 2],
    /// How people far from the leader follow: 0 in step with the clock, 1 late by the way of the sound,
    /// -1 early by it (so that all arrives at the leader at once).
    pub lag: f64,
    /// Share of people who skip a repetition to breathe, 0..1.
    pub skip: f64,
    /// Scatter of the length of a cycle, standard deviation as a share of it, 0..0.3.
    pub tempo_jitter: f64,
    /// How much quicker each repetition is than the one before, 0..0.05; ends at 12 % in all.
    pub tempo_creep: f64,
    /// Scatter of personal level habits, dB, 0..12.
    pub habit_db: f64,
    /// Scatter of the speed at which people near a listener (12 m), and the first 256 of a crowd, play their
    /// performances, standard deviation as a share of it, 0..0.02: no sound is heard twice unchanged.
    pub speed_spread: f64,
    /// Slow movement of the whole crowd's level, dB, 0..12.
    pub breathing_db: f64,
    /// Share of keen people: tighter in time and louder, 0..1.
    pub keen: f64,
    /// Share of people who speak at any time in a full murmur, 0..0.6.
    pub talk: f64,
    /// Share of people who clap: along with a chant when a cue asks for it, and in a roar, 0..1.
    pub claps: f64,
    /// What fills the gaps.
    pub bed: BedConfig,
    /// Quiet sources (breath, cough, sob) per 1000 people in a silence whose intensity is above 0; 0..20.
    pub residual: f64,
    /// Half-sung chanting; absent: spoken.
    pub tune: Option<TuneConfig>,
    /// How many different voices the crowd is made of, 8..256.
    pub speakers: usize,
    /// How often each voice performs the chant, 1..8; one of these is drawn for each repetition.
    pub takes: usize,
    /// Most seconds of sound to perform in advance, 20..10,000.
    pub budget_s: f64,
}

impl Default for CrowdConfig {
    fn default() -> Self {
        Self {
            people: 5000,
            population: PopulationConfig::default(),
            sections: Vec::new(),
            direct: true,
            rate_per_s: 0.25,
            front_m_s: 12.0,
            threshold: 0.06,
            threshold_sd: 0.04,
            reach_m: 6.0,
            spread_ms: [90.0, 30.0],
            lag: 0.0,
            skip: 0.08,
            tempo_jitter: 0.08,
            tempo_creep: 0.003,
            habit_db: 1.5,
            speed_spread: 0.008,
            breathing_db: 2.5,
            keen: 0.15,
            talk: 0.28,
            claps: 0.4,
            bed: BedConfig::default(),
            residual: 2.0,
            tune: Some(TuneConfig::default()),
            speakers: 64,
            takes: 3,
            budget_s: 1400.0,
        }
    }
}

/// Sounds between and beside the words of a chant. Levels are of the bed's sum against the sum of the chant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BedConfig {
    /// Share of people who whoop instead of chanting, drawn anew each repetition, 0..0.5.
    pub whoop_share: f64,
    /// Level of all whoops, dB, -60..6.
    pub whoop_db: f64,
    /// Share of people who roar instead of chanting, 0..0.5.
    pub roar_share: f64,
    /// Level of all roars, dB, -60..6.
    pub roar_db: f64,
    /// Level of claps along with a chant, dB, -60..6.
    pub clap_db: f64,
    /// Share of people who shout the phrase in their own time instead of with the others, 0..0.5.
    pub stray_share: f64,
}

impl Default for BedConfig {
    fn default() -> Self {
        Self {
            whoop_share: 0.05,
            whoop_db: -4.0,
            roar_share: 0.06,
            roar_db: -6.0,
            clap_db: -16.0,
            stray_share: 0.12,
        }
    }
}

/// The common tune of a half-sung chant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TuneConfig {
    /// Pitch that men are drawn to, hertz, 60..600; women and children are drawn to its octave.
    pub men_hz: f64,
    /// Share of people who are drawn to it, 0..1.
    pub share: f64,
    /// How far those are drawn, 0 spoken to 1 sung.
    pub pull: f64,
    /// Scatter around the tune, cents, 0..600.
    pub spread_cents: f64,
    /// Step of the last syllables, semitones, -12..12; -3 is the falling minor third of crowds.
    pub last_step_st: f64,
}

impl Default for TuneConfig {
    fn default() -> Self {
        Self { men_hz: 280.0, share: 0.4, pull: 0.85, spread_cents: 130.0, last_step_st: 0.0 }
    }
}

/// The outline of a section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SectionShape {
    /// A strip `width_m` wide between `from` and `to`.
    #[default]
    Street,
    /// A disc of `radius_m` around `at`.
    Disc,
    /// A rectangle of `size_m` around `at`.
    Box,
    /// An oval stand around `at`: inner half-axes `size_m`, `depth_m` deep, rising by `rise_m`, `arc_deg` of it.
    Ring,
}

/// People who stand together. Only the fields of the chosen shape count.
///
/// Where many people would leave fewer than 0.2 m² each, the outline grows by doublings; where few would be lost
/// in it (under 0.25 per m²), it shrinks towards `from`, `at` or `toward_deg` by halvings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SectionConfig {
    /// What the user calls it.
    pub name: String,
    /// Outline.
    pub shape: SectionShape,
    /// Start of a street, metres.
    pub from: Vec3,
    /// End of a street, metres.
    pub to: Vec3,
    /// Width of a street, metres, 0.5..500.
    pub width_m: f64,
    /// Centre of a disc, box or ring, metres.
    pub at: Vec3,
    /// Radius of a disc, metres, 0.5..2000.
    pub radius_m: f64,
    /// Inner radius of a disc that is left empty, metres, 0..2000.
    pub inner_m: f64,
    /// Sides of a box, or inner half-axes of a ring: east and north, metres, 0.5..2000.
    pub size_m: [f64; 2],
    /// Depth of a ring's stands, metres, 0.5..300.
    pub depth_m: f64,
    /// How much the last row stands above the first, metres, 0..150.
    pub rise_m: f64,
    /// Middle of a ring's arc: 0 north, 90 east, degrees.
    pub toward_deg: f64,
    /// Length of a ring's arc, degrees, 1..360.
    pub arc_deg: f64,
    /// Share of the crowd that stands here, in proportion to the other sections.
    pub share: f64,
    /// How much later (or earlier) this section chants than the clock, milliseconds, -2000..2000.
    pub offset_ms: f64,
}

impl Default for SectionConfig {
    fn default() -> Self {
        Self {
            name: String::new(),
            shape: SectionShape::Street,
            from: Vec3::new(0.0, 0.0, 0.0),
            to: Vec3::new(0.0, 290.0, 0.0),
            width_m: 18.0,
            at: Vec3::new(0.0, 0.0, 0.0),
            radius_m: 30.0,
            inner_m: 0.0,
            size_m: [40.0, 30.0],
            depth_m: 30.0,
            rise_m: 15.0,
            toward_deg: 0.0,
            arc_deg: 360.0,
            share: 1.0,
            offset_ms: 0.0,
        }
    }
}

/// The one who starts it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LeaderConfig {
    /// Where, metres; mouth height included.
    pub at: Vec3,
    /// Who.
    pub traits: TraitsConfig,
    /// How far the call carries, 0 nobody hears it to 1 the whole street does.
    pub amp: f64,
    /// Chants along with the crowd.
    pub chants: bool,
    /// Effort of calls, 0..1.
    pub effort: f64,
}

impl Default for LeaderConfig {
    fn default() -> Self {
        Self {
            at: Vec3::new(0.0, -3.0, 1.6),
            traits: TraitsConfig::default(),
            amp: 0.8,
            chants: true,
            effort: 0.95,
        }
    }
}

/// A named voice in or beside the crowd.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SoloConfig {
    /// What cues and lines call this person.
    pub name: String,
    /// Where, metres; mouth height included.
    pub at: Vec3,
    /// Who.
    pub traits: TraitsConfig,
    /// Effort, 0..1.
    pub effort: f64,
    /// Chants along with the crowd.
    pub chants: bool,
    /// Name of the loudspeaker that carries the voice; absent: it is heard from where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
}

impl Default for SoloConfig {
    fn default() -> Self {
        Self {
            name: String::new(),
            at: Vec3::new(0.0, 0.0, 1.6),
            traits: TraitsConfig::default(),
            effort: 0.9,
            chants: false,
            through: None,
        }
    }
}

impl CrowdConfig {
    /// Checks every number.
    ///
    /// # Errors
    /// [`CrowdError::People`], [`CrowdError::TooMany`] or [`CrowdError::Range`] with the path of the field.
    pub fn check(&self) -> Result<(), CrowdError> {
        if !(1..=MAX_PEOPLE).contains(&self.people) {
            return Err(CrowdError::People { people: self.people, limit: MAX_PEOPLE });
        }
        let range = |field: &str, value, low, high| check(&format!("crowd.{field}"), value, low, high);
        range("rate_per_s", self.rate_per_s, 0.01, 10.0)?;
        range("front_m_s", self.front_m_s, 0.5, 343.0)?;
        range("threshold", self.threshold, 0.0, 1.0)?;
        range("threshold_sd", self.threshold_sd, 0.0, 0.5)?;
        range("reach_m", self.reach_m, 1.0, 100.0)?;
        range("spread_ms[0]", self.spread_ms[0], 0.0, 500.0)?;
        range("spread_ms[1]", self.spread_ms[1], 0.0, 500.0)?;
        range("lag", self.lag, -1.0, 1.0)?;
        range("skip", self.skip, 0.0, 1.0)?;
        range("tempo_jitter", self.tempo_jitter, 0.0, 0.3)?;
        range("tempo_creep", self.tempo_creep, 0.0, 0.05)?;
        range("habit_db", self.habit_db, 0.0, 12.0)?;
        range("speed_spread", self.speed_spread, 0.0, 0.02)?;
        range("breathing_db", self.breathing_db, 0.0, 12.0)?;
        range("keen", self.keen, 0.0, 1.0)?;
        range("talk", self.talk, 0.0, 0.6)?;
        range("claps", self.claps, 0.0, 1.0)?;
        range("residual", self.residual, 0.0, 20.0)?;
        range("speakers", self.speakers as f64, 8.0, 256.0)?;
        range("takes", self.takes as f64, 1.0, 8.0)?;
        range("budget_s", self.budget_s, 20.0, 10_000.0)?;
        let bed = &self.bed;
        range("bed.whoop_share", bed.whoop_share, 0.0, 0.5)?;
        range("bed.whoop_db", bed.whoop_db, -60.0, 6.0)?;
        range("bed.roar_share", bed.roar_share, 0.0, 0.5)?;
        range("bed.roar_db", bed.roar_db, -60.0, 6.0)?;
        range("bed.clap_db", bed.clap_db, -60.0, 6.0)?;
        range("bed.stray_share", bed.stray_share, 0.0, 0.5)?;
        let population = &self.population;
        for (name, share) in [
            ("women", population.women),
            ("men", population.men),
            ("girls", population.girls),
            ("boys", population.boys),
        ] {
            range(&format!("population.{name}"), share, 0.0, 1e6)?;
        }
        if let Some(tune) = &self.tune {
            range("tune.men_hz", tune.men_hz, 60.0, 600.0)?;
            range("tune.share", tune.share, 0.0, 1.0)?;
            range("tune.pull", tune.pull, 0.0, 1.0)?;
            range("tune.spread_cents", tune.spread_cents, 0.0, 600.0)?;
            range("tune.last_step_st", tune.last_step_st, -12.0, 12.0)?;
        }
        if self.sections.len() > MAX_SECTIONS {
            return Err(CrowdError::TooMany {
                what: "sections",
                count: self.sections.len(),
                limit: MAX_SECTIONS,
            });
        }
        let mut shares = 0.0;
        for (index, section) in self.sections.iter().enumerate() {
            section.check(&format!("crowd.section[{index}]"))?;
            shares += section.share;
        }
        if !self.sections.is_empty() && shares <= 0.0 {
            return check("crowd.section[0].share", 0.0, 1e-6, 1e6);
        }
        Ok(())
    }
}

impl SectionConfig {
    fn check(&self, path: &str) -> Result<(), CrowdError> {
        let range = |field: &str, value, low, high| check(&format!("{path}.{field}"), value, low, high);
        range("share", self.share, 0.0, 1e6)?;
        range("offset_ms", self.offset_ms, -2000.0, 2000.0)?;
        for (name, point) in [("from", self.from), ("to", self.to), ("at", self.at)] {
            for value in [point.x, point.y, point.z] {
                range(name, value, -20_000.0, 20_000.0)?;
            }
        }
        match self.shape {
            SectionShape::Street => {
                range("width_m", self.width_m, 0.5, 500.0)?;
                check(&format!("{path}.to"), self.from.distance_m(self.to), 0.5, 40_000.0)
            }
            SectionShape::Disc => {
                range("radius_m", self.radius_m, 0.5, 2000.0)?;
                range("inner_m", self.inner_m, 0.0, self.radius_m * 0.99)
            }
            SectionShape::Box => {
                range("size_m[0]", self.size_m[0], 0.5, 2000.0)?;
                range("size_m[1]", self.size_m[1], 0.5, 2000.0)
            }
            SectionShape::Ring => {
                range("size_m[0]", self.size_m[0], 0.5, 2000.0)?;
                range("size_m[1]", self.size_m[1], 0.5, 2000.0)?;
                range("depth_m", self.depth_m, 0.5, 300.0)?;
                range("rise_m", self.rise_m, 0.0, 150.0)?;
                range("toward_deg", self.toward_deg, -360.0, 360.0)?;
                range("arc_deg", self.arc_deg, 1.0, 360.0)
            }
        }
    }
}

/// Refuses NaN, infinities and numbers outside a range.
pub(crate) fn check(path: &str, value: f64, low: f64, high: f64) -> Result<(), CrowdError> {
    if value.is_finite() && (low..=high).contains(&value) {
        return Ok(());
    }
    Err(CrowdError::Range { path: path.into(), value, low, high })
}
