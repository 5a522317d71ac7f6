//! What is heard, on its way past the control side: meters, recordings, a report.
//!
//! Owns the files of recordings and the figures. Does not own the sound, which goes on without a listener.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rtrb::Consumer;

use crate::analysis::LoudnessMeter;
use crate::engine::Reporter;
use crate::output::{Format, Info, OutputError, WavWriter};
use crate::units::SampleRate;

use super::action::Switch;

/// Frames that are looked at together.
const BLOCK: usize = 1024;

/// The least time between the beginnings of two recordings: a flood of requests does not fill a folder.
const REST: Duration = Duration::from_secs(1);

/// Where recordings go.
#[derive(Clone, Debug)]
pub struct RecordTo {
    /// The file; a number is put behind the name of the second and later ones.
    pub path: PathBuf,
    /// The user named the file: it may be replaced.
    pub named: bool,
    /// How samples are stored.
    pub format: Format,
    /// What is said about it in the file.
    pub info: Info,
    /// For the dither.
    pub seed: u64,
}

/// What is heard, measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meters {
    /// Highest sample of the last tenth of a second, left and right, linear.
    pub peak: [f32; 2],
    /// Highest sample so far, linear.
    pub top: f32,
    /// Loudness of the last 400 ms, LUFS.
    pub momentary_lufs: f64,
    /// Loudness of the last 3 s, LUFS.
    pub short_term_lufs: f64,
    /// Loudness so far, LUFS.
    pub integrated_lufs: f64,
}

/// Who listens.
pub(super) struct Hearing {
    heard: Consumer<[f32; 2]>,
    rate: SampleRate,
    loudness: Option<LoudnessMeter>,
    meters: Meters,
    window: u64,
    record_to: RecordTo,
    recorder: Option<(WavWriter, String)>,
    recordings: usize,
    begun: Option<Instant>,
    held_up: bool,
}

impl Hearing {
    /// Hears `heard`, frame by frame.
    pub fn new(heard: Consumer<[f32; 2]>, rate: SampleRate, record_to: RecordTo) -> Self {
        Self {
            heard,
            rate,
            loudness: LoudnessMeter::new(2, rate).ok(),
            meters: Meters::default(),
            window: 0,
            record_to,
            recorder: None,
            recordings: 0,
            begun: None,
            held_up: false,
        }
    }

    pub fn meters(&self) -> &Meters {
        &self.meters
    }

    /// The file that is being recorded.
    pub fn recording(&self) -> Option<&str> {
        self.recorder.as_ref().map(|(_, name)| name.as_str())
    }

    /// True once after more was heard than could be kept: a recording has a gap there.
    pub fn take_held_up(&mut self) -> bool {
        std::mem::take(&mut self.held_up)
    }

    /// Begins or ends a recording; returns what there is to say, and whether something has changed.
    ///
    /// # Errors
    /// [`OutputError`], if the file cannot be written.
    pub fn record(&mut self, switch: Switch) -> Result<(String, bool), OutputError> {
        let on = switch.after(self.recorder.is_some());
        match (on, self.recorder.take()) {
            (true, Some(running)) => {
                let said = format!("recording {} already", running.1);
                self.recorder = Some(running);
                Ok((said, false))
            }
            (true, None) if self.begun.is_some_and(|begun| begun.elapsed() < REST) => {
                Ok(("not recording: the last recording has only just begun".into(), false))
            }
            (true, None) => {
                let RecordTo { path, named, format, info, seed } = &self.record_to;
                // Only a file that was named is replaced, never a take of an earlier show.
                while (self.recordings > 0 || !named) && numbered(path, self.recordings).exists() {
                    self.recordings += 1;
                }
                let path = numbered(path, self.recordings);
                // The length is unknown: an hour decides the kind of header.
                let writer = WavWriter::create(&path, *format, info, format.rate.frames(3600.0), *seed)?;
                self.recordings += 1;
                self.begun = Some(Instant::now());
                let name = path.display().to_string();
                let said = format!("recording {name}");
                self.recorder = Some((writer, name));
                Ok((said, true))
            }
            (false, Some(running)) => Ok((self.end(running)?, true)),
            (false, None) => Ok(("nothing is being recorded".into(), false)),
        }
    }

    /// Ends a recording that may be running; returns what there is to say about it.
    ///
    /// # Errors
    /// [`OutputError`], if it cannot be finished.
    pub fn finish(&mut self) -> Result<Option<String>, OutputError> {
        self.recorder.take().map(|running| self.end(running)).transpose()
    }

    fn end(&self, (writer, name): (WavWriter, String)) -> Result<String, OutputError> {
        let frames = writer.finish()?;
        Ok(format!("{name}: {:.1} s", self.rate.seconds(frames)))
    }

    /// Hears what there is to hear.
    ///
    /// # Errors
    /// [`OutputError`], if a recording cannot be written; it ends then.
    pub fn hear(&mut self, report: &mut Option<Reporter>) -> Result<(), OutputError> {
        let count = self.heard.slots();
        self.held_up |= count == self.heard.buffer().capacity();
        let mut outcome = Ok(());
        let Ok(chunk) = self.heard.read_chunk(count) else { return Ok(()) };
        let (a, b) = chunk.as_slices();
        for block in a.chunks(BLOCK).chain(b.chunks(BLOCK)) {
            let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
            for ((l, r), frame) in left.iter_mut().zip(&mut right).zip(block) {
                (*l, *r) = (frame[0], frame[1]);
            }
            let (left, right) = (&left[..block.len()], &right[..block.len()]);
            if let Some((writer, _)) = &mut self.recorder
                && let Err(error) = writer.write(&[left, right])
            {
                self.recorder = None;
                outcome = Err(error);
            }
            if let Some(report) = report {
                report.hear(left, right);
            }
            if let Some(loudness) = &mut self.loudness {
                let _ = loudness.push(&[left, right]);
            }
            if self.window >= u64::from(self.rate.hz() / 10) {
                (self.window, self.meters.peak) = (0, [0.0; 2]);
            }
            self.window += block.len() as u64;
            let peak = [left, right].map(|c| c.iter().fold(0.0f32, |m, x| m.max(x.abs())));
            for (held, peak) in self.meters.peak.iter_mut().zip(peak) {
                *held = held.max(peak);
                self.meters.top = self.meters.top.max(peak);
            }
        }
        chunk.commit_all();
        if let (true, Some(loudness)) = (count > 0, &self.loudness) {
            self.meters.momentary_lufs = loudness.momentary_lufs();
            self.meters.short_term_lufs = loudness.short_term_lufs();
            self.meters.integrated_lufs = loudness.integrated_lufs();
        }
        outcome
    }
}

/// `take.wav`, `take-2.wav`, `take-3.wav`.
fn numbered(path: &Path, before: usize) -> PathBuf {
    if before == 0 {
        return path.to_owned();
    }
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let ending = path.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}-{}{ending}", before + 1))
}
