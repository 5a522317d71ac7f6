//! `uproar play`, and `uproar chant` without a file.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use rtrb::{Consumer, Producer, RingBuffer};

use crate::{
    engine::{Engine, EngineHandle, Report, ReportFacts, Reporter},
    output::{Clock, Counters, DeviceRequest, Source, find, play_null},
    preset::Loaded,
    units::SampleRate,
};

use super::{
    arguments::{Common, Play, Sink},
    failure::Failure,
    perform::{CUT_FADE_S, Fade},
    report::{refuse_page, write_played},
    stage::{Purpose, Span, changes, check_report, length, load_all, prepare, summary},
    terminal::{Progress, interrupt},
};

/// Frames of the null device's blocks.
const NULL_BLOCK: usize = 512;

/// How often the screen is looked after.
const TICK: Duration = Duration::from_millis(50);

/// Plays a preset.
pub(crate) fn play(options: &Play) -> Result<(), Failure> {
    check_report(&options.common, None)?;
    let stay = options.common.place.is_some();
    let all = load_all(std::slice::from_ref(&options.preset), &changes(&options.common)?, stay)?;
    for loaded in &all {
        live(loaded, &options.common, &options.sink)?;
    }
    Ok(())
}

/// Plays a loaded preset on the sound card, or to nobody.
pub(crate) fn live(loaded: &Loaded, common: &Common, sink: &Sink) -> Result<(), Failure> {
    refuse_page(common)?;
    let null = sink.device.as_deref() == Some("null");
    let device = if null {
        None
    } else {
        Some(find(&DeviceRequest {
            host: sink.host.clone(),
            device: sink.device.clone(),
            rate: common.rate,
            channels: sink.channels,
            block_s: sink.latency,
        })?)
    };
    let rate = device.as_ref().map_or(common.rate.unwrap_or_default(), |d| d.rate());
    let mut stage = prepare(loaded, common, rate, Purpose::Live)?;
    let span = Span::of(common, stage.engine.scene(), stage.engine.seconds(), rate)?;
    let names: Vec<String> = stage.engine.scene().beats().iter().map(|b| b.name.clone()).collect();
    let handle = stage.engine.handle();
    let report = common.report.is_some().then(|| Reporter::new(rate, span.from));
    let (tap, heard) = RingBuffer::new(if report.is_some() { 4 * rate.hz() as usize } else { 0 });
    skip(&mut stage.engine, span.from);
    let preset = &loaded.preset;
    let facts = ReportFacts {
        title: preset.title.clone(),
        phrase: preset.phrase.clone(),
        seed: preset.seed,
        prepare_s: stage.prepare_s,
        render_s: 0.0,
    };
    let mut watch = Watch {
        handle,
        heard,
        report,
        names,
        from: span.from,
        bar: Progress::new("playing", span.frames(), common.quiet),
        stop: interrupt(),
    };
    let fade = Fade::new(span, rate.frames(CUT_FADE_S));
    let (back, returned) = mpsc::channel();
    let engine = Some(stage.engine);
    let source = Box::new(EngineSource { engine, now: span.from, to: span.to, fade, tap, back });
    let end = match device {
        None => {
            let counters =
                play_null(source, rate, NULL_BLOCK, Clock::RealTime, |counters| watch.look(counters));
            End::of(&counters, false)
        }
        Some(device) => {
            let name = device.describe();
            summary(common, &format!("playing on {name}"));
            let playing = device.play(source)?;
            let counters = &playing.counters;
            while !counters.ended() && !counters.lost() {
                std::thread::sleep(TICK);
                watch.look(counters);
            }
            let lost = counters.lost() && !counters.ended();
            if !lost {
                // What has been handed over still has to be heard.
                let block_s = f64::from(playing.block_frames.unwrap_or(4096)) * 2.0 / rate.hz_f64();
                std::thread::sleep(Duration::from_secs_f64(block_s.min(1.0)));
            }
            End::of(counters, lost)
        }
    };
    // The device is closed: the engine has come back, and what it said last can be read.
    let engine = returned.recv_timeout(Duration::from_secs(1)).ok();
    finish(watch, engine.as_ref(), facts, end, common, rate)
}

