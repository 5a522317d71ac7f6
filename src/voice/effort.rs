//! What one scalar, *effort*, does to a voice: level, pitch, jaw, glottis, roughness and durations.
//!
//! Owns the map from effort 0..1 to the parameters of the synthesizer. Does not own any person.
//! Sources: levels ANSI S3.5-1997 (normal to shout) and Rostolland 1982 (full shout); pitch Andersson,
//! Eriksson and Traunmüller 1996 and Gramming 1988; F1 Liénard and Di Benedetto 1999; durations
//! Rostolland 1982; source shape Fant 1995; the straight lines between the named steps are ours.

use crate::math;

/// The efforts that have a name; every table below has one value for each.
const STEPS: [f64; 8] = [0.0, 0.15, 0.35, 0.50, 0.65, 0.80, 0.92, 1.0];

/// Below this effort the vocal folds do not vibrate at all.
const WHISPER_END: f64 = 0.06;
/// Above this effort they vibrate fully.
const VOICE_START: f64 = 0.12;

/// Long-term level at 1 m in front of the mouth, dB SPL.
const LEVEL_DB: [f64; 8] = [38.0, 52.0, 62.35, 68.34, 74.85, 82.30, 89.0, 93.5];
const F0_SHIFT_ST: [f64; 8] = [-2.0, -2.0, 0.0, 2.5, 5.0, 8.0, 11.0, 15.0];
// A third of what Liénard and Di Benedetto 1999 measured: the full shift costs shouted words.
const F1_SHIFT_HZ: [f64; 8] = [0.0, -8.0, 0.0, 7.0, 15.0, 24.0, 34.0, 42.0];
const RD: [f64; 8] = [2.4, 1.9, 1.1, 0.85, 0.65, 0.48, 0.40, 0.34];
const TILT_DB: [f64; 8] = [10.0, 9.0, 6.0, 4.0, 2.0, 0.0, 0.0, 0.0];
const JITTER: [f64; 8] = [0.008, 0.008, 0.0055, 0.006, 0.007, 0.010, 0.014, 0.022];
const SHIMMER_DB: [f64; 8] = [0.4, 0.4, 0.2, 0.2, 0.25, 0.35, 0.5, 0.9];
const ASPIRATION_DB: [f64; 8] = [-8.0, -16.0, -27.0, -30.0, -31.0, -31.0, -28.0, -25.0];
const ROUGH: [f64; 8] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.04, 0.12, 0.40];
const VOWEL_STRETCH: [f64; 8] = [1.05, 0.95, 1.0, 1.1, 1.25, 1.4, 1.5, 1.6];
const FINAL_STRETCH: [f64; 8] = [1.0, 1.0, 1.0, 1.05, 1.15, 1.2, 1.27, 1.4];
const CONSONANT_STRETCH: [f64; 8] = [1.10, 1.0, 1.0, 0.95, 0.90, 0.80, 0.80, 0.75];
const BANDWIDTH: [f64; 8] = [1.3, 1.1, 1.1, 1.15, 1.2, 1.24, 1.28, 1.3];

/// Everything that follows from an effort.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Effort {
    /// Long-term level at 1 m, dB SPL.
    pub level_db: f64,
    /// Pitch re normal effort, semitones.
    pub f0_shift_st: f64,
    /// Added to the first formant of vowels, hertz.
    pub f1_shift_hz: f64,
    /// Source shape of the LF model.
    pub rd: f64,
    /// Extra loss of the source at 3 kHz, dB.
    pub tilt_db: f64,
    /// Cycle-to-cycle scatter of the period, relative (standard deviation).
    pub jitter: f64,
    /// Cycle-to-cycle scatter of the amplitude, dB (standard deviation).
    pub shimmer_db: f64,
    /// Aspiration under the voice, dB re a vowel.
    pub aspiration_db: f64,
    /// Depth of the amplitude modulation of a rough voice, 0..1.
    pub rough: f64,
    /// Factor on vowel durations.
    pub vowel: f64,
    /// Further factor on the last vowel.
    pub last_vowel: f64,
    /// Factor on consonant durations.
    pub consonant: f64,
    /// Factor on formant bandwidths.
    pub bandwidth: f64,
    /// Share of voice, 0 whispered to 1 voiced.
    pub voiced: f64,
}

impl Effort {
    /// The parameters of an effort; values outside 0..1 are clamped, not-a-number counts as normal.
    pub(crate) fn at(effort: f64) -> Self {
        let e = if effort.is_nan() { 0.35 } else { effort.clamp(0.0, 1.0) };
        let after = STEPS.partition_point(|&s| s <= e).clamp(1, STEPS.len() - 1);
        let t = (e - STEPS[after - 1]) / (STEPS[after] - STEPS[after - 1]);
        let read = |table: &[f64; 8]| math::lerp(table[after - 1], table[after], t);
        Self {
            level_db: read(&LEVEL_DB),
            f0_shift_st: read(&F0_SHIFT_ST),
            f1_shift_hz: read(&F1_SHIFT_HZ),
            rd: read(&RD),
            tilt_db: read(&TILT_DB),
            jitter: read(&JITTER),
            shimmer_db: read(&SHIMMER_DB),
            aspiration_db: read(&ASPIRATION_DB),
            rough: read(&ROUGH),
            vowel: read(&VOWEL_STRETCH),
            last_vowel: read(&FINAL_STRETCH),
            consonant: read(&CONSONANT_STRETCH),
            bandwidth: read(&BANDWIDTH),
            voiced: math::smoothstep((e - WHISPER_END) / (VOICE_START - WHISPER_END)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_efforts_have_their_published_levels() {
        assert!((Effort::at(0.35).level_db - 62.35).abs() < 1e-9);
        assert!((Effort::at(0.80).level_db - 82.30).abs() < 1e-9);
        assert_eq!(Effort::at(0.0).voiced, 0.0);
        assert_eq!(Effort::at(0.15).voiced, 1.0);
    }

    #[test]
    fn level_and_pitch_never_fall_with_effort() {
        let mut last = Effort::at(0.0);
        for i in 1..=100 {
            let now = Effort::at(f64::from(i) / 100.0);
            assert!(now.level_db >= last.level_db && now.f0_shift_st >= last.f0_shift_st, "{i}");
            last = now;
        }
    }

    #[test]
    fn effort_outside_its_range_is_clamped() {
        assert_eq!(Effort::at(7.0), Effort::at(1.0));
        assert_eq!(Effort::at(-1.0), Effort::at(0.0));
        assert_eq!(Effort::at(f64::NAN), Effort::at(0.35));
    }
}
