//! One person's throat and habits.
//!
//! Owns the plain data that makes a person sound like themselves through a whole scene, and the reading of
//! vowels through that throat. Does not own how people are drawn ([`super::population`]).
//! Units: hertz, ratios, decibels.

use serde::{Deserialize, Serialize};

use super::{effort::Effort, tract::Throat, vowels};
use crate::{text::Phone, units};

/// Sex and age as far as a throat knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A grown woman.
    Woman,
    /// A grown man.
    Man,
    /// A girl of about eight to thirteen.
    Girl,
    /// A boy before his voice breaks.
    Boy,
}

impl Kind {
    /// Column of the vowel tables: men, women, children.
    pub(crate) fn column(self) -> usize {
        match self {
            Self::Man => 0,
            Self::Woman => 1,
            Self::Girl | Self::Boy => 2,
        }
    }

    /// Formants F1..F4 relative to the average man's.
    pub(crate) fn ratios(self) -> [f64; 4] {
        match self {
            Self::Man => [1.0; 4],
            Self::Woman => vowels::WOMEN,
            Self::Girl | Self::Boy => vowels::CHILDREN,
        }
    }
}

/// One person: a throat and habits. Plain data; two equal voices sound the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Voice {
    /// Sex and age.
    pub kind: Kind,
    /// Pitch at normal effort, hertz; effort raises it.
    pub f0_hz: f64,
    /// Formants relative to the average of the kind: 0.93 a large throat, 1.08 a small one.
    pub tract: f64,
    /// This person's way of saying each vowel: factors on F1, F2, F3, in the order of the vowel table.
    pub vowels: Vec<[f64; 3]>,
    /// Speaking rate, 1 average, 1.2 quick.
    pub rate: f64,
    /// Breathiness, dB added to the aspiration.
    pub breath_db: f64,
    /// Roughness, 0 smooth to 1 hoarse.
    pub rough: f64,
    /// Rate of that roughness, hertz.
    pub rough_hz: f64,
    /// Added to the source shape: negative pressed, positive lax.
    pub rd: f64,
    /// Factor on jitter and shimmer.
    pub unsteady: f64,
    /// Factor on all melody: 0.6 flat, 1.4 lively.
    pub liveliness: f64,
    /// Added to every effort asked for: some people always shout.
    pub zeal: f64,
    /// Level re the average person at the same effort, dB.
    pub level_db: f64,
    /// Training, 0..1: steadier, brighter at 3 kHz, longer breath.
    pub trained: f64,
    /// How often a final stop is released audibly, 0..1.
    pub release: f64,
    /// Rates of the three slow wobbles of the pitch, hertz.
    pub flutter_hz: [f64; 3],
}

impl Voice {
    /// The same person with a pitch that makes the performance at `effort` lie around `f0_hz`.
    ///
    /// Values outside 50..1200 Hz are clamped.
    #[must_use]
    pub fn pitched(mut self, f0_hz: f64, effort: f64) -> Self {
        let f0_hz = if f0_hz.is_nan() { self.f0_hz } else { f0_hz.clamp(50.0, 1200.0) };
        self.f0_hz = f0_hz / self.pitch_ratio(Effort::at(effort + self.zeal).f0_shift_st);
        self
    }

    /// Pitch at an effort before any melody, hertz.
    pub fn f0_at(&self, effort: f64) -> f64 {
        self.f0_hz * self.pitch_ratio(Effort::at(effort + self.zeal).f0_shift_st)
    }

    /// Low voices rise more than high ones (Rostolland 1982).
    fn pitch_ratio(&self, shift_st: f64) -> f64 {
        let share = match self.kind {
            Kind::Man => 1.0,
            Kind::Woman => 0.8,
            Kind::Girl | Kind::Boy => 0.7,
        };
        units::ratio_from_semitones(shift_st * share)
    }

    /// The part of the tract that does not move with the words.
    pub(crate) fn throat(&self) -> Throat {
        let mut throat = Throat::new(self.kind.ratios()[2] * self.tract);
        if self.trained > 0.0 {
            // An actor's cluster: F5 comes down towards F4 and both are sharp (Sundberg 1972).
            throat.fixed_hz[0] *= 1.0 - 0.10 * self.trained;
            throat.fixed_bandwidths_hz[0] *= 1.0 - 0.4 * self.trained;
        }
        throat
    }

    /// F1..F4 of a vowel as this person says it: at its start and at its end.
    pub(crate) fn vowel_hz(&self, phone: Phone) -> Option<[[f64; 4]; 2]> {
        let row = vowels::index(phone)?;
        let vowel = &vowels::TABLE[row];
        let own = self.vowels.get(row).copied().unwrap_or([1.0; 3]);
        let base = vowel.formants_hz[self.kind.column()];
        let mut start = [0.0; 4];
        let mut end = [0.0; 4];
        for i in 0..4 {
            let scatter = if i < 3 { own[i] } else { 1.0 };
            start[i] = base[i] * self.tract * scatter;
            end[i] = start[i] * if i < 3 { vowel.glide[i] } else { 1.0 };
        }
        Some([start, end])
    }

    /// A man's formant values as this person makes them.
    pub(crate) fn formants_hz(&self, men_hz: [f64; 4]) -> [f64; 4] {
        let ratios = self.kind.ratios();
        std::array::from_fn(|i| men_hz[i] * ratios[i] * self.tract)
    }
}
