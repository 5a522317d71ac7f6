//! A drawing: marks with roles in the order of painting, in pixels from the upper left corner.
//!
//! Owns the list. Does not know formats: `svg` and `png` paint it.

use super::heat::Heat;
use super::theme::Ink;

/// Where the given point of a text lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// One mark.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    /// A filled rectangle.
    Rect { x: f32, y: f32, width: f32, height: f32, ink: Ink },
    /// A line through points; `dash`: lengths of strokes and gaps.
    Line { points: Vec<[f32; 2]>, ink: Ink, width: f32, dash: Option<f32> },
    /// A filled outline.
    Area { points: Vec<[f32; 2]>, ink: Ink, opacity: f32 },
    /// Words on a baseline.
    Text { x: f32, y: f32, text: String, size: f32, ink: Ink, anchor: Anchor, bold: bool },
    /// A raster stretched over a rectangle.
    Image { x: f32, y: f32, width: f32, height: f32, heat: Heat },
}

/// A finished picture, not yet in any format.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// What it shows, for those who do not see it.
    pub title: String,
    /// The same in a few sentences.
    pub description: String,
    pub(crate) marks: Vec<Mark>,
}

impl Drawing {
    pub(crate) fn new(width: u32, height: u32, title: String) -> Self {
        Self { width, height, title, description: String::new(), marks: Vec::new() }
    }

    pub(crate) fn rect(&mut self, [x, y, width, height]: [f32; 4], ink: Ink) {
        self.marks.push(Mark::Rect { x, y, width, height, ink });
    }

    pub(crate) fn rule(&mut self, from: [f32; 2], to: [f32; 2], ink: Ink, width: f32) {
        self.marks.push(Mark::Line { points: vec![from, to], ink, width, dash: None });
    }

    pub(crate) fn line(&mut self, points: Vec<[f32; 2]>, ink: Ink, width: f32, dash: Option<f32>) {
        if points.len() > 1 {
            self.marks.push(Mark::Line { points: thinned(points), ink, width, dash });
        }
    }

    pub(crate) fn area(&mut self, points: Vec<[f32; 2]>, ink: Ink, opacity: f32) {
        if points.len() > 2 {
            self.marks.push(Mark::Area { points: thinned(points), ink, opacity });
        }
    }

    pub(crate) fn text(
        &mut self,
        [x, y]: [f32; 2],
        text: impl Into<String>,
        size: f32,
        ink: Ink,
        anchor: Anchor,
    ) {
        self.marks.push(Mark::Text { x, y, text: text.into(), size, ink, anchor, bold: false });
    }

    pub(crate) fn bold(&mut self, [x, y]: [f32; 2], text: impl Into<String>, size: f32) {
        let (ink, anchor) = (Ink::Text, Anchor::Start);
        self.marks.push(Mark::Text { x, y, text: text.into(), size, ink, anchor, bold: true });
    }

    pub(crate) fn image(&mut self, [x, y, width, height]: [f32; 4], heat: Heat) {
        self.marks.push(Mark::Image { x, y, width, height, heat });
    }
}

/// Leaves out points that lie on the straight line between their neighbours.
fn thinned(points: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    /// Nobody sees less, pixels.
    const SLACK: f32 = 0.05;
    let mut kept: Vec<[f32; 2]> = Vec::with_capacity(points.len());
    let mut waiting: Option<[f32; 2]> = None;
    for point in points {
        if let (Some(middle), Some(&from)) = (waiting, kept.last()) {
            let (a, b) =
                ([middle[0] - from[0], middle[1] - from[1]], [point[0] - from[0], point[1] - from[1]]);
            let apart = (a[0] * b[1] - a[1] * b[0]).abs() / b[0].hypot(b[1]).max(1e-6);
            let forward = a[0] * b[0] + a[1] * b[1] > 0.0;
            if apart > SLACK || !forward {
                kept.push(middle);
            }
        } else if let Some(first) = waiting {
            kept.push(first);
        }
        waiting = Some(point);
    }
    kept.extend(waiting);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_runs_need_two_points_and_corners_stay() {
        let points = vec![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [2.0, 5.0], [2.0, 9.0]];
        assert_eq!(thinned(points), [[0.0, 0.0], [2.0, 0.0], [2.0, 9.0]]);
    }
}
