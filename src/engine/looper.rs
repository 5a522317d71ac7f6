//! Loops, transitions and single sounds for games and beds: one moment of a scene, held.
//!
//! Owns how a moment is held and cut: the crowd settles unheard, then only what begins inside a window of exactly the
//! loop's length is heard, and everything that rings on after the window is added to the loop's start. So every sound
//! is whole, and the end goes over into the start as anywhere else. A chant goes round a whole number of times.
//! What is not linear (a place's loudspeaker or broadcast, the limiter) goes round the finished loop more than once
//! and the last round is kept. Does not own files. Units: frames, pascals until the gain, then 1.0 = full scale.
//!
//! Not real-time: everything is held in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use crate::grain::GrainError;
use crate::mix::{Hearing, Master, MasterConfig};
use crate::preset::Preset;
use crate::scene::{Activity, CueAction};
use crate::space::ChannelLayout;
use crate::units::{QUANTUM, SampleRate, Stereo, bytes_text, db_from_gain, gain_from_db};

use super::command::{Command, EngineHandle, Snapshot};
use super::device::HeldDevice;
use super::error::EngineError;
use super::memory::DEFAULT_MEMORY_BYTES;
use super::piece::{Piece, fade_ends, fold, go, peak};
use super::prepare::PrepareOptions;
use super::runner::Engine;

/// Shortest loop unless another length is asked for, seconds.
pub const LEAST_LOOP_S: f64 = 20.0;
/// Longest loop, seconds: 256 bars at 40 beats a minute, and some. It is held in memory.
const LONGEST_LOOP_S: f64 = 1800.0;
/// Beats of a bar.
pub const BAR_BEATS: f64 = 4.0;
/// The crowd has this long to become steady, seconds: at least, looked at every, at most. 10 % to 90 % are 18 s
/// with usual settings.
const SETTLE_S: [f64; 3] = [12.0, 4.0, 60.0];
/// It is steady when as many are active as shall be, to this share of them all.
const STEADY: f32 = 0.02;
/// Over which wind and city go over from the loop's end to its start, seconds.
pub(crate) const AIR_FADE_S: f64 = 2.0;
/// Longest tail that is waited for, seconds.
const LONGEST_TAIL_S: f64 = 60.0;
/// A tail has ended this far under the loudest sound.
const GONE: f32 = 1e-5;
/// What goes round a loop goes at least this long before it is kept, seconds.
const WARM_S: f64 = 8.0;
/// Sound before a transition whose tails belong to it, seconds.
const BEFORE_S: f64 = 6.0;
/// Fades at the cuts of a transition and at the start of a single sound, seconds.
const CUT_S: f64 = 0.005;

/// The fade at the end of a single sound, 60 dB under its loudest moment, seconds.
const LAST_FADE_S: f64 = 0.2;
/// Peak of a single sound, dBFS.
const SINGLE_PEAK_DB: f64 = -3.0;

/// A beat at the slowest tempo, seconds.
const SLOWEST_BEAT_S: f64 = 1.5;

/// As it is heard, folded, and mastered: so often is a loop held in memory at once.
const COPIES: u64 = 3;

/// Frames that are rendered at a time: what the engine says of itself meanwhile has to fit into its ring.
const PART: usize = 1 << 13;

/// How long a loop is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoopLength {
    /// As many rounds of the chant as last 20 s or longer; without a chant 20 s.
    Auto,
    /// Exactly so many seconds.
    Seconds(f64),
    /// So many bars of four beats of the chant.
    Bars(u32),
    /// Exactly so many frames.
    Frames(u64),
}

/// What the crowd does while a moment is held.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Held {
    /// Instead of what it does at that moment of the scene.
    pub activity: Option<Activity>,
    /// Instead of the scene's intensity, 0..1.
    pub intensity: Option<f32>,
}

/// A round of the chant.
#[derive(Clone, Copy, Debug)]
struct Round {
    frames: u64,
    beats: f64,
    /// The shortest that the words fit into.
    least_frames: u64,
}

/// A loop before its last stage: gain and limiter can be tried more than once.
#[derive(Clone, Debug)]
pub struct Levelled {
    channels: Vec<Vec<f32>>,
    beats: Option<(f64, f64)>,
    levelling_db: f64,
}

