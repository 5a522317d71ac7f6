//! What the user sees: results on the standard output, everything else on the standard error.
//!
//! Owns printing that survives a closed pipe, colour, progress bars and Ctrl-C.

use std::{
    cell::RefCell,
    io::{self, IsTerminal, Write},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::OutputError;

use super::failure::Failure;

/// Prints a result, with a line end if it has none.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let end: &[u8] = if text.is_empty() || text.ends_with('\n') { b"" } else { b"\n" };
    let outcome = out.write_all(text.as_bytes()).and_then(|()| out.write_all(end)).and_then(|()| out.flush());
    outcome.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::Closed,
        _ => OutputError::Write { name: "the standard output".into(), source: error }.into(),
    })
}

/// Prints a remark for people. Nobody may be listening, so failing is no failure.
pub(crate) fn remark(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints `error: …`.
pub(crate) fn complain(failure: &Failure) {
    let text = failure.to_string();
    if text.is_empty() {
        return;
    }
    let coloured = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let label = if coloured { "\u{1b}[1;31merror:\u{1b}[0m" } else { "error:" };
    match failure {
        Failure::Interrupted { .. } => remark(&text),
        _ => remark(&format!("{label} {text}")),
    }
}

/// Prints several errors.
pub(crate) fn print_error_list(failures: &[Failure]) {
    for failure in failures {
        complain(failure);
        remark("");
    }
}

/// Where the bars of a thread's work count to instead of being drawn.
struct Share {
    done: Arc<AtomicU64>,
    parts: u64,
}

thread_local! {
    static SHARE: RefCell<Option<Share>> = const { RefCell::new(None) };
}

/// Does some work whose bars are part of a larger one: instead of being drawn, the bar of rendering counts from 0
/// to `parts` in `done`.
pub(crate) fn share_progress<R>(done: &Arc<AtomicU64>, parts: u64, work: impl FnOnce() -> R) -> R {
    SHARE.with_borrow_mut(|share| *share = Some(Share { done: done.clone(), parts }));
    let outcome = work();
    SHARE.with_borrow_mut(|share| *share = None);
    outcome
}

/// The bar that larger work counts.
pub(crate) const RENDERING: &str = "rendering";

/// A bar on a terminal, nothing elsewhere.
pub(crate) struct Progress {
    bar: ProgressBar,
    rendering: bool,
}

impl Progress {
    /// A bar that counts to `total`.
    pub fn new(what: &str, total: u64, quiet: bool) -> Self {
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let style = ProgressStyle::with_template("{prefix:>10} [{bar:30}] {percent:>3}%  {msg}{eta} left");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(what.to_owned());
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(500));
        }
        Self { bar, rendering: what == RENDERING }
    }

    /// How far it is.
    pub fn set(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        if !self.rendering {
            return;
        }
        SHARE.with_borrow(|share| {
            if let Some(Share { done: shared, parts }) = share {
                // The end is reached when the file is whole, not before.
                let part = (done * parts / total.max(1)).min(parts - 1);
                shared.store(part, Ordering::Relaxed);
            }
        });
    }

    /// How far it is, of the length that is known already.
    pub fn at(&self, done: u64) {
        self.bar.set_position(done);
    }

    /// Adds a word before the time left.
    pub fn message(&self, text: String) {
        self.bar.set_message(text);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Becomes true at the first Ctrl-C (or a polite request to end); the second one ends at once.
pub(crate) fn interrupt() -> Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    FLAG.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let seen = flag.clone();
        // Without a handler Ctrl-C still ends the program; only the clean ending is lost.
        let _ = ctrlc::set_handler(move || {
            if seen.swap(true, Ordering::SeqCst) {
                super::screen::restore();
                std::process::exit(130);
            }
        });
        flag
    })
    .clone()
}
