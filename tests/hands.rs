//! What a performer does to a running engine: what is heard of it, and that a script repeats it to the bit.

mod small;

use small::{QUICK, corner, engine, first_difference, frames, play};
use uproar::engine::{Command, Deed, Did, Engine, EngineHandle, Script, Snapshot, Study};
use uproar::rng::{self, Domain};
use uproar::scene::{Activity, CueAction};

/// One beat in which the crowd stands silent: whatever is heard was asked for.
const STILL: &str =
    "[[beat]]\nname = \"still\"\nseconds = 20\nplace = \"near\"\ndoing = \"silent\"\nintensity = 0.0\n";

/// Plays deeds again.
struct Take {
    deeds: Vec<Deed>,
    next: usize,
    study: Study,
    words: Vec<&'static str>,
}

impl Script for Take {
    fn due(&self) -> Option<u64> {
        self.deeds.get(self.next).map(|deed| deed.frame)
    }

    fn act(&mut self, engine: &mut Engine) {
        match self.deeds[self.next].what {
            Did::Command(command) => engine.command(command),
            Did::TookUp(number) => {
                let mut uptake = self.study.phrase(self.words[number as usize - 1]).unwrap();
                engine.take_up(&mut uptake);
            }
            Did::TookOver => unreachable!("no edition is played here"),
        }
        self.next += 1;
    }
}

fn deeds(handle: &mut EngineHandle) -> Vec<Deed> {
    std::iter::from_fn(|| handle.deed()).collect()
}

fn power(sound: &[Vec<f32>; 2]) -> f64 {
    let sum: f64 = sound.iter().flatten().map(|x| f64::from(*x) * f64::from(*x)).sum();
    sum / (2 * sound[0].len()) as f64
}

fn latest(handle: &mut EngineHandle) -> Snapshot {
    handle.latest().unwrap()
}

fn seconds(engine: &mut Engine, seconds: f64) -> [Vec<f32>; 2] {
    let frames = engine.rate().frames(seconds) as usize;
    play(engine, frames, &[256])
}

/// Tells an engine something.
fn tell(handle: &mut EngineHandle, command: Command) {
    handle.send(command).unwrap();
}

#[test]
fn without_a_performer_live_and_offline_give_the_same_bits() {
    let preset = corner(QUICK);
    let (mut live, _a) = engine(&preset, 1, true);
    let (mut offline, _b) = engine(&preset, 2, false);
    let n = frames(&live);
    assert_eq!(first_difference(&play(&mut live, n, &[256]), &play(&mut offline, n, &[4096])), None);
}

#[test]
fn a_script_of_what_was_played_gives_the_same_bits() {
    let preset = corner(QUICK);
    let (mut live, mut handle) = engine(&preset, 1, true);
    let mut study = live.study().unwrap();
    let words = vec!["GO ON GO ON"];
    let mut dice = rng::stream(5, Domain::Test, 0, 0);
    let mut played = [Vec::new(), Vec::new()];
    let commands = [
        Command::Swell { to: 0.9, seconds: 0.5 },
        Command::Activity(Activity::Chant),
        Command::Thin(2),
        Command::Cue(CueAction::Call),
        Command::Place { place: 1, fade_s: 0.2 },
        Command::Step(-1),
        Command::Cue(CueAction::Hush),
        Command::Spread(2.0),
        Command::People(40),
        Command::Cue(CueAction::Roar),
        Command::Loop(true),
        Command::FollowPlace,
        Command::Gain(0.5),
        Command::Thin(0),
        Command::Mute(true),
        Command::Mute(false),
        Command::Panic,
        Command::FollowScene,
        Command::Hold(true),
        Command::FadeOut { seconds: 0.4 },
    ];
    for (k, command) in commands.into_iter().enumerate() {
        tell(&mut handle, command);
        if k == 4 {
            assert!(handle.take_up(study.phrase(words[0]).unwrap()).is_ok());
        }
        let part = play(&mut live, 9_000 + k, &[dice.range(1.0, 700.0) as usize]);
        played.iter_mut().zip(part).for_each(|(all, part)| all.extend(part));
    }
    let deeds = deeds(&mut handle);
    assert_eq!(deeds.len(), commands.len() + 1);

    let (mut again, _handle) = engine(&preset, 2, true);
    let study = again.study().unwrap();
    again.follow(Box::new(Take { deeds, next: 0, study, words }));
    let n = played[0].len();
    assert_eq!(first_difference(&play(&mut again, n, &[5000, 77]), &played), None);
    assert!(power(&played) > 1e-6);
}

