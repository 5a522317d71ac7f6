//! Letters: widths and outlines of the typeface that travels inside the program, so that a PNG has words on a
//! machine without fonts.
//!
//! The typeface is M+ 1 (SIL Open Font License 1.1, see `font/OFL.txt`), cut down to Latin, kana and the signs that
//! pictures need.

use std::sync::OnceLock;

use ttf_parser::{Face, GlyphId, OutlineBuilder};

static REGULAR: &[u8] = include_bytes!("font/regular.otf");
static SEMIBOLD: &[u8] = include_bytes!("font/semibold.otf");

/// Shown for letters that the typeface lacks.
const MISSING: char = '?';

/// The face of a weight; `None` only if the file inside the program were damaged.
fn face(bold: bool) -> Option<&'static Face<'static>> {
    static FACES: OnceLock<[Option<Face<'static>>; 2]> = OnceLock::new();
    let faces = FACES.get_or_init(|| [REGULAR, SEMIBOLD].map(|data| Face::parse(data, 0).ok()));
    faces[usize::from(bold)].as_ref()
}

fn glyph(face: &Face<'_>, letter: char) -> Option<GlyphId> {
    face.glyph_index(letter).or_else(|| face.glyph_index(MISSING))
}

/// Width of words, pixels at `size` pixels to the em.
pub(crate) fn width(text: &str, size: f32, bold: bool) -> f32 {
    let Some(face) = face(bold) else { return text.chars().count() as f32 * size * 0.6 };
    let scale = size / f32::from(face.units_per_em());
    let advance = |letter| glyph(face, letter).and_then(|id| face.glyph_hor_advance(id)).unwrap_or(0);
    text.chars().map(|letter| f32::from(advance(letter)) * scale).sum()
}

/// Words cut to fit a width, with an ellipsis if something is missing.
pub(crate) fn fitted(text: &str, size: f32, bold: bool, most: f32) -> String {
    if width(text, size, bold) <= most {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        short.push(letter);
        if width(&short, size, bold) + width("…", size, bold) > most {
            short.pop();
            break;
        }
    }
    short.trim_end().to_owned() + "…"
}

/// Takes outlines.
pub(crate) trait Pen {
    /// Starts a contour.
    fn start(&mut self, x: f32, y: f32);
    /// A straight line.
    fn line(&mut self, x: f32, y: f32);
    /// A curve with one control point.
    fn quad(&mut self, points: [f32; 4]);
    /// A curve with two control points.
    fn cubic(&mut self, points: [f32; 6]);
    /// Closes the contour.
    fn close(&mut self);
}

/// Draws words with their baseline from `x`, `y` to the right.
pub(crate) fn draw(text: &str, [x, y]: [f32; 2], size: f32, bold: bool, pen: &mut dyn Pen) {
    let Some(face) = face(bold) else { return };
    let scale = size / f32::from(face.units_per_em());
    let mut at = x;
    for letter in text.chars() {
        let Some(id) = glyph(face, letter) else { continue };
        face.outline_glyph(id, &mut Placed { pen, at, y, scale });
        at += f32::from(face.glyph_hor_advance(id).unwrap_or(0)) * scale;
    }
}

struct Placed<'p> {
    pen: &'p mut dyn Pen,
    at: f32,
    y: f32,
    scale: f32,
}

impl Placed<'_> {
    fn x(&self, x: f32) -> f32 {
        self.at + x * self.scale
    }
    fn y(&self, y: f32) -> f32 {
        self.y - y * self.scale
    }
}

impl OutlineBuilder for Placed<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.pen.start(self.x(x), self.y(y));
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.pen.line(self.x(x), self.y(y));
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.pen.quad([self.x(x1), self.y(y1), self.x(x), self.y(y)]);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.pen.cubic([self.x(x1), self.y(y1), self.x(x2), self.y(y2), self.x(x), self.y(y)]);
    }
    fn close(&mut self) {
        self.pen.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_and_kana_have_letters() {
        for bold in [false, true] {
            let face = face(bold).unwrap();
            for letter in "COME ON, ALL MIGHT! äéßø 0123456789 −–…·× がんばれ ウォー?".chars()
            {
                assert!(face.glyph_index(letter).is_some(), "{letter}");
            }
        }
    }

    #[test]
    fn what_is_too_wide_is_cut() {
        let wide = width("one-by-one", 12.0, false);
        assert!((50.0..80.0).contains(&wide), "{wide}");
        assert_eq!(fitted("one-by-one", 12.0, false, wide), "one-by-one");
        let short = fitted("one-by-one", 12.0, false, 40.0);
        assert!(short.ends_with('…') && width(&short, 12.0, false) <= 40.0, "{short}");
    }
}
