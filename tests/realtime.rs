//! The audio thread neither allocates nor frees, whatever it is told, and nothing beyond full scale leaves it.

mod small;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use small::{QUICK, corner, engine};
use uproar::engine::{Command, Did, Engine};
use uproar::rng::{self, Domain};
use uproar::scene::{Activity, CueAction};
use uproar::units::QUANTUM;

thread_local! {
    /// Allocations and frees of this thread while it is watched; `None` while it is not.
    static SEEN: Cell<Option<u64>> = const { Cell::new(None) };
}

/// The system's allocator with a counter.
struct Counting;

fn count() {
    // While a thread ends its counter may be gone already; nothing is watched then.
    let _ = SEEN.try_with(|seen| seen.set(seen.get().map(|n| n + 1)));
}

// SAFETY: every method passes its arguments unchanged to the system's allocator and returns what that
// returns; counting touches a `Cell` in thread-local memory that needs neither allocation nor destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`, which is the system's too.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as for `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: `block` came from this allocator, hence from the system's, with this layout.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count();
        // SAFETY: `block` came from this allocator, hence from the system's, with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `work` allocated or freed.
fn allocations(work: impl FnOnce()) -> u64 {
    SEEN.set(Some(0));
    work();
    SEEN.replace(None).unwrap()
}

/// One command for each value, sensible and not.
fn commands() -> Vec<Command> {
    use Activity::{Answer, Applaud, Auto, Chant, Murmur, Roar, Shout, Silent};
    use CueAction::{Call, Cheer, ClapStart, ClapStop, Gasp, Hush, Release, Roar as Burst, Solo};
    let mut all = Vec::new();
    for activity in [Murmur, Answer, Shout, Chant, Roar, Applaud, Silent, Auto] {
        for intensity in [0.2, 1.0] {
            all.extend([Command::Intensity(intensity), Command::Activity(activity)]);
        }
        all.extend([Call, Solo, Gasp, Cheer, ClapStart, Burst, Release, Hush, ClapStop].map(Command::Cue));
        all.extend([0, 1, u16::MAX].map(Command::Line));
        for (place, fade_s) in [(1, 0.0), (0, 0.4), (99, 0.1), (1, f32::NAN)] {
            all.push(Command::Place { place, fade_s });
        }
        all.push(Command::FollowPlace);
        all.extend([0.05, f32::NAN].map(|seconds| Command::Swell { to: 1.0, seconds }));
        all.extend([0, 3, u16::MAX].map(Command::Call));
        all.extend([90.0, f32::NAN, -1.0].map(Command::Tempo));
        all.extend([0.0, 2.0, f32::INFINITY, 1.0].map(Command::Spread));
        all.extend([0, 17, u32::MAX].map(Command::People));
        all.extend([0, 2, 99].map(Command::Thin));
        all.extend([1, -1, i16::MIN, i16::MAX].map(Command::Step));
        all.extend([Command::Mute(true), Command::Mute(false), Command::Loop(true), Command::Loop(false)]);
        all.extend([Command::Panic, Command::FollowScene]);
        all.extend([0, 1, 2, 3, 4, u16::MAX].map(Command::Beat));
        all.extend([Command::Hold(true), Command::FollowScene, Command::Hold(false)]);
    }
    all.extend([0.0, 1.0, f32::NAN, f32::INFINITY, -3.0].map(Command::Amp));
    all.extend([0.0, 4.0, f32::NAN, f32::INFINITY, 1.0].map(Command::Gain));
    all.extend([f32::NAN, f32::NEG_INFINITY, 7.0].map(Command::Intensity));
    all
}

/// Reminds whoever adds a command to send it here.
fn is_sent(command: Command) -> bool {
    match command {
        Command::Intensity(_) | Command::Activity(_) | Command::FollowScene | Command::Cue(_) => true,
        Command::Line(_) | Command::Place { .. } | Command::FollowPlace | Command::Amp(_) => true,
        Command::Gain(_) | Command::Hold(_) | Command::Beat(_) => true,
        Command::Swell { .. } | Command::Call(_) | Command::Tempo(_) | Command::Spread(_) => true,
        Command::People(_) | Command::Thin(_) | Command::Step(_) | Command::Mute(_) => true,
        Command::Loop(_) | Command::Panic => true,
        // Sent at the end: nothing is heard after it.
        Command::FadeOut { .. } => false,
    }
}

fn checked(engine: &mut Engine, left: &mut [f32], right: &mut [f32], last: Option<Command>, frame: usize) {
    let seen = allocations(|| engine.process(left, right));
    assert_eq!(seen, 0, "allocations or frees at frame {frame}, after {last:?}");
    for x in left.iter().chain(&*right) {
        assert!(x.is_finite() && x.abs() <= 1.0, "{x} at frame {frame}, after {last:?}");
    }
}

#[test]
fn counter_sees_an_allocation_and_a_free() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(7)))), 2);
    assert_eq!(allocations(|| {}), 0);
}

