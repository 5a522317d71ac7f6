//! `--follow`: a file or an input that drives the intensity.
//!
//! Owns the options' way into a follower. Does not own the envelope.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{
    engine::Engine,
    live::{FollowConfig, Followed, Follower},
    output::{Listening, ReadError, WavReader, listen},
    scene::CueAction,
    units::SampleRate,
};

use super::{arguments::Follow, failure::Failure};

/// A file whose followed envelope goes on falling this many times the release after its end.
const FADES: f64 = 12.0;

fn config(options: &Follow) -> FollowConfig {
    let usual = FollowConfig::default();
    FollowConfig {
        attack_s: options.follow_attack.unwrap_or(usual.attack_s),
        release_s: options.follow_release.unwrap_or(usual.release_s),
        threshold_db: options.follow_threshold.unwrap_or(usual.threshold_db),
        range_db: options.follow_range.unwrap_or(usual.range_db),
        intensity: usual.intensity,
        onset: options.follow_onset.map(CueAction::from),
    }
}

/// What the whole of a file asks for.
pub(crate) fn file(path: &Path, options: &Follow, rate: SampleRate) -> Result<Followed, Failure> {
    let refused = |error: ReadError| Failure::from_error(&error);
    let mut source = WavReader::open(path).map_err(refused)?;
    let rate_hz = source.rate().hz();
    let config = config(options);
    let mut follower = Follower::new(config, rate_hz);
    let (mut followed, mut window) = (Followed::default(), 0);
    let mut hear = |frame: &[f32]| {
        if let Some(heard) = follower.push(frame) {
            followed.add(window, heard, rate);
            window += 1;
        }
    };
    let (mut channels, mut frame) = (Vec::new(), Vec::new());
    loop {
        let count = source.read(&mut channels).map_err(refused)?;
        if count == 0 {
            break;
        }
        for n in 0..count {
            frame.clear();
            frame.extend(channels.iter().map(|channel| channel[n]));
            hear(&frame);
        }
    }
    // After its end there is silence.
    for _ in 0..(FADES * config.release_s * f64::from(rate_hz)) as u64 {
        hear(&[0.0]);
    }
    Ok(followed)
}

/// What an input asks for at the moment.
pub(crate) struct Ear {
    intensity: Arc<AtomicU32>,
    onsets: Arc<AtomicU32>,
    seen: (u32, u32),
    onset: Option<CueAction>,
    /// Heard until it is dropped.
    _listening: Listening,
}

/// No intensity yet: the bits of no number.
const NOTHING: u32 = u32::MAX;

impl Ear {
    /// Listens to the default input.
    pub fn open(options: &Follow) -> Result<Self, Failure> {
        let config = config(options);
        let (intensity, onsets) = (Arc::new(AtomicU32::new(NOTHING)), Arc::new(AtomicU32::new(0)));
        let (to, cues) = (Arc::clone(&intensity), Arc::clone(&onsets));
        let listening = listen(move |rate_hz| {
            let mut follower = Follower::new(config, rate_hz);
            move |frame: &[f32]| {
                let Some(heard) = follower.push(frame) else { return };
                if let Some(intensity) = heard.intensity {
                    to.store(intensity.to_bits(), Ordering::Relaxed);
                }
                if heard.onset.is_some() {
                    cues.fetch_add(1, Ordering::Relaxed);
                }
            }
        })?;
        Ok(Self { intensity, onsets, seen: (NOTHING, 0), onset: config.onset, _listening: listening })
    }

    /// Another intensity and a cue, if there are any. Real-time.
    pub fn hear(&mut self) -> (Option<f32>, Option<CueAction>) {
        let now = (self.intensity.load(Ordering::Relaxed), self.onsets.load(Ordering::Relaxed));
        let before = std::mem::replace(&mut self.seen, now);
        let intensity = (now.0 != before.0).then(|| f32::from_bits(now.0));
        (intensity, self.onset.filter(|_| now.1 != before.1))
    }
}

/// Has an engine follow a file, if the options say so.
pub(crate) fn follow_file(engine: &mut Engine, options: &Follow) -> Result<(), Failure> {
    let rate = engine.rate();
    match &options.follow {
        Some(path) if path.as_os_str() != "input" => {
            engine.follow(Box::new(file(path, options, rate)?));
            Ok(())
        }
        _ => Ok(()),
    }
}
