//! Places, noises and durations of consonants.
//!
//! Owns the table of consonants. Does not own timing rules or motion. Units: hertz of a man's throat,
//! seconds, decibels re a stressed vowel.
//! Sources: formants Klatt 1980 table III; locus equations Jongman et al. 2000 and Sussman et al. 1991;
//! noise peaks Jongman et al. 2000 and Zue 1976; durations Allen, Hunnicutt and Klatt 1987; voice onset
//! times Zue 1976; noise levels tuned with a speech recogniser on shouted phrases.

use crate::text::Phone;

/// How a consonant is made, as the synthesizer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// W, Y, R, L.
    Glide,
    /// M, N, NG, NN.
    Nasal,
    /// P, B, T, D, K, G and the glottal stop.
    Stop,
    /// CH, JH, TS.
    Affricate,
    /// F, V, TH, DH, S, Z, SH, ZH, PH.
    Fricative,
    /// HH.
    Breath,
    /// DX, JR.
    Tap,
}

/// Where the mouth is closed or narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// P, B, M.
    Lips,
    /// F, V.
    LipTeeth,
    /// TH, DH.
    Teeth,
    /// T, D, N, S, Z.
    Ridge,
    /// SH, ZH, CH, JH.
    Palate,
    /// K, G, NG.
    Velum,
    /// HH and the glottal stop: the vowel's own formants.
    Throat,
}

impl Place {
    /// F2 at the release, hertz, for a vowel whose F2 is `vowel_hz`: a locus equation.
    pub(crate) fn f2_locus_hz(self, vowel_hz: f64) -> f64 {
        match self {
            Self::Lips => 0.80 * vowel_hz + 180.0,
            Self::LipTeeth => 0.768 * vowel_hz + 260.0,
            Self::Teeth => 0.53 * vowel_hz + 700.0,
            Self::Ridge => 0.45 * vowel_hz + 970.0,
            Self::Palate => 0.505 * vowel_hz + 960.0,
            // Front vowels are met from above, back vowels from just over them.
            Self::Velum if vowel_hz > 1500.0 => 0.60 * vowel_hz + 900.0,
            Self::Velum => 0.90 * vowel_hz + 330.0,
            Self::Throat => vowel_hz,
        }
    }

    /// F3 at the release, hertz, from the vowel's F2 and F3.
    pub(crate) fn f3_locus_hz(self, f2_hz: f64, f3_hz: f64) -> f64 {
        match self {
            Self::Lips => 0.6 * f3_hz + 0.4 * 2150.0,
            Self::LipTeeth => 0.6 * f3_hz + 0.4 * 2200.0,
            Self::Teeth => 0.5 * f3_hz + 0.5 * 2540.0,
            Self::Ridge => 0.4 * f3_hz + 0.6 * 2650.0,
            Self::Palate => 0.4 * f3_hz + 0.6 * 2750.0,
            // The velar pinch: F3 comes down to F2.
            Self::Velum => 0.4 * f3_hz + 0.6 * (self.f2_locus_hz(f2_hz) + 450.0),
            Self::Throat => f3_hz,
        }
    }

    /// Length of the formant transition after the release, seconds.
    pub(crate) fn transition_s(self) -> f64 {
        match self {
            Self::Lips | Self::LipTeeth => 0.038,
            Self::Teeth => 0.042,
            Self::Ridge => 0.048,
            Self::Palate => 0.055,
            Self::Velum => 0.062,
            Self::Throat => 0.030,
        }
    }
}

/// A noise made at a narrow place: two peaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise {
    /// Level re a stressed vowel, dB.
    pub level_db: f64,
    /// Centres of the two peaks, hertz.
    pub peaks_hz: [f64; 2],
    /// Their widths, hertz.
    pub widths_hz: [f64; 2],
    /// Share of the second peak, 0..1 in amplitude.
    pub second: f64,
}

const fn noise(level_db: f64, peaks_hz: [f64; 2], widths_hz: [f64; 2], second: f64) -> Noise {
    Noise { level_db, peaks_hz, widths_hz, second }
}

