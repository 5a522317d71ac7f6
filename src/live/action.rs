//! What can be asked of a show that is on, and how it is typed.
//!
//! Owns the one list of live actions that keys, typed lines, MIDI, OSC and scripts share, and their words. Does not
//! own what becomes of them.

use std::fmt;
use std::str::FromStr;

use crate::crowd::MAX_KEYS;
use crate::scene::{Activity, CueAction};

/// The length of a swell when none is given, seconds.
const SWELL_S: f32 = 12.0;

/// The fade of a quit when none is given, seconds.
const QUIT_S: f32 = 2.0;

/// All that can be typed, a line each: words, then what they do.
pub const HELP: &[(&str, &str)] = &[
    ("intensity 0.8 | +0.1 | -0.1", "how excited the crowd is, 0..1"),
    ("swell [SECONDS [TO]]", "intensity rises evenly, to 1 within 12 s if not told otherwise"),
    ("unison", "everybody chants, at 0.9 or more"),
    ("hush | roar | cheer | gasp | release", "cues"),
    ("clap on | off", "clapping along on the beat"),
    ("silent | murmur | answer | shout | chant | applaud", "what the crowd does until `scene`"),
    ("scene", "intensity, doing, phrase and tempo follow the scene again"),
    ("next | previous | beat NAME", "moves to another beat"),
    ("hold [on|off] | loop [on|off]", "stops the scene's clock; repeats this beat"),
    ("place NAME | next | scene [SECONDS]", "where it is heard from"),
    ("phrase 1..9", "chants this line from the next repeat on"),
    ("phrase WORDS", "learns new words; they are chanted from the next repeat on"),
    ("call [NAME]", "the leader calls now"),
    ("amp 0..1 | spread 0..4 | people N", "reach of the call; looseness; how many take part"),
    ("tempo BPM | scene", "tempo of the chant"),
    ("gain DB | mute [on|off] | panic", "output; panic ends every sound at once"),
    ("record [on|off]", "writes a WAV file of what is heard"),
    ("state | help", "prints one line; prints this"),
    ("quit [SECONDS]", "fades out and ends"),
];

/// On, off, or the other way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
    /// On if it is off.
    Toggle,
}

impl Switch {
    /// What comes after `now`.
    pub fn after(self, now: bool) -> bool {
        match self {
            Self::On => true,
            Self::Off => false,
            Self::Toggle => !now,
        }
    }
}

/// A value, or a step from where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    /// To this.
    To(f32),
    /// By this.
    By(f32),
}

/// A beat or a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// By its name, or by its number from 1.
    Named(String),
    /// The next one, round and round for places.
    Next,
    /// The one before.
    Previous,
    /// What the scene says.
    Scene,
}

/// Something that a performer does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Moves the intensity.
    Intensity(Level),
    /// Raises it evenly.
    Swell {
        /// Where to, 0..1.
        to: f32,
        /// Length, seconds.
        seconds: f32,
    },
    /// Everybody chants.
    Unison,
    /// Cues the crowd.
    Cue(CueAction),
    /// Has the crowd do this until [`Action::Scene`].
    Activity(Activity),
    /// Everything follows the scene again.
    Scene,
    /// Moves to a beat.
    Beat(Target),
    /// Holds the scene's clock.
    Hold(Switch),
    /// Repeats the beat.
    Loop(Switch),
    /// Listens from a place.
    Place {
        /// Which.
        place: Target,
        /// Length of the cross-fade, seconds.
        fade_s: f32,
    },
    /// Chants the line on this key, 1..9.
    Line(u8),
    /// Learns new words and chants them.
    Phrase(String),
    /// The leader calls, this line or the next.
    Call(Option<String>),
    /// How far calls carry, 0..1.
    Amp(f32),
    /// Factor on the scatter of onsets, 0..4.
    Spread(f32),
    /// How many take part.
    People(u32),
    /// Tempo in beats per minute; the scene's own if `None`.
    Tempo(Option<f32>),
    /// Output gain, dB.
    Gain(f32),
    /// Silences the output.
    Mute(Switch),
    /// Ends every sound at once.
    Panic,
    /// Writes what is heard.
    Record(Switch),
    /// Says how it stands.
    State,
    /// Says what can be typed.
    Help,
    /// Fades out and ends.
    Quit(f32),
}

