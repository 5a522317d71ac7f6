//! Paints a drawing into a PNG.

use tiny_skia::{
    FillRule, FilterQuality, LineCap, LineJoin, Paint, PathBuilder, Pixmap, PixmapPaint, Rect, Stroke,
    StrokeDash, Transform,
};

use super::drawing::{Anchor, Drawing, Mark};
use super::font::{self, Pen};
use super::heat::Heat;
use super::picture::PlotError;
use super::theme::{Ink, Theme};

/// Paints a drawing; each pixel of it becomes `scale` × `scale` pixels of the file.
///
/// # Errors
/// [`PlotError::TooLarge`] if there is no such picture.
pub fn png(drawing: &Drawing, theme: Theme, scale: f32) -> Result<Vec<u8>, PlotError> {
    let too_large = || PlotError::TooLarge { width: drawing.width, height: drawing.height };
    let size = |length: u32| (length as f32 * scale).round() as u32;
    let mut pixmap = Pixmap::new(size(drawing.width), size(drawing.height)).ok_or_else(too_large)?;
    let [red, green, blue] = Ink::Paper.rgb(theme);
    pixmap.fill(tiny_skia::Color::from_rgba8(red, green, blue, 255));
    let transform = Transform::from_scale(scale, scale);
    for mark in &drawing.marks {
        paint(&mut pixmap, mark, theme, transform);
    }
    // Paper covers everything, so that nothing is translucent.
    let rgb: Vec<u8> = pixmap.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    Ok(encode(pixmap.width(), pixmap.height(), ::png::ColorType::Rgb, &rgb))
}

/// Encodes pixels. Memory is the only sink, so that nothing can fail; an empty file if the sizes contradict.
pub(crate) fn encode(width: u32, height: u32, colour: ::png::ColorType, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, width.max(1), height.max(1));
    encoder.set_color(colour);
    encoder.set_depth(::png::BitDepth::Eight);
    encoder.set_compression(::png::Compression::High);
    encoder.set_filter(::png::Filter::Adaptive);
    if let Ok(mut writer) = encoder.write_header() {
        let _ = writer.write_image_data(pixels);
        let _ = writer.finish();
    }
    bytes
}

fn colour(ink: Ink, opacity: f32, theme: Theme) -> Paint<'static> {
    let [red, green, blue] = ink.rgb(theme);
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, (opacity * 255.0).round() as u8);
    paint
}

fn paint(pixmap: &mut Pixmap, mark: &Mark, theme: Theme, transform: Transform) {
    match mark {
        Mark::Rect { x, y, width, height, ink } => {
            if let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) {
                pixmap.fill_rect(rect, &colour(*ink, 1.0, theme), transform, None);
            }
        }
        Mark::Line { points, ink, width, dash } => {
            let stroke = Stroke {
                width: *width,
                line_cap: LineCap::Butt,
                line_join: LineJoin::Round,
                dash: dash.and_then(|d| StrokeDash::new(vec![d, 0.7 * d], 0.0)),
                ..Stroke::default()
            };
            if let Some(path) = outline(points, false) {
                pixmap.stroke_path(&path, &colour(*ink, 1.0, theme), &stroke, transform, None);
            }
        }
        Mark::Area { points, ink, opacity } => {
            if let Some(path) = outline(points, true) {
                let paint = colour(*ink, *opacity, theme);
                pixmap.fill_path(&path, &paint, FillRule::Winding, transform, None);
            }
        }
        Mark::Text { x, y, text, size, ink, anchor, bold } => {
            let width = font::width(text, *size, *bold);
            let x = match anchor {
                Anchor::Start => *x,
                Anchor::Middle => x - 0.5 * width,
                Anchor::End => x - width,
            };
            let mut path = Outline(PathBuilder::new());
            font::draw(text, [x, *y], *size, *bold, &mut path);
            if let Some(path) = path.0.finish() {
                pixmap.fill_path(&path, &colour(*ink, 1.0, theme), FillRule::Winding, transform, None);
            }
        }
        Mark::Image { x, y, width, height, heat } => {
            let Some(image) = pixels(heat, theme) else { return };
            let (sx, sy) = (width / heat.width as f32, height / heat.height as f32);
            let place = transform.pre_translate(*x, *y).pre_scale(sx, sy);
            let paint = PixmapPaint { quality: FilterQuality::Bilinear, ..PixmapPaint::default() };
            pixmap.draw_pixmap(0, 0, image.as_ref(), &paint, place, None);
        }
    }
}

fn pixels(heat: &Heat, theme: Theme) -> Option<Pixmap> {
    let mut image = Pixmap::new(heat.width, heat.height)?;
    for (to, from) in image.data_mut().chunks_exact_mut(4).zip(heat.rgb(theme).chunks_exact(3)) {
        to[..3].copy_from_slice(from);
        to[3] = 255;
    }
    Some(image)
}

fn outline(points: &[[f32; 2]], closed: bool) -> Option<tiny_skia::Path> {
    let mut path = PathBuilder::new();
    let (first, rest) = points.split_first()?;
    path.move_to(first[0], first[1]);
    rest.iter().for_each(|p| path.line_to(p[0], p[1]));
    if closed {
        path.close();
    }
    path.finish()
}

struct Outline(PathBuilder);

impl Pen for Outline {
    fn start(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }
    fn line(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }
    fn quad(&mut self, p: [f32; 4]) {
        self.0.quad_to(p[0], p[1], p[2], p[3]);
    }
    fn cubic(&mut self, p: [f32; 6]) {
        self.0.cubic_to(p[0], p[1], p[2], p[3], p[4], p[5]);
    }
    fn close(&mut self) {
        self.0.close();
    }
}
