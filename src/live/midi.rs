//! MIDI: notes, controllers and clock as actions.
//!
//! Owns the reading of messages, the map from them to actions, learning of new bindings and the tempo of a clock. Does
//! not own ports: everything here works on bytes.
//!
//! A binding is written `note 36 = hush`, `cc 1 = intensity`, `cc 4 ch 2 = place`; what stands behind the equals sign
//! is a line that could be typed, for controllers without its number.

use std::fmt;
use std::str::FromStr;

use crate::crowd::MAX_KEYS;

use super::action::{Action, Level, Switch, Target};
use super::facts::Facts;

/// The usual map, where nobody says otherwise.
pub const USUAL: &[&str] = &[
    "note 36 = hush",
    "note 37 = roar",
    "note 38 = unison",
    "note 39 = swell",
    "note 40 = call",
    "note 41 = cheer",
    "note 42 = gasp",
    "note 43 = release",
    "note 44 = scene",
    "note 45 = mute",
    "note 46 = previous",
    "note 47 = next",
    "note 60 = phrase 1",
    "note 61 = phrase 2",
    "note 62 = phrase 3",
    "note 63 = phrase 4",
    "note 64 = phrase 5",
    "note 65 = phrase 6",
    "note 66 = phrase 7",
    "note 67 = phrase 8",
    "note 68 = phrase 9",
    "note 72..127 = beat",
    "cc 1 = intensity",
    "cc 2 = amp",
    "cc 3 = spread",
    "cc 4 = place",
    "cc 7 = gain",
    "cc 64 = hold",
    "cc 120 = panic",
    "cc 123 = panic",
];

/// Clock ticks of a beat.
const TICKS: usize = 24;

/// A change of tempo that is followed, share of the tempo, and how long a tempo must hold before it is, beats.
const STEP: f64 = 0.01;
const HOLDS_BEATS: usize = 2;

/// What a device says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A key goes down.
    Note {
        /// Channel 1..16.
        channel: u8,
        /// Key 0..127.
        key: u8,
    },
    /// A controller moves.
    Control {
        /// Channel 1..16.
        channel: u8,
        /// Number 0..127.
        number: u8,
        /// Value 0..127.
        value: u8,
    },
    /// A 24th of a beat has passed.
    Tick,
    /// The clock starts, goes on or stops: what came before it says nothing about the tempo.
    Transport,
}

impl Message {
    /// Reads one message; `None` for those that mean nothing here, and for what is no message.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        match *bytes {
            [0xF8] => Some(Self::Tick),
            [0xFA..=0xFC] => Some(Self::Transport),
            [status @ 0x90..=0x9F, key @ 0..=127, 1..=127] => {
                Some(Self::Note { channel: (status & 15) + 1, key })
            }
            [status @ 0xB0..=0xBF, number @ 0..=127, value @ 0..=127] => {
                Some(Self::Control { channel: (status & 15) + 1, number, value })
            }
            _ => None,
        }
    }
}

/// What a binding listens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    Notes(u8, u8),
    Control(u8),
}

/// What a binding does.
#[derive(Clone, Debug)]
enum Does {
    /// The same at every touch.
    Act(Action),
    /// A controller's way from end to end, or a row of keys.
    Intensity,
    Amp,
    Spread,
    Gain,
    Place,
    Beat,
    Phrase,
    Switch(fn(Switch) -> Action),
}

/// One line of a map.
#[derive(Clone, Debug)]
pub struct Binding {
    heard: Heard,
    channel: Option<u8>,
    does: Does,
    text: String,
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.heard {
            Heard::Notes(a, b) if a == b => write!(f, "note {a}")?,
            Heard::Notes(a, b) => write!(f, "note {a}..{b}")?,
            Heard::Control(n) => write!(f, "cc {n}")?,
        }
        if let Some(channel) = self.channel {
            write!(f, " ch {channel}")?;
        }
        write!(f, " = {}", self.text)
    }
}

/// How a binding is written.
const USAGE: &str = "write `note 36 = hush`, `cc 1 = intensity` or `cc 4 ch 2 = place`";