/// Why a line cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// A word that means nothing here.
    #[error("`{word}` is not something to do{}; `help` lists what is", near(.nearest))]
    Unknown {
        /// The word.
        word: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
    /// Something after the word is missing or wrong.
    #[error("{word}: {wrong}; write: {usage}")]
    Wrong {
        /// The word.
        word: String,
        /// What is wrong.
        wrong: String,
        /// How it is written.
        usage: &'static str,
    },
}

fn near(nearest: &Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |word| format!(" (did you mean `{word}`?)"))
}

/// Every first word, with how it is written.
const WORDS: &[(&str, &str)] = &[
    ("intensity", "intensity 0..1, +0.1 or -0.1"),
    ("swell", "swell [SECONDS [TO]]"),
    ("unison", "unison"),
    ("hush", "hush"),
    ("roar", "roar"),
    ("cheer", "cheer"),
    ("gasp", "gasp"),
    ("release", "release"),
    ("clap", "clap on | off"),
    ("silent", "silent"),
    ("murmur", "murmur"),
    ("answer", "answer"),
    ("shout", "shout"),
    ("chant", "chant"),
    ("applaud", "applaud"),
    ("scene", "scene"),
    ("next", "next"),
    ("previous", "previous"),
    ("beat", "beat NAME"),
    ("hold", "hold [on|off]"),
    ("loop", "loop [on|off]"),
    ("place", "place NAME | next | scene [SECONDS]"),
    ("phrase", "phrase 1..9 or phrase WORDS"),
    ("call", "call [NAME]"),
    ("amp", "amp 0..1"),
    ("spread", "spread 0..4"),
    ("people", "people N"),
    ("tempo", "tempo 40..240 | scene"),
    ("gain", "gain -60..12"),
    ("mute", "mute [on|off]"),
    ("panic", "panic"),
    ("record", "record [on|off]"),
    ("state", "state"),
    ("help", "help"),
    ("quit", "quit [SECONDS]"),
];

/// What follows the first word.
struct Rest<'a> {
    word: &'a str,
    usage: &'static str,
    text: &'a str,
}

impl Rest<'_> {
    fn wrong(&self, wrong: impl fmt::Display) -> ActionError {
        ActionError::Wrong { word: self.word.into(), wrong: wrong.to_string(), usage: self.usage }
    }

    fn number(&self, text: &str, low: f32, high: f32) -> Result<f32, ActionError> {
        match text.parse::<f32>() {
            Ok(x) if (low..=high).contains(&x) => Ok(x),
            _ => Err(self.wrong(format!("`{text}` is not a number from {low} to {high}"))),
        }
    }

    fn only(&self, low: f32, high: f32) -> Result<f32, ActionError> {
        match self.text {
            "" => Err(self.wrong("a number is missing")),
            text => self.number(text, low, high),
        }
    }

    fn switch(&self, without: Option<Switch>) -> Result<Switch, ActionError> {
        match (self.text, without) {
            ("on", _) => Ok(Switch::On),
            ("off", _) => Ok(Switch::Off),
            ("", Some(switch)) => Ok(switch),
            ("", None) => Err(self.wrong("on or off is missing")),
            (text, _) => Err(self.wrong(format!("`{text}` is neither on nor off"))),
        }
    }

    fn nothing(&self, action: Action) -> Result<Action, ActionError> {
        if self.text.is_empty() {
            Ok(action)
        } else {
            Err(self.wrong(format!("`{}` is too much", self.text)))
        }
    }

    fn level(&self) -> Result<Level, ActionError> {
        match self.text.as_bytes().first() {
            Some(b'+' | b'-') => self.only(-1.0, 1.0).map(Level::By),
            _ => self.only(0.0, 1.0).map(Level::To),
        }
    }

    fn swell(&self) -> Result<Action, ActionError> {
        let mut parts = self.text.split_whitespace();
        let seconds =
            parts.next().map_or(Ok(SWELL_S), |t| self.number(t.trim_end_matches('s'), 0.0, 600.0))?;
        let to = parts.next().map_or(Ok(1.0), |t| self.number(t, 0.0, 1.0))?;
        match parts.next() {
            None => Ok(Action::Swell { to, seconds }),
            Some(more) => Err(self.wrong(format!("`{more}` is too much"))),
        }
    }

    fn place(&self) -> Result<Action, ActionError> {
        // A last word that is a number is the length of the fade, unless it is all there is.
        // In quotes a name may be anything.
        if let Some((name, last)) = self.text.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
            let fade_s = if last.trim().is_empty() { 0.3 } else { self.number(last.trim(), 0.0, 60.0)? };
            return Ok(Action::Place { place: Target::Named(name.into()), fade_s });
        }
        let (name, fade_s) = match self.text.rsplit_once(char::is_whitespace) {
            Some((name, last)) if last.parse::<f32>().is_ok() => (name.trim(), self.number(last, 0.0, 60.0)?),
            _ => (self.text, 0.3),
        };
        let place = match name {
            "" => return Err(self.wrong("a name is missing")),
            "next" => Target::Next,
            "scene" => Target::Scene,
            name => Target::Named(name.into()),
        };
        Ok(Action::Place { place, fade_s })
    }

    fn phrase(&self) -> Result<Action, ActionError> {
        let words = unquoted(self.text);
        match words.parse::<u8>() {
            Ok(n) if (1..=MAX_KEYS).contains(&usize::from(n)) => Ok(Action::Line(n)),
            _ if words.is_empty() => Err(self.wrong("words are missing")),
            _ => Ok(Action::Phrase(words.into())),
        }
    }
}

