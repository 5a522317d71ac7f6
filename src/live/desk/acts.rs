//! What a performer's actions mean at this moment, as commands to the engine.

use crate::engine::Command;
use crate::live::action::{Action, HELP, Level, Switch, Target};
use crate::live::school::Job;
use crate::output::OutputError;
use crate::scene::{Activity, CueAction};
use crate::units::gain_from_db;

use super::{Desk, MOST_COMMANDS, UNISON};

impl Desk {
    pub(super) fn perform(&mut self, action: Action) -> Result<String, String> {
        let hands = self.now.hands;
        match action {
            Action::Intensity(level) => {
                let from = self.swollen.unwrap_or(self.now.intensity);
                let to = match level {
                    Level::To(to) => to,
                    Level::By(by) => from + by,
                };
                // Two steps within one look add up.
                let to = to.clamp(0.0, 1.0);
                self.swollen = Some(to);
                self.send(Command::Intensity(to))?;
                Ok(format!("intensity {to:.2}"))
            }
            Action::Swell { to, seconds } => {
                self.send(Command::Swell { to, seconds })?;
                Ok(format!("swell to {to} within {seconds} s"))
            }
            Action::Unison => {
                let intensity = self.now.intensity.max(UNISON);
                self.send(Command::Intensity(intensity))?;
                self.send(Command::Activity(Activity::Chant))?;
                Ok("unison".into())
            }
            Action::Cue(cue) => {
                self.send(Command::Cue(cue))?;
                Ok(cue_name(cue).into())
            }
            Action::Activity(activity) => {
                self.send(Command::Activity(activity))?;
                Ok(format!("{activity:?}").to_lowercase())
            }
            Action::Scene => {
                self.send(Command::FollowScene)?;
                Ok("back to the scene".into())
            }
            Action::Beat(target) => self.beat(&target),
            Action::Hold(switch) => {
                let on = switch.after(hands.hold);
                self.send(Command::Hold(on))?;
                Ok(if on { "the scene holds" } else { "the scene goes on" }.into())
            }
            Action::Loop(switch) => {
                let on = switch.after(hands.looped);
                self.send(Command::Loop(on))?;
                Ok(if on { "this beat repeats" } else { "the scene goes on" }.into())
            }
            Action::Place { place, fade_s } => self.place(&place, fade_s),
            Action::Line(n) => {
                let chant = self.facts.chants.get(usize::from(n) - 1);
                let (line, words) = chant.cloned().ok_or_else(|| self.no_line(n))?;
                self.send(Command::Line(line))?;
                Ok(format!("from the next repeat: {words}"))
            }
            Action::Phrase(words) => self.study(Job::Phrase(words.clone()), format!("learning: {words}")),
            Action::Call(name) => self.call(name.as_deref()),
            Action::Amp(amp) => self.send(Command::Amp(amp)).map(|()| format!("amp {amp:.2}")),
            Action::Spread(spread) => {
                self.send(Command::Spread(spread)).map(|()| format!("spread {spread:.2}"))
            }
            Action::People(people) => self.send(Command::People(people)).map(|()| format!("{people} people")),
            Action::Tempo(None) => self.send(Command::Tempo(0.0)).map(|()| "the scene's tempo".into()),
            Action::Tempo(Some(bpm)) => {
                let line = hands.line;
                self.study(Job::Tempo { line, bpm: f64::from(bpm) }, format!("{bpm:.1} beats per minute"))
            }
            Action::Gain(db) => {
                self.send(Command::Gain(gain_from_db(f64::from(db)) as f32))?;
                Ok(format!("gain {db:+.1} dB"))
            }
            Action::Mute(switch) => {
                let on = switch.after(hands.mute);
                self.send(Command::Mute(on))?;
                Ok(if on { "mute" } else { "mute off" }.into())
            }
            Action::Panic => {
                self.send(Command::Panic)?;
                Ok("panic: everything stops; `scene` goes on".into())
            }
            Action::Record(switch) => self.record(switch).map_err(|error| error.to_string()),
            Action::State => Ok(self.state()),
            Action::Help => Ok(help()),
            Action::Quit(seconds) => {
                self.quit = true;
                self.send(Command::FadeOut { seconds })?;
                Ok(format!("fading out over {seconds} s"))
            }
        }
    }