impl FromStr for Binding {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let (left, right) = line.split_once('=').ok_or_else(|| format!("`{line}` has no `=`; {USAGE}"))?;
        let lower = left.to_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        let (kind, which, channel) = match words[..] {
            [kind, which] => (kind, which, None),
            [kind, which, "ch", channel] => match channel.parse::<u8>() {
                Ok(channel @ 1..=16) => (kind, which, Some(channel)),
                _ => return Err(format!("`{channel}` is not a channel from 1 to 16")),
            },
            _ => return Err(format!("`{}` is neither a note nor a controller; {USAGE}", left.trim())),
        };
        let number = |text: &str| match text.parse::<u8>() {
            Ok(n @ 0..=127) => Ok(n),
            _ => Err(format!("`{text}` is not a number from 0 to 127")),
        };
        let heard = match kind {
            "note" => match which.split_once("..") {
                Some((a, b)) => Heard::Notes(number(a)?, number(b)?),
                None => Heard::Notes(number(which)?, number(which)?),
            },
            "cc" => Heard::Control(number(which)?),
            _ => return Err(format!("`{kind}` is neither `note` nor `cc`; {USAGE}")),
        };
        let does = Does::read(right.trim(), heard)?;
        Ok(Self { heard, channel, does, text: right.trim().to_owned() })
    }
}

impl Does {
    fn read(text: &str, heard: Heard) -> Result<Self, String> {
        let control = matches!(heard, Heard::Control(_));
        let row = matches!(heard, Heard::Notes(a, b) if a != b);
        Ok(match text {
            "intensity" if control => Self::Intensity,
            "amp" if control => Self::Amp,
            "spread" if control => Self::Spread,
            "gain" if control => Self::Gain,
            "place" if control || row => Self::Place,
            "beat" if control || row => Self::Beat,
            "phrase" if control || row => Self::Phrase,
            "hold" if control => Self::Switch(Action::Hold),
            "loop" if control => Self::Switch(Action::Loop),
            "mute" if control => Self::Switch(Action::Mute),
            "record" if control => Self::Switch(Action::Record),
            text => Self::Act(text.parse::<Action>().map_err(|error| error.to_string())?),
        })
    }
}

/// A map of bindings with what it is learning and the clock that it hears.
#[derive(Debug)]
pub struct MidiMap {
    bindings: Vec<Binding>,
    learning: Option<String>,
    clock: Clock,
}

impl MidiMap {
    /// The usual map with these bindings before it.
    ///
    /// # Errors
    /// What is wrong, with the number of the line from 0.
    pub fn new<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self, (usize, String)> {
        let mut bindings = Vec::new();
        for (number, line) in lines.into_iter().enumerate() {
            bindings.push(line.parse::<Binding>().map_err(|error| (number, error))?);
        }
        bindings.extend(USUAL.iter().filter_map(|line| line.parse().ok()));
        Ok(Self { bindings, learning: None, clock: Clock::default() })
    }

    /// The next note or controller that is touched will do this.
    ///
    /// # Errors
    /// If that is nothing to do.
    pub fn learn(&mut self, text: &str) -> Result<(), String> {
        Does::read(text, Heard::Control(0)).or_else(|_| Does::read(text, Heard::Notes(0, 0)))?;
        self.learning = Some(text.to_owned());
        Ok(())
    }

    /// What a message asks for; the second value tells of a binding that was just learned.
    pub fn hear(&mut self, message: Message, at_us: u64, facts: &Facts) -> (Option<Action>, Option<String>) {
        let (channel, heard, value) = match message {
            Message::Tick => {
                return (self.clock.tick(at_us).map(|bpm| Action::Tempo(Some(bpm as f32))), None);
            }
            Message::Transport => {
                self.clock = Clock { told: self.clock.told, ..Clock::default() };
                return (None, None);
            }
            Message::Note { channel, key } => (channel, Heard::Notes(key, key), 127),
            Message::Control { channel, number, value } => (channel, Heard::Control(number), value),
        };
        if let Some(text) = self.learning.take() {
            return match Does::read(&text, heard) {
                Ok(does) => {
                    let binding = Binding { heard, channel: Some(channel), does, text };
                    let said = format!("learned: {binding}");
                    self.bindings.insert(0, binding);
                    (None, Some(said))
                }
                Err(error) => (None, Some(error)),
            };
        }
        let fits = |binding: &&Binding| {
            let same = match (binding.heard, heard) {
                (Heard::Notes(a, b), Heard::Notes(key, _)) => (a..=b).contains(&key),
                (Heard::Control(a), Heard::Control(b)) => a == b,
                _ => false,
            };
            same && binding.channel.is_none_or(|wanted| wanted == channel)
        };
        let Some(binding) = self.bindings.iter().find(fits) else { return (None, None) };
        (act(binding, heard, value, facts), None)
    }
}

