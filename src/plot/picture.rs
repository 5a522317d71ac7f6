//! A whole picture: headline, beats, panels one below the other, one axis of time.

use super::axes::{Scale, times};
use super::drawing::{Anchor, Drawing};
use super::font;
use super::panels;
use super::subject::Subject;
use super::theme::Ink;

/// What a panel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanelKind {
    /// Intensity asked for; share of people asked and reached.
    Intensity,
    /// How many murmur, chant, roar.
    People,
    /// Who does what at which distance from the leader.
    Spreading,
    /// Scatter of onsets.
    Timing,
    /// Level and peak.
    Level,
    /// Momentary, short-term and integrated loudness.
    Loudness,
    /// Spectrum over time.
    Spectrogram,
}

impl PanelKind {
    /// All of them with their names, from top to bottom.
    pub const ALL: [(&'static str, Self); 7] = [
        ("intensity", Self::Intensity),
        ("people", Self::People),
        ("spreading", Self::Spreading),
        ("timing", Self::Timing),
        ("level", Self::Level),
        ("loudness", Self::Loudness),
        ("spectrogram", Self::Spectrogram),
    ];

    /// What is shown of a performance if nothing else is asked for.
    pub const OF_A_SCENE: [Self; 5] =
        [Self::Intensity, Self::People, Self::Spreading, Self::Level, Self::Spectrogram];

    /// What can be shown of a sound file.
    pub const OF_A_SOUND: [Self; 3] = [Self::Level, Self::Loudness, Self::Spectrogram];

    /// Height that suits it, pixels.
    fn height(self) -> f32 {
        match self {
            Self::Intensity | Self::People | Self::Level | Self::Loudness => 110.0,
            Self::Timing => 80.0,
            Self::Spreading | Self::Spectrogram => 180.0,
        }
    }
}

/// Size and contents of a picture.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels; what suits the panels when absent.
    pub height: Option<u32>,
    /// Panels from top to bottom.
    pub panels: Vec<PanelKind>,
}

impl Layout {
    /// Width if nothing else is asked for, pixels.
    pub const WIDTH: u32 = 1200;
    /// Narrowest and widest, lowest and highest, pixels.
    pub const RANGE: (u32, u32) = (320, 8000);

    /// Where the panels begin and end, shares of the width.
    pub fn panel_ends(&self) -> [f64; 2] {
        let width = f64::from(self.width);
        [f64::from(MARGIN.0) / width, 1.0 - f64::from(MARGIN.1) / width]
    }

    /// Finds out whether such a picture can be drawn. `people`: whether it is of a performance.
    ///
    /// # Errors
    /// [`PlotError`]
    pub fn check(&self, people: bool) -> Result<(), PlotError> {
        let of_people = |p: &&PanelKind| !PanelKind::OF_A_SOUND.contains(p);
        if let Some(kind) = self.panels.iter().find(of_people).filter(|_| !people) {
            let name = PanelKind::ALL.iter().find(|(_, k)| k == kind).map_or("", |(name, _)| name);
            return Err(PlotError::NoPeople { name });
        }
        // Beats may need every line of names.
        self.stretch(TOP + LANES as f32 * LANE).map(drop)
    }

    fn fixed(&self, top: f32) -> f32 {
        top + self.panels.len() as f32 * (HEADING + GAP) + FOOT
    }

    fn natural(&self) -> f32 {
        self.panels.iter().map(|p| p.height()).sum::<f32>().max(1.0)
    }

    /// By how much panels are higher than suits them.
    fn stretch(&self, top: f32) -> Result<f32, PlotError> {
        let Some(height) = self.height else { return Ok(1.0) };
        let (fixed, natural) = (self.fixed(top), self.natural());
        let stretch = (height as f32 - fixed) / natural;
        let lowest = self.panels.iter().map(|p| p.height()).fold(f32::INFINITY, f32::min);
        if stretch * lowest >= LEAST {
            return Ok(stretch);
        }
        Err(PlotError::TooLow { height, least: (fixed + natural * LEAST / lowest).ceil() as u32 })
    }
}

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// A panel about people for a sound that nobody knows anything about.
    #[error("a sound file does not tell who did what: no panel `{name}`")]
    NoPeople {
        /// Name of the panel.
        name: &'static str,
    },
    /// The panels would be flatter than a word.
    #[error("{height} pixels are too low for these panels: at least {least}")]
    TooLow {
        /// Height asked for.
        height: u32,
        /// Least height.
        least: u32,
    },
    /// More pixels than memory should hold.
    #[error("a picture of {width} x {height} pixels is too large")]
    TooLarge {
        /// Width.
        width: u32,
        /// Height.
        height: u32,
    },
    /// There is no sound.
    #[error("there is no sound to draw")]
    Empty,
}

/// Margins left and right of the panels, pixels.
const MARGIN: (f32, f32) = (58.0, 18.0);
/// Baselines of headline and notes, pixels.
const HEADLINE: (f32, f32) = (30.0, 50.0);
/// Where names of beats, or the panels without any, begin.
const TOP: f32 = HEADLINE.1 + 12.0;
/// Room for a panel's heading, and below a panel.
const HEADING: f32 = 22.0;
const GAP: f32 = 10.0;
/// Room for the times at the bottom.
const FOOT: f32 = 26.0;
/// Height of one line of names of beats.
const LANE: f32 = 15.0;
/// Lines of names at most.
const LANES: usize = 3;
/// Lowest panel.
const LEAST: f32 = 24.0;