#[test]
fn words_that_are_forgotten_while_the_crowd_chants_them_end() {
    let (mut engine, _handle) = engine(&corner(STILL), 1, true);
    let mut study = engine.study().unwrap();
    engine.command(Command::Activity(Activity::Chant));
    engine.command(Command::Intensity(1.0));
    let mut lines = Vec::new();
    for n in 0..18 {
        // At once, as a performance gives it again, whoever is still at the old words.
        let mut learned = study.phrase(&format!("GO {n}")).unwrap();
        lines.extend(learned.line());
        engine.take_up(&mut learned);
        let line = lines[lines.len().saturating_sub(4)];
        if n % 2 == 0 {
            engine.take_up(&mut study.tempo(Some(line), 100.0).unwrap());
        }
        engine.command(Command::Line(line));
        let heard = seconds(&mut engine, 1.3 + 0.07 * f64::from(n));
        assert!(power(&heard) > 1e-6, "the crowd is lost at {n}");
    }
}

#[test]
fn a_tempo_that_was_asked_for_again_is_the_last_to_be_forgotten() {
    let (mut engine, mut handle) = engine(&corner(STILL), 1, true);
    let mut study = engine.study().unwrap();
    engine.command(Command::Activity(Activity::Chant));
    engine.command(Command::Intensity(1.0));
    for bpm in [100.0, 110.0, 120.0, 130.0, 100.0, 140.0] {
        engine.take_up(&mut study.tempo(None, bpm).unwrap());
    }
    engine.command(Command::Tempo(100.0));
    seconds(&mut engine, 6.0);
    let tempo = latest(&mut handle).crowd.tempo_bpm;
    assert!((tempo - 100.0).abs() < 5.0, "{tempo} beats a minute");
    engine.command(Command::Tempo(0.0));
    engine.command(Command::FollowScene);
    engine.command(Command::Activity(Activity::Chant));
    engine.command(Command::Intensity(1.0));
    seconds(&mut engine, 6.0);
    let tempo = latest(&mut handle).crowd.tempo_bpm;
    assert!((tempo - 132.0).abs() < 8.0, "the line's own tempo comes back, not {tempo}");
}

#[test]
fn a_call_that_is_heard_in_the_next_beat_waits_for_it_while_the_clock_is_held_or_turns_back() {
    let beats = "[[beat]]\nname = \"a\"\nseconds = 2\nplace = \"near\"\ndoing = \"silent\"\nintensity = 0.0\n\
                 [[beat]]\nname = \"b\"\nseconds = 4\nplace = \"near\"\ndoing = \"silent\"\nintensity = 0.0\n\
                 cues = [{ at = 0.3, do = \"call\", line = \"spark\", hit = true }]\n";
    let (mut looped, mut handle) = engine(&corner(beats), 1, true);
    tell(&mut handle, Command::Loop(true));
    assert!(power(&seconds(&mut looped, 5.5)) < 1e-12, "the next beat is not in the loop");
    let (mut held, mut handle) = engine(&corner(beats), 1, true);
    seconds(&mut held, 0.1);
    tell(&mut handle, Command::Hold(true));
    tell(&mut handle, Command::Beat(1));
    assert!(power(&seconds(&mut held, 2.0)) < 1e-12, "time stands still");
    tell(&mut handle, Command::Hold(false));
    assert!(power(&seconds(&mut held, 2.0)) > 1e-9, "the call comes when it goes on");
}

#[test]
fn a_silent_scene_can_be_led_to_everything() {
    let (mut engine, mut handle) = engine(&corner(STILL), 1, true);
    assert!(power(&seconds(&mut engine, 0.5)) < 1e-12, "silence first");
    tell(&mut handle, Command::Intensity(1.0));
    for activity in [Activity::Chant, Activity::Roar, Activity::Shout, Activity::Applaud] {
        tell(&mut handle, Command::Activity(activity));
        seconds(&mut engine, 1.5);
        let sound = seconds(&mut engine, 1.0);
        assert!(power(&sound) > 1e-5, "{activity:?}: {}", power(&sound));
    }
}

