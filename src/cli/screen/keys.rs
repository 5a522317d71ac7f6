//! What keys do on the screen.
//!
//! Owns the keys, and the line that is being typed. Every key stands for an action that can be typed as well.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::live::{Action, Level, Switch, Target};
use crate::scene::CueAction;

/// The longest line that can be typed, characters.
const LONGEST: usize = 300;

/// Keys and what they do, for the foot of the screen.
pub(crate) const SHOWN: &[(&str, &str)] = &[
    ("↑↓", "intensity"),
    ("s", "swell"),
    ("u", "unison"),
    ("h", "hush"),
    ("r", "roar"),
    ("c", "call"),
    ("← →", "beat"),
    ("space", "hold"),
    ("l", "loop"),
    ("tab", "place"),
    ("1-9", "phrase"),
    ("t", "type a phrase"),
    ("f", "follow scene"),
    ("m", "mute"),
    ("x", "panic"),
    ("w", "record"),
    (":", "command"),
    ("?", "help"),
    ("q", "quit"),
];

/// What became of a key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Press {
    /// Something to do.
    Act(Action),
    /// A typed line to be understood.
    Line(String),
    /// Out, quickly.
    Interrupt,
    /// Nothing but perhaps another picture.
    Nothing,
}

/// What is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Typing {
    /// True for words, false for a command.
    pub phrase: bool,
    /// So far.
    pub text: String,
}

/// The state of the keyboard.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// The line that is being typed.
    pub typing: Option<Typing>,
    /// The help covers the screen.
    pub help: bool,
}

impl Keys {
    /// Takes a key.
    pub fn press(&mut self, key: KeyEvent) -> Press {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if control && matches!(key.code, KeyCode::Char('c')) {
            return Press::Interrupt;
        }
        if let Some(typing) = &mut self.typing {
            match key.code {
                KeyCode::Esc => self.typing = None,
                KeyCode::Enter => {
                    let Typing { phrase, text } = typing.clone();
                    self.typing = None;
                    let text = text.trim().to_owned();
                    if text.is_empty() {
                        return Press::Nothing;
                    }
                    return if phrase { Press::Act(Action::Phrase(text)) } else { Press::Line(text) };
                }
                KeyCode::Backspace => {
                    typing.text.pop();
                }
                KeyCode::Char('u') if control => typing.text.clear(),
                KeyCode::Char(c) if !control && typing.text.chars().count() < LONGEST => typing.text.push(c),
                _ => {}
            }
            return Press::Nothing;
        }
        if self.help {
            self.help = false;
            return Press::Nothing;
        }
        Press::Act(match key.code {
            KeyCode::Up | KeyCode::Char('+' | '=') => Action::Intensity(Level::By(0.05)),
            KeyCode::Down | KeyCode::Char('-') => Action::Intensity(Level::By(-0.05)),
            KeyCode::Right | KeyCode::Char('n') => Action::Beat(Target::Next),
            KeyCode::Left | KeyCode::Char('p') => Action::Beat(Target::Previous),
            KeyCode::Char('s') => Action::Swell { to: 1.0, seconds: 12.0 },
            KeyCode::Char('u') => Action::Unison,
            KeyCode::Char('h') => Action::Cue(CueAction::Hush),
            KeyCode::Char('r') => Action::Cue(CueAction::Roar),
            KeyCode::Char('c') => Action::Call(None),
            KeyCode::Char(' ') => Action::Hold(Switch::Toggle),
            KeyCode::Char('l') => Action::Loop(Switch::Toggle),
            KeyCode::Tab => Action::Place { place: Target::Next, fade_s: 0.3 },
            KeyCode::BackTab => Action::Place { place: Target::Scene, fade_s: 0.3 },
            KeyCode::Char(n @ '1'..='9') => Action::Line(n as u8 - b'0'),
            KeyCode::Char('f') => Action::Scene,
            KeyCode::Char('m') => Action::Mute(Switch::Toggle),
            KeyCode::Char('x') => Action::Panic,
            KeyCode::Char('w') => Action::Record(Switch::Toggle),
            KeyCode::Char('q') => Action::Quit(2.0),
            KeyCode::Char('t') => return self.type_in(true),
            KeyCode::Char(':') => return self.type_in(false),
            KeyCode::Char('?') => {
                self.help = true;
                return Press::Nothing;
            }
            _ => return Press::Nothing,
        })
    }

    fn type_in(&mut self, phrase: bool) -> Press {
        self.typing = Some(Typing { phrase, text: String::new() });
        Press::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(keys: &mut Keys, code: KeyCode) -> Press {
        keys.press(KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn letters_act_until_something_is_typed() {
        let mut keys = Keys::default();
        assert_eq!(press(&mut keys, KeyCode::Char('h')), Press::Act(Action::Cue(CueAction::Hush)));
        assert_eq!(press(&mut keys, KeyCode::Char('3')), Press::Act(Action::Line(3)));
        press(&mut keys, KeyCode::Char('t'));
        for c in "hush x".chars() {
            assert_eq!(press(&mut keys, KeyCode::Char(c)), Press::Nothing);
        }
        press(&mut keys, KeyCode::Backspace);
        assert_eq!(press(&mut keys, KeyCode::Enter), Press::Act(Action::Phrase("hush".into())));
        press(&mut keys, KeyCode::Char(':'));
        for c in "place roof".chars() {
            press(&mut keys, KeyCode::Char(c));
        }
        assert_eq!(press(&mut keys, KeyCode::Enter), Press::Line("place roof".into()));
        press(&mut keys, KeyCode::Char('t'));
        press(&mut keys, KeyCode::Esc);
        assert_eq!(press(&mut keys, KeyCode::Char('q')), Press::Act(Action::Quit(2.0)));
    }

    #[test]
    fn control_c_interrupts_whatever_is_typed() {
        let mut keys = Keys::default();
        press(&mut keys, KeyCode::Char('t'));
        let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(keys.press(key), Press::Interrupt);
    }
}