/// Text without the quotation marks around it.
fn unquoted(text: &str) -> &str {
    let pairs = [('"', '"'), ('“', '”'), ('\'', '\'')];
    let inner = pairs.iter().find_map(|(a, b)| text.strip_prefix(*a).and_then(|t| t.strip_suffix(*b)));
    inner.unwrap_or(text).trim()
}

impl FromStr for Action {
    type Err = ActionError;

    fn from_str(line: &str) -> Result<Self, ActionError> {
        let line = line.trim();
        let (word, text) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let lower = word.to_lowercase();
        let word = match lower.as_str() {
            "prev" | "back" => "previous",
            "q" | "exit" | "stop" => "quit",
            "?" => "help",
            word => word,
        };
        let Some((word, usage)) = WORDS.iter().find(|(w, _)| *w == word) else {
            let nearest = crate::preset::nearest(word, WORDS.iter().map(|(w, _)| *w));
            let nearest = nearest.and_then(|n| WORDS.iter().find(|(w, _)| *w == n)).map(|(w, _)| *w);
            return Err(ActionError::Unknown { word: word.chars().take(40).collect(), nearest });
        };
        let rest = Rest { word, usage, text: text.trim() };
        match *word {
            "intensity" => rest.level().map(Self::Intensity),
            "swell" => rest.swell(),
            "unison" => rest.nothing(Self::Unison),
            "hush" => rest.nothing(Self::Cue(CueAction::Hush)),
            "roar" => rest.nothing(Self::Cue(CueAction::Roar)),
            "cheer" => rest.nothing(Self::Cue(CueAction::Cheer)),
            "gasp" => rest.nothing(Self::Cue(CueAction::Gasp)),
            "release" => rest.nothing(Self::Cue(CueAction::Release)),
            "clap" => Ok(Self::Cue(match rest.switch(None)? {
                Switch::Off => CueAction::ClapStop,
                _ => CueAction::ClapStart,
            })),
            "silent" => rest.nothing(Self::Activity(Activity::Silent)),
            "murmur" => rest.nothing(Self::Activity(Activity::Murmur)),
            "answer" => rest.nothing(Self::Activity(Activity::Answer)),
            "shout" => rest.nothing(Self::Activity(Activity::Shout)),
            "chant" => rest.nothing(Self::Activity(Activity::Chant)),
            "applaud" => rest.nothing(Self::Activity(Activity::Applaud)),
            "scene" => rest.nothing(Self::Scene),
            "next" => rest.nothing(Self::Beat(Target::Next)),
            "previous" => rest.nothing(Self::Beat(Target::Previous)),
            "beat" if rest.text.is_empty() => Err(rest.wrong("a name is missing")),
            "beat" => Ok(Self::Beat(Target::Named(rest.text.into()))),
            "hold" => rest.switch(Some(Switch::Toggle)).map(Self::Hold),
            "loop" => rest.switch(Some(Switch::Toggle)).map(Self::Loop),
            "mute" => rest.switch(Some(Switch::Toggle)).map(Self::Mute),
            "record" => rest.switch(Some(Switch::Toggle)).map(Self::Record),
            "place" => rest.place(),
            "phrase" => rest.phrase(),
            "call" => Ok(Self::Call(Some(unquoted(rest.text)).filter(|t| !t.is_empty()).map(str::to_owned))),
            "amp" => rest.only(0.0, 1.0).map(Self::Amp),
            "spread" => rest.only(0.0, 4.0).map(Self::Spread),
            "people" => match rest.text.parse() {
                Ok(people) => Ok(Self::People(people)),
                Err(_) => Err(rest.wrong(format!("`{}` is not a whole number", rest.text))),
            },
            "tempo" if rest.text == "scene" => Ok(Self::Tempo(None)),
            "tempo" => rest.only(40.0, 240.0).map(|bpm| Self::Tempo(Some(bpm))),
            "gain" => rest.only(-60.0, 12.0).map(Self::Gain),
            "panic" => rest.nothing(Self::Panic),
            "state" => rest.nothing(Self::State),
            "help" => rest.nothing(Self::Help),
            _ if rest.text.is_empty() => Ok(Self::Quit(QUIT_S)),
            _ => rest.number(rest.text.trim_end_matches('s'), 0.0, 60.0).map(Self::Quit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_can_be_typed_and_stands_in_the_help() {
        for (word, usage) in WORDS {
            assert!(HELP.iter().any(|(typed, _)| typed.contains(word)), "{word} is missing in the help");
            let example = match *word {
                "clap" => "clap on".to_owned(),
                "beat" | "place" => format!("{word} roof"),
                "phrase" => "phrase GO ON".into(),
                "amp" | "intensity" | "spread" => format!("{word} 0.5"),
                "people" | "tempo" => format!("{word} 100"),
                "gain" => "gain -6".into(),
                other => other.to_owned(),
            };
            assert!(example.parse::<Action>().is_ok(), "{example}: {usage}");
        }
    }

    #[test]
    fn lines_are_read_as_they_are_meant() {
        let read = |line: &str| line.parse::<Action>().unwrap();
        assert_eq!(read("intensity 0.8"), Action::Intensity(Level::To(0.8)));
        assert_eq!(read("  Intensity +0.1 "), Action::Intensity(Level::By(0.1)));
        assert_eq!(read("swell"), Action::Swell { to: 1.0, seconds: 12.0 });
        assert_eq!(read("swell 8s 0.7"), Action::Swell { to: 0.7, seconds: 8.0 });
        let gate = |fade_s| Action::Place { place: Target::Named("gate 2".into()), fade_s };
        assert_eq!(read("place \"gate 2\""), gate(0.3));
        assert_eq!(read("place \"gate 2\" 1.5"), gate(1.5));
        assert_eq!(read("place roof 2"), Action::Place { place: Target::Named("roof".into()), fade_s: 2.0 });
        assert_eq!(read("phrase 3"), Action::Line(3));
        assert_eq!(read("phrase \"WE WANT MORE\""), Action::Phrase("WE WANT MORE".into()));
        assert_eq!(read("phrase 10 MORE"), Action::Phrase("10 MORE".into()));
        assert_eq!(read("hold"), Action::Hold(Switch::Toggle));
        assert_eq!(read("call"), Action::Call(None));
        assert_eq!(read("quit 5"), Action::Quit(5.0));
    }

    #[test]
    fn wrong_lines_say_what_is_wrong() {
        let fail = |line: &str| line.parse::<Action>().unwrap_err().to_string();
        assert_eq!(
            fail("hussh"),
            "`hussh` is not something to do (did you mean `hush`?); `help` lists what is"
        );
        assert!(fail("intensity loud").contains("not a number from 0 to 1; write: intensity 0..1"));
        for wrong in ["intensity nan", "intensity 7", "swell 1 2", "hush now", "people -1", "clap", "tempo 9"]
        {
            assert!(wrong.parse::<Action>().is_err(), "{wrong}");
        }
    }
}
