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
            Self::Paper => [0x00ff_ffff, 0x0011_151b],
            Self::Text => [0x001b_232e, 0x00e9_eef4],
            Self::Faint => [0x0056_6475, 0x009a_a8b8],
            Self::Grid => [0x00d9_dfe7, 0x0030_3a47],
            Self::Band => [0x00f3_f5f9, 0x0018_1e27],
            Self::Murmur => [0x006d_9fd6, 0x003f_72b4],
            Self::Chant => [0x00d6_412b, 0x00ff_664a],
            Self::Roar => [0x00f0_ab24, 0x00ff_c64f],
            Self::Intensity => [0x007a_6fb5, 0x00a9_9de6],
            Self::Level => [0x001f_7a66, 0x005c_c2a6],
            Self::Peak => [0x00a3_d3c5, 0x002a_5e52],
            Self::Momentary => [0x0092_b4dc, 0x004b_6f9d],
            Self::ShortTerm => [0x001d_5fad, 0x0086_baf5],
        };
        split(if theme == Theme::Light { light } else { dark })
    }
}

/// Colours from quiet to loud, evenly spaced: those of the `magma` map (S. van der Walt and N. Smith, CC0), whose
/// lightness rises evenly; on paper they run the other way, from white.
const LOUD_ON_DARK: [u32; 9] = [
    0x0011_151b,
    0x001d_1444,
    0x004f_127b,
    0x0081_2581,
    0x00b5_367a,
    0x00e5_5964,
    0x00fb_8761,
    0x00fe_c287,
    0x00fc_fdbf,
];
const LOUD_ON_LIGHT: [u32; 9] = [
    0x00ff_ffff,
    0x00fe_f0d5,
    0x00fe_c992,
    0x00fb_8d65,
    0x00e5_5964,
    0x00b5_367a,
    0x0081_2581,
    0x004f_127b,
    0x001b_1044,
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