/// What a touched binding asks for.
fn act(binding: &Binding, heard: Heard, value: u8, facts: &Facts) -> Option<Action> {
    let share = f32::from(value) / 127.0;
    // Which of `count` things: along the controller's way, or along the row of keys.
    let which = |count: usize| match (binding.heard, heard) {
        (Heard::Notes(first, _), Heard::Notes(key, _)) => {
            Some(usize::from(key - first)).filter(|n| *n < count)
        }
        _ => Some((usize::from(value) * count / 128).min(count.saturating_sub(1))),
    };
    let numbered = |n: usize| Target::Named((n + 1).to_string());
    match &binding.does {
        // A pedal or a button sends 0 when it is let go.
        Does::Act(_) if value == 0 && !matches!(heard, Heard::Control(120 | 123)) => None,
        Does::Act(action) => Some(action.clone()),
        Does::Intensity => Some(Action::Intensity(Level::To(share))),
        Does::Amp => Some(Action::Amp(share)),
        // The middle leaves the crowd as it is.
        Does::Spread => Some(Action::Spread(2.0 * share)),
        // 100 is no change, as for channel volume; the bottom is silence.
        Does::Gain => Some(Action::Gain((40.0 * (f32::from(value.max(1)) / 100.0).log10()).max(-60.0))),
        Does::Place => which(facts.places.len()).map(|n| Action::Place { place: numbered(n), fade_s: 0.3 }),
        Does::Beat => which(facts.beats.len()).map(|n| Action::Beat(numbered(n))),
        Does::Phrase => which(facts.chants.len().min(MAX_KEYS)).map(|n| Action::Line(n as u8 + 1)),
        Does::Switch(switch) => Some(switch(if value >= 64 { Switch::On } else { Switch::Off })),
    }
}

/// The tempo of a clock: the mean of the last beats, once it holds.
#[derive(Debug, Default)]
struct Clock {
    ticks: Vec<u64>,
    told: Option<f64>,
}

