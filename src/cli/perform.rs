//! Runs an engine offline over a span, block by block.
//!
//! Owns the loop: skipping to the start, fades at cuts, progress and Ctrl-C. Does not own where the sound goes.
//!
//! The engine runs on a thread of its own, so that it need not wait for meters, encoders and disks: about an
//! eighth of the time of a render on two cores.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use crate::{
    engine::{Engine, EngineHandle, Reporter, Snapshot, Spreading},
    fault::on_demand,
    preset::plain_io,
};

use super::{
    failure::Failure,
    stage::Span,
    terminal::{Progress, RENDERING},
};

/// Frames that are rendered at a time: as many as the engine hands to its threads at once.
const BLOCK: usize = 2048;

/// Length of the fade where a scene is cut, seconds: no click, and nothing else lost.
pub(crate) const CUT_FADE_S: f64 = 0.003;

/// Blocks that may wait to be heard: enough to even out a slow disk, 0.3 s of sound.
const BLOCKS_WAITING: usize = 8;

/// Takes the next frames, a slice per channel that comes out of the engine; the reporter is handed on to who decides
/// what is heard.
pub(crate) type Hear<'h> = dyn FnMut(&mut Reporter, &[&[f32]]) -> Result<(), Failure> + 'h;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All of the span was heard.
    Whole,
    /// Ctrl-C came first.
    Interrupted,
}

/// What a run leaves behind, beside what was heard.
pub(crate) struct Performed {
    /// How it ended.
    pub ending: Ending,
    /// How the crowd caught fire.
    pub spreading: Spreading,
}

/// Renders `span` of `engine` into `hear`; `reporter` is told what the engine says of itself.
pub(crate) fn perform(
    engine: &mut Engine,
    span: Span,
    quiet: bool,
    reporter: &mut Reporter,
    hear: &mut Hear<'_>,
) -> Result<Performed, Failure> {
    let bar = Progress::new(RENDERING, span.to, quiet);
    let rate = engine.rate();
    let (send, blocks) = sync_channel(BLOCKS_WAITING);
    thread::scope(|scope| {
        let bar = &bar;
        let work = move || {
            let mut spreading = Spreading::new(rate);
            let ending = run(engine, span, &send, bar, &mut spreading);
            Performed { ending, spreading }
        };
        let engine = thread::Builder::new().name("engine".into()).spawn_scoped(scope, work);
        let engine = engine
            .map_err(|error| Failure::new(format!("no thread for the engine: {}", plain_io(&error))))?;
        let heard = listen(blocks, reporter, hear);
        match engine.join() {
            Ok(performed) => heard.map(|()| performed),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// What the engine made of some frames.
struct Rendered {
    /// All channels; none before the span.
    sound: Vec<Vec<f32>>,
    snapshots: Vec<Snapshot>,
}

/// Pulls the engine to the end of the span, or until Ctrl-C or until nobody listens any more.
fn run(
    engine: &mut Engine,
    span: Span,
    listener: &SyncSender<Rendered>,
    bar: &Progress,
    spreading: &mut Spreading,
) -> Ending {
    let stop = super::terminal::interrupt();
    let mut handle = engine.handle();
    let fade = Fade::new(span, engine.rate().frames(CUT_FADE_S));
    let mut now = 0;
    while now < span.to {
        if interrupted(&stop) {
            return Ending::Interrupted;
        }
        // Blocks meet at the start of the span, so that what is skipped is not heard.
        let edge = if now < span.from { span.from } else { span.to };
        let frames = (edge - now).min(BLOCK as u64) as usize;
        let mut sound = vec![vec![0.0f32; frames]; engine.outputs().channels()];
        let mut out: Vec<&mut [f32]> = sound.iter_mut().map(Vec::as_mut_slice).collect();
        on_demand("engine");
        engine.process_channels(&mut out);
        if now >= span.from {
            fade.apply(now, &mut out);
            spreading.follow(engine, now - span.from + frames as u64);
        } else {
            sound.clear();
        }
        if listener.send(Rendered { sound, snapshots: snapshots(&mut handle) }).is_err() {
            // The listener has failed and says why.
            break;
        }
        now += frames as u64;
        bar.set(now, span.to);
    }
    Ending::Whole
}

/// Hands on what is rendered until there is no more.
fn listen(blocks: Receiver<Rendered>, reporter: &mut Reporter, hear: &mut Hear<'_>) -> Result<(), Failure> {
    for Rendered { sound, snapshots } in blocks {
        snapshots.into_iter().for_each(|snapshot| reporter.note(snapshot));
        if !sound.is_empty() {
            on_demand("listener");
            let heard: Vec<&[f32]> = sound.iter().map(Vec::as_slice).collect();
            hear(reporter, &heard)?;
        }
    }
    Ok(())
}

fn interrupted(stop: &Arc<AtomicBool>) -> bool {
    stop.load(Ordering::Relaxed)
}

fn snapshots(handle: &mut Option<EngineHandle>) -> Vec<Snapshot> {
    handle.iter_mut().flat_map(|handle| std::iter::from_fn(|| handle.snapshot())).collect()
}

/// Fades at the cuts of a span.
#[derive(Clone, Debug)]
pub(crate) struct Fade {
    span: Span,
    frames: u64,
}

impl Fade {
    /// Fades of `frames` frames where the span cuts the scene.
    pub fn new(span: Span, frames: u64) -> Self {
        Self { span, frames: frames.min(span.frames() / 2).max(1) }
    }

    /// Moves the end of the span.
    pub fn until(&mut self, to: u64) {
        self.span.to = to;
    }

    /// Applies them to a block that starts at frame `now`. Real-time.
    pub fn apply(&self, now: u64, channels: &mut [&mut [f32]]) {
        let Span { from, to, cut } = self.span;
        let frames = channels.iter().map(|c| c.len()).min().unwrap_or(0);
        let end = now + frames as u64;
        let touches =
            (cut[0] && now < from + self.frames) || (cut[1] && end.saturating_add(self.frames) > to);
        if !touches {
            return;
        }
        for n in 0..frames {
            let frame = now + n as u64;
            let mut gain = 1.0;
            if cut[0] {
                gain *= (frame.saturating_sub(from) as f32 / self.frames as f32).min(1.0);
            }
            if cut[1] {
                gain *= (to.saturating_sub(frame + 1) as f32 / self.frames as f32).min(1.0);
            }
            channels.iter_mut().for_each(|channel| channel[n] *= gain);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_faded_and_whole_ends_are_not() {
        let span = Span { from: 100, to: 200, cut: [true, false] };
        let (mut left, mut right) = ([1.0; 100], [1.0; 100]);
        Fade::new(span, 10).apply(100, &mut [&mut left[..], &mut right[..]]);
        assert_eq!((left[0], left[5], left[10], left[99]), (0.0, 0.5, 1.0, 1.0));
        let span = Span { from: 0, to: 200, cut: [false, true] };
        let (mut left, mut right) = ([1.0; 100], [1.0; 100]);
        Fade::new(span, 10).apply(100, &mut [&mut left[..], &mut right[..]]);
        assert_eq!((left[0], left[89], right[99]), (1.0, 1.0, 0.0));
    }
}
