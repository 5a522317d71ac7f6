//! Colours: every mark of a drawing has a role, and a theme says what colour that is.
//!
//! The kinds of people keep their hue in both themes and differ in lightness too, so that they can be told apart
//! in print without colour and with the common colour blindnesses.

/// Light paper or dark screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on white: screens and print.
    #[default]
    Light,
    /// Light ink on near black.
    Dark,
}

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Paper,
    Text,
    Faint,
    Grid,
    Band,
    Murmur,
    Chant,
    Roar,
    Intensity,
    Level,
    Peak,
    Momentary,
    ShortTerm,
}

/// All of them, in the order of declaration.
pub(crate) const INKS: [Ink; 13] = [
    Ink::Paper,
    Ink::Text,
    Ink::Faint,
    Ink::Grid,
    Ink::Band,
    Ink::Murmur,
    Ink::Chant,
    Ink::Roar,
    Ink::Intensity,
    Ink::Level,
    Ink::Peak,
    Ink::Momentary,
    Ink::ShortTerm,
];

impl Ink {
    /// Name of its class in SVG.
    pub fn class(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Text => "text",
            Self::Faint => "faint",
            Self::Grid => "grid",
            Self::Band => "band",
            Self::Murmur => "murmur",
            Self::Chant => "chant",
            Self::Roar => "roar",
            Self::Intensity => "intensity",
            Self::Level => "level",
            Self::Peak => "peak",
            Self::Momentary => "momentary",
            Self::ShortTerm => "short-term",
        }
    }

    /// Its colour.
    pub fn rgb(self, theme: Theme) -> [u8; 3] {
        let [light, dark] = match self {
            Self::Paper => [0xff_ff_ff, 0x11_15_1b],
            Self::Text => [0x1b_23_2e, 0xe9_ee_f4],
            Self::Faint => [0x56_64_75, 0x9a_a8_b8],
            Self::Grid => [0xd9_df_e7, 0x30_3a_47],
            Self::Band => [0xf3_f5_f9, 0x18_1e_27],
            Self::Murmur => [0x6d_9f_d6, 0x4d_84_c4],
            Self::Chant => [0xd6_41_2b, 0xff_66_4a],
            Self::Roar => [0xf0_ab_24, 0xff_c6_4f],
            Self::Intensity => [0x7a_6f_b5, 0xa9_9d_e6],
            Self::Level => [0x1f_7a_66, 0x5c_c2_a6],
            Self::Peak => [0xa3_d3_c5, 0x2a_5e_52],
            Self::Momentary => [0x92_b4_dc, 0x4b_6f_9d],
            Self::ShortTerm => [0x1d_5f_ad, 0x86_ba_f5],
        };
        split(if theme == Theme::Light { light } else { dark })
    }
}

/// Colours from quiet to loud, evenly spaced: those of the `magma` map (S. van der Walt and N. Smith, CC0), whose
/// lightness rises evenly; on paper they run the other way, from white.
const LOUD_ON_DARK: [u32; 9] = [
    0x11_15_1b, 0x1d_14_44, 0x4f_12_7b, 0x81_25_81, 0xb5_36_7a, 0xe5_59_64, 0xfb_87_61, 0xfe_c2_87,
    0xfc_fd_bf,
];
const LOUD_ON_LIGHT: [u32; 9] = [
    0xff_ff_ff, 0xfe_f0_d5, 0xfe_c9_92, 0xfb_8d_65, 0xe5_59_64, 0xb5_36_7a, 0x81_25_81, 0x4f_12_7b,
    0x1b_10_44,
];

/// The colour of a tone, 0 quiet to 1 loud.
pub(crate) fn heat(tone: f32, theme: Theme) -> [u8; 3] {
    let map = if theme == Theme::Light { LOUD_ON_LIGHT } else { LOUD_ON_DARK };
    let at = if tone.is_nan() { 0.0 } else { tone.clamp(0.0, 1.0) } * (map.len() - 1) as f32;
    let low = (at as usize).min(map.len() - 2);
    mix(split(map[low]), split(map[low + 1]), at - low as f32)
}

/// From one colour to another by a share of 0 to 1.
pub(crate) fn mix(from: [u8; 3], to: [u8; 3], share: f32) -> [u8; 3] {
    std::array::from_fn(|c| {
        (f32::from(from[c]) * (1.0 - share) + f32::from(to[c]) * share).round().clamp(0.0, 255.0) as u8
    })
}

/// `#rrggbb`.
pub(crate) fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn split(rgb: u32) -> [u8; 3] {
    let [_, red, green, blue] = rgb.to_be_bytes();
    [red, green, blue]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast of WCAG 2.
    fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
        let luminance = |rgb: [u8; 3]| {
            let part = |c: u8| {
                let c = f64::from(c) / 255.0;
                if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(rgb[0]) + 0.7152 * part(rgb[1]) + 0.0722 * part(rgb[2])
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn words_can_be_read_and_kinds_told_apart_in_both_themes() {
        for theme in [Theme::Light, Theme::Dark] {
            let paper = Ink::Paper.rgb(theme);
            assert!(contrast(Ink::Text.rgb(theme), paper) > 12.0);
            assert!(contrast(Ink::Faint.rgb(theme), paper) > 4.5);
            for ink in [Ink::Chant, Ink::Level, Ink::ShortTerm] {
                assert!(contrast(ink.rgb(theme), paper) > 3.0, "{ink:?} {theme:?}");
            }
            for (a, b) in [(Ink::Murmur, Ink::Chant), (Ink::Chant, Ink::Roar)] {
                assert!(contrast(a.rgb(theme), b.rgb(theme)) > 1.4, "{a:?} {b:?} {theme:?}");
            }
        }
    }

    #[test]
    fn louder_is_further_from_the_paper() {
        for theme in [Theme::Light, Theme::Dark] {
            let steps: Vec<f64> =
                (0..=8).map(|n| contrast(heat(n as f32 / 8.0, theme), Ink::Paper.rgb(theme))).collect();
            assert!(steps.windows(2).all(|w| w[1] > w[0]), "{theme:?} {steps:?}");
        }
    }
}
