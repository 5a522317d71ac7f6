//! What a picture is of: the figures of a performance, or of any sound.

use crate::analysis::{AnalysisError, Spectrogram, Track};
use crate::engine::{Report, Spreading};
use crate::units::SampleRate;

/// A named stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct BeatSpan {
    /// Name; may be empty.
    pub name: String,
    /// First second.
    pub start_s: f64,
    /// Second after the last.
    pub end_s: f64,
}

/// Everything that can be drawn of one performance or one file.
pub struct Subject {
    /// Headline.
    pub title: String,
    /// A line below it.
    pub notes: String,
    /// First second of the picture, on the scene's clock.
    pub from_s: f64,
    /// Named stretches.
    pub beats: Vec<BeatSpan>,
    /// What the crowd did; absent for a file.
    pub report: Option<Report>,
    /// Level and loudness.
    pub track: Track,
    /// Spectrum over time.
    pub spectrogram: Spectrogram,
}

impl Subject {
    /// Starts a subject whose sound begins at `from_s`; give it the sound with [`Subject::hear`].
    ///
    /// # Errors
    /// As [`Track::new`].
    pub fn new(title: &str, from_s: f64, channels: usize, rate: SampleRate) -> Result<Self, AnalysisError> {
        Ok(Self {
            title: title.to_owned(),
            notes: String::new(),
            from_s,
            beats: Vec::new(),
            report: None,
            track: Track::new(channels, rate)?,
            spectrogram: Spectrogram::new(channels, rate),
        })
    }

    /// Takes the next block of sound, one slice per channel, all of one length.
    ///
    /// # Errors
    /// As [`Track::push`].
    pub fn hear(&mut self, block: &[&[f32]]) -> Result<(), AnalysisError> {
        self.track.push(block)?;
        self.spectrogram.push(block);
        Ok(())
    }

    /// Adds what the crowd did: beats, people and a line of figures.
    pub fn tell(&mut self, report: Report) {
        self.beats = report
            .beats
            .iter()
            .map(|b| BeatSpan { name: b.name.clone(), start_s: b.start_s, end_s: b.start_s + b.seconds })
            .collect();
        let mut notes = vec![format!("“{}”", report.phrase), format!("{} people", grouped(report.people))];
        notes.extend(figures(report.integrated_lufs, report.true_peak_dbtp));
        notes.push(format!("seed {}", report.seed));
        self.notes = notes.join(" · ");
        self.report = Some(report);
    }

    /// Adds the line of figures of a sound that is not a performance.
    pub fn describe(&mut self, format: &str) {
        let loudness = self.track.loudness();
        let finite = |x: f64| x.is_finite().then_some(x);
        let mut notes = vec![format.to_owned()];
        notes.extend(figures(finite(loudness.integrated_lufs), finite(loudness.true_peak_dbtp)));
        if self.track.seconds() >= 60.0 {
            notes.push(format!("range {:.1} LU", loudness.range_lu));
        }
        self.notes = notes.join(" · ");
    }

    pub(crate) fn to_s(&self) -> f64 {
        self.from_s + self.track.seconds()
    }

    pub(crate) fn spreading(&self) -> Option<&Spreading> {
        self.report.as_ref().map(|report| &report.spreading).filter(|s| !s.is_empty())
    }
}

fn figures(lufs: Option<f64>, peak_dbtp: Option<f64>) -> Vec<String> {
    match (lufs, peak_dbtp) {
        (None, None) => vec!["silence".into()],
        _ => {
            let lufs = lufs.map(|lufs| format!("{} LUFS", signed(lufs, 1)));
            let peak = peak_dbtp.map(|peak| format!("peak {} dBTP", signed(peak, 1)));
            lufs.into_iter().chain(peak).collect()
        }
    }
}

/// A number with a real minus sign.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    text.replace('-', "−")
}

/// A whole number in groups of three.
pub(crate) fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
