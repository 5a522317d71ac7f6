//! Formant targets and durations of vowels.
//!
//! Owns the table of vowels. Does not own how a person's throat bends it. Units: hertz, seconds.
//! Sources: mid-vowel formants Hillenbrand et al. 1995; AE from Peterson and Barney 1952 (Hillenbrand's
//! is a regional raised one); diphthongs and their ends after Klatt 1980; Japanese vowels from Kyoto
//! measurements of male speakers, scaled for women and children by the group ratios of Hillenbrand;
//! durations Allen, Hunnicutt and Klatt 1987; small glides of monophthongs after Hillenbrand's 20 % and
//! 80 % points.

use crate::text::Phone;

/// How many vowels the table holds.
pub(crate) const VOWELS: usize = 21;

/// Formants of women relative to men, F1..F4 (Hillenbrand et al. 1995).
pub(crate) const WOMEN: [f64; 4] = [1.17, 1.16, 1.14, 1.17];
/// Formants of children of ten to twelve relative to men.
pub(crate) const CHILDREN: [f64; 4] = [1.24, 1.29, 1.23, 1.25];

/// One vowel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vowel {
    /// F1..F4 of men, women and children, hertz, in the first steady part.
    pub formants_hz: [[f64; 4]; 3],
    /// Ratio of F1..F3 at the end of the vowel to those at its start.
    pub glide: [f64; 3],
    /// A diphthong holds its start when stretched and then moves; a monophthong drifts.
    pub diphthong: bool,
    /// Inherent duration, seconds.
    pub inherent_s: f64,
    /// Shortest duration, seconds.
    pub shortest_s: f64,
}

/// The row of a vowel in per-person tables; `None` for what is no vowel.
#[rustfmt::skip]
pub(crate) fn index(phone: Phone) -> Option<usize> {
    Some(match phone {
        Phone::IY => 0, Phone::IH => 1, Phone::EH => 2, Phone::AE => 3, Phone::AA => 4, Phone::AO => 5,
        Phone::UH => 6, Phone::UW => 7, Phone::AH => 8, Phone::AX => 9, Phone::ER => 10, Phone::EY => 11,
        Phone::AY => 12, Phone::OY => 13, Phone::AW => 14, Phone::OW => 15,
        Phone::JA => 16, Phone::JI => 17, Phone::JU => 18, Phone::JE => 19, Phone::JO => 20,
        _ => return None,
    })
}

const fn v(men: [f64; 4], women: [f64; 4], children: [f64; 4], glide: [f64; 3], ms: [f64; 2]) -> Vowel {
    Vowel {
        formants_hz: [men, women, children],
        glide,
        diphthong: false,
        inherent_s: ms[0] / 1000.0,
        shortest_s: ms[1] / 1000.0,
    }
}

/// A vowel known for men only.
const fn scaled(men: [f64; 4], glide: [f64; 3], diphthong: bool, ms: [f64; 2]) -> Vowel {
    let mut women = men;
    let mut children = men;
    let mut i = 0;
    while i < 4 {
        women[i] *= WOMEN[i];
        children[i] *= CHILDREN[i];
        i += 1;
    }
    Vowel {
        formants_hz: [men, women, children],
        glide,
        diphthong,
        inherent_s: ms[0] / 1000.0,
        shortest_s: ms[1] / 1000.0,
    }
}

/// All vowels in the order of [`index`].
#[rustfmt::skip]
pub(crate) static TABLE: [Vowel; VOWELS] = [
    /* IY */ v([342., 2322., 3000., 3657.], [437., 2761., 3372., 4352.], [452., 3081., 3702., 4572.], [0.97, 1.01, 1.0], [155., 55.]),
    /* IH */ v([427., 2034., 2684., 3618.], [483., 2365., 3053., 4334.], [511., 2552., 3323., 4575.], [1.05, 0.95, 0.99], [135., 40.]),
    /* EH */ v([580., 1799., 2605., 3677.], [731., 2058., 2979., 4294.], [749., 2267., 3310., 4671.], [1.03, 0.96, 0.99], [150., 70.]),
    /* AE */ v([664., 1727., 2420., 3624.], [863., 2049., 2832., 4290.], [1010., 2320., 3320., 4409.], [1.03, 0.94, 1.0], [230., 80.]),
    /* AA */ v([768., 1333., 2522., 3687.], [936., 1551., 2815., 4299.], [1002., 1688., 2950., 4307.], [0.98, 1.02, 1.0], [240., 100.]),
    /* AO */ v([652., 997., 2538., 3486.], [781., 1136., 2824., 3923.], [803., 1210., 2982., 3919.], [0.99, 1.02, 1.0], [240., 100.]),
    /* UH */ v([469., 1122., 2434., 3400.], [519., 1225., 2827., 4052.], [568., 1490., 3072., 4328.], [1.03, 1.04, 1.0], [160., 60.]),
    /* UW */ v([378., 997., 2343., 3357.], [459., 1105., 2735., 4115.], [494., 1345., 2988., 4320.], [0.97, 0.96, 1.0], [210., 70.]),
    /* AH */ v([623., 1200., 2550., 3557.], [753., 1426., 2933., 4092.], [749., 1546., 3145., 4276.], [1.0, 1.02, 1.0], [140., 60.]),
    /* AX */ scaled([500., 1450., 2500., 3500.], [1.0, 1.0, 1.0], false, [120., 50.]),
    /* ER */ v([474., 1379., 1710., 3334.], [523., 1588., 1929., 3914.], [586., 1719., 2143., 3788.], [0.98, 0.99, 0.99], [180., 80.]),
    /* EY */ scaled([490., 2000., 2620., 3640.], [0.74, 1.14, 1.06], true, [190., 100.]),
    /* AY */ scaled([720., 1240., 2530., 3600.], [0.57, 1.58, 1.02], true, [250., 150.]),
    /* OY */ scaled([560., 920., 2430., 3450.], [0.68, 2.02, 1.03], true, [280., 150.]),
    /* AW */ scaled([710., 1290., 2530., 3550.], [0.62, 0.73, 0.95], true, [260., 100.]),
    /* OW */ v([525., 980., 2440., 3384.], [590., 1110., 2800., 3927.], [630., 1220., 2960., 4167.], [0.80, 0.83, 0.98], [220., 80.]),
    /* JA */ scaled([753., 1385., 2550., 3600.], [1.0, 1.0, 1.0], false, [140., 70.]),
    /* JI */ scaled([315., 2172., 2950., 3600.], [1.0, 1.0, 1.0], false, [110., 50.]),
    /* JU */ scaled([367., 1332., 2350., 3400.], [1.0, 1.0, 1.0], false, [110., 50.]),
    /* JE */ scaled([500., 1947., 2550., 3600.], [1.0, 1.0, 1.0], false, [130., 60.]),
    /* JO */ scaled([520., 997., 2450., 3400.], [1.0, 1.0, 1.0], false, [130., 60.]),
];

/// The vowel of a phone.
pub(crate) fn vowel(phone: Phone) -> Option<&'static Vowel> {
    index(phone).map(|i| &TABLE[i])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formants_rise_and_stay_apart_in_every_vowel() {
        for vowel in &TABLE {
            for group in &vowel.formants_hz {
                assert!(group.windows(2).all(|w| w[1] - w[0] > 150.0), "{group:?}");
            }
            for (women, men) in vowel.formants_hz[1].iter().zip(&vowel.formants_hz[0]) {
                assert!((1.0..1.45).contains(&(women / men)), "{vowel:?}");
            }
            assert!(vowel.shortest_s < vowel.inherent_s);
        }
    }
}