/// Makes pieces from one moment of a scene.
pub struct Looper {
    engine: Engine,
    handle: Option<EngineHandle>,
    /// What the engine said of itself while the last piece sounded.
    said: Vec<Snapshot>,
    /// The frame that the last piece began at.
    began: u64,
    master: MasterConfig,
    device: Option<HeldDevice>,
    layout: ChannelLayout,
    rate: SampleRate,
    at_s: f64,
    /// What is allowed beside the engine, bytes.
    left_bytes: u64,
    cancel: Option<Arc<AtomicBool>>,
}

impl Looper {
    /// Prepares everything for the moment at `at_s` of a scene. With `everything` the crowd can do more than the scene
    /// asks of it.
    ///
    /// # Errors
    /// As [`Engine::prepare`].
    pub fn prepare(
        preset: &Preset,
        at_s: f64,
        everything: bool,
        rate: SampleRate,
        options: &PrepareOptions<'_>,
    ) -> Result<Self, EngineError> {
        let mut preset = preset.clone();
        // Rounds of one length, so that the last leads over into the first.
        (preset.crowd.tempo_jitter, preset.crowd.tempo_creep) = (0.0, 0.0);
        let layout = options.layout.cloned().unwrap_or_else(ChannelLayout::stereo);
        let device = HeldDevice::at(&preset, at_s, &layout, rate)?;
        let pair = ChannelLayout::stereo();
        let layout_inside = if device.is_some() { &pair } else { &layout };
        let options =
            PrepareOptions { live: everything, stems: false, layout: Some(layout_inside), ..*options };
        let mut engine = Engine::prepare(&preset, rate, &options)?;
        let limit_bytes = options.memory_limit_bytes.unwrap_or(DEFAULT_MEMORY_BYTES);
        let left_bytes = limit_bytes.saturating_sub(engine.memory().bytes());
        engine.bare(rate);
        engine.seek(at_s);
        engine.command(Command::Hold(true));
        let handle = engine.handle();
        Ok(Self {
            engine,
            handle,
            said: Vec::new(),
            began: 0,
            master: preset.master,
            device,
            layout,
            rate,
            at_s,
            left_bytes,
            cancel: None,
        })
    }

    /// Ends whatever is being made soon after `cancel` becomes true: loops with an error, the rest as silence.
    pub fn cancel_with(&mut self, cancel: Arc<AtomicBool>) {
        self.cancel = Some(cancel);
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(|cancel| cancel.load(Ordering::Relaxed))
    }

    /// The moment that is held, seconds of the scene.
    pub fn at_s(&self) -> f64 {
        self.at_s
    }

    /// A loop of exactly the length that is asked for.
    ///
    /// # Errors
    /// [`EngineError::Loop`] for a length that the chant does not fit into.
    pub fn make(&mut self, held: Held, length: LoopLength) -> Result<Piece, EngineError> {
        let levelled = self.level(held, length)?;
        Ok(self.finish(&levelled, 0.0))
    }

    /// A loop without its last stage.
    ///
    /// # Errors
    /// As [`Looper::make`].
    pub fn level(&mut self, held: Held, length: LoopLength) -> Result<Levelled, EngineError> {
        // Known before the crowd has to become steady.
        match length {
            LoopLength::Seconds(seconds) => self.fits(self.rate.frames(seconds))?,
            LoopLength::Frames(frames) => self.fits(frames)?,
            LoopLength::Auto | LoopLength::Bars(_) => {}
        }
        let round = self.settle(held);
        let (frames, rounds) = self.length(length, round)?;
        self.fits(frames)?;
        let start = self.on_the_beat(round, frames, rounds);
        self.engine.open(start, start + frames);
        let raw = self.listen(start, frames, true);
        if self.is_cancelled() {
            return Err(GrainError::Cancelled.into());
        }
        let folded = fold(&raw, frames as usize);
        let channels = self.through_device(folded, true);
        let levelling_db = self.levelling_db(&channels);
        let beats = round.map(|round| {
            let beats = f64::from(rounds) * round.beats;
            (60.0 * beats / self.rate.seconds(frames), beats)
        });
        Ok(Levelled { channels, beats, levelling_db })
    }

    /// The last stage of a loop: `gain_db` beside the preset's own gain, and the limiter.
    pub fn finish(&self, levelled: &Levelled, gain_db: f64) -> Piece {
        let Levelled { channels, beats, levelling_db } = levelled;
        let channels = self.master(channels, |_| levelling_db + gain_db, true);
        Piece { channels, beats: *beats, levelling_db: levelling_db + gain_db, natural_gain_db: 0.0 }
    }