/// One consonant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Consonant {
    /// How.
    pub class: Class,
    /// Where.
    pub place: Place,
    /// The vocal folds vibrate.
    pub voiced: bool,
    /// F1..F3 of its own (glides, nasals) or F1 alone that counts (others), hertz.
    pub formants_hz: [f64; 3],
    /// Strength of the voice source re a vowel, linear.
    pub voice: f64,
    /// Noise of the narrow place, or of the burst of a stop.
    pub noise: Option<Noise>,
    /// Inherent duration, seconds.
    pub inherent_s: f64,
    /// Shortest duration, seconds.
    pub shortest_s: f64,
    /// Time from the burst to the voice, stressed, seconds.
    pub onset_s: f64,
    /// Length of the burst, seconds.
    pub burst_s: f64,
}

const NONE: Consonant = Consonant {
    class: Class::Stop,
    place: Place::Throat,
    voiced: false,
    formants_hz: [400.0, 1500.0, 2500.0],
    voice: 0.0,
    noise: None,
    inherent_s: 0.06,
    shortest_s: 0.03,
    onset_s: 0.0,
    burst_s: 0.0,
};

const fn glide(formants_hz: [f64; 3], voice: f64, ms: [f64; 2]) -> Consonant {
    Consonant {
        class: Class::Glide,
        place: Place::Throat,
        voiced: true,
        formants_hz,
        voice,
        inherent_s: ms[0] / 1000.0,
        shortest_s: ms[1] / 1000.0,
        ..NONE
    }
}

const fn nasal(place: Place, formants_hz: [f64; 3], ms: [f64; 2]) -> Consonant {
    Consonant {
        class: Class::Nasal,
        place,
        voiced: true,
        formants_hz,
        voice: 0.62,
        inherent_s: ms[0] / 1000.0,
        shortest_s: ms[1] / 1000.0,
        ..NONE
    }
}

const fn stop(
    place: Place,
    voiced: bool,
    burst: Noise,
    ms: [f64; 2],
    onset_ms: f64,
    burst_ms: f64,
) -> Consonant {
    Consonant {
        class: Class::Stop,
        place,
        voiced,
        formants_hz: [if voiced { 200.0 } else { 350.0 }, 1500.0, 2500.0],
        voice: if voiced { 0.06 } else { 0.0 },
        noise: Some(burst),
        inherent_s: ms[0] / 1000.0,
        shortest_s: ms[1] / 1000.0,
        onset_s: onset_ms / 1000.0,
        burst_s: burst_ms / 1000.0,
    }
}

const fn fricative(
    place: Place,
    voiced: bool,
    hiss: Noise,
    voice: f64,
    f1_hz: f64,
    ms: [f64; 2],
) -> Consonant {
    Consonant {
        class: Class::Fricative,
        place,
        voiced,
        formants_hz: [f1_hz, 1500.0, 2500.0],
        voice,
        noise: Some(hiss),
        inherent_s: ms[0] / 1000.0,
        shortest_s: ms[1] / 1000.0,
        ..NONE
    }
}

const fn affricate(place: Place, voiced: bool, hiss: Noise, ms: [f64; 2], onset_ms: f64) -> Consonant {
    Consonant {
        class: Class::Affricate,
        place,
        voiced,
        formants_hz: [280.0, 1700.0, 2700.0],
        voice: if voiced { 0.05 } else { 0.0 },
        noise: Some(hiss),
        inherent_s: ms[0] / 1000.0,
        shortest_s: ms[1] / 1000.0,
        onset_s: onset_ms / 1000.0,
        burst_s: 0.010,
    }
}

const S_NOISE: Noise = noise(-8.0, [5800.0, 8400.0], [1900.0, 3500.0], 0.28);
const SH_NOISE: Noise = noise(-5.0, [2900.0, 4700.0], [900.0, 2600.0], 0.75);
const F_NOISE: Noise = noise(-17.0, [7000.0, 2200.0], [7000.0, 3500.0], 0.45);
const TH_NOISE: Noise = noise(-18.0, [7200.0, 3000.0], [6000.0, 3500.0], 0.40);

