//! Where one listens from: `[[place]]`, and the listener that moves.
//!
//! Owns plain data, defaults and the position at a time. Does not own what is heard there.
//! Units: metres, seconds, degrees clockwise from north, decibels.

use serde::{Deserialize, Serialize};

use super::chain::ChainConfig;
use super::error::{SpaceError, within};
use crate::units::Vec3;

/// What happens to the time that sound needs to come here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DelayMode {
    /// The nearest person is heard at once, others later by the difference.
    #[default]
    Relative,
    /// Everybody is heard as late as physics says.
    Physical,
    /// Everybody is heard at once.
    None,
}

/// Where people turn their faces: voices radiate less backwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Facing {
    /// Towards the listener: no loss.
    #[default]
    Listener,
    /// Everybody somewhere else, fixed per person.
    Random,
    /// Towards a point.
    Point(Vec3),
}

/// Sharpened hearing: lifts people in a cone and lowers the rest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ZoomConfig {
    /// The point that is listened to, metres.
    pub at: Vec3,
    /// Full width of the cone, degrees, 1 to 180.
    pub width_deg: f64,
    /// Gain in the cone, decibels, 0 to 40.
    pub gain_db: f64,
    /// Gain outside the cone, decibels, -60 to 0.
    pub rest_db: f64,
}

impl Default for ZoomConfig {
    fn default() -> Self {
        Self { at: Vec3::default(), width_deg: 20.0, gain_db: 12.0, rest_db: -12.0 }
    }
}

/// A named point to hear the scene from: table `[[place]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlaceConfig {
    /// The name that beats refer to.
    pub name: String,
    /// Position of the ears, metres.
    pub at: Vec3,
    /// A moving listener: `[t, x, y, z]` points in seconds and metres; replaces `at`.
    pub path: Vec<[f64; 4]>,
    /// Where the nose points, degrees clockwise from north.
    pub facing_deg: f64,
    /// Trim of everything heard here, decibels, -60 to 40.
    pub level_db: f64,
    /// Loudspeaker or broadcast chain that the sound passes last.
    pub chain: ChainConfig,
    /// Exponent of the distance law, 0.5 to 3: 1 is physical, inside a crowd about 1.5 since bodies
    /// stand in the way.
    pub falloff: f64,
    /// People nearer than this sound as if they were this far, metres, 0.3 to 50.
    pub nearest_m: f64,
    /// Propagation delay.
    pub delay: DelayMode,
    /// Where people turn their faces.
    pub facing: Facing,
    /// Loss behind buildings without a line of sight, decibels, 0 to 40; anything above 0 also takes
    /// the treble (one pole at 700 Hz). 15 to 20 is a few blocks away.
    pub occlusion_db: f64,
    /// Reverberation against direct sound here, decibels, -100 (none) to 20.
    pub reverb_db: f64,
    /// Sharpened hearing.
    pub zoom: Option<ZoomConfig>,
    /// Wind at the ears, decibels SPL, 0 to 120. Unset: none.
    pub wind_db_spl: Option<f64>,
    /// The city's own murmur, decibels SPL, 0 to 90. Unset: digital silence.
    pub floor_db_spl: Option<f64>,
}

impl Default for PlaceConfig {
    fn default() -> Self {
        Self {
            name: "here".to_owned(),
            at: Vec3::new(0.0, 0.0, 1.6),
            path: Vec::new(),
            facing_deg: 0.0,
            level_db: 0.0,
            chain: ChainConfig::default(),
            falloff: 1.0,
            nearest_m: 1.0,
            delay: DelayMode::Relative,
            facing: Facing::Listener,
            occlusion_db: 0.0,
            reverb_db: 0.0,
            zoom: None,
            wind_db_spl: None,
            floor_db_spl: None,
        }
    }
}

impl PlaceConfig {
    /// True if the listener moves.
    pub fn moves(&self) -> bool {
        self.path.len() > 1
    }

    /// Where the ears are at a time, metres: smooth between the points of the path.
    ///
    /// Real-time: no allocation.
    pub fn ears_at(&self, time_s: f64) -> Vec3 {
        let point = |p: &[f64; 4]| Vec3::new(p[1], p[2], p[3]);
        let after = self.path.partition_point(|p| p[0] <= time_s);
        match (after.checked_sub(1).and_then(|i| self.path.get(i)), self.path.get(after)) {
            (Some(a), Some(b)) => {
                let t = crate::math::smoothstep((time_s - a[0]) / (b[0] - a[0]));
                point(a) + (point(b) - point(a)) * t
            }
            (Some(end), None) | (None, Some(end)) => point(end),
            (None, None) => self.at,
        }
    }

    /// Checks every number.
    ///
    /// # Errors
    /// [`SpaceError::OutOfRange`] or [`SpaceError::PathOrder`] for the first thing that is wrong.
    pub fn validate(&self) -> Result<(), SpaceError> {
        let t = &self.name;
        let point = |key, p: Vec3| [p.x, p.y, p.z].into_iter().try_for_each(|x| within(t, key, x, -1e5, 1e5));
        point("at", self.at)?;
        for p in &self.path {
            within(t, "path", p[0], 0.0, 1e6)?;
            point("path", Vec3::new(p[1], p[2], p[3]))?;
        }
        if let Some(w) = self.path.windows(2).find(|w| w[1][0] <= w[0][0]) {
            return Err(SpaceError::PathOrder { place: self.name.clone(), time_s: w[1][0] });
        }
        within(t, "facing_deg", self.facing_deg, -360.0, 360.0)?;
        within(t, "level_db", self.level_db, -60.0, 40.0)?;
        within(t, "falloff", self.falloff, 0.5, 3.0)?;
        within(t, "nearest_m", self.nearest_m, 0.3, 50.0)?;
        if let Facing::Point(p) = self.facing {
            point("facing", p)?;
        }
        within(t, "occlusion_db", self.occlusion_db, 0.0, 40.0)?;
        within(t, "reverb_db", self.reverb_db, -100.0, 20.0)?;
        if let Some(zoom) = self.zoom {
            point("zoom.at", zoom.at)?;
            within(t, "zoom.width_deg", zoom.width_deg, 1.0, 180.0)?;
            within(t, "zoom.gain_db", zoom.gain_db, 0.0, 40.0)?;
            within(t, "zoom.rest_db", zoom.rest_db, -60.0, 0.0)?;
        }
        within(t, "wind_db_spl", self.wind_db_spl.unwrap_or(0.0), 0.0, 120.0)?;
        within(t, "floor_db_spl", self.floor_db_spl.unwrap_or(0.0), 0.0, 90.0)?;
        self.chain.validate(t)
    }
}