    /// What the engine said of itself while the last piece sounded; frames count from its start.
    pub fn said(&self) -> impl Iterator<Item = Snapshot> + '_ {
        self.said
            .iter()
            .filter_map(|said| Some(Snapshot { frame: said.frame.checked_sub(self.began)?, ..*said }))
    }

    /// Has [`Looper::said`] tell what it told of an earlier piece.
    pub fn say_again(&mut self, said: Vec<Snapshot>) {
        (self.said, self.began) = (said, 0);
    }

    /// The engine that the pieces come from.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The way from one held state to another, `frames` long, in step with loops of that length: begins as `from`
    /// goes on and ends where `to` begins. `gains_db` are the levelling of both.
    pub fn transition(&mut self, from: Held, to: Held, frames: u64, gains_db: [f64; 2]) -> Piece {
        let round = self.settle(from);
        let rounds = round.map_or(1, |round| (frames as f64 / round.frames as f64).round().max(1.0) as u32);
        let before = self.rate.frames(BEFORE_S);
        self.engine.open(self.engine.now() + 4 * QUANTUM as u64, u64::MAX);
        self.run(before);
        let start = self.on_the_beat(round, frames, rounds);
        self.engine.open(0, start + frames);
        // The first half changes how hard, the middle what is done.
        let (a, b) = (from.intensity.unwrap_or(1.0), to.intensity.unwrap_or(1.0));
        let first = start / QUANTUM as u64 * QUANTUM as u64;
        self.run(first.saturating_sub(self.engine.now()));
        self.begin(start);
        let quanta = (start + frames).div_ceil(QUANTUM as u64) - first / QUANTUM as u64;
        let mut raw = vec![Vec::new(); self.inside()];
        for quantum in 0..quanta {
            let way = (quantum as f32 / quanta as f32).clamp(0.0, 1.0);
            self.engine.command(Command::Intensity(a + (b - a) * way));
            if let (true, Some(activity)) = (2 * quantum >= quanta, to.activity) {
                self.engine.command(Command::Activity(activity));
            }
            self.take(&mut raw, QUANTUM);
        }
        self.engine.open(u64::MAX, u64::MAX);
        let skip = (start - first) as usize;
        raw.iter_mut().for_each(|channel| {
            channel.drain(..skip);
            channel.truncate(frames as usize);
        });
        self.drain();
        let levelled = self.through_device(raw, false);
        let ramp = |way: f64| gains_db[0] + (gains_db[1] - gains_db[0]) * way;
        let mut channels = self.master(&levelled, ramp, false);
        let fade = self.rate.frames(CUT_S) as usize;
        for channel in &mut channels {
            fade_ends(channel, fade, fade);
        }
        let beats = round.map(|round| {
            let beats = f64::from(rounds) * round.beats;
            (60.0 * beats / self.rate.seconds(frames), beats)
        });
        Piece { channels, beats, levelling_db: gains_db[1], natural_gain_db: 0.0 }
    }

    /// One cue by itself out of silence, from its first sound until it has died away. `None` if nothing is heard.
    pub fn stinger(&mut self, action: CueAction, intensity: f32) -> Option<Piece> {
        // A burst lasts while it is above the intensity that is asked for anyway.
        let intensity = if action == CueAction::Roar { 0.0 } else { intensity };
        let held = Held { activity: Some(Activity::Silent), intensity: Some(intensity) };
        self.engine.open(u64::MAX, u64::MAX);
        self.apply(held);
        self.run(self.rate.frames(4.0));
        let start = self.engine.now();
        self.engine.open(start, u64::MAX);
        self.engine.without_air();
        self.engine.command(Command::Cue(action));
        let raw = self.listen(start, self.rate.frames(1.0), false);
        self.engine.open(u64::MAX, u64::MAX);
        self.engine.command(Command::Cue(CueAction::Release));
        self.drain();
        let loudest = peak(&raw);
        if loudest <= 1e-5 {
            return None;
        }
        let sounds = |n: usize| raw.iter().any(|channel| channel[n].abs() > 1e-3 * loudest);
        let frames = raw.first().map_or(0, Vec::len);
        let first = (0..frames).find(|n| sounds(*n)).unwrap_or(0);
        let first = first.saturating_sub(self.rate.frames(CUT_S) as usize);
        self.began += first as u64;
        let fall = self.rate.frames(LAST_FADE_S) as usize;
        let last = (0..frames).rfind(|n| sounds(*n)).map_or(frames, |n| (n + fall).min(frames));
        let cut: Vec<Vec<f32>> = raw.iter().map(|channel| channel[first..last].to_vec()).collect();
        let levelled = self.through_device(cut, false);
        let levelling_db = self.levelling_db(&levelled);
        let mut channels = self.master(&levelled, |_| levelling_db, false);
        let rise = self.rate.frames(CUT_S) as usize;
        let gain = gain_from_db(SINGLE_PEAK_DB) / f64::from(peak(&channels).max(1e-6));
        for channel in &mut channels {
            channel.iter_mut().for_each(|x| *x = (f64::from(*x) * gain) as f32);
            fade_ends(channel, rise, fall);
        }
        Some(Piece { channels, beats: None, levelling_db, natural_gain_db: -db_from_gain(gain) })
    }

    /// Channels that come out of the engine.
    fn inside(&self) -> usize {
        self.engine.outputs().mix_channels()
    }

    fn apply(&mut self, held: Held) {
        self.engine.command(Command::FollowScene);
        if let Some(intensity) = held.intensity {
            self.engine.command(Command::Intensity(intensity));
        }
        if let Some(activity) = held.activity {
            self.engine.command(Command::Activity(activity));
        }
    }

    /// Lets the crowd become steady unheard; the round of its chant, if it chants.
    fn settle(&mut self, held: Held) -> Option<Round> {
        self.engine.open(u64::MAX, u64::MAX);
        self.engine.grid(None);
        self.apply(held);
        let [least_s, step_s, most_s] = SETTLE_S;
        self.run(self.rate.frames(least_s));
        let mut waited_s = least_s;
        while waited_s < most_s && self.engine.unrest() > STEADY {
            self.run(self.rate.frames(step_s));
            waited_s += step_s;
        }
        self.engine.cycle().map(|cycle| Round {
            frames: cycle.frames,
            beats: cycle.beats,
            least_frames: cycle.least_frames,
        })
    }

    /// About how many bytes loops of a length take beside their engine, before anything is known of the scene.
    pub fn loop_bytes(length: LoopLength, channels: usize, rate: SampleRate) -> u64 {
        let longest = rate.frames(LONGEST_LOOP_S);
        let frames = match length {
            // The rounds of a chant are shorter than this.
            LoopLength::Auto => rate.frames(2.0 * LEAST_LOOP_S),
            LoopLength::Seconds(seconds) => rate.frames(seconds),
            LoopLength::Frames(frames) => frames,
            LoopLength::Bars(bars) => rate.frames(f64::from(bars) * BAR_BEATS * SLOWEST_BEAT_S),
        };
        bytes_of(frames.min(longest), channels, rate)
    }

    /// Refuses what cannot be held in memory.
    fn fits(&self, frames: u64) -> Result<(), EngineError> {
        if frames > self.rate.frames(LONGEST_LOOP_S) {
            return Err(EngineError::Loop {
                message: "a loop of that length is not held in memory".into(),
                hint: format!("at most {LONGEST_LOOP_S} seconds"),
            });
        }
        let channels = self.layout.channels.len().max(self.inside());
        let bytes = bytes_of(frames, channels, self.rate);
        if bytes > self.left_bytes {
            return Err(EngineError::Loop {
                message: format!(
                    "a loop of {:.1} s in {channels} channels needs about {} of memory, and {} are left for it",
                    self.rate.seconds(frames),
                    bytes_text(bytes),
                    bytes_text(self.left_bytes)
                ),
                hint: "--max-memory allows more; a shorter loop or fewer channels need less".into(),
            });
        }
        Ok(())
    }

    fn length(&self, length: LoopLength, round: Option<Round>) -> Result<(u64, u32), EngineError> {
        let Some(round) = round else {
            return match length {
                LoopLength::Auto => Ok((self.rate.frames(LEAST_LOOP_S), 1)),
                LoopLength::Seconds(seconds) => Ok((self.rate.frames(seconds).max(1), 1)),
                LoopLength::Frames(frames) => Ok((frames.max(1), 1)),
                LoopLength::Bars(_) => Err(EngineError::Loop {
                    message: "nobody chants at this moment, so there are no bars".into(),
                    hint: "give the length in seconds".into(),
                }),
            };
        };
        let round_s = self.rate.seconds(round.frames);
        match length {
            LoopLength::Auto => {
                let rounds = (LEAST_LOOP_S / round_s).ceil() as u32;
                Ok((u64::from(rounds) * round.frames, rounds))
            }
            LoopLength::Seconds(_) | LoopLength::Frames(_) => {
                let frames = match length {
                    LoopLength::Frames(frames) => frames,
                    LoopLength::Seconds(seconds) => self.rate.frames(seconds),
                    LoopLength::Auto | LoopLength::Bars(_) => 0,
                };
                // As many as come nearest to the chant's own pace and leave time for its words.
                let most = frames / round.least_frames.max(1);
                let rounds = ((frames as f64 / round.frames as f64).round() as u64).max(1).min(most);
                if rounds == 0 {
                    return Err(EngineError::Loop {
                        message: format!(
                            "a loop of {:.2} s is too short for one round of the chant",
                            self.rate.seconds(frames)
                        ),
                        hint: format!("a round lasts {round_s:.2} s: ask for that or more"),
                    });
                }
                let rounds = rounds as u32;
                Ok((frames, rounds))
            }
            LoopLength::Bars(bars) => {
                let rounds = f64::from(bars) * BAR_BEATS / round.beats;
                if (rounds - rounds.round()).abs() > 1e-6 || rounds < 0.5 {
                    let mut whole = 1;
                    while (f64::from(whole) * BAR_BEATS / round.beats).fract() > 1e-6 && whole < 64 {
                        whole += 1;
                    }
                    return Err(EngineError::Loop {
                        message: format!(
                            "the chant does not fit into {bars} bars: it goes round in {} beats",
                            round.beats
                        ),
                        hint: format!("bars that fit are {whole}, {}, {} ...", 2 * whole, 3 * whole),
                    });
                }
                let rounds = rounds.round() as u32;
                Ok((u64::from(rounds) * round.frames, rounds))
            }
        }
    }

    /// Puts the chant on a grid of `rounds` in `frames` and finds its next beginning; without a chant soon.
    fn on_the_beat(&mut self, round: Option<Round>, frames: u64, rounds: u32) -> u64 {
        let ahead = 32 * QUANTUM as u64;
        let Some(round) = round else { return self.engine.now() + ahead };
        self.engine.grid(Some((frames, rounds)));
        self.run(3 * round.frames);
        for _ in 0..200_000 {
            match self.engine.cycle() {
                Some(cycle) if cycle.at > self.engine.now() + ahead => return cycle.at,
                Some(_) => self.run(QUANTUM as u64),
                None => break,
            }
        }
        self.engine.now() + ahead
    }

    /// Runs on unheard, to a whole quantum.
    fn run(&mut self, frames: u64) {
        let mut scrap = vec![Vec::new(); self.inside()];
        let mut left = (frames as usize).next_multiple_of(QUANTUM);
        while left > 0 {
            let part = left.min(PART);
            scrap.iter_mut().for_each(Vec::clear);
            self.take(&mut scrap, part);
            left -= part;
        }
    }

    /// Runs until everything has died away.
    fn drain(&mut self) {
        let mut waited = 0;
        while waited < self.rate.frames(LONGEST_TAIL_S) {
            let mut heard = vec![Vec::new(); self.inside()];
            self.take(&mut heard, 1 << 13);
            if peak(&heard) < 1e-9 {
                break;
            }
            waited += 1 << 13;
        }
    }

    fn take(&mut self, into: &mut [Vec<f32>], frames: usize) {
        let mut from = into.first().map_or(0, Vec::len);
        let end = from + frames;
        into.iter_mut().for_each(|channel| channel.resize(end, 0.0));
        while from < end && !self.is_cancelled() {
            let to = end.min(from + PART);
            let mut out: Vec<&mut [f32]> = into.iter_mut().map(|channel| &mut channel[from..to]).collect();
            self.engine.process_channels(&mut out);
            while let Some(said) = self.handle.as_mut().and_then(EngineHandle::snapshot) {
                self.said.push(said);
            }
            from = to;
        }
    }

    /// From here on the engine is listened to.
    fn begin(&mut self, at: u64) {
        self.said.clear();
        self.began = at;
    }

    /// Records from frame `start` on: at least `frames`, then until the tail has ended.
    fn listen(&mut self, start: u64, frames: u64, air: bool) -> Vec<Vec<f32>> {
        let first = start / QUANTUM as u64 * QUANTUM as u64;
        self.run(first.saturating_sub(self.engine.now()));
        self.begin(start);
        let skip = (start - first) as usize;
        let mut raw = vec![Vec::new(); self.inside()];
        self.take(&mut raw, (skip + frames as usize).next_multiple_of(QUANTUM));
        let mut loudest = peak(&raw);
        let part = self.rate.frames(0.25).next_multiple_of(QUANTUM as u64) as usize;
        let least = if air { self.rate.frames(AIR_FADE_S) as usize } else { 4 * part };
        let (mut tail, mut quiet) = (0, 0);
        // A second of silence: what is on its way from far off may pause that long.
        while tail < self.rate.frames(LONGEST_TAIL_S) as usize && (tail < least || quiet < 4) {
            let from = raw.first().map_or(0, Vec::len);
            self.take(&mut raw, part);
            let now = raw.iter().flat_map(|c| &c[from..]).fold(0.0f32, |m, x| m.max(x.abs()));
            loudest = loudest.max(now);
            quiet = if now <= GONE * loudest { quiet + 1 } else { 0 };
            tail += part;
        }
        raw.iter_mut().for_each(|channel| {
            channel.drain(..skip);
        });
        raw
    }

    /// Through what the place is heard through, if anything: then into the channels of the layout.
    fn through_device(&self, raw: Vec<Vec<f32>>, around: bool) -> Vec<Vec<f32>> {
        let Some(device) = &self.device else { return raw };
        let mut chain = device.chain.clone();
        let count = self.layout.channels.len();
        let mut spread = device.spread.clone();
        go(&raw, count, 0, self.warm(raw[0].len(), around), |input, out| {
            let mut both = Stereo { left: input[0], right: input[1] };
            chain.process(&mut both);
            spread.process(&both, out);
        })
    }

    fn warm(&self, frames: usize, around: bool) -> usize {
        if around { frames * (self.rate.frames(WARM_S) as usize).div_ceil(frames.max(1)) } else { 0 }
    }

    fn hearing(&self) -> Hearing {
        Hearing { shares: self.layout.level_shares(), programme_db: self.layout.programme_db() }
    }

    /// The gain that the levelling comes to, dB: the mean over a round, after rounds to get there.
    fn levelling_db(&self, raw: &[Vec<f32>]) -> f64 {
        let mut master = Master::hearing(&self.master, &self.hearing(), self.rate);
        let (mut sum, mut count) = (0.0, 0.0);
        let frames = raw.first().map_or(0, Vec::len);
        let warm = self.warm(frames, true) / QUANTUM;
        let mut quantum = 0;
        go(raw, raw.len(), 0, warm * QUANTUM, |input, out| {
            out.copy_from_slice(input);
            let _ = master.lift(out);
            quantum += 1;
            if quantum > warm {
                sum += master.levelling_db();
                count += 1.0;
            }
        });
        sum / f64::max(count, 1.0)
    }

    /// Gain and limiter; `gain_db` tells the levelling at each part of the way.
    fn master(&self, raw: &[Vec<f32>], gain_db: impl Fn(f64) -> f64, around: bool) -> Vec<Vec<f32>> {
        let config = MasterConfig { levelling: false, ..self.master.clone() };
        let mut master = Master::hearing(&config, &self.hearing(), self.rate);
        let frames = raw.first().map_or(0, Vec::len);
        let warm = self.warm(frames, around);
        let mut at = 0;
        go(raw, raw.len(), master.latency_frames(), warm, |input, out| {
            out.copy_from_slice(input);
            let way = (at as f64 / frames.max(1) as f64).clamp(0.0, 1.0);
            at += QUANTUM;
            master.set_gain_db(config.gain_db + gain_db(way));
            let lift = master.lift(out);
            let _ = master.limit(out, &lift);
        })
    }
}

/// What loops of so many frames take, each with the longest tail.
fn bytes_of(frames: u64, channels: usize, rate: SampleRate) -> u64 {
    COPIES * (frames + rate.frames(LONGEST_TAIL_S)) * channels as u64 * 4
}
