//! A crowd in a game: the game says how exciting it is and what happened, and pulls sound. No device needed.
//!
//! The preset is a text of the game's own. Each turn of the loop is one picture of a game at 50 pictures a
//! second: it sends what changed and asks for as many frames as that picture lasts.
//!
//! ```text
//! cargo run --release --example game_loop
//! ```

use std::error::Error;

use uproar::analysis::rms_db;
use uproar::engine::{Command, Engine, PrepareOptions};
use uproar::preset::{self, SourceKind};
use uproar::scene::{Activity, CueAction};
use uproar::units::SampleRate;

/// The stand behind the goal. A beat is needed, but the game takes over from it.
const PRESET: &str = r#"
version = 1
title = "The stand"
about = "Four hundred behind the goal"
phrase = "GO ON, BLUES!"

[crowd]
people = 400
speakers = 16
takes = 1
budget_s = 60
rate_per_s = 2.0
front_m_s = 60
[[crowd.section]]
shape = "box"
at = [0, 25, 4]
size_m = [30, 12]

[[line]]
text = "Come on, shoot!"
as = "murmur"
[[line]]
text = "Shoot!"
as = "answer"

[space]
kind = "stadium"

[[place]]
name = "goal"
at = [0, 0, 1.7]

[[beat]]
seconds = 3600
place = "goal"
doing = "murmur"
intensity = 0.1
"#;

/// What happens in the match: second, what, and what it asks of the crowd.
const MATCH: [(f64, &str, &[Command]); 7] = [
    (0.0, "kick-off", &[Command::Activity(Activity::Auto)]),
    (4.0, "a corner", &[Command::Cue(CueAction::ClapStart)]),
    (6.5, "the whistle", &[Command::Cue(CueAction::ClapStop), Command::Cue(CueAction::Hush)]),
    (9.0, "it goes on", &[Command::Cue(CueAction::Release)]),
    (11.0, "over the bar", &[Command::Cue(CueAction::Gasp)]),
    (12.0, "GOAL", &[Command::Cue(CueAction::Roar)]),
    (16.0, "the end", &[Command::FadeOut { seconds: 1.5 }]),
];

/// How exciting the match is, 0..1: here a rising line, in a game the distance of the ball to the goal.
fn excitement(second: f64) -> f32 {
    (0.08 + 0.085 * second).min(1.0) as f32
}

fn main() -> Result<(), Box<dyn Error>> {
    const PICTURES_PER_S: u32 = 50;
    let preset = preset::load_text("stand", PRESET, None, SourceKind::File, &[])?.preset;
    // `live` prepares for everything that may be asked for; one thread keeps `process` free of locks.
    let options = PrepareOptions { live: true, threads: Some(1), ..PrepareOptions::default() };
    let mut engine = Engine::prepare(&preset, SampleRate::DEFAULT, &options)?;
    // The handle can live on another thread than the engine.
    let mut handle = engine.handle().ok_or("the handle was taken")?;

    let frames = (engine.rate().hz() / PICTURES_PER_S) as usize;
    let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
    let mut heard = Vec::new();
    let mut events = MATCH.iter().peekable();
    let mut news = "";
    for picture in 0..18 * PICTURES_PER_S {
        let second = f64::from(picture) / f64::from(PICTURES_PER_S);
        while let Some((_, what, commands)) = events.next_if(|event| event.0 <= second) {
            news = what;
            for command in *commands {
                // Full only if nobody pulls sound; a game drops the command then.
                let _ = handle.send(*command);
            }
        }
        let _ = handle.send(Command::Intensity(excitement(second)));

        // In a game this is the audio callback: any length, no allocation, no lock.
        engine.process(&mut left, &mut right);
        heard.extend_from_slice(&left);

        if picture % (PICTURES_PER_S / 2) == PICTURES_PER_S / 2 - 1 {
            let crowd = handle.latest().map(|snapshot| snapshot.crowd).unwrap_or_default();
            let level = rms_db(&heard);
            // One character for each 1.5 dB above -60 dBFS.
            let bar = "#".repeat(((level + 60.0) / 1.5).clamp(0.0, 40.0) as usize);
            let voices = crowd.murmuring + crowd.chanting + crowd.roaring;
            println!("{:5.1} s {level:7.1} dBFS |{bar:<40}| {voices:3} voices  {news}", second + 0.02);
            heard.clear();
            news = "";
        }
    }
    Ok(())
}
