//! The audio side of a show: the engine as an output pulls it.
//!
//! Owns where the show is, its end, its cuts, who is left out before time runs short, and the way back of the engine
//! when an output lets it go. Decides nothing else: commands travel on the engine's own rings.
//!
//! Real-time: no allocation, lock or I/O beyond reading the clock twice a block.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::time::Instant;

use rtrb::{Consumer, Producer, RingBuffer};

use crate::engine::{Command, Engine};
use crate::fault::is_demanded;
use crate::output::Source;
use crate::units::SampleRate;

use super::following::Ear;
use super::perform::{CUT_FADE_S, Fade};
use super::stage::Span;

/// An engine on its way through a scene.
pub(crate) struct Show {
    /// The engine.
    pub engine: Engine,
    now: u64,
    /// Frame of the scene at which the show is cut; without it the scene ends as it ends.
    cut_at: Option<u64>,
    /// It goes on while a performer has taken the crowd over.
    led: bool,
    fade: Fade,
    tap: Producer<[f32; 2]>,
    heard: Arc<AtomicU64>,
    governor: Option<Governor>,
    ear: Option<Ear>,
    /// For the test that a fault ends the show.
    breaks: bool,
}

impl Show {
    /// A show that begins at `span.from`, to which the engine has been run already.
    ///
    /// * `tap`: gets every frame that is heard. Without a reader, or with one that is late, the sound goes on.
    /// * `heard`: counts the frames.
    /// * `ear`: what drives the intensity from outside.
    /// * `led`: it goes on while a performer has taken the crowd over; a sound that is followed is none.
    /// * `spare`: leave out far people before time runs short; only where time is real.
    pub fn new(
        engine: Engine,
        span: Span,
        tap: Producer<[f32; 2]>,
        heard: Arc<AtomicU64>,
        spare: bool,
        led: bool,
        ear: Option<Ear>,
    ) -> Self {
        let rate = engine.rate();
        Self {
            engine,
            now: span.from,
            cut_at: span.cut[1].then_some(span.to),
            led: led && !span.cut[1],
            fade: Fade::new(span, rate.frames(CUT_FADE_S)),
            tap,
            heard,
            governor: spare.then(|| Governor::new(rate)),
            ear,
            breaks: is_demanded("show"),
        }
    }

    fn process(&mut self, left: &mut [f32], right: &mut [f32]) -> usize {
        let start = Instant::now();
        if let Some(ear) = &mut self.ear {
            let (intensity, onset) = ear.hear();
            intensity.into_iter().for_each(|x| self.engine.command(Command::Intensity(x)));
            onset.into_iter().for_each(|cue| self.engine.command(Command::Cue(cue)));
        }
        let scene_end = self.cut_at.unwrap_or_else(|| self.engine.rate().frames(self.engine.seconds()));
        let end = if self.engine.faded() { self.now } else { self.engine.ends_at(scene_end, self.led) };
        let frames = end.saturating_sub(self.now).min(left.len() as u64) as usize;
        let (l, r) = (&mut left[..frames], &mut right[..frames]);
        self.engine.process(l, r);
        self.fade.until(end);
        self.fade.apply(self.now, &mut [&mut *l, &mut *r]);
        if let Ok(chunk) = self.tap.write_chunk_uninit(frames.min(self.tap.slots())) {
            chunk.fill_from_iter(l.iter().zip(r.iter()).map(|(l, r)| [*l, *r]));
        }
        left[frames..].fill(0.0);
        right[frames..].fill(0.0);
        self.now += frames as u64;
        assert!(!self.breaks || self.now < 24_000, "a fault that was asked for");
        self.heard.fetch_add(frames as u64, Ordering::Relaxed);
        if let Some(governor) = &mut self.governor
            && let Some(level) = governor.note(start.elapsed().as_secs_f64(), frames)
        {
            self.engine.command(Command::Thin(level));
        }
        frames
    }
}

/// A show in the hands of an output. When that lets go of it, it comes back.
pub(crate) struct Lent {
    show: Option<Box<Show>>,
    back: Sender<Box<Show>>,
}

impl Lent {
    /// Lends a show.
    pub fn new(show: Box<Show>, back: Sender<Box<Show>>) -> Self {
        Self { show: Some(show), back }
    }
}

impl Source for Lent {
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) -> usize {
        self.show.as_mut().map_or(0, |show| show.process(left, right))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(show) = self.show.take() {
            // Nobody may be waiting any more.
            let _ = self.back.send(show);
        }
    }
}

/// A place in an output that runs already, for a show that comes later: silence until then.
pub(crate) struct Seat {
    show: Option<Box<Lent>>,
    door: Consumer<Box<Lent>>,
}

impl Seat {
    /// A free seat, and the door through which a show comes to it. A show that is on its way when both are dropped
    /// comes back.
    pub fn new() -> (Self, Producer<Box<Lent>>) {
        let (enter, door) = RingBuffer::new(1);
        (Self { show: None, door }, enter)
    }
}

impl Source for Seat {
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) -> usize {
        if self.show.is_none() {
            self.show = self.door.pop().ok();
        }
        match &mut self.show {
            Some(show) => show.process(left, right),
            None => {
                left.fill(0.0);
                right.fill(0.0);
                left.len()
            }
        }
    }
}

/// Share of a block's time above which far people are left out, and below which they come back.
const BUSY: f64 = 0.75;
const CALM: f64 = 0.4;
/// Time over which the load is averaged, between two steps to fewer people, and of calm before a step back, seconds.
const AVERAGE_S: f64 = 0.1;
const STEP_S: f64 = 0.5;
const CALM_S: f64 = 10.0;
/// The furthest step.
const MOST: u8 = 4;

/// Watches how long blocks take.
pub(crate) struct Governor {
    rate_hz: f64,
    load: f64,
    level: u8,
    since_s: f64,
    calm_s: f64,
}

impl Governor {
    fn new(rate: SampleRate) -> Self {
        Self { rate_hz: rate.hz_f64(), load: 0.0, level: 0, since_s: 0.0, calm_s: 0.0 }
    }

    /// Takes note of a block of `frames` that took `took_s`; returns how far to thin the crowd if that changes.
    fn note(&mut self, took_s: f64, frames: usize) -> Option<u8> {
        if frames == 0 {
            return None;
        }
        let block_s = frames as f64 / self.rate_hz;
        self.load += (took_s / block_s - self.load) * (block_s / AVERAGE_S).min(1.0);
        self.since_s += block_s;
        self.calm_s = if self.load < CALM { self.calm_s + block_s } else { 0.0 };
        if self.load > BUSY && self.level < MOST && self.since_s > STEP_S {
            self.level += 1;
        } else if self.calm_s > CALM_S && self.level > 0 {
            self.level -= 1;
            self.calm_s = 0.0;
        } else {
            return None;
        }
        self.since_s = 0.0;
        Some(self.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_people_are_left_out_step_by_step_and_come_back_slowly() {
        let mut governor = Governor::new(SampleRate::DEFAULT);
        let block_s = 256.0 / 48_000.0;
        let mut run = |load: f64, seconds: f64| {
            let blocks = (seconds / block_s) as usize;
            (0..blocks).filter_map(|_| governor.note(load * block_s, 256)).collect::<Vec<_>>()
        };
        assert!(run(0.5, 20.0).is_empty(), "half is no trouble");
        assert_eq!(run(0.9, 1.0), [1, 2], "at once, then a step each half second");
        assert_eq!(run(0.9, 60.0), [3, 4]);
        assert!(run(0.6, 60.0).is_empty(), "neither busy nor calm");
        assert_eq!(run(0.2, 21.5), [3, 2]);
    }
}
