//! What a preset says about the surroundings: `[space]`.
//!
//! Owns the plain data and its defaults by kind. Does not own acoustics (see `reverb`) or places.
//! Units: metres, degrees, decibels, seconds.

use serde::{Deserialize, Serialize};

use super::air::Air;
use super::error::{SpaceError, within};

/// Kinds of surroundings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A street between two rows of fronts, open above.
    #[default]
    Street,
    /// A bowl of stands, open above.
    Stadium,
    /// A roofed arena.
    Arena,
    /// A concert hall.
    Hall,
    /// A school gymnasium.
    Gym,
    /// Open grass: ground only.
    Field,
    /// The roofs and streets of a whole city: late, long, diffuse echoes.
    City,
    /// Nothing at all: free field.
    Dry,
}

/// Reverberation time asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ReverbTime {
    /// One time for all octaves, seconds; high octaves are shortened by the air.
    Broadband(f64),
    /// Times at 125, 250, 500, 1000, 2000 and 4000 Hz, seconds.
    Octaves([f64; 6]),
}

/// The surroundings of a scene: table `[space]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpaceConfig {
    /// What kind of surroundings.
    pub kind: Kind,
    /// Width between the fronts or side walls, metres, 3 to 500. Unset: by kind.
    pub width_m: Option<f64>,
    /// Height of the fronts or of the roof, metres, 2 to 300. Unset: by kind.
    pub height_m: Option<f64>,
    /// Length, metres, 5 to 5000. Unset: by kind.
    pub length_m: Option<f64>,
    /// Middle of the space on the ground, `[x, y]` metres.
    pub center: [f64; 2],
    /// Direction of the street or of the long side, degrees clockwise from north (the y axis).
    pub axis_deg: f64,
    /// How much of the ground is covered by a tight crowd (2 people per square metre), 0 to 1.
    pub packed: f64,
    /// Absorption of fronts and walls at mid frequencies, 0.01 to 0.99. Unset: ordinary facades.
    pub wall_absorption: Option<f64>,
    /// Share of sound that walls scatter at each hit, 0 to 0.9.
    pub scattering: f64,
    /// Reverberation time. Unset: from the dimensions (Eyring).
    pub rt_s: Option<ReverbTime>,
    /// Level of the reverberation against what the dimensions give, decibels, -60 to 20.
    pub reverb_db: f64,
    /// The reverberation has less below this frequency, hertz, 20 to 500.
    pub reverb_low_cut_hz: f64,
    /// Level of single echoes from side streets and far fronts, decibels, -60 to 20.
    pub echo_db: f64,
    /// Air temperature, degrees Celsius, -30 to 45.
    pub temperature_c: f64,
    /// Relative humidity, per cent, 5 to 100.
    pub humidity_percent: f64,
    /// How far the level of a crowd 200 m or more away wanders, decibels RMS, 0 to 6.
    pub turbulence_db: f64,
    /// Wind speed, metres per second, 0 to 40: quickens the wander.
    pub wind_m_s: f64,
}

impl Default for SpaceConfig {
    fn default() -> Self {
        Self {
            kind: Kind::Street,
            width_m: None,
            height_m: None,
            length_m: None,
            center: [0.0, 0.0],
            axis_deg: 0.0,
            packed: 0.7,
            wall_absorption: None,
            scattering: 0.2,
            rt_s: None,
            reverb_db: 0.0,
            reverb_low_cut_hz: 120.0,
            echo_db: 0.0,
            temperature_c: 20.0,
            humidity_percent: 50.0,
            turbulence_db: 2.5,
            wind_m_s: 3.0,
        }
    }
}

impl SpaceConfig {
    /// Width, height and length in metres, given or by kind.
    pub fn dimensions_m(&self) -> [f64; 3] {
        // Typical sizes by kind: a city street of six storeys, a stadium for 60,000, an arena for
        // 15,000, a hall for 2,000, a double gymnasium.
        let [w, h, l] = match self.kind {
            Kind::Street => [20.0, 20.0, 300.0],
            Kind::Stadium => [190.0, 55.0, 240.0],
            Kind::Arena => [90.0, 28.0, 120.0],
            Kind::Hall => [25.0, 16.0, 45.0],
            Kind::Gym => [20.0, 8.0, 30.0],
            Kind::City => [40.0, 40.0, 1500.0],
            Kind::Field | Kind::Dry => [500.0, 100.0, 500.0],
        };
        [self.width_m.unwrap_or(w), self.height_m.unwrap_or(h), self.length_m.unwrap_or(l)]
    }

    /// The air in it.
    pub fn air(&self) -> Air {
        Air { temperature_c: self.temperature_c, humidity_percent: self.humidity_percent }
    }

    /// Checks every number.
    ///
    /// # Errors
    /// [`SpaceError::OutOfRange`] for the first number outside its range.
    pub fn validate(&self) -> Result<(), SpaceError> {
        let t = "space";
        let [w, h, l] = self.dimensions_m();
        within(t, "width_m", w, 3.0, 500.0)?;
        within(t, "height_m", h, 2.0, 300.0)?;
        within(t, "length_m", l, 5.0, 5000.0)?;
        for x in self.center {
            within(t, "center", x, -1e5, 1e5)?;
        }
        within(t, "axis_deg", self.axis_deg, -360.0, 360.0)?;
        within(t, "packed", self.packed, 0.0, 1.0)?;
        within(t, "wall_absorption", self.wall_absorption.unwrap_or(0.1), 0.01, 0.99)?;
        within(t, "scattering", self.scattering, 0.0, 0.9)?;
        match self.rt_s {
            Some(ReverbTime::Broadband(s)) => within(t, "rt_s", s, 0.05, 20.0)?,
            Some(ReverbTime::Octaves(all)) => {
                for s in all {
                    within(t, "rt_s", s, 0.05, 20.0)?;
                }
            }
            None => {}
        }
        within(t, "reverb_db", self.reverb_db, -60.0, 20.0)?;
        within(t, "reverb_low_cut_hz", self.reverb_low_cut_hz, 20.0, 500.0)?;
        within(t, "echo_db", self.echo_db, -60.0, 20.0)?;
        within(t, "temperature_c", self.temperature_c, -30.0, 45.0)?;
        within(t, "humidity_percent", self.humidity_percent, 5.0, 100.0)?;
        within(t, "turbulence_db", self.turbulence_db, 0.0, 6.0)?;
        within(t, "wind_m_s", self.wind_m_s, 0.0, 40.0)
    }
}
