//! What a scene is said to take in memory, held against what it takes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use uproar::engine::{Engine, EngineError, PrepareOptions};
use uproar::preset::{self, Preset, SourceKind};
use uproar::space::ChannelLayout;
use uproar::units::SampleRate;

/// Bytes that are held now, and the most that were.
static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator with a meter.
struct Metered;

fn more(bytes: usize) {
    let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
    MOST.fetch_max(held, Ordering::Relaxed);
}

// SAFETY: every method passes its arguments unchanged to the system's allocator and returns what that returns; counting
// touches atomics alone.
unsafe impl GlobalAlloc for Metered {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        more(layout.size());
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`, which is the system's too.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        more(layout.size());
        // SAFETY: as for `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Large blocks move by their pages: they are not held twice.
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        more(size);
        // SAFETY: `block` came from this allocator, hence from the system's, with this layout.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: `block` came from this allocator, hence from the system's, with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Metered = Metered;

/// What a scene is made of.
struct Case {
    name: &'static str,
    preset: Preset,
    layout: &'static str,
    stems: bool,
    rate_hz: u32,
}

fn tiny(people: usize, places: usize, space: &str) -> Preset {
    let text = include_str!("data/tiny.toml").replace("people = 6", &format!("people = {people}"));
    let text = text.replace("kind = \"dry\"", &format!("kind = \"{space}\""));
    let more: String = (0..places.saturating_sub(2))
        .map(|n| format!("[[place]]\nname = \"p{n}\"\nat = [{n}, -{n}, 2]\n"))
        .collect();
    preset::load_text("tiny", &(text + &more), None, SourceKind::File, &[]).unwrap().preset
}

fn chant(changes: &[&str]) -> Preset {
    let changes: Vec<_> = changes.iter().map(|c| preset::Change::parse(c).unwrap()).collect();
    preset::load("chant", &changes).unwrap().preset
}

/// The meter is one for all tests: they take turns.
static TURN: Mutex<()> = Mutex::new(());

#[test]
fn scenes_take_about_the_memory_that_is_said() {
    let _turn = TURN.lock();
    let long = format!("phrase={}", "we want more and more ".repeat(6).trim());
    let case = |name, preset, layout| Case { name, preset, layout, stems: false, rate_hz: 22_050 };
    let cases = [
        case("people", tiny(100_000, 2, "dry"), "stereo"),
        case("people at many places", tiny(50_000, 32, "dry"), "stereo"),
        case("places", tiny(100, 32, "street"), "stereo"),
        case("stadium", tiny(100, 32, "stadium"), "stereo"),
        Case { rate_hz: 96_000, ..case("rate", tiny(100, 32, "street"), "stereo") },
        case("stereo", tiny(1000, 8, "street"), "stereo"),
        case("mono", tiny(1000, 8, "street"), "mono"),
        case("binaural", tiny(1000, 8, "street"), "binaural"),
        case("5.1", tiny(1000, 8, "street"), "5.1"),
        case("7.1.4", tiny(1000, 8, "street"), "7.1.4"),
        case("ambix3", tiny(1000, 8, "street"), "ambix3"),
        Case { stems: true, ..case("stems", tiny(1000, 8, "street"), "stereo") },
        Case { stems: true, ..case("stems of ambix3", tiny(1000, 8, "street"), "ambix3") },
        case("words", chant(&["crowd.people=100", "crowd.speakers=24", &long]), "stereo"),
    ];
    let mut wrong = Vec::new();
    for Case { name, preset, layout, stems, rate_hz } in cases {
        let (rate, layout) = (SampleRate::new(rate_hz).unwrap(), ChannelLayout::named(layout).unwrap());
        let options =
            PrepareOptions { layout: Some(&layout), stems, threads: Some(1), ..PrepareOptions::default() };
        let said = Engine::estimate(&preset, rate, &options).unwrap();
        let before = HELD.load(Ordering::Relaxed);
        MOST.store(before, Ordering::Relaxed);
        let engine = Engine::prepare(&preset, rate, &options).unwrap();
        let (took, most) = (HELD.load(Ordering::Relaxed) - before, MOST.load(Ordering::Relaxed) - before);
        drop(engine);
        let ratio = most as f64 / said.bytes() as f64;
        println!("{name}: {took} bytes, {most} at most, ratio {ratio:.2}, {} said: {said}", said.bytes());
        if !(0.5..1.25).contains(&ratio) {
            wrong.push(format!("{name}: {most} bytes, {} were said", said.bytes()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn too_much_is_refused_in_human_units_before_any_work() {
    let _turn = TURN.lock();
    let options = PrepareOptions { memory_limit_bytes: Some(64 << 20), ..PrepareOptions::default() };
    let refused = |preset: &Preset| {
        let error = Engine::prepare(preset, SampleRate::DEFAULT, &options).err().unwrap();
        assert!(matches!(error, EngineError::Memory { .. }), "{error}");
        error.to_string()
    };
    let crowd = refused(&tiny(1_000_000, 32, "street"));
    assert!(
        crowd.contains("GiB of memory, and 64 MiB are allowed") && crowd.contains("1000000 people"),
        "{crowd}"
    );
    let words = refused(&chant(&[&format!("phrase={}", "never give up ".repeat(100))]));
    assert!(words.contains("performances of its words"), "{words}");
}
