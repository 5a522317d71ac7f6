//! Hours of live playing on a clock that runs as fast as the machine: memory, time, silence, levels and the cost of a
//! quantum stay what they were.
//!
//! In every run some minutes; `UPROAR_SOAK_HOURS=8` plays so many hours and a day's stream is checked by
//! `cargo test --release --test soak -- --ignored`; `scripts/soak` does both.

mod small;

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Read;
use std::process::{Command as Process, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};

use cpu_time::ThreadTime;
use rtrb::{Producer, RingBuffer};
use small::{QUICK, RATE};
use uproar::engine::{Engine, PrepareOptions};
use uproar::live::{Action, Desk, Edited, Edition, Facts, RecordTo};
use uproar::output::{Bits, Format, Info};
use uproar::preset::{self, Loaded, SourceKind};
use uproar::rng::{self, Domain, Stream};
use uproar::units::QUANTUM;

/// Bytes that the program holds at the moment.
static HELD: AtomicI64 = AtomicI64::new(0);

/// The system's allocator with a sum.
struct Summing;

// SAFETY: every method passes its arguments unchanged to the system's allocator and returns what that returns; the sum
// is an atomic number.
unsafe impl GlobalAlloc for Summing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size() as i64, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`, which is the system's too.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size() as i64, Ordering::Relaxed);
        // SAFETY: `block` came from this allocator, hence from the system's, with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Summing = Summing;

/// Words that are typed; which, is drawn.
const WORDS: [&str; 8] = [
    "GO ON GO ON",
    "WE WANT MORE",
    "OLE, OLE",
    "ALL MIGHT! [clap] [clap]",
    "NEVER GIVE UP",
    "COME ON",
    "ONE MORE SONG",
    "GET UP! [stomp]",
];

/// Frames of a block, as a sound card asks for them.
const BLOCK: usize = 256;

/// A show with a performer at the keys.
struct Show {
    engine: Engine,
    desk: Desk,
    tap: Producer<[f32; 2]>,
    frames: u64,
    peak: f32,
    draw: Stream,
}

fn loaded() -> Loaded {
    let text = format!("{}\n{QUICK}", include_str!("small/corner.toml"));
    preset::load_text("corner", &text, None, SourceKind::File, &[]).unwrap()
}

fn prepared(loaded: &Loaded) -> Engine {
    let options =
        PrepareOptions { live: true, on_one_thread: true, threads: Some(1), ..PrepareOptions::default() };
    Engine::prepare(&loaded.preset, RATE, &options).unwrap()
}

impl Show {
    fn new(folder: &std::path::Path) -> Self {
        let loaded = loaded();
        let mut engine = prepared(&loaded);
        let (tap, heard) = RingBuffer::new(10 * RATE.hz() as usize);
        let format = Format { rate: RATE, channels: 2, bits: Bits::Sixteen, speakers: 0 };
        let record_to =
            RecordTo { path: folder.join("take.wav"), named: true, format, info: Info::default(), seed: 1 };
        let (handle, study) = (engine.handle().unwrap(), engine.study());
        let facts = Facts::of(&loaded.preset, &engine);
        let desk = Desk::new(handle, study, facts, RATE, heard, record_to);
        Self { engine, desk, tap, frames: 0, peak: 0.0, draw: rng::stream(8, Domain::Test, 0, 0) }
    }

    /// Plays on for some seconds; returns left and right.
    fn play(&mut self, seconds: f64) -> [Vec<f32>; 2] {
        let blocks = (RATE.frames(seconds) as usize).div_ceil(BLOCK);
        let mut heard = [vec![0.0; blocks * BLOCK], vec![0.0; blocks * BLOCK]];
        let [left, right] = &mut heard;
        for (n, (l, r)) in left.chunks_exact_mut(BLOCK).zip(right.chunks_exact_mut(BLOCK)).enumerate() {
            self.engine.process(l, r);
            self.frames += BLOCK as u64;
            for (l, r) in l.iter().zip(&*r) {
                assert!(l.is_finite() && r.is_finite(), "not a number at frame {}", self.frames);
                self.peak = self.peak.max(l.abs()).max(r.abs());
                let _ = self.tap.push([*l, *r]);
            }
            if n % 4 == 0 {
                self.desk.look().unwrap();
            }
        }
        self.desk.look().unwrap();
        let _ = self.desk.news();
        heard
    }

    fn act(&mut self, line: &str) {
        let action: Action = line.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
        // What cannot be done at the moment is told, as on stage.
        let _ = self.desk.act(action);
    }

    /// Has words or a tempo learned, and taken up.
    fn learn(&mut self, line: &str) {
        self.act(line);
        while self.desk.learning() > 0 {
            self.desk.look().unwrap();
            std::thread::yield_now();
        }
        self.play(0.5);
    }

    /// Another edition of the preset takes over.
    fn edit(&mut self, number: u64) {
        let mut loaded = loaded();
        loaded.preset.rhythm.bpm = 110.0 + (number % 3) as f64;
        let mut engine = prepared(&loaded);
        let whole = |frames: u64| frames / QUANTUM as u64 * QUANTUM as u64;
        let now = self.desk.now().frame;
        let edition = Edition::new(&loaded, whole(now), 0, Vec::new());
        engine.roll(edition.from, edition.scene_frame, whole(self.engine.planned() + 12_800), &edition.entry);
        let (study, facts) = (engine.study(), Facts::of(&loaded.preset, &engine));
        self.desk.succeed(Edited { engine: Box::new(engine), study, facts, edition }).unwrap();
        self.play(2.0);
        assert!(!self.desk.take_missed(), "an edition came too late");
    }

    /// Something that a performer may do at any moment.
    fn anything(&mut self) {
        let pick = |draw: &mut Stream, from: &[&str]| from[draw.below(from.len())].to_owned();
        let unit = self.draw.unit();
        let line = match self.draw.below(24) {
            0 => format!("intensity {unit:.2}"),
            1 => pick(&mut self.draw, &["intensity +0.1", "intensity -0.1", "swell 3", "swell 0.5 0.2"]),
            2 => "unison".into(),
            3 => pick(&mut self.draw, &["hush", "roar", "cheer", "gasp", "release"]),
            4 => pick(&mut self.draw, &["clap on", "clap off"]),
            5 => pick(&mut self.draw, &["silent", "murmur", "answer", "shout", "chant", "applaud"]),
            6 | 7 => "scene".into(),
            8 => pick(&mut self.draw, &["next", "previous", "beat chant", "beat 1", "beat roar"]),
            9 => pick(&mut self.draw, &["hold", "hold off"]),
            10 => pick(&mut self.draw, &["loop", "loop off"]),
            11 => pick(&mut self.draw, &["place near 0.1", "place far 1", "place next", "place scene"]),
            12 | 13 => format!("phrase {}", 1 + self.draw.below(9)),
            14 => pick(&mut self.draw, &["call", "call spark", "call name"]),
            15 => format!("amp {unit:.2}"),
            16 => format!("spread {:.2}", 4.0 * unit),
            17 => format!("people {}", 1 + self.draw.below(130)),
            18 => pick(&mut self.draw, &["tempo scene", "gain -6", "gain 0", "gain 3"]),
            19 => pick(&mut self.draw, &["mute", "mute off"]),
            20 => pick(&mut self.draw, &["record", "record off", "state"]),
            21 => "panic".into(),
            22 => {
                let words = pick(&mut self.draw, &WORDS);
                return self.learn(&format!("phrase {words}"));
            }
            _ => {
                let bpm = 60 + self.draw.below(120);
                return self.learn(&format!("tempo {bpm}"));
            }
        };
        self.act(&line);
        if unit > 0.98 {
            self.edit(self.frames);
        }
    }

    /// From whatever it is in to the same state each time.
    fn settle(&mut self) {
        for line in
            ["record off", "hold off", "loop off", "mute off", "gain 0", "people 1000", "spread 1", "amp 0.9"]
        {
            self.act(line);
        }
        self.edit(0);
        for round in 0..10 {
            self.learn(&format!("phrase {}", WORDS[round % WORDS.len()]));
        }
        for bpm in [90, 100, 110, 120, 130, 140] {
            self.learn(&format!("tempo {bpm}"));
        }
        for line in ["tempo scene", "scene", "place near 0"] {
            self.act(line);
        }
        self.play(1.0);
    }

    /// What is held at a moment that comes again.
    fn look(&mut self) -> Moment {
        self.settle();
        let held = HELD.load(Ordering::Relaxed) as f64;
        for line in ["beat 1", "hold on", "intensity 1", "chant"] {
            self.act(line);
        }
        self.play(6.0);
        let loud = self.play(6.0);
        let energy: f64 = loud.iter().flatten().map(|x| f64::from(*x) * f64::from(*x)).sum();
        let level_db = 10.0 * uproar::math::log10(energy / (2 * loud[0].len()) as f64);
        let loud_us = self.cost_us();
        // The scene's clock: half a minute is half a minute.
        for line in ["hold off", "scene", "beat 1", "loop on"] {
            self.act(line);
        }
        self.play(0.1);
        let (frame, at_s) = (self.desk.now().frame, self.desk.now().scene_s);
        self.play(0.4);
        let (frames, passed_s) = (self.desk.now().frame - frame, self.desk.now().scene_s - at_s);
        let drift_s = (passed_s - RATE.seconds(frames)).abs();
        self.act("loop off");
        self.act("panic");
        self.play(20.0);
        let silent = self.play(1.0);
        assert!(silent.iter().flatten().all(|x| *x == 0.0), "silence is not silent");
        let silent_us = self.cost_us();
        self.act("scene");
        Moment { held, level_db, loud_us, silent_us, drift_s }
    }

    /// Time of the processor for a quantum, microseconds: the least of some runs.
    fn cost_us(&mut self) -> f64 {
        let mut least = f64::MAX;
        let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
        for _ in 0..8 {
            let start = ThreadTime::now();
            for _ in 0..100 {
                self.engine.process(&mut left, &mut right);
            }
            self.frames += 100 * BLOCK as u64;
            least = least.min(start.elapsed().as_secs_f64() * 1e6 / (100 * BLOCK / QUANTUM) as f64);
            self.desk.look().unwrap();
        }
        least
    }
}

/// A show at a moment that comes again and again.
#[derive(Debug)]
struct Moment {
    held: f64,
    level_db: f64,
    loud_us: f64,
    silent_us: f64,
    drift_s: f64,
}

#[test]
fn a_night_of_playing_leaves_memory_time_levels_and_cost_as_they_were() {
    let hours = std::env::var("UPROAR_SOAK_HOURS").ok().and_then(|text| text.parse().ok()).unwrap_or(0.02);
    let folder = tempfile::tempdir().unwrap();
    let mut show = Show::new(folder.path());
    show.play(1.0);
    let looks = if hours < 1.0 { 2 } else { 8 };
    let first = show.look();
    println!("{:6.2} h {first:?}", 0.0);
    let end = RATE.frames(3600.0 * hours);
    for look in 1..=looks {
        while show.frames < end * look / looks {
            show.anything();
            let seconds = 0.2 + 2.0 * show.draw.unit();
            show.play(seconds);
        }
        let now = show.look();
        println!("{:6.2} h {now:?}", RATE.seconds(show.frames) / 3600.0);
        let growth = now.held / first.held - 1.0;
        assert!(growth.abs() < 0.01, "memory grows by {:.2} %", 100.0 * growth);
        let creep_db = now.level_db - first.level_db;
        assert!(creep_db.abs() < 1.5, "the level moves by {creep_db:.2} dB");
        assert!(now.drift_s < 0.003, "the clock drifts by {} s", now.drift_s);
        // Short looks at the processor's time are not to be relied on.
        if hours < 1.0 {
            continue;
        }
        assert!(now.silent_us < now.loud_us, "silence costs more than sound");
        // Other programs on the machine may double it; numbers too small for the processor would cost ten times as much.
        assert!(now.silent_us < 4.0 * first.silent_us.max(1.0), "silence gets slower");
    }
    assert!(show.frames.abs_diff(show.desk.now().frame) < 2 * u64::from(RATE.hz()), "frames are lost");
    // -1 dBTP.
    assert!(show.peak <= 0.8913, "a sample of {}", show.peak);
}

/// Reads a WAV stream of 24 bit to its end; returns its frames, its highest sample and the longest silence, seconds.
fn check_stream(mut stream: impl Read, announced_s: f64) -> (u64, f32, f64) {
    let mut bytes = vec![0u8; 6 << 16];
    let (mut kept, mut header) = (Vec::new(), true);
    let (mut frames, mut peak, mut same, mut longest) = (0u64, 0.0f32, 0u64, 0u64);
    let mut last = [0i32; 2];
    loop {
        let n = stream.read(&mut bytes).unwrap();
        if n == 0 {
            break;
        }
        kept.extend_from_slice(&bytes[..n]);
        if header {
            // Chunk by chunk: notes may hold the word too.
            let mut at = 12;
            while kept.len() >= at + 8 && &kept[at..at + 4] != b"data" {
                let bytes = u32::from_le_bytes(kept[at + 4..at + 8].try_into().unwrap()) as usize;
                at += 8 + bytes.next_multiple_of(2);
            }
            if kept.len() < at + 8 {
                continue;
            }
            kept.drain(..at + 8);
            header = false;
        }
        let whole = kept.len() / 6 * 6;
        for frame in kept[..whole].chunks_exact(6) {
            let now = [0, 3].map(|at| i32::from_le_bytes([0, frame[at], frame[at + 1], frame[at + 2]]) >> 8);
            peak = now.iter().fold(peak, |peak, x| peak.max(x.unsigned_abs() as f32 / 8_388_608.0));
            frames += 1;
            // Dither moves even silence that is not digital; an output that is stuck says the same for ever.
            same = if now == last { same + 1 } else { 0 };
            longest = longest.max(same);
            last = now;
        }
        kept.drain(..whole);
        assert!(frames <= RATE.frames(announced_s) + 1, "longer than announced");
    }
    // After the samples there may be a chunk of notes, but no more than that.
    assert!(kept.len() < 6);
    (frames, peak, RATE.seconds(longest))
}

fn stream(seconds: f64) {
    let preset = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny.toml");
    let (beats, mut sets) = (if seconds > 7200.0 { 12 } else { 1 }, Vec::new());
    let length = seconds / f64::from(beats);
    let text = std::fs::read_to_string(preset).unwrap();
    let head = text.split("[[beat]]").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("day.toml");
    let mut scene = head.to_owned();
    for n in 0..beats {
        let (doing, place) = (["chant", "roar"][n as usize % 2], ["front", "back"][n as usize % 2]);
        scene += &format!(
            "[[beat]]\nname = \"{n}\"\nseconds = {length}\nplace = \"{place}\"\ndoing = \"{doing}\"\nintensity = 1.0\n"
        );
    }
    std::fs::write(&file, scene).unwrap();
    sets.extend(["render", file.to_str().unwrap(), "-o", "-", "-q"]);
    let mut child = Process::new(assert_cmd::cargo::cargo_bin!("uproar"))
        .args(&sets)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let announced_s = seconds + uproar::engine::TAIL_S;
    let (frames, peak, silence_s) = check_stream(child.stdout.take().unwrap(), announced_s);
    assert!(child.wait().unwrap().success());
    println!("{frames} frames, peak {peak}, longest silence {silence_s:.2} s");
    assert_eq!(frames, RATE.frames(announced_s));
    assert!(peak > 0.01 && peak <= 0.8913, "a highest sample of {peak}");
    // Six people rest between two repetitions; the tail at the end is silent.
    assert!(silence_s < 8.0, "stuck for {silence_s} s");
}

#[test]
fn a_stream_is_as_long_as_announced_within_the_ceiling_and_never_stuck() {
    stream(30.0);
}

#[test]
#[ignore = "24 hours of sound: some minutes"]
fn a_day_of_sound_is_streamed_whole() {
    let hours = std::env::var("UPROAR_STREAM_HOURS").ok().and_then(|text| text.parse().ok()).unwrap_or(23.99);
    stream(3600.0 * hours);
}