/// The consonant of a phone; `None` for vowels.
#[rustfmt::skip]
pub(crate) fn consonant(phone: Phone) -> Option<Consonant> {
    use Place::*;
    Some(match phone {
        Phone::W => glide([290., 610., 2150.], 0.60, [80., 60.]),
        Phone::Y => glide([260., 2070., 3020.], 0.55, [80., 40.]),
        Phone::R => glide([310., 1060., 1380.], 0.70, [80., 30.]),
        Phone::L => glide([320., 1050., 2880.], 0.65, [80., 40.]),
        Phone::M => nasal(Lips, [480., 1270., 2130.], [70., 60.]),
        Phone::N => nasal(Ridge, [480., 1340., 2470.], [60., 50.]),
        Phone::NG => nasal(Velum, [480., 2000., 2900.], [95., 60.]),
        Phone::NN => nasal(Velum, [420., 1500., 2600.], [120., 70.]),
        Phone::P => stop(Lips, false, noise(-15., [900., 3500.], [1500., 6000.], 0.6), [90., 50.], 52., 6.),
        Phone::B => stop(Lips, true, noise(-18., [700., 3000.], [1200., 5000.], 0.5), [85., 60.], 12., 5.),
        Phone::T => stop(Ridge, false, noise(-7., [4200., 6600.], [2000., 3800.], 0.45), [75., 50.], 62., 14.),
        Phone::D => stop(Ridge, true, noise(-12., [3600., 6000.], [1600., 4000.], 0.5), [75., 50.], 18., 9.),
        Phone::K => stop(Velum, false, noise(-8., [1900., 4300.], [600., 2500.], 0.35), [80., 60.], 66., 22.),
        Phone::G => stop(Velum, true, noise(-12., [1900., 4300.], [600., 2500.], 0.30), [80., 60.], 28., 16.),
        Phone::CH => affricate(Palate, false, noise(-6., SH_NOISE.peaks_hz, SH_NOISE.widths_hz, 0.8), [70., 50.], 85.),
        Phone::JH => affricate(Palate, true, noise(-10., SH_NOISE.peaks_hz, SH_NOISE.widths_hz, 0.8), [70., 50.], 55.),
        Phone::TS => affricate(Ridge, false, noise(-8., S_NOISE.peaks_hz, S_NOISE.widths_hz, 0.5), [70., 50.], 80.),
        Phone::DX => Consonant { class: Class::Tap, place: Ridge, voiced: true, voice: 0.25, formants_hz: [250., 1600., 2600.], inherent_s: 0.022, shortest_s: 0.018, ..NONE },
        Phone::JR => Consonant { class: Class::Tap, place: Ridge, voiced: true, voice: 0.30, formants_hz: [280., 1500., 2500.], inherent_s: 0.026, shortest_s: 0.020, ..NONE },
        Phone::F => fricative(LipTeeth, false, F_NOISE, 0.0, 340., [100., 80.]),
        Phone::V => fricative(LipTeeth, true, noise(-25., F_NOISE.peaks_hz, F_NOISE.widths_hz, 0.5), 0.38, 240., [60., 40.]),
        Phone::TH => fricative(Teeth, false, TH_NOISE, 0.0, 320., [90., 60.]),
        Phone::DH => fricative(Teeth, true, noise(-27., TH_NOISE.peaks_hz, TH_NOISE.widths_hz, 0.4), 0.38, 270., [50., 30.]),
        Phone::S => fricative(Ridge, false, S_NOISE, 0.0, 320., [105., 60.]),
        Phone::Z => fricative(Ridge, true, noise(-11., S_NOISE.peaks_hz, S_NOISE.widths_hz, 0.5), 0.28, 240., [75., 40.]),
        Phone::SH => fricative(Palate, false, SH_NOISE, 0.0, 300., [105., 80.]),
        Phone::ZH => fricative(Palate, true, noise(-11., SH_NOISE.peaks_hz, SH_NOISE.widths_hz, 0.75), 0.28, 260., [70., 40.]),
        Phone::PH => fricative(Lips, false, noise(-18., [1500., 5000.], [2500., 6000.], 0.6), 0.0, 320., [80., 60.]),
        Phone::HH => Consonant { class: Class::Breath, inherent_s: 0.070, shortest_s: 0.035, ..NONE },
        Phone::Glottal => Consonant { inherent_s: 0.050, shortest_s: 0.030, ..NONE },
        _ => return None,
    })
}