/// Sizes of letters.
pub(crate) const SMALL: f32 = 11.0;
pub(crate) const NORMAL: f32 = 12.5;

/// Draws a subject.
///
/// # Errors
/// [`PlotError`]
pub fn picture(subject: &Subject, layout: &Layout) -> Result<Drawing, PlotError> {
    layout.check(subject.report.is_some())?;
    if subject.to_s() <= subject.from_s {
        return Err(PlotError::Empty);
    }
    let width = layout.width as f32;
    let time = Scale { from: subject.from_s, to: subject.to_s(), start: MARGIN.0, end: width - MARGIN.1 };
    let names = lanes(subject, &time);
    let lines = names.iter().map(|name| name.lane + 1).max().unwrap_or(0);
    let top = TOP + lines as f32 * LANE;
    let height = layout.height.map_or(layout.fixed(top) + layout.natural(), |h| h as f32).round();
    let stretch = layout.stretch(top)?;
    let mut drawing = Drawing::new(layout.width, height as u32, subject.title.clone());
    drawing.description = description(subject);
    head(&mut drawing, subject, width);
    let bottom = height - FOOT;
    bands(&mut drawing, subject, &time, [top, bottom]);
    for name in &names {
        let y = HEADLINE.1 + 18.0 + name.lane as f32 * LANE;
        drawing.text([name.x, y], name.text.clone(), SMALL, Ink::Text, Anchor::Start);
        drawing.rule([name.at, y - 10.0], [name.at, top - 2.0], Ink::Grid, 1.0);
    }
    let mut y = top;
    for kind in &layout.panels {
        let panel = panels::Panel {
            subject,
            time,
            top: y + HEADING,
            bottom: y + HEADING + kind.height() * stretch,
            heading: y + HEADING - 7.0,
        };
        panel.draw(&mut drawing, *kind);
        panel.beats(&mut drawing);
        y = panel.bottom + GAP;
    }
    let most = ((width - MARGIN.0 - MARGIN.1) / 70.0) as usize;
    for (at, text) in times(time.from, time.to, most) {
        let x = time.at(at);
        drawing.rule([x, y - GAP], [x, y - GAP + 5.0], Ink::Faint, 1.0);
        // Words at the edges stay inside.
        let half = 0.5 * font::width(&text, SMALL, false);
        let x = x.clamp(half + 2.0, width - half - 2.0);
        drawing.text([x, y - GAP + 18.0], text, SMALL, Ink::Faint, Anchor::Middle);
    }
    Ok(drawing)
}

fn head(drawing: &mut Drawing, subject: &Subject, width: f32) {
    let room = width - MARGIN.0 - MARGIN.1;
    drawing.bold([MARGIN.0, HEADLINE.0], font::fitted(&subject.title, 19.0, true, room), 19.0);
    let notes = font::fitted(&subject.notes, NORMAL, false, room);
    drawing.text([MARGIN.0, HEADLINE.1], notes, NORMAL, Ink::Faint, Anchor::Start);
}

/// Every second beat is shaded, so that an eye finds its way down the panels.
fn bands(drawing: &mut Drawing, subject: &Subject, time: &Scale, [top, bottom]: [f32; 2]) {
    for beat in subject.beats.iter().skip(1).step_by(2) {
        let (from, to) = (time.at(beat.start_s), time.at(beat.end_s));
        if to > from {
            drawing.rect([from, top, to - from, bottom - top], Ink::Band);
        }
    }
}

struct Name {
    text: String,
    /// Where the beat begins, and where its name does, pixels.
    at: f32,
    x: f32,
    lane: usize,
}

/// Names of beats in as few lines as they need without touching each other.
fn lanes(subject: &Subject, time: &Scale) -> Vec<Name> {
    let mut free = [f32::NEG_INFINITY; LANES];
    let mut names = Vec::new();
    for beat in &subject.beats {
        if beat.end_s <= time.from || beat.start_s >= time.to || beat.name.is_empty() {
            continue;
        }
        let at = time.at(beat.start_s);
        let text = font::fitted(&beat.name, SMALL, false, 160.0);
        let width = font::width(&text, SMALL, false);
        let x = (at + 4.0).min(time.end - width);
        // Without any free line the shading still shows the beat.
        let Some(lane) = free.iter().position(|end| *end <= x) else { continue };
        // A little more than the typeface here needs: that of the reader may be wider.
        free[lane] = x + 1.12 * width + 8.0;
        names.push(Name { text, at, x, lane });
    }
    names
}

/// The picture in words.
fn description(subject: &Subject) -> String {
    let mut text = format!("{}. ", subject.notes);
    if !subject.beats.is_empty() {
        let beats: Vec<String> = subject
            .beats
            .iter()
            .map(|b| format!("{} from {}", b.name, super::axes::clock(b.start_s)))
            .collect();
        text += &format!("Beats: {}.", beats.join(", "));
    }
    text
}
