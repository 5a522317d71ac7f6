//! Rasters inside a drawing: spectrograms, and people by place and time.

use super::theme::{Ink, Theme, heat, mix};

/// Colours of a spectrogram: as many as an eye can tell apart, and files stay small.
const STEPS: f32 = 96.0;

/// What a raster holds, row by row from the top.
#[derive(Clone, Debug)]
pub(crate) enum Cells {
    /// From quiet to loud, 0 to 1.
    Tones(Vec<f32>),
    /// Shares of people who murmur, chant and roar; nothing where nobody stands.
    People(Vec<Option<[f32; 3]>>),
}

/// A raster that has its colours only when a theme is given.
#[derive(Clone, Debug)]
pub(crate) struct Heat {
    pub width: u32,
    pub height: u32,
    pub cells: Cells,
}

impl Heat {
    /// Red, green, blue of every pixel, row by row from the top.
    pub fn rgb(&self, theme: Theme) -> Vec<u8> {
        match &self.cells {
            Cells::Tones(tones) => {
                tones.iter().flat_map(|tone| heat((tone * STEPS).round() / STEPS, theme)).collect()
            }
            Cells::People(people) => people.iter().flat_map(|shares| of_people(*shares, theme)).collect(),
        }
    }

    /// As a PNG file.
    pub fn png(&self, theme: Theme) -> Vec<u8> {
        super::png::encode(self.width, self.height, ::png::ColorType::Rgb, &self.rgb(theme))
    }
}

/// The colour of a spot: whose hue, and how many of all who stand there.
fn of_people(shares: Option<[f32; 3]>, theme: Theme) -> [u8; 3] {
    let paper = Ink::Paper.rgb(theme);
    let Some([murmur, chant, roar]) = shares else { return paper };
    // A few who shout among many who murmur are what one looks for: roots let small shares show.
    let weights = [0.35 * murmur, chant.sqrt(), roar.sqrt()];
    let all: f32 = weights.iter().sum();
    if all <= 0.0 {
        return paper;
    }
    let inks = [Ink::Murmur, Ink::Chant, Ink::Roar].map(|ink| ink.rgb(theme));
    let hue = std::array::from_fn(|c| (0..3).map(|k| f32::from(inks[k][c]) * weights[k]).sum::<f32>() / all)
        .map(|c: f32| c.round() as u8);
    let cover = (0.65 * murmur + chant.sqrt() + roar.sqrt()).min(1.0);
    mix(paper, hue, cover)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_has_the_colour_of_what_people_do_there() {
        for theme in [Theme::Light, Theme::Dark] {
            assert_eq!(of_people(None, theme), Ink::Paper.rgb(theme));
            assert_eq!(of_people(Some([0.0; 3]), theme), Ink::Paper.rgb(theme));
            assert_eq!(of_people(Some([0.0, 1.0, 0.0]), theme), Ink::Chant.rgb(theme));
            assert_eq!(of_people(Some([0.0, 0.0, 1.0]), theme), Ink::Roar.rgb(theme));
            assert_ne!(of_people(Some([0.6, 0.02, 0.0]), theme), of_people(Some([0.6, 0.0, 0.0]), theme));
        }
    }
}
