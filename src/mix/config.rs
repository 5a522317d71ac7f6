//! What a user may choose about the last stage, and what is allowed.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The `[master]` table of a preset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MasterConfig {
    /// Gain after the levelling, before the limiter, dB, -60..60.
    pub gain_db: f64,
    /// True-peak ceiling, dBTP, -40..0.
    pub ceiling_dbtp: f64,
    /// Limiter on; without it the output is only clamped to full scale.
    pub limiter: bool,
    /// Look-ahead of the limiter, seconds, 0.0005..0.05: this much latency.
    pub look_ahead_s: f64,
    /// Release time constant of the limiter, seconds, 0.001..10.
    pub limiter_release_s: f64,
    /// Levelling curve on; without it 0 dBFS RMS stands for `full_scale_db_spl` throughout.
    pub levelling: bool,
    /// Points of the levelling curve, `[dB SPL at the listener, LUFS]`, rising. Below the first the gain stays.
    pub curve: Vec<[f64; 2]>,
    /// Time constant of the levelling when it gets louder, seconds, 0.01..60.
    pub levelling_attack_s: f64,
    /// Time constant of the levelling when it gets quieter, seconds, 0.01..600.
    pub levelling_release_s: f64,
    /// Level that the levelling starts from, dB SPL, 0..140.
    pub start_db_spl: f64,
    /// Sound pressure level of 0 dBFS RMS before the curve, dB SPL, 60..200.
    pub full_scale_db_spl: f64,
}

impl Default for MasterConfig {
    fn default() -> Self {
        Self {
            gain_db: 0.0,
            ceiling_dbtp: -1.0,
            limiter: true,
            look_ahead_s: 0.005,
            limiter_release_s: 0.080,
            levelling: true,
            curve: vec![[50.0, -46.0], [75.0, -30.0], [95.0, -18.0], [110.0, -10.0]],
            levelling_attack_s: 0.2,
            levelling_release_s: 4.0,
            start_db_spl: 70.0,
            full_scale_db_spl: 122.0,
        }
    }
}

/// Why a configuration of the mix layer cannot be used.
#[derive(Debug, Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum MixError {
    /// A number lies outside what is allowed.
    #[error("{key} = {value} is not within {low} to {high}")]
    OutOfRange {
        /// Name of the key in the `[master]` table.
        key: &'static str,
        /// What was asked for.
        value: f64,
        /// The least that is allowed.
        low: f64,
        /// The most that is allowed.
        high: f64,
    },
    /// The levelling curve does not rise, or is empty.
    #[error(
        "curve needs points of finite numbers whose levels rise and whose loudness does not fall, see point {point}"
    )]
    BadCurve {
        /// First point that is wrong, from 1.
        point: usize,
    },
}

impl MasterConfig {
    /// Key, value, least and most.
    fn ranges(&self) -> [(&'static str, f64, f64, f64); 8] {
        [
            ("gain_db", self.gain_db, -60.0, 60.0),
            ("ceiling_dbtp", self.ceiling_dbtp, -40.0, 0.0),
            ("look_ahead_s", self.look_ahead_s, 0.0005, 0.05),
            ("limiter_release_s", self.limiter_release_s, 0.001, 10.0),
            ("levelling_attack_s", self.levelling_attack_s, 0.01, 60.0),
            ("levelling_release_s", self.levelling_release_s, 0.01, 600.0),
            ("start_db_spl", self.start_db_spl, 0.0, 140.0),
            ("full_scale_db_spl", self.full_scale_db_spl, 60.0, 200.0),
        ]
    }

    /// Finds the first thing that cannot be used.
    ///
    /// # Errors
    /// [`MixError::OutOfRange`] for a number beyond its range or not a number, [`MixError::BadCurve`].
    pub fn check(&self) -> Result<(), MixError> {
        for (key, value, low, high) in self.ranges() {
            if !(low..=high).contains(&value) {
                return Err(MixError::OutOfRange { key, value, low, high });
            }
        }
        if self.curve.is_empty() {
            return Err(MixError::BadCurve { point: 1 });
        }
        for (i, p) in self.curve.iter().enumerate() {
            let rises = i == 0 || (p[0] > self.curve[i - 1][0] && p[1] >= self.curve[i - 1][1]);
            if !(rises && p.iter().all(|x| x.is_finite() && x.abs() <= 300.0)) {
                return Err(MixError::BadCurve { point: i + 1 });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_allowed_and_survives_a_file() {
        let config = MasterConfig::default();
        assert_eq!(config.check(), Ok(()));
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<MasterConfig>(&text).unwrap(), config);
        assert_eq!(toml::from_str::<MasterConfig>("").unwrap(), config);
        assert!(toml::from_str::<MasterConfig>("loudness = 3").is_err());
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let bad = MasterConfig { ceiling_dbtp: 3.0, ..Default::default() };
        assert_eq!(bad.check().unwrap_err().to_string(), "ceiling_dbtp = 3 is not within -40 to 0");
        for value in [f64::NAN, f64::INFINITY, 61.0] {
            let bad = MasterConfig { gain_db: value, ..Default::default() };
            assert!(matches!(bad.check(), Err(MixError::OutOfRange { key: "gain_db", .. })));
        }
        for (curve, point) in [
            (vec![], 1),
            (vec![[50.0, -46.0], [50.0, -40.0]], 2),
            (vec![[50.0, -46.0], [60.0, -40.0], [70.0, -41.0]], 3),
            (vec![[50.0, f64::NAN]], 1),
        ] {
            let bad = MasterConfig { curve, ..Default::default() };
            assert_eq!(bad.check(), Err(MixError::BadCurve { point }));
        }
    }
}