#[test]
fn mute_and_panic_are_silent_within_their_time() {
    let (mut engine, mut handle) = engine(&corner(QUICK), 1, true);
    tell(&mut handle, Command::Activity(Activity::Roar));
    tell(&mut handle, Command::Intensity(1.0));
    assert!(power(&seconds(&mut engine, 1.5)) > 1e-5);
    tell(&mut handle, Command::Mute(true));
    seconds(&mut engine, 0.025);
    assert_eq!(power(&seconds(&mut engine, 0.2)), 0.0);
    tell(&mut handle, Command::Mute(false));
    seconds(&mut engine, 0.1);
    assert!(power(&seconds(&mut engine, 0.5)) > 1e-5);
    tell(&mut handle, Command::Panic);
    seconds(&mut engine, 0.025);
    assert_eq!(power(&seconds(&mut engine, 2.0)), 0.0);
    let crowd = latest(&mut handle).crowd;
    assert_eq!((crowd.chanting, crowd.roaring), (0, 0));
    tell(&mut handle, Command::FollowScene);
    tell(&mut handle, Command::Beat(1));
    seconds(&mut engine, 1.0);
    assert!(power(&seconds(&mut engine, 0.5)) > 1e-5, "the scene comes back");
}

#[test]
fn a_looped_beat_repeats_and_is_left_when_let_go() {
    let (mut engine, mut handle) = engine(&corner(QUICK), 1, true);
    seconds(&mut engine, 0.9);
    tell(&mut handle, Command::Loop(true));
    let mut turns = 0;
    let mut last_s = 0.0;
    for _ in 0..60 {
        seconds(&mut engine, 0.1);
        let now = latest(&mut handle);
        assert_eq!(now.beat, 1, "at {} s", now.scene_s);
        assert!(now.hands.looped);
        turns += usize::from(now.scene_s < last_s);
        last_s = now.scene_s;
    }
    assert!((4..=5).contains(&turns), "{turns} turns of 1.3 s in 6 s");
    assert_eq!(engine.ends_at(48_000, false), u64::MAX);
    tell(&mut handle, Command::Loop(false));
    // 1.0 s into the turn: 0.3 s of the beat are left, and the next one lasts 0.8 s.
    seconds(&mut engine, 0.6);
    assert_eq!(latest(&mut handle).beat, 2);
    tell(&mut handle, Command::Step(-2));
    seconds(&mut engine, 0.1);
    assert_eq!(latest(&mut handle).beat, 0);
}

#[test]
fn a_beat_that_ends_between_two_quanta_is_looped_too_and_a_jump_while_it_loops_arrives() {
    // 0.7003 s are 33,614.4 frames, 525.2 quanta.
    let (mut engine, mut handle) =
        engine(&corner(&QUICK.replace("seconds = 0.7", "seconds = 0.7003")), 1, true);
    tell(&mut handle, Command::Loop(true));
    for _ in 0..30 {
        seconds(&mut engine, 0.1);
        assert_eq!(latest(&mut handle).beat, 0);
    }
    tell(&mut handle, Command::Step(2));
    for _ in 0..30 {
        seconds(&mut engine, 0.1);
        assert_eq!(latest(&mut handle).beat, 2);
    }
}

#[test]
fn a_swell_moves_evenly_and_people_and_spread_are_followed() {
    let (mut engine, mut handle) = engine(&corner(STILL), 1, true);
    seconds(&mut engine, 0.1);
    tell(&mut handle, Command::Activity(Activity::Chant));
    tell(&mut handle, Command::Swell { to: 0.8, seconds: 2.0 });
    for step in 1..=4 {
        seconds(&mut engine, 0.5);
        let intensity = f64::from(latest(&mut handle).intensity);
        assert!((intensity - 0.2 * f64::from(step)).abs() < 0.01, "{intensity} at step {step}");
    }
    tell(&mut handle, Command::Intensity(1.0));
    seconds(&mut engine, 4.0);
    assert!(latest(&mut handle).crowd.chanting > 80);
    tell(&mut handle, Command::People(30));
    seconds(&mut engine, 3.0);
    let chanting = latest(&mut handle).crowd.chanting;
    assert!((20..=30).contains(&chanting), "{chanting} of 30");
}

#[test]
fn a_hush_from_the_stage_silences_the_crowd_as_the_scene_asks() {
    let (mut engine, mut handle) = engine(&corner(STILL), 1, true);
    tell(&mut handle, Command::Activity(Activity::Chant));
    tell(&mut handle, Command::Intensity(1.0));
    seconds(&mut engine, 4.0);
    let before = latest(&mut handle).crowd.chanting;
    tell(&mut handle, Command::Cue(CueAction::Hush));
    seconds(&mut engine, 1.5);
    let after = latest(&mut handle).crowd.chanting;
    assert!(before > 80 && f64::from(after) <= 0.05 * f64::from(before), "{before} before, {after} after");
}

