//! One panel each for what a picture can show.

use super::axes::{Scale, means, round_values, spans};
use super::drawing::{Anchor, Drawing};
use super::font;
use super::heat::{Cells, Heat};
use super::picture::{NORMAL, PanelKind, SMALL};
use super::subject::{Subject, grouped, signed};
use super::theme::Ink;
use crate::analysis::{BANDS, TrackStep};
use crate::engine::{Moment, SPREADING_ROWS};

/// Length of a report's moment, seconds.
const MOMENT_S: f64 = 0.1;
/// Lowest level and loudness shown.
const FLOOR_DB: f64 = -72.0;
const FLOOR_LUFS: f64 = -60.0;
/// A spectrogram shows this much below its loudest spot, dB.
const RANGE_DB: f32 = 66.0;

/// How an entry of a legend is drawn.
#[derive(Clone, Copy)]
enum Key {
    Box(Ink),
    Stroke(Ink, Option<f32>),
}

/// A stretch of the picture.
pub(crate) struct Panel<'s> {
    pub subject: &'s Subject,
    pub time: Scale,
    pub top: f32,
    pub bottom: f32,
    /// Baseline of the heading.
    pub heading: f32,
}

impl Panel<'_> {
    pub fn draw(&self, drawing: &mut Drawing, kind: PanelKind) {
        match kind {
            PanelKind::Intensity => self.intensity(drawing),
            PanelKind::People => self.people(drawing),
            PanelKind::Spreading => self.spreading(drawing),
            PanelKind::Timing => self.timing(drawing),
            PanelKind::Level => self.level(drawing),
            PanelKind::Loudness => self.loudness(drawing),
            PanelKind::Spectrogram => self.spectrogram(drawing),
        }
    }

    /// Where beats begin: above all else, since a spectrogram covers what is below.
    pub fn beats(&self, drawing: &mut Drawing) {
        for beat in &self.subject.beats {
            if beat.start_s > self.time.from && beat.start_s < self.time.to {
                let x = self.time.at(beat.start_s);
                drawing.rule([x, self.top], [x, self.bottom], Ink::Faint, 0.6);
            }
        }
    }

    fn intensity(&self, drawing: &mut Drawing) {
        self.head(
            drawing,
            "Intensity asked and reached",
            &[
                ("intensity", Key::Box(Ink::Intensity)),
                ("people asked to join", Key::Stroke(Ink::Text, Some(5.0))),
                ("people who joined", Key::Stroke(Ink::Chant, None)),
            ],
        );
        let scale = self.scale(0.0, 1.0);
        self.grid(drawing, &scale, &[0.0, 0.5, 1.0], |v| format!("{:.0} %", 100.0 * v));
        let intensity = self.of_moments(|m| f64::from(m.intensity));
        self.fill(drawing, &intensity, &scale, Ink::Intensity, 0.30);
        self.curve(drawing, &self.of_moments(|m| f64::from(m.active)), &scale, (Ink::Chant, 2.0, None));
        self.curve(drawing, &self.of_moments(|m| f64::from(m.asked)), &scale, (Ink::Text, 1.2, Some(5.0)));
    }

    fn people(&self, drawing: &mut Drawing) {
        self.head(
            drawing,
            "Who does what",
            &[
                ("murmuring", Key::Box(Ink::Murmur)),
                ("chanting", Key::Box(Ink::Chant)),
                ("roaring", Key::Box(Ink::Roar)),
            ],
        );
        let all = |m: &Moment| m.murmuring + m.chanting + m.roaring + m.silent;
        let people = self.moments().first().map_or(1, all).max(1);
        let scale = self.scale(0.0, f64::from(people));
        let marks = round_values(0.0, f64::from(people), self.marks(4));
        self.grid(drawing, &scale, &marks, |v| grouped(v as usize));
        // From the whole pile to its lowest layer, each painted over the one before.
        let pile = |m: &Moment, layers: usize| {
            [m.chanting, m.roaring, m.murmuring].iter().take(layers).map(|n| f64::from(*n)).sum::<f64>()
        };
        for (layers, ink) in [(3, Ink::Murmur), (2, Ink::Roar), (1, Ink::Chant)] {
            self.fill(drawing, &self.of_moments(|m| pile(m, layers)), &scale, ink, 1.0);
        }
    }

    fn spreading(&self, drawing: &mut Drawing) {
        self.head(
            drawing,
            "Spreading, metres from the leader",
            &[
                ("murmuring", Key::Box(Ink::Murmur)),
                ("chanting", Key::Box(Ink::Chant)),
                ("roaring", Key::Box(Ink::Roar)),
            ],
        );
        let Some(spreading) = self.subject.spreading() else { return };
        let pixels = self.pixels();
        let span_s = self.time.to - self.time.from;
        let mut cells = vec![None; pixels * SPREADING_ROWS];
        for (x, range) in spans(spreading.len(), spreading.column_s(), span_s, pixels).enumerate() {
            for row in 0..SPREADING_ROWS {
                let shares: Vec<[f32; 3]> = range.clone().filter_map(|c| spreading.shares(c, row)).collect();
                if !shares.is_empty() {
                    let mean = |k: usize| shares.iter().map(|s| s[k]).sum::<f32>() / shares.len() as f32;
                    // The leader's end is the lower one.
                    cells[(SPREADING_ROWS - 1 - row) * pixels + x] = Some([mean(0), mean(1), mean(2)]);
                }
            }
        }
        let heat = Heat { width: pixels as u32, height: SPREADING_ROWS as u32, cells: Cells::People(cells) };
        drawing.image([self.time.start, self.top, pixels as f32, self.bottom - self.top], heat);
        let scale = self.scale(0.0, spreading.farthest_m());
        let marks = round_values(0.0, spreading.farthest_m(), self.marks(4));
        self.ticks(drawing, &scale, &marks, |v| format!("{v} m"));
        self.frame(drawing);
    }

    fn timing(&self, drawing: &mut Drawing) {
        self.head(drawing, "Scatter of onsets", &[("standard deviation", Key::Stroke(Ink::ShortTerm, None))]);
        let spread = self.of_moments(|m| m.spread_ms.map_or(f64::NAN, f64::from));
        let most = spread.iter().flatten().copied().fold(20.0, f64::max);
        let scale = self.scale(0.0, 1.1 * most);
        let marks = round_values(0.0, 1.1 * most, self.marks(4));
        self.grid(drawing, &scale, &marks, |v| format!("{v} ms"));
        self.curve(drawing, &spread, &scale, (Ink::ShortTerm, 2.0, None));
    }

    fn level(&self, drawing: &mut Drawing) {
        let legend = [("mean", Key::Box(Ink::Level)), ("peak", Key::Box(Ink::Peak))];
        self.head(drawing, "Level, dB re full scale", &legend);
        let scale = self.scale(FLOOR_DB, 0.0);
        self.grid(drawing, &scale, &round_values(FLOOR_DB, 0.0, self.marks(5)), |v| signed(v, 0));
        self.fill(drawing, &self.of_steps(|s| s.peak_db, true), &scale, Ink::Peak, 1.0);
        self.fill(drawing, &self.of_steps(|s| s.level_db, false), &scale, Ink::Level, 1.0);
    }

    fn loudness(&self, drawing: &mut Drawing) {
        let integrated = self.subject.track.loudness().integrated_lufs;
        let whole = format!("whole ({} LUFS)", signed(integrated, 1));
        let mut legend = vec![
            ("momentary", Key::Stroke(Ink::Momentary, None)),
            ("short-term", Key::Stroke(Ink::ShortTerm, None)),
        ];
        if integrated.is_finite() {
            legend.push((&whole, Key::Stroke(Ink::Text, Some(5.0))));
        }
        self.head(drawing, "Loudness, LUFS", &legend);
        let scale = self.scale(FLOOR_LUFS, 0.0);
        self.grid(drawing, &scale, &round_values(FLOOR_LUFS, 0.0, self.marks(5)), |v| signed(v, 0));
        self.curve(drawing, &self.of_steps(|s| s.momentary_lufs, false), &scale, (Ink::Momentary, 1.2, None));
        self.curve(
            drawing,
            &self.of_steps(|s| s.short_term_lufs, false),
            &scale,
            (Ink::ShortTerm, 2.0, None),
        );
        if integrated.is_finite() {
            let y = scale.at(integrated);
            let ends = vec![[self.time.start, y], [self.time.end, y]];
            drawing.line(ends, Ink::Text, 1.0, Some(5.0));
        }
    }

    fn spectrogram(&self, drawing: &mut Drawing) {
        self.head(drawing, "Spectrum, power per octave", &[]);
        let spectrogram = &self.subject.spectrogram;
        let levels = spectrogram.levels_db();
        let loudest = levels.iter().flatten().copied().fold(f32::NEG_INFINITY, f32::max);
        let pixels = self.pixels();
        let span_s = self.time.to - self.time.from;
        let mut tones = vec![0.0; pixels * BANDS];
        for (x, range) in spans(levels.len(), spectrogram.column_s(), span_s, pixels).enumerate() {
            let part = &levels[range];
            for band in 0..BANDS {
                let level = part.iter().map(|c| c[band]).fold(f32::NEG_INFINITY, f32::max);
                let tone = (level - loudest + RANGE_DB) / RANGE_DB;
                tones[(BANDS - 1 - band) * pixels + x] =
                    if tone.is_finite() { tone.clamp(0.0, 1.0) } else { 0.0 };
            }
        }
        let heat = Heat { width: pixels as u32, height: BANDS as u32, cells: Cells::Tones(tones) };
        drawing.image([self.time.start, self.top, pixels as f32, self.bottom - self.top], heat);
        let [low, high] = spectrogram.range_hz();
        let scale = self.scale(crate::math::ln(low), crate::math::ln(high));
        let hz = [100.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16_000.0];
        let every = if self.bottom - self.top < 110.0 { 2 } else { 1 };
        let marks: Vec<f64> =
            hz.into_iter().filter(|hz| *hz <= high).step_by(every).map(crate::math::ln).collect();
        self.ticks(drawing, &scale, &marks, |v| {
            let hz = crate::math::exp(v).round();
            if hz < 1000.0 { format!("{hz} Hz") } else { format!("{} kHz", hz / 1000.0) }
        });
        self.frame(drawing);
    }

    // What all share.

    fn moments(&self) -> &[Moment] {
        self.subject.report.as_ref().map_or(&[], |report| &report.moments)
    }

    fn pixels(&self) -> usize {
        ((self.time.end - self.time.start) as usize).max(1)
    }

    /// How many marks the height has room for.
    fn marks(&self, most: usize) -> usize {
        (((self.bottom - self.top) / 22.0) as usize).clamp(1, most)
    }

    fn scale(&self, from: f64, to: f64) -> Scale {
        Scale { from, to, start: self.bottom, end: self.top }
    }

    fn of_moments(&self, value: impl Fn(&Moment) -> f64) -> Vec<Option<f64>> {
        let values: Vec<f64> = self.moments().iter().map(value).collect();
        means(&values, MOMENT_S, self.time.to - self.time.from, self.pixels())
    }

    /// Levels: the mean in dB, or the highest; silence is the floor of any scale.
    fn of_steps(&self, value: impl Fn(&TrackStep) -> f64, highest: bool) -> Vec<Option<f64>> {
        let track = &self.subject.track;
        let values: Vec<f64> = track.steps().iter().map(|s| value(s).max(-200.0)).collect();
        let span_s = self.time.to - self.time.from;
        if !highest {
            return means(&values, track.step_s(), span_s, self.pixels());
        }
        spans(values.len(), track.step_s(), span_s, self.pixels())
            .map(|range| values.get(range)?.iter().copied().max_by(f64::total_cmp))
            .collect()
    }

    /// Runs of pixels that have a value, as points.
    fn runs(&self, values: &[Option<f64>], scale: &Scale) -> Vec<Vec<[f32; 2]>> {
        let mut runs = vec![Vec::new()];
        for (pixel, value) in values.iter().enumerate() {
            match (value, runs.last_mut()) {
                (Some(value), Some(run)) => {
                    run.push([self.time.start + pixel as f32 + 0.5, scale.at(*value)]);
                }
                (None, Some(run)) if !run.is_empty() => runs.push(Vec::new()),
                _ => {}
            }
        }
        runs
    }

    fn curve(
        &self,
        drawing: &mut Drawing,
        values: &[Option<f64>],
        scale: &Scale,
        (ink, width, dash): (Ink, f32, Option<f32>),
    ) {
        for run in self.runs(values, scale) {
            drawing.line(run, ink, width, dash);
        }
    }

    fn fill(&self, drawing: &mut Drawing, values: &[Option<f64>], scale: &Scale, ink: Ink, opacity: f32) {
        for mut run in self.runs(values, scale) {
            let (Some(first), Some(last)) = (run.first().copied(), run.last().copied()) else { continue };
            run.insert(0, [first[0] - 0.5, self.bottom]);
            run.insert(1, [first[0] - 0.5, first[1]]);
            run.push([last[0] + 0.5, last[1]]);
            run.push([last[0] + 0.5, self.bottom]);
            drawing.area(run, ink, opacity);
        }
    }

    fn grid(&self, drawing: &mut Drawing, scale: &Scale, marks: &[f64], text: impl Fn(f64) -> String) {
        for mark in marks {
            let y = scale.at(*mark);
            drawing.rule([self.time.start, y], [self.time.end, y], Ink::Grid, 1.0);
        }
        self.ticks(drawing, scale, marks, text);
    }

    fn ticks(&self, drawing: &mut Drawing, scale: &Scale, marks: &[f64], text: impl Fn(f64) -> String) {
        for mark in marks {
            let y = scale.at(*mark);
            drawing.rule([self.time.start - 4.0, y], [self.time.start, y], Ink::Faint, 1.0);
            // The highest and lowest words stay beside their own panel.
            let y = (y + 4.0).clamp(self.top + 5.0, self.bottom + 3.0);
            drawing.text([self.time.start - 7.0, y], text(*mark), SMALL, Ink::Faint, Anchor::End);
        }
    }

    fn frame(&self, drawing: &mut Drawing) {
        let [left, right] = [self.time.start, self.time.end];
        let corners = vec![
            [left, self.top],
            [right, self.top],
            [right, self.bottom],
            [left, self.bottom],
            [left, self.top],
        ];
        drawing.line(corners, Ink::Grid, 1.0, None);
    }

    /// Heading at the left, legend at the right; narrow pictures do without a legend that does not fit.
    fn head(&self, drawing: &mut Drawing, title: &str, legend: &[(&str, Key)]) {
        drawing.bold([self.time.start, self.heading], title, NORMAL);
        let left = self.time.start + 1.1 * font::width(title, NORMAL, true) + 20.0;
        let mut x = self.time.end;
        for (name, key) in legend.iter().rev() {
            // The reader's typeface may be wider than ours.
            let width = 1.1 * font::width(name, SMALL, false);
            if x - width - 24.0 < left {
                break;
            }
            x -= width;
            drawing.text([x, self.heading], *name, SMALL, Ink::Faint, Anchor::Start);
            x -= 24.0;
            let y = self.heading - 4.0;
            match key {
                Key::Box(ink) => drawing.rect([x + 6.0, y - 4.5, 12.0, 9.0], *ink),
                Key::Stroke(ink, dash) => drawing.line(vec![[x, y], [x + 18.0, y]], *ink, 2.0, *dash),
            }
            x -= 12.0;
        }
    }
}