impl Clock {
    fn tick(&mut self, at_us: u64) -> Option<f64> {
        // A pause is not a slow beat: 40 beats per minute are 62.5 ms a tick.
        if self.ticks.last().is_some_and(|last| at_us.saturating_sub(*last) > 250_000 || at_us < *last) {
            self.ticks.clear();
        }
        self.ticks.push(at_us);
        let needed = HOLDS_BEATS * TICKS + 1;
        if self.ticks.len() < needed {
            return None;
        }
        if self.ticks.len() > needed {
            self.ticks.remove(0);
        }
        let tempo = |a: usize, b: usize| {
            let us = (self.ticks[b] - self.ticks[a]).max(1);
            60e6 * (b - a) as f64 / TICKS as f64 / us as f64
        };
        let middle = needed / 2;
        let (early, late, bpm) = (tempo(0, middle), tempo(middle, needed - 1), tempo(0, needed - 1));
        let holds = (early / late - 1.0).abs() < STEP;
        let new = self.told.is_none_or(|told| (bpm / told - 1.0).abs() > STEP);
        if !holds || !new || !(40.0..=240.0).contains(&bpm) {
            return None;
        }
        // To a tenth: a clock's jitter is no change of tempo.
        let bpm = (10.0 * bpm).round() / 10.0;
        self.told = Some(bpm);
        Some(bpm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Activity, CueAction};

    fn facts() -> Facts {
        let beats = ["a", "b", "c"].map(|name| (name.into(), 0.0, 1.0, Activity::Chant)).to_vec();
        let (places, chants) = (vec!["near".into(), "roof".into()], vec![(0, "GO".into())]);
        Facts { beats, places, chants, seconds: 3.0, ..Facts::default() }
    }

    fn hear(map: &mut MidiMap, bytes: &[u8]) -> Option<Action> {
        map.hear(Message::read(bytes)?, 0, &facts()).0
    }

    fn place(n: &str) -> Option<Action> {
        Some(Action::Place { place: Target::Named(n.into()), fade_s: 0.3 })
    }

    #[test]
    fn every_line_of_the_usual_map_is_understood() {
        let map = MidiMap::new([]).unwrap();
        assert_eq!(map.bindings.len(), USUAL.len());
        for (binding, line) in map.bindings.iter().zip(USUAL) {
            assert_eq!(binding.to_string(), *line);
        }
    }

    #[test]
    fn notes_cue_and_controllers_move() {
        let mut map = MidiMap::new(["note 36 ch 2 = panic", "cc 20 = phrase WE WANT MORE"]).unwrap();
        assert_eq!(hear(&mut map, &[0x90, 36, 100]), Some(Action::Cue(CueAction::Hush)));
        assert_eq!(hear(&mut map, &[0x91, 36, 100]), Some(Action::Panic), "own bindings come first");
        assert_eq!(hear(&mut map, &[0x90, 36, 0]), None, "a note with no velocity is let go");
        assert_eq!(hear(&mut map, &[0x80, 36, 10]), None);
        assert_eq!(hear(&mut map, &[0x95, 73, 1]), Some(Action::Beat(Target::Named("2".into()))));
        assert_eq!(hear(&mut map, &[0x95, 99, 1]), None, "there are three beats");
        assert_eq!(hear(&mut map, &[0xB0, 1, 127]), Some(Action::Intensity(Level::To(1.0))));
        assert_eq!(hear(&mut map, &[0xB0, 4, 63]), place("1"));
        assert_eq!(hear(&mut map, &[0xB0, 4, 64]), place("2"));
        assert_eq!(hear(&mut map, &[0xB0, 7, 100]), Some(Action::Gain(0.0)));
        assert_eq!(hear(&mut map, &[0xB0, 64, 127]), Some(Action::Hold(Switch::On)));
        assert_eq!(hear(&mut map, &[0xB0, 123, 0]), Some(Action::Panic));
        assert_eq!(hear(&mut map, &[0xB3, 20, 9]), Some(Action::Phrase("WE WANT MORE".into())));
        for noise in [&[][..], &[0xF0, 1, 2, 0xF7], &[0x90], &[0x90, 200, 3], &[0xB0, 1], &[0xFE]] {
            assert_eq!(hear(&mut map, noise), None, "{noise:?}");
        }
    }

    #[test]
    fn bindings_are_learned_by_touch() {
        let mut map = MidiMap::new([]).unwrap();
        assert!(map.learn("dance").is_err());
        map.learn("intensity").unwrap();
        let touch = Message::read(&[0xB4, 74, 3]).unwrap();
        let (action, said) = map.hear(touch, 0, &facts());
        assert_eq!((action, said.as_deref()), (None, Some("learned: cc 74 ch 5 = intensity")));
        assert_eq!(hear(&mut map, &[0xB4, 74, 0]), Some(Action::Intensity(Level::To(0.0))));
        assert_eq!(hear(&mut map, &[0xB0, 74, 0]), None);
        let again: Binding = "cc 74 ch 5 = intensity".parse().unwrap();
        assert_eq!(again.to_string(), "cc 74 ch 5 = intensity");
    }

    #[test]
    fn wrong_bindings_say_what_is_wrong() {
        for (line, words) in [
            ("hush", "has no `=`"),
            ("note 200 = hush", "not a number from 0 to 127"),
            ("cc 1 ch 17 = intensity", "channel from 1 to 16"),
            ("pad 3 = hush", "neither `note` nor `cc`"),
            ("note 3 = hussh", "did you mean `hush`?"),
        ] {
            let (number, error) = MidiMap::new(["note 1 = hush", line]).unwrap_err();
            assert!(number == 1 && error.contains(words), "{line}: {error}");
        }
    }

    #[test]
    fn a_steady_clock_sets_the_tempo_once_and_follows_a_change() {
        let mut map = MidiMap::new([]).unwrap();
        let mut at = 0.0;
        let mut run = |bpm: f64, beats: usize| {
            let mut told = Vec::new();
            for k in 0..beats * 24 {
                // Jitter of a millisecond either way, as over USB.
                at += 60e6 / bpm / 24.0;
                let jitter = if k % 2 == 0 { 1000.0 } else { -1000.0 };
                if let (Some(Action::Tempo(Some(bpm))), _) =
                    map.hear(Message::Tick, (at + jitter) as u64, &facts())
                {
                    told.push(bpm);
                }
            }
            told
        };
        let told = run(120.0, 16);
        assert!(told.len() == 1 && (told[0] - 120.0).abs() < 0.6, "{told:?}");
        assert_eq!(run(120.4, 16), Vec::<f32>::new());
        let told = run(132.0, 16);
        assert!(told.last().is_some_and(|bpm| (bpm - 132.0).abs() < 0.7), "{told:?}");
    }
}