/// Rolls an engine of another edition to where the first one is, and lets it take over.
fn edition(engine: &Engine, beats: &str, entry: &[Command]) -> Box<Engine> {
    let (mut next, _handle) = small::engine(&corner(beats), 1, true);
    let at = engine.planned();
    next.roll(at - 48_000 / 64 * 64, 24_000, at + 4_800, entry);
    Box::new(next)
}

#[test]
fn an_edited_scene_takes_over_without_a_gap_or_a_click() {
    let roar =
        "[[beat]]\nname = \"roar\"\nseconds = 20\nplace = \"near\"\ndoing = \"roar\"\nintensity = 1.0\n";
    let (mut engine, mut handle) = engine(&corner(roar), 1, true);
    seconds(&mut engine, 3.0);
    // Unread, the ring of snapshots is full after less than three seconds.
    let _ = handle.latest();
    let next = edition(&engine, &roar.replace("1.0", "0.9"), &[]);
    assert!(handle.succeed(next).is_ok());
    let sound = seconds(&mut engine, 2.0);
    let deed = std::iter::from_fn(|| handle.deed()).find(|deed| deed.what == Did::TookOver);
    assert!(deed.is_some(), "nobody took over");
    let level = |part: &[f32]| part.iter().map(|x| x * x).sum::<f32>() / part.len() as f32;
    let usual = level(&sound[0]);
    for (k, part) in sound[0].chunks(2400).enumerate() {
        assert!(level(part) > 0.05 * usual, "a gap at {} s", k as f64 * 0.05);
    }
    // A click is a step; a roar has none that is larger than what it has elsewhere.
    let step = |part: &[f32]| part.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
    let (during, after) = (step(&sound[0][..38_400]), step(&sound[0][48_000..]));
    assert!(during < 1.6 * after, "{during} against {after}");
    let now = latest(&mut handle);
    assert!((now.intensity - 0.9).abs() < 0.01 && (now.scene_s - 5.0).abs() < 0.1, "{now:?}");
    assert_eq!(engine.ends_at(20 * 48_000, true), 20 * 48_000, "the clock went on");
}

#[test]
fn what_the_performer_holds_outlasts_an_edition_and_one_too_late_is_refused() {
    let (mut engine, mut handle) = engine(&corner(STILL), 1, true);
    seconds(&mut engine, 1.5);
    tell(&mut handle, Command::Activity(Activity::Chant));
    tell(&mut handle, Command::Intensity(0.8));
    tell(&mut handle, Command::Hold(true));
    seconds(&mut engine, 1.0);
    let late = edition(&engine, STILL, &[]);
    seconds(&mut engine, 1.0);
    assert!(handle.succeed(late).is_ok());
    seconds(&mut engine, 0.5);
    assert!(!std::iter::from_fn(|| handle.deed()).any(|deed| deed.what == Did::TookOver));
    let entry = [Command::Intensity(0.8), Command::Activity(Activity::Chant)];
    assert!(handle.succeed(edition(&engine, STILL, &entry)).is_ok());
    seconds(&mut engine, 2.0);
    assert!(std::iter::from_fn(|| handle.deed()).any(|deed| deed.what == Did::TookOver));
    let now = latest(&mut handle);
    assert!(now.hands.hold && now.hands.crowd && now.crowd.chanting > 40, "{:?} {:?}", now.hands, now.crowd);
    tell(&mut handle, Command::Panic);
    seconds(&mut engine, 0.05);
    assert_eq!(power(&seconds(&mut engine, 0.3)), 0.0, "commands reach the new one");
}

#[test]
fn a_panic_ends_who_speaks_through_a_loudspeaker_for_good() {
    let words = "[[beat]]\nname = \"words\"\nseconds = 20\nplace = \"far\"\ndoing = \"silent\"\nintensity = 0.0\n\
                 cues = [{ at = 0.5, do = \"solo\", line = \"turn\", who = \"hero\" }]\n";
    let peak = |sound: &[Vec<f32>; 2]| sound.iter().flatten().fold(0.0f32, |most, x| most.max(x.abs()));
    let (mut engine, mut handle) = engine(&corner(words), 1, true);
    let spoken = peak(&seconds(&mut engine, 1.0));
    assert!(spoken > 2e-4, "the words have begun: {spoken}");
    tell(&mut handle, Command::Panic);
    seconds(&mut engine, 0.05);
    tell(&mut handle, Command::FollowScene);
    // What is on the way from the loudspeaker and between the walls dies away.
    seconds(&mut engine, 0.6);
    let after = peak(&seconds(&mut engine, 1.0));
    assert!(after < 0.05 * spoken, "{after} after the panic, {spoken} before");
}
