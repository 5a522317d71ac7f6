//! What is asked to be heard at a frame is heard there.

use uproar::engine::{Command, Engine, PrepareOptions};
use uproar::preset::{SourceKind, load_text};
use uproar::units::SampleRate;

const RATE: SampleRate = SampleRate::DEFAULT;

/// A dry scene without levelling, in which only what the beats ask for is heard.
fn scene(people: usize, place_y: f64, beats: &str) -> String {
    format!(
        r#"
version = 1
phrase = "{{AA1}}"
seed = 3
[crowd]
people = {people}
speakers = 8
takes = 1
spread_ms = [0, 0]
skip = 0
tempo_jitter = 0
bed = {{ whoop_share = 0, roar_share = 0 }}
[[crowd.section]]
shape = "box"
at = [0, 10, 0]
size_m = [4, 4]
[leader]
at = [0, 0, 1.7]
chants = false
[[line]]
name = "call"
text = "{{AA1}}"
as = "leader"
[space]
kind = "dry"
[[place]]
name = "here"
at = [0, {place_y}, 1.7]
delay = "physical"
[master]
levelling = false
limiter = false
full_scale_db_spl = 130
{beats}
"#
    )
}

fn prepared(text: &str) -> Engine {
    let loaded = load_text("test", text, None, SourceKind::File, &[]).unwrap_or_else(|e| panic!("{e}"));
    let options = PrepareOptions { threads: Some(1), ..PrepareOptions::default() };
    Engine::prepare(&loaded.preset, RATE, &options).unwrap_or_else(|e| panic!("{e}"))
}

fn hear(text: &str) -> Vec<f32> {
    let mut engine = prepared(text);
    let frames = RATE.frames(engine.seconds()) as usize;
    let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
    engine.process(&mut left, &mut right);
    left
}

/// The frame at which the level over 10 ms first comes within 12 dB of its highest.
fn onset(sound: &[f32]) -> usize {
    let powers: Vec<f32> = sound.chunks(48).map(|c| c.iter().map(|x| x * x).sum()).collect();
    let smooth: Vec<f32> = powers.windows(10).map(|w| w.iter().sum()).collect();
    let most = smooth.iter().fold(0.0f32, |m, x| m.max(*x));
    assert!(most > 0.0, "silence");
    (smooth.iter().position(|x| *x > most / 16.0).unwrap() + 5) * 48
}

fn call(place_y: f64, at: f64) -> Vec<f32> {
    let cue = format!("{{ at = {at}, do = \"call\", line = \"call\", hit = true }}");
    let beats =
        format!("[[beat]]\nseconds = 4\nplace = \"here\"\ndoing = \"silent\"\nintensity = 0\ncues = [{cue}]");
    hear(&scene(1, place_y, &beats))
}

#[test]
fn a_call_is_heard_at_its_frame_to_the_sample_wherever_the_ears_are() {
    let first = call(3.0, 1.5);
    // 1,001 frames later, which is no whole number of the engine's blocks.
    let later = call(3.0, 1.5 + 1001.0 / 48_000.0);
    let peak = first.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    let apart = |shift: usize| {
        (48_000..140_000).map(|n| (first[n] - later[n + shift]).abs()).fold(0.0, f32::max) / peak
    };
    assert!(apart(1001) < 0.01, "{} of the peak", apart(1001));
    assert!(apart(1000) > 0.03 && apart(1002) > 0.03, "a sample makes a difference");
    let heard = onset(&first) as f64 / 48_000.0;
    assert!((heard - 1.5).abs() < 0.03, "heard at {heard} s");
    // 100 m further away, 0.29 s of sound: heard at the same time.
    let far = onset(&call(103.0, 1.5)) as f64 / 48_000.0;
    assert!((far - heard).abs() < 0.005, "{far} and {heard}");
}

#[test]
fn a_call_right_behind_the_beat_that_is_jumped_to_is_heard_late_instead_of_never() {
    let quiet = "[[beat]]\nseconds = 20\nplace = \"here\"\ndoing = \"silent\"\nintensity = 0\n";
    let cue = "{ at = 0.2, do = \"call\", line = \"call\", hit = true }";
    let mut engine = prepared(&scene(1, 3.0, &format!("{quiet}{quiet}cues = [{cue}]")));
    let listen = |engine: &mut Engine, frames: usize| {
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        engine.process(&mut left, &mut right);
        left
    };
    assert!(listen(&mut engine, 48_000).iter().all(|x| *x == 0.0));
    engine.command(Command::Beat(1));
    let heard = onset(&listen(&mut engine, 96_000)) as f64 / 48_000.0;
    assert!((0.2..0.7).contains(&heard), "heard after {heard} s");
}

#[test]
fn a_chant_is_heard_to_begin_at_its_hit_wherever_the_ears_are() {
    let chant = |place_y: f64, hit: f64| {
        let quiet = "[[beat]]\nseconds = 2\nplace = \"here\"\ndoing = \"silent\"\nintensity = 0\n";
        let beats = format!(
            "{quiet}[[beat]]\nseconds = 2\ndoing = \"chant\"\nintensity = 1\nhit = {hit}\nfade_s = 0"
        );
        onset(&hear(&scene(60, place_y, &beats))) as f64 / 48_000.0
    };
    let near = chant(5.0, 0.0);
    assert!((near - 2.0).abs() < 0.035, "heard at {near} s");
    let late = chant(5.0, 0.5);
    assert!((late - near - 0.5).abs() < 0.02, "{late} after {near}");
    let far = chant(100.0, 0.0);
    assert!((far - near).abs() < 0.015, "{far} and {near}");
}

#[test]
fn a_hit_that_nobody_can_make_is_refused() {
    let beats = "[[beat]]\nseconds = 4\nplace = \"here\"\ndoing = \"chant\"\nintensity = 1\nhit = 1.5";
    let text = scene(1, 1000.0, beats);
    let loaded = load_text("test", &text, None, SourceKind::File, &[]).unwrap();
    let error = Engine::prepare(&loaded.preset, RATE, &PrepareOptions::default()).err().unwrap().to_string();
    assert!(error.contains("too soon") && error.contains("3.6"), "{error}");
    let error = load_text("test", &text.replace("hit = 1.5", "hit = 0.5"), None, SourceKind::File, &[]);
    assert!(error.unwrap_err().to_string().contains("at least 1 s into the scene"));
}
