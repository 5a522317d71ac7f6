//! Who is in a crowd: random people and pinned characters.
//!
//! Owns the distributions from which throats and habits are drawn. Does not own where people stand or
//! what they do. Sources: group means, spreads and correlations computed from the raw data of Hillenbrand
//! et al. 1995; the habits (rate, breath, zeal) are proposals of ours.

use serde::{Deserialize, Serialize};

use super::{
    person::{Kind, Voice},
    vowels,
};
use crate::{
    rng::{self, Domain, Stream},
    units,
};

/// Who is there: shares need not add up to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PopulationConfig {
    /// Share of women, 0 and up.
    pub women: f64,
    /// Share of men, 0 and up.
    pub men: f64,
    /// Share of girls, 0 and up.
    pub girls: f64,
    /// Share of boys, 0 and up.
    pub boys: f64,
    /// How rowdy, 0..1: raises everybody's zeal and roughness.
    pub rowdy: f64,
    /// How tired, 0..1: breathier, rougher, softer.
    pub tired: f64,
    /// Factor on the differences between people, 0 all alike, 1 as measured.
    pub diversity: f64,
}

impl Default for PopulationConfig {
    fn default() -> Self {
        Self { women: 0.40, men: 0.50, girls: 0.05, boys: 0.05, rowdy: 0.0, tired: 0.0, diversity: 1.0 }
    }
}

/// Pins a character; what is not named is drawn at random.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TraitsConfig {
    /// Woman, man, girl or boy.
    pub kind: Option<Kind>,
    /// Pitch at normal effort, hertz, 60..500.
    pub f0_hz: Option<f64>,
    /// Size of the vocal tract re the average of the kind, 0.85 small to 1.15 large.
    pub tract: Option<f64>,
    /// Training, 0 none to 1 a singer or actor.
    pub trained: f64,
    /// Breathiness, 0 clear to 1 very breathy.
    pub breath: Option<f64>,
    /// Roughness, 0 smooth to 1 hoarse.
    pub rough: Option<f64>,
    /// Speaking rate, 0.6 slow to 1.6 quick.
    pub rate: Option<f64>,
    /// Melody, 0 flat to 2 very lively.
    pub liveliness: Option<f64>,
    /// Added to every effort, -0.3..0.3.
    pub zeal: Option<f64>,
}

impl Default for TraitsConfig {
    fn default() -> Self {
        Self {
            kind: None,
            f0_hz: None,
            tract: None,
            trained: 0.0,
            breath: None,
            rough: None,
            rate: None,
            liveliness: None,
            zeal: None,
        }
    }
}

/// Mean pitch, its spread in semitones, spread of the tract and their correlation.
fn group(kind: Kind) -> (f64, f64, f64, f64) {
    match kind {
        Kind::Man => (129.0, 2.65, 0.030, 0.32),
        Kind::Woman => (219.0, 1.60, 0.041, 0.39),
        Kind::Girl => (243.0, 1.60, 0.051, 0.26),
        Kind::Boy => (232.0, 1.60, 0.051, 0.26),
    }
}

impl Voice {
    /// Draws a person. The same seed, person and population always give the same voice.
    pub fn random(seed: u64, person: u64, population: &PopulationConfig) -> Self {
        let mut draw = rng::stream(seed, Domain::Traits, person, 0);
        let shares = [population.women, population.men, population.girls, population.boys]
            .map(|s| if s.is_finite() { s.max(0.0) } else { 0.0 });
        let kinds = [Kind::Woman, Kind::Man, Kind::Girl, Kind::Boy];
        let kind = draw.weighted(&shares).map_or(Kind::Woman, |i| kinds[i]);
        let mut voice = Self::of_kind(kind, population.diversity.clamp(0.0, 2.0), &mut draw);
        let rowdy = population.rowdy.clamp(0.0, 1.0);
        let tired = population.tired.clamp(0.0, 1.0);
        voice.zeal += 0.08 * rowdy - 0.05 * tired;
        voice.rough = (voice.rough + 0.25 * rowdy * draw.unit() + 0.3 * tired * draw.unit()).min(1.0);
        voice.breath_db += 5.0 * tired;
        voice.rd += 0.15 * tired;
        voice.unsteady *= 1.0 + tired;
        voice.level_db -= 2.0 * tired;
        voice
    }

    /// Draws a character whose named traits are as asked for; numbers out of range are clamped.
    pub fn pinned(seed: u64, person: u64, traits: &TraitsConfig) -> Self {
        let mut draw = rng::stream(seed, Domain::Traits, person, 1);
        let kinds = [Kind::Woman, Kind::Man, Kind::Woman, Kind::Man, Kind::Girl, Kind::Boy];
        let drawn = kinds[draw.below(kinds.len())];
        let trained = traits.trained.clamp(0.0, 1.0);
        let mut voice = Self::of_kind(traits.kind.unwrap_or(drawn), 1.0 - 0.5 * trained, &mut draw);
        voice.trained = trained;
        voice.unsteady *= 1.0 - 0.4 * trained;
        voice.rough *= 1.0 - 0.7 * trained;
        if let Some(hz) = traits.f0_hz {
            voice.f0_hz = hz.clamp(50.0, 600.0);
        }
        if let Some(size) = traits.tract {
            // A large tract has low formants.
            voice.tract = 1.0 / size.clamp(0.8, 1.25);
        }
        if let Some(breath) = traits.breath {
            voice.breath_db = 14.0 * breath.clamp(0.0, 1.0) - 2.0;
            voice.rd = 0.35 * breath.clamp(0.0, 1.0);
        }
        if let Some(rough) = traits.rough {
            voice.rough = rough.clamp(0.0, 1.0);
        }
        if let Some(rate) = traits.rate {
            voice.rate = rate.clamp(0.5, 2.0);
        }
        if let Some(liveliness) = traits.liveliness {
            voice.liveliness = liveliness.clamp(0.0, 2.0);
        }
        if let Some(zeal) = traits.zeal {
            voice.zeal = zeal.clamp(-0.3, 0.3);
        }
        voice
    }