/// Runs the scene to a frame unheard.
fn skip(engine: &mut Engine, frames: u64) {
    let (mut left, mut right) = ([0.0f32; 2048], [0.0f32; 2048]);
    let mut now = 0;
    while now < frames {
        let n = (frames - now).min(2048) as usize;
        engine.process(&mut left[..n], &mut right[..n]);
        now += n as u64;
    }
}

/// How playing ended.
struct End {
    frames: u64,
    underruns: u64,
    late: u64,
    lost: bool,
}

impl End {
    fn of(counters: &Counters, lost: bool) -> Self {
        Self { frames: counters.frames(), underruns: counters.underruns(), late: counters.late(), lost }
    }
}

fn finish(
    watch: Watch,
    engine: Option<&Engine>,
    facts: ReportFacts,
    end: End,
    common: &Common,
    rate: SampleRate,
) -> Result<(), Failure> {
    let interrupted = watch.stop.load(Ordering::SeqCst);
    let seconds = rate.seconds(end.frames);
    drop(watch.bar);
    if let (Some(reporter), Some(engine)) = (watch.report, engine) {
        let report: Report = reporter.finish(engine, ReportFacts { render_s: seconds, ..facts });
        write_played(common, &report)?;
    }
    if end.lost {
        return Err(
            Failure::new("the sound device has gone").hint("`uproar devices` lists what there is now")
        );
    }
    let gaps = match (end.underruns, end.late) {
        (0, 0) => "no gaps".to_owned(),
        (underruns, late) => format!("{underruns} gaps, {late} blocks late"),
    };
    summary(common, &format!("played {}, {gaps}", length(seconds)));
    if interrupted {
        return Err(Failure::Interrupted { left: Some("faded out".into()) });
    }
    Ok(())
}

/// The control side while it plays.
struct Watch {
    handle: Option<EngineHandle>,
    heard: Consumer<[f32; 2]>,
    report: Option<Reporter>,
    names: Vec<String>,
    from: u64,
    bar: Progress,
    stop: Arc<AtomicBool>,
}

impl Watch {
    fn look(&mut self, counters: &Counters) {
        if self.stop.load(Ordering::Relaxed) {
            counters.stop();
        }
        let mut newest = None;
        while let Some(snapshot) = self.handle.as_mut().and_then(EngineHandle::snapshot) {
            if let Some(report) = self.report.as_mut().filter(|_| snapshot.frame >= self.from) {
                report.note(snapshot);
            }
            newest = Some(snapshot);
        }
        if let Some(report) = &mut self.report {
            while let Ok([left, right]) = self.heard.pop() {
                report.hear(&[left], &[right]);
            }
        }
        self.bar.at(counters.frames());
        if let Some(snapshot) = newest {
            let name = self.names.get(snapshot.beat).map_or("", String::as_str);
            self.bar.message(format!("{name}  {} grains  ", snapshot.grains));
        }
    }
}

/// The engine as an output pulls it. Comes back through `back` when the output lets it go.
struct EngineSource {
    engine: Option<Engine>,
    now: u64,
    to: u64,
    fade: Fade,
    tap: Producer<[f32; 2]>,
    back: mpsc::Sender<Engine>,
}

impl Source for EngineSource {
    fn process(&mut self, left: &mut [f32], right: &mut [f32]) -> usize {
        let frames = (self.to - self.now).min(left.len() as u64) as usize;
        let (l, r) = (&mut left[..frames], &mut right[..frames]);
        if let Some(engine) = &mut self.engine {
            engine.process(l, r);
        }
        self.fade.apply(self.now, &mut [&mut *l, &mut *r]);
        for frame in l.iter().zip(r.iter()) {
            // Without a reader, or with one that is late, the sound goes on.
            if self.tap.push([*frame.0, *frame.1]).is_err() {
                break;
            }
        }
        left[frames..].fill(0.0);
        right[frames..].fill(0.0);
        self.now += frames as u64;
        frames
    }
}

impl Drop for EngineSource {
    fn drop(&mut self) {
        if let Some(engine) = self.engine.take() {
            // Nobody may be waiting any more.
            let _ = self.back.send(engine);
        }
    }
}