#[test]
fn ten_thousand_quanta_with_every_command_do_not_allocate() {
    const QUANTA: usize = 10_000;
    let (mut engine, mut handle) = engine(&corner(QUICK), 1, true);
    let commands = commands();
    assert!(commands.iter().all(|c| is_sent(*c)));
    let mut sizes = rng::stream(1, Domain::Test, 0, 0);
    let (mut left, mut right) = ([0.0; 512], [0.0; 512]);
    let (mut frame, mut sent, mut loudest) = (0, 0, 0.0f32);
    while frame < QUANTA * QUANTUM {
        // Two rounds through all commands, evenly.
        let due = 2 * commands.len() * frame / (QUANTA * QUANTUM);
        while sent < due {
            handle.send(commands[sent % commands.len()]).unwrap();
            sent += 1;
        }
        let last = sent.checked_sub(1).map(|i| commands[i % commands.len()]);
        let n = sizes.range(64.0, 512.99) as usize;
        checked(&mut engine, &mut left[..n], &mut right[..n], last, frame);
        loudest = left[..n].iter().fold(loudest, |m, x| m.max(x.abs()));
        // The snapshots are read only now and then, so that their ring is full at times.
        if frame % 40_000 < n {
            let _ = handle.latest();
        }
        frame += n;
    }
    assert!(loudest > 0.1, "the crowd was hardly heard: {loudest}");

    handle.send(Command::Gain(1.0)).unwrap();
    handle.send(Command::FadeOut { seconds: 0.3 }).unwrap();
    for block in 0..120 {
        checked(&mut engine, &mut left, &mut right, None, frame + block * 512);
    }
    assert!(left.iter().chain(&right).all(|x| *x == 0.0), "a fade-out ends in silence");
}

#[test]
fn a_full_ring_of_commands_is_taken_in_one_quantum_without_allocation() {
    let (mut engine, mut handle) = engine(&corner(QUICK), 1, true);
    let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
    for round in 0..20 {
        let commands = commands();
        let accepted = (0..).take_while(|i| handle.send(commands[i * 7 % commands.len()]).is_ok()).count();
        assert_eq!(accepted, 256);
        for _ in 0..40 {
            checked(&mut engine, &mut left, &mut right, None, round);
        }
    }
}

#[test]
fn a_reset_in_the_middle_of_anything_does_not_allocate() {
    let (mut engine, mut handle) = engine(&corner(QUICK), 1, true);
    let (mut left, mut right) = ([0.0; 256], [0.0; 256]);
    for (n, command) in commands().into_iter().enumerate().step_by(5) {
        handle.send(command).unwrap();
        for _ in 0..20 {
            checked(&mut engine, &mut left, &mut right, Some(command), n);
        }
        assert_eq!(allocations(|| engine.reset()), 0, "a reset after {command:?}");
    }
}

#[test]
fn new_words_are_taken_up_without_allocation_and_come_back_to_be_dropped_outside() {
    let (mut engine, mut handle) = engine(&corner(QUICK), 1, true);
    let mut study = engine.study().unwrap();
    let (mut left, mut right) = ([0.0; 256], [0.0; 256]);
    handle.send(Command::Intensity(1.0)).unwrap();
    handle.send(Command::Activity(Activity::Chant)).unwrap();
    let mut line = None;
    for (round, words) in ["GO ON", "we want more", "[clap] [clap]"].into_iter().enumerate() {
        let uptake = study.phrase(words).unwrap();
        assert_eq!(uptake.number() as usize, round + 1);
        line = uptake.line();
        assert!(line.is_some());
        assert!(handle.take_up(uptake).is_ok());
        for block in 0..400 {
            checked(&mut engine, &mut left, &mut right, None, block);
        }
    }
    let uptake = study.tempo(line, 141.0).unwrap();
    assert!(handle.take_up(uptake).is_ok());
    for block in 0..800 {
        checked(&mut engine, &mut left, &mut right, None, block);
        // Unread, their ring is full after less than three seconds.
        while block < 750 && handle.snapshot().is_some() {}
    }
    let mut tempo = 0.0;
    while let Some(snapshot) = handle.snapshot() {
        tempo = snapshot.crowd.tempo_bpm;
    }
    assert!((tempo - 141.0).abs() < 1.0, "{tempo} beats per minute");
    let mut taken = 0;
    while let Some(deed) = handle.deed() {
        taken += u32::from(matches!(deed.what, Did::TookUp(_)));
    }
    assert_eq!(taken, 4);
}

#[test]
fn an_edited_preset_takes_over_without_allocation_while_every_command_is_sent() {
    let (mut engine, mut handle) = engine(&corner(QUICK), 1, true);
    let commands = commands();
    let (mut left, mut right) = ([0.0; 256], [0.0; 256]);
    let mut sent = 0;
    for round in 0..3 {
        let (mut next, _) = small::engine(&corner(QUICK), 1, true);
        let now = engine.planned();
        // As live: its crowd is run unheard to a moment a little ahead of the sound.
        next.roll(now, 0, now + 12_800, &[Command::Intensity(0.8)]);
        assert!(handle.succeed(Box::new(next)).is_ok());
        // The cross-fade is over after 0.4 s; the first words of the old crowd come too late for the new one.
        let mut took_over = false;
        for block in 0..300 {
            for _ in 0..2 {
                handle.send(commands[sent % commands.len()]).unwrap();
                sent += 1;
            }
            checked(&mut engine, &mut left, &mut right, Some(commands[sent % commands.len()]), block);
            while let Some(deed) = handle.deed() {
                took_over |= deed.what == Did::TookOver;
            }
            let _ = handle.latest();
        }
        assert!(took_over, "edition {round} never took over");
    }
    // One that comes too late travels back unheard.
    let (late, _) = small::engine(&corner(QUICK), 1, true);
    assert!(handle.succeed(Box::new(late)).is_ok());
    for block in 0..20 {
        checked(&mut engine, &mut left, &mut right, None, block);
    }
    while let Some(deed) = handle.deed() {
        assert_ne!(deed.what, Did::TookOver);
    }
}