    fn of_kind(kind: Kind, diversity: f64, draw: &mut Stream) -> Self {
        let (mean_hz, spread_st, tract_sd, correlation) = group(kind);
        // A small throat tends to have a high pitch.
        let size = draw.normal_within(2.4);
        let pitch = correlation * size + (1.0 - correlation * correlation).sqrt() * draw.normal_within(2.4);
        let vowels = (0..vowels::VOWELS)
            .map(|_| [0.03, 0.03, 0.02].map(|sd| 1.0 + sd * diversity * draw.normal_within(2.5)))
            .collect();
        // One person in ten is hoarse by age or habit.
        let hoarse = draw.chance(0.10);
        let rough = if hoarse { draw.range(0.3, 0.8) } else { 0.1 * draw.unit() } * diversity.min(1.0);
        let lax = if matches!(kind, Kind::Man) { 0.0 } else { 0.08 };
        Self {
            kind,
            f0_hz: mean_hz * units::ratio_from_semitones(spread_st * diversity * pitch),
            tract: (1.0 + tract_sd * diversity * size).clamp(0.85, 1.15),
            vowels,
            rate: draw.log_normal(1.0, 1.0 + 0.10 * diversity),
            breath_db: diversity * 2.5 * draw.normal_within(2.0),
            rough,
            rough_hz: draw.range(38.0, 90.0),
            rd: lax + diversity * 0.06 * draw.normal_within(2.0) + if hoarse { 0.12 } else { 0.0 },
            unsteady: draw.log_normal(1.0, 1.3) * if hoarse { 1.8 } else { 1.0 },
            liveliness: (1.0 + 0.25 * diversity * draw.normal_within(2.0)).max(0.3),
            zeal: 0.04 * diversity * draw.normal_within(2.0),
            level_db: diversity * 1.5 * draw.normal_within(2.0),
            trained: if draw.chance(0.04) { draw.range(0.4, 1.0) } else { 0.0 },
            release: draw.range(0.6, 1.0),
            // Detuned by a tenth, or all voices would wobble together (rates Klatt and Klatt 1990).
            flutter_hz: [12.7, 7.1, 4.7].map(|hz| hz * draw.range(0.9, 1.1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(n: u64) -> Vec<Voice> {
        (0..n).map(|p| Voice::random(3, p, &PopulationConfig::default())).collect()
    }

    #[test]
    fn a_thousand_people_have_the_measured_distributions() {
        let crowd = people(2000);
        for (kind, share, mean_hz, spread) in [(Kind::Man, 0.5, 129.0, 2.65), (Kind::Woman, 0.4, 219.0, 1.6)]
        {
            let group: Vec<&Voice> = crowd.iter().filter(|v| v.kind == kind).collect();
            assert!((group.len() as f64 / 2000.0 - share).abs() < 0.04);
            let st: Vec<f64> = group.iter().map(|v| 12.0 * crate::math::log2(v.f0_hz / mean_hz)).collect();
            let mean = st.iter().sum::<f64>() / st.len() as f64;
            let sd = (st.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / st.len() as f64).sqrt();
            assert!(mean.abs() < 0.25 && (sd / spread - 1.0).abs() < 0.12, "{kind:?} {mean} {sd}");
            let tract_sd = (group.iter().map(|v| (v.tract - 1.0) * (v.tract - 1.0)).sum::<f64>()
                / st.len() as f64)
                .sqrt();
            assert!((0.02..0.05).contains(&tract_sd), "{tract_sd}");
        }
        let hoarse = crowd.iter().filter(|v| v.rough > 0.25).count();
        assert!((120..280).contains(&hoarse), "{hoarse} of 2000 are hoarse");
    }

    #[test]
    fn people_stay_themselves_and_differ_from_each_other() {
        let population = PopulationConfig::default();
        assert_eq!(Voice::random(1, 5, &population), Voice::random(1, 5, &population));
        assert_ne!(Voice::random(1, 5, &population), Voice::random(1, 6, &population));
        assert_ne!(Voice::random(1, 5, &population), Voice::random(2, 5, &population));
    }

    #[test]
    fn a_pinned_character_has_the_traits_asked_for() {
        let traits = TraitsConfig {
            kind: Some(Kind::Woman),
            f0_hz: Some(230.0),
            trained: 0.9,
            rough: Some(0.0),
            ..TraitsConfig::default()
        };
        let voice = Voice::pinned(1, 0, &traits);
        assert_eq!((voice.kind, voice.f0_hz, voice.rough, voice.trained), (Kind::Woman, 230.0, 0.0, 0.9));
    }

    #[test]
    fn a_population_without_shares_still_gives_people() {
        let none =
            PopulationConfig { women: 0.0, men: 0.0, girls: 0.0, boys: f64::NAN, ..Default::default() };
        assert_eq!(Voice::random(1, 1, &none).kind, Kind::Woman);
        let boys = PopulationConfig { women: 0.0, men: 0.0, girls: 0.0, boys: 1.0, ..Default::default() };
        assert_eq!(Voice::random(1, 1, &boys).kind, Kind::Boy);
    }

    #[test]
    fn pitching_a_voice_gives_the_pitch_at_that_effort() {
        let voice = Voice::random(1, 1, &PopulationConfig::default()).pitched(320.0, 0.9);
        assert!((voice.f0_at(0.9) - 320.0).abs() < 1e-6);
    }
}
