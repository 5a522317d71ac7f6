//! What happened in a performance: per beat and per 100 ms.
//!
//! Owns the figures of `--report` and their collection. Does not own files.
//! Units: seconds, LUFS, dBTP, dB re full scale, counts of people.

use serde::Serialize;

use crate::analysis::{Loudness, LoudnessMeter};
use crate::space::ChannelLayout;
use crate::units::{SampleRate, db_from_power};

use super::command::Snapshot;
use super::runner::Engine;
use super::spreading::Spreading;

/// Everything that was measured of a render.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Version of uproar that made it.
    pub version: &'static str,
    /// Title of the preset.
    pub title: String,
    /// What the crowd chants.
    pub phrase: String,
    /// Seed that everything random came from.
    pub seed: u64,
    /// Frames per second.
    pub rate_hz: u32,
    /// Members of the crowd, leader and soloists included.
    pub people: usize,
    /// First and last second of the scene that was rendered.
    pub span_s: [f64; 2],
    /// Integrated loudness, LUFS; absent for silence.
    pub integrated_lufs: Option<f64>,
    /// Loudness range, LU (EBU Tech 3342); means little under a minute.
    pub loudness_range_lu: Option<f64>,
    /// Highest momentary loudness (400 ms), LUFS; absent for silence.
    pub momentary_max_lufs: Option<f64>,
    /// Highest short-term loudness (3 s), LUFS; absent for silence.
    pub short_term_max_lufs: Option<f64>,
    /// Highest true peak, dBTP; absent for silence.
    pub true_peak_dbtp: Option<f64>,
    /// Highest sample, dB re full scale; absent for silence.
    pub sample_peak_dbfs: Option<f64>,
    /// Grains that were cut short because too many sounded at once.
    pub stolen_grains: u64,
    /// Most grains that sounded at once.
    pub most_grains: u32,
    /// Time spent on reading, planning and performing the bank, seconds.
    pub prepare_s: f64,
    /// Time spent on rendering, seconds.
    pub render_s: f64,
    /// Rendered seconds per second of rendering.
    pub times_real_time: f64,
    /// One entry a beat.
    pub beats: Vec<BeatReport>,
    /// One entry every 100 ms.
    pub moments: Vec<Moment>,
    /// Who did what where, for pictures; empty unless the caller of [`Reporter::finish`] puts it here.
    #[serde(skip)]
    pub spreading: Spreading,
}

/// One beat of the scene.
#[derive(Clone, Debug, Serialize)]
pub struct BeatReport {
    /// Name in the preset.
    pub name: String,
    /// Name of the place it is heard from.
    pub place: String,
    /// Start, seconds of the scene.
    pub start_s: f64,
    /// Length, seconds.
    pub seconds: f64,
    /// Mean level, dB re full scale; absent for silence.
    pub level_dbfs: Option<f64>,
    /// Highest intensity asked for, 0..1.
    pub intensity_max: f32,
    /// Most people at once who murmured, chanted or shouted, roared.
    pub murmuring_max: u32,
    /// Most people at once who chanted or shouted.
    pub chanting_max: u32,
    /// Most people at once who roared or applauded.
    pub roaring_max: u32,
    /// Smallest onset scatter of a chant, ms; absent without a chant.
    pub spread_ms_min: Option<f32>,
}

/// 100 ms of the scene.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Moment {
    /// Start, seconds of the scene.
    pub at_s: f64,
    /// Index of the beat.
    pub beat: usize,
    /// Intensity asked for, 0..1.
    pub intensity: f32,
    /// Share of active people asked for, 0..1.
    pub asked: f32,
    /// Share of active people reached, 0..1.
    pub active: f32,
    /// People murmuring.
    pub murmuring: u32,
    /// People chanting or shouting.
    pub chanting: u32,
    /// People roaring or applauding.
    pub roaring: u32,
    /// People silent.
    pub silent: u32,
    /// Onset scatter of the last cycle, ms; absent while nobody chants in time.
    pub spread_ms: Option<f32>,
    /// Tempo of the chant, beats per minute.
    pub tempo_bpm: f32,
    /// Level, dB re full scale; absent for silence.
    pub level_dbfs: Option<f64>,
    /// Grains sounding.
    pub grains: u32,
}