    fn send(&mut self, command: Command) -> Result<(), String> {
        self.sent += 1;
        let busy = || "too much at once: left out".to_owned();
        if self.sent > MOST_COMMANDS && !matches!(command, Command::FadeOut { .. } | Command::Panic) {
            return Err(busy());
        }
        self.handle.send(command).map_err(|_| busy())
    }

    fn beat(&mut self, target: &Target) -> Result<String, String> {
        let last = self.facts.beats.len() - 1;
        // While an edited preset fades in, the engine still tells of the one before, which may have had more beats.
        let here = self.now.beat.min(last);
        let beat = match target {
            Target::Next if here == last => return Err("this is the last beat".into()),
            Target::Next => here + 1,
            Target::Previous => here.saturating_sub(1),
            Target::Scene => here,
            Target::Named(name) => usize::from(self.facts.beat(name)?),
        };
        // The next of the next within one look.
        self.now.beat = beat;
        self.send(Command::Beat(beat as u16))?;
        Ok(format!("beat {}: {}", beat + 1, self.facts.beats[beat].0))
    }

    fn place(&mut self, target: &Target, fade_s: f32) -> Result<String, String> {
        let count = self.facts.places.len();
        let place = match target {
            Target::Scene => {
                self.send(Command::FollowPlace)?;
                return Ok("heard from where the scene is".into());
            }
            Target::Next => (self.now.place + 1) % count,
            Target::Previous => (self.now.place + count - 1) % count,
            Target::Named(name) => usize::from(self.facts.place(name)?),
        };
        self.now.place = place;
        self.send(Command::Place { place: place as u16, fade_s })?;
        Ok(format!("heard from: {}", self.facts.places[place]))
    }

    fn call(&mut self, name: Option<&str>) -> Result<String, String> {
        if !self.facts.leader {
            return Err("nobody leads this crowd: the preset has no leader".into());
        }
        match name {
            None => self.send(Command::Cue(CueAction::Call))?,
            Some(name) => {
                let line = self.facts.call(name)?;
                self.send(Command::Call(line))?;
            }
        }
        Ok("the leader calls".into())
    }

    fn no_line(&self, n: u8) -> String {
        let lines = self.facts.chants.iter().take(9).enumerate();
        let all: Vec<String> = lines.map(|(k, (_, words))| format!("{} {words}", k + 1)).collect();
        format!("there is no phrase {n}; there are: {}", all.join(", "))
    }

    fn study(&mut self, job: Job, said: String) -> Result<String, String> {
        self.school.ask(job)?;
        Ok(said)
    }

    fn record(&mut self, switch: Switch) -> Result<String, OutputError> {
        let (said, changed) = self.hearing.record(switch)?;
        if changed {
            self.note(&said);
        }
        Ok(said)
    }

    /// One line about how it stands.
    pub fn state(&self) -> String {
        let now = &self.now;
        let beat = self.facts.beats.get(now.beat).map_or("", |b| b.0.as_str());
        let place = self.facts.places.get(now.place).map_or("", String::as_str);
        let crowd = &now.crowd;
        format!(
            "at {:.1} s, beat {} ({beat}), from {place}, intensity {:.2}; {} murmur, {} chant, {} roar, {} silent; \
             {:.1} LUFS",
            now.scene_s,
            now.beat + 1,
            now.intensity,
            crowd.murmuring,
            crowd.chanting,
            crowd.roaring,
            crowd.silent,
            self.meters().momentary_lufs
        )
    }
}

/// Everything that can be typed.
pub fn help() -> String {
    let widest = HELP.iter().map(|(words, _)| words.len()).max().unwrap_or(0);
    let lines = HELP.iter().map(|(words, what)| format!("{words:widest$}  {what}"));
    lines.collect::<Vec<_>>().join("\n")
}

fn cue_name(cue: CueAction) -> &'static str {
    match cue {
        CueAction::Call => "call",
        CueAction::Solo => "solo",
        CueAction::Hush => "hush",
        CueAction::Gasp => "gasp",
        CueAction::Roar => "roar",
        CueAction::Cheer => "cheer",
        CueAction::ClapStart => "clapping along",
        CueAction::ClapStop => "no more clapping",
        CueAction::Release => "back to what the beat asks for",
    }
}
