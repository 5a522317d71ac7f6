//! The terminal, taken and given back.

use std::io::{self, IsTerminal, Stderr, stderr, stdin};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::{
    cursor::Show,
    event::{self, Event, KeyEvent, KeyEventKind},
    execute,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};

use super::{
    draw::{self, Status},
    keys::Keys,
};
use crate::live::Desk;

/// True while the terminal is ours.
static UP: AtomicBool = AtomicBool::new(false);

/// Whether there is a terminal to draw on and to type into.
pub(crate) fn possible() -> bool {
    stderr().is_terminal() && stdin().is_terminal()
}

/// Whether colours are welcome.
fn coloured() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Gives the terminal back as it was. Does nothing if that has been done, or if it was never ours.
pub(crate) fn restore() {
    if UP.swap(false, Ordering::SeqCst) {
        let _ = execute!(stderr(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}

/// The screen while it is up.
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<Stderr>>,
    coloured: bool,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// What the terminal refuses.
    pub fn open() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                restore();
                before(info);
            }));
        });
        UP.store(true, Ordering::SeqCst);
        let opened = enable_raw_mode()
            .and_then(|()| execute!(stderr(), EnterAlternateScreen))
            .and_then(|()| Terminal::new(CrosstermBackend::new(stderr())));
        match opened {
            Ok(terminal) => Ok(Self { terminal, coloured: coloured() }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    /// Sends every key that is pressed, from a thread of its own, until the terminal closes.
    pub fn listen<T: Send + 'static>(keys: SyncSender<T>, wrap: fn(Option<KeyEvent>) -> T) {
        let work = move || {
            loop {
                let sent = match event::read() {
                    Ok(Event::Key(key)) if key.kind != KeyEventKind::Release => keys.send(wrap(Some(key))),
                    Ok(Event::Resize(..)) => keys.send(wrap(None)),
                    Ok(_) => Ok(()),
                    Err(_) => return,
                };
                if sent.is_err() {
                    return;
                }
            }
        };
        // Without keys the show can still be watched and ended by a signal.
        let _ = thread::Builder::new().name("keys".into()).spawn(work);
    }

    /// Draws how the show stands.
    ///
    /// # Errors
    /// What the terminal refuses.
    pub fn draw(&mut self, desk: &Desk, keys: &Keys, status: &Status) -> io::Result<()> {
        let coloured = self.coloured;
        self.terminal.draw(|frame| draw::draw(frame, desk, keys, status, coloured)).map(|_| ())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}