/// Facts of a performance that only its caller knows.
#[derive(Clone, Debug, Default)]
pub struct ReportFacts {
    /// Title of the preset.
    pub title: String,
    /// What the crowd chants.
    pub phrase: String,
    /// Seed.
    pub seed: u64,
    /// Time spent before rendering, seconds.
    pub prepare_s: f64,
    /// Time spent on rendering, seconds.
    pub render_s: f64,
}

/// Collects a report while sound goes by. Not real-time: lists grow.
pub struct Reporter {
    rate: SampleRate,
    from_frame: u64,
    frames: u64,
    loudness: Option<LoudnessMeter>,
    /// Share of each channel's power in the level.
    shares: Vec<f64>,
    peak: f32,
    /// Sum of squares and frames of the running 100 ms.
    power: f64,
    powers: Vec<f64>,
    window: u64,
    snapshots: Vec<Snapshot>,
    /// The last one before the span, where its first moments begin and its counts start from.
    before: Snapshot,
}

impl Reporter {
    /// Starts a report of a stereo programme at `from_frame` of the scene.
    pub fn new(rate: SampleRate, from_frame: u64) -> Self {
        Self::of(&ChannelLayout::stereo(), rate, from_frame)
    }

    /// Starts a report of a programme in any layout.
    pub fn of(layout: &ChannelLayout, rate: SampleRate, from_frame: u64) -> Self {
        Self {
            rate,
            from_frame,
            frames: 0,
            loudness: LoudnessMeter::weighted(&layout.loudness_weights(), rate).ok(),
            shares: layout.level_shares(),
            peak: 0.0,
            power: 0.0,
            powers: Vec::new(),
            window: u64::from(rate.hz() / 10),
            snapshots: Vec::new(),
            before: Snapshot::default(),
        }
    }

    /// Takes the next block of stereo sound.
    pub fn hear(&mut self, left: &[f32], right: &[f32]) {
        self.hear_channels(&[left, right]);
    }

    /// Takes the next block of sound, a slice per channel of the layout.
    pub fn hear_channels(&mut self, channels: &[&[f32]]) {
        if let Some(meter) = &mut self.loudness {
            // Slices of one length and as many channels as the layout has: the meter has nothing to refuse.
            let _ = meter.push(channels);
        }
        let frames = channels.iter().map(|c| c.len()).min().unwrap_or(0);
        for n in 0..frames {
            for (channel, share) in channels.iter().zip(&self.shares) {
                let x = channel[n];
                self.peak = self.peak.max(x.abs());
                self.power += share * (f64::from(x) * f64::from(x));
            }
            self.frames += 1;
            if self.frames.is_multiple_of(self.window) {
                self.powers.push(self.power / self.window as f64);
                self.power = 0.0;
            }
        }
    }

    /// Loudness of what has been heard so far.
    pub fn loudness(&self) -> Option<Loudness> {
        self.loudness.as_ref().map(LoudnessMeter::loudness)
    }

    /// Takes over what the engine has said to another reporter.
    pub fn take_notes(&mut self, other: Self) {
        self.snapshots.extend(other.snapshots);
        self.before = other.before;
    }

    /// Takes what the engine said of itself.
    pub fn note(&mut self, snapshot: Snapshot) {
        if snapshot.frame < self.from_frame {
            self.before = snapshot;
        } else {
            self.snapshots.push(snapshot);
        }
    }

    /// Closes the report.
    pub fn finish(mut self, engine: &Engine, facts: ReportFacts) -> Report {
        let rest = self.frames % self.window;
        if rest > 0 {
            self.powers.push(self.power / rest as f64);
        }
        let moments = self.moments();
        let span_s = [self.rate.seconds(self.from_frame), self.rate.seconds(self.from_frame + self.frames)];
        let seconds = span_s[1] - span_s[0];
        let loudness = self.loudness();
        Report {
            version: env!("CARGO_PKG_VERSION"),
            title: facts.title,
            phrase: facts.phrase,
            seed: facts.seed,
            rate_hz: self.rate.hz(),
            people: engine.people(),
            span_s,
            integrated_lufs: loudness.and_then(|l| finite(l.integrated_lufs)),
            loudness_range_lu: loudness.and_then(|l| finite(l.range_lu)),
            momentary_max_lufs: loudness.and_then(|l| finite(l.momentary_max_lufs)),
            short_term_max_lufs: loudness.and_then(|l| finite(l.short_term_max_lufs)),
            true_peak_dbtp: loudness.and_then(|l| finite(l.true_peak_dbtp)),
            sample_peak_dbfs: finite(crate::units::db_from_gain(f64::from(self.peak))),
            stolen_grains: self.snapshots.last().map_or(0, |s| s.stolen.saturating_sub(self.before.stolen)),
            most_grains: self.snapshots.iter().map(|s| s.grains).max().unwrap_or(0),
            prepare_s: facts.prepare_s,
            render_s: facts.render_s,
            times_real_time: if facts.render_s > 0.0 { seconds / facts.render_s } else { 0.0 },
            beats: self.beats(engine, &moments),
            moments,
            spreading: Spreading::new(self.rate),
        }
    }

    fn moments(&self) -> Vec<Moment> {
        let mut snapshots = self.snapshots.iter().peekable();
        let mut now = self.before;
        let mut list = Vec::with_capacity(self.powers.len());
        for (index, power) in self.powers.iter().enumerate() {
            let frame = self.from_frame + index as u64 * self.window;
            // The last snapshot that is not later than the middle of the moment.
            while let Some(next) = snapshots.next_if(|s| s.frame <= frame + self.window / 2) {
                now = *next;
            }
            list.push(Moment {
                at_s: self.rate.seconds(frame),
                beat: now.beat,
                intensity: now.intensity,
                asked: now.crowd.asked,
                active: now.crowd.active,
                murmuring: now.crowd.murmuring,
                chanting: now.crowd.chanting,
                roaring: now.crowd.roaring,
                silent: now.crowd.silent,
                spread_ms: Some(now.crowd.spread_ms).filter(|ms| *ms > 0.0 && now.crowd.tempo_bpm > 0.0),
                tempo_bpm: now.crowd.tempo_bpm,
                level_dbfs: finite(db_from_power(*power)),
                grains: now.grains,
            });
        }
        list
    }

    fn beats(&self, engine: &Engine, moments: &[Moment]) -> Vec<BeatReport> {
        let scene = engine.scene();
        let mut list = Vec::new();
        for beat in scene.beats() {
            let end_s = beat.start_s + beat.seconds;
            let inside = |m: &&Moment| m.at_s >= beat.start_s && m.at_s < end_s;
            let of_beat: Vec<&Moment> = moments.iter().filter(inside).collect();
            if of_beat.is_empty() {
                continue;
            }
            let place = beat.place.map_or("", |p| scene.places()[usize::from(p)].as_str());
            list.push(beat_of(&of_beat, &beat.name, place, [beat.start_s, beat.seconds]));
        }
        list
    }
}

impl Report {
    /// All of it as one beat: a moment that was held.
    pub fn as_one_beat(&self, name: &str, place: &str) -> BeatReport {
        let all: Vec<&Moment> = self.moments.iter().collect();
        beat_of(&all, name, place, [self.span_s[0], self.span_s[1] - self.span_s[0]])
    }
}

/// The figures of some moments, of which there is one at least.
fn beat_of(moments: &[&Moment], name: &str, place: &str, [start_s, seconds]: [f64; 2]) -> BeatReport {
    let power = |moment: &&Moment| {
        let gain = moment.level_dbfs.map_or(0.0, crate::units::gain_from_db);
        gain * gain
    };
    let power = moments.iter().map(power).sum::<f64>() / moments.len().max(1) as f64;
    let most = |count: fn(&Moment) -> u32| moments.iter().map(|m| count(m)).max().unwrap_or(0);
    BeatReport {
        name: name.to_owned(),
        place: place.to_owned(),
        start_s,
        seconds,
        level_dbfs: finite(db_from_power(power)),
        intensity_max: moments.iter().map(|m| m.intensity).fold(0.0, f32::max),
        murmuring_max: most(|m| m.murmuring),
        chanting_max: most(|m| m.chanting),
        roaring_max: most(|m| m.roaring),
        spread_ms_min: moments.iter().filter_map(|m| m.spread_ms).min_by(f32::total_cmp),
    }
}

/// A number that JSON can hold.
fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
